"""What processes that share a database say of themselves to each other."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.support.databases import opened
from tests.support.store_values import read
from tests.support.world import MovableClock

from iamd.background import Presence
from iamd.store.interface import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = opened(str(tmp_path / "iamd.db"))
    yield store
    store.close()


def test_each_knows_of_the_others_until_they_end(store: Store) -> None:
    clock = MovableClock()
    first = Presence("first", clock, lambda: 3, lambda: True, shared=True)
    second = Presence("second", clock, lambda: 4, lambda: True, shared=True)
    first.tell(store)
    second.tell(store)
    clock.advance(timedelta(seconds=20))
    found = read(store, first.all)
    # What it says of itself is as of now.
    assert [
        (each.node_id, round((clock.now() - each.seen_at).total_seconds()), each.epoch) for each in found
    ] == [
        ("first", 0, 3),
        ("second", 20, 4),
    ]
    second.leave(store)
    assert [each.node_id for each in read(store, first.all)] == ["first"]


def test_alone_it_writes_nothing(store: Store) -> None:
    alone = Presence("alone", MovableClock(), lambda: 3, lambda: True, shared=False)
    alone.tell(store)
    assert [each.node_id for each in read(store, alone.all)] == ["alone"]
    assert read(store, lambda tx: tx.nodes.all()) == []


def test_an_end_does_not_wait_for_a_database_that_does_not_answer(store: Store) -> None:
    silent = Presence("silent", MovableClock(), lambda: 3, lambda: False, shared=True)
    silent.tell(store)
    store.close()
    silent.leave(store)
