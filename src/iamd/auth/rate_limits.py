"""
Rate limits: token buckets, in memory, of this process.

AWS: who asks too often is answered `Throttling`, "Rate exceeded", and SDKs try again after a while by themselves.

* A bucket holds what may be asked in ten seconds, and fills up at the rate; so bursts pass.
* A request is counted against an access key and an account only when its signature holds: nobody can use up another's.
* A peer is the address of the connection's other end, or the one that a trusted proxy tells of; of IPv6, the 64 bits that it
  is in.  Who is on this machine is limited by key and account alone: it may be a proxy that stands for everybody.
* What is kept is bounded; the bucket that was used least recently goes first, and is full when it comes again.
"""

import ipaddress
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from threading import Lock
from typing import Final

from iamd.auth.caller import Caller
from iamd.auth.peers import network_of
from iamd.errors import ServiceError, Throttling

_BURST_SECONDS: Final = 10
_MOST_BUCKETS: Final = 50_000


class Buckets:
    """
    One bucket for each name, all of them alike.

    Args:
        rate: How much may be taken in a second.
        most: How many buckets are kept.
    """

    def __init__(self, rate: int, most: int = _MOST_BUCKETS) -> None:
        self._rate: Final = rate
        self._size: Final = float(rate * _BURST_SECONDS)
        self._most: Final = most
        self._levels: Final[OrderedDict[str, tuple[float, float]]] = OrderedDict()
        self._lock: Final = Lock()

    def take(self, name: str, now: float) -> bool:
        """Take one from the bucket *name*, and say whether there was one."""
        with self._lock:
            level = self._level(name, now)
            self._levels[name] = (max(level - 1.0, 0.0) if level >= 1.0 else level, now)
            self._levels.move_to_end(name)
            if len(self._levels) > self._most:
                self._levels.popitem(last=False)
        return level >= 1.0

    def has(self, name: str, now: float) -> bool:
        """Say whether there is one to take."""
        with self._lock:
            return self._level(name, now) >= 1.0

    def __len__(self) -> int:
        return len(self._levels)

    def __contains__(self, name: str) -> bool:
        """Say whether something was taken from the bucket, and not so long ago that it is forgotten."""
        return name in self._levels

    def _level(self, name: str, now: float) -> float:
        found = self._levels.get(name)
        if found is None:
            return self._size
        level, at = found
        return min(level + (now - at) * self._rate, self._size)


class RateLimits:
    """What may be asked how often; built once by `assemble`."""

    def __init__(
        self,
        monotonic: Callable[[], float],
        *,
        key: int = 0,
        account: int = 0,
        peer: int = 0,
        failures: int = 0,
        on_throttled: Callable[[str], None] = lambda _: None,
    ) -> None:
        """
        Begin with all buckets full.

        Args:
            monotonic: Counts seconds.
            key: Requests a second of an access key, long-term or of a session; 0 for any number.
            account: Of all access keys of an account, likewise.
            peer: Of a peer, likewise, whoever asks.
            failures: Of a peer that nobody stands behind who is known; then no others of it are answered, either.
            on_throttled: Told the name of a limit that was met.
        """
        self._monotonic: Final = monotonic
        self._key: Final = Buckets(key) if key else None
        self._account: Final = Buckets(account) if account else None
        self._peer: Final = Buckets(peer) if peer else None
        self._failures: Final = Buckets(failures) if failures else None
        self._on_throttled: Final = on_throttled

    def enter(self, peer: str, give_up: Callable[[], object] = lambda: None) -> None:
        """
        Count a request of *peer*, before anything of it is believed.

        Args:
            peer: Whose it is.
            give_up: Called when it is refused.

        Raises:
            Throttling: There were too many, or too many that failed.
        """
        # Nearly everybody: has not failed lately, where nothing else is limited.
        if self._peer is None and (not self._failures or network_of(peer) not in self._failures):
            return
        try:
            self._enter(peer)
        except Throttling:
            give_up()
            raise

    def _enter(self, peer: str) -> None:
        if _is_of_this_machine(peer):
            return
        now, network = self._monotonic(), network_of(peer)
        if self._peer is not None and not self._peer.take(network, now):
            raise self._refusal("peer")
        if self._failures is not None and not self._failures.has(network, now):
            raise self._refusal("failures")

    def failed(self, peer: str, error: ServiceError) -> None:
        """Count a request of *peer* behind which nobody stands who is known, and which was answered by *error*."""
        # Who is throttled already need only wait, however often they ask meanwhile.
        if isinstance(error, Throttling) or self._failures is None:
            return
        if not _is_of_this_machine(peer):
            self._failures.take(network_of(peer), self._monotonic())

    def spend(self, caller: Caller) -> None:
        """
        Count a request of *caller*, whose signature holds.

        Raises:
            Throttling: There were too many.
        """
        if self._key is None and self._account is None:
            return
        now = self._monotonic()
        if self._key is not None and caller.access_key_id and not self._key.take(caller.access_key_id, now):
            raise self._refusal("key")
        if self._account is not None and caller.account_id and not self._account.take(caller.account_id, now):
            raise self._refusal("account")

    def _refusal(self, limit: str) -> Throttling:
        self._on_throttled(limit)
        return Throttling("Rate exceeded", detail=f"the rate limit of the {limit}")


@lru_cache(maxsize=1024)
def _is_of_this_machine(peer: str) -> bool:
    try:
        return ipaddress.ip_address(peer).is_loopback
    except ValueError:
        # Of a socket without an address.
        return not peer
