"""Many-to-many relations: over an association table, or `through:` a model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .. import grammar, names
from ..diagnostics import Code, plain, show
from ..draft import Draft, Loading
from ..spec import Field, Many, Model, Reference
from .shared import former_name_of_field

Side = tuple[tuple[str, Field], ...]  # (column of the association table, key field)


@dataclass(frozen=True, eq=False)
class Relation:
    """A relation of `draft` under `many:`, on its way to a `Many`."""

    draft: Draft
    target: Draft
    name: str
    attribute: str
    raw: grammar.Many

    @property
    def where(self) -> str:
        return f"{self.draft.name}.{plain(self.name)}"


def resolve_manys(loading: Loading) -> None:
    for draft in loading.drafts.values():
        for name, raw in draft.manys.items():
            _many(loading, draft, name, raw)


def _many(loading: Loading, draft: Draft, name: str, raw: grammar.Many) -> None:
    where = f"{draft.name}.{plain(name)}"
    attribute = loading.attribute(draft, name, f"the relation {plain(name)}")
    target = loading.target(where, raw.to)
    if attribute is None or target is None:
        return
    relation = Relation(draft, target, name, attribute, raw)
    if raw.through is None:
        many = _by_table(loading, relation)
    else:
        many = _through(loading, relation, raw.through)
    if many is None:
        return
    many.was = raw.was
    if raw.was is not None:
        former_name_of_field(loading, draft, where, raw.was, name)
    if raw.inverse is not False:
        many.inverse = raw.inverse or draft.model.plural
        many.inverse_attribute = loading.attribute(target, many.inverse, f"the inverse of {where}")
        if many.inverse_attribute is None:
            many.inverse = None
    draft.model.manys.append(many)
    if many.inverse is not None:
        target.model.inverse_manys.append(many)


def _by_table(loading: Loading, relation: Relation) -> Many | None:
    """The relation over a table of pairs, which the migrations create."""
    if not _may_have_table(loading, relation):
        return None
    raw, where = relation.raw, relation.where
    model, other = relation.draft.model, relation.target.model
    variable = f"{model.singular}_{relation.name}"
    table = raw.table or variable
    sides = _sides(loading, relation)
    if sides is None:
        return None
    local, remote = sides
    if not _may_name(loading, where, table, [column for column, _ in local + remote]):
        return None
    if len(raw.constraints) not in (0, 2):
        what = f"`constraints` must name two foreign keys: to {model.name} and to {other.name}"
        loading.problems.add(f"{where}.constraints", Code.PAIRS, what)
        return None
    conventions = [names.convention("fk", table, [name for name, _ in side]) for side in sides]
    constraints = raw.constraints or [*map(names.fit, conventions)]
    index = raw.index or None
    if index is True:
        index = names.by_convention("ix", table, [name for name, _ in remote])
    pattern = loading.defaults.pk_name if raw.pk_name is None else raw.pk_name
    key = pattern.replace("{table}", table)
    key = names.fit(key) if raw.pk_name is None else key
    many = Many(
        name=relation.name,
        attribute=relation.attribute,
        model=model,
        target=other,
        table=table,
        variable=variable,
        local=local,
        remote=remote,
        local_constraint=constraints[0],
        remote_constraint=constraints[1],
        constraints_named=constraints != conventions,
        key_constraint=key,
        key_named=key != f"pk_{table}",
        index=index,
        on_delete=raw.on_delete,
        schema=model.schema,
    )
    _check_names(loading, relation, many)
    return many


def _may_have_table(loading: Loading, relation: Relation) -> bool:
    draft, target = relation.draft, relation.target
    if not (draft.model.managed and target.model.managed):
        unmanaged = target if draft.model.managed else draft
        what = f"{unmanaged.name} is not managed, so no migration creates a table between the two"
        what += ": write a model for it with `through:`"
        loading.problems.add(relation.where, Code.UNMANAGED, what)
        return False
    for side in (draft, target):
        if side.keyless:
            what = f"{side.name} has no key, so no pair can reference its rows: give it one"
            loading.problems.add(relation.where, Code.KEYLESS, what)
            return False
    return True


def _sides(loading: Loading, relation: Relation) -> tuple[Side, Side] | None:
    """The columns for the key of the model, and those for the key of the target."""
    model, other, raw = relation.draft.model, relation.target.model, relation.raw
    local = _side(model.singular, model)
    if other is model:
        one = names.singular(relation.name)
        remote: Side = tuple((f"{one}_{field.name}", field) for field in other.key)
    else:
        remote = _side(other.singular, other)
    if not raw.columns:
        return local, remote
    keys = [field for _, field in local + remote]
    if len(raw.columns) != len(keys):
        listed = ", ".join(field.name for field in keys)
        what = f"`columns` must name one for each part of the two keys: {listed}"
        loading.problems.add(f"{relation.where}.columns", Code.PAIRS, what)
        return None
    both = tuple(zip(raw.columns, keys, strict=True))
    return both[: len(local)], both[len(local) :]


def _side(prefix: str, model: Model) -> Side:
    return tuple((names.reference_column(prefix, field.name), field) for field in model.key)


def _may_name(loading: Loading, where: str, table: str, columns: list[str]) -> bool:
    for name in (table, *columns):
        if not names.is_column(name):
            what = f"{show(name)} cannot be a name in Python: write a model with `through:`"
            loading.problems.add(where, Code.SQL_NAME, what)
            return False
    if len(set(columns)) < len(columns):
        what = f"the association table would have two columns {columns[0]}: rename the relation"
        loading.problems.add(where, Code.COLUMN_TWICE, what)
        return False
    return True


def _check_names(loading: Loading, relation: Relation, many: Many) -> None:
    raw, where = relation.raw, relation.where
    given: Iterable[str | None] = (*raw.constraints, raw.pk_name, many.index)
    for name in filter(None, given):
        loading.sql_name(where, name, "constraint")
    loading.referable(where, (field for _, field in many.local + many.remote))
    columns = [column for column, _ in many.local + many.remote]
    constraints = [many.local_constraint, many.remote_constraint, many.key_constraint]
    for name in (many.table, *columns, *constraints, many.index or ""):
        loading.identifier(where, name, "name it under `many:`, with a shorter one")
    loading.relation(where, many.table, "the association table", many.schema)
    loading.relation(where, many.key_constraint, "the key", many.schema)
    if many.index:
        loading.relation(where, many.index, "the index", many.schema)


def _through(loading: Loading, relation: Relation, through: str) -> Many | None:
    """The relation over a model of its own, which has a reference to either side."""
    where = relation.where
    for key in sorted(relation.raw.model_fields_set - {"to", "through", "inverse", "was"}):
        what = f"with `through:`, `{key}` belongs to the model {plain(through)}"
        loading.problems.add(f"{where}.{key}", Code.PAIRS, what)
    middle = loading.target(where, through)
    if middle is None:
        return None
    model, other = relation.draft.model, relation.target.model
    sides = _references(loading, relation, middle)
    if sides is None:
        return None
    first, second = sides
    return Many(
        name=relation.name,
        attribute=relation.attribute,
        model=model,
        target=other,
        table=middle.model.table,
        schema=middle.model.schema,
        local=tuple((local.column, remote) for local, remote in first.columns),
        remote=tuple((local.column, remote) for local, remote in second.columns),
        local_constraint=first.constraint,
        remote_constraint=second.constraint,
        key_constraint=middle.model.key_name,
        through=middle.model,
        through_local=first,
        through_remote=second,
    )


def _references(
    loading: Loading, relation: Relation, middle: Draft
) -> tuple[Reference, Reference] | None:
    """The references of `middle` to the model and to the target."""
    model, other = relation.draft.model, relation.target.model
    references = middle.model.references
    to_model = [reference for reference in references if reference.target is model]
    if model is other:
        sides, wanted = to_model, f"two references to {model.name}"
        fits = len(sides) == 2
    else:
        to_other = [reference for reference in references if reference.target is other]
        sides = [*to_model, *to_other]
        wanted = f"one reference to {model.name} and one to {other.name}"
        fits = len(to_model) == len(to_other) == 1
    if fits and (other_than_key := next(filter(_leads_elsewhere, sides), None)):
        target = other_than_key.target
        what = f"{middle.name}.{other_than_key.name} leads to other columns than the key of"
        what += f" {target.name}: leave `through:` out, and list {plain(middle.model.plural)}"
        loading.problems.add(relation.where, Code.THROUGH, what)
        return None
    if fits:
        return sides[0], sides[1]
    if not middle.broken:
        what = f"{middle.name} needs {wanted}{_has(references)}"
        loading.problems.add(relation.where, Code.THROUGH, what)
    return None


def _leads_elsewhere(reference: Reference) -> bool:
    return {remote for _, remote in reference.columns} != set(reference.target.key)


def _has(references: list[Reference]) -> str:
    if not references:
        return "; it has none"
    return "; it has " + ", ".join(f"{it.name} -> {it.target.name}" for it in references)
