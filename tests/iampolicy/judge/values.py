"""What the values of conditions mean.  Each reader returns None for what it cannot read."""

import re
from base64 import b64decode
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Final, TypeAlias

Address: TypeAlias = tuple[int, int]
"""The number of bits of its family, and the bits."""
Block: TypeAlias = tuple[int, int, int]
"""The number of bits of its family, the bits, and how many of them count."""

_NUMBER: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_DATE: Final = re.compile(
    r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})"
    r"(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2}(?:\.[0-9]+)?))?(Z|[+-][0-9]{2}:[0-9]{2}))?)?)?"
)
_EPOCH: Final = re.compile(r"-?[0-9]+|[0-9]+\.[0-9]+")
_BASE64: Final = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_LONGEST: Final = 128
"""Characters.  What is longer is not read; that is no rule of AWS's."""
_UNIX: Final = date(1970, 1, 1).toordinal()
_DAY: Final = 86_400


@lru_cache(maxsize=4096)
def number(text: str) -> Fraction | None:
    """Read an integer or a decimal, exactly (semantics 24)."""
    return Fraction(text) if len(text) <= _LONGEST and _NUMBER.fullmatch(text) else None


@lru_cache(maxsize=4096)
def moment(text: str) -> Fraction | None:
    """Read a date of the W3C profile, or seconds since 1970 (semantics 25)."""
    if len(text) > _LONGEST:
        return None
    found = _DATE.fullmatch(text)
    if not found:
        return Fraction(text) if _EPOCH.fullmatch(text) else None
    year, month, day, hour, minute, second, zone = found.groups()
    try:
        days = date(int(year), int(month or 1), int(day or 1)).toordinal() - _UNIX
    except ValueError:
        return None
    hours, minutes, seconds = int(hour or 0), int(minute or 0), Fraction(second or 0)
    if hours > 23 or minutes > 59 or seconds >= 60:
        return None
    offset = _offset(zone or "Z")
    if offset is None:
        return None
    return days * _DAY + hours * 3600 + minutes * 60 + seconds - offset


def _offset(zone: str) -> int | None:
    if zone == "Z":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[4:])
    if hours > 23 or minutes > 59:
        return None
    return (hours * 3600 + minutes * 60) * (-1 if zone[0] == "-" else 1)


def boolean(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text.lower())  # semantics 26


def binary(text: str) -> bytes | None:
    return b64decode(text) if _BASE64.fullmatch(text) else None  # semantics 27


@lru_cache(maxsize=4096)
def address(text: str) -> Address | None:
    """Read an IPv4 or IPv6 address; how it is spelled does not matter (semantics 28)."""
    if ":" not in text:
        four = _four(text)
        return None if four is None else (32, four)
    head, gap, tail = text.partition("::")
    left, right = _groups(head, last=not gap), _groups(tail, last=True)
    if left is None or right is None:
        return None
    given = len(left) + len(right)
    if given > 7 if gap else given != 8:
        return None
    groups = [*left, *[0] * (8 - given), *right]
    return 128, sum(group << (16 * (7 - place)) for place, group in enumerate(groups))


def _groups(text: str, *, last: bool) -> list[int] | None:
    """Read the groups on one side of a `::`; if it is the *last* one, it may end in an IPv4 address."""
    if not text:
        return []
    groups: list[int] = []
    *words, end = text.split(":")
    if last and "." in end:
        four = _four(end)
        if four is None:
            return None
        tail = [four >> 16, four & 0xFFFF]
    else:
        words, tail = [*words, end], []
    for word in words:
        if not re.fullmatch(r"[0-9A-Fa-f]{1,4}", word):
            return None
        groups.append(int(word, 16))
    return groups + tail


def _four(text: str) -> int | None:
    words = text.split(".")
    if len(words) != 4 or not all(re.fullmatch(r"0|[1-9][0-9]{0,2}", word) for word in words):
        return None
    octets = [int(word) for word in words]
    if max(octets) > 255:
        return None
    return sum(octet << (8 * (3 - place)) for place, octet in enumerate(octets))


@lru_cache(maxsize=4096)
def block(text: str) -> Block | None:
    """Read a CIDR block, or an address, which is a block of one."""
    written, slash, length = text.partition("/")
    found = address(written)
    if found is None:
        return None
    bits, value = found
    if not slash:
        return bits, value, bits
    if not re.fullmatch(r"0|[1-9][0-9]{0,2}", length) or int(length) > bits:
        return None
    return bits, value, int(length)


def inside(one: Address, whole: Block) -> bool:
    """Tell whether an address is in a block; bits of the host do not count, another family never is (semantics 28)."""
    return one[0] == whole[0] and one[1] >> (one[0] - whole[2]) == whole[1] >> (one[0] - whole[2])
