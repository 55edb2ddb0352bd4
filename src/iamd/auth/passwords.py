"""
Hashing of passwords: Argon2id (RFC 9106).

A hash is meant to be slow, and belongs on a worker's thread.  All hashes of one user have one salt, so that a password
is compared with all that the user has had at the price of one hash; two users never share one.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from iamd.secret import Secret

SALT_SIZE: Final = 16
_HASH_SIZE: Final = 32


@dataclass(frozen=True, slots=True)
class Cost:
    """
    What one hash costs.  The default is the second choice of RFC 9106, section 4, on one lane.

    Attributes:
        memory: In KiB.
    """

    time: int = 3
    memory: int = 64 * 1024
    lanes: int = 1


class Passwords:
    """
    Hash passwords.

    The text of a hash names its cost and its salt, so that hashes outlive a change of cost.
    """

    def __init__(self, cost: Cost | None = None) -> None:
        self._cost: Final = cost or Cost()

    def hash(self, password: Secret, salt: bytes) -> Secret:
        """Return the hash of *password* as a text in the usual form, ``$argon2id$v=19$…``."""
        return _hash(password, salt, self._cost)

    def hash_again(self, password: Secret, like: Secret) -> Secret:
        """Return the hash of *password* at the present cost, with the salt of the hash *like*."""
        return self.hash(password, _parts(like)[1])

    def position(self, password: Secret, hashes: Sequence[Secret]) -> int | None:
        """Return which of *hashes* is the first that is of *password*; None when none is."""
        made: dict[tuple[Cost, bytes], Secret] = {}
        for position, each in enumerate(hashes):
            cost, salt = _parts(each)
            if (cost, salt) not in made:
                made[cost, salt] = _hash(password, salt, cost)
            if made[cost, salt].matches(each):
                return position
        return None


def _hash(password: Secret, salt: bytes, cost: Cost) -> Secret:
    import argon2.low_level  # noqa: PLC0415  only who hashes pays for it

    made = argon2.low_level.hash_secret(
        password.reveal().encode(),
        salt,
        time_cost=cost.time,
        memory_cost=cost.memory,
        parallelism=cost.lanes,
        hash_len=_HASH_SIZE,
        type=argon2.low_level.Type.ID,
    )
    return Secret(made.decode())


def _parts(hashed: Secret) -> tuple[Cost, bytes]:
    """Read cost and salt from the text of a hash."""
    import argon2  # noqa: PLC0415  only who hashes pays for it

    text = hashed.reveal()
    found = argon2.extract_parameters(text)
    salt = text.split("$")[4]
    return (
        Cost(found.time_cost, found.memory_cost, found.parallelism),
        base64.b64decode(salt + "=" * (-len(salt) % 4), validate=True),
    )
