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
        self.rule = rule
        if rule:
            RULES.append(rule)

    @property
    def read(self) -> Criteria:
        """The rows that can be seen."""
        return [*self._alive, *self.asked("read")]

    @property
    def update(self) -> Criteria:
        """The rows that can be changed."""
        return [*self._alive, *self.asked("update")]

    @property
    def delete(self) -> Criteria:
        """The rows that can be deleted."""
        return [*self._alive, *self.asked("delete")]

    @property
    def _alive(self) -> Criteria:
        return [] if self.alive is None else [self.alive]

    def asked(self, op: Op) -> Criteria:
        """What depends on who asks, of deleted rows too."""
        return [Asked(self, op)] if self.rule else []

    @cached_property
    def exists(self) -> sa.Select[Any]:
        """The key of the row that a request names, if it can be seen."""
        assert self.by_key is not None
        key = sa.inspect(self.model).primary_key[0]
        return sa.select(key).where(self.by_key, *self.read)

    def seen(self, *criteria: sa.ColumnElement[bool]) -> Criteria:
        """That there is such a row that can be seen, for statements about other rows."""
        if not self.read:
            return []
        # It is another row, even where the statement is about the same table.
        there = sa.exists().where(*criteria, *self.read).correlate_except(self.model)
        return [there]


class Asked(sa.ColumnElement[bool]):
    """Stands in a statement for what a rule answers."""

    inherit_cache = False
    type = sa.Boolean()

    def __init__(self, policy: Policy, op: Op) -> None:
        self.policy = policy
        self.operation = op

    def answer(self, who: object) -> Criteria:
        """Raises RuntimeError where nobody asks: no statement runs without its criteria."""
        assert self.policy.rule
        if who is None:
            raise RuntimeError(
                f"Nobody asks for the {self.policy.what}: `db.asked_by(…)`"
            )
        return self.policy.rule(self.operation, who)


Answers = tuple[
    tuple[sa.ColumnElement[bool], ...], ...
]  # to each `Asked` of a statement
ANSWERS: ContextVar[Mapping[Asked, Criteria]] = ContextVar("answers")


@compiles(Asked)
def compile_asked(asked: Asked, compiler: Any, **options: Any) -> str:
    answer = ANSWERS.get()[asked]
    return str(compiler.process(sa.and_(sa.true(), *answer).self_group(), **options))


def questions(statement: sa.Executable) -> tuple[Asked, ...]:
    """What `statement` leaves to rules."""
    if not RULES:
        return ()
    found: Any = visitors.iterate(statement)  # type: ignore[arg-type]
    return tuple(dict.fromkeys(it for it in found if isinstance(it, Asked)))


@contextmanager
def answering(answers: Mapping[Asked, Criteria]) -> Iterator[None]:
    """Statements that are compiled in this have these `answers`."""
    token = ANSWERS.set(answers)
    try:
        yield
    finally:
        ANSWERS.reset(token)
