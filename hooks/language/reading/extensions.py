"""`extensions:`: names of extensions of PostgreSQL."""

from __future__ import annotations

import re

from ..diagnostics import Code, plain, show
from ..draft import Loading


def read_extensions(loading: Loading, raw: object) -> None:
    problems = loading.problems
    if not isinstance(raw, list):
        what = f"{show(raw)} is not a list, as in [uuid-ossp, unaccent]"
        problems.add("extensions", Code.LIST, what)
        return
    for name in raw:
        if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", name):
            what = f"{show(name)} cannot be an extension: write its name, as in uuid-ossp"
            problems.add("extensions", Code.EXTENSION, what)
        elif name in loading.extensions:
            problems.add("extensions", Code.LISTED_TWICE, f"{plain(name)} is listed twice")
        else:
            loading.extensions.append(name)
