"""Buckets: on every store alike."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.support.store_values import OTHER_ACCOUNT_ID, add, bucket, read, write

from iamd.domain.buckets import ALL_BLOCKED
from iamd.errors import EntityAlreadyExists, NoSuchEntity
from iamd.store.interface import Change, ChangeKind, Store

NAME = "data"
TOLD = (ChangeKind.BUCKET, NAME)
WHICH = (ChangeKind.BUCKET, "")


def changes_of(store: Store, job: Callable[[Any], object]) -> list[tuple[ChangeKind, str]]:
    heard: list[Change] = []
    store.on_changes(heard.extend)
    write(store, job)
    return [(change.kind, change.id) for change in heard]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"policy": None, "trusted_ids": ()},
        {"public_access_block": None},
        {"public_access_block": ALL_BLOCKED},
    ],
)
def test_a_bucket_survives_and_is_told_of(store: Store, changes: dict[str, Any]) -> None:
    made = bucket(NAME, **changes)
    assert changes_of(store, lambda tx: tx.buckets.add(made)) == [TOLD, WHICH]
    assert read(store, lambda tx: tx.buckets.find(NAME)) == made
    assert read(store, lambda tx: tx.buckets.find("Data")) is None
    assert made.arn == "arn:aws:s3:::data"


def test_a_name_is_taken_once_whoever_has_it(store: Store) -> None:
    add(store, bucket(NAME))
    with pytest.raises(EntityAlreadyExists) as caught:
        add(store, bucket(NAME, account_id=OTHER_ACCOUNT_ID))
    assert caught.value.message == "The bucket data already exists."


def test_they_are_listed_by_name(store: Store) -> None:
    add(store, bucket("c"), bucket("a"), bucket("b", account_id=OTHER_ACCOUNT_ID))
    assert read(store, lambda tx: tx.buckets.names()) == ["a", "b", "c"]


def test_a_changed_one_is_kept_and_a_deleted_one_is_gone(store: Store) -> None:
    made = bucket(NAME)
    add(store, made)
    changed = replace(made, policy=None, trusted_ids=())
    assert changes_of(store, lambda tx: tx.buckets.put(changed)) == [TOLD]
    assert read(store, lambda tx: tx.buckets.find(NAME)) == changed
    assert changes_of(store, lambda tx: tx.buckets.delete(changed)) == [TOLD, WHICH]
    assert read(store, lambda tx: tx.buckets.names()) == []


@pytest.mark.parametrize("verb", ["put", "delete"])
def test_one_that_is_not_there_is_not_changed(store: Store, verb: str) -> None:
    with pytest.raises(NoSuchEntity) as caught:
        write(store, lambda tx: getattr(tx.buckets, verb)(bucket(NAME)))
    assert caught.value.message == "The bucket data cannot be found."
