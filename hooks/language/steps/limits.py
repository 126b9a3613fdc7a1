"""Limits of a field: numbers and times have `min` and the like, text has lengths and a pattern."""

from __future__ import annotations

from .. import bounds, expressions, grammar, patterns, types, values
from ..diagnostics import Code, show
from ..draft import Loading
from ..spec import Field

NUMERIC = ("min", "max", "gt", "lt")
TEXTUAL = ("min_length", "max_length", "pattern")


def resolve_limits(loading: Loading, where: str, field: Field, raw: grammar.Scalar) -> None:
    info, array = types.info(field.type), field.type.array
    numeric = info.family in ("integer", "float", "decimal", "time") and not array
    textual = info.family == "text" and not array
    kind = f"{field.type.name}[]" if array else field.type.name
    numbers = [key for key in NUMERIC if getattr(raw, key) is not None]
    texts = [key for key in TEXTUAL if getattr(raw, key) is not None]
    for key in numbers if not numeric else []:
        what = f"`{key}` is for numbers, dates and times, not for {kind}"
        loading.problems.add(where, Code.LIMIT, what)
    for key in texts if not textual else []:
        loading.problems.add(where, Code.LIMIT, f"`{key}` is for text, not for {kind}")
    for key in numbers if numeric else []:
        try:
            setattr(field, key, values.convert(field.type, getattr(raw, key)))
        except values.Wrong as wrong:
            loading.problems.add(f"{where}.{key}", wrong.code, str(wrong))
    for one, other in (("min", "gt"), ("max", "lt")):
        if getattr(field, one) is not None and getattr(field, other) is not None:
            what = f"has `{one}` and `{other}`: keep one"
            loading.problems.add(where, Code.TWO_LIMITS, what)
            setattr(field, other, None)
    if (contradiction := bounds.contradiction(field)) is not None:
        loading.problems.add(where, Code.RANGE, contradiction)
    if textual:
        _lengths(loading, where, field, raw, longest=field.type.length or info.length)
        _pattern(loading, f"{where}.pattern", field, raw)
        field.pattern = field.pattern or info.pattern


def _lengths(
    loading: Loading, where: str, field: Field, raw: grammar.Scalar, *, longest: int | None
) -> None:
    field.min_length, field.max_length = raw.min_length, raw.max_length
    for key, least in (("min_length", 0), ("max_length", 1)):
        value = getattr(field, key)
        if value is None:
            continue
        if not least <= value <= expressions.LONGEST:
            what = f"{show(value)} is not a length"
            loading.problems.add(f"{where}.{key}", Code.LENGTH_RANGE, what)
            setattr(field, key, None)
        elif longest is not None and value > longest:
            what = f"{value} is greater than the length of the type, {longest}"
            loading.problems.add(f"{where}.{key}", Code.LENGTH_RANGE, what)
    low, high = field.min_length, field.max_length
    if low is not None and high is not None and low > high:
        loading.problems.add(where, Code.RANGE, "min_length is greater than max_length")


def _pattern(loading: Loading, where: str, field: Field, raw: grammar.Scalar) -> None:
    if raw.pattern is None:
        return
    if types.info(field.type).pattern:
        what = f"a {field.type.name} has its own pattern: write string(100) instead"
        loading.problems.add(where, Code.OWN_PATTERN, what)
    elif (fault := patterns.fault(raw.pattern)) is not None:
        loading.problems.add(where, *fault)
    else:
        field.pattern = raw.pattern
