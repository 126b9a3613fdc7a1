"""`python -m hooks.language_page > docs/language.md`: the reference of the language.

The tables are made from the grammar, its help and the table of types; a line `@keys Ref` or the
like in language_page.md is where one of them goes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from .language import grammar, types
from .language.api import DEFAULT_OPS, OPS
from .language.help import KEYS
from .language.spec import Field, Type
from .language.types import sortable
from .rendering.types import WRITTEN

# What an operation is, with its route: of a model with the path /products.
ROUTES = {
    "list": ("GET /products", "a page of rows: filtered, sorted, searched"),
    "get": ("GET /products/{id}", "one row"),
    "create": ("POST /products", "stores a row: 201, with its `Location`"),
    "update": ("PATCH /products/{id}", "changes the fields that are sent"),
    "replace": ("PUT /products/{id}", "sets every field that can change"),
    "delete": ("DELETE /products/{id}", "removes the row: 204"),
    "bulk_create": ("POST /products/bulk", "stores up to 10,000 rows, all or none"),
    "bulk_update": ("PATCH /products/bulk", "changes up to 10,000 rows by their keys, all or none"),
    "bulk_delete": ("DELETE /products/bulk", "removes up to 10,000 rows, all or none"),
    "upsert": ("PUT /products/by-sku/{sku}", "replaces the row, or stores it if there is none"),
    "count": ("GET /products/count", "how many rows the filters leave"),
    "export": ("GET /products/export", "all rows that the filters leave, as JSON Lines"),
}
# How a value of each type looks in JSON.
JSON = {
    "smallint": "`7`",
    "int": "`7`",
    "bigint": "`7`",
    "float": "`0.5`",
    "real": "`0.5`",
    "bool": "`true`",
    "string": '`"text"`',
    "char": '`"DE"`, without padding',
    "varchar": '`"text"`',
    "text": '`"text"`',
    "citext": '`"text"`',
    "decimal": '`"12.50"`',
    "date": '`"2026-01-31"`',
    "time": '`"12:30:00"`',
    "timetz": '`"12:30:00Z"`',
    "timestamp": '`"2026-01-31T12:30:00"`',
    "timestamptz": '`"2026-01-31T12:30:00Z"`',
    "interval": '`"P1DT12H"`',
    "uuid": '`"0192f0c1-…"`',
    "json": "anything but `null`",
    "json_text": "anything but `null`",
    "bytes": "base64; base64url of a key",
    "inet": '`"10.0.0.1"`',
    "cidr": '`"10.0.0.0/8"`',
    "macaddr": '`"08:00:2b:01:02:03"`',
    "email": '`"ann@example.com"`',
    "url": '`"https://example.com/"`',
    "slug": '`"winter-sale"`',
    "int4range": '`{"lower": 1, "upper": 5}`',
    "int8range": "likewise",
    "numrange": "likewise",
    "daterange": "likewise",
    "tsrange": "likewise",
    "tstzrange": "likewise",
    "ltree": '`"top.science"`',
    "tsvector": "`\"'fat':2\"`",
    "vector": "`[0.1, 0.2]`",
}
OPERATORS = {
    "": ("`?price=5`", "equal"),
    "in": ("`?status__in=paid&status__in=sent`", "one of these: repeat the parameter"),
    "gt": ("`?price__gt=5`", "greater"),
    "gte": ("`?price__gte=5`", "greater or equal"),
    "lt": ("`?price__lt=5`", "less"),
    "lte": ("`?price__lte=5`", "less or equal"),
    "ilike": (
        "`?title__ilike=%25chair%25`",
        "like a pattern of `%` and `_`, in upper or lower case",
    ),
    "contains": (
        "`?labels__contains=new&labels__contains=red`",
        "an array: has all of these; a range (`?during__contains=2026-01-31T12:00:00Z`): has this",
    ),
    "overlaps": (
        "`?labels__overlaps=new&labels__overlaps=red`",
        "an array: has any of these; a range (`?weeks__overlaps=[1,5)`): shares a part with this",
    ),
    "isnull": ("`?note__isnull=true`", "`true`: is null; `false`: has a value"),
}
SHOP = """\
# yaml-language-server: $schema=./models.schema.json
enums:
  OrderStatus: [draft, placed, paid, cancelled]

models:
  User:                                         # the table users, the path /users
    doc: A person who buys
    fields:
      email: {type: email, unique: true}        # an email address that no two users share
      name: string(80)                          # required, at most 80 characters
      born_on: date?                            # optional

  Category:
    fields: {name: {type: string(80), unique: true}}

  Product:
    doc: Something that we sell
    fields:
      sku: {type: string(24), unique: true, pattern: '^[A-Z0-9-]+$'}
      title: {type: string(160), min_length: 1}
      price: {type: decimal, precision: 12, scale: 2, min: 0}
      cost: {type: 'decimal(12,2)', access: hidden, default: '0.00'}   # never in the API
      stock: {type: int, default: 0}
      listed_on: date?
      category: -> Category                     # category_id, and GET /categories/{id}/products
    many: {tags: {to: Tag, inverse: products}}  # the table product_tags
    checks: {price_covers_cost: price >= cost}

  Tag: {fields: {label: {type: string(40), unique: true}}}

  Order:
    fields:
      customer: {ref: User, inverse: orders}    # GET /users/{id}/orders
      status: {type: OrderStatus, default: draft}
    operations:                                 # POST /orders/{id}/advance
      advance:
        kind: transition
        field: status
        moves: {draft: [placed, cancelled], placed: [paid, cancelled]}
    api: {filter: [customer, status], embed: [lines]}

  OrderLine:
    pk: [order, product]                        # a composite key
    fields:
      order: {ref: Order, on_delete: cascade, inverse: lines}
      product: -> Product
      quantity: {type: int, min: 1, default: 1}
"""
TEXT = (Path(__file__).parent / "language_page.md").read_text(encoding="utf-8")


def page() -> str:
    """docs/language.md: TEXT, with what each line that starts with `@` stands for."""
    made = re.sub(
        r"^@(\w+)(?: (.+))?$", lambda line: MAKERS[line[1]](line[2] or ""), TEXT, flags=re.M
    )
    return made.replace("@toc", _toc(made))


def shapes() -> Iterator[type[grammar.Shape]]:
    """All of the grammar's, in its order."""
    yield from grammar.Shape.__subclasses__()


def keys(shape: type[grammar.Shape]) -> dict[str, FieldInfo]:
    """What may stand in a mapping, by how it is written."""
    return {it.alias or name: it for name, it in shape.model_fields.items()}


def _keys(text: str) -> str:
    name, where = text.split(" ", 1)
    shape: type[grammar.Shape] = getattr(grammar, name)
    rows = [_row(name, key, it) for key, it in keys(shape).items()]
    return _table(["key", "what it does", "value", "default", f"example, {where}"], rows)


def _row(shape: str, key: str, info: FieldInfo) -> list[str]:
    help = KEYS[f"{shape}.{key}"]
    example = "<br>".join(f"`{line}`" for line in help.example.splitlines())
    return [f"`{key}`", help.what, _value(info), help.default or _default(info), example]


def _value(info: FieldInfo) -> str:
    wanted = info.description or ""
    if not wanted.startswith("one of "):
        return wanted
    return ", ".join(f"`{value}`" for value in wanted.removeprefix("one of ").split(", "))


def _default(info: FieldInfo) -> str:
    if info.default is PydanticUndefined:
        return "" if info.default_factory else "required"
    if info.default is None:
        return ""
    return f"`{str(info.default).lower() if isinstance(info.default, bool) else info.default}`"


def _types(_: str) -> str:
    rows = []
    letters = {"length": "n", "precision": "p", "scale": "s"}
    for name in types.NAMES:
        row = types.TYPES[name]
        arguments = ",".join(letters[it] for it in row.arguments)
        written = [f"`{name}({arguments})`"] if arguments else []
        if row.stands_alone:
            written.insert(0, f"`{name}`")
        field = Field(name=name, attribute=name, column=name, type=Type(name))
        rows.append(
            [
                ", ".join(written),
                f"`{row.sql.format(**letters, size='')}`",
                f"`{WRITTEN[name].python.replace('dt.', 'datetime.')}`",
                JSON[name],
                "yes" if row.key else "",
                "yes" if sortable(field) else "",
                _filters_of(field),
            ]
        )
    head = ["you write", "PostgreSQL", "Python", "JSON", "key", "sort", "filters"]
    return _table(head, rows)


def _filters_of(field: Field) -> str:
    text = ", ".join(f"`{name}`" if name else "equal" for name in types.filters(field))
    return text.replace("`gt`, `gte`, `lt`, `lte`", "`gt` to `lte`")


def _ops(_: str) -> str:
    rows = [
        [f"`{op}`", f"`{ROUTES[op][0]}`", ROUTES[op][1], "yes" if op in DEFAULT_OPS else ""]
        for op in OPS
    ]
    return _table(["op", "route", "what it does", "by default"], rows)


def _filters(_: str) -> str:
    rows = [[f"`{name}`" if name else "", *it] for name, it in OPERATORS.items()]
    return _table(["operator", "example", "finds rows where the value is"], rows)


def _index(_: str) -> str:
    """Where each key is explained, in the order of the alphabet."""
    places: dict[str, list[str]] = {}
    section = ""
    for line in TEXT.splitlines():
        if line.startswith("#"):
            section = line.lstrip("# ")
        elif line.startswith("@keys "):
            for key in keys(getattr(grammar, line.split()[1])):
                places.setdefault(key, []).append(f"[{section}](#{_anchor(section)})")
    rows = [[f"`{key}`", ", ".join(it)] for key, it in sorted(places.items())]
    return _table(["key", "see"], rows)


def _toc(text: str) -> str:
    lines = []
    fenced = False
    for line in text.splitlines():
        fenced ^= line.startswith("```")
        title = re.fullmatch(r"##(#?) (.+)", line)
        if title and not fenced:
            lines.append(f"{'  ' * len(title[1])}- [{title[2]}](#{_anchor(title[2])})")
    return "\n".join(lines)


def _anchor(title: str) -> str:
    """As GitHub makes it."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *([it.replace("|", "\\|") for it in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


MAKERS: dict[str, Callable[[str], str]] = {
    "keys": _keys,
    "types": _types,
    "ops": _ops,
    "filters": _filters,
    "index": _index,
    "toc": lambda _: "@toc",  # last, of the whole
    "shop": lambda _: SHOP.rstrip("\n"),
}


if __name__ == "__main__":
    print(page(), end="")
