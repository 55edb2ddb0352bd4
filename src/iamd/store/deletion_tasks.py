"""Deletion tasks of service-linked roles."""

from datetime import datetime
from typing import Final

from sqlalchemy import delete, select

from iamd.domain.deletion_tasks import DeletionTask
from iamd.domain.ids import AccountId
from iamd.errors import EntityAlreadyExists
from iamd.store import schema
from iamd.store.execution import Execution
from iamd.store.statements import Statement, adding, given
from iamd.store.values import microseconds, time_of

_TABLE: Final = schema.deletion_tasks

_ADD: Final = adding(_TABLE)
_FIND: Final = Statement(
    select(*_TABLE.c).where(_TABLE.c.account_id == given("account_id"), _TABLE.c.task_id == given("task_id"))
)
_FORGET: Final = Statement(delete(_TABLE).where(_TABLE.c.created_at < given("before")))


class DeletionTasks:
    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def add(self, task: DeletionTask) -> None:
        row = {
            "account_id": task.account_id,
            "task_id": task.task_id,
            "created_at": microseconds(task.created_at),
        }
        if self._execution.write(_ADD, row) == 0:
            raise EntityAlreadyExists(f"Deletion task {task.task_id} already exists.")

    def find(self, account_id: AccountId, task_id: str) -> DeletionTask | None:
        row = self._execution.row(_FIND, {"account_id": account_id, "task_id": task_id})
        if row is None:
            return None
        return DeletionTask(account_id=row[0], task_id=row[1], created_at=time_of(row[2]))

    def forget(self, before: datetime) -> None:
        self._execution.write(_FORGET, {"before": microseconds(before)})
