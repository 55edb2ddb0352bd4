"""
Pages and markers.

A marker is sealed, and bound to the operation, the account and the filter it was made for: a marker that was changed,
or that comes from elsewhere, is ``Invalid Marker.`` (fact 8, R-86).
"""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from iamd.errors import ValidationError
from iamd.sessions.keyring import Keyring, SealBrokenError

if TYPE_CHECKING:
    from iamd.operations.call import Call

T = TypeVar("T")

DEFAULT_MAX_ITEMS = 100
_PURPOSE = b"marker"


class Markers:
    """Seal and open markers."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def seal(self, position: str, context: str) -> str:
        return base64.urlsafe_b64encode(
            self._keyring.seal(_PURPOSE, position.encode(), context.encode())
        ).decode()

    def open(self, marker: str, context: str) -> str:
        """
        Return the position inside *marker*.

        Raises:
            ValidationError: It was not made here, for this.
        """
        try:
            sealed = base64.b64decode(marker, altchars=b"-_", validate=True)
            return self._keyring.open(_PURPOSE, sealed, context.encode()).decode()
        except (binascii.Error, ValueError, SealBrokenError):
            raise ValidationError("Invalid Marker.") from None


def paginate(
    call: "Call",
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
        fetch: Returns at most so many items behind a position, in order.
        key: The position of an item.
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
    after = None if marker is None else call.tools.markers.open(marker, context)
    found = fetch(after, most + 1)
    answer: dict[str, Any] = {member: [show(item) for item in found[:most]], "IsTruncated": len(found) > most}
    if len(found) > most:
        answer["Marker"] = call.tools.markers.seal(key(found[most - 1]), context)
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
