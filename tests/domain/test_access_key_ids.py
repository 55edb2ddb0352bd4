"""Access key ids: Base32, as the standard library writes it, and the account in them."""

import base64

import pytest

from iamd.domain.access_key_ids import account_of, encode
from iamd.domain.ids import AccountId, Ids


def test_an_access_key_id_is_base32() -> None:
    """RFC 4648, section 6; written by the standard library."""
    for chance in [0, 1, 2**39 - 1, *(1 << bit for bit in range(39)), *range(5, 2**39, 2**39 // 101)]:
        expected = base64.b32encode(((1 << 79) | (123456789012 << 39) | chance).to_bytes(10, "big")).decode()
        assert encode("AKIA", "123456789012", (chance << 1).to_bytes(5, "big")) == "AKIA" + expected


@pytest.mark.parametrize("account_id", ["000000000000", "000000000001", "123456789012", "999999999999"])
def test_an_access_key_id_tells_its_account(account_id: str) -> None:
    assert account_of(Ids().access_key_id("ASIA", AccountId(account_id))) == account_id


@pytest.mark.parametrize(
    "access_key_id",
    [
        "",
        "AKIA",
        "AKIA" + "7" * 15,
        "AKIA" + "7" * 17,
        "AKIA" + "7" * 16,
        "AKIA" + "1" * 16,
        "AKIA" + "é" * 16,
    ],
)
def test_what_carries_no_account_tells_none(access_key_id: str) -> None:
    """Of another length, with an account of thirteen digits, and in what is no Base32."""
    assert account_of(access_key_id) is None
