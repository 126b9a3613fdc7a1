"""`auth:` with what it fills: the row of who asks, and the fields with `set:` or `claim:`."""

from __future__ import annotations

from .. import types
from ..diagnostics import Code, plain
from ..draft import Draft, Loading
from ..spec import Auth, Field, Model

SUBJECT = "subject: {type: string(255), unique: true, access: read_only}"
PLAIN_TEXT = ("string", "varchar", "text")  # compared letter by letter
CLAIMED = ("text", "integer", "bool", "uuid")  # families of what a claim can fill


def resolve_auth(loading: Loading) -> None:
    if loading.auth is not None:
        loading.access = Auth(*_user(loading, loading.auth.user))
    elif not loading.has_auth:
        _refuse_without(loading)
        return
    for draft in loading.drafts.values():
        for field in draft.model.fields:
            if field.set is not None:
                _check_set(loading, draft, field)
            if field.claim is not None:
                _check_claim(loading, draft, field)


def _refuse_without(loading: Loading) -> None:
    """Report what means nothing where nobody knows who asks."""
    found = {"roles": bool(loading.roles), "defaults.rules": bool(loading.default_rules)}
    for draft in loading.drafts.values():
        found[f"{draft.name}.rules"] = bool(draft.rules)
        for name, entry in draft.entries.items():
            claim = getattr(entry, "claim", None)
            found[draft.where(name)] = entry.set is not None or claim is not None
    for where in (where for where, is_there in found.items() if is_there):
        what = "needs to know who asks: write `auth: {tokens: jwt}` at the top level"
        loading.problems.add(where, Code.NO_AUTH, what)


def _user(loading: Loading, name: str | None) -> tuple[Model | None, Field | None]:
    """The model of a token's subject, and the field that holds it."""
    draft = loading.target("auth.user", name) if name is not None else None
    if draft is None:
        return None, None
    model, problems = draft.model, loading.problems
    if len(model.key) != 1 and (draft.keyless or not draft.broken):
        what = f"{model.name} needs a key of one field, which rules call `me`"
        problems.add("auth.user", Code.AUTH_USER, what)
    if not model.managed:
        what = f"{model.name} is not managed, and rows are made at first sight: name another model"
        problems.add("auth.user", Code.AUTH_USER, what)
    subject = model.by_name.get("subject")
    if subject is None or not _holds_subjects(model, subject):
        if "subject" not in draft.broken:
            where = f"{model.name}.subject" if subject else model.name
            what = f"auth.user names {model.name}, which needs the field {SUBJECT}"
            problems.add(where, Code.SUBJECT, what)
        return model, None
    for field in model.fields:
        _check_made(loading, model, subject, field)
    return model, subject


def _holds_subjects(model: Model, field: Field) -> bool:
    """Whether any subject can be stored there once, and by the service alone."""
    is_unique = model.key == (field,) or any(
        it.fields == (field,) and it.referable and not it.include for it in model.uniques
    )
    limits = (field.min_length, field.max_length, field.pattern, field.computed, field.set)
    has_default = field.has_default or field.server_default is not None
    return (
        is_unique
        and not (field.type.array or field.optional or has_default)
        and field.type.name in PLAIN_TEXT
        and field.access in ("read_only", "hidden")
        and all(it is None for it in (*limits, field.reference, field.claim))
    )


def _check_made(loading: Loading, model: Model, subject: Field, field: Field) -> None:
    """Whether `field` has a value where the service makes the row of a new subject."""
    made = field.identity or field.computed is not None or field.generated is not None
    has_default = field.has_default or field.server_default is not None
    if field is subject or field.optional or made or has_default or field.claim is not None:
        return
    what = "is required, and the row is made at first sight of a token: give it a default, write"
    what += " `claim:` with the name of the token's claim that fills it, or make it optional"
    loading.problems.add(f"{model.name}.{field.name}", Code.CLAIM, what)


def _check_claim(loading: Loading, draft: Draft, field: Field) -> None:
    where = draft.where(field.name)
    user = loading.access.user if loading.access else None
    fault = None
    if loading.access is not None and user is not draft.model:
        fault = "fills the row of who asks: write it in the model that `auth.user` names"
    elif field.set or field.computed is not None or field.identity:
        fault = "has `claim` and another source of its value: keep one"
    elif field.type.array or types.info(field.type).family not in CLAIMED:
        if field.type.name != "enum":
            fault = f"is {field.type.name}, which no claim fills: write it as text"
    elif not field.claim or not field.claim.isprintable():
        fault = "has an empty `claim`: write the name of a claim, as in email"
    if fault is not None:
        loading.problems.add(where, Code.CLAIM, fault)


def _check_set(loading: Loading, draft: Draft, field: Field) -> None:
    reference = field.reference
    name = reference.name if reference and field.made_by_reference else field.name
    if (fault := _fault_of_set(loading, field)) is not None:
        loading.problems.add(draft.where(name), Code.SET, fault)


def _fault_of_set(loading: Loading, field: Field) -> str | None:
    if field.has_default or field.server_default is not None or field.computed or field.identity:
        return "has `set` and another source of its value: keep one"
    if field.access not in ("read_only", "hidden"):
        return f"is filled by the service: leave out access: {field.access}"
    if field.key:
        return "is part of the key, which `set` can't fill: write another `pk:`"
    if loading.access is None:
        return None  # it is reported
    user, reference = loading.access.user, field.reference
    if loading.auth and loading.auth.user and user is None:
        return None
    if user is None:
        if reference is not None:
            what = "is a reference, and `me` is text without a model of who asks: write"
            return f"{what} `auth: {{tokens: jwt, user: {plain(reference.target.name)}}}`"
        if field.type.name not in PLAIN_TEXT or field.type.array:
            return "holds a token's subject: give it the type string(255)"
        return None
    if reference is None or reference.target is not user:
        return f"holds who asks, a {user.name}: write {{ref: {user.name}, set: me}}"
    if [remote for _, remote in reference.columns] != list(user.key):
        return f"refers to {user.name} by another field than its key: leave out `columns:`"
    return None
