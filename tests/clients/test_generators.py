"""Clients that generators make of the document: they compile, and nothing is lost in them."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients import generators
from tests.clients.conftest import document
from tests.clients.generators import QUIET, Inventory
from tests.clients.tools import Tools

pytestmark = pytest.mark.cross
PLACES = ("path", "query", "header")
HEY_API = ("path", "query", "headers")  # as it calls them


def plain(name: str) -> str:
    """A name as all generators have it, whatever they do to its case and its signs."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def schemas(described: Path) -> dict[str, set[str]]:
    """By name: the properties."""
    known = document(described)["components"]["schemas"]
    return {plain(name): {*it["properties"]} for name, it in known.items() if "properties" in it}


def operations(described: Path) -> Iterator[tuple[str, dict[str, set[str]], bool]]:
    """The name of each, its parameters by where they are, and whether it has a body."""
    for path in document(described)["paths"].values():
        for it in path.values():
            asked: dict[str, set[str]] = {place: set() for place in PLACES}
            for parameter in it.get("parameters", ()):
                asked[parameter["in"]].add(parameter["name"])
            yield it["operationId"], asked, "requestBody" in it


def keys(types: dict[str, Any]) -> dict[str, set[str]]:
    return {plain(name): {*it} for name, it in types.items()}


def test_openapi_typescript(described: Path, tools: Tools) -> None:
    types = generators.openapi_typescript(tools, described).types
    text = (described / "openapi-typescript.ts").read_text()
    # Of the file itself: webhooks and $defs that there are none of.
    assert text.count("Record<string, never>") == 2
    found = keys(types["components"]["schemas"])
    for name, properties in schemas(described).items():
        assert found[name] == properties
    for name, asked, body in operations(described):
        operation = types["operations"][name]
        shown = {place: {*operation["parameters"].get(place, ())} for place in PLACES}
        assert shown == asked
        assert body == ("content" in operation.get("requestBody", ()))


def test_hey_api(described: Path, tools: Tools) -> None:
    made = generators.hey_api(tools, described)
    check_types(described, made)
    found = {plain(name): it for name, it in made.types.items()}
    for name, asked, _ in operations(described):
        data = found[f"{plain(name)}data"]
        assert {
            place: {*data.get(f"{place}s" if place == "header" else place, ())} for place in PLACES
        } == asked
        assert plain(name) in {plain(it) for it in made.functions}


def test_orval(described: Path, tools: Tools) -> None:
    made = generators.orval(tools, described)
    check_types(described, made)
    found = keys(made.types)
    functions = {plain(name): it for name, it in made.functions.items()}
    for name, asked, body in operations(described):
        apart = [place for place in ("query", "header") if asked[place]]
        for place in apart:
            kind = {"query": "params", "header": "headers"}[place]
            assert found[f"{plain(name)}{kind}"] == asked[place]
        given = functions[plain(name)]
        assert len(given) == len(asked["path"]) + body + len(apart) + 1  # and options


def test_openapi_python_client(described: Path, tools: Tools) -> None:
    made = generators.openapi_python_client(tools, described)
    found = {plain(name): it for name, it in made.types.items()}
    for name, properties in schemas(described).items():
        assert len(found[name]) == len(properties), name
    for name, asked, body in operations(described):
        given = made.functions[name]
        assert len(given) == sum(map(len, asked.values())) + body, name


def check_types(described: Path, made: Inventory) -> None:
    found = keys(made.types)
    for name, properties in schemas(described).items():
        assert found[name] == properties


Linter = Callable[[Tools, Path], str]


def redocly(tools: Tools, folder: Path) -> str:
    script = tools.package("@redocly/cli", "bin/cli.js")
    return tools.node(folder, script, "lint", "openapi.json", **QUIET)


def spectral(tools: Tools, folder: Path) -> str:
    (folder / ".spectral.yml").write_text("extends: ['spectral:oas']\n")
    script = tools.package("@stoplight/spectral-cli", "dist/index.js")
    return tools.node(folder, script, "lint", "openapi.json")


@pytest.mark.parametrize("lint", [redocly, spectral])
def test_linters_find_no_error(lint: Linter, described: Path, tools: Tools) -> None:
    """Nor a warning but of what isn't known: contacts, and descriptions of each operation."""
    told = lint(tools, described)
    known = ("info-contact", "operation-description")
    warned = [it for it in told.splitlines() if re.search(r"\bwarning\b", it)]
    assert [it for it in warned if not any(name in it for name in known)] == []
