"""Two models that require each other: the route that creates both."""

from __future__ import annotations

from ..language.names import kebab, pascal
from ..language.spec import Field, Pair
from .code import literal
from .rules import Rules


def whole_class(pair: Pair) -> str:
    """The body of a request that creates both."""
    return f"{pair.reference.model.name}With{pascal(pair.reference.name)}"


def part_class(pair: Pair) -> str:
    """What is in it of the other."""
    return f"{pair.back.model.name}For{pair.reference.model.name}"


def pair_path(pair: Pair) -> str:
    """The last segment of the path that creates both."""
    return f"with-{kebab(pair.reference.name)}"


class PairRoute:
    """`POST /teams/with-lead`, at the model whose reference is checked at COMMIT."""

    def __init__(self, pair: Pair) -> None:
        reference, back = pair.reference, pair.back
        self.other = back.model
        rules = Rules(self.other)
        self.policy = rules.policy
        returned = f"{self.other.name}.{self.other.key[0].attribute}"
        insert = rules.insert_with(ours.attribute for ours, _ in back.columns)
        self.insert = f"{insert}.returning({returned})" if rules else insert
        self.own = Rules(reference.model).insert_with(
            ours.attribute for ours, _ in reference.columns
        )
        self.own_constant = f"CREATE_WITH_{reference.name}".upper() if rules else "INSERT"
        self.path = pair_path(pair)
        self.name, self.attribute = reference.name, reference.attribute
        self.function = f"create_{pair.name}"
        self.schema = whole_class(pair)
        self.constant = f"CREATE_{reference.name}".upper()
        self.columns = [(ours.attribute, theirs.attribute) for ours, theirs in reference.columns]
        self.back_columns = [(theirs.attribute, ours.attribute) for theirs, ours in back.columns]
        self.made = [field for field in self.other.key if not field.creatable]
        table = [self.other.schema, self.other.table] if self.other.schema else [self.other.table]
        self.table = literal(".".join(f'"{name}"' for name in table))

    def next(self, field: Field) -> str:
        """The constant that selects what the database would number the next row."""
        return f"NEXT_{self.name}_{field.name}".upper()
