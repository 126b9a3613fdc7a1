"""Two models that require each other: the route that creates both, and the tests' rows."""

from __future__ import annotations

from ..language.names import kebab, pascal
from ..language.spec import Field, Model, Pair
from ..layout import Group, assign, at, call, literal, prefixed, signature, subscript

APART = 10_000  # from what a sequence gives in a test


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


class PairFactory:
    """How the tests make two rows that require each other."""

    def __init__(self, pair: Pair) -> None:
        self.reference, self.back = pair.reference, pair.back
        self.one, self.other = pair.reference.model, pair.back.model
        self.function = f"create_{pair.name}"
        parameters = ["db: Database", "one: dict[str, Any]", "other: dict[str, Any]"]
        self.signature = signature(
            0, f"async def {self.function}", parameters, "tuple[Record, Record]"
        )
        nothing = [f"{it.attribute}=None" for it, _ in self.reference.columns]
        self.one_values = self._values(self.one, "one", [*nothing, "**one"])
        known = [
            prefixed(f"{ours.attribute}=", subscript("one", it.attribute))
            for ours, it in self.back.columns
        ]
        self.other_values = self._values(self.other, "other", [*known, "**other"])
        self.closing = [
            assign(4, f'one["{ours.attribute}"]', subscript("other", it.attribute))
            for ours, it in self.reference.columns
        ]

    @staticmethod
    def _values(model: Model, variable: str, given: list[str | Group]) -> list[str]:
        lines = [
            at(call(f"await {model.singular}_values", "db", *given), 4, f"{variable} = "),
        ]
        for it in model.key:
            if not it.creatable:
                made = f'{APART:_} + number("{model.singular}_key")' if it.identity else "uuid4()"
                lines.append(at(call(f"{variable}.setdefault", literal(it.attribute), made), 4))
        return lines

    @property
    def imports(self) -> set[str]:
        keys = (it for model in (self.one, self.other) for it in model.key)
        made = any(not it.creatable and not it.identity for it in keys)
        needed = {"sqlalchemy.ext.asyncio:AsyncSession"}
        return needed | ({"uuid:uuid4"} if made else set())

    def create(self, model: Model) -> list[str]:
        """Of a row of either: with the other, unless that is given."""
        reference = self.reference if model is self.one else self.back
        given = literal(reference.columns[0][0].attribute)
        arguments = ["given", "{}"] if model is self.one else ["{}", "given"]
        both = call(f"await {self.function}", "db", *arguments)
        place = 0 if model is self.one else 1
        return [
            f"    if {given} not in given:",
            "        " + at(both, 8, "both = "),
            f"        return both[{place}]",
        ]
