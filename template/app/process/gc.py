"""Python's garbage collector, spared what it need not look through."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


def freeze() -> None:
    """Never look again through the objects that are there now."""
    gc.freeze()


@contextmanager
def paused() -> Iterator[None]:
    """Pause it while objects are allocated that live as long as the process."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
