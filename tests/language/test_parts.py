# ruff: noqa: E501 (tables)
"""Names, patterns, SQL and literals, each by itself."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest

from hooks.language import names, patterns, sql, values
from hooks.language.spec import Type


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("user", "users"),
        ("order_line", "order_lines"),
        ("category", "categories"),
        ("day", "days"),
        ("box", "boxes"),
        ("status", "statuses"),
        ("address", "addresses"),
        ("bus", "buses"),
        ("match", "matches"),
        ("quiz", "quizzes"),
        ("person", "people"),
        ("sales_person", "sales_people"),
        ("child", "children"),
        ("criterion", "criteria"),
        ("medium", "media"),
        ("analysis", "analyses"),
        ("salesman", "salesmen"),
        ("human", "humans"),
        ("hero", "heroes"),
        ("photo", "photos"),
        ("leaf", "leaves"),
        ("index", "indexes"),
        ("movie", "movies"),
        ("house", "houses"),
    ],
)
def test_plural(one: str, many: str) -> None:
    assert names.plural(one) == many
    assert names.is_plural(many)
    assert not names.is_plural(one)
    assert names.plural(many) == many
    assert names.singular(many) == one


@pytest.mark.parametrize(
    ("name", "expected"),
    [("User", "user"), ("OrderLine", "order_line"), ("HTTPLog", "http_log"), ("Oauth2Key", "oauth2_key")],
)  # fmt: skip
def test_snake(name: str, expected: str) -> None:
    assert names.snake(name) == expected


@pytest.mark.parametrize("name", ["class", "metadata", "registry", "json", "count", "bytes", "dt", "model_fields"])  # fmt: skip
def test_attributes_that_python_needs(name: str) -> None:
    assert names.attribute(name) == f"{name}_"


@pytest.mark.parametrize("name", ["name", "id", "type", "date", "order", "match"])
def test_other_attributes(name: str) -> None:
    assert names.attribute(name) == name


@pytest.mark.parametrize(
    ("name", "expected"),
    [("price", "price"), ("order", '"order"'), ("Größe", '"Größe"'), ("a b", '"a b"'), ("Up", '"Up"')],
)  # fmt: skip
def test_quote(name: str, expected: str) -> None:
    assert names.quote(name) == expected


@pytest.mark.parametrize(
    "pattern",
    [
        "^[0-9]{4}$", "^[A-Z0-9-]+$", "^(ab|c)*$", "^(?:a|b)?$", r"^\+[1-9][0-9]{1,14}$", "a{2,}",
        r"^[^\n]+$", r"^[\]\[-]$", "^[a-z0-9]+(-[a-z0-9]+)*$", r"^\.$", "^[-a]$", "^$", r"^[a\-z]$",
    ],
)  # fmt: skip
def test_patterns(pattern: str) -> None:
    assert patterns.fault(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"\d+", "write [0-9]"),
        (r"[\w]", "write [A-Za-z0-9_]"),
        (r"\s", r"write [ \t]"),
        (r"\bword\b", "the word's edge"),
        (r"(a)\1", "back references"),
        ("(?=a)", "look-ahead"),
        ("(?<!a)", "look-behind"),
        ("(?P<x>a)", "named groups"),
        ("(?i)a", "flags"),
        ("a+?", "non-greedy"),
        ("a++", "a count after a count"),
        ("a{2}{3}", "a count after a count"),
        ("a{,3}", "write \\{"),
        ("a{256}", "over 255"),
        (".*", "line break"),
        ("[[:alpha:]]", "write \\["),
        ("[]a]", "an empty class"),
        ("[a", "not closed"),
        ("[a--b]", "write \\-"),
        ("[a-c-e]", "write \\-"),
        ("[!--]", "write \\-"),
        ("é", "ASCII"),
        ("(", "does not compile"),
        ("*", "does not compile"),
        ("[z-a]", "does not compile"),
        ("((([a-z]{255}){255}){255}){255}", "does not compile"),
        ("a\\", "ends with"),
        ("", "is empty"),
    ],
)
def test_patterns_that_are_read_differently(pattern: str, expected: str) -> None:
    wrong = patterns.fault(pattern)
    assert wrong is not None
    assert expected in wrong[1]


@pytest.mark.parametrize(
    "text", ["a > 1", "a = ')'", 'f("(") > (1)', "a = 'it''s; -- fine'", "now()", "'{}'::jsonb"]
)
def test_sql(text: str) -> None:
    assert sql.fault(text) is None


@pytest.mark.parametrize("text", ["", " ", "a;b", "(a", "a)", "a)(", "'a", 'a"', "a -- b", "a\0"])
def test_sql_that_breaks_out(text: str) -> None:
    assert sql.fault(text)


UTC = dt.UTC


@pytest.mark.parametrize(
    ("type_", "raw", "expected"),
    [
        (Type("int"), 5, 5),
        (Type("float"), 5, 5.0),
        (Type("decimal", precision=12, scale=2), "0.00", Decimal("0.00")),
        (Type("decimal", precision=12, scale=2), 5, Decimal(5)),
        (Type("decimal", precision=4, scale=4), "0.1234", Decimal("0.1234")),
        (Type("decimal", precision=4, scale=4), 0, Decimal(0)),
        (Type("date"), dt.date(2026, 1, 2), dt.date(2026, 1, 2)),
        (Type("date"), "2026-01-02", dt.date(2026, 1, 2)),
        (Type("time"), "12:30", dt.time(12, 30)),
        (Type("timetz"), "12:30Z", dt.time(12, 30, tzinfo=UTC)),
        (Type("timestamp"), "2026-01-02 03:04", dt.datetime(2026, 1, 2, 3, 4)),
        (Type("timestamptz"), "2026-01-02T03:04+01:00", dt.datetime(2026, 1, 2, 2, 4, tzinfo=UTC)),
        (Type("interval"), "P1DT2H", dt.timedelta(days=1, hours=2)),
        (Type("interval"), "01:30:00", dt.timedelta(minutes=90)),
        (Type("uuid"), "12345678123456781234567812345678", uuid.UUID("12345678" * 4)),
        (Type("json"), {"a": [1, None]}, {"a": [1, None]}),
        (Type("bytes"), "aGk=", b"hi"),
        (Type("inet"), "10.0.0.1/8", "10.0.0.1/8"),
        (Type("cidr"), "10.0.0.0/8", "10.0.0.0/8"),
        (Type("macaddr"), "08:00:2B:01:02:03", "08:00:2b:01:02:03"),
        (Type("int", array=True), [1, 2], [1, 2]),
        (Type("slug"), "a-b", "a-b"),
        (Type("char", length=3), "a ", "a"),
    ],
)
def test_values(type_: Type, raw: Any, expected: Any) -> None:
    made = values.convert(type_, raw)
    assert made == expected
    assert type(made) is type(expected)


@pytest.mark.parametrize(
    ("type_", "raw"),
    [
        (Type("int"), True), (Type("int"), 2**31), (Type("int"), 1.0),
        (Type("float"), float("nan")), (Type("float"), "1e3"), (Type("real"), 1e39),
        (Type("float"), 10**400),
        (Type("decimal", precision=4, scale=2), "NaN"), (Type("decimal", precision=4, scale=2), "100"),
        (Type("decimal", precision=4, scale=2), "1e1"), (Type("decimal", precision=4, scale=2), 1.5),
        (Type("decimal", precision=4, scale=2), "٣"),
        (Type("bool"), 1), (Type("bool"), "true"),
        (Type("text"), "a\0"), (Type("text"), "\ud800"), (Type("text"), 1),
        (Type("date"), dt.datetime(2026, 1, 1)), (Type("date"), "soon"), (Type("date"), 20260101),
        (Type("time"), "12:30Z"), (Type("timetz"), "12:30+02:00"), (Type("timestamp"), dt.date(2026, 1, 1)),
        (Type("timestamptz"), "0001-01-01T00:00+14:00"), (Type("interval"), 5400), (Type("interval"), "5"),
        (Type("json"), {"a": float("nan")}), (Type("json"), {1: 2}), (Type("json"), {"a": ["\0"]}),
        (Type("json"), "\ud800"), (Type("bytes"), "%"), (Type("inet"), "10.0.0.300"),
        (Type("cidr"), "10.0.0.1/8"), (Type("macaddr"), "x"), (Type("email"), "a"), (Type("url"), "ftp://a"),
        (Type("slug"), "A b"), (Type("int", array=True), 1), (Type("int", array=True), [None]),
        (Type("uuid"), None),
    ],
)  # fmt: skip
def test_values_that_are_not_of_the_type(type_: Type, raw: Any) -> None:
    with pytest.raises(values.Wrong):
        values.convert(type_, raw)
