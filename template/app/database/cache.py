"""Compiled statements, by object, or by structure where a handler builds them anew."""

import warnings
from collections import OrderedDict
from copy import copy
from typing import Any, Self
from weakref import WeakSet

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.cache_key import CacheKey

from app.database.compiled import Compiled
from app.database.policy import Answers

MAX_COMPILED = 2_000  # statements that are kept by object, and as many by structure


class LeastRecentlyUsed(OrderedDict[Any, Any]):
    def find(self, key: Any) -> Any:
        """The value of `key`, None where there is none."""
        found = self.get(key)
        if found is not None:
            self.move_to_end(key)
        return found

    def keep(self, key: Any, value: Any) -> None:
        self[key] = value
        if len(self) > MAX_COMPILED:
            self.popitem(last=False)


class StatementCache:
    """Compiles each statement once, and each structure of those that handlers build.

    SQLAlchemy says which statements differ in their values alone. An object that is
    seen a second time is a constant: from then on it is found without its structure.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self._constants = LeastRecentlyUsed()
        self._structures = LeastRecentlyUsed()
        self._seen: WeakSet[sa.Executable] = WeakSet()

    def compiled(
        self,
        statement: sa.Executable,
        names: tuple[str, ...],
        answers: Answers | None = None,
    ) -> Compiled:
        key = (statement, names, answers)
        found: Compiled | None = self._constants.find(key)
        if found is not None:
            return found
        structure = Structure.of(statement)
        alike = structure and self._structures.find((structure.key, names))
        if structure and alike:
            made: Compiled = structure.values_in(*alike)
        else:
            made = Compiled(statement, names, answers, dialect=self.dialect)
            if structure:
                self._structures.keep((structure.key, names), (structure, made))
        if not alike or statement in self._seen:
            self._constants.keep(key, made)
        self._seen.add(statement)
        return made


class Structure:
    """A statement without its values, and these."""

    def __init__(self, key: CacheKey) -> None:
        self.key = key.key
        self.binds = key.bindparams

    @classmethod
    def of(cls, statement: Any) -> Self | None:
        """None where SQLAlchemy can't say which other statements have the same SQL."""
        generate = getattr(statement, "_generate_cache_key", None)
        with warnings.catch_warnings():
            # About a type of yours without `cache_ok`: it is compiled at each call.
            warnings.simplefilter("ignore", sa.exc.SAWarning)
            key: CacheKey | None = generate() if generate else None
        if key is None or key.params or any(it.callable for it in key.bindparams):
            return None
        return cls(key)

    def values_in(self, other: "Structure", compiled: Compiled) -> Compiled:
        """`compiled`, which is of a statement alike, with the values of this one."""
        pairs = zip(other.binds, self.binds, strict=True)
        values = {
            name: new.value
            for old, new in pairs
            if (name := compiled.names.get(old.key)) in compiled.constants
        }
        made = copy(compiled)
        made.constants = {**compiled.constants, **values}
        return made
