"""What the template asks: the keys that may stand at the top of a models.yml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

# Those that are the language's own; the rest are options, as in copier.yml.
LANGUAGE = ("models", "enums", "mixins", "defaults", "extensions", "auth", "roles", "dropped")
_FILE = Path(__file__).resolve().parent.parent / "copier.yml"


def questions() -> dict[str, Any]:
    """The questions by name, as copier.yml has them; its settings start with `_`."""
    found: dict[str, Any] = yaml.safe_load(_FILE.read_text())
    return {name: it for name, it in found.items() if not name.startswith("_")}
