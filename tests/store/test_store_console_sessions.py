"""Console sessions: on every store alike."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.support.store_values import ACCOUNT_ID, OTHER_ACCOUNT_ID, read, write
from tests.support.store_values import AT as NOW

from iamd.domain.console_sessions import ConsoleSession, SignInMethod
from iamd.errors import AccessDenied
from iamd.store.interface import Change, ChangeKind, Store, Transaction

SESSION = ConsoleSession(
    session_id="a" * 64,
    account_id=ACCOUNT_ID,
    principal_id="AIDAEXAMPLE",
    access_key_id="ASIAEXAMPLE",
    arn="arn:aws:iam::123456789012:user/bob",
    session="{}",
    method=SignInMethod.PASSWORD,
    created_at=NOW,
    expires_at=NOW + timedelta(hours=12),
    source_ip="192.0.2.7",
    user_agent="Browser/1.0",
    token_id="token",
)
CHILD = replace(
    SESSION, session_id="b" * 64, token_id=None, parent_id=SESSION.session_id, must_change_password=True
)


def add(store: Store, *sessions: ConsoleSession) -> None:
    def job(transaction: Transaction) -> None:
        for each in sessions:
            transaction.console_sessions.add(each)

    write(store, job)


def test_a_session_survives(store: Store) -> None:
    add(store, SESSION, CHILD)
    assert read(store, lambda tx: tx.console_sessions.find(SESSION.session_id)) == SESSION
    assert read(store, lambda tx: tx.console_sessions.find(CHILD.session_id)) == CHILD
    assert read(store, lambda tx: tx.console_sessions.find("c" * 64)) is None


def test_a_sign_in_token_is_good_once(store: Store) -> None:
    """R-82: also when the session that it made has ended."""
    add(store, SESSION)
    write(store, lambda tx: tx.console_sessions.end(SESSION.session_id, NOW))
    with pytest.raises(AccessDenied):
        add(store, replace(SESSION, session_id="c" * 64))
    # Sessions without one do not get into each other's way.
    add(store, CHILD, replace(CHILD, session_id="d" * 64))


def test_those_of_an_account_are_listed_while_they_live(store: Store) -> None:
    later = replace(SESSION, session_id="c" * 64, token_id=None, created_at=NOW + timedelta(hours=1))
    expired = replace(SESSION, session_id="d" * 64, token_id=None, expires_at=NOW)
    theirs = replace(SESSION, session_id="e" * 64, token_id=None, account_id=OTHER_ACCOUNT_ID)
    ended = replace(SESSION, session_id="f" * 64, token_id=None, ended_at=NOW)
    add(store, SESSION, later, expired, theirs, ended)
    assert read(store, lambda tx: tx.console_sessions.of_account(ACCOUNT_ID, NOW)) == [later, SESSION]


def test_those_of_a_caller_are_listed_the_newest_first(store: Store) -> None:
    later = replace(SESSION, session_id="c" * 64, token_id=None, created_at=NOW + timedelta(hours=1))
    others = replace(SESSION, session_id="d" * 64, token_id=None, arn=f"{SESSION.arn}by")
    theirs = replace(SESSION, session_id="e" * 64, token_id=None, account_id=OTHER_ACCOUNT_ID)
    expired = replace(SESSION, session_id="f" * 64, token_id=None, expires_at=NOW)
    add(store, SESSION, later, others, theirs, expired)
    assert read(store, lambda tx: tx.console_sessions.of_caller(ACCOUNT_ID, SESSION.arn, NOW)) == [
        later,
        SESSION,
    ]


def test_an_end_is_told_of_and_takes_roles_along(store: Store) -> None:
    add(store, SESSION, CHILD)
    heard: list[Change] = []
    store.on_changes(heard.extend)
    write(store, lambda tx: tx.console_sessions.end(SESSION.session_id, NOW))
    assert {(change.kind, change.id) for change in heard} == {
        (ChangeKind.CONSOLE_SESSION, SESSION.session_id),
        (ChangeKind.CONSOLE_SESSION, CHILD.session_id),
    }
    assert read(store, lambda tx: tx.console_sessions.find(CHILD.session_id)) == replace(CHILD, ended_at=NOW)
    # What has ended does not end again.
    write(store, lambda tx: tx.console_sessions.end(SESSION.session_id, NOW + timedelta(hours=1)))
    assert read(store, lambda tx: tx.console_sessions.find(SESSION.session_id)) == replace(
        SESSION, ended_at=NOW
    )


def test_expired_ones_are_forgotten(store: Store) -> None:
    add(store, SESSION)
    write(store, lambda tx: tx.console_sessions.forget(SESSION.expires_at))
    assert read(store, lambda tx: tx.console_sessions.find(SESSION.session_id)) == SESSION
    write(store, lambda tx: tx.console_sessions.forget(SESSION.expires_at + timedelta(seconds=1)))
    assert read(store, lambda tx: tx.console_sessions.find(SESSION.session_id)) is None
