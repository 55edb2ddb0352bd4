"""
The life of a sealing key: staged, primary, retired, gone.

* A new key is *staged* for a while, in which every node hears of it: it opens already, and seals nothing.
* Then it is *primary*, and seals; the one before it is *retired*, and only opens.
* A retired key is kept until the last session that it has sealed has expired, and then dropped.

So no request ever meets a key that its node could not know.  Everything here is computed from the keys and the time
alone: whichever node looks first does what is due, and the others find it done.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from iamd.domain.limits import LONGEST_SESSION
from iamd.domain.sealing_keys import SealingKey, SealingKeyState

STAGED_FOR: Final = timedelta(minutes=1)
"""Other nodes hear of a change within a second or two."""
RETIRED_FOR: Final = LONGEST_SESSION + timedelta(days=1)
"""A node that has lost the database for a while may seal with it for a little longer."""
MOST_KEYS: Final = 64

Keys = tuple[SealingKey, ...]
Make = Callable[[SealingKeyState], SealingKey]


class TooManyKeysError(Exception):
    """The ring holds as many keys as it may; the oldest of them go when what they have sealed has expired."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """
    When keys change.

    Attributes:
        interval: How long a key is primary; None when only the operator rotates.
    """

    interval: timedelta | None

    def until(self, key: SealingKey) -> datetime | None:
        """Return when *key* leaves its state by itself; None when it does not."""
        lasts = {
            SealingKeyState.STAGED: STAGED_FOR,
            SealingKeyState.PRIMARY: self.interval,
            SealingKeyState.RETIRED: RETIRED_FOR,
        }[key.state]
        return None if lasts is None else key.changed_at + lasts

    def due(self, keys: Sequence[SealingKey], now: datetime) -> bool:
        """Tell whether `turned` would change anything; asked often."""
        staged = any(key.state is SealingKeyState.STAGED for key in keys)
        return any(
            (until := self.until(key)) is not None
            and until <= now
            # The next one is on its way already.
            and not (staged and key.state is SealingKeyState.PRIMARY)
            for key in keys
        )

    def turned(self, keys: Sequence[SealingKey], now: datetime, make: Make) -> Keys:
        """Return the ring as it shall be *now*; the same when nothing is due."""
        ring = tuple(
            key
            for key in keys
            if key.state is not SealingKeyState.RETIRED or key.changed_at + RETIRED_FOR > now
        )
        if any(key.state is SealingKeyState.STAGED and key.changed_at + STAGED_FOR <= now for key in ring):
            return _promoted(ring, now)
        return _with_staged(ring, make) if self.due(ring, now) else ring


def rotated(keys: Sequence[SealingKey], now: datetime, make: Make, *, at_once: bool) -> Keys:
    """
    Return the ring with a new key on its way: staged, or with *at_once* primary.

    A key that is staged already is that key; so to ask twice does not make two.

    Raises:
        TooManyKeysError: There is no room for another one.
    """
    ring = tuple(keys)
    if not any(key.state is SealingKeyState.STAGED for key in ring):
        if len(ring) >= MOST_KEYS:
            raise TooManyKeysError
        ring = _with_staged(ring, make)
    return _promoted(ring, now) if at_once else ring


def differences(before: Sequence[SealingKey], after: Sequence[SealingKey]) -> tuple[Keys, Keys, Keys]:
    """Return which keys were added, changed and dropped."""
    old = {key.key_id: key for key in before}
    new = {key.key_id: key for key in after}
    return (
        tuple(key for key in after if key.key_id not in old),
        tuple(key for key in after if key.key_id in old and key.state is not old[key.key_id].state),
        tuple(key for key in before if key.key_id not in new),
    )


def _with_staged(ring: Keys, make: Make) -> Keys:
    known = {key.key_id for key in ring}
    # Four bytes of chance may meet again.
    fresh = next(
        key for key in (make(SealingKeyState.STAGED) for _ in itertools.count()) if key.key_id not in known
    )
    return (*ring, fresh)


def _promoted(ring: Keys, now: datetime) -> Keys:
    """Return *ring* with its staged key as the primary one."""
    following = {
        SealingKeyState.STAGED: SealingKeyState.PRIMARY,
        SealingKeyState.PRIMARY: SealingKeyState.RETIRED,
    }
    return tuple(
        replace(key, state=following[key.state], changed_at=now) if key.state in following else key
        for key in ring
    )
