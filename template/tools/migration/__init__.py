"""Writes migrations: see `__main__`."""
