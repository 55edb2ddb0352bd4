"""What is known of a request so far, on its way through the pipeline; for the answer and the chronicle."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from iamd.audit.entry import Entry
from iamd.audit.event import Event
from iamd.auth.authorize import Guard
from iamd.auth.caller import Caller
from iamd.auth.told import of_error, of_request, told_decisions
from iamd.auth.vpc_endpoints import Entrance
from iamd.errors import ServiceError
from iamd.http import Request
from iamd.sigv4.claim import SignatureClaim
from iamd.wire.model import Operation
from iamd.wire.protocols import WireProtocol


@dataclass(slots=True)
class Passage:
    """
    One request.

    Attributes:
        now: When it came, by the clock that sessions live by.
        page: One of the server's own pages.
        guard: The last one that was asked.
        params: As the model types them; not checked yet.
        result: What the handler has returned.
        changed: Whether something was written, and committed.
        epoch: That the answer is of, or a later one.
        entry: What the transaction has written of it to the chronicle.
    """

    request: Request
    request_id: str
    now: datetime
    service: str
    protocol: WireProtocol
    claim: SignatureClaim | None = None
    operation: Operation | None = None
    caller: Caller | None = None
    entrance: Entrance | None = None
    page: str | None = None
    guard: Guard | None = None
    params: Mapping[str, Any] | None = None
    result: Mapping[str, Any] | None = None
    changed: bool = False
    epoch: int = 0
    entry: Entry | None = None

    @property
    def name(self) -> str | None:
        """What was asked for: an operation, or one of the server's own pages."""
        return self.operation.name if self.operation else self.page

    def event(self, at: datetime, status: int, error: ServiceError | None, *, changes: bool = False) -> Event:
        """Return what the chronicle is told; *changes* when it is part of the transaction that does."""
        caller = self.caller
        return Event(
            at=at,
            request_id=self.request_id,
            service=self.service,
            name=self.name,
            own_page=self.page is not None,
            operation=self.operation,
            parameters=self.params,
            result=self.result if error is None else None,
            changes=changes or self.changed,
            decided=() if self.guard is None else told_decisions(self.guard.decided),
            status=status,
            **of_request(self.request, self.service, caller, self.claim),
            **of_error(error),
            vpc_endpoint_id=self.entrance.endpoint_id if self.entrance else None,
        )
