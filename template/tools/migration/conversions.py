"""Which type holds the values of which."""

import asyncpg

from migrations.names import literal
from tools.migration.catalog import Column

WIDER = {
    "smallint": {"integer", "bigint", "numeric", "real", "double precision"},
    "integer": {"bigint", "numeric", "double precision"},
    "bigint": {"numeric"},
    "real": {"double precision"},
    "character varying": {"citext"},
    "text": {"character varying", "citext"},
    "citext": {"character varying"},
    "date": {"timestamp without time zone"},
    "cidr": {"inet"},
}

# Of each, a version of the service reads and writes all.
FAMILIES = (
    {"smallint", "integer", "bigint"},
    {"real", "double precision"},
    {"character varying", "text", "citext"},
    {"cidr", "inet"},
)

# As many kinds of values as there are; each type takes some, and writes them its own way.
SAMPLES = (
    *("1", "1.5", "t", "a", "10:00", "20200101", "2020-01-01", "2020-01-01 10:00+00"),
    *("1 day", "127.0.0.1", "127.0.0.0/8", "08:00:2b:01:02:03", "\\x61", "http://a.b"),
    *("00000000-0000-4000-8000-000000000000", "a=>1", "a@b.c", "<a/>", '"a"'),
    *("{}", "[]", "[1]", "{1}", "{t}", "{a}", "{2020-01-01}", "(1,2)", "empty"),
    *("[1,2)", "[1.5,2)", "[2020-01-01,2020-01-02)", "{[1,2)}", "1,2", "((1,2),(3,4))"),
)
LABELS = """
SELECT enumlabel FROM pg_enum JOIN pg_type t ON enumtypid IN (t.oid, t.typelem)
WHERE t.oid IN ($1::text::regtype, $2::text::regtype)
"""


async def reachable(db: asyncpg.Connection, now: str, goal: str) -> bool:
    """Whether a cast, or what is written of a value, makes any of `now` one of `goal`."""
    if await runs(db, f"NULL::{now}::{goal}"):
        return True
    labels = [it[0] for it in await db.fetch(LABELS, now, goal)]
    for sample in (*SAMPLES, *labels, *(f"{{{it}}}" for it in labels)):
        if await runs(db, f"{literal(sample)}::{now}::text::{goal}"):
            return True
    return False


async def runs(db: asyncpg.Connection, expression: str) -> bool:
    try:
        async with db.transaction():
            await db.execute(f"SELECT {expression}")
    except asyncpg.PostgresError:
        return False
    return True


def widens(now: str, goal: str) -> bool:
    """Whether every value of the one type is one of the other."""
    (now, *sizes), (goal, *room) = parts(now), parts(goal)
    if goal == "text":
        return True
    if now == goal:
        if now == "numeric" and sizes and room:
            scale, space = sizes[1:] or ["0"], room[1:] or ["0"]
            whole = int(sizes[0]) - int(scale[0]) <= int(room[0]) - int(space[0])
            return whole and int(scale[0]) <= int(space[0])
        return not room or (bool(sizes) and int(sizes[0]) <= int(room[0]))
    if now in WIDER and goal == "numeric" and room:
        digits = {"smallint": 5, "integer": 10, "bigint": 19}[now]
        return digits <= int(room[0]) - int((room[1:] or ["0"])[0])
    return not room and goal in WIDER.get(now, ())


def is_instant(now: Column, goal: Column) -> bool:
    """Whether PostgreSQL leaves the rows as they are."""
    (one, *sizes), (other, *room) = parts(now.type), parts(goal.type)
    texts = {one, other} <= {"character varying", "text"}
    numbers = one == other == "numeric" and (not room or sizes[1:] == room[1:])
    fits = (texts or numbers) and widens(now.type, goal.type)
    return fits and now.collation == goal.collation


def is_shared(now: Column, goal: Column) -> bool:
    """Whether a version that knows the one type can read and write the other."""
    (one, *_), (other, *_) = parts(now.type), parts(goal.type)
    if not widens(now.type, goal.type):
        return False
    return one == other or any({one, other} <= group for group in FAMILIES)


def parts(type_: str) -> list[str]:
    """`numeric(12,2)` as `numeric`, `12`, `2`."""
    name, _, sizes = type_.partition("(")
    inner, _, rest = sizes.partition(")")
    return [name + rest, *(inner.split(",") if inner else ())]
