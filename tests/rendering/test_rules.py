"""What is known before SQL: the branches of a rule let through exactly whom the rule does."""

from __future__ import annotations

from itertools import product
from typing import cast

from hypothesis import given, settings
from hypothesis import strategies as st

from hooks.language.rules.nodes import (
    Always,
    And,
    Any,
    Can,
    Column,
    Compare,
    IsNull,
    Kind,
    Literal,
    Me,
    Never,
    Node,
    Not,
    Or,
    Role,
    Scope,
    User,
)
from hooks.language.spec import Field, Inverse, Reference, Type
from hooks.rendering.rules.known import branches

BOOL = Type("bool")
FIELD = Field(name="x", attribute="x", column="x", type=BOOL)
X, ME = Column((), FIELD), Column((), FIELD)
MINE = Compare(ME, "=", Me())
TRUE = Compare(X, "=", Literal(True, BOOL))
# Of a token, if there is one, and of a row: whether x is true, and whether it is one's own.
Case = tuple[bool, bool, bool, bool | None, bool]
CASES: list[Case] = [
    (known, role and known, scope and known, x, mine)
    for known, role, scope, x, mine in product(
        (True, False), (True, False), (True, False), (True, False, None), (True, False)
    )
]


def three(rule: Node, case: Case) -> bool | None:
    """Whether `rule` is true, false or unknown, as in SQL."""
    known, role, scope, x, mine = case
    match rule:
        case Always() | Never():
            return isinstance(rule, Always)
        case User():
            return known
        case Role() | Scope() | Kind() if not known:
            return None
        case Role() | Scope():
            return role if isinstance(rule, Role) else scope
        case Kind():
            return True
        case Compare(_, sign, Me()):
            return None if not known else mine if sign == "=" else not mine
        case Compare(_, sign, _):
            return None if x is None else x if sign == "=" else not x
        case IsNull(_, negated):
            return (x is None) is not negated
        case Not(part):
            inner = three(part, case)
            return None if inner is None else not inner
        case And(parts):
            found = [three(part, case) for part in parts]
            return False if False in found else None if None in found else True
        case Or(parts):
            found = [three(part, case) for part in parts]
            return True if True in found else None if None in found else False
        case Any(_, inner):
            return three(inner, case) is True
    raise AssertionError(rule)


def lets_through(rule: Node, case: Case) -> bool:
    for branch in branches(rule):
        if all(three(it, case) for it in branch.holds):
            return three(branch.rest, case) is True
    raise AssertionError("the last branch holds for everybody")


def leaves_only(rule: Node) -> bool:
    """Whether `not` stands before what SQL has no other word for."""
    match rule:
        case And(parts) | Or(parts):
            return all(map(leaves_only, parts))
        case Not(Any() | Can()):
            return True
        case Not(part):
            return not isinstance(part, And | Or | Not | Compare | IsNull)
        case Any(_, inner):
            return leaves_only(inner)
    return True


OTHERS = Inverse(name="others", attribute="others", reference=cast(Reference, None), one=False)
of_rows: st.SearchStrategy[Node] = st.sampled_from([MINE, TRUE, IsNull(X)])


def several(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    two = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return two.map(And) | two.map(Or) | parts.map(Not)


inside: st.SearchStrategy[Node] = st.recursive(of_rows, several, max_leaves=4)
ASKED: list[Node] = [User(), Role("a"), Scope("s"), Kind("user")]
leaves: st.SearchStrategy[Node] = st.sampled_from(ASKED) | of_rows
anys: st.SearchStrategy[Node] = st.builds(Any, st.just(OTHERS), inside)
rules: st.SearchStrategy[Node] = st.recursive(leaves | anys, several, max_leaves=7)


@settings(deadline=None, max_examples=200)
@given(rules)
def test_branches_let_through_whom_the_rule_does(rule: Node) -> None:
    for case in CASES:
        assert lets_through(rule, case) == (three(rule, case) is True), case
    for branch in branches(rule):
        assert leaves_only(branch.rest), (rule, branch.rest)
