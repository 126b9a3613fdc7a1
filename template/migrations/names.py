"""Names and strings of SQL, taken apart and put together."""

import re

IDENT = r'(?:"(?:[^"]|"")+"|[^\s."(),]+)'
NAME = r'("[^"]+"|\w+)'  # of a column
# What statements of revisions drop.
COLUMNS = re.compile(rf"ALTER TABLE (\S+) DROP COLUMN {NAME}")
FUNCTIONS = re.compile(r"DROP FUNCTION IF EXISTS (\S+) CASCADE")
TABLES = re.compile(r"^DROP TABLE (.+)$", re.MULTILINE)


def parts(name: str) -> list[str]:
    return re.findall(IDENT, name)


def split(name: str) -> tuple[str, str]:
    """All but the last part of a name, and that."""
    return ".".join(parts(name)[:-1]), parts(name)[-1]


def last(name: str) -> str:
    """Without its schema, as SQL has it."""
    return split(name)[1]


def bare(name: str) -> str:
    """As catalogues have it."""
    quoted = name.startswith('"')
    return name[1:-1].replace('""', '"') if quoted else name


def beside(table: str, name: str) -> str:
    """With the schema of the table."""
    schema = split(table)[0] if table else ""
    return f"{schema}.{name}" if schema else name


def tables_dropped(sql: str) -> list[str]:
    return [it for of in TABLES.findall(sql) for it in of.split(", ")]


def literal(text: str) -> str:
    """As a string of SQL, whatever `standard_conforming_strings` is."""
    escaped = text.replace("'", "''")
    if "\\" not in text:
        return f"'{escaped}'"
    return "E'" + escaped.replace("\\", r"\\") + "'"
