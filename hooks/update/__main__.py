"""`slipway-update models`, in a service: bring its code in line with its models.yml.

Or with a newer template: `slipway-update update`. The template is rendered twice, out of the way:
as it was when the project last followed it, and as it shall be. Git merges the difference into
what is committed, as it merges branches. Only the finished result is brought into the working
tree, so an update that fails leaves no trace.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from io import TextIOWrapper
from pathlib import Path
from tempfile import TemporaryDirectory

from .from_first import crosses
from .git import Refused, shown
from .importing import fault
from .join import join, joining
from .merge import Merge, Scratch
from .newest import hand_over, own_version
from .project import ANSWERS, MODELS, UNDO, answer, clean, readable, seed
from .render import follow, render
from .template import VERSION, Template, key, latest, unreachable

MARKS = f"{'<' * 7} and {'>' * 7}"
PATIENCE = 10  # seconds for a template that there is a copy of


def main(arguments: list[str] | None = None) -> int:
    # Makefiles of services, and this tool in other versions, call it like this: that stays.
    parser = argparse.ArgumentParser(
        prog="slipway-update", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument(
        "what",
        nargs="?",
        choices=("models", "update", "check"),
        help="if left out: update to the version of this tool",
    )
    parser.add_argument("--to", metavar="VERSION", help="of the template, instead of the newest")
    parser.add_argument(
        "--newest",
        action="store_true",
        help="have this tool's newest patch do it, or the tool of the version to update to; by uv",
    )
    parser.add_argument("--version", action="version", version=own_version())
    given = parser.parse_args(arguments)
    for it in (sys.stdout, sys.stderr):
        if isinstance(it, TextIOWrapper):
            it.reconfigure(errors="replace")  # names of files may have any bytes
    try:
        if given.what == "check":
            return check()
        to = given.to or ("" if given.what else own_version())
        return update(models=given.what == "models", to=to, by_newest=given.newest)
    except Refused as why:
        print(why, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. Nothing was changed.", file=sys.stderr)
        return 130


def check() -> int:
    now, newest = answer("_commit"), latest(answer("_src_path"))
    if key(newest) <= key(now):
        print(f"The template is up to date: {now}.")
        return 0
    print(f"The template has a newer version, {newest}; this project has {now}. Next: make update")
    return 2


def update(models: bool, to: str, by_newest: bool) -> int:
    """To the newest version where `to` is ""."""
    if found := joining(models):
        readable()
        return joined(join(found), found.abort)
    clean()
    if models:
        readable()
    if to and not VERSION.match(to):
        raise Refused(f"{to} is not a version: write a tag of the template, such as 1.2.3.")
    template, now = Template(answer("_src_path")), answer("_commit")
    if to and key(to) < key(now):
        raise Refused(f"An update cannot go back from {now} to {to}: use Git.")
    reach(template, now if models else to)
    if to and not template.has(to):
        raise Refused(f"The template at {template.source} has no version {to}.")
    then = now if models else to or template.latest()
    if not models and key(then) <= key(now):
        print(f"The template is up to date: {now}.")
        return 0
    if by_newest:
        status = handed_over(template, now, None if models else then)
        if status is not None:
            return status
    return merge(template, models, now, then)


def reach(template: Template, wanted: str) -> None:
    """Bring what is known of the template up to date; without it, what was fetched has to do."""
    enough = bool(wanted and template.has(wanted))
    why = template.fetch(PATIENCE if enough else None)
    if why and not enough:
        raise unreachable(template.source, why)
    if why:
        told = f"The template can't be reached at {template.source}: going on with a copy of it."
        print(shown(told), file=sys.stderr)


def handed_over(template: Template, now: str, then: str | None) -> int | None:
    """Have another version of this tool do it: that of `then`, or the newest patch of `now`.

    So what is wrong with it is mended by a release. None where this one has to do.
    """
    wanted = then or template.patch(now)
    if wanted in (now, own_version()) or not template.has(wanted):
        return None
    arguments = ["update", "--to", then] if then else ["models"]
    status = hand_over(template.place, wanted, *arguments)
    if status is None:
        told = f"The tool of {wanted} can't be fetched: going on with that of {own_version()}."
        print(told, file=sys.stderr)
    return status


def merge(template: Template, models: bool, now: str, then: str) -> int:
    source, variables = template.source, template.variables
    with TemporaryDirectory(prefix="update-") as folder:
        scratch = Scratch(Path(folder))
        old, new = scratch.folder / "old", scratch.folder / "new"
        seed(old, ANSWERS)
        if models:
            seed(new, ANSWERS, MODELS)
            with ThreadPoolExecutor() as pool:
                before = pool.submit(render, source, now, old, variables=variables)
                warnings = render(source, now, new, MODELS, variables=variables)
            before.result()
        else:
            render(source, now, old, variables=variables)
            warnings = follow(source, then, old, new, variables)
        if warnings:
            print(warnings, file=sys.stderr)
        major = crosses(old, new)
        merged = scratch.merge(old, new, major=major)
        if not scratch.changed():
            print("Nothing to change.")
            return 0
        merged.notes += scratch.bring()
    status = report(merged, models, now, then, "" if models else template.news(now, then))
    return imported(status) if major else status


def report(merged: Merge, models: bool, now: str, then: str, changes: str) -> int:
    if changes:
        print(changes, end="\n\n")
    failed = tell(merged, "You and the template")
    if not models:
        print(f"The template was updated from {now} to {then}.")
    elif not failed:
        print("Done.")
    steps = ["review the changes (git status, git diff)"]
    steps += ["resolve the conflicts"] if merged.conflicts else []
    steps += ['make migration name="…"'] if models else []
    print(f"Next: {', '.join([*steps, 'make test'])}, and commit. To undo: {UNDO}")
    return int(failed)


def joined(merged: Merge, abort: str) -> int:
    failed = tell(merged, "Both branches")
    if not failed:
        print("The code follows the models of both branches.")
    steps = ["resolve the conflicts"] if failed else []
    steps += ["review the changes (git diff HEAD)", "git add --all", "make test"]
    print(f"Next: {', '.join(steps)}, and go on with the merge. To give it up: {abort}")
    return int(failed)


def tell(merged: Merge, who: str) -> bool:
    """What the owner has to know of a merge; whether there is something to mend."""
    for note in merged.notes:
        print(note)
    if merged.conflicts:
        print(f"{who} changed the same lines; both versions are between {MARKS} in:")
        print(*(f"  {it}" for it in merged.conflicts), sep="\n")
    for it in merged.broken:
        print(it)
    return bool(merged.conflicts or merged.broken)


def imported(status: int) -> int:
    """Import the service, after an update that moved its code."""
    if status:
        return status
    try:
        why = fault()
    except KeyboardInterrupt:
        why = "stopped"
    if why:
        print(f"The service can't be imported: {why}", file=sys.stderr)
        return 1
    print("Done.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
