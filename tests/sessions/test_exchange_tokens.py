"""Exchange tokens: what a product provider trades in for credentials."""

import base64

import pytest
from tests.sessions.test_keyring import RING, key

from iamd.domain.ids import AccountId
from iamd.secret import Secret
from iamd.sessions.exchange_tokens import (
    ExchangeToken,
    InvalidExchangeTokenError,
    UnknownExchangeTokenKeyError,
    open_exchange_token,
    seal_exchange_token,
)
from iamd.sessions.keyring import Keyring

REQUEST = "dr-0123456789abcdefghijklmnopqrstuv"
ACCOUNT = AccountId("222222222222")


def test_a_token_tells_of_what_it_is_and_for_whom() -> None:
    token = seal_exchange_token(RING, REQUEST, ACCOUNT)
    assert open_exchange_token(RING, token) == ExchangeToken(REQUEST, ACCOUNT)
    assert token.reveal().replace("-", "").replace("_", "").replace("=", "").isalnum()


def test_no_token_is_like_another() -> None:
    assert len({seal_exchange_token(RING, REQUEST, ACCOUNT).reveal() for _ in range(8)}) == 8


def test_every_changed_byte_is_noticed() -> None:
    raw = bytearray(base64.urlsafe_b64decode(seal_exchange_token(RING, REQUEST, ACCOUNT).reveal()))
    for at in range(len(raw)):
        changed = bytes(raw[:at]) + bytes([raw[at] ^ 1]) + bytes(raw[at + 1 :])
        with pytest.raises(InvalidExchangeTokenError):
            open_exchange_token(RING, Secret(base64.urlsafe_b64encode(changed).decode()))


@pytest.mark.parametrize("text", ["", "x", "A" * 64, "A" * 1_025, "ä" * 20, "a+/b"])
def test_what_is_no_token_does_not_open(text: str) -> None:
    with pytest.raises(InvalidExchangeTokenError):
        open_exchange_token(RING, Secret(text))


def test_what_was_sealed_for_something_else_does_not_open() -> None:
    for purpose, content in ((b"session", b"x"), (b"exchange token", b"not what it should be")):
        sealed = base64.urlsafe_b64encode(RING.seal(purpose, content)).decode()
        with pytest.raises(InvalidExchangeTokenError):
            open_exchange_token(RING, Secret(sealed))


def test_a_key_that_is_not_known_is_told_apart() -> None:
    token = seal_exchange_token(Keyring("cluster", [key(9)]), REQUEST, ACCOUNT)
    with pytest.raises(UnknownExchangeTokenKeyError):
        open_exchange_token(RING, token)
