"""What makes a client of an OpenAPI document, in a folder with `openapi.json`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.clients.tools import HERE, Tools

QUIET = {"DO_NOT_TRACK": "1", "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
# It knows no JSON Lines; and ruff, which it calls, would break types of its own.
PYTHON = """
content_type_overrides: {application/jsonl: text/plain}
post_hooks: []
"""
ORVAL = {
    "api": {
        "input": "openapi.json",
        "output": {"target": "orval.ts", "client": "fetch", "headers": True},
    }
}


@dataclass
class Inventory:
    """What a client has: properties of types, to some depth, and parameters of functions."""

    types: dict[str, dict[str, Any]]
    functions: dict[str, list[str]]


def inventory(tools: Tools, folder: Path, *files: str) -> Inventory:
    """Of TypeScript; fails where it doesn't compile strictly."""
    for name in ("node_modules", "inventory.mjs"):
        link = folder / name
        if not link.exists():
            link.symlink_to((tools.folder if name == "node_modules" else HERE) / name)
    return Inventory(
        **json.loads(tools.node(folder, "--preserve-symlinks-main", "inventory.mjs", *files))
    )


def openapi_typescript(tools: Tools, folder: Path) -> Inventory:
    script = tools.package("openapi-typescript", "bin/cli.js")
    # Else it takes what has a default for required, also where it is sent.
    options = ("--default-non-nullable=false", "--output", "openapi-typescript.ts")
    tools.node(folder, script, "openapi.json", *options)
    return inventory(tools, folder, "openapi-typescript.ts")


def hey_api(tools: Tools, folder: Path) -> Inventory:
    script = tools.package("@hey-api/openapi-ts", "bin/run.js")
    tools.node(folder, script, "--input", "openapi.json", "--output", "hey-api", **QUIET)
    return inventory(tools, folder, "hey-api/types.gen.ts", "hey-api/sdk.gen.ts")


def orval(tools: Tools, folder: Path) -> Inventory:
    (folder / "orval.config.mjs").write_text(f"export default {json.dumps(ORVAL)};\n")
    script = tools.package("orval", "dist/bin/orval.mjs")
    tools.node(folder, script, "--config", "orval.config.mjs", **QUIET)
    return inventory(tools, folder, "orval.ts")


def openapi_python_client(tools: Tools, folder: Path) -> Inventory:
    (folder / "config.yml").write_text(PYTHON)
    paths = ("--path", "openapi.json", "--output-path", "python_client", "--config", "config.yml")
    options = ("--meta", "none", "--overwrite", "--fail-on-warning")
    tools.python(folder, "openapi-python-client", "generate", *paths, *options)
    tools.python(folder, "mypy", "--strict", "python_client")
    told = tools.python(folder, "python", HERE / "inventory.py", "python_client")
    return Inventory(**json.loads(told))
