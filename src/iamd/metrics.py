"""
What is counted, as plain numbers of this process; `iamd.server.metrics` shows them.

What holds here:

* Nothing that a client can choose freely becomes a label: operations are those of the service models, codes those of the
  errors, services those that the gateway can map.
* Counting costs a look-up and an addition; text is made of it only when somebody asks.  The event loop and the threads add to
  the same numbers without a lock; at worst one of two that come at once is not counted.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

BOUNDS: Final = (
    0.0001,
    0.00025,
    0.0005,
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
    5.0,
)
"""Seconds: the upper bounds of the buckets of every histogram."""

_NONE: Final = "none"


class Histogram:
    """How long something took, in buckets."""

    __slots__ = ("counts", "seconds")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.seconds = 0.0

    def observe(self, seconds: float) -> None:
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds


class Sample(msgspec.Struct, frozen=True):
    """One number, or where there are counts a histogram of that sum."""

    labels: tuple[str, ...]
    value: float
    counts: tuple[int, ...] | None = None


class Family(msgspec.Struct, frozen=True):
    """One metric; ``labels`` are the names of those of its samples."""

    name: str
    kind: str
    about: str
    labels: tuple[str, ...]
    samples: list[Sample]


class Metrics:
    """The numbers of one process."""

    def __init__(self, proofs: frozenset[str]) -> None:
        """Begin; *proofs* are the codes of what is answered to who has not proved who they are."""
        self._proofs: Final = proofs
        self._requests: Final[dict[tuple[str, str, str], Histogram]] = {}
        self._decisions: Final[dict[tuple[str, str], int]] = {}
        self._issued: Final[dict[str, int]] = {}
        self._refused: Final[dict[str, int]] = {}
        self._throttled: Final[dict[str, int]] = {}
        self._gateway: Final[dict[tuple[str, str], int]] = {}
        self.writes: Final = Histogram()
        """From when a change was handed to the database until it was committed."""
        self._gauges: Final[list[tuple[str, str, str, Callable[[], float]]]] = []

    def request(self, service: str, operation: str | None, code: str, seconds: float) -> None:
        """Count a request that was answered; *operation* is of a service model, or a page's name."""
        key = (service, operation or _NONE, code)
        found = self._requests.get(key)
        if found is None:
            found = self._requests[key] = Histogram()
        found.observe(seconds)

    def decision(self, service: str, outcome: str) -> None:
        key = (service, outcome)
        self._decisions[key] = self._decisions.get(key, 0) + 1

    def issued(self, operation: str) -> None:
        """Count a session whose credentials were handed out."""
        self._issued[operation] = self._issued.get(operation, 0) + 1

    def refused(self, status: int) -> None:
        """Count what the door has not let in."""
        self._refused[str(status)] = self._refused.get(str(status), 0) + 1

    def throttled(self, limit: str) -> None:
        self._throttled[limit] = self._throttled.get(limit, 0) + 1

    def passed(self, service: str, direction: str, count: int) -> None:
        """Count bytes of bodies that went through the gateway, ``in`` to an upstream or ``out`` of it."""
        key = (service, direction)
        self._gateway[key] = self._gateway.get(key, 0) + count

    def gauge(self, name: str, about: str, read: Callable[[], float], *, counter: bool = False) -> None:
        """Show what *read* returns whenever somebody asks."""
        self._gauges.append((name, "counter" if counter else "gauge", about, read))

    def families(self) -> list[Family]:
        """Return everything, as it is now."""
        return [
            *self._of_requests(),
            *self._of_rest(),
            *(
                Family(name, kind, about, (), [Sample((), float(read()))])
                for name, kind, about, read in self._gauges
            ),
        ]

    def _of_requests(self) -> list[Family]:
        requests = list(self._requests.items())
        return [
            Family(
                "iamd_requests",
                "counter",
                "Requests that were answered, by operation and error code.",
                ("service", "operation", "code"),
                [Sample(labels, sum(found.counts)) for labels, found in requests],
            ),
            Family(
                "iamd_request_seconds",
                "histogram",
                "Time from the whole request to its answer.",
                ("service", "operation"),
                _by_operation(requests),
            ),
            Family(
                "iamd_authentication_failures",
                "counter",
                "Requests of who has not proved who they are, by the code of the answer.",
                ("reason",),
                _summed(
                    ((labels[2],), sum(found.counts))
                    for labels, found in requests
                    if labels[2] in self._proofs
                ),
            ),
        ]

    def _of_rest(self) -> list[Family]:
        return [
            _counter(
                "iamd_decisions",
                "Decisions of the policy engine, by the service asked and the outcome.",
                ("service", "outcome"),
                self._decisions.items(),
            ),
            _counter(
                "iamd_sessions_issued",
                "Sessions whose credentials were handed out.",
                ("operation",),
                (((name,), count) for name, count in self._issued.items()),
            ),
            _counter(
                "iamd_throttled",
                "Requests that were refused by a rate limit.",
                ("limit",),
                (((name,), count) for name, count in self._throttled.items()),
            ),
            _counter(
                "iamd_door_refusals",
                "What was refused before it was a request.",
                ("status",),
                (((name,), count) for name, count in self._refused.items()),
            ),
            _counter(
                "iamd_gateway_bytes",
                "Bytes of bodies that went through the gateway.",
                ("service", "direction"),
                self._gateway.items(),
            ),
            Family(
                "iamd_write_seconds",
                "histogram",
                "Time from when a change was handed to the database until it was committed.",
                (),
                [Sample((), self.writes.seconds, tuple(self.writes.counts))],
            ),
        ]


def _counter(
    name: str, about: str, labels: tuple[str, ...], counts: Iterable[tuple[tuple[str, ...], int]]
) -> Family:
    return Family(name, "counter", about, labels, [Sample(key, count) for key, count in list(counts)])


def _by_operation(requests: list[tuple[tuple[str, str, str], Histogram]]) -> list[Sample]:
    sums: dict[tuple[str, str], tuple[list[int], float]] = {}
    for (service, operation, _), found in requests:
        counts, seconds = sums.get((service, operation), ([0] * len(found.counts), 0.0))
        added = [one + other for one, other in zip(counts, found.counts, strict=True)]
        sums[service, operation] = (added, seconds + found.seconds)
    return [Sample(labels, seconds, tuple(counts)) for labels, (counts, seconds) in sums.items()]


def _summed(counts: Iterable[tuple[tuple[str, ...], int]]) -> list[Sample]:
    sums: dict[tuple[str, ...], int] = {}
    for labels, count in counts:
        sums[labels] = sums.get(labels, 0) + count
    return [Sample(labels, count) for labels, count in sums.items()]
