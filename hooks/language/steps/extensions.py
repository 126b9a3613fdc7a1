"""Functions that come with an extension, which `extensions:` has to name."""

from __future__ import annotations

import re

from .. import sql
from ..draft import Loading
from .checks import pieces_of_sql

# By the extension: what its functions are called, or how their names begin.
FUNCTIONS = {
    "uuid-ossp": "uuid_generate_v[0-9]+(mc)?|uuid_nil|uuid_ns_[a-z0-9]+",
    "pgcrypto": "crypt|gen_salt|digest|hmac|gen_random_bytes|(pgp|armor|dearmor)(_[a-z_]+)?",
    "unaccent": "unaccent",
    "fuzzystrmatch": "soundex|difference|levenshtein(_less_equal)?|d?metaphone(_alt)?",
    "earthdistance": "earth|ll_to_earth|earth_(box|distance)|latitude|longitude",
    "tablefunc": "crosstab[0-9n]?|normal_rand|connectby",
}
INSTEAD = "gen_random_uuid() needs none"


def check_functions(loading: Loading) -> None:
    """Warn of functions that a server has only with an extension that isn't declared."""
    found = set[str]()
    for draft in loading.drafts.values():
        for where, text in pieces_of_sql(draft):
            for name in dict.fromkeys(sql.calls(text or "", of_schemas=True)):
                found.add(name)
                extension = _extension(name)
                if extension is None or extension in loading.extensions:
                    continue
                what = f"{name}() comes with an extension: write extensions: [{extension}]"
                what += f"; {INSTEAD}" if "uuid" in name else ""
                loading.problems.warn(where, what)
    needs = any(_extension(name) == "pgcrypto" for name in found)
    if "pgcrypto" in loading.extensions and "gen_random_uuid" in found and not needs:
        what = f"{INSTEAD} since PostgreSQL 13: leave pgcrypto out unless your own SQL calls it"
        loading.problems.warn("extensions", what)


def _extension(function: str) -> str | None:
    fit = (it for it, pattern in FUNCTIONS.items() if re.fullmatch(pattern, function))
    return next(fit, None)
