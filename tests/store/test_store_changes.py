"""The log of changes, and those who listen to it."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from tests.support import store_values as values
from tests.support.store_values import ACCOUNT_ID, AT, add, read, write

from iamd.domain.inline_policies import InlinePolicy
from iamd.domain.managed_policies import PolicyVersion
from iamd.store.database_store import DatabaseStore
from iamd.store.errors import StoreError
from iamd.store.interface import Change, ChangeKind, Store, Transaction
from iamd.store.policies_interface import OwnerKind

ARN = values.MANAGED_POLICY_ARN
USER, GROUP, ROLE = values.user("u"), values.group("g"), values.role("r")
POLICY = values.managed_policy("p")
KEY = values.access_key(USER.user_id)
DEVICE = values.mfa_device("d")
SEALING_KEY = values.sealing_key("01234567")
PROFILE = values.instance_profile("i")
INLINE = InlinePolicy(owner_id=GROUP.group_id, name="i", document="{}")
VERSION = PolicyVersion(policy_id=POLICY.policy_id, number=2, document="{}", created_at=AT)

THE_USER = (ChangeKind.USER, USER.user_id)
THE_GROUP = (ChangeKind.GROUP, GROUP.group_id)
THE_ROLE = (ChangeKind.ROLE, ROLE.role_id)
THE_POLICY = (ChangeKind.POLICY, POLICY.arn)
THE_KEY = (ChangeKind.ACCESS_KEY, KEY.access_key_id)
THE_DEVICE = (ChangeKind.MFA_DEVICE, DEVICE.serial_number)

# Each with what it changes, in an order in which each is possible.
JOBS: list[tuple[Callable[[Any], object], tuple[ChangeKind, str] | None]] = [
    (lambda tx: tx.users.add(USER), THE_USER),
    (lambda tx: tx.users.put(USER), THE_USER),
    (lambda tx: tx.groups.add(GROUP), THE_GROUP),
    (lambda tx: tx.groups.put(GROUP), THE_GROUP),
    (lambda tx: tx.roles.add(ROLE), THE_ROLE),
    (lambda tx: tx.roles.put(ROLE), THE_ROLE),
    (lambda tx: tx.group_memberships.add(GROUP, USER), THE_USER),
    (lambda tx: tx.group_memberships.add(GROUP, USER), None),
    (lambda tx: tx.managed_policies.add(POLICY, "{}"), THE_POLICY),
    (lambda tx: tx.managed_policies.add_version(VERSION), THE_POLICY),
    (lambda tx: tx.managed_policies.put(POLICY), THE_POLICY),
    (lambda tx: tx.managed_policies.delete_version(VERSION), THE_POLICY),
    (lambda tx: tx.policy_attachments.add(OwnerKind.ROLE, ROLE.role_id, ARN), THE_ROLE),
    (lambda tx: tx.policy_attachments.add(OwnerKind.ROLE, ROLE.role_id, ARN), None),
    (lambda tx: tx.inline_policies.put(OwnerKind.GROUP, INLINE), THE_GROUP),
    (lambda tx: tx.access_keys.add(KEY), THE_KEY),
    (lambda tx: tx.access_keys.put(KEY), THE_KEY),
    (lambda tx: tx.access_keys.record_uses([(KEY.access_key_id, AT, "iam", "us-east-1")]), None),
    (lambda tx: tx.roles.record_uses([(ROLE.role_id, AT, "us-east-1")]), None),
    (lambda tx: tx.instance_profiles.add(PROFILE), None),
    (lambda tx: tx.instance_profiles.delete(PROFILE), None),
    (lambda tx: tx.mfa_devices.add(DEVICE), THE_DEVICE),
    (lambda tx: tx.mfa_devices.put(DEVICE), THE_DEVICE),
    (lambda tx: tx.mfa_devices.delete(DEVICE), THE_DEVICE),
    (lambda tx: tx.sealing_keys.add(SEALING_KEY), (ChangeKind.SEALING_KEY, "01234567")),
    (lambda tx: tx.sealing_keys.put(SEALING_KEY), (ChangeKind.SEALING_KEY, "01234567")),
    (lambda tx: tx.sealing_keys.delete(SEALING_KEY), (ChangeKind.SEALING_KEY, "01234567")),
    (lambda tx: tx.accounts.put(values.account()), (ChangeKind.ACCOUNT, ACCOUNT_ID)),
    (lambda tx: tx.access_keys.delete(KEY), THE_KEY),
    (lambda tx: tx.inline_policies.delete(OwnerKind.GROUP, INLINE), THE_GROUP),
    (lambda tx: tx.policy_attachments.remove(OwnerKind.ROLE, ROLE.role_id, ARN), THE_ROLE),
    (lambda tx: tx.policy_attachments.remove(OwnerKind.ROLE, ROLE.role_id, ARN), None),
    (lambda tx: tx.managed_policies.delete(POLICY), THE_POLICY),
    (lambda tx: tx.group_memberships.remove(GROUP, USER), THE_USER),
    (lambda tx: tx.group_memberships.remove(GROUP, USER), None),
    (lambda tx: tx.roles.delete(ROLE), THE_ROLE),
    (lambda tx: tx.groups.delete(GROUP), THE_GROUP),
    (lambda tx: tx.users.delete(USER), THE_USER),
    (lambda tx: tx.users.find(ACCOUNT_ID, "u"), None),
]


def epoch(store: Store) -> int:
    return read(store, lambda tx: tx.epoch)


def test_each_write_says_what_it_changed(store: Store) -> None:
    heard: list[Change] = []
    store.on_changes(heard.extend)
    start = epoch(store)
    for job, _ in JOBS:
        write(store, job)
    expected = [change for _, change in JOBS if change is not None]
    assert heard == [Change(start + n, kind, id_) for n, (kind, id_) in enumerate(expected, 1)]
    assert epoch(store) == start + len(expected)


def test_a_thing_changes_once_in_a_job(store: Store) -> None:
    heard: list[Change] = []
    store.on_changes(heard.extend)
    start = epoch(store)

    def job(tx: Any) -> int:
        tx.users.add(USER)
        tx.policy_attachments.add(OwnerKind.USER, USER.user_id, ARN)
        tx.users.put(USER)
        tx.groups.add(GROUP)
        return int(tx.epoch)

    assert write(store, job) == start + 2
    assert heard == [Change(start + 1, *THE_USER), Change(start + 2, *THE_GROUP)]


def test_a_failed_job_changes_nothing(store: Store) -> None:
    heard: list[Change] = []
    store.on_changes(heard.extend)
    start = epoch(store)

    def job(tx: Any) -> None:
        tx.users.add(USER)
        raise LookupError

    with pytest.raises(LookupError):
        write(store, job)
    assert (heard, epoch(store)) == ([], start)


def test_listeners_hear_before_the_future_resolves(store: Store) -> None:
    resolved_before: list[bool] = []
    told, go_on = threading.Event(), threading.Event()

    def listen(_changes: Sequence[Change]) -> None:
        told.set()
        go_on.wait(30)
        resolved_before.append(future.done())

    store.on_changes(listen)
    future = store.write(lambda tx: tx.users.add(USER))
    assert told.wait(30)
    # What the listener was told of can already be read, here and by others.
    assert read(store, lambda tx: tx.users.find_by_id(USER.user_id)) == USER
    go_on.set()
    future.result(30)
    assert resolved_before == [False]


def test_a_listener_that_fails_is_no_success(store: Store) -> None:
    """Somebody may still decide by what was before, so that the write must not be acknowledged."""
    failing = True
    heard: list[Change] = []

    def listen(changes: Sequence[Change]) -> None:
        if failing:
            raise LookupError
        heard.extend(changes)

    store.on_changes(listen)
    with pytest.raises(StoreError) as caught:
        add(store, USER)
    assert isinstance(caught.value.__cause__, LookupError)
    failing = False
    add(store, GROUP)
    assert [change.id for change in heard] == [USER.user_id, GROUP.group_id]


def test_others_hear_of_it_when_they_poll(open_shared: Callable[[], DatabaseStore]) -> None:
    first, second = open_shared(), open_shared()
    heard_here: list[Change] = []
    heard_there: list[Change] = []
    first.on_changes(heard_here.extend)
    second.on_changes(heard_there.extend)
    start = epoch(first)

    add(first, USER, GROUP)
    expected = [Change(start + 1, *THE_USER), Change(start + 2, *THE_GROUP)]
    assert (heard_here, heard_there) == (expected, [])
    second.poll()
    assert heard_there == expected
    second.poll()
    first.poll()
    assert (heard_here, heard_there) == (expected, expected)


def test_a_writer_hears_of_others_before_its_own(open_shared: Callable[[], DatabaseStore]) -> None:
    first, second = open_shared(), open_shared()
    heard: list[Change] = []
    second.on_changes(heard.extend)
    add(first, USER, ROLE)
    add(second, GROUP)
    ids = [change.id for change in heard]
    assert ids == [USER.user_id, ROLE.role_id, GROUP.group_id]
    second.poll()
    assert [change.id for change in heard] == ids


def test_a_store_that_is_opened_later_hears_only_what_comes(
    open_shared: Callable[[], DatabaseStore],
) -> None:
    add(open_shared(), USER)
    late = open_shared()
    heard: list[Change] = []
    late.on_changes(heard.extend)
    late.poll()
    assert heard == []


def test_epochs_become_visible_in_their_order(open_shared: Callable[[], DatabaseStore]) -> None:
    """A reader that saw 7 before 6 was committed would never hear of 6."""
    writers, watcher = [open_shared(), open_shared()], open_shared()
    watcher.poll()
    start = epoch(watcher)
    heard: list[Change] = []
    watcher.on_changes(heard.extend)
    per_writer = 60
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            watcher.poll()

    polling = threading.Thread(target=watch)
    polling.start()

    def adding(name: str) -> Callable[[Any], None]:
        return lambda tx: tx.users.add(values.user(name))

    futures = [
        writer.write(adding(f"{n}-{count}"))
        for count in range(per_writer)
        for n, writer in enumerate(writers)
    ]
    for future in futures:
        future.result(30)
    done.set()
    polling.join()
    watcher.poll()
    assert [change.epoch for change in heard] == list(range(start + 1, start + 2 * per_writer + 1))


def asking(*things: tuple[ChangeKind, str]) -> Callable[[Transaction], bool]:
    return lambda tx: tx.told(frozenset(things))


def told(store: Store, *things: tuple[ChangeKind, str]) -> bool:
    return write(store, asking(*things))


def test_a_transaction_tells_what_listeners_know_of(store: Store) -> None:
    add(store, USER, GROUP)
    assert told(store, THE_USER, THE_GROUP)

    def job(tx: Any) -> list[bool]:
        tx.users.put(USER)
        return [tx.told(frozenset({thing})) for thing in (THE_USER, THE_GROUP)]

    assert write(store, job) == [False, True]
    assert told(store, THE_USER)


def test_a_transaction_that_may_only_read_cannot_tell(store: Store) -> None:
    assert not read(store, asking(THE_USER))


def test_what_an_earlier_job_of_a_batch_has_changed_nobody_was_told_of(store: Store) -> None:
    add(store, USER, GROUP)
    free = threading.Event()
    store.write(lambda _: free.wait(10))
    changing = store.write(lambda tx: tx.users.put(USER))
    asked = [store.write(asking(thing)) for thing in (THE_USER, THE_GROUP)]
    free.set()
    changing.result(10)
    assert [each.result(10) for each in asked] == [False, True]


def test_what_another_node_has_changed_nobody_here_was_told_of(
    open_shared: Callable[[], DatabaseStore],
) -> None:
    first, second = open_shared(), open_shared()
    add(first, USER, GROUP)
    second.poll()
    write(first, lambda tx: tx.users.put(USER))
    assert not told(second, THE_USER)
    # Behind that job, which told the listeners of it.
    assert told(second, THE_USER)


def test_nothing_is_known_behind_a_log_that_was_cut(open_shared: Callable[[], DatabaseStore]) -> None:
    first, second = open_shared(), open_shared()
    add(first, USER)
    second.poll()
    add(first, GROUP, ROLE)
    write(first, lambda tx: tx.forget_changes(1))
    assert not told(second, THE_USER)
    assert told(second, THE_USER)


def test_nothing_is_known_once_everything_was_erased(store: Store) -> None:
    """The next job of the batch cannot rely on what is in memory, and before the answer it is gone from there."""
    add(store, USER)
    lost: list[str] = []
    store.on_lost(lambda: lost.append("lost"))
    free = threading.Event()
    store.write(lambda _: free.wait(10))
    erasing = store.write(lambda tx: tx.erase())
    asked = store.write(asking(THE_USER))
    free.set()
    erasing.result(10)
    assert (asked.result(10), lost) == (False, ["lost"])
