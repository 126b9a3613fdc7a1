"""The template: where it is, its versions, and a copy of it for when it can't be reached."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from .git import NO_HOOKS, NO_PROMPT, Refused, alone, git, run, shown

SHORT = {"gh:": "https://github.com/", "gl:": "https://gitlab.com/"}  # as Copier has them
BARE = ("-c", "safe.bareRepository=all")  # the template's, which is trusted
FETCHING = ("git", *NO_HOOKS, "-c", "protocol.file.allow=always")
VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)\Z")


class Template:
    """One in a folder is used there; another is copied into a folder of the user's cache."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.url = address(source)
        self.is_folder = Path(self.url).is_dir()
        self.place = Path(self.url) if self.is_folder else cached(self.url)

    @property
    def variables(self) -> Mapping[str, str]:
        """For Git, and so for Copier: take the copy where the template is asked for."""
        if self.is_folder:
            return {}
        return {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.{self.place}.insteadOf",
            "GIT_CONFIG_VALUE_0": self.url,
        }

    def fetch(self, limit: float | None = None) -> str:
        """Bring the copy up to date; why that can't be, if so."""
        if self.is_folder:
            return ""
        if os.environ.get("UV_OFFLINE", "").lower() not in ("", "0", "false"):
            return "UV_OFFLINE is set"
        if self.place.is_dir():
            return self.fetch_into(self.place, limit)
        self.place.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=self.place.parent) as folder:
            made = Path(folder, "made")
            asked = run([*FETCHING, "ls-remote", "--", self.url], NO_PROMPT, limit)
            if asked.returncode:
                return asked.stderr.strip()
            hashes = asked.stdout.partition("\t")[0]
            kind = f"--object-format={'sha256' if len(hashes) == 64 else 'sha1'}"
            own = alone(Path(folder))
            git("init", "--quiet", "--bare", "--template=", kind, str(made), variables=own)
            why = self.fetch_into(made, limit)
            if not why and not self.place.exists():  # another update may have made it
                made.rename(self.place)
        return why

    def fetch_into(self, place: Path, limit: float | None) -> str:
        """By its URL, which isn't stored there, as it may have a token."""
        refs = [f"+refs/{it}/*:refs/{it}/*" for it in ("heads", "tags")]
        options = ("--quiet", "--prune", "--no-recurse-submodules", "--no-auto-maintenance")
        command = [*FETCHING, f"--git-dir={place}", "fetch", *options, "--", self.url]
        done = run([*command, *refs], NO_PROMPT, limit)
        return done.stderr.strip() if done.returncode else ""

    def git(self, *arguments: str) -> str:
        where = (*BARE, "-C", str(self.place))
        return git(*where, *arguments, check=False) if self.place.is_dir() else ""

    def has(self, version: str) -> bool:
        commit = f"{version}^{{commit}}"
        return bool(self.git("rev-parse", "--verify", "--quiet", "--end-of-options", commit))

    def latest(self) -> str:
        return newest(self.source, str(self.place))

    def patch(self, version: str) -> str:
        """The newest version with its first two numbers, or itself."""
        alike = [it for it in versions(str(self.place)) if key(it)[:2] == key(version)[:2]]
        return max([version, *alike], key=key)

    def released(self, version: str) -> str:
        """The newest version in a commit that has none in its name, or `version`."""
        if key(version)[0] or not self.has(version):
            return version
        text = self.git("cat-file", "blob", f"{version}:CHANGELOG.md")
        found = re.findall(r"^## \[?v?(\d+\.\d+\.\d+)\b", text, re.MULTILINE)
        return max(found, key=key, default=version)

    def news(self, now: str, then: str) -> str:
        """What the template's CHANGELOG says of the versions after `now`, up to `then`."""
        text = self.git("cat-file", "blob", f"{then}:CHANGELOG.md")
        said, start = [], key(self.released(now))
        for section in re.split(r"^(?=## )", text, flags=re.MULTILINE):
            title = re.match(r"## \[?v?(\d+\.\d+\.\d+)\b", section)
            if title and start < key(title[1]) <= key(then):
                said.append(section.strip())
        unsaid = f"The template's CHANGELOG.md does not say what {then} changes."
        return "\n\n".join(said) or unsaid


def address(source: str) -> str:
    """What Git takes for a `_src_path`, as Copier has it."""
    for short, site in SHORT.items():
        if source.startswith(short):
            source = f"{site}{source.removeprefix(short).lstrip('/')}"
    if source.startswith("~"):
        return str(Path(source).expanduser())
    if source.startswith((*SHORT.values(),)) and not source.endswith(".git"):
        return f"{source}.git"
    return source.removeprefix("git+")


def cached(url: str) -> Path:
    """Where the copy of a template is, whatever token its URL has."""
    caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(caches, "slipway", f"{sha256(shown(url).encode()).hexdigest()[:16]}.git")


def latest(source: str) -> str:
    """The newest version that the template is tagged with, where it is."""
    return newest(source, address(source))


def newest(source: str, place: str) -> str:
    found = versions(place, source)
    if not found:
        told = f"The template at {source} has no version yet: no tag such as 1.2.3"
        raise Refused(f"{told}. Tag a commit of it: git tag 1.2.3")
    return max(found, key=key)


def versions(place: str, source: str = "") -> list[str]:
    if Path(place).is_dir():  # no setting sends Git elsewhere
        listing = ("-C", place, "for-each-ref", "--format=%(refname)", "refs/tags")
        done = run(["git", *NO_HOOKS, *BARE, *listing], NO_PROMPT)
    else:
        done = run([*FETCHING, "ls-remote", "--tags", "--refs", "--", place], NO_PROMPT)
    if done.returncode:
        raise unreachable(source or place, done.stderr)
    tags = [it.rpartition("refs/tags/")[2] for it in done.stdout.splitlines()]
    return [it for it in tags if VERSION.match(it)]


def unreachable(source: str, why: str) -> Refused:
    return Refused(f"The template can't be reached at {source}:\n{why.strip()}")


def key(version: str) -> tuple[int, ...]:
    """To compare by; a commit behind a tag, 1.2.3-4-gabcdef, counts as later than the tag."""
    found = re.match(r"v?(\d+)\.(\d+)\.(\d+)(?:-(\d+)-g)?", version)
    return tuple(int(it or 0) for it in found.groups()) if found else (0, 0, 0, 0)
