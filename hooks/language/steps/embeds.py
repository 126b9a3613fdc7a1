"""`api.embed`: relations whose rows a read brings along if it is asked to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..diagnostics import Code, did_you_mean, plain
from ..draft import Draft, Loading
from ..spec import Embed, Model
from .lists import check_sortable, has_order


def embeds(loading: Loading, draft: Draft, wanted: list[str]) -> Iterator[Embed]:
    where, model = f"{draft.name}.api.embed", draft.model
    if wanted and not {"list", "get"}.intersection(model.api.ops):
        what = f"nothing reads {model.labels}: add list or get to `api.ops`"
        loading.problems.add(where, Code.EMBED, what)
    known = {embed.name: embed for embed in _relations(model)}
    is_whole = not (loading.broken or any(it.broken for it in loading.drafts.values()))
    for name in dict.fromkeys(wanted):
        if wanted.count(name) > 1:
            loading.problems.add(where, Code.LISTED_TWICE, f"{plain(name)} is listed twice")
        if name in known:
            embed, target = known[name], known[name].target
            if not target.api.served:  # else it is reported where it is served
                check_sortable(loading, where, (field for field, _ in target.api.default_sort))
            if not (embed.one or has_order(target) or not is_whole):
                what = f"{target.name} has no field to sort {name} by"
                loading.problems.add(where, Code.EMBED, what)
            yield embed
        elif name in model.by_name:
            what = f"{name} is a field, not a relation{_has(known)}"
            loading.problems.add(where, Code.EMBED, what)
        elif is_whole:
            near = did_you_mean(name, known)
            what = f"{draft.name} has no relation {plain(name)!r}{near}"
            loading.problems.add(where, Code.EMBED, what)


def _has(relations: Iterable[str]) -> str:
    listed = ", ".join(relations)
    return f"; it has {listed}" if listed else ""


def _relations(model: Model) -> Iterator[Embed]:
    for reference in model.references:
        target = reference.target
        may_be_gone = target.soft_delete or not model.managed  # though the reference is required
        yield Embed(
            name=reference.name,
            attribute=reference.attribute,
            target=target,
            relation=reference,
            one=True,
            optional=reference.optional or may_be_gone,
        )
    for inverse in model.inverses:
        yield Embed(
            name=inverse.name,
            attribute=inverse.attribute,
            target=inverse.reference.model,
            relation=inverse,
            one=inverse.one,
            optional=inverse.one,
        )
    for many in model.manys:
        yield Embed(
            name=many.name,
            attribute=many.attribute,
            target=many.target,
            relation=many,
            one=False,
        )
    for many in model.inverse_manys:
        if many.inverse and many.inverse_attribute:
            yield Embed(
                name=many.inverse,
                attribute=many.inverse_attribute,
                target=many.model,
                relation=many,
                one=False,
                declared=False,
            )
