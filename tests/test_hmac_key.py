"""HMAC with the key made ready."""

import hmac

import pytest

from iamd.hmac_key import HmacKey


@pytest.mark.parametrize("size", [0, 1, 32, 63, 64])
@pytest.mark.parametrize("length", [0, 1, 55, 64, 1000])
def test_it_is_that_of_the_standard_library(size: int, length: int) -> None:
    key, text = bytes(range(size)), b"t" * length
    ready = HmacKey(key)
    for _ in range(2):  # A key that was used is as good as new.
        assert ready.digest(text) == hmac.digest(key, text, "sha256")


def test_a_key_longer_than_a_block_is_refused() -> None:
    with pytest.raises(ValueError, match="no more than 64 bytes"):
        HmacKey(bytes(65))
