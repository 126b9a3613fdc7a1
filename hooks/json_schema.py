"""models.schema.json, by which an editor completes, explains and checks a models.yml.

It is made from the grammar and its help, so a key that is built there is offered here. What a Shape
leaves open as text is narrowed by the description of its key.
"""

from __future__ import annotations

import functools
import json
from typing import Any

from .language import api, draft, grammar, names, types
from .language.foreign import FOREIGN_CLASSES
from .language.help import KEYS
from .questions import LANGUAGE, questions

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
EXAMPLES = ["text", "string(80)", "int?", "decimal(12,2)", "timestamptz", "bool", "text[]", "json"]


@functools.cache
def text() -> str:
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def document() -> Schema:
    made = grammar.File.model_json_schema(ref_template="#/$defs/{model}")
    shapes = made.pop("$defs")
    for name, shape in [("File", made), *shapes.items()]:
        for key, schema in shape["properties"].items():
            shape["properties"][key] = _key(name, key, schema)
        del shape["title"]
    made["properties"]["models"]["minProperties"] = 1
    _values(made["properties"]["enums"]["additionalProperties"])
    asked = questions().items()
    options = {key: _option(question) for key, question in asked if key not in LANGUAGE}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "models.yml",
        **made,
        "properties": made["properties"] | options,
        "$defs": {**_types(), **shapes},
    }


def _option(question: Schema) -> Schema:
    """An option of the template, which a models.yml may also answer."""
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
    for form in enum.get("anyOf", ()):
        _values(form)


# keys


def _key(shape: str, key: str, raw: Schema) -> Schema:
    wanted = raw.get("description", "")
    schema = {name: value for name, value in raw.items() if name not in ("title", "description")}
    if not schema.get("default"):
        schema.pop("default", None)  # an empty default needs no words
    narrowed: Schema = _narrow(schema, _leaf(shape, key, wanted))
    if (shape, key) == ("Model", "pk"):
        fields = {"type": "array", "items": {"$ref": "#/$defs/FieldName"}, "minItems": 1}
        narrowed = {"anyOf": [{"enum": [*draft.STRATEGIES, "none"]}, fields]}
    if "additionalProperties" in narrowed and key != "moves":
        models = wanted.startswith("a mapping {Name")
        narrowed["propertyNames"] = {"$ref": f"#/$defs/{'ModelName' if models else 'FieldName'}"}
    return {"description": KEYS[f"{shape}.{key}"].what, **narrowed}


def _narrow(schema: Any, leaf: Schema) -> Any:
    """`schema` without null, and with `leaf` for text."""
    if schema == TEXT:
        return leaf
    if isinstance(schema, list):
        return [_narrow(part, leaf) for part in schema]
    if not isinstance(schema, dict):
        return schema
    narrowed = {name: _narrow(value, leaf) for name, value in schema.items()}
    if "anyOf" in narrowed:
        forms = [form for form in narrowed.pop("anyOf") if form != {"type": "null"}]
        narrowed |= forms[0] if len(forms) == 1 else {"anyOf": forms}
    return narrowed


def _leaf(shape: str, key: str, wanted: str) -> Schema:
    """The schema of text as the value of a key."""
    match shape, key:
        case "Scalar", "type":
            return {"$ref": "#/$defs/Type"}
        case "Model", "mixins":
            return {"$ref": "#/$defs/ModelName"}
        case ("Model", "fields") | ("File", "mixins"):
            return {"$ref": "#/$defs/FieldType"}
        case ("Scalar", "index") | ("Index", "method"):
            return {"enum": list(types.INDEX_METHODS)}
        case "Api", "ops":
            return {"enum": list(api.OPS)}
        case "Api", "path":
            return _pattern(names.PATH.pattern, "A path, as in /order-lines")
    if wanted.startswith(("the name of a model", "a model,")):
        return {"$ref": "#/$defs/ModelName"}
    if wanted == "a list of names":
        return _pattern(r"\w+(\.\w+)?", "A model, Order, or a field, Order.note")
    if "of field names" in wanted:
        return {"$ref": "#/$defs/SortedName"}
    fields = ("a name", "a mapping {our field", "the name of a field", "the name of a reference")
    if wanted.startswith(fields):
        return {"$ref": "#/$defs/FieldName"}
    return TEXT


def _pattern(pattern: str, what: str) -> Schema:
    return {"type": "string", "pattern": f"^(?:{pattern})$", "patternErrorMessage": f"{what}."}


# types


def _types() -> dict[str, Schema]:
    expression, model = _expression(), names.MODEL.pattern
    what = "A type, as in string(40)?, decimal(12,2) or int[], or the name of an enum"
    arrow = rf"\s*->\s*{model}\s*\??\s*"
    bare = [name for name in types.NAMES if types.TYPES[name].stands_alone]
    # An editor offers examples, and not what a pattern takes.
    short = [*dict.fromkeys([*EXAMPLES, *bare])]
    return {
        "Type": {**_pattern(expression, what), "examples": short},
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
        size = rf"\s*\({inside}\)"
        optional = f"(?:{size})?" if types.TYPES[name].bare else size
        forms.append(f"{name}{optional}" if inside else name)
    foreign = "|".join(FOREIGN_CLASSES)
    forms.append(f"(?!(?:{foreign})(?![A-Za-z0-9])){names.MODEL.pattern}")  # an enum
    return rf"\s*(?!vector[^\[]*\[)(?:{'|'.join(forms)})\s*(?:\[\s*\])?\s*\??\s*"
