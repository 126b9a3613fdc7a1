# ruff: noqa: E501 (tables)
"""What the examples and the cases come out as."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from hooks.language import load
from hooks.language.spec import Field, Model, Reference, Spec

ROOT = Path(__file__).parents[2]
CASES = ("chinook", "petclinic", "tpcc", "versions")


def file(name: str) -> dict[str, Any]:
    folder = ROOT / "tests" / "cases" if name in CASES else ROOT / "examples"
    read: dict[str, Any] = yaml.safe_load((folder / f"{name}.yml").read_text())
    return read


def spec(name: str) -> Spec:
    return load(file(name))


def model(spec: Spec, name: str) -> Model:
    return next(it for it in spec.models if it.name == name)


def of(text: str) -> Spec:
    return load(yaml.safe_load(text))


def names(fields: Any) -> list[str]:
    return [it.name for it in fields]


def described(reference: Reference) -> str:
    pairs = ", ".join(f"{a.name}={b.name}" for a, b in reference.columns)
    inverse = reference.inverse.name if reference.inverse else "-"
    one = "1" if reference.unique else "n"
    return (
        f"{reference.name} {reference.target.name}({pairs}) {reference.on_delete} {inverse} {one}"
    )


@pytest.mark.parametrize(
    "path",
    sorted([*(ROOT / "examples").glob("*.yml"), *(ROOT / "tests/cases").glob("*.yml")]),
    ids=lambda it: it.stem,
)
def test_every_file_loads(path: Path) -> None:
    assert load(yaml.safe_load(path.read_text())).models


def test_sample() -> None:
    sample = spec("sample")
    assert sample.warnings == []
    user, item, tag, transfer = sample.models
    assert names(user.fields) == ["id", "username", "email", "balance", "created_at", "updated_at"]
    assert (user.table, user.singular, user.plural, user.api.path) == (
        "users",
        "user",
        "users",
        "/users",
    )
    balance = user.by_name["balance"]
    assert (balance.type.precision, balance.type.scale) == (14, 2)
    assert (balance.default, balance.min, balance.access) == (Decimal("0.00"), 0, "create_only")
    assert [it.full_name for it in user.checks] == ["ck_users_balance_min"]
    assert [it.sql for it in user.checks] == ["balance >= 0"]
    assert [it.name for it in user.uniques] == ["uq_users_username", "uq_users_email"]
    assert [(it.name, it.one) for it in user.inverses] == [
        ("items", False), ("outgoing", False), ("incoming", False),
    ]  # fmt: skip
    assert [described(it) for it in item.references] == ["owner User(owner_id=id) cascade items n"]
    assert [it.name for it in item.indexes] == ["ix_items_name", "ix_items_owner_id"]
    many = item.manys[0]
    assert (many.name, many.inverse, many.table) == ("tags", "items", "item_tags")
    assert [it for it, _ in (*many.local, *many.remote)] == ["item_id", "tag_id"]
    assert many.index == "ix_item_tags_tag_id"
    assert many.local_constraint == "fk_item_tags_item_id"
    assert tag.inverse_manys == [many]
    move = user.transfers[0]
    assert (move.field, move.floor, move.log) == (balance, 0, transfer)
    assert (move.source.name, move.target.name) == ("source", "target")
    assert (move.amount.name, move.request_key.name) == ("amount", "request_id")
    assert transfer.api.ops == ("list", "get")
    assert [it.full_name for it in transfer.checks] == [
        "ck_transfers_amount_gt",
        "ck_transfers_sides_differ",
    ]
    assert names(item.api.filter) == ["name", "owner_id"]
    assert names(item.api.sort) == ["id", "created_at", "name", "owner_id"]


def test_shop() -> None:
    shop = spec("shop")
    user, profile, account = (model(shop, it) for it in ("User", "Profile", "Account"))
    assert names(profile.key) == ["user_id"]
    assert described(profile.references[0]) == "user User(user_id=id) cascade profile 1"
    assert [it.name for it in profile.indexes] == []
    assert profile.by_name["born_on"].min == date(1900, 1, 1)
    assert profile.checks[1].sql == "country::text ~ '^[A-Z]{2}$'"
    assert next(it for it in user.inverses if it.name == "profile").one
    assert names(account.uniques[0].fields) == ["owner_id", "currency"]
    assert [it.name for it in account.indexes] == []  # the unique leads with the owner
    product = model(shop, "Product")
    assert names(product.key) == ["sku"]
    assert product.by_name["class"].attribute == "class_"
    assert [(it.name, it.method) for it in product.indexes] == [
        ("ix_products_attributes", "gin"),
        ("ix_products_category_id_price", None),
        ("ix_products_maker", None),
        ("ix_products_title_ci", None),
        ("ix_products_price", None),
    ]
    assert [it.expr or it.where for it in product.indexes[3:]] == [
        "lower(title)",
        "category_id IS NULL",
    ]
    assert [(it.name, down) for it, down in product.indexes[1].fields] == [
        ("category_id", False),
        ("price", True),
    ]
    assert names(product.api.filter) == ["price", "category_id", "title", "class"]
    assert product.manys[0].local[0][0] == "product_sku"
    category = model(shop, "Category")
    assert category.references[0].deferred is False
    assert category.by_name["slug"].pattern == "^[a-z0-9]+(-[a-z0-9]+)*$"
    assert [(it.name, down) for it, down in category.api.default_sort] == [
        ("position", False),
        ("name", False),
    ]
    line = model(shop, "OrderLine")
    assert names(line.key) == ["order_id", "product_sku"]
    assert [it.name for it in line.indexes] == ["ix_order_lines_product_sku"]
    through = model(shop, "Order").manys[0]
    assert through.through is line
    assert (through.table, through.index) == ("order_lines", None)
    assert [it for it, _ in (*through.local, *through.remote)] == ["order_id", "product_sku"]
    assert [it.name for it in shop.enums] == ["OrderStatus", "Currency"]
    assert shop.warnings == [
        "Product.class: is `class_` in Python, which reserves `class`; the column and JSON keep the name"
    ]


def test_chinook() -> None:
    chinook = spec("chinook")
    assert len(chinook.models) == 11
    album = model(chinook, "Album")
    assert names(album.fields) == ["album_id", "title", "artist_id"]
    assert album.references[0].constraint == "album_artist_id_fkey"
    assert described(album.references[0]) == "artist Artist(artist_id=artist_id) no_action - n"
    assert [it.name for it in album.indexes] == ["ix_album_artist_id"]
    both = model(chinook, "PlaylistTrack")
    assert names(both.key) == ["playlist_id", "track_id"]
    assert [it.name for it in both.indexes] == ["ix_playlist_track_track_id"]
    assert "update" not in both.api.ops
    assert both.api.path == "/playlist-tracks"
    employee = model(chinook, "Employee").references[0]
    assert (employee.optional, employee.deferred, employee.target.name) == (True, False, "Employee")
    order = names(chinook.sorted_models)
    assert order.index("Artist") < order.index("Album") < order.index("Track")
    assert model(chinook, "Track").by_name["bytes"].attribute == "bytes_"


def test_tpcc() -> None:
    tpcc = spec("tpcc")
    line = model(tpcc, "OrderLine")
    assert names(line.key) == ["ol_w_id", "ol_d_id", "ol_o_id", "ol_number"]
    assert [described(it) for it in line.references] == [
        "stock Stock(ol_supply_w_id=s_w_id, ol_i_id=s_i_id) cascade - n",
        "oorder Oorder(ol_w_id=o_w_id, ol_d_id=o_d_id, ol_o_id=o_id) cascade - n",
    ]
    assert [it.name for it in line.indexes] == ["ix_order_line_ol_supply_w_id_ol_i_id"]
    new = model(tpcc, "NewOrder")
    assert new.references[0].unique  # its columns are the whole key
    assert model(tpcc, "Oorder").uniques[0].named
    assert model(tpcc, "Customer").by_name["c_since"].server_default == "CURRENT_TIMESTAMP"
    order = names(tpcc.sorted_models)
    assert order.index("Warehouse") < order.index("District") < order.index("Customer")


def test_petclinic_warns_of_plurals() -> None:
    petclinic = spec("petclinic")
    assert len(petclinic.warnings) == 6
    owners = petclinic.models[0]
    assert (owners.singular, owners.plural, owners.table) == ("owners", "owners_list", "owners")
    assert owners.api.path == "/owners-list"


def test_columns_of_references() -> None:
    spec = of("""
      models:
        Artist: {pk: [artist_id], fields: {artist_id: int}}
        Part: {pk: [whole, number], fields: {whole: -> Artist, number: smallint}}
        Detail: {fields: {artist: {ref: Artist, optional: true}, part: {ref: Part, unique: true}, last: date}}
    """)
    detail = model(spec, "Detail")
    assert names(detail.fields)[1:5] == ["artist_id", "part_whole_artist_id", "part_number", "last"]
    assert [it.type.name for it in detail.fields[1:4]] == ["int", "int", "smallint"]
    assert [it.optional for it in detail.fields[1:4]] == [True, False, False]
    assert [it.name for it in detail.uniques] == ["uq_details_part_whole_artist_id_part_number"]
    assert [(it.name, it.one) for it in model(spec, "Part").inverses] == [("detail", True)]
    assert detail.fields[2].reference is detail.references[1]


def test_circles_are_put_off_as_little_as_can_be() -> None:
    spec = of("""
      models:
        Team: {fields: {lead: {ref: Member, optional: true, inverse: leads}, office: {ref: Office, optional: true}}}
        Member: {fields: {team: {ref: Team, inverse: members}}}
        Office: {fields: {keeper: {ref: Member, optional: true}}}
    """)
    put_off = {
        f"{it.model.name}.{it.name}" for m in spec.models for it in m.references if it.deferred
    }
    assert put_off == {"Team.lead", "Office.keeper"}
    assert names(spec.sorted_models) == ["Office", "Team", "Member"]


def test_two_that_require_each_other_are_created_at_once() -> None:
    spec = of("""
      models:
        Member: {fields: {team: {ref: Team, inverse: members}}}
        Team: {fields: {lead: {ref: Member, deferrable: initially_deferred, inverse: leads}}}
        Flag: {fields: {team: -> Team}}
    """)
    pair = model(spec, "Team").pair
    assert pair is not None
    assert pair is model(spec, "Member").pair
    assert pair.reference.deferred
    assert not pair.back.deferred
    assert [it.name for it in pair.both] == ["lead", "team"]
    assert names(spec.sorted_models) == ["Team", "Member", "Flag"]


def test_limits_become_checks() -> None:
    spec = of("""
      models:
        Thing:
          fields:
            order: {type: int, min: 1, max: 9}
            name: {type: string(9), min_length: 2, max_length: 5}
            code: {type: string(5), max_length: 5, pattern: "^it's$"}
            at: {type: timestamptz, gt: '2026-01-01T00:00:00Z'}
            wait: {type: interval, lt: PT90S}
            part: {type: int, column: Teil Nr, min: 0}
    """)
    checks = {it.name: it.sql for it in spec.models[0].checks}
    assert checks == {
        "order_min": '"order" >= 1',
        "order_max": '"order" <= 9',
        "name_min_length": "char_length(name) >= 2",
        "name_max_length": "char_length(name) <= 5",
        "code_pattern": "code ~ '^it''s$'",
        "at_gt": "at > '2026-01-01 00:00:00+00:00'",
        "wait_lt": "wait < interval '90 seconds 0 microseconds'",
        "part_min": '"Teil Nr" >= 0',
    }


def test_many_to_many_with_itself() -> None:
    many = of("models: {User: {many: {friends: {to: User, inverse: false}}}}").models[0].manys[0]
    assert [it for it, _ in (*many.local, *many.remote)] == ["user_id", "friend_id"]
    assert (many.table, many.inverse) == ("user_friends", None)


def test_defaults_of_the_api() -> None:
    spec = of("""
      models:
        Thing:
          fields:
            a: {type: int, unique: true}
            b: {type: int, optional: true, index: true}
            c: {type: bool}
            d: {type: json, index: gin}
            e: {type: text, unique: true, access: write_only}
            limit: {type: int, unique: true}
            f: float
    """)
    api = spec.models[0].api
    assert api.ops == ("list", "get", "create", "update", "replace", "delete", "bulk_create")
    assert names(api.filter) == ["a", "b", "c"]
    assert names(api.sort) == ["id", "created_at", "a", "b", "limit"]
    assert (api.page, api.default_sort) == ("cursor", ())


def test_versions() -> None:
    spec = of("models: {A1: {version: true, fields: {row_version_of: int}}, B1: {}}")
    one, other = spec.models
    assert names(one.fields) == ["id", "row_version_of", "row_version", "created_at", "updated_at"]
    version = one.by_name["row_version"]
    assert (version.type.name, version.server_default, version.optional) == ("int", "1", False)
    assert not any((version.readable, version.creatable, version.updatable))
    assert (one.version, other.version) == (True, False)
    assert "row_version" not in other.by_name


def test_a_version_is_no_amount_of_a_transfer() -> None:
    payments = next(it for it in spec("versions").models if it.name == "Wallet").transfers
    assert [it.amount.name for it in payments] == ["cents"]


def test_an_export_is_asked_for() -> None:
    spec = of("models: {A1: {fields: {x: int}, api: {ops: [export, list]}}, B1: {}}")
    assert spec.models[0].api.ops == ("list", "export")
    assert "export" not in spec.models[1].api.ops


def test_fields_that_the_template_makes() -> None:
    spec = of("models: {A1: {}, B1: {pk: uuid4}, C1: {pk: identity}, D1: {pk: identity32}}")
    ids: list[Field] = [it.key[0] for it in spec.models]
    assert [(it.type.name, it.generated, it.identity) for it in ids] == [
        ("uuid", "uuid7", False),
        ("uuid", "uuid4", False),
        ("bigint", None, True),
        ("int", None, True),
    ]
    created = spec.models[0].by_name["created_at"]
    assert (created.type.name, created.server_default, created.generated) == (
        "timestamptz",
        "now()",
        "created_at",
    )
    assert not any(it.creatable for it in spec.models[0].fields)


def test_enums_with_descriptions() -> None:
    text = "enums: {Currency: {EUR: Euro, USD: US  dollar}, Kind: [a]}\nmodels: {Bin: {fields: {x: Currency, y: Kind}}}"
    currency, kind = of(text).enums
    assert (currency.values, currency.docs) == (("EUR", "USD"), ("Euro", "US dollar"))
    assert (kind.values, kind.docs) == (("a",), ())


def test_mixins() -> None:
    text = """
mixins:
  Dated: {on_date: date, class: {type: int, unique: true}}
  Owned: {owner: -> User}
  Idle: {x: int}
models:
  User: {mixins: [Dated], fields: {name: text}}
  Post: {mixins: [Owned, Dated], fields: {title: text}}
"""
    made = of(text)
    assert [(it.name, names(it.fields)) for it in made.mixins] == [("Dated", ["on_date", "class"])]
    assert made.warnings[-1] == "mixins.Idle: no model has it"
    post = model(made, "Post")
    assert names(post.fields)[:5] == ["id", "title", "owner_id", "on_date", "class"]
    assert [it.mixin for it in post.fields][:5] == [None, None, None, "Dated", "Dated"]
    assert [it.name for it in post.uniques] == ["uq_posts_class"]


def test_former_names() -> None:
    text = "models: {Bin: {was: Box, fields: {x: {type: int, was: y}, owner: {ref: Bin, optional: true, was: z}}}}"
    made = of(text).models[0]
    assert (made.was, made.by_name["x"].was, made.references[0].was) == ("Box", "y", "z")


def test_the_escape_hatch() -> None:
    text = "models: {Bin: {fields: {x: {type: {sql: 'bit(3)', python: str, example: '1'}}, y: {type: {sql: oid, python: int}}}}}"
    made = of(text).models[0]
    customs = [it.type.custom for it in made.fields if it.type.custom]
    assert [(it.sql, it.python, it.example) for it in customs] == [
        ("bit(3)", "str", "1"),
        ("oid", "int", None),
    ]


def test_a_unique_of_bytes_is_upserted_by_only_where_no_other_serves() -> None:
    fields = "x: {type: bytes, unique: true}, y: {type: text, unique: true}"
    both = "models: {Item: {fields: {%s}, api: {ops: [upsert]}}}"
    assert names(of(both % fields).models[0].api.upsert) == ["y"]
    assert names(of(both % fields.partition(", y")[0]).models[0].api.upsert) == ["x"]


def test_a_reference_names_its_column() -> None:
    made = of("models: {Lot: {fields: {b: {ref: Bid, column: bid}}}, Bid: {fields: {x: int}}}")
    (reference,) = made.models[0].references
    ((field, _),) = reference.columns
    assert (field.name, field.column) == ("b_id", "bid")
    assert (reference.constraint, made.models[0].indexes[0].name) == ("fk_lots_bid", "ix_lots_bid")
