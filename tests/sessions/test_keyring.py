"""The keyring: what it seals opens here, for this, unchanged; and nowhere else."""

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamd.domain.sealing_keys import SealingKey, SealingKeyState
from iamd.secret import Secret
from iamd.sessions.keyring import OVERHEAD, Keyring, SealBrokenError, new_sealing_key_material

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def key(number: int, state: SealingKeyState = SealingKeyState.PRIMARY) -> SealingKey:
    material = new_sealing_key_material(bytes([number]) * 32)
    return SealingKey(
        key_id=f"{number:08x}", state=state, material=Secret(material), created_at=NOW, changed_at=NOW
    )


RING = Keyring("cluster", [key(1)])


@given(st.binary(max_size=200), st.binary(max_size=20))
def test_what_is_sealed_opens(plaintext: bytes, context: bytes) -> None:
    assert RING.open(b"purpose", RING.seal(b"purpose", plaintext, context), context) == plaintext


def test_nothing_of_the_text_shows() -> None:
    sealed = RING.seal(b"purpose", b"a secret of some length")
    assert b"secret" not in sealed
    assert len(sealed) == len(b"a secret of some length") + OVERHEAD
    assert sealed != RING.seal(b"purpose", b"a secret of some length")


def test_any_flipped_bit_is_noticed() -> None:
    """R-15"""
    sealed = RING.seal(b"purpose", b"text", b"context")
    for place in range(len(sealed)):
        for bit in range(8):
            changed = bytearray(sealed)
            changed[place] ^= 1 << bit
            with pytest.raises(SealBrokenError):
                RING.open(b"purpose", bytes(changed), b"context")


@pytest.mark.parametrize("length", range(OVERHEAD + 1))
def test_what_is_cut_short_does_not_open(length: int) -> None:
    with pytest.raises(SealBrokenError):
        RING.open(b"purpose", RING.seal(b"purpose", b"text")[:length])


def test_each_purpose_context_and_installation_is_its_own() -> None:
    """R-17, R-31: one key for each purpose; two installations share nothing, even with the same key."""
    sealed = RING.seal(b"session", b"text", b"a")
    with pytest.raises(SealBrokenError):
        RING.open(b"marker", sealed, b"a")
    with pytest.raises(SealBrokenError):
        RING.open(b"session", sealed, b"b")
    with pytest.raises(SealBrokenError):
        Keyring("another", [key(1)]).open(b"session", sealed, b"a")


def test_purpose_and_context_cannot_be_shifted_into_each_other() -> None:
    sealed = RING.seal(b"a", b"text", b"b")
    with pytest.raises(SealBrokenError):
        RING.open(b"a\0b", sealed, b"")


def test_staged_and_retired_keys_open_and_do_not_seal() -> None:
    old = Keyring("cluster", [key(1)])
    sealed = old.seal(b"purpose", b"text")
    ring = Keyring("cluster", [key(1, SealingKeyState.RETIRED), key(2), key(3, SealingKeyState.STAGED)])
    assert ring.open(b"purpose", sealed) == b"text"
    assert ring.seal(b"purpose", b"text")[1:5].hex() == "00000002"
    assert ring.open(b"purpose", Keyring("cluster", [key(3)]).seal(b"purpose", b"new")) == b"new"


def test_a_key_that_is_gone_opens_nothing() -> None:
    ring = Keyring("cluster", [key(1)])
    sealed = ring.seal(b"purpose", b"text")
    ring.replace([key(2)])
    with pytest.raises(SealBrokenError):
        ring.open(b"purpose", sealed)


@pytest.mark.parametrize("keys", [[], [key(1, SealingKeyState.RETIRED)], [key(1), key(2)]])
def test_exactly_one_key_is_primary(keys: list[SealingKey]) -> None:
    with pytest.raises(ValueError, match="exactly one primary key"):
        Keyring("cluster", keys)


def test_a_key_has_32_bytes() -> None:
    assert len(base64.b64decode(new_sealing_key_material(bytes(32)))) == 32
    with pytest.raises(ValueError, match="32 bytes"):
        new_sealing_key_material(bytes(31))
