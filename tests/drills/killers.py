"""Killers: what has broken services like this one, sent to every operation of a document.

All of it comes out of the OpenAPI document: an operation that is added is killed as well.
Requests go out as bytes, because no client would send most of them.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count, islice
from random import Random
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

import httpx

from tests.drills.service import HANG

Json = dict[str, Any]

DEEP = 100_000
MARK = "k1ll3r"  # in every text that is sent, and in no answer but of what was stored
DIGITS = "9" * 5_000
NIL = "00000000-0000-0000-0000-000000000000"
LATEST = "9999-12-31T23:59:59.999999"
TEXTS = {
    "empty": "",
    "blank": " ",
    "NUL": "\0",
    "NUL within": f"{MARK}\0{MARK}",
    "10 kB": MARK * 1_700,
    "SQL": f"{MARK}'; DROP TABLE tags; --",
    "placeholder": f"$1 %s {{}} :{MARK}",
    "controls": f"{MARK}\x01\x1f\x7f\u2028\ufeff\ufffe",
    "astral": f"{MARK}\U0001f600\U0010ffff",
    "backslash": f"{MARK}\\",
    "path": f"../../{MARK}",
    "dots": "..",
    "true": "true",
    "NaN": "NaN",
    "sNaN": "sNaN",
    "Infinity": "Infinity",
    "-Infinity": "-Infinity",
    "zero": "0",
    "negative": "-1",
    "fraction": "1.5",
    "other digits": "٣",
    "superscript": "²",
    "int2": str(2**15),
    "int4": str(2**31),
    "-int4": str(-(2**31) - 1),
    "int8": str(2**63),
    "-int8": str(-(2**63) - 1),
    "5,000 digits": DIGITS,
    "5,000 decimals": f"0.{DIGITS}",
    "1e400": "1e400",
    "1e-400": "1e-400",
    "1e99999999999": "1e99999999999",
    "date 1": "0001-01-01",
    "date 9999": "9999-12-31",
    "date 0": "0000-01-01",
    "date 10000": "10000-01-01",
    "no date": "2023-02-30",
    "year 1": "0001-01-01T00:00:00",
    "year 1 before UTC": "0001-01-01T00:00:00+23:59",
    "year 1 in UTC": "0001-01-01T00:00:00Z",
    "year 9999 after UTC": f"{LATEST}-23:59",
    "year 9999 in UTC": f"{LATEST}Z",
    "year 9999": LATEST,
    "offset": "2023-01-01T00:00:00+99:99",
    "infinity": "infinity",
    "time 24": "24:00:00",
    "leap second": "23:59:60Z",
    "time offset": "23:59:59.9999999+23:59",
    "interval": "P999999999D",
    "-interval": "-P999999999DT23H59M59S",
    "interval of digits": f"P{'9' * 400}D",
    "nil": NIL,
    "braces": f"{{{NIL}}}",
    "address": "999.1.1.1",
    "mask": "::1/129",
    "zone": "fe80::1%eth0",
    "url": "http://[::1",
    "IDN": "http://xn--a\u0080.example/",
    "email": f"{MARK}@[127.0.0.1]",
    "long email": f"{MARK * 20}@{'a' * 63}.example",
    "base64": "A===",
    "base64 of NUL": "AAAA",
    "enum": MARK.upper(),
}
NOT_TEXTS = {
    "null": b"null",
    "lone surrogate": rb'"\ud800"',
    "other surrogate": rb'"k1ll3r\udc00k1ll3r"',
    "surrogates the wrong way": rb'"\udc00\ud800"',
    "bad UTF-8": b'"k1ll3r\xff\xfe"',
    "overlong UTF-8": b'"\xc0\x80"',
    "surrogate in UTF-8": b'"\xed\xa0\x80"',
    "bare NUL": b'"\0"',
    "NaN": b"NaN",
    "Infinity": b"Infinity",
    "-Infinity": b"-Infinity",
    "1e400": b"1e400",
    "-1e400": b"-1e400",
    "1e-400": b"1e-400",
    "-0": b"-0.0",
    "fraction": b"1.5",
    "small fraction": b"0.00000000000000000001",
    "minus one": b"-1",
    "zero": b"0",
    "int2": str(2**15).encode(),
    "int4": str(2**31).encode(),
    "-int4": str(-(2**31) - 1).encode(),
    "int8": str(2**63).encode(),
    "-int8": str(-(2**63) - 1).encode(),
    "float of int8": b"9223372036854775807.0",
    "money": b"999999999999999999999.99",
    "5,000 digits": DIGITS.encode(),
    "5,000 decimals": f"0.{DIGITS}".encode(),
    "boolean": b"true",
    "list": b"[]",
    "list of null": b"[null]",
    "list of NUL": rb'["\u0000"]',
    "list of surrogates": rb'["\ud800"]',
    "list of 10 kB": b'["%s"]' % (MARK * 1_700).encode(),
    "list of lists": b'[["k1ll3r"],["k1ll3r","k1ll3r"]]',
    "object": b"{}",
    "object of null": b'{"k1ll3r":null}',
    "object of NUL": rb'{"k1ll3r":{"\u0000":"\u0000"}}',
    "object of surrogates": rb'{"\ud800":["\ud800"]}',
    "object of NaN": b'{"k1ll3r":[NaN,1e400]}',
    "object of digits": b'{"k1ll3r":%s}' % DIGITS.encode(),
    "object with a key twice": b'{"k1ll3r":1,"k1ll3r":2}',
    "300 levels": b"[" * 300 + b"]" * 300,
}
# Sent once for each body, and once in place of its first field.
DEEPEST = {
    "100,000 brackets": b"[" * DEEP + b"]" * DEEP,
    "100,000 open brackets": b"[" * DEEP,
    "100,000 objects": b'{"a":' * DEEP + b"0" + b"}" * DEEP,
}
BODIES = {
    "empty": b"",
    "blank": b" ",
    "null": b"null",
    "list": b"[]",
    "list of null": b"[null]",
    "list of lists": b"[[]]",
    "object": b"{}",
    "text": b'"k1ll3r"',
    "number": b"1",
    "NaN": b"NaN",
    "half": b'{"k1ll3r":',
    "trailing": b'{} k1ll3r {"',
    "bad UTF-8": b'{"\xff":"\xfe"}',
    "BOM": b"\xef\xbb\xbf{}",
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "NULs": b"\0" * 100,
    "no key": b'{"":1}',
    "key of NUL": rb'{"\u0000":1}',
    "key of surrogate": rb'{"\ud800":1}',
    "key of 10 kB": b'{"%s":1}' % (MARK * 1_700).encode(),
    "key of SQL": b'{"k1ll3r\\"; DROP TABLE tags":1}',
    "internals": b'{"__class__":1,"_sa_instance_state":2,"model_config":3,"id":4}',
} | DEEPEST
TYPES = [
    *(b"", b"text/plain", b"text/html; charset=k1ll3r", b"application/xml"),
    *(b"application/x-www-form-urlencoded", b"multipart/form-data"),
    *(b"multipart/form-data; boundary=k1ll3r", b"application/json; charset=utf-16"),
    *(b"application/vnd.api+json", b"APPLICATION/JSON", b"k1ll3r", b"\xff/\xff", b"json/;;=,"),
]
SEGMENTS = [
    *(b"%", b"%zz", b"%0", b"%00", b"%ff", b"%c0%80", b"%ed%a0%80", b"%2e%2e", b"%2f", b"%252f"),
    *(b".", b"..", b"%20", b"+", b";k1ll3r", b"k1ll3r=1&k1ll3r", b"%0d%0aX-K1ll3r:%20k1ll3r", b""),
    *(b"%F0%9F%98%80", b"%u0000", b"bulk", b"count", b"export", b"k1ll3r/k1ll3r", b"//", b"~"),
    b"%25" * 3_000,
]
QUERIES = [
    *(b"k1ll3r=1", b"k1ll3r", b"=", b"&", b"&&=&", b"%", b"%zz=%zz", b"%00=%00", b"%ff=%ff"),
    *(b"__class__=1", b"id=1&id=2", b"limit=1&limit=k1ll3r", b"sort=", b"sort=id;k1ll3r"),
    *(b"sort=id%20desc,k1ll3r", b"limit[]=1", b"limit[k1ll3r]=1", b"k1ll3r=1&" * 2_000),
    *(b"cursor=", b"offset=-1", b"offset=99999999999999999999", b"q=%ed%a0%80"),
]
TAGS = [
    *(b"", b"*", b'"', b'""', b'W/"1"', b'W/"', b'"0"', b'"-1"', b'"1.0"', b'"1e3"', b'" 1"'),
    *(b'"\xb2"', b'"\xd9\xa3"', b'"\xff"', b'"9223372036854775808"', b'"999999999999999999"'),
    *(b'"%s"' % DIGITS.encode(), b"k1ll3r", b'"k1ll3r"', b'"1","k1ll3r', b",,,", b"\t"),
    *(b'"1",' * 3_000, b"W/" * 3_000, b'*, "1"', b'"1"\t,\t"2"'),
]
HEADERS = [
    *((b"X-Request-ID", it) for it in TAGS),
    *((b"X-Request-ID", it) for it in (b"k1ll3r k1ll3r", b"../k1ll3r", b"<k1ll3r>", b"k" * 10_000)),
    *((name, it) for name in (b"If-Match", b"If-None-Match") for it in TAGS),
    *((b"Accept", it) for it in (b"", b"k1ll3r", b"text/html", b"*/*;q=k1ll3r", b"\xff")),
    *((b"Accept-Encoding", it) for it in (b"k1ll3r", b"gzip;q=k1ll3r", b"*;q=0")),
    *((b"Accept-Language", b"k1ll3r"), (b"Cookie", b"k1ll3r=" * 2_000), (b"Cookie", b"\xff;;=")),
    *((b"Range", b"bytes=9-1"), (b"Origin", b"http://k1ll3r"), (b"Origin", b"\xff")),
    *((b"Forwarded", b"for=k1ll3r"), (b"X-Forwarded-For", b"\xff,,k1ll3r"), (b"Host", b"k1ll3r:x")),
    *((b"X-Forwarded-Proto", b"k1ll3r"), (b"X-HTTP-Method-Override", b"DELETE"), (b"Host", b"")),
    *((b"Authorization", b"k1ll3r"), (b"Authorization", b"Basic ="), (b"Expect", b"k1ll3r")),
    *((b"Upgrade", b"websocket"), (b"traceparent", b"k1ll3r"), (b"Content-Encoding", b"gzip")),
    *((b"If-Modified-Since", b"k1ll3r"), (b"Date", b"k1ll3r"), (b"X-K1ll3r", b"k1ll3r" * 1_000)),
]
METHODS = ("GET", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "POST", "PUT", "PATCH", "DELETE")
# Not HTTP: refused before the service sees any of it, by an answer.
GARBAGE = [
    *(b"\0\0\0\0\r\n\r\n", b"K1LL3R / HTTP/1.1\r\n\r\n", b"GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"),
    *(b"GET / k1ll3r HTTP/1.1\r\nHost: a\r\n\r\n", b"GET / HTTP/9.9\r\nHost: a\r\n\r\n"),
    *(b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n", b"GET /tags?\xff=\xff HTTP/1.1\r\nHost: a\r\n\r\n"),
    b"GET / HTTP/1.1\r\nHost: a\r\nk1ll3r\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nX-K1ll3r: a\0b\r\n\r\n",
    b"POST /tags HTTP/1.1\r\nHost: a\r\nContent-Length: k1ll3r\r\n\r\n",
    b"POST /tags HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    b"POST /tags HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nk1ll3r\r\n\r\n",
]
LEAKS = re.compile(
    rb"Traceback|asyncpg|sqlalchemy|pydantic|uvicorn|\.py\b|SELECT |INSERT |UPDATE |DELETE "
    rb"|SQLSTATE|PGSQL|\b(?:ix|uq|fk|ck|pk)_|" + MARK.encode(),
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Shot:
    """A request, and what may be answered."""

    name: str
    method: str
    target: bytes
    body: bytes | None = None
    headers: tuple[tuple[bytes, bytes], ...] = ()
    expected: frozenset[int] = frozenset()

    def __bytes__(self) -> bytes:
        headers = dict([(b"Host", b"shop"), *self.headers])
        if self.body is not None:
            headers = {b"Content-Type": b"application/json"} | headers
            headers[b"Content-Length"] = b"%d" % len(self.body)
        lines = [b"%s: %s\r\n" % it for it in headers.items()]
        head = b"%s %s HTTP/1.1\r\n" % (self.method.encode(), self.target)
        return head + b"".join(lines) + b"\r\n" + (self.body or b"")

    def __str__(self) -> str:
        about = (self.target, self.headers, self.body)
        return f"{self.name}: {self.method} " + " ".join(repr(it)[:300] for it in about if it)


@dataclass
class Operation:
    """One of the document, with a request that is right but for what a killer changes."""

    method: str
    path: str
    statuses: frozenset[int]
    keys: list[str]
    queries: dict[str, Json]
    fields: dict[str, Json]
    """Of a body, or of each row in it."""
    many: bool

    right: dict[str, int | tuple[Any]] = field(default_factory=dict)
    """For a field, which of its samples or else which value is accepted."""
    target: bytes = b""
    """The path of what is there."""
    cursors: list[tuple[str | None, str]] = field(default_factory=list)

    @property
    def collection(self) -> str:
        return self.path.removesuffix("/bulk").partition("/{")[0]

    def at(self, key: Iterable[bytes]) -> bytes:
        parts = iter(key)
        return re.sub(rb"\{\w+\}", lambda _: next(parts), self.path.encode())

    def values(self) -> dict[str, bytes]:
        """The right fields, with what is unique new each time."""
        turn = next(TURNS)
        values = {}
        for name, schema in self.fields.items():
            kind = self.right.get(name, 0)
            value = samples(schema, turn)[kind] if isinstance(kind, int) else kind[0]
            values[name] = json.dumps(value).encode()
        return values

    def body(self, fields: dict[str, bytes]) -> bytes:
        pairs = b",".join(b"%s:%s" % (json.dumps(it).encode(), fields[it]) for it in fields)
        return b"[{%s}]" % pairs if self.many else b"{%s}" % pairs

    def shot(self, name: str, **changes: Any) -> Shot:
        body = self.body(self.values()) if self.fields else None
        shot = Shot(name, self.method, self.target, body, expected=self.statuses)
        return replace(shot, **changes)

    def shots(self) -> Iterator[Shot]:
        yield self.shot("right")
        yield from self.of_keys()
        yield from self.of_queries()
        if self.fields:
            yield from self.of_bodies()
        for name, value in HEADERS:
            yield self.shot(f"header {name.decode()}", headers=((name, value),))

    def of_keys(self) -> Iterator[Shot]:
        right = [NIL.encode()] * len(self.keys)
        texts = [quote(it, safe="").encode() for it in TEXTS.values()]
        # What dots, a slash or a fixed word make of a path is another operation's, or nobody's.
        statuses = self.statuses | {404, 405, 422}
        for place, name in enumerate(self.keys):
            for segment in [*SEGMENTS, *texts]:
                target = self.at([*right[:place], segment, *right[place + 1 :]])
                yield self.shot(f"key {name}", target=target, expected=statuses)

    def of_queries(self) -> Iterator[Shot]:
        for query in QUERIES:
            yield self.shot("query", target=self.target + b"?" + query)
        for name in self.queries:
            texts = [urlencode({name: it}).encode() for it in TEXTS.values()]
            raw = [b"%s=%s" % (name.encode(), it) for it in SEGMENTS]
            for query in (*texts, *raw):
                yield self.shot(f"query {name}", target=self.target + b"?" + query)
        if "cursor" in self.queries:
            for sort, cursor in (*self.cursors, *((None, it) for it in NO_CURSORS)):
                given = {"cursor": cursor} | ({"sort": sort} if sort else {})
                query = urlencode(given).encode()
                yield self.shot("cursor", target=self.target + b"?" + query)

    def of_bodies(self) -> Iterator[Shot]:
        for killer, body in BODIES.items():
            yield self.shot(f"body {killer}", body=body)
            if self.many:
                yield self.shot(f"row {killer}", body=b"[%s]" % body)
        for kind in TYPES:
            yield self.shot("content type", headers=((b"Content-Type", kind),))
        whole = self.body(self.values())
        yield self.shot("unknown key", body=whole.replace(b"{", b'{"k1ll3r":"k1ll3r",', 1))
        yield self.shot("half a body", body=whole[:-2])
        yield self.shot("null everywhere", body=self.body(dict.fromkeys(self.fields, b"null")))
        for place, name in enumerate(self.fields):
            killers = {it: json.dumps(text).encode() for it, text in TEXTS.items()} | NOT_TEXTS
            for killer, value in (killers | (DEEPEST if place == 0 else {})).items():
                body = self.body({**self.values(), name: value})
                yield self.shot(f"{name} {killer}", body=body)
            right = self.values()
            twice = self.body(right).replace(b"{", b"{%s:1," % json.dumps(name).encode(), 1)
            yield self.shot(f"{name} twice", body=twice)
            del right[name]
            yield self.shot(f"without {name}", body=self.body(right))


def operations(document: Json) -> list[Operation]:
    def resolved(schema: Json) -> Json:
        while "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].split("/")[-1]]
        return schema

    found = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            parameters = operation.get("parameters", [])
            fields, many = {}, False
            if "requestBody" in operation:
                schema = resolved(operation["requestBody"]["content"]["application/json"]["schema"])
                many = schema.get("type") == "array"
                fields = resolved(schema["items"] if many else schema)["properties"]
            found.append(
                Operation(
                    method.upper(),
                    path,
                    frozenset(int(it) for it in operation["responses"]),
                    [it["name"] for it in parameters if it["in"] == "path"],
                    {
                        it["name"]: resolved(it["schema"])
                        for it in parameters
                        if it["in"] == "query"
                    },
                    {name: resolved(it) for name, it in fields.items()},
                    many,
                )
            )
    return found


def samples(schema: Json, turn: int) -> list[Any]:
    """Values that a field may take, likely ones first, mostly other ones each turn."""
    options = [it for it in schema.get("anyOf", [schema]) if it.get("type") != "null"]
    schema = options[0]
    if "const" in schema:
        found: list[Any] = [schema["const"]]
    elif "enum" in schema:
        found = [*schema["enum"], *schema["enum"]][turn % len(schema["enum"]) :]
    elif schema.get("type") == "array":
        found = [[], *([it] for it in samples(schema["items"], turn))]
    elif schema.get("type") in ("integer", "number"):
        found = [turn, 1, 0, "0.5"]
    elif schema.get("type") == "boolean":
        found = [True]
    elif schema.get("type") == "string":
        digits = str(1_000 + turn % 9_000).zfill(schema.get("minLength", 1))
        found = [
            *{
                "uuid": [str(UUID(int=turn))],
                "email": [f"{turn}@example.com"],
                "date": ["2024-02-29"],
                "date-time": ["2024-02-29T12:00:00Z"],
                "date-time-local": ["2024-02-29T12:00:00"],
                "time": ["12:00:00Z"],
                "time-local": ["12:00:00"],
                "duration": ["PT1H"],
            }.get(schema.get("format", ""), []),
            *(digits, "AA", "A", "aa", "AA-1", "AAAA", f"https://example.com/{turn}"),
            *("10.0.0.1", "10.0.0.0/8", "00:00:00:00:00:01"),
        ]
    else:
        found = [{}]
    return [*found, None]


async def plant(client: httpx.AsyncClient, found: list[Operation]) -> list[Operation]:
    """Make rows by the operations themselves, and find their paths; returns what made none."""
    known: dict[str, list[Any]] = {}
    named: dict[str, bytes] = {}
    creates = [it for it in found if it.method == "POST" and not it.many and not it.keys]
    left = [it for it in creates for _ in range(3)]
    for _ in range(4):  # as deep as references go
        left = [it for it in left if not await created(client, it, known)]
    for it in found:
        same = [other for other in creates if other.path == it.collection]
        it.right = same[0].right if same and not it.right else it.right
    for it in found:
        if it.method == "GET" and it.path.endswith("}"):
            for row in (await client.get(it.collection)).json().get("items", [])[:1]:
                named |= {name: key_of(name, row) for name in it.keys}
    for it in found:
        it.target = it.at(named.get(name, NIL.encode()) for name in it.keys)
    for it in found:
        if "cursor" in it.queries:
            it.cursors = await forged(client, it)
    return left


def key_of(name: str, row: Json) -> bytes:
    """Of user_id it is the id, and of order_line_order_id the order_id."""
    words = name.split("_")
    names = ("_".join(words[place:]) for place in range(len(words)))
    return quote(str(next((row[it] for it in names if it in row), NIL)), safe="").encode()


async def created(
    client: httpx.AsyncClient, operation: Operation, known: dict[str, list[Any]]
) -> bool:
    """Whether one row was: what is refused for a field gets the next value that it may have."""
    random, fields = Random(operation.path), operation.fields
    for _ in range(10):
        turn = next(TURNS)
        ours = {name: samples(schema, turn) for name, schema in fields.items()}
        choices = {name: [*references(name, known), *values] for name, values in ours.items()}
        for _ in range(40):
            body = {name: values[0] for name, values in choices.items()}
            response = await client.post(operation.path, json=body)
            if response.status_code == 201:
                for name, value in response.json().items():
                    known.setdefault(name, []).insert(0, value)
                # The same kind of a value of ours will do in other turns as well.
                operation.right = {
                    name: ours[name].index(value) if value in ours[name] else (value,)
                    for name, value in body.items()
                }
                return True
            faults = response.json().get("errors", [])
            wrong = {it["pointer"].split("/")[1] for it in faults}
            for name in wrong or [random.choice(list(choices))]:
                choices[name].append(choices[name].pop(0))
    return False


def references(name: str, known: dict[str, list[Any]]) -> list[Any]:
    """Values that a field may take from other rows: owner_id has an id, by its name."""
    words = name.split("_")
    return [it for place in range(1, len(words)) for it in known.get("_".join(words[place:]), [])]


async def forged(client: httpx.AsyncClient, operation: Operation) -> list[tuple[str | None, str]]:
    """Cursors of this list, and what can be made of them."""
    made: list[tuple[str | None, str]] = []
    path = operation.target.decode()
    options = operation.queries["sort"].get("anyOf", [operation.queries["sort"]])
    sorts = options[0].get("enum", [])
    for sort in (None, *(it for it in sorts if not it.startswith("-"))):
        query = {"limit": "1"} | ({"sort": sort} if sort else {})
        cursor = (await client.get(path, params=query)).json().get("next_cursor")
        if cursor is None:
            continue
        label, *values = json.loads(base64.urlsafe_b64decode(cursor))
        texts = [cursor, cursor[:-3], f"{cursor}A", cursor[1:], cursor * 2]
        others: list[Any] = [[label], [label, *values, 1], [values], label, {label: values}]
        bodies = [json.dumps(it).encode() for it in others]
        for place in range(1, len(values) + 1):
            raw = [json.dumps(it).encode() for it in (label, *values)]
            texts_too = (json.dumps(it).encode() for it in TEXTS.values())
            bodies += [
                b"[%s]" % b",".join([*raw[:place], killer, *raw[place + 1 :]])
                for killer in (*texts_too, *NOT_TEXTS.values())
            ]
        made += [(sort, it) for it in (*texts, *map(encoded, bodies))]
        made += [(other, cursor) for other in sorts if other != sort]
    return made


def encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode()


# The label of every list is what it is sorted by: these are right for many.
NO_CURSORS = [
    *("", "k1ll3r", "%%%", "====", "A", "\0", "é", "A" * 15_999, "A" * 16_001, "A" * 60_000),
    *(encoded(it) for it in (b"", b"\0", b"\xff", b"null", b"[]", b"{}", b"NaN", b'"k1ll3r"')),
    *(encoded(it) for it in (b"[" * 11_000, b'["id",' + DIGITS.encode() + b"]", b'["k1ll3r"]')),
    *(encoded(b'["id",%s]' % it) for it in NOT_TEXTS.values()),
]
TURNS = count(1)


def every_method(found: list[Operation]) -> Iterator[Shot]:
    """Every method at every path, also those that nobody has there."""
    for path, one in {it.path: it for it in found}.items():
        for method in METHODS:
            served = "GET" if method == "HEAD" else method
            same = [it for it in found if it.method == served and covers(it.path, path)]
            statuses = {status for it in same for status in it.statuses}
            if path not in (it.path for it in same):
                statuses.add(405)
            body = b"{}" if method in ("POST", "PUT", "PATCH") else None
            yield Shot("method", method, one.target, body, expected=frozenset(statuses))


def covers(pattern: str, path: str) -> bool:
    """That a path of the form `path` may be one of the form `pattern`."""
    ours, theirs = pattern.split("/"), path.split("/")
    same = len(ours) == len(theirs)
    return same and all(a == b or "{" in a for a, b in zip(ours, theirs, strict=True))


@dataclass
class Answer:
    status: int
    headers: dict[str, bytes]
    body: bytes


class Gun:
    """A connection that is kept for as long as the service keeps it."""

    def __init__(self, host: str, port: int) -> None:
        self.address = (host, port)
        self.writer: asyncio.StreamWriter | None = None

    async def fire(self, shot: bytes, method: str) -> Answer:
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection(*self.address)
        self.writer.write(shot)
        async with asyncio.timeout(HANG):
            answer = await self.answer(method)
        if answer.headers.get("connection") == b"close":
            self.close()
        return answer

    async def answer(self, method: str) -> Answer:
        head = await self.reader.readuntil(b"\r\n\r\n")
        first, *lines = head.rstrip().split(b"\r\n")
        pairs = (line.partition(b":") for line in lines)
        headers = {name.decode().lower(): value.strip() for name, _, value in pairs}
        status, body = int(first.split()[1]), b""
        if method == "HEAD" or status in (204, 304):
            pass
        elif headers.get("transfer-encoding") == b"chunked":
            while size := int(await self.reader.readline(), 16):
                body += (await self.reader.readexactly(size + 2))[:-2]
            await self.reader.readline()
        else:
            body = await self.reader.readexactly(int(headers["content-length"]))
        return Answer(status, headers, body)

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()
        self.writer = None


def complaint(shot: Shot, answer: Answer) -> str | None:
    """What is wrong with an answer, if anything."""
    if answer.status not in shot.expected or answer.status >= 500:
        return f"{answer.status}, expected {sorted(shot.expected)}: {answer.body[:300]!r}"
    if not re.fullmatch(rb"[\w.:+/=-]{1,128}", answer.headers.get("x-request-id", b"")):
        return f"{answer.status} without a proper X-Request-ID"
    if answer.status == 405 and "allow" not in answer.headers:
        return "405 without Allow"
    if answer.status >= 400 and shot.method != "HEAD":
        if answer.headers.get("content-type") != b"application/problem+json":
            return f"{answer.status}, and no problem document: {answer.body[:300]!r}"
        problem = json.loads(answer.body)
        if problem["status"] != answer.status or not problem["title"]:
            return f"{answer.status}, and a problem document of another: {problem}"
        # The name of what isn't known is told, if it is a name.
        told = re.sub(rb'"(?:pointer|parameter)":"(?:#/)?[\w/.]{0,200}"', b"", answer.body)
        if leak := LEAKS.search(told):
            return f"{answer.status} tells {leak[0]!r}: {answer.body[:500]!r}"
    return None


async def kill(url: str, every: int, guns: int = 16) -> tuple[int, list[str]]:
    """How many were fired at the service, out of `every` so many, and which answers were wrong."""
    address = httpx.URL(url)
    assert address.port
    gun = Gun(address.host, address.port)
    async with httpx.AsyncClient(base_url=url, timeout=HANG) as client:
        found = operations((await client.get("/openapi.json")).json())
        left = await plant(client, found)
    found.sort(key=lambda it: it.method == "DELETE")  # last
    shots = islice((shot for it in found for shot in it.shots()), None, None, every)
    complaints = [f"no row could be made: POST {it.path}" for it in left]
    fired = 0

    async def shoot(queue: Iterator[Shot]) -> None:
        nonlocal fired
        gun = Gun(address.host, address.port or 0)
        for shot in queue:
            fired += 1
            try:
                answer = await gun.fire(bytes(shot), shot.method)
                wrong = complaint(shot, answer)
            except (OSError, EOFError, ValueError) as error:
                wrong = f"no answer: {error!r}"
                gun.close()
            if wrong:
                complaints.append(f"{wrong}\n    {shot}")
        gun.close()

    await asyncio.gather(*(shoot(shots) for _ in range(guns)))
    await shoot(every_method(found))
    for garbage in GARBAGE:
        answer = await gun.fire(garbage, "GET")
        gun.close()
        shot = Shot("garbage", "GET", b"/", expected=frozenset({400, 404, 405}))
        if wrong := complaint(shot, answer):
            complaints.append(f"{wrong}\n    {garbage!r}")
    return fired, complaints
