"""Names: how one is derived from another, and which are reserved."""

from __future__ import annotations

import hashlib
import keyword
import re
import unicodedata
from collections.abc import Iterable


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


IRREGULAR = {
    "analysis": "analyses",
    "appendix": "appendices",
    "axis": "axes",
    "businessman": "businessmen",
    "cache": "caches",
    "calf": "calves",
    "calorie": "calories",
    "chairman": "chairmen",
    "chassis": "chassis",
    "child": "children",
    "cookie": "cookies",
    "craftsman": "craftsmen",
    "criterion": "criteria",
    "datum": "data",
    "die": "dice",
    "echo": "echoes",
    "elf": "elves",
    "embargo": "embargoes",
    "epoch": "epochs",
    "fireman": "firemen",
    "foot": "feet",
    "goose": "geese",
    "half": "halves",
    "hero": "heroes",
    "knife": "knives",
    "leaf": "leaves",
    "life": "lives",
    "loaf": "loaves",
    "man": "men",
    "matrix": "matrices",
    "medium": "media",
    "monarch": "monarchs",
    "mouse": "mice",
    "movie": "movies",
    "ox": "oxen",
    "person": "people",
    "phenomenon": "phenomena",
    "pie": "pies",
    "policeman": "policemen",
    "potato": "potatoes",
    "quiz": "quizzes",
    "salesman": "salesmen",
    "self": "selves",
    "shelf": "shelves",
    "stomach": "stomachs",
    "thief": "thieves",
    "tie": "ties",
    "tomato": "tomatoes",
    "tooth": "teeth",
    "vertex": "vertices",
    "veto": "vetoes",
    "wife": "wives",
    "wolf": "wolves",
    "woman": "women",
    "workman": "workmen",
    "zombie": "zombies",
}
_SINGULAR = {plural: singular for singular, plural in IRREGULAR.items()}
# These have no plural, so models.yml has to give one.
UNCOUNTABLE = _words(
    "advice aircraft baggage cash chassis data deer equipment evidence feedback fish furniture"
    " hardware info information inventory knowledge luggage metadata money music news offspring"
    " research salmon series sheep shrimp software species staff stuff swine traffic trout"
    " weather"
)
_SINGULAR_S = re.compile(r"(ss|us|is|ics|alias|atlas|bias|canvas|gas|lens)$")


def ascii_of(name: str) -> str:
    """`name` without accents, as in Cafe for Café; empty if that doesn't make it ASCII."""
    letters = [it for it in unicodedata.normalize("NFKD", name) if not unicodedata.combining(it)]
    return "".join(letters) if "".join(letters).isascii() else ""


def snake(name: str) -> str:
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return name.lower()


def kebab(name: str) -> str:
    return name.replace("_", "-")


def pascal(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def is_plural(name: str) -> bool:
    """Whether the last word of a name in snake_case looks like a plural."""
    word = name.rpartition("_")[2]
    if word in UNCOUNTABLE or word in IRREGULAR:
        return False
    return word in _SINGULAR or (
        len(word) > 2 and word.endswith("s") and not _SINGULAR_S.search(word)
    )


def reference_column(reference: str, key: str) -> str:
    """The column of a reference to a key, without repeating the reference's name."""
    return key if key.startswith(f"{reference}_") else f"{reference}_{key}"


def convention(kind: str, table: str, columns: Iterable[str]) -> str:
    """What SQLAlchemy calls a constraint or an index: `kind` is fk, uq, ix or the like."""
    return "_".join([kind, table, *columns])


def by_convention(kind: str, table: str, columns: Iterable[str]) -> str:
    """What a constraint or an index is called in PostgreSQL, which is not always that."""
    return fit(convention(kind, table, columns))


def fit(name: str) -> str:
    """`name`, or where PostgreSQL would cut it its start, and a hash of the whole."""
    if not too_long(name):
        return name
    whole = name.encode("utf-8", "surrogatepass")
    start = whole[: MAX_BYTES - 9].decode("utf-8", "ignore").rstrip("_")
    # In letters, which a class of that name has too.
    letters = hashlib.sha256(whole).hexdigest()[:8].translate(LETTERS)
    return f"{start}_{letters}"


def plural(name: str) -> str:
    """The plural of a name in snake_case; the same word if it has none."""
    lead, _, word = name.rpartition("_")
    lead = name[: len(name) - len(word)]
    if word in UNCOUNTABLE or is_plural(word):
        return name
    if word in IRREGULAR:
        return lead + IRREGULAR[word]
    if word.endswith("sis"):
        return f"{lead}{word[:-2]}es"
    if re.search(r"[^aeiou]y$", word):
        return f"{lead}{word[:-1]}ies"
    if re.search(r"(s|x|z|ch|sh)$", word):
        return f"{lead}{word}es"
    return f"{lead}{word}s"


def singular(name: str) -> str:
    """The singular of a name in snake_case; the same word if it isn't a plural."""
    lead, _, word = name.rpartition("_")
    lead = name[: len(name) - len(word)]
    if not is_plural(word):
        return name
    if word in _SINGULAR:
        return lead + _SINGULAR[word]
    if word.endswith("ies") and len(word) > 4:
        return f"{lead}{word[:-3]}y"
    if re.search(r"(ss|[^ao]us|x|zz|tz|ch|sh)es$", word):
        return f"{lead}{word[:-2]}"
    return f"{lead}{word[:-1]}"


MODEL = re.compile(r"[A-Z][A-Za-z0-9]*")
FIELD = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
# What a table or column may be called; SQLAlchemy takes `%(x)s` for a parameter.
IDENTIFIER = re.compile(r'(?! )(?!.*%\(.+\)s)[^"\\]+(?<! )')
PATH = re.compile(r"(/[A-Za-z0-9][A-Za-z0-9._~-]*)+")
MAX_BYTES = 63
LETTERS = str.maketrans("0123456789", "ghijklmnop")

# A field of such a name would hide what a class body, Pydantic, SQLAlchemy or a row needs.
_BODY = "bool bytes dict dt float int list mapped_column native_enum postgresql relationship sa str"
_SQLALCHEMY = "metadata registry"
_PYDANTIC = (
    "construct copy dict from_orm json parse_file parse_obj parse_raw schema schema_json"
    " update_forward_refs validate"
)
_OURS = "filters uuid4 uuid7 self count index t tuple"
_TAKEN = _words(f"{_BODY} {_SQLALCHEMY} {_PYDANTIC} {_OURS}")
_MODEL_NAMES = _words(
    "model_computed_fields model_config model_construct model_copy model_extra model_fields"
    " model_fields_set model_json_schema model_parametrized_name model_post_init model_rebuild"
    ""
)


def is_keyword(name: str) -> bool:
    return keyword.iskeyword(name)


def attribute(name: str) -> str:
    """The name of a field or relation in Python."""
    taken = keyword.iskeyword(name) or name in _TAKEN or name in _MODEL_NAMES
    return f"{name}_" if taken else name


def sort_of_sql(text: str) -> str | None:
    """What `price desc`, as SQL has it, is here: `-price`; None if `text` is no such thing."""
    found = re.fullmatch(r"\s*(\w+)\s+(asc|desc)\s*", text, re.IGNORECASE)
    return found and ("-" * (found[2].lower() == "desc") + found[1])


def refused_by_pydantic(name: str) -> bool:
    return name.startswith(("model_dump", "model_validate"))


# Classes and constants that the modules of a service import or define; `delete_all` is a function.
CLASSES = _words(
    "All Annotated Any APIRouter AsyncSession Base Bulk CheckConstraint Created CursorPage"
    " CursorQuery Database Db Decimal Deleted Depends ETag Embedded Embeds False Field FiniteFloat"
    " Generic HTTPException IfMatch IfNew IfNoneMatch Input JsonLines Listing Literal"
    " ManyRows Mapped MISSING None OffsetPage OffsetQuery OrText Output QueryModel Response"
    " RowCount StrEnum Timestamps ToMany ToOne True TYPE_CHECKING Updated Upsert UUID"
    " COLUMNS CREATED DELETE EMBEDS FACTS INSERT LIST MANY MATCHES RESTORE SELECT"
    " UNCHANGED UPDATE UPSERT"
)

# Likewise, where somebody is asked who it is.
CLASSES_OF_ACCESS = _words("ANYBODY Criteria Forbidden ME Principal SYSTEM Unauthenticated Who")
# Of the module that makes the row of who asks, and names one model.
BESIDE_USER = _words("CLAIMS FIND MAKE Mapping OrderedDict PostgresError Record SECONDS")

# Attributes of `table.c`.
COLLECTION = _words(
    "add as_readonly clear compare contains_column corresponding_column extend get items keys"
    " remove update values"
)


def is_identifier(name: str) -> bool:
    """Whether a table, a column or a constraint may have this name."""
    return bool(IDENTIFIER.fullmatch(name)) and name.isprintable()


def is_column(name: str) -> bool:
    """Whether `table.c.<name>` is a column."""
    return bool(FIELD.fullmatch(name)) and not is_keyword(name) and name not in COLLECTION


# PostgreSQL finds its own types before ours of the same name.
SQL_TYPES = _words(
    "aclitem any array bit bool boolean box bpchar bytea char character cid cidr circle cstring"
    " date daterange decimal double float float4 float8 inet int int2 int4 int8 integer internal"
    " interval json jsonb jsonpath line lseg macaddr macaddr8 money name numeric numrange oid path"
    " point polygon real record refcursor smallint bigint text tid time timestamp timestamptz"
    " timetz trigger tsquery tsrange tsvector unknown uuid varbit varchar void xid xml"
)
SYSTEM_COLUMNS = _words("tableoid xmin cmin xmax cmax ctid")

_SQL_RESERVED = _words(
    "all analyse analyze and any array as asc asymmetric authorization between bigint binary bit"
    " boolean both case cast char character check coalesce collate collation column concurrently"
    " constraint create cross current_catalog current_date current_role current_schema current_time"
    " current_timestamp current_user dec decimal default deferrable desc distinct do else end"
    " except exists extract false fetch float for foreign freeze from full grant greatest group"
    " grouping having ilike in initially inner inout int integer intersect interval into is isnull"
    " join json json_array json_arrayagg json_exists json_object json_objectagg json_query"
    " json_scalar json_serialize json_table json_value lateral leading least left like limit"
    " localtime localtimestamp merge_action national natural nchar none normalize not notnull null"
    " nullif numeric offset on only or order out outer overlaps overlay placing position precision"
    " primary real references returning right row select session_user setof similar smallint some"
    " substring symmetric system_user table tablesample then time timestamp to trailing treat trim"
    " true union unique user using values varchar variadic verbose when where window with"
    " xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot"
    " xmlserialize xmltable"
)
# Words of expressions that never name a column.
SQL_WORDS = _SQL_RESERVED | _words(
    "absent at by conditional current day document empty encoding error escape exclude filter first"
    " following format groups hour ignore key keys last minute month name nfc nfd nfkc nfkd"
    " normalized nulls object others over partition passing preceding range respect rows scalar"
    " second string ties uescape unbounded unconditional unknown value varying version whitespace"
    " within without wrapper year zone"
)


def quote(identifier: str) -> str:
    """`identifier` as SQL writes it: quoted if it has to be."""
    if re.fullmatch(r"[a-z_][a-z0-9_$]*", identifier) and identifier not in _SQL_RESERVED:
        return identifier
    return '"' + identifier.replace('"', '""') + '"'


def too_long(identifier: str) -> bool:
    """Whether PostgreSQL would cut it, which it does silently."""
    return len(identifier.encode("utf-8", "surrogatepass")) > MAX_BYTES
