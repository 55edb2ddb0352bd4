"""An entry: a record in the form in which it is written, with what it can be found by."""

import traceback
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import msgspec
import structlog

from iamd.audit.event import Event
from iamd.audit.record import body_of, record_of

_log = structlog.get_logger("iamd")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """
    One record, not yet chained.

    Attributes:
        at: As its event has it, to the microsecond.
        principal: The ARN of who asked, or what stands for one; empty where nobody is known.
        body: As `body_of` makes it.
        stored: Whether the database has it already.
    """

    event_id: str
    at: datetime
    account_id: str
    name: str
    principal: str
    error_code: str
    body: bytes
    stored: bool = False


class Scribe:
    """
    Make entries of events.

    Args:
        new_id: Makes event ids.
        own_account_id: Of the server.
        region: Of what belongs to no other.
    """

    def __init__(self, new_id: Callable[[], str], own_account_id: str, region: str) -> None:
        self._new_id: Final = new_id
        self._own_account_id: Final = own_account_id
        self._region: Final = region

    def entry(self, event: Event, *, stored: bool = False) -> Entry:
        """Return the entry of *event*; *stored* when it becomes part of a transaction."""
        event_id = self._new_id()
        if not event.region:
            event = msgspec.structs.replace(event, region=self._region)
        record, body = self._made(event, event_id)
        identity = record["userIdentity"]
        return Entry(
            event_id=event_id,
            at=event.at,
            account_id=record["recipientAccountId"],
            name=record["eventName"],
            principal=identity.get("arn") or identity.get("principalId") or "",
            error_code=record.get("errorCode", ""),
            body=body,
            stored=stored,
        )

    def _made(self, event: Event, event_id: str) -> tuple[dict[str, Any], bytes]:
        """Return the record and its body; without what cannot be told, where a fault of ours stands in the way."""
        try:
            record = record_of(event, event_id, self._own_account_id)
            return record, body_of(record)
        except Exception as fault:  # noqa: BLE001  one event must not keep all others from being written
            _log.error(
                "audit record incomplete", request_id=event.request_id, traceback=traceback.format_exc()
            )
            bare = msgspec.structs.replace(
                event,
                parameters=None,
                vouched=None,
                result=None,
                decided=(),
                error_detail=f"incomplete: {type(fault).__name__}",
            )
            record = record_of(bare, event_id, self._own_account_id)
            return record, body_of(record)
