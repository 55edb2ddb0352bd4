"""
Unique ids, access key ids and secret access keys, from one source of chance that a test can seed.

AWS: IAM identifiers, *Understanding unique ID prefixes*.
"""

import base64
import os
import random
import re
import secrets
import string
from typing import Final, NewType
from weakref import WeakSet

from iamd.domain import access_key_ids
from iamd.secret import Secret

AccountId = NewType("AccountId", str)
UniqueId = NewType("UniqueId", str)
AccessKeyId = NewType("AccessKeyId", str)
OrganizationId = NewType("OrganizationId", str)

_ALPHABET = string.ascii_uppercase + "234567"
_IN_BASE32 = (_ALPHABET * 8).encode()
"""A character for each byte, each as often: one question to the system for all of an id."""
_LOWER = string.ascii_lowercase + string.digits
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
        return AccessKeyId(access_key_ids.encode(prefix, account_id, self.token(5)))

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
