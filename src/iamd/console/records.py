"""
The audit trail, for pages of the console: what was asked, by whom, and how it was answered.

As with CloudTrail's ``LookupEvents``, somebody sees the records of their own account.  What a record has for the operator
alone (why a request failed, where the answer says less, and the statements that decided, which may be another account's)
nobody else is shown, and no filter can find.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, Final, Protocol, TypeVar

import msgspec

from iamd.audit.newest import FileRecords, Found, Placed, look_through
from iamd.audit.reading import Record, Wanted, record_of_line
from iamd.auth.operator import check_operator
from iamd.domain.audit_records import AuditRecord
from iamd.errors import AccessDenied, InvalidInput
from iamd.operations.call import Call
from iamd.store.audit_interface import Place

T = TypeVar("T")

_AT_ONCE: Final = 500
_MOST_SEQUENCE: Final = 1 << 63
_ADDITIONAL: Final = "additionalEventData"
_OF_THE_OPERATOR: Final = ("errorDetail", "claimedAccessKeyId")
_OF_A_DECISION: Final = ("action", "resource", "outcome", "reason")


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """
    A page of what happened in a time.

    Attributes:
        since: Not before that time.
        until: Before that time.
        after: The `next` of the page before it.
    """

    since: datetime | None = None
    until: datetime | None = None
    after: str | None = None
    limit: int

    def holds(self, record: Record) -> bool:
        """Say whether *record* is of that time."""
        return Wanted(since=self.since, until=self.until).matches(record)

    def holds_at(self, at: datetime) -> bool:
        """Say whether *at* is of that time."""
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)


class Source(Protocol):
    """Where records can be read again."""

    @property
    def kind(self) -> str:
        """What it is, in a word."""
        ...

    def newest_first(self, call: Call, span: Span) -> Iterator[Placed]:
        """Yield the records of the caller's account, and perhaps others; raises ValueError where none has ended."""
        ...


class DatabaseSource:
    """The records in the database."""

    kind: Final = "database"

    def newest_first(self, call: Call, span: Span) -> Iterator[Placed]:
        """See `Source`."""
        place = None if span.after is None else _place(span.after)
        while True:
            found = call.store.audit_records.before(call.account_id, span.since, span.until, place, _AT_ONCE)
            for each in found:
                yield Placed(_text(each), record_of_line(each.line.encode("ascii")))
            if len(found) < _AT_ONCE:
                return
            place = (found[-1].at, found[-1].chain_id, found[-1].sequence)


class FileSource:
    """The records in the file that they are appended to, and in those beside it."""

    kind: Final = "file"

    def __init__(self, files: FileRecords) -> None:
        self._files = files

    def newest_first(self, call: Call, span: Span) -> Iterator[Placed]:  # noqa: ARG002  as of a `Source`
        """See `Source`."""
        return self._files.newest_first(span.after)


def find_records(
    call: Call, source: Source, span: "Span", pick: Callable[[Record], Iterable[T]], own_account_id: str
) -> Found[T]:
    """
    Return a page of what *pick* takes out of the records that the caller may see.

    Args:
        call: Of somebody who may.
        source: Where records are.
        span: Which page.
        pick: Is given what the caller may see of a record, so that no filter tells of anything else.
        own_account_id: The server's.

    Raises:
        InvalidInput: The page begins where none has ended.
    """
    visible = _Visible(call.account_id, sees_all=_sees_all(call, own_account_id))

    def picked(record: Record) -> Iterable[T]:
        shown = visible.part_of(record)
        return () if shown is None or not span.holds(shown) else pick(shown)

    try:
        return look_through(source.newest_first(call, span), span.since, picked, span.limit)
    except ValueError as error:
        raise InvalidInput("`after` is not what an answer has told as `next`") from error


class _Visible:
    """What somebody of an account may see."""

    def __init__(self, account_id: str, *, sees_all: bool) -> None:
        self._account_id = account_id
        self._sees_all = sees_all

    def part_of(self, record: Record) -> Record | None:
        if record.get("recipientAccountId") != self._account_id:
            return None
        more = record.get(_ADDITIONAL)
        if self._sees_all or not isinstance(more, dict):
            return record
        kept = {name: value for name, value in more.items() if name not in _OF_THE_OPERATOR}
        if "decisions" in kept:
            kept["decisions"] = [
                {name: each[name] for name in _OF_A_DECISION if name in each} for each in decisions_of(record)
            ]
        return record | {_ADDITIONAL: kept}


def decisions_of(record: Record) -> list[dict[str, Any]]:
    """Return the decisions that a record tells of."""
    more = record.get(_ADDITIONAL)
    found = more.get("decisions") if isinstance(more, dict) else None
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _sees_all(call: Call, own_account_id: str) -> bool:
    try:
        check_operator(call.caller, own_account_id, "ListAuditEvents")
    except AccessDenied:
        return False
    return True


def _text(record: AuditRecord) -> str:
    return f"{record.at.isoformat()}~{record.chain_id}~{record.sequence}"


def _place(text: str) -> Place:
    at, chain_id, sequence = text.split("~")
    found = datetime.fromisoformat(at)
    number = int(sequence)
    if found.tzinfo is None or not 0 <= number < _MOST_SEQUENCE:
        raise ValueError("no such place")
    return found, chain_id, number
