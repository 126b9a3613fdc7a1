"""What is known of a rule before any SQL: by the roles, scopes and kind of who asks.

A rule becomes branches, each of which asks less of a row, or nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ...language.rules.nodes import (
    Always,
    And,
    Any,
    Compare,
    IsNull,
    Kind,
    Me,
    Never,
    Node,
    Not,
    Or,
    Role,
    Scope,
    Sign,
    User,
)

OPPOSITE: dict[str, Sign] = {"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
Known = Role | Scope | Kind | User


@dataclass(frozen=True)
class Branch:
    """Where all of `holds` are true of who asks, and no branch before it is, `rest` is asked."""

    holds: tuple[Known, ...]
    rest: Node


def branches(rule: Node) -> list[Branch]:
    """The branches of `rule`; the last holds for everybody else."""
    return _branches(plain(rule), ())


def known_only(rule: Node) -> Node:
    """`rule`, for whoever has a token: without one, there is nobody to set."""
    refuses = assume(plain(rule), User(), False) == Never()
    return rule if refuses else both((User(), rule))


def _branches(rule: Node, holds: tuple[Known, ...]) -> list[Branch]:
    asked = next(known(rule), None)
    if asked is None:
        return [Branch(holds, rule)]
    yes = _branches(assume(rule, asked, True), (*holds, asked))
    no = _branches(assume(rule, asked, False), holds)
    # A branch before the last that is as the last tells nothing.
    while yes and len(no) == 1 and yes[-1].rest == no[0].rest:
        yes.pop()
    return [*yes, *no]


def known(rule: Node) -> Iterator[Known]:
    """What `rule` asks of who asks; roles first, as they tell most."""
    found = list(_known(rule))
    yield from sorted(found, key=lambda it: isinstance(it, User))


def _known(rule: Node) -> Iterator[Known]:
    match rule:
        case Role() | Scope() | Kind() | User():
            yield rule
        case And(parts) | Or(parts):
            for part in parts:
                yield from _known(part)
        case Not(part):
            yield from _known(part)


def assume(rule: Node, asked: Known, true: bool) -> Node:
    """`rule`, where `asked` is known to be `true` or not."""
    match rule:
        case And(parts):
            return both(assume(part, asked, true) for part in parts)
        case Or(parts):
            return either(assume(part, asked, true) for part in parts)
        case Not(part):
            return negated(assume(part, asked, true))
        case User() if true:  # whoever has a role, a scope or a kind has a token
            return Always()
    if rule == asked:
        return Always() if true else Never()
    if asked == User() and not true and isinstance(rule, Role | Scope | Kind):
        return Never()
    return rule


def both(parts: Iterable[Node]) -> Node:
    found: list[Node] = []
    for part in parts:
        found += part.parts if isinstance(part, And) else [part]
    found = [it for it in dict.fromkeys(found) if it != Always()]
    if Never() in found:
        return Never()
    return And(tuple(found)) if len(found) > 1 else found[0] if found else Always()


def either(parts: Iterable[Node]) -> Node:
    found: list[Node] = []
    for part in parts:
        found += part.parts if isinstance(part, Or) else [part]
    found = [it for it in dict.fromkeys(found) if it != Never()]
    if Always() in found:
        return Always()
    return Or(tuple(found)) if len(found) > 1 else found[0] if found else Never()


def negated(rule: Node) -> Node:
    """`not rule`, with `not` before leaves only: where one is null, so is what is negated."""
    match rule:
        case Always():
            return Never()
        case Never():
            return Always()
        case Not(part):
            return part
        case And(parts):
            return either(negated(part) for part in parts)
        case Or(parts):
            return both(negated(part) for part in parts)
        case Compare(left, sign, right):
            return Compare(left, OPPOSITE[sign], right)
        case IsNull():
            return replace(rule, negated=not rule.negated)
    return Not(rule)


def plain(rule: Node) -> Node:
    """`rule` with `not` before leaves only, and `user` beside what compares with `me`."""
    match rule:
        case And(parts):
            return both(plain(part) for part in parts)
        case Or(parts):
            return either(plain(part) for part in parts)
        case Not(part):
            opposite = negated(part)
            return plain(opposite) if opposite != rule else _leaf(_pushed(rule))
    return _leaf(_pushed(rule))


def _pushed(rule: Node) -> Node:
    """`rule` with `not` before leaves only, also in any()."""
    match rule:
        case And(parts):
            return both(map(_pushed, parts))
        case Or(parts):
            return either(map(_pushed, parts))
        case Not(Any() as part):
            return Not(_pushed(part))
        case Not(part):
            opposite = negated(part)
            return _pushed(opposite) if opposite != rule else rule
        case Any():
            return replace(rule, inner=_pushed(rule.inner))
    return rule


def _leaf(rule: Node) -> Node:
    # Without a token `me` is null, for which nothing of these is true.
    return And((User(), rule)) if about_me(rule) else rule


def about_me(rule: Node) -> bool:
    """Whether `rule` can't be true without a token."""
    match rule:
        case Compare(left, _, right):
            return isinstance(left, Me) or isinstance(right, Me)
        case Any(_, inner):
            return any(about_me(it) for it in _all_parts(inner))
        case Not(Role() | Scope() | Kind()):
            return True
    return False


def _all_parts(rule: Node) -> Iterator[Node]:
    """The parts that all have to be true for `rule` to be."""
    if isinstance(rule, And):
        for part in rule.parts:
            yield from _all_parts(part)
    else:
        yield rule
