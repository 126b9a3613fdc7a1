"""Mutants of rendered services: each is one mistake, which a service's own tests should find."""
