# ruff: noqa: E501 (a row reads best when nothing in it is cut)
"""Every mistake that can be made in a models.yml, a row a code: the one place to add a code.

A row: the code, what is wrong and what to write instead, a models.yml with the mistake in it, and
one without. `docs/diagnostics.md` is made of these (`python -m hooks.language.page`), and the tests
load both files of each. Codes are stable: never renumbered, never used again for something else.
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


class Code(StrEnum):
    NOT_YAML = (
        "SW001",
        "The file is not YAML. Most often a bracket or a quote isn't closed, a tab indents, or a `: ` stands in a text without quotes.",
        "models: {Item: {fields: {name: text}\n",
        "models: {Item: {fields: {name: text}}}\n",
    )
    DUPLICATE = (
        "SW002",
        "A mapping has the same key twice, and YAML would drop the first without a word. Rename one, or remove it.",
        item("name: text\nprice: int\nname: string(40)"),
        item("name: text\nprice: int"),
    )

    BRACES = (
        "SW003",
        "Inside `{ }` YAML breaks at `?` and `[]`. Write `optional: true` and `array: true`, or quote the type.",
        item("note: {type: text?, default: none}"),
        item("note: {type: text, optional: true, default: none}"),
    )

    SHAPE = (
        "SW101",
        "Something else stands where a mapping, `{name: …}`, belongs.",
        "models: {Item: [name]}\n",
        "models: {Item: {fields: {name: text}}}\n",
    )
    UNKNOWN_KEY = (
        "SW102",
        "The language has no such key here. The nearest is named.",
        item("price: {type: int, optionl: true}"),
        item("price: {type: int, optional: true}"),
    )
    UNSUPPORTED = (
        "SW103",
        "In the language, but not built yet.",
        transfer(
            payer="{ref: Account, inverse: paid, columns: {bank: bank, from_number: number}}",
            payee="{ref: Account, inverse: received, columns: {bank: bank, to_number: number}}",
            more="bank: int\nfrom_number: int\nto_number: int",
        ).replace("    operations", BANK),
        transfer().replace("    operations", BANK),
    )
    QUOTE = (
        "SW104",
        "YAML reads the value as something else than text: `NO` is false, `12:30` is 750, `2026-01-01` a date. Quote it.",
        item("home: Country", rest="enums: {Country: [DE, NO]}"),
        item("home: Country", rest="enums: {Country: [DE, 'NO']}"),
    )
    MISSING = (
        "SW105",
        "A key is missing that has to be there.",
        item("price: {optional: true}"),
        item("price: {type: int, optional: true}"),
    )
    VALUE = (
        "SW106",
        "Not a value that the key takes.",
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
        "`type` makes a column and `ref` a reference: a field is one of the two.",
        item("owner: {type: uuid, ref: User}", models=USER),
        item("owner: {ref: User}", models=USER),
    )
    LIST = (
        "SW109",
        "Something else stands where a list, `[…]`, belongs.",
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
        "`to` is for many-to-many, which stands under `many:`; a field refers to one with `ref`.",
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
        "YAML reads the key as something else than text: `on`, `yes` and `null` among others. Quote it.",
        item("on: timestamptz"),
        item("'on': timestamptz"),
    )
    NO_TYPE = (
        "SW114",
        "A field without a type.",
        item("name:"),
        item("name: text"),
    )
    NO_MODELS = (
        "SW115",
        "There is no model: describe at least one.",
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
        "The value is none of those that there are.",
        item("price: {type: int, default: 0, access: readonly}"),
        item("price: {type: int, default: 0, access: read_only}"),
    )
    OPTIONAL = (
        "SW118",
        "`ref:` takes the name of a model alone. An optional reference has `optional: true`.",
        item("owner:\n  ref: User?", models=USER),
        item("owner:\n  ref: User\n  optional: true", models=USER),
    )
    UNPRINTABLE = (
        "SW119",
        "A `doc` holds a character that can't be printed. Leave it out.",
        item("name: text", 'doc: "A\\u0007"'),
        item("name: text", "doc: An item"),
    )

    NAME = (
        "SW201",
        "Fields, relations, checks, operations and `plural:` are named in ASCII and snake_case, without a leading underscore.",
        item("firstName: text"),
        item("first_name: text"),
    )
    RESERVED = (
        "SW202",
        "The service has a class of that name itself. Call the model or enum otherwise.",
        "models: {Listing: {fields: {text: text}}}\n",
        "models: {Offer: {fields: {text: text}}}\n",
    )
    LENGTH = (
        "SW203",
        "The identifier has over 63 bytes, and PostgreSQL would cut it. The key that sets a shorter one is named.",
        item("the_name_of_the_person_who_has_to_be_told_when_the_item_is_out_of_stock: text"),
        item(
            "the_name_of_the_person_who_has_to_be_told_when_the_item_is_out_of_stock: {type: text, column: contact}"
        ),
    )
    PLURAL = (
        "SW204",
        "One and many have the same name, but the class needs one and the table the other.",
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
        "A table, column or constraint can't have this name.",
        item("name: text", "table: shop.items"),
        item("name: text", "table: shop_items"),
    )
    OPERATION_NAME = (
        "SW209",
        "An operation is named in snake_case, and not like a path that the service has (`bulk`, `count`, `export`).",
        transfer().replace("pay:", "bulk:"),
        transfer(),
    )
    PYTHON_WORD = (
        "SW210",
        "The singular or the plural is a word of Python, and modules couldn't be called so.",
        "models: {Class: {fields: {name: text}}}\n",
        "models: {SchoolClass: {fields: {name: text}}}\n",
    )
    PYDANTIC = (
        "SW211",
        "Pydantic keeps names with `model_dump` and `model_validate` for itself. Rename the field; `column:` keeps the column.",
        item("model_dump_size: int"),
        item("dump_size: {type: int, column: model_dump_size}"),
    )
    SQL_TYPE = (
        "SW212",
        "PostgreSQL has a type of that name itself. Call the enum otherwise.",
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
        "PostgreSQL or Alembic has a table of that name itself, or keeps the prefix.",
        item("name: text", "table: pg_items"),
        item("name: text", "table: my_items"),
    )
    TABLE_TWICE = (
        "SW215",
        "Two tables, indexes or unique constraints have the same name: PostgreSQL has one space of names for them, which enums share.",
        item("name: text", models="Product: {fields: {name: text}, table: items}"),
        item("name: text", models="Product: {fields: {name: text}}"),
    )
    INVERSE_TWICE = (
        "SW216",
        "The inverse of a relation has the name of something that the other model has already. Write `inverse:` at one of them, `inverse: false` to have none.",
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
        "Two fields of a table have the same column.",
        item("name: text\ntitle: {type: text, column: name}"),
        item("name: text\ntitle: text"),
    )
    CONSTRAINT_TWICE = (
        "SW219",
        "Two constraints of a table have the same name. A limit makes one as well: `price_min` of `min:` at `price`.",
        item("price: {type: int, min: 1}", "checks: {price_min: price > 2}"),
        item("price: {type: int, min: 1}", "checks: {price_even: price % 2 = 0}"),
    )
    MODEL_TWICE = (
        "SW220",
        "A model has the name of an enum.",
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
        "Another model makes a class of that name: `Item` makes `ItemRead`, `ItemCreate` and the like.",
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
        "There is no such type, and no enum of that name. The nearest is named.",
        item("price: decimall(12,2)"),
        item("price: decimal(12,2)"),
    )
    SPELLING = (
        "SW302",
        "The type is called otherwise here. Its name is told.",
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
        "An enum is a list of at least one value.",
        item("colour: Colour", rest="enums: {Colour: []}"),
        item("colour: Colour", rest="enums: {Colour: [red, green]}"),
    )
    EXPRESSION = (
        "SW305",
        "Not the form of a type: `name`, `name(arguments)`, then `[]` for an array, then `?` for optional.",
        item("sizes: int?[]"),
        item("sizes: int[]?"),
    )
    MODEL_TYPE = (
        "SW306",
        "A model stands where a type belongs. A reference has an arrow, or is written `{ref: …}`.",
        item("owner: User", models=USER),
        item("owner: -> User", models=USER),
    )
    DIMENSIONS = (
        "SW307",
        "Arrays have one dimension here.",
        item("grid: int[][]"),
        item("grid: json"),
    )
    REFERENCE = (
        "SW308",
        "Not the form of a reference: `-> Model` or `-> Model?` as the whole value, else `{ref: Model}`.",
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
        "A decimal needs its precision (all digits) and its scale (those behind the point).",
        item("price: decimal(12)"),
        item("price: decimal(12,2)"),
    )
    ARGUMENT_RANGE = (
        "SW311",
        "The argument of a type is not a number, or out of its range: lengths are 1 to 10485760, precisions 1 to 1000, scales 0 to the precision.",
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
        "Precision and scale are in the type already.",
        item("price: {type: 'decimal(12,2)', scale: 2}"),
        item("price: {type: decimal, precision: 12, scale: 2}"),
    )
    ENUM_VALUE = (
        "SW314",
        "A value of an enum is printable text of 63 bytes at most, without space at its ends.",
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
        "The tests of the service make rows, so they need a value of a type that Slipway doesn't know.",
        item("flags: {type: {sql: bit(3), python: str}}"),
        item("flags: {type: {sql: bit(3), python: str, example: '101'}}"),
    )
    CUSTOM = (
        "SW352",
        "What `type: {sql: …}` says is the whole type: arguments and `[]` stand in the SQL.",
        item("places: {type: {sql: point, python: str}, array: true}"),
        item("places: {type: {sql: 'point[]', python: str, example: '{\"(1,2)\"}'}}"),
    )
    TSVECTOR = (
        "SW351",
        "A `tsvector` is PostgreSQL's to make, out of text that is stored beside it: nobody sends one.",
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
        "No value keeps these limits.",
        item("price: {type: int, min: 3, max: 2}"),
        item("price: {type: int, min: 2, max: 3}"),
    )
    PATTERN = (
        "SW404",
        "The pattern is no regular expression.",
        item("sku: {type: string(24), pattern: '^(a'}"),
        item("sku: {type: string(24), pattern: '^(a)'}"),
    )
    SQL = (
        "SW405",
        "Not one SQL expression: a parenthesis or quote isn't closed, nothing follows an operator, or a `;` or a comment is in it.",
        item("price: int", "checks: {price_fair: (price > 1}"),
        item("price: int", "checks: {price_fair: (price > 1)}"),
    )
    AUTO = (
        "SW406",
        "`auto` is for `smallint`, `int` and `bigint`; `auto: serial` is for a key alone.",
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
        "The value has more decimals than the scale of the type.",
        item("price: {type: 'decimal(12,2)', default: '1.555'}"),
        item("price: {type: 'decimal(12,3)', default: '1.555'}"),
    )
    NOT_IN_ENUM = (
        "SW411",
        "The value is not one of the enum. The nearest is named.",
        item("status: {type: Status, default: draf}", rest="enums: {Status: [draft, done]}"),
        item("status: {type: Status, default: draft}", rest="enums: {Status: [draft, done]}"),
    )
    TIME_ZONE = (
        "SW412",
        "`timestamptz` and `timetz` need a time zone (`timetz` UTC), `timestamp` and `time` have none.",
        item("starts: {type: timestamptz, default: '2026-01-01T00:00:00'}"),
        item("starts: {type: timestamptz, default: '2026-01-01T00:00:00Z'}"),
    )
    INEXACT = (
        "SW413",
        "A decimal without quotes is a float to YAML, which is not exact. Quote it.",
        item("price: {type: 'decimal(12,2)', default: 1.10}"),
        item("price: {type: 'decimal(12,2)', default: '1.10'}"),
    )
    NULL = (
        "SW414",
        "null is no value of a required field.",
        item("price: {type: int, default: null}"),
        item("price: {type: int, optional: true}"),
    )
    COMPUTED = (
        "SW450",
        "PostgreSQL writes a computed field, so nobody else does, and it can't be a key.",
        item("price: int\ntwice: {type: int, computed: price * 2, access: rw}"),
        item("price: int\ntwice: {type: int, computed: price * 2}"),
    )
    BREACH = (
        "SW415",
        "The default doesn't keep the limits of its field.",
        item("price: {type: int, min: 3, default: 2}"),
        item("price: {type: int, min: 3, default: 3}"),
    )
    TWO_DEFAULTS = (
        "SW416",
        "`default` is a value and `server_default` SQL: a field has one of the two.",
        item("price: {type: int, default: 1, server_default: '1'}"),
        item("price: {type: int, default: 1}"),
    )
    TWO_LIMITS = (
        "SW417",
        "`min` and `gt`, or `max` and `lt`, bound the same side: keep one of the two.",
        item("price: {type: int, min: 1, gt: 2}"),
        item("price: {type: int, gt: 2}"),
    )
    LENGTH_RANGE = (
        "SW418",
        "The length is no length, or over that of the type.",
        item("name: {type: string(40), max_length: 50}"),
        item("name: {type: string(50), min_length: 1}"),
    )
    OWN_PATTERN = (
        "SW419",
        "The type has a pattern of its own.",
        item("name: {type: slug, pattern: '^[a-z]+$'}"),
        item("name: {type: string(100), pattern: '^[a-z]+$'}"),
    )
    DIALECT = (
        "SW420",
        "Python, Pydantic's engine and PostgreSQL don't read this part of the pattern alike. What to write is told.",
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
        "`auto: identity` is a default itself.",
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
        "The index method doesn't index this type, or not what is asked of it: only `btree` has an order and uniqueness, `hash` and `spgist` index one column, and only `btree`, `gist` and `spgist` include others.",
        item("price: {type: int, index: gin}"),
        item("price: {type: int, index: true}"),
    )
    INDEX_OF = (
        "SW425",
        "An index is of fields or of an expression, `expr`, which needs a `name`.",
        item("title: text", "indexes: [{expr: lower(title)}]"),
        item("title: text", "indexes: [{expr: lower(title), name: ix_items_title_ci}]"),
    )
    COLUMN = (
        "SW426",
        "SQL names a column that the table hasn't. The nearest is named. A text has single quotes: double ones are for names.",
        item("state: text", 'checks: {state_known: state <> "gone"}'),
        item("state: text", "checks: {state_known: state <> 'gone'}"),
    )
    EXCLUDE = (
        "SW442",
        "An exclusion compares fields by an operator that its index has: `[room, '=']`, `[during, '&&']`. What isn't a field is an expression, and asks for a `name`.",
        item("during: tstzrange", "exclude: [{elements: [[during, '>']]}]"),
        item("during: tstzrange", "exclude: [{elements: [[during, '&&']]}]"),
    )
    UNMANAGED = (
        "SW541",
        "A model with `managed: false` is a view or a table of others, so no foreign key of ours leads to it. Declare the column as a plain field.",
        item("total: -> Total", "", "Total: {managed: false, fields: {amount: int}}"),
        item("total_id: uuid", "", "Total: {managed: false, fields: {amount: int}}"),
    )
    UNIQUE = (
        "SW441",
        "Options of a unique that don't go together: one with `where`, or of a model with `soft_delete`, is an index, which can't wait, and without a field that may be null none is distinct or not.",
        item("code: string(9)", "unique: [{fields: [code], nulls_not_distinct: true}]"),
        item("code: string(9)?", "unique: [{fields: [code], nulls_not_distinct: true}]"),
    )

    MODEL = (
        "SW501",
        "There is no such model. The nearest is named.",
        item("owner: -> Usr", models=USER),
        item("owner: -> User", models=USER),
    )
    COLUMNS = (
        "SW502",
        "A column and the one that it refers to are of different types.",
        item("owner_id: int\nowner: {ref: User, columns: {owner_id: id}}", models=USER),
        item("owner_id: uuid\nowner: {ref: User, columns: {owner_id: id}}", models=USER),
    )
    ACTION = (
        "SW503",
        "`set_null` on a reference that is required.",
        item("owner: {ref: User, on_delete: set_null}", models=USER),
        item("owner: {ref: User, on_delete: set_null, optional: true}", models=USER),
    )
    CYCLE = (
        "SW504",
        "Required references in a circle: no first row could be. Make one of them optional. Of two models that refer to each other's key, one may be `deferrable: initially_deferred` instead: both are then created in one request.",
        item("owner: -> User", models="User: {fields: {favourite: -> Item}}"),
        item("owner: -> User", models="User: {fields: {favourite: '-> Item?'}}"),
    )
    THROUGH = (
        "SW505",
        "An association model has one reference to each side (two where both sides are one model).",
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
        "A reference leads to the key or to a unique of the other model, so that it finds one row.",
        item("owner_name: text\nowner: {ref: User, columns: {owner_name: name}}", models=USER),
        item(
            "owner_name: text\nowner: {ref: User, columns: {owner_name: name}}",
            models="User: {fields: {name: {type: text, unique: true}}}",
        ),
    )
    COLUMNS_OPTIONAL = (
        "SW507",
        "With `columns:`, a reference is optional if a column is: mark the column.",
        item(
            "owner_id: uuid\nowner: {ref: User, optional: true, columns: {owner_id: id}}",
            models=USER,
        ),
        item("owner_id: uuid?\nowner: {ref: User, columns: {owner_id: id}}", models=USER),
    )
    COLUMNS_TWICE = (
        "SW508",
        "Two columns of a reference lead to the same field.",
        item("a: uuid\nb: uuid\nowner: {ref: User, columns: {a: id, b: id}}", models=USER),
        item("a: uuid\nowner: {ref: User, columns: {a: id}}", models=USER),
    )
    COLUMNS_ACCESS = (
        "SW509",
        "With `columns:`, `access` belongs to the fields.",
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
        "A model that requires one of itself: no first row could be.",
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
        "A many-to-many relation names a column for each part of both keys, and two foreign keys; with `through:` the model there has the names.",
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
        "A former name is still in use, so nothing was renamed, or two have the same, or it was none.",
        item("name: text\ntitle: {type: text, was: name}"),
        item("title: {type: text, was: name}"),
    )
    MIXIN = (
        "SW650",
        "There is no mixin of that name. The nearest is named.",
        item("name: text", "mixins: [Adress]", rest="mixins: {Address: {city: text}}"),
        item("name: text", "mixins: [Address]", rest="mixins: {Address: {city: text}}"),
    )
    FIELD = (
        "SW601",
        "The model has no such field. The nearest is named.",
        item("price: int", "order: [pric]"),
        item("price: int", "order: [price]"),
    )
    KEY = (
        "SW602",
        "There is no such key strategy. Fields stand in a list.",
        item("sku: string(24)", "pk: sku"),
        item("sku: string(24)", "pk: [sku]"),
    )
    KEYLESS = (
        "SW608",
        "A table without a key is appended to and listed: nothing names one of its rows, and a list goes on by cursor where a unique field tells them apart.",
        item("at: timestamptz", "pk: none\napi: {ops: [list, get, create]}"),
        item("at: timestamptz", "pk: none\napi: {ops: [list, create]}"),
    )
    KEY_OPTIONAL = (
        "SW603",
        "What may be null can't be a key.",
        item("sku: string(24)?", "pk: [sku]"),
        item("sku: string(24)", "pk: [sku]"),
    )
    KEY_TYPE = (
        "SW604",
        "This type can't be a key: floats, json, bytes, addresses with a network and arrays can't stand in a path.",
        item("weight: float", "pk: [weight]"),
        item("weight: decimal(8,3)", "pk: [weight]"),
    )
    KEY_HIDDEN = (
        "SW605",
        "A key shows in every path, so it can't be hidden or write-only.",
        item("sku: {type: string(24), access: hidden, default: A1}", "pk: [sku]"),
        item("sku: {type: string(24), access: hidden, optional: true}"),
    )
    KEY_EMPTY = (
        "SW606",
        "A key of no field.",
        item("sku: string(24)", "pk: []"),
        item("sku: string(24)", "pk: [sku]"),
    )
    KEY_CHANGES = (
        "SW607",
        "`row_version` changes with the row, so it can't be a key.",
        item("sku: string(24)", "version: true\napi: false\npk: [sku, row_version]"),
        item("sku: string(24)", "version: true\napi: false\npk: [sku]"),
    )

    PATH = (
        "SW701",
        "Not a path: one starts with `/` and holds letters, digits and `. _ ~ -`.",
        item("name: text", "api: {path: my items}"),
        item("name: text", "api: {path: /my-items}"),
    )
    OPS = (
        "SW702",
        "There is no such operation. The nearest is named.",
        item("name: text", "api: {ops: [lst]}"),
        item("name: text", "api: {ops: [list]}"),
    )
    FILTER = (
        "SW703",
        "A hidden or write-only field can't be filtered or sorted by: that would tell what it holds.",
        item("secret: {type: text, optional: true, access: hidden}", "api: {filter: [secret]}"),
        item("secret: {type: text, optional: true}", "api: {filter: [secret]}"),
    )
    CREATE = (
        "SW705",
        "The field is required, and nobody could send it, so every create would fail.",
        item("rank: {type: int, access: read_only}"),
        item("rank: {type: int, access: read_only, default: 0}"),
    )
    PATH_TAKEN = (
        "SW706",
        "The service serves this path itself (`/health`, `/docs`, `/redoc`, `/openapi.json`).",
        item("name: text", "api: {path: /docs}"),
        item("name: text", "api: {path: /documents}"),
    )
    PATH_TWICE = (
        "SW707",
        "Two models have the same path.",
        item("name: text", "api: {path: /users}", models=USER),
        item("name: text", "api: {path: /things}", models=USER),
    )
    PATH_INSIDE = (
        "SW708",
        "The path is among the rows of another model.",
        item("name: text", "api: {path: /users/items}", models=USER),
        item("name: text", "api: {path: /items}", models=USER),
    )
    OPS_CHANGE = (
        "SW709",
        "The model has no field that can change.",
        item("sku: string(24)", "pk: [sku]\ntimestamps: false\napi: {ops: [list, update]}"),
        item("sku: string(24)", "pk: [sku]\ntimestamps: false\napi: {ops: [list]}"),
    )
    COMPARED = (
        "SW710",
        "There is no filter and no sort by a field of this type.",
        item("data: json", "api: {filter: [data]}"),
        item("data: json\nname: text", "api: {filter: [name]}"),
    )
    PARAMETER = (
        "SW711",
        "Every list has a parameter of that name (`limit`, `sort`, `cursor`, `offset`, `search`, `embed`), so it can't be a filter.",
        item("limit: int", "api: {filter: [limit]}"),
        item("maximum: int", "api: {filter: [maximum]}"),
    )
    SEARCH = (
        "SW712",
        "The language of a search is the name of one of PostgreSQL's configurations; a tsvector has its own.",
        item("name: text", "api: {search: [{field: name, language: English}]}"),
        item("name: text", "api: {search: [{field: name, language: english}]}"),
    )
    EMBED = (
        "SW713",
        "What is embedded is a relation of the model, named once, where something is read: a list or a get.",
        item("owner: -> Owner", "api: {embed: [owner_id]}", models="Owner: {fields: {name: text}}"),
        item("owner: -> Owner", "api: {embed: [owner]}", models="Owner: {fields: {name: text}}"),
    )
    UPSERT = (
        "SW714",
        "An upsert is a PUT on a key or a unique that clients give: one of all rows, not deferrable,"
        " of fields that may be sent and that a path can hold. Of several, `api.upsert` says which.",
        item("name: string(24)", "api: {ops: [list, upsert]}"),
        item("name: {type: string(24), unique: true}", "api: {ops: [list, upsert]}"),
    )
    UPSERT_REPLACE = (
        "SW715",
        "`upsert` and `replace` are both a PUT on the key; `upsert` makes the row where there is none.",
        item("sku: string(24)\nname: text", "pk: [sku]\napi: {ops: [list, replace, upsert]}"),
        item("sku: string(24)\nname: text", "pk: [sku]\napi: {ops: [list, upsert]}"),
    )

    TRANSFER = (
        "SW801",
        "A transfer moves an exact number: a decimal or an integer that is no key, no reference and not made by the database.",
        transfer(balance="float"),
        transfer(balance="decimal(12,2)"),
    )
    TRANSFER_OPTIONAL = (
        "SW802",
        "What a transfer moves may not be null.",
        transfer(balance="decimal(12,2)?"),
        transfer(balance="decimal(12,2)"),
    )
    TRANSFER_LOG = (
        "SW803",
        "The log of a transfer is a model of its own.",
        transfer("{kind: transfer, field: balance, log: Account}"),
        transfer("{kind: transfer, field: balance, log: Payment}"),
    )
    TRANSFER_SIDES = (
        "SW804",
        "The log of a transfer has two references to the key of the model, the source first; `log: {model, source, target}` names them.",
        transfer(payee="uuid"),
        transfer(payee="{ref: Account, inverse: received}"),
    )
    TRANSFER_SENT = (
        "SW805",
        "The references and the amount of the log are sent with each transfer, so they are required and can be written.",
        transfer(payer="{ref: Account, inverse: paid, optional: true}"),
        transfer(payer="{ref: Account, inverse: paid}"),
    )
    TRANSFER_AMOUNT = (
        "SW806",
        "The log has one field for the amount, of the kind of the balance; `log: {model, amount}` says which of several.",
        transfer(more="fee: {type: 'decimal(12,2)', default: '0.00'}"),
        transfer(
            "{kind: transfer, field: balance, log: {model: Payment, amount: amount}}",
            more="fee: {type: 'decimal(12,2)', default: '0.00'}",
        ),
    )
    TRANSFER_KIND = (
        "SW807",
        "The amount is not of the kind of the balance: both decimals or both integers, and no more decimals than the balance has.",
        transfer(amount="{type: 'decimal(12,3)', gt: 0}"),
        transfer(amount="{type: 'decimal(12,2)', gt: 0}"),
    )
    TRANSFER_POSITIVE = (
        "SW808",
        "An amount that may be zero or negative would move money the other way.",
        transfer(amount="decimal(12,2)"),
        transfer(amount="{type: 'decimal(12,2)', gt: 0}"),
    )
    TRANSFER_KEY = (
        "SW809",
        "The log has one unique field that a client sends, so that a request that is sent twice is done once; `log: {model, key}` says which of several.",
        transfer(request_id="uuid"),
        transfer(request_id="{type: uuid, unique: true}"),
    )
    TRANSFER_KEY_KIND = (
        "SW810",
        "The request key marks a transfer as done, so it is required, and not json or float.",
        transfer(request_id="{type: uuid, unique: true, optional: true}"),
        transfer(request_id="{type: uuid, unique: true}"),
    )

    TRANSITION = (
        "SW811",
        "A transition moves an enum that every row has and that is no key.",
        item("state: text", "operations: {go: {kind: transition, field: state, moves: {a: [b]}}}"),
        item(
            "state: State",
            "operations: {go: {kind: transition, field: state, moves: {a: [b]}}}",
            rest="enums: {State: [a, b]}",
        ),
    )
    TRANSITION_VALUE = (
        "SW812",
        "The moves of a transition are between values of its enum.",
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
        "A transition without moves allows nothing.",
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
        "What is named under `dropped:` is still there, or has a new name by `was:`: remove it in one of the two.",
        item("name: text\nprice: int", rest="dropped: [Item.price]"),
        item("name: text", rest="dropped: [Item.price]"),
    )
    DROPPED_NAME = (
        "SW902",
        "Under `dropped:` stand models, `Model`, and fields, `Model.field`.",
        item("name: text", rest="dropped: [Item.price.cents]"),
        item("name: text", rest="dropped: [Item.price]"),
    )
    GONE = (
        "SW903",
        "A model or field isn't in the file any more, so an update would delete its package or its column. Name it under `dropped:` if that is meant, or say `was:` where it has a new name.",
        item("name: text"),
        item("name: text", rest="dropped: [Order]"),
    )

    what: str
    wrong: str  # a models.yml
    right: str

    def __new__(cls, value: str, what: str = "", wrong: str = "", right: str = "") -> Code:
        self = str.__new__(cls, value)
        self._value_ = value
        self.what, self.wrong, self.right = what, wrong, right
        return self
