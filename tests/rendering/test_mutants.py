"""The mutants of tests/mutants fit what is rendered now, so that they can be tried."""

import ast
from pathlib import Path

import pytest
import yaml

from tests.mutants.moves import MOVED, edits, mutants, place
from tests.rendering.test_any_spec import render_fast
from tests.support import ROOT

MUTANTS = mutants()


@pytest.mark.parametrize("models", sorted({it["models"] for it in MUTANTS}))
def test_each_has_one_place(models: str, tmp_path: Path) -> None:
    render_fast(yaml.safe_load((ROOT / models).read_text()), tmp_path)
    lost = []
    for mutant in MUTANTS:
        if mutant["models"] == models:
            found = [place(tmp_path, it) for it in edits(mutant)]
            if None in found:
                lost.append(mutant["id"])
            for it in filter(None, found):
                original, mutated = ast.parse(it.file.read_text()), ast.parse(it.mutated)
                assert ast.dump(mutated) != ast.dump(original), mutant["id"]
    assert not lost, f"say in moved.yml where their code is now: {', '.join(lost)}"


def test_what_moved_is_tried() -> None:
    assert {*MOVED["mutants"], *MOVED["same"].values()} <= {it["id"] for it in MUTANTS}
