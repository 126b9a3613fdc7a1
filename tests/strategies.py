"""Valid models.yml answers, of all that the language has."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

NAMES = (
    *("User", "Item", "OrderLine", "Category", "Person", "Box", "HttpLog", "Bus", "Status2"),
    *("Order", "Analysis", "X", "Child", "Select", "Table"),
)
FIELDS = (
    *("name", "title", "class", "metadata", "date", "json", "copy", "order", "user", "x", "bytes"),
    *("count", "index", "limit", "value_1", "registry", "schema", "uuid", "int", "filters", "dt"),
    *("from", "type", "data", "row", "query", "response", "db", "sort", "self", "text", "doc"),
)
REFS = ("owner", "parent", "made_by", "part", "target")
MANYS = ("tags", "friends", "groups", "classes")
CHOICES = ["draft", "in progress", "in-progress", "2nd", "class", "None", "ünï", 'a "b"', "it's"]
PATTERNS = ("^[a-z0-9-]+$", "^[A-Z]{2}([.:][0-9]{1,3})?$", "^(a|b\\\\|')+$", '^[^\\n"%:]*$')
DOCS = ("A thing", "What it's called", 'Said "so"', "100 % of: a {b} \\ c")

# What is written for each scalar type, and what a value of it may be in models.yml.
SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "smallint": st.integers(-(2**15), 2**15 - 1),
    "int": st.integers(-(2**31), 2**31 - 1),
    "bigint": st.integers(-(2**63), 2**63 - 1),
    "float": st.floats(allow_nan=False, allow_infinity=False),
    "real": st.floats(-1000, 1000, width=32),
    "bool": st.booleans(),
    "string(40)": st.text("abcXYZ \"'\\{}%é\n", max_size=40),
    "char(3)": st.text("abc", max_size=3),
    "text": st.text("abcXYZ \"'\\{}%é\n", max_size=100),
    "varchar": st.text("abcXYZ \"'\\{}%é\n", max_size=100),
    "citext": st.text("abcXYZ \"'\\{}%é\n", max_size=100),
    "decimal(12,2)": st.decimals(-1000, 1000, places=2).map(str),
    "decimal": st.decimals(-1000, 1000, allow_nan=False).map("{:f}".format),
    "decimal(4,4)": st.decimals(0, "0.9999", places=4).map(str),
    "date": st.dates(dt.date(1, 1, 2), dt.date(9999, 12, 30)).map(dt.date.isoformat),
    "time": st.times().map(dt.time.isoformat),
    "timetz": st.times().map(lambda it: f"{it.isoformat()}+00:00"),
    "timestamp": st.datetimes(dt.datetime(1, 1, 3), dt.datetime(9999, 12, 29)).map(str),
    "timestamptz": st.datetimes(dt.datetime(1, 1, 3), dt.datetime(9999, 12, 29)).map(
        lambda it: f"{it.isoformat()}Z"
    ),
    "timestamp(0)": st.datetimes(dt.datetime(1, 1, 3), dt.datetime(9999, 12, 29)).map(
        lambda it: str(it.replace(microsecond=0))
    ),
    "timestamptz(3)": st.just("2026-01-02T03:04:05.678Z"),
    "time(1)": st.just("12:30:00.5"),
    "timetz(0)": st.just("12:30:00Z"),
    "interval(0)": st.just("PT5S"),
    "interval": st.integers(-(10**6), 10**6).map(lambda it: f"{'-' * (it < 0)}PT{abs(it)}S"),
    "uuid": st.uuids().map(str),
    "json": st.recursive(
        st.booleans() | st.integers(-9, 9) | st.text("ab\"'\\{}", max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.text("ab'", max_size=3), inner, max_size=3)
        ),
        max_leaves=5,
    ),
    "json_text": st.just({"a": [1, None]}),
    "bytes": st.just("aGk="),
    "inet": st.ip_addresses().map(str),
    "cidr": st.sampled_from(["10.0.0.0/8", "::1/128"]),
    "macaddr": st.just("08:00:2b:01:02:03"),
    "email": st.just("a@example.com"),
    "url": st.just("https://example.com/a?b=c"),
    "int4range": st.sampled_from([{"lower": 1, "upper": 5, "bounds": "[]"}, {"empty": True}]),
    "numrange": st.just({"upper": "1.50"}),
    "tstzrange": st.just({"lower": "2026-01-01T00:00:00Z"}),
    "daterange": st.just({}),
    "ltree": st.just("top.a_1"),
    "vector(2)": st.just([0.5, 1.0]),
    "slug": st.sampled_from(["a", "a-b-1"]),
}
KEYS = (
    "smallint",
    "int",
    "bigint",
    "string(40)",
    "char(3)",
    "text",
    "varchar",
    "citext",
    "uuid",
    "date",
    "timestamptz(3)",
    "decimal",
    "bytes",
    "inet",
    "ltree",
    "slug",
)
NUMBERS = (
    "smallint",
    "int",
    "bigint",
    "float",
    "decimal(12,2)",
    "decimal",
    "date",
    "timestamptz",
    "interval",
)
TEXTS = ("string(40)", "char(3)", "varchar", "text", "citext")


@dataclass
class Made:
    """A model so far; `columns` are those of its key."""

    name: str
    columns: list[str]
    raw: dict[str, Any] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)
    optional: set[str] = field(default_factory=set)
    inverses: int = 0


@st.composite
def scalars(draw: st.DrawFn, enums: list[str]) -> dict[str, Any]:
    """A field that isn't part of a key."""
    kind = draw(st.sampled_from([*SCALARS, *enums]))
    made: dict[str, Any] = {"type": kind}
    value = SCALARS.get(kind, st.just(CHOICES[0]))
    array = kind != "vector(2)" and draw(st.integers(0, 5)) == 0
    if array:
        made["array"] = True
        value = st.lists(value, max_size=3)
    elif kind in NUMBERS and draw(st.booleans()):
        made |= draw(limits(kind))
        value = st.nothing()
    elif kind in TEXTS and draw(st.booleans()):
        made |= draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "min_length": st.integers(0, 2),
                    "max_length": st.integers(2, 3),
                    "pattern": st.sampled_from(PATTERNS),
                },
            )
        )
        value = st.nothing()
    if draw(st.booleans()):
        made["optional"] = True
    if not value.is_empty and draw(st.integers(0, 3)) == 0:
        made["default"] = draw(value)
    if kind == "json_text":
        pass  # PostgreSQL can't compare them
    elif draw(st.integers(0, 3)) == 0:
        made["unique"] = True
    elif draw(st.integers(0, 3)) == 0:
        made["index"] = draw(st.sampled_from(["gin", True])) if array or kind == "json" else True
    usual = ["rw", "rw", "rw", "create_only", "write_only"]
    fed = made.get("optional") or "default" in made
    made["access"] = draw(st.sampled_from([*usual, *(["read_only", "hidden"] if fed else [])]))
    if draw(st.integers(0, 4)) == 0:
        made["doc"] = draw(st.sampled_from(DOCS))
    return made


@st.composite
def limits(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    low, high = {
        "date": ("1990-01-01", "2030-12-31"),
        "timestamptz": ("1990-01-01T00:00:00Z", "2030-12-31T12:30:00.5+02:00"),
        "interval": ("PT1S", "P400DT0.5S"),
        "decimal(12,2)": ("0.50", "99.99"),
        "decimal": ("0.125", "99.9"),
        "float": (-0.5, 99.5),
    }.get(kind, (-7, 99))
    lower = draw(st.sampled_from([{}, {"min": low}, {"gt": low}]))
    upper = draw(st.sampled_from([{}, {"max": high}, {"lt": high}]))
    return {**lower, **upper}


def _expression(draw: st.DrawFn, made: dict[str, Any]) -> Any:
    """As a bare expression where that says it all."""
    short = {key: value for key, value in made.items() if (key, value) != ("access", "rw")}
    if short.keys() <= {"type", "array", "optional"} and draw(st.booleans()):
        return f"{made['type']}{'[]' * ('array' in made)}{'?' * ('optional' in made)}"
    return short if draw(st.booleans()) else made


def _key(draw: st.DrawFn, made: Made, others: list[Made]) -> None:
    others = [
        it for it in others if len({_column("whole", c) for c in it.columns}) == len(it.columns)
    ]
    kinds = ["uuid7", "uuid4", "identity", "identity32", "default", "natural", "composite"]
    kind = draw(st.sampled_from([*kinds, *(["shared", "mixed"] if others else [])]))
    if kind in ("uuid7", "uuid4", "identity", "identity32"):
        made.raw["pk"] = kind
    if kind in ("natural", "composite", "mixed"):
        count = 2 if kind == "composite" else 1
        made.columns = ["code", "number"][:count]
        for name in made.columns:
            made.fields[name] = {"type": draw(st.sampled_from(KEYS)), "access": "create_only"}
        if count == 1 and draw(st.booleans()):
            made.fields["code"] = {"type": draw(st.sampled_from(["int", "bigint"]))}
            made.fields["code"]["auto"] = "identity"
        made.raw["pk"] = list(made.columns)
    if kind in ("shared", "mixed"):
        other = draw(st.sampled_from(others))
        made.fields["whole"] = {"ref": other.name, "on_delete": "cascade", **_inverse(draw, other)}
        columns = [_column("whole", it) for it in other.columns]
        made.columns = [*(made.columns if kind == "mixed" else []), *columns]
        made.raw["pk"] = [*made.raw.get("pk", []), "whole"]


def _column(ref: str, key: str) -> str:
    return key if key.startswith(f"{ref}_") else f"{ref}_{key}"


def _inverse(draw: st.DrawFn, other: Made) -> dict[str, Any]:
    other.inverses += 1
    return {"inverse": draw(st.sampled_from([False, f"inverse_{other.inverses}"]))}


def _short(other: Made, most: int = 24) -> bool:
    """Whether names made of its key stay within PostgreSQL's 63 bytes."""
    return len("_".join(other.columns)) <= most


def _reference(draw: st.DrawFn, made: Made, name: str, later: list[Made], done: list[Made]) -> None:
    own = done[-1:] + later
    other = draw(st.sampled_from([it for it in [*done, *later] if _short(it)] or [done[0]]))
    if not _short(other):
        return
    optional = other in own or draw(st.booleans())
    raw: dict[str, Any] = {"ref": other.name, **_inverse(draw, other)}
    if optional:
        raw["optional"] = True
        made.optional.add(name)
        raw["on_delete"] = draw(st.sampled_from(["set_null", "cascade", "restrict", "no_action"]))
    if draw(st.integers(0, 4)) == 0:
        raw["unique"] = True
    if draw(st.integers(0, 4)) == 0:
        raw["index"] = False
    if draw(st.integers(0, 4)) == 0:
        raw["on_update"] = "cascade"
    made.fields[name] = raw


def _model_keys(draw: st.DrawFn, made: Made, simple: list[str]) -> None:
    """Uniques, indexes, an order, the API: of fields that any of them takes."""
    raw = made.raw
    if len(simple) > 1 and draw(st.integers(0, 2)) == 0:
        raw["unique"] = [draw(st.permutations(simple))[:2]]
    if len(simple) > 1 and draw(st.integers(0, 2)) == 0:
        two = draw(st.permutations(simple))[:2]
        raw["indexes"] = [{"fields": [two[0], f"-{two[1]}"], "name": f"ix_own_{made.name.lower()}"}]
    steady = [
        it
        for it in simple
        if not made.fields[it].get("optional") and made.fields[it].get("access") != "write_only"
    ]
    if steady and draw(st.integers(0, 2)) == 0:
        raw["order"] = [draw(st.sampled_from(["", "-"])) + it for it in steady[:2]]
    if draw(st.integers(0, 3)) == 0:
        raw["timestamps"] = False
    if draw(st.integers(0, 2)) == 0:
        raw["version"] = True
    if draw(st.integers(0, 4)) == 0:
        raw["table"] = f"{made.name.lower()}_t"
    if draw(st.integers(0, 3)) == 0:
        raw["doc"] = draw(st.sampled_from(DOCS))
    if draw(st.integers(0, 4)) == 0:
        raw["checks"] = {"sane": "1 + 1 = 2 OR '(' = ')'"}
    api: Any = {}
    if draw(st.integers(0, 2)) == 0:
        api["page"] = draw(st.sampled_from(["cursor", "offset"]))
    if draw(st.integers(0, 3)) == 0:
        api["sort"] = steady[:2]
    if draw(st.integers(0, 3)) == 0:
        ops = ["list", "get", "create", "delete", "bulk_create", "export"]
        api["ops"] = draw(st.lists(st.sampled_from(ops), unique=True, max_size=6))
    if api:
        raw["api"] = api
    elif draw(st.integers(0, 6)) == 0:
        raw["api"] = False


@st.composite
def specs(draw: st.DrawFn, most: int = 4) -> dict[str, Any]:
    """The answers of a valid models.yml with up to `most` models, and a transfer perhaps."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=most, unique=True))
    choices = CHOICES[: draw(st.integers(1, len(CHOICES)))]
    described = {it: draw(st.sampled_from(DOCS)) for it in choices}
    enums = {"Choice": draw(st.sampled_from([choices, described]))}
    models: list[Made] = [Made(name, ["id"]) for name in names]
    for number, made in enumerate(models):
        _key(draw, made, [it for it in models[:number] if _short(it)])
    for number, made in enumerate(models):
        fields = draw(st.lists(st.sampled_from(FIELDS), max_size=6, unique=True))
        for name in fields:
            made.fields[name] = _expression(draw, draw(scalars(list(enums))))
        for name in draw(st.lists(st.sampled_from(REFS), max_size=2, unique=True)):
            _reference(draw, made, name, models[number + 1 :], models[: number + 1])
        simple = [it for it in fields if _is_simple(made.fields[it])]
        _model_keys(draw, made, simple)
    for made in models:
        for name in draw(st.lists(st.sampled_from(MANYS), max_size=1)):
            other = draw(st.sampled_from(models))
            if _short(made, 12) and _short(other, 12):
                made.raw["many"] = {name: {"to": other.name, **_inverse(draw, other)}}
    _embed(draw, models)
    raw = {it.name: {**it.raw, "fields": it.fields} for it in models}
    mixins = {"Shared": {f"shared_{n}": draw(scalars(list(enums))) for n in range(2)}}
    for made in models:
        if draw(st.integers(0, 3)) == 0:
            raw[made.name]["mixins"] = ["Shared"]
    if draw(st.integers(0, 3)) == 0:
        raw |= draw(ledgers())
    defaults = {"on_delete": draw(st.sampled_from(["restrict", "no_action", "cascade"]))}
    return {"models": raw, "enums": enums, "mixins": mixins, "defaults": defaults}


def _embed(draw: st.DrawFn, models: list[Made]) -> None:
    relations: dict[str, list[str]] = {it.name: [] for it in models}
    for made in models:
        for name, it in (made.fields | made.raw.get("many", {})).items():
            other = it.get("ref") or it.get("to") if isinstance(it, dict) else None
            if other:
                relations[made.name].append(name)
                relations[other] += [it["inverse"]] if it["inverse"] else []
    for made in models:
        known, api = relations[made.name], made.raw.get("api", {})
        read = api is not False and {"list", "get"} & {*api.get("ops", ["list"])}
        wanted: bool = draw(st.booleans())
        if known and read and wanted:
            some = draw(st.lists(st.sampled_from(known), unique=True, max_size=4))
            made.raw["api"] = {**api, "embed": some}


def _is_simple(raw: Any) -> bool:
    """A named type that can be compared, of a field that any list takes."""
    if not isinstance(raw, dict) or "array" in raw or raw.get("access") in ("hidden", "write_only"):
        return False
    return raw["type"] in KEYS and not raw.get("unique") and not raw.get("index")


ALIKE = ("Order", "User", "BigOrder", "OrderOfUser", "OrderUser", "OrderStep")
WORDS = ("order", "user", "orders", "users", "big_orders")
PLURALS = ("orders_of_user", "orders_of_order", "users_of_order", "order_users", "all_orders")
CONSTRAINTS = ("pk_orders", "uq_orders_x", "ck_orders_x_min", "fk_orders_user_id", "ix_orders_y")


@st.composite
def alike(draw: st.DrawFn) -> dict[str, Any]:
    """A models.yml whose names are made of the same few words, so that some of them collide."""
    names = draw(st.lists(st.sampled_from(ALIKE), min_size=2, max_size=4, unique=True))
    word, other = st.sampled_from(WORDS), st.sampled_from(names)
    constraint = st.sampled_from(CONSTRAINTS)
    models: dict[str, Any] = {}
    for name in names:
        fields: dict[str, Any] = {"x": {"type": "int", "min": 1}, "y": "int", "state": "State"}
        raw = models[name] = {"fields": fields}
        if draw(st.booleans()):
            target, inverse = draw(other), draw(word | st.just(False))
            fields[draw(word)] = {"ref": target, "optional": True, "inverse": inverse}
        if draw(st.integers(0, 2)) == 0:
            raw["plural"] = draw(st.sampled_from(PLURALS))
        if draw(st.booleans()):
            moves = {"kind": "transition", "field": "state", "moves": {"a": ["b"]}}
            verb = draw(st.sampled_from(["step", "go", "go_big"]))
            raw["operations"] = {verb: moves}
        if draw(st.integers(0, 4)) == 0:
            raw["many"] = {draw(word): {"to": draw(other), "inverse": draw(word)}}
        kind = draw(st.sampled_from(["", "", "", "", "unique", "indexes"]))
        if kind:
            raw[kind] = [{"fields": ["x"], "name": draw(constraint)}]
        if draw(st.integers(0, 9)) == 0:
            raw["checks"] = {draw(st.sampled_from(["x_min", "user"])): "x > 0"}
        if draw(st.integers(0, 4)) == 0:
            raw["api"] = {"ops": ["list", "get", "bulk_delete", "count"]}
    return {"models": models, "enums": {"State": ["a", "b"]}}


@st.composite
def ledgers(draw: st.DrawFn) -> dict[str, Any]:
    """A model with a transfer, and its log."""
    kind = draw(st.sampled_from(["int", "bigint", "decimal(14,2)"]))
    key = draw(st.sampled_from(["uuid7", "identity", "identity32"]))
    own: dict[str, Any] = draw(st.sampled_from([{"pk": key}, {"pk": ["iban"]}]))
    fields: dict[str, Any] = {"balance": {"type": kind, "default": 0}, "unit": "char(3)"}
    if own["pk"] == ["iban"]:
        fields["iban"] = {"type": "string(34)", "access": "create_only"}
    transfer: dict[str, Any] = {"kind": "transfer", "field": "balance", "log": "Movement"}
    if draw(st.booleans()):
        transfer |= {"floor": 0, "same": ["unit"]}
    movement = {
        "source": {"ref": "Account", "inverse": "outgoing"},
        "target": {"ref": "Account", "inverse": "incoming"},
        "amount": {"type": kind, "gt": 0},
        "token": {
            "type": draw(st.sampled_from(["uuid", "string(40)", "bigint"])),
            "unique": True,
        },
    }
    return {
        "Account": {
            **own,
            "version": draw(st.booleans()),
            "fields": fields,
            "operations": {"transfer": transfer},
        },
        "Movement": {"fields": movement, "api": {"ops": ["list", "get"]}},
    }
