"""
What a text means as a number, a date or an address.

Every function returns None for a text that does not parse as a whole; none raises.  The results are small and pure,
so the last ones are remembered: the same address and the same minute come again and again.
"""

import binascii
import ipaddress
from base64 import b64decode
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from iampolicy.text import all_digits

_LONGEST: Final = 128
_MOST_EPOCH_SECONDS: Final = 2**63 - 1

Instant: TypeAlias = tuple[int, str]
"""Whole seconds since the epoch, and the digits of the fraction without trailing zeros: exact, and in order."""


class Address(NamedTuple):
    family: int
    number: int


class Network(NamedTuple):
    """
    A range of addresses.

    Attributes:
        host_bits: How many bits of an address do not matter.
        prefix: The bits that do.
    """

    family: int
    prefix: int
    host_bits: int


_WIDTHS: Final = {4: 32, 6: 128}


@lru_cache(maxsize=1024)
def parse_number(text: str) -> Decimal | None:
    """Return the integer or decimal that *text* writes; never a binary float (semantics 24)."""
    if len(text) > _LONGEST:
        return None
    whole, point, fraction = text.removeprefix("-").removeprefix("+").partition(".")
    if text.startswith("-+") or not all_digits(whole) or (point and not all_digits(fraction)):
        return None
    return Decimal(text)


@lru_cache(maxsize=1024)
def parse_instant(text: str) -> Instant | None:
    """
    Return the moment that *text* writes: a date of the W3C profile of ISO 8601, or seconds since the epoch.

    Four digits are a year.  A date without a time is its first moment, in UTC (semantics 25).
    """
    if len(text) > _LONGEST:
        return None
    day, separator, rest = text.partition("T")
    if separator:
        return _moment(day, rest)
    if (len(text) == 4 and all_digits(text)) or "-" in text[1:]:
        midnight = _day_seconds(text)
        return None if midnight is None else (midnight, "")
    return _epoch(text)


def _epoch(text: str) -> Instant | None:
    whole, point, fraction = text.partition(".")
    digits = whole.removeprefix("-")
    if not all_digits(digits) or (point and (not all_digits(fraction) or digits != whole)):
        return None
    seconds = int(whole)
    return (seconds, fraction.rstrip("0")) if abs(seconds) <= _MOST_EPOCH_SECONDS else None


def _day_seconds(text: str) -> int | None:
    parts = text.split("-")
    if not 1 <= len(parts) <= 3 or not all(map(all_digits, parts)):
        return None
    if [len(part) for part in parts] != [4, 2, 2][: len(parts)]:
        return None
    year, month, day = [int(part) for part in parts] + [1] * (3 - len(parts))
    try:
        return (date(year, month, day).toordinal() - date(1970, 1, 1).toordinal()) * 86_400
    except ValueError:
        return None


def _moment(day: str, rest: str) -> Instant | None:
    if len(day) != len("YYYY-MM-DD"):
        return None
    midnight = _day_seconds(day)
    clock, offset = _split_zone(rest)
    if midnight is None or offset is None:
        return None
    whole, point, fraction = clock.partition(".")
    parts = whole.split(":")
    if not 2 <= len(parts) <= 3 or (point and (len(parts) != 3 or not all_digits(fraction))):
        return None
    if not all(len(part) == 2 and all_digits(part) for part in parts):
        return None
    hour, minute, second = [int(part) for part in parts] + [0] * (3 - len(parts))
    if hour > 23 or minute > 59 or second > 59:
        return None
    return midnight + hour * 3600 + minute * 60 + second - offset, fraction.rstrip("0")


def _split_zone(text: str) -> tuple[str, int | None]:
    """Cut the time zone off *text*; None when there is none, since the profile demands it."""
    if text.endswith("Z"):
        return text[:-1], 0
    clock, sign, zone = text[:-6], text[-6:-5], text[-5:]
    if sign not in {"+", "-"} or zone[2:3] != ":" or not all_digits(zone[:2] + zone[3:]) or len(zone) != 5:
        return text, None
    hours, minutes = int(zone[:2]), int(zone[3:])
    if hours > 23 or minutes > 59:
        return text, None
    seconds = hours * 3600 + minutes * 60
    return clock, -seconds if sign == "-" else seconds


@lru_cache(maxsize=1024)
def parse_address(text: str) -> Address | None:
    """Return the IPv4 or IPv6 address that *text* writes, without a prefix length or a zone."""
    if len(text) > _LONGEST or "%" in text:
        return None
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return Address(address.version, int(address))


def parse_network(text: str) -> Network | None:
    """Return the CIDR range that *text* writes, host bits masked; a bare address is a range of one (semantics 28)."""
    address_text, slash, length = text.partition("/")
    address = parse_address(address_text)
    if address is None:
        return None
    width = _WIDTHS[address.family]
    bits = width
    if slash:
        if not all_digits(length) or len(length) > 3 or int(length) > width:
            return None
        bits = int(length)
    return Network(address.family, address.number >> (width - bits), width - bits)


def in_network(address: Address, network: Network) -> bool:
    """Tell whether *address* lies in *network*; one of the other family never does."""
    return address.family == network.family and address.number >> network.host_bits == network.prefix


def parse_base64(text: str) -> bytes | None:
    try:
        decoded = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    # The decoder takes padding after a text that needs none.
    return decoded if len(text) == (len(decoded) + 2) // 3 * 4 else None
