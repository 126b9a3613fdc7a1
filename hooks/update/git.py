"""Runs Git and other programs."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from tempfile import TemporaryFile

NOTHING: Mapping[str, str] = {}
IDENTITY = {
    f"GIT_{role}_{name}": value
    for role in ("AUTHOR", "COMMITTER")
    for name, value in (("NAME", "update"), ("EMAIL", "update@localhost"))
}
NO_PROMPT = {"GIT_TERMINAL_PROMPT": "0"}
SECRET = re.compile(r"(?<=://)(?!git@)[^/\s]*@")


class Refused(Exception):
    """Nothing was touched; the message says why, without the secrets in URLs."""

    def __init__(self, told: str) -> None:
        super().__init__(shown(told))


def shown(text: str) -> str:
    """Without the user, the password and the token of a URL."""
    return SECRET.sub("", text)


def git(*arguments: str, variables: Mapping[str, str] = NOTHING, check: bool = True) -> str:
    """What Git prints. Raises Refused where it fails; without `check`, that is ""."""
    done = run(["git", *arguments], variables)
    if check and done.returncode:
        raise Refused(f"git {arguments[0]}: {(done.stderr or done.stdout).strip()}")
    return done.stdout.strip("\n") if done.returncode == 0 else ""


def run(
    command: list[str], variables: Mapping[str, str] = NOTHING, limit: float | None = None
) -> subprocess.CompletedProcess[str]:
    """After `limit` seconds it has failed.

    Its output goes to files: what Git has started would hold a pipe open.
    """
    environment = {**os.environ, **variables}
    with TemporaryFile() as output, TemporaryFile() as errors:
        try:
            process = subprocess.Popen(command, env=environment, stdout=output, stderr=errors)
        except FileNotFoundError:
            raise Refused(f"The program {command[0]} is not installed.") from None
        with process:
            try:
                status = process.wait(limit)
            except subprocess.TimeoutExpired:
                process.kill()
                status = -1
        told = []
        for file in (output, errors):
            file.seek(0)
            told.append(file.read().decode().replace("\r\n", "\n"))
    if status == -1:
        told[1] += f"no answer within {limit} seconds"
    return subprocess.CompletedProcess(command, status, *told)
