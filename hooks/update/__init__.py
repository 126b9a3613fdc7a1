"""`slipway-update`: a service follows its models.yml, or a newer version of the template."""
