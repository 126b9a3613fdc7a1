"""`python -m hooks.language_page > docs/language.md`: the reference of the language.

The tables are made from the grammar, its help and the table of types; a line `@keys Ref` or the
like in TEXT is where one of them goes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from .language import grammar, types
from .language.api import DEFAULT_OPS, OPS
from .language.help import KEYS
from .language.spec import Field, Type
from .language.types import sortable
from .rendering.types import WRITTEN

# What an operation is, with its route: of a model with the path /products.
ROUTES = {
    "list": ("GET /products", "a page of rows: filtered, sorted, searched"),
    "get": ("GET /products/{id}", "one row"),
    "create": ("POST /products", "stores a row: 201, with its `Location`"),
    "update": ("PATCH /products/{id}", "changes the fields that are sent"),
    "replace": ("PUT /products/{id}", "sets every field that can change"),
    "delete": ("DELETE /products/{id}", "removes the row: 204"),
    "bulk_create": ("POST /products/bulk", "stores up to 10,000 rows, all or none"),
    "bulk_update": ("PATCH /products/bulk", "changes up to 10,000 rows by their keys, all or none"),
    "bulk_delete": ("DELETE /products/bulk", "removes up to 10,000 rows, all or none"),
    "upsert": ("PUT /products/by-sku/{sku}", "replaces the row, or stores it if there is none"),
    "count": ("GET /products/count", "how many rows the filters leave"),
    "export": ("GET /products/export", "all rows that the filters leave, as JSON Lines"),
}
# How a value of each type looks in JSON.
JSON = {
    "smallint": "`7`",
    "int": "`7`",
    "bigint": "`7`",
    "float": "`0.5`",
    "real": "`0.5`",
    "bool": "`true`",
    "string": '`"text"`',
    "char": '`"DE"`, without padding',
    "text": '`"text"`',
    "citext": '`"text"`',
    "decimal": '`"12.50"`',
    "date": '`"2026-01-31"`',
    "time": '`"12:30:00"`',
    "timetz": '`"12:30:00Z"`',
    "timestamp": '`"2026-01-31T12:30:00"`',
    "timestamptz": '`"2026-01-31T12:30:00Z"`',
    "interval": '`"P1DT12H"`',
    "uuid": '`"0192f0c1-…"`',
    "json": "anything but `null`",
    "bytes": "base64",
    "inet": '`"10.0.0.1"`',
    "cidr": '`"10.0.0.0/8"`',
    "macaddr": '`"08:00:2b:01:02:03"`',
    "email": '`"ann@example.com"`',
    "url": '`"https://example.com/"`',
    "slug": '`"winter-sale"`',
    "int4range": '`{"lower": 1, "upper": 5}`',
    "int8range": "likewise",
    "numrange": "likewise",
    "daterange": "likewise",
    "tsrange": "likewise",
    "tstzrange": "likewise",
    "ltree": '`"top.science"`',
    "tsvector": "`\"'fat':2\"`",
    "vector": "`[0.1, 0.2]`",
}
OPERATORS = {
    "": ("`?price=5`", "equal"),
    "in": ("`?status__in=paid&status__in=sent`", "one of these: repeat the parameter"),
    "gt": ("`?price__gt=5`", "greater"),
    "gte": ("`?price__gte=5`", "greater or equal"),
    "lt": ("`?price__lt=5`", "less"),
    "lte": ("`?price__lte=5`", "less or equal"),
    "ilike": (
        "`?title__ilike=%25chair%25`",
        "like a pattern of `%` and `_`, in upper or lower case",
    ),
    "contains": (
        "`?labels__contains=new&labels__contains=red`",
        "an array: has all of these; a range (`?during__contains=2026-01-31T12:00:00Z`): has this",
    ),
    "overlaps": (
        "`?labels__overlaps=new&labels__overlaps=red`",
        "an array: has any of these; a range (`?weeks__overlaps=[1,5)`): shares a part with this",
    ),
    "isnull": ("`?note__isnull=true`", "`true`: is null; `false`: has a value"),
}
SHOP = """\
# yaml-language-server: $schema=./models.schema.json
enums:
  OrderStatus: [draft, placed, paid, cancelled]

models:
  User:                                         # the table users, the path /users
    doc: A person who buys
    fields:
      email: {type: email, unique: true}        # an email address that no two users share
      name: string(80)                          # required, at most 80 characters
      born_on: date?                            # optional

  Category:
    fields: {name: {type: string(80), unique: true}}

  Product:
    doc: Something that we sell
    fields:
      sku: {type: string(24), unique: true, pattern: '^[A-Z0-9-]+$'}
      title: {type: string(160), min_length: 1}
      price: {type: decimal, precision: 12, scale: 2, min: 0}
      cost: {type: 'decimal(12,2)', access: hidden, default: '0.00'}   # never in the API
      stock: {type: int, default: 0}
      listed_on: date?
      category: -> Category                     # category_id, and GET /categories/{id}/products
    many: {tags: {to: Tag, inverse: products}}  # the table product_tags
    checks: {price_covers_cost: price >= cost}

  Tag: {fields: {label: {type: string(40), unique: true}}}

  Order:
    fields:
      customer: {ref: User, inverse: orders}    # GET /users/{id}/orders
      status: {type: OrderStatus, default: draft}
    operations:                                 # POST /orders/{id}/advance
      advance:
        kind: transition
        field: status
        moves: {draft: [placed, cancelled], placed: [paid, cancelled]}
    api: {filter: [customer, status], embed: [lines]}

  OrderLine:
    pk: [order, product]                        # a composite key
    fields:
      order: {ref: Order, on_delete: cascade, inverse: lines}
      product: -> Product
      quantity: {type: int, min: 1, default: 1}
"""
TEXT = """\
# The language of models.yml

`models.yml` says what a service stores and what it serves. Slipway renders the rest from it:
tables and migrations, request and response schemas, routes, tests. You edit it, commit, and run
`make models`; the code follows, and what you changed in the code stays.

A whole file:

```yaml
@shop
```

This gives six tables and an association table, with their keys, constraints and indexes, and the
routes to them. Everything is checked before anything is written: each mistake is reported with
its line and what to write instead ([diagnostics](diagnostics.md)). `models.schema.json`, which
the first line names, lets an editor complete and explain keys while you write.

@toc

This page is made by `python -m hooks.language_page > docs/language.md` from the grammar of the
language (`hooks/language/grammar.py`) and its help (`hooks/language/help.py`). Every example in
it is loaded by the tests.

## The file

A `models.yml` is YAML, in UTF-8. Its top level has up to five keys; only `models` is required.

@keys File at the top level

It is also a data file for Copier: `copier copy --data-file models.yml`. The [options of the
template](../README.md#options), such as `project_name`, may stand in it too.

Four habits of YAML to know:

- Inside `{ }`, `?` and `[]` break YAML and a comma ends the value. Write `optional: true`,
  `array: true`, `precision:` and `scale:` there, or quote the type: `{type: 'decimal(12,2)'}`.
- `yes`, `no`, `on`, `off` and `null` aren't text, neither as a value nor as a key. Quote them.
- `12:30`, `2026-01-31` and `1.50` aren't text either. Quote times, dates and decimals.
- A `: ` or ` #` inside a text has a meaning: quote the text. SQL is best always quoted.

## Names

| what | how it is written | example |
|---|---|---|
| models, enums, mixins | PascalCase, models in the singular | `OrderLine` |
| fields, relations, checks, operations | snake_case, ASCII, no leading underscore | `unit_price` |
| tables and Python packages | the plural, in snake_case | `order_lines` |
| paths | the plural, in kebab-case | `/order-lines` |

Plurals follow the rules of English, irregular ones included (`Person`, `people`). Where one and
many are the same word, or where you want another one, `plural:` sets it; `table:`, `column:`,
`schema:` and `api.path` change one name each:

```yaml
models:
  Sheep:
    plural: flock              # the package app/resources/flock, and /flock
    table: tbl_sheep
    fields:
      name: {type: string(80), column: sheep_name}
    api: {path: /farm/sheep}
```

A name is never changed silently. Reserved words of SQL are quoted. A name that Python, Pydantic
or SQLAlchemy needs for itself (`class`, `metadata`) gets a trailing underscore in Python only,
and a warning says so. A name of more than 63 bytes is an error, because PostgreSQL would cut it
off.

## Fields

A field is `name: type`. It is short, or a mapping with more keys:

```yaml
models:
  Product:
    fields:
      title: string(160)                        # required
      note: text?                               # `?`: may be null and left out
      sizes: int[]                              # `[]`: an array
      labels: string(40)[]?                     # an optional array
      price: decimal(12,2)                      # arguments in ( )
      category: -> Category                     # `->`: a reference
      maker: -> Maker?                          # an optional one
      stock: {type: int, min: 0, default: 0}    # with more to say
  Category: {fields: {name: text}}
  Maker: {fields: {name: text}}
```

| sign | means | inside `{ }` |
|---|---|---|
| `string(80)` | the argument of a type: its length | the same |
| `decimal(12,2)` | all digits, and those after the point | `precision: 12, scale: 2`, or quoted |
| `?` | optional: null is allowed, and the field may be left out | `optional: true` |
| `[]` | an array; before the `?` if both | `array: true` |
| `-> User` | a reference | `ref: User` |

**Everything is required and NOT NULL unless it is optional.** A field with a default may be left
out of a request as well, but is never null.

What a field with a `type` can have:

@keys Scalar in `fields:`

Limits (`min`, `max`, `gt`, `lt`, `min_length`, `max_length`, `pattern`) are checked twice: by the
API, which answers 422 with the field's name, and by a CHECK in the database, which also holds for
whoever writes around the API. `min` to `lt` are for numbers, dates, times and durations, the
others for text.

A `pattern` has to mean the same in Python, in Pydantic and in PostgreSQL: ASCII classes such as
`[A-Za-z0-9]`, groups, counts and anchors; no `\\d`, `\\w`, `\\s`, and no look-around.

### Access

`access` says who may set and see a field:

| access | sent in a create | sent in an update | in responses |
|---|---|---|---|
| `rw` | yes | yes | yes |
| `create_only` | yes | no | yes |
| `read_only` | no | no | yes |
| `write_only` | yes | yes | no |
| `hidden` | no | no | no |

What isn't in responses can't be filtered, sorted or searched either: that would reveal it. A
required field that nobody can send needs a default. Key fields never change, whatever `access`
says. `computed` and `auto` fields are read-only by themselves.

```yaml
models:
  User:
    fields:
      email: {type: email, unique: true}
      password_hash: {type: string(255), optional: true, access: hidden}
      pin: {type: string(4), pattern: '^[0-9]{4}$', access: write_only}
      referrer: {type: string(80), optional: true, access: create_only}
      credit: {type: 'decimal(12,2)', default: '0.00', access: read_only}
```

## Types

@types

- **key**: can be (part of) a primary key. **sort**: lists can be sorted by it. **filters** are
  explained [below](#filters); an optional field also has `isnull`, a reference has equal and `in`.
- An array (`int[]`) can't be a key or sorted; where its type has filters, it has `contains` and
  `overlaps`. Arrays have one dimension.
- `string(n)` and `char(n)` take 1 to 10,485,760 characters, `decimal(p,s)` up to 1,000 digits,
  `vector(n)` up to 16,000 numbers.
- `decimal` is text in JSON, so that it stays exact; a request may send a number.
- `timestamptz` and `timetz` require a time zone, `timestamp` and `time` refuse one. Instants are
  answered in UTC.
- `slug` is lower-case letters and digits with single hyphens. `char(n)` is returned without
  padding. A `url` is one of `http` or `https`.
- `email` is stored with its domain in lower case and the rest as it is sent, and compared like
  that: `Ann@example.com` and `ann@example.com` are two.
- A range in JSON is `{"lower": …, "upper": …, "bounds": "[)", "empty": false}`; where an end is
  null or left out, the range has no limit there.
- `tsvector` is computed by PostgreSQL, so it is read-only.
- `citext`, `ltree` and `vector` come from PostgreSQL extensions of that name; the first migration
  creates them. `vector` has to be installed on the server (pgvector).
- Other spellings (`varchar`, `integer`, `boolean`, `datetime`, `jsonb`) are errors that name
  ours.

### Any other type

A PostgreSQL type without a word here is written as SQL writes it:

```yaml
models:
  Shop:
    fields:
      place: {type: {sql: point, python: str}}
      flags: {type: {sql: bit(3), python: str, example: '101'}, default: '000'}
      object: {type: {sql: oid, python: int}, optional: true}
      corners: {type: {sql: 'point[]', python: str, example: '{"({n},1)"}'}}
```

@keys Custom in `fields:`

With `python: str` the value is PostgreSQL's own text for it, both ways. Such a field has no
limits, filter or sort, and can't be a key; it can have a `default`, a unique and an index.

## Enums

An enum is a native PostgreSQL enum, a `StrEnum` in Python, and text in JSON. Its name is used as
a type. Values may have descriptions, which OpenAPI then shows. An enum can be a key, is sorted
in the order of its values, and filtered by equal and `in`.

```yaml
enums:
  Size: [small, large]
  Answer: ['yes', 'no', unknown]        # quoted: YAML reads yes and no as true and false
  Currency: {EUR: Euro, USD: US dollar}
models:
  Product:
    fields:
      size: Size
      sold_in: {type: Currency, array: true, default: [EUR]}
      vegan: {type: Answer, default: unknown}
```

`make migration` adds and removes values of a type in use. For a removed value, write at its
`backfill` what the rows that have it become. From then on, the version before is refused it.

## Mixins

A mixin is a set of fields that several models share. They come after the model's own, and each
model gets columns of its own.

```yaml
mixins:
  Address: {street: string(120), city: {type: string(80), index: true}, country: char(2)}
models:
  User: {mixins: [Address], fields: {name: string(80)}}
  Shop: {mixins: [Address], fields: {opened_on: date}}
```

## Keys

| `pk` | the key |
|---|---|
| `uuid7` | `id`, a UUID in order of time, made by the service; the default |
| `uuid4` | `id`, a random UUID |
| `identity` | `id`, a bigint that PostgreSQL counts up |
| `identity32` | the same as an int |
| `[sku]` | a field of the model: a natural key, sent by clients |
| `[order, product]` | several fields, in this order: `/order-lines/{order_id}/{product_id}` |
| `[user]` | a reference: one-to-one, sharing the key of the other row |
| `none` | no key: rows are only added, listed, counted and exported |

```yaml
models:
  User: {pk: identity, fields: {name: string(80)}}
  Profile:
    pk: [user]
    fields:
      user: {ref: User, on_delete: cascade, inverse: profile}
      bio: text?
  Country: {pk: [code], fields: {code: char(2), name: string(80)}}
  Seat: {pk: [row, number], fields: {row: char(1), number: int}}
  Reading: {pk: none, fields: {at: timestamptz, value: float}, order: [-at]}
```

A key never changes. In a path, text keys can't be empty, hold a `/`, or be `bulk`, `count` or
`export`. Lists of a table without a key are paged by offset unless a unique field tells its rows
apart. For a key of another name or type, declare the field and list it: `pk: [number]`.

## References

`owner: -> User` is short for `owner: {ref: User}`. It makes

- the column `owner_id` (the name of the reference, then of the key it refers to;
  `artist: -> Artist` with the key `artist_id` makes `artist_id`), a foreign key and an index;
- the relations `owner` and, on the other model, `items`, the *inverse*;
- `GET /users/{user_id}/items`, or `GET /users/{user_id}/profile` if there can be only one.

```yaml
models:
  User:
    fields:
      name: string(80)
      manager: {ref: User, optional: true, on_delete: set_null, inverse: reports}   # its own model
  Item:
    fields:
      name: string(80)
      owner: {ref: User, on_delete: cascade}
      seller: {ref: User, inverse: sold}        # a second one to the same model needs a name
      audited_by: {ref: User, optional: true, inverse: false}
  Slot:
    pk: [hall, number]
    fields: {hall: int, number: int}
  Box:
    fields:
      hall: int                                  # a composite key by declared columns
      slot_number: int?
      slot: {ref: Slot, columns: {hall: hall, slot_number: number}}
```

@keys Ref in `fields:`

In JSON a reference is its column: `"owner_id": "…"`. A reference to a row that doesn't exist is
answered 409, with the field.

Two models that require each other can't have a first row, unless one of the references is
`deferrable: initially_deferred`: then `POST /teams/with-lead` creates both.

```yaml
models:
  Team:
    fields:
      name: string(40)
      lead: {ref: Member, deferrable: initially_deferred, inverse: leads}
  Member:
    fields:
      name: string(40)
      team: {ref: Team, inverse: members}
```

## Many-to-many

`many` makes an association table and, for each pair, `PUT` and
`DELETE /products/{id}/tags/{tag_id}`, and both lists: `GET /products/{id}/tags` and
`GET /tags/{id}/products`. A pair that needs fields of its own is a model, named by `through:`.

```yaml
models:
  Product:
    fields: {title: string(160)}
    many:
      tags: {to: Tag, inverse: products}
      orders: {to: Order, through: OrderLine, inverse: products}
  Tag: {fields: {label: string(40)}}
  Order: {fields: {number: {type: int, unique: true}}}
  OrderLine:
    pk: [order, product]
    fields:
      order: {ref: Order, on_delete: cascade, inverse: lines}
      product: {ref: Product, inverse: lines}
      quantity: int
```

@keys Many in a model

With `through:`, only `to`, `through` and `inverse` apply; the rest is said at the model in
between.

## Models

@keys Model in a model

A `doc` is shown in the code and in OpenAPI. What `version` and `soft_delete` do:

```yaml
models:
  Document:
    doc: Something that several people edit
    version: true          # ETag in responses; If-Match on writes, 412 when stale
    soft_delete: true      # DELETE keeps the row; POST /documents/{id}/restore
    fields:
      title: {type: string(160), unique: true}   # unique among the rows that aren't deleted
```

The key of a deleted row stays taken: who sends it again gets 409. What refers to the row still
does.

A model with `managed: false` is a view, or a table that somebody else creates. Its `pk` names
what tells its rows apart (`pk: none` if nothing does), and it serves `list` and `get` unless
`api.ops` asks for more.

## Uniques, indexes and checks

```yaml
models:
  Product:
    fields:
      title: string(160)
      maker: string(80)
      price: decimal(12,2)
      cost: decimal(12,2)
      retired_on: date?
    unique:
      - [maker, title]
      - {fields: [title], where: retired_on IS NULL, name: one_title_in_sale}
    indexes:
      - [maker, -price]
      - {expr: lower(title), name: ix_products_lower_title}
    checks:
      price_covers_cost: price >= cost
```

SQL names columns, not fields (a reference `owner` is `owner_id`), and text stands in single
quotes. It is passed to PostgreSQL as it is; a column that doesn't exist is reported.

A broken unique is answered 409 and a broken check 422, both with the fields. A rule that involves
one row only belongs here: it then holds for creates, updates, bulk requests and every other
writer.

### Uniques

@keys Unique in a model

### Indexes

@keys Index in a model

### Checks

@keys Check in a model

### Exclusions

Two bookings of a room may not overlap:

```yaml
models:
  Booking:
    fields:
      room: int
      during: tstzrange
      cancelled: {type: bool, default: false}
    exclude:
      - {elements: [[room, '='], [during, '&&']], where: NOT cancelled}
```

@keys Exclude in a model

## Operations

An operation changes a row in a way that a plain update can't be trusted with.

### Transfers

A transfer moves an amount from one row to another: `POST /accounts/pay`, with a row of the log as
its body. It locks both rows in the order of their keys, checks `same` and `floor` (409 if they
don't hold), changes both, and writes the log, all in one transaction. The log's unique key
identifies the request: a client that sends it again gets the first result, and nothing moves twice.

```yaml
models:
  Account:
    fields:
      currency: string(3)
      balance: {type: 'decimal(14,2)', default: '0.00', access: create_only}
    operations:
      pay: {kind: transfer, field: balance, same: [currency], floor: 0, log: Payment}
  Payment:
    fields:
      payer: {ref: Account, inverse: paid}
      payee: {ref: Account, inverse: received}
      amount: {type: 'decimal(14,2)', gt: 0}
      request_id: {type: uuid, unique: true, access: create_only}
    checks: {sides_differ: payer_id <> payee_id}
    api: {ops: [list, get]}
```

@keys Transfer in a model

`log` is the name of a model, or a mapping where that leaves a choice:

@keys Log in a model

### Transitions

A transition moves an enum along the allowed edges: `POST /orders/{id}/advance` with
`{"status": "placed"}`. Any other move is answered 409. Once the row exists, nothing else in the
API changes the field. Where it has a default, each row starts with that, and a create can't send
it; where it has none, a create says where the row starts.

```yaml
enums: {OrderStatus: [draft, placed, paid, shipped, cancelled]}
models:
  Order:
    fields:
      status: {type: OrderStatus, default: draft}
    operations:
      advance:
        kind: transition
        field: status
        moves: {draft: [placed, cancelled], placed: [paid, cancelled], paid: [shipped]}
```

@keys Transition in a model

## The API

`api: false` serves nothing. Otherwise:

@keys Api in a model

```yaml
models:
  Product:
    fields:
      sku: {type: string(24), unique: true}
      title: string(160)
      body: text?
      price: decimal(12,2)
      labels: text[]
      category: -> Category
    api:
      ops: [list, get, create, update, delete, count, export]
      filter: [price, labels, category]
      sort: [price, title]
      default_sort: [-price]
      search: [sku, {field: body, language: english}]
      embed: [category]
  Category:
    fields: {name: string(80)}
    api: {path: /product-categories, page: offset}
```

### Operations of the API

@ops

Without `ops` a model has the first seven; `update` and `replace` are left out where no field can
change, a model with `managed: false` has `list` and `get`, and one with `pk: none` has `list`,
`create` and `bulk_create`. `delete` together with `soft_delete` brings
`POST /products/{id}/restore`. An upsert goes by the key (`PUT /countries/{code}`, instead of
`replace`) where clients choose it, else by a unique. Nested lists, links and operations of the
model are served besides.

The body of a bulk request is a list: of what a create takes, of objects with the key and the
fields to change (`[{"id": "…", "price": "5.00"}]`), or of keys (`[{"id": "…"}]`). The body of an
upsert has all fields but those in its path.

### Pages

A list is `{"items": […], "next_cursor": "…"}`. `?limit=` is the size of a page: 50 unless asked
for, 200 at most. `?cursor=` with the `next_cursor` of a page gets the next one, in the same order
and with the same filters; it is null on the last page. With `page: offset` these are
`next_offset` and `?offset=`.

### Filters

A filter is a query parameter, `field` or `field__operator`; several must all be true. The
[types](#types) say which operators a field has. A reference goes by its column, as in JSON:
`filter: [customer]` makes `?customer_id=`, and `sort: [customer]` makes `?sort=customer_id`.

@filters

A list takes no other parameters: an unknown one is answered 422.

### Sorting

`?sort=-price,title` sorts by several fields; `-` is descending. The key is added, so that the
order is always complete. Nulls are last, and first where the order descends.

### Search

`?search=chair` finds rows where any of the fields in `search` matches. A plain text field matches
anywhere in the text, in upper or lower case, with an index of trigrams (the extension `pg_trgm`).
`{field, language}` matches words in all their forms, and understands `"a phrase"`, `or` and
`-without`. A `tsvector` field that you compute yourself can combine several fields:

```yaml
models:
  Article:
    fields:
      title: string(160)
      body: text
      words: {type: tsvector, computed: "to_tsvector('english', title || ' ' || body)"}
    api: {search: [words]}
```

@keys Search in a model

### Embedding

`?embed=category,lines` puts related rows into each row: one row or null for a reference, a list
for the others. A list has the first 100 rows; the nested list has all. Embedded rows are read
with one join or one statement for the whole page, never one a row. They embed no others.

## Renaming and removing

Nothing is dropped because it is missing. What disappears from the file has either a new name or
an entry under `dropped`; otherwise the update stops.

```yaml
models:
  Product:
    was: Article                                   # the model was called Article
    fields:
      title: {type: string(160), was: heading}     # the field was called heading
dropped:
  - Invoice                                        # a model that goes
  - Product.colour                                 # a field that goes
```

After `make models`, `make migration` brings the data along. The version of the service that runs
still needs the old names: a renamed field stands under both, and a dropped field or model stays,
until `make contract`. What loses data does nothing until you set `destructive = True` in the
migration. Once the migration is written, `was` and `dropped` can go from the file.

## Defaults

```yaml
defaults: {pk: identity, timestamps: false, on_delete: cascade}
models:
  Item: {fields: {name: text}}
```

@keys Defaults at the top level

## All keys

@index
"""


def page() -> str:
    made = re.sub(r"^@(\w+)(?: (.+))?$", lambda it: MAKERS[it[1]](it[2] or ""), TEXT, flags=re.M)
    return made.replace("@toc", _toc(made))


def shapes() -> Iterator[type[grammar.Shape]]:
    """All of the grammar's, in its order."""
    yield from grammar.Shape.__subclasses__()


def keys(shape: type[grammar.Shape]) -> dict[str, FieldInfo]:
    """What may stand in a mapping, by how it is written."""
    return {it.alias or name: it for name, it in shape.model_fields.items()}


def _keys(text: str) -> str:
    name, where = text.split(" ", 1)
    shape: type[grammar.Shape] = getattr(grammar, name)
    rows = [_row(name, key, it) for key, it in keys(shape).items()]
    return _table(["key", "what it does", "value", "default", f"example, {where}"], rows)


def _row(shape: str, key: str, info: FieldInfo) -> list[str]:
    help = KEYS[f"{shape}.{key}"]
    example = "<br>".join(f"`{line}`" for line in help.example.splitlines())
    return [f"`{key}`", help.what, _value(info), help.default or _default(info), example]


def _value(info: FieldInfo) -> str:
    told = info.description or ""
    if not told.startswith("one of "):
        return told
    return ", ".join(f"`{it}`" for it in told.removeprefix("one of ").split(", "))


def _default(info: FieldInfo) -> str:
    if info.default is PydanticUndefined:
        return "" if info.default_factory else "required"
    if info.default is None:
        return ""
    return f"`{str(info.default).lower() if isinstance(info.default, bool) else info.default}`"


def _types(_: str) -> str:
    rows = []
    letters = {"length": "n", "precision": "p", "scale": "s"}
    for name in types.NAMES:
        row = types.TYPES[name]
        arguments = ",".join(letters[it] for it in row.arguments)
        field = Field(name=name, attribute=name, column=name, type=Type(name))
        rows.append(
            [
                f"`{name}({arguments})`" if arguments else f"`{name}`",
                f"`{row.sql.format(**letters)}`",
                f"`{WRITTEN[name].python.replace('dt.', 'datetime.')}`",
                JSON[name],
                "yes" if row.key else "",
                "yes" if sortable(field) else "",
                _filters_of(field),
            ]
        )
    head = ["you write", "PostgreSQL", "Python", "JSON", "key", "sort", "filters"]
    return _table(head, rows)


def _filters_of(field: Field) -> str:
    text = ", ".join(f"`{name}`" if name else "equal" for name in types.filters(field))
    return text.replace("`gt`, `gte`, `lt`, `lte`", "`gt` to `lte`")


def _ops(_: str) -> str:
    rows = [
        [f"`{op}`", f"`{ROUTES[op][0]}`", ROUTES[op][1], "yes" if op in DEFAULT_OPS else ""]
        for op in OPS
    ]
    return _table(["op", "route", "what it does", "by default"], rows)


def _filters(_: str) -> str:
    rows = [[f"`{name}`" if name else "", *it] for name, it in OPERATORS.items()]
    return _table(["operator", "example", "finds rows where the value is"], rows)


def _index(_: str) -> str:
    """Where each key is explained, in the order of the alphabet."""
    places: dict[str, list[str]] = {}
    section = ""
    for line in TEXT.splitlines():
        if line.startswith("#"):
            section = line.lstrip("# ")
        elif line.startswith("@keys "):
            for key in keys(getattr(grammar, line.split()[1])):
                places.setdefault(key, []).append(f"[{section}](#{_anchor(section)})")
    rows = [[f"`{key}`", ", ".join(it)] for key, it in sorted(places.items())]
    return _table(["key", "see"], rows)


def _toc(text: str) -> str:
    lines = []
    fenced = False
    for line in text.splitlines():
        fenced ^= line.startswith("```")
        title = re.fullmatch(r"##(#?) (.+)", line)
        if title and not fenced:
            lines.append(f"{'  ' * len(title[1])}- [{title[2]}](#{_anchor(title[2])})")
    return "\n".join(lines)


def _anchor(title: str) -> str:
    """As GitHub makes it."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *([it.replace("|", "\\|") for it in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


MAKERS: dict[str, Callable[[str], str]] = {
    "keys": _keys,
    "types": _types,
    "ops": _ops,
    "filters": _filters,
    "index": _index,
    "toc": lambda _: "@toc",  # last, of the whole
    "shop": lambda _: SHOP.rstrip("\n"),
}


if __name__ == "__main__":
    print(page(), end="")
