"""What only an owner's revisions made, and no model ever had."""

from dataclasses import dataclass, field, replace

from tools.migration.catalog import Catalog, Rule
from tools.migration.expand import Names, copy_of
from tools.migration.sql import renamed


@dataclass
class Own:
    tables: set[str] = field(default_factory=set)
    columns: set[tuple[str, str]] = field(default_factory=set)
    rules: set[tuple[str, str]] = field(default_factory=set)
    defaults: dict[tuple[str, str], str] = field(default_factory=dict)
    enums: set[str] = field(default_factory=set)
    schemas: set[str] = field(default_factory=set)

    def add(self, before: Catalog, after: Catalog) -> None:
        """What one revision of theirs made."""
        self.tables |= after.tables.keys() - before.tables.keys()
        self.rules |= after.rules.keys() - before.rules.keys()
        self.enums |= after.enums.keys() - before.enums.keys()
        self.schemas |= after.schemas - before.schemas
        for table in before.tables.keys() & after.tables.keys():
            was, now = before.tables[table], after.tables[table]
            self.columns |= {(table, name) for name in now.keys() - was.keys()}
            for name in was.keys() & now.keys():
                value = now[name].default
                if value and value != was[name].default:
                    self.defaults[table, name] = value

    def beside(self, goal: Catalog, now: Catalog, mirrors: Names) -> Catalog:
        """What the models say, and with it what of all this is there `now`."""
        made = copy_of(goal)
        made.schemas |= self.schemas & now.schemas
        made.enums |= {
            it: now.enums[it] for it in self.enums & now.enums.keys()
        } | goal.enums
        for table in self.tables & now.tables.keys():
            made.tables.setdefault(table, now.tables[table])
        for table, name in self.columns:
            if table in made.tables and name in now.tables.get(table, {}):
                made.tables[table].setdefault(name, now.tables[table][name])
        for (table, name), value in self.defaults.items():
            there = now.tables.get(table, {}).get(name)
            it = made.tables.get(table, {}).get(name)
            if it and there and there.default == value and not it.value:
                made.tables[table][name] = replace(it, value=value)
        for key in self.rules & now.rules.keys() - made.rules.keys():
            if rule := followed(now.rules[key], key[0], made, mirrors):
                made.rules[key] = rule
        for key in now.sequences.keys() - made.sequences.keys():
            if key[1] in made.tables.get(key[0], {}):
                made.sequences[key] = now.sequences[key]
        return made


def followed(rule: Rule, table: str, goal: Catalog, mirrors: Names) -> Rule | None:
    """One on a renamed column is made for that; one on a dropped column goes with it."""
    new = {old: name for (of, name), old in mirrors.items() if of == table}
    mine = {it.removeprefix(f"{table}.") for it in rule.columns}
    if mine & new.keys():
        columns = frozenset(f"{table}.{new.get(it, it)}" for it in mine)
        made = {it: renamed(getattr(rule, it), new) for it in ("definition", "index")}
        rule = replace(rule, columns=columns, **made)
    theirs = {
        it.rpartition(".")[2] for it in rule.columns if it.startswith(f"{table}.")
    }
    return (
        rule if table in goal.tables and theirs <= goal.tables[table].keys() else None
    )
