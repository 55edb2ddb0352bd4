"""Session tokens that somebody has shaken: no session, or the one that was sealed (R-15, R-35)."""

import base64
import random
from datetime import timedelta
from typing import Final

import pytest
from msgspec.structs import replace
from tests.sessions.test_keyring import RING
from tests.sessions.test_token import NOW, PLAIN
from tests.support.shaking import FAST, Target, for_a_while, fuzz, shaken

from iamd.domain.tags import Tag
from iamd.secret import Secret
from iamd.sessions.session import Session
from iamd.sessions.token import InvalidSessionTokenError, open_token, seal

PURPOSE: Final = b"session token"
FULL: Final = replace(
    PLAIN,
    policy='{"Version": "2012-10-17", "Statement": []}',
    policy_arns=("arn:aws:iam::aws:policy/ReadOnlyAccess",),
    tags=(Tag("Team", "red"), Tag("Cost", "")),
    transitive_tag_keys=("Team",),
    mfa_at=NOW - timedelta(minutes=5),
    federated_provider="arn:aws:iam::123456789012:saml-provider/corp",
    federation_context=(("saml:sub", "alice"), ("saml:cn", ("a", "b"))),
)
SEALED: Final = [(session, seal(RING, session)[0].reveal()) for session in (PLAIN, FULL)]

_TEXTS: Final = (b"=", b"==", b"-", b"_", b"\n", b" ", b"+", b"/", b"AAAA", b"\xd9\xa1", b"\x00", b"A" * 5000)
# What msgpack is made of: nothing, numbers at their ends, texts, lists and maps of many lengths.
_INSIDES: Final = (
    b"\xc0", b"\xc1", b"\xc2", b"\xca\x7f\xc0\x00\x00", b"\xcf" + b"\xff" * 8, b"\xd3\x80" + bytes(7), b"\xa0", b"\xdb\xff\xff\xff\xff",
    b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff", b"\x90", b"\x9f", b"\x80", b"\xd4\xff\x00", b"\xc7\x0c\xff", b"\xff\xff", b"\x00\x00",
    b"\xa3\xed\xa0\x80", b"\x78\x9c\x03\x00",
)  # fmt: skip


def read(text: str) -> Session | None:
    """Return the session in a token; None when it is refused."""
    try:
        return open_token(RING, Secret(text))[0]
    except InvalidSessionTokenError:
        return None


def shaken_token(chance: random.Random) -> None:
    session, text = chance.choice(SEALED)
    found = read(shaken(text.encode(), chance, _TEXTS, b"A").decode("utf-8", "surrogateescape"))
    assert found is None or found == session


def shaken_inside(chance: random.Random) -> None:
    """As if somebody had the key, or a node of another version had sealed it."""
    _, text = chance.choice(SEALED)
    inside = shaken(RING.open(PURPOSE, base64.b64decode(text)), chance, _INSIDES, b"\xb4")
    read(base64.b64encode(RING.seal(PURPOSE, inside)).decode())


TARGETS: Final = (shaken_token, shaken_inside)


@pytest.mark.parametrize("target", TARGETS)
def test_session_tokens(target: Target) -> None:
    fuzz(target, range(FAST))


@pytest.mark.deep
@pytest.mark.parametrize("target", TARGETS)
def test_session_tokens_for_a_while(target: Target) -> None:
    fuzz(target, for_a_while())


@pytest.mark.parametrize("text", [text for _, text in SEALED], ids=["plain", "full"])
def test_any_flipped_bit_of_a_token_is_noticed(text: str) -> None:
    """R-15: each bit of what is sealed, nonce, key id and tag included."""
    sealed = base64.b64decode(text)
    for place in range(len(sealed)):
        for bit in range(8):
            changed = bytearray(sealed)
            changed[place] ^= 1 << bit
            assert read(base64.b64encode(changed).decode()) is None
