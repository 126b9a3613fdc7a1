"""Services and the issuers of their tokens: one that can't be relied on, and that of `make dev`."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.services.test_readme import apply, blocks
from tests.support import CLEAN, render, run

MODELS: dict[str, Any] = {
    "auth": {"tokens": "jwt", "user": "User"},
    "roles": ["admin", "editor"],
    "defaults": {"rules": {"read": "user", "write": "role(editor)"}},
    "models": {
        "Note": {"fields": {"text": "text"}},
        "User": {
            "fields": {
                "subject": {"type": "string(255)", "unique": True, "access": "read_only"},
                "email": {"type": "email", "optional": True, "claim": "email"},
                "city": {"type": "string(80)", "optional": True, "claim": "address.city"},
            }
        },
    },
}
WHO = """
import asyncio, os
from app.access.tokens import Tokens
from app.settings import load
sent = f"Bearer {os.environ['TOKEN']}".encode()
try:
    print(asyncio.run(Tokens(load()).principal([sent])))
except Exception as error:
    print(type(error).__name__)
"""


@pytest.fixture(scope="module")
def project(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(template, tmp_path_factory.mktemp("issuers") / "notes", MODELS)


def test_an_issuer_that_is_slow_or_away(project: Path, programs: Path) -> None:
    source = Path(__file__).with_name("unreliable.py")
    test = shutil.copy(source, project / "tests" / "test_unreliable.py")
    told = run(project, programs / "pytest", "-n", "0", "--noconftest", test)
    assert " passed" in told


def tool(project: Path, programs: Path, *arguments: str, **variables: str) -> str:
    given = {"DATABASE_URL": "postgresql://nowhere/nothing", **variables}
    python = programs / "python"
    return run(project, python, "tools/issuer.py", *arguments, path=programs, variables=given)


def test_make_dev_trusts_what_make_token_prints(project: Path, programs: Path) -> None:
    given = {"SUBJECT": "ann", "ROLE": "admin, editor", "SCOPE": "a b"}
    token, *more = tool(project, programs, "--token", **given).splitlines()
    assert not more
    variables = {"TOKEN": token, "AUTH_ROLES_CLAIM": "elsewhere", "AUTH_PRESET": "cognito"}
    who = tool(project, programs, "python", "-c", WHO, **variables)
    for it in ("subject='ann'", "'admin'", "'editor'", "'a'", "'b'"):
        assert it in who
    key = project / ".postgres" / "issuer.json"
    assert key.stat().st_mode & 0o77 == 0
    assert json.loads(key.read_text())["d"] not in who
    key.unlink()  # as with the rest of the folder: tokens of before aren't taken
    assert "Unauthenticated" in tool(project, programs, "python", "-c", WHO, **variables)


@pytest.mark.parametrize(
    ("arguments", "given", "told"),
    [
        (["--token"], {"ROLE": "amdin"}, "No such role: amdin. models.yml has admin, editor."),
        (
            ["--token"],
            {"AUTH_ISSUER": "https://x"},
            "AUTH_ISSUER names an issuer: ask that one for a token.",
        ),
        (["nonesuch"], {}, "No such command: nonesuch"),
    ],
)
def test_what_is_wrong_is_told_in_a_line(
    project: Path, programs: Path, arguments: list[str], given: dict[str, str], told: str
) -> None:
    command: list[str | Path] = [programs / "python", "tools/issuer.py", *arguments]
    env = CLEAN | given
    done = subprocess.run(command, cwd=project, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"{told}\n")


def test_the_claims_that_a_user_is_made_of_are_known(project: Path, programs: Path) -> None:
    claims = {"sub": "ann", "email": "ann@example.com", "address": {"city": "Rome"}, "name": "Ann"}
    show = f"print(Tokens(load()).principal_of({claims}).claims)"
    imports = "from app.access.tokens import Tokens; from app.settings import load"
    printed = tool(project, programs, "python", "-c", f"{imports}; {show}")
    assert printed == "{'email': 'ann@example.com', 'address.city': 'Rome'}\n"


def test_the_subject_may_be_another_claim(project: Path, programs: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(project, tmp_path / "notes")
    tokens = copied / "app" / "access" / "tokens.py"
    found = (it for it in blocks(project / "GUIDE.md") if it.startswith("# app/access/tokens.py"))
    tokens.write_text(apply(tokens.read_text(), next(found).partition("\n")[2]))
    show = "print(Tokens(load()).principal_of({'sub': 'x', 'oid': 'ann'}).subject)"
    imports = "from app.access.tokens import Tokens; from app.settings import load"
    assert tool(copied, programs, "python", "-c", f"{imports}; {show}") == "ann\n"


def test_an_issuer_that_is_set_is_used(project: Path, programs: Path) -> None:
    """As the service itself says, for `python -m app` and for migrations."""
    given = {"AUTH_ISSUER": "https://id.example.com"}
    show = "import os; print(os.environ.get('AUTH_JWKS'), os.environ['AUTH_ISSUER'])"
    printed = tool(project, programs, "python", "-c", show, **given)
    assert printed == "None https://id.example.com\n"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, ["AUTH_ISSUER: This setting is required", "AUTH_AUDIENCE: This setting is required"]),
        (
            {"AUTH_ISSUER": "http://id.example.com", "AUTH_AUDIENCE": "a", "AUTH_JWKS": "{}"},
            [
                "AUTH_ISSUER.0: Input should be a URL such as https://id.example.com/shop",
                "AUTH_JWKS: Input should be a JWK set with public keys",
            ],
        ),
        (
            {"AUTH_ISSUER": "https://x?y", "AUTH_AUDIENCE": "a", "AUTH_ALGORITHMS": ""},
            [
                "AUTH_ISSUER.0: Input should be a URL such as https://id.example.com/shop",
                "AUTH_ALGORITHMS: Value should have at least 1 item after validation, not 0",
            ],
        ),
    ],
)
def test_wrong_settings(
    project: Path, programs: Path, given: dict[str, str], told: list[str]
) -> None:
    command: list[str | Path] = [programs / "python", "-m", "app"]
    env = CLEAN | {"DATABASE_URL": "postgresql://nowhere/nothing"} | given
    done = subprocess.run(command, cwd=project, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stderr.splitlines()) == (1, told)
