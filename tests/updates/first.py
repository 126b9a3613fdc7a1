"""The template's first release with the working tree as the next one, and services of the first."""

from pathlib import Path

from tests.support import render, run, snapshot
from tests.updates.changes import beginning
from tests.updates.support import VERSION, commit, release

FIRST, SECOND = "1.0.0", "2.0.0"
COMMIT = "125be578214ea97505d519995217ae1bb7db3a2d"  # of FIRST
BUNDLE = Path(__file__).with_name("1.0.0.bundle")  # FIRST with its history, as refs/heads/first


def both_releases(folder: Path) -> Path:
    """The template's repository in `folder`: FIRST as it was, and the working tree as SECOND."""
    options = ("--quiet", "--no-checkout", "--branch", "first")
    run(folder.parent, "git", "clone", *options, BUNDLE, folder)
    run(folder, "git", "tag", FIRST, COMMIT)
    assert run(folder, "git", "rev-parse", "HEAD", f"{FIRST}^{{commit}}").split() == [COMMIT] * 2
    snapshot(folder)
    project = folder / "pyproject.toml"
    text = project.read_text()
    project.write_text(text.replace(f'\nversion = "{VERSION}"\n', f'\nversion = "{SECOND}"\n'))
    release(folder, SECOND)
    return folder


def first_service(template: Path, folder: Path, models: str) -> Path:
    """A service of FIRST, rendered from the text `models` and committed."""
    folder.mkdir()
    (folder / "models.yml").write_text(models)
    render(template, folder, folder / "models.yml", version=FIRST)
    assert f"_commit: {FIRST}\n" in (folder / ".copier-answers.yml").read_text()
    commit(folder)
    return folder


class First:
    """The repository, and services of FIRST in it: each is made when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.template = both_releases(folder / "template")

    def service(self, models: str) -> Path:
        """Of an example as FIRST has it; of `beginning`, the sample with what the changes need."""
        made = self.folder / models
        if not made.exists():
            text = beginning() if models == "beginning" else self.example(models)
            first_service(self.template, made, text)
        return made

    def example(self, name: str) -> str:
        return run(self.template, "git", "show", f"{FIRST}:examples/{name}.yml")
