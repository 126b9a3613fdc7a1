"""Transfers: an operation that moves a number between two rows, and records it in a log."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from .. import grammar, names, types, values
from ..api import FIXED_PATHS
from ..diagnostics import Code, plain
from ..draft import Draft, Loading
from ..spec import Field, Reference, Transfer


@dataclass(frozen=True, eq=False)
class LogDraft:
    """The log of a transfer, on its way: its model, and what the file says of it."""

    draft: Draft  # of the model that records
    raw: grammar.Log
    where: str

    @property
    def name(self) -> str:
        return self.draft.name


def resolve_transfer(loading: Loading, draft: Draft, name: str, raw: grammar.Transfer) -> None:
    model = draft.model
    where = f"{draft.name}.operations.{plain(name)}"
    if not names.FIELD.fullmatch(name) or name in FIXED_PATHS:
        what = "the name must be in ASCII and snake_case, and not bulk, count or export"
        loading.problems.add(where, Code.OPERATION_NAME, what)
        return
    field = _field(loading, draft, f"{where}.field", raw.field)
    if field is None:
        return
    same = loading.fields(draft, f"{where}.same", raw.same) or []
    floor = _floor(loading, f"{where}.floor", field, raw.floor)
    log = _log(loading, draft, f"{where}.log", raw)
    if log is None:
        return
    sides = _sides(loading, draft, log)
    amount = _amount(loading, log, field)
    request_key = _request_key(loading, log)
    if sides is None or amount is None or request_key is None:
        return
    model.transfers.append(
        Transfer(
            name=name,
            field=field,
            same=tuple(column for column, _ in same),
            floor=floor,
            log=log.draft.model,
            source=sides[0],
            target=sides[1],
            amount=amount,
            request_key=request_key,
        )
    )


def _is_exact(field: Field) -> bool:
    is_number = types.info(field.type).family in ("integer", "decimal")
    return is_number and not (field.type.array or field.generated or field.computed)


def _field(loading: Loading, draft: Draft, where: str, name: str) -> Field | None:
    """The number that is moved; None, reported, if it can't be."""
    field = draft.model.by_name.get(name)
    if field is None:
        loading.unknown_field(draft, where, name)
        return None
    if not _is_exact(field) or field.key or field.identity or field.reference is not None:
        kind = f"{field.type.name}[]" if field.type.array else field.type.name
        what = f"{field.name} ({kind}) is not an exact number: transfer needs a decimal or an int"
        loading.problems.add(where, Code.TRANSFER, what)
        return None
    if field.optional:
        what = f"{field.name} may be null: make it required"
        loading.problems.add(where, Code.TRANSFER_OPTIONAL, what)
        return None
    return field


def _floor(loading: Loading, where: str, field: Field, raw: object) -> Any:
    if raw is None:
        return None
    try:
        return values.convert(field.type, raw)
    except values.Wrong as wrong:
        loading.problems.add(where, wrong.code, str(wrong))
        return None


def _log(loading: Loading, draft: Draft, where: str, raw: grammar.Transfer) -> LogDraft | None:
    log = raw.log if isinstance(raw.log, grammar.Log) else grammar.Log(model=raw.log)
    target = loading.target(where, log.model)
    if target is not None and target.keyless:
        what = f"{target.name} has no key, and the log is read by it: give it one"
        loading.problems.add(where, Code.KEYLESS, what)
    if target is None or not draft.model.key or not target.model.key:
        return None
    if target is draft:
        what = "the log must be another model than this one"
        loading.problems.add(where, Code.TRANSFER_LOG, what)
        return None
    return LogDraft(target, log, where)


def _sides(loading: Loading, draft: Draft, log: LogDraft) -> tuple[Reference, Reference] | None:
    """The references of the log to the row that gives and the one that takes."""
    sides = _named_sides(loading, draft, log)
    if sides is None:
        return None
    source, target = sides
    complete = True
    for side in sides:
        if side.optional or not all(column.creatable for column, _ in side.columns):
            what = (
                f"{log.name}.{side.name} is sent with each transfer:"
                " make it required, with access rw or create_only"
            )
            loading.problems.add(log.where, Code.TRANSFER_SENT, what)
            complete = False
    of_target = [column for column, _ in target.columns]
    shared = [column for column, _ in source.columns if column in of_target]
    if shared:
        what = f"{log.name}.{source.name} and {target.name} share the column {shared[0].name}"
        what += ", which is not supported yet: give each its own"
        loading.problems.add(log.where, Code.UNSUPPORTED, what)
        return None
    return sides if complete else None


def _named_sides(
    loading: Loading, draft: Draft, log: LogDraft
) -> tuple[Reference, Reference] | None:
    """By the names in the file; where one or both are left out, there have to be two."""
    model, raw = draft.model, log.raw
    fit = [
        reference
        for reference in log.draft.model.references
        if reference.target is model
        and tuple(remote for _, remote in reference.columns) == model.key
    ]
    if raw.source is None and raw.target is None and len(fit) == 2:
        return fit[0], fit[1]
    by_name = {reference.name: reference for reference in fit}
    for name in (raw.source, raw.target):
        if name is not None and name not in by_name:
            what = f"{plain(name)} is not a reference of {log.name} to the key of {draft.name}"
            loading.problems.add(log.where, Code.TRANSFER_SIDES, what)
            return None
    source, target = by_name.get(raw.source or ""), by_name.get(raw.target or "")
    if len(fit) == 2 and (source or target):
        source = source or next(it for it in fit if it is not target)
        target = target or next(it for it in fit if it is not source)
    if source is not None and target is not None and source is not target:
        return source, target
    if not log.draft.broken:
        count = "1 reference" if len(fit) == 1 else f"{len(fit)} references"
        what = (
            f"{log.name} has {count} to the key of {draft.name}, and needs"
            " two: add them, the source first, or write log: {model, source, target}"
        )
        loading.problems.add(log.where, Code.TRANSFER_SIDES, what)
    return None


def _alone(log: LogDraft) -> set[Field]:
    """The fields of the log that are unique by themselves."""
    uniques = (it for it in log.draft.model.uniques if it.referable and len(it.fields) == 1)
    return {unique.fields[0] for unique in uniques}


def _amount(loading: Loading, log: LogDraft, balance: Field) -> Field | None:
    fit = _possible_amounts(loading, log, balance)
    if fit is None:
        return None
    if len(fit) != 1:
        if not log.draft.broken:
            listed = ", ".join(field.name for field in fit) or "none"
            what = (
                f"{log.name} needs one field for the amount, of the type of {balance.name}, and"
                f" has: {listed}; name it, as in log: {{model, amount}}"
            )
            loading.problems.add(log.where, Code.TRANSFER_AMOUNT, what)
        return None
    amount = fit[0]
    mistake = _mistake_of_amount(amount, balance)
    if mistake is None:
        return amount
    code, what = mistake
    loading.problems.add(log.where, code, f"{log.name}.{amount.name} {what}")
    return None


def _possible_amounts(loading: Loading, log: LogDraft, balance: Field) -> list[Field] | None:
    """The field that the file names, else all that it might be; None, reported, without it."""
    if log.raw.amount is not None:
        named = loading.fields(log.draft, log.where, [log.raw.amount])
        return None if named is None else [field for field, _ in named]
    alone = _alone(log)
    return [
        field
        for field in log.draft.model.fields
        if _is_exact(field)
        and types.info(field.type).family == types.info(balance.type).family
        and not (field.key or field.identity or field.reference or field in alone)
    ]


def _mistake_of_amount(amount: Field, balance: Field) -> tuple[Code, str] | None:
    family, wanted = types.info(amount.type).family, types.info(balance.type).family
    if not _is_exact(amount) or family != wanted:
        return Code.TRANSFER_KIND, f"is not of the type of {balance.name}"
    if _places(amount) > _places(balance):
        return Code.TRANSFER_KIND, f"has more decimal places than {balance.name}"
    if amount.optional or not amount.creatable:
        what = "is sent with each transfer: make it required, with access rw or create_only"
        return Code.TRANSFER_SENT, what
    over_zero = (amount.gt is not None and amount.gt >= 0) or (
        amount.min is not None and amount.min > 0
    )
    return None if over_zero else (Code.TRANSFER_POSITIVE, "may be zero or negative: write gt: 0")


def _places(field: Field) -> float:
    """How many digits a column has room for behind the point."""
    unbounded = field.type.name == "decimal" and field.type.precision is None
    return math.inf if unbounded else field.type.scale or 0


def _request_key(loading: Loading, log: LogDraft) -> Field | None:
    """The unique field by which a transfer that is sent twice is recognised."""
    model, name = log.draft.model, log.raw.key
    alone = _alone(log)
    alone |= set(model.key) if len(model.key) == 1 else set()
    fit = [it for it in model.fields if it in alone and it.creatable and it.reference is None]
    if name is not None:
        fit = [field for field in fit if field.name == name]
        if not fit:
            if name not in log.draft.broken:
                what = f"{plain(name)} is not a unique field of {log.name} that a client sends"
                loading.problems.add(log.where, Code.TRANSFER_KEY, what)
            return None
    if len(fit) != 1:
        if not log.draft.broken:
            listed = ", ".join(field.name for field in fit) or "none"
            what = (
                f"{log.name} needs one unique field that identifies a transfer, as in"
                " request_id: {type: uuid, unique: true, access: create_only};"
                f" it has: {listed}"
            )
            loading.problems.add(log.where, Code.TRANSFER_KEY, what)
        return None
    key = fit[0]
    if key.optional or types.info(key.type).family in ("json", "float"):
        what = (
            f"{log.name}.{key.name} identifies a transfer: make it required, and not json or float"
        )
        loading.problems.add(log.where, Code.TRANSFER_KEY_KIND, what)
        return None
    return key
