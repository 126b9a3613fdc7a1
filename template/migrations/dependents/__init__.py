"""The database that is there, not the one in the models.

`survey` finds what hangs on what a revision changes, `carry` takes it along.
"""

from migrations.dependents.carry import carry
from migrations.dependents.indexes import carry_index, index_statements
from migrations.dependents.owned import carry_type
from migrations.dependents.precautions import warnings
from migrations.dependents.survey import survey

__all__ = [
    "carry",
    "carry_index",
    "carry_type",
    "index_statements",
    "survey",
    "warnings",
]
