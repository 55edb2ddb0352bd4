"""CBOR as Smithy RPC v2 writes it; the examples are those of RFC 8949, appendix A, and what that protocol does not write."""

import math

import pytest

from iamd.enforcement.mapping.cbor import NotCBORError, loads


@pytest.mark.parametrize(
    ("encoded", "value"),
    [
        ("00", 0),
        ("17", 23),
        ("1818", 24),
        ("1903e8", 1000),
        ("1a000f4240", 1000000),
        ("1bffffffffffffffff", 18446744073709551615),
        ("20", -1),
        ("3903e7", -1000),
        ("f93c00", 1.0),
        ("fa47c35000", 100000.0),
        ("fb3ff199999999999a", 1.1),
        ("f90001", 5.960464477539063e-8),
        ("f4", False),
        ("f5", True),
        ("f6", None),
        ("f7", None),
        ("4401020304", b"\x01\x02\x03\x04"),
        ("6449455446", "IETF"),
        ("62c3bc", "ü"),
        ("80", []),
        ("8301820203820405", [1, [2, 3], [4, 5]]),
        ("a0", {}),
        ("a26161016162820203", {"a": 1, "b": [2, 3]}),
        ("5f42010243030405ff", b"\x01\x02\x03\x04\x05"),
        ("7f657374726561646d696e67ff", "streaming"),
        ("9f018202039f0405ffff", [1, [2, 3], [4, 5]]),
        ("bf61610161629f0203ffff", {"a": 1, "b": [2, 3]}),
        ("c11a514b67b0", 1363896240),
        ("c1fb41d452d9ec200000", 1363896240.5),
    ],
)
def test_what_is_written_is_read(encoded: str, value: object) -> None:
    assert loads(bytes.fromhex(encoded)) == value


def test_what_is_no_number_is_read() -> None:
    found = loads(bytes.fromhex("f97e00"))
    assert isinstance(found, float)
    assert math.isnan(found)


@pytest.mark.parametrize(
    "encoded",
    [
        "",
        "18",
        "62c3",
        "62c328",
        "0000",
        "ff",
        "1c",
        "1f",
        "3f",
        "df",
        "f8ff",
        "fc",
        "5f6161ff",
        "5f5f4100ffff",
        "9f",
        "9b7fffffffffffffff",
        "5bffffffffffffffff00",
        "a1",
        "a10101",
        "a1a001",
        "a2616101616102",
        "c074323031332d30332d32315432303a30343a30305a",
        "c16161",
        "c1f5",
        "c249010000000000000000",
        "c48221196ab3",
        "d8236128",
        "d9d9f700",
        "81" * 40 + "00",
    ],
)
def test_what_is_not_is_refused(encoded: str) -> None:
    with pytest.raises(NotCBORError):
        loads(bytes.fromhex(encoded))
