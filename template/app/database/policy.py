"""Which rows of a model there are, for whoever asks.

The `policy.py` of a resource says it. Every statement about its rows has those criteria:
by key, lists, counts, bulk, writes, and what other resources ask about them. What
depends on who asks is answered when a statement runs. Each answer is a statement of its
own, compiled once; without a rule, nothing is asked and nothing is compiled anew.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import visitors

from app.database.base import Base

Op = Literal["read", "update", "delete"]
Criteria = Sequence[sa.ColumnElement[bool]]
Rule = Callable[[Op, Any], Criteria]
RULES: list[Rule] = []  # of all policies


class Policy:
    """Which rows of `model` there are; people call one of them `what`.

    `by_key` is the criterion of the row that a request names. Rows that are not `alive`
    are deleted. `rule` is asked with an `Op` and whoever asks. It returns criteria, best
    from module level as each new one is compiled anew, or raises `Forbidden`.
    """

    def __init__(
        self,
        model: type[Base],
        what: str,
        by_key: sa.ColumnElement[bool] | None = None,
        *,
        alive: sa.ColumnElement[bool] | None = None,
        rule: Rule | None = None,
    ) -> None:
        self.model = model
        self.what = what
        self.by_key = by_key
        self.alive = alive
        self._rule = rule  # statements are built with it: it can't be changed later
        if rule:
            RULES.append(rule)

    @property
    def read(self) -> Criteria:
        """The rows that can be seen."""
        return self.criteria("read")

    @property
    def update(self) -> Criteria:
        """The rows that can be seen and changed."""
        return self.criteria("update")

    @property
    def delete(self) -> Criteria:
        """The rows that can be seen and deleted."""
        return self.criteria("delete")

    def criteria(self, op: Op, *, deleted: bool = False) -> Criteria:
        """The rows for which there is `op`; those that are `deleted` too, if so."""
        found: list[sa.ColumnElement[bool]] = []
        if self.alive is not None and not deleted:
            found.append(self.alive)
        if self._rule:
            ops: list[Op] = ["read"] if op == "read" else ["read", op]
            found += [RulePlaceholder(self.what, self._rule, it) for it in ops]
        return found

    @cached_property
    def exists(self) -> sa.Select[Any]:
        """The key of the row that a request names, if it can be seen."""
        return self._key("read")

    @cached_property
    def can_update(self) -> sa.Select[Any]:
        """The key of the row that a request names, if it can be changed."""
        return self._key("update")

    @cached_property
    def can_delete(self) -> sa.Select[Any]:
        """The key of the row that a request names, if it can be deleted."""
        return self._key("delete")

    def _key(self, op: Op) -> sa.Select[Any]:
        assert self.by_key is not None
        key = sa.inspect(self.model).primary_key[0]
        return sa.select(key).where(self.by_key, *self.criteria(op))

    @property
    def within(self) -> Criteria:
        """For statements about what belongs to the row that a request names."""
        assert self.by_key is not None
        return self.seen(self.by_key)

    def seen(self, *criteria: sa.ColumnElement[bool], op: Op = "read") -> Criteria:
        """For statements about other rows: there is `op` for a row that meets `criteria`.

        Empty where there is for every row, as foreign keys suffice then.
        """
        allowed = self.criteria(op)
        if not allowed:
            return []
        # Else, where both are of one table, this would be about the statement's row.
        return [sa.exists().where(*criteria, *allowed).correlate_except(self.model)]


class RulePlaceholder(sa.ColumnElement[bool]):
    """Stands in a statement for the criteria that a rule returns."""

    inherit_cache = False
    type = sa.Boolean()

    def __init__(self, what: str, rule: Rule, op: Op) -> None:
        self.what = what
        self.rule = rule
        self.operation = op

    def answer(self, who: object) -> Criteria:
        """Raises RuntimeError where nobody asks: no statement runs without its criteria."""
        if who is None:
            raise RuntimeError(f"Nobody asks for the {self.what}: `db.asked_by(…)`")
        return self.rule(self.operation, who)


# What rules answered, in the order in which they were asked: rules may ask others.
Answers = tuple[tuple[RulePlaceholder, tuple[sa.ColumnElement[bool], ...]], ...]
ANSWERS: ContextVar[Mapping[RulePlaceholder, Criteria]] = ContextVar("answers")
MAX_RULES = 100  # that a statement may ask, with those that they ask


@compiles(RulePlaceholder)
def compile_rule(rule: RulePlaceholder, compiler: Any, **options: Any) -> str:
    answer = ANSWERS.get()[rule]
    return str(compiler.process(sa.and_(sa.true(), *answer).self_group(), **options))


def placeholders(statement: Any) -> tuple[RulePlaceholder, ...]:
    """What `statement` leaves to rules."""
    if not RULES:
        return ()
    found = visitors.iterate(statement)
    return tuple(dict.fromkeys(it for it in found if isinstance(it, RulePlaceholder)))


def answer_all(asked: Sequence[RulePlaceholder], who: object) -> Answers:
    """Raises RuntimeError where rules ask each other without an end."""
    answers: dict[RulePlaceholder, tuple[sa.ColumnElement[bool], ...]] = {}
    left = [*asked]
    while left:
        if len(answers) > MAX_RULES:
            raise RuntimeError(f"Rules ask each other: see that of the {left[0].what}")
        this = left.pop()
        if this not in answers:
            answers[this] = tuple(this.answer(who))
            left += [
                more for criterion in answers[this] for more in placeholders(criterion)
            ]
    return tuple(answers.items())


@contextmanager
def answering(answers: Answers) -> Iterator[None]:
    """Statements that are compiled in this have these `answers`."""
    token = ANSWERS.set(dict(answers))
    try:
        yield
    finally:
        ANSWERS.reset(token)
