"""Values for the rendered tests: good ones that count on, and bad ones a limit."""

from __future__ import annotations

import datetime as dt
import decimal
import re
import uuid
from importlib import import_module
from typing import Any

from pydantic_core import to_jsonable_python

from ..language.names import kebab
from ..language.spec import Field, Model, Span
from ..language.types import info
from ..layout import Group, binary, call, literal, seq
from .literals import python_value
from .types import python

ROWS = 40  # how many different values of a field a test may need


def sample(field: Field, position: int = 0, *, apart: bool = False) -> str | Group:
    """An expression in `n`, 1 and up: a valid value, another for each `n` where that can be.

    Of several dates or numbers in a model the later are the greater, by `position`: that is
    what its checks mostly ask.
    """
    one = _apart(field, position) if apart else None
    one = one or _one(field, position)
    return seq([one]) if field.type.array else one


def _one(field: Field, position: int) -> str | Group:
    entry = info(field.type)
    match entry.family:
        case "integer":
            return _integer(field, position)
        case "float":
            return _bounded(field, f"n + {position}.5" if position else "n + 0.5", position)
        case "decimal":
            return _decimal(field, position)
        case "text":
            return _text(field)
        case "time":
            return _time(field, position)
        case "bool":
            return "True"
        case "uuid":
            return "uuid4()"
        case "json":
            return '{"n": n}'
        case "range":
            return call("Range", *_ends(field))
    match field.type.name:
        case "enum":
            assert field.type.enum is not None
            name = field.type.enum.name
            if len(field.type.enum.values) == 1:
                return f"next(iter({name}))"
            return f"list({name})[n % {len(field.type.enum.values)}]"
        case "bytes":
            return "str(n).encode()"
        case "inet":
            return 'f"10.0.0.{n}"'
        case "cidr":
            return 'f"10.{n}.0.0/16"'
        case "ltree":
            return f'f"{field.name[:24]}.n{{n}}"'
        case "vector":
            return f"[n + 0.5] * {field.type.length}"
        case "custom":
            return _custom(field)
    return 'f"08:00:2b:00:00:{n:02x}"'


def _custom(field: Field) -> str:
    custom = field.type.custom
    assert custom is not None
    if custom.python != "str":
        return "n" if custom.python == "int" else "n + 0.5"
    parts = re.split(r"(\{n(?::\w+)?\})", custom.example or "")
    if len(parts) == 1:
        return literal(parts[0])
    parts[::2] = [it.replace("{", "{{").replace("}", "}}") for it in parts[::2]]
    return f"f{literal(''.join(parts))}"


def _ends(field: Field) -> list[str | Group]:
    """Of a range, as PostgreSQL gives it back."""
    match info(field.type).bound:
        case "int" | "bigint":
            return ["n", "n + 10"]
        case "numeric":
            return ['Decimal(f"{n}.50")', 'Decimal(f"{n}.75")']
    zone = ["tzinfo=dt.UTC"] if info(field.type).bound == "timestamptz" else []
    made = "dt.date" if info(field.type).bound == "date" else "dt.datetime"
    days = [["2026", month, "n % 28 + 1"] for month in ("1", "3")]
    return [call(made, *day, *zone) for day in days]


def _apart(field: Field, position: int) -> str | Group | None:
    """A range or a time in the nine days, or the ten numbers, of `n`."""
    kind = info(field.type).bound or field.type.name
    is_range = info(field.type).family == "range"
    if kind in ("int", "bigint", "numeric") and is_range:
        ends: list[str | Group] = ["n * 10", "n * 10 + 9"]
        if kind == "numeric":
            ends = ['Decimal(f"{n}.50")', 'Decimal(f"{n}.75")']
        return call("Range", *ends)
    if kind not in ("date", "timestamp", "timestamptz"):
        return None
    if not is_range and any(it is not None for it in (_low(field), _high(field))):
        return None
    zone = ["tzinfo=dt.UTC"] if kind == "timestamptz" else []
    made = call("dt.date" if kind == "date" else "dt.datetime", "2026", "1", "1", *zone)
    days = [f"n * 9 + {it}" if it else "n * 9" for it in (position, 3 + position)]
    ends = [binary(made, "+", f"dt.timedelta(days={it})") for it in days]
    return call("Range", *ends) if is_range else ends[0]


def unit(field: Field) -> decimal.Decimal:
    """The least difference of two decimals."""
    return decimal.Decimal(1).scaleb(-(field.type.scale or 0))


def _step(field: Field) -> Any:
    """From a limit to the first value beyond it, of numbers and times."""
    if field.type.name == "decimal":
        return unit(field)
    return dt.timedelta(days=1) if info(field.type).family == "time" else 1


def _low(field: Field) -> Any:
    """The least value that the limits leave, of numbers and times; None for no limit."""
    return field.min if field.gt is None else field.gt + _step(field)


def _high(field: Field) -> Any:
    return field.max if field.lt is None else field.lt - _step(field)


def _beyond(field: Field) -> list[Any]:
    """The first value beyond each limit, of numbers and times."""
    least = [] if field.min is None else [field.min - _step(field)]
    most = [] if field.max is None else [field.max + _step(field)]
    return [*least, *most, *(it for it in (field.gt, field.lt) if it is not None)]


def _bounded(field: Field, counting: str, position: int) -> str:
    low, high = _low(field), _high(field)
    if high is None and (low is None or low <= 1):
        return counting
    if high is not None and low is not None:
        return literal((float(low) + float(high)) / 2)
    if high is not None:
        return f"{python_value(high)} - n"
    return f"{python_value(low)} + n"


def _integer(field: Field, position: int) -> str:
    low, high = _low(field), _high(field)
    if (low is None or low <= 1) and (high is None or high >= ROWS + position):
        return f"n + {position}" if position else "n"
    if high is None or (low is not None and high - low >= ROWS):
        return f"{low} + n"
    if low is None:
        return f"{high} - n"
    return f"{low} + n % {high - low + 1}" if high > low else str(low)


def _decimal(field: Field, position: int) -> str | Group:
    """With exactly the column's decimals, as PostgreSQL gives it back."""
    scale, precision = field.type.scale or 0, field.type.precision or 0
    low, high = _low(field), _high(field)
    room = decimal.Decimal(10) ** (precision - scale)
    start = 0 if low is None or low < 1 else int(low) + 1
    if (high is None or high > ROWS + start) and room > ROWS + start + position:
        number = f"n + {start + position}" if start + position else "n"
        whole = f"{{{number}}}"
        return f'Decimal(f"{whole}.{"0" * scale}")' if scale else f"Decimal({number})"
    least = unit(field)
    if low is None:
        low = decimal.Decimal(0) if high is None or high > least * ROWS else high - least * ROWS
    lowest, step = (f'Decimal("{it:.{scale}f}")' for it in (low, least))
    return binary(lowest, "+", f"n * {step}")


def _text(field: Field) -> str | Group:
    entry = info(field.type)
    if field.type.name == "email":
        return f'f"{kebab(field.name)}-{{n}}@example.com"'
    if field.type.name == "url":
        return f'f"https://example.com/{kebab(field.name)}/{{n}}"'
    lengths = [field.type.length, field.max_length, entry.length]
    longest = min((it for it in lengths if it is not None), default=200)
    shortest = field.min_length or 0
    if field.type.name == "char" and longest <= 60:
        shortest = longest  # or the row would have padding that the API leaves out
    name = field.name[:24].strip("_")
    short = name.replace("_", "")
    templates = [
        *(name.replace("_", " ") + " {n}", kebab(name) + "-{n}", name + "_{n}"),
        *(short + "{n}", short.upper() + "{n}", name[0] + "{n}", name[0].upper() + "{n}"),
        *(f"{{n:0{width}d}}" for width in range(1, min(longest, 60) + 1)),
        *(f"{lead}{{n:0{width}d}}" for lead in "Aa" for width in range(1, min(longest, 60) + 1)),
    ]
    values = matching(field.pattern, shortest, longest)
    templates += [re.sub("[0-9]+$", "", it) + "{n}" for it in values[:9] if "{" not in it]
    for template in templates:
        if _fits(template, field.pattern, shortest, longest):
            return f"f{literal(template)}"
    if len(values) == 1:
        return literal(values[0])
    values = values[: 12 if field.key else 6]
    return Group("[", tuple(map(literal, values)), f"][n % {len(values)}]")


def _fits(template: str, pattern: str | None, shortest: int, longest: int) -> bool:
    made = [template.format(n=n) for n in (1, 2, 9, 10, ROWS)]
    if longest < 2:
        made = made[:3]
    return all(
        shortest <= len(it) <= longest and (pattern is None or re.search(pattern, it))
        for it in made
    )


def matching(pattern: str | None, shortest: int, longest: int) -> list[str]:
    """Some different texts that match `pattern`, from the parts that it is made of."""
    parts = import_module("re._parser").parse(pattern or ".*")
    found: dict[str, None] = {}
    for seed in range(60):
        made = _make(parts, seed)
        fits = shortest <= len(made) <= longest
        if fits and (pattern is None or re.search(pattern, made)):
            found[made] = None
    return list(found) or ["x" * max(shortest, 1)]


def _make(parts: Any, seed: int) -> str:
    made = ""
    for number, (kind, argument) in enumerate(parts):
        turn = seed + number
        match str(kind):
            case "LITERAL":
                made += chr(argument)
            case "NOT_LITERAL":
                made += "a" if argument != ord("a") else "b"
            case "ANY":
                made += "abcdefghij"[turn % 10]
            case "IN":
                made += _member(argument, turn)
            case "BRANCH":
                branches = argument[1]
                made += _make(branches[turn % len(branches)], seed // len(branches))
            case "SUBPATTERN":
                made += _make(argument[-1], seed)
            case "MAX_REPEAT" | "MIN_REPEAT":
                least, most, inner = argument
                times = least if least else min(int(most), seed % 2)
                made += "".join(_make(inner, seed + i * 7) for i in range(times))
    return made


def _member(options: Any, turn: int) -> str:
    members: list[int] = []
    negated = False
    for kind, argument in options:
        match str(kind):
            case "NEGATE":
                negated = True
            case "LITERAL":
                members.append(argument)
            case "RANGE":
                members.extend(range(argument[0], argument[1] + 1))
    if negated:
        printable = [code for code in range(48, 123) if chr(code).isalnum()]
        members = [code for code in printable if code not in members]
    return chr(members[turn % len(members)])


def _time(field: Field, position: int) -> str | Group:
    low, high = _low(field), _high(field)
    match field.type.name:
        case "interval":
            bound = low if low is not None else high
            return "dt.timedelta(hours=n)" if bound is None else python_value(bound)
        case "time" | "timetz":
            bound = low if low is not None else high
            zone = ["tzinfo=dt.UTC"] if field.type.name == "timetz" else []
            if bound is not None:
                return python_value(bound)
            return call("dt.time", str(position % 24), "n % 60", *zone)
    if low is not None:
        return binary(python_value(low), "+", "dt.timedelta(days=n)")
    if high is not None:
        return binary(python_value(high), "-", "dt.timedelta(days=n)")
    date = ["2026", str(1 + position % 12), "n % 28 + 1"]
    if field.type.name == "date":
        return call("dt.date", *date)
    zone = ["tzinfo=dt.UTC"] if field.type.name == "timestamptz" else []
    return call("dt.datetime", *date, "12", *zone)


def example(field: Field, n: int = 1) -> Any:
    """The sample for `n`, in the form that JSON has."""
    enum = field.type.enum
    value = _value(sample(field), n, **({enum.name: enum.values} if enum else {}))
    return to_jsonable_python(value, bytes_mode="base64")


def _value(expression: str | Group, n: int, **more: Any) -> Any:
    names = {"n": n, "Decimal": decimal.Decimal, "dt": dt, "uuid4": lambda: uuid.UUID(int=n)}
    made = {"Range": lambda lower, upper: Span(lower, upper, "[)", empty=False)}
    return eval(str(expression), names | made | more)


def invalid(field: Field) -> list[str]:
    """Expressions of JSON values that the API must refuse for `field`, a limit each."""
    entry = info(field.type)
    bad: list[str] = []
    if not field.optional:
        bad.append("None")
    match entry.family:
        case "integer":
            bad += ['"one"', "1.5", "True", str(entry.high + 1), str(entry.low - 1)]
        case "float":
            bad += ['"one"', "True"]
        case "decimal":
            scale, precision = field.type.scale or 0, field.type.precision or 0
            bad += ['"one"', '"NaN"', '"Infinity"']
            bad.append(f'"{10 ** (precision - scale)}"')
            bad.append(f'"0.{"0" * scale}1"')
        case "text":
            bad += ["1", r'"\0"']
            bad += ['"?"'] * (field.type.name in ("email", "url"))
            bad += ['"A <a@example.com>"'] * (field.type.name == "email")
        case "time":
            bad += ['"soon"', "1"]
            bad += {
                "time": ['"10:00:00.1234567"'],
                "timestamp": ['"2026-01-02T03:04:05.1234567"', '"2026-01-02T03:04:05Z"'],
                "timestamptz": [
                    '"2026-01-02T03:04:05.1234567Z"',
                    '"2026-01-02T03:04:05"',
                    '"0001-01-01T00:00:00+01:00"',
                ],
                # The last is one day more than Python has.
                "interval": ['"PT0.1234567S"', '"-P999999999DT23H"'],
            }.get(field.type.name, [])
        case "bool":
            bad += ['"yes"', "1"]
        case "uuid":
            bad += ['"1"', "1"]
        case "range":
            bad += ['"[1,2)"', '{"from": 1}', '{"bounds": "[["}', '{"lower": "one"}']
            bad += ['{"lower": True}', '{"empty": 1}']
            ends = [to_jsonable_python(_value(it, 1)) for it in _ends(field)]
            bad.append(f'{{"lower": {literal(ends[1])}, "upper": {literal(ends[0])}}}')
            bad.append(f'{{"lower": {literal(ends[0])}, "empty": True}}')
        case "json":
            bad += [r'{"deep": ["\0"]}']
        case _ if field.type.custom:
            others = {"str": ["1", r'"\0"'], "int": ['"one"', "1.5"], "float": ['"one"']}
            bad += others[field.type.custom.python]
        case _ if field.type.name == "vector":
            numbers = ["1.0"] * ((field.type.length or 0) - 1)
            bad += ['"[1]"', *(f"[{', '.join([*numbers, it])}]" for it in ('"one"', "1e39"))]
            bad += [f"[1.0] * {(field.type.length or 0) + 1}", "[]"]
        case _ if field.type.name == "ltree":
            bad += ['""', '"a..b"', '"a b"', "1"]
        case _:
            bad += ['"?"', "1"]
    if entry.family in ("integer", "float"):
        bad += map(str, _beyond(field))
    if entry.family == "decimal":
        bad += [f'"{it}"' for it in _beyond(field)]
    if entry.family == "time" and field.type.name not in ("time", "timetz", "interval"):
        bad += [literal(it.isoformat()) for it in _beyond(field)]
    if entry.family == "text":
        lengths = [field.type.length, field.max_length, entry.length]
        longest = min((it for it in lengths if it is not None), default=None)
        if longest is not None:
            bad.append(f'"x" * {longest + 1}')
        bad += _too_short(field)
        bad += map(literal, _mismatch(field)[:1])
    if field.type.array:
        bad = ["None"] * (not field.optional) + ['"x"', *(f"[{it}]" for it in bad)]
    return list(dict.fromkeys(bad))


def unfit(field: Field) -> list[str]:
    """Expressions of values that the column refuses: null, and one beyond each limit."""
    entry = info(field.type)
    family = entry.family
    bad = ["None"] * (not field.optional and family != "json")
    if field.type.array:
        return bad
    if family in ("integer", "float", "decimal"):
        beyond = _beyond(field)
        if family == "integer":  # or asyncpg refuses them
            beyond = [it for it in beyond if entry.low <= it <= entry.high]
        if family == "decimal":
            room = decimal.Decimal(10) ** ((field.type.precision or 0) - (field.type.scale or 0))
            beyond = [it for it in beyond if abs(it) < room]
        bad += [str(python_value(it)) for it in beyond]
    if family == "text":
        bad += _too_short(field)
        shortest, longest = field.min_length or 0, field.type.length or 200
        fitting = [it for it in _mismatch(field) if shortest <= len(it) <= longest]
        bad += map(literal, fitting[:1])
    return bad


def _too_short(field: Field) -> list[str]:
    if not field.min_length:
        return []
    return ['""' if field.min_length == 1 else f'"x" * {field.min_length - 1}']


def _mismatch(field: Field) -> list[str]:
    """Texts that the pattern doesn't match, where there is one."""
    texts = ("?", "a b", "A_", "0", "")
    return [it for it in texts if not re.search(field.pattern or "", it)]


def in_json(field: Field) -> str | None:
    """The expression of the field's default, as an answer has it."""
    family, value = info(field.type).family, field.default
    if family not in ("integer", "bool", "text", "decimal") and field.type.name != "enum":
        return None
    if family == "decimal":
        if field.type.array:
            return None
        value = value.quantize(unit(field))
    value = to_jsonable_python(value)
    return str(seq(map(literal, value))) if isinstance(value, list) else literal(value)


def unstorable(field: Field) -> str | None:
    """The expression of a value that is one of the type to JSON, and not to PostgreSQL."""
    if field.type.name == "ltree":
        return '"a..b"'
    known = {"integer": "2**63", "decimal": '"1e200000"', "text": r'"\0"'}
    return known.get(info(field.type).family)


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


def imports_of(field: Field) -> list[str]:
    """What `sample(field)` needs."""
    kind = python(field.type)
    needs = {"Decimal": "decimal:Decimal", "UUID": "uuid:uuid4", "dt.": "datetime as dt"}
    needs["Range["] = "sqlalchemy.dialects.postgresql:Range"
    found = [need for word, need in needs.items() if word in kind]
    if field.type.enum:
        found.append(f"app.enums:{field.type.enum.name}")
    return found
