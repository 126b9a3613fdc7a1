"""What the tests of the rendered service print: its factories, and facts of a resource."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from math import lcm
from textwrap import dedent

from ..language.bounds import breach as limit_of
from ..language.names import kebab
from ..language.spec import (
    Check,
    Embed,
    Field,
    Inverse,
    Many,
    Model,
    Pair,
    Reference,
    Spec,
    Transfer,
    Transition,
)
from ..language.types import info
from ..layout import (
    Group,
    assign,
    at,
    binary,
    call,
    chain,
    imports,
    linked,
    literal,
    prefixed,
    seq,
    signature,
    subscript,
)
from .conditions import Term, breach, terms
from .fields import parts_of
from .pairs import PairFactory, pair_path
from .resource import Link, Nested, Resource, ops
from .samples import imports_of, in_json, invalid, positions, sample, unfit, unit, unstorable
from .types import operators, python


class Factory:
    """How the tests make a row of a model."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.name = model.name
        self.singular = model.singular
        self.label = model.label
        # What a row refers to is made by its own factory; the rest of what may be sent, here.
        self.fields = _own(model)
        # Columns in which rows that a row refers to have to agree, or with its key.
        columns = [ours for reference in model.references for ours, _ in reference.columns]
        self.shared = {it for it in columns if it.key or columns.count(it) > 1}
        self.composite = "**shared(" in self.parents
        self.pair = PairFactory(model.pair) if model.pair else None
        self.both = self.pair if self.pair and self.pair.one is model else None
        places = positions(model)
        apart = {it for exclude in model.excludes for it in exclude.fields}
        self.samples = {
            it.attribute: sample(it, places.get(it.name, 0), apart=it in apart)
            for it in self.fields
        }

    @property
    def counts(self) -> bool:
        return any(re.search(r"(?<![\w.\"'])n(?![\w\"'])", str(it)) for it in self.samples.values())

    @cached_property
    def parents(self) -> str:
        """The code that makes what a row must refer to, unless that is given."""
        lines: list[str] = []
        known: set[Field] = set()
        for reference in self.model.references:
            if reference.optional or reference.target is self.model:
                continue
            missing = [(ours, theirs) for ours, theirs in reference.columns if ours not in known]
            if not missing:
                continue
            shared = [
                f'{theirs.attribute}="{ours.attribute}"'
                for ours, theirs in reference.columns
                if ours in self.shared and len(reference.columns) > 1
            ]
            own = [ours for ours, _ in missing if ours not in self.shared] or [missing[0][0]]
            lines.append(f'    if "{own[0].attribute}" not in given:')
            also = call("**shared", "given", *shared) if shared else None
            others: list[str | Group | None] = [also]
            if reference.unique and (pair := self.model.pair) and reference in pair.both:
                # That of a pair is taken already.
                back = pair.back if reference is pair.reference else pair.reference
                lines.append("        " + assign(8, "other", f"await create_{self.singular}(db)"))
                others = [_equal(it.attribute, "other", to.attribute) for it, to in back.columns]
            parent = call(f"await create_{reference.target.singular}", "db", *others)
            lines.append("        " + at(parent, 8, "parent = "))
            lines += [
                "        "
                + assign(8, f'given["{ours.attribute}"]', subscript("parent", theirs.attribute))
                for ours, theirs in reference.columns
            ]
            known |= {ours for ours, _ in reference.columns}
        return "\n".join(lines)

    @cached_property
    def values(self) -> str:
        pairs = [prefixed(f'"{name}": ', value) for name, value in self.samples.items()]
        return at(seq([*pairs, "**given"], "{}"), 4, "return ")

    @property
    def imports(self) -> list[str]:
        needed = [f"app.resources.{self.model.plural}.model:{self.name}"]
        for it in self.fields:
            needed += imports_of(it)
        return [*needed, *(self.pair.imports if self.pair else ())]


def factories(spec: Spec) -> tuple[str, list[Factory]]:
    """The import block of `tests/factories.py` and a factory a model."""
    made = [Factory(model) for model in spec.models]
    needed = {
        *("collections:Counter", "typing:Any", "sqlalchemy as sa"),
        *("pydantic_core:to_jsonable_python", "app.database:Database", "app.database:Record"),
        "app.database.base:Base",
        *(it for factory in made for it in factory.imports),
    }
    return imports(needed), made


class Tests:
    """Facts of a resource that its tests print."""

    def __init__(self, resource: Resource) -> None:
        self.r = resource
        self.model = model = resource.model
        self.ops = resource.ops
        self.hidden = [it.name for it in model.fields if it.creatable and not it.readable]
        self.required = [it.name for it in model.fields if it.required]
        self.optional = any(it.creatable and not it.required for it in model.fields)
        self.replaced = [it.name for it in model.fields if it.updatable]
        # An optional reference is left out of the samples, and one column of several can't
        # be changed by itself; nor can one of an expression that keeps rows apart.
        joined = [it for exclude in model.excludes for it in exclude.joined]
        self.changeable = [
            it.name
            for it in model.fields
            if it.updatable
            and it not in joined
            and it.readable
            and (it.reference is None or (_sampled(it) and len(it.reference.columns) == 1))
        ]
        self.invalid = [
            (it.name, bad) for it in _own(model) for bad in [*invalid(it), *self._unreachable(it)]
        ]
        self.fractions = [
            it.name for it in model.fields if it.creatable and _is_fraction(it, model)
        ]
        sorts = [it.name for it in model.api.sort]
        self.unsorted = _first_but(sorts, model)
        self.unfiltered = _first_but([it.name for it in model.api.filter], model)
        self.sorts = [*sorts, *(f"{a},-{b}" for a, b in pairwise(sorts))]
        self.bad_sorts = [
            (it.name, bad)
            for it in model.api.sort
            if resource.cursor and _sampled(it) and (bad := unstorable(it))
        ]
        self.order = _sorting(model) if "list" in self.ops else []
        self.tie = _tie(model) if self.order else ""
        self.unseen = [it.name for it in model.fields if not it.readable]
        self.untaken = [it.name for it in model.fields if not it.creatable and not it.computed]
        self.fixed = [it.name for it in model.fields if not it.updatable]
        self.stamped = any(it.generated == "updated_at" and it.readable for it in model.fields)
        # A part of the key, and a difference that its column has no room for.
        self.rounded = [
            (it.attribute, unit(it) / 10)
            for it in model.key
            if it.type.name == "decimal" and it.type.precision is not None
        ]
        self.uuid7 = [it.name for it in model.fields if it.generated == "uuid7" and it.readable]
        self.refused = _refused(model)
        self.unasked = _unasked(self.ops, {"list": "GET", "create": "POST"})
        methods = {"update": "PATCH", "replace": "PUT", "delete": "DELETE"}
        served = self.ops | ({"replace"} if resource.upsert else set())  # both are a PUT
        of_one = {"get": "GET", **methods} if model.key else {}
        self.unasked_of_one = _unasked(served, of_one)
        nulls = [f"{it.attribute}=None" for it in model.api.sort if it.optional and it.creatable]
        self.create_nulls = at(call("await create", "db", *nulls), 8) if nulls else ""
        self.computed = [it.name for it in model.fields if it.computed is not None and it.readable]
        self.formulas = [(it.attribute, literal(it.computed)) for it in model.fields if it.computed]
        self.padded = [it.name for it in model.fields if _is_padded(it, model)]
        changed = ["field", *(literal(it) for it in ("updated_at", *self.computed))]
        self.changed = at(seq(changed, "{}"), 4, "changed = ") if self.computed else ""
        sampled = [it for it in model.api.filter if _sampled(it)]
        asked = [(it.name, by.name) for it in sampled for by in operators(it)]
        self.filters = [name for name, by in asked if by == ""]
        self.operators = [f"{name}__{by}" for name, by in asked if by not in ("", "isnull")]
        self.bad_filters = [(it.name, bad) for it in sampled if (bad := unstorable(it))]
        self.bad_filters = [it for it in self.bad_filters if it[0] in self.filters]
        self.bad_filters += [(it, r'"\\"') for it in self.operators if it.endswith("__ilike")]
        searched = [it.field for it in resource.searches if _sampled(it.field)]
        self.searches = [it.attribute for it in searched if it.type.name != "tsvector"]
        self.vectors = [it.attribute for it in searched if it.type.name == "tsvector"]
        self.null_filters = [
            (it.name, it.attribute) for it in model.api.filter if it.optional and it.creatable
        ]
        caseless = [it for it in model.fields if it.type.name == "citext" and not it.type.array]
        self.caseless_filters = [it.name for it in caseless if it.name in self.filters]
        self.caseless_uniques = [
            it.name for it in caseless if it.creatable and it.readable and (it,) in _groups(model)
        ]
        self.pages = "pages" if resource.cursor else "offset_pages"
        self.unknown = literal("/".join([resource.path, *map(_unknown, model.key)]))
        # What a row requires, and is required by, is a row of each more.
        self.both = model.pair.both if model.pair else ()
        self.more = 1 if model.pair else 0
        self.pair = PairTest(model.pair, self.r) if self.r.pair and model.pair else None
        self.stays = _is_held(model)
        self.links = [LinkTest(it) for it in resource.links]
        self.nested = [NestedTest(it, model) for it in resource.nested]
        self.moves = [MoveTest(it, model) for it in resource.transfers]
        self.steps = [StepTest(it, model) for it in resource.transitions]
        self.embeds = [EmbedTest(it, model) for it in model.api.embed if resource.embeds]
        self.embed_statements = sum(it.statements - 1 for it in self.embeds) + 1
        self.embed_names = self.names([it.name for it in self.embeds])

        batched = self.ops & {"bulk_update", "bulk_delete"}
        self.batch = BatchTest(self) if batched else None
        self.upsert = UpsertTest(self) if resource.upsert else None
        self.guarded = [methods[it] for it in methods if resource.locked and it in self.ops]
        self.guarded = [it for it in self.guarded if it != "DELETE" or not self.stays]
        # A PATCH changes nothing where the samples have no field that can change.
        changes = any(it.updatable and _sampled(it) for it in model.fields)
        self.counted = [it for it in self.guarded if changes or it != "PATCH"]
        # A reference that the key is part of can be replaced by one with the same part only.
        self.tied = ""
        if any(it.updatable and it.reference and _has_key(it.reference) for it in model.fields):
            pairs = [_pair(it.attribute, "row", it) for it in model.key]
            self.tied = at(seq(pairs, "{}"), 4, "given = ")

    def test(self, name: str, *parameters: str, database: bool = True) -> str:
        """The first line or lines of a test."""
        fixtures = ["client: AsyncClient", *(["db: Database"] if database else [])]
        return signature(0, f"async def test_{name}", [*fixtures, *parameters], "None")

    def parametrize(self, name: str, values: list[str]) -> str:
        return at(call("@pytest.mark.parametrize", literal(name), names(values)), 0)

    def names(self, values: list[str]) -> Group:
        return names(values)

    def _unreachable(self, it: Field) -> list[str]:
        """Texts that no path to a row can have."""
        schemas = self.r.schemas
        words = ["a/b", "..", *schemas.reserved(it)] if schemas.in_path(it) else []
        return list(map(literal, words))

    def cases(self, names: str, pairs: list[tuple[str, str]]) -> str:
        """`parametrize` with a name and the code of a value."""
        cases = [seq([literal(name), value], "()") for name, value in pairs]
        return at(call("@pytest.mark.parametrize", names, seq(cases)), 0)

    @property
    def defaults(self) -> str:
        """What a create leaves to the models."""
        pairs = [
            prefixed(f"{literal(it.name)}: ", code)
            for it in self.model.fields
            if it.readable and it.has_default and (code := in_json(it)) is not None
        ]
        # Of empty lists alone, mypy can't tell what they are lists of.
        empty = all(str(it).endswith((": []", ": {}")) for it in pairs)
        name = "defaults: dict[str, object]" if empty else "defaults"
        return assign(4, name, seq(pairs, "{}")) if pairs else ""

    @property
    def null_cases(self) -> str:
        cases = [seq(map(literal, it), "()") for it in self.null_filters]
        return at(call("@pytest.mark.parametrize", '("field", "attribute")', seq(cases)), 0)

    @property
    def key(self) -> str:
        pairs = [_pair(it.name, "row", it) for it in _told_by(self.model)]
        return at(call("as_json", seq(pairs, "{}")), 4, "return ")

    @property
    def path(self) -> str:
        return at(call("path", "PATH", *_key_of(self.model, "row")), 4, "return ")

    @cached_property
    def uniques(self) -> list[Taken]:
        """What two creates can clash in: each unique, and the key if it is sent."""
        model = self.model
        sampled = {it for it in model.fields if it.creatable and _sampled(it)}
        found = [Taken(group, model) for group in _groups(model) if sampled.issuperset(group)]
        for unique in model.uniques:
            fits = sampled.issuperset(unique.fields)
            if unique.where is not None and fits:
                found += _partial(unique.fields, unique.where, model, sampled)
            elif unique.nulls_not_distinct and all(it.creatable for it in unique.fields):
                found.append(Taken(unique.fields, model, nulls=True))
        for exclude in model.excludes:
            same = all(it.operator in ("=", "&&") for it in exclude.elements)
            if same and sampled.issuperset(exclude.fields):
                found += _partial(exclude.fields, exclude.where, model, sampled)
        return found

    def most(self, rows: int) -> int:
        """So many rows of samples, or how many fit beside each other."""
        return min([rows, *_room(self.model, set())])

    @cached_property
    def freed(self) -> list[Taken]:
        """Those that a deleted row leaves to others."""
        return [it for it in self.uniques if it.name != "key" and not it.given]

    @cached_property
    def breaches(self) -> list[Breach]:
        """Checks that a create can break, in a way that shows."""
        model = self.model
        sampled = {it for it in model.fields if it.creatable and _sampled(it)}
        found = ((it, breach(model, it.sql, sampled)) for it in model.checks if not it.field)
        return [Breach(check, *made) for check, made in found if made]

    @property
    def clashes(self) -> bool:
        """Two rows of the same values clash, whatever else they are."""
        return any(not it.given for it in self.uniques)

    @cached_property
    def references(self) -> list[Dangling]:
        """References that a create can send to a row that isn't there."""
        found = [Dangling(it, self.model) for it in self.model.references]
        return [it for it in found if it.fields]

    @cached_property
    def halves(self) -> list[Half]:
        """Optional references that must be sent as a whole."""
        found = [Half(it) for it in self.model.references]
        return [it for it in found if it.parts and all(part.creatable for part in it.parts)]

    @cached_property
    def deletions(self) -> list[Deletion]:
        return [
            Deletion(it)
            for it in self.model.references
            if "delete" in ops(it.target)
            and it.on_delete != "set_default"
            and not (it.on_delete == "cascade" and self.stays and it not in self.both)
            and not it.target.soft_delete
        ]

    @cached_property
    def imports(self) -> str:
        model = self.model
        needed = {
            "typing:Any",
            "httpx:AsyncClient",
            "app.database:Database",
            "app.database:Record",
            "tests:factories",
        }
        uses = {
            "asyncpg:IntegrityConstraintViolationError": self.refused,
            "decimal:Decimal": any("Decimal(" in str(value) for _, value in self.refused)
            or ("get" in self.ops and self.rounded),
            "datetime as dt": any("dt." in str(value) for _, value in self.refused),
            "pytest": self.steps
            or self.refused
            or self.formulas
            or self.unasked
            or self.unasked_of_one
            or "list" in self.ops
            or ("create" in self.ops and (self.invalid or self.required or self.padded))
            or self.ops & {"count", "export"}
            or self.guarded
            or (self.upsert and self.upsert.cases)
            or (self.batch and model.version)
            or ("update" in self.ops and self.changeable),
            "tests.checks:path": model.key or self.nested or self.deletions,
            "sqlalchemy as sa": True,
            "tests.factories:as_json": True,
            "tests.filters:asked": "list" in self.ops and self.operators,
            "operator:itemgetter": self.order,
            "tests.checks:forged": "list" in self.ops and self.bad_sorts,
            "tests.checks:opposite": self.ops & {"list", "export"} and self.sorts,
            "tests.checks:assert_invalid": self.ops
            & {"count", "create", "list", "update", "export"}
            or self.embeds
            or self.moves
            or self.steps
            or self.upsert,
            "tests.checks:assert_problem": "export" in self.ops
            or self.guarded
            or self.moves
            or self.upsert
            or self.batch
            or any(it.refused for it in self.steps)
            or ("bulk_create" in self.ops and self.clashes),
            "tests.checks:quoted": "export" in self.ops,
            "json": "export" in self.ops,
            "httpx:Response": "export" in self.ops,
            "asyncio": "PATCH" in self.counted
            or self.moves
            or self.upsert
            or "bulk_update" in self.ops,
            "tests.checks:assert_conflict": (
                "create" in self.ops and (self.uniques or self.references)
            )
            or (self.r.restores and self.freed)
            or (self.upsert and (self.upsert.uniques or self.references)),
            "tests.checks:assert_unknown": self.ops & {"get", "update", "replace", "delete"}
            or self.nested
            or self.links
            or self.moves
            or self.steps,
            "tests.checks:scalar": self.ops
            & {"create", "bulk_create", "bulk_delete", "upsert", "delete"}
            or (self.batch and model.version)
            or self.deletions
            or self.guarded
            or self.formulas
            or self.links,
            f"tests.checks:{self.pages}": "list" in self.ops
            or not all(it.one for it in self.nested),
        }
        needed |= {name for name, used in uses.items() if used}
        needed.add(f"app.resources.{model.plural}.model:{model.name}")
        for link in self.links:
            many = link.link.many
            needed.add(f"app.resources.{many.model.plural}.model:{many.variable}")
        for nested in self.nested:
            needed |= set(nested.imports)
        for embed in self.embeds:
            needed |= set(embed.imports)
        if any(it.more for it in self.embeds):
            needed |= {"pytest", "app.lists:embeds"}
        if self.embeds and "list" in self.ops:
            needed.add("tests.statements:statements")
        for move in self.moves:
            needed |= {*move.imports, "pytest"}
        if "create" in self.ops:
            needed.add("tests.checks:commits_fail")
        if self.pair:
            needed |= set(self.pair.imports)
        return imports(needed)


def _refused(model: Model) -> list[tuple[str, str]]:
    """Attributes with what their column's NOT NULL or CHECK keeps out."""
    if not model.managed or model.pair:
        return []
    return [(it.attribute, bad) for it in _own(model) for bad in unfit(it)]


def _own(model: Model) -> list[Field]:
    """What a create may send, but for what refers to others."""
    return [it for it in model.fields if it.creatable and it.reference is None]


def _unasked(ops: Set[str], methods: dict[str, str]) -> list[str]:
    return [method for op, method in methods.items() if op not in ops]


def _first_but(names: list[str], model: Model) -> list[str]:
    """A field that isn't among `names`, where there is one."""
    taken = {*names, "sort", "limit", "cursor", "offset", "embed", "search"}
    return [it.name for it in model.fields if it.readable and it.name not in taken][:1]


class PairTest:
    """What is created with the other that requires it."""

    def __init__(self, pair: Pair, resource: Resource) -> None:
        reference, back = pair.reference, pair.back
        self.name, self.other = reference.name, back.model
        self.path = f'f"{{PATH}}/{pair_path(pair)}"'
        self.without = seq(literal(it.name) for it, _ in reference.columns)
        self.other_without = seq(literal(it.name) for it, _ in back.columns)
        criteria = [
            binary(
                f"{it.model.name}.{ours.attribute}", "==", f"{it.target.name}.{theirs.attribute}"
            )
            for it in (reference, back)
            for ours, theirs in it.columns
        ]
        self.both = linked(call("sa.select", "sa.func.count()"), call("where", *criteria))
        self.imports = [f"app.resources.{self.other.plural}.model:{self.other.name}"]


def _is_held(model: Model) -> bool:
    """Whether the tests' row can't be deleted, for the other that refers to it."""
    if model.pair is None or model.soft_delete:
        return False
    to = model.pair.back if model.pair.reference.model is model else model.pair.reference
    return to.on_delete != "cascade"


class BatchTest:
    """Requests that name many rows by their keys."""

    def __init__(self, tests: Tests) -> None:
        model = tests.model
        pairs = [f'"{it.name}": {_unknown_json(it)}' for it in model.key]
        self.unknown = seq(pairs, "{}")
        nulls = [
            f'"{it.name}": None'
            for it in model.fields
            if it.updatable and it.optional and it.reference is None
        ]
        self.nulls = at(seq(nulls, "{}"), 8)
        sent = {it for it in model.fields if it.updatable}
        self.uniques = [it for it in tests.uniques if not it.given and sent.issuperset(it.fields)]
        self.kept = [
            Kept(it.reference)
            for it in model.inverses
            if it.reference.on_delete in ("restrict", "no_action")
            and it.reference.model is not model
            and not model.soft_delete
        ]
        methods = {"bulk_update": "PATCH", "bulk_delete": "DELETE"}
        listed = [methods[it] for it in methods if it in tests.ops]
        self.methods = tests.parametrize("method", listed)


class Kept:
    """A reference that keeps a row from being deleted."""

    def __init__(self, reference: Reference) -> None:
        self.referrer = reference.model.singular
        self.name = f"the_{reference.name}_of_{reference.model.plural}"
        self.given = at(_given(reference), 4, "given = ")


class UpsertTest:
    """A PUT that makes or replaces a row."""

    def __init__(self, tests: Tests) -> None:
        upsert = tests.r.upsert
        assert upsert is not None
        model, key = tests.model, upsert.key
        self.by = [it.name for it in key.fields]
        parts = [subscript("body", it) for it in self.by]
        self.url = at(call("path", "PATH", *map(literal, upsert.fixed), *parts), 4, "url = ")
        self.given = at(
            seq([_pair(it.attribute, "row", it) for it in key.fields], "{}"), 4, "given = "
        )
        self.is_key = key.fields == model.key
        self.kept = [it.name for it in upsert.schemas.upsert if not it.updatable and it.readable]
        self.required = [
            it.name
            for it in upsert.schemas.upsert
            if it.required or (it.updatable and it.server_default is not None and not it.optional)
        ]
        self.invalid = [it for it in tests.invalid if it[0] not in self.by]
        self.uniques = [it for it in tests.uniques if not {*key.fields} <= {*it.fields}]
        self.bad_keys = [
            (name, it.name, bad)
            for it, name in zip(key.fields, key.names, strict=True)
            for bad in invalid(it)
            if bad.startswith('"x" * ') or (len(bad) > 4 and bad.isdigit())
        ]
        self.cases = self.required or self.invalid or self.bad_keys

    @property
    def invalid_cases(self) -> str:
        cases = [seq([literal(name), value], "()") for name, value in self.invalid]
        return at(call("@pytest.mark.parametrize", '("field", "value")', seq(cases)), 0)

    @property
    def bad_key_cases(self) -> str:
        cases = [seq([literal(a), literal(b), value], "()") for a, b, value in self.bad_keys]
        names = '("parameter", "field", "value")'
        return at(call("@pytest.mark.parametrize", names, seq(cases)), 0)


class Taken:
    """A group of fields whose values another row has."""

    def __init__(
        self,
        fields: tuple[Field, ...],
        model: Model,
        *,
        terms: Sequence[Term] = (),  # of a condition
        nulls: bool = False,  # that are equal
    ) -> None:
        self.name = "_and_".join(it.name for it in fields)
        if fields == model.key:
            self.name = "key"
        elif len(self.name) > 45:
            self.name = f"{fields[0].name}_and_{len(fields) - 1}_more"
        self.fields = fields
        self.field = fields[0].name
        self.given = [f"{it.field.attribute}={it.yes}" for it in terms]
        if nulls:
            self.name += "_of_nulls"
            self.given = [f"{it.attribute}=None" for it in fields if it.optional]
        used = not nulls or not all(it.optional for it in fields)
        self.row = at(call("await create", "db", *self.given), 4, "row = " if used else "")
        pairs = [
            f'"{it.attribute}": None' if nulls and it.optional else _pair(it.attribute, "row", it)
            for it in fields
        ]
        more = [f'"{it.field.attribute}": {it.yes}' for it in terms if it.field not in fields]
        self.values = at(seq([*pairs, *more], "{}"), 4, "taken = ")
        # A change of what the condition is about, and nothing is taken any more.
        other = next((it for it in terms if it.field not in fields), None)
        self.free = ""
        if other is not None and (other.no or _sampled(other.field)):
            pairs += [
                f'"{it.field.attribute}": {it.no if it is other else it.yes}'
                for it in terms
                if it.field not in fields and (it is not other or it.no)
            ]
            self.free = at(seq(pairs, "{}"), 4, "free = ")


class Breach:
    """A value that breaks a check of the model."""

    def __init__(self, check: Check, field: Field, value: str) -> None:
        self.name = check.name
        self.field = field.name
        self.body = assign(4, f'body["{field.name}"]', value)


class Dangling:
    """A reference to nothing."""

    def __init__(self, reference: Reference, model: Model) -> None:
        shared = {
            local
            for other in model.references
            if other is not reference
            for local, _ in other.columns
        }
        self.name = reference.name
        self.fields = [
            local for local, _ in reference.columns if local.creatable and local not in shared
        ]
        self.field = self.fields[0].name if self.fields else ""
        pairs = [f'"{it.name}": {_unknown_json(it)}' for it in self.fields]
        self.values = at(seq(pairs, "{}"), 4, "body |= ")


class Half:
    """A reference of which a part is null."""

    def __init__(self, reference: Reference) -> None:
        self.name = reference.name
        self.parts = parts_of(reference)
        self.names = names([it.name for it in self.parts])
        self.updatable = all(it.updatable for it in self.parts)
        target = reference.target
        own = target is reference.model
        self.create = "create" if own else f"factories.create_{target.singular}"
        self.given = at(_given(reference), 4, "given = ")


class Deletion:
    """What becomes of a row when the one that it refers to is deleted."""

    def __init__(self, reference: Reference) -> None:
        self.name = reference.name
        self.create = "create"
        if reference.target is not reference.model:
            self.create = f"factories.create_{reference.target.singular}"
        self.given = at(_given(reference), 4, "given = ")
        self.path = at(
            call("path", literal(reference.target.api.path), *_key_of(reference.target, "parent")),
            4,
            "parent_path = ",
        )
        pair = reference.model.pair
        paired = pair.both if pair else ()
        self.taken = reference.unique and reference in paired
        self.left = 1 + (
            reference.target is reference.model or (reference in paired and not self.taken)
        )
        self.action = {
            "cascade": "deletes_it",
            "set_null": "leaves_it",
            "restrict": "is_refused",
            "no_action": "is_refused",
        }[reference.on_delete]
        attribute = f"{reference.model.name}.{reference.columns[0][0].attribute}"
        self.left_with = assign(4, "column", call("sa.select", attribute))


class NestedTest:
    """A list of a row of another model."""

    def __init__(self, nested: Nested, model: Model) -> None:
        self.function = nested.function
        self.one = nested.one
        self.create = "create" if nested.of is model else f"factories.create_{nested.of.singular}"
        last = literal(nested.path.rsplit("/", 1)[1])
        base = literal(nested.of.api.path)
        self.path = at(call("path", base, *_key_of(nested.of, "parent"), last), 4, "nested_path = ")
        unknown = "/".join([nested.of.api.path, *map(_unknown, nested.of.key)])
        self.unknown = at(call("path", literal(unknown), last), 4, "nested_path = ")
        self.more = 1 if model.pair and nested.reference in model.pair.both else 0
        self.given = self.associate = ""
        self.rows, self.ordered = 2, True
        self.imports: list[str] = []
        self.deletion = ""
        if nested.of.soft_delete:
            self.deletion = _deletion(nested.of, _key_of(nested.of, "parent"))
            self.imports.append(f"app.resources.{nested.of.plural}.model:{nested.of.name}")
        if nested.reference is not None:
            self.given = at(_given(nested.reference), 4, "given = ")
            self.rows = 2 if _together(model, nested.reference, 2) else 1
            self.ordered = _together(model, nested.reference, 4)
        elif nested.many is not None:
            many = nested.many
            sides = ("row", "parent") if nested.declared else ("parent", "row")
            self.associate = _associated(many, *sides)
            if many.through is None:
                self.imports.append(f"app.resources.{many.model.plural}.model:{many.variable}")


def _associated(many: Many, local: str, remote: str) -> str:
    """The code that joins the row `local`, of the declaring model, to `remote`."""
    if many.through is None:
        pairs = [_pair(name, local, it) for name, it in many.local]
        pairs += [_pair(name, remote, it) for name, it in many.remote]
        values = at(seq(pairs, "{}"), 8, "pair = ")
        insert = linked(call("sa.insert", many.variable), call("values", "pair"))
        statement = insert.at(8, "statement = ")
        return f"{values}\n        {statement}\n        await db.execute(statement)"
    assert many.through_local is not None
    assert many.through_remote is not None
    pairs = [_pair(a.attribute, local, b) for a, b in many.through_local.columns]
    pairs += [_pair(a.attribute, remote, b) for a, b in many.through_remote.columns]
    values = at(seq(pairs, "{}"), 8, "pair = ")
    create = call(f"await factories.create_{many.through.singular}", "db", "**pair")
    return f"{values}\n        {create.at(8)}"


class EmbedTest:
    """A relation, with a row to have and one to be had."""

    def __init__(self, embed: Embed, model: Model) -> None:
        relation, target = embed.relation, embed.target
        self.name, self.one, self.optional = embed.name, embed.one, embed.optional
        self.statements = 1 if embed.one else 2
        self.imports: list[str] = []
        make = "await create" if target is model else f"await factories.create_{target.singular}"
        ours, theirs = "row = await create(db)", f"other = {make}(db)"
        self.none = ours
        if isinstance(relation, Reference):
            given = at(_given(relation, "other"), 8, "given = ")
            lines = [theirs, given, "row = await create(db, **given)"]
            missing = [f"{it.attribute}=None" for it, _ in relation.columns if it.optional]
            self.none = at(call("await create", "db", *missing), 4, "row = ")
            self.optional = relation.optional
        elif isinstance(relation, Inverse):
            reference = relation.reference
            given = at(_given(reference, "row"), 8, "given = ")
            lines = [ours, given, f"other = {make}(db, **given)"]
        else:
            sides = ("row", "other") if embed.declared else ("other", "row")
            lines = [ours, theirs, _associated(relation, *sides)]
            if relation.through is None:
                self.imports.append(f"app.resources.{relation.model.plural}.model:{relation.table}")
        self.lines = "\n        ".join(lines)
        self.once = dedent(f"        {self.lines}").replace("\n", "\n    ")
        # Another one for the same row, where that is sure to be had.
        self.more = ""
        inverse = relation if isinstance(relation, Inverse) and not embed.one else None
        if inverse and _together(target, inverse.reference, 2):
            given = at(_given(inverse.reference, "row"), 4, "given = ")
            many = [ours, given, "for _ in range(2):", f"    {make}(db, **given)"]
            self.more = "\n    ".join(many)
        key = _key_of(target, "other")
        self.path = at(call("path", literal(target.api.path), *key), 8, "other_path = ")
        self.read = "get" in ops(target)
        pairs = seq((_pair(it.name, "other", it) for it in _told_by(target)), "{}")
        self.key = at(call("as_json", pairs), 8, "key = ")
        gone = [(target, [key])] if target.soft_delete else []
        if isinstance(relation, Many) and relation.through and relation.through.soft_delete:
            gone.append((relation.through, []))
        self.deletions = [(it.singular, _deletion(it, *keys)) for it, keys in gone]
        self.imports += [f"app.resources.{it.plural}.model:{it.name}" for it, _ in gone]


def _told_by(model: Model) -> Sequence[Field]:
    """The fields by which a row is found among those of an answer."""
    shown = (it for it in model.fields if it.creatable and it.readable and info(it.type).key)
    # Of rows that may be equal, what JSON and PostgreSQL tell apart alike.
    return model.order_key or [it for it in shown if not it.type.array]


def _deletion(model: Model, *keys: list[Group]) -> str:
    """The statement that deletes the row of a key, or all rows, softly."""
    parts = [
        call("where", *(binary(f"{model.name}.{it.attribute}", "==", to) for it, to in same))
        for same in (zip(model.key, key, strict=True) for key in keys)
    ]
    gone = call("values", deleted_at="sa.func.now()")
    return chain(4, "deletion = ", call("sa.update", model.name), *parts, gone)


class LinkTest:
    """The pairs of a many-to-many relation, at its declaring model."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.name = link.many.name
        self.table = link.many.variable
        self.target = link.many.target.singular
        base, kind = literal(link.many.model.api.path), literal(kebab(link.many.name))
        ours = _key_of(link.many.model, "row")
        theirs = _key_of(link.many.target, "other")
        self.path = at(call("path", base, *ours, kind, *theirs), 4, "link = ")
        unknown = [literal(_unknown(it)) for it in link.many.target.key]
        self.unknown = at(call("path", base, *ours, kind, *unknown), 4, "link = ")


class StepTest:
    """A transition: each move of it, and one that isn't allowed."""

    def __init__(self, transition: Transition, model: Model) -> None:
        field = transition.field
        enum = field.type.enum
        assert enum is not None
        self.name = transition.name
        self.field, self.attribute = field.name, field.attribute
        last = literal(kebab(transition.name))
        base = literal(model.api.path)
        self.path = at(call("path", base, *_key_of(model, "row"), last), 4, "step = ")
        unknown = "/".join([model.api.path, *map(_unknown, model.key)])
        self.unknown = at(call("path", literal(unknown), last), 4, "step = ")
        moves = [(a, b) for a, after in transition.moves.items() for b in after]
        every = [(a, b) for a in enum.values for b in enum.values]
        self.allowed = _moves(moves)
        self.refused = _moves([it for it in every if it not in moves])
        self.first = literal(moves[0][1])
        given = f"{field.attribute}={literal(moves[0][0])}"
        self.given = at(call("await create", "db", given), 4, "row = ")
        self.body = assign(4, "body", seq([f"{literal(field.name)}: {self.first}"], "{}"))
        self.tags = model.version


def _moves(pairs: list[tuple[str, str]]) -> str:
    if not pairs:
        return ""
    cases = seq(seq(map(literal, it), "()") for it in pairs)
    return at(call("@pytest.mark.parametrize", '("before", "after")', cases), 0)


class MoveTest:
    """A transfer, with 100 on either side to begin with."""

    def __init__(self, transfer: Transfer, model: Model) -> None:
        field, log = transfer.field, transfer.log
        exact = python(field.type) == "Decimal"
        source, target = transfer.source.columns, transfer.target.columns
        amount = transfer.amount
        self.name = transfer.name
        self.constant = transfer.name.upper()
        self.path = literal(f"{model.api.path}/{kebab(transfer.name)}")
        self.log, self.log_table = log.singular, log.name
        sides = call("await balances", "db", literal(field.attribute), "first", "second")
        self.left = assign(4, "left", sides)
        self.start = 'Decimal("100.00")' if exact else "100"
        self.one = "Decimal(1)" if exact else "1"
        same = [_equal(it.attribute, "first", it.attribute) for it in transfer.same]
        self.first = at(
            call("await create", "db", f"{field.attribute}={self.start}"), 4, "first = "
        )
        self.second = at(
            call("await create", "db", f"{field.attribute}={self.start}", *same), 4, "second = "
        )
        self.signature = signature(
            0,
            f"async def {transfer.name}_body",
            ["db: Database", "source: Record", "target: Record"],
            "dict[str, Any]",
        )
        self.values = at(
            call(
                f"await factories.{log.singular}_values",
                "db",
                *(_equal(ours.attribute, "source", it.attribute) for ours, it in source),
                *(_equal(ours.attribute, "target", it.attribute) for ours, it in target),
                f"{amount.attribute}={self.one}",
            ),
            4,
            "values = ",
        )
        self.target, self.amount = target[0][0].name, amount.name
        pairs = [f'"{ours.name}": {_unknown_json(it)}' for ours, it in target]
        self.unknown = at(seq(pairs, "{}"), 4, "body |= ")
        if len(target) == 1:
            self.unknown = assign(4, f'body["{self.target}"]', _unknown_json(model.key[0]))
        bad = ["0", "-1", "NaN", "Infinity", "1e400", "one"] if exact else []
        self.bad_amounts = [literal(it) for it in bad] or ["0", "-1", '"one"', "1.5", "2**63"]
        self.too_much: str | None = None
        if transfer.floor is not None:
            beyond = 101 - transfer.floor
            self.too_much = literal(str(beyond)) if exact else str(beyond)
        self.request_key = transfer.request_key.name
        self.same = [(it.name, _other(it)) for it in transfer.same if it.type.enum]
        self.imports = [f"app.resources.{log.plural}.model:{log.name}"]
        self.imports += ["decimal:Decimal"] if exact else []
        enums = [it.type.enum for it in transfer.same if it.type.enum]
        self.imports += [f"app.enums:{it.name}" for it in enums]

    @property
    def bad_cases(self) -> str:
        return at(call("@pytest.mark.parametrize", '"amount"', seq(self.bad_amounts)), 0)


def _other(field: Field) -> str:
    """The code of a row whose `field`, an enum, is not that of `first`."""
    assert field.type.enum is not None
    values = f'it for it in {field.type.enum.name} if it != first["{field.attribute}"]'
    value = Group(f"{field.attribute}=next(", (values,), ")")
    return at(call("await create", "db", value), 4, "second = ")


def _pair(key: str, variable: str, field: Field) -> str | Group:
    return prefixed(f'"{key}": ', subscript(variable, field.attribute))


def _equal(name: str, variable: str, key: str) -> str | Group:
    return prefixed(f"{name}=", subscript(variable, key))


def names(values: list[str]) -> Group:
    return seq(map(literal, values))


def _groups(model: Model) -> list[tuple[Field, ...]]:
    """The key and the uniques of all rows."""
    groups = [model.key, *(it.fields for it in model.unique_constraints)]
    return list(dict.fromkeys(it for it in groups if it))


def _together(model: Model, reference: Reference, rows: int) -> bool:
    """Whether so many samples in a row can be stored that refer to the same one."""
    shared = {ours for ours, _ in reference.columns}
    sampled = {it for it in model.fields if it.creatable and _sampled(it)}
    uniques = [(it.fields, it.where, it.nulls_not_distinct) for it in model.uniques]
    for fields, where, nulls in [(model.key, None, False), *uniques]:
        rest = [it for it in fields if it not in shared]
        null = any(it.optional and not _sampled(it) for it in rest)
        if not fields or any(_varies(it, rows) for it in rest) or (null and not nulls):
            continue
        known = terms(model, where, sampled) if where else None
        if not any(_untrue(it, sampled) for it in known or []):
            return False
    return True


def _varies(field: Field, rows: int) -> bool:
    """Whether so many samples in a row have different values of the field."""
    values = _values(field)
    return values is None or values >= rows


def _room(model: Model, known: set[Model]) -> list[int]:
    """How many samples the uniques have room for, and those of what each refers to."""
    known.add(model)
    groups = [[_values(it) for it in group] for group in _groups(model)]
    found = [lcm(*filter(None, it)) for it in groups if None not in it]
    for reference in model.references:
        if not reference.optional and reference.target not in known:
            found += _room(reference.target, known)
    return found


def _values(field: Field) -> int | None:
    """After how many samples the values of the field come again, where that is soon."""
    if not field.creatable or not _sampled(field):
        automatic = field.identity or field.serial or field.computed is not None
        return None if automatic or field.generated or field.optional else 1
    if field.type.enum and field.reference is None:
        return len(field.type.enum.values)
    return 1 if field.type.name == "bool" else None


def _untrue(term: Term, sampled: set[Field]) -> bool:
    """Whether no sample meets the term."""
    if term.yes == "None":
        return term.field in sampled
    return term.field.type.name == "bool" and term.yes == "False"


def _partial(
    fields: tuple[Field, ...], where: str | None, model: Model, sampled: set[Field]
) -> list[Taken]:
    found = terms(model, where, sampled) if where else []
    if found is None:
        return []  # PostgreSQL alone knows what rows it is about
    return [Taken(fields, model, terms=found)]


def _sampled(field: Field) -> bool:
    """A sample of the model has a value for the field."""
    reference = field.reference
    if field.optional and not field.creatable:
        return False
    return reference is None or not (reference.optional or reference.target is reference.model)


def _sorting(model: Model) -> list[str]:
    """The code that sorts `made` as lists are by default, where Python compares alike."""
    if not model.api.default_sort or model.pair or not model.key:
        return []
    terms = dict(model.api.default_sort)
    known = {"integer", "decimal", "text", "time"}
    if not all(_sampled(it) and it.creatable and info(it.type).family in known for it in terms):
        return []
    last = list(terms.values())[-1]
    if any(info(it.type).family not in {*known, "uuid"} for it in model.key):
        return []
    both = {**terms, **{it: last for it in model.key if it not in terms}}
    return [
        at(
            call(
                "made.sort",
                key=call("itemgetter", literal(it.attribute)),
                reverse="True" if down else None,
            ),
            4,
        )
        for it, down in reversed(both.items())
    ]


def _tie(model: Model) -> str:
    """The code that gives two rows the same of what they are ordered by first, if they may."""
    first, _ = model.api.default_sort[0]
    apart = [*_groups(model), *(it.fields for it in model.uniques)]
    apart += [it.fields for it in model.excludes]
    if any(first in it for it in apart) or any(not it.field for it in model.checks):
        return ""
    one, other = (subscript(f"rows[{place}]", first.attribute) for place in (0, 1))
    return assign(4, other.at(0), one)


def _is_padded(field: Field, model: Model) -> bool:
    """Text that may be shorter than its column, and whose sample fills that."""
    if field.type.name != "char" or field.type.array or not 1 < (field.type.length or 1) <= 60:
        return False
    shown = field.creatable and field.readable and field.reference is None
    return shown and not _ruled(field, model.checks)


def _is_fraction(field: Field, model: Model) -> bool:
    """A number with all of its digits behind the point, which may be 0."""
    whole = field.type.array or field.type.precision != field.type.scale
    if field.type.name != "decimal" or whole or limit_of(field, Decimal(0)):
        return False
    return not _ruled(field, [it for it in model.checks if not it.field])


def _ruled(field: Field, checks: Sequence[Check]) -> bool:
    """Whether one of `checks` names the field's column."""
    return any(re.search(rf"\b{field.column}\b", it.sql) for it in checks)


def _has_key(reference: Reference) -> bool:
    return any(ours.key for ours, _ in reference.columns)


def _given(reference: Reference, parent: str = "parent") -> Group:
    pairs = (_pair(a.attribute, parent, b) for a, b in reference.columns)
    return seq(pairs, "{}")


def _key_of(model: Model, variable: str) -> list[Group]:
    return [subscript(variable, it.attribute) for it in model.key]


def _unknown(field: Field) -> str:
    """A key of the field's type, as in a path, that no sample has."""
    if field.type.enum:
        return field.type.enum.values[-1]
    known = {
        "date": "1999-01-01",
        "time": "23:59:59",
        "timetz": "23:59:59Z",
        "timestamp": "1999-01-01T00:00:00",
        "timestamptz": "1999-01-01T00:00:00Z",
        "interval": "PT1S",
        "macaddr": "00:00:00:00:00:00",
        "email": "unknown@example.com",
        "url": "unknown",
    }
    match info(field.type).family:
        case "integer" | "decimal":
            return "0"
        case "uuid":
            return "00000000-0000-0000-0000-000000000000"
        case "bool":
            return "false"
        case "text" if field.type.name not in known:
            longest = min(field.type.length or 9, field.max_length or 9)
            return "unknown~~"[:longest]
    return known[field.type.name]


def _unknown_json(field: Field) -> str:
    match info(field.type).family:
        case "integer":
            return "0"
        case "bool":
            return "False"
    return literal(_unknown(field))
