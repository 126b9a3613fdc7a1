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
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any
from urllib.parse import quote, urlencode

import httpx

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
    *(b"cursor=", b"offset=-1", b"offset=99999999999999999999", b"q=%ed%a0%80", b"\xff=\xff"),
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
METHODS = "GET HEAD POST PUT PATCH DELETE OPTIONS TRACE PROPFIND SEARCH"
# Not HTTP: refused before the service sees any of it, by an answer.
GARBAGE = [
    *(b"\0\0\0\0\r\n\r\n", b"K1LL3R / HTTP/1.1\r\n\r\n", b"GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"),
    *(b"GET / k1ll3r HTTP/1.1\r\nHost: a\r\n\r\n", b"GET / HTTP/9.9\r\nHost: a\r\n\r\n"),
    b"GET / HTTP/1.1\r\nHost: a\r\nk1ll3r\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nX-K1ll3r: a\0b\r\n\r\n",
    b"POST /tags HTTP/1.1\r\nHost: a\r\nContent-Length: k1ll3r\r\n\r\n",
    b"POST /tags HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    b"POST /tags HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nk1ll3r\r\n\r\n",
]
LEAKS = re.compile(
    rb"Traceback|asyncpg|sqlalchemy|pydantic|uvicorn|\.py\b|SELECT |INSERT |UPDATE |DELETE |SQLSTATE"
    rb"|PGSQL|\b(?:ix|uq|fk|ck|pk)_|" + MARK.encode(),
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
        sent = " ".join(repr(it)[:200] for it in about if it)
        return f"{self.name}: {self.method} {sent}"


@dataclass
class Answer:
    status: int
    headers: dict[str, bytes]
    body: bytes


class Operation:
    """One of the document, with a request that is right but for what a killer changes."""

    def __init__(
        self, document: Json, method: str, path: str, operation: Json, found: Found
    ) -> None:
        self.document, self.method, self.path = document, method, path
        self.operation, self.found = operation, found
        self.statuses = frozenset(int(it) for it in operation["responses"])
        parameters = operation.get("parameters", [])
        self.queries = [it for it in parameters if it["in"] == "query"]
        self.keys = [it["name"] for it in parameters if it["in"] == "path"]
        self.many = False
        self.fields: Json = {}
        if "requestBody" in operation:
            schema = self.resolved(operation["requestBody"]["content"]["application/json"])
            self.many = schema.get("type") == "array"
            self.fields = self.resolved(schema["items"] if self.many else schema)["properties"]

    def resolved(self, schema: Json) -> Json:
        schema = schema.get("schema", schema)
        while "$ref" in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].split("/")[-1]]
        return schema

    @property
    def target(self) -> bytes:
        """The path of what is there."""
        return self.at(self.found.key(self.keys))

    def at(self, key: Iterable[bytes]) -> bytes:
        parts = iter(key)
        return re.sub(rb"\{\w+\}", lambda _: next(parts), self.path.encode())

    @property
    def right(self) -> dict[str, bytes]:
        """A body that was accepted, or is likely to be."""
        known = self.found.bodies.get(self.path.removesuffix("/bulk").partition("/{")[0], {})
        return {it: json.dumps(known.get(it, MARK)).encode() for it in self.fields}

    def body(self, fields: dict[str, bytes]) -> bytes:
        pairs = b",".join(b"%s:%s" % (json.dumps(it).encode(), fields[it]) for it in fields)
        return b"[{%s}]" % pairs if self.many else b"{%s}" % pairs

    def shot(self, name: str, **changes: Any) -> Shot:
        body = self.body(self.right) if self.fields else None
        # What can't be a path of ours is nobody's.
        statuses = self.statuses | {404} if self.keys else self.statuses
        shot = Shot(name, self.method, self.target, body, expected=statuses)
        return replace(shot, **changes)

    def shots(self) -> Iterator[Shot]:
        yield self.shot("right")
        yield from self.paths()
        yield from self.parameters()
        if self.fields:
            yield from self.bodies()
        for name, value in HEADERS:
            if (name, value) == (b"Content-Encoding", b"gzip") and not self.fields:
                continue
            yield self.shot(f"header {name.decode()}", headers=((name, value),))

    def paths(self) -> Iterator[Shot]:
        key = self.found.key(self.keys)
        texts = [quote(it, safe="").encode() for it in TEXTS.values()]
        for place, name in enumerate(self.keys):
            for segment in [*SEGMENTS, *texts]:
                wrong = [*key[:place], segment, *key[place + 1 :]]
                # What a dot or two, a slash or a fixed word make of it is another's.
                any_of = self.statuses | {404, 405, 422}
                yield self.shot(f"key {name}", target=self.at(wrong), expected=any_of)

    def parameters(self) -> Iterator[Shot]:
        for query in QUERIES:
            yield self.shot("query", target=self.target + b"?" + query)
        for parameter in self.queries:
            name = parameter["name"]
            for killer, text in TEXTS.items():
                query = urlencode({name: text}).encode()
                yield self.shot(f"{name}={killer}", target=self.target + b"?" + query)
            for raw in SEGMENTS:
                query = b"%s=%s" % (name.encode(), raw)
                yield self.shot(name, target=self.target + b"?" + query)
            if name == "cursor":
                yield from self.cursors()

    def cursors(self) -> Iterator[Shot]:
        for cursor, sort in self.found.cursors:
            forged = [cursor, cursor[:-3], cursor + "A", cursor[1:], f"{cursor}{cursor}"]
            label, *values = json.loads(base64.urlsafe_b64decode(cursor))
            for place in range(len(values)):
                for killer in (*(it.encode() for it in map(json.dumps, TEXTS.values())), *TYPED):
                    raw = [json.dumps(it).encode() for it in (label, *values)]
                    raw[place + 1] = killer
                    forged.append(encoded(b"[%s]" % b",".join(raw)))
            wrong: list[Any] = [[label], [label, *values, 1], [values], label, {label: values}, []]
            forged += [encoded(json.dumps(it).encode()) for it in wrong]
            for it in forged if len(label.split(",")) == len(values) else [cursor]:
                query = urlencode({"cursor": it, **({"sort": sort} if sort else {})}).encode()
                yield self.shot("forged cursor", target=self.target + b"?" + query)
        for body in (b"", b"\0", b"\xff", b"null", b"[]", b"{}", b"[" * 11_000, b"NaN", b'"k1ll3r"'):
            query = urlencode({"cursor": encoded(body)}).encode()
            yield self.shot("not a cursor", target=self.target + b"?" + query)

    def bodies(self) -> Iterator[Shot]:
        right = self.right
        for killer, body in BODIES.items():
            yield self.shot(f"body {killer}", body=body)
            if self.many:
                yield self.shot(f"row {killer}", body=b"[%s]" % body)
        for kind in TYPES:
            yield self.shot("content type", headers=((b"Content-Type", kind),))
        whole = self.body(right)
        yield self.shot("unknown key", body=whole.replace(b"{", b'{"k1ll3r":"k1ll3r",', 1))
        yield self.shot("half a body", body=whole[:-2])
        for place, field in enumerate(right):
            values = {killer: json.dumps(text).encode() for killer, text in TEXTS.items()}
            values |= NOT_TEXTS | (DEEPEST if place == 0 else {})
            for killer, value in values.items():
                yield self.shot(f"{field} {killer}", body=self.body({**right, field: value}))
            left = {it: right[it] for it in right if it != field}
            yield self.shot(f"without {field}", body=self.body(left))
            again = self.body(right).replace(b"{", b"{%s:1," % json.dumps(field).encode(), 1)
            yield self.shot(f"{field} twice", body=again)
        nothing = dict.fromkeys(right, b"null")
        yield self.shot("null everywhere", body=self.body(nothing))


TYPED = [
    *(b"null", b"true", b"1", b"-1", b"1.5", b"1e400", b"NaN", b"[]", b"{}", rb'"\ud800"'),
    *(str(2**63).encode(), str(2**31).encode(), DIGITS.encode()),
]


def encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode()


class Found:
    """What there is in the service, put there by its own creates."""

    def __init__(self) -> None:
        self.bodies: dict[str, Json] = {}
        self.rows: dict[str, list[Json]] = {}
        self.cursors: list[tuple[str, str | None]] = []
        self.named: dict[str, bytes] = {}

    def key(self, names: Iterable[str]) -> list[bytes]:
        return [self.named.get(it, NIL.encode()) for it in names]


def operations(document: Json, found: Found) -> list[Operation]:
    return [
        Operation(document, method.upper(), path, operation, found)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def others(all_of_them: list[Operation]) -> Iterator[Shot]:
    """Every method at every path, also those that nobody has there."""
    for path in {it.path: it for it in all_of_them}.values():
        for method in METHODS.split():
            same = [it for it in all_of_them if it.method == method and covers(it.path, path.path)]
            statuses = {status for it in same for status in it.statuses} or {405}
            body = b"{}" if method in ("POST", "PUT", "PATCH") else None
            yield Shot("method", method, path.target, body, expected=frozenset(statuses))
    for odd in (b"/", b"//", b"/k1ll3r", b"/%00", b"/tags/", b"*", b"/.", b"/../k1ll3r", b"/%"):
        yield Shot("path", "GET", odd, expected=frozenset({404}))


def covers(pattern: str, path: str) -> bool:
    """That a path which has the form of `path` may also be one of `pattern`."""
    pairs = list(zip(pattern.split("/"), path.split("/"), strict=False))
    same_length = pattern.count("/") == path.count("/")
    return same_length and all(a == b or a.startswith("{") for a, b in pairs)
