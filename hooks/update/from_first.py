"""From 1.x to 2.0.0 files move: Copier alone would lose an owner's changes, so it is refused."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path

from .git import shown
from .template import address, key

MOVED = (2, 0, 0)
BY_TOOL: Mapping[str, str] = {"SLIPWAY_UPDATE": "1"}  # for a Copier that this tool runs


def refusal(source: str, now: str, then: str) -> str:
    """What to run instead of Copier to get from `now` to `then`; "" where Copier may go on."""
    told = (1,) <= key(now) < MOVED <= key(then)
    if not told or all(os.environ.get(name) == it for name, it in BY_TOOL.items()):
        return ""
    return (
        f"Files move from {now} to {then}, and Copier alone would lose your changes in them."
        f" Run this in the service instead: {command(source, then)}"
    )


def crosses(old: Path, new: Path) -> bool:
    """Whether renders lead from 1.x to 2.0, whatever their versions are called."""
    return (old / "app/web").is_dir() and not (new / "app/web").is_dir()


def command(source: str, version: str) -> str:
    """For a shell: the tool of a version of the template, without the secrets in its URL."""
    commit = re.sub(r".*-g(?=[0-9a-f]+\Z)", "", version)
    return f"uvx --from {shlex.quote(f'git+{for_uv(source)}@{commit}')} slipway-update"


def for_uv(source: str) -> str:
    """The URL of a `_src_path`."""
    url = shown(address(source))
    if Path(url).is_dir():
        return Path(url).resolve().as_uri()
    if not source.endswith(".git"):
        url = url.removesuffix(".git")  # only Copier wants it
    return re.sub(r"^([^/:]+):(?!//)/?", r"ssh://\1/", url)
