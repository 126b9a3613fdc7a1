"""Templates without Copier, which takes a second for a service."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import jinja2
import yaml

from hooks.formatting import laid_out
from hooks.rendering import FILTERS
from tests.support import ROOT


def environment() -> jinja2.Environment:
    """Jinja as Copier makes it."""
    options = yaml.safe_load((ROOT / "copier.yml").read_text())["_envops"]
    assert options.pop("undefined") == "jinja2.StrictUndefined"
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(ROOT),
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2_ansible_filters.AnsibleCoreFiltersExtension"],
        keep_trailing_newline=True,
        **options,
    )
    made.filters |= FILTERS
    return made


def write_python(texts: Mapping[Path, str]) -> None:
    """Write what templates printed, laid out as in a render."""
    for path, text in laid_out(dict(texts)).items():
        path.write_text(text)
