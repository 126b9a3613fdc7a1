"""Drafts → Spec: fields, keys, references and what hangs on them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from . import expressions, grammar, names, patterns, sql, types, values
from .diagnostics import Code, did_you_mean, plain, show
from .draft import Draft, Loading
from .excludes import resolve_excludes
from .spec import Check, Custom, Field, Index, Inverse, Model, Reference, Type, Unique
from .types import sortable

INSTEAD = {  # of a column that is added
    "id": "pk: [id]",
    "row_version": "version: false",
    "deleted_at": "soft_delete: false",
}
IDENTITY = {"identity": "bigint", "identity32": "int"}
METHODS = ("btree", "hash", "gin", "gist", "spgist", "brin")

# Values of types for the escape hatch, as PostgreSQL itself writes them.
EXAMPLES = {
    "box": "({n},1),(0,0)",
    "circle": "<({n},0),1>",
    "cube": "({n})",
    "hstore": '"n"=>"{n}"',
    "jsonpath": '$."n{n}"',
    "lseg": "[({n},0),(1,1)]",
    "macaddr8": "08:00:2b:01:02:03:04:{n:02x}",
    "money": "${n}.00",
    "name": "n{n}",
    "path": "(({n},0),(1,1))",
    "pg_lsn": "0/{n:X}",
    "point": "({n},0)",
    "polygon": "(({n},0),(1,1))",
    "tsquery": "'n{n}'",
    "xml": "<n>{n}</n>",
}

Pairs = tuple[tuple[Field, Field], ...]


class Resolver:
    def __init__(self, loading: Loading) -> None:
        self.loading = loading
        self.problems = loading.problems
        self.pairs: dict[tuple[str, str], Pairs | None] = {}
        self.keys: dict[str, tuple[Field, ...] | None] = {}
        self.under_way: set[tuple[str, str]] = set()
        self.former: dict[str, str] = {}  # names of models

    def run(self) -> None:
        drafts = self.loading.drafts.values()
        for draft in drafts:
            self._names(draft)
        for draft in drafts:
            self._scalars(draft)
        for draft in drafts:
            self._references(draft)
            self._columns(draft)
            self._key(draft)
        for draft in drafts:
            self._uniques(draft)
        for draft in drafts:
            self._order_key(draft)
            self._remotes(draft)
            self._inverses(draft)
        for draft in drafts:
            self._indexes(draft)
            resolve_excludes(self.loading, draft)
            self._checks(draft)
            self._sql(draft)
        used = {it for draft in drafts for it in draft.raw.mixins}
        for name, entries in self.loading.mixins.items():
            if name not in used:
                self._unused(f"mixins.{plain(name)}", entries)

    # names

    def _names(self, draft: Draft) -> None:
        model, raw, where = draft.model, draft.raw, draft.name
        model.singular = names.snake(model.name)
        one = names.pascal(names.singular(model.singular))
        if names.is_plural(model.singular):
            self.problems.warn(where, f"models are named in the singular: write {one}")
        model.plural = raw.plural or names.plural(model.singular)
        if not names.FIELD.fullmatch(model.plural):
            what = f"{show(model.plural)} is not a name in ASCII and snake_case"
            self.problems.add(f"{where}.plural", Code.NAME, what)
        elif model.plural == model.singular:
            instead = f"set `plural: {model.singular}_list`"
            if one != model.name:
                instead = f"rename the model to {one}, or {instead}"
            what = f"the singular and the plural are both {model.singular}: {instead}"
            self.problems.add(where, Code.PLURAL, what)
        if names.is_keyword(model.singular):
            what = f"`{model.singular}` is a reserved word in Python: rename the model"
            self.problems.add(where, Code.PYTHON_WORD, what)
        elif names.is_keyword(model.plural):
            what = f"`{model.plural}` is a reserved word in Python: set `plural:`"
            self.problems.add(where, Code.PYTHON_WORD, what)
        model.label = model.singular.replace("_", " ")
        model.labels = model.plural.replace("_", " ")
        model.table = raw.table or model.plural
        self.loading.sql_name(f"{where}.table", model.table, "table")
        if model.table.startswith("pg_") or model.table == "alembic_version":
            what = f"PostgreSQL or Alembic reserves the name {model.table}: set another `table:`"
            self.problems.add(f"{where}.table", Code.SYSTEM_TABLE, what)
        self.loading.identifier(where, model.table, "set `table:`")
        pattern = self.loading.defaults.pk_name if raw.pk_name is None else raw.pk_name
        model.key_name = pattern.replace("{table}", model.table)
        if raw.pk_name is not None:
            self.loading.sql_name(f"{where}.pk_name", model.key_name, "constraint")
        self.loading.identifier(where, model.key_name, "set a shorter `pk_name:`")
        if raw.sql_schema is not None:
            self._schema(f"{where}.schema", raw.sql_schema)
            model.schema = None if raw.sql_schema == "public" else raw.sql_schema
        if (
            self.loading.relation(where, model.table, "the table", model.schema)
            and not draft.keyless
        ):
            self.loading.relation(where, model.key_name, "the key", model.schema)
        model.was = raw.was
        if raw.was is not None:
            self._was(f"{where}.was", raw.was, self.loading.drafts, names.MODEL)
            self._was_once(f"{where}.was", raw.was, self.former, model.name)
        if raw.doc is not None:
            model.doc = self._doc(where, raw.doc)
        timestamps = self.loading.defaults.timestamps if raw.timestamps is None else raw.timestamps
        model.timestamps = timestamps
        model.version = raw.version
        model.soft_delete = raw.soft_delete
        model.managed = raw.managed

    def _schema(self, where: str, name: str) -> None:
        self.loading.identifier(where, name, "write a shorter one")
        if not name.isidentifier() or names.is_keyword(name):
            what = f"{show(name)} cannot name a schema: write letters, digits and _"
            self.problems.add(where, Code.SQL_NAME, what)
        elif name.startswith("pg_") or name == "information_schema":
            what = f"{name} belongs to PostgreSQL: set another"
            self.problems.add(where, Code.SYSTEM_TABLE, what)

    def _doc(self, where: str, text: str) -> str | None:
        """On one line."""
        text = " ".join(text.split())
        if not text.isprintable():
            self.problems.add(
                f"{where}.doc",
                Code.UNPRINTABLE,
                "holds characters that cannot be printed: leave them out",
            )
        return text or None

    # columns

    def _scalars(self, draft: Draft) -> None:
        added: dict[str, Field] = {}
        if isinstance(draft.pk, str):
            added["id"] = self._id(draft.pk)
        if draft.model.version:
            added["row_version"] = Field(
                name="row_version",
                attribute="row_version",
                column="row_version",
                type=Type("int"),
                server_default="1",
                generated="row_version",
                access="hidden",
            )
        if draft.model.soft_delete:
            added["deleted_at"] = Field(
                name="deleted_at",
                attribute="deleted_at",
                column="deleted_at",
                type=Type("timestamptz"),
                optional=True,
                generated="deleted_at",
                access="hidden",
            )
        if draft.model.timestamps:
            for name in ("created_at", "updated_at"):
                added[name] = Field(
                    name=name,
                    attribute=name,
                    column=name,
                    type=Type("timestamptz"),
                    server_default="now()",
                    generated="created_at" if name == "created_at" else "updated_at",
                    access="read_only",
                )
        if draft.keyless:
            draft.attributes["ctid"] = "the place of a row"
        for name in added:
            draft.attributes[name] = "the column that the template adds"
        draft.scalars.update(added)
        for name, raw in list(draft.entries.items()):
            where = f"{draft.name}.{plain(name)}"
            if name in added:
                instead = INSTEAD.get(name, "timestamps: false")
                what = f"the template adds this column: leave it out, or write {instead}"
                self.problems.add(where, Code.ADDED, what)
                draft.broken.add(name)
                del draft.entries[name]
                continue
            what = "the reference" if isinstance(raw, grammar.Ref) else "the field"
            attribute = self.loading.attribute(draft, name, f"{what} {plain(name)}")
            field = None
            if attribute is not None and isinstance(raw, grammar.Scalar):
                field = self._scalar(draft, draft.where(name), name, attribute, raw)
            if field is not None:
                field.mixin = draft.mixed.get(name)
                draft.scalars[name] = field
            elif attribute is None or isinstance(raw, grammar.Scalar):
                draft.broken.add(name)
                del draft.entries[name]

    def _unused(self, where: str, entries: dict[str, grammar.Scalar | grammar.Ref | None]) -> None:
        """Tells of a mixin that no model has what one of a model would be told by."""
        whole = {name: it for name, it in entries.items() if it is not None}
        model = Model(name=where, singular="", plural="", label="", labels="", table="")
        draft = Draft(model, grammar.Model(), "uuid7", whole)
        for name, raw in whole.items():
            attribute = self.loading.attribute(draft, name, f"the field {plain(name)}")
            if isinstance(raw, grammar.Ref):
                self.loading.target(f"{where}.{plain(name)}", raw.ref)
            elif attribute is not None:
                self._scalar(draft, f"{where}.{plain(name)}", name, attribute, raw)

    def _id(self, strategy: str) -> Field:
        identity = strategy in IDENTITY
        generated: Any = None if identity else strategy
        return Field(
            name="id",
            attribute="id",
            column="id",
            type=Type(IDENTITY[strategy] if identity else "uuid"),
            identity=identity,
            generated=generated,
            access="read_only",
        )

    def _scalar(
        self, draft: Draft, where: str, name: str, attribute: str, raw: grammar.Scalar
    ) -> Field | None:
        optional = raw.optional
        if isinstance(raw.type, grammar.Custom):
            type_ = self._custom(where, raw, raw.type)
        else:
            expression = expressions.parse(where, raw.type, self.problems)
            if expression is None:
                return None
            optional = optional or expression.optional
            known = [*self.loading.drafts, *self.loading.broken]
            type_ = expressions.resolve(
                where,
                expression,
                raw.precision,
                raw.scale,
                raw.array,
                self.loading.enums,
                known,
                self.problems,
            )
        if type_ is None:
            return None
        read_only = raw.auto or raw.computed is not None or type_.name == "tsvector"
        field = Field(
            name=name,
            attribute=attribute,
            column=name if raw.column is None else raw.column,
            type=type_,
            optional=optional,
            access=raw.access or ("read_only" if read_only else "rw"),
            doc=None if raw.doc is None else self._doc(where, raw.doc),
            was=raw.was,
        )
        self.loading.sql_name(f"{where}.column", field.column, "column")
        self.loading.identifier(where, field.column, "set `column:`")
        if field.column in names.SYSTEM_COLUMNS:
            what = f"PostgreSQL has a column {field.column} in every table: set `column:`"
            self.problems.add(where, Code.SYSTEM_COLUMN, what)
        if type_.name == "tsvector" and field.access not in ("read_only", "hidden"):
            what = (
                "PostgreSQL computes a tsvector, so clients never set it: leave"
                f" out access: {field.access}"
            )
            self.problems.add(where, Code.TSVECTOR, what)
        if field.was is not None:
            self._was_of_field(draft, where, field.was, name)
        self._limits(where, field, raw)
        self._default(where, field, raw)
        if raw.auto:
            self._auto(draft, where, field, raw)
        if raw.computed is not None:
            self._computed(where, field, raw, raw.computed)
        return field

    def _custom(self, where: str, raw: grammar.Scalar, type_: grammar.Custom) -> Type | None:
        if raw.array or raw.precision is not None or raw.scale is not None:
            what = "array, precision and scale belong in the SQL here, as in sql: 'point[]'"
            self.problems.add(where, Code.CUSTOM, what)
            return None
        if (wrong := sql.fault(type_.sql)) is not None:
            self.problems.add(f"{where}.type.sql", Code.SQL, wrong)
            return None
        text = " ".join(type_.sql.split())
        example = type_.example or EXAMPLES.get(text)
        if example is None and type_.python == "str":
            what = f"the tests need a value of type {plain(text)}: write one as text in `example`"
            self.problems.add(f"{where}.type", Code.EXAMPLE, what)
            return None
        if text.lower().rstrip("[] ") == "xml":
            what = "needs PostgreSQL with libxml, which the embedded server lacks:"
            what += " set DATABASE_URL and TEST_DATABASE_URL to another server, or store text"
            self.problems.warn(f"{where}.type.sql", what)
        return Type("custom", custom=Custom(text, type_.python, example))

    def _was(self, where: str, name: str, taken: Collection[str], form: re.Pattern[str]) -> None:
        if not form.fullmatch(name):
            what = f"{show(name)} cannot be a former name: write the name as it was in this file"
            self.problems.add(where, Code.WAS, what)
        elif name in taken:
            what = f"{plain(name)} still exists: remove it, or remove `was`"
            self.problems.add(where, Code.WAS, what)

    def _was_of_field(self, draft: Draft, where: str, was: str, name: str) -> None:
        self._was(f"{where}.was", was, [*draft.entries, *draft.manys], names.FIELD)
        self._was_once(f"{where}.was", was, draft.former, name)

    def _was_once(self, where: str, was: str, former: dict[str, str], name: str) -> None:
        other = former.setdefault(was, name)
        if other != name:
            what = f"{plain(was)} is also the former name of {plain(other)}: remove one `was`"
            self.problems.add(where, Code.WAS, what)

    def _limits(self, where: str, field: Field, raw: grammar.Scalar) -> None:
        row = types.info(field.type)
        given = [it for it in ("min", "max", "gt", "lt") if getattr(raw, it) is not None]
        texts = [
            it for it in ("min_length", "max_length", "pattern") if getattr(raw, it) is not None
        ]
        numeric = row.family in ("integer", "float", "decimal", "time") and not field.type.array
        textual = row.family == "text" and not field.type.array
        kind = f"{field.type.name}[]" if field.type.array else field.type.name
        for it in given if not numeric else []:
            self.problems.add(
                where, Code.LIMIT, f"`{it}` is for numbers, dates and times, not for {kind}"
            )
        for it in texts if not textual else []:
            self.problems.add(where, Code.LIMIT, f"`{it}` is for text, not for {kind}")
        for it in given if numeric else []:
            try:
                setattr(field, it, values.convert(field.type, getattr(raw, it)))
            except values.Wrong as wrong:
                self.problems.add(f"{where}.{it}", wrong.code, str(wrong))
        for one, other in (("min", "gt"), ("max", "lt")):
            if getattr(field, one) is not None and getattr(field, other) is not None:
                what = f"has `{one}` and `{other}`: keep one"
                self.problems.add(where, Code.TWO_LIMITS, what)
                setattr(field, other, None)
        if (wrong_range := values.contradiction(field)) is not None:
            self.problems.add(where, Code.RANGE, wrong_range)
        if textual:
            self._text_limits(where, field, raw, field.type.length or row.length)
            field.pattern = field.pattern or row.pattern

    def _text_limits(
        self, where: str, field: Field, raw: grammar.Scalar, longest: int | None
    ) -> None:
        field.min_length, field.max_length = raw.min_length, raw.max_length
        for it in ("min_length", "max_length"):
            value = getattr(field, it)
            if value is None:
                continue
            if value < (1 if it == "max_length" else 0) or value > expressions.LONGEST:
                self.problems.add(
                    f"{where}.{it}", Code.LENGTH_RANGE, f"{show(value)} is not a length"
                )
                setattr(field, it, None)
            elif longest is not None and value > longest:
                what = f"{value} is greater than the length of the type, {longest}"
                self.problems.add(f"{where}.{it}", Code.LENGTH_RANGE, what)
        low, high = field.min_length, field.max_length
        if low is not None and high is not None and low > high:
            self.problems.add(where, Code.RANGE, "min_length is greater than max_length")
        if raw.pattern is None:
            return
        if types.info(field.type).pattern:
            what = f"a {field.type.name} has its own pattern: write string(100) instead"
            self.problems.add(f"{where}.pattern", Code.OWN_PATTERN, what)
        elif (wrong := patterns.fault(raw.pattern)) is not None:
            self.problems.add(f"{where}.pattern", *wrong)
        else:
            field.pattern = raw.pattern

    def _default(self, where: str, field: Field, raw: grammar.Scalar) -> None:
        given = "default" in raw.model_fields_set
        if given and raw.server_default is not None:
            self.problems.add(
                where, Code.TWO_DEFAULTS, "has `default` and `server_default`: keep one"
            )
            return
        if raw.server_default is not None:
            if (wrong := sql.fault(raw.server_default)) is not None:
                self.problems.add(f"{where}.server_default", Code.SQL, wrong)
            field.server_default = raw.server_default
        if not given or (raw.default is None and field.optional):
            return
        field.has_default = True
        try:
            field.default = values.convert(field.type, raw.default)
        except values.Wrong as wrong_value:
            self.problems.add(f"{where}.default", wrong_value.code, str(wrong_value))
            return
        if values.infinite(field.default):
            what = f"{show(raw.default)} would be stored as infinity: write a day more or less"
            self.problems.add(f"{where}.default", Code.OUT_OF_RANGE, what)
        breach = None if field.type.array else values.breach(field, field.default)
        if breach is not None:
            self.problems.add(f"{where}.default", Code.BREACH, f"{show(raw.default)} {breach}")

    def _auto(self, draft: Draft, where: str, field: Field, raw: grammar.Scalar) -> None:
        wrong = None
        if types.info(field.type).family != "integer" or field.type.array:
            wrong = Code.AUTO, f"`auto: {raw.auto}` is for smallint, int and bigint"
        elif raw.auto == "serial" and draft.pk != [field.name]:
            wrong = Code.AUTO, f"only a key is serial: write pk: [{field.name}], or auto: identity"
        elif field.optional:
            wrong = Code.AUTO_OPTIONAL, f"`auto: {raw.auto}` is never null: leave out optional"
        elif field.has_default or field.server_default is not None:
            what = f"`auto: {raw.auto}` is a default: leave out the other"
            wrong = Code.AUTO_DEFAULT, what
        elif field.access not in ("read_only", "hidden"):
            what = f"`auto: {raw.auto}` is read-only in the API: leave out access: {field.access}"
            wrong = Code.AUTO_ACCESS, what
        if wrong is not None:
            self.problems.add(where, *wrong)
        field.identity = True
        field.serial = raw.auto == "serial"

    def _computed(self, where: str, field: Field, raw: grammar.Scalar, text: str) -> None:
        for other in ("default", "server_default", "auto"):
            if other in raw.model_fields_set:
                what = f"has `computed` and `{other}`: keep one"
                self.problems.add(where, Code.COMPUTED, what)
        if field.access not in ("read_only", "hidden"):
            what = f"a computed field is read-only: leave out access: {field.access}"
            self.problems.add(where, Code.COMPUTED, what)
        if (wrong := sql.fault(text)) is not None:
            self.problems.add(f"{where}.computed", Code.SQL, wrong)
        field.computed = text.strip()

    # references

    def key(self, draft: Draft) -> tuple[Field, ...] | None:
        """The key of a model, in order; None, told, where it has none that can be used."""
        if draft.name in self.keys:
            return self.keys[draft.name]
        if (draft.name, "") in self.under_way:
            self._circle(draft)
            return None
        self.under_way.add((draft.name, ""))
        found: list[Field] = []
        good = True
        for name in ["id"] if isinstance(draft.pk, str) else draft.pk:
            fields = self._named(draft, name)
            good = good and fields is not None
            found += fields or ()
        self.under_way.discard((draft.name, ""))
        self.keys[draft.name] = tuple(found) if good else None
        return self.keys[draft.name]

    def _circle(self, draft: Draft) -> None:
        what = "the key leads back to itself through references: write another `pk:`"
        self.problems.add(draft.name, Code.KEY_CYCLE, what)

    def _named(self, draft: Draft, name: str) -> tuple[Field, ...] | None:
        """The columns of a field or reference by its name in models.yml."""
        if isinstance(draft.entries.get(name), grammar.Ref):
            pairs = self.columns(draft, name)
            return None if pairs is None else tuple(local for local, _ in pairs)
        field = self.column(draft, name)
        return None if field is None else (field,)

    def column(self, draft: Draft, name: str) -> Field | None:
        """A declared, added or made column; not told where there is none."""
        if name in draft.scalars:
            return draft.scalars[name]
        for other, ref in draft.refs().items():
            if ref.columns or not name.startswith(f"{other}_"):
                continue
            for local, _ in self.columns(draft, other) or ():
                if local.name == name:
                    return local
        return None

    def columns(self, draft: Draft, name: str) -> Pairs | None:
        """The (local, remote) columns of a reference; makes those that it brings."""
        place = (draft.name, name)
        if place in self.pairs:
            return self.pairs[place]
        if place in self.under_way:
            self._circle(draft)
            return None
        self.under_way.add(place)
        ref = draft.refs()[name]
        where = f"{draft.name}.{name}"
        target = self.loading.target(where, ref.ref)
        pairs: Pairs | None = None
        if target is not None:
            pairs = self._declared(draft, target, where, ref) if ref.columns else None
            if target.keyless and not ref.columns:
                what = f"{target.name} has no key to reference: give it one"
                self.problems.add(where, Code.KEYLESS, what)
            elif not ref.columns and (key := self.key(target)) is not None:
                pairs = tuple((self._made(draft, name, ref, it), it) for it in key)
        self.under_way.discard(place)
        self.pairs[place] = pairs
        if pairs is None:
            draft.broken.add(name)
        return pairs

    def _made(self, draft: Draft, name: str, ref: grammar.Ref, remote: Field) -> Field:
        column = names.reference_column(name, remote.name)
        where = f"{draft.name}.{name}"
        attribute = self.loading.attribute(draft, column, f"the column of the reference {name}")
        self.loading.identifier(where, column, "declare the column, and name it under `columns:`")
        return Field(
            name=column,
            attribute=attribute or column,
            column=column,
            type=remote.type,
            optional=ref.optional,
            access=ref.access or "rw",
            made_by_reference=True,
        )

    def _declared(self, draft: Draft, target: Draft, where: str, ref: grammar.Ref) -> Pairs | None:
        pairs = []
        for local_name, remote_name in ref.columns.items():
            local = self.column(draft, local_name)
            remote = self.column(target, remote_name)
            if local is None:
                self._no_column(draft, where, local_name)
            if remote is None:
                self._no_column(target, where, remote_name)
            if local is None or remote is None:
                continue
            if local.type != remote.type:
                self.problems.add(
                    where,
                    Code.COLUMNS,
                    f"{local.name} and {target.name}.{remote.name} are of different types",
                )
            pairs.append((local, remote))
        if ref.access is not None:
            self.problems.add(
                where, Code.COLUMNS_ACCESS, "with `columns:`, `access` belongs to the fields"
            )
        remotes = [remote for _, remote in pairs]
        if len(set(remotes)) < len(remotes):
            self.problems.add(
                where, Code.COLUMNS_TWICE, f"two columns reference the same field of {target.name}"
            )
        return tuple(pairs) if len(pairs) == len(ref.columns) else None

    def _no_column(self, draft: Draft, where: str, name: str) -> None:
        if name in draft.broken or name.startswith(tuple(f"{it}_" for it in draft.broken)):
            return
        what = f"{draft.name} has no field {plain(name)!r}: `columns:` takes declared fields"
        self.problems.add(where, Code.FIELD, what)

    def _references(self, draft: Draft) -> None:
        model = draft.model
        for name, raw in draft.refs().items():
            where = f"{draft.name}.{name}"
            pairs = self.columns(draft, name)
            if pairs is None:
                continue
            target = self.loading.drafts[raw.ref]
            locals_ = [local for local, _ in pairs]
            optional = any(it.optional for it in locals_)
            if raw.optional and not optional:
                what = "is optional, but its columns are not: write `?` after their types"
                self.problems.add(where, Code.COLUMNS_OPTIONAL, what)
            reference = Reference(
                name=name,
                attribute=names.attribute(name),
                model=model,
                target=target.model,
                columns=pairs,
                optional=optional,
                unique=False,
                on_delete=raw.on_delete or self.loading.defaults.on_delete,
                on_update=raw.on_update or self.loading.defaults.on_update,
                constraint=raw.constraint or _by_convention("fk", model.table, locals_),
                doc=None if raw.doc is None else self._doc(where, raw.doc),
                was=raw.was,
                deferrable=raw.deferrable,
            )
            if model.managed and not target.model.managed:
                self._unmanaged(where, target)
            if raw.was is not None:
                self._was_of_field(draft, where, raw.was, name)
            if raw.constraint is not None:
                self.loading.sql_name(f"{where}.constraint", raw.constraint, "foreign key")
            self.loading.identifier(where, reference.constraint, "set `constraint:`")
            model.references.append(reference)
            for local in locals_:
                local.reference = local.reference or reference
            self._action(where, "on_delete", reference.on_delete, locals_)
            self._action(where, "on_update", reference.on_update, locals_)
            if target is draft and not optional:
                what = (
                    "is required and references its own model, so no first row can"
                    " be created: add `?`"
                )
                self.problems.add(where, Code.SELF, what)

    def _unmanaged(self, where: str, target: Draft) -> None:
        what = (
            f"{target.name} is not managed, so no migration creates what a foreign key references:"
            " declare the column as a field"
        )
        self.problems.add(where, Code.UNMANAGED, what)

    def _action(self, where: str, key: str, action: str, columns: list[Field]) -> None:
        fixed = [it.name for it in columns if not it.optional]
        if action == "set_null" and fixed:
            what = (
                f"has set_null, but {', '.join(fixed)} cannot be null: make it"
                " optional, or write restrict"
            )
            self.problems.add(f"{where}.{key}", Code.ACTION, what)
        if action == "set_default":
            bare = [it.name for it in columns if not it.optional and it.server_default is None]
            if bare:
                what = f"set_default needs a `server_default` of {', '.join(bare)}"
                self.problems.add(f"{where}.{key}", Code.SET_DEFAULT, what)

    def _columns(self, draft: Draft) -> None:
        """The fields in the order of the table."""
        model, scalars = draft.model, draft.scalars
        if isinstance(draft.pk, str):
            model.fields.append(scalars["id"])
        for name, raw in draft.entries.items():
            if isinstance(raw, grammar.Scalar):
                model.fields.append(scalars[name])
            elif not raw.columns and (pairs := self.pairs.get((draft.name, name))) is not None:
                model.fields += [local for local, _ in pairs]
        if model.version:
            model.fields.append(scalars["row_version"])
        if model.soft_delete:
            model.fields.append(scalars["deleted_at"])
        if model.timestamps:
            model.fields += [scalars["created_at"], scalars["updated_at"]]
        seen: dict[str, Field] = {}
        for field in model.fields:
            if field.column in seen and seen[field.column].name != field.name:
                what = f"{seen[field.column].name} already has the column {field.column}"
                self.problems.add(f"{draft.name}.{field.name}", Code.COLUMN_TWICE, what)
            seen[field.column] = field

    def _key(self, draft: Draft) -> None:
        where = f"{draft.name}.pk"
        key = self.key(draft)
        if isinstance(draft.pk, list):
            if not draft.pk and not draft.keyless:
                self.problems.add(where, Code.KEY_EMPTY, "names no field: write at least one")
            for name in draft.pk:
                if self._named(draft, name) is None:
                    self.loading.unknown_field(draft, where, name)
            for name in {it for it in draft.pk if draft.pk.count(it) > 1}:
                self.problems.add(where, Code.LISTED_TWICE, f"{plain(name)} is listed twice")
        if key is None:
            return
        for name in {it.name for it in key if key.count(it) > 1} - set(draft.pk):
            self.problems.add(where, Code.LISTED_TWICE, f"{name} is listed twice")
        draft.model.key = key
        for field in key:
            field.key = True
            if field.computed is not None:
                what = f"{field.name} is computed, and a key never changes: name another"
                self.problems.add(where, Code.COMPUTED, what)
            if field.generated == "row_version":
                what = "row_version changes with the row, so it cannot be a key"
                self.problems.add(where, Code.KEY_CHANGES, what)
            elif field.optional:
                what = f"{field.name} is optional, and a key cannot be null: make it required"
                self.problems.add(where, Code.KEY_OPTIONAL, what)
            if field.type.array or not types.info(field.type).key:
                kind = "an array" if field.type.array else f"a {field.type.name}"
                what = f"{field.name} is {kind}, which cannot be a key"
                self.problems.add(where, Code.KEY_TYPE, what)
            if not field.readable and draft.api is not None:
                what = f"{field.name} is {field.access}, but a key is in every path"
                self.problems.add(where, Code.KEY_HIDDEN, what)

    # constraints

    def _uniques(self, draft: Draft) -> None:
        model = draft.model
        for name, raw in draft.entries.items():
            if not raw.unique:
                continue
            fields = self._named(draft, name)
            if fields is not None and set(fields) != set(model.key):
                self._unique(draft, f"{draft.name}.{name}", fields)
        for at, it in draft.uniques.items():
            where = f"{draft.name}.unique[{at}]"
            listed = self.loading.fields(draft, where, it.fields)
            include = self.loading.fields(draft, where, it.include)
            if listed is not None and include is not None:
                fields = tuple(field for field, _ in listed)
                self._unique_options(draft, where, fields, it)
                self._unique(
                    draft,
                    where,
                    fields,
                    it.name,
                    it.where and it.where.strip(),
                    include=tuple(field for field, _ in include),
                    nulls_not_distinct=it.nulls_not_distinct,
                    deferrable=it.deferrable,
                )
        for reference in model.references:
            columns = {local for local, _ in reference.columns}
            whole = (None, model.condition(None))
            alone = [set(it.fields) for it in model.uniques if it.where in whole]
            reference.unique = columns == set(model.key) or columns in alone

    def _unique_options(
        self, draft: Draft, where: str, fields: tuple[Field, ...], raw: grammar.Unique
    ) -> None:
        if draft.model.soft_delete and raw.deferrable is not None:
            what = "has `deferrable`, but soft_delete makes it an index, which cannot be deferred"
            self.problems.add(where, Code.UNIQUE, f"{what}: leave out one")
        if raw.where is not None and (wrong := sql.fault(raw.where)) is not None:
            self.problems.add(f"{where}.where", Code.SQL, wrong)
        if raw.where is not None and raw.deferrable is not None:
            what = (
                "has `where`, which makes it an index, and `deferrable`, which"
                " no index can be: keep one"
            )
            self.problems.add(where, Code.UNIQUE, what)
        if raw.nulls_not_distinct and not any(it.optional for it in fields):
            what = "has nulls_not_distinct, but none of the fields is optional: leave it out"
            self.problems.add(where, Code.UNIQUE, what)

    def _unique(
        self,
        draft: Draft,
        at: str,
        fields: tuple[Field, ...],
        given: str | None = None,
        condition: str | None = None,
        **more: Any,
    ) -> None:
        name = given or _by_convention("uq", draft.model.table, fields)
        if given is not None:
            self.loading.sql_name(at, given, "constraint")
        listed = ", ".join(it.name for it in fields)
        self.loading.identifier(
            at, name, f"write unique: [{{fields: [{listed}], name: …}}] with a shorter one"
        )
        self.loading.relation(f"{draft.name}", name, "the unique constraint", draft.model.schema)
        condition = draft.model.condition(condition)
        unique = Unique(name, fields, named=given is not None, where=condition, **more)
        draft.model.uniques.append(unique)

    def _order_key(self, draft: Draft) -> None:
        model = draft.model
        unique = (it.fields for it in model.uniques if it.referable)
        fit = (it for it in unique if all(sortable(of) and not of.optional for of in it))
        # A view has no ctid.
        sorting = tuple(it for it in model.fields if sortable(it) and not model.managed)
        model.order_key = model.key or next(fit, sorting)

    def _remotes(self, draft: Draft) -> None:
        for reference in draft.model.references:
            target = reference.target
            remote = {it for _, it in reference.columns}
            uniques = (it for it in target.uniques if it.referable)
            keys = [set(target.key), *(set(it.fields) for it in uniques)]
            if (target.key or self.loading.drafts[target.name].keyless) and remote not in keys:
                listed = ", ".join(it.name for _, it in reference.columns)
                what = f"({listed}) is neither the key of {target.name} nor one of its uniques"
                if target.soft_delete and remote in [set(it.fields) for it in target.uniques]:
                    what = f"({listed}) is unique only among rows of {target.name} that are not"
                    what += " deleted: reference the key, or leave out soft_delete"
                elif remote in [set(it.fields) for it in target.uniques]:
                    what = (
                        f"({listed}) has only a unique with `where` or `deferrable`: add"
                        " one without"
                    )
                self.problems.add(f"{draft.name}.{reference.name}", Code.TARGET, what)

    def _inverses(self, draft: Draft) -> None:
        for reference in draft.model.references:
            raw = draft.refs()[reference.name]
            if raw.inverse is False:
                continue
            one = reference.unique
            name = raw.inverse or (draft.model.singular if one else draft.model.plural)
            what = f"the inverse of {draft.name}.{reference.name}"
            target = self.loading.drafts[reference.target.name]
            attribute = self.loading.attribute(target, name, what)
            if attribute is not None:
                reference.inverse = Inverse(
                    name=name, attribute=attribute, reference=reference, one=one
                )
                target.model.inverses.append(reference.inverse)

    def _indexes(self, draft: Draft) -> None:
        model = draft.model
        for name, raw in draft.entries.items():
            if isinstance(raw, grammar.Scalar) and raw.index is not False:
                self._field_index(draft, f"{draft.name}.{name}", draft.scalars[name], raw)
        for at, it in draft.indexes.items():
            self._given_index(draft, f"{draft.name}.indexes[{at}]", it)
        for reference in model.references:
            columns = [local for local, _ in reference.columns]
            if draft.refs()[reference.name].index and not _led(draft, set(columns)):
                where = f"{draft.name}.{reference.name}"
                self._index(draft, where, tuple((it, False) for it in columns), None, None)

    def _given_index(self, draft: Draft, where: str, raw: grammar.Index) -> None:
        listed = self.loading.fields(draft, where, raw.fields, descending=True)
        include = self.loading.fields(draft, where, raw.include)
        if listed is None or include is None:
            return
        if bool(raw.fields) == bool(raw.expr):
            what = "needs either fields or an expr"
            self.problems.add(where, Code.INDEX_OF, what)
            return
        if raw.expr and raw.name is None:
            what = f"write {{expr: {plain(raw.expr)}, name: ix_{draft.model.table}_…}}"
            self.problems.add(where, Code.INDEX_OF, what)
            return
        for key, text in (("expr", raw.expr), ("where", raw.where)):
            if text is not None and (wrong := sql.fault(text)) is not None:
                self.problems.add(f"{where}.{key}", Code.SQL, wrong)
        if raw.method is not None:
            for field, _ in listed:
                if (unfit := _unfit(raw.method, field.type)) is not None:
                    self.problems.add(f"{where}.method", *unfit)
                    return
            if raw.method not in METHODS:
                what = f"{show(raw.method)} is not an index method; there are {', '.join(METHODS)}"
                self.problems.add(f"{where}.method", Code.INDEX, what)
        ordered = any(down for _, down in listed)
        if raw.method not in (None, "btree") and (raw.unique or ordered):
            what = f"{raw.method} supports neither an order nor unique: only btree does"
            self.problems.add(f"{where}.method", Code.INDEX_TYPE, what)
        if raw.method in ("hash", "spgist") and len(listed) > 1:
            what = f"{raw.method} indexes one column: write an index for each, or leave out method"
            self.problems.add(f"{where}.method", Code.INDEX_TYPE, what)
        if raw.method not in (None, "btree", "gist", "spgist") and include:
            what = f"{raw.method} does not support include: only btree, gist and spgist do"
            self.problems.add(f"{where}.include", Code.INDEX_TYPE, what)
        self._index(
            draft,
            where,
            tuple(listed),
            None if raw.method == "btree" else raw.method,
            raw.name,
            expr=raw.expr and raw.expr.strip(),
            where=raw.where and raw.where.strip(),
            include=tuple(it for it, _ in include),
            unique=raw.unique,
        )

    def _field_index(self, draft: Draft, where: str, field: Field, raw: grammar.Scalar) -> None:
        method = raw.index if isinstance(raw.index, str) else None
        if method is not None and (wrong := _unfit(method, field.type)) is not None:
            self.problems.add(f"{where}.index", *wrong)
            return
        method = None if method == "btree" else method
        if method is None and _led(draft, {field}):
            self.problems.warn(
                where, "already has an index, by a key, a unique or `index`: leave this one out"
            )
            return
        self._index(draft, where, ((field, False),), method, None)

    def _index(
        self,
        draft: Draft,
        at: str,
        fields: tuple[tuple[Field, bool], ...],
        method: str | None,
        given: str | None,
        **more: Any,
    ) -> None:
        only = [it for it, _ in fields]
        name = given or _by_convention("ix", draft.model.table, only)
        if given is not None:
            self.loading.sql_name(at, given, "index")
        listed = ", ".join("-" * down + it.name for it, down in fields)
        self.loading.identifier(
            at, name, f"write indexes: [{{fields: [{listed}], name: …}}] with a shorter one"
        )
        self.loading.relation(draft.name, name, "the index", draft.model.schema)
        index = Index(name, fields, method, named=given is not None, **more)
        draft.model.indexes.append(index)

    def _checks(self, draft: Draft) -> None:
        model = draft.model
        for field in model.fields:
            if field.made_by_reference:
                continue
            longest = field.type.length or types.info(field.type).length
            model.checks += sql.limits(field, model.table, field.pattern, longest)
        for name, raw in draft.checks.items():
            self._check(draft, name, raw)
        for it in model.checks:
            where = draft.name if it.field is None else f"{draft.name}.{it.field.name}"
            instead = f"write checks: {{{it.name}: {{name: …}}}} with a shorter one"
            self.loading.identifier(where, it.full_name, instead)
        seen: dict[str, str] = {}
        own = [
            (model.key_name, "the key"),
            *((it.name, "a unique") for it in model.unique_constraints),
            *((it.name, f"the exclusion {it.name}") for it in model.excludes),
            *((it.constraint, f"the reference {it.name}") for it in model.references),
            *((it.full_name, f"the check {it.name}") for it in model.checks),
        ]
        for name, what in own:
            if name in seen and not {what, seen[name]} <= {"the key", "a unique"}:
                both = (
                    f"{seen[name]} and {what} have the same constraint name,"
                    f" {plain(name)}: rename one"
                )
                self.problems.add(draft.name, Code.CONSTRAINT_TWICE, both)
            seen.setdefault(name, what)

    def _sql(self, draft: Draft) -> None:
        """Columns that SQL names, and that the table hasn't."""
        if draft.broken:
            return
        known = [it.column for it in draft.model.fields]
        for where, text in _pieces(draft):
            if text is None or sql.fault(text) is not None:
                continue
            for name, certain in sql.unknown_columns(text, {*known, draft.model.table}):
                near = did_you_mean(name, known)
                what = f"there is no column {plain(name)}, and text needs single quotes{near}"
                if certain:
                    self.problems.add(where, Code.COLUMN, what)
                else:
                    self.problems.warn(where, what)

    def _check(self, draft: Draft, name: str, raw: grammar.Check) -> None:
        """A check of its own, or the name of that of a limit."""
        model = draft.model
        where = f"{draft.name}.checks.{plain(name)}"
        if not re.fullmatch(names.FIELD, name):
            self.problems.add(where, Code.NAME, "names must be in ASCII and snake_case")
        if raw.name is not None:
            self.loading.sql_name(f"{where}.name", raw.name, "constraint")
        full_name = raw.name or f"ck_{model.table}_{name}"
        if raw.sql is not None:
            if (wrong := sql.fault(raw.sql)) is not None:
                self.problems.add(where, Code.SQL, wrong)
            named = raw.name is not None
            model.checks.append(Check(name, raw.sql.strip(), full_name, named=named))
            return
        limits = {it.name: place for place, it in enumerate(model.checks) if it.field}
        if name not in limits:
            what = f"has no `sql`: write SQL as text{did_you_mean(name, limits)}"
            self.problems.add(where, Code.SQL, what)
        else:
            place = limits[name]
            model.checks[place] = replace(model.checks[place], full_name=full_name, named=True)


def _pieces(draft: Draft) -> Iterator[tuple[str, str | None]]:
    """All SQL of a model that stands for a value of a row, with where that is."""
    for name, entry in draft.entries.items():
        if isinstance(entry, grammar.Scalar):
            yield f"{draft.where(name)}.computed", entry.computed
            yield f"{draft.where(name)}.server_default", entry.server_default
    for name, check in draft.checks.items():
        yield f"{draft.name}.checks.{plain(name)}", check.sql
    for at, index in draft.indexes.items():
        yield f"{draft.name}.indexes[{at}].expr", index.expr
        yield f"{draft.name}.indexes[{at}].where", index.where
    for at, unique in draft.uniques.items():
        yield f"{draft.name}.unique[{at}].where", unique.where
    for at, exclude in draft.excludes.items():
        yield f"{draft.name}.exclude[{at}].where", exclude.where
        for first, *_ in exclude.elements:
            if not names.FIELD.fullmatch(first):  # else a field, told where there is none
                yield f"{draft.name}.exclude[{at}]", first


def _by_convention(kind: str, table: str, fields: tuple[Field, ...] | list[Field]) -> str:
    return "_".join([kind, table, *(it.column for it in fields)])


def _led(draft: Draft, columns: set[Field]) -> bool:
    """Whether a key, a unique or an index starts with `columns`, in whatever order."""
    model = draft.model
    lists = [
        model.key,
        *(it.fields for it in model.unique_constraints),
        *(tuple(f for f, _ in it.fields) for it in model.indexes if it.leads),
    ]
    return any(set(it[: len(columns)]) == columns for it in lists)


def _unfit(method: str, type_: Type) -> tuple[Code, str] | None:
    """Why an index method doesn't serve a type, as PostgreSQL has it without extensions."""
    family, array = types.info(type_).family, type_.array
    kind = f"{type_.name}[]" if array else type_.name
    fits = {
        "btree": True,
        "hash": array or type_.name not in ("ltree", "tsvector", "vector"),
        "gin": array or family == "json" or type_.name in ("tsvector", "custom"),
        "gist": not array
        and (family == "range" or type_.name in types.BY_GIST | types.BY_BTREE_GIST),
        "spgist": not array
        and (
            type_.name in ("inet", "cidr")
            or family == "range"
            or type_.name == "custom"
            or (family == "text" and type_.name not in ("char", "citext"))
        ),
        "brin": not array
        and family not in ("bool", "json")
        and type_.name not in ("enum", "citext", "ltree", "tsvector", "vector"),
    }
    if method not in fits:
        what = f"{show(method)} is not an index method; there are {', '.join(METHODS)}"
        return Code.INDEX, what
    return None if fits[method] else (Code.INDEX_TYPE, f"{method} does not support {kind}")
