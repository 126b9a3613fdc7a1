"""docs/language.md: help and an example for each key, every example loaded."""

from __future__ import annotations

import re
from itertools import product

import pytest
import yaml

from hooks import language_page as page
from hooks.language import types
from hooks.language.api import OPS
from hooks.language.help import KEYS
from hooks.language.spec import Field, Type
from hooks.yaml_file import diagnose
from tests.support import ROOT

TEXT = page.page()
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
EVERY_KEY = {f"{it.__name__}.{key}" for it in page.shapes() for key in page.keys(it)}

# What the example of a key is put into: the file that the page begins with, and these.
BESIDE = """
mixins: {Priced: {net_price: 'decimal(12,2)'}}
models:
  Account:
    fields: {currency: string(3), balance: {type: 'decimal(14,2)', default: '0.00'}}
  Payment:
    fields:
      payer: {ref: Account, inverse: paid}
      payee: {ref: Account, inverse: received}
      amount: {type: 'decimal(14,2)', gt: 0}
      request_id: {type: uuid, unique: true}
  Booking:
    mixins: [Priced]
    fields: {room: int, during: tstzrange, cancelled: {type: bool, default: false}}
"""
# The model that it is put into, by the shape or the key.
MODELS = {
    "Exclude": "Booking",
    "Log": "Account",
    "Transfer": "Account",
    "Transition": "Order",
    "Scalar.claim": "User",
    "Model.exclude": "Booking",
    "Model.fields": "Booking",
    "Model.managed": "Booking",
    "Model.operations": "Order",
}
# What a key of access needs besides.
ACCESS = """
auth: {tokens: jwt}
roles: [editor]
defaults: {rules: {read: user, write: user}}
"""
SUBJECT = {"type": "string(255)", "unique": True, "access": "read_only"}
NEED_ACCESS = {
    *("Auth.tokens", "Auth.user", "File.auth", "File.roles", "Defaults.rules", "Model.rules"),
    *("Scalar.set", "Scalar.claim", "Ref.set"),
}
NEED_USER = {"Auth.user", "Scalar.claim", "Ref.set"}


def whole(key: str) -> str:
    """The example of a key, in a models.yml."""
    file, beside = yaml.safe_load(page.SHOP), yaml.safe_load(BESIDE)
    file = {**file, **beside, "models": file["models"] | beside["models"]}
    shape = key.partition(".")[0]
    example = yaml.safe_load(KEYS[key].example)
    if key in NEED_ACCESS:
        file |= yaml.safe_load(ACCESS)
        file["models"]["Order"]["rules"] = {"advance": "user"}
    if key in NEED_USER:
        file["auth"]["user"] = "User"
        file["models"]["User"]["fields"] = {"subject": SUBJECT}
    model = file["models"][MODELS.get(key) or MODELS.get(shape, "Product")]
    match shape:
        case "Scalar" | "Ref" | "Custom":
            model["fields"] |= example
        case "File" | "Defaults" | "Auth" | "EnumType":
            models = file["models"] | example.get("models", {})
            mixins = file["mixins"] | example.get("mixins", {})
            file = {**file, **example, "models": models, "mixins": mixins}
            file["enums"] |= yaml.safe_load(page.SHOP)["enums"]
        case _:
            model |= example
    return yaml.safe_dump(file, sort_keys=False)


def test_the_page_is_up_to_date() -> None:
    written = (ROOT / "docs/language.md").read_text()
    assert written == TEXT, "python -m hooks.language_page > docs/language.md"


def test_every_key_has_help() -> None:
    assert KEYS.keys() == EVERY_KEY
    assert all(it.what.endswith(".") for it in KEYS.values())


def test_every_key_is_on_the_page() -> None:
    for shape in page.shapes():
        assert f"\n@keys {shape.__name__} " in page.TEXT
    assert not re.search("^@", TEXT, re.MULTILINE)


@pytest.mark.parametrize("key", sorted(EVERY_KEY))
def test_the_example_of_a_key(key: str) -> None:
    shape, _, name = key.partition(".")
    assert re.search(rf"\b{name}\b", KEYS[key].example)
    problems, warnings = diagnose(whole(key))
    assert problems == []
    assert warnings == [] or shape in ("File", "EnumType")  # an enum that no field has


@pytest.mark.parametrize("text", BLOCKS, ids=lambda it: str(BLOCKS.index(it)))
def test_a_whole_example(text: str) -> None:
    assert diagnose(text) == ([], [])


def test_every_type_operation_and_operator_is_told() -> None:
    assert list(page.JSON) == types.NAMES
    assert tuple(page.ROUTES) == OPS
    used = {
        name
        for type_, array, optional in product(types.NAMES, (True, False), (True, False))
        for name in types.filters(_field(Type(type_, array=array), optional=optional))
    }
    assert page.OPERATORS.keys() == used


def _field(type_: Type, *, optional: bool) -> Field:
    return Field(name="x", attribute="x", column="x", type=type_, optional=optional)


def test_every_link_leads_somewhere() -> None:
    titles = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```$", "", TEXT, flags=re.S | re.M), re.M)
    anchors = {re.sub(r"[^\w -]", "", it.lower()).replace(" ", "-") for it in titles}
    assert len(anchors) == len(titles)
    assert {*re.findall(r"\(#([^)]+)\)", TEXT)} <= anchors
