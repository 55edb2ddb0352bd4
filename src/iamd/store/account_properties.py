"""Account properties."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import select

from iamd.domain.ids import AccountId
from iamd.store import schema
from iamd.store.execution import Execution
from iamd.store.statements import Statement, given, putting

_TABLE: Final = schema.account_properties

_PUT: Final = putting(_TABLE)
_FIND: Final = Statement(
    select(_TABLE.c.name, _TABLE.c.value)
    .where(_TABLE.c.account_id == given("account_id"))
    .order_by(_TABLE.c.name)
)


class AccountProperties:
    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def find(self, account_id: AccountId) -> dict[str, str]:
        return dict(self._execution.rows(_FIND, {"account_id": account_id}))

    def put(self, account_id: AccountId, properties: Mapping[str, str]) -> None:
        for name, value in properties.items():
            self._execution.write(_PUT, {"account_id": account_id, "name": name, "value": value})
