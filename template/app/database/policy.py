"""Who may see and change which rows of a model.

The `policy.py` of a resource says it. Every generated SELECT, UPDATE and DELETE of its
rows has those criteria: by key, lists, counts, bulk, and what other resources ask about
them. INSERT and COPY have none. What depends on who asks is answered when a statement
runs. Each answer makes a statement of its own, compiled once; without a rule, nothing is
asked and nothing is compiled anew.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property
from itertools import chain
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
    """Who may see and change which rows of `model`; people call one of them `what`.

    `by_key` is the criterion of the row that a request names. Rows that are not `alive`
    are deleted. Without a `rule`, everybody may see and change all others.
    """

    def __init__(
        self,
        model: type[Base],
        what: str,
        by_key: sa.ColumnElement[bool] | None = None,
        *,
        alive: sa.ColumnElement[bool] | None = None,
    ) -> None:
        self.model = model
        self.what = what
        self.by_key = by_key
        self.alive = alive
        self._rule: Rule | None = None
        self._is_used = False

    def rule(self, rule: Rule) -> Rule:
        """Decorates what is asked, with an `Op` and whoever asks, when a statement runs.

        It returns criteria, best from module level as each new one is compiled anew, or
        raises `Forbidden`. Raises RuntimeError where statements are built without it.
        """
        if self._is_used:
            told = f"The rule of the {self.what} comes too late"
            raise RuntimeError(f"{told}: write it in its policy.py")
        RULES.append(rule)
        self._rule = rule
        return rule

    @property
    def read(self) -> Criteria:
        """For a `where`: the rows that can be seen. Empty while nothing limits them."""
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
        self._is_used = True
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
        """For statements about the children of the row that a request names: it is seen."""
        assert self.by_key is not None
        return self.seen(self.by_key)

    def seen(self, *criteria: sa.ColumnElement[bool], op: Op = "read") -> Criteria:
        """For statements about other rows: a row that meets `criteria` allows `op`.

        Lines whose order can be seen are `ORDERS.seen(Order.id == OrderLine.order_id)`.
        It is empty where everybody may see all orders: then everybody sees all lines.
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
            told = f"The {self.what} has a rule, and nobody asks"
            how = "say who by `asked_by`, for requests in app/dependencies.py"
            raise RuntimeError(f"{told}: {how}")
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


def answer_all(
    asked: Sequence[RulePlaceholder], who: object, given: Collection[str]
) -> Answers:
    """Raises RuntimeError where rules ask each other without an end.

    So it does where they bind what isn't among the `given` names of values.
    """
    answers: dict[RulePlaceholder, tuple[sa.ColumnElement[bool], ...]] = {}
    left = [*asked]
    while left:
        if len(answers) > MAX_RULES:
            raise RuntimeError(f"Rules ask each other: see that of the {left[0].what}")
        this = left.pop()
        if this not in answers:
            answers[this] = tuple(this.answer(who))
            parts: Iterator[Any] = chain(*map(visitors.iterate, answers[this]))
            for it in parts:
                if isinstance(it, RulePlaceholder):
                    left.append(it)
                elif is_missing(it, given):
                    told = f"The rule of the {this.what} binds {it.key}"
                    raise RuntimeError(f"{told}: give it to `asked_by`")
    return tuple(answers.items())


def is_missing(part: Any, given: Collection[str]) -> bool:
    """Whether a part of a statement is a parameter that has no value, nor is given one."""
    needed = isinstance(part, sa.BindParameter) and part.required
    return needed and part.key not in given


@contextmanager
def answering(answers: Answers) -> Iterator[None]:
    """Statements that are compiled in this have these `answers`."""
    token = ANSWERS.set(dict(answers))
    try:
        yield
    finally:
        ANSWERS.reset(token)
