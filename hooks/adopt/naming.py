"""Names of tables and columns → names of models, fields and relations."""

from __future__ import annotations

import re
import unicodedata
from itertools import chain, count

from ..language import names
from ..language.api import SCHEMAS
from ..language.steps.whole import NEEDED
from ..language.types import TYPES
from .catalogue import Enum, Table

# What columns of references end with.
_ENDING = re.compile(r"^fk_|(_(id|uid|oid|no|nr|num|number|code|key|uuid|guid|fk|ref|pk))+$")
_PREFIX = re.compile(r"(tbl|tb|t)_(?=[a-z])")
LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "Æ": "Ae", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L"})
# What no model may be called, here or where it has such a field, key or search.
TAKEN = {*names.CLASSES, *NEEDED, *(kind.key_class for kind in TYPES.values())}
# What people call the other side of a tree.
SELF = {"parent": "children", "manager": "reports", "boss": "reports"}


def snake(name: str, instead: str) -> str:
    """`name` in ASCII and snake_case; `instead` if nothing is left of it."""
    text = unicodedata.normalize("NFKD", name.translate(LETTERS)).encode("ascii", "ignore").decode()
    text = names.snake(re.sub(r"[^A-Za-z0-9]+", "_", text))
    text = re.sub(r"_+", "_", text).strip("_")
    if not text:
        return instead
    return text if text[0].isalpha() else f"{instead}_{text}"


def models(tables: list[Table], enums: set[str]) -> dict[int, str]:
    """The name of each table's model, in PascalCase and singular."""
    found: dict[int, str] = {}
    taken = set(enums)
    words = {table.oid: _words(table) for table in tables}
    made = {names.pascal(it) + kind for it in words.values() for kind in SCHEMAS}
    # If several would have one name, it goes to the table that has its plural.
    for table in sorted(tables, key=lambda table: names.plural(words[table.oid]) != table.name):
        name = names.pascal(words[table.oid])
        if name in TAKEN or name in made or names.is_keyword(names.snake(name)):
            name += "Record"
        if name in taken and table.schema != "public":
            name = names.pascal(snake(table.schema, "schema")) + name
        numbered = (f"{name}{number}" for number in count(2))
        found[table.oid] = next(it for it in chain([name], numbered) if it not in taken)
        taken.add(found[table.oid])
    return found


def _words(table: Table) -> str:
    words = snake(table.name, "table")
    words = words[match.end() :] if (match := _PREFIX.match(words)) else words
    return names.singular(words)


def fields(table: Table) -> dict[str, str]:
    """The name of each column's field."""
    found: dict[str, str] = {}
    taken = {it.name for it in table.columns}
    for column in table.columns:
        name = column.name
        if not names.FIELD.fullmatch(name) or names.refused_by_pydantic(name):
            name = snake(name, "column")
            if names.refused_by_pydantic(name):
                name = f"its_{name}"
            others = (f"{name}_column{number}" for number in chain(("",), count(2)))
            name = next(it for it in chain([name], others) if it not in taken)
            taken.add(name)
        found[column.name] = name
    return found


def usual_enums(enums: list[Enum]) -> dict[int, str]:
    """Those whose types are called as the language does it."""
    found: dict[int, str] = {}
    for enum in enums:
        made = names.pascal(enum.name)
        is_usual = names.FIELD.fullmatch(enum.name) and names.snake(made) == enum.name
        if enum.schema == "public" and is_usual and made not in names.CLASSES:
            found[enum.oid] = made
    return found


def other_enums(enums: list[Enum], known: dict[int, str], models: set[str]) -> dict[int, str]:
    """Those whose types have a schema or a name of their own."""
    found: dict[int, str] = {}
    made = {model + kind for model in models for kind in SCHEMAS}
    taken = {*known.values(), *models, *made, *TAKEN}
    for enum in (it for it in enums if it.oid not in known):
        name = names.pascal(snake(enum.name, "enum"))
        of_schema = (
            [] if enum.schema == "public" else [names.pascal(snake(enum.schema, "of")) + name]
        )
        numbered = (f"{name}{number}" for number in count(2))
        wanted = chain([name], of_schema, [f"{name}Kind"], numbered)
        found[enum.oid] = next(it for it in wanted if it not in taken)
        taken.add(found[enum.oid])
    return found


def relation(columns: list[str], keys: list[str]) -> str | None:
    """The name of the reference that brings exactly `columns` for the fields `keys` of a target."""
    first, key = columns[0], keys[0]
    candidates = [first.removesuffix(f"_{key}")] if first.endswith(f"_{key}") else []
    candidates += [key.rpartition("_")[0]] if first == key else []
    for name in candidates:
        made = [it if it.startswith(f"{name}_") else f"{name}_{it}" for it in keys]
        if names.FIELD.fullmatch(name) and made == columns:
            return name
    return None


def short(column: str, key: str, target: str) -> str | None:
    """What the column of a reference says without its ending; None if it has none."""
    made = column.removesuffix(f"_{key}")
    if made == column:
        made = _ENDING.sub("", column)
    one = names.snake(target)
    if column == f"{one}id":
        made = one
    return made if made != column and names.FIELD.fullmatch(made) else None


def reference(columns: list[str], keys: list[str], target: str) -> str:
    """A name for a reference whose columns are fields themselves."""
    last, one = columns[-1], names.snake(target)
    if name := short(last, keys[-1], target):
        return name
    return one if last in (one, *keys) else f"{last}_{one}"
