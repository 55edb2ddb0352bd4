"""How long memory is believed, and what happens when it is not."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.store_values import ACCOUNT_ID, account, user

from iamd.catalogue.managed_policies import AwsManagedPolicies
from iamd.clock import FixedClock
from iamd.directory.directory import CachedView, Directory, NeedsLoad
from iamd.directory.lease import Lease
from iamd.directory.load import Compiler, Loader, Need
from iamd.domain.ids import Ids
from iamd.domain.session_revocations import RevocationKind, SessionRevocation
from iamd.errors import ServiceUnavailable
from iamd.store.database_store import DatabaseStore
from iamd.store.open import open_temporary

AT = datetime(2026, 11, 21, tzinfo=UTC)
BOB = user("bob")
NEED = Need("user", BOB.user_id)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(AT)


@pytest.fixture
def store() -> Iterator[DatabaseStore]:
    opened = open_temporary(ids=Ids())
    opened.write(lambda transaction: transaction.accounts.add(account(ACCOUNT_ID))).result()
    opened.write(lambda transaction: transaction.users.add(BOB)).result()
    yield opened
    opened.close()


def pass_seconds(clock: FixedClock, seconds: float) -> None:
    clock.advance(timedelta(seconds=seconds))


def test_contact_is_told_in_one_word(clock: FixedClock) -> None:
    lease = Lease(clock, 60, lambda: None)
    words = [lease.contact]
    lease.fail()
    words.append(lease.contact)
    pass_seconds(clock, 60)
    words.append(lease.contact)
    pass_seconds(clock, 0.001)
    words.append(lease.contact)
    lease.renew(clock.monotonic())
    words.append(lease.contact)
    # Nobody has looked for so long, which is not to say that nobody would answer.
    pass_seconds(clock, 61)
    words.append(lease.contact)
    assert words == ["ok", "stale", "stale", "failed", "ok", "stale"]


def test_it_counts_from_when_the_log_was_asked_and_not_from_its_answer(clock: FixedClock) -> None:
    lease = Lease(clock, 60, lambda: None)
    asked_at = clock.monotonic()
    pass_seconds(clock, 59)
    lease.renew(asked_at)
    pass_seconds(clock, 2)
    assert not lease.holds()


def test_the_time_of_day_has_no_say_in_it(clock: FixedClock) -> None:
    lease = Lease(clock, 60, lambda: None)
    clock.move_now(timedelta(days=3650))
    clock.move_now(timedelta(days=-7300))
    assert lease.holds()


def test_it_is_demanded_of_who_renews(clock: FixedClock) -> None:
    woken = threading.Event()
    lease = Lease(clock, 60, woken.set)
    pass_seconds(clock, 61)

    def renew() -> None:
        woken.wait(30)
        lease.renew(clock.monotonic())

    renewing = threading.Thread(target=renew)
    renewing.start()
    lease.demand()
    renewing.join()
    assert lease.holds()


def test_it_is_refused_once_the_database_fails(clock: FixedClock) -> None:
    woken = threading.Event()
    lease = Lease(clock, 60, woken.set)
    pass_seconds(clock, 61)

    def fail() -> None:
        woken.wait(30)
        lease.fail()

    failing = threading.Thread(target=fail)
    failing.start()
    with pytest.raises(ServiceUnavailable):
        lease.demand()
    failing.join()
    with pytest.raises(ServiceUnavailable):
        lease.refuse_if_lost()


def test_a_view_believes_nothing_before_the_database_is_heard_from(
    clock: FixedClock, store: DatabaseStore
) -> None:
    lease = Lease(clock, 60, lambda: lease.renew(clock.monotonic()))
    directory = Directory(store, Loader(AwsManagedPolicies(None), Compiler()), most=100, lease=lease)
    first = CachedView(directory)
    first.load(NEED)
    assert CachedView(directory).principal("user", BOB.user_id) is not None

    pass_seconds(clock, 61)
    view = CachedView(directory)
    for ask in (lambda: view.principal("user", BOB.user_id), lambda: view.access_key("AKIA")):
        with pytest.raises(NeedsLoad) as caught:
            ask()
        assert caught.value.need.kind == "lease"
    view.load(caught.value.need)
    assert view.principal("user", BOB.user_id) is not None


def test_a_view_is_refused_when_the_database_is_lost(clock: FixedClock, store: DatabaseStore) -> None:
    lease = Lease(clock, 60, lambda: None)
    directory = Directory(store, Loader(AwsManagedPolicies(None), Compiler()), most=100, lease=lease)
    lease.fail()
    CachedView(directory).load(NEED)
    assert CachedView(directory).principal("user", BOB.user_id) is not None
    pass_seconds(clock, 61)
    with pytest.raises(ServiceUnavailable):
        CachedView(directory)


def test_nobody_waits_for_a_database_that_is_known_to_be_silent(
    clock: FixedClock, store: DatabaseStore
) -> None:
    """R-87: memory is believed meanwhile; what is not there would keep threads waiting that others need."""
    lease = Lease(clock, 60, lambda: None)
    directory = Directory(store, Loader(AwsManagedPolicies(None), Compiler()), most=100, lease=lease)
    CachedView(directory).load(NEED)
    lease.fail(silent=True)
    view = CachedView(directory)
    assert view.principal("user", BOB.user_id) is not None
    with pytest.raises(ServiceUnavailable):
        view.load(Need("user", "AIDAEXAMPLE"))
    lease.fail()  # One that refuses keeps nobody waiting.
    view.load(Need("user", "AIDAEXAMPLE"))
    lease.fail(silent=True)
    lease.renew(clock.monotonic())
    view.load(Need("user", "AIDAEXAMPLE"))


def test_what_must_not_be_forgotten_is_read_again(store: DatabaseStore) -> None:
    """R-41: a node that has to forget everything still knows which sessions were ended."""
    directory = Directory(store, Loader(AwsManagedPolicies(None), Compiler()), most=100)
    CachedView(directory).load(NEED)
    revocations = [
        SessionRevocation(RevocationKind.SESSION, "ASIAEXAMPLE", AT),
        SessionRevocation(RevocationKind.ACCOUNT, ACCOUNT_ID, AT),
    ]

    def revoke(transaction: object) -> None:
        for each in revocations:
            transaction.session_revocations.put(each)  # type: ignore[attr-defined]

    store.write(revoke).result()
    directory.reload()
    assert set(directory.revocations.all()) == set(revocations)
    assert directory.find(NEED) is None
    assert directory.epoch == store.epoch
