"""`rules:` of models and of `defaults`: what each operation of a model asks for."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..diagnostics import Code, did_you_mean, plain
from ..draft import Draft, Loading
from ..operation_ids import linking
from ..spec import Model
from . import nodes
from .constants import always, idle
from .cycles import check_cycles
from .indexes import index_warnings
from .meaning import Meaning
from .parser import parse
from .scope import Scope
from .syntax import Fault

WRITE = ("create", "update", "delete")
OPS = ("read", *WRITE)
# What the operations of `api.ops` and others are here.
CALLED = {
    **dict.fromkeys(("get", "list", "count", "export", "select", "view", "search"), "read"),
    **dict.fromkeys(("bulk_create", "insert", "add", "post", "new"), "create"),
    **dict.fromkeys(("replace", "bulk_update", "patch", "put", "edit", "change"), "update"),
    **dict.fromkeys(("link", "unlink"), "update"),
    **dict.fromkeys(("bulk_delete", "remove", "destroy", "restore"), "delete"),
    **dict.fromkeys(("upsert", "all", "any", "modify"), "write, for create, update and delete"),
}


@dataclass(frozen=True)
class Written:
    """A rule as it is written, and where."""

    where: str
    text: str
    own: bool  # by the model itself


@dataclass
class Asked:
    """Which rules ask which others, each by the names of a model and an operation."""

    by: dict[tuple[str, str], list[tuple[str, str]]] = field(default_factory=dict)
    where: dict[tuple[str, str], str] = field(default_factory=dict)


def resolve_rules(loading: Loading) -> None:
    if loading.access is None:
        return
    models = [draft.model for draft in loading.drafts.values()]
    known = {name for model in models for name in model.operation_names}
    _check_ops(loading, "defaults.rules", [*loading.default_rules], [*OPS, "write", *sorted(known)])
    for op, text in loading.default_rules.items():
        _parse(loading, f"defaults.rules.{plain(op)}", text)
    asked = Asked()
    for draft in loading.drafts.values():
        _model(loading, draft, asked, served(draft.model, models))
    check_cycles(loading, asked.by, asked.where)
    for draft in loading.drafts.values():
        of_others = {op for asks in asked.by.values() for name, op in asks if name == draft.name}
        _warn_unused(loading, draft, served(draft.model, models) | of_others)


def served(model: Model, models: list[Model]) -> set[str]:
    """The operations that some route of the service carries out."""
    ops, found = set(model.api.ops), set[str]()
    embedded = any(it.target is model for other in models for it in other.api.embed)
    linked = any(it.target is model for other in models for it in linking(other))
    if ops & {"get", "list", "count", "export"} or embedded or linked:
        found.add("read")
    if ops & {"create", "bulk_create", "upsert"}:
        found.add("create")
    if ops & {"update", "replace", "bulk_update", "upsert"} or linking(model):
        found.add("update")
    if ops & {"delete", "bulk_delete"}:
        found.add("delete")
    return found | set(model.operation_names if model.api.served else ())


def _model(loading: Loading, draft: Draft, asked: Asked, serves: set[str]) -> None:
    model = draft.model
    own = model.operation_names
    for name in {"read", "write"} & set(own):
        what = f"rules call {name} what is done with a row: rename the operation"
        loading.problems.add(f"{draft.name}.operations.{name}", Code.OPERATION_NAME, what)
    _check_ops(loading, f"{draft.name}.rules", [*draft.rules], [*OPS, "write", *own])
    rules, texts, missing = dict[str, nodes.Rule](), dict[str, str](), list[str]()
    for op in (*OPS, *own):
        written = _written(loading, draft, op)
        rule: nodes.Rule = nodes.Never()
        if written is not None:
            rule = _rule(loading, draft, op, written, asked, is_served=_told(draft, op, serves))
        elif op in serves:
            missing.append(op)
        rules[op] = rule
        texts[op] = written.text.strip() if written and rule != nodes.Never() else "false"
    if missing and not loading.broken_rules & {f"{draft.name}.rules", "defaults.rules"}:
        _report_missing(loading, draft, missing)
    model.rules, model.rule_texts = rules, texts


def _written(loading: Loading, draft: Draft, op: str) -> Written | None:
    """The most specific rule of an operation: the model's before that of the defaults."""
    for where, rules, own in (
        (f"{draft.name}.rules", draft.rules, True),
        ("defaults.rules", loading.default_rules, False),
    ):
        for key in (op, "write") if op in WRITE else (op,):
            if key in rules:
                return Written(f"{where}.{plain(key)}", rules[key], own)
    return None


def _told(draft: Draft, op: str, serves: set[str]) -> bool:
    """Whether a fault of the rule is told: for what is served, and of what the model says."""
    if op in serves or op in draft.rules:
        return True
    return op == "update" and "write" in draft.rules and not serves & set(WRITE)


def _rule(
    loading: Loading, draft: Draft, op: str, written: Written, asked: Asked, *, is_served: bool
) -> nodes.Rule:
    meaning = Meaning(Scope(loading, draft, op))
    try:
        expression = parse(written.text)
        rule = meaning.of(expression)
    except Fault as fault:
        if written.own:
            loading.problems.add(written.where, fault.code, fault.what)
        return nodes.Never()
    constant = None if isinstance(rule, nodes.Always | nodes.Never) else always(rule)
    if constant is not None and not meaning.faults:
        instead = "public" if constant else "false"
        what = f"is always {str(constant).lower()}: write {instead}"
        meaning.faults.append(Fault(Code.RULE_CONSTANT, what))
    elif not meaning.faults and idle(rule):
        what = "has public or false as a part, which changes nothing: leave it out"
        meaning.faults.append(Fault(Code.RULE_CONSTANT, what))
    if meaning.faults and not is_served:
        return nodes.Never()
    for found in meaning.faults:
        if found.what:
            loading.problems.add(written.where, found.code, _of(draft, written, found.what))
    if is_served:
        warnings = meaning.warnings + (index_warnings(rule, draft.model) if op == "read" else [])
        for warning in warnings:
            loading.problems.warn(written.where, _of(draft, written, warning))
    place = (draft.name, op)
    asked.by[place] = [(it.reference.target.name, it.op) for it in meaning.cans]
    asked.where[place] = written.where
    return rule


def _of(draft: Draft, written: Written, what: str) -> str:
    """A message that names the model, if its place in the file doesn't."""
    named = written.own or what.startswith(f"{draft.name} ")
    return what if named else f"for {draft.name}, {what}"


def _parse(loading: Loading, where: str, text: str) -> None:
    try:
        parse(text)
    except Fault as fault:
        loading.problems.add(where, fault.code, fault.what)


def _check_ops(loading: Loading, where: str, ops: list[str], known: list[str]) -> None:
    for op in ops:
        if op not in known:
            called = CALLED.get(op.lower())
            hint = f": write {called}" if called else did_you_mean(op, known)
            what = f"{plain(op)!r} is not an operation{hint}"
            loading.problems.add(f"{where}.{plain(op)}", Code.RULE_OP, what)


def _report_missing(loading: Loading, draft: Draft, missing: list[str]) -> None:
    listed = _listed(missing)
    keys = [op for op in missing if op not in WRITE]
    writes = [op for op in missing if op in WRITE]
    keys += ["write"] if len(writes) > 1 else writes
    rules = ", ".join(f"{key}: user" for key in keys)
    what = f"nothing says who may {listed}: write who, as in rules: {{{rules}}}, or as"
    loading.problems.add(draft.name, Code.NO_RULE, f"{what} `rules` of `defaults`")


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _warn_unused(loading: Loading, draft: Draft, used: set[str]) -> None:
    for op in draft.rules:
        of = {op} if op != "write" else set(WRITE)
        if op in (*OPS, "write") and not of & used:
            what = "nothing that is served asks for this rule: leave it out, or serve the operation"
            loading.problems.warn(f"{draft.name}.rules.{op}", what)
