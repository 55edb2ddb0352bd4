"""
Tags of entities and sessions.

Keys of users, roles and sessions compare without regard to case; those of managed policies, instance profiles, virtual
MFA devices and all else with regard to it (facts 38, 43; AWS: *Rules for tagging in IAM and AWS STS*).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from iamd.errors import InvalidInput

MAX_TAGS = 50
RESERVED_PREFIX = "aws:"

_ASCII_LOWER: Final = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


@dataclass(frozen=True, slots=True)
class Tag:
    """A key and its value, which may be empty."""

    key: str
    value: str

    @property
    def wire(self) -> dict[str, str]:
        """The tag in the model's shape."""
        return {"Key": self.key, "Value": self.value}


def folded(key: str) -> str:
    """
    Return what a key is compared by where case does not count: itself with the letters A to Z in lower case.

    The same letters as in the context keys of policies, and no others (R-71): where ``risk`` and the same with a Kelvin
    sign were one tag, but two context keys, whoever may set the second could take the first away.
    """
    return key.lower() if key.isascii() else key.translate(_ASCII_LOWER)


def from_wire(wire: Iterable[dict[str, str]], *, ignore_case: bool = True) -> tuple[Tag, ...]:
    """
    Read the ``Tags`` of a request.

    Raises:
        InvalidInput: A key occurs twice, or is one of AWS's own.
    """
    tags = tuple(Tag(item["Key"], item["Value"]) for item in wire)
    check_unique([tag.key for tag in tags], ignore_case=ignore_case)
    # AWS, on naming tags: neither a key nor a value may begin with the reserved text, in any case.
    if any(tag.key.lower().startswith(RESERVED_PREFIX) for tag in tags):
        raise InvalidInput(f"{RESERVED_PREFIX} prefixed tag key names are not allowed for external use.")
    if any(tag.value.lower().startswith(RESERVED_PREFIX) for tag in tags):
        raise InvalidInput(f"{RESERVED_PREFIX} prefixed tag values are not allowed for external use.")
    return tags


def check_unique(keys: Sequence[str], *, ignore_case: bool = True) -> None:
    """Raise InvalidInput when a key occurs twice (facts 38, 43)."""
    different = set(map(folded, keys)) if ignore_case else set(keys)
    if len(different) == len(keys):
        return
    if ignore_case:
        raise InvalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    raise InvalidInput("Duplicate tag keys found.")


def merge(old: Sequence[Tag], new: Sequence[Tag], *, ignore_case: bool = True) -> tuple[Tag, ...]:
    """Return *old* overridden and extended by *new*; a replaced key takes the new spelling and keeps its place."""
    fold = folded if ignore_case else str
    merged = {fold(tag.key): tag for tag in old}
    merged.update({fold(tag.key): tag for tag in new})
    return tuple(merged.values())


def without(old: Sequence[Tag], keys: Iterable[str], *, ignore_case: bool = True) -> tuple[Tag, ...]:
    """Return *old* less the tags whose keys are among *keys*; keys that are not there are no error."""
    fold = folded if ignore_case else str
    gone = {fold(key) for key in keys}
    return tuple(tag for tag in old if fold(tag.key) not in gone)


def as_mapping(tags: Iterable[Tag]) -> dict[str, str]:
    return {tag.key: tag.value for tag in tags}
