"""A migration that is written once, and tried on databases of all kinds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from _pytest.mark.structures import ParameterSet

from tests.adopt.support import Server
from tests.migrations.support import Service

WRITTEN: dict[tuple[str, ...], list[tuple[str, str]]] = {}  # names and texts of files

# Roles of one server, whatever tests it has seen.
ROLES = """
DO $$ BEGIN CREATE ROLE plain LOGIN; EXCEPTION WHEN duplicate_object THEN END $$;
ALTER ROLE plain NOSUPERUSER NOBYPASSRLS;
GRANT CREATE, USAGE ON SCHEMA public TO plain;
CREATE SCHEMA IF NOT EXISTS far; GRANT CREATE, USAGE ON SCHEMA far TO plain;
"""


# A step of a revision, and what a client does before it.
STEP = re.compile(r"    (backfill|mirror|autocommit|transaction|prove)\(")
BESIDE = '''
def beside():
    import asyncio, os, threading, asyncpg
    from alembic.util import CommandError
    from migrations.steps import commit

    async def write():
        db = await asyncpg.connect(os.environ["DATABASE_URL"].replace("plain@", "postgres@"))
        await db.execute("SET lock_timeout = '5s'")
        await db.execute("""{}""")
        await db.close()

    def run():
        try:
            asyncio.run(write())
        except Exception as error:
            failed.append(error)

    failed = []
    commit()
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failed:
        raise CommandError(f"The client failed: {{failed[0]!r}}")

'''


class Trial:
    """From the models `before` to `after`, by way of an owner's revision if there is one."""

    def __init__(
        self, service: Service, server: Server, before: str, after: str, own: str = ""
    ) -> None:
        self.service, self.server, self.after = service, server, after
        service.begin(before)
        self.own = service.versions / "own.py"
        if own:
            self.own.write_text(revision("own", "0001", own))
        key = (before, after, own)
        if key not in WRITTEN:
            service.change(after)
            self.printed, path = service.write(server)
            assert path, self.printed
            WRITTEN[key] = [(path.name, path.read_text()), ("", self.printed)]
        (name, text), (_, self.printed) = WRITTEN[key][:2]
        self.path = service.versions / name
        self.path.write_text(text)
        service.approve(self.path)

    def contract(self) -> Path:
        """Written as the next one."""
        self.service.change(self.after)  # not those of a trial between
        _, path = self.service.contract(self.server)
        assert path
        self.service.approve(path)
        return path

    @property
    def text(self) -> str:
        return self.path.read_text()

    def edit(self, old: str, new: str) -> None:
        text = self.text
        assert old in text, text
        self.path.write_text(text.replace(old, new))

    def beside(self, sql: str) -> None:
        """Have a client run this before each step, up and down; its errors end the migration."""
        lines = [BESIDE.format(sql)]
        for line in self.text.splitlines():
            if STEP.match(line):
                lines.append("    beside()")
            lines.append(line)
        self.path.write_text("\n".join(lines) + "\n")

    def database(self, sql: str = "", tables: str = "") -> str:
        """One at the revision before: what the service made, or `tables`, then `sql`."""
        url = self.server.database(tables)
        start = "own" if self.own.exists() else "0001"
        self.service.alembic(url, "stamp" if tables else "upgrade", start)
        if sql:
            self.server.execute(url, sql)
        return url

    def upgrade(self, url: str, to: str = "+1") -> str:
        return self.service.alembic(url, "upgrade", to)

    def downgrade(self, url: str) -> str:
        return self.service.alembic(url, "downgrade", "-1")

    def refused(self, url: str, *command: str) -> str:
        """What is told, without a traceback."""
        with pytest.raises(AssertionError) as failed:
            self.service.alembic(url, *(command or ("upgrade", "+1")))
        told = str(failed.value).partition("\n")[2]
        assert "Traceback" not in told, told
        return told

    def rows(self, url: str, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(it) for it in self.server.fetch(url, sql)]

    def execute(self, url: str, *statements: str) -> None:
        for sql in statements:
            self.server.execute(url, sql)


def revision(name: str, down: str, upgrade: str, downgrade: str = "pass") -> str:
    """The text of one that its owner wrote."""
    return (
        "from alembic import op\n\n"
        f"revision, down_revision = {name!r}, {down!r}\n"
        "branch_labels = depends_on = None\n\n\n"
        f"def upgrade():\n    {upgrade}\n\n\ndef downgrade():\n    {downgrade}\n"
    )


def owned() -> str:
    """SQL that gives everything in the public schema to the role `plain`."""
    return f"""{ROLES}
    DO $$
    DECLARE it record;
    BEGIN
      FOR it IN SELECT oid::regclass AS name FROM pg_class
        WHERE relkind IN ('r', 'p') AND relnamespace::regnamespace::text IN ('public', 'far')
      LOOP EXECUTE format('ALTER TABLE %s OWNER TO plain', it.name); END LOOP;
      FOR it IN SELECT oid::regtype AS name FROM pg_type
        WHERE typtype = 'e' AND typnamespace = 'public'::regnamespace
      LOOP EXECUTE format('ALTER TYPE %s OWNER TO plain', it.name); END LOOP;
      FOR it IN SELECT oid::regprocedure AS name FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND proname !~ '^zz_'
      LOOP EXECUTE format('ALTER FUNCTION %s OWNER TO plain', it.name); END LOOP;
    END $$;
    """


def as_plain(url: str) -> str:
    return url.replace("postgres@", "plain@")


def of_all(kinds: Iterable[Any], *first: Any) -> list[ParameterSet]:
    """The `first` of the kinds in `make test`, the others among the cross products."""
    marks = {it: [] if it in first else [pytest.mark.cross] for it in kinds}
    return [
        pytest.param(*([it] if isinstance(it, str) else it), marks=of) for it, of in marks.items()
    ]
