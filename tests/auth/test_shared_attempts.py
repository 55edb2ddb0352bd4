"""Wrong codes and passwords count on every node, wherever they were tried (R-76, R-77)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from iamd.auth.mfa_attempts import FREE, MfaAttempts
from iamd.auth.shared_attempts import SharedAttempts
from iamd.auth.sign_in_attempts import SignInAttempts
from iamd.domain.ids import Ids
from iamd.store.database_store import DatabaseStore
from iamd.store.interface import ChangeKind
from iamd.store.open import open_sqlite

NOW = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)
DEVICE = "arn:aws:iam::123456789012:mfa/bob"


class Node:
    """What one node counts, over a store that it shares."""

    def __init__(self, name: str, store: DatabaseStore) -> None:
        self.store = store
        self.codes = MfaAttempts()
        self.sign_ins = SignInAttempts()
        registers = {"codes": self.codes, **self.sign_ins.registers()}
        shared = SharedAttempts(
            name, lambda line: store.write(lambda tx: tx.note_attempt(line)).result(), registers
        )
        store.on_changes(shared.follow)


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[list[Node]]:
    stores = [open_sqlite(tmp_path / "iamd.db", master_key=bytes(32), ids=Ids()) for _ in range(2)]
    yield [Node(str(number), store) for number, store in enumerate(stores)]
    for store in stores:
        store.close()


def test_who_tries_node_after_node_gains_nothing(nodes: list[Node]) -> None:
    for number in range(FREE):
        assert not any(node.codes.must_wait(DEVICE, NOW) for node in nodes)
        nodes[number % 2].codes.failed(DEVICE, NOW)
        for node in nodes:
            node.store.poll()
    assert [node.codes.must_wait(DEVICE, NOW) for node in nodes] == [True, True]
    assert [node.codes.must_wait(DEVICE, NOW + timedelta(minutes=2)) for node in nodes] == [False, False]
    assert [node.codes.must_wait(DEVICE + "y", NOW) for node in nodes] == [False, False]


def test_a_success_ends_the_row_everywhere(nodes: list[Node]) -> None:
    first, second = nodes
    for _ in range(FREE):
        first.codes.failed(DEVICE, NOW)
    second.store.poll()
    second.codes.succeeded(DEVICE)
    first.store.poll()
    assert [node.codes.must_wait(DEVICE, NOW) for node in nodes] == [False, False]


def test_a_success_after_no_failure_is_told_to_nobody(nodes: list[Node]) -> None:
    before = nodes[0].store.epoch
    nodes[0].codes.succeeded(DEVICE)
    assert nodes[0].store.epoch == before


def test_passwords_are_counted_together_and_never_written_down(nodes: list[Node]) -> None:
    """R-78: what somebody typed where a name belongs may be a password."""
    first, second = nodes
    written: list[str] = []
    first.store.on_changes(
        lambda changes: written.extend(each.id for each in changes if each.kind is ChangeKind.ATTEMPT)
    )
    for _ in range(FREE):
        assert first.sign_ins.begin("123456789012", "hunter2", "192.0.2.1", NOW)
    second.store.poll()
    assert not second.sign_ins.begin("123456789012", "Hunter2", "192.0.2.1", NOW)
    assert second.sign_ins.begin("123456789012", "alice", "192.0.2.1", NOW)
    assert len(written) == 3 * FREE
    assert [each for each in written if "hunter" in each.lower() or "192.0.2" in each] == []


def test_who_has_one_right_password_does_not_try_others_without_end(nodes: list[Node]) -> None:
    """R-77: in between, somebody signs in from the same address, on the other node."""
    first, second = nodes
    tried = 0
    for number in range(100):
        if not first.sign_ins.begin("123456789012", f"user{number}", "192.0.2.1", NOW):
            break
        tried += 1
        second.store.poll()
        if second.sign_ins.begin("123456789012", "mallory", "192.0.2.1", NOW):
            second.sign_ins.succeeded("123456789012", "mallory", "192.0.2.1")
        first.store.poll()
    assert tried == 50
    assert not second.sign_ins.begin("123456789012", "bob", "192.0.2.1", NOW)
    assert second.sign_ins.begin("123456789012", "bob", "192.0.2.2", NOW)


def test_an_office_may_sign_in_behind_one_address() -> None:
    sign_ins = SignInAttempts()
    for number in range(200):
        assert sign_ins.begin("123456789012", f"user{number}", "192.0.2.1", NOW)
        sign_ins.succeeded("123456789012", f"user{number}", "192.0.2.1")


def test_what_is_counted_of_an_address_passes_with_time() -> None:
    sign_ins = SignInAttempts()
    for number in range(300):
        at = NOW + number * timedelta(minutes=6)
        assert sign_ins.begin("123456789012", f"user{number}", "192.0.2.1", at)


def test_what_a_later_version_counts_is_passed_over(nodes: list[Node]) -> None:
    line = '["elsewhere", "retinas", "00", 1]'
    nodes[0].store.write(lambda tx: tx.note_attempt(line)).result()
    nodes[1].store.poll()
    assert nodes[1].store.epoch == nodes[0].store.epoch
