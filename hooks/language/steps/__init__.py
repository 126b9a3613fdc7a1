"""The steps from drafts to a Spec, one function each: `(loading, draft)`, or `(loading)` for all.

Each reports what is wrong to `loading.problems`, and writes what it finds into `draft.model`. A
later step may use what the earlier ones of all models have written.
"""

from __future__ import annotations

from ..draft import Loading
from ..rules.resolve import resolve_rules
from .api import resolve_apis
from .auth import resolve_auth
from .checks import check_columns_of_sql, check_sql_of_a_row, resolve_checks
from .columns import resolve_columns
from .excludes import resolve_excludes
from .extensions import check_functions
from .fields import resolve_fields, resolve_unused_mixins
from .indexes import resolve_indexes
from .keys import resolve_key, resolve_order_key
from .many_to_many import resolve_manys
from .models import resolve_model
from .operations import resolve_operations
from .references import check_targets, resolve_inverses, resolve_references
from .uniques import resolve_uniques
from .whole import check_whole


def resolve(loading: Loading) -> None:
    drafts = loading.drafts.values()
    for draft in drafts:
        resolve_model(loading, draft)
    for draft in drafts:
        resolve_fields(loading, draft)
    for draft in drafts:
        resolve_references(loading, draft)
        resolve_columns(loading, draft)
        resolve_key(loading, draft)
    for draft in drafts:
        resolve_uniques(loading, draft)
    for draft in drafts:
        resolve_order_key(draft)
        check_targets(loading, draft)
        resolve_inverses(loading, draft)
    resolve_auth(loading)
    for draft in drafts:
        resolve_indexes(loading, draft)
        resolve_excludes(loading, draft)
        resolve_checks(loading, draft)
        check_columns_of_sql(loading, draft)
        check_sql_of_a_row(loading, draft)
    check_functions(loading)
    resolve_unused_mixins(loading)
    resolve_manys(loading)
    resolve_operations(loading)
    resolve_apis(loading)
    resolve_rules(loading)
    check_whole(loading)
