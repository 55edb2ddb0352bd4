"""Pages of lists: what is on one, and where the next one begins (`iamd.operations.markers`)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from iamd.operations.call import Call

T = TypeVar("T")

DEFAULT_MAX_ITEMS = 100
_LONGEST_POSITION = 190
"""In bytes: sealed and encoded, with the count before it, it stays within the 320 characters of a marker."""


@dataclass(frozen=True, slots=True)
class _Place:
    """
    Where a page ends.

    Attributes:
        after: A position, or the beginning of one that is too long for a marker; None at the very beginning.
        passed: How many of the items behind that have been told already.
    """

    after: str | None = None
    passed: int = 0

    @classmethod
    def read(cls, text: str) -> Self:
        passed, _, after = text.partition("/")
        return cls(after, int(passed))

    def __str__(self) -> str:
        return f"{self.passed}/{self.after}"

    def behind(self, positions: Sequence[str]) -> "_Place":
        """Return the place behind *positions*, a page that begins here."""
        last = positions[-1]
        short = last.encode()[:_LONGEST_POSITION].decode(errors="ignore")
        if short == last:
            return _Place(last)
        passed = self.passed if self.after == short else 0
        return _Place(short, passed + sum(position > short for position in positions))


def paginate(
    call: Call,
    params: Mapping[str, Any],
    member: str,
    fetch: Callable[[str | None, int], Sequence[T]],
    key: Callable[[T], str],
    show: Callable[[T], Any],
) -> dict[str, Any]:
    """
    Answer one page of a list.

    Args:
        call: The call; its operation and account bind the marker.
        params: Its parameters; all but ``Marker`` and ``MaxItems`` are the filter that binds the marker too.
        member: The member of the answer that holds the list.
        fetch: Returns at most so many items behind a position, in order; what it is asked may lie between two items.
        key: The position of an item.  Positions rise along the list, at least where they can be long.
        show: The item in the model's shape.

    Returns:
        The list, ``IsTruncated`` and, when there is more, ``Marker``.
    """
    most = params.get("MaxItems", DEFAULT_MAX_ITEMS)
    filters = sorted(
        (name, str(value)) for name, value in params.items() if name not in {"Marker", "MaxItems"}
    )
    context = repr((call.operation, call.account_id, filters))
    marker = params.get("Marker")
    place = _Place() if marker is None else _Place.read(call.tools.markers.open(marker, context))
    found = fetch(place.after, place.passed + most + 1)[place.passed :]
    answer: dict[str, Any] = {member: [show(item) for item in found[:most]], "IsTruncated": len(found) > most}
    if len(found) > most:
        answer["Marker"] = call.tools.markers.seal(
            str(place.behind([key(item) for item in found[:most]])), context
        )
    return answer


def slice_of(items: Sequence[T], key: Callable[[T], str]) -> Callable[[str | None, int], Sequence[T]]:
    """Return a ``fetch`` over a whole list that is at hand, in its order; positions are unique keys."""

    def fetch(after: str | None, limit: int) -> Sequence[T]:
        start = 0
        if after is not None:
            # Behind the item of that key; when it has gone meanwhile, behind those that sort before it.
            keys = [key(item) for item in items]
            start = keys.index(after) + 1 if after in keys else sum(k <= after for k in keys)
        return items[start : start + limit]

    return fetch
