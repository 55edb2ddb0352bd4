"""Signing keys and the cache of them."""

import hmac
from datetime import UTC, datetime

import pytest

from iamd.hmac_key import HmacKey
from iamd.secret import Secret
from iamd.sigv4.signature_claim import SignatureClaim
from iamd.sigv4.signing_key import SigningKeyCache, derive

KEYS = [HmacKey(bytes([number])) for number in range(4)]
EXAMPLE = Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")


def claim(key: int = 0, date: str = "20261122", region: str = "us-east-1") -> SignatureClaim:
    return SignatureClaim(
        access_key_id=f"AKIA{key:016}",
        date=date,
        region=region,
        service="iam",
        signed_headers=(b"host",),
        signature="0" * 64,
        timestamp=datetime(2026, 11, 22, tzinfo=UTC),
        amz_date="20261122T000000Z",
        scope=f"{date}/{region}/iam/aws4_request",
    )


@pytest.mark.parametrize(
    ("date", "key"),
    [
        ("20120215", "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d"),
        ("20150830", "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"),
    ],
)
def test_the_documented_examples(date: str, key: str) -> None:
    """AWS: "Examples of how to derive a signing key" and the complete example of the General Reference."""
    expected = hmac.digest(bytes.fromhex(key), b"text", "sha256")
    assert derive(EXAMPLE, date, "us-east-1", "iam").digest(b"text") == expected


def test_what_is_kept_is_found_for_its_scope_alone() -> None:
    cache = SigningKeyCache(capacity=100)
    cache.keep(claim(), KEYS[0])
    assert cache.find(claim()) == KEYS[0]
    assert cache.find(claim(region="eu-central-1")) is None
    assert cache.find(claim(date="20261123")) is None
    assert cache.find(claim(key=1)) is None


def test_dropping_an_access_key_drops_all_its_scopes() -> None:
    cache = SigningKeyCache(capacity=100)
    cache.keep(claim(), KEYS[1])
    cache.keep(claim(region="eu-central-1"), KEYS[2])
    cache.keep(claim(key=1), KEYS[3])
    cache.drop(claim().access_key_id)
    cache.drop("AKIANEVERSEENBEFORE0")
    assert cache.find(claim()) is None
    assert cache.find(claim(region="eu-central-1")) is None
    assert cache.find(claim(key=1)) == KEYS[3]
    cache.clear()
    assert len(cache) == 0


def test_the_access_key_that_came_first_goes_first() -> None:
    cache = SigningKeyCache(capacity=2)
    for key in (1, 2, 1, 3):
        cache.keep(claim(key=key), KEYS[key])
    assert [cache.find(claim(key=key)) for key in (1, 2, 3)] == [None, KEYS[2], KEYS[3]]


def test_one_access_key_cannot_fill_the_cache() -> None:
    """R-21: bounded for each access key too."""
    cache = SigningKeyCache(capacity=100)
    for number in range(100):
        cache.keep(claim(region=f"region-{number}"), KEYS[0])
    assert len(cache) == 16
    assert cache.find(claim(region="region-99")) == KEYS[0]


def test_keys_of_past_days_are_forgotten() -> None:
    cache = SigningKeyCache(capacity=100)
    cache.keep(claim(key=1, date="20261120"), KEYS[0])
    cache.keep(claim(key=2, date="20261121"), KEYS[1])
    cache.keep(claim(key=1, date="20261122"), KEYS[2])
    assert len(cache) == 2
    assert cache.find(claim(key=1, date="20261120")) is None
    # Clients around midnight sign for either day.
    assert cache.find(claim(key=2, date="20261121")) == KEYS[1]
