"""`operations:`: what a model does besides being stored."""

from __future__ import annotations

from typing import Any

from .. import grammar, names, types, values
from ..diagnostics import Code, did_you_mean, plain
from ..draft import Draft, Loading
from ..spec import Field, Reference, Transfer, Transition

FIXED_PATHS = ("bulk", "count", "export")
# What functions and schemas of a resource begin or end with.
VERBS = (
    *("create", "delete", "get", "link", "list", "query", "read", "replace", "restore"),
    *("sort", "unlink", "update", "upsert"),
)


def resolve_operations(loading: Loading) -> None:
    for draft in loading.drafts.values():
        if draft.keyless and (draft.transfers or draft.transitions):
            what = f"an operation finds rows by their key, and {draft.name} has none: leave it out"
            loading.problems.add(f"{draft.name}.operations", Code.KEYLESS, what)
            continue
        for name, raw in draft.transfers.items():
            _transfer(loading, draft, name, raw)
        for name, moves in draft.transitions.items():
            _transition(loading, draft, name, moves)


def is_exact(field: Field) -> bool:
    number = types.info(field.type).family in ("integer", "decimal")
    return number and not (field.type.array or field.generated or field.computed)


def _transfer(loading: Loading, draft: Draft, name: str, raw: grammar.Transfer) -> None:
    model, problems = draft.model, loading.problems
    where = f"{draft.name}.operations.{plain(name)}"
    if not names.FIELD.fullmatch(name) or name in FIXED_PATHS:
        problems.add(
            where,
            Code.OPERATION_NAME,
            "the name must be in ASCII and snake_case, and not bulk, count or export",
        )
        return
    field = model.by_name.get(raw.field)
    if field is None:
        loading.unknown_field(draft, f"{where}.field", raw.field)
        return
    if not is_exact(field) or field.key or field.identity or field.reference is not None:
        kind = f"{field.type.name}{'[]' if field.type.array else ''}"
        what = f"{field.name} ({kind}) is not an exact number: transfer needs a decimal or an int"
        problems.add(f"{where}.field", Code.TRANSFER, what)
        return
    if field.optional:
        problems.add(
            f"{where}.field", Code.TRANSFER_OPTIONAL, f"{field.name} may be null: make it required"
        )
        return
    same = loading.fields(draft, f"{where}.same", raw.same) or []
    floor = _floor(loading, f"{where}.floor", field, raw.floor)
    log = raw.log if isinstance(raw.log, grammar.Log) else grammar.Log(model=raw.log)
    other = loading.target(f"{where}.log", log.model)
    if other is not None and other.keyless:
        what = f"{other.name} has no key, and the log is read by it: give it one"
        problems.add(f"{where}.log", Code.KEYLESS, what)
    if other is None or not model.key or not other.model.key:
        return
    if other is draft:
        problems.add(
            f"{where}.log", Code.TRANSFER_LOG, "the log must be another model than this one"
        )
        return
    sides = _sides(loading, draft, other, f"{where}.log", log)
    amount = _amount(loading, other, f"{where}.log", log, field)
    key = _request_key(loading, other, f"{where}.log", log)
    if sides is None or amount is None or key is None:
        return
    model.transfers.append(
        Transfer(
            name=name,
            field=field,
            same=tuple(it for it, _ in same),
            floor=floor,
            log=other.model,
            source=sides[0],
            target=sides[1],
            amount=amount,
            request_key=key,
        )
    )


def _transition(loading: Loading, draft: Draft, name: str, raw: grammar.Transition) -> None:
    model, problems = draft.model, loading.problems
    where = f"{draft.name}.operations.{plain(name)}"
    if not names.FIELD.fullmatch(name) or name in (*FIXED_PATHS, *VERBS):
        what = (
            f"the name must be in ASCII and snake_case, and not {', '.join((*FIXED_PATHS, *VERBS))}"
        )
        problems.add(where, Code.OPERATION_NAME, what)
        return
    field = model.by_name.get(raw.field)
    if field is None:
        loading.unknown_field(draft, f"{where}.field", raw.field)
        return
    enum = field.type.enum
    if enum is None or field.type.array or field.optional or field.key:
        what = f"{field.name} must be a required enum that is not part of the key"
        problems.add(f"{where}.field", Code.TRANSITION, what)
        return
    steps = [*raw.moves, *(it for after in raw.moves.values() for it in after)]
    for it in dict.fromkeys(steps):
        if it not in enum.values:
            what = f"{plain(it)!r} is not a value of {enum.name}{did_you_mean(it, enum.values)}"
            problems.add(f"{where}.moves", Code.TRANSITION_VALUE, what)
    if not any(raw.moves.values()):
        problems.add(
            f"{where}.moves",
            Code.TRANSITION_MOVES,
            "allows no move: write one, as in {draft: [placed]}",
        )
    field.by_transition = True
    moves = {before: tuple(after) for before, after in raw.moves.items() if after}
    model.transitions.append(Transition(name=name, field=field, moves=moves))


def _floor(loading: Loading, where: str, field: Field, raw: object) -> Any:
    if raw is None:
        return None
    try:
        return values.convert(field.type, raw)
    except values.Wrong as wrong:
        loading.problems.add(where, wrong.code, str(wrong))
        return None


def _sides(
    loading: Loading, draft: Draft, other: Draft, where: str, log: grammar.Log
) -> tuple[Reference, Reference] | None:
    model = draft.model
    fit = [
        it
        for it in other.model.references
        if it.target is model and tuple(remote for _, remote in it.columns) == model.key
    ]
    if log.source is None and log.target is None and len(fit) == 2:
        source, target = fit
    else:
        by_name = {it.name: it for it in fit}
        for given in (log.source, log.target):
            if given is not None and given not in by_name:
                what = (
                    f"{plain(given)} is not a reference of {other.name} to the key of {draft.name}"
                )
                loading.problems.add(where, Code.TRANSFER_SIDES, what)
                return None
        found = [by_name.get(log.source or ""), by_name.get(log.target or "")]
        if len(fit) == 2 and found != [None, None]:
            found = [it or next(rest for rest in fit if rest not in found) for it in found]
        if found[0] is None or found[1] is None or found[0] is found[1]:
            if not other.broken:
                count = f"{len(fit)} reference{'' if len(fit) == 1 else 's'}"
                what = (
                    f"{other.name} has {count} to the key of {draft.name}, and needs"
                    " two: add them, the source first, or write log: {model, source, target}"
                )
                loading.problems.add(where, Code.TRANSFER_SIDES, what)
            return None
        source, target = found[0], found[1]
    good = True
    for it in (source, target):
        if it.optional or not all(column.creatable for column, _ in it.columns):
            what = (
                f"{other.name}.{it.name} is sent with each transfer:"
                " make it required, with access rw or create_only"
            )
            loading.problems.add(where, Code.TRANSFER_SENT, what)
            good = False
    shared = [it for it in source.columns if it[0] in [column for column, _ in target.columns]]
    if shared:
        what = f"{other.name}.{source.name} and {target.name} share the column {shared[0][0].name}"
        loading.problems.add(
            where, Code.UNSUPPORTED, f"{what}, which is not supported yet: give each its own"
        )
        return None
    return (source, target) if good else None


def _amount(
    loading: Loading, other: Draft, where: str, log: grammar.Log, balance: Field
) -> Field | None:
    alone = {it.fields[0] for it in other.model.uniques if it.referable and len(it.fields) == 1}
    if log.amount is not None:
        found = loading.fields(other, where, [log.amount])
        fit = [it for it, _ in found or []]
        if found is None:
            return None
    else:
        fit = [
            it
            for it in other.model.fields
            if is_exact(it)
            and types.info(it.type).family == types.info(balance.type).family
            and not (it.key or it.identity or it.reference or it in alone)
        ]
    if len(fit) != 1:
        if not other.broken:
            listed = ", ".join(it.name for it in fit) or "none"
            what = (
                f"{other.name} needs one field for the amount, of the type of {balance.name}, and"
                f" has: {listed}; name it, as in log: {{model, amount}}"
            )
            loading.problems.add(where, Code.TRANSFER_AMOUNT, what)
        return None
    amount = fit[0]
    wrong = None
    if not is_exact(amount) or types.info(amount.type).family != types.info(balance.type).family:
        wrong = Code.TRANSFER_KIND, f"is not of the type of {balance.name}"
    elif (amount.type.scale or 0) > (balance.type.scale or 0):
        wrong = Code.TRANSFER_KIND, f"has more decimal places than {balance.name}"
    elif amount.optional or not amount.creatable:
        what = "is sent with each transfer: make it required, with access rw or create_only"
        wrong = Code.TRANSFER_SENT, what
    elif not (amount.gt is not None and amount.gt >= 0) and not (
        amount.min is not None and amount.min > 0
    ):
        wrong = Code.TRANSFER_POSITIVE, "may be zero or negative: write gt: 0"
    if wrong is not None:
        loading.problems.add(where, wrong[0], f"{other.name}.{amount.name} {wrong[1]}")
        return None
    return amount


def _request_key(loading: Loading, other: Draft, where: str, log: grammar.Log) -> Field | None:
    model = other.model
    alone = {it.fields[0] for it in model.uniques if it.referable and len(it.fields) == 1}
    alone |= set(model.key) if len(model.key) == 1 else set()
    fit = [it for it in model.fields if it in alone and it.creatable and it.reference is None]
    if log.key is not None:
        fit = [it for it in fit if it.name == log.key]
        if not fit:
            if log.key not in other.broken:
                what = f"{plain(log.key)} is not a unique field of {other.name} that a client sends"
                loading.problems.add(where, Code.TRANSFER_KEY, what)
            return None
    if len(fit) != 1:
        if not other.broken:
            listed = ", ".join(it.name for it in fit) or "none"
            what = (
                f"{other.name} needs one unique field that identifies a transfer, as in"
                " request_id: {type: uuid, unique: true, access: create_only};"
                f" it has: {listed}"
            )
            loading.problems.add(where, Code.TRANSFER_KEY, what)
        return None
    if fit[0].optional or types.info(fit[0].type).family in ("json", "float"):
        what = (
            f"{other.name}.{fit[0].name} identifies a transfer:"
            " make it required, and not json or float"
        )
        loading.problems.add(where, Code.TRANSFER_KEY_KIND, what)
        return None
    return fit[0]
