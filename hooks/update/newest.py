"""Hands the work over to this tool as another version of the template has it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .git import environment, for_uv, run


def own_version() -> str:
    """Of the package that this is, "" where it is a checkout."""
    try:
        return version("slipway")
    except PackageNotFoundError:
        return ""


def hand_over(place: Path, wanted: str, *arguments: str) -> int | None:
    """The exit status of the tool in the template's version `wanted`; None where there is none.

    uv keeps what it has fetched: without a network it is asked for that first.
    """
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None:
        return None
    tool = ["--quiet", "--python", ">=3.11", "--from", f"git+{place.resolve().as_uri()}@{wanted}"]
    for network in (["--offline"], []):
        asked = [uv, "tool", "run", *network, *tool, "slipway-update", "--version"]
        if run(asked, for_uv()).returncode == 0:
            command = [uv, "tool", "run", "--offline", *tool, "slipway-update", *arguments]
            # Ctrl-C reaches that tool as well, which says what became of it.
            with suppress(ValueError):  # not the main thread
                signal.signal(signal.SIGINT, lambda *_: None)
            return subprocess.Popen(command, env=environment(for_uv())).wait()
    return None
