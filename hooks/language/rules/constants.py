"""What is the same for everybody and every row."""

from __future__ import annotations

from . import nodes


def always(rule: nodes.Node) -> bool | None:
    """Whether `rule` is always true, or always false; None where it depends."""
    match rule:
        case nodes.Always():
            return True
        case nodes.Never():
            return False
        case nodes.Not(part):
            inner = always(part)
            return None if inner is None else not inner
        case nodes.And(parts):
            return _joined([always(part) for part in parts], decides=False)
        case nodes.Or(parts):
            return _joined([always(part) for part in parts], decides=True)
    return None


def _joined(parts: list[bool | None], *, decides: bool) -> bool | None:
    """One part that `decides` is enough; else all must be known."""
    if decides in parts:
        return decides
    return None if None in parts else not decides


def idle(rule: nodes.Node) -> bool:
    """Whether a part of `rule` is the same for everybody and every row."""
    match rule:
        case nodes.And(parts) | nodes.Or(parts):
            return any(always(part) is not None or idle(part) for part in parts)
        case nodes.Not(part):
            return always(part) is not None or idle(part)
    return False


def of_rows(rule: nodes.Node) -> nodes.Node | None:
    """What is left of `rule` for SQL, where none of what is known before decides it."""
    match rule:
        case nodes.And(parts) | nodes.Or(parts):
            left = [it for it in map(of_rows, parts) if it is not None]
            return left[0] if len(left) == 1 else type(rule)(tuple(left)) if left else None
        case nodes.Not(part):
            inner = of_rows(part)
            return None if inner is None else nodes.Not(inner)
    return None if isinstance(rule, nodes.Known) else rule
