# ruff: noqa: E501 (a row reads best when nothing in it is cut)
"""What each key of the language does, with an example: for editors and for docs/language.md.

`models.schema.json` shows the text, `docs/language.md` both. An example is a line or two of a
models.yml: of its `fields:` where the key belongs to a field, of a model where it belongs to one.
"""

from __future__ import annotations

from typing import NamedTuple


class Help(NamedTuple):
    what: str
    example: str
    default: str = ""  # where the grammar leaves it open


# By the shape in the grammar and the key in models.yml.
KEYS = {
    "File.models": Help(
        "The models by name, in PascalCase and the singular: `Order` makes the table `orders` and the path `/orders`.",
        "models: {Author: {fields: {name: string(80)}}}",
    ),
    "File.enums": Help(
        "Enums by name, in PascalCase: a list of values, or each value with a description. Quote `no`, `on` and `yes`, which YAML reads as true or false.",
        "enums: {Size: [small, large], Currency: {EUR: Euro, USD: US dollar}}",
    ),
    "File.mixins": Help(
        "Fields that several models share, by the mixin's name in PascalCase.",
        "mixins: {Address: {street: string(120), city: string(80)}}",
    ),
    "File.auth": Help(
        "How the service knows who asks. Without it, whoever reaches the service may do everything.",
        "auth: {tokens: jwt}",
        "nobody is asked",
    ),
    "File.roles": Help(
        "The roles that rules can ask for. Which of them somebody has is told by the token.",
        "roles: [admin, editor]",
    ),
    "File.defaults": Help(
        "What every model has unless it says otherwise.", "defaults: {pk: identity}"
    ),
    "File.extensions": Help(
        "Extensions of PostgreSQL that your SQL needs. A migration creates them, and none drops them. Types and searches bring their own; `gen_random_uuid()` needs none.",
        "extensions: [uuid-ossp, unaccent]",
    ),
    "File.dropped": Help(
        "What is removed on purpose: `Model` or `Model.field`. A model or field that disappears from the file without standing here stops the update.",
        "dropped: [Invoice, Product.colour]",
    ),
    "EnumType.values": Help(
        "The values in their order: a list, or each with a description.",
        "enums: {Size: {values: [small, large], type: product_size}}",
    ),
    "EnumType.type": Help(
        "The name of the type in PostgreSQL.",
        "enums: {Size: {type: ProductSize, values: [small, large]}}",
        "the enum's name in snake_case",
    ),
    "EnumType.schema": Help(
        "The PostgreSQL schema that the type is in.",
        "enums: {Size: {schema: catalogue, values: [small, large]}}",
        "`public`",
    ),
    "Defaults.pk": Help("The key of models that have no `pk`.", "defaults: {pk: identity}"),
    "Defaults.pk_name": Help(
        "The name of every primary key constraint; `{table}` stands for the table.",
        "defaults: {pk_name: '{table}_pkey'}",
    ),
    "Defaults.timestamps": Help(
        "Whether models have `created_at` and `updated_at`.", "defaults: {timestamps: false}"
    ),
    "Defaults.on_delete": Help(
        "What happens to rows that refer to a deleted one, for references that have no `on_delete`.",
        "defaults: {on_delete: no_action}",
    ),
    "Defaults.on_update": Help(
        "The same when the key that they refer to changes.", "defaults: {on_update: cascade}"
    ),
    "Defaults.rules": Help(
        "Who may do what with the rows of models that have no rule of their own for it.",
        "defaults: {rules: {read: user, write: role(editor)}}",
    ),
    "Auth.tokens": Help(
        "`jwt`: bearer tokens of an identity provider. Its issuer, the audience and the names of claims are settings of the service.",
        "auth: {tokens: jwt}",
    ),
    "Auth.user": Help(
        "The model that has a row for each subject of a token, found by its field `subject` and made at first sight. `me` in a rule is then its key, otherwise the subject as text.",
        "auth: {tokens: jwt, user: User}",
    ),
    "Model.doc": Help(
        "What the model is, in a sentence: for its class and the API's documentation.",
        "doc: Something that we sell",
    ),
    "Model.pk": Help(
        "The primary key: `uuid7`, `uuid4`, `identity` (bigint) or `identity32`; a list of fields, for a natural or composite key; or `none`, for a table that rows are only added to.",
        "pk: [sku]",
        "`defaults.pk`",
    ),
    "Model.pk_name": Help(
        "The name of the primary key constraint.",
        "pk_name: products_pkey",
        "`defaults.pk_name`",
    ),
    "Model.timestamps": Help(
        "`created_at` and `updated_at`, kept up to date by the service and read-only in the API. `filter`, `sort` and `order` can name them.",
        "timestamps: false",
        "`defaults.timestamps`",
    ),
    "Model.version": Help(
        "Optimistic locking: responses carry an `ETag`, and a write with `If-Match` is answered 412 if the row has changed since.",
        "version: true",
    ),
    "Model.soft_delete": Help(
        "DELETE sets `deleted_at` instead of removing the row. Deleted rows are left out of every response, and `POST …/restore` brings them back.",
        "soft_delete: true",
    ),
    "Model.mixins": Help(
        "The mixins whose fields the model has, after its own.", "mixins: [Priced]"
    ),
    "Model.fields": Help(
        "Columns and references by name, in snake_case and in the order of the table. All are required unless their type ends in `?`.",
        "fields: {title: string(160), category: -> Category}",
    ),
    "Model.many": Help(
        "Many-to-many relations by name.", "many: {tags: {to: Tag, inverse: products}}"
    ),
    "Model.unique": Help(
        "Combinations of fields that no two rows may share: a list of lists, or of mappings with more options.",
        "unique: [[category, title]]",
    ),
    "Model.indexes": Help(
        "Indexes of several fields: a list of lists, or of mappings with more options. `-` before a field is descending.",
        "indexes: [[category, -price]]",
    ),
    "Model.exclude": Help(
        "Exclusion constraints: no two rows for which every element is true of both. The API answers 409.",
        "exclude: [{elements: [[room, '='], [during, '&&']]}]",
    ),
    "Model.checks": Help(
        "Conditions in SQL that every row meets, by name. The API answers 422 with the fields. The automatic check of a limit gets another constraint name with `price_min: {name: …}`.",
        "checks: {sold_above_cost: price >= cost}",
    ),
    "Model.order": Help(
        "The default order of lists; `-` before a field is descending.",
        "order: [title, -price]",
        "the key",
    ),
    "Model.table": Help("The name of the table.", "table: shop_products", "the plural"),
    "Model.managed": Help(
        "`false` for a view or a table that somebody else maintains: it is mapped and served, but no migration touches it.",
        "managed: false",
    ),
    "Model.schema": Help(
        "The PostgreSQL schema that the table is in.", "schema: catalogue", "`public`"
    ),
    "Model.plural": Help(
        "The plural in snake_case: it names the table, the path and the Python package.",
        "plural: goods",
        "by the rules of English",
    ),
    "Model.was": Help(
        "The former name of the model: the next migration renames its table.", "was: Article"
    ),
    "Model.operations": Help(
        "What can be done with a row besides storing it, by name: a transfer or a transition.",
        "operations: {advance: {kind: transition, field: status, moves: {draft: [placed]}}}",
    ),
    "Model.rules": Help(
        "Who may do what with its rows, by operation: `read`, `create`, `update`, `delete`, `write` for these three, and the name of each of its `operations`.",
        "rules: {read: public, write: role(editor)}",
        "`defaults.rules`",
    ),
    "Model.api": Help(
        "What is served, and how; `false` for no routes at all.",
        "api: {filter: [price], sort: [price, title]}",
        "see [the API](#the-api)",
    ),
    "Scalar.type": Help(
        "The type. Inside `{ }`, write `optional: true` for `?` and quote what has a comma: `'decimal(12,2)'`.",
        "title: {type: string(160)}",
    ),
    "Scalar.array": Help("A list of values of the type.", "sizes: {type: int, array: true}"),
    "Scalar.precision": Help(
        "The number of digits of a `decimal`, those after the point included.",
        "price: {type: decimal, precision: 12, scale: 2}",
    ),
    "Scalar.scale": Help(
        "The number of digits of a `decimal` after the point.",
        "weight: {type: decimal, precision: 8, scale: 3}",
    ),
    "Scalar.optional": Help(
        "Whether the value may be null, and be left out of a request.",
        "note: {type: text, optional: true}",
    ),
    "Scalar.unique": Help(
        "No two rows may have the same value. The API answers 409 and names the field.",
        "sku: {type: string(24), unique: true}",
    ),
    "Scalar.index": Help(
        "An index: `true` for a btree, or the method: `btree`, `hash`, `gin`, `gist`, `spgist` or `brin`.",
        "labels: {type: text, array: true, index: gin}",
    ),
    "Scalar.default": Help(
        "The value where a request has none. Quote decimals and dates.",
        "price: {type: 'decimal(12,2)', default: '0.00'}",
    ),
    "Scalar.server_default": Help(
        "An SQL expression that PostgreSQL computes the default with. Not together with `default`.",
        "listed_at: {type: timestamptz, server_default: now()}",
    ),
    "Scalar.computed": Help(
        "An SQL expression over other columns of the row: PostgreSQL computes and stores the value (a generated column), and the API only shows it.",
        "net: {type: 'decimal(12,2)', computed: \"round(price / 1.2, 2)\"}",
    ),
    "Scalar.auto": Help(
        "`identity`: PostgreSQL numbers the rows, and the API only shows the number. `serial`: the same for a key of an older database, with a sequence.",
        "number: {type: bigint, auto: identity, unique: true}",
    ),
    "Scalar.min": Help(
        "The smallest value allowed: of a number, date, time or duration.",
        "stock: {type: int, min: 0}",
    ),
    "Scalar.max": Help("The largest value allowed.", "stars: {type: smallint, min: 1, max: 5}"),
    "Scalar.gt": Help(
        "The value must be greater than this.",
        "price: {type: 'decimal(12,2)', gt: 0}",
    ),
    "Scalar.lt": Help(
        "The value must be less than this.", "discount: {type: int, min: 0, lt: 100}"
    ),
    "Scalar.min_length": Help(
        "The smallest number of characters of a text.",
        "title: {type: string(160), min_length: 1}",
    ),
    "Scalar.max_length": Help(
        "The largest number of characters of a text. `string(n)` has its own.",
        "summary: {type: text, max_length: 500}",
    ),
    "Scalar.pattern": Help(
        "A regular expression that the text must match. Only what Python, Pydantic and PostgreSQL read alike is allowed: `[0-9]`, for instance, instead of `\\d`.",
        "sku: {type: string(24), pattern: '^[A-Z0-9-]+$'}",
    ),
    "Scalar.access": Help(
        "Who may set and see the field: `rw`, `read_only`, `create_only` (set once), `write_only` (never shown) or `hidden` (neither).",
        "cost: {type: 'decimal(12,2)', optional: true, access: hidden}",
        "`rw`",
    ),
    "Scalar.doc": Help(
        "What the field is, in a sentence: for the code and the API's documentation.",
        "sku: {type: string(24), doc: The number on the shelf}",
    ),
    "Scalar.set": Help(
        "`me`: the service fills it with the subject of who asks when the row is created, and no request has it.",
        "added_by: {type: string(255), set: me}",
    ),
    "Scalar.claim": Help(
        "The claim of the token that fills it when the row of who asks is made. Only in the model that `auth.user` names.",
        "nickname: {type: string(80), optional: true, claim: nickname}",
    ),
    "Scalar.column": Help(
        "The name of the column in PostgreSQL.",
        "title: {type: string(160), column: product_title}",
        "the field's name",
    ),
    "Scalar.was": Help(
        "The former name of the field: the next migration keeps its values.",
        "heading: {type: string(160), was: title_line}",
    ),
    "Custom.sql": Help(
        "A PostgreSQL type that the language has no word for, as SQL writes it.",
        "place: {type: {sql: point, python: str}}",
    ),
    "Custom.python": Help(
        "What the value is in Python and in JSON.",
        "size: {type: {sql: oid, python: int}}",
    ),
    "Custom.example": Help(
        "A value for the tests, as text; `{n}` in it is a number that differs from row to row. Needed with `python: str`, except for types like `point` and `money`, for which Slipway knows one.",
        "flags: {type: {sql: bit(3), python: str, example: '101'}}",
    ),
    "Ref.ref": Help(
        "The model that it refers to. The column is called `<field>_<key>`: `seller_id`.",
        "seller: {ref: User}",
    ),
    "Ref.optional": Help("Whether there may be none.", "seller: {ref: User, optional: true}"),
    "Ref.unique": Help(
        "One-to-one: no two rows refer to the same one.", "owner: {ref: User, unique: true}"
    ),
    "Ref.index": Help(
        "`false` for no index. There is none either where a key, a unique or an index starts with the column.",
        "seller: {ref: User, index: false}",
    ),
    "Ref.column": Help(
        "The name of the column in PostgreSQL. JSON still has `<field>_<key>`.",
        "seller: {ref: User, column: sold_by}",
        "`<field>_<key>`",
    ),
    "Ref.columns": Help(
        "Fields of this model that hold the reference, each with the field of the other model that it leads to: for composite keys, for other names in JSON, and for a reference to a unique. The two may be of different integer types, or texts of different lengths.",
        "seller_email: email\nseller: {ref: User, columns: {seller_email: email}}",
        "one is made for each key column",
    ),
    "Ref.on_delete": Help(
        "What happens to this row when the other is deleted: `restrict` and `no_action` refuse that with 409, `cascade` deletes this row too, `set_null` and `set_default` keep it.",
        "seller: {ref: User, on_delete: cascade}",
        "`defaults.on_delete`",
    ),
    "Ref.on_update": Help(
        "What happens to this row when the key of the other changes.",
        "seller: {ref: User, on_update: cascade}",
        "`defaults.on_update`",
    ),
    "Ref.inverse": Help(
        "The name of the relation on the other model, which is also the path of the nested list; `false` for none.",
        "seller: {ref: User, inverse: offers}",
        "the plural of this model; the singular if one-to-one",
    ),
    "Ref.constraint": Help(
        "The name of the foreign key constraint.",
        "seller: {ref: User, constraint: products_seller_fkey}",
        "`fk_<table>_<columns>`",
    ),
    "Ref.deferrable": Help(
        "When the foreign key is checked: at COMMIT (`initially_deferred`), or at once unless a transaction asks to wait (`initially_immediate`).",
        "seller: {ref: User, deferrable: initially_deferred}",
        "at once, always",
    ),
    "Ref.access": Help(
        "Who may set and see the reference, as for other fields.",
        "seller: {ref: User, access: create_only}",
        "`rw`",
    ),
    "Ref.set": Help(
        "`me`: the service fills it with the row of who asks when this row is created, and no request has it.",
        "seller: {ref: User, set: me}",
    ),
    "Ref.doc": Help(
        "What the reference means, in a sentence.",
        "seller: {ref: User, doc: Who offers it}",
    ),
    "Ref.was": Help(
        "The former name of the reference: the next migration keeps its values.",
        "seller: {ref: User, was: vendor}",
    ),
    "Many.to": Help("The model on the other side.", "many: {labels: {to: Tag}}"),
    "Many.through": Help(
        "The model in between, which refers to both sides and has fields of its own. Its rows are created like those of any model.",
        "many: {orders: {to: Order, through: OrderLine, inverse: products}}",
    ),
    "Many.inverse": Help(
        "The name of the relation on the other model; `false` for none.",
        "many: {labels: {to: Tag, inverse: labelled}}",
        "the plural of this model",
    ),
    "Many.table": Help(
        "The name of the association table.",
        "many: {labels: {to: Tag, table: product_labels}}",
        "`<model>_<relation>`",
    ),
    "Many.columns": Help(
        "The columns of the association table: those for this model's key, then those for the other's.",
        "many: {labels: {to: Tag, columns: [product, tag]}}",
        "`<model>_<key>` of each side",
    ),
    "Many.on_delete": Help(
        "What happens to the pairs when either side is deleted; `restrict` and `no_action` refuse that with 409 while there are any.",
        "many: {labels: {to: Tag, on_delete: restrict}}",
    ),
    "Many.pk_name": Help(
        "The name of the association table's primary key.",
        "many: {labels: {to: Tag, pk_name: product_labels_pkey}}",
        "`defaults.pk_name`",
    ),
    "Many.constraints": Help(
        "The names of the two foreign keys: to this model, then to the other.",
        "many: {labels: {to: Tag, constraints: [labels_product_fkey, labels_tag_fkey]}}",
        "`fk_<table>_<columns>`",
    ),
    "Many.index": Help(
        "The name of the index on the other side's columns; `false` for none.",
        "many: {labels: {to: Tag, index: labels_by_tag}}",
    ),
    "Many.was": Help(
        "The former name of the relation: the next migration renames its table, and what is named after it.",
        "many: {labels: {to: Tag, was: tags}}",
    ),
    "Unique.fields": Help(
        "The fields that are unique together.", "unique: [{fields: [category, title]}]"
    ),
    "Unique.name": Help(
        "The name of the constraint.",
        "unique: [{fields: [title], name: one_title}]",
        "`uq_<table>_<columns>`",
    ),
    "Unique.where": Help(
        "A condition in SQL: only rows that meet it are compared.",
        "unique: [{fields: [title], where: stock > 0}]",
    ),
    "Unique.include": Help(
        "Fields that the index stores as well, for index-only scans.",
        "unique: [{fields: [title], include: [price]}]",
    ),
    "Unique.nulls_not_distinct": Help(
        "Nulls count as equal, so that only one row may have none. PostgreSQL 15 and newer.",
        "unique: [{fields: [listed_on], nulls_not_distinct: true}]",
    ),
    "Unique.deferrable": Help(
        "When it is checked: at COMMIT (`initially_deferred`), or at once unless a transaction asks to wait (`initially_immediate`).",
        "unique: [{fields: [category, stock], deferrable: initially_deferred}]",
        "at once, always",
    ),
    "Index.fields": Help(
        "The fields that are indexed together; `-` before one is descending.",
        "indexes: [{fields: [category, -price]}]",
    ),
    "Index.expr": Help(
        "An SQL expression, or several with commas between them, that are indexed instead of fields. Each may say its collation, operator class and order. Such an index needs a `name`.",
        "indexes: [{expr: lower(title), name: ix_products_lower_title}]",
    ),
    "Index.name": Help(
        "The name of the index.",
        "indexes: [{fields: [price], name: ix_cheapest}]",
        "`ix_<table>_<columns>`",
    ),
    "Index.where": Help(
        "A condition in SQL: only rows that meet it are indexed.",
        "indexes: [{fields: [price], where: stock > 0}]",
    ),
    "Index.method": Help(
        "The index method: `btree`, `hash`, `gin`, `gist`, `spgist` or `brin`.",
        "indexes: [{fields: [listed_on], method: brin}]",
        "`btree`",
    ),
    "Index.include": Help(
        "Fields that the index stores as well, for index-only scans.",
        "indexes: [{fields: [price], include: [stock]}]",
    ),
    "Index.unique": Help(
        "No two rows may be equal in it: for expressions, and for what `unique:` can't say.",
        "indexes: [{expr: lower(title), name: uq_lower_title, unique: true}]",
    ),
    "Exclude.elements": Help(
        "Pairs of a field or an SQL expression and the operator that compares it: `=`, `<>`, `&&` (overlaps), `-|-` (is next to) or `~=`.",
        "exclude: [{elements: [[room, '='], [during, '&&']]}]",
    ),
    "Exclude.using": Help(
        "The index method.", "exclude: [{elements: [[during, '&&']], using: spgist}]"
    ),
    "Exclude.where": Help(
        "A condition in SQL: only rows that meet it are compared.",
        "exclude: [{elements: [[room, '='], [during, '&&']], where: NOT cancelled}]",
    ),
    "Exclude.name": Help(
        "The name of the constraint; needed where an element is an expression.",
        "exclude: [{elements: [[during, '&&']], name: one_at_a_time}]",
        "`ex_<table>_<columns>`",
    ),
    "Exclude.deferrable": Help(
        "When it is checked: at COMMIT (`initially_deferred`), or at once unless a transaction asks to wait (`initially_immediate`).",
        "exclude: [{elements: [[during, '&&']], deferrable: initially_deferred}]",
        "at once, always",
    ),
    "Check.sql": Help(
        "The condition. Leave it out to name the automatic check of a limit.",
        "checks: {fair: {sql: price < 1000, name: products_fair_check}}",
    ),
    "Check.name": Help(
        "The name of the constraint.",
        "checks: {price_min: {name: products_price_check}}",
        "`ck_<table>_<check>`",
    ),
    "Transfer.kind": Help(
        "`transfer`: move an amount from one row to another.",
        "operations: {pay: {kind: transfer, field: balance, log: Payment}}",
    ),
    "Transfer.field": Help(
        "The number that is moved: a required decimal or integer.",
        "operations: {pay: {kind: transfer, field: balance, log: Payment}}",
    ),
    "Transfer.same": Help(
        "Fields that must be equal in both rows, such as the currency.",
        "operations: {pay: {kind: transfer, field: balance, same: [currency], log: Payment}}",
    ),
    "Transfer.floor": Help(
        "The least that may be left in the source.",
        "operations: {pay: {kind: transfer, field: balance, floor: 0, log: Payment}}",
    ),
    "Transfer.log": Help(
        "The model that records each transfer: two references to this one (the source first), an amount, and a unique field that identifies the request.",
        "operations: {pay: {kind: transfer, field: balance, log: Payment}}",
    ),
    "Log.model": Help(
        "The model that records each transfer.",
        "operations: {pay: {kind: transfer, field: balance, log: {model: Payment}}}",
    ),
    "Log.source": Help(
        "Its reference to the row that gives.",
        "operations: {pay: {kind: transfer, field: balance, log: {model: Payment, source: payer}}}",
        "the first of its two references",
    ),
    "Log.target": Help(
        "Its reference to the row that gets.",
        "operations: {pay: {kind: transfer, field: balance, log: {model: Payment, target: payee}}}",
        "the second",
    ),
    "Log.amount": Help(
        "Its field for the amount.",
        "operations: {pay: {kind: transfer, field: balance, log: {model: Payment, amount: amount}}}",
        "the only number that fits",
    ),
    "Log.key": Help(
        "Its unique field that identifies a request, so that a request sent twice is carried out once.",
        "operations: {pay: {kind: transfer, field: balance, log: {model: Payment, key: request_id}}}",
        "its only unique field that clients send",
    ),
    "Transition.kind": Help(
        "`transition`: move an enum from one value to another.",
        "operations: {advance: {kind: transition, field: status, moves: {draft: [placed]}}}",
    ),
    "Transition.field": Help(
        "A required enum. Once a row exists, nothing else in the API changes it.",
        "operations: {advance: {kind: transition, field: status, moves: {draft: [placed]}}}",
    ),
    "Transition.moves": Help(
        "For each value, the values that may follow it. Any other move is answered 409; a value that none leads to, 422.",
        "operations: {advance: {kind: transition, field: status, moves: {draft: [placed, cancelled], placed: [paid]}}}",
    ),
    "Api.ops": Help(
        "The operations that are served.",
        "api: {ops: [list, get, create, count]}",
        "the first seven of [these](#operations-of-the-api)",
    ),
    "Api.path": Help(
        "The path of the resource.", "api: {path: /catalogue/products}", "the plural, in kebab-case"
    ),
    "Api.filter": Help(
        "The fields that lists can be filtered by.",
        "api: {filter: [price, stock, category]}",
        "references, unique and indexed fields, enums and booleans",
    ),
    "Api.sort": Help(
        "The fields that a client can sort lists by.",
        "api: {sort: [price, title]}",
        "the key, `created_at`, unique and indexed fields",
    ),
    "Api.default_sort": Help(
        "The order of lists without `?sort=`; `-` before a field is descending.",
        "api: {default_sort: [-price]}",
        "`order`, or the key",
    ),
    "Api.search": Help(
        "What `?search=` looks into: text by its parts (trigrams), `{field, language}` by the words of a language, or a `tsvector`. The indexes are made too.",
        "api: {search: [sku, {field: title, language: english}]}",
    ),
    "Api.embed": Help(
        "Relations that a list or a GET can include in its rows, with `?embed=`.",
        "api: {embed: [category, tags]}",
    ),
    "Api.upsert": Help(
        "The unique fields that identify a row in an upsert, where clients don't choose the key and there are several uniques.",
        "api: {ops: [list, get, upsert], upsert: [sku]}",
    ),
    "Api.page": Help(
        "How lists are paged: by `cursor`, which costs the same at any depth, or by `offset`.",
        "api: {page: offset}",
        "`cursor`",
    ),
    "Search.field": Help(
        "The text to search.", "api: {search: [{field: title, language: english}]}"
    ),
    "Search.language": Help(
        "The PostgreSQL text search configuration, which knows the forms of words, such as `english`, `german` or `simple`.",
        "api: {search: [{field: title, language: german}]}",
    ),
}
