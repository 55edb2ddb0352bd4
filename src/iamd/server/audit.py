"""
``GET /_iamd/audit``: records of the audit trail that are in the database, as they were written.

For the operator alone, signed as every request is, and noted in the chronicle.  ``since`` and ``until`` are times, ``limit`` is at
most 1,000, ``after`` the ``next`` of the page before; ``latest=N`` is the newest ones instead.
"""

import json
from datetime import datetime
from typing import Annotated, Final
from urllib.parse import parse_qsl

import msgspec
from msgspec import Meta

from iamd.domain.audit_records import AuditRecord
from iamd.errors import InvalidInput
from iamd.http import Request, Response
from iamd.operations.call import Call
from iamd.server.app import Routes
from iamd.server.keyring import Administrator
from iamd.store.audit_interface import Place

PATH: Final = b"/_iamd/audit"

_MOST: Final = 1_000
_MOST_FIELDS: Final = 5


class _Asked(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    since: datetime | None = None
    until: datetime | None = None
    after: Annotated[str, Meta(max_length=200)] | None = None
    limit: Annotated[int, Meta(ge=1, le=_MOST)] = _MOST
    latest: Annotated[int, Meta(ge=1, le=_MOST)] | None = None

    def __post_init__(self) -> None:
        for at in (self.since, self.until):
            if at is not None and at.tzinfo is None:
                raise ValueError("a time needs its offset from UTC")

    def place(self) -> Place | None:
        if self.after is None:
            return None
        at, chain_id, sequence = self.after.split("~")
        return datetime.fromisoformat(at), chain_id, int(sequence)


def audit_routes(pipeline: Administrator, account_id: str) -> Routes:
    """Return the route; *account_id* is the server's own."""

    async def page(request: Request) -> Response:
        def work(call: Call) -> bytes:
            asked, after = _read(request.raw_query)
            records = call.store.audit_records
            found = (
                records.page(asked.since, asked.until, after, asked.limit)
                if asked.latest is None
                else records.latest(asked.latest)
            )
            more = _place(found[-1]) if len(found) == asked.limit and asked.latest is None else None
            lines = ",\n".join(record.line for record in found)
            return f'{{"Records":[{lines}],"next":{json.dumps(more)}}}\n'.encode()

        return await pipeline.administer(request, "ListAuditRecords", account_id, work)

    return {("GET", PATH): page}


def _read(raw_query: bytes) -> tuple[_Asked, Place | None]:
    """
    Read what is asked for.

    Raises:
        InvalidInput: It cannot be read.
    """
    try:
        fields = parse_qsl(
            raw_query.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(raw_query),
            max_num_fields=_MOST_FIELDS,
        )
        asked = msgspec.convert(_once(fields), _Asked, strict=False)
        place = asked.place()
    except ValueError as error:
        raise InvalidInput(f"the query of the request: {error}") from error
    return asked, place


def _once(fields: list[tuple[str, str]]) -> dict[str, str]:
    if len(dict(fields)) != len(fields):
        raise ValueError("a field is given twice")
    return dict(fields)


def _place(record: AuditRecord) -> str:
    return f"{record.at.isoformat()}~{record.chain_id}~{record.sequence}"
