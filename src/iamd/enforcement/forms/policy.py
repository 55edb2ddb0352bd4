"""
POST policies: what whoever has signed a form lets others send with it.

AWS: *POST Policy* (Browser-based uploads using POST).  Every field must be spoken of, and every condition must hold, of
fields whose variables have been filled in.
"""

import json
from base64 import b64decode
from binascii import Error
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from iamd.enforcement.decide import json_object
from iamd.enforcement.refusals import InvalidRequest
from iamd.errors import AccessDenied
from iampolicy.text import ascii_lower

_FREE: Final = frozenset({"file", "policy", "x-amz-signature"})
_IGNORED: Final = "x-ignore-"
_RANGE: Final = "content-length-range"
_LISTS: Final = "content-type"
_PARTS: Final = 3
_LONGEST: Final = 15


class InvalidPolicyDocument(InvalidRequest):
    """The policy of the form cannot be read."""


class EntityTooLarge(InvalidRequest):
    """The file is longer than it may be."""


class EntityTooSmall(InvalidRequest):
    """The file is shorter than it must be."""


class Condition(msgspec.Struct, frozen=True):
    """
    One condition.

    Attributes:
        operator: ``eq`` or ``starts-with``.
        field: In lower case.
        shown: As it was written, for who is refused.
    """

    operator: str
    field: str
    value: str
    shown: str


class PostPolicy(msgspec.Struct, frozen=True):
    """
    A policy.

    Attributes:
        lengths: The least and the most bytes of the file, each of them.
    """

    expires_at: datetime
    conditions: tuple[Condition, ...]
    lengths: tuple[tuple[int, int], ...]

    def check(self, fields: Mapping[str, str], length: int, now: datetime) -> None:
        """
        Hold a form to the policy.

        Args:
            fields: Its own, and the bucket, by their names in lower case.
            length: Of its file.
            now: The time of the world.

        Raises:
            AccessDenied: It has expired, a field is not what it must be, or one is not spoken of.
            EntityTooLarge: The file is too long.
            EntityTooSmall: It is too short.
        """
        if now >= self.expires_at:
            raise _contrary("Policy expired.")
        for condition in self.conditions:
            if not _holds(condition, fields.get(condition.field, "")):
                raise _contrary(f"Policy Condition failed: {condition.shown}")
        spoken_of = {condition.field for condition in self.conditions}
        extra = [
            name
            for name in fields
            if name not in spoken_of and name not in _FREE and not name.startswith(_IGNORED)
        ]
        if extra:
            raise _contrary(f"Extra input fields: {', '.join(extra)[:256]}")
        for least, most in self.lengths:
            if length > most:
                raise EntityTooLarge("Your proposed upload exceeds the maximum allowed size")
            if length < least:
                raise EntityTooSmall("Your proposed upload is smaller than the minimum allowed size")


def parse_policy(encoded: str) -> PostPolicy:
    """
    Read a policy as it stands in a form, in base64.

    Raises:
        InvalidPolicyDocument: It cannot be read.
    """
    try:
        whole = json_object(b64decode(encoded.encode("ascii"), validate=True))
    except (Error, ValueError) as error:
        raise _invalid("Invalid JSON.") from error
    if unknown := set(whole) - {"expiration", "conditions"}:
        raise _invalid(f"Unexpected: '{min(unknown)[:64]}'")
    for name in ("expiration", "conditions"):
        if name not in whole:
            raise _invalid(f"Policy missing {name}.")
    if not isinstance(whole["conditions"], list):
        raise _invalid("Invalid 'conditions' value: must be a List.")
    conditions: list[Condition] = []
    lengths: list[tuple[int, int]] = []
    for each in whole["conditions"]:
        if isinstance(each, list) and each and _is_word(each[0], _RANGE):
            lengths.append(_range(each))
        else:
            conditions += _conditions(each)
    return PostPolicy(_expiration(whole["expiration"]), tuple(conditions), tuple(lengths))


def _expiration(given: Any) -> datetime:
    try:
        at = datetime.fromisoformat(given)
    except (TypeError, ValueError):
        at = None
    # AWS: "in ISO8601 GMT date format".
    if at is None or at.tzinfo is None or at.utcoffset() != UTC.utcoffset(None):
        raise _invalid(f"Invalid 'expiration' value: '{str(given)[:64]}'")
    return at


def _conditions(given: Any) -> Iterator[Condition]:
    if isinstance(given, dict):
        if len(given) != 1:
            raise _invalid(
                "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."
            )
        for name, value in given.items():
            if not isinstance(value, str):
                raise _invalid("Invalid Simple-Condition: value must be a string.")
            yield Condition("eq", name.lower(), value, json.dumps(["eq", f"${name}", value]))
        return
    if (
        not isinstance(given, list)
        or len(given) != _PARTS
        or not all(isinstance(part, str) for part in given)
    ):
        raise _invalid("Invalid Condition.")
    operator, name, value = given
    if ascii_lower(operator) not in {"eq", "starts-with"}:
        raise _invalid(f"Invalid Condition: unknown operation '{operator[:64]}'.")
    if not name.startswith("$") or len(name) == 1:
        raise _invalid("Invalid Condition: the name of a field begins with '$'.")
    yield Condition(ascii_lower(operator), name[1:].lower(), value, json.dumps(given))


def _is_word(given: Any, word: str) -> bool:
    return isinstance(given, str) and ascii_lower(given) == word


def _range(given: list[Any]) -> tuple[int, int]:
    if len(given) != _PARTS:
        raise _invalid("Invalid content-length-range.")
    least, most = map(_bytes, given[1:])
    return least, most


def _bytes(given: Any) -> int:
    text = str(given) if isinstance(given, int | str) and not isinstance(given, bool) else ""
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST):
        raise _invalid("Invalid content-length-range.")
    return int(text)


def _holds(condition: Condition, value: str) -> bool:
    if condition.operator == "eq":
        return value == condition.value
    if condition.field == _LISTS:
        # AWS: "a list of comma-separated values ... each value must meet the condition".
        return all(part.strip(" ").startswith(condition.value) for part in value.split(","))
    return value.startswith(condition.value)


def _contrary(why: str) -> AccessDenied:
    return AccessDenied(f"Invalid according to Policy: {why}")


def _invalid(why: str) -> InvalidPolicyDocument:
    return InvalidPolicyDocument(f"Invalid Policy: {why}")
