"""
Unique ids, access key ids and secret access keys, from one source of chance that a test can seed.

AWS: IAM identifiers, *Understanding unique ID prefixes*.  An access key id carries its account: the ten bytes behind
the four-letter prefix are, in Base32, a set bit, forty bits of account id, and thirty-nine bits of chance.
"""

import base64
import os
import random
import re
import secrets
import string
from functools import lru_cache
from typing import Final, NewType
from weakref import WeakSet

from iamd.secret import Secret

AccountId = NewType("AccountId", str)
UniqueId = NewType("UniqueId", str)
AccessKeyId = NewType("AccessKeyId", str)
OrganizationId = NewType("OrganizationId", str)

_ALPHABET = string.ascii_uppercase + "234567"
_IN_BASE32 = (_ALPHABET * 8).encode()
"""A character for each byte, each as often: one question to the system for all of an id."""
_LOWER = string.ascii_lowercase + string.digits
_PAIRS = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
"""Base32, ten bits at a time."""
_RANDOM_BITS = 39
_digits_of_uuid = re.compile("(.{8})(.{4}).(.{3})(.)(.{3})(.{12})").findall
"""All but that of the version; that of the variant apart."""
_VARIANTS = {f"{digit:x}": "89ab"[digit % 4] for digit in range(16)}
_REQUEST_IDS = 128
"""How many are made at once."""


class Ids:
    """
    Make ids and secrets.

    Without a *seed* everything comes from the operating system's generator.  A seed is for tests: its secrets are
    predictable.
    """

    def __init__(self, seed: int | None = None) -> None:
        self._random: random.Random = secrets.SystemRandom() if seed is None else random.Random(seed)  # noqa: S311  tests only
        self._request_ids: list[str] = []
        _all.add(self)

    def unique_id(self, prefix: str, size: int = 17) -> UniqueId:
        """Return *prefix* and *size* characters: 21, behind the usual prefixes such as ``AIDA`` (fact 86)."""
        return UniqueId(prefix + self.token(size).translate(_IN_BASE32).decode())

    def lower_id(self, prefix: str, size: int) -> str:
        """Return *prefix* and *size* lower-case letters and digits: the ids of Organizations (``o-…``, ``ou-…``)."""
        return prefix + "".join(self._random.choices(_LOWER, k=size))

    def hex_id(self, prefix: str, digits: int) -> str:
        """Return *prefix* and *digits* hexadecimal ones: the ids of EC2 (``vpce-…``)."""
        return f"{prefix}{self._random.getrandbits(4 * digits):0{digits}x}"

    def account_id(self) -> AccountId:
        """Return an account id: twelve digits, the first of which is not 0."""
        return AccountId(str(self._random.randrange(10**11, 10**12)))

    def access_key_id(self, prefix: str, account_id: AccountId) -> AccessKeyId:
        """Return an access key id of 20 characters in which *account_id* is encoded."""
        return encode_access_key_id(prefix, account_id, int.from_bytes(self.token(5), "big") >> 1)

    def secret_access_key(self) -> Secret:
        """Return a secret access key: 40 characters of Base64, 30 bytes of chance."""
        return Secret(base64.b64encode(self.token(30)).decode())

    def token(self, size: int) -> bytes:
        """Return *size* bytes of chance."""
        return self._random.randbytes(size)

    def uuid(self) -> str:
        """Return a random UUID (version 4) as text."""
        return self._uuids(1)[0]

    def request_id(self) -> str:
        """
        Return an id for a request, or for its record: a UUID, too.

        Many are made at once, since that asks for chance once.  They are no secrets.  May be called from several threads.
        """
        while True:
            try:
                return self._request_ids.pop()
            except IndexError:
                self._request_ids += self._uuids(_REQUEST_IDS)

    def forget(self) -> None:
        """Forget the ids that are made and not given yet: after a fork the other process has them, too."""
        self._request_ids.clear()

    def _uuids(self, number: int) -> list[str]:
        # RFC 9562, section 5.4, put together by hand.
        return [
            f"{low}-{middle}-4{high}-{_VARIANTS[variant]}{clock}-{node}"
            for low, middle, high, variant, clock, node in _digits_of_uuid(self.token(16 * number).hex())
        ]


_all: Final[WeakSet[Ids]] = WeakSet()


def _forget() -> None:
    for each in list(_all):
        each.forget()


os.register_at_fork(after_in_child=_forget)


def encode_access_key_id(prefix: str, account_id: AccountId, chance: int) -> AccessKeyId:
    """Put *account_id* and 39 bits of *chance* behind *prefix* (``AKIA`` or ``ASIA``)."""
    beginning, last_bit = _beginning(prefix, account_id)
    return AccessKeyId(beginning + _base32(last_bit | chance))


@lru_cache(maxsize=4096)
def _beginning(prefix: str, account_id: AccountId) -> tuple[str, int]:
    """Return what all access key ids of an account begin with, and the account's last bit, at its place in the second half."""
    account = int(account_id)
    return prefix + _base32(1 << 39 | account >> 1), (account & 1) << _RANDOM_BITS


def _base32(half: int) -> str:
    """Return 40 bits in Base32 (RFC 4648, section 6), in an eighth of the time that `base64.b32encode` takes."""
    pairs = _PAIRS
    return pairs[half >> 30] + pairs[half >> 20 & 1023] + pairs[half >> 10 & 1023] + pairs[half & 1023]


def account_of_access_key_id(access_key_id: str) -> AccountId | None:
    """Return the account id encoded in *access_key_id*; None when it carries none."""
    if len(access_key_id) != 20:
        return None
    try:
        value = int.from_bytes(base64.b32decode(access_key_id[4:]), "big")
    except ValueError:
        return None
    account = (value >> _RANDOM_BITS) & ((1 << 40) - 1)
    return AccountId(f"{account:012d}") if account < 10**12 else None
