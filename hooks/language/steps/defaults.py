"""Defaults of a field: a value that the service sets, or SQL that the database evaluates."""

from __future__ import annotations

from .. import bounds, grammar, sql, values
from ..diagnostics import Code, show
from ..draft import Loading
from ..spec import Field

MOMENTS = ("now", "today", "current_date", "current_time", "current_timestamp", "localtime")


def resolve_default(loading: Loading, where: str, field: Field, raw: grammar.Scalar) -> None:
    has_default = "default" in raw.model_fields_set
    if has_default and raw.server_default is not None:
        what = "has `default` and `server_default`: keep one"
        loading.problems.add(where, Code.TWO_DEFAULTS, what)
        return
    if raw.server_default is not None:
        if (fault := sql.fault(raw.server_default)) is not None:
            loading.problems.add(f"{where}.server_default", Code.SQL, fault)
        field.server_default = raw.server_default
    if not has_default or (raw.default is None and field.optional):
        return
    field.has_default = True
    at = f"{where}.default"
    try:
        field.default = values.convert(field.type, raw.default)
    except values.Wrong as wrong:
        loading.problems.add(at, wrong.code, _moment(field, raw.default) or str(wrong))
        return
    if bounds.is_infinite(field.default):
        what = f"{show(raw.default)} would be stored as infinity: write a day more or less"
        loading.problems.add(at, Code.OUT_OF_RANGE, what)
    breach = None if field.type.array else bounds.breach(field, field.default)
    if breach is not None:
        loading.problems.add(at, Code.BREACH, f"{show(raw.default)} {breach}")


def _moment(field: Field, value: object) -> str | None:
    """What to write where `value` means the moment of the insert."""
    sql_of = {"date": "current_date", "time": "localtime", "timetz": "current_time"}
    if not isinstance(value, str) or value.lower().strip(" ()") not in MOMENTS:
        return None
    if field.type.name not in (*sql_of, "timestamp", "timestamptz"):
        return None
    return f"{show(value)} is SQL: write server_default: {sql_of.get(field.type.name, 'now()')}"
