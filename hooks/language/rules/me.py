"""`me` in a rule: who asks, as the key of auth.user's model or the subject of the token."""

from __future__ import annotations

from ..diagnostics import Code, did_you_mean, plain, show
from . import nodes
from .scope import Scope
from .syntax import Fault, Name, Operand, Text

KINDS = ("user",)  # of who asks
PLAIN_TEXT = ("string", "varchar", "text")  # compared letter by letter


def is_me(operand: Operand) -> bool:
    return isinstance(operand, Name) and operand.parts[0] == "me"


def of_me(me: Name, sign: str, other: Operand) -> nodes.Node:
    """A comparison of who asks with a value."""
    if me.text != "me.kind":
        raise no_part(me)
    if not isinstance(other, Text) or sign not in ("=", "<>"):
        raise Fault(Code.RULE_ME, f"me.kind is text: write me.kind = '{KINDS[0]}'")
    if other.value not in KINDS:
        what = f"{show(other.value)} is not a kind of who asks{did_you_mean(other.value, KINDS)}"
        raise Fault(Code.RULE_VALUE, what)
    kind = nodes.Kind(other.value)
    return kind if sign == "=" else nodes.Not(kind)


def no_holder(scope: Scope, name: str, column: nodes.Column) -> Fault | None:
    """Why `column` doesn't hold who asks."""
    auth, access = scope.loading.auth, scope.loading.access
    user, field = access.user if access else None, column.field
    if user is None and auth is not None and auth.user is not None:
        return Fault(Code.RULE_ME)
    if user is None:
        if field.type.name in PLAIN_TEXT and not field.type.array and field.reference is None:
            return None
        what = f"{name} is {field.type.name}, and me the subject of a token: compare a text,"
        return Fault(Code.RULE_ME, f"{what} or name the model of who asks as `auth.user`")
    if [field] == list(user.key):
        return None
    model = column.path[-1].target if column.path else scope.model
    pairs = [reference.columns for reference in model.references]
    if any(len(it) == 1 and it[0][0] is field and it[0][1] is user.key[0] for it in pairs):
        return None
    what = f"{name} does not hold the key of {user.name}: compare me with a reference to it"
    return Fault(Code.RULE_ME, f"{what}, as in owner: {{ref: {user.name}}}")


def no_part(me: Name) -> Fault:
    """Why what is said of who asks isn't a condition."""
    if me.text == "me":
        what = "me is who asks, and compared with a field of the row: write owner = me, or user"
    elif me.text == "me.kind":
        what = f"me.kind is text: write me.kind = '{KINDS[0]}'"
    elif me.text in ("me.id", "me.key", "me.subject", "me.sub"):
        what = f"{me.text} is written me alone: write owner = me"
    else:
        instead = "; for a role write role(…)" if me.parts[1] in ("role", "roles") else ""
        what = f"me has no {plain('.'.join(me.parts[1:]))!r}: there are me and me.kind{instead}"
    return Fault(Code.RULE_ME, what)
