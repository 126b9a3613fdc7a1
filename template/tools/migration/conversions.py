"""Which type holds the values of which."""

from tools.migration.catalog import Column

WIDER = {
    "smallint": {"integer", "bigint", "numeric", "real", "double precision"},
    "integer": {"bigint", "numeric", "double precision"},
    "bigint": {"numeric"},
    "real": {"double precision"},
    "character varying": {"citext"},
    "text": {"citext"},
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
