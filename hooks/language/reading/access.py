"""`auth:`, `roles:` and `rules:`: how who asks is known, and who may do what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import grammar
from ..diagnostics import Code, plain, show
from ..draft import Loading
from .shapes import is_cut_by_comma, read_mapping, read_shape

LONGEST_ROLE = 255
RULE = "write public, user, false, role(x) or a condition, as in owner = me"


def read_access(loading: Loading, answers: Mapping[str, Any]) -> None:
    auth = answers.get("auth", False)
    if auth is None:
        what = "is empty: write {tokens: jwt}, or leave it out"
        loading.problems.add("auth", Code.EMPTY, what)
    elif auth is not False:
        loading.auth = read_shape(grammar.Auth, "auth", auth, loading.problems)
    loading.has_auth = auth is not False
    if answers.get("roles") is not None:
        _read_roles(loading, answers["roles"])


def _read_roles(loading: Loading, raw: object) -> None:
    problems = loading.problems
    if not isinstance(raw, list):
        problems.add("roles", Code.LIST, f"{show(raw)} is not a list, as in [admin, editor]")
        return
    for name in raw:
        if not isinstance(name, str):
            problems.add("roles", Code.QUOTE, f"{show(name)} is not a role: quote it")
        elif not name or name != name.strip() or not name.isprintable() or len(name) > LONGEST_ROLE:
            what = f"{show(name)} cannot be a role: write printable text, as in editor"
            problems.add("roles", Code.ROLE_NAME, what)
        elif name in loading.roles:
            problems.add("roles", Code.LISTED_TWICE, f"{plain(name)} is listed twice")
        else:
            loading.roles.append(name)


def read_rules(loading: Loading, where: str, raw: object) -> dict[str, str]:
    """The rules that are text, by op; what each says is read later."""
    problems, before = loading.problems, len(loading.problems.found)
    data = read_mapping(where, raw, "a mapping {op: rule}, as in {read: user}", problems)
    if is_cut_by_comma(data):
        what = "a comma ends a value inside { }: quote the rule, as in 'any(members, id = me)'"
        problems.add(where, Code.COMMA, what)
        data = {}
    rules = {}
    for op, value in data.items():
        at = f"{where}.{plain(op)}"
        if value is None:
            problems.add(at, Code.EMPTY, f"is empty: {RULE}")
        elif value is False:
            rules[op] = "false"
        elif isinstance(value, str):
            rules[op] = value
        else:
            problems.add(at, Code.VALUE, f"{show(value)} is not a rule: {RULE}")
    if len(problems.found) > before:
        loading.broken_rules.add(where)
    return rules
