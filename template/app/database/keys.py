"""Keys that are made here: sorted by time, so that indexes stay dense."""

from uuid_utils.compat import uuid7

__all__ = ["uuid7"]
