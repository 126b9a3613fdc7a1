"""Runs Git and other programs, apart from what the machine has set for Git."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile

NOTHING: Mapping[str, str] = {}
NO_PROMPT = {"GIT_TERMINAL_PROMPT": "0"}
SECRET = re.compile(r"(?<=://)(?!git@)[^/\s]*@")
# What is about a repository, and what changes how one is read or made. What has to do with
# reaching another one stays: ssh, proxies, credentials, settings that the caller gives.
DROPPED = re.compile(
    r"GIT_(DIR|WORK_TREE|IMPLICIT_WORK_TREE|COMMON_DIR|INDEX_\w+|(ALTERNATE_)?OBJECT_DIRECTOR\w+"
    r"|QUARANTINE_PATH|NAMESPACE|PREFIX|SHALLOW_FILE|GRAFT_FILE|\w*REPLACE_\w+|ATTR_\w+|CONFIG"
    r"|DEFAULT_(HASH|REF_FORMAT)|TEMPLATE_DIR|\w+_PATHSPECS|EXTERNAL_DIFF|DIFF_OPTS|MERGE_\w+"
    r"|INTERNAL_\w+)\Z"
)
# Messages are told apart by their words, and a status takes no lock.
READING = {"LANGUAGE": "en", "GIT_OPTIONAL_LOCKS": "0"}
NO_HOOKS = ("-c", f"core.hooksPath={os.devnull}", "-c", "core.fsmonitor=false")
ALONE = f"""\
[user]
\tname = update
\temail = update@localhost
[core]
\tattributesFile = {os.devnull}
\texcludesFile = {os.devnull}
\thooksPath = {os.devnull}
\tautocrlf = false
\teol = lf
\tfsmonitor = false
\tprotectNTFS = false
\tprotectHFS = false
[init]
\ttemplateDir =
\tdefaultBranch = main
[merge]
\tconflictStyle = diff3
\tdirectoryRenames = false
[gc]
\tauto = 0
[maintenance]
\tauto = false
[safe]
\tdirectory = *
[protocol "file"]
\tallow = always
"""


# As the Makefile of a service says for the uv that it calls.
FOR_UV = (
    *(f"core.hooksPath={os.devnull}", f"core.attributesFile={os.devnull}", "core.autocrlf=false"),
    *("core.fsmonitor=false", "init.defaultObjectFormat=sha1", "protocol.file.allow=always"),
    "safe.bareRepository=all",
)


class Refused(Exception):
    """Nothing was touched; the message says why, without the secrets in URLs."""

    def __init__(self, told: str) -> None:
        super().__init__(shown(told))


def shown(text: str) -> str:
    """Without the user, the password and the token of a URL."""
    return SECRET.sub("", text)


def alone(folder: Path) -> dict[str, str]:
    """Variables with which Git, and what calls it, has no settings but ours, kept in `folder`."""
    settings = folder / "gitconfig"
    if not settings.exists():
        settings.write_text(ALONE)
    return {
        "GIT_CONFIG_GLOBAL": str(settings),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_CEILING_DIRECTORIES": str(folder),
        **NO_PROMPT,
    }


def for_uv() -> dict[str, str]:
    """Variables with which uv can use Git, which reaches others as the machine has it."""
    given = [os.environ.get("GIT_CONFIG_PARAMETERS", ""), *(f"'{it}'" for it in FOR_UV)]
    return {"GIT_TEMPLATE_DIR": "", "GIT_CONFIG_PARAMETERS": " ".join(given).strip()}


def git(*arguments: str, variables: Mapping[str, str] = NOTHING, check: bool = True) -> str:
    """What Git prints. Raises Refused where it fails; without `check`, that is ""."""
    done = run(["git", *NO_HOOKS, *arguments], variables)
    if check and done.returncode:
        raise Refused(f"git {arguments[0]}: {(done.stderr or done.stdout).strip()}")
    return done.stdout.strip("\n") if done.returncode == 0 else ""


def run(
    command: list[str], variables: Mapping[str, str] = NOTHING, limit: float | None = None
) -> subprocess.CompletedProcess[str]:
    """After `limit` seconds it has failed. With the settings of `alone`, no others are known.

    Its output goes to files: what Git has started would hold a pipe open.
    """
    with TemporaryFile() as output, TemporaryFile() as errors:
        try:
            process = subprocess.Popen(
                command, env=environment(variables), stdout=output, stderr=errors
            )
        except FileNotFoundError:
            raise Refused(f"The program {command[0]} is not installed.") from None
        with process:
            try:
                status = process.wait(limit)
            except subprocess.TimeoutExpired:
                process.kill()
                status = -1
            except BaseException:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(5)  # it was interrupted too, and ends what it has started
                process.kill()
                raise
        told = []
        for file in (output, errors):
            file.seek(0)
            told.append(file.read().decode(errors="surrogateescape").replace("\r\n", "\n"))
    if status == -1:
        told[1] += f"no answer within {limit} seconds"
    return subprocess.CompletedProcess(command, status, *told)


def environment(variables: Mapping[str, str] = NOTHING) -> dict[str, str]:
    """That of a program that may run Git."""
    apart = "GIT_CONFIG_NOSYSTEM" in variables
    kept = {
        name: it
        for name, it in os.environ.items()
        if not (DROPPED.match(name) or (apart and name.startswith("GIT_")))
    }
    return {**kept, **READING, **variables}
