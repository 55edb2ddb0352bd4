"""
Wrong codes and passwords, told to the other nodes, so that trying them one after the other gains nothing.

They travel by the log of changes: a line of it for each failure, and for each success that ends a row of them.  Whoever
hears of one counts it as if it had happened there, within the time that changes take.  What is counted is kept in memory:
a node that starts anew has forgotten, and hears again from then on.  In place of serial numbers, names and addresses there
are digests: somebody may have typed a password where a name belongs.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from iamd.auth.mfa_attempts import MfaAttempts, Outcome, Pardon
from iamd.store.interface import Change, ChangeKind

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_PARDONS: Final = {Pardon.ALL: None, Pardon.ONE: False}
"""How they are written, in the place of the microseconds of a failure."""


class SharedAttempts:
    """
    Keep registers of attempts in step with those of other nodes.

    Args:
        node: Tells this one from the others.
        tell: Writes a line, in a while; must not wait.
        registers: By the names that they have on every node.
    """

    def __init__(
        self, node: str, tell: Callable[[str], object], registers: Mapping[str, MfaAttempts]
    ) -> None:
        self._node: Final = node
        self._registers: Final = registers
        self._tell: Final = tell
        for name, attempts in registers.items():
            attempts.on_outcome(partial(self._say, name))

    def follow(self, changes: Sequence[Change]) -> None:
        """Hear of *changes*."""
        for change in changes:
            if change.kind is ChangeKind.ATTEMPT:
                self._hear(change.id)

    def _say(self, name: str, digest: str, outcome: Outcome) -> None:
        written = _PARDONS[outcome] if isinstance(outcome, Pardon) else (outcome - _EPOCH) // _MICROSECOND
        self._tell(json.dumps([self._node, name, digest, written]))

    def _hear(self, line: str) -> None:
        node, name, digest, written = json.loads(line)
        attempts = self._registers.get(name)
        # A later version may count what this one does not.
        if node != self._node and attempts is not None:
            attempts.hear(digest, _outcome(written))


def _outcome(written: int | bool | None) -> Outcome:
    if written is None:
        return Pardon.ALL
    return Pardon.ONE if written is False else _EPOCH + written * _MICROSECOND
