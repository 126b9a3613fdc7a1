"""The other sides: inverses of references, associations, and `many` through a model."""

from __future__ import annotations

from collections import Counter

from ...language import names
from ...language.spec import ALIVE
from .. import naming
from ..draft import Adoption, ModelDraft, Reference


def write_inverses(adoption: Adoption) -> None:
    """The default if it is free; a name of its own where two would have the same."""
    for target in adoption.drafts.values():
        taken = {*target.entries, *target.fields.values()}
        taken |= {it.name for it in adoption.associations.values() if it.ours is target}
        taken |= {it.inverse for it in adoption.associations.values() if it.theirs is target}
        pairs = _references_to(adoption, target)
        counts = Counter(_default_inverse(draft, reference) for draft, reference in pairs)
        for draft, reference in pairs:
            default = _default_inverse(draft, reference)
            wanted = _inverse(draft, reference, target, is_shared=counts[default] > 1)
            names_ = (wanted, f"{reference.name}_{default}", f"{draft.singular}_{reference.name}")
            free = (it for it in names_ if it not in taken and names.FIELD.fullmatch(it))
            name = next(free, None)
            entry = draft.entries[reference.name]
            if name is None:
                entry["inverse"] = False
                continue
            taken.add(name)
            if name != default:
                entry["inverse"] = name


def _references_to(adoption: Adoption, target: ModelDraft) -> list[tuple[ModelDraft, Reference]]:
    return [
        (draft, reference)
        for draft in adoption.drafts.values()
        for reference in draft.references
        if reference.target is target.table
    ]


def _inverse(
    draft: ModelDraft, reference: Reference, target: ModelDraft, *, is_shared: bool
) -> str:
    default = _default_inverse(draft, reference)
    if draft is target and reference.name in naming.SELF and not _is_one(draft, reference):
        return naming.SELF[reference.name]
    if draft is target or (is_shared and reference.name != target.singular):
        short = reference.name.removesuffix(f"_{target.singular}").removesuffix("_ref")
        return f"{short}_{default}"
    return default


def _default_inverse(draft: ModelDraft, reference: Reference) -> str:
    return draft.singular if _is_one(draft, reference) else draft.plural


def _is_one(draft: ModelDraft, reference: Reference) -> bool:
    """Whether at most one row has the reference to a row."""
    uniques = [set(it.columns) for it in draft.table.constraints if it.kind in "pu"]
    if "soft_delete" in draft.body:
        alive = (it for it in draft.table.indexes if it.unique and it.where == ALIVE)
        uniques += [{key.column or "" for key in index.keys} for index in alive]
    return set(reference.constraint.columns) in uniques


def write_manys(adoption: Adoption) -> None:
    taken = {
        draft.name: {*draft.entries, *draft.fields.values(), *_inverses(adoption, draft)}
        for draft in adoption.drafts.values()
    }
    for association in adoption.associations.values():
        ours = association.ours
        ours.body.setdefault("many", {})[association.name] = association.many
        taken[ours.name].add(association.name)
    for association in adoption.associations.values():
        ours, theirs = association.ours, association.theirs
        for inverse in (association.inverse, f"{names.singular(association.name)}_{ours.plural}"):
            if inverse not in taken[theirs.name]:
                taken[theirs.name].add(inverse)
                if inverse != ours.plural:
                    association.many["inverse"] = inverse
                break
        else:
            association.many["inverse"] = False
    for draft in adoption.drafts.values():
        _write_through(adoption, draft, taken)


def _write_through(adoption: Adoption, draft: ModelDraft, taken: dict[str, set[str]]) -> None:
    """A model whose key is two references is what `many` goes through."""
    if draft.table.key is None:
        return
    key = set(draft.table.key.columns)
    sides = [it for it in draft.references if set(it.constraint.columns) <= key]
    if len(sides) != 2 or sides[0].target is sides[1].target:
        return
    if {name for it in sides for name in it.constraint.columns} != key:
        return
    if any(
        it.target.key is None or set(it.constraint.remote) != set(it.target.key.columns)
        for it in sides
    ):
        return
    ours, theirs = map(adoption.target, sides)
    both = [it for it in draft.references if it.target in (ours.table, theirs.table)]
    name, inverse = theirs.plural, ours.plural
    is_free = name not in taken[ours.name] and inverse not in taken[theirs.name]
    if is_free and len(both) == 2:
        many = {"to": theirs.name, "through": draft.name}
        ours.body.setdefault("many", {})[name] = many
        taken[ours.name].add(name)
        taken[theirs.name].add(inverse)


def _inverses(adoption: Adoption, target: ModelDraft) -> set[str]:
    """The inverses that a model has."""
    found = set()
    for draft, reference in _references_to(adoption, target):
        given = draft.entries[reference.name].get("inverse")
        found.add(_default_inverse(draft, reference) if given is None else given)
    return {name for name in found if name}
