# ruff: noqa: E501 (messages stand here whole, so that a search finds them)
"""Every mistake is told: where, what, what to write instead, and its code."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from hooks.language import Invalid, load
from hooks.language.diagnostics import Code


def problems(text: str) -> list[str]:
    with pytest.raises(Invalid) as raised:
        load(yaml.safe_load(text))
    assert str(raised.value) == "\n".join(raised.value.problems)
    return raised.value.problems


def of_fields(fields: str, model: str = "") -> str:
    lines = "".join(f"      {line}\n" for line in fields.splitlines())
    more = "".join(f"    {line}\n" for line in model.splitlines())
    return f"models:\n  Bin:\n    fields:\n{lines}{more}"


USER = "  User: {fields: {name: text}}\n"
DOTTED = "  Dotted: {pk: [y], fields: {y: {type: int, column: a.b}}}\n"

# code, the file, the whole problem without its code
SNIPPETS: list[tuple[Code, str, str]] = [
    (Code.SHAPE, "models: 3", "models: 3 is not a mapping {Name: {fields: …}}"),
    (Code.SHAPE, "models: {Bin: [x]}", "Bin: ['x'] is not a mapping, as in {fields: {name: text}}"),
    (
        Code.PAIRS,
        of_fields("x: text", "many: {users: {to: User, columns: [a]}}") + USER,
        "Bin.users.columns: `columns` must name one for each part of the two keys: id, id",
    ),
    (
        Code.PAIRS,
        of_fields("x: text", "many: {users: {to: User, constraints: [a]}}") + USER,
        "Bin.users.constraints: `constraints` must name two foreign keys: to Bin and to User",
    ),
    (
        Code.PAIRS,
        of_fields("x: text", "many: {users: {to: User, through: Use, table: uses}}")
        + USER
        + "  Use: {fields: {bin: -> Bin, user: -> User}}",
        "Bin.users.table: with `through:`, `table` belongs to the model Use",
    ),
    (
        Code.SQL_NAME,
        of_fields("x: text", "many: {users: {to: User, columns: [from, to]}}") + USER,
        "Bin.users: 'from' cannot be a name in Python: write a model with `through:`",
    ),
    (
        Code.SQL,
        of_fields("x: {type: int, min: 1}", "checks: {x_mni: {name: of_x}}"),
        "Bin.checks.x_mni: has no `sql`: write SQL as text; did you mean `x_min`?",
    ),
    (
        Code.LISTS,
        of_fields("x: text\ny: text", "unique: [x, y]"),
        "Bin.unique: each item must be a list: write [[x], [y]], or [[x, y]] for all of them together",
    ),
    (Code.SHAPE, of_fields("x: 3"), "Bin.x: 3 is not a type: write one, as in string(40)"),
    (
        Code.LIST,
        of_fields("x: text") + "dropped: Bin",
        "dropped: 'Bin' is not a list, as in [Order, Item.price]",
    ),
    (
        Code.UNKNOWN_KEY,
        of_fields("x: {type: text, optionl: true}"),
        "Bin.x: unknown key 'optionl'; did you mean `optional`?",
    ),
    (
        Code.UNKNOWN_KEY,
        of_fields("x: text", "index: [[x]]"),
        "Bin: unknown key 'index'; did you mean `indexes`?",
    ),
    (
        Code.MISPLACED,
        of_fields("tags: {to: Tag}"),
        "Bin.tags: `to` is for many-to-many: put it under `many:`, or write ref",
    ),
    (
        Code.ADDED,
        of_fields("deleted_at: timestamptz?", "soft_delete: true"),
        "Bin.deleted_at: the template adds this column: leave it out, or write soft_delete: false",
    ),
    (
        Code.UNIQUE,
        of_fields(
            "x: text",
            "soft_delete: true\nunique: [{fields: [x], deferrable: initially_deferred}]",
        ),
        "Bin.unique: has `deferrable`, but soft_delete makes it an index, which cannot be deferred: leave out one",
    ),
    (
        Code.TARGET,
        "models:\n"
        "  Bin: {soft_delete: true, fields: {code: {type: slug, unique: true}}}\n"
        "  Box: {fields: {code: slug, bin: {ref: Bin, columns: {code: code}}}}\n",
        "Box.bin: (code) is unique only among rows of Bin that are not deleted: reference the key, or leave out soft_delete",
    ),
    (
        Code.UNIQUE,
        of_fields(
            "x: text?", "unique: [{fields: [x], where: x > '', deferrable: initially_deferred}]"
        ),
        "Bin.unique: has `where`, which makes it an index, and `deferrable`, which no index can be: keep one",
    ),
    (
        Code.UNIQUE,
        of_fields("x: text", "unique: [{fields: [x], nulls_not_distinct: true}]"),
        "Bin.unique: has nulls_not_distinct, but none of the fields is optional: leave it out",
    ),
    (
        Code.SQL,
        of_fields("x: text", "unique: [{fields: [x], where: 'x = (1'}]"),
        "Bin.unique.where: opens a parenthesis that is not closed",
    ),
    (
        Code.TARGET,
        of_fields(
            "x: {type: text}\ny: {ref: Bin, optional: true, columns: {z: x}}\nz: text?",
            "unique: [{fields: [x], where: x > ''}]",
        ),
        "Bin.y: (x) has only a unique with `where` or `deferrable`: add one without",
    ),
    (
        Code.WAS,
        of_fields("x: text\ny: {ref: Bin, optional: true, was: x}"),
        "Bin.y.was: x still exists: remove it, or remove `was`",
    ),
    (
        Code.WAS,
        of_fields("x: text", "was: User") + USER,
        "Bin.was: User still exists: remove it, or remove `was`",
    ),
    (
        Code.DIMENSIONS,
        of_fields("x: vector(3)[]"),
        "Bin.x: a vector is a list already: leave out []",
    ),
    (
        Code.LENGTH_NEEDED,
        of_fields("x: vector"),
        "Bin.x: vector needs its length: write vector(40)",
    ),
    (
        Code.DEFAULT,
        of_fields("x: {type: vector(2), default: [1.0]}"),
        "Bin.x.default: [1.0] is not a list of 2 numbers",
    ),
    (
        Code.DEFAULT,
        of_fields("x: {type: ltree, default: 'a..b'}"),
        "Bin.x.default: 'a..b' is not an ltree, as in 'top.science.astronomy'",
    ),
    (
        Code.SQL,
        of_fields("x: {type: {sql: 'bit(3', python: str}}"),
        "Bin.x.type.sql: opens a parenthesis that is not closed",
    ),
    (
        Code.CUSTOM,
        of_fields("x: {type: {sql: point, python: str}, array: true}"),
        "Bin.x: array, precision and scale belong in the SQL here, as in sql: 'point[]'",
    ),
    (Code.MIXIN, of_fields("x: text", "mixins: [B]"), "Bin.mixins: there is no mixin 'B'"),
    (
        Code.TWICE,
        of_fields("x: text", "mixins: [M]") + "mixins: {M: {x: int}}",
        "Bin.mixins: x is a field of M and of Bin: keep one of the two",
    ),
    (
        Code.TWICE,
        of_fields("x: text", "mixins: [M, N]") + "mixins: {M: {y: int}, N: {y: int}}",
        "Bin.mixins: y is a field of N and of M: keep one of the two",
    ),
    (
        Code.LISTED_TWICE,
        of_fields("x: text", "mixins: [M, M]") + "mixins: {M: {y: int}}",
        "Bin.mixins: M is listed twice",
    ),
    (
        Code.TWICE,
        of_fields("x: text") + "mixins: {Bin: {y: int}}",
        "mixins.Bin: is also the name of a model: rename one",
    ),
    (
        Code.SPELLING,
        of_fields("x: text", "mixins: [M]") + "mixins: {M: {y: integer}}",
        "mixins.M.y: the type integer is called int here",
    ),
    (
        Code.NO_TYPE,
        of_fields("x: text", "mixins: [M]\norder: [y]") + "mixins: {M: {y: }}",
        "mixins.M.y: has no type: write one, as in string(40) or -> User",
    ),
    (
        Code.EXCLUDE,
        of_fields("x: text", "exclude: [{elements: [[x]]}]"),
        "Bin.exclude: ['x'] is not [field, operator], as in [during, '&&']",
    ),
    (
        Code.EXCLUDE,
        of_fields("x: text", "exclude: [{elements: [[x, '&&']]}]"),
        "Bin.exclude: x is of type text, which takes = and <> here",
    ),
    (
        Code.EXCLUDE,
        of_fields("x: text", "exclude: [{using: spgist, elements: [[x, '=']]}]"),
        "Bin.exclude: x is of type text, which spgist does not support",
    ),
    (
        Code.EXCLUDE,
        of_fields("x: text", "exclude: [{elements: [['lower(x)', '=']]}]"),
        "Bin.exclude: has an expression, so it needs a name: write name: ex_bins_…",
    ),
    (
        Code.FIELD,
        of_fields("x: text", "exclude: [{elements: [[y, '=']]}]"),
        "Bin.exclude: Bin has no field 'y'; there are id, x, created_at, updated_at",
    ),
    (
        Code.LIST,
        of_fields("x: text", "exclude: {elements: [[x, '=']]}"),
        "Bin.exclude: {'elements': [['x', '=']]} is not a list of mappings with elements, using, where,"
        " name, deferrable",
    ),
    (
        Code.SQL,
        of_fields("x: int4range", "exclude: [{elements: [[x, '&&']], where: (}]"),
        "Bin.exclude.where: opens a parenthesis that is not closed",
    ),
    (
        Code.SQL_NAME,
        of_fields("x: text", "schema: a b"),
        "Bin.schema: 'a b' cannot name a schema: write letters, digits and _",
    ),
    (
        Code.SYSTEM_TABLE,
        of_fields("x: text", "schema: pg_catalog"),
        "Bin.schema: pg_catalog belongs to PostgreSQL: set another",
    ),
    (
        Code.UNMANAGED,
        of_fields("x: -> User") + "  User: {managed: false, fields: {name: text}}",
        "Bin.x: User is not managed, so no migration creates what a foreign key references: declare the column as a field",
    ),
    (
        Code.UNMANAGED,
        of_fields("x: text", "many: {users: {to: User}}\nmanaged: false") + USER,
        "Bin.users: Bin is not managed, so no migration creates a table between the two: write a model for it with `through:`",
    ),
    (
        Code.COMPUTED,
        of_fields("x: {type: int, computed: '1', access: create_only}"),
        "Bin.x: a computed field is read-only: leave out access: create_only",
    ),
    (
        Code.COMPUTED,
        of_fields("x: {type: int, computed: '1'}", "pk: [x]"),
        "Bin.pk: x is computed, and a key never changes: name another",
    ),
    (
        Code.COMPUTED,
        of_fields("x: {type: int, computed: '1', default: 1}"),
        "Bin.x: has `computed` and `default`: keep one",
    ),
    (
        Code.COMPUTED,
        of_fields("x: {type: int, computed: '1', auto: identity}"),
        "Bin.x: has `computed` and `auto`: keep one",
    ),
    (
        Code.SQL,
        of_fields("x: {type: int, computed: '(1'}"),
        "Bin.x.computed: opens a parenthesis that is not closed",
    ),
    (
        Code.CHOICE,
        of_fields("x: {ref: User, deferrable: initially_defered}") + USER,
        "Bin.x.deferrable: 'initially_defered' is not one of initially_deferred,"
        " initially_immediate; did you mean `initially_deferred`?",
    ),
    (
        Code.DEFAULT,
        of_fields("x: {type: int4range, default: '[1,2)'}"),
        "Bin.x.default: '[1,2)' is not a int4range, as in {lower: …, upper: …, bounds: '[)'}",
    ),
    (
        Code.DEFAULT,
        of_fields("x: {type: int4range, default: {lower: 3, upper: 1}}"),
        "Bin.x.default: lower: 3 is greater than upper: 1",
    ),
    (
        Code.DEFAULT,
        of_fields("x: {type: int4range, default: {lower: a}}"),
        "Bin.x.default: 'a' is not a whole number",
    ),
    (
        Code.DEFAULT,
        of_fields("x: {type: int4range, default: {bounds: '[['}}"),
        "Bin.x.default: bounds: '[[' is not '[)', '[]', '(]' or '()'",
    ),
    (
        Code.DEFAULT,
        of_fields("x: {type: int4range, default: {lower: 1, empty: true}}"),
        "Bin.x.default: an empty range has neither lower nor upper: write empty: true alone",
    ),
    (
        Code.KEYLESS,
        of_fields("x: text", "pk: none\nversion: true"),
        "Bin.version: `version` needs a key: leave it out, or write a key",
    ),
    (
        Code.KEYLESS,
        of_fields("x: text", "pk: none\napi: {ops: [list, update]}"),
        "Bin.api.ops: update finds a row by its key, and Bin has none: leave it out",
    ),
    (
        Code.KEYLESS,
        of_fields("x: text", "pk: none\napi: {page: cursor}"),
        "Bin.api.page: a cursor needs a key or a unique field, and Bin has none: write offset, or add a field, as in number: {type: bigint, auto: identity, unique: true}",
    ),
    (
        Code.KEYLESS,
        of_fields("x: json", "pk: none\ntimestamps: false\nmanaged: false\napi: {ops: [export]}"),
        "Bin.api.ops: Bin has no field to sort a list by: leave out export",
    ),
    (
        Code.KEYLESS,
        of_fields("x: text", "pk: none\noperations: {go: {kind: transition, field: x, moves: {}}}"),
        "Bin.operations: an operation finds rows by their key, and Bin has none: leave it out",
    ),
    (
        Code.KEYLESS,
        of_fields("x: text", "pk: none\nmany: {bins: {to: Bin, inverse: others}}"),
        "Bin.bins: Bin has no key, so no pair can reference its rows: give it one",
    ),
    (
        Code.KEYLESS,
        of_fields("x: int", "operations: {pay: {kind: transfer, field: x, log: Log}}")
        + "  Log: {pk: none, fields: {y: int}}",
        "Bin.operations.pay.log: Log has no key, and the log is read by it: give it one",
    ),
    (
        Code.TWICE,
        of_fields("ctid: {type: text, column: x}", "pk: none"),
        "Bin.ctid: the field ctid has the same name as the place of a row: rename one",
    ),
    (
        Code.KEYLESS,
        of_fields("x: text", "pk: none") + "  Box: {fields: {bin: -> Bin}}\n",
        "Box.bin: Bin has no key to reference: give it one",
    ),
    (
        Code.QUOTE,
        of_fields("x: text") + "enums: {E: {a: 1}}",
        "enums.E.a: 1 is not text: quote the description, or write a list of values",
    ),
    (
        Code.ENUM,
        of_fields("x: text") + "enums: {E: {a: ' '}}",
        "enums.E.a: needs printable text as its description: write one, or a list of values",
    ),
    (
        Code.SHAPE,
        of_fields("x: text") + "mixins: [B]",
        "mixins: ['B'] is not a mapping {Name: {field: type, …}}",
    ),
    (
        Code.COMPARED,
        of_fields("x: citext", "api: {search: [x]}"),
        "Bin.api.search: x is of type citext, which does not support search",
    ),
    (
        Code.FILTER,
        of_fields("x: {type: text, optional: true, access: hidden}", "api: {search: [x]}"),
        "Bin.api.search: x is hidden, and search would reveal its values",
    ),
    (
        Code.SEARCH,
        of_fields("x: text", "api: {search: [{field: x, language: English}]}"),
        "Bin.api.search: 'English' is not a text search configuration: write one, as in english",
    ),
    (
        Code.SEARCH,
        of_fields("x: tsvector", "api: {search: [{field: x, language: english}]}"),
        "Bin.api.search: x is a tsvector, whose language is fixed: write x",
    ),
    (
        Code.EMBED,
        of_fields("x: text", "api: {embed: [x]}"),
        "Bin.api.embed: x is a field, not a relation",
    ),
    (
        Code.EMBED,
        of_fields("above: {ref: Bin, optional: true, inverse: below}", "api: {embed: [abov]}"),
        "Bin.api.embed: Bin has no relation 'abov'; did you mean `above`?",
    ),
    (
        Code.EMBED,
        of_fields("above: {ref: Bin, optional: true, inverse: below}", "api: {embed: [zoo]}"),
        "Bin.api.embed: Bin has no relation 'zoo'; there are above, below",
    ),
    (
        Code.EMBED,
        of_fields(
            "above: {ref: Bin, optional: true, inverse: below}",
            "api: {embed: [above], ops: [create]}",
        ),
        "Bin.api.embed: nothing reads bins: add list or get to `api.ops`",
    ),
    (
        Code.LISTED_TWICE,
        of_fields(
            "above: {ref: Bin, optional: true, inverse: below}", "api: {embed: [below, below]}"
        ),
        "Bin.api.embed: below is listed twice",
    ),
    (
        Code.INDEX_OF,
        of_fields("x: text", "indexes: [{fields: [x], expr: lower(x)}]"),
        "Bin.indexes: needs either fields or an expr",
    ),
    (
        Code.INDEX_OF,
        of_fields("x: text", "indexes: [{expr: lower(x)}]"),
        "Bin.indexes: write {expr: lower(x), name: ix_bins_…}",
    ),
    (
        Code.INDEX,
        of_fields("x: text", "indexes: [{expr: lower(x), name: ix_x, method: gim}]"),
        "Bin.indexes.method: 'gim' is not an index method; there are btree, hash, gin, gist,"
        " spgist, brin",
    ),
    (
        Code.INDEX_TYPE,
        of_fields("x: text", "indexes: [{fields: [-x], method: hash}]"),
        "Bin.indexes.method: hash supports neither an order nor unique: only btree does",
    ),
    (
        Code.INDEX_TYPE,
        of_fields("x: text", "indexes: [{fields: [x], method: brin, include: [x]}]"),
        "Bin.indexes.include: brin does not support include: only btree, gist and spgist do",
    ),
    (
        Code.SQL,
        of_fields("x: text", "indexes: [{fields: [x], where: 'x = (1'}]"),
        "Bin.indexes.where: opens a parenthesis that is not closed",
    ),
    (
        Code.OPERATION_NAME,
        of_fields("x: text", "operations: {get: {kind: transition, field: x, moves: {}}}"),
        "Bin.operations.get: the name must be in ASCII and snake_case, and not bulk, count, export, create, delete, get, link, list, query, read, replace, restore, sort, unlink, update, upsert",
    ),
    (
        Code.TRANSITION,
        of_fields("x: text", "operations: {go: {kind: transition, field: x, moves: {}}}"),
        "Bin.operations.go.field: x must be a required enum that is not part of the key",
    ),
    (
        Code.INDEX_TYPE,
        of_fields("x: {type: json, index: gist}"),
        "Bin.x.index: gist does not support json",
    ),
    (
        Code.KEY_QUOTE,
        of_fields("on: text"),
        "Bin.fields: YAML reads this key as true: quote it, as in 'on': …",
    ),
    (Code.KEY_QUOTE, of_fields("1: text"), "Bin.fields: the key 1 is not text: quote it"),
    (Code.KEY_QUOTE, of_fields("null: text"), "Bin.fields: the key null is not text: quote it"),
    (
        Code.QUOTE,
        of_fields("x: text") + "enums: {Country: [DE, NO]}",
        "enums.Country: YAML reads false here, not text: quote it",
    ),
    (
        Code.QUOTE,
        of_fields("x: {type: int, server_default: 0}"),
        "Bin.x.server_default: YAML reads 0 here, not text: quote it, or write SQL as text",
    ),
    (
        Code.QUOTE,
        of_fields("x: int", "checks: {c: true}"),
        "Bin.checks.c: true is not SQL: quote it",
    ),
    (Code.NO_TYPE, of_fields("x:"), "Bin.x: has no type: write one, as in string(40) or -> User"),
    (
        Code.MISSING,
        of_fields("x: {optional: true}"),
        "Bin.x: has no `type`: write a type, as in string(40)",
    ),
    (Code.NO_MODELS, "models: {}", "models: there is no model: describe at least one"),
    (Code.NO_MODELS, "{}", "models: there is no model: describe at least one"),
    (
        Code.CHOICE,
        of_fields("x: {type: text, access: readonly}"),
        "Bin.x.access: 'readonly' is not one of rw, read_only, create_only, write_only, hidden;"
        " did you mean `read_only`?",
    ),
    (
        Code.VALUE,
        of_fields("x: {type: text, unique: 'yes'}"),
        "Bin.x.unique: 'yes' is not true or false",
    ),
    (
        Code.EMPTY,
        of_fields("x: text", "order:"),
        "Bin.order: is empty: give it a value or leave it out",
    ),
    (
        Code.EMPTY,
        of_fields("x: text", "checks:"),
        "Bin.checks: is empty: give it a value or leave it out",
    ),
    (
        Code.CHOICE,
        of_fields("x: text", "api: {page: 3d}"),
        "Bin.api.page: '3d' is not one of cursor, offset",
    ),
    (
        Code.CHOICE,
        of_fields("x: text") + "defaults: {pk: uuid}",
        "defaults.pk: 'uuid' is not one of uuid7, uuid4, identity, identity32; did you mean `uuid7`?",
    ),
    (
        Code.VALUE,
        of_fields("x: text", "version: 1"),
        "Bin.version: 1 is not true or false",
    ),
    (
        Code.COMMA,
        of_fields("x: {type: decimal(12,2)}"),
        "Bin.x: a comma ends a value inside { }: quote the value, as in 'decimal(12,2)'",
    ),
    (
        Code.COMMA,
        "models: {Bin: {fields: {x: decimal(12,2)}}}",
        "Bin.x: 'decimal(12' is cut: a comma ends a value inside { }: quote the value, as in 'decimal(12,2)'",
    ),
    (
        Code.BOTH,
        of_fields("x: {type: int, ref: User}") + USER,
        "Bin.x: has `type` and `ref`: keep `type` for a column, or `ref` for a reference",
    ),
    (
        Code.TWO_DEFAULTS,
        of_fields("x: {type: int, default: 1, server_default: '1'}"),
        "Bin.x: has `default` and `server_default`: keep one",
    ),
    (
        Code.COLUMN_KEY,
        of_fields("x: {ref: User, default: 1}") + USER,
        "Bin.x: `default` is for columns: declare the column as a field, and name it under `columns:`",
    ),
    (
        Code.MODEL_NAME,
        "models: {order_line: {}}",
        "order_line: a model is named in PascalCase, in ASCII; write OrderLine",
    ),
    (
        Code.NAME,
        of_fields("firstName: text"),
        "Bin.firstName: names must be in ASCII and snake_case; write first_name",
    ),
    (Code.NAME, of_fields("_x: text"), "Bin._x: names must be in ASCII and snake_case; write x"),
    (Code.NAME, of_fields("größe: int"), "Bin.'größe': names must be in ASCII and snake_case"),
    (
        Code.SQL_NAME,
        of_fields("x: text", "table: 'a.b'"),
        "Bin.table: 'a.b' can't name a table: write letters, digits and _",
    ),
    (
        Code.PYTHON_WORD,
        "models: {Class: {}}",
        "Class: `class` is a reserved word in Python: rename the model",
    ),
    (Code.PYTHON_WORD, "models: {A: {}}", "A: `as` is a reserved word in Python: set `plural:`"),
    (
        Code.RESERVED,
        "models: {Listing: {}}",
        "Listing: the service has its own class Listing: rename this one",
    ),
    (
        Code.RESERVED,
        "models: {Range: {fields: {x: int4range}}}",
        "Range: the service has its own class Range: rename this one",
    ),
    (
        Code.RESERVED,
        "enums: {Email: [a]}\nmodels: {Bin: {pk: [x], fields: {x: email, y: Email}}}",
        "Email: the service has its own class Email: rename this one",
    ),
    (
        Code.RESERVED,
        "enums: {Email: [a]}\nmodels: {Bin: {fields: {x: email, y: Email}}}",
        "Bin.y: the service has its own class Email for other fields: rename the enum",
    ),
    (
        Code.RESERVED,
        "models: {Url: {fields: {x: {type: url, unique: true}}, api: {ops: [upsert]}}}",
        "Url: the service has its own class Url: rename this one",
    ),
    (
        Code.RESERVED,
        "mixins: {Range: {x: int4range}}\nmodels: {Bin: {mixins: [Range], fields: {y: int}}}",
        "mixins.Range: the service has its own class Range: rename this one",
    ),
    (
        Code.SCHEMA_CLASS,
        "models: {Item: {}, ItemRead: {}}",
        "ItemRead: Item makes a class ItemRead too: rename one",
    ),
    (
        Code.PYDANTIC,
        of_fields("model_dump_all: text"),
        "Bin.model_dump_all: Pydantic reserves names that start with model_dump or model_validate: rename it",
    ),
    (
        Code.SQL_TYPE,
        of_fields("x: text") + "enums: {Path: [a]}",
        "enums.Path: PostgreSQL has its own type path: rename the enum, as in PathKind",
    ),
    (
        Code.SYSTEM_COLUMN,
        of_fields("xmin: int"),
        "Bin.xmin: PostgreSQL has a column xmin in every table: set `column:`",
    ),
    (
        Code.LENGTH,
        of_fields(f"{'x' * 64}: int"),
        "Bin.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx has 64 bytes, and PostgreSQL allows 63: set `column:`",
    ),
    (
        Code.LENGTH,
        of_fields("y: int", f"unique: [{{fields: [y], name: {'x' * 68}}}]"),
        f"Bin.unique: {'x' * 68} has 68 bytes, and PostgreSQL allows 63: write unique: [{{fields: [y], name: …}}] with a shorter one",
    ),
    (
        Code.LENGTH,
        of_fields(f"y: {{ref: User, constraint: {'x' * 69}}}") + USER,
        f"Bin.y: {'x' * 69} has 69 bytes, and PostgreSQL allows 63: set `constraint:`",
    ),
    (
        Code.PLURAL,
        "models: {Sheep: {}}",
        "Sheep: the singular and the plural are both sheep: set `plural: sheep_list`",
    ),
    (
        Code.TABLE_TWICE,
        "models: {Bin: {table: t}, B: {table: t}}",
        "B: the table t has the same name as the table of Bin: rename one",
    ),
    (
        Code.PATH_TWICE,
        "models: {Bin: {api: {path: /t}}, B: {api: {path: /t}}}",
        "B.api.path: Bin has the same path, /t: set `api.path` at one of them",
    ),
    (
        Code.INVERSE_TWICE,
        of_fields("x: -> User\ny: -> User") + USER,
        "User.bins: the inverse of Bin.y has the same name as the inverse of Bin.x: write `inverse:` at one of them",
    ),
    (
        Code.LISTED_TWICE,
        of_fields("x: int", "unique: [[x, x]]"),
        "Bin.unique: x is listed twice",
    ),
    (
        Code.COLUMN_TWICE,
        of_fields("x: {type: int, column: c}\ny: {type: int, column: c}"),
        "Bin.y: x already has the column c",
    ),
    (
        Code.CONSTRAINT_TWICE,
        of_fields("x: {type: int, min: 1}", "checks: {x_min: x > 2}"),
        "Bin: the check x_min and the check x_min have the same constraint name, ck_bins_x_min: rename one",
    ),
    (
        Code.ADDED,
        of_fields("id: int"),
        "Bin.id: the template adds this column: leave it out, or write pk: [id]",
    ),
    (
        Code.ADDED,
        of_fields("created_at: date"),
        "Bin.created_at: the template adds this column: leave it out, or write timestamps: false",
    ),
    (
        Code.ADDED,
        of_fields("row_version: int", "version: true"),
        "Bin.row_version: the template adds this column: leave it out, or write version: false",
    ),
    (
        Code.COLUMN_TWICE,
        of_fields("x: {type: int, column: row_version}", "version: true"),
        "Bin.row_version: x already has the column row_version",
    ),
    (
        Code.INVERSE_TWICE,
        of_fields("x: {ref: Bin, optional: true, inverse: row_version}", "version: true"),
        "Bin.row_version: the inverse of Bin.x has the same name as the column that the template adds: write `inverse:` at one of them",
    ),
    (
        Code.TYPE,
        of_fields("x: decimall(1,2)"),
        "Bin.x: unknown type 'decimall'; did you mean `decimal`?",
    ),
    (
        Code.MODEL_TYPE,
        of_fields("x: User") + USER,
        "Bin.x: User is a model: write `-> User` or {ref: User}",
    ),
    (
        Code.DIMENSIONS,
        of_fields("x: int[][]"),
        "Bin.x: 'int[][]': arrays have one dimension: write int[]",
    ),
    (
        Code.EXPRESSION,
        of_fields("x: int?[]"),
        "Bin.x: 'int?[]' is not a type: write it like string(40)?, int[]; `?` comes last: int[]?",
    ),
    (
        Code.REFERENCE,
        of_fields("x: {type: '-> User?'}") + USER,
        "Bin.x: write the reference as ref: User, with optional: true for `?`",
    ),
    (
        Code.SPELLING,
        of_fields("x: varchar(3)"),
        "Bin.x: the type varchar(3) is called string(3) here",
    ),
    (Code.SPELLING, of_fields("x: Integer?"), "Bin.x: the type Integer is called int here"),
    (
        Code.LENGTH_NEEDED,
        of_fields("x: string"),
        "Bin.x: string needs its length: write string(40), or text or varchar for any length",
    ),
    (Code.ARGUMENTS, of_fields("x: text(40)"), "Bin.x: text takes no arguments; write string(40)"),
    (
        Code.PRECISION,
        of_fields("x: decimal(12)"),
        "Bin.x: decimal needs precision and scale: decimal(12,2)",
    ),
    (
        Code.ARGUMENT_RANGE,
        of_fields("x: decimal(2,3)"),
        "Bin.x: decimal(2,3): precision is 1 to 1000, scale 0 to the precision",
    ),
    (
        Code.PRECISION,
        of_fields("x: {type: decimal, precision: 9}"),
        "Bin.x: decimal needs precision and scale, or neither: decimal(12,2), or in { } both keys",
    ),
    (
        Code.ARGUMENT_RANGE,
        of_fields("x: timestamptz(7)"),
        "Bin.x: timestamptz(7): write a number from 0 to 6",
    ),
    (
        Code.ARGUMENTS,
        of_fields("x: time(1,2)"),
        "Bin.x: time takes one number, of digits after the second: time(3)",
    ),
    (
        Code.DECIMALS,
        of_fields("x: {type: time(1), default: '12:00:00.25'}"),
        "Bin.x.default: '12:00:00.25' has more digits after the second than 1",
    ),
    (
        Code.INDEX_TYPE,
        of_fields("x: {type: json_text, unique: true}"),
        "Bin.x: PostgreSQL indexes no json_text: write json, which is its jsonb",
    ),
    (
        Code.INDEX_TYPE,
        of_fields("x: {type: json_text, index: true}"),
        "Bin.x.index: PostgreSQL indexes no json_text: write json, which is its jsonb",
    ),
    (
        Code.INDEX_TYPE,
        of_fields("x: json_text[]", "indexes: [[x]]"),
        "Bin.indexes: PostgreSQL indexes no json_text: write json, which is its jsonb",
    ),
    (
        Code.LIST,
        "extensions: uuid-ossp\n" + of_fields("x: int"),
        "extensions: 'uuid-ossp' is not a list, as in [uuid-ossp, unaccent]",
    ),
    (
        Code.EXTENSION,
        "extensions: [UUID]\n" + of_fields("x: int"),
        "extensions: 'UUID' cannot be an extension: write its name, as in uuid-ossp",
    ),
    (
        Code.LISTED_TWICE,
        "extensions: [cube, cube]\n" + of_fields("x: int"),
        "extensions: cube is listed twice",
    ),
    (
        Code.PRECISION_KEYS,
        of_fields("x: {type: int, scale: 2}"),
        "Bin.x: precision and scale are for decimal",
    ),
    (
        Code.ENUM,
        of_fields("x: text") + "enums: {E: []}",
        "enums.E: [] is not a list of values: write one, as in [draft, sent]",
    ),
    (
        Code.ENUM_TWICE,
        of_fields("x: E") + "enums: {E: [a, a]}",
        "enums.E: the value 'a' is listed twice",
    ),
    (
        Code.TABLE_TWICE,
        of_fields("x: E\ny: F") + "enums: {E: [a], F: {type: e, values: [a]}}",
        "enums.F: E has the name of its type, e: rename one of the two",
    ),
    (
        Code.SQL_NAME,
        of_fields("x: E") + "enums: {E: {type: 'a\"b', values: [a]}}",
        "enums.E.type: 'a\"b' can't name a type: write letters, digits and _",
    ),
    (
        Code.SQL_NAME,
        of_fields("x: E") + "enums: {E: {schema: a b, values: [a]}}",
        "enums.E.schema: 'a b' cannot name a schema: write letters, digits and _",
    ),
    (
        Code.UNKNOWN_KEY,
        of_fields("x: E") + "enums: {E: {name: e, values: [a]}}",
        "enums.E: unknown key 'name'; there are values, type, schema",
    ),
    (
        Code.DEFAULT,
        of_fields("x: {type: int, default: '1'}"),
        "Bin.x.default: '1' is not a whole number",
    ),
    (
        Code.NULL,
        of_fields("x: {type: int, default: null}"),
        "Bin.x.default: null is not a value here: leave it out",
    ),
    (
        Code.OUT_OF_RANGE,
        of_fields("x: {type: smallint, default: 40000}"),
        "Bin.x.default: 40000 is out of the range of smallint",
    ),
    (
        Code.TOO_LONG,
        of_fields("x: {type: string(3), default: abcd}"),
        "Bin.x.default: 'abcd' is longer than 3",
    ),
    (
        Code.QUOTE,
        of_fields("x: {type: text, default: NO}"),
        "Bin.x.default: YAML reads false here, not text: quote it",
    ),
    (
        Code.NOT_IN_ENUM,
        of_fields("x: {type: E, default: draf}") + "enums: {E: [draft, done]}",
        "Bin.x.default: 'draf' is not a value of E; did you mean `draft`?",
    ),
    (
        Code.INEXACT,
        of_fields("x: {type: 'decimal(4,2)', default: 1.5}"),
        "Bin.x.default: 1.5 is inexact: quote it, as in '1.5'",
    ),
    (
        Code.DECIMALS,
        of_fields("x: {type: 'decimal(4,2)', default: '1.555'}"),
        "Bin.x.default: '1.555' has more than 2 decimal places",
    ),
    (
        Code.OUT_OF_RANGE,
        of_fields("x: {type: 'decimal(4,2)', default: 100}"),
        "Bin.x.default: 100 is out of the range of decimal(4,2)",
    ),
    (
        Code.QUOTE,
        of_fields("x: {type: time, default: 12:30}"),
        "Bin.x.default: YAML reads a number here (750): quote it, as in '12:30'",
    ),
    (
        Code.TIME_ZONE,
        of_fields("x: {type: timestamptz, default: '2026-01-01T00:00:00'}"),
        "Bin.x.default: 2026-01-01T00:00:00 has no time zone: write one, as in …+00:00 or …Z",
    ),
    (
        Code.TIME_ZONE,
        of_fields("x: {type: timestamp, default: '2026-01-01T00:00:00Z'}"),
        "Bin.x.default: 2026-01-01T00:00:00+00:00 has a time zone, a timestamp has none",
    ),
    (
        Code.BREACH,
        of_fields("x: {type: int, min: 3, default: 2}"),
        "Bin.x.default: 2 is less than min: 3",
    ),
    (
        Code.BREACH,
        of_fields("x: {type: string(4), pattern: '^[a-z]+$', default: Q}"),
        "Bin.x.default: 'Q' does not match the pattern",
    ),
    (
        Code.DEFAULT,
        of_fields("x: {type: json, default: {d: 2026-01-01}}"),
        "Bin.x.default: {'d': datetime.date(2026, 1, 1)} is not JSON: quote dates, keys and the like; no NaN, no NUL",
    ),
    (
        Code.DEFAULT,
        of_fields("x: {type: uuid, default: abc}"),
        "Bin.x.default: 'abc' is not a UUID",
    ),
    (
        Code.LIMIT,
        of_fields("x: {type: text, min: 3}"),
        "Bin.x: `min` is for numbers, dates and times, not for text",
    ),
    (
        Code.LIMIT,
        of_fields("x: {type: int, pattern: a}"),
        "Bin.x: `pattern` is for text, not for int",
    ),
    (
        Code.LIMIT,
        of_fields("x: {type: int, array: true, min: 1}"),
        "Bin.x: `min` is for numbers, dates and times, not for int[]",
    ),
    (Code.DEFAULT, of_fields("x: {type: int, min: a}"), "Bin.x.min: 'a' is not a whole number"),
    (
        Code.LENGTH_RANGE,
        of_fields("x: {type: text, max_length: 0}"),
        "Bin.x.max_length: 0 is not a length",
    ),
    (
        Code.OWN_PATTERN,
        of_fields("x: {type: slug, pattern: a}"),
        "Bin.x.pattern: a slug has its own pattern: write string(100) instead",
    ),
    (
        Code.RANGE,
        of_fields("x: {type: int, min: 3, max: 2}"),
        "Bin.x: no value is between min and max",
    ),
    (Code.RANGE, of_fields("x: {type: int, gt: 1, lt: 2}"), "Bin.x: no value is between gt and lt"),
    (
        Code.TWO_LIMITS,
        of_fields("x: {type: int, min: 1, gt: 2}"),
        "Bin.x: has `min` and `gt`: keep one",
    ),
    (
        Code.RANGE,
        of_fields("x: {type: text, min_length: 3, max_length: 2}"),
        "Bin.x: min_length is greater than max_length",
    ),
    (
        Code.LENGTH_RANGE,
        of_fields("x: {type: string(3), max_length: 4}"),
        "Bin.x.max_length: 4 is greater than the length of the type, 3",
    ),
    (
        Code.DIALECT,
        of_fields("x: {type: text, pattern: '^\\d+$'}"),
        "Bin.x.pattern: \\d is not supported: write [0-9]",
    ),
    (
        Code.SQL,
        of_fields("x: int", "checks: {c: (x > 1}"),
        "Bin.checks.c: opens a parenthesis that is not closed",
    ),
    (
        Code.SQL,
        of_fields("x: int", "checks: {c: 'x > 1; drop table bins'}"),
        "Bin.checks.c: holds `;`: write one expression",
    ),
    (
        Code.SQL,
        of_fields('x: {type: text, server_default: "\'a"}'),
        "Bin.x.server_default: opens a ' that is not closed",
    ),
    (
        Code.AUTO,
        of_fields("x: {type: text, auto: identity}"),
        "Bin.x: `auto: identity` is for smallint, int and bigint",
    ),
    (
        Code.AUTO,
        of_fields("x: {type: int, auto: serial}"),
        "Bin.x: only one field of the key is serial: write pk: [x], or auto: identity",
    ),
    (
        Code.AUTO_OPTIONAL,
        of_fields("x: {type: int, auto: identity, optional: true}"),
        "Bin.x: `auto: identity` is never null: leave out optional",
    ),
    (
        Code.INDEX_TYPE,
        of_fields("x: {type: int, index: gin}"),
        "Bin.x.index: gin does not support int",
    ),
    (
        Code.INDEX,
        of_fields("x: {type: int, index: tree}"),
        "Bin.x.index: 'tree' is not an index method; there are btree, hash, gin, gist, spgist, brin",
    ),
    (
        Code.MODEL,
        of_fields("x: -> Usr") + USER,
        "Bin.x: there is no model 'Usr'; did you mean `User`?",
    ),
    (
        Code.COLUMNS,
        of_fields("n: int\nx: {ref: User, columns: {n: id}}") + USER,
        "Bin.x: n and User.id are of different types",
    ),
    (
        Code.TARGET,
        of_fields("n: text\nx: {ref: User, columns: {n: name}}") + USER,
        "Bin.x: (name) is neither the key of User nor one of its uniques",
    ),
    (
        Code.COLUMNS_OPTIONAL,
        of_fields("n: uuid\nx: {ref: User, optional: true, columns: {n: id}}") + USER,
        "Bin.x: is optional, but its columns are not: write `?` after their types",
    ),
    (
        Code.COLUMNS,
        of_fields("n: timestamp\nx: {ref: Day, columns: {n: on_date}}")
        + "  Day: {pk: [on_date], fields: {on_date: date}}\n",
        "Bin.x: n and Day.on_date are of different types",
    ),
    (
        Code.COLUMNS,
        of_fields("x: {ref: Pair, column: pair}")
        + "  Pair: {pk: [a, b], fields: {a: int, b: int}}\n",
        "Bin.x.column: is one name, and the key of Pair is (a, b): declare a field for each, and"
        " name them under `columns:`",
    ),
    (
        Code.COLUMNS_ACCESS,
        of_fields("n: uuid\nx: {ref: User, column: m, columns: {n: id}}") + USER,
        "Bin.x: with `columns:`, `column` belongs to the fields",
    ),
    (
        Code.SQL_NAME,
        of_fields("x: {ref: User, column: 'a\"b'}") + USER,
        "Bin.x.column: 'a\"b' can't name a column: write letters, digits and _",
    ),
    (
        Code.SQL_NAME,
        of_fields("x: {ref: Dotted}") + DOTTED,
        "Bin.x: no reference can name the column a.b: rename it",
    ),
    (
        Code.SQL_NAME,
        of_fields("y: int", "many: {x: {to: Dotted}}") + DOTTED,
        "Bin.x: no reference can name the column a.b: rename it",
    ),
    (
        Code.COLUMN_TWICE,
        of_fields("n: int\nx: {ref: User, column: n}") + USER,
        "Bin.x_id: n already has the column n",
    ),
    (
        Code.SET_DEFAULT,
        of_fields("x: {ref: User, on_delete: set_default}") + USER,
        "Bin.x.on_delete: set_default needs a `server_default` of x_id",
    ),
    (
        Code.CYCLE,
        "models: {Bin: {fields: {b: -> B}}, B: {fields: {a: -> Bin}}}",
        "Bin: required references form a circle, Bin -> B -> Bin, so no first row can be created: make one optional, or write {deferrable: initially_deferred} to create both at once",
    ),
    (
        Code.CYCLE,  # three
        "models: {Bin: {fields: {b: -> B}}, B: {fields: {c: -> C}}, C: {fields: {a: {ref: Bin, deferrable: initially_deferred}}}}",
        "Bin: required references form a circle, Bin -> B -> C -> Bin, so no first row can be created: make one optional",
    ),
    (
        Code.CYCLE,  # C stands between the two as well
        "models: {Bin: {fields: {b: {ref: B, deferrable: initially_deferred}}}, B: {fields: {a: -> Bin, c: -> C}}, C: {fields: {a: -> Bin}}}",
        "Bin: required references form a circle, Bin -> B -> Bin, so no first row can be created: make one optional; two models are created at once if each references the other's key once, not both references are unique, and no other model is between them",
    ),
    (
        Code.CYCLE,  # unique both ways
        "models: {Bin: {fields: {b: {ref: B, unique: true, deferrable: initially_deferred}}}, B: {fields: {a: {ref: Bin, unique: true}}}}",
        "Bin: required references form a circle, Bin -> B -> Bin, so no first row can be created: make one optional; two models are created at once if each references the other's key once, not both references are unique, and no other model is between them",
    ),
    (
        Code.SCHEMA_CLASS,
        "models: {Bin: {fields: {b: {ref: B, deferrable: initially_deferred}}}, B: {fields: {a: -> Bin}}, BinWithB: {fields: {x: int}}}",
        "BinWithB: Bin makes a class BinWithB, with its b: rename one",
    ),
    (
        Code.OPERATION_NAME,
        "models: {Bin: {fields: {x: int, b: {ref: B, deferrable: initially_deferred, inverse: false}}, operations: {with_b: {kind: transfer, field: x, log: Log}}}, B: {fields: {a: -> Bin}},"
        " Log: {fields: {s: {ref: Bin, inverse: false}, t: {ref: Bin, inverse: false}, x: {type: int, gt: 0}, k: {type: uuid, unique: true}}}}",
        "Bin.operations.with_b: POST /bins/with-b already creates both: rename the operation",
    ),
    (
        Code.SELF,
        of_fields("parent: -> Bin"),
        "Bin.parent: is required and references its own model, so no first row can be created: add `?`",
    ),
    (
        Code.KEY_CYCLE,
        "models: {Bin: {pk: [b], fields: {b: -> B}}, B: {pk: [a], fields: {a: -> Bin}}}",
        "Bin: the key leads back to itself through references: write another `pk:`",
    ),
    (
        Code.THROUGH,
        of_fields("x: int", "many: {users: {to: User, through: B}}")
        + USER
        + "  B: {fields: {a: -> Bin}}\n",
        "Bin.users: B needs one reference to Bin and one to User; it has a -> Bin",
    ),
    (
        Code.THROUGH,
        of_fields("x: {type: int, unique: true}", "many: {users: {to: User, through: B}}")
        + USER
        + "  B: {fields: {x: int, a: {ref: Bin, columns: {x: x}}, user: -> User}}\n",
        "Bin.users: B.a leads to other columns than the key of Bin: leave `through:` out, and list bs",
    ),
    (
        Code.FIELD,
        of_fields("price: int", "unique: [[pric]]"),
        "Bin.unique: Bin has no field 'pric'; did you mean `price`?",
    ),
    (
        Code.FIELD,
        of_fields("x: int", "pk: [y]"),
        "Bin.pk: Bin has no field 'y'; there are x, created_at, updated_at",
    ),
    (
        Code.FIELD,
        of_fields("x: {ref: User, columns: {y: id}}") + USER,
        "Bin.x: Bin has no field 'y': `columns:` takes declared fields",
    ),
    (
        Code.KEY_OPTIONAL,
        of_fields("x: int?", "pk: [x]"),
        "Bin.pk: x is optional, and a key cannot be null: make it required",
    ),
    (
        Code.KEY_TYPE,
        of_fields("x: float", "pk: [x]"),
        "Bin.pk: x is a float, which cannot be a key",
    ),
    (
        Code.KEY_TYPE,
        of_fields("x: int[]", "pk: [x]"),
        "Bin.pk: x is an array, which cannot be a key",
    ),
    (
        Code.KEY,
        of_fields("x: int", "pk: x"),
        "Bin.pk: 'x' is not a key strategy; there are uuid7, uuid4, identity, identity32, none; for a field write pk: [x]",
    ),
    (
        Code.KEY_HIDDEN,
        of_fields("x: {type: int, access: hidden}", "pk: [x]"),
        "Bin.pk: x is hidden, but a key is in every path",
    ),
    (
        Code.KEY_CHANGES,
        of_fields("x: int", "pk: [row_version]\nversion: true\napi: false"),
        "Bin.pk: row_version changes with the row, so it cannot be a key",
    ),
    (
        Code.PATH_TAKEN,
        of_fields("x: int", "api: {path: /docs}"),
        "Bin.api.path: the service serves /docs itself: set another `api.path`",
    ),
    (
        Code.PATH,
        of_fields("x: int", "api: {path: a b}"),
        "Bin.api.path: 'a b' is not a path: write it like /order-lines",
    ),
    (
        Code.PATH_INSIDE,
        of_fields("x: int", "api: {path: /users/a}") + USER,
        "Bin.api.path: /users/a lies below /users, where the rows of User are: set another `api.path`",
    ),
    (
        Code.OPS,
        of_fields("x: int", "api: {ops: [get, restore]}"),
        "Bin.api.ops: 'restore' is not an operation: write `soft_delete: true`, which adds it to delete",
    ),
    (
        Code.OPS,
        of_fields("x: int", "api: {ops: [lst]}"),
        "Bin.api.ops: 'lst' is not an operation; did you mean `list`?",
    ),
    (
        Code.UPSERT,
        of_fields("x: text", "api: {ops: [upsert]}"),
        "Bin.api.ops: upsert needs a key or a unique that clients set, as in code: {type: string(20), unique: true}",
    ),
    (
        Code.UPSERT,
        of_fields(
            "x: {type: cidr, unique: true}\ny: {type: text, unique: true, access: hidden, optional: true}",
            "api: {ops: [upsert]}",
        ),
        "Bin.api.ops: upsert needs a key or a unique that clients set, as in code: {type: string(20), unique: true}",
    ),
    (
        Code.UPSERT,
        of_fields("x: int\ny: int", "unique: [[x], [x, y]]\napi: {ops: [upsert]}"),
        "Bin.api.ops: upsert could use more than one unique: name it in `api.upsert`, [x] or [x, y]",
    ),
    (
        Code.UPSERT,
        of_fields(
            "x: int", "unique: [{fields: [x], where: x > 0}]\napi: {ops: [upsert], upsert: [x]}"
        ),
        "Bin.api.upsert: (x) must be unique over all rows, and readable and writable by clients, as in code: {type: string(20), unique: true}",
    ),
    (
        Code.UPSERT,
        of_fields("x: {type: int, unique: true}", "api: {upsert: [x]}"),
        "Bin.api.upsert: needs the operation upsert: add it to `ops`, or leave this out",
    ),
    (
        Code.UPSERT,
        of_fields("x: int\ny: int", "pk: [x]\napi: {ops: [upsert], upsert: [x]}"),
        "Bin.api.upsert: clients set the key (x), and an upsert is a PUT on it: leave this out",
    ),
    (
        Code.UPSERT_REPLACE,
        of_fields("x: int\ny: int", "pk: [x]\napi: {ops: [replace, upsert]}"),
        "Bin.api.ops: upsert and replace are both a PUT on the key: leave out replace",
    ),
    (
        Code.OPS_CHANGE,
        of_fields("x: int", "pk: [x]\napi: {ops: [bulk_update]}"),
        "Bin.api.ops: Bin has no field that can change: leave out bulk_update",
    ),
    (
        Code.OPS_CHANGE,
        of_fields("x: int", "pk: [x]\napi: {ops: [update]}"),
        "Bin.api.ops: Bin has no field that can change: leave out update",
    ),
    (
        Code.FILTER,
        of_fields("x: {type: text, access: hidden, default: a}", "api: {filter: [x]}"),
        "Bin.api.filter: x is hidden, and filter would reveal its values",
    ),
    (
        Code.COMPARED,
        of_fields("x: json", "api: {filter: [x]}"),
        "Bin.api.filter: x is of type json, which does not support filter",
    ),
    (
        Code.PARAMETER,
        of_fields("limit: int", "api: {filter: [limit]}"),
        "Bin.api.filter: every list has a parameter limit of its own: rename the field",
    ),
    (
        Code.FILTER,
        of_fields("x: int", "version: true\norder: [row_version]"),
        "Bin.order: row_version is hidden, and sort would reveal its values",
    ),
    (
        Code.COMPARED,
        of_fields("x: int[]", "order: [x]"),
        "Bin.order: x is of type int[], which does not support sort",
    ),
    (
        Code.COMPARED,
        of_fields("x: int4range", "api: {sort: [x]}"),
        "Bin.api.sort: x is of type int4range, which does not support sort: sort by a field of"
        " its own, `computed: lower(x)`",
    ),
    (
        Code.CREATE,
        of_fields("x: {type: int, access: read_only}"),
        "Bin.x: is required and read_only, so every create would fail: give it a default,"
        " make it optional, or leave create, bulk_create and upsert out of api.ops",
    ),
    (
        Code.DROPPED,
        of_fields("x: int") + "dropped: [Bin]",
        "dropped: Bin still exists: remove it there, or from this list",
    ),
    (
        Code.DROPPED,
        of_fields("x: int") + "dropped: [Bin.x]",
        "dropped: Bin.x still exists: remove it there, or from this list",
    ),
    (
        Code.INDEX_TYPE,
        of_fields("x: text\ny: text", "indexes: [{fields: [x, y], method: hash}]"),
        "Bin.indexes.method: hash indexes one column: write an index for each, or leave out method",
    ),
    (
        Code.INDEX_TYPE,
        of_fields("x: text\ny: inet", "indexes: [{fields: [x, y], method: spgist}]"),
        "Bin.indexes.method: spgist indexes one column: write an index for each, or leave out method",
    ),
    (
        Code.EXCLUDE,
        of_fields(
            "x: int4range\ny: int4range",
            "exclude: [{using: spgist, elements: [[x, '&&'], [y, '&&']]}]",
        ),
        "Bin.exclude: spgist takes one element: leave out the others, or `using`",
    ),
    (
        Code.OUT_OF_RANGE,
        of_fields("x: {type: date, default: 9999-12-31}"),
        "Bin.x.default: 9999-12-31 would be stored as infinity: write a day more or less",
    ),
    (
        Code.OUT_OF_RANGE,
        of_fields("x: {type: daterange, default: {lower: 0001-01-01}}"),
        "Bin.x.default: {'lower': datetime.date(1, 1, 1)} would be stored as infinity: write a day more or less",
    ),
    *(
        (Code.SQL, of_fields("x: int", f"checks: {{c: '{text}'}}"), f"Bin.checks.c: {what}")
        for text, what in (
            ("x >", "ends with >, and nothing follows"),
            ("x > 1 AND", "ends with AND, and nothing follows"),
            ("NOT", "ends with NOT, and nothing follows"),
            ("x > 1 -- more", "holds a comment: leave it out"),
        )
    ),
    (
        Code.SQL,
        of_fields("x: int\ny: {type: int, computed: x +}"),
        "Bin.y.computed: ends with +, and nothing follows",
    ),
    *(
        (Code.COLUMN, text, where)
        for text, where in (
            (
                of_fields("price: int", "checks: {c: pric > 1}"),
                "Bin.checks.c: there is no column pric, and text needs single quotes; did you mean `price`?",
            ),
            (
                of_fields("x: int\ny: {type: int, computed: nope + 1}"),
                "Bin.y.computed: there is no column nope, and text needs single quotes; there are id, x, y, created_at, updated_at",
            ),
            (
                of_fields("x: int\nstate: {type: text, server_default: draft}"),
                "Bin.state.server_default: there is no column draft, and text needs single quotes; there are id, x, state, created_at, updated_at",
            ),
            (
                of_fields("owner: -> User", "indexes: [{fields: [owner], where: owner IS NULL}]")
                + USER,
                "Bin.indexes.where: there is no column owner, and text needs single quotes; did you mean `owner_id`?",
            ),
            (
                of_fields("x: text", "unique: [{fields: [x], where: 'NOT \"gone\" AND x > 1'}]"),
                "Bin.unique.where: there is no column gone, and text needs single quotes; there are id, x, created_at, updated_at",
            ),
        )
    ),
    *(
        (code, of_fields(*text), f"Bin.{told}")
        for code, text, told in (
            (
                Code.CHOICE,
                ("x: text", "api: {page: 20}"),
                "api.page: 20 is not one of cursor, offset",
            ),
            (
                Code.SHAPE,
                ("x: text", "many: {tags: Tag}"),
                "tags: 'Tag' is not a mapping: write {to: Tag}",
            ),
            (
                Code.LIST,
                ("x: int", "order: x DESC"),
                "order: 'x DESC' is not a list of field names: write [-x]",
            ),
            (
                Code.LIST,
                ("x: int", "order: x, id"),
                "order: 'x, id' is not a list of field names: write [x, id]",
            ),
            (Code.FIELD, ("x: int", "order: [x asc]"), "order: Bin has no field 'x asc': write x"),
            (
                Code.OPS,
                ("x: int", "api: {ops: [read]}"),
                "api.ops: 'read' is not an operation: write get or list",
            ),
            (
                Code.OPS,
                ("x: int", "api: {ops: [Put]}"),
                "api.ops: 'Put' is not an operation: write replace",
            ),
            (
                Code.DEFAULT,
                ("x: {type: date, default: today}",),
                "x.default: 'today' is SQL: write server_default: current_date",
            ),
            (
                Code.DEFAULT,
                ("x: {type: timestamptz, default: Now()}",),
                "x.default: 'Now()' is SQL: write server_default: now()",
            ),
            (
                Code.DEFAULT,
                ("x: {type: int, default: now}",),
                "x.default: 'now' is not a whole number",
            ),
            *(
                (Code.EXPRESSION, (f"x: {it}",), f"x: '{it}' is not a type: write {instead}")
                for it, instead in (
                    ("date default now()", "{type: date, server_default: now()}"),
                    ("int DEFAULT 5", "{type: int, default: 5}"),
                    ("decimal(9,2) default 0", "{type: 'decimal(9,2)', default: 0}"),
                    ("text not null", "text, which is required"),
                    ("text NULL", "text?"),
                    ("text unique", "{type: text, unique: true}"),
                    ("int primary key", "int here, and `pk:` with its name beside `fields:`"),
                    ("ref Spot", "-> Spot"),
                    ("references(Spot)", "-> Spot"),
                    ("fk Spot?", "-> Spot?"),
                )
            ),
        )
    ),
    *(
        (Code.UNSTEADY, of_fields(*text), f"Bin.{where}: is stored, and {what}")
        for text, where, what in (
            (
                ("due: timestamptz\nlate: {type: bool, computed: 'due < Now()'}",),
                "late.computed",
                "now() gives another value later: compare with the moment where rows are read",
            ),
            (
                ("due: date", "indexes: [{fields: [due], where: due < CURRENT_DATE}]"),
                "indexes.where",
                "current_date gives another value later: compare with the moment where rows are read",
            ),
            (
                ("a: uuid", "indexes: [{name: i, expr: 'coalesce(a, gen_random_uuid())'}]"),
                "indexes.expr",
                "gen_random_uuid() gives another value later: write server_default for a value made once",
            ),
            (
                ("a: text", "unique: [{fields: [a], where: a <> current_user}]"),
                "unique.where",
                "current_user gives another value later: leave it to the code that reads",
            ),
            (
                ("a: text\nb: {type: text, computed: \"concat(a, '!')\"}",),
                "b.computed",
                "concat() gives another value later: write ||, coalesce(), lpad() or extract()",
            ),
            (
                ("a: int", "exclude: [{name: e, elements: [['(a + random())', '=']]}]"),
                "exclude",
                "random() gives another value later: write server_default for a value made once",
            ),
        )
    ),
    *(
        (Code.OTHER_ROWS, of_fields(*text), f"Bin.{where}: sees only its own row, and {what}")
        for text, where, what in (
            (
                ("a: int", "checks: {c: a > (select 1)}"),
                "checks.c",
                "SELECT reads others: write the rule in the code",
            ),
            (
                ("a: {type: int, server_default: (SELECT 1)}",),
                "a.server_default",
                "SELECT reads others: write the rule in the code",
            ),
            (
                ("a: int\nb: {type: bigint, computed: sum(a)}",),
                "b.computed",
                "sum() reads others: write the rule in the code",
            ),
        )
    ),
    (
        Code.WAS,
        of_fields("x: {type: int, was: q}\ny: {ref: Bin, optional: true, was: q}"),
        "Bin.y.was: q is also the former name of x: remove one `was`",
    ),
    (
        Code.WAS,
        "models: {Bin: {was: Old}, Box: {was: Old}}",
        "Box.was: Old is also the former name of Bin: remove one `was`",
    ),
    (
        Code.WAS,
        of_fields("x: {type: int, was: bad name}"),
        "Bin.x.was: 'bad name' cannot be a former name: write the name as it was in this file",
    ),
    (
        Code.WAS,
        of_fields("x: int", "was: old_bin"),
        "Bin.was: 'old_bin' cannot be a former name: write the name as it was in this file",
    ),
    (
        Code.DROPPED,
        of_fields("x: int", "was: Old") + "dropped: [Old]",
        "dropped: Bin has `was: Old`, so Old is not dropped: remove one of the two",
    ),
    (
        Code.DROPPED,
        of_fields("x: {type: int, was: y}") + "dropped: [Bin.y]",
        "dropped: Bin.x has `was: y`, so Bin.y is not dropped: remove one of the two",
    ),
    *(
        (
            Code.UNKNOWN_KEY,
            of_fields(f"x: {{type: text, {key}: 1}}"),
            f"Bin.x: unknown key {key!r}: {ours}",
        )
        for key, ours in (
            ("choices", "write the values under `enums:`, and the enum's name as the type"),
            ("comment", "write `doc`"),
            ("length", "write it behind the type: string(40)"),
            ("required", "leave it out: everything is required unless `optional: true`"),
            ("nullable", "write optional: true"),
            ("primary_key", "write `pk: [field]` at the model"),
            ("references", "write {ref: Model}"),
            ("foreign_key", "write {ref: Model}"),
            ("description", "write `doc`"),
            ("maximum", "write `max`"),
            ("maxLength", "write `max_length`"),
        )
    ),
    (
        Code.UNKNOWN_KEY,
        of_fields("x: {type: text, 'null': true}"),
        "Bin.x: unknown key 'null': write optional: true",
    ),
    (
        Code.UNKNOWN_KEY,
        of_fields("x: text", "unique_together: [[x]]"),
        "Bin: unknown key 'unique_together': write `unique: [[a, b]]`",
    ),
    (
        Code.UNKNOWN_KEY,
        of_fields("x: text", "permissions: {}"),
        "Bin: unknown key 'permissions': write `rules` at the model",
    ),
    (
        Code.CHOICE,
        of_fields("x: {ref: User, on_delete: SET NULL}") + USER,
        "Bin.x.on_delete: 'SET NULL' is not one of restrict, no_action, cascade, set_null,"
        " set_default; did you mean `set_null`?",
    ),
    (
        Code.CHOICE,
        of_fields("x: {ref: User, on_delete: CASCADE}") + USER,
        "Bin.x.on_delete: 'CASCADE' is not one of restrict, no_action, cascade, set_null,"
        " set_default; did you mean `cascade`?",
    ),
    (
        Code.CHOICE,
        of_fields("x: text", "operations: {go: {kind: transit, field: x}}"),
        "Bin.operations.go: 'transit' is not a kind of operation: write transfer, which moves a number between two rows, or transition, which moves an enum",
    ),
    (
        Code.MISSING,
        of_fields("x: text", "operations: {go: {field: x}}"),
        "Bin.operations.go: has no `kind`: write transfer, which moves a number between two rows,"
        " or transition, which moves an enum",
    ),
    (
        Code.MODEL_NAME,
        "models: {Café: {}}",
        "'Café': a model is named in PascalCase, in ASCII; write Cafe",
    ),
    (
        Code.NAME,
        of_fields("menü: int"),
        "Bin.'menü': names must be in ASCII and snake_case; write menu",
    ),
    (
        Code.LISTED_TWICE,
        of_fields("x: text", "api: {ops: [list, list]}"),
        "Bin.api.ops: list is listed twice",
    ),
    (
        Code.SQL,
        of_fields("x: {type: int, computed: ''}"),
        "Bin.x.computed: is empty",
    ),
    (
        Code.HANDLER_TWICE,
        "enums: {S: [a, b]}\n"
        "models:\n"
        "  Order: {fields: {s: S}, operations: {go_big: {kind: transition, field: s, moves: {a: [b]}}}}\n"
        "  BigOrder: {fields: {s: S}, operations: {go: {kind: transition, field: s, moves: {a: [b]}}}}\n",
        "BigOrder.operations.go: makes the operation go_big_order, and so does Order.operations.go_big: rename one",
    ),
    (
        Code.HANDLER_TWICE,
        "models:\n"
        "  Order: {fields: {x: int}, many: {users: {to: User, inverse: orders}}}\n"
        "  User: {fields: {x: int}}\n"
        "  OrderOfUser: {plural: orders_of_user, fields: {x: int}}\n",
        "OrderOfUser.api: makes the operation list_orders_of_user, and so does Order.users: rename one",
    ),
    (
        Code.SCHEMA_CLASS,
        "enums: {S: [a, b]}\n"
        "models:\n"
        "  Order: {fields: {s: S}, operations: {step: {kind: transition, field: s, moves: {a: [b]}}}}\n"
        "  OrderStep: {fields: {x: int}}\n",
        "OrderStep: Order makes a class OrderStep too: rename one",
    ),
    (
        Code.SCHEMA_CLASS,
        "models: {Item: {fields: {x: int}, api: {ops: [list, bulk_delete]}}, ItemKey: {}}",
        "ItemKey: Item makes a class ItemKey too: rename one",
    ),
]


@pytest.mark.parametrize(("code", "text", "expected"), SNIPPETS)
def test_a_mistake(code: Code, text: str, expected: str) -> None:
    assert f"{expected} [{code}]" in problems(text)


# Some of these could be an enum, for all that a schema knows.
@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("INTEGER", "int"),
        ("VARCHAR", "varchar"),
        ("varchar2(20)", "string(n)"),
        ("nvarchar(20)", "string(n)"),
        ("tinyint", "smallint, or bool"),
        ("bit(3)", "bool, or type: {sql: bit(n), python: str, example: '101'}"),
        ("image", "bytes"),
        ("Numeric", "decimal(p,s), or decimal"),
        ("clob", "text"),
        ("timestamp without time zone", "timestamp"),
        ("ForeignKey", "a reference, -> Model,"),
        ("xml", "type: {sql: xml, python: str}"),
        ("hstore", "type: {sql: hstore, python: str}"),
        ("Uuid?", "uuid"),
    ],
)
def test_a_type_of_others(name: str, ours: str) -> None:
    bare = name.rstrip("?").partition("(")[0]
    what = f"Bin.x: the type {bare} is called {ours} here [{Code.SPELLING}]"
    assert problems(of_fields(f"x: {name}")) == [what]


BIG = "  Big: {pk: identity, fields: {n: int}}\n"
WARNINGS = [
    (
        of_fields("x: {type: uuid, server_default: uuid_generate_v4()}"),
        "Bin.x.server_default: uuid_generate_v4() comes with an extension: write extensions:"
        " [uuid-ossp]; gen_random_uuid() needs none",
    ),
    (
        "extensions: [pgcrypto]\n"
        + of_fields("x: {type: uuid, server_default: gen_random_uuid()}"),
        "extensions: gen_random_uuid() needs none since PostgreSQL 13: leave pgcrypto out unless"
        " your own SQL calls it",
    ),
    (
        of_fields("x: text", "api: {ops: []}"),
        "Bin.api.ops: serves no route: write api: false to have none",
    ),
    (
        of_fields("title: text", "indexes: [{expr: lower(titl), name: ix_ci}]"),
        "Bin.indexes.expr: there is no column titl, and text needs single quotes; did you mean `title`?",
    ),
    (
        of_fields("x: {ref: User, on_delete: set_null}") + USER,
        "Bin.x.on_delete: x_id cannot be null, so set_null refuses as restrict does: write"
        " restrict, or make it optional",
    ),
    (
        of_fields("n: smallint\nx: {ref: Big, columns: {n: id}}") + BIG,
        "Bin.x: n has no room for every Big.id: give both one type",
    ),
    (
        of_fields("n: bigint\nx: {ref: Small, columns: {n: nr}}")
        + "  Small: {pk: [nr], fields: {nr: smallint}}\n",
        "Bin.x: n is bigint and Small.nr smallint: give both one type",
    ),
    (
        of_fields("n: string(5)\nx: {ref: Word, columns: {n: word}}")
        + "  Word: {pk: [word], fields: {word: text}}\n",
        "Bin.x: n has no room for every Word.word: give both one type",
    ),
    (
        of_fields("x: text", "pk: [x]\nunique: [[x]]"),
        "Bin.unique: the key keeps the same apart: leave this one out",
    ),
    (
        of_fields("x: {type: text, unique: true}", "unique: [{fields: [x], name: uq_x}]"),
        "Bin.unique: uq_bins_x keeps the same apart: leave this one out",
    ),
    (
        of_fields("x: {type: {sql: 'xml[]', python: str, example: '{<n/>}'}}"),
        "Bin.x.type.sql: needs PostgreSQL with libxml, which the embedded server lacks: set DATABASE_URL and TEST_DATABASE_URL to another server, or store text",
    ),
]


@pytest.mark.parametrize(("text", "expected"), WARNINGS)
def test_a_warning(text: str, expected: str) -> None:
    assert expected in load(yaml.safe_load(text)).warnings


@pytest.mark.parametrize(
    "text",
    [
        "x > 1 AND bins IS NOT NULL",
        "x IS NOT DISTINCT FROM 1 OR tableoid > 0",
        "extract(isodow from day) < 6",
        "day AT TIME ZONE 'UTC' > timestamp '2026-01-01 00:00'",
        "day::timestamp with time zone > now() - interval '1' day",
        "CAST(x AS own.kind) = 'a'::own.kind OR 'b'::kind = kind 'c'",
        "note COLLATE german = note COLLATE pg_catalog.german OR (note = ANY (ARRAY['a'::text, 'b']))",
        "make_interval(days => x) > make_interval(secs := 1)",
        "x OPERATOR(pg_catalog.+) 1 > 0 AND note ~ '^[a-z;]+$' AND note <> $q$it's; -- fine$q$",
        "note <> E'it\\'s' AND note IS NFC NORMALIZED AND \"Odd\" > 0 AND note LIKE 'a' ESCAPE '!'",
        "CASE WHEN x > 1 THEN true ELSE x IS NOT UNKNOWN END",
        "count_of(VARIADIC ARRAY[x]) > position('a' in note) AND (x, 1) OVERLAPS (2, 3)",
        "overlay(note placing 'a' from 1 for 2) = trim(both 'x' from note) || current_user",
    ],
)
def test_sql_that_is_right(text: str) -> None:
    fields = "x: int\nnote: text\nday: timestamp\nodd: {type: int, column: Odd}"
    answers = yaml.safe_load(of_fields(fields))
    answers["models"]["Bin"]["checks"] = {"c": text}
    answers["models"]["Bin"]["indexes"] = [{"name": "i", "expr": "lower(note) text_pattern_ops"}]
    assert load(answers).warnings == []


TRANSFER: dict[str, Any] = yaml.safe_load("""
models:
  Account:
    fields:
      currency: string(3)
      balance: {type: decimal, precision: 12, scale: 2, default: "0.00"}
    operations:
      transfer: {kind: transfer, field: balance, same: [currency], floor: 0, log: Log}
  Log:
    fields:
      source: {ref: Account, inverse: outgoing}
      target: {ref: Account, inverse: incoming}
      amount: {type: decimal, precision: 12, scale: 2, gt: 0}
      request_id: {type: uuid, unique: true}
""")


def test_transfer_is_valid() -> None:
    transfer = load(TRANSFER).models[0].transfers[0]
    assert (transfer.source.name, transfer.target.name) == ("source", "target")
    assert (transfer.amount.name, transfer.request_key.name) == ("amount", "request_id")
    assert [it.name for it in transfer.same] == ["currency"]
    assert transfer.floor == 0


@pytest.mark.parametrize(
    ("code", "path", "value", "expected"),
    [
        (Code.TRANSFER, "Account.fields.balance", "float", "(float) is not an exact number"),
        (
            Code.TRANSFER_OPTIONAL,
            "Account.fields.balance",
            "decimal(12,2)?",
            "balance may be null: make it required",
        ),
        (Code.DEFAULT, "Account.operations.transfer.floor", "low", "'low' is not a decimal number"),
        (
            Code.TRANSFER_LOG,
            "Account.operations.transfer.log",
            "Account",
            "the log must be another model than this one",
        ),
        (
            Code.TRANSFER_SIDES,
            "Account.operations.transfer.log",
            {"model": "Log", "source": "who"},
            "who is not a reference of Log",
        ),
        (
            Code.TRANSFER_KIND,
            "Account.operations.transfer.log",
            {"model": "Log", "amount": "id"},
            "is not of the type",
        ),
        (
            Code.TRANSFER_KEY,
            "Account.operations.transfer.log",
            {"model": "Log", "key": "amount"},
            "amount is not a unique",
        ),
        (
            Code.TRANSFER_SIDES,
            "Log.fields.source",
            "int",
            "has 1 reference to the key of Account, and needs two",
        ),
        (
            Code.TRANSFER_SENT,
            "Log.fields.source.optional",
            True,
            "Log.source is sent with each transfer",
        ),
        (
            Code.TRANSFER_POSITIVE,
            "Log.fields.amount",
            "decimal(12,2)",
            "Log.amount may be zero or negative: write gt: 0",
        ),
        (
            Code.TRANSFER_KIND,
            "Log.fields.amount.scale",
            3,
            "Log.amount has more decimal places than balance",
        ),
        (Code.TRANSFER_AMOUNT, "Log.fields.amount", "int", "of the type of balance, and has: none"),
        (
            Code.TRANSFER_AMOUNT,
            "Log.fields.fee",
            "decimal(4,2)",
            "has: amount, fee; name it",
        ),
        (Code.TRANSFER_KEY, "Log.fields.request_id", "uuid", "Log needs one unique field"),
        (
            Code.TRANSFER_KEY_KIND,
            "Log.fields.request_id.optional",
            True,
            "identifies a transfer: make it required",
        ),
    ],
)
def test_a_transfer_that_could_lose_money(
    code: Code, path: str, value: object, expected: str
) -> None:
    answers = yaml.safe_load(yaml.safe_dump(TRANSFER))
    *way, last = path.split(".")
    at = answers["models"]
    for step in way:
        at = at[step]
    at[last] = value
    with pytest.raises(Invalid) as raised:
        load(answers)
    assert any(expected in it and it.endswith(f"[{code}]") for it in raised.value.problems)


def test_an_empty_expression_is_told_once() -> None:
    assert len(problems(of_fields("x: {type: int, computed: ''}"))) == 1


def test_all_problems_at_once() -> None:
    found = problems(
        of_fields(
            "a: varchar(3)\nb: {typ: int}\nc: -> Nobody\non: int", "order: [nowhere]\ntabel: x"
        )
        + "enums: {E: [1]}\ndefaults: {pk: 3}"
    )
    assert len(found) == 8, found


def test_what_has_a_bad_name_is_checked_as_well() -> None:
    text = (
        "models:\n  bad_name: {fields: {x: decimall, y: {type: int, optionl: true}, z: -> Nope}}\n"
    )
    assert [it[-6:-1] for it in problems(text)] == ["SW207", "SW102", "SW301", "SW501"]


def test_a_mixin_that_no_model_has_is_checked_as_well() -> None:
    mixin = "{x: nopetype, y: {type: int, default: a}, z: -> Nope, Z: int}"
    found = problems(of_fields("x: int") + f"mixins: {{M: {mixin}}}")
    assert [it.partition(": ")[0] for it in found] == [
        "mixins.M.x",
        "mixins.M.y.default",
        "mixins.M.z",
        "mixins.M.Z",
    ]


def test_a_broken_field_is_told_once() -> None:
    found = problems(
        of_fields("x: varchar(3)", "unique: [[x]]\norder: [x]\napi: {sort: [x], filter: [x]}")
    )
    assert len(found) == 1


@pytest.mark.parametrize("raw", [None, 3, [], "x", {1: 2}, {None: None}, {"Bin": {True: {}}}])
def test_odd_models(raw: object) -> None:
    with pytest.raises(Invalid):
        load({"models": raw})
