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

_PLAIN: Final = (bool, int, str)
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
    if value is None or isinstance(value, _PLAIN):
        return value
    if isinstance(value, datetime):
        return time_text(value)
    if type(value) is dict or isinstance(value, Mapping):
        return _mapping(shape, value)
    if shape.element is not None and isinstance(value, list | tuple):
        return [shown(shape.element, each) for each in value]
    # Of no type that the wire has: not to be guessed at.
    return HIDDEN


def _mapping(shape: Shape, value: Mapping[str, Any]) -> dict[str, Any]:
    if shape.type == "map" and shape.element is not None:
        return {str(key): shown(shape.element, each) for key, each in value.items()}
    members, told = _members(shape), {}
    for name, each in value.items():
        known = members.get(name)
        if known is not None and each is not None:
            lowered, member = known
            told[lowered] = HIDDEN if member is None else each if type(each) is str else shown(member, each)
    return told


@cache
def _members(shape: Shape) -> dict[str, tuple[str, Shape | None]]:
    """Return how each member of a structure is called, and what it is; None where it is hidden."""
    return {
        name: (
            lower_first(name),
            None if name in _SECRET_MEMBERS or member.sensitive or member.type == "blob" else member,
        )
        for name, member in shape.members.items()
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
    half = "AM" if at.hour < 12 else "PM"
    return f"{_MONTHS[at.month - 1]} {at.day}, {at.year} {hour}:{at.minute:02}:{at.second:02} {half}"


# Not `%b`, which the locale decides.
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
