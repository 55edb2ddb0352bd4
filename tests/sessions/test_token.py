"""Session tokens: whole, small, and of nobody else."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.sessions.test_keyring import RING, key

from iamd.domain.ids import AccessKeyId, AccountId
from iamd.domain.tags import Tag
from iamd.secret import Secret
from iamd.sessions.issue import issue
from iamd.sessions.keyring import Keyring
from iamd.sessions.session import Session, SessionKind
from iamd.sessions.token import (
    MAX_TOKEN_LENGTH,
    InvalidSessionTokenError,
    PackedTooLargeError,
    open_token,
    packed_size,
    seal,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PLAIN = Session(
    kind=SessionKind.ROLE,
    access_key_id=AccessKeyId("ASIA" + "A" * 16),
    account_id=AccountId("123456789012"),
    principal_id="AROA" + "A" * 17,
    session_name="s" * 64,
    issued_at=NOW,
    expires_at=NOW + timedelta(hours=12),
    parent_access_key_id="AKIA" + "A" * 16,
    source_identity="i" * 64,
)

texts = st.text(max_size=40)
sessions = st.builds(
    lambda policy, arns, tags, mfa, name: replace(
        PLAIN, policy=policy, policy_arns=arns, tags=tags, mfa_at=mfa, session_name=name
    ),
    st.none() | texts,
    st.lists(texts, max_size=10).map(tuple),
    st.lists(st.builds(Tag, texts, texts), max_size=10).map(tuple),
    st.none() | st.just(NOW - timedelta(minutes=5)),
    texts,
)


@given(sessions)
def test_a_session_comes_out_as_it_went_in(session: Session) -> None:
    token, secret = seal(RING, session)
    opened, again = open_token(RING, token)
    assert opened == session
    assert again.matches(secret)
    assert len(secret.reveal()) == 40


def test_a_token_without_policy_is_short() -> None:
    token, _ = seal(RING, PLAIN)
    assert len(token.reveal()) < 1024


def test_no_token_is_longer_than_its_bound() -> None:
    """What fits is at most MAX_TOKEN_LENGTH long, whatever is packed."""
    noise = "".join(chr(0x4E00 + (n * 104729) % 20000) for n in range(5000))
    fitting = [replace(PLAIN, policy=noise[:length]) for length in range(0, 2000, 25)]
    fitting = [session for session in fitting if packed_size(session) <= 100]
    lengths = [len(seal(RING, session)[0].reveal()) for session in fitting]
    assert 3000 < max(lengths) <= MAX_TOKEN_LENGTH


def test_what_does_not_fit_is_refused_with_its_size() -> None:
    session = replace(PLAIN, policy="".join(chr(0x4E00 + (n * 104729) % 20000) for n in range(2000)))
    with pytest.raises(PackedTooLargeError) as refused:
        seal(RING, session)
    assert refused.value.percent == packed_size(session) > 100


def test_the_secret_is_of_the_access_key_and_the_ring() -> None:
    """R-17: derived, never stored, and not by anything that the token shows."""
    secret = seal(RING, PLAIN)[1].reveal()
    other = seal(RING, replace(PLAIN, access_key_id=AccessKeyId("ASIA" + "B" * 16)))[1].reveal()
    elsewhere = seal(Keyring("cluster", [key(9)]), PLAIN)[1].reveal()
    assert len({secret, other, elsewhere}) == 3


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A",
        "====",
        "not base64!",
        "\u00e4",
        base64.b64encode(bytes(100)).decode(),
        "A" * 5000,
        "A\n" * 100,
    ],
)
def test_what_is_no_token_is_refused_alike(text: str) -> None:
    """R-35"""
    with pytest.raises(InvalidSessionTokenError) as refused:
        open_token(RING, Secret(text))
    assert str(refused.value) == ""


def test_a_marker_is_no_token() -> None:
    """R-17: what was sealed for another purpose opens no session."""
    sealed = base64.b64encode(RING.seal(b"marker", b"anything")).decode()
    with pytest.raises(InvalidSessionTokenError):
        open_token(RING, Secret(sealed))


def test_what_a_newer_node_sealed_is_refused() -> None:
    """Nodes of two versions share a ring while they are replaced."""
    kind = PLAIN.kind.value.encode()
    inside = RING.open(b"session token", base64.b64decode(seal(RING, PLAIN)[0].reveal()))
    newer = RING.seal(b"session token", inside.replace(kind, kind[:-1] + b"?", 1))
    with pytest.raises(InvalidSessionTokenError):
        open_token(RING, Secret(base64.b64encode(newer).decode()))


def test_no_secret_shows_in_a_representation() -> None:
    credentials = issue(RING, PLAIN)
    shown = repr(credentials)
    assert credentials.secret_access_key.reveal() not in shown
    assert credentials.session_token.reveal() not in shown
