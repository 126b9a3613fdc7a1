"""Runs the tests of rendered services against their mutants."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

from template.tools.postgres import SCRATCH
from tests.drills.service import Postgres
from tests.migrations.support import PLAIN
from tests.mutants.making import Mutant
from tests.mutants.moves import Place, edits, place
from tests.support import CLEAN, ROOT, environment, render, snapshot

FORGE = ROOT / "tests" / "migrations" / "forge.py"
SURVIVED = "survived"
GONE = "its code is no longer there: moved.yml may say where it is"
NOT_STARTED = "the service did not start"


class Bench:
    """A server and copies of the services, of which one mutant at a time is tested."""

    def __init__(self, folder: Path, services: dict[str, Path], programs: Path) -> None:
        self.folder = folder
        self.services = {
            models: Path(shutil.copytree(it, folder / it.name)) for models, it in services.items()
        }
        some = next(iter(self.services.values()))
        self.postgres = Postgres(some, programs, folder / "pg", SCRATCH)
        self.forge = subprocess.Popen(
            [programs / "python", FORGE],
            env=CLEAN | PLAIN | {"PYTHONPATH": str(Path(__file__).parent)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def killer(self, mutant: Mutant) -> str:
        """The test that fails first, or SURVIVED."""
        project = self.services[mutant["models"]]
        places = [place(project, it) for it in edits(mutant)]
        if None in places:
            return GONE
        with mutated([it for it in places if it]):
            return self._test(project, resource(mutant))

    def _test(self, project: Path, own: str) -> str:
        told = self.folder / "told"
        told.write_text("")
        # With a space, pytest would take the file for a folder of tests.
        options = ["-p", "first_the_likely", f"--own={own}", f"--told={told}"]
        options += ["-x", "-q", "-n", "0", "-p", "no:cacheprovider", "--tb", "short"]
        command = [str(project), "pytest", *options]
        assert self.forge.stdin
        assert self.forge.stdout
        task = {"url": self.postgres.url, "command": command}
        print(json.dumps(task), file=self.forge.stdin, flush=True)
        status, printed = json.loads(self.forge.stdout.readline())
        if status == 0:
            return SURVIVED
        (self.folder / "printed").write_text(printed)
        return told.read_text() or NOT_STARTED

    def close(self) -> None:
        self.forge.terminate()
        self.forge.wait()
        self.postgres.stop()


@contextmanager
def mutated(places: Sequence[Place]) -> Iterator[None]:
    texts = {it.file: it.file.read_text() for it in places}
    try:
        for it in places:
            it.file.write_text(it.mutated)
        yield
    finally:
        for file, text in texts.items():
            file.write_text(text)


def resource(mutant: Mutant) -> str:
    parts = Path(mutant["edits"][0]["file"]).parts
    return parts[2] if parts[:2] == ("app", "resources") else ""


def rendered(folder: Path, template: Path, models: Sequence[str]) -> dict[str, Path]:
    return {it: render(template, folder / Path(it).stem, ROOT / it) for it in models}


def run(mutants: Sequence[Mutant], workers: int) -> Iterator[tuple[Mutant, str]]:
    """Each mutant with what killed it, as they are done."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "template").mkdir()
        template = snapshot(folder / "template")
        programs = environment(template)
        models = list(dict.fromkeys(it["models"] for it in mutants))
        services = rendered(folder / "services", template, models)
        benches = [Bench(folder / str(it), services, programs) for it in range(workers)]
        idle: SimpleQueue[Bench] = SimpleQueue()
        for bench in benches:
            idle.put(bench)

        def killer(mutant: Mutant) -> str:
            bench = idle.get()
            try:
                return bench.killer(mutant)
            finally:
                idle.put(bench)

        try:
            with ThreadPoolExecutor(workers) as pool:
                yield from zip(mutants, pool.map(killer, mutants), strict=True)
        finally:
            for bench in benches:
                bench.close()
