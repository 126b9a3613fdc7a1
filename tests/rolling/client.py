"""What clients of one version send, and what that version told them that it stored.

Everything follows from the version's own models: a client is sent nothing, and sends nothing,
that its API doesn't know. Clients of all versions share one book of rows, in the words of the
first version that had a field; a row is in the hands of one client at a time.
"""

from __future__ import annotations

import asyncio
import json
import random
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from itertools import count
from typing import Any
from uuid import uuid4

import httpx

from hooks.language.spec import Field, Inverse, Many, Model, Spec, Transfer
from tests.drills.service import HANG

Json = dict[str, Any]
CLIENTS = 3  # of a version, at once
BUSY = 50  # times that a 503 is tried again
TEXTS = ("string", "text", "char", "email")
ORDERED = ("smallint", "int", "bigint", "decimal", "date")


class Refused(Exception):
    """An answer that a valid request shouldn't get; it is in the report already."""


class Nothing(Exception):
    """There is no row for it yet."""


@dataclass(eq=False)
class Row:
    values: Json  # in canonical names
    kept: bool = False  # others may refer to it, so it is never deleted
    links: dict[str, set[str]] = field(default_factory=dict)  # keys of the rows linked
    taken: bool = False
    lost: bool = False  # a request failed that wrote it
    by: str = ""  # the version that wrote it last


@dataclass
class Book:
    """What is stored, as the versions told, by canonical table; and what went wrong."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    failures: list[tuple[str, str, str]] = field(default_factory=list)  # version, table, what
    differences: list[str] = field(default_factory=list)
    busy: int = 0
    sent: Counter[str] = field(default_factory=Counter)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def take(
        self, table: str, by: str, number: int = 1, *, kept: bool | None = None
    ) -> Iterator[list[Row]]:
        """Up to so many rows that nobody else has at hand, rather those that others wrote.

        Raises Nothing where there are none.
        """
        with self.lock:
            free = [
                it
                for it in self.rows.get(table, [])
                if not (it.taken or it.lost) and (kept is None or it.kept is kept)
            ]
            others = [it for it in free if it.by != by]
            free = others if others and random.random() < 0.5 else free
            rows = random.sample(free, min(number, len(free)))
            for it in rows:
                it.taken = True
        try:
            if not rows:
                raise Nothing
            yield rows
        finally:
            for it in rows:
                it.taken = False

    def add(self, table: str, row: Row) -> None:
        with self.lock:
            self.rows.setdefault(table, []).append(row)

    def remove(self, table: str, row: Row) -> None:
        with self.lock:
            self.rows[table].remove(row)

    def kept(self, table: str) -> Row:
        with self.lock:
            return random.choice([it for it in self.rows[table] if it.kept and not it.lost])


@dataclass(eq=False)
class Version:
    """One version of the service: its models, and the canonical names of what they have."""

    name: str
    spec: Spec
    before: Version | None = None
    avoided: dict[str, frozenset[Any]] = field(default_factory=dict)  # values that nobody sends
    filled: Mapping[str, Any] = field(default_factory=dict)  # what a null may have become

    def __post_init__(self) -> None:
        was = {it.name: it for it in self.before.spec.models} if self.before else {}
        self.tables: dict[str, str] = {}
        self.names: dict[str, dict[str, str]] = {}
        for model in self.spec.models:
            old = was.get(model.was or model.name)
            names = {it.name: it.name for it in model.fields}
            self.tables[model.table] = model.table
            if old and self.before:
                before = self.before.names[old.table]
                names = {it.name: before.get(former(it), it.name) for it in model.fields}
                self.tables[model.table] = self.before.tables[old.table]
            self.names[model.table] = names

    def table(self, model: Model) -> str:
        return self.tables[model.table]

    def known(self, model: Model, row: Row) -> Json:
        """What is known of a row, in the words of this version."""
        names = self.names[model.table]
        return {
            it.name: row.values[names[it.name]]
            for it in model.fields
            if names[it.name] in row.values
        }

    def key(self, model: Model, row: Row) -> str:
        known = self.known(model, row)
        return "/".join(str(known[it.name]) for it in model.key)

    def same(self, name: str, stored: object, read: object) -> bool:
        return same(stored, read) or (
            stored is None and name in self.filled and read == self.filled[name]
        )

    def forget(self, rows: dict[str, list[Row]], after: Version) -> None:
        """What only this version has is gone, as it is once `after` had its contract."""
        there = {after.tables[it]: {*names.values()} for it, names in after.names.items()}
        links = {it.name for model in after.spec.models for it in model.manys}
        for table in {*self.tables.values()} - {*there}:
            rows.pop(table, None)
        for table, names in there.items():
            for row in rows.get(table, []):
                row.values = {it: value for it, value in row.values.items() if it in names}
                row.links = {it: of for it, of in row.links.items() if it in links}


def former(it: Field) -> str:
    if it.was:
        return it.was
    reference = it.reference
    if reference and reference.was:
        return it.name.replace(reference.name, reference.was, 1)
    return it.name


def same(one: object, other: object) -> bool:
    """Whether both are one value, however it is written."""
    if one == other:
        return True
    try:
        return Decimal(str(one)) == Decimal(str(other))
    except InvalidOperation:
        pass
    try:
        return datetime.fromisoformat(str(one)) == datetime.fromisoformat(str(other))
    except ValueError:
        return False


def word(number: int) -> str:
    """Eight letters, of each number others."""
    letters = ""
    for _ in range(8):
        number, place = divmod(number, 26)
        letters = chr(97 + place) + letters
    return letters


Step = Callable[[], Coroutine[Any, Any, None]]


class Client:
    """Sends every operation that the API of `version` has, over and over."""

    def __init__(self, version: Version, book: Book, url: str) -> None:
        self.version, self.book, self.url = version, book, url
        self.rounds = 0

    @contextmanager
    def sending(self) -> Iterator[None]:
        """Load, while this lasts; at least every operation once."""
        errors: list[BaseException] = []

        def run() -> None:
            try:
                asyncio.run(self.run(left))
            except BaseException as error:
                errors.append(error)

        left, begun = threading.Event(), self.rounds
        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield
            while thread.is_alive() and self.rounds < begun + 2:  # a whole one
                thread.join(0.01)
        finally:
            left.set()
            thread.join()
        if errors:
            raise errors[0]

    async def run(self, left: threading.Event) -> None:
        async with httpx.AsyncClient(base_url=self.url, timeout=HANG) as self.http:
            steps = self.forever()
            await asyncio.gather(*(self.work(steps, left) for _ in range(CLIENTS)))

    def forever(self) -> Iterator[Step]:
        steps = [*self.steps()]
        while True:
            random.shuffle(steps)
            yield from steps
            self.rounds += 1

    async def work(self, steps: Iterator[Step], left: threading.Event) -> None:
        for step in steps:
            if left.is_set():
                return
            try:
                await step()
            except (Refused, Nothing):
                await asyncio.sleep(0.01)

    def steps(self) -> Iterator[Step]:
        for model in self.version.spec.models:
            for op in model.api.ops:
                yield partial(getattr(self, f"do_{op}"), model)
            for one in model.inverses:
                if "list" in one.reference.model.api.ops:
                    yield partial(self.nested, model, one)
            for many in model.manys:
                yield partial(self.link, model, many)
            for it in model.transfers:
                yield partial(self.transfer, model, it)

    # What is sent.

    async def send(
        self, model: Model, method: str, path: str, good: int, **content: Any
    ) -> httpx.Response:
        """The answer, if it is the good one."""
        for _ in range(BUSY):
            response = None
            self.book.sent[self.version.name] += 1
            try:
                response = await self.http.request(method, path, **content)
            except httpx.TransportError as error:
                told = repr(error)
            else:
                told = f"{response.status_code}, {response.text[:300]}"
                if response.status_code == 503 and "retry-after" in response.headers:
                    self.book.busy += 1
                    continue
            if response and response.status_code == good:
                return response
            break
        what = f"{self.version.name}: {method} {path}: {told}, for {content}"
        self.book.failures.append((self.version.name, self.version.table(model), what))
        raise Refused

    def body(self, model: Model, fields: list[Field]) -> Json:
        return {it.name: self.value(it) for it in fields}

    def value(self, it: Field) -> Any:
        number = next(self.book.numbers)
        avoided = self.version.avoided.get(it.name, frozenset())
        if it.optional and number % 5 == 0 and None not in avoided:
            return None
        if it.reference:
            target = it.reference.target
            known = self.version.known(target, self.book.kept(self.version.table(target)))
            return next(known[there.name] for here, there in it.reference.columns if here is it)
        kind = it.type.name
        if it.type.enum:
            return random.choice([one for one in it.type.enum.values if one not in avoided])
        if kind == "email":
            return f"{word(number)}@example.org"
        if kind in TEXTS:
            return word(number)[-(it.type.length or 8) :]
        if kind == "uuid":
            return str(uuid4())
        if kind == "bool":
            return number % 2 == 0
        if kind == "date":
            return f"2026-11-{1 + number % 30:02}"
        if kind == "decimal":
            return f"{number % 1_000}.50"
        assert "int" in kind, kind
        return number % 10_000

    def creatable(self, model: Model) -> list[Field]:
        avoided = self.version.avoided
        return [
            it
            for it in model.fields
            if it.creatable and (it.required or it.name in avoided or random.random() < 0.7)
        ]

    def changeable(self, model: Model) -> list[Field]:
        fields = [it for it in model.fields if it.updatable]
        return random.sample(fields, random.randint(1, len(fields)))

    def marks(self, model: Model) -> list[Field]:
        """Fields whose values find one row: no other was sent the same."""
        return [
            it
            for it in model.api.filter
            if it.type.name in (*TEXTS, "uuid") and (it.type.length or 8) >= 8
            if not it.optional and not it.reference
        ]

    def path(self, model: Model, row: Row) -> str:
        return f"{model.api.path}/{self.version.key(model, row)}"

    # What comes back.

    def store(self, model: Model, row: Row, told: Json) -> None:
        names = self.version.names[model.table]
        row.values |= {names[name]: value for name, value in told.items() if name in names}
        row.by = self.version.name

    def add(self, model: Model, told: Json) -> None:
        row = Row({})
        self.store(model, row, told)
        self.book.add(self.version.table(model), row)

    def compare(self, model: Model, row: Row, read: Json, where: str) -> None:
        """What was told before is what is read; what is read for the first time is kept."""
        names = self.version.names[model.table]
        for name, value in read.items():
            if name not in names:
                continue  # embedded
            known = row.values.setdefault(names[name], value)
            if not self.version.same(name, known, value):
                self.differ(f"{where}: {name} of {read} is {value!r}, but {known!r} was stored")

    def differ(self, what: str) -> None:
        self.book.differences.append(f"{self.version.name}: {what}")

    @contextmanager
    def take_some(
        self, model: Model, number: int, *, kept: bool | None = None
    ) -> Iterator[list[Row]]:
        table, names = self.version.table(model), self.version.names[model.table]
        with self.book.take(table, self.version.name, number, kept=kept) as rows:
            try:
                yield rows
            except Refused:  # who knows what was stored: nobody takes them again
                key = {names[it.name] for it in model.key}
                for row in rows:
                    row.lost = True
                    row.values = {it: value for it, value in row.values.items() if it in key}
                raise

    @contextmanager
    def take(self, model: Model, *, kept: bool | None = None) -> Iterator[Row]:
        with self.take_some(model, 1, kept=kept) as rows:
            yield rows[0]

    # The operations, by their names in `api.ops`.

    async def do_create(self, model: Model) -> None:
        body = self.body(model, self.creatable(model))
        answer = await self.send(model, "POST", model.api.path, 201, json=body)
        self.add(model, answer.json())

    async def do_get(self, model: Model) -> None:
        embed = {"embed": ",".join(it.name for it in model.api.embed)} if model.api.embed else {}
        with self.take(model) as row:
            answer = await self.send(model, "GET", self.path(model, row), 200, params=embed)
            self.compare(model, row, answer.json(), "get")

    async def do_update(self, model: Model) -> None:
        body = self.body(model, self.changeable(model))
        with self.take(model) as row:
            answer = await self.send(model, "PATCH", self.path(model, row), 200, json=body)
            self.store(model, row, answer.json())

    async def do_replace(self, model: Model) -> None:
        body = self.body(model, [it for it in model.fields if it.updatable])
        with self.take(model) as row:
            answer = await self.send(model, "PUT", self.path(model, row), 200, json=body)
            self.store(model, row, answer.json())

    async def do_upsert(self, model: Model) -> None:
        body = self.body(model, [it for it in self.creatable(model) if it not in model.api.upsert])
        by = model.api.path
        if model.api.upsert != model.key:
            by += "/by-" + "-".join(it.name for it in model.api.upsert)
        values = "/".join(str(self.value(it)) for it in model.api.upsert)
        answer = await self.send(model, "PUT", f"{by}/{values}", 201, json=body)
        again = self.body(model, [it for it in model.fields if it.name in body])
        answer = await self.send(model, "PUT", f"{by}/{values}", 200, json=again)
        self.add(model, answer.json())

    async def do_delete(self, model: Model) -> None:
        with self.take(model, kept=False) as row:
            path = self.path(model, row)
            await self.send(model, "DELETE", path, 204)
            self.book.remove(self.version.table(model), row)
            await self.send(model, "GET", path, 404)

    async def do_list(self, model: Model) -> None:
        sort = {"sort": random.choice(model.api.sort).name} if model.api.sort else {}
        await self.send(model, "GET", model.api.path, 200, params=sort | {"limit": "3"})
        with self.take(model) as row:
            found = self.found(model, row)
            known = self.version.known(model, row)
            for it in random.sample(model.api.filter, 1):
                ordered = it.type.name in ORDERED
                operator = random.choice(("", "__in", *(("__gte", "__lte") if ordered else ())))
                if known.get(it.name) is not None:
                    found[it.name + operator] = str(known[it.name])
            answer = await self.send(model, "GET", model.api.path, 200, params=sort | found)
            self.only(model, row, answer.json()["items"], f"list {found}")

    def found(self, model: Model, row: Row) -> dict[str, str]:
        """The filter that finds it."""
        known = self.version.known(model, row)
        return next({it.name: known[it.name]} for it in self.marks(model) if it.name in known)

    def only(self, model: Model, row: Row, found: list[Json], where: str) -> None:
        if len(found) != 1:
            self.differ(f"{where}: {len(found)} rows instead of {row.values}")
        for it in found[:1]:
            self.compare(model, row, it, where)

    async def do_count(self, model: Model) -> None:
        with self.take(model) as row:
            path, found = f"{model.api.path}/count", self.found(model, row)
            answer = await self.send(model, "GET", path, 200, params=found)
            if answer.json() != {"count": 1}:
                self.differ(f"count {found}: {answer.json()}")

    async def do_export(self, model: Model) -> None:
        with self.take(model) as row:
            path, found = f"{model.api.path}/export", self.found(model, row)
            answer = await self.send(model, "GET", path, 200, params=found)
            lines = [json.loads(it) for it in answer.text.splitlines()]
            self.only(model, row, lines, f"export {found}")

    async def do_bulk_create(self, model: Model, number: int = 3, *, kept: bool = False) -> None:
        mark, fields = self.marks(model)[0].name, self.creatable(model)
        bodies = {it[mark]: it for it in (self.body(model, fields) for _ in range(number))}
        path = f"{model.api.path}/bulk"
        await self.send(model, "POST", path, 201, json=[*bodies.values()])
        made: list[Json] = []
        for some in chunks([*bodies], 100):
            query = {f"{mark}__in": some, "limit": "200"}
            answer = await self.send(model, "GET", model.api.path, 200, params=query)
            made += answer.json()["items"]
        if len(made) != len(bodies):
            self.differ(f"bulk_create: {len(made)} rows of {[*bodies.values()]}")
        for it in made:
            row = Row({}, kept)
            self.store(model, row, bodies[it[mark]])
            self.compare(model, row, it, "bulk_create")
            self.book.add(self.version.table(model), row)

    async def do_bulk_update(self, model: Model) -> None:
        with self.take_some(model, 3) as rows:
            bodies = [self.body(model, self.changeable(model)) for _ in rows]
            known = [self.version.known(model, it) for it in rows]
            keys = [{it.name: one[it.name] for it in model.key} for one in known]
            both = [key | body for key, body in zip(keys, bodies, strict=True)]
            await self.send(model, "PATCH", f"{model.api.path}/bulk", 200, json=both)
            for row, body in zip(rows, bodies, strict=True):
                self.store(model, row, body)
                row.values.pop("updated_at", None)  # which nobody told

    async def do_bulk_delete(self, model: Model) -> None:
        with self.take_some(model, 2, kept=False) as rows:
            known = [self.version.known(model, it) for it in rows]
            keys = [{it.name: one[it.name] for it in model.key} for one in known]
            await self.send(model, "DELETE", f"{model.api.path}/bulk", 200, json=keys)
            for it in rows:
                self.book.remove(self.version.table(model), it)

    async def nested(self, model: Model, one: Inverse) -> None:
        """By a row of the other side: it is in the list of the row that it refers to."""
        child, reference = one.reference.model, one.reference
        with self.take(child) as row:
            known = self.version.known(child, row)
            parent = "/".join(str(known.get(here.name)) for here, _ in reference.columns)
            if parent in ("None", ""):
                return
            path, found = f"{model.api.path}/{parent}/{one.name}", self.found(child, row)
            answer = await self.send(child, "GET", path, 200, params=found)
            self.only(child, row, answer.json()["items"], f"nested {path} {found}")

    async def link(self, model: Model, many: Many) -> None:
        target = self.book.kept(self.version.table(many.target))
        other = self.version.key(many.target, target)
        with self.take(model) as row:
            links = row.links.setdefault(many.name, set())
            path = f"{self.path(model, row)}/{many.name}"
            if links and random.random() < 0.4:
                other = random.choice([*links])
                await self.send(model, "DELETE", f"{path}/{other}", 204)
                links.remove(other)
            else:
                await self.send(model, "PUT", f"{path}/{other}", 204)
                links.add(other)
            await self.linked(model, row, many)

    async def linked(self, model: Model, row: Row, many: Many) -> None:
        path = f"{self.path(model, row)}/{many.name}"
        answer = await self.send(model, "GET", path, 200, params={"limit": "200"})
        found = {str(it[many.target.key[0].name]) for it in answer.json()["items"]}
        if found != row.links[many.name]:
            self.differ(f"{path}: {found}, and not {row.links[many.name]}")

    async def transfer(self, model: Model, it: Transfer) -> None:
        name = self.version.names[model.table][it.field.name]
        with self.take_some(model, 2, kept=True) as rows:
            if len(rows) < 2:
                return
            source, target = rows
            known = [self.version.known(model, row) for row in rows]
            if Decimal(known[0][it.field.name]) < 1:
                return
            ids = [row[model.key[0].name] for row in known]
            body = {
                it.source.columns[0][0].name: ids[0],
                it.target.columns[0][0].name: ids[1],
                it.amount.name: "1.00",
                it.request_key.name: str(uuid4()),
            }
            path = f"{model.api.path}/{it.name}"
            answer = await self.send(it.log, "POST", path, 201, json=body)
            self.add(it.log, answer.json())
            for row, more in ((source, -1), (target, 1)):
                row.values[name] = str(Decimal(row.values[name]) + more)
                row.values.pop("updated_at", None)

    # Before, and at the end.

    async def seed(self, number: int) -> None:
        """Rows that others may refer to."""
        async with httpx.AsyncClient(base_url=self.url, timeout=HANG) as self.http:
            for model in sorted(self.version.spec.models, key=lambda it: len(it.references)):
                if "bulk_create" in model.api.ops:
                    many = number if model.references else number // 10
                    await self.do_bulk_create(model, many, kept=True)

    async def check(self) -> None:
        """Every row of every model is what was stored, and there are no others."""
        async with httpx.AsyncClient(base_url=self.url, timeout=HANG) as self.http:
            for model in self.version.spec.models:
                try:
                    await self.check_model(model)
                except Refused:
                    continue

    async def check_model(self, model: Model) -> None:
        rows = {
            self.version.key(model, it): it
            for it in self.book.rows.get(self.version.table(model), [])
        }
        if "export" in model.api.ops:
            answer = await self.send(model, "GET", f"{model.api.path}/export", 200)
            for it in map(json.loads, answer.text.splitlines()):
                key = "/".join(str(it[one.name]) for one in model.key)
                if row := rows.pop(key, None):
                    self.compare(model, row, it, "at the end")
                else:
                    self.differ(f"{model.table}: {it} was deleted, or never stored")
            for row in rows.values():
                self.differ(f"{model.table}: {row.values} is gone")
        for many in model.manys:
            for row in self.book.rows.get(self.version.table(model), []):
                if many.name in row.links:
                    await self.linked(model, row, many)


def chunks(them: list[Any], size: int) -> Iterator[list[Any]]:
    for place in range(0, len(them), size):
        yield them[place : place + size]
