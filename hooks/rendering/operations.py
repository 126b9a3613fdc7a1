"""The routes of `operations`: transfers and transitions."""

from __future__ import annotations

from ..language.names import kebab
from ..language.operation_ids import transfer_function, transition_function
from ..language.spec import Model, Reference, Transfer, Transition
from .code import call, docstring, literal, sequence
from .fields import transition_class
from .keys import Key
from .policy import policy_name
from .rules import set_of


class TransferRoute:
    """`POST /accounts/transfer`: an amount goes from one row of a model to another."""

    def __init__(self, transfer: Transfer, model: Model) -> None:
        source = [f"data.{column.attribute}" for column, _ in transfer.source.columns]
        target = [f"data.{column.attribute}" for column, _ in transfer.target.columns]
        self.name = kebab(transfer.name)
        self.criteria = criteria(model, transfer.name)
        self.function = transfer_function(transfer, model)
        self.constant = f"SIDES_OF_{transfer.name}".upper()
        columns = Key(model).columns
        key = columns[0] if len(columns) == 1 else call("sa.tuple_", *columns)
        self.sides = f'{key}.in_(sa.bindparam("_keys", expanding=True))'
        self.log = transfer.log
        self.log_policy = policy_name(transfer.log)
        self.op = transfer.name
        self.set = set_of(self.log)
        sides = [
            column for side in (transfer.source, transfer.target) for column, _ in side.columns
        ]
        beside = [it for it in self.log.references if it not in (transfer.source, transfer.target)]
        refers = dict.fromkeys(column for it in beside for column, _ in it.columns)
        sent = (literal(it.attribute) for it in refers if it.creatable and it not in sides)
        self.refers = ", ".join(sent)
        self.source_values, self.target_values = ", ".join(source), ", ".join(target)
        # How the handler names the keys of both.
        self.source, self.target = source[0], target[0]
        self.source_key, self.target_key = keyed(transfer.source), keyed(transfer.target)
        self.key_of_side = f"side.{model.key[0].attribute}"
        if len(model.key) > 1:
            self.source, self.target = "source_key", "target_key"
            self.key_of_side = sequence((f"side.{field.attribute}" for field in model.key), "()")
        self.field, self.attribute = transfer.field.name, transfer.field.attribute
        self.amount = transfer.amount.attribute
        self.target_name = transfer.target.columns[0][0].name
        self.source_label = f"{transfer.source.name} {model.label}"
        self.target_label = f"{transfer.target.name} {model.label}"
        self.request_key = transfer.request_key.attribute
        self.log_key = f"{self.log.name}.{self.request_key}"
        self.request_name = transfer.request_key.name
        self.same = transfer.same
        self.floor = None if transfer.floor is None else str(transfer.floor)


class TransitionRoute:
    """`POST /orders/{order_id}/pay`: a field of a row goes from one value to the next."""

    def __init__(self, transition: Transition, model: Model) -> None:
        self.name = kebab(transition.name)
        self.op = transition.name
        self.criteria = criteria(model, transition.name)
        self.function = transition_function(transition, model)
        self.field, self.attribute = transition.field.name, transition.field.attribute
        self.schema = self.body = transition_class(model, transition)
        if len(transition.reached) == 1:  # which needs no telling
            self.body = f"Annotated[{self.schema}, Body(default_factory={self.schema})]"
        self.constant = self.function.upper()
        self.edges_constant = f"{self.constant}_EDGES"
        pairs = transition.moves.items()
        edges = (f"{literal(value)}: {sequence(map(literal, after))}" for value, after in pairs)
        self.edges = sequence(edges, "{}")
        lines = [f"- {value}: {', '.join(after)}" for value, after in pairs]
        head = f"Change `{self.field}`; what it is decides what it may become:"
        self.docstring = docstring("\n".join([head, "", *lines]))


def keyed(side: Reference) -> str:
    """`"_account_id": data.source_id`: the parameters that name the row of a side."""
    ours = {theirs: column.attribute for column, theirs in side.columns}
    names = zip(Key(side.target).names, side.target.key, strict=True)
    return ", ".join(f'"_{name}": data.{ours[field]}' for name, field in names)


def criteria(model: Model, op: str) -> str:
    """Of a policy: the rows that an operation may change."""
    return f"criteria({literal(op)})" if model.rules else "update"
