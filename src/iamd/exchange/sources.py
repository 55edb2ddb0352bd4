"""What readers of foreign files have in common: where something came from, and how its parts are read."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import unquote

from iamd.domain.arns import PARTITION, Arn
from iamd.exchange.contents import Contents
from iamd.exchange.problems import Note
from iamd.exchange.strict_yaml import FileFormatError

_DIGITS: Final = 12


@dataclass(frozen=True, slots=True)
class Source:
    """
    A part of an account, from one file.

    Attributes:
        name: Of the file.
        notes: What it holds and cannot be carried over.
    """

    name: str
    account_id: str
    contents: Contents
    notes: Sequence[Note] = ()


def account_of(name: str, arns: Sequence[str]) -> str | None:
    """
    Return the account that all of *arns* are of; None when there are none.

    Raises:
        FileFormatError: They are of several accounts, or of another partition than ours.
    """
    accounts = set()
    for text in arns:
        arn = Arn.parse(text)
        if arn is None or len(arn.account) != _DIGITS:
            raise FileFormatError(f"`{name}`: `{text}` is no ARN of something in an account")
        if arn.partition != PARTITION:
            raise FileFormatError(
                f"`{name}`: `{text}` is of the partition `{arn.partition}`, and iamd has `{PARTITION}` alone"
            )
        accounts.add(arn.account)
    if len(accounts) > 1:
        said = ", ".join(sorted(accounts))
        raise FileFormatError(f"`{name}` holds entities of several accounts: {said}")
    return accounts.pop() if accounts else None


def document_text(value: Any) -> str:
    """
    Return a policy document as it is stored: itself, or what an SDK or the CLI has made of it.

    Text is JSON, or URL-encoded JSON, as the API answers it.
    """
    if isinstance(value, str):
        return value if value.lstrip().startswith("{") else unquote(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def utc(at: datetime | None) -> datetime | None:
    """Return *at* with a time zone; without one it is of UTC, as all times of AWS."""
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at


def tags_of(tags: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Read a list of ``Key`` and ``Value``."""
    return {tag["Key"]: tag["Value"] for tag in tags}
