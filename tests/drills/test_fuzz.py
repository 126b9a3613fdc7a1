"""What a fuzzer makes of the OpenAPI document: no error of ours, nothing undocumented."""

from __future__ import annotations

import asyncio
import re
import subprocess
from pathlib import Path

import pytest

from tests.drills.conftest import Start
from tests.drills.killers import kill
from tests.drills.service import HANG
from tests.support import BIN, CLEAN, ROOT


@pytest.mark.parametrize("examples", [4, pytest.param(20, marks=pytest.mark.cross)])
def test_schemathesis(start: Start, tmp_path: Path, examples: int) -> None:
    with start(LOG_LEVEL="WARNING") as service:
        done = subprocess.run(
            [
                *(
                    BIN / "schemathesis",
                    "--config-file",
                    Path(__file__).with_name("schemathesis.toml"),
                ),
                *("run", f"{service.url}/openapi.json", "--checks", "all", "--no-color"),
                *("--phases", "examples,coverage,fuzzing,stateful"),
                *("--max-examples", str(examples)),
                *("--continue-on-failure", "--generation-database", "none"),
                *("--request-timeout", str(HANG), "--suppress-health-check", "too_slow"),
            ],
            cwd=tmp_path,
            env=CLEAN | {"SCHEMATHESIS_HOOKS": "tests.drills.fuzz_hooks", "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
    assert done.returncode == 0, done.stdout[-30_000:]
    generated = re.search(r"(\d+) generated", done.stdout)
    assert generated, done.stdout
    assert int(generated[1]) >= 3_000
    assert re.search(r"✅ Stateful", done.stdout), done.stdout


@pytest.mark.parametrize("every", [8, pytest.param(1, marks=pytest.mark.cross)])
def test_killers(start: Start, every: int) -> None:
    with start(LOG_LEVEL="WARNING") as service:
        fired, complaints = asyncio.run(kill(service.url, every))
        assert not complaints, f"{len(complaints)} of {fired}:\n" + "\n".join(complaints[:50])
        assert fired > 20_000 / every
