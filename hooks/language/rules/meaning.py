"""What a rule means: from its words to nodes, with every name found and every type checked."""

from __future__ import annotations

from typing import cast

from .. import types
from ..diagnostics import Code, did_you_mean, plain, show
from ..spec import Field
from . import nodes
from .me import is_me, no_holder, no_part, of_me
from .scope import Scope
from .syntax import (
    Ask,
    Both,
    Call,
    Comparison,
    Either,
    Expression,
    Fault,
    Membership,
    Name,
    NullTest,
    Number,
    Opposite,
    Text,
    Truth,
)
from .values import MIRRORED, check_alike, check_sign, literal

WORDS: dict[str, nodes.Node] = {"public": nodes.Always(), "user": nodes.User()}
OTHER_WORDS = {
    **dict.fromkeys(("all", "allow", "anonymous", "anybody", "anyone", "everybody"), "public"),
    **dict.fromkeys(("everyone", "guest"), "public"),
    **dict.fromkeys(("authenticated", "login", "logged_in", "users", "signed_in"), "user"),
    **dict.fromkeys(("deny", "never", "no", "nobody", "none", "nothing"), "false"),
}
SCOPE_TEXT = frozenset(map(chr, range(0x21, 0x7F))) - set('"\\')


class Meaning:
    """Of one rule; `faults` is all that is wrong with it, `cans` what its can() ask."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.faults: list[Fault] = []
        self.cans: list[nodes.Can] = []
        self.warnings: list[str] = []

    def of(self, expression: Expression) -> nodes.Node:
        """The node of `expression`; `Never` where there is a fault."""
        try:
            node = self._node(expression)
            if self.scope.inside and isinstance(node, nodes.Known):
                what = (
                    f"{_text(expression)} asks nothing of the rows of any(): write it beside any()"
                )
                raise Fault(Code.RULE_CONSTANT, what)
            return node
        except Fault as fault:
            self.faults.append(fault)
            return nodes.Never()

    def _node(self, expression: Expression) -> nodes.Node:
        match expression:
            case Both(parts):
                return nodes.And(tuple(map(self.of, parts)))
            case Either(parts):
                return nodes.Or(tuple(map(self.of, parts)))
            case Opposite(part):
                return nodes.Not(self.of(part))
            case Ask():
                return self._ask(expression)
            case Call("can"):
                return self._can(expression)
            case Call():
                return self._any(expression)
            case Comparison():
                return self._comparison(expression)
            case Membership():
                return _membership(self.scope, expression)
            case NullTest():
                return _null_test(self.scope, expression)
            case Truth(True):
                raise Fault(Code.RULE, "true is not a rule: write public, or user")
            case Truth():
                return nodes.Never()
            case Name():
                return self._word(expression)
        what = f"{_text(expression)} is not a condition: compare it with a field"
        raise Fault(Code.RULE, what)

    def _ask(self, ask: Ask) -> nodes.Node:
        if ask.of == "scope":
            if not set(ask.name) <= SCOPE_TEXT:
                what = f"scope({plain(ask.name)}) can be in no token: write ASCII without spaces"
                raise Fault(Code.RULE_ROLE, what)
            return nodes.Scope(ask.name)
        roles = self.scope.loading.roles
        if ask.name not in roles:
            near = did_you_mean(ask.name, roles) or f": write `roles: [{plain(ask.name)}]`"
            raise Fault(Code.RULE_ROLE, f"there is no role {plain(ask.name)!r}{near}")
        return nodes.Role(ask.name)

    def _can(self, call: Call) -> nodes.Node:
        assert isinstance(call.inner, Name)
        reference, op = self.scope.reference(call.relation), call.inner.text
        target = reference.target
        known = ["read", "update", "delete", *target.operation_names]
        if op not in known:
            near = did_you_mean(op, known)
            if op == "write":
                near = ": ask for one of update and delete"
            if op == "create":
                near = ", as the row is there: ask read or update"
            what = f"can() of {target.name} has no {plain(op)!r}{near}"
            raise Fault(Code.RULE_CAN, what)
        can = nodes.Can(op, reference)
        self.cans.append(can)
        return can

    def _any(self, call: Call) -> nodes.Node:
        relation, model, declared = self.scope.relation(call.relation)
        if self.scope.op == "create" and not self.scope.inside:
            what = f"any({call.relation.text}, …) is never true of a new row, to which none refers"
            self.warnings.append(f"{what} yet: leave it out")
        outer, self.scope = self.scope, self.scope.beyond(model)
        inner = self.of(call.inner)
        self.scope = outer
        return nodes.Any(relation, inner, declared)

    def _comparison(self, test: Comparison) -> nodes.Node:
        left, sign, right = test.left, test.sign, test.right
        if not (isinstance(left, Name) or isinstance(right, Name)):
            what = f"{_text(left)} {sign} {_text(right)} compares two values: name a field"
            raise Fault(Code.RULE_CONSTANT, what)
        turns = not isinstance(left, Name) or (is_me(left) and not is_me(right))
        if turns and isinstance(right, Name):
            left, sign, right = right, MIRRORED[sign], left
        assert isinstance(left, Name)
        if is_me(left):
            return of_me(left, sign, right)
        if isinstance(right, Name) and right.text == "me":
            return self._with_me(left, sign)
        column = self.scope.column(left)
        check_sign(column.field, sign)
        if not isinstance(right, Name):
            return nodes.Compare(column, cast(nodes.Sign, sign), literal(column.field, right))
        if is_me(right):
            raise no_part(right)
        other = self.scope.column(right)
        check_sign(other.field, sign)
        check_alike(column.field, other.field)
        if column == other:
            raise Fault(Code.RULE_CONSTANT, f"{left.text} is compared with itself: leave it out")
        return nodes.Compare(column, cast(nodes.Sign, sign), other)

    def _with_me(self, name: Name, sign: str) -> nodes.Node:
        column = self.scope.column(name)
        if sign not in ("=", "<>"):
            raise Fault(Code.RULE_ME, f"me has no order: write {name.text} = me")
        if (fault := no_holder(self.scope, name.text, column)) is not None:
            raise fault
        return nodes.Compare(column, cast(nodes.Sign, sign), nodes.Me())

    def _word(self, name: Name) -> nodes.Node:
        """A name alone: a word of the language, or a field that is true."""
        fields, text = self.scope.model.by_name, name.text
        if text in WORDS and (text not in fields or fields[text].type.name != "bool"):
            return WORDS[text]
        if text in WORDS:
            whom = "anybody" if text == "public" else "anybody with a token"
            what = f"{text} is a field, and means {whom} in a rule: write {text} = true for the"
            raise Fault(Code.RULE_NAME, f"{what} field, or rename it and keep its `column:`")
        if is_me(name):
            raise no_part(name)
        if text not in fields and (instead := self._other_word(text)) is not None:
            raise Fault(Code.RULE_NAME, f"{plain(text)} is not a rule: write {instead}")
        column = self.scope.column(name)
        if column.field.type.name != "bool" or column.field.type.array:
            what = f"{text} is {column.field.type.name}, not true or false: compare it,"
            raise Fault(Code.RULE_TYPE, f"{what} as in {text} {_example(column.field)}")
        return nodes.Compare(column, "=", nodes.Literal(True, column.field.type))

    def _other_word(self, text: str) -> str | None:
        if text in self.scope.loading.roles:
            return f"role({text})"
        return OTHER_WORDS.get(text.lower())


def _membership(scope: Scope, test: Membership) -> nodes.Node:
    if not isinstance(test.value, Name):
        what = f"{_text(test.value)} in (…) compares values: name a field"
        raise Fault(Code.RULE_CONSTANT, what)
    if is_me(test.value):
        raise no_part(test.value)
    column = scope.column(test.value)
    check_sign(column.field, "=")
    for item in test.items:
        if isinstance(item, Name):
            what = f"{item.text} is not a value: write {test.value.text} = {item.text}"
            raise Fault(Code.RULE_VALUE, f"{what} with or between")
    return nodes.In(column, tuple(literal(column.field, it) for it in test.items))


def _null_test(scope: Scope, test: NullTest) -> nodes.Node:
    if not isinstance(test.value, Name):
        raise Fault(Code.RULE_CONSTANT, f"{_text(test.value)} is never null: leave it out")
    if is_me(test.value):
        what = "me is null for nobody with a token: write user, or not user"
        raise Fault(Code.RULE_ME, what)
    column = scope.column(test.value)
    may_be_null = column.field.optional or any(it.optional for it in column.path)
    if not may_be_null and scope.model.managed:
        what = f"{test.value.text} is required, so never null: leave it out"
        raise Fault(Code.RULE_CONSTANT, what)
    return nodes.IsNull(column, test.negated)


def _example(field: Field) -> str:
    if field.reference is not None:
        return "= me"
    if field.optional or not types.info(field.type).comparable:
        return "is null"
    return f"= '{field.type.enum.values[0]}'" if field.type.enum else "= …"


def _text(operand: Expression) -> str:
    """An operand, or what is known of who asks, as it is written: for messages."""
    match operand:
        case Text(value):
            return show(value)
        case Number(text):
            return text
        case Truth(value):
            return str(value).lower()
        case Name():
            return operand.text
        case Ask(of, name):
            return f"{of}({plain(name)})"
        case Comparison(left, sign, right):
            return f"{_text(left)} {sign} {_text(right)}"
    return "…"
