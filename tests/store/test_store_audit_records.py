"""Records of the audit trail."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.support.store_values import AT, read, write

from iamd.domain.audit_records import AuditRecord
from iamd.errors import ConcurrentModification
from iamd.store.interface import Store

RECORD = AuditRecord(
    chain_id="a",
    sequence=1,
    digest="d1",
    event_id="e1",
    at=AT,
    account_id="123456789012",
    name="CreateUser",
    principal="arn:aws:iam::123456789012:root",
    error_code="",
    line='{"userAgent":"\\u2028"}',
)


def records(count: int, chain_id: str = "a") -> list[AuditRecord]:
    return [
        replace(
            RECORD,
            chain_id=chain_id,
            sequence=number,
            digest=f"{chain_id}{number}",
            at=AT + timedelta(seconds=number),
        )
        for number in range(1, count + 1)
    ]


def add(store: Store, *added: AuditRecord) -> None:
    write(store, lambda tx: tx.audit_records.add_all(added))


def test_what_was_added_is_read_in_the_order_of_time(store: Store) -> None:
    first, second = records(3), records(2, "b")
    add(store, *first)
    add(store, *second)
    found = read(store, lambda tx: tx.audit_records.page(None, None, None, 10))
    assert found == [first[0], second[0], first[1], second[1], first[2]]
    assert read(store, lambda tx: tx.audit_records.latest(2)) == [second[1], first[2]]


def test_pages_leave_nothing_out(store: Store) -> None:
    added = [replace(each, at=AT) for each in (*records(4), *records(3, "b"))]
    add(store, *added)
    found: list[AuditRecord] = []
    while True:
        after = (found[-1].at, found[-1].chain_id, found[-1].sequence) if found else None
        page = read(store, lambda tx, after=after: tx.audit_records.page(None, None, after, 2))  # type: ignore[misc]
        if not page:
            break
        found += page
    assert found == added


def test_only_what_was_asked_for_is_read(store: Store) -> None:
    add(store, *records(5))
    since, until = AT + timedelta(seconds=2), AT + timedelta(seconds=4)
    found = read(store, lambda tx: tx.audit_records.page(since, until, None, 10))
    assert [each.sequence for each in found] == [2, 3]


def test_one_account_is_read_backwards_and_whole(store: Store) -> None:
    own = [replace(each, at=AT) for each in (*records(4), *records(3, "b"))]
    other = [replace(each, account_id="210987654321") for each in records(3, "c")]
    add(store, *own, *other)
    found: list[AuditRecord] = []
    while True:
        place = (found[-1].at, found[-1].chain_id, found[-1].sequence) if found else None
        page = read(
            store,
            lambda tx, place=place: tx.audit_records.before("123456789012", None, None, place, 2),  # type: ignore[misc]
        )
        if not page:
            break
        found += page
    assert found == own[::-1]
    last = AT + timedelta(seconds=3)
    times = read(
        store, lambda tx: tx.audit_records.before("210987654321", AT + timedelta(seconds=2), last, None, 9)
    )
    assert times == [other[1]]


def test_the_end_of_a_chain_is_known(store: Store) -> None:
    assert read(store, lambda tx: (tx.audit_records.last("a"), tx.audit_records.newest_digest())) == (
        None,
        None,
    )
    add(store, *records(3), *records(5, "b"))
    asked = read(store, lambda tx: (tx.audit_records.last("a"), tx.audit_records.newest_digest()))
    assert asked == ((3, "a3"), "b5")


def test_a_place_is_taken_once(store: Store) -> None:
    add(store, RECORD)
    with pytest.raises(ConcurrentModification):
        add(store, replace(RECORD, event_id="e2"))


def test_the_oldest_are_forgotten_first(store: Store) -> None:
    add(store, *records(5))
    before = AT + timedelta(seconds=5)
    assert write(store, lambda tx: tx.audit_records.forget(before, 3)) == 3
    assert [each.sequence for each in read(store, lambda tx: tx.audit_records.latest(9))] == [4, 5]
    assert write(store, lambda tx: tx.audit_records.forget(before, 3)) == 1


def test_a_reset_leaves_them_alone(store: Store) -> None:
    add(store, RECORD)
    write(store, lambda tx: tx.erase())
    assert read(store, lambda tx: tx.audit_records.latest(9)) == [RECORD]
