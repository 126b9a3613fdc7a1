# ruff: noqa: E501 (rules and messages stand here whole, so that a search finds them)
"""Rules: what each is read as, which holds for which operation, and what is told of a wrong one."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hooks.language import Invalid, load
from hooks.language.diagnostics import Code
from hooks.language.rules import nodes, syntax
from hooks.language.rules.parser import parse
from hooks.language.spec import Inverse, Many, Model, Reference, Spec, Type

FILE = """
auth: {tokens: jwt, user: User}
roles: [admin, editor, Invoice.Read]
enums: {Status: [open, public, archived]}
defaults: {rules: {read: user, write: role(editor)}}
models:
  User:
    fields:
      subject: {type: string(255), unique: true, access: read_only}
      email: {type: email, optional: true, claim: email}
      active: {type: bool, default: true}
    rules: {read: id = me}
  Team:
    pk: [town, code]
    fields: {town: int, code: int, lead: {ref: User, optional: true, inverse: led}}
  Project:
    soft_delete: true
    fields:
      owner: {ref: User, set: me}
      reviewer: {ref: User, optional: true, inverse: reviews, index: false}
      team: {ref: Team, optional: true}
      status: {type: Status, default: open}
      budget: {type: 'decimal(12,2)', optional: true}
      ratio: {type: float, default: 0.5}
      number: {type: int, auto: identity}
      stars: {type: smallint, default: 0}
      start: date?
      stop: date?
      tags: text[]?
      extra: json?
      hot: {type: bool, default: false}
      public: {type: bool, default: false}
      title: {type: string(20), default: a}
      made: {type: timestamptz, server_default: now()}
    many: {members: {to: User, inverse: joined}}
    operations: {advance: {kind: transition, field: status, moves: {open: [public]}}}
    rules: {advance: role(admin)}
  Task:
    fields: {project: {ref: Project, on_delete: cascade}, title: string(200), user: {ref: User, inverse: tasks}}
    rules: {read: 'can(read, project)', write: 'can(update, project)'}
"""


def answers(**rules: Any) -> dict[str, Any]:
    """FILE, with rules of Project."""
    made: dict[str, Any] = yaml.safe_load(FILE)
    made["models"]["Project"]["rules"] |= rules
    return made


def model(spec: Spec, name: str) -> Model:
    return next(it for it in spec.models if it.name == name)


def told(made: dict[str, Any]) -> list[str]:
    with pytest.raises(Invalid) as raised:
        load(made)
    return raised.value.problems


def written(node: Any) -> str:
    """A node in one line: its class and what it holds, columns and values alone."""
    if isinstance(node, nodes.Column):
        return ".".join([*(it.name for it in node.path), node.field.name])
    if isinstance(node, nodes.Literal):
        return repr(node.value)
    if isinstance(node, Inverse | Many | Reference):
        return node.name
    if isinstance(node, tuple):
        return ", ".join(map(written, node))
    if not dataclasses.is_dataclass(node):
        return str(node)
    values = [getattr(node, field.name) for field in dataclasses.fields(node)]
    return f"{type(node).__name__}({', '.join(map(written, values))})"


READ = [
    ("user", "User()"),
    (False, "Never()"),
    ("role(admin)", "Role(admin)"),
    ("role( 'Invoice.Read' )", "Role(Invoice.Read)"),
    ("role(Invoice.Read)", "Role(Invoice.Read)"),
    ("scope(read:projects)", "Scope(read:projects)"),
    ("scope(https://example.com/read)", "Scope(https://example.com/read)"),
    ("me.kind = 'user'", "Kind(user)"),
    ("'user' <> me.kind", "Not(Kind(user))"),
    ("owner = me", "Compare(owner_id, =, Me())"),
    ("me <> owner_id", "Compare(owner_id, <>, Me())"),
    ("status = 'open'", "Compare(status, =, 'open')"),
    ("'open' = status", "Compare(status, =, 'open')"),
    ("stars>=3", "Compare(stars, >=, 3)"),
    ("-3 < stars", "Compare(stars, >, -3)"),
    (
        "3 > stars or 4 <= stars or 5 >= stars",
        "Or(Compare(stars, <, 3), Compare(stars, >=, 4), Compare(stars, <=, 5))",
    ),
    ("budget > 10.5", "Compare(budget, >, Decimal('10.5'))"),
    ("ratio <= 1", "Compare(ratio, <=, 1.0)"),
    ("start >= '2026-01-31'", "Compare(start, >=, datetime.date(2026, 1, 31))"),
    ("start < stop", "Compare(start, <, stop)"),
    ("stars < budget", "Compare(stars, <, budget)"),
    ("owner = reviewer", "Compare(owner_id, =, reviewer_id)"),
    ("title = 'it''s'", 'Compare(title, =, "it\'s")'),
    ("title = ''", "Compare(title, =, '')"),
    ("hot", "Compare(hot, =, True)"),
    ("public = true", "Compare(public, =, True)"),
    ("hot = false", "Compare(hot, =, False)"),
    ("status in ('open', 'public')", "In(status, 'open', 'public')"),
    ("status not in ('open')", "Not(In(status, 'open'))"),
    ("stop is null", "IsNull(stop, False)"),
    ("tags is not null", "IsNull(tags, True)"),
    ("extra is not null", "IsNull(extra, True)"),
    ("reviewer is null", "IsNull(reviewer_id, False)"),
    ("deleted_at is null", "IsNull(deleted_at, False)"),
    ("reviewer.email = 'a@example.com'", "Compare(reviewer.email, =, 'a@example.com')"),
    ("reviewer . active", "Compare(reviewer.active, =, True)"),
    ("reviewer.active is null", "IsNull(reviewer.active, False)"),
    ("team.lead = me", "Compare(team.lead_id, =, Me())"),
    ("team_town = 3", "Compare(team_town, =, 3)"),
    (
        "any(members, active) and hot",
        "And(Any(members, Compare(active, =, True), True), Compare(hot, =, True))",
    ),
    ("any(members, id = me)", "Any(members, Compare(id, =, Me()), True)"),
    (
        "any(tasks, title = 'x' and user = me)",
        "Any(tasks, And(Compare(title, =, 'x'), Compare(user_id, =, Me())), True)",
    ),
    (
        "any(members, any(joined, hot))",
        "Any(members, Any(members, Compare(hot, =, True), False), True)",
    ),
    ("can(read, owner)", "Can(read, owner)"),
    ("not hot", "Not(Compare(hot, =, True))"),
    ("not not user", "Not(Not(User()))"),
    ("user and hot or role(admin)", "Or(And(User(), Compare(hot, =, True)), Role(admin))"),
    ("role(admin) or user and hot", "Or(Role(admin), And(User(), Compare(hot, =, True)))"),
    ("(user or hot) and role(admin)", "And(Or(User(), Compare(hot, =, True)), Role(admin))"),
    ("not hot and user", "And(Not(Compare(hot, =, True)), User())"),
    ("user\n  or hot\tor role(admin)", "Or(User(), Compare(hot, =, True), Role(admin))"),
]


@pytest.mark.parametrize(("rule", "expected"), READ)
def test_a_rule(rule: str | bool, expected: str) -> None:
    spec = load(answers(read=rule))
    assert written(model(spec, "Project").rules["read"]) == expected
    assert model(spec, "Project").rule_texts["read"] == (rule or "false")


WRONG = [
    (Code.RULE, "", "is empty: write public, user, false or a condition"),
    (Code.RULE, "owner == me", "'== me' is not read: write = for =="),
    (Code.RULE, "owner != me", "'!= me' is not read: write <> for !="),
    (Code.RULE, "hot && user", "'&& user' is not read: write and for &&"),
    (Code.RULE, "hot || user", "'|| user' is not read: write or for ||"),
    (Code.RULE, 'status = "open"', "'\"open\"' is not read: write text in single quotes, as in 'draft'"),
    (Code.RULE, "status = 'open", "\"'open\" is not read: close the quote, and double one that belongs to the text: 'it''s'"),
    (Code.RULE, "status in ['open']", "\"['open']\" is not read: write a list in parentheses, as in ('draft', 'sent')"),
    (Code.RULE, "stars > 1e3", "'1e3' is not read: write names, values, = <> < <= > >=, and, or, not"),
    (Code.RULE, "owner AND hot", "cannot be read at 'AND hot': write and in lower case"),
    (Code.RULE, "NOT hot", "cannot be read at 'NOT hot': write not in lower case"),
    (Code.RULE, "title like 'a%'", "cannot be read at \"like 'a%'\": rules have no like: compare by = <> < <= > >= or in"),
    (Code.RULE, "owner = null", "cannot be read at 'null': write `is null` or `is not null`, as nothing equals null"),
    (Code.RULE, "hot is true", "cannot be read at 'true': write `is null` or `is not null`, and = for other values"),
    (Code.RULE, "hot user", "cannot be read at 'user': write and, or, or nothing"),
    (Code.RULE, "(hot", "cannot be read at its end: a parenthesis is open: write )"),
    (Code.RULE, "hot)", "cannot be read at ')': leave out a parenthesis that is not open"),
    (Code.RULE, "hot and", "cannot be read at its end: write a condition, as in owner = me"),
    (Code.RULE, "1 < stars < 3", "cannot be read at '< 3': compare two values at a time, with and between"),
    (Code.RULE, "title not 'a'", "cannot be read at \"'a'\": write not before the condition, as in not archived"),
    (Code.RULE, "role()", "cannot be read at 'role()': role() takes one name: write role(editor)"),
    (Code.RULE, "scope(a, b)", "cannot be read at 'scope(a, b)': scope() takes one name: write scope(editor)"),
    (Code.RULE, "lower(title) = 'a'", "cannot be read at \"lower(title) = 'a'\": rules have no lower(): there are role(…), scope(…), any(…), can(…)"),
    (Code.RULE, "any(members)", "cannot be read at ')': any() takes a relation and a condition, as in any(members, id = me)"),
    (Code.RULE, "any(members, id = me", "cannot be read at its end: any( is open: write )"),
    (Code.RULE, "can(read)", "cannot be read at ')': can() takes an operation and a reference: write can(read, project)"),
    (Code.RULE, "true", "true is not a rule: write public, or user"),
    (Code.RULE, "'open'", "'open' is not a condition: compare it with a field"),
    (Code.RULE, "(" * 41 + "hot" + ")" * 41, "is nested over 40 deep: write a simpler rule"),
    (Code.RULE, "hot or " * 600 + "hot", "has over 4000 characters: write a shorter rule"),
    (Code.RULE_NAME, "staus = 'open'", "Project has no field 'staus'; did you mean `status`?"),
    (Code.RULE_NAME, "reviewer.actve", "User has no field 'actve'; did you mean `active`?"),
    (Code.RULE_NAME, "reviewr.active", "Project has no reference 'reviewr'; did you mean `reviewer`?"),
    (Code.RULE_NAME, "start.year = 2026", "start is a column, and leads to no other row: write it alone"),
    (Code.RULE_NAME, "members = me", "members is to many rows: write any(members, …)"),
    (Code.RULE_NAME, "tasks.title = 'x'", "tasks is to many rows: write any(tasks, …)"),
    (Code.RULE_NAME, "any(member, id = me)", "Project has no relation 'member'; did you mean `members`?"),
    (Code.RULE_NAME, "any(owner, id = me)", "owner is to one row: write owner.… for its columns, or can(…, owner)"),
    (Code.RULE_NAME, "any(members.joined, hot)", "any() takes a relation: write any(members, …) with the rest in its condition"),
    (Code.RULE_NAME, "can(read, project)", "Project has no reference 'project'; there are owner, reviewer, team"),
    (Code.RULE_NAME, "can(read, team.lead)", "can() takes a reference of Project itself: write can(…, team), and ask the rest in the rule of Team"),
    (Code.RULE_NAME, "team is null", "team has several columns: name one of team_town, team_code"),
    (Code.RULE_NAME, "admin", "admin is not a rule: write role(admin)"),
    (Code.RULE_NAME, "anyone", "anyone is not a rule: write public"),
    (Code.RULE_NAME, "authenticated", "authenticated is not a rule: write user"),
    (Code.RULE_NAME, "nobody", "nobody is not a rule: write false"),
    (Code.RULE_NAME, "public", "public is a field, and means anybody in a rule: write public = true for the field, or rename it and keep its `column:`"),
    (Code.RULE_ROLE, "role(edtior)", "there is no role 'edtior'; did you mean `editor`?"),
    (Code.RULE_ROLE, "scope(é)", "scope('é') can be in no token: write ASCII without spaces"),
    (Code.RULE_TYPE, "title < 'm'", "title is string, which has no <: write =, <> or in"),
    (Code.RULE_TYPE, "tags = 'a'", "tags is text[], which rules can't compare: write `is null` or `is not null`"),
    (Code.RULE_TYPE, "extra in ('a')", "extra is json, which rules can't compare: write `is null` or `is not null`"),
    (Code.RULE_TYPE, "stars = owner", "stars is smallint and owner_id uuid: compare columns of one type"),
    (Code.RULE_TYPE, "start = made", "start is date and made timestamptz: compare columns of one type"),
    (Code.RULE_TYPE, "owner", "owner is uuid, not true or false: compare it, as in owner = me"),
    (Code.RULE_TYPE, "status", "status is enum, not true or false: compare it, as in status = 'open'"),
    (Code.RULE_TYPE, "stop", "stop is date, not true or false: compare it, as in stop is null"),
    (Code.RULE_VALUE, "status = 'pubic'", "status is Status: 'pubic' is not a value of Status; did you mean `public`?"),
    (Code.RULE_VALUE, "status in ('open', 'arcived')", "status is Status: 'arcived' is not a value of Status; did you mean `archived`?"),
    (Code.RULE_VALUE, "stars = 1.5", "stars is smallint: 1.5 is not a whole number"),
    (Code.RULE_VALUE, "stars = 99999", "stars is smallint: 99999 is out of the range of smallint"),
    (Code.RULE_VALUE, f"stars = {'9' * 200}", f"'{'9' * 27}...{'9' * 28}' has over 100 characters"),
    (Code.RULE_VALUE, "title = 5", "title is string: 5 is not text: write it in single quotes"),
    (Code.RULE_VALUE, "title = 'abcdefghijklmnopqrstuvwxyz'", "title is string: 'abcdefghijklmnopqrstuvwxyz' is longer than 20"),
    (Code.RULE_VALUE, "start = 'soon'", "start is date: 'soon' is not a date, as in '2026-01-31'"),
    (Code.RULE_VALUE, "owner = 'ann'", "owner_id is uuid: 'ann' is not a UUID"),
    (Code.RULE_VALUE, "owner in (me)", "me is not a value: write owner = me with or between"),
    (Code.RULE_VALUE, "me.kind = 'key'", "'key' is not a kind of who asks; there is user"),
    (Code.RULE_ME, "me", "me is who asks, and compared with a field of the row: write owner = me, or user"),
    (Code.RULE_ME, "me = 'ann'", "me is who asks, and compared with a field of the row: write owner = me, or user"),
    (Code.RULE_ME, "me in ('ann')", "me is who asks, and compared with a field of the row: write owner = me, or user"),
    (Code.RULE_ME, "me is null", "me is null for nobody with a token: write user, or not user"),
    (Code.RULE_ME, "owner = me.id", "me.id is written me alone: write owner = me"),
    (Code.RULE_ME, "me.tenant = 'a'", "me has no 'tenant': there are me and me.kind"),
    (Code.RULE_ME, "me.role = 'admin'", "me has no 'role': there are me and me.kind; for a role write role(…)"),
    (Code.RULE_ME, "me.kind", "me.kind is text: write me.kind = 'user'"),
    (Code.RULE_ME, "owner > me", "me has no order: write owner = me"),
    (Code.RULE_ME, "id = me", "id does not hold the key of User: compare me with a reference to it, as in owner: {ref: User}"),
    (Code.RULE_ME, "owner.subject = me", "owner.subject does not hold the key of User: compare me with a reference to it, as in owner: {ref: User}"),
    (Code.RULE_CONSTANT, "role(admin) and false", "is always false: write false"),
    (Code.RULE_CONSTANT, "not false", "is always true: write public"),
    (Code.RULE_CONSTANT, "any(tasks, false)", "false asks nothing of the rows of any(): write it beside any()"),
    (Code.RULE_CONSTANT, "any(tasks, title = 'a' and role(admin))", "role(admin) asks nothing of the rows of any(): write it beside any()"),
    (Code.RULE_CONSTANT, "any(tasks, not user)", "user asks nothing of the rows of any(): write it beside any()"),
    (Code.RULE_CONSTANT, "any(tasks, me.kind = 'user')", "me.kind = 'user' asks nothing of the rows of any(): write it beside any()"),
    (Code.RULE_CONSTANT, "role(admin) or false", "has public or false as a part, which changes nothing: leave it out"),
    (Code.RULE_CONSTANT, "1 = 1", "1 = 1 compares two values: name a field"),
    (Code.RULE_CONSTANT, "'a' in ('a', 'b')", "'a' in (…) compares values: name a field"),
    (Code.RULE_CONSTANT, "owner = owner_id", "owner is compared with itself: leave it out"),
    (Code.RULE_CONSTANT, "owner is null", "owner is required, so never null: leave it out"),
    (Code.RULE_CONSTANT, "3 is null", "3 is never null: leave it out"),
    (Code.RULE_CAN, "can(write, owner)", "can() of User has no 'write': ask for one of update and delete"),
    (Code.RULE_CAN, "can(create, owner)", "can() of User has no 'create', as the row is there: ask read or update"),
    (Code.RULE_CAN, "can(raed, owner)", "can() of User has no 'raed'; did you mean `read`?"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "rule", "expected"), WRONG)
def test_a_wrong_rule(code: Code, rule: str, expected: str) -> None:
    assert told(answers(read=rule)) == [f"Project.rules.read: {expected} [{code}]"]


def test_every_mistake_of_a_rule_is_told() -> None:
    rule = "staus = 'a' or not (title < 'a' and role(edtior)) or any(members, idd = me)"
    codes = [it[-6:-1] for it in told(answers(read=rule))]
    assert codes == [Code.RULE_NAME, Code.RULE_TYPE, Code.RULE_ROLE, Code.RULE_NAME]


PIECES = """
public user true false null me me.kind me.tenant and or not in is role(admin) role( scope(a) any( can(
members tasks owner reviewer.active team.lead title stars budget start hot status id read , ( ) = <> < <= > >=
'open' 'public' '' ' 5 -5 0.5 2026 == != " ; . é \u2063 AND like
"""
rules = st.lists(st.sampled_from(PIECES.split()), max_size=12).map(" ".join) | st.text(max_size=30)


@settings(deadline=None, max_examples=60)
@given(st.lists(rules, min_size=5, max_size=5))
@example(["\0", "'\ud800'", "role('\n')", "title = '\0'", "not " * 3000])
@example(["any(members, " * 60, "role(" * 2000, "title = '\ud800'", "hot\0", "-"])
def test_no_text_breaks_it(texts: list[str]) -> None:
    made = answers(
        **dict(zip(("read", "create", "update", "delete", "advance"), texts, strict=True))
    )
    try:
        spec = load(made)
    except Invalid as invalid:
        for problem in invalid.problems:
            assert problem.endswith("]")
            assert "\n" not in problem
    else:
        assert isinstance(model(spec, "Project").rules["read"], nodes.Node)


# which rule holds


def texts(own: dict[str, Any], defaults: dict[str, Any], api: Any = None) -> dict[str, str]:
    """The rules of a model, as they are written."""
    item: dict[str, Any] = {"fields": {"owner": {"type": "text", "set": "me"}, "name": "text"}}
    item["rules"] = own
    if api is not None:
        item["api"] = api
    made = {"auth": {"tokens": "jwt"}, "roles": ["a", "b"], "models": {"Item": item}}
    if defaults:
        made["defaults"] = {"rules": defaults}
    spec = load(made)
    return dict(spec.models[0].rule_texts)


A, B = "role(a)", "role(b)"


@pytest.mark.parametrize(
    ("own", "defaults", "expected"),
    [
        ({"read": A, "write": B}, {}, [A, B, B, B]),
        ({"read": A, "write": B, "create": A}, {}, [A, A, B, B]),
        ({}, {"read": A, "write": B}, [A, B, B, B]),
        ({}, {"read": A, "write": B, "delete": False}, [A, B, B, "false"]),
        ({"write": A}, {"read": B, "create": B, "delete": B}, [B, A, A, A]),
        ({"update": A}, {"read": B, "write": B, "update": B}, [B, B, A, B]),
        ({"read": " owner = me "}, {"read": A, "write": A}, ["owner = me", A, A, A]),
    ],
)
def test_the_most_specific_holds(
    own: dict[str, Any], defaults: dict[str, Any], expected: list[str]
) -> None:
    assert texts(own, defaults) == dict(
        zip(("read", "create", "update", "delete"), expected, strict=True)
    )


def test_what_is_not_served_is_refused() -> None:
    api = {"ops": ["list"]}
    assert texts({"read": A}, {}, api) == {
        "read": A,
        "create": "false",
        "update": "false",
        "delete": "false",
    }
    assert texts({}, {}, False) == dict.fromkeys(("read", "create", "update", "delete"), "false")
    # A default that doesn't fit is no mistake where nothing asks for it.
    defaults = {"read": A, "write": "nothing = me"}
    assert texts({}, defaults, api)["update"] == "false"
    # One that fits holds, as can() may ask for it.
    assert texts({}, {"read": A, "write": "owner = me"}, api)["update"] == "owner = me"


@pytest.mark.parametrize(
    ("ops", "rules", "expected"),
    [
        (["list"], {}, "read: write who, as in rules: {read: user}"),
        (["create"], {}, "create: write who, as in rules: {create: user}"),
        (
            ["get", "upsert"],
            {"read": A},
            "create and update: write who, as in rules: {write: user}",
        ),
        (["bulk_delete"], {"update": A}, "delete: write who, as in rules: {delete: user}"),
        (["export"], {"write": A}, "read: write who, as in rules: {read: user}"),
    ],
)
def test_what_is_served_needs_a_rule(ops: list[str], rules: Any, expected: str) -> None:
    fields = {"name": {"type": "text", "unique": True}}
    item = {"fields": fields, "rules": rules, "api": {"ops": ops}}
    made = {"auth": {"tokens": "jwt"}, "roles": ["a"], "models": {"Item": item}}
    problem = f"Item: nothing says who may {expected}, or as `rules` of `defaults` [{Code.NO_RULE}]"
    assert told(made) == [problem]


def test_operations_embeds_and_links_need_a_rule() -> None:
    made = answers()
    del made["models"]["Project"]["rules"]["advance"]
    assert told(made) == [
        "Project: nothing says who may advance: write who, as in rules: {advance: user},"
        f" or as `rules` of `defaults` [{Code.NO_RULE}]"
    ]
    made["defaults"]["rules"]["advance"] = "role(admin)"
    assert model(load(made), "Project").rule_texts["advance"] == "role(admin)"
    small = """
auth: {tokens: jwt}
models:
  Shelf: {fields: {name: text}, api: {ops: [create]}, rules: {create: user}}
  Tag: {fields: {name: text}, api: {ops: [create]}, rules: {create: user}}
  Item:
    fields: {name: text, shelf: -> Shelf}
    many: {tags: {to: Tag, inverse: false}}
    api: {ops: [list], embed: [shelf]}
    rules: {read: user}
"""
    assert [it.partition(": write")[0] for it in told(yaml.safe_load(small))] == [
        "Shelf: nothing says who may read",
        "Tag: nothing says who may read",
        "Item: nothing says who may update",
    ]


@pytest.mark.parametrize(
    ("where", "op", "expected"),
    [
        ("own", "list", "write read"),
        ("own", "replace", "write update"),
        ("own", "upsert", "write write, for create, update and delete"),
        ("own", "raed", "did you mean `read`?"),
        ("own", "advanced", "did you mean `advance`?"),
        ("defaults", "restore", "write delete"),
        ("defaults", "advanced", "did you mean `advance`?"),
    ],
)
def test_an_operation_that_is_none(where: str, op: str, expected: str) -> None:
    made = answers(**({op: "user"} if where == "own" else {}))
    if where == "defaults":
        made["defaults"]["rules"][op] = "user"
    place = "Project.rules" if where == "own" else "defaults.rules"
    (problem,) = told(made)
    assert problem.startswith(f"{place}.{op}: {op!r} is not an operation")
    assert problem.endswith(f"{expected} [{Code.RULE_OP}]")


def test_a_default_names_the_model_that_it_does_not_fit() -> None:
    made = answers()
    made["defaults"]["rules"]["read"] = "title = 'a'"
    assert told(made) == [
        "defaults.rules.read: Team has no field 'title'; there are town, code, lead_id,"
        f" created_at, updated_at, lead [{Code.RULE_NAME}]"
    ]
    made["defaults"]["rules"]["read"] = "title =="
    assert told(made) == [f"defaults.rules.read: '==' is not read: write = for == [{Code.RULE}]"]


@pytest.mark.parametrize(
    ("op", "rule", "expected"),
    [
        ("create", "number > 1", "number of a new row is made when it is stored: leave it out of create"),
        ("create", "id = '00000000-0000-0000-0000-000000000000'", "id of a new row is made when it is stored: leave it out of create"),
        ("create", "deleted_at is null", "deleted_at of a new row is made when it is stored: leave it out of create"),
        ("create", "made < '2026-01-01T00:00:00Z'", "made of a new row may be its server_default: write `default`, or leave it out of create"),
        ("create", "price = 0", "price of a new row is made when it is stored: leave it out of create"),
        ("create", "late.active is not null", "late_id of a new row may be its server_default: write `default`, or leave it out of create"),
        ("create", "can(read, late)", "late_id of a new row may be its server_default: write `default`, or leave it out of create"),
        ("update", "price = 0", "price of a changed row is made when it is stored: leave it out of update"),
        ("update", "updated_at > made", "updated_at of a changed row is made when it is stored: leave it out of update"),
    ],
)  # fmt: skip
def test_what_is_not_known_before(op: str, rule: str, expected: str) -> None:
    made = answers(**{op: rule})
    made["models"]["Project"]["fields"] |= {
        "price": {"type": "int", "computed": "stars * 2"},
        "late_id": {"type": "uuid", "server_default": "gen_random_uuid()", "optional": True},
        "late": {"ref": "User", "columns": {"late_id": "id"}, "inverse": False},
    }
    assert told(made) == [f"Project.rules.{op}: {expected} [{Code.RULE_STORED}]"]


def test_a_new_row_has_what_is_sent_and_set() -> None:
    spec = load(answers(create="owner = me and stars = 0 and reviewer.active and team.lead = me"))
    assert isinstance(model(spec, "Project").rules["create"], nodes.And)
    # A row that is there has all of them, and so have those of a relation.
    assert load(
        answers(update="number > 1 and any(tasks, id = '00000000-0000-0000-0000-000000000000')")
    )


CIRCLES = [
    ({"read": "can(read, team)"}, {"read": "can(read, first)"}, "read of Team asks read of Project asks read of Team"),
    ({"read": "can(update, team)", "update": "can(delete, team)"}, {"update": "can(update, first)", "delete": "can(update, first)"}, "update of Project asks delete of Team asks update of Project"),
]  # fmt: skip


@pytest.mark.parametrize(("own", "others", "expected"), CIRCLES)
def test_a_circle(own: dict[str, str], others: dict[str, str], expected: str) -> None:
    made = answers(**own)
    made["models"]["Team"]["fields"]["first"] = {"ref": "Project", "optional": True}
    made["models"]["Team"]["rules"] = others
    problems = told(made)
    assert any(f"asks itself by can(): {expected}: write" in it for it in problems), problems


def test_a_row_that_asks_its_own_kind() -> None:
    made = answers()
    made["models"]["Task"]["fields"]["parent"] = {"ref": "Task", "optional": True}
    made["models"]["Task"]["rules"]["read"] = "can(read, parent)"
    assert "read of Task asks read of Task: write" in "".join(told(made))


WARNED = [
    ({"read": "reviewer = me"}, "Project.rules.read: decides which rows a list reads, and Project has no index of reviewer_id: write indexes: [[reviewer_id]] at it"),
    ({"read": "reviewer = me and hot or role(admin)"}, "Project.rules.read: decides which rows a list reads, and Project has no index of reviewer_id: write indexes: [[reviewer_id]] at it"),
    ({"create": "any(members, id = me)"}, "Project.rules.create: any(members, …) is never true of a new row, to which none refers yet: leave it out"),
]  # fmt: skip


@pytest.mark.parametrize(("rules", "expected"), WARNED)
def test_a_warning(rules: dict[str, str], expected: str) -> None:
    assert load(answers(**rules)).warnings == [expected]


@pytest.mark.parametrize(
    "rule", ["owner = me", "reviewer = me or hot", "reviewer = me and owner = me", "team.lead = me"]
)
def test_no_warning(rule: str) -> None:
    assert load(answers(read=rule)).warnings == []


def test_a_rule_that_nothing_asks_for() -> None:
    made = answers(delete="role(admin)", update="role(admin)")
    made["models"]["Project"]["api"] = {"ops": ["list"]}
    made["models"]["Project"]["many"] = {}
    assert load(made).warnings == [  # can() of Task asks for update
        "Project.rules.delete: nothing that is served asks for this rule: leave it out,"
        " or serve the operation"
    ]


# what is written is what is read

NAMED = st.sampled_from(["a", "b.c", "d_1"]).map(lambda it: syntax.Name(tuple(it.split("."))))
OPERANDS = (
    NAMED
    | st.text("a' ()", max_size=4).map(syntax.Text)
    | st.sampled_from(["0", "-7", "1.50"]).map(syntax.Number)
    | st.booleans().map(syntax.Truth)
)
LEAVES = (
    OPERANDS
    | st.builds(syntax.Comparison, OPERANDS, st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), OPERANDS)
    | st.builds(syntax.Membership, OPERANDS, st.lists(OPERANDS, min_size=1, max_size=3).map(tuple))
    | st.builds(syntax.NullTest, OPERANDS, st.booleans())
    | st.builds(syntax.Ask, st.sampled_from(["role", "scope"]), st.text("a' :", min_size=1, max_size=4))
    | st.builds(syntax.Call, st.just("can"), NAMED, NAMED)
)  # fmt: skip


def _several(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(parts, min_size=2, max_size=3).map(tuple)


EXPRESSIONS = st.recursive(
    LEAVES,
    lambda inner: (
        _several(inner).map(syntax.Both)
        | _several(inner).map(syntax.Either)
        | inner.map(syntax.Opposite)
        | st.builds(syntax.Call, st.just("any"), NAMED, inner)
    ),
    max_leaves=8,
)


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def spelled(it: Any, within: int = 0) -> str:
    """A rule with no parenthesis that it can do without; `within` is how much binds around it."""
    match it:
        case syntax.Name():
            return it.text
        case syntax.Text(value):
            return quoted(value)
        case syntax.Number(text):
            return text
        case syntax.Truth(value):
            return str(value).lower()
        case syntax.Ask(of, name):
            return f"{of}({quoted(name)})"
        case syntax.Call("can", relation, op):
            return f"can({spelled(op)}, {relation.text})"
        case syntax.Call(of, relation, inner):
            return f"{of}({relation.text},{spelled(inner)})"
        case syntax.Comparison(left, sign, right):
            return f"{spelled(left)}{sign}{spelled(right)}"
        case syntax.Membership(value, items):
            return f"{spelled(value)} in ({', '.join(map(spelled, items))})"
        case syntax.NullTest(value, negated):
            return f"{spelled(value)} is {'not ' * negated}null"
        case syntax.Opposite(part):
            return f"not {spelled(part, 3)}"
    word, binds = (" or ", 1) if isinstance(it, syntax.Either) else (" and ", 2)
    text = word.join(spelled(part, binds + 1) for part in it.parts)
    return f"({text})" if within > binds else text


@settings(deadline=None, max_examples=200)
@given(EXPRESSIONS)
def test_what_is_written_is_read(expression: syntax.Expression) -> None:
    assert parse(spelled(expression)) == expression


def test_a_node_is_shown_in_a_line() -> None:
    rule = "reviewer.active and any(members, id = me) or can(read, owner)"
    shown = repr(model(load(answers(read=rule)), "Project").rules["read"])
    assert shown == (
        "Or(parts=(And(parts=(Compare(left=Column(reviewer.active), sign='=', right=Literal(value=True,"
        f" type={Type('bool')!r})), Any(members, Compare(left=Column(id), sign='=', right=Me()), True))),"
        " Can(read, owner)))"
    )
