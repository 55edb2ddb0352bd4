"""
Parameters and results as CloudTrail shows them: names with a small first letter, times in its form, and no secrets.

Whatever the service model calls sensitive is hidden, every blob, and the members below, which the model does not mark.
What the model does not know is left out.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, Final

from iamd.wire.model import Shape

HIDDEN: Final = "HIDDEN_DUE_TO_SECURITY_REASONS"
"""AWS: what CloudTrail writes in the place of what must not be seen."""

_SECRET_MEMBERS: Final = frozenset(
    {
        "AuthenticationCode1",
        "AuthenticationCode2",
        "ContextAssertion",
        "DecodedMessage",
        "EncodedMessage",
        "SessionToken",
        "TokenCode",
    }
)


def shown(shape: Shape, value: Any) -> Any:
    """Return *value*, which is of *shape*, as a record shows it: JSON, without anything secret."""
    if shape.sensitive or shape.type == "blob":
        return HIDDEN
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, datetime):
        return time_text(value)
    if isinstance(value, Mapping):
        return _mapping(shape, value)
    if shape.element is not None and isinstance(value, list | tuple):
        return [shown(shape.element, each) for each in value]
    # Of no type that the wire has: not to be guessed at.
    return HIDDEN


def _mapping(shape: Shape, value: Mapping[str, Any]) -> dict[str, Any]:
    if shape.type == "map" and shape.element is not None:
        return {str(key): shown(shape.element, each) for key, each in value.items()}
    return {
        lower_first(name): HIDDEN if name in _SECRET_MEMBERS else shown(shape.members[name], each)
        for name, each in value.items()
        if name in shape.members and each is not None
    }


@cache
def lower_first(name: str) -> str:
    """
    Return a name of the model as CloudTrail writes it: ``UserName`` is ``userName``, ``SAMLAssertion`` ``sAMLAssertion``.

    Never one that a client has sent: each is kept.
    """
    return name[:1].lower() + name[1:]


def time_text(at: datetime) -> str:
    """Return a time of a result as CloudTrail writes it: ``Mar 24, 2014 9:11:59 PM``."""
    hour = at.hour % 12 or 12
    return f"{_MONTHS[at.month - 1]} {at.day}, {at.year} {hour}:{at:%M:%S} {'AM' if at.hour < 12 else 'PM'}"


# Not `%b`, which the locale decides.
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
