"""What a resource can serve: its operations, and the names that go with them."""

from __future__ import annotations

DEFAULT_OPS = ("list", "get", "create", "update", "replace", "delete", "bulk_create")
OPS = (*DEFAULT_OPS, "bulk_update", "bulk_delete", "upsert", "count", "export")
READ_OPS = ("list", "get")
KEYLESS_OPS = ("list", "create", "bulk_create", "count", "export")
CREATING_OPS = ("create", "bulk_create")
CHANGING_OPS = ("update", "replace", "bulk_update")
# What the service itself serves.
FIXED = ("/health", "/docs", "/openapi.json")
# Parameters that every list has.
PARAMETERS = ("limit", "sort", "cursor", "offset", "search", "embed")

# Paths of a resource that stand where its keys do.
FIXED_PATHS = ("bulk", "count", "export")
# What functions and schemas of a resource begin or end with.
VERBS = (
    *("create", "delete", "get", "link", "list", "query", "read", "replace", "restore"),
    *("sort", "unlink", "update", "upsert"),
)

# Schemas of a model, as they end.
SCHEMAS = ("Create", "Update", "Replace", "Read", "Query", "Export", "Sort")
# Those of an operation that isn't there unless it is asked for.
MORE_SCHEMAS = {
    "bulk_update": "Change",
    "bulk_delete": "Key",
    "count": "Filter",
    "upsert": "Upsert",
}
