"""models.schema.json: what an editor completes, explains and checks while models.yml is written.

It is made from the grammar, so a key that is built there is offered here. What a Shape leaves open
as text is narrowed by the description of its key.
"""

from __future__ import annotations

import functools
import json
from typing import Any

from . import types
from .language import api, draft, grammar, names, resolve
from .questions import LANGUAGE, questions

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
EXAMPLES = ["text", "string(80)", "int?", "decimal(12,2)", "timestamptz", "bool", "text[]", "json"]

# What an editor shows of a key, by its Shape and name or by its name alone.
HELP = {
    "models": "The models by name, in PascalCase and singular: `Order` makes the table `orders`.",
    "enums": "Enums by name, in PascalCase: `Status: [draft, done]`. Quote `no`, `on`, `yes`.",
    "defaults": "What every model has where it doesn't say otherwise.",
    "dropped": "Models, and `Model.field`, that were in this file and are meant to go.",
    "File.mixins": "Fields that several models share, by the mixin's name in PascalCase.",
    "Model.mixins": "The mixins whose fields it has, behind its own.",
    "doc": "What it is, in a sentence: for the code and the API's documentation.",
    "Model.pk": "The key: `uuid7` (the default), `uuid4`, `identity` (bigint), `identity32`, a"
    " list of fields: natural or composite, in that order, or `none`: rows are only added.",
    "Model.pk_name": "The name of the key's constraint, where it isn't the usual one.",
    "Defaults.pk_name": "What the constraints of keys are called: `{table}_pkey`.",
    "Defaults.pk": "The key of models that don't say otherwise.",
    "timestamps": "`created_at` and `updated_at`, kept by the service. On unless `false`.",
    "soft_delete": "A deleted row stays, left out of all answers, and can be restored.",
    "version": "Optimistic locking: an ETag on every answer, `If-Match` on writes, 412 when stale.",
    "fields": "The fields, in that order.",
    "Model.fields": "Columns and references by name, in snake_case: `name: string(80)`,"
    " `note: text?`, `owner: -> User`. All are required unless a `?` follows.",
    "many": "Many-to-many relations: `tags: {to: Tag, inverse: items}`.",
    "Model.unique": "Lists of fields that are unique together: `[[owner, name]]`.",
    "Unique.where": "SQL: only rows that it is true of are compared.",
    "include": "Fields that the index carries without ordering by them.",
    "nulls_not_distinct": "Two rows without a value are equal as well. PostgreSQL 15 and newer.",
    "deferrable": "Checked at COMMIT (`initially_deferred`), or where a transaction asks for that.",
    "exclude": "No two rows may be alike: `{elements: [[room, '='], [during, '&&']]}`. 409 else.",
    "elements": "Pairs of a field, or SQL, and the operator that it is compared by.",
    "Exclude.using": "The method of the index.",
    "Exclude.where": "SQL: only rows that it is true of are compared.",
    "indexes": "Lists of fields that are indexed together; `-` before one for descending.",
    "checks": "Named SQL conditions that every row keeps: `sides_differ: source_id <> target_id`,"
    " or `{sql, name}` with the name of the constraint; `price_min: {name: …}` is that of a limit.",
    "order": "The order of lists: fields, with `-` before one for descending.",
    "table": "The name of the table, where it isn't the plural.",
    "managed": "`false` for a view or a table of others: mapped and served, but never migrated.",
    "Model.schema": "The schema of PostgreSQL that the table is in, where it isn't the usual one.",
    "plural": "The plural, where it isn't made by the rules of English.",
    "operations": "What the model does besides being stored: `POST /<plural>/<name>`.",
    "Model.api": "What is served, and how; `false` for no routes at all.",
    "type": "The type. Inside `{ }` write `optional: true` for `?`, and quote `'decimal(12,2)'`.",
    "array": "A list of such values.",
    "precision": "All the digits of a decimal.",
    "scale": "The digits of a decimal behind the point.",
    "optional": "May be null. Everything is required unless this says otherwise.",
    "Scalar.unique": "No two rows have the same value: the API answers 409 and names the field.",
    "Ref.unique": "One-to-one: no two rows refer to the same one.",
    "Scalar.index": "An index: `true`, or the method that serves the type.",
    "Ref.index": "References are indexed; `false` turns that off.",
    "default": "A value of the type. Decimals are quoted, so that they stay exact.",
    "server_default": "SQL that PostgreSQL computes the default with. Not together with `default`.",
    "computed": "SQL that PostgreSQL computes the value with, from other fields.",
    "auto": "`identity`: numbered by the database, read-only in the API. `serial`: a key that an"
    " older database numbers so.",
    "min": "The least value, checked by the API and by the database.",
    "max": "The greatest value, checked by the API and by the database.",
    "gt": "What the value has to be over.",
    "lt": "What the value has to be under.",
    "min_length": "The least number of characters.",
    "max_length": "The greatest number of characters.",
    "pattern": "What the text has to match. Write `[0-9]` for `\\d`: Python, the API and PostgreSQL"
    " read it alike.",
    "access": "`rw` (the default), `read_only`, `create_only` (never changed), `write_only` (never"
    " shown) or `hidden` (neither).",
    "sql": "The type, as PostgreSQL itself writes it: `point`, `bit(8)`.",
    "python": "What it is in Python and in JSON: `str`, `int` or `float`.",
    "example": "A value for the tests, with `{n}` for a number that differs each time.",
    "was": "The former name: the next migration renames.",
    "column": "The name of the column, where it isn't the field's.",
    "Ref.ref": "The model that it refers to; the column is `<field>_<its key>`.",
    "columns": "Declared columns that it uses, each with the field it leads to: for composite keys"
    " and other names.",
    "on_delete": "What becomes of this row when the other is deleted.",
    "on_update": "What becomes of this row when the key of the other changes.",
    "inverse": "The name of the other side; `false` for none.",
    "constraint": "The name of the foreign key.",
    "to": "The model on the other side.",
    "Many.table": "The name of the association table, where it isn't the usual one.",
    "Many.columns": "The columns of the association table: those of this model's key, then those of"
    " the other's.",
    "Many.on_delete": "What becomes of the pairs when either side is deleted: `cascade`, or no"
    " deletion while there are some.",
    "Many.pk_name": "The name of the association table's key.",
    "Many.constraints": "The names of both foreign keys: to this model, and to the other.",
    "Many.index": "The name of the index on the other side's columns; `false` for none.",
    "through": "The model in between, with columns of its own: it refers to both sides.",
    "Transfer.field": "What is moved: an exact number.",
    "Transition.field": "What is moved: an enum, which nothing else changes then.",
    "Transition.moves": "For each value those that may follow; all else is 409.",
    "same": "Fields that have to be equal on both sides, as a currency.",
    "floor": "What may not be gone under.",
    "log": "The model that keeps each transfer: two references, the source first, an amount and a"
    " unique key of the request.",
    "ops": "The operations that are served; the first seven by default.",
    "path": "The path, where it isn't the plural in kebab-case.",
    "filter": "The fields that lists are filtered by; by default references, unique and indexed"
    " fields, enums and booleans.",
    "sort": "The fields that lists are sorted by on request.",
    "default_sort": "The order of lists without `sort`; `-` before a field for descending.",
    "search": "What the parameter `search` of lists looks into: texts by trigrams, a tsvector, or"
    " `{field, language}` by the words of a language; with an index each.",
    "Search.language": "A text search configuration of PostgreSQL, as `english`.",
    "embed": "The relations that `?embed=` of lists and of GET puts into the rows.",
    "upsert": "The unique that upserts go by, where the key is made and there are several.",
    "page": "Lists page by `cursor`, which costs the same at any depth, or by `offset`.",
}


@functools.cache
def text() -> str:
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def document() -> Schema:
    made = grammar.File.model_json_schema(ref_template="#/$defs/{model}")
    shapes = made.pop("$defs")
    for name, shape in [("File", made), *shapes.items()]:
        for key, it in shape["properties"].items():
            shape["properties"][key] = _key(name, key, it)
        del shape["title"]
    made["properties"]["models"]["minProperties"] = 1
    _values(made["properties"]["enums"]["additionalProperties"])
    options = {key: _option(it) for key, it in questions().items() if key not in LANGUAGE}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "models.yml",
        **made,
        "properties": made["properties"] | options,
        "$defs": {**_types(), **shapes},
    }


def _option(question: Schema) -> Schema:
    """An answer of Copier's, which may stand in a data file as well."""
    choices = question.get("choices")
    values = list(choices.values()) if isinstance(choices, dict) else choices
    found: Schema = {"description": question["help"], "type": "string"}
    if values:
        found["enum"] = values
    if "{" not in str(question["default"]):
        found["default"] = question["default"]
    return found


def _values(enum: Schema) -> None:
    if enum.get("type") == "array":
        enum |= {"minItems": 1, "uniqueItems": True}
    if enum.get("type") == "object":
        enum |= {"minProperties": 1, "additionalProperties": {"type": "string", "pattern": r"\S"}}
    for it in enum.get("anyOf", ()):
        _values(it)


# keys


def _key(shape: str, key: str, raw: Schema) -> Schema:
    told = raw.get("description", "")
    help = HELP.get(f"{shape}.{key}") or HELP.get(key) or told[:1].upper() + told[1:]
    it = {name: value for name, value in raw.items() if name not in ("title", "description")}
    if not it.get("default"):
        it.pop("default", None)  # nothing, which goes without saying
    narrowed: Schema = _narrow(it, _leaf(shape, key, told))
    if (shape, key) == ("Model", "pk"):
        fields = {"type": "array", "items": {"$ref": "#/$defs/FieldName"}, "minItems": 1}
        narrowed = {"anyOf": [{"enum": [*draft.STRATEGIES, "none"]}, fields]}
    if "additionalProperties" in narrowed and key != "moves":
        models = told.startswith("a mapping {Name")
        narrowed["propertyNames"] = {"$ref": f"#/$defs/{'ModelName' if models else 'FieldName'}"}
    return {"description": help, **narrowed}


def _narrow(it: Any, leaf: Schema) -> Any:
    """`it` without null, and with `leaf` for text."""
    if it == TEXT:
        return leaf
    if isinstance(it, list):
        return [_narrow(one, leaf) for one in it]
    if not isinstance(it, dict):
        return it
    it = {name: _narrow(value, leaf) for name, value in it.items()}
    if "anyOf" in it:
        some = [one for one in it.pop("anyOf") if one != {"type": "null"}]
        it |= some[0] if len(some) == 1 else {"anyOf": some}
    return it


def _leaf(shape: str, key: str, told: str) -> Schema:
    """What text may stand at a key."""
    match shape, key:
        case "Scalar", "type":
            return {"$ref": "#/$defs/Type"}
        case "Model", "mixins":
            return {"$ref": "#/$defs/ModelName"}
        case ("Model", "fields") | ("File", "mixins"):
            return {"$ref": "#/$defs/FieldType"}
        case ("Scalar", "index") | ("Index", "method"):
            return {"enum": list(resolve.METHODS)}
        case "Api", "ops":
            return {"enum": list(api.OPS)}
        case "Api", "path":
            return _pattern(names.PATH.pattern, "A path, as in /order-lines")
    if told.startswith(("the name of a model", "a model,")):
        return {"$ref": "#/$defs/ModelName"}
    if told == "a list of names":
        return _pattern(r"\w+(\.\w+)?", "A model, Order, or a field, Order.note")
    if "of field names" in told:
        return {"$ref": "#/$defs/SortedName"}
    fields = ("a name", "a mapping {our field", "the name of a field", "the name of a reference")
    if told.startswith(fields):
        return {"$ref": "#/$defs/FieldName"}
    return TEXT


def _pattern(pattern: str, what: str) -> Schema:
    return {"type": "string", "pattern": f"^(?:{pattern})$", "patternErrorMessage": f"{what}."}


# types


def _types() -> dict[str, Schema]:
    expression, model = _expression(), names.MODEL.pattern
    what = "A type, as in string(40)?, decimal(12,2) or int[], or the name of an enum"
    # Two keys may stand for the arguments.
    split = [name for name, row in types.TYPES.items() if len(row.arguments) == 2]
    arrow = rf"\s*->\s*{model}\s*\??\s*"
    bare = [name for name in types.NAMES if not types.TYPES[name].arguments]
    # An editor offers examples, and not what a pattern takes.
    short = [*dict.fromkeys([*EXAMPLES, *bare])]
    return {
        "Type": {**_pattern("|".join([expression, *split]), what), "examples": [*short, *split]},
        "FieldType": {
            **_pattern(f"{expression}|{arrow}", f"{what}, or a reference: -> User"),
            "examples": [*short, "-> User"],
        },
        "ModelName": _pattern(model, "A name in PascalCase and ASCII, as in OrderLine"),
        "FieldName": _pattern(names.FIELD.pattern, "A name in snake_case and ASCII"),
        "SortedName": _pattern(f"-?{names.FIELD.pattern}", "A field, or -field for descending"),
    }


def _expression() -> str:
    number = r"\s*[0-9]+\s*"
    forms = []
    for name in types.NAMES:
        inside = ",".join([number] * len(types.TYPES[name].arguments))
        forms.append(rf"{name}\s*\({inside}\)" if inside else name)
    foreign = "|".join(types.FOREIGN_CLASSES)
    forms.append(f"(?!(?:{foreign})(?![A-Za-z0-9])){names.MODEL.pattern}")  # an enum
    return rf"\s*(?!vector[^\[]*\[)(?:{'|'.join(forms)})\s*(?:\[\s*\])?\s*\??\s*"
