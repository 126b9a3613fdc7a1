"""Rules about a row as it is to be: before an INSERT makes it, and as an UPDATE leaves it.

They are asked about the values that a statement is given, in place of the columns. So
one statement asks and writes, and nobody comes in between.
"""

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import MANYTOONE
from sqlalchemy.sql import visitors

from app.database.base import Base
from app.database.policy import ANSWERS, Criteria, RulePlaceholder

if TYPE_CHECKING:
    from app.access.policy import Policy

Values = Mapping[str, sa.ColumnElement[Any]]


class Reference:
    """A reference of a row: to a row that whoever asks can see, or it is as if absent."""

    def __init__(
        self,
        columns: Mapping[Any, Any],
        policy: "Policy",
        by_key: sa.ColumnElement[bool] | None,
    ) -> None:
        self.columns = columns  # ours, and what they are equal to
        self.policy = policy
        self.by_key = by_key  # of our row
        self.rule = policy.placeholder("read")
        self.rule.is_part = True  # as it may refer to nothing

    @cached_property
    def is_seen_from_new(self) -> sa.Select[Any]:
        """One row where values by themselves refer to what can be seen."""
        return sa.select(sa.true()).where(Seen(self))

    @cached_property
    def is_seen_from_changed(self) -> sa.Select[Any]:
        """One row where the row of a request does, with what is changed of it."""
        assert self.by_key is not None
        return sa.select(sa.true()).where(self.by_key, Seen(self, stored=True))

    @property
    def fields(self) -> list[str]:
        """What a request calls its columns."""
        return [str(it.key).removesuffix("_") for it in self.columns]

    def given(self, names: Collection[str]) -> bool:
        return any(it.key in names for it in self.columns)

    def stays(self, row: Values, sent: Values) -> Criteria:
        """That none of its columns in `row` is `sent`, if that differs from row to row."""
        names = [it.key for it in self.columns if it.key in row]
        if any(it not in sent for it in names):
            return []
        return [sa.not_(sa.or_(*(sent[it] for it in names)))]

    def seen(self, row: Values) -> Criteria:
        """What `is_seen` asks; nothing, where all rows can be seen."""
        return [self.is_seen(row)] if ANSWERS.get()[self.rule] else []

    def is_seen(self, row: Values) -> sa.ColumnElement[bool]:
        """That `row` refers to none, or to one that can be seen."""
        ours = {it: row.get(it.key, it) for it in self.columns}
        found = there_is({self.columns[it]: of for it, of in ours.items()}, self.rule)
        return sa.or_(*(it.is_(None) for it in ours.values()), found)


def references(policy: "Policy") -> list[Reference]:
    from app.access.policy import policy_of

    return [
        Reference(
            dict(it.local_remote_pairs), policy_of(it.mapper.class_), policy.by_key
        )
        for it in sa.inspect(policy.model).relationships
        if it.direction is MANYTOONE and not it.viewonly
    ]


def there_is(
    on: Mapping[Any, Any], criterion: sa.ColumnElement[bool]
) -> sa.ColumnElement[bool]:
    """That a row meets `criterion` whose columns are equal, `on` theirs: ours.

    Those may be of the same table, as theirs are in a SELECT of their own.
    """
    rows = sa.select(*on).where(criterion).subquery()
    same = (theirs == ours for theirs, ours in zip(rows.c, on.values(), strict=True))
    return sa.exists().where(*same).correlate_except(rows)


def table_of(model: type[Base]) -> sa.Table:
    table = model.__table__
    assert isinstance(table, sa.Table)
    return table


class NewRow(postgresql.Insert):
    """INSERT of a row that the rule of `create` allows, and of none otherwise.

    What it refers to has to be seen.
    """

    inherit_cache = False  # each answer of a rule makes another statement

    def __init__(self, policy: "Policy", made: Collection[str] = ()) -> None:
        self.own = table_of(policy.model)
        super().__init__(self.own)
        self.policy = policy
        self.rule = policy.placeholder("create")
        self.made = made  # columns that refer to what is made with it

    @property
    def references(self) -> list[Reference]:
        """Which have to be to rows that can be seen."""
        return [it for it in self.policy.references if not it.given(self.made)]

    def get_children(self, **options: Any) -> Any:
        rules = [it.rule for it in self.references]
        return [*super().get_children(**options), self.rule, *rules]

    def sent(self, names: Iterable[str] | None) -> Values:
        """What its columns are set to, where values with these `names` are given."""
        columns = self.own.c
        named = [it for it in names or () if it in columns]
        given = {it: sa.bindparam(it, type_=columns[it].type) for it in named}
        fixed: Any = self._values or {}
        return {**given, **fixed}

    def row(self, names: Iterable[str] | None) -> Values:
        """With the defaults of columns; what PostgreSQL is to make is null."""
        sent = self.sent(names)
        return {it.key: sent.get(it.key, default(it)) for it in self.own.c}

    def asked(self, names: Collection[str] | None) -> Criteria:
        """What has to be true of the row; nothing, where whoever asks may make any."""
        row = self.row(names)
        found = [with_values(it, self.own, row) for it in ANSWERS.get()[self.rule]]
        for it in self.references:
            if it.given(names or ()):
                found += it.seen(row)
        return found


def default(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    make: Any = column.default
    if make is not None and make.is_scalar:
        return sa.literal(make.arg, column.type)
    return sa.cast(sa.null(), column.type)


@compiles(NewRow)
def compile_new_row(insert: NewRow, compiler: Any, **options: Any) -> Any:
    """INSERT … VALUES where nothing is asked of the row, else … SELECT … WHERE."""
    criteria = insert.asked(compiler.column_keys)
    if not criteria:
        return compiler.visit_insert(insert, **options)
    sent = insert.sent(compiler.column_keys)
    named = [it.label(name) for name, it in sent.items()]
    made = postgresql.insert(insert.own)
    made = made.from_select([*sent], sa.select(*named).where(*criteria))
    made._post_values_clause = insert._post_values_clause
    return compiler.visit_insert(made.returning(*insert._returning), **options)


class RowRule(sa.ColumnElement[bool]):
    """What is asked of a row as a statement is to make or leave it."""

    inherit_cache = False
    type = sa.Boolean()

    def rules(self) -> list[RulePlaceholder]:
        raise NotImplementedError

    def criteria(self, compiler: Any) -> Criteria:
        raise NotImplementedError

    def get_children(self, **options: Any) -> Any:
        return self.rules()


@compiles(RowRule)
def compile_row_rule(rule: RowRule, compiler: Any, **options: Any) -> str:
    asked = sa.and_(sa.true(), *rule.criteria(compiler))
    return str(compiler.process(asked.self_group(), **options))


class Allowed(RowRule):
    """In a SELECT with the values of `insert`: that the rule of `create` allows the row."""

    inherit_cache = False

    def __init__(self, insert: NewRow) -> None:
        self.insert = insert

    def rules(self) -> list[RulePlaceholder]:
        return [self.insert.rule]

    def criteria(self, compiler: Any) -> Criteria:
        row, own = self.insert.row(compiler.column_keys), self.insert.own
        return [with_values(it, own, row) for it in ANSWERS.get()[self.insert.rule]]


class Seen(RowRule):
    """In a SELECT with values of a row: that what `reference` leads to can be seen.

    Its other columns are as they are `stored` in the row that is selected, or as new.
    """

    inherit_cache = False

    def __init__(self, reference: Reference, *, stored: bool = False) -> None:
        self.reference = reference
        self.stored = stored

    def rules(self) -> list[RulePlaceholder]:
        return [self.reference.rule]

    def criteria(self, compiler: Any) -> Criteria:
        columns, names = self.reference.columns, compiler.column_keys or ()
        if not self.reference.given(names):
            return []
        row = {} if self.stored else {it.key: default(it) for it in columns}
        given = (it for it in columns if it.key in names)
        row |= {it.key: sa.bindparam(it.key, type_=it.type) for it in given}
        return self.reference.seen(row)


class After(RowRule):
    """That the rule of `update` holds of a row when its columns are set to `values`.

    By default they are what an UPDATE sets, and all others stay; nothing is asked in
    other statements. What it then refers to has to be seen. Of many rows, whether a
    column of one is set is in `sent`.
    """

    inherit_cache = False

    def __init__(
        self,
        policy: "Policy",
        values: Values | None = None,
        sent: Values = MappingProxyType({}),
    ) -> None:
        self.policy = policy
        self.own = table_of(policy.model)
        self.rule = policy.placeholder("update")
        self.values = values
        self.sent = sent

    def rules(self) -> list[RulePlaceholder]:
        return [self.rule, *(it.rule for it in self.policy.references)]

    def known(self, compiler: Any) -> Values:
        if self.values is not None:
            return self.values
        changes = compiler.isupdate and compiler.compile_state.dml_table is self.own
        set_by = compiler.binds if changes else {}
        return {it.key: set_by[it.key] for it in self.own.c if it.key in set_by}

    def criteria(self, compiler: Any) -> Criteria:
        values = self.known(compiler)
        if not values:
            return []
        found = [with_values(it, self.own, values) for it in ANSWERS.get()[self.rule]]
        for it in self.policy.references:
            if it.given(values):
                stays = it.stays(values, self.sent)
                found += [sa.or_(seen, *stays) for seen in it.seen(values)]
        return found


def with_values(
    criterion: sa.ColumnElement[bool], table: sa.Table, values: Values
) -> sa.ColumnElement[bool]:
    """`criterion` about `values` in place of the columns of `table`."""

    def value(part: Any, **options: Any) -> Any:
        if isinstance(part, RulePlaceholder | RowRule | sa.Subquery):
            return part  # which is about other rows; answers are known by the object
        is_column = isinstance(part, sa.Column) and part.table is table
        return values.get(part.key) if is_column else None

    replaced: Any = visitors.replacement_traverse
    found: sa.ColumnElement[bool] = replaced(criterion, {}, value)
    return found
