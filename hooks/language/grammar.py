"""The shape of models.yml: its keys, and what each takes. What each does stands in `help`.

The JSON Schema and docs/language.md are made from both.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from .spec import Access, Action, Deferrable

YES_NO = "true or false"
TEXT = "text"
NUMBER = "a whole number"
DEFERRABLE = "one of initially_deferred, initially_immediate"
ACTIONS = "one of restrict, no_action, cascade, set_null, set_default"
PAGES = "one of cursor, offset"
NAMES = "a list of field names"
RULES = "a mapping {op: rule}"


class Shape(BaseModel):
    """A mapping with fixed keys. The description of a key ends the sentence `x is not …`."""

    model_config = ConfigDict(extra="forbid", strict=True)
    later: ClassVar[frozenset[str]] = frozenset()  # in the language, but not built yet


class Custom(Shape):
    sql: str = Field(description="a type of PostgreSQL")
    python: Literal["str", "int", "float"] = Field(description="one of str, int, float")
    example: str | None = Field(default=None, description=TEXT)


class Scalar(Shape):
    later = frozenset({"search"})

    type: str | Custom = Field(description="a type, as in string(40)")
    array: bool = Field(default=False, description=YES_NO)
    precision: int | None = Field(default=None, description=NUMBER)
    scale: int | None = Field(default=None, description=NUMBER)
    optional: bool = Field(default=False, description=YES_NO)
    unique: bool = Field(default=False, description=YES_NO)
    index: bool | str = Field(default=False, description="true, false or an index method")
    default: Any = Field(default=None, description="a value of the type")
    server_default: str | None = Field(default=None, description="SQL as text")
    computed: str | None = Field(default=None, description="SQL as text")
    auto: Literal["identity", "serial"] | None = Field(
        default=None, description="one of identity, serial"
    )
    min: Any = Field(default=None, description="a value of the type")
    max: Any = Field(default=None, description="a value of the type")
    gt: Any = Field(default=None, description="a value of the type")
    lt: Any = Field(default=None, description="a value of the type")
    min_length: int | None = Field(default=None, description=NUMBER)
    max_length: int | None = Field(default=None, description=NUMBER)
    pattern: str | None = Field(default=None, description="a regular expression as text")
    access: Access | None = Field(
        default=None, description="one of rw, read_only, create_only, write_only, hidden"
    )
    doc: str | None = Field(default=None, description=TEXT)
    set: Literal["me"] | None = Field(default=None, description="me")
    claim: str | None = Field(default=None, description="the name of a claim")
    column: str | None = Field(default=None, description="the name of a column")
    was: str | None = Field(default=None, description="a name")


class Ref(Shape):
    ref: str = Field(description="the name of a model")
    optional: bool = Field(default=False, description=YES_NO)
    unique: bool = Field(default=False, description=YES_NO)
    index: bool = Field(default=True, description=YES_NO)
    column: str | None = Field(default=None, description="the name of a column")
    columns: dict[str, str] = Field(
        default_factory=dict, description="a mapping {our field: field of the other model}"
    )
    on_delete: Action | None = Field(default=None, description=ACTIONS)
    on_update: Action | None = Field(default=None, description=ACTIONS)
    inverse: str | Literal[False] | None = Field(default=None, description="a name or false")
    constraint: str | None = Field(default=None, description="the name of a foreign key")
    deferrable: Deferrable | None = Field(default=None, description=DEFERRABLE)
    access: Access | None = Field(
        default=None, description="one of rw, read_only, create_only, write_only, hidden"
    )
    set: Literal["me"] | None = Field(default=None, description="me")
    doc: str | None = Field(default=None, description=TEXT)
    was: str | None = Field(default=None, description="a name")


class Many(Shape):
    to: str = Field(description="the name of a model")
    through: str | None = Field(default=None, description="the name of a model")
    inverse: str | Literal[False] | None = Field(default=None, description="a name or false")
    table: str | None = Field(default=None, description="the name of a table")
    columns: list[str] = Field(default_factory=list, description="a list of names of columns")
    on_delete: Literal["restrict", "no_action", "cascade"] = Field(
        default="cascade", description="one of restrict, no_action, cascade"
    )
    pk_name: str | None = Field(default=None, description="the name of a constraint")
    constraints: list[str] = Field(
        default_factory=list, description="a list of names of two foreign keys"
    )
    index: bool | str = Field(default=True, description="the name of an index, true or false")
    was: str | None = Field(default=None, description="a name")


class Unique(Shape):
    fields: list[str] = Field(description=NAMES, min_length=1)
    name: str | None = Field(default=None, description="the name of a constraint")
    where: str | None = Field(default=None, description="SQL as text")
    include: list[str] = Field(default_factory=list, description=NAMES)
    nulls_not_distinct: bool = Field(default=False, description=YES_NO)
    deferrable: Deferrable | None = Field(default=None, description=DEFERRABLE)


class Index(Shape):
    fields: list[str] = Field(default_factory=list, description=NAMES, min_length=1)
    expr: str | None = Field(default=None, description="SQL as text")
    name: str | None = Field(default=None, description="the name of an index")
    where: str | None = Field(default=None, description="SQL as text")
    method: str | None = Field(default=None, description="an index method")
    include: list[str] = Field(default_factory=list, description=NAMES)
    unique: bool = Field(default=False, description=YES_NO)


class Exclude(Shape):
    elements: list[list[str]] = Field(
        description="a list of pairs, as in [[room, '='], [during, '&&']]", min_length=1
    )
    using: Literal["gist", "spgist"] = Field(default="gist", description="one of gist, spgist")
    where: str | None = Field(default=None, description="SQL as text")
    name: str | None = Field(default=None, description="the name of a constraint")
    deferrable: Deferrable | None = Field(default=None, description=DEFERRABLE)


class Check(Shape):
    sql: str | None = Field(default=None, description="SQL as text")
    name: str | None = Field(default=None, description="the name of a constraint")


class Log(Shape):
    model: str = Field(description="the name of a model")
    source: str | None = Field(default=None, description="the name of a reference")
    target: str | None = Field(default=None, description="the name of a reference")
    amount: str | None = Field(default=None, description="the name of a field")
    key: str | None = Field(default=None, description="the name of a field")


class Transfer(Shape):
    kind: Literal["transfer"] = Field(description="transfer")
    field: str = Field(description="the name of a field")
    same: list[str] = Field(default_factory=list, description=NAMES)
    floor: Any = Field(default=None, description="a number")
    log: str | Log = Field(description="a model, or a mapping {model, source, target, amount, key}")


class Transition(Shape):
    kind: Literal["transition"] = Field(description="transition")
    field: str = Field(description="the name of a field")
    moves: dict[str, list[str]] = Field(description="a mapping {value: [values that follow]}")


class Search(Shape):
    field: str = Field(description="the name of a field")
    language: str = Field(description="a text search configuration, as in english")


class Api(Shape):
    ops: list[str] | None = Field(default=None, description="a list of operations")
    path: str | None = Field(default=None, description="a path, as in /order-lines")
    filter: list[str] | None = Field(default=None, description=NAMES)
    sort: list[str] | None = Field(default=None, description=NAMES)
    default_sort: list[str] | None = Field(default=None, description=NAMES)
    search: list[str | Search] = Field(default_factory=list, description=NAMES)
    embed: list[str] = Field(default_factory=list, description="a list of names of relations")
    upsert: list[str] | None = Field(default=None, description=NAMES)
    page: Literal["cursor", "offset"] | None = Field(default=None, description=PAGES)


class Model(Shape):
    later = frozenset({"search"})

    doc: str | None = Field(default=None, description=TEXT)
    pk: str | list[str] | None = Field(
        default=None, description="a key strategy or a list of field names"
    )
    pk_name: str | None = Field(default=None, description="the name of a constraint")
    timestamps: bool | None = Field(default=None, description=YES_NO)
    version: bool = Field(default=False, description=YES_NO)
    soft_delete: bool = Field(default=False, description=YES_NO)
    mixins: list[str] = Field(default_factory=list, description="a list of mixins")
    fields: dict[str, str | Scalar | Ref] = Field(
        default_factory=dict, description="a mapping {name: type}"
    )
    many: dict[str, Many] = Field(default_factory=dict, description="a mapping {name: {to: …}}")
    unique: list[list[str] | Unique] = Field(
        default_factory=list, description="a list of lists of field names"
    )
    indexes: list[list[str] | Index] = Field(
        default_factory=list, description="a list of lists of field names"
    )
    exclude: list[Exclude] = Field(
        default_factory=list, description="a list of {elements: [[field, operator], …]}"
    )
    checks: dict[str, str | Check] = Field(
        default_factory=dict, description="a mapping {name: SQL}"
    )
    order: list[str] = Field(default_factory=list, description=NAMES)
    table: str | None = Field(default=None, description="the name of a table")
    managed: bool = Field(default=True, description=YES_NO)
    sql_schema: str | None = Field(
        default=None, alias="schema", description="the name of a schema of PostgreSQL"
    )
    plural: str | None = Field(default=None, description="a name")
    was: str | None = Field(default=None, description="the name of a model")
    operations: dict[str, Transfer | Transition] = Field(
        default_factory=dict, description="a mapping {name: {kind: transfer, …}}"
    )
    rules: dict[str, str | Literal[False]] = Field(default_factory=dict, description=RULES)
    api: Literal[False] | Api = Field(
        default_factory=lambda: Api(), description="false or a mapping {ops, path, …}"
    )


class Defaults(Shape):
    pk: Literal["uuid7", "uuid4", "identity", "identity32"] = Field(
        default="uuid7", description="one of uuid7, uuid4, identity, identity32"
    )
    pk_name: str = Field(
        default="pk_{table}", description="the name of a constraint, with {table} in it"
    )
    timestamps: bool = Field(default=True, description=YES_NO)
    on_delete: Action = Field(default="restrict", description=ACTIONS)
    on_update: Action = Field(default="no_action", description=ACTIONS)
    rules: dict[str, str | Literal[False]] = Field(default_factory=dict, description=RULES)


class Auth(Shape):
    tokens: Literal["jwt"] = Field(description="jwt")
    user: str | None = Field(default=None, description="the name of a model")


class EnumType(Shape):
    values: list[str] | dict[str, str] = Field(
        description="a list of values, or a mapping {value: description, …}"
    )
    type: str | None = Field(default=None, description="the name of a type")
    sql_schema: str | None = Field(
        default=None, alias="schema", description="the name of a schema of PostgreSQL"
    )


class File(Shape):
    """All of models.yml: what the service stores and serves."""

    models: dict[str, Model] = Field(description="a mapping {Name: {fields: …}}")
    enums: dict[str, list[str] | dict[str, str] | EnumType] = Field(
        default_factory=dict,
        description="a mapping {Name: [value, …]} or {Name: {value: description, …}}",
    )
    mixins: dict[str, dict[str, str | Scalar | Ref]] = Field(
        default_factory=dict, description="a mapping {Name: {field: type, …}}"
    )
    auth: Literal[False] | Auth = Field(
        default=False, description="false or a mapping {tokens: jwt, …}"
    )
    roles: list[str] = Field(default_factory=list, description="a list of roles")
    defaults: Defaults = Field(default_factory=lambda: Defaults(), description="a mapping {pk: …}")
    extensions: list[str] = Field(
        default_factory=list, description="a list of extensions of PostgreSQL"
    )
    dropped: list[str] = Field(default_factory=list, description="a list of names")


# Keys of others, and what to write here instead.
FOREIGN = {
    "charset": "leave it out: text is UTF-8",
    "check": "write `checks: {name: SQL}` at the model",
    "choices": "write the values under `enums:`, and the enum's name as the type",
    "comment": "write `doc`",
    "constraints": "write `checks`, `unique` or `exclude`",
    "db_column": "write `column`",
    "db_table": "write `table`",
    "description": "write `doc`",
    "enum": "write the values under `enums:`, and the enum's name as the type",
    "foreign_key": "write {ref: Model}",
    "format": "write the format as the type, as in email, url or uuid",
    "generated": "write `computed`",
    "help_text": "write `doc`",
    "hidden": "write access: hidden",
    "length": "write it behind the type: string(40)",
    "maxlength": "write `max_length`",
    "maximum": "write `max`",
    "minlength": "write `min_length`",
    "minimum": "write `min`",
    "not_null": "leave it out: everything is required unless `optional: true`",
    "null": "write optional: true",
    "nullable": "write optional: true",
    "on_delete": "belongs to a reference, {ref: Model}",
    "ondelete": "write `on_delete`",
    "onupdate": "write `on_update`",
    "ordering": "write `order`",
    "permissions": "write `rules` at the model",
    "policies": "write `rules` at the model",
    "policy": "write `rules` at the model",
    "primary": "write `pk: [field]` at the model",
    "primary_key": "write `pk: [field]` at the model",
    "readonly": "write access: read_only",
    "read_only": "write access: read_only",
    "references": "write {ref: Model}",
    "regex": "write `pattern`",
    "related_name": "write `inverse`",
    "relation": "write {ref: Model}",
    "relations": "write {ref: Model} under `fields`, or `many`",
    "required": "leave it out: everything is required unless `optional: true`",
    "size": "write it behind the type: string(40)",
    "table_name": "write `table`",
    "tablename": "write `table`",
    "title": "write `doc`",
    "unique_together": "write `unique: [[a, b]]`",
    "uniques": "write `unique`",
    "validators": "write limits, a `pattern`, or `checks` at the model",
    "values": "write the values under `enums:`, and the enum's name as the type",
    "write_only": "write access: write_only",
}
