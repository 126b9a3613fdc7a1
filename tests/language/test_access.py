# ruff: noqa: E501 (messages stand here whole, so that a search finds them)
"""`auth:`, `roles:`, `set:` and `claim:`: what they take, and what follows from them."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from hooks.language import Invalid, load
from hooks.language.diagnostics import Code
from hooks.language.spec import Field, Model, Spec
from hooks.yaml_file import diagnose

SUBJECT = "{type: string(255), unique: true, access: read_only}"
FILE = """
auth: {tokens: jwt, user: User}
defaults: {rules: {read: user, write: user}}
models:
  User: {fields: {USER}KEYS}
  Item: {fields: {ITEM}}
"""
PLAIN = f"subject: {SUBJECT}"


def file(user: str = PLAIN, item: str = "name: text", keys: str = "") -> str:
    return FILE.replace("USER", user).replace("ITEM", item).replace("KEYS", keys)


def subjects(**keys: Any) -> str:
    """A field subject with other keys."""
    made = {"type": "string(255)", "unique": True, "access": "read_only"} | keys
    return f"subject: {yaml.safe_dump(made, default_flow_style=True, width=1000).strip()}"


def problems(text: str) -> list[str]:
    with pytest.raises(Invalid) as raised:
        load(yaml.safe_load(text))
    return raised.value.problems


def loaded(text: str) -> Spec:
    return load(yaml.safe_load(text))


def model(spec: Spec, name: str) -> Model:
    return next(it for it in spec.models if it.name == name)


def field(spec: Spec, name: str) -> Field:
    return model(spec, "Item").by_name[name]


# auth


@pytest.mark.parametrize("text", ["models: {Item: {fields: {name: text}}}", "auth: false\nmodels: {Item: {fields: {name: text}}}"])  # fmt: skip
def test_without(text: str) -> None:
    spec = loaded(text)
    assert spec.auth is None
    assert spec.roles == ()
    assert not spec.models[0].rules
    assert not spec.models[0].rule_texts


def test_with() -> None:
    text = file("name: text").replace(", user: User", "")
    spec = loaded(text.replace("auth:", "roles: [a, b c]\nauth:"))
    assert spec.auth is not None
    assert spec.auth.user is None
    assert spec.auth.subject is None
    assert spec.roles == ("a", "b c")


def test_with_a_model_of_who_asks() -> None:
    spec = loaded(file())
    user = model(spec, "User")
    assert spec.auth is not None
    assert spec.auth.user is user
    assert spec.auth.subject is user.by_name["subject"]
    # Its rows are made at first sight of a token.
    assert user.api.ops == ("list", "get", "delete")
    assert {"create", "bulk_create"} < set(model(spec, "Item").api.ops)


@pytest.mark.parametrize("keys", [", soft_delete: true", ", pk: [subject]", ", soft_delete: true, pk: [subject]"])  # fmt: skip
def test_a_subject_is_unique_among_all_rows(keys: str) -> None:
    user = model(loaded(file(keys=keys)), "User")
    uniques = [it.fields for it in user.uniques if it.where is None] + [user.key]
    assert (user.by_name["subject"],) in uniques


@pytest.mark.parametrize(
    ("auth", "expected"),
    [
        ("", "auth: is empty: write {tokens: jwt}, or leave it out [SW116]"),
        ("jwt", "auth: 'jwt' is not a mapping with tokens, user [SW101]"),
        ("true", "auth: true is not a mapping with tokens, user [SW101]"),
        ("{}", "auth: has no `tokens`: write jwt [SW105]"),
        ("{tokens: cookies}", "auth.tokens: 'cookies' is not jwt [SW106]"),
        ("{tokens: jwt, usr: User}", "auth: unknown key 'usr'; did you mean `user`? [SW102]"),
        ("{tokens: jwt, user: Usr}", "auth.user: there is no model 'Usr'; did you mean `User`? [SW501]"),
    ],
)  # fmt: skip
def test_auth_that_is_wrong(auth: str, expected: str) -> None:
    text = file().replace("{tokens: jwt, user: User}", auth)
    assert problems(text) == [expected]
    assert diagnose(text)[0] == [f"models.yml:2: {expected}"]


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ("admin", "roles: 'admin' is not a list, as in [admin, editor] [SW109]"),
        ("[yes]", "roles: true is not a role: quote it [SW104]"),
        ("[admin, admin]", "roles: admin is listed twice [SW217]"),
        ("['']", "roles: '' cannot be a role: write printable text, as in editor [SWA06]"),
        ('["a\\tb"]', "roles: 'a\\tb' cannot be a role: write printable text, as in editor [SWA06]"),
    ],
)  # fmt: skip
def test_roles_that_are_wrong(roles: str, expected: str) -> None:
    assert problems(f"{file()}\nroles: {roles}") == [expected]


@pytest.mark.parametrize(
    ("user", "keys"),
    [
        ("name: {type: text, default: a}", ""),
        (subjects(unique=False), ""),
        (subjects(type="citext"), ""),
        (subjects(type="uuid"), ""),
        (subjects(type="text[]"), ""),
        (subjects(optional=True), ""),
        (subjects(access="rw"), ""),
        (subjects(default="a"), ""),
        (subjects(min_length=3), ""),
        (subjects(pattern="^a"), ""),
        (subjects(claim="sub"), ""),
        (subjects(unique=False), ", unique: [{fields: [subject], where: subject <> ''}]"),
        (subjects(unique=False), ", unique: [[subject, id]]"),
        ("subject: {ref: Item, unique: true, access: read_only}", ""),
    ],
)
def test_a_subject_that_is_none(user: str, keys: str) -> None:
    told = problems(file(user, keys=keys))
    expected = f"auth.user names User, which needs the field subject: {SUBJECT} [{Code.SUBJECT}]"
    assert any(it.endswith(expected) for it in told), told


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (", managed: false", "auth.user: User is not managed, and rows are made at first sight: name another model [SWA02]"),
        (", pk: [subject, realm]", "auth.user: User needs a key of one field, which rules call `me` [SWA02]"),
        (", pk: none", "auth.user: User needs a key of one field, which rules call `me` [SWA02]"),
    ],
)  # fmt: skip
def test_a_model_of_who_asks_that_is_none(keys: str, expected: str) -> None:
    assert problems(file(f"{PLAIN}, realm: {{type: text, default: a}}", keys=keys)) == [expected]


MADE = "is required, and the row is made at first sight of a token: give it a default, write `claim:` with the name of the token's claim that fills it, or make it optional"
TWO = "has `claim` and another source of its value: keep one"


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("x: text", MADE),
        ("x: -> Item", MADE),
        ("x: {type: json, claim: a}", "is json, which no claim fills: write it as text"),
        ("x: {type: text, array: true, claim: a}", "is text, which no claim fills: write it as text"),
        ("x: {type: int, claim: a, auto: identity}", TWO),
        ("x: {type: text, claim: a, computed: subject}", TWO),
        ("x: {type: text, claim: ''}", "has an empty `claim`: write the name of a claim, as in email"),
        ("x: {type: text, claim: a}", None),
        ("x: {type: text, claim: 'https://example.com/x', default: a}", None),
        ("x: {type: bool, claim: email_verified}", None),
        ("x: {type: uuid, claim: oid, unique: true}", None),
        ("x: {type: text, optional: true}", None),
        ("x: {type: timestamptz, server_default: now()}", None),
        ("x: {ref: Item, optional: true}", None),
    ],
)  # fmt: skip
def test_a_row_at_first_sight(entry: str, expected: str | None) -> None:
    text = file(f"{PLAIN}, {entry}")
    if expected is None:
        assert loaded(text).auth is not None
    else:
        name = "x_id" if "->" in entry else "x"
        assert f"User.{name}: {expected} [{Code.CLAIM}]" in problems(text)


def test_a_claim_elsewhere() -> None:
    expected = "Item.x: fills the row of who asks: write it in the model that `auth.user` names"
    assert problems(file(item="x: {type: text, claim: a}")) == [f"{expected} [{Code.CLAIM}]"]


SOURCE = "has `set` and another source of its value: keep one"


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("x: {type: text, set: me}", "holds who asks, a User: write {ref: User, set: me}"),
        ("x: {ref: Other, set: me}", "holds who asks, a User: write {ref: User, set: me}"),
        ("x: {ref: User, set: me, access: create_only}", "is filled by the service: leave out access: create_only"),
        ("x: {type: text, set: me, default: a}", SOURCE),
        ("x: {type: text, set: me, computed: name}", SOURCE),
        ("mail: {type: email, set: me}, x: {ref: User, columns: {mail: mail}}", "refers to User by another field than its key: leave out `columns:`"),
    ],
)  # fmt: skip
def test_a_set_that_is_wrong(entry: str, expected: str) -> None:
    user = f"{PLAIN}, mail: {{type: email, unique: true, claim: email}}"
    text = file(user, f"name: text, {entry}") + "  Other: {fields: {name: text}}\n"
    name = "mail" if "mail" in entry else "x"
    assert problems(text) == [f"Item.{name}: {expected} [{Code.SET}]"]


def test_a_set_in_the_key() -> None:
    text = file(item="x: {ref: User, set: me}").replace("me}}}", "me}}, pk: [x]}")
    expected = "Item.x: is part of the key, which `set` can't fill: write another `pk:`"
    assert problems(text)[0] == f"{expected} [{Code.SET}]"


@pytest.mark.parametrize("entry", ["x: {ref: User, set: me}", "x: {ref: User, set: me, access: hidden}", "x: {ref: User, set: me, optional: true}"])  # fmt: skip
def test_a_set(entry: str) -> None:
    made = field(loaded(file(item=f"name: text, {entry}")), "x_id")
    assert made.set == "me"
    assert not any((made.creatable, made.updatable, made.required))
    assert made.access == ("hidden" if "hidden" in entry else "read_only")


def test_a_set_of_declared_columns() -> None:
    entry = "x: {type: uuid, set: me}, by: {ref: User, columns: {x: id}}"
    assert field(loaded(file(item=f"name: text, {entry}")), "x").set == "me"


def test_a_set_without_a_model_of_who_asks() -> None:
    text = file("name: text", "name: text, x: ENTRY").replace(", user: User", "")
    assert field(loaded(text.replace("ENTRY", "{type: text, set: me}")), "x").set == "me"
    assert problems(text.replace("ENTRY", "{type: citext, set: me}")) == [
        f"Item.x: holds a token's subject: give it the type string(255) [{Code.SET}]"
    ]
    assert problems(text.replace("ENTRY", "{ref: User, set: me}")) == [
        "Item.x: is a reference, and `me` is text without a model of who asks: write"
        f" `auth: {{tokens: jwt, user: User}}` [{Code.SET}]"
    ]


def test_me_without_a_model_of_who_asks() -> None:
    text = file("name: text", "x: text, y: uuid, u: -> User").replace(", user: User", "")
    text += "    rules: {read: RULE}\n"
    text = text.replace("}}\n    rules: {read: RULE}", "}, rules: {read: RULE}}")
    assert loaded(text.replace("RULE", "x = me")).models[1].rule_texts["read"] == "x = me"
    for rule, kind in (("y = me", "y is uuid"), ("u = me", "u is uuid")):
        expected = f"Item.rules.read: {kind}, and me the subject of a token: compare a text, or name the model of who asks as `auth.user` [{Code.RULE_ME}]"
        assert problems(text.replace("RULE", rule)) == [expected]


# without auth


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("roles: [a]\nmodels: {Item: {fields: {x: text}}}", "roles"),
        ("defaults: {rules: {read: nonsense}}\nmodels: {Item: {fields: {x: text}}}", "defaults.rules"),
        ("models: {Item: {fields: {x: text}, rules: {list: nonsense}}}", "Item.rules"),
        ("models: {Item: {fields: {x: {type: text, set: me}}}}", "Item.x"),
        ("models: {Item: {fields: {x: {type: text, claim: a}}}}", "Item.x"),
        ("models: {Item: {fields: {x: {ref: Item, optional: true, set: me}}}}", "Item.x"),
        ("mixins: {Own: {x: {type: text, set: me}}}\nmodels: {Item: {mixins: [Own]}}", "mixins.Own.x"),
        ("auth: false\nroles: [a]\nmodels: {Item: {fields: {x: text}}}", "roles"),
    ],
)  # fmt: skip
def test_what_needs_auth(text: str, where: str) -> None:
    expected = "needs to know who asks: write `auth: {tokens: jwt}` at the top level"
    assert problems(text) == [f"{where}: {expected} [{Code.NO_AUTH}]"]


# rules, before they are read


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("[user]", ": ['user'] is not a mapping {op: rule}, as in {read: user} [SW101]"),
        ("{read: yes}", ".read: true is not a rule: write public, user, false, role(x) or a condition, as in owner = me [SW106]"),
        ("{read: }", ".read: is empty: write public, user, false, role(x) or a condition, as in owner = me [SW116]"),
        ("{read: [user]}", ".read: ['user'] is not a rule: write public, user, false, role(x) or a condition, as in owner = me [SW106]"),
        ("{read: any(users, id = me)}", ": a comma ends a value inside { }: quote the rule, as in 'any(members, id = me)' [SW107]"),
        ("{on: user}", "..true: YAML reads this key as true: quote it, as in 'on': … [SW113]"),
    ],
)  # fmt: skip
def test_rules_that_are_none(rules: str, expected: str) -> None:
    text = f"auth: {{tokens: jwt}}\nmodels:\n  Item:\n    fields: {{x: text}}\n    rules: {rules}\n"
    expected = expected.replace("..true", "")
    assert problems(text) == [f"Item.rules{expected}"]
    assert diagnose(text)[0] == [f"models.yml:5: Item.rules{expected}"]
    text = f"auth: {{tokens: jwt}}\ndefaults: {{rules: {rules}}}\nmodels: {{Item: {{fields: {{x: text}}}}}}"
    assert problems(text) == [f"defaults.rules{expected}"]


def test_classes_of_the_service_are_reserved() -> None:
    text = file() + "  Principal: {fields: {name: text}}\n"
    told = f"Principal: the service has its own class Principal: rename this one [{Code.RESERVED}]"
    assert problems(text) == [told]
    record = file("name: text").replace("user: User", "user: Record")
    record += f"  Record: {{fields: {{{PLAIN}}}}}\n"
    told = f"Record: the service has its own class Record: rename this one [{Code.RESERVED}]"
    assert problems(record) == [told]
    loaded(file() + "  Record: {fields: {name: text}}\n")
    loaded("models: {Principal: {fields: {name: text}}}")
