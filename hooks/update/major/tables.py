"""What 2.0 calls what 1.x had. A name is `module:name`, or `module:expression`."""

from __future__ import annotations

MODULES = {
    "app.database.counts": "app.lists.counts",
    "app.database.embeds": "app.lists.embeds",
    "app.database.exports": "app.lists.exports",
    "app.database.filters": "app.lists.filters",
    "app.database.offsets": "app.lists.offsets",
    "app.database.paging": "app.lists.paging",
    "app.database.search": "app.lists.search",
    "app.database.sorting": "app.lists.sorting",
    "app.database.statements": "app.errors",
    "app.garbage": "app.process.gc",
    "app.logs": "app.process.logs",
    "app.server": "app.process.server",
    "app.web": "app.http",
    "app.web.queries": "app.lists.query",
    "app.web.requests": "app.http.middleware",
    "tests.checks": "tests.support.checks",
    "tests.filters": "tests.support.filters",
    "tests.statements": "tests.support.statements",
}

NAMES = {
    "app.database.compiled:Row": "app.database.compiled:Record",
    "app.database.counts:count": "app.lists.counts:RowCount.of",
    "app.database.embeds:Criteria": "app.database.policy:Criteria",
    "app.database.engine:ATTEMPTS": "app.database.retries:ATTEMPTS",
    "app.database.engine:CACHED": "app.database.cache:MAX_COMPILED",
    "app.database.engine:Db": "app.dependencies:Db",
    "app.database.engine:NONE": "app.database.engine:NO_VALUES",
    "app.database.engine:PING_TIMEOUT": "app.database.pool:PING_TIMEOUT",
    "app.database.engine:RETRIED": "app.database.retries:RETRIED",
    "app.database.engine:Session": "app.dependencies:SessionDep",
    "app.database.engine:Slots": "app.database.pool:Slots",
    "app.database.engine:UNREACHABLE": "app.database.pool:UNREACHABLE",
    "app.database.engine:Unavailable": "app.errors:Unavailable",
    "app.database.engine:Unreadable": "app.errors:UnreadableValue",
    "app.database.engine:again": "app.database.retries:again",
    "app.database.engine:connect_args": "app.database.pool:connect_args",
    "app.database.engine:database": "app.dependencies:get_database",
    "app.database.engine:is_outdated": "app.database.retries:is_outdated",
    "app.database.engine:log_statements": "app.database.pool:log_statements",
    "app.database.engine:session": "app.dependencies:get_session",
    "app.database.engine:sqlstate": "app.database.retries:sqlstate",
    "app.database.filters:FilterQuery": "app.lists.query:QueryModel",
    "app.database.filters:NO_FILTERS": "app.lists.query:NO_FILTERS",
    "app.database.filters:parameter": "app.lists.query:parameter",
    "app.database.embeds:EmbedsQuery": "app.lists.query:QueryModel",
    "app.database.paging:CACHED": "app.lists.paging:MAX_STATEMENTS",
    "app.database.paging:ListQuery": "app.lists.paging:PageQuery",
    "app.database.sorting:Order": "app.lists.sorting:SortOrder",
    "app.database.statements:Invalid": "app.errors:InvalidValue",
    "app.database.statements:Refused": "app.errors:RowsRefused",
    "app.database.statements:columns": "app.database.base:columns_for",
    "app.database.statements:found": "app.errors:found_or_404",
    "app.database.upserts:VERSIONS": "app.database.versions:VERSIONS",
    "app.database:Conflict": "app.errors:Conflict",
    "app.database:CursorPage": "app.lists.paging:CursorPage",
    "app.database:Db": "app.dependencies:Db",
    "app.database:Invalid": "app.errors:InvalidValue",
    "app.database:Listing": "app.lists.paging:Listing",
    "app.database:NotFound": "app.errors:NotFound",
    "app.database:Row": "app.database:Record",
    "app.database:Session": "app.dependencies:SessionDep",
    "app.database:Unavailable": "app.errors:Unavailable",
    "app.database:Unreadable": "app.errors:UnreadableValue",
    "app.database:columns": "app.database.base:columns_for",
    "app.database:found": "app.errors:found_or_404",
    "app.garbage:uncollected": "app.process.gc:paused",
    "app.logs:complete": "app.process.logs:add_request_id",
    "app.web.preconditions:ETAG": "app.http.preconditions:ETag.HEADER",
    "app.web.preconditions:etag": "app.http.preconditions:ETag.of",
    "app.web.preconditions:matches": "app.database.versions:matches_version",
    "app.web.preconditions:tagged": "app.http.preconditions:ETag.on",
    "app.web.preconditions:unless_known": "app.http.preconditions:ETag.unless_known",
    "app.web.queries:COMPARISONS": "app.lists.openapi:COMPARISONS",
    "app.web.queries:MEANINGS": "app.lists.openapi:MEANINGS",
    "app.web.queries:parameters": "app.lists.openapi:parameters",
    "app.web.queries:plain": "app.lists.openapi:plain",
    "app.web.requests:REQUEST_ID": "app.process.logs:REQUEST_ID",
    "app.web.requests:Requests": "app.http.middleware:RequestMiddleware",
    "app.web.schemas:Created": "app.http.bulk:Created",
    "tests.conftest:create_schemas": "tests.catalog:create_schemas",
}

# Those of a resource's router.py; what a transition or a transfer has is found in both renders.
STATEMENTS = {"READ": "COLUMNS", "THIS": "BY_KEY", "GET": "SELECT", "CREATE": "INSERT"}

# What to write instead of what has no equal.
HINTS = {
    "app.database.embeds:Embedding": "tuple[…, ...] in a QueryModel, which sorts `embed` itself",
    "app.database.embeds:ToMany(…)": "a Policy of the model, whose `alive` has the criteria",
    "app.database.embeds:ToOne(…)": "a Policy of the model, whose `alive` has the criteria",
    "app.database.embeds:in_one_order": "a QueryModel, which sorts `embed` itself",
    "app.database.paging:Listing(…)": "the policy of the model, as Listing(POLICY, …)",
    "app.database.search:SearchListing(…)": "the policy of the model, as SearchListing(POLICY, …)",
    "app.database.sorting:each_once": "a QueryModel, which checks `sort` itself",
    "app.database:Listing(…)": "the policy of the model, as Listing(POLICY, …)",
    "app.web.preconditions:refusal": "ETag.first(db, statement, values, if_match, policy),"
    " which raises it",
    "app.web.queries:Reads": "the class method `from_request` of a QueryModel",
    "app.web.routing:Index": "RoutingTable(app), of app.http.routing",
}


def missing(name: str) -> str:
    """`name` of a module, with what to write instead where that is known."""
    module, _, last = name.rpartition(".")
    hint = HINTS.get(f"{module}:{last}")
    return f"{name} (write {hint})" if hint else name


def module_of(module: str) -> str:
    """What a module of the version before is called by now."""
    if found := MODULES.get(module):
        return found
    return (
        f"app.http.{module.removeprefix('app.web.')}" if module.startswith("app.web.") else module
    )
