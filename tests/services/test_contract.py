"""What an owner says to the tests of the contract, in a line of the resource's file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adopt.support import Server
from tests.migrations.support import Forge
from tests.support import EXAMPLES, render

RULE = '''\
"""Tags are kept."""

from uuid import UUID

from fastapi import APIRouter, HTTPException

router = APIRouter()


@router.delete("/tags/{tag_id}", status_code=204, responses={409: {}})
async def keep_tag(tag_id: UUID) -> None:
    raise HTTPException(409, "Tags are kept.")
'''
OWN = """

async def test_mine(client: Any) -> None:
    assert (await client.get(FACTS.path)).json()["items"] == []
"""
EXCEPTION = '\nFACTS.fails("test_delete[tags]", "tags are kept: see rules.py")\n'


@pytest.fixture
def project(template: Path, tmp_path: Path) -> Path:
    return render(template, tmp_path / "project", EXAMPLES / "sample.yml")


def append(project: Path, text: str) -> None:
    with (project / "tests/resources/tags.py").open("a") as file:
        file.write(text)


def test_a_rule_of_ones_own(project: Path, forge: Forge, server: Server) -> None:
    """It breaks one test of one resource; with a line and the reason, it is expected to."""
    (project / "app/resources/tags/rules.py").write_text(RULE)

    def tested() -> str:
        chosen = ("-k", "tags and (test_delete or test_get or test_mine)", "-rfx", "-v")
        return forge.run(project, server.url, "pytest", "-n", "0", *chosen)

    with pytest.raises(
        AssertionError, match=r"FAILED tests/contract/test_delete.py::test_delete\[tags\]"
    ):
        tested()
    append(project, OWN + EXCEPTION)
    told = tested()
    assert "1 xfailed" in told
    assert "test_delete[tags] - tags are kept: see rules.py" in told
    assert "tests/resources/tags.py::test_mine PASSED" in told
    (project / "app/resources/tags/rules.py").unlink()
    with pytest.raises(AssertionError, match=r"XPASS\(strict\).*tags are kept"):
        tested()


def test_an_exception_from_nothing(project: Path, forge: Forge, server: Server) -> None:
    append(project, EXCEPTION.replace("test_delete", "test_deleet"))
    with pytest.raises(AssertionError, match=r"there is no test test_deleet\[tags\]"):
        forge.run(project, server.url, "pytest", "-n", "0", "-k", "tags")
