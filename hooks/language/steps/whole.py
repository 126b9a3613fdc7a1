"""What only shows when all models are seen together."""

from __future__ import annotations

from collections.abc import Callable

from .. import types
from ..api import MORE_SCHEMAS, SCHEMAS
from ..diagnostics import Code
from ..draft import Loading
from ..names import BESIDE_USER, CLASSES_OF_ACCESS, pascal
from ..operation_ids import operation_ids
from ..spec import Model
from .cycles import resolve_cycles

NUMBERS = ("singular", "plural")
# Classes that modules which name models have where the condition is true, so no model may.
NEEDED: dict[str, Callable[[Model], bool]] = {
    "Body": lambda it: bool(it.transitions),
    "InvalidValue": lambda it: bool(it.transfers),
    "Keyless": lambda it: not it.key,
    "Native": lambda it: any(of.type.name in ("custom", "ltree", "vector") for of in it.fields),
    "Range": lambda it: any(types.info(of.type).family == "range" for of in it.fields),
    "RowPolicy": lambda it: it.name == "Policy",
    "SearchListing": lambda it: bool(it.api.search),
}
MAPPED = {"Keyless", "Native", "Range"}  # of them, what mapped classes need
# What modules with enums have for a field of a type. Others of these names are PostgreSQL's too.
BESIDE = {
    "bigint": "BigInteger BigIntegerParameter",
    "bool": "StrictBool",
    "bytes": "Bytes KeyBytes",
    "char": "CharKeyPart CharKeyText",
    "citext": "KeyPart KeyText LikePattern",
    "custom": "BigInteger",
    "decimal": "DecimalParameter",
    "email": "Email LikePattern",
    "inet": "KeyInet",
    "int": "IntegerParameter",
    "interval": "Duration",
    "ltree": "Ltree",
    "macaddr": "MacAddr",
    "slug": "KeyPart KeyText LikePattern",
    "smallint": "SmallInteger SmallIntegerParameter",
    "string": "KeyPart KeyText LikePattern",
    "text": "KeyPart KeyText LikePattern",
    "timestamptz": "TimestampTz",
    "timetz": "TimeTz",
    "url": "Url LikePattern",
    "varchar": "KeyPart KeyText LikePattern",
}
RANGES = {
    "int4range": "Integer",
    "int8range": "BigInteger",
    "numrange": "Decimal",
    "daterange": "Date",
    "tsrange": "Timestamp",
    "tstzrange": "TimestampTz",
}


def check_whole(loading: Loading) -> None:
    models = [draft.model for draft in loading.drafts.values()]
    _check_numbers(loading, models)
    _check_classes(loading, models)
    _check_type_names(loading, models)
    _check_creates(loading, models)
    resolve_cycles(loading)
    _check_operation_ids(loading, models)


def _check_numbers(loading: Loading, models: list[Model]) -> None:
    for kind in NUMBERS:
        seen: dict[str, Model] = {}
        for model in models:
            name = getattr(model, kind)
            other = seen.setdefault(name, model)
            if other is not model:
                what = f"{other.name} has the same {kind}, {name}: set `plural:`, or rename one"
                loading.problems.add(model.name, Code.PLURAL_TWICE, what)


def _check_classes(loading: Loading, models: list[Model]) -> None:
    classes = {class_: model.name for model in models for class_ in _classes(model)}
    reserved = set().union(*map(taken_by, models))
    reserved |= CLASSES_OF_ACCESS if loading.access is not None else set()
    if loading.access is not None and loading.access.user is not None:
        reserved |= BESIDE_USER & {loading.access.user.name}
    refused = {f"mixins.{name}": name for name in MAPPED & reserved & loading.mixins.keys()}
    for name in [*(model.name for model in models), *loading.enums]:
        if name in classes:
            what = f"{classes[name]} makes a class {name} too: rename one"
            loading.problems.add(name, Code.SCHEMA_CLASS, what)
        elif name in reserved:
            refused[name] = name
    for where, name in refused.items():
        what = f"the service has its own class {name}: rename this one"
        loading.problems.add(where, Code.RESERVED, what)
    for model in models:
        beside = taken_beside(model)
        for field in model.fields:
            if field.type.enum and field.type.enum.name in beside:
                name = field.type.enum.name
                what = f"the service has its own class {name} for other fields: rename the enum"
                loading.problems.add(f"{model.name}.{field.name}", Code.RESERVED, what)


def taken_by(model: Model) -> set[str | None]:
    """What modules that name models have for something else, because `model` needs it."""
    key_classes = {types.info(field.type).key_class for field in model.key}
    # An upsert has no Text in its path, but KeyText or the like.
    key_classes |= {types.info(it.type).key_class for it in model.api.upsert} - {"Text"}
    needed = {name for name, needs in NEEDED.items() if needs(model)}
    return {model.plural.upper()} | needed | key_classes


def taken_beside(model: Model) -> set[str]:
    """What the schemas of `model` have for something else, so that none of its enums may."""
    kinds = {field.type.name for field in model.fields}
    found = {name for kind in kinds for name in BESIDE.get(kind, "").split()}
    for kind in kinds & RANGES.keys():
        found |= {f"{RANGES[kind]}{it}" for it in ("Point", "Range", "Span", "Stretch")}
    found |= {"RowVersion"} if model.version else set()
    found |= {"PageQuery"} if model.name in ("Cursor", "Offset") else set()
    return found | ({"Searched"} if model.api.search else set())


def _classes(model: Model) -> list[str]:
    """The classes that a model makes beside its own."""
    kinds = [*SCHEMAS, *(kind for op, kind in MORE_SCHEMAS.items() if op in model.api.ops)]
    kinds += [pascal(transition.name) for transition in model.transitions]
    kinds += ["Embed", "Embedded", "Embeds"] if model.api.embed else []
    return [f"{model.name}{kind}" for kind in kinds]


def _check_type_names(loading: Loading, models: list[Model]) -> None:
    """A table is a type in PostgreSQL, so no enum may have its name."""
    tables = {(model.schema, model.table) for model in models}
    tables |= {(many.schema, many.table) for model in models for many in model.manys}
    types = dict[tuple[str | None, str], str]()
    for enum in loading.enums.values():
        if enum is None:
            continue
        name = (enum.schema, enum.type_name)
        other = types.setdefault(name, enum.name)
        if name in tables or other != enum.name:
            whose = "a table" if name in tables else other
            what = f"{whose} has the name of its type, {enum.type_name}: rename one of the two"
            loading.problems.add(f"enums.{enum.name}", Code.TABLE_TWICE, what)


def _check_operation_ids(loading: Loading, models: list[Model]) -> None:
    """No two routes have a function of the same name, which is their operation id."""
    if any(len({getattr(it, kind) for it in models}) < len(models) for kind in NUMBERS):
        return  # reported already
    seen: dict[str, str] = {}
    for model in models:
        for function, where in operation_ids(model):
            other = seen.setdefault(function, where)
            if other is not where:
                what = f"makes the operation {function}, and so does {other}: rename one"
                loading.problems.add(where, Code.HANDLER_TWICE, what)


def _check_creates(loading: Loading, models: list[Model]) -> None:
    """A required field that nobody can send makes every create fail."""
    logs = {transfer.log.name for model in models for transfer in model.transfers}
    # Then it may be the model that `auth.user` means.
    lost = any(place.startswith("auth") for place in loading.problems.found.values())
    for model in models:
        creates = {"create", "bulk_create", "upsert"}
        if not creates & set(model.api.ops) and model.name not in logs:
            continue
        for field in model.fields:
            has_default = field.has_default or field.server_default is not None
            is_made = field.identity or bool(field.generated or field.set)
            is_made = is_made or field.computed is not None
            if lost and field.name == "subject":
                continue
            if not (field.creatable or field.optional or has_default or is_made):
                what = (
                    f"is required and {field.access}, so every create would fail: give it a"
                    " default, make it optional, or leave create, bulk_create and upsert out of"
                    " api.ops"
                )
                loading.problems.add(f"{model.name}.{field.name}", Code.CREATE, what)
