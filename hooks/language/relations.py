"""Many-to-many relations."""

from __future__ import annotations

from . import grammar, names
from .diagnostics import Code, plain
from .draft import Draft, Work
from .spec import Field, Many, Model, Reference

Side = tuple[tuple[str, Field], ...]


def resolve_manys(work: Work) -> None:
    for draft in work.drafts.values():
        for name, raw in draft.manys.items():
            _many(work, draft, name, raw)


def _many(work: Work, draft: Draft, name: str, raw: grammar.Many) -> None:
    where = f"{draft.name}.{plain(name)}"
    attribute = work.attribute(draft, name, f"the relation {plain(name)}")
    target = work.target(where, raw.to)
    if attribute is None or target is None:
        return
    if raw.through is None and not (draft.model.managed and target.model.managed):
        unmanaged = target if draft.model.managed else draft
        what = f"{unmanaged.name} is not managed, so no migration makes a table between the two"
        work.problems.add(where, Code.UNMANAGED, f"{what}: write a model for it with `through:`")
        return
    for it in (draft, target) if raw.through is None else ():
        if it.keyless:
            what = f"{it.name} has no key, so no pair can name its rows: give it one"
            work.problems.add(where, Code.KEYLESS, what)
            return
    if raw.through is not None:
        many = _through(work, draft, target, where, name, attribute, raw.through)
    else:
        many = _plain(work, draft, target, where, name, attribute)
    if many is None:
        return
    if raw.inverse is not False:
        many.inverse = raw.inverse or draft.model.plural
        many.inverse_attribute = work.attribute(target, many.inverse, f"the inverse of {where}")
        if many.inverse_attribute is None:
            many.inverse = None
    draft.model.manys.append(many)
    if many.inverse is not None:
        target.model.inverse_manys.append(many)


def _plain(
    work: Work, draft: Draft, target: Draft, where: str, name: str, attribute: str
) -> Many | None:
    model, other = draft.model, target.model
    table = f"{model.singular}_{name}"
    local = _side(model.singular, model)
    if other is model:
        one = names.singular(name)
        remote: Side = tuple((f"{one}_{it.name}", it) for it in other.key)
    else:
        remote = _side(other.singular, other)
    columns = [column for column, _ in local + remote]
    if len(set(columns)) < len(columns):
        what = f"the association table would have two columns {columns[0]}: rename the relation"
        work.problems.add(where, Code.COLUMN_TWICE, what)
        return None
    shorter = "shorten the relation's name, or write a model for it with `through:`"
    many = Many(
        name=name,
        attribute=attribute,
        model=model,
        target=other,
        inverse=None,
        inverse_attribute=None,
        table=table,
        local=local,
        remote=remote,
        local_constraint=_convention("fk", table, local),
        remote_constraint=_convention("fk", table, remote),
        key_constraint=f"pk_{table}",
        index=_convention("ix", table, remote),
        schema=model.schema,
    )
    index = many.index or ""
    for it in (table, *columns, many.local_constraint, many.remote_constraint, index):
        work.identifier(where, it, shorter)
    work.identifier(where, many.key_constraint, shorter)
    work.relation(where, table, "the association table", model.schema)
    work.relation(where, many.key_constraint, "the key", model.schema)
    work.relation(where, index, "the index", model.schema)
    return many


def _side(prefix: str, model: Model) -> Side:
    return tuple((names.reference_column(prefix, it.name), it) for it in model.key)


def _convention(kind: str, table: str, side: Side) -> str:
    return "_".join([kind, table, *(column for column, _ in side)])


def _through(
    work: Work, draft: Draft, target: Draft, where: str, name: str, attribute: str, through: str
) -> Many | None:
    model, other = draft.model, target.model
    middle = work.target(where, through)
    if middle is None:
        return None
    references = middle.model.references
    if draft is target:
        both = [it for it in references if it.target is model]
        sides = both if len(both) == 2 else None
        wanted = f"two references to {model.name}"
    else:
        ours = [it for it in references if it.target is model]
        theirs = [it for it in references if it.target is other]
        sides = [*ours, *theirs] if len(ours) == len(theirs) == 1 else None
        wanted = f"one reference to {model.name} and one to {other.name}"
    if sides is None:
        if not middle.broken:
            what = f"{through} stands between the two if it has {wanted}{_has(references)}"
            work.problems.add(where, Code.THROUGH, what)
        return None
    first, second = sides
    return Many(
        name=name,
        attribute=attribute,
        model=model,
        target=other,
        inverse=None,
        inverse_attribute=None,
        table=middle.model.table,
        schema=middle.model.schema,
        local=tuple((it.column, remote) for it, remote in first.columns),
        remote=tuple((it.column, remote) for it, remote in second.columns),
        local_constraint=first.constraint,
        remote_constraint=second.constraint,
        key_constraint=f"pk_{middle.model.table}",
        index=None,
        through=middle.model,
        through_local=first,
        through_remote=second,
    )


def _has(references: list[Reference]) -> str:
    if not references:
        return "; it has none"
    return "; it has " + ", ".join(f"{it.name} -> {it.target.name}" for it in references)
