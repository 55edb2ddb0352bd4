"""
``GET /_iamd/audit``: records of the audit trail that are in the database, as they were written.

For the operator alone, signed as every request is, and noted in the chronicle.  ``since`` and ``until`` are times, ``limit`` is at
most 1,000, ``after`` the ``next`` of the page before; ``latest=N`` is the newest ones instead.
"""

import json
from datetime import datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from iamd.domain.audit_records import AuditRecord
from iamd.http import Request, Response
from iamd.operations.call import Call
from iamd.own_pages import OwnPages
from iamd.server.app import Routes
from iamd.server.queries import read_query
from iamd.store.audit_interface import Place

PATH: Final = b"/_iamd/audit"

_MOST: Final = 1_000


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
        self.place()

    def place(self) -> Place | None:
        if self.after is None:
            return None
        at, chain_id, sequence = self.after.split("~")
        return datetime.fromisoformat(at), chain_id, int(sequence)


def audit_routes(pipeline: OwnPages, account_id: str) -> Routes:
    """Return the route; *account_id* is the server's own."""

    async def page(request: Request) -> Response:
        def work(call: Call) -> bytes:
            asked = read_query(request.raw_query, _Asked)
            records = call.store.audit_records
            found = (
                records.page(asked.since, asked.until, asked.place(), asked.limit)
                if asked.latest is None
                else records.latest(asked.latest)
            )
            more = _place(found[-1]) if len(found) == asked.limit and asked.latest is None else None
            lines = ",\n".join(record.line for record in found)
            return f'{{"Records":[{lines}],"next":{json.dumps(more)}}}\n'.encode()

        return await pipeline.administer(request, "ListAuditRecords", account_id, work)

    return {("GET", PATH): page}


def _place(record: AuditRecord) -> str:
    return f"{record.at.isoformat()}~{record.chain_id}~{record.sequence}"
