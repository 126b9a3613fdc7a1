"""Fields: each becomes a column with its type, limits and default."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .. import expressions, grammar, sql, types
from ..diagnostics import Code, plain
from ..draft import Draft, Loading
from ..spec import Custom, Field, Model, Type
from .defaults import resolve_default
from .limits import resolve_limits
from .shared import column_name, description, former_name_of_field

INSTEAD = {  # of a column that the template adds
    "id": "pk: [id]",
    "row_version": "version: false",
    "deleted_at": "soft_delete: false",
}
IDENTITY = {"identity": "bigint", "identity32": "int"}


def resolve_fields(loading: Loading, draft: Draft) -> None:
    """The scalars of a model; an entry that can't be used is broken, and left out from here on."""
    added = _added_columns(draft)
    if draft.keyless:
        draft.attributes["ctid"] = "the place of a row"
    for name in added:
        draft.attributes[name] = "the column that the template adds"
    draft.scalars.update(added)
    for name, raw in list(draft.entries.items()):
        if name in added:
            instead = INSTEAD.get(name, "timestamps: false")
            what = f"the template adds this column: leave it out, or write {instead}"
            loading.problems.add(f"{draft.name}.{plain(name)}", Code.ADDED, what)
            _leave_out(draft, name)
            continue
        kind = "the reference" if isinstance(raw, grammar.Ref) else "the field"
        attribute = loading.attribute(draft, name, f"{kind} {plain(name)}")
        field = None
        if attribute is not None and isinstance(raw, grammar.Scalar):
            field = _scalar(loading, draft, draft.where(name), name, attribute, raw)
        if field is not None:
            field.mixin = draft.mixed.get(name)
            draft.scalars[name] = field
        elif attribute is None or isinstance(raw, grammar.Scalar):
            _leave_out(draft, name)


def resolve_unused_mixins(loading: Loading) -> None:
    """Report the mistakes in mixins that no model has."""
    used = {name for draft in loading.drafts.values() for name in draft.raw.mixins}
    for name, entries in loading.mixins.items():
        if name not in used:
            _unused_mixin(loading, f"mixins.{plain(name)}", entries)


def _unused_mixin(
    loading: Loading, where: str, entries: dict[str, grammar.Scalar | grammar.Ref | None]
) -> None:
    whole = {name: entry for name, entry in entries.items() if entry is not None}
    model = Model(name=where, singular="", plural="", label="", labels="", table="")
    draft = Draft(model, grammar.Model(), "uuid7", whole)
    for name, raw in whole.items():
        attribute = loading.attribute(draft, name, f"the field {plain(name)}")
        if isinstance(raw, grammar.Ref):
            loading.target(f"{where}.{plain(name)}", raw.ref)
        elif attribute is not None:
            _scalar(loading, draft, f"{where}.{plain(name)}", name, attribute, raw)


def _leave_out(draft: Draft, name: str) -> None:
    draft.broken.add(name)
    del draft.entries[name]


def _added_columns(draft: Draft) -> dict[str, Field]:
    """The columns that the template adds to a model."""
    fields: list[Field] = []
    if isinstance(draft.pk, str):
        fields.append(_id(draft.pk))
    if draft.model.version:
        version = _column("row_version", "int", generated="row_version", server_default="1")
        fields.append(version)
    if draft.model.soft_delete:
        deleted = _column("deleted_at", "timestamptz", generated="deleted_at", optional=True)
        fields.append(deleted)
    if draft.model.timestamps:
        for name in ("created_at", "updated_at"):
            stamp = _column(name, "timestamptz", generated=name, server_default="now()")
            stamp.access = "read_only"
            fields.append(stamp)
    return {field.name: field for field in fields}


def _column(name: str, type_: str, generated: Any, **more: Any) -> Field:
    """A hidden column that the service itself writes."""
    return Field(
        name=name,
        attribute=name,
        column=name,
        type=Type(type_),
        generated=generated,
        access="hidden",
        **more,
    )


def _id(strategy: str) -> Field:
    is_identity = strategy in IDENTITY
    generated: Any = None if is_identity else strategy
    return Field(
        name="id",
        attribute="id",
        column="id",
        type=Type(IDENTITY[strategy] if is_identity else "uuid"),
        identity=is_identity,
        generated=generated,
        access="read_only",
    )


def _scalar(
    loading: Loading, draft: Draft, where: str, name: str, attribute: str, raw: grammar.Scalar
) -> Field | None:
    parsed = _type(loading, where, raw)
    if parsed is None:
        return None
    type_, optional = parsed
    read_only = raw.auto or raw.computed is not None or type_.name == "tsvector" or raw.set
    field = Field(
        name=name,
        attribute=attribute,
        column=name if raw.column is None else raw.column,
        type=type_,
        optional=optional,
        access=raw.access or ("read_only" if read_only else "rw"),
        doc=None if raw.doc is None else description(loading, where, raw.doc),
        was=raw.was,
        set=raw.set,
        claim=raw.claim,
    )
    column_name(loading, where, field.column)
    if type_.name == "tsvector" and field.access not in ("read_only", "hidden"):
        what = (
            "PostgreSQL computes a tsvector, so clients never set it: leave"
            f" out access: {field.access}"
        )
        loading.problems.add(where, Code.TSVECTOR, what)
    if field.was is not None:
        former_name_of_field(loading, draft, where, field.was, name)
    resolve_limits(loading, where, field, raw)
    resolve_default(loading, where, field, raw)
    if raw.auto:
        _auto(loading, draft, where, field, raw)
    if raw.computed is not None:
        _computed(loading, where, field, raw, raw.computed)
    return field


def _type(loading: Loading, where: str, raw: grammar.Scalar) -> tuple[Type, bool] | None:
    """The type, and whether it is optional; None, reported, if there is no such type."""
    optional = raw.optional
    if isinstance(raw.type, grammar.Custom):
        type_ = _custom(loading, where, raw, raw.type)
    else:
        expression = expressions.parse(loading, where, raw.type)
        if expression is None:
            return None
        optional = optional or expression.optional
        expression = replace(
            expression,
            array=raw.array or expression.array,
            precision=raw.precision,
            scale=raw.scale,
        )
        type_ = expressions.resolve(loading, where, expression)
    return None if type_ is None else (type_, optional)


def _custom(
    loading: Loading, where: str, raw: grammar.Scalar, type_: grammar.Custom
) -> Type | None:
    if raw.array or raw.precision is not None or raw.scale is not None:
        what = "array, precision and scale belong in the SQL here, as in sql: 'point[]'"
        loading.problems.add(where, Code.CUSTOM, what)
        return None
    if (fault := sql.fault(type_.sql)) is not None:
        loading.problems.add(f"{where}.type.sql", Code.SQL, fault)
        return None
    text = " ".join(type_.sql.split())
    example = type_.example or types.EXAMPLES.get(text)
    if example is None and type_.python == "str":
        what = f"the tests need a value of type {plain(text)}: write one as text in `example`"
        loading.problems.add(f"{where}.type", Code.EXAMPLE, what)
        return None
    if text.lower().rstrip("[] ") == "xml":
        what = "needs PostgreSQL with libxml, which the embedded server lacks:"
        what += " set DATABASE_URL and TEST_DATABASE_URL to another server, or store text"
        loading.problems.warn(f"{where}.type.sql", what)
    return Type("custom", custom=Custom(text, type_.python, example))


def _auto(loading: Loading, draft: Draft, where: str, field: Field, raw: grammar.Scalar) -> None:
    mistake = None
    if types.info(field.type).family != "integer" or field.type.array:
        mistake = Code.AUTO, f"`auto: {raw.auto}` is for smallint, int and bigint"
    elif raw.auto == "serial" and not _may_be_serial(draft, field):
        what = f"only one field of the key is serial: write pk: [{field.name}], or auto: identity"
        mistake = Code.AUTO, what
    elif field.optional:
        mistake = Code.AUTO_OPTIONAL, f"`auto: {raw.auto}` is never null: leave out optional"
    elif field.has_default or field.server_default is not None:
        what = f"`auto: {raw.auto}` is a default: leave out the other"
        mistake = Code.AUTO_DEFAULT, what
    elif field.access not in ("read_only", "hidden"):
        what = f"`auto: {raw.auto}` is read-only in the API: leave out access: {field.access}"
        mistake = Code.AUTO_ACCESS, what
    if mistake is not None:
        loading.problems.add(where, *mistake)
    field.identity = True
    field.serial = raw.auto == "serial"


def _may_be_serial(draft: Draft, field: Field) -> bool:
    """Whether it is in the key, and the first of it that is serial."""
    names = draft.pk if isinstance(draft.pk, list) else []
    raw = (draft.entries.get(name) for name in names)
    serial = [it for it in raw if isinstance(it, grammar.Scalar) and it.auto == "serial"]
    return bool(serial) and draft.entries.get(field.name) is serial[0]


def _computed(
    loading: Loading, where: str, field: Field, raw: grammar.Scalar, expression: str
) -> None:
    for other in ("default", "server_default", "auto"):
        if other in raw.model_fields_set:
            what = f"has `computed` and `{other}`: keep one"
            loading.problems.add(where, Code.COMPUTED, what)
    if field.access not in ("read_only", "hidden"):
        what = f"a computed field is read-only: leave out access: {field.access}"
        loading.problems.add(where, Code.COMPUTED, what)
    if (fault := sql.fault(expression)) is not None:
        loading.problems.add(f"{where}.computed", Code.SQL, fault)
    field.computed = expression.strip()
