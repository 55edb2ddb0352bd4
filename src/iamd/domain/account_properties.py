"""
Account properties: settings of a whole account, ``Namespace/PropertyName``.

AWS: *PutAccountProperties*.  The one property that AWS documents is ``RoleManager/Enabled`` (*Create roles automatically
with role manager*): whether consoles of services may make roles by themselves.
"""

from collections.abc import Mapping
from typing import Final

from iamd.errors import InvalidInput

_BOOLEAN: Final = ("true", "false")

# By property: what it may be, and what it is until somebody sets it.
_KNOWN: Final[Mapping[str, tuple[tuple[str, ...], str]]] = {"RoleManager/Enabled": (_BOOLEAN, "false")}

NAMESPACES: Final = tuple(sorted({name.partition("/")[0] for name in _KNOWN}))


def with_defaults(properties: Mapping[str, str]) -> dict[str, str]:
    """Return *properties* together with those that nobody has set."""
    return {name: properties.get(name, default) for name, (_, default) in _KNOWN.items()}


def namespaces_of(properties: Mapping[str, str]) -> tuple[str, ...]:
    """Return the namespaces that the keys of *properties* begin with, each once."""
    return tuple(dict.fromkeys(name.partition("/")[0] for name in properties))


def check_properties(properties: Mapping[str, str]) -> None:
    """
    Check what shall be set.

    Raises:
        InvalidInput: A key has not one slash in its middle, the keys are of several namespaces, a property is not known,
            or a value is not of its type.
    """
    if not properties:
        raise InvalidInput("At least one property must be given.")
    for name in properties:
        namespace, slash, rest = name.partition("/")
        if not namespace or not slash or not rest or "/" in rest:
            raise InvalidInput(f"The property key {name} must have the form Namespace/PropertyName.")
    if len(namespaces_of(properties)) > 1:
        raise InvalidInput("All properties of a request must belong to the same namespace.")
    for name, value in properties.items():
        if name not in _KNOWN:
            raise InvalidInput(f"The property {name} is not known.")
        accepted, _ = _KNOWN[name]
        if value not in accepted:
            raise InvalidInput(f"The value of the property {name} must be {' or '.join(accepted)}.")
