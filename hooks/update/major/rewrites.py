"""Calls that are written in another way by now."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass

import libcst as cst

from .book import Arguments, Rewrite, Target, Written
from .trees import code, words

POLICY = ("app.database.policy", "Policy")


@dataclass(frozen=True)
class PolicyOf:
    """That of a model, and the criterion of the rows that aren't deleted."""

    target: Target
    alive: str


def from_request(arguments: Arguments) -> Written | None:
    if len(arguments) != 1 or arguments[0].star:
        return None
    return Written(f"{code(arguments[0].value)}.from_request")


def responses(arguments: Arguments) -> Written | None:
    """FastAPI's own form: the problem document is added to OpenAPI."""
    if any(it.star or it.keyword for it in arguments):
        return None
    inside = ", ".join(f"{code(it)}: {{}}" for it in arguments)
    return Written(f"{{{inside}}}")


def offset_page(arguments: Arguments) -> Written | None:
    if len(arguments) < 3 or any(it.star or it.keyword for it in arguments):
        return None
    db, listing, *rest = [code(it) for it in arguments]
    return Written(f"{listing}.page({', '.join([db, *rest])})")


def router(arguments: Arguments) -> Written:
    """The class hides that of its routes."""
    return Written(joined([it for it in arguments if name_of(it) != "route_class"]))


def factory(model: str, module: str) -> Rewrite:
    """One function has the factories of all models."""

    def rewrite(arguments: Arguments) -> Written | None:
        if not arguments or arguments[0].star or arguments[0].keyword:
            return None
        first, *rest = [code(it) for it in arguments]
        return Written(", ".join([first, model, *rest]), ((module, model),))

    return rewrite


def by_policy(policies: Mapping[str, PolicyOf], *, of_lists: bool) -> Rewrite:
    """A policy is given instead of a model; only lists take criteria besides."""

    def rewrite(arguments: Arguments) -> Written | None:
        given = dict(zip(("model", "schema", "", "criteria"), arguments, strict=False))
        given |= {name_of(it): it for it in arguments if it.keyword}
        model, asked = given.get("model"), given.get("criteria")
        if model is None or any(it.star for it in arguments) or not is_class(model):
            return None
        name, criteria = code(model.value), elements(asked)
        if criteria is None and not of_lists:
            return None
        between = [it for it in criteria or () if "via" in given and name not in it]
        through = [it.target for it in policies.values() if [it.alive] == between]
        if between and not through:
            return None
        criteria = criteria and [it for it in criteria if it not in between]
        known = policies.get(name.rpartition(".")[2])
        alive = known.alive if known else ""
        left = [it for it in criteria or () if it != alive]
        with_deleted = alive and alive not in (criteria or ())
        if known and not with_deleted and (of_lists or not left):
            policy = Written(known.target.code, ((known.target.module, known.target.root),))
        else:
            own = "" if of_lists else " & ".join(f"({it})" for it in criteria or ())
            inside = f'{name}, "{words(name)}"' + (f", alive={own}" if own else "")
            policy = Written(f"Policy({inside})", (POLICY,))
        written = {model: policy.code}
        if asked and criteria is not None:
            written[asked] = f"[{', '.join(left)}]" if left and of_lists else ""
        made = [with_value(it, written.get(it, code(it.value))) for it in arguments]
        made += [f"through={it.code}" for it in through[:1]]
        imports = [(it.module, it.root) for it in through[:1]]
        return Written(", ".join(filter(None, made)), (*policy.imports, *imports))

    return rewrite


def with_value(argument: cst.Arg, value: str) -> str:
    name = {"model": "policy"}.get(name_of(argument), name_of(argument))
    return f"{name}={value}" if name and value else value


def elements(given: cst.Arg | None) -> list[str] | None:
    """Of a list or tuple that is written out."""
    if given is None:
        return []
    if not isinstance(given.value, cst.List | cst.Tuple):
        return None
    if any(isinstance(it, cst.StarredElement) for it in given.value.elements):
        return None
    return [ast.unparse(ast.parse(code(it), mode="eval")) for it in given.value.elements]


def is_class(argument: cst.Arg) -> bool:
    """By its name, which is that of a model."""
    return re.fullmatch(r"(\w+\.)*[A-Z]\w*[a-z]\w*", code(argument.value)) is not None


def name_of(argument: cst.Arg) -> str:
    return argument.keyword.value if argument.keyword else ""


def joined(arguments: Arguments) -> str:
    return ", ".join(code(it) for it in arguments)
