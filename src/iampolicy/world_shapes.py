"""Read plain data, such as comes of JSON or YAML, into the types that `worlds` wants, and say where it is not of them."""

from collections.abc import Mapping, Sequence
from typing import Any


class WorldError(Exception):
    """
    A world cannot be read, or cannot be asked.

    Attributes:
        where: The place in its file: ``cases[2].principal.arn``.
        message: What is wrong there.
    """

    def __init__(self, where: str, message: str) -> None:
        super().__init__(f"{where}: {message}" if where else message)
        self.where = where
        self.message = message


def under(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def members(value: Any, where: str, known: Sequence[str]) -> Mapping[str, Any]:
    """Return a mapping that has no other members than those *known*."""
    found = mapping(value, where)
    for key in found:
        if key not in known:
            raise WorldError(under(where, key), f"there is no such member; there are {', '.join(known)}")
    return found


def mapping(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise WorldError(where, "this must be a mapping")
    return value


def text(value: Any, where: str) -> str:
    """Return a text; booleans and numbers of JSON are taken for what they look like."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise WorldError(where, "this must be a text")


def flag(value: Any, where: str) -> bool:
    """Return a truth value; in YAML it comes as a text."""
    said = text(value, where)
    if said not in {"true", "false"}:
        raise WorldError(where, "this must be true or false")
    return said == "true"


def listed(value: Any) -> list[tuple[str, Any]]:
    """Return the items of a list with their places; a single item is a list of one."""
    if isinstance(value, list | tuple):
        return [(f"[{number}]", item) for number, item in enumerate(value)]
    return [("", value)]


def texts(value: Any, where: str) -> tuple[str, ...]:
    """Return one text, or a list of them."""
    return tuple(text(item, where + place) for place, item in listed(value))


def text_map(value: Any, where: str) -> dict[str, str]:
    return {key: text(item, under(where, key)) for key, item in mapping(value, where).items()}


def context_value(value: Any, where: str) -> str | tuple[str, ...]:
    return texts(value, where) if isinstance(value, list | tuple) else text(value, where)
