"""Relations, as `relationship` takes them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..language.spec import Field, Inverse, Many, Model, Reference
from .code import arguments, literal
from .constraints import Options


@dataclass(frozen=True)
class Relation:
    attribute: str
    kind: str  # inside of `Mapped[…]`
    arguments: str  # of `relationship`


def relations(model: Model) -> list[Relation]:
    return [
        *(_to_one(reference) for reference in model.references),
        *(_inverse(inverse) for inverse in model.inverses),
        *(_many(many, declared=True) for many in model.manys),
        *(_many(many, declared=False) for many in model.inverse_manys),
    ]


def related(model: Model) -> list[Model]:
    """The other models that relations of `model` lead to."""
    found = [reference.target for reference in model.references]
    found += [inverse.reference.model for inverse in model.inverses]
    found += [many.target for many in model.manys]
    found += [many.model for many in model.inverse_manys]
    return [other for other in dict.fromkeys(found) if other is not model]


def _to_one(reference: Reference) -> Relation:
    target, inverse = reference.target, reference.inverse
    own = target is reference.model
    kind = f'"{target.name} | None"' if reference.optional else f'"{target.name}"'
    options = {
        "foreign_keys": _foreign_keys(reference),
        "remote_side": _attributes(target, (field for _, field in reference.columns))
        if own
        else None,
        "back_populates": literal(inverse.attribute) if inverse else None,
        "lazy": '"raise"',
        "overlaps": _overlaps(reference),
    }
    return Relation(reference.attribute, kind, arguments(**options))


def _inverse(inverse: Inverse) -> Relation:
    reference = inverse.reference
    name = reference.model.name
    kind = f'"{name} | None"' if inverse.one else f'list["{name}"]'
    options = {
        "foreign_keys": _foreign_keys(reference),
        "primaryjoin": _alive_join(reference) if inverse.one else None,
        "back_populates": literal(reference.attribute),
        "lazy": '"raise"',
        "passive_deletes": '"all"',
        "overlaps": _overlaps(reference),
    }
    return Relation(inverse.attribute, kind, arguments(**options))


def _many(many: Many, *, declared: bool) -> Relation:
    """The relation of the model that declares it, or of its target."""
    target = many.target if declared else many.model
    attribute = many.attribute if declared else many.inverse_attribute
    other = many.inverse_attribute if declared else many.attribute
    assert attribute is not None
    options: Options = {}
    if many.through is None:
        options["secondary"] = literal(many.full_table)
        if many.target is many.model:
            joins = [_association_join(many, many.local), _association_join(many, many.remote)]
            options |= _joins(joins, declared=declared)
        options["back_populates"] = literal(other) if other else None
    else:
        assert many.through_local is not None
        assert many.through_remote is not None
        options["secondary"] = literal(many.through.full_table)
        joins = [_and(_pairs(many.through_local)), _and(_pairs(many.through_remote))]
        options |= _joins(joins, declared=declared)
        options["viewonly"] = "True"
    options["lazy"] = '"raise"'
    return Relation(attribute, f'list["{target.name}"]', arguments(**options))


def _joins(joins: list[str], *, declared: bool) -> Options:
    ours, theirs = joins if declared else reversed(joins)
    return {"primaryjoin": ours, "secondaryjoin": theirs}


def _association_join(many: Many, side: tuple[tuple[str, Field], ...]) -> str:
    model = many.model
    return _and(
        [f"{model.name}.{field.attribute} == {many.full_table}.c.{name}" for name, field in side]
    )


def _pairs(reference: Reference) -> list[str]:
    target, model = reference.target.name, reference.model.name
    return [
        f"{target}.{theirs.attribute} == {model}.{ours.attribute}"
        for ours, theirs in reference.columns
    ]


def _alive_join(reference: Reference) -> str | None:
    """To the one row that isn't deleted."""
    if not reference.model.soft_delete:
        return None
    return _and([*_pairs(reference), f"{reference.model.name}.deleted_at.is_(None)"])


def _and(terms: list[str]) -> str:
    return literal(terms[0] if len(terms) == 1 else f"and_({', '.join(terms)})")


def _foreign_keys(reference: Reference) -> str | None:
    """Which they are, where more than one joins the two tables, in either direction."""
    one, other = reference.model, reference.target
    between = [it for it in one.references if it.target is other]
    if one is not other:
        between += [it for it in other.references if it.target is one]
    return _attributes(one, (field for field, _ in reference.columns)) if len(between) > 1 else None


def _attributes(model: Model, fields: Iterable[Field]) -> str:
    names = [f"{model.name}.{field.attribute}" for field in fields]
    return literal(names[0] if len(names) == 1 else f"[{', '.join(names)}]")


def _overlaps(reference: Reference) -> str | None:
    """The relations that write a column of this one as well; SQLAlchemy wants them named."""
    columns = {ours for ours, _ in reference.columns}
    names: list[str] = []
    for other in reference.model.references:
        if other is not reference and columns & {ours for ours, _ in other.columns}:
            names.append(other.attribute)
            names += [other.inverse.attribute] if other.inverse else []
    return literal(",".join(names)) if names else None
