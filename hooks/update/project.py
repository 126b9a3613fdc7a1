"""The project that is updated: what it was copied from, and whether it can be changed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import yaml

from .git import NO_HOOKS, Refused, git, run
from .halfway import end, stopped

ANSWERS = ".copier-answers.yml"
MODELS = "models.yml"
# Rendered at copy only: from then on they are the owner's.
OWNED = (MODELS, "migrations/versions/0001_initial.py")
PACKAGES = ("app/resources", "tests/resources")  # a folder or a file in them for each model
ASIDE = ".dropped"
NAMED = 5  # files that aren't committed
UNDO = "git stash --include-untracked -- ."


def clean() -> None:
    done = run(["git", *NO_HOOKS, "rev-parse", "--show-prefix"])
    if done.returncode:
        raise Refused(no_repository(done.stderr.strip()))
    if not git("rev-parse", "--verify", "--quiet", "HEAD", check=False):
        raise Refused("Commit first: git add --all, git commit.")
    prefix = done.stdout.rstrip("\n")
    changed = {it.removeprefix(prefix) for it in status()}
    if not changed:
        end()
    elif stopped(changed):
        raise Refused(f"An earlier update stopped half-way. To undo it: {UNDO}")
    else:
        named = sorted(changed)[:NAMED]
        more = f" and {len(changed) - NAMED} more" if len(changed) > NAMED else ""
        raise Refused(
            "Commit first, so that the update can be reviewed and undone."
            f" Not committed: {', '.join(named)}{more}."
        )


def no_repository(why: str) -> str:
    """What to do about what Git says of a folder."""
    if "not a git repository" in why:
        return "Commit first: git init, git add --all, git commit."
    if "dubious ownership" in why:
        trust = why.rpartition("\n")[2].strip()
        return f"Git refuses this repository, as another user owns it. To trust it: {trust}"
    return f"Git can't use the repository here: {why}"


def status() -> list[str]:
    """What isn't committed here, from the top of the repository."""
    options = ("--porcelain", "-z", "--no-renames", "--untracked-files=all", "--", ".")
    command = ["git", *NO_HOOKS, "status", *options]
    done = run(command)
    if done.returncode:  # filters of the machine, which only that of the project may need
        command[1:1] = ["-c", f"core.attributesFile={os.devnull}"]
        done = run(command, {"GIT_ATTR_NOSYSTEM": "1"})
    if done.returncode:
        raise Refused(f"git status: {done.stderr.strip()}")
    return [it[3:] for it in done.stdout.split("\0") if it]


def answers(path: Path = Path(ANSWERS)) -> dict[str, Any]:
    """What Copier was answered, however the file is laid out."""
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise Refused(
            f"There is no {ANSWERS}, so the template of this project is unknown."
        ) from None
    except (OSError, ValueError, yaml.YAMLError) as error:
        told = " ".join(str(error).split())
        raise Refused(f"{ANSWERS} can't be read: {told}") from None
    return said if isinstance(said, dict) else {}


def answer(name: str) -> str:
    found = answers().get(name)
    if found is None:
        raise Refused(f"{ANSWERS} has no {name}: the project was not copied from a version in Git.")
    return str(found).strip()


def readable() -> None:
    """What isn't YAML has no place in Copier's answers; the template finds all else there."""
    try:
        said = yaml.safe_load(Path(MODELS).read_text(encoding="utf-8"))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        braces = "'?'" in str(error.problem)
        hint = ": inside { } quote a type with `?`, as in 'text?'" if braces else ""
        line = mark.line + 1 if mark else 1
        told = f"{MODELS}:{line}: not YAML: {error.problem}{hint}"
        raise Refused(told) from None
    except UnicodeDecodeError:
        raise Refused(f"{MODELS}: not YAML: save it as UTF-8") from None
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise Refused(f"{MODELS}: not YAML: {error}") from None
    if not isinstance(said, dict):
        raise Refused(f"{MODELS}:1: it must begin with a key, `models:`")


def seed(folder: Path, *names: str) -> None:
    folder.mkdir()
    for name in names:
        if not Path(name).is_file():
            raise Refused(f"There is no {name}.")
        shutil.copy(name, folder)
