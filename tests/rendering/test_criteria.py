"""How rules are printed: as criteria of SQLAlchemy, and as SQL that tests judge them by."""

from typing import Any

import pytest

from hooks.language import load
from hooks.rendering.rules.criteria import Criteria
from hooks.rendering.rules.known import branches
from hooks.rendering.rules.oracle import Oracle, may

KEPT: dict[str, Any] = {"rules": {"read": "user", "write": "user"}}
MODELS: dict[str, Any] = {
    "User": {"fields": {"subject": {"type": "text", "unique": True, "access": "read_only"}}},
    "Team": {
        "soft_delete": True,
        "fields": {"lead": "-> User?", "open": {"type": "bool", "optional": True}},
        "rules": {"read": "open", "write": "role(boss)"},
    },
    "Paper": {
        "fields": {
            "team": {"ref": "Team", "optional": True},
            "owner": {"ref": "User", "set": "me"},
            "parent": {"ref": "Paper", "optional": True, "inverse": "children"},
            "level": "int",
        },
        "many": {
            "readers": {"to": "User", "inverse": "read_papers"},
            "marks": {"to": "Mark", "through": "Marking"},
        },
    },
    "Mark": {"fields": {"text": "string(20)"}},
    "Marking": {"pk": ["paper", "mark"], "fields": {"paper": "-> Paper", "mark": "-> Mark"}},
}
CRITERIA = (
    ("team.lead = me", "sa.exists().where(Team.id == Paper.team_id, Team.lead_id == ME)"
     ".correlate_except(Team)"),
    ("team.lead is null", "sa.select(Team.lead_id).where(Team.id == Paper.team_id)"
     ".correlate_except(Team).scalar_subquery().is_(None)"),
    ("parent.level > 1", "sa.exists().where(PARENT.id == Paper.parent_id, PARENT.level > 1)"
     ".correlate_except(PARENT)"),
    ("parent.parent.level > level",
     "sa.exists().where(PARENT.id == Paper.parent_id, PARENT_.id == PARENT.parent_id,"
     " PARENT_.level > Paper.level).correlate_except(PARENT, PARENT_)"),
    ("any(children, not level > 1)",
     "sa.exists().where(Paper.id == CHILDREN.parent_id, CHILDREN.level <= 1)"
     ".correlate_except(CHILDREN)"),
    ("any(readers, id = me)",
     "sa.exists().where(paper_readers.c.paper_id == Paper.id, paper_readers.c.user_id == ME)"
     ".correlate_except(paper_readers)"),
    ("any(marks, text = 'x')",
     "sa.exists().where(Paper.id == Marking.paper_id, Marking.mark_id == Mark.id,"
     " Mark.text == \"x\").correlate_except(Marking, Mark)"),
    ("can(read, team)", 'can("read", {Team.id: Paper.team_id})'),
    ("not can(read, team)", '~can("read", {Team.id: Paper.team_id}, is_part=True)'),
    ("level = 1 or can(update, team)",
     'sa.or_(Paper.level == 1, can("update", {Team.id: Paper.team_id}, is_part=True))'),
    ("can(delete, parent)", 'can("delete", {Paper.id: Paper.parent_id})'),
    ("team.open = false", "sa.exists().where(Team.id == Paper.team_id, Team.open.is_(False))"
     ".correlate_except(Team)"),
    ("not level in (1, 2)", "Paper.level.not_in([1, 2])"),
    ("parent is not null", "Paper.parent_id.is_not(None)"),
)  # fmt: skip


def rule_of(text: str) -> Any:
    given = {**MODELS, "Paper": {**MODELS["Paper"], "rules": {"read": text, "delete": "user"}}}
    auth = {"auth": {"tokens": "jwt", "user": "User"}, "roles": ["boss"]}
    spec = load({**auth, "defaults": KEPT, "models": given})
    return next((it, it.rules["read"]) for it in spec.models if it.name == "Paper")


@pytest.mark.parametrize(("text", "printed"), CRITERIA, ids=lambda it: str(it)[:30])
def test_criteria(text: str, printed: str) -> None:
    model, rule = rule_of(text)
    rest = branches(rule)[0].rest
    assert Criteria(model).text(rest) == printed


@pytest.mark.parametrize(
    ("text", "sql", "who"),
    [
        ("owner = me", '(r."owner_id" = CAST(:me AS uuid))', ":known"),
        (
            "not role(boss)",
            "NOT CASE WHEN :known THEN 'boss' = ANY (CAST(:roles AS text[])) END",
            "(CASE WHEN :known THEN 'boss' = ANY (CAST(:roles AS text[])) END) IS FALSE",
        ),
        (
            "parent.level > 1",
            '((SELECT r1."level" FROM "papers" r1 WHERE r."parent_id" = r1."id") > 1)',
            "true",
        ),
        (
            "can(read, team)",
            'EXISTS (SELECT FROM "teams" r1 WHERE r."team_id" = r1."id"'
            ' AND ((r1."open" = true) AND r1.deleted_at IS NULL))',
            "true",
        ),
        (
            "any(readers, id = me)",
            'EXISTS (SELECT FROM "paper_readers" r2, "users" r1'
            ' WHERE r."id" = r2."paper_id" AND r1."id" = r2."user_id"'
            ' AND (r1."id" = CAST(:me AS uuid)))',
            ":known",
        ),
    ],
)
def test_rules_in_sql(text: str, sql: str, who: str) -> None:
    _, rule = rule_of(text)
    assert Oracle().condition(rule, "r") == sql
    assert may(rule) == who
