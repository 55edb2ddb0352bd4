"""A database that does not answer: nobody waits for ever, nobody waits for those before them, and all comes back by itself."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from tests.support import store_values as values
from tests.support.severed import Cut, SeveredWay, severed_way
from tests.support.store_values import add, read

from iamd.domain.ids import Ids
from iamd.store import changes, patience
from iamd.store.database_store import DatabaseStore
from iamd.store.errors import StoreError
from iamd.store.open import open_postgres

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

ANSWER = 60
"""Seconds for a machine with much to do; none of these tests waits for so long."""


Tell = Callable[[Cut | None], None]


@pytest.fixture
def way(postgres_url: str) -> Iterator[SeveredWay]:
    with severed_way(postgres_url) as found:
        yield found


@pytest.fixture
def store(way: SeveredWay, monkeypatch: pytest.MonkeyPatch) -> Iterator[DatabaseStore]:
    monkeypatch.setattr(patience, "_DEFAULT", 0.4)
    monkeypatch.setattr(changes, "_PATIENCE", 0.4)
    url = f"{way.url}?connect_timeout=2&options=-c%20statement_timeout%3D0"
    opened = open_postgres(url, master_key=bytes(32), ids=Ids())
    opened.write(lambda tx: tx.accounts.add(values.account())).result(ANSWER)
    yield opened
    way.heal()
    opened.close()


@pytest.fixture
def cut(way: SeveredWay, monkeypatch: pytest.MonkeyPatch) -> Tell:
    """Cut the way, or heal it; only while it is cut is anybody in a hurry."""

    def tell(how: Cut | None) -> None:
        monkeypatch.setattr(patience, "_LEAST", 5.0 if how is None else 0.3)
        way.heal() if how is None else way.cut(how)

    return tell


def failure(waited_for: Future[object]) -> StoreError:
    error = waited_for.exception(ANSWER)
    assert isinstance(error, StoreError)
    return error


@pytest.mark.parametrize("how", Cut)
def test_nobody_waits_for_ever(store: DatabaseStore, cut: Tell, how: Cut) -> None:
    """R-84: a database that takes what is sent and answers nothing holds nobody, and who waits in a queue waits no longer."""
    add(store, values.user("u"))
    cut(how)
    reads: list[Future[object]] = [store.read(lambda tx: tx.epoch) for _ in range(100)]
    writes: list[Future[object]] = [
        store.write(lambda tx, name=f"u-{each}": tx.users.add(values.user(name)))  # type: ignore[misc]
        for each in range(20)
    ]
    failures = [failure(each) for each in reads]
    assert len([each for each in failures if str(each) == "the database does not answer"]) >= 90
    failures += [failure(each) for each in writes]
    assert {each.transient for each in failures} == {True}
    cut(None)
    add(store, values.user("after"))
    assert read(store, lambda tx: tx.users.count(values.ACCOUNT_ID)) == 2


def test_who_follows_hears_of_silence_and_then_of_what_came_meanwhile(
    store: DatabaseStore, cut: Tell, postgres_url: str
) -> None:
    heard: list[str] = []
    store.on_changes(lambda changes: heard.extend(change.id for change in changes))
    other = open_postgres(postgres_url, master_key=bytes(32), ids=Ids())
    user = values.user("u")
    cut(Cut.FROZEN)
    with pytest.raises(StoreError) as caught:
        store.poll()
    assert (caught.value.transient, caught.value.silent, heard) == (True, True, [])
    cut(None)
    add(other, user)
    other.close()
    store.poll()
    assert heard == [user.user_id]


def test_one_connection_that_knows_is_enough(way: SeveredWay, cut: Tell) -> None:
    """Who could wait longer gives up when another one has found that nobody answers."""
    company = patience.Company()
    patient, impatient = company.connect(way.url), company.connect(way.url)
    patient.patience, impatient.patience = ANSWER, 0.5
    cut(Cut.FROZEN)
    with ThreadPoolExecutor() as threads:
        asked = [threads.submit(each.execute, "SELECT 1") for each in (patient, impatient)]
        assert {type(each.exception(ANSWER / 2)) for each in asked} == {patience.SilentServerError}
    assert (patient.closed, impatient.closed) == (True, True)


def test_a_statement_may_take_as_long_as_the_server_lets_it(way: SeveredWay) -> None:
    company = patience.Company()
    for setting, seconds in (("7s", 9), ("0", 22)):
        connection = company.connect(way.url, options=f"-c statement_timeout={setting}")
        assert connection.patience == seconds
        connection.close()
