"""Samples of fields for the rendered tests: each a value for any number, and the Python of it."""

from __future__ import annotations

import re
import uuid
from decimal import Decimal
from functools import lru_cache
from math import floor, log2
from string import ascii_lowercase, ascii_uppercase, digits

from ..language.names import kebab
from ..language.spec import Field, Model
from ..language.types import info
from .apart import apart
from .code import literal
from .limits import ROWS, has_limits, high, highest, low, lowest, places, room, step
from .literals import python_value
from .made import Sample, constant, countdown, counted, number, several, text
from .moments import apart_from_others, ends, fraction, moment, range_
from .narrowed import Narrow, narrowed, of_values
from .patterns import fits, matching

LETTERS = digits + ascii_uppercase + ascii_lowercase


@lru_cache(maxsize=4096)
def samples_of(model: Model) -> dict[Field, Sample]:
    """Of what a create may send, but for what refers to others."""
    places = positions(model)
    ranges = {field for exclude in model.excludes for field in exclude.fields}
    uniques = {field for it in apart(model) for field in it.fields if field.type.name == "bool"}
    checked, found = narrowed(model), dict[Field, Sample]()
    for field in own(model):
        left = checked.get(field, Narrow(field))
        if left.values and field not in ranges:
            found[field] = of_values(field, left.values)
        else:
            alone = field in ranges | uniques
            found[field] = sample(left.field, places.get(field.name, 0), alone=alone)
    return found


def own(model: Model) -> list[Field]:
    """What a create may send, but for what refers to others."""
    return [field for field in model.fields if field.creatable and field.reference is None]


def positions(model: Model) -> dict[str, int]:
    """How many numbers or times of its kind a field has before it, where checks compare."""
    if not model.excludes and not any(check.field is None for check in model.checks):
        return {}
    seen: dict[str, int] = {}
    found: dict[str, int] = {}
    for field in model.fields:
        family = info(field.type).family
        if family in ("integer", "float", "decimal", "time") and not field.reference:
            found[field.name] = seen.get(family, 0)
            seen[family] = found[field.name] + 1
    return found


def sample(field: Field, position: int = 0, *, alone: bool = False) -> Sample:
    """A valid value, another for each `n` where that can be.

    Of several dates or numbers in a model the later are the greater, by `position`: that is
    what its checks mostly ask.
    """
    one = apart_from_others(field, position) if alone else None
    if alone and field.type.name == "bool":
        one = Sample("n % 2 == 1", lambda n: n % 2 == 1, 2)
    one = one or _one(field, position)
    if not field.type.array:
        return one
    return Sample(f"[{one.code}]", lambda n: [one.value(n)], one.cycle)


def _one(field: Field, position: int) -> Sample:
    entry = info(field.type)
    match entry.family:
        case "integer":
            return _integer(field, position)
        case "float":
            return _float(field, position)
        case "decimal":
            return _decimal(field, position)
        case "text":
            return _text(field)
        case "time":
            return moment(field, position)
        case "bool":
            return constant(True)
        case "uuid":
            return Sample("uuid4()", lambda n: uuid.UUID(int=n))
        case "json":
            return Sample('{"n": n}', lambda n: {"n": n})
        case "range":
            return range_(*ends(field))
    match field.type.name:
        case "enum":
            return _enum(field)
        case "bytes":
            if field.key:  # which base64 writes otherwise than base64url
                return Sample('b"\\xfb\\xff%d" % n', lambda n: b"\xfb\xff%d" % n)
            return Sample("str(n).encode()", lambda n: str(n).encode())
        case "inet":
            return text("10.0.0.{n}")
        case "cidr":
            return text("10.{n}.0.0/16")
        case "ltree":
            return text(f"{field.name[:24]}.n{{n}}")
        case "vector":
            size = field.type.length or 0
            return Sample(f"[n + 0.5] * {size}", lambda n: [n + 0.5] * size)
        case "custom":
            return _custom(field)
    return text("08:00:2b:00:00:{n:02x}")


def _enum(field: Field) -> Sample:
    assert field.type.enum is not None
    name, values = field.type.enum.name, field.type.enum.values
    if len(values) == 1:
        return Sample(f"next(iter({name}))", lambda n: values[0], 1)
    many = len(values)
    return Sample(f"list({name})[n % {many}]", lambda n: values[n % many], many)


def _custom(field: Field) -> Sample:
    custom = field.type.custom
    assert custom is not None
    if custom.python != "str":
        return number(end="" if custom.python == "int" else ".5")
    parts = re.split(r"(\{n(?::\w+)?\})", custom.example or "")
    parts[::2] = [text.replace("{", "{{").replace("}", "}}") for text in parts[::2]]
    return text("".join(parts))


def _float(field: Field, position: int) -> Sample:
    if has_limits(field, both=True):
        return _between(float(lowest(field)), float(highest(field)))
    least, most = low(field), high(field)
    if most is None and (least is None or least <= 1):
        return number(position * 10, ".5")
    return counted(least, 1) if most is None else countdown(most)


def _between(least: float, most: float) -> Sample:
    """Floats that are multiples of a power of two, which any size of them has exactly."""
    if most <= least:
        return constant(least)
    step = 2.0 ** floor(log2((most - least) / (ROWS + 2)))
    start = (least // step + 1) * step
    code = f"{python_value(start)} + n % {ROWS} * {python_value(step)}"
    return Sample(code, lambda n: start + n % ROWS * step, ROWS)


def _integer(field: Field, position: int) -> Sample:
    least, most = low(field), high(field)
    if (least is None or least <= 1) and (most is None or most >= ROWS + position * 10):
        return number(position * 10)
    if most is None or (least is not None and most - least >= ROWS):
        return counted(least, 1)
    if least is None:
        return countdown(most)
    many = most - least + 1
    if many == 1:
        return constant(least)
    code = f"{least} + n % {many}" if least else f"n % {many}"
    return Sample(code, lambda n: least + n % many, many)


def _decimal(field: Field, position: int) -> Sample:
    """With exactly the column's decimals, as PostgreSQL gives it back."""
    scale = places(field)
    least, most = low(field), high(field)
    start = 0 if least is None or least < 1 else int(least) + 1
    if (most is None or most > ROWS + start) and room(field) > ROWS + start + position * 10:
        return fraction(f".{'0' * scale}" if scale else "", start + position * 10)
    each = step(field)
    if least is None:
        least = Decimal(0) if most is None or most > each * ROWS else most - each * ROWS
    least, end = max(least, each - room(field)), room(field) - each
    most = end if most is None else min(most, end)
    least = least.quantize(each)
    if most < least + ROWS * each:
        return counted(least, each, max(0, int((most - least) / each)) + 1)
    return counted(least, each)


def _templates(field: Field, longest: int) -> list[str]:
    name = field.name[:24].strip("_")
    if field.type.name == "email":
        return [f"{kebab(name)}-{{n}}@example.com", "a{n}@b.example", "{n}@b.io"]
    if field.type.name == "url":
        return [f"https://example.com/{kebab(name)}/{{n}}", "http://a.io/{n}"]
    short = name.replace("_", "")
    return [
        *(name.replace("_", " ") + " {n}", kebab(name) + "-{n}", name + "_{n}"),
        *(short + "{n}", short.upper() + "{n}", name[0] + "{n}", name[0].upper() + "{n}"),
        *(f"{{n:0{width}d}}" for width in range(1, longest + 1)),
        *(f"{lead}{{n:0{width}d}}" for lead in "Aa" for width in range(1, longest + 1)),
    ]


def _text(field: Field) -> Sample:
    entry = info(field.type)
    lengths = [field.type.length, field.max_length, entry.length, field.shortest]
    longest = min((length for length in lengths if length is not None), default=200)
    shortest = field.min_length or 0
    if field.type.name == "char" and longest <= 60:
        shortest = longest  # or the row would have padding that the API leaves out
    values = matching(field.pattern, shortest, longest)
    templates = _templates(field, min(longest, 60))
    templates += [re.sub("[0-9]+$", "", value) + "{n}" for value in values[:9] if "{" not in value]
    for template in templates if longest > 1 else ():
        if fits(template, field.pattern, shortest, longest, ROWS):
            return text(template)
    if longest == 1 and (
        known := "".join(it for it in LETTERS if re.search(field.pattern or "", it))
    ):
        many = len(known)
        return Sample(f"{literal(known)}[n % {many}]", lambda n: known[n % many], many)
    return several(values[: 12 if field.key else 6])
