"""What texts mean: numbers, dates and addresses."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.iampolicy.cases import UNHURRIED

from iampolicy.values import (
    in_network,
    parse_address,
    parse_base64,
    parse_instant,
    parse_network,
    parse_number,
)


@pytest.mark.parametrize("text", ["0", "-0", "10", "+7", "1.50", "-3.25", "9007199254740993", "9" * 100])
def test_numbers(text: str) -> None:
    """Semantics 24."""
    assert parse_number(text) == Decimal(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 1",
        "1 ",
        "1e3",
        "0x1",
        ".5",
        "1.",
        "1.5.",
        "NaN",
        "Infinity",
        "\u0661",
        "1_0",
        "-+1",
        "--1",
        "9" * 200,
    ],
)
def test_not_numbers(text: str) -> None:
    """Semantics 24, R-71: the whole text, and the digits 0 to 9 only."""
    assert parse_number(text) is None


@pytest.mark.parametrize(
    ("text", "seconds", "fraction"),
    [
        ("1970", 0, ""),
        ("1970-02", 31 * 86_400, ""),
        ("1970-01-02", 86_400, ""),
        ("1970-01-01T00:01Z", 60, ""),
        ("1970-01-01T00:00:01Z", 1, ""),
        ("1970-01-01T00:00:01.250Z", 1, "25"),
        ("1970-01-01T01:00:00+01:00", 0, ""),
        ("1970-01-01T00:00:00-00:30", 1800, ""),
        ("1577836801", 1_577_836_801, ""),
        ("2020-01-01T00:00:01Z", 1_577_836_801, ""),
        ("12345", 12_345, ""),
        ("1.5", 1, "5"),
        ("-1", -1, ""),
    ],
)
def test_instants(text: str, seconds: int, fraction: str) -> None:
    """Semantics 25: the W3C profile and the epoch, mixed freely."""
    assert parse_instant(text) == (seconds, fraction)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "January 1, 2020",
        "2020-13",
        "2020-02-30",
        "2020-1-1",
        "20200101",
        "2020-01-01T",
        "2020-01-01T00:00",
        "2020-01-01T00:00:00",
        "2020-01-01T0:00Z",
        "2020-01-01T0a:00Z",
        "2020-01-01T24:00Z",
        "2020-01-01T00:60Z",
        "2020-01-01T00:00:60Z",
        "2020-01-01T00Z",
        "2020-01-01T00:00.5Z",
        "2020-01-01T00:00:00.Z",
        "2020-01-01T00:00:00+0100",
        "2020-01-01T00:00:00+24:00",
        "2020-01-01T00:00:00+00:60",
        "2020-01T00:00Z",
        "2020-01-01 00:00:00Z",
        "0000",
        "\u0662\u0660\u0662\u0660",
        "9223372036854775808",
        "-1.5",
        "1.x",
        "2020-*",
        "1" * 129,
    ],
)
def test_not_instants(text: str) -> None:
    """Semantics 25: nothing else, and no numeric overflow (fact 55)."""
    if text == "20200101":
        assert parse_instant(text) == (20_200_101, "")  # seconds, since it has no hyphen
    else:
        assert parse_instant(text) is None


def test_fractions_keep_their_order() -> None:
    moments = [parse_instant(f"2020-01-01T00:00:00{f}Z") for f in ("", ".1", ".45", ".5", ".51")]
    known = [moment for moment in moments if moment is not None]
    assert len(known) == 5
    assert sorted(known) == known


@pytest.mark.parametrize(
    ("address", "network", "expected"),
    [
        ("203.0.113.7", "203.0.113.0/24", True),
        ("203.0.113.7", "203.0.113.99/24", True),
        ("203.0.114.7", "203.0.113.0/24", False),
        ("203.0.113.7", "203.0.113.7", True),
        ("203.0.113.8", "203.0.113.7", False),
        ("203.0.113.8", "0.0.0.0/0", True),
        ("2001:db8::1", "2001:DB8:0:0:0:0:0:1", True),
        ("2001:db8::1", "2001:db8::/64", True),
        ("2001:db8::1", "0.0.0.0/0", False),
        ("10.0.0.1", "::/0", False),
    ],
)
def test_networks(address: str, network: str, expected: bool) -> None:
    """Semantics 28: parsed addresses, host bits masked, families apart."""
    parsed, range_ = parse_address(address), parse_network(network)
    assert parsed is not None
    assert range_ is not None
    assert in_network(parsed, range_) is expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "1.2.3",
        "01.2.3.4",
        "1.2.3.4/",
        "1.2.3.4/33",
        "1.2.3.4/255.0.0.0",
        "1.2.3.4/\u0661",
        "::/129",
        "fe80::1%e",
    ],
)
def test_not_networks(text: str) -> None:
    assert parse_network(text) is None


@UNHURRIED
@given(st.text())
def test_nothing_raises(text: str) -> None:
    for parse in (parse_number, parse_instant, parse_address, parse_network, parse_base64):
        parse(text)
