"""
How many entities of a kind an account has: kept, not counted.

Each creation asks for it, for the sake of a quota, and to count five thousand users each time would take longer than to
add one.  The number changes in the transaction that adds or deletes, so that it is never off.
"""

from typing import Final

from sqlalchemy import Table, select

from iamd.store import schema
from iamd.store.execution import Execution
from iamd.store.statements import Statement, given, putting

_TABLE: Final = schema.entity_counts

_CHANGE: Final = putting(_TABLE, number=_TABLE.c.number + given("number"))
_FIND: Final = Statement(
    select(_TABLE.c.number).where(
        _TABLE.c.account_id == given("account_id"), _TABLE.c.collection == given("collection")
    )
)


def count_of(execution: Execution, account_id: str, collection: Table | str) -> int:
    row = execution.row(_FIND, {"account_id": account_id, "collection": str(collection)})
    return 0 if row is None else int(row[0])


def change_count(execution: Execution, account_id: str, collection: Table | str, by: int) -> None:
    """Add *by*, which may be negative."""
    execution.write(_CHANGE, {"account_id": account_id, "collection": str(collection), "number": by})
