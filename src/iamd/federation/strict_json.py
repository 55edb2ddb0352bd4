"""JSON from strangers: one reading only."""

import json
from collections.abc import Sequence
from typing import Any


class NotJsonObjectError(Exception):
    """The text is no JSON object, or one that two readers could read differently."""


def read_object(text: bytes | str) -> dict[str, Any]:
    """
    Return the object that *text* holds.

    Raises:
        NotJsonObjectError: It is not JSON in UTF-8, not an object, names a member twice, holds ``NaN`` or an infinite
            number, or is nested too deeply.
    """
    try:
        decoded = text if isinstance(text, str) else text.decode("utf-8")
        value = json.loads(decoded, object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise NotJsonObjectError(type(error).__name__) from None
    if not isinstance(value, dict):
        raise NotJsonObjectError("not an object")
    return value


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member occurs twice")
    return found


def _refuse(word: str) -> Any:
    raise ValueError(word)


def _finite(text: str) -> float:
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        raise ValueError(text)
    return number
