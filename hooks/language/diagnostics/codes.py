# ruff: noqa: E501 (a row reads best when nothing in it is cut)
"""Every mistake that can be made in a models.yml, a row a code: the one place to add a code.

A row: the code, what is wrong and what to write instead in full sentences, a models.yml with the
mistake in it, and one without. `docs/diagnostics.md` is made of these (`python -m
hooks.diagnostics_page`), and the tests load both files of each. Codes are stable: never renumbered,
never used again for something else.
"""

from __future__ import annotations

from enum import StrEnum

GROUPS = {
    "SW0": "The file",
    "SW1": "Keys and values",
    "SW2": "Names",
    "SW3": "Types",
    "SW4": "Defaults, limits and indexes",
    "SW5": "Relations",
    "SW6": "Fields and keys",
    "SW7": "The API",
    "SW8": "Operations",
    "SW9": "Models that go",
    "SWA": "Access",
}


def _lines(text: str, depth: int) -> str:
    return "".join(f"{' ' * depth}{line}\n" for line in text.splitlines())


def item(fields: str, keys: str = "", models: str = "", rest: str = "") -> str:
    """A model Item with `fields` and other `keys`, among other `models` and the `rest`."""
    start = f"{rest}\nmodels:\n" if rest else "models:\n"
    return f"{start}  Item:\n    fields:\n{_lines(fields, 6)}{_lines(keys, 4)}{_lines(models, 2)}"


def transfer(
    operation: str = "{kind: transfer, field: balance, log: Payment}",
    balance: str = "decimal(12,2)",
    payer: str = "{ref: Account, inverse: paid}",
    payee: str = "{ref: Account, inverse: received}",
    amount: str = "{type: 'decimal(12,2)', gt: 0}",
    request_id: str = "{type: uuid, unique: true}",
    more: str = "",
) -> str:
    """An Account with a transfer that writes a Payment."""
    return f"""\
models:
  Account:
    fields:
      balance: {balance}
    operations:
      pay: {operation}
  Payment:
    fields:
      payer: {payer}
      payee: {payee}
      amount: {amount}
      request_id: {request_id}
{_lines(more, 6)}"""


BANK = "      bank: int\n      number: int\n    pk: [bank, number]\n    operations"
USER = "User: {fields: {name: text}}"
TAG = "Tag: {fields: {label: string(40)}}"

RULES = "defaults: {rules: {read: user, write: user}}"
WITH_AUTH = f"auth: {{tokens: jwt}}\n{RULES}"
WITH_USER = f"auth: {{tokens: jwt, user: User}}\n{RULES}"
OF_TOKEN = "subject: {type: string(255), unique: true, access: read_only}"
PERSON = f"User: {{fields: {{{OF_TOKEN}}}}}"


def ruled(rules: str, fields: str = "title: text", models: str = "", keys: str = "") -> str:
    """A Post with `rules`, whose author is a User."""
    rest = f"roles: [editor]\nenums: {{State: [draft, public]}}\n{WITH_USER}"
    fields = f"{fields}\nauthor: {{ref: User, set: me}}\nstate: {{type: State, default: draft}}"
    made = item(fields, f"rules: {rules}\n{keys}", f"{PERSON}\n{models}", rest)
    return made.replace("  Item:", "  Post:")


class Code(StrEnum):
    NOT_YAML = (
        "SW001",
        "The file is not YAML. Most often a bracket or a quote is not closed, a line is indented with a tab, or a text with `: ` in it has no quotes.",
        "models: {Item: {fields: {name: text}\n",
        "models: {Item: {fields: {name: text}}}\n",
    )
    DUPLICATE = (
        "SW002",
        "A mapping has the same key twice, and YAML would silently drop the first. Rename or remove one.",
        item("name: text\nprice: int\nname: string(40)"),
        item("name: text\nprice: int"),
    )

    BRACES = (
        "SW003",
        "Inside `{ }` YAML breaks at `?` and `[]`. Quote the type, as in `'text?'`, or write `optional: true` and `array: true`.",
        item("note: {type: text?, default: none}"),
        item("note: {type: 'text?', default: none}"),
    )

    SHAPE = (
        "SW101",
        "The value must be a mapping, `{name: …}`.",
        "models: {Item: [name]}\n",
        "models: {Item: {fields: {name: text}}}\n",
    )
    UNKNOWN_KEY = (
        "SW102",
        "The language has no such key here. The message names the nearest one.",
        item("price: {type: int, optionl: true}"),
        item("price: {type: int, optional: true}"),
    )
    UNSUPPORTED = (
        "SW103",
        "The language has this, but it is not supported yet.",
        transfer(
            payer="{ref: Account, inverse: paid, columns: {bank: bank, from_number: number}}",
            payee="{ref: Account, inverse: received, columns: {bank: bank, to_number: number}}",
            more="bank: int\nfrom_number: int\nto_number: int",
        ).replace("    operations", BANK),
        transfer().replace("    operations", BANK),
    )
    QUOTE = (
        "SW104",
        "YAML does not read the value as text: `NO` is false, `12:30` is 750, `2026-01-01` a date. Quote it.",
        item("home: Country", rest="enums: {Country: [DE, NO]}"),
        item("home: Country", rest="enums: {Country: [DE, 'NO']}"),
    )
    MISSING = (
        "SW105",
        "A required key is missing.",
        item("price: {optional: true}"),
        item("price: {type: int, optional: true}"),
    )
    VALUE = (
        "SW106",
        "The key does not take this value.",
        item("price: {type: int, unique: 'yes'}"),
        item("price: {type: int, unique: true}"),
    )
    COMMA = (
        "SW107",
        "Inside `{ }` a comma ends the value. Quote the type, or write `precision:` and `scale:`.",
        item("price: {type: decimal(12,2)}"),
        item("price: {type: 'decimal(12,2)'}"),
    )
    BOTH = (
        "SW108",
        "A field has both `type`, for a column, and `ref`, for a reference. Keep one.",
        item("owner: {type: uuid, ref: User}", models=USER),
        item("owner: {ref: User}", models=USER),
    )
    LIST = (
        "SW109",
        "The value must be a list, `[…]`.",
        item("name: text", rest="dropped: Order"),
        item("name: text", rest="dropped: [Order]"),
    )
    LISTS = (
        "SW110",
        "`unique` and `indexes` are lists of lists: several fields may be unique together.",
        item("name: text\nyear: int", "unique: [name]"),
        item("name: text\nyear: int", "unique: [[name], [name, year]]"),
    )
    MISPLACED = (
        "SW111",
        "`to` is for many-to-many relations, under `many:`. A field references one row with `ref`.",
        item("tags: {to: Tag}", models=TAG),
        item("name: text", "many: {tags: {to: Tag}}", models=TAG),
    )
    COLUMN_KEY = (
        "SW112",
        "The key is for columns, not for references. Declare the column as a field, and name it under `columns:`.",
        item("owner: {ref: User, server_default: '1'}", models=f"{USER[:-1]}, pk: identity}}"),
        item(
            "owner_id: {type: bigint, server_default: '1'}\nowner: {ref: User, columns: {owner_id: id}}",
            models=f"{USER[:-1]}, pk: identity}}",
        ),
    )
    KEY_QUOTE = (
        "SW113",
        "YAML does not read the key as text: `on`, `yes` and `null`, among others. Quote it.",
        item("on: timestamptz"),
        item("'on': timestamptz"),
    )
    NO_TYPE = (
        "SW114",
        "The field has no type.",
        item("name:"),
        item("name: text"),
    )
    NO_MODELS = (
        "SW115",
        "The file has no model. Describe at least one.",
        "models: {}\n",
        "models: {Item: {fields: {name: text}}}\n",
    )
    EMPTY = (
        "SW116",
        "The key has no value. Give it one or leave the key out.",
        item("name: text", "order:"),
        item("name: text", "order: [name]"),
    )
    CHOICE = (
        "SW117",
        "The value is not one of those allowed. The message lists them.",
        item("price: {type: int, default: 0, access: readonly}"),
        item("price: {type: int, default: 0, access: read_only}"),
    )
    OPTIONAL = (
        "SW118",
        "`ref:` takes only the name of a model. Write `optional: true` beside it for an optional reference.",
        item("owner:\n  ref: User?", models=USER),
        item("owner:\n  ref: User\n  optional: true", models=USER),
    )
    UNPRINTABLE = (
        "SW119",
        "A `doc` holds a character that cannot be printed. Leave it out.",
        item("name: text", 'doc: "A\\u0007"'),
        item("name: text", "doc: An item"),
    )
    EXTENSION = (
        "SW120",
        "An extension of PostgreSQL is called by its name, in lower case.",
        item("name: text", rest="extensions: ['uuid ossp']"),
        item("name: text", rest="extensions: [uuid-ossp]"),
    )

    NAME = (
        "SW201",
        "Fields, relations, checks, operations and `plural:` are named in ASCII and snake_case, without a leading underscore.",
        item("firstName: text"),
        item("first_name: text"),
    )
    RESERVED = (
        "SW202",
        "The service has its own class of that name. Rename the model or enum.",
        "models: {Listing: {fields: {text: text}}}\n",
        "models: {Offer: {fields: {text: text}}}\n",
    )
    LENGTH = (
        "SW203",
        "The identifier is longer than 63 bytes, and PostgreSQL would cut it. The message names the key that sets a shorter one.",
        item("the_name_of_the_person_who_has_to_be_told_when_the_item_is_out_of_stock: text"),
        item(
            "the_name_of_the_person_who_has_to_be_told_when_the_item_is_out_of_stock: {type: text, column: contact}"
        ),
    )
    PLURAL = (
        "SW204",
        "The singular and the plural are the same, but the class needs one and the table the other. Set `plural:`.",
        "models: {Sheep: {fields: {name: text}}}\n",
        "models: {Sheep: {fields: {name: text}, plural: flock}}\n",
    )
    TWICE = (
        "SW205",
        "Two fields, relations or inverses of a model have the same name. Rename one.",
        item("tags: text[]", "many: {tags: {to: Tag}}", models=TAG),
        item("words: text[]", "many: {tags: {to: Tag}}", models=TAG),
    )
    ADDED = (
        "SW206",
        "The template adds this column itself (`id`, `created_at`, `updated_at`, `row_version`, `deleted_at`). Leave it out, or switch it off as the message says.",
        item("id: int"),
        item("id: int", "pk: [id]"),
    )
    MODEL_NAME = (
        "SW207",
        "Models and enums are named in PascalCase, in ASCII.",
        "models: {order_line: {fields: {name: text}}}\n",
        "models: {OrderLine: {fields: {name: text}}}\n",
    )
    SQL_NAME = (
        "SW208",
        "A table, column or constraint cannot have this name. Write letters, digits and `_`.",
        item("name: text", "table: shop.items"),
        item("name: text", "table: shop_items"),
    )
    OPERATION_NAME = (
        "SW209",
        "An operation is named in ASCII and snake_case, and not like a path that the service has (`bulk`, `count`, `export`).",
        transfer().replace("pay:", "bulk:"),
        transfer(),
    )
    PYTHON_WORD = (
        "SW210",
        "The singular or the plural is a reserved word in Python, which no module can be called. Rename the model or set `plural:`.",
        "models: {Class: {fields: {name: text}}}\n",
        "models: {SchoolClass: {fields: {name: text}}}\n",
    )
    PYDANTIC = (
        "SW211",
        "Pydantic reserves names that start with `model_dump` or `model_validate`. Rename the field; `column:` keeps the column's name.",
        item("model_dump_size: int"),
        item("dump_size: {type: int, column: model_dump_size}"),
    )
    SQL_TYPE = (
        "SW212",
        "PostgreSQL has its own type of that name. Rename the enum.",
        item("way: Path", rest="enums: {Path: [left, right]}"),
        item("way: PathKind", rest="enums: {PathKind: [left, right]}"),
    )
    SYSTEM_COLUMN = (
        "SW213",
        "PostgreSQL has a column of that name in every table. Set another with `column:`.",
        item("xmin: int"),
        item("xmin: {type: int, column: x_min}"),
    )
    SYSTEM_TABLE = (
        "SW214",
        "PostgreSQL or Alembic reserves the name of the table or its prefix. Set another `table:`.",
        item("name: text", "table: pg_items"),
        item("name: text", "table: my_items"),
    )
    TABLE_TWICE = (
        "SW215",
        "Two tables, indexes, unique constraints or enums have the same name, and PostgreSQL keeps these in one namespace. Rename one.",
        item("name: text", models="Product: {fields: {name: text}, table: items}"),
        item("name: text", models="Product: {fields: {name: text}}"),
    )
    INVERSE_TWICE = (
        "SW216",
        "The inverse of a relation has the name of something that the other model already has. Write `inverse:` at one of them, or `inverse: false` to have none.",
        item("seller: -> User\nbuyer: -> User", models=USER),
        item(
            "seller: {ref: User, inverse: sold}\nbuyer: {ref: User, inverse: bought}", models=USER
        ),
    )
    LISTED_TWICE = (
        "SW217",
        "A list names the same field twice.",
        item("name: text", "unique: [[name, name]]"),
        item("name: text", "unique: [[name]]"),
    )
    COLUMN_TWICE = (
        "SW218",
        "Two fields of a table have the same column. Set another `column:`.",
        item("name: text\ntitle: {type: text, column: name}"),
        item("name: text\ntitle: text"),
    )
    CONSTRAINT_TWICE = (
        "SW219",
        "Two constraints of a table have the same name. A limit makes a constraint too: `min:` at `price` makes `price_min`.",
        item("price: {type: int, min: 1}", "checks: {price_min: price > 2}"),
        item("price: {type: int, min: 1}", "checks: {price_even: price % 2 = 0}"),
    )
    MODEL_TWICE = (
        "SW220",
        "A model and an enum have the same name. Rename one.",
        item("name: text", rest="enums: {Item: [old, new]}"),
        item("condition: Condition", rest="enums: {Condition: [old, new]}"),
    )
    PLURAL_TWICE = (
        "SW221",
        "Two models have the same singular or plural, and with it the same module. Rename one or set `plural:`.",
        item(
            "name: text",
            models="Product: {fields: {name: text}, plural: items, table: products, api: {path: /products}}",
        ),
        item("name: text", models="Product: {fields: {name: text}}"),
    )
    SCHEMA_CLASS = (
        "SW222",
        "Another model makes a class of that name: `Item` makes `ItemRead`, `ItemCreate` and the like. Rename one.",
        item("name: text", models="ItemRead: {fields: {seen: bool}}"),
        item("name: text", models="Reading: {fields: {seen: bool}}"),
    )

    HANDLER_TWICE = (
        "SW223",
        "Two routes have a function of the same name, which is their operation id: a transition `advance_big` of `Order` and `advance` of `BigOrder`. Rename a model, a relation or an operation, or set `plural:`.",
        item(
            "user: {ref: User, inverse: placed}",
            models="User: {fields: {items: {ref: ItemOfUser, inverse: false}}}\n"
            "ItemOfUser: {plural: placed_of_user, fields: {name: text}}",
        ),
        item(
            "user: {ref: User, inverse: placed}",
            models="User: {fields: {items: {ref: ItemOfUser, inverse: false}}}\n"
            "ItemOfUser: {fields: {name: text}}",
        ),
    )

    TYPE = (
        "SW301",
        "There is no such type, and no enum of that name. The message names the nearest one.",
        item("price: decimall(12,2)"),
        item("price: decimal(12,2)"),
    )
    SPELLING = (
        "SW302",
        "The type has another name in this language. The message says which.",
        item("name: varchar(40)"),
        item("name: string(40)"),
    )
    ARGUMENTS = (
        "SW303",
        "The type takes no arguments.",
        item("name: text(40)"),
        item("name: string(40)"),
    )
    ENUM = (
        "SW304",
        "An enum needs a list of at least one value.",
        item("colour: Colour", rest="enums: {Colour: []}"),
        item("colour: Colour", rest="enums: {Colour: [red, green]}"),
    )
    EXPRESSION = (
        "SW305",
        "The value does not have the form of a type: `name` or `name(arguments)`, then `[]` for an array, then `?` for optional.",
        item("sizes: int?[]"),
        item("sizes: int[]?"),
    )
    MODEL_TYPE = (
        "SW306",
        "The type is the name of a model. Write a reference, `-> Model` or `{ref: Model}`.",
        item("owner: User", models=USER),
        item("owner: -> User", models=USER),
    )
    DIMENSIONS = (
        "SW307",
        "Arrays have only one dimension here.",
        item("grid: int[][]"),
        item("grid: json"),
    )
    REFERENCE = (
        "SW308",
        "The value does not have the form of a reference. Write `-> Model` or `-> Model?` as the whole value, or `{ref: Model}`.",
        item("owner: {type: '-> User?'}", models=USER),
        item("owner: {ref: User, optional: true}", models=USER),
    )
    LENGTH_NEEDED = (
        "SW309",
        "The type needs its length.",
        item("name: string"),
        item("name: string(40)"),
    )
    PRECISION = (
        "SW310",
        "A decimal has both its precision (all digits) and its scale (the digits after the point), or neither, and then any number of digits.",
        item("price: decimal(12)"),
        item("price: decimal(12,2)"),
    )
    ARGUMENT_RANGE = (
        "SW311",
        "The argument of a type is not a number, or is out of range: lengths are 1 to 10485760, digits after a second 0 to 6, precisions 1 to 1000, scales 0 to the precision.",
        item("price: decimal(2,3)"),
        item("price: decimal(3,2)"),
    )
    PRECISION_KEYS = (
        "SW312",
        "`precision` and `scale` are for decimals.",
        item("price: {type: int, scale: 2}"),
        item("price: {type: decimal, precision: 12, scale: 2}"),
    )
    PRECISION_TWICE = (
        "SW313",
        "The type already has its precision and scale.",
        item("price: {type: 'decimal(12,2)', scale: 2}"),
        item("price: {type: decimal, precision: 12, scale: 2}"),
    )
    ENUM_VALUE = (
        "SW314",
        "A value of an enum must be printable text of at most 63 bytes, without spaces around it.",
        item("colour: Colour", rest="enums: {Colour: [red, ' blue']}"),
        item("colour: Colour", rest="enums: {Colour: [red, none]}"),
    )
    ENUM_TWICE = (
        "SW315",
        "An enum has the same value twice.",
        item("colour: Colour", rest="enums: {Colour: [red, green, red]}"),
        item("colour: Colour", rest="enums: {Colour: [red, green]}"),
    )

    EXAMPLE = (
        "SW350",
        "The tests of the service create rows, so they need an `example` of a type that Slipway does not know.",
        item("flags: {type: {sql: bit(3), python: str}}"),
        item("flags: {type: {sql: bit(3), python: str, example: '101'}}"),
    )
    CUSTOM = (
        "SW352",
        "`type: {sql: …}` is the whole type. Write arguments and `[]` in the SQL.",
        item("places: {type: {sql: point, python: str}, array: true}"),
        item("places: {type: {sql: 'point[]', python: str, example: '{\"(1,2)\"}'}}"),
    )
    TSVECTOR = (
        "SW351",
        "PostgreSQL computes a `tsvector` from text that is stored beside it, so clients never send one.",
        item("title: text\nwords: {type: tsvector, access: rw, optional: true}"),
        item(
            "title: text\n"
            """words: {type: tsvector, computed: "to_tsvector('english', title)", index: gin}"""
        ),
    )
    DEFAULT = (
        "SW401",
        "The value of a default or a limit is not of the field's type.",
        item("price: {type: int, default: '1'}"),
        item("price: {type: int, default: 1}"),
    )
    LIMIT = (
        "SW402",
        "The limit is not for this type: `min max gt lt` are for numbers, dates and times, `min_length max_length pattern` for text.",
        item("name: {type: text, min: 3}"),
        item("name: {type: text, min_length: 3}"),
    )
    RANGE = (
        "SW403",
        "No value satisfies these limits.",
        item("price: {type: int, min: 3, max: 2}"),
        item("price: {type: int, min: 2, max: 3}"),
    )
    PATTERN = (
        "SW404",
        "The pattern is not a valid regular expression.",
        item("sku: {type: string(24), pattern: '^(a'}"),
        item("sku: {type: string(24), pattern: '^(a)'}"),
    )
    SQL = (
        "SW405",
        "The SQL is not one expression: a parenthesis or quote is not closed, nothing follows an operator, or it holds a `;` or a comment.",
        item("price: int", "checks: {price_fair: (price > 1}"),
        item("price: int", "checks: {price_fair: (price > 1)}"),
    )
    AUTO = (
        "SW406",
        "`auto` is for `smallint`, `int` and `bigint`; `auto: serial` is only for a key.",
        item("number: {type: text, auto: identity}"),
        item("number: {type: bigint, auto: identity}"),
    )
    INDEX = (
        "SW407",
        "There is no such index method.",
        item("price: {type: int, index: tree}"),
        item("price: {type: int, index: btree}"),
    )
    OUT_OF_RANGE = (
        "SW408",
        "The value is out of the range of the type.",
        item("rank: {type: smallint, default: 40000}"),
        item("rank: {type: int, default: 40000}"),
    )
    TOO_LONG = (
        "SW409",
        "The value is longer than the type allows.",
        item("code: {type: string(3), default: none}"),
        item("code: {type: string(4), default: none}"),
    )
    DECIMALS = (
        "SW410",
        "The value has more decimal places than the type.",
        item("price: {type: 'decimal(12,2)', default: '1.555'}"),
        item("price: {type: 'decimal(12,3)', default: '1.555'}"),
    )
    NOT_IN_ENUM = (
        "SW411",
        "The value is not one of the enum's. The message names the nearest one.",
        item("status: {type: Status, default: draf}", rest="enums: {Status: [draft, done]}"),
        item("status: {type: Status, default: draft}", rest="enums: {Status: [draft, done]}"),
    )
    TIME_ZONE = (
        "SW412",
        "`timestamptz` and `timetz` need a time zone (`timetz` needs UTC); `timestamp` and `time` have none.",
        item("starts: {type: timestamptz, default: '2026-01-01T00:00:00'}"),
        item("starts: {type: timestamptz, default: '2026-01-01T00:00:00Z'}"),
    )
    INEXACT = (
        "SW413",
        "YAML reads a decimal without quotes as a float, which is not exact. Quote it.",
        item("price: {type: 'decimal(12,2)', default: 1.10}"),
        item("price: {type: 'decimal(12,2)', default: '1.10'}"),
    )
    NULL = (
        "SW414",
        "A required field cannot be null.",
        item("price: {type: int, default: null}"),
        item("price: {type: int, optional: true}"),
    )
    COMPUTED = (
        "SW450",
        "PostgreSQL computes the field, so clients cannot set it, and it cannot be a key.",
        item("price: int\ntwice: {type: int, computed: price * 2, access: rw}"),
        item("price: int\ntwice: {type: int, computed: price * 2}"),
    )
    BREACH = (
        "SW415",
        "The default violates a limit of its field.",
        item("price: {type: int, min: 3, default: 2}"),
        item("price: {type: int, min: 3, default: 3}"),
    )
    TWO_DEFAULTS = (
        "SW416",
        "A field has both `default`, a value, and `server_default`, SQL. Keep one.",
        item("price: {type: int, default: 1, server_default: '1'}"),
        item("price: {type: int, default: 1}"),
    )
    TWO_LIMITS = (
        "SW417",
        "A field has both `min` and `gt`, or both `max` and `lt`. Keep one of the two.",
        item("price: {type: int, min: 1, gt: 2}"),
        item("price: {type: int, gt: 2}"),
    )
    LENGTH_RANGE = (
        "SW418",
        "The length is not a valid one, or is greater than the type's.",
        item("name: {type: string(40), max_length: 50}"),
        item("name: {type: string(50), min_length: 1}"),
    )
    OWN_PATTERN = (
        "SW419",
        "The type has its own pattern.",
        item("name: {type: slug, pattern: '^[a-z]+$'}"),
        item("name: {type: string(100), pattern: '^[a-z]+$'}"),
    )
    DIALECT = (
        "SW420",
        "Python, Pydantic's engine and PostgreSQL read this part of the pattern differently. The message says what to write.",
        item("pin: {type: string(4), pattern: '^\\d+$'}"),
        item("pin: {type: string(4), pattern: '^[0-9]+$'}"),
    )
    AUTO_OPTIONAL = (
        "SW421",
        "`auto: identity` is never null.",
        item("number: {type: bigint, auto: identity, optional: true}"),
        item("number: {type: bigint, auto: identity}"),
    )
    AUTO_DEFAULT = (
        "SW422",
        "`auto: identity` is a default already.",
        item("number: {type: bigint, auto: identity, default: 1}"),
        item("number: {type: bigint, auto: identity}"),
    )
    AUTO_ACCESS = (
        "SW423",
        "`auto: identity` is read-only in the API.",
        item("number: {type: bigint, auto: identity, access: rw}"),
        item("number: {type: bigint, auto: identity}"),
    )
    INDEX_TYPE = (
        "SW424",
        "The index method does not support this type or this option: nothing indexes a `json_text`, only `btree` has an order and uniqueness, `hash` and `spgist` index one column, and only `btree`, `gist` and `spgist` include others.",
        item("price: {type: int, index: gin}"),
        item("price: {type: int, index: true}"),
    )
    INDEX_OF = (
        "SW425",
        "An index has either fields or an expression, `expr`, which needs a `name`.",
        item("title: text", "indexes: [{expr: lower(title)}]"),
        item("title: text", "indexes: [{expr: lower(title), name: ix_items_title_ci}]"),
    )
    COLUMN = (
        "SW426",
        "The SQL names a column that the table does not have. The message names the nearest one. Write text in single quotes: double quotes are for names.",
        item("state: text", 'checks: {state_known: state <> "gone"}'),
        item("state: text", "checks: {state_known: state <> 'gone'}"),
    )
    OTHER_ROWS = (
        "SW427",
        "A check, a computed column, a default or the SQL of an index sees one row: PostgreSQL takes no subselect and no aggregate there. A rule about other rows is code of your own: see GUIDE.md of the service.",
        item("price: int", "checks: {price_top: 'price < (select 100)'}"),
        item("price: int", "checks: {price_top: price < 100}"),
    )
    UNSTEADY = (
        "SW428",
        "What a computed column or an index stores has to stay right, so PostgreSQL takes only functions that always give the same there: not `now()`, `random()`, `to_char()` or `concat()`.",
        item("due: timestamptz\nlate: {type: bool, computed: due < now()}"),
        item("due: timestamptz\nlate: {type: bool, computed: due < shipped}\nshipped: timestamptz"),
    )
    EXCLUDE = (
        "SW442",
        "An exclusion compares fields by an operator that its index supports: `[room, '=']`, `[during, '&&']`. Anything else is an SQL expression, and needs a `name`.",
        item("during: tstzrange", "exclude: [{elements: [[during, '>']]}]"),
        item("during: tstzrange", "exclude: [{elements: [[during, '&&']]}]"),
    )
    UNMANAGED = (
        "SW541",
        "A model with `managed: false` is a view or a table that others maintain, so no foreign key can reference it. Declare the column as a plain field.",
        item("total: -> Total", "", "Total: {managed: false, fields: {amount: int}}"),
        item("total_id: uuid", "", "Total: {managed: false, fields: {amount: int}}"),
    )
    UNIQUE = (
        "SW441",
        "The options of a unique contradict each other. A unique with `where`, or of a model with `soft_delete`, is an index, which cannot be deferred; `nulls_not_distinct` needs an optional field.",
        item("code: string(9)", "unique: [{fields: [code], nulls_not_distinct: true}]"),
        item("code: string(9)?", "unique: [{fields: [code], nulls_not_distinct: true}]"),
    )

    MODEL = (
        "SW501",
        "There is no such model. The message names the nearest one.",
        item("owner: -> Usr", models=USER),
        item("owner: -> User", models=USER),
    )
    COLUMNS = (
        "SW502",
        "A column and the one that it references have types that PostgreSQL doesn't compare, or one column is named for a key of several. Integers of different sizes are compared, and texts of different lengths.",
        item("owner_id: int\nowner: {ref: User, columns: {owner_id: id}}", models=USER),
        item("owner_id: uuid\nowner: {ref: User, columns: {owner_id: id}}", models=USER),
    )
    # SW503 was `set_null` of a required reference, which is a warning now.
    CYCLE = (
        "SW504",
        "Required references form a circle, so no first row can be created. Make one of them optional. If two models reference each other's key, one reference may be `deferrable: initially_deferred` instead: both rows are then created in one request.",
        item("owner: -> User", models="User: {fields: {favourite: -> Item}}"),
        item("owner: -> User", models="User: {fields: {favourite: '-> Item?'}}"),
    )
    THROUGH = (
        "SW505",
        "An association model needs one reference to each side (two if both sides are the same model).",
        item(
            "name: text",
            "many: {users: {to: User, through: Loan}}",
            models=f"{USER}\nLoan: {{fields: {{item: -> Item}}}}",
        ),
        item(
            "name: text",
            "many: {users: {to: User, through: Loan}}",
            models=f"{USER}\nLoan: {{fields: {{item: -> Item, user: -> User}}}}",
        ),
    )
    TARGET = (
        "SW506",
        "A reference must lead to the key or to a unique of the other model, so that it finds one row.",
        item("owner_name: text\nowner: {ref: User, columns: {owner_name: name}}", models=USER),
        item(
            "owner_name: text\nowner: {ref: User, columns: {owner_name: name}}",
            models="User: {fields: {name: {type: text, unique: true}}}",
        ),
    )
    COLUMNS_OPTIONAL = (
        "SW507",
        "With `columns:`, a reference is optional if a column is. Write `?` at the column.",
        item(
            "owner_id: uuid\nowner: {ref: User, optional: true, columns: {owner_id: id}}",
            models=USER,
        ),
        item("owner_id: uuid?\nowner: {ref: User, columns: {owner_id: id}}", models=USER),
    )
    COLUMNS_TWICE = (
        "SW508",
        "Two columns of a foreign key reference the same field.",
        item("a: uuid\nb: uuid\nowner: {ref: User, columns: {a: id, b: id}}", models=USER),
        item("a: uuid\nowner: {ref: User, columns: {a: id}}", models=USER),
    )
    COLUMNS_ACCESS = (
        "SW509",
        "With `columns:`, `access` and `column` belong to the fields.",
        item(
            "owner_id: uuid\nowner: {ref: User, access: create_only, columns: {owner_id: id}}",
            models=USER,
        ),
        item(
            "owner_id: {type: uuid, access: create_only}\nowner: {ref: User, columns: {owner_id: id}}",
            models=USER,
        ),
    )
    SET_DEFAULT = (
        "SW510",
        "`set_default` needs a default in the database: a `server_default` of the column.",
        item(
            "owner_id: uuid\nowner: {ref: User, on_delete: set_default, columns: {owner_id: id}}",
            models=USER,
        ),
        item(
            "owner_id: {type: uuid, server_default: \"'00000000-0000-0000-0000-000000000000'\"}\n"
            "owner: {ref: User, on_delete: set_default, columns: {owner_id: id}}",
            models=USER,
        ),
    )
    SELF = (
        "SW511",
        "A required reference leads to its own model, so no first row can be created. Make it optional.",
        item("parent: -> Item"),
        item("parent: -> Item?"),
    )
    KEY_CYCLE = (
        "SW512",
        "The key leads back to itself through references.",
        item("owner: -> User", "pk: [owner]", models="User: {pk: [item], fields: {item: -> Item}}"),
        item("owner: -> User", "pk: [owner]", models=USER),
    )
    PAIRS = (
        "SW513",
        "A many-to-many relation names a column for each part of both keys, and two foreign keys; with `through:` the names belong to the model there.",
        item(
            "name: text",
            "many: {users: {to: User, columns: [item_id]}}",
            models=USER,
        ),
        item(
            "name: text",
            "many: {users: {to: User, columns: [item_id, user_id]}}",
            models=USER,
        ),
    )

    WAS = (
        "SW651",
        "The former name in `was` is still in use, is given twice, or is not a valid name.",
        item("name: text\ntitle: {type: text, was: name}"),
        item("title: {type: text, was: name}"),
    )
    MIXIN = (
        "SW650",
        "There is no mixin of that name. The message names the nearest one.",
        item("name: text", "mixins: [Adress]", rest="mixins: {Address: {city: text}}"),
        item("name: text", "mixins: [Address]", rest="mixins: {Address: {city: text}}"),
    )
    FIELD = (
        "SW601",
        "The model has no such field. The message names the nearest one.",
        item("price: int", "order: [pric]"),
        item("price: int", "order: [price]"),
    )
    KEY = (
        "SW602",
        "There is no such key strategy. Write fields as a list.",
        item("sku: string(24)", "pk: sku"),
        item("sku: string(24)", "pk: [sku]"),
    )
    KEYLESS = (
        "SW608",
        "Rows of a model without a key can only be created, listed, counted and exported: no path names one of them, and a cursor needs a unique field instead.",
        item("at: timestamptz", "pk: none\napi: {ops: [list, get, create]}"),
        item("at: timestamptz", "pk: none\napi: {ops: [list, create]}"),
    )
    KEY_OPTIONAL = (
        "SW603",
        "An optional field cannot be a key, since a key cannot be null.",
        item("sku: string(24)?", "pk: [sku]"),
        item("sku: string(24)", "pk: [sku]"),
    )
    KEY_TYPE = (
        "SW604",
        "This type cannot be a key: floats, json, networks (cidr), ranges and arrays cannot be in a path.",
        item("weight: float", "pk: [weight]"),
        item("weight: decimal(8,3)", "pk: [weight]"),
    )
    KEY_HIDDEN = (
        "SW605",
        "A key is in every path, so it cannot be hidden or write-only.",
        item("sku: {type: string(24), access: hidden, default: A1}", "pk: [sku]"),
        item("sku: {type: string(24), access: hidden, optional: true}"),
    )
    KEY_EMPTY = (
        "SW606",
        "The key names no field. Write at least one.",
        item("sku: string(24)", "pk: []"),
        item("sku: string(24)", "pk: [sku]"),
    )
    KEY_CHANGES = (
        "SW607",
        "`row_version` changes with the row, so it cannot be a key.",
        item("sku: string(24)", "version: true\napi: false\npk: [sku, row_version]"),
        item("sku: string(24)", "version: true\napi: false\npk: [sku]"),
    )

    PATH = (
        "SW701",
        "The path is not valid: it starts with `/` and holds letters, digits and `. _ ~ -`.",
        item("name: text", "api: {path: my items}"),
        item("name: text", "api: {path: /my-items}"),
    )
    OPS = (
        "SW702",
        "There is no such operation. The message names the nearest one.",
        item("name: text", "api: {ops: [lst]}"),
        item("name: text", "api: {ops: [list]}"),
    )
    FILTER = (
        "SW703",
        "A list cannot be filtered or sorted by a hidden or write-only field, since that would reveal its values.",
        item("secret: {type: text, optional: true, access: hidden}", "api: {filter: [secret]}"),
        item("secret: {type: text, optional: true}", "api: {filter: [secret]}"),
    )
    CREATE = (
        "SW705",
        "The field is required, and no client can set it, so every create would fail. Give it a default or make it optional.",
        item("rank: {type: int, access: read_only}"),
        item("rank: {type: int, access: read_only, default: 0}"),
    )
    PATH_TAKEN = (
        "SW706",
        "The service serves this path itself (`/health`, `/docs`, `/openapi.json`).",
        item("name: text", "api: {path: /docs}"),
        item("name: text", "api: {path: /documents}"),
    )
    PATH_TWICE = (
        "SW707",
        "Two models have the same path. Set `api.path` at one of them.",
        item("name: text", "api: {path: /users}", models=USER),
        item("name: text", "api: {path: /things}", models=USER),
    )
    PATH_INSIDE = (
        "SW708",
        "The path lies below another model's, where its rows are. Set another `api.path`.",
        item("name: text", "api: {path: /users/items}", models=USER),
        item("name: text", "api: {path: /items}", models=USER),
    )
    OPS_CHANGE = (
        "SW709",
        "The model has no field that can change, so there is nothing to update.",
        item("sku: string(24)", "pk: [sku]\ntimestamps: false\napi: {ops: [list, update]}"),
        item("sku: string(24)", "pk: [sku]\ntimestamps: false\napi: {ops: [list]}"),
    )
    COMPARED = (
        "SW710",
        "A list cannot be filtered, sorted or searched by a field of this type.",
        item("data: json", "api: {filter: [data]}"),
        item("data: json\nname: text", "api: {filter: [name]}"),
    )
    PARAMETER = (
        "SW711",
        "Every list has a parameter of that name (`limit`, `sort`, `cursor`, `offset`, `search`, `embed`), so no filter can have it.",
        item("limit: int", "api: {filter: [limit]}"),
        item("maximum: int", "api: {filter: [maximum]}"),
    )
    SEARCH = (
        "SW712",
        "The language of a search must name a text search configuration of PostgreSQL; the language of a tsvector is fixed.",
        item("name: text", "api: {search: [{field: name, language: English}]}"),
        item("name: text", "api: {search: [{field: name, language: english}]}"),
    )
    EMBED = (
        "SW713",
        "`embed` must name relations of the model, each once, and needs the operation list or get.",
        item("owner: -> Owner", "api: {embed: [owner_id]}", models="Owner: {fields: {name: text}}"),
        item("owner: -> Owner", "api: {embed: [owner]}", models="Owner: {fields: {name: text}}"),
    )
    UPSERT = (
        "SW714",
        "An upsert is a PUT on a key or a unique that clients set. A unique must cover all rows, must not be deferrable, and its fields must be writable and fit into a path. If there are several, `api.upsert` names one.",
        item("name: string(24)", "api: {ops: [list, upsert]}"),
        item("name: {type: string(24), unique: true}", "api: {ops: [list, upsert]}"),
    )
    UPSERT_REPLACE = (
        "SW715",
        "`upsert` and `replace` are both a PUT on the key; `upsert` creates the row if it does not exist. Keep one.",
        item("sku: string(24)\nname: text", "pk: [sku]\napi: {ops: [list, replace, upsert]}"),
        item("sku: string(24)\nname: text", "pk: [sku]\napi: {ops: [list, upsert]}"),
    )

    TRANSFER = (
        "SW801",
        "A transfer moves an exact number: a decimal or an integer that is not a key, not a reference and not generated by the database.",
        transfer(balance="float"),
        transfer(balance="decimal(12,2)"),
    )
    TRANSFER_OPTIONAL = (
        "SW802",
        "The field that a transfer moves cannot be null. Make it required.",
        transfer(balance="decimal(12,2)?"),
        transfer(balance="decimal(12,2)"),
    )
    TRANSFER_LOG = (
        "SW803",
        "The log of a transfer must be another model.",
        transfer("{kind: transfer, field: balance, log: Account}"),
        transfer("{kind: transfer, field: balance, log: Payment}"),
    )
    TRANSFER_SIDES = (
        "SW804",
        "The log of a transfer needs two references to the key of the model, the source first; `log: {model, source, target}` names them.",
        transfer(payee="uuid"),
        transfer(payee="{ref: Account, inverse: received}"),
    )
    TRANSFER_SENT = (
        "SW805",
        "The references and the amount of the log are sent with each transfer, so they must be required and writable.",
        transfer(payer="{ref: Account, inverse: paid, optional: true}"),
        transfer(payer="{ref: Account, inverse: paid}"),
    )
    TRANSFER_AMOUNT = (
        "SW806",
        "The log needs one field for the amount, of the type of the balance. If there are several, `log: {model, amount}` names one.",
        transfer(more="fee: {type: 'decimal(12,2)', default: '0.00'}"),
        transfer(
            "{kind: transfer, field: balance, log: {model: Payment, amount: amount}}",
            more="fee: {type: 'decimal(12,2)', default: '0.00'}",
        ),
    )
    TRANSFER_KIND = (
        "SW807",
        "The amount does not have the type of the balance. Both must be decimals or both integers, and the amount must not have more decimal places.",
        transfer(amount="{type: 'decimal(12,3)', gt: 0}"),
        transfer(amount="{type: 'decimal(12,2)', gt: 0}"),
    )
    TRANSFER_POSITIVE = (
        "SW808",
        "The amount may be zero or negative, which would move money the other way. Write `gt: 0`.",
        transfer(amount="decimal(12,2)"),
        transfer(amount="{type: 'decimal(12,2)', gt: 0}"),
    )
    TRANSFER_KEY = (
        "SW809",
        "The log needs one unique field that clients send, so that a request that is repeated is done once. If there are several, `log: {model, key}` names one.",
        transfer(request_id="uuid"),
        transfer(request_id="{type: uuid, unique: true}"),
    )
    TRANSFER_KEY_KIND = (
        "SW810",
        "The request key identifies a transfer, so it must be required, and not json or float.",
        transfer(request_id="{type: uuid, unique: true, optional: true}"),
        transfer(request_id="{type: uuid, unique: true}"),
    )

    TRANSITION = (
        "SW811",
        "The field of a transition must be a required enum that is not part of the key.",
        item("state: text", "operations: {go: {kind: transition, field: state, moves: {a: [b]}}}"),
        item(
            "state: State",
            "operations: {go: {kind: transition, field: state, moves: {a: [b]}}}",
            rest="enums: {State: [a, b]}",
        ),
    )
    TRANSITION_VALUE = (
        "SW812",
        "The moves of a transition must be between values of its enum.",
        item(
            "state: State",
            "operations: {go: {kind: transition, field: state, moves: {a: [c]}}}",
            rest="enums: {State: [a, b]}",
        ),
        item(
            "state: State",
            "operations: {go: {kind: transition, field: state, moves: {a: [b]}}}",
            rest="enums: {State: [a, b]}",
        ),
    )
    TRANSITION_MOVES = (
        "SW813",
        "A transition needs at least one move.",
        item(
            "state: State",
            "operations: {go: {kind: transition, field: state, moves: {a: []}}}",
            rest="enums: {State: [a, b]}",
        ),
        item(
            "state: State",
            "operations: {go: {kind: transition, field: state, moves: {a: [b]}}}",
            rest="enums: {State: [a, b]}",
        ),
    )

    DROPPED = (
        "SW901",
        "A name under `dropped:` still exists, or has a new name by `was:`. Remove one of the two.",
        item("name: text\nprice: int", rest="dropped: [Item.price]"),
        item("name: text", rest="dropped: [Item.price]"),
    )
    DROPPED_NAME = (
        "SW902",
        "`dropped:` lists models, `Model`, and fields, `Model.field`.",
        item("name: text", rest="dropped: [Item.price.cents]"),
        item("name: text", rest="dropped: [Item.price]"),
    )
    GONE = (
        "SW903",
        "A model or field has disappeared from the file, so an update would delete its package or its column. To remove it, list it under `dropped:`; if you renamed it, add `was:` to the new one.",
        item("name: text"),
        item("name: text", rest="dropped: [Order]"),
    )

    NO_AUTH = (
        "SWA01",
        "Rules, roles, `set` and `claim` need to know who asks. Write `auth: {tokens: jwt}` at the top level.",
        item("name: text", "rules: {read: user, write: user}"),
        item("name: text", "rules: {read: user, write: user}", rest="auth: {tokens: jwt}"),
    )
    AUTH_USER = (
        "SWA02",
        "The model that `auth.user` names can't have a row for each token's subject. It needs a key of one field, and a table of this service's own.",
        item(
            "name: text",
            models=f"User:\n  fields: {{{OF_TOKEN}, realm: {{type: text, default: own}}}}\n  pk: [realm, subject]",
            rest=WITH_USER,
        ),
        item("name: text", models=PERSON, rest=WITH_USER),
    )
    SUBJECT = (
        "SWA03",
        "The model that `auth.user` names has no field `subject` for a token's subject. It is a text that is required and unique, without limits, and which only the service writes.",
        item("name: text", models="User: {fields: {subject: string(255)}}", rest=WITH_USER),
        item("name: text", models=PERSON, rest=WITH_USER),
    )
    CLAIM = (
        "SWA04",
        "The row of who asks is made at the first sight of a token, so each of its required fields needs a default or a `claim`. Only the model that `auth.user` names has `claim`, on a text, whole number, bool, uuid or enum.",
        item(
            "name: text",
            models=f"User: {{fields: {{{OF_TOKEN}, email: email}}}}",
            rest=WITH_USER,
        ),
        item(
            "name: text",
            models=f"User: {{fields: {{{OF_TOKEN}, email: {{type: email, claim: email}}}}}}",
            rest=WITH_USER,
        ),
    )
    SET = (
        "SWA05",
        "`set: me` stores who asks: in a reference to the model that `auth.user` names or, where it names none, in a text. The service alone fills it, so it has no default, no other access, and is not part of the key.",
        item("owner: {type: string(255), set: me}", models=PERSON, rest=WITH_USER),
        item("owner: {ref: User, set: me}", models=PERSON, rest=WITH_USER),
    )
    ROLE_NAME = (
        "SWA06",
        "A role is printable text of up to 255 characters, without spaces around it.",
        item("name: text", rest=f"roles: [' editor']\n{WITH_AUTH}"),
        item("name: text", rest=f"roles: [editor]\n{WITH_AUTH}"),
    )
    NO_RULE = (
        "SWA07",
        "With `auth`, each operation that a model serves has a rule, of its own or of `defaults`. The name of an operation such as a transition needs one too: `write` is create, update and delete.",
        item("name: text", "rules: {read: user}", rest="auth: {tokens: jwt}"),
        item("name: text", "rules: {read: user, write: false}", rest="auth: {tokens: jwt}"),
    )
    RULE_OP = (
        "SWA08",
        "Rules are for `read`, `create`, `update`, `delete`, `write` and the names of the model's `operations`.",
        ruled("{list: public}"),
        ruled("{read: public}"),
    )
    RULE = (
        "SWA09",
        "The rule can't be read. It is `public`, `user`, `false`, `role(x)`, `scope(x)` or a condition such as `owner = me`, with `and`, `or`, `not` and parentheses between them.",
        ruled("{read: author == me}"),
        ruled("{read: author = me}"),
    )
    RULE_NAME = (
        "SWA10",
        "A rule names a field, a reference or a relation that isn't there, or that is none of what is meant: a path such as `project.owner` leads over references, `any(members, …)` asks rows of a relation to many.",
        ruled("{read: auhtor = me}"),
        ruled("{read: author = me}"),
    )
    RULE_ROLE = (
        "SWA11",
        "A rule asks for a role that `roles` doesn't list, or for a scope that no token can have.",
        ruled("{read: role(edtior)}"),
        ruled("{read: role(editor)}"),
    )
    RULE_TYPE = (
        "SWA12",
        "A rule compares what PostgreSQL doesn't compare, or what is no condition: two types, a list, or a field that isn't true or false by itself.",
        ruled("{read: title < 'M'}"),
        ruled("{read: title = 'M'}"),
    )
    RULE_VALUE = (
        "SWA13",
        "A rule compares a field with something that its type does not hold.",
        ruled("{read: state = 'pubic'}"),
        ruled("{read: state = 'public'}"),
    )
    RULE_ME = (
        "SWA14",
        "`me` is compared by `=` or `<>` with a reference to the model that `auth.user` names or, where it names none, with a text. `me.kind` is compared with text.",
        ruled("{read: id = me}"),
        ruled("{read: author = me}"),
    )
    RULE_CONSTANT = (
        "SWA15",
        "The rule, or a part of it, is the same for everybody and every row. Write `public` or `false`, or leave the part out. In `any()`, a part asks nothing of the rows over there: write it beside `any()`.",
        ruled("{read: role(editor) and false}"),
        ruled("{read: role(editor)}"),
    )
    RULE_CYCLE = (
        "SWA16",
        "Rules ask each other by `can()` around a circle, which has no end. Write one of them without.",
        ruled(
            "{update: 'can(update, blog)'}",
            "blog: -> Blog",
            "Blog: {fields: {front: {ref: Post, optional: true}}, rules: {update: 'can(update, front)'}}",
        ),
        ruled(
            "{update: 'can(update, blog)'}",
            "blog: -> Blog",
            "Blog: {fields: {front: {ref: Post, optional: true}}, rules: {update: role(editor)}}",
        ),
    )
    RULE_CAN = (
        "SWA17",
        "`can()` asks the rule of a row that is there: `read`, `update`, `delete` or the name of an operation of its model.",
        ruled("{update: 'can(write, blog)'}", "blog: -> Blog", "Blog: {fields: {name: text}}"),
        ruled("{update: 'can(update, blog)'}", "blog: -> Blog", "Blog: {fields: {name: text}}"),
    )
    RULE_STORED = (
        "SWA18",
        "A `create` rule asks the new row and an `update` rule also the changed one, and this field isn't known before the row is stored: PostgreSQL or the service makes its value.",
        ruled("{create: number > 100}", "number: {type: int, auto: identity}"),
        ruled("{create: number > 100}", "number: int"),
    )

    what: str
    wrong: str  # a models.yml
    right: str

    def __new__(cls, value: str, what: str = "", wrong: str = "", right: str = "") -> Code:
        self = str.__new__(cls, value)
        self._value_ = value
        self.what, self.wrong, self.right = what, wrong, right
        return self
