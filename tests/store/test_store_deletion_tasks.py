"""Deletion tasks of service-linked roles."""

from datetime import timedelta
from functools import partial

import pytest
from tests.support.store_values import ACCOUNT_ID, AT, OTHER_ACCOUNT_ID, read, write

from iamd.background import forget_what_is_too_old
from iamd.domain.deletion_tasks import REMEMBERED, DeletionTask
from iamd.errors import EntityAlreadyExists
from iamd.store.interface import Store


def test_a_task_is_found_in_its_account_alone(store: Store) -> None:
    made = DeletionTask(account_id=ACCOUNT_ID, task_id="task/aws-service-role/s/R/1", created_at=AT)
    write(store, lambda tx: tx.deletion_tasks.add(made))
    assert read(store, lambda tx: tx.deletion_tasks.find(ACCOUNT_ID, made.task_id)) == made
    assert read(store, lambda tx: tx.deletion_tasks.find(OTHER_ACCOUNT_ID, made.task_id)) is None
    assert read(store, lambda tx: tx.deletion_tasks.find(ACCOUNT_ID, made.task_id.upper())) is None
    with pytest.raises(EntityAlreadyExists):
        write(store, lambda tx: tx.deletion_tasks.add(made))


def test_a_task_is_forgotten_after_a_month(store: Store) -> None:
    made = DeletionTask(account_id=ACCOUNT_ID, task_id="task/aws-service-role/s/R/1", created_at=AT)
    write(store, lambda tx: tx.deletion_tasks.add(made))
    for later, there in ((REMEMBERED, True), (REMEMBERED + timedelta(seconds=1), False)):
        write(store, partial(forget_what_is_too_old, now=AT + later))
        assert (read(store, lambda tx: tx.deletion_tasks.find(ACCOUNT_ID, made.task_id)) == made) == there
