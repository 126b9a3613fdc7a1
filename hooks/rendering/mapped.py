"""What `model.py` of a resource prints."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

from ..language import names
from ..language.spec import (
    Action,
    Check,
    Deferrable,
    Exclude,
    Field,
    Index,
    Inverse,
    Many,
    Model,
    Reference,
    Unique,
)
from ..layout import Group, assign, at, call, imports, literal, prefixed, seq
from ..types import fill, python, row, sqlalchemy
from .literals import factory, field_value, stored_text


class Mapping:
    """The mapped class of a model, and the association tables that it declares."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.name = model.name
        self.table = literal(model.table)
        # A mixin of references alone has no columns of its own.
        self.mixins = list(dict.fromkeys(it.mixin for it in model.fields if it.mixin))
        # Without a key or a unique, only PostgreSQL's own address of a row is another.
        self.placed = model.managed and not model.order_key
        more = ["Timestamps"] * model.timestamps + ["Keyless"] * self.placed
        self.bases = ", ".join([*self.mixins, *more, "Base"])

    @cached_property
    def fields(self) -> list[Field]:
        """Those that no mixin brings."""
        added = ("created_at", "updated_at")
        return [it for it in self.model.fields if not it.mixin and it.generated not in added]

    @property
    def mapper_args(self) -> str:
        """What the mapper takes for the key of a table that has none."""
        if self.model.key or self.placed:
            return ""
        columns = self.model.order_key or tuple(self.model.fields)
        key = prefixed('"primary_key": ', seq(_keys(columns)))
        return at(seq([key, '"eager_defaults": True'], "{}"), 4, "__mapper_args__ = ")

    @cached_property
    def columns(self) -> list[str]:
        return [self._column(it) for it in self.fields]

    def _column(self, it: Field) -> str:
        model = self.model
        keys = [
            _foreign_key(reference)
            for reference in model.references
            if _is_single(reference) and reference.columns[0][0] is it
        ]
        unique = any(of.fields == (it,) and _is_bare(of) for of in model.uniques)
        index = any(_is_plain(index) and index.fields[0][0] is it for index in model.indexes)
        key = self._is_bare_key and it in model.key
        flags = {"primary_key": key, "unique": unique, "index": index}
        set_ = [name for name, is_set in flags.items() if is_set]
        return column(it, keys, set_, numbered=model.key != (it,))

    @property
    def _is_bare_key(self) -> bool:
        """What `primary_key=True` on a column makes."""
        single = len(self.model.key) == 1 and not self.model.key[0].mixin
        return single and not self.model.key_named

    @cached_property
    def table_args(self) -> str:
        """`__table_args__`: what isn't said on a column; empty where there is none."""
        model = self.model
        parts: list[str | Group] = []
        if model.key and not self._is_bare_key:
            name = literal(model.key_name) if model.key_named else None
            parts.append(call("sa.PrimaryKeyConstraint", *_keys(model.key), name=name))
        for reference in model.references:
            if not _is_single(reference):
                ours = seq(_keys(tuple(a for a, _ in reference.columns)))
                theirs = seq(_remote(reference))
                actions = _options(reference)
                parts.append(call("sa.ForeignKeyConstraint", ours, theirs, **actions))
        for unique in model.unique_constraints:
            if not _is_bare(unique):
                name = literal(unique.name) if unique.named else None
                options = unique_options(unique, _keys(unique.include))
                made = call("sa.UniqueConstraint", *_keys(unique.fields), name=name, **options)
                parts.append(made)
        parts += [
            call("sa.CheckConstraint", literal(sql_text(it.sql)), name=_check_name(it))
            for it in model.checks
        ]
        parts += [excluding(it, attributes=True) for it in model.excludes]
        for index in model.all_indexes:
            if not _is_plain(index):
                keys: list[str | Group] = [_sorted(it, down) for it, down in index.fields]
                keys = keys or [expression(index)]
                options = index_options(index, _keys(index.include))
                parts.append(call("sa.Index", literal(index.name), *keys, **options))
        if rest := self._table_options:
            parts.append(seq(rest, "{}"))
        if not parts:
            return ""
        if len(parts) == 1:
            one = parts[0]
            line = f"    __table_args__ = ({one},)"
            if len(line) <= 88:
                return line.strip()
            return f"__table_args__ = (\n        {at(one, 8, after=',')}\n    )"
        lines = "\n".join(f"        {at(part, 8, after=',')}" for part in parts)
        flat = f"    __table_args__ = ({', '.join(map(str, parts))})"
        return flat.strip() if len(flat) <= 88 else f"__table_args__ = (\n{lines}\n    )"

    @property
    def _table_options(self) -> list[str]:
        model = self.model
        options = [f'"schema": {literal(model.schema)}'] if model.schema else []
        was = names.plural(names.snake(model.was)) if model.was else None
        if not model.managed:
            options.append('"info": {"managed": False}')
        elif info := _former(was, model.table):
            options.append(f'"info": {info}')
        return options

    @cached_property
    def associations(self) -> list[str]:
        return [_association(it) for it in self.model.manys if it.through is None]

    @cached_property
    def relations(self) -> list[str]:
        model = self.model
        made = [self._to_one(it) for it in model.references]
        made += [self._inverse(it) for it in model.inverses]
        made += [self._many(it, declared=True) for it in model.manys]
        made += [self._many(it, declared=False) for it in model.inverse_manys]
        return made

    def _to_one(self, it: Reference) -> str:
        kind = f'"{it.target.name}"' if not it.optional else f'"{it.target.name} | None"'
        options: dict[str, str | Group | None] = {
            "foreign_keys": _foreign_keys(it) if _is_ambiguous(it) else None,
            "remote_side": _remote_side(it) if it.target is self.model else None,
            "back_populates": literal(it.inverse.attribute) if it.inverse else None,
            "lazy": '"raise"',
            "overlaps": _overlaps(it, it.attribute),
        }
        return self._relation(it.attribute, kind, options)

    def _inverse(self, it: Inverse) -> str:
        reference = it.reference
        kind = f'"{reference.model.name} | None"' if it.one else f'list["{reference.model.name}"]'
        options: dict[str, str | Group | None] = {
            "foreign_keys": _foreign_keys(reference) if _is_ambiguous(reference) else None,
            "primaryjoin": _alive_join(reference) if it.one else None,
            "back_populates": literal(reference.attribute),
            "lazy": '"raise"',
            "passive_deletes": '"all"',
            "overlaps": _overlaps(reference, it.attribute),
        }
        return self._relation(it.attribute, kind, options)

    def _many(self, it: Many, *, declared: bool) -> str:
        target = it.target if declared else it.model
        attribute = it.attribute if declared else it.inverse_attribute
        other = it.inverse_attribute if declared else it.attribute
        assert attribute is not None
        options: dict[str, str | Group | None] = {}
        if it.through is None:
            options["secondary"] = literal(it.full_table)
            if it.target is it.model:
                ours, theirs = (it.local, it.remote) if declared else (it.remote, it.local)
                options["primaryjoin"] = _join(it, ours)
                options["secondaryjoin"] = _join(it, theirs)
            options["back_populates"] = literal(other) if other else None
        else:
            assert it.through_local is not None
            assert it.through_remote is not None
            options["secondary"] = literal(it.through.full_table)
            ours_, theirs_ = it.through_local, it.through_remote
            if not declared:
                ours_, theirs_ = theirs_, ours_
            options["primaryjoin"] = _through_join(ours_)
            options["secondaryjoin"] = _through_join(theirs_)
            options["viewonly"] = "True"
        options["lazy"] = '"raise"'
        return self._relation(attribute, f'list["{target.name}"]', options)

    def _relation(self, attribute: str, kind: str, options: dict[str, str | Group | None]) -> str:
        return assign(4, f"{attribute}: Mapped[{kind}]", call("relationship", **options))

    @cached_property
    def imports(self) -> str:
        model = self.model
        needed = {"app.database.base:Base"}
        if uses_sqlalchemy(*self.columns, self.table_args, *self.associations):
            needed.add("sqlalchemy as sa")
        if self.fields:
            needed |= {"sqlalchemy.orm:Mapped", "sqlalchemy.orm:mapped_column"}
        if model.excludes:
            needed.add("sqlalchemy.dialects:postgresql")
        if model.timestamps:
            needed.add("app.database.base:Timestamps")
        if self.placed:
            needed.add("app.database.keyless:Keyless")
        if self.relations:
            needed |= {"sqlalchemy.orm:Mapped", "sqlalchemy.orm:relationship"}
        for it in self.fields:
            needed |= column_needs(it)
        needed |= {f"app.mixins:{name}" for name in self.mixins}
        for many in model.manys:
            if many.through is None:
                for _, side in (*many.local, *many.remote):
                    if "postgresql." in sqlalchemy(side.type):
                        needed.add("sqlalchemy.dialects:postgresql")
                    if side.type.enum:
                        needed.add("app.database.base:native_enum")
                        needed.add(f"app.enums:{side.type.enum.name}")
        if self.others:
            needed.add("typing:TYPE_CHECKING")
        return imports(needed)

    @cached_property
    def others(self) -> str:
        """The imports of other models, for the type checker only."""
        model = self.model
        found = [it.target for it in model.references]
        found += [it.reference.model for it in model.inverses]
        found += [it.target for it in model.manys]
        found += [it.model for it in model.inverse_manys]
        names = {f"app.resources.{it.plural}.model:{it.name}" for it in found if it is not model}
        return f"    {imports(names, 4)}" if names else ""


def column(
    it: Field, keys: Sequence[Group] = (), flags: Sequence[str] = (), *, numbered: bool = True
) -> str:
    """The attribute of a mapped class or a mixin, with foreign `keys` and what else is set.

    SQLAlchemy has the database number an integer that is the key, unless told not to.
    """
    arguments: list[str | Group] = [sqlalchemy(it.type)]
    if it.attribute != it.column:
        arguments.insert(0, literal(it.column))
    if it.identity and not it.serial:
        arguments.append("sa.Identity()")
    if it.computed is not None:
        arguments.append(computed(it.computed))
    options: dict[str, str | Group | None] = {}
    if it.attribute != it.column:
        options["key"] = literal(it.attribute)
    if it.generated == "uuid7":
        options["default"] = "uuid7"
    elif it.generated == "uuid4":
        options["server_default"] = "sa.func.gen_random_uuid()"
    elif it.has_default:
        changes = isinstance(it.default, list | dict)
        options["default"] = (factory if changes else field_value)(it, it.default)
        options["server_default"] = constant(it)
    elif it.server_default is not None:
        options["server_default"] = call("sa.text", literal(sql_text(it.server_default)))
    if it.generated == "row_version":
        options["onupdate"] = call("sa.text", literal("row_version + 1"))
    if is_unnumbered(it) and not numbered:
        options["autoincrement"] = "False"
    options["info"] = _former(former_column(it), it.column)
    kind = python(it.type) + (" | None" if it.optional else "")
    made = call("mapped_column", *arguments, *keys, **options, **dict.fromkeys(flags, "True"))
    return assign(4, f"{it.attribute}: Mapped[{kind}]", made)


def constant(it: Field) -> str | Group:
    """The DEFAULT of a column whose default is a literal, for INSERTs that don't know it."""
    text = stored_text(it.type, it.default)
    if not re.search(r"['\\]", text):
        return literal(text)
    quoted = text.replace("'", "''")
    return call("sa.text", literal(sql_text(f"'{quoted}'")))


def former_column(it: Field) -> str | None:
    """What the column was called, by `was` of the field or of the reference that made it."""
    if it.made_by_reference and it.reference is not None and it.reference.was:
        remote = next(theirs for ours, theirs in it.reference.columns if ours is it)
        return names.reference_column(it.reference.was, remote.name)
    return it.was


def is_unnumbered(it: Field) -> bool:
    """A natural key of one integer."""
    of_its_own = not it.identity and it.reference is None and it.server_default is None
    return row(it.type).family == "integer" and of_its_own


def column_needs(it: Field) -> set[str]:
    """What `column` needs imported."""
    needed = {fill(entry, it.type) for entry in row(it.type).imports}
    if "postgresql." in sqlalchemy(it.type):
        needed.add("sqlalchemy.dialects:postgresql")
    if it.type.enum:
        needed.add("app.database.base:native_enum")
    if sqlalchemy(it.type).startswith(("Native(", "postgresql.ARRAY(Native(")):
        needed.add("app.database.types:Native")
    if it.type.name == "vector":
        needed.add("json:loads")
    if it.generated == "uuid7":
        needed.add("app.database.keys:uuid7")
    return needed


def uses_sqlalchemy(*code: str) -> bool:
    return any(re.search(r"(?<![\w.])sa\.", it) for it in code)


def sql_text(sql: str) -> str:
    """SQL for `sa.text`, which reads `:name` as a parameter and takes the backslash of `\\:`."""
    return re.sub(r"((?<![:\w\\]):\w+|\\:\w*)(?![:\w])", r"\\\1", sql)


def computed(sql: str) -> Group:
    return call("sa.Computed", literal(sql_text(sql)), persisted="True")


def _check_name(it: Check) -> str | Group:
    return call("sa.schema.conv", literal(it.full_name)) if it.named else literal(it.name)


def _is_single(reference: Reference) -> bool:
    """What `sa.ForeignKey` on a column makes; a mixin's column isn't this model's to change."""
    return len(reference.columns) == 1 and not reference.columns[0][0].mixin


def _is_plain(index: Index) -> bool:
    """What `index=True` on a column makes."""
    if len(index.fields) != 1 or not index.leads or index.include or index.unique:
        return False
    ((field, down),) = index.fields
    return not (down or index.named or field.mixin)


def _is_bare(unique: Unique) -> bool:
    """What `unique=True` on a column makes."""
    single = len(unique.fields) == 1 and not unique.fields[0].mixin
    return single and unique.plain and not unique.named


def expression(index: Index) -> Group:
    return call("sa.text", literal(sql_text(index.expr or "")))


def index_options(index: Index, include: list[str]) -> dict[str, str | Group | None]:
    where = call("sa.text", literal(sql_text(index.where))) if index.where else None
    return {
        "unique": "True" if index.unique else None,
        "postgresql_using": literal(index.method) if index.method else None,
        "postgresql_include": seq(include) if include else None,
        "postgresql_where": where,
        "postgresql_nulls_not_distinct": "True" if index.nulls_not_distinct else None,
    }


def unique_options(unique: Unique, include: list[str]) -> dict[str, str | Group | None]:
    return {
        **deferrable(unique.deferrable),
        "postgresql_include": seq(include) if include else None,
        "postgresql_nulls_not_distinct": "True" if unique.nulls_not_distinct else None,
    }


def excluding(it: Exclude, *, attributes: bool = False, name: Group | None = None) -> Group:
    elements: list[Group] = []
    for element in it.elements:
        term: str | Group = call("sa.text", literal(sql_text(f"({element.sql})")))
        if element.field:
            term = literal(element.field.attribute if attributes else element.field.column)
        elements.append(seq([term, literal(element.operator)], "()"))
    return call(
        "postgresql.ExcludeConstraint",
        *elements,
        name=name or literal(it.name),
        using=literal(it.using),
        where=call("sa.text", literal(sql_text(it.where))) if it.where else None,
        **deferrable(it.deferrable),
    )


def deferrable(kind: Deferrable | None) -> dict[str, str | Group | None]:
    if kind is None:
        return {}
    return {"deferrable": "True", "initially": literal(kind.removeprefix("initially_").upper())}


def _keys(fields: tuple[Field, ...]) -> list[str]:
    return [literal(it.attribute) for it in fields]


def _sorted(field: Field, descending: bool) -> str:
    """A key of an index. One that descends is an expression, of the column's own name."""
    return f"sa.column({literal(field.column)}).desc()" if descending else literal(field.attribute)


def _remote(reference: Reference) -> list[str]:
    return [literal(f"{reference.target.full_table}.{it.attribute}") for _, it in reference.columns]


def _options(reference: Reference) -> dict[str, str | Group | None]:
    columns = "_".join(ours.column for ours, _ in reference.columns)
    convention = f"fk_{reference.model.table}_{columns}"
    named = reference.constraint != convention
    return {
        "name": literal(reference.constraint) if named else None,
        **actions(reference),
        **deferrable(reference.deferrable),
        "use_alter": "True" if reference.deferred else None,
    }


def actions(reference: Reference) -> dict[str, str | Group | None]:
    """`ondelete` and `onupdate` as SQLAlchemy takes them; NO ACTION is PostgreSQL's default."""
    given = {"ondelete": reference.on_delete, "onupdate": reference.on_update}
    return {name: action(it) for name, it in given.items() if it != "no_action"}


def action(name: Action) -> str | None:
    return None if name == "no_action" else literal(name.upper().replace("_", " "))


def _foreign_key(reference: Reference) -> Group:
    return call("sa.ForeignKey", *_remote(reference), **_options(reference))


def _is_ambiguous(reference: Reference) -> bool:
    """More than one foreign key joins the two tables, in either direction."""
    one, other = reference.model, reference.target
    between = [it for it in one.references if it.target is other]
    if one is not other:
        between += [it for it in other.references if it.target is one]
    return len(between) > 1


def _attributes(model: Model, fields: list[Field]) -> str:
    names = ", ".join(f"{model.name}.{it.attribute}" for it in fields)
    return literal(names if len(fields) == 1 else f"[{names}]")


def _foreign_keys(reference: Reference) -> str:
    return _attributes(reference.model, [ours for ours, _ in reference.columns])


def _remote_side(reference: Reference) -> str:
    return _attributes(reference.target, [theirs for _, theirs in reference.columns])


def _overlaps(reference: Reference, own: str) -> str | None:
    """The relations that write a column of this one as well; SQLAlchemy wants them named."""
    columns = {ours for ours, _ in reference.columns}
    names: list[str] = []
    for it in reference.model.references:
        if it is not reference and columns & {ours for ours, _ in it.columns}:
            names += [it.attribute, *([it.inverse.attribute] if it.inverse else [])]
    return literal(",".join(names)) if names else None


def _alive_join(reference: Reference) -> str | None:
    """To the one row that isn't deleted."""
    if not reference.model.soft_delete:
        return None
    pairs = [
        f"{reference.target.name}.{theirs.attribute} == {reference.model.name}.{ours.attribute}"
        for ours, theirs in reference.columns
    ]
    return literal(f"and_({', '.join([*pairs, f'{reference.model.name}.deleted_at.is_(None)'])})")


def _join(many: Many, side: tuple[tuple[str, Field], ...]) -> str:
    model = many.model
    pairs = [f"{model.name}.{it.attribute} == {many.full_table}.c.{name}" for name, it in side]
    return literal(pairs[0] if len(pairs) == 1 else f"and_({', '.join(pairs)})")


def _through_join(reference: Reference) -> str:
    pairs = [
        f"{reference.target.name}.{theirs.attribute} == {reference.model.name}.{ours.attribute}"
        for ours, theirs in reference.columns
    ]
    return literal(pairs[0] if len(pairs) == 1 else f"and_({', '.join(pairs)})")


def _association(many: Many) -> str:
    parts: list[str | Group] = [literal(many.table), "Base.metadata"]
    for side in (many.local, many.remote):
        model = many.model if side is many.local else many.target
        constraint = many.local_constraint if side is many.local else many.remote_constraint
        options = {
            "name": literal(constraint) if many.constraints_named else None,
            "ondelete": action(many.on_delete),
        }
        theirs = [literal(f"{model.full_table}.{it.attribute}") for _, it in side]
        key = call("sa.ForeignKey", *theirs, **options) if len(side) == 1 else None
        for name, it in side:
            was = None
            if model.was and name == names.reference_column(model.singular, it.name):
                was = names.reference_column(names.snake(model.was), it.name)
            more: dict[str, str | Group | None] = {
                "primary_key": None if many.key_named else "True",
                "info": _former(was, name),
            }
            parts.append(call("sa.Column", literal(name), sqlalchemy(it.type), key, **more))
        if len(side) > 1:
            ours = seq(literal(name) for name, _ in side)
            parts.append(call("sa.ForeignKeyConstraint", ours, seq(theirs), **options))
    if many.key_named:
        columns = [literal(name) for name, _ in many.local + many.remote]
        name = literal(many.key_constraint)
        parts.append(call("sa.PrimaryKeyConstraint", *columns, name=name))
    if many.index:
        columns = [literal(name) for name, _ in many.remote]
        parts.append(call("sa.Index", literal(many.index), *columns))
    schema = literal(many.schema) if many.schema else None
    was = f"{names.snake(many.model.was)}_{many.name}" if many.model.was else None
    was = was if many.table == many.variable else None
    info = _former(was, many.table)
    return assign(0, many.variable, call("sa.Table", *parts, schema=schema, info=info))


def _former(was: str | None, name: str) -> Group | None:
    """`info=` of what was called otherwise."""
    return seq([f'"was": {literal(was)}'], "{}") if was and was != name else None
