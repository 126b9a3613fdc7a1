"""How models.yml changes, and what a next version of the template brings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.support import ROOT

Change = Callable[[str], str]
CHANGES: dict[str, Change] = {}
ENUMS = "\nenums:\n  State: [new, used]\n"


def beginning() -> str:
    """The sample, with an enum and a key that is a word."""
    text = (ROOT / "examples" / "sample.yml").read_text()
    text = put(text, "      owner: {", "      state: { type: State, default: new }\n      owner: {")
    key = "      code: { type: string(8), pattern: '^[a-z]+$' }\n"
    return f"{text}\n  Language:\n    pk: [code]\n    fields:\n{key}      name: string(40)\n{ENUMS}"


def change(function: Change) -> Change:
    CHANGES[function.__name__] = function
    return function


def put(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, f"{text.count(old)} times {old!r}"
    return text.replace(old, new)


@change
def add_a_field(text: str) -> str:
    return put(
        text, "      description: text?", "      colour: string(20)?\n      description: text?"
    )


@change
def add_a_field_with_a_type_of_its_own(text: str) -> str:
    return put(text, "      owner: {", "      released: date?\n      owner: {")


@change
def add_an_enum(text: str) -> str:
    text = put(text, "      owner: {", "      kind: { type: Kind, default: new }\n      owner: {")
    return put(text, ENUMS, f"{ENUMS}  Kind: [new, old]\n")


@change
def add_a_value(text: str) -> str:
    return put(text, "[new, used]", "[new, used, broken]")


@change
def drop_a_value(text: str) -> str:
    return put(text, "[new, used]", "[new]")


@change
def rename_an_enum(text: str) -> str:
    return text.replace("State", "Wear")


@change
def drop_an_enum(text: str) -> str:
    text = put(text, "      state: { type: State, default: new }\n", "")
    return put(text, ENUMS, "\ndropped: [Item.state]\n")


@change
def add_a_mixin(text: str) -> str:
    text = put(text, "    doc: A person", "    mixins: [Address]\n    doc: A person")
    fields = "    city: string(80)?\n    country: { type: char(2), default: DE }\n"
    return f"{text}\nmixins:\n  Address:\n{fields}"


@change
def add_a_model(text: str) -> str:
    model = "\n  Review:\n    fields: {text: text, item: {ref: Item, on_delete: cascade}}\n"
    return put(text, ENUMS, f"{model}{ENUMS}")


@change
def add_a_relation(text: str) -> str:
    line = "  Tag:\n    doc: A word to find items by\n    fields:\n"
    return put(text, line, f"{line}      maker: {{ ref: User, optional: true, inverse: tags }}\n")


@change
def add_an_index(text: str) -> str:
    return put(text, "    many:\n", "    indexes: [[owner, price]]\n    many:\n")


@change
def change_a_type(text: str) -> str:
    return put(
        text, "name: { type: string(200), index: true }", "name: { type: text, index: true }"
    )


@change
def change_a_key(text: str) -> str:
    return put(text, "  Language:\n    pk: [code]\n", "  Language:\n    pk: [code, name]\n")


@change
def rename_a_key(text: str) -> str:
    text = put(text, "    pk: [code]\n", "    pk: [tag]\n")
    return put(text, "      code: {", "      tag: { was: code,")


@change
def change_a_relation(text: str) -> str:
    return put(text, "on_delete: cascade, inverse: items", "on_delete: restrict, inverse: goods")


@change
def rename_a_relation(text: str) -> str:
    return put(text, "      owner: { ref: User,", "      holder: { was: owner, ref: User,")


@change
def delete_softly(text: str) -> str:
    return put(text, "    doc: A word", "    soft_delete: true\n    doc: A word")


@change
def add_versions(text: str) -> str:
    return put(text, "    doc: Something", "    version: true\n    doc: Something")


@change
def serve_more(text: str) -> str:
    ops = "[list, get, create, update, delete, bulk_create, bulk_update, bulk_delete, count]"
    api = f"    api: {{ ops: {ops}, search: [name], embed: [owner, tags] }}\n"
    return put(text, "    many:\n", f"{api}    many:\n")


@change
def require_a_field(text: str) -> str:
    return put(text, "description: text?", "description: text")


@change
def rename_a_field(text: str) -> str:
    return put(text, "price: { type", "cost: { was: price, type")


@change
def rename_a_model(text: str) -> str:
    text = put(text, "  Item:\n", "  Article:\n    was: Item\n")
    return text.replace("inverse: items", "inverse: articles")


@change
def drop_a_field(text: str) -> str:
    text = put(text, "      description: text? # may be null\n", "")
    return text + "\ndropped: [Item.description]\n"


@change
def drop_a_relation(text: str) -> str:
    start, end = text.index("    many:\n"), text.index("  Tag:\n")
    return text[:start] + text[end:] + "\ndropped: [Item.tags]\n"


@change
def drop_a_model(text: str) -> str:
    start, end = text.index("    operations:\n"), text.index("  Item:\n")
    text = text[:start] + text[end:]
    start, end = text.index("  Transfer:\n"), text.index("  Language:\n")
    return text[:start] + text[end:] + "\ndropped: [Transfer]\n"


RESOURCE = "app/resources/{% yield r from resources %}{{ r.plural }}{% endyield %}"
# Of files that owners edit as well, each in a place of its own.
TEMPLATE = {
    "app/main.py.jinja": (
        "    problems.install(app)\n",
        "    problems.install(app)  # by now: 1.1\n",
    ),
    "app/settings.py.jinja": (
        '    """Log every statement, with its parameters."""\n',
        '    """Log every statement, with its parameters."""\n    database_name: str = "app"\n',
    ),
    "app/http/health.py": ('status="alive"', 'status="living"'),
    "app/http/schemas.py": ('"""\n', '"""\n\n# Since 1.1.\n'),
    f"{RESOURCE}/model.py.jinja": ("# Yours below: ", "# Since 1.1\n    # Yours below: "),
    f"{RESOURCE}/{{% if r.routed %}}router.py{{% endif %}}.jinja": (
        '"""{{ r.title }}, over HTTP."""',
        '"""{{ r.title }} over HTTP."""',
    ),
    "tests/conftest.py.jinja": ('    return "asyncio"\n', '    return "asyncio"  # since 1.1\n'),
    "tests/test_web.py": ('{"status": "alive"}', '{"status": "living"}'),
    "pyproject.toml.jinja": (
        '    "fastapi>=0.165",\n',
        '    "fastapi>=0.165.0",\n    "greenlet>=3",\n',
    ),
    "README.md.jinja": ("## Deployment\n", "## How to deploy it\n"),
    "Makefile.jinja": (
        "test: uv  ## Run the tests",
        "check: lint test  ## All\n\ntest: uv  ## Run the tests",
    ),
    ".env.example.jinja": (
        "# Log every statement.\n",
        "# Log every statement, with its parameters.\n",
    ),
    "{% if container == 'docker' %}Dockerfile{% endif %}.jinja": ("EXPOSE 8000", "EXPOSE 8000/tcp"),
    "{% if container == 'docker' %}compose.yml{% endif %}.jinja": ("retries: 30", "retries: 60"),
    "{% if ci == 'github' %}.github{% endif %}/workflows/ci.yml.jinja": (
        "      - run: make lint\n",
        "      - run: make lint\n      - run: make --version\n",
    ),
    "{% if license == 'MIT' %}LICENSE{% endif %}.jinja": ("MIT License", "The MIT License"),
}


def improve(template: Path) -> None:
    """A next version of the template."""
    for name, (old, new) in TEMPLATE.items():
        path = template / name
        text = path.read_text()
        assert old in text, f"{name} has no {old!r}"
        path.write_text(text.replace(old, new, 1))
    (template / "app/added.py").write_text('"""New in 1.1."""\n')
