"""Ended sessions: on every store alike."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from tests.support.store_values import ACCOUNT_ID, AT, OTHER_ACCOUNT_ID, read, write

from iamd.domain.session_revocations import RevocationKind, SessionRevocation
from iamd.store.interface import Change, ChangeKind, Store

OF_ACCOUNT = SessionRevocation(RevocationKind.ACCOUNT, ACCOUNT_ID, AT)
OF_SESSION = SessionRevocation(RevocationKind.SESSION, "ASIAEXAMPLE000000000", AT + timedelta(hours=1))


def test_they_are_kept_found_and_told_as_a_whole(store: Store) -> None:
    told: list[Change] = []
    store.on_changes(told.extend)
    for revocation in (OF_ACCOUNT, OF_SESSION):
        write(store, lambda tx, revocation=revocation: tx.session_revocations.put(revocation))  # type: ignore[misc]
    assert read(store, lambda tx: tx.session_revocations.all()) == [OF_ACCOUNT, OF_SESSION]
    found = read(store, lambda tx: tx.session_revocations.of(ACCOUNT_ID, "ASIAOTHER"))
    assert found == [OF_ACCOUNT]
    found = read(store, lambda tx: tx.session_revocations.of(OTHER_ACCOUNT_ID, OF_SESSION.subject))
    assert found == [OF_SESSION]
    # An account id is no access key id, nor the other way round.
    assert read(store, lambda tx: tx.session_revocations.of(OF_SESSION.subject, ACCOUNT_ID)) == []
    assert [change.kind for change in told] == [ChangeKind.SESSION_REVOCATION] * 2
    assert [SessionRevocation.parse(change.id) for change in told] == [OF_ACCOUNT, OF_SESSION]


def test_a_later_one_takes_the_place_of_the_former(store: Store) -> None:
    later = SessionRevocation(RevocationKind.ACCOUNT, ACCOUNT_ID, AT + timedelta(days=1))
    write(store, lambda tx: tx.session_revocations.put(OF_ACCOUNT))
    write(store, lambda tx: tx.session_revocations.put(later))
    assert read(store, lambda tx: tx.session_revocations.all()) == [later]


def test_old_ones_are_forgotten(store: Store) -> None:
    for revocation in (OF_ACCOUNT, OF_SESSION):
        write(store, lambda tx, revocation=revocation: tx.session_revocations.put(revocation))  # type: ignore[misc]
    write(store, lambda tx: tx.session_revocations.forget(OF_SESSION.at))
    assert read(store, lambda tx: tx.session_revocations.all()) == [OF_SESSION]


@given(
    st.sampled_from(RevocationKind),
    st.from_regex(r"\A[A-Z0-9]{12,20}\Z"),
    st.timedeltas(-timedelta(9), timedelta(9)),
)
def test_what_the_log_says_is_all_of_it(kind: RevocationKind, subject: str, later: timedelta) -> None:
    revocation = SessionRevocation(kind, subject, AT + later)
    assert SessionRevocation.parse(revocation.text) == revocation
