"""
How values look in the database, the same in both: times, tags, names.

Times are whole microseconds since 1970 in UTC, so that they survive exactly and sort as numbers.  Tags and other small
lists are JSON in ASCII, so that any text survives, in its order.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from iamd.domain.ids import UniqueId
from iamd.domain.tags import Tag

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_ASCII_LOWER: Final = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
_EMPTY: Final = "[]"


def name_key(name: str) -> str:
    """
    Return what a name is compared by: itself with the letters A to Z in lower case.

    Other letters stay as they are, since some of them would become ASCII ones (R-71).
    """
    return name.lower() if name.isascii() else name.translate(_ASCII_LOWER)


def microseconds(at: datetime) -> int:
    """Write an aware time; raises TypeError for a naive one."""
    return (at - _EPOCH) // _MICROSECOND


def microseconds_or_none(at: datetime | None) -> int | None:
    return None if at is None else microseconds(at)


def time_of(value: int) -> datetime:
    return _EPOCH + timedelta(microseconds=value)


def time_or_none(value: int | None) -> datetime | None:
    return None if value is None else time_of(value)


def tags_text(tags: Iterable[Tag]) -> str:
    pairs = [(tag.key, tag.value) for tag in tags]
    return json.dumps(pairs, separators=(",", ":")) if pairs else _EMPTY


def tags_of(text: str) -> tuple[Tag, ...]:
    return () if text == _EMPTY else tuple(Tag(key, value) for key, value in json.loads(text))


def trusted_ids_text(trusted: Sequence[tuple[str, UniqueId]]) -> str:
    return json.dumps(trusted, separators=(",", ":")) if trusted else _EMPTY


def trusted_ids_of(text: str) -> tuple[tuple[str, UniqueId], ...]:
    return () if text == _EMPTY else tuple((arn, UniqueId(unique_id)) for arn, unique_id in json.loads(text))


def quotas_text(quotas: Sequence[tuple[str, int]]) -> str:
    return json.dumps(quotas, separators=(",", ":")) if quotas else _EMPTY


def quotas_of(text: str) -> tuple[tuple[str, int], ...]:
    return () if text == _EMPTY else tuple((name, int(most)) for name, most in json.loads(text))
