"""The project that is updated: what it was copied from, and whether it can be changed."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import yaml

from .git import Refused, git

ANSWERS = ".copier-answers.yml"
MODELS = "models.yml"
# Rendered at copy only: from then on they are the owner's.
OWNED = (MODELS, "migrations/versions/0001_initial.py")
PACKAGES = ("app/resources", "tests/resources")  # a folder or a file in them for each model
ASIDE = ".dropped"
UNDO = "git stash --include-untracked"


def clean() -> None:
    if not git("rev-parse", "--verify", "--quiet", "HEAD", check=False):
        raise Refused("Commit first: git init, git add --all, git commit.")
    if not git("status", "--porcelain", "--", "."):
        marker().unlink(missing_ok=True)
    elif marker().exists():
        raise Refused(f"An earlier update stopped half-way. To undo it: {UNDO}")
    else:
        raise Refused(
            "Commit first, models.yml included, so that the update can be reviewed and undone."
        )


def marker() -> Path:
    """There while the working tree is changed."""
    return Path(git("rev-parse", "--git-path", "update-half-way"))


def prefix() -> str:
    """Where this project is in its repository."""
    return git("rev-parse", "--show-prefix")


def answer(name: str) -> str:
    try:
        text = Path(ANSWERS).read_text(encoding="utf-8")
    except OSError:
        raise Refused(
            f"There is no {ANSWERS}, so the template of this project is unknown."
        ) from None
    found = re.search(rf"^{name}: *(.+)$", text, re.MULTILINE)
    if found is None:
        raise Refused(f"{ANSWERS} has no {name}: the project was not copied from a version in Git.")
    return found[1].strip().strip("'\"")


def readable() -> None:
    """What isn't YAML has no place in Copier's answers; the template finds all else there."""
    try:
        said = yaml.safe_load(Path(MODELS).read_text(encoding="utf-8"))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        braces = "'?'" in str(error.problem)
        hint = ": inside { } write optional: true for `?`" if braces else ""
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


def bring(tree: str, scratch: Path) -> None:
    """Into the working tree, and not into the index: `git diff` then shows what was changed."""
    variables = {"GIT_INDEX_FILE": str((scratch / "bring").resolve())}
    git("read-tree", "HEAD", variables=variables)
    if where := prefix():
        git("rm", "--quiet", "-r", "--cached", ".", variables=variables)
        git("read-tree", f"--prefix={where}", tree, variables=variables)
        tree = git("write-tree", variables=variables)
        git("read-tree", "HEAD", variables=variables)
    names = ("-r", "-z", "--name-only", "--no-renames", "--diff-filter=A")
    added = git("diff-tree", *names, "HEAD", tree)
    top = Path(git("rev-parse", "--show-toplevel"))
    for it in added.split("\0"):
        if it and (top / it).exists():
            raise Refused(f"{it} is in the way of a new file of that name: move yours.")
    git("update-index", "-q", "--refresh", check=False, variables=variables)
    marker().write_text("")
    git("read-tree", "-m", "-u", "HEAD", tree, variables=variables)
    marker().unlink()
