"""
Records read again: out of files as `files` writes them, packed or not, and out of what CloudTrail has delivered.

Nothing that is read is trusted: what is no record is told, with its place.
"""

import gzip
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from iamd.audit.chain import NOTHING, body_of_read, digest_of, link_of

Record = dict[str, Any]

_PACKED: Final = b"\x1f\x8b"


class UnreadableError(Exception):
    """Not a file of records; the text says which, and why."""


class Read(NamedTuple):
    """A record, and where it stands: ``audit.jsonl:17``; None where that place has none."""

    where: str
    record: Record | None


def read_file(path: Path) -> Iterator[Read]:
    """
    Yield what is in a file, in order.

    Raises:
        UnreadableError: It cannot be read at all.
    """
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == _PACKED
        with gzip.open(path) if packed else path.open("rb") as file:
            start = file.read(12).lstrip()
            file.seek(0)
            yield from (
                _records_of(path, file.read()) if start.startswith(b'{"Records"') else _lines_of(path, file)
            )
    except (OSError, EOFError) as error:
        raise UnreadableError(f"{path} cannot be read: {error}") from error


def _lines_of(path: Path, lines: Iterable[bytes]) -> Iterator[Read]:
    for number, line in enumerate(lines, 1):
        # Without its end it may be one that is being written now.
        whole = line.endswith(b"\n")
        yield Read(f"{path}:{number}", record_of_line(line) if whole else None)


def _records_of(path: Path, content: bytes) -> Iterator[Read]:
    try:
        found = json.loads(content)["Records"]
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableError(f"{path} is not a file of CloudTrail: {error}") from error
    if not isinstance(found, list):
        raise UnreadableError(f"{path} is not a file of CloudTrail")
    for number, each in enumerate(found, 1):
        yield Read(f"{path}:{number}", each if isinstance(each, dict) else None)


def record_of_line(line: bytes) -> Record | None:
    """Return the record that a line holds; None where it holds none."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """
    What to look for; what is None or False does not matter.

    Attributes:
        user: A part of the ARN, name or access key id of who asked, without regard to case.
        action: ``CreateUser`` or ``iam:CreateUser``; `*` stands for anything.
        error: A part of an error's code; ``*`` for any error.
        resource: A part of a resource that was decided about, or of a parameter.
        since: Not before that time.
        until: Before that time.
        denied: Only what was denied.
    """

    user: str | None = None
    action: str | None = None
    error: str | None = None
    resource: str | None = None
    account: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    denied: bool = False

    def matches(self, record: Record) -> bool:
        """Say whether *record* is wanted."""
        return all(test(record) for test in self._tests())

    def _tests(self) -> Iterator[Callable[[Record], bool]]:
        if self.user is not None:
            yield lambda record: _holds(record.get("userIdentity"), self.user or "")
        if self.action is not None:
            yield lambda record: _is_action(record, self.action or "")
        if self.error is not None:
            yield lambda record: _is_error(record, self.error or "")
        if self.resource is not None:
            yield lambda record: any(
                _holds(part, self.resource or "")
                for part in (
                    record.get("resources"),
                    record.get("requestParameters"),
                    _additional(record).get("decisions"),
                )
            )
        if self.account is not None:
            yield (
                lambda record: (
                    self.account
                    in {record.get("recipientAccountId"), _dict(record.get("userIdentity")).get("accountId")}
                )
            )
        if self.since is not None or self.until is not None:
            yield self._in_time
        if self.denied:
            yield lambda record: record.get("errorCode") == "AccessDenied"

    def _in_time(self, record: Record) -> bool:
        at = time_of(record)
        return (
            at is not None
            and (self.since is None or at >= self.since)
            and (self.until is None or at < self.until)
        )


def time_of(record: Record) -> datetime | None:
    """Return when it was; None where the record does not say."""
    try:
        at = datetime.fromisoformat(str(record.get("eventTime")))
    except ValueError:
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def service_of(record: Record) -> str:
    return str(record.get("eventSource", "")).removesuffix(".amazonaws.com")


def _is_action(record: Record, wanted: str) -> bool:
    service, colon, name = wanted.rpartition(":")
    if colon and service.lower() != service_of(record).lower():
        return False
    return fits(str(record.get("eventName", "")), name)


def fits(text: str, pattern: str) -> bool:
    """Say whether *text* is *pattern*, without regard to case; its first ``*`` stands for anything."""
    found = text.lower()
    begin, star, end = pattern.lower().partition("*")
    return (
        found == begin
        if not star
        else (len(found) >= len(begin) + len(end) and found.startswith(begin) and found.endswith(end))
    )


def _is_error(record: Record, wanted: str) -> bool:
    code = record.get("errorCode")
    return code is not None and (wanted == "*" or wanted.lower() in str(code).lower())


def _holds(value: Any, wanted: str) -> bool:
    """Say whether *wanted* is part of any text in *value*."""
    if isinstance(value, dict):
        return any(_holds(each, wanted) for each in value.values())
    if isinstance(value, list):
        return any(_holds(each, wanted) for each in value)
    return isinstance(value, str) and wanted.lower() in value.lower()


def _additional(record: Record) -> dict[str, Any]:
    return _dict(record.get("additionalEventData"))


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


class Verified(msgspec.Struct, frozen=True):
    """
    What was found of the chains.

    Attributes:
        problems: Where a chain is broken, and how.
        heads: Of each chain its id, how many records were seen of it, and sequence and digest of the last.
        beginnings: Ids of chains whose beginning hangs on a record that was not given.
    """

    records: int
    problems: list[str]
    heads: list[tuple[str, int, int, str]]
    beginnings: list[str]


class _Seen(msgspec.Struct):
    """What was seen of one chain."""

    first_where: str
    first_sequence: int
    first_previous: str
    sequence: int
    digest: str
    records: int = 1


def in_chains(records: Iterable[Record]) -> Iterator[Read]:
    """Yield *records*, of which nobody knows the order, chain after chain."""
    chains: dict[str, list[tuple[int, Record]]] = {}
    for record in records:
        link = link_of(record)
        chains.setdefault(link.id if link else "", []).append((link.sequence if link else 0, record))
    for chain_id, found in chains.items():
        for sequence, record in sorted(found, key=lambda each: each[0]):
            yield Read(f"{chain_id or 'no chain'}:{sequence}", record)


def verify(reads: Iterable[Read], contains: Iterable[str] = ()) -> Verified:
    """
    Check the chains that *reads* are of.

    Args:
        reads: All that there is, file after file, the oldest first.
        contains: Digests that were kept elsewhere; the records that have them must be there.
    """
    problems: list[str] = []
    chains: dict[str, _Seen] = {}
    digests: set[str] = set()
    records = 0
    for where, record in reads:
        records += 1
        if record is None:
            problems.append(f"{where}: no record")
            continue
        link = link_of(record)
        if link is None:
            problems.append(f"{where}: a record without a place in a chain")
            continue
        if digest_of(link.id, link.sequence, link.previous, body_of_read(record)) != link.digest:
            problems.append(f"{where}: the record was changed")
        digests.add(link.digest)
        seen = chains.get(link.id)
        if seen is None:
            chains[link.id] = _Seen(where, link.sequence, link.previous, link.sequence, link.digest)
            continue
        if link.sequence != seen.sequence + 1:
            problems.append(f"{where}: record {link.sequence} of a chain comes behind {seen.sequence}")
        elif link.previous != seen.digest:
            problems.append(f"{where}: the record before it is another one than when it was written")
        seen.sequence, seen.digest, seen.records = link.sequence, link.digest, seen.records + 1
    beginnings = [
        chain_id for chain_id, seen in chains.items() if seen.first_previous not in {NOTHING, *digests}
    ]
    problems += [f"no record has the digest {each}" for each in contains if each not in digests]
    heads = [(chain_id, seen.records, seen.sequence, seen.digest) for chain_id, seen in chains.items()]
    return Verified(records, problems, heads, beginnings)
