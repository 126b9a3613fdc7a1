"""`slipway-fleet`: which service is on which version of the template."""
