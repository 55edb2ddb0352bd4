"""What is known of a request so far, on its way through the pipeline; for the answer and the chronicle."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from iamd.audit.entry import Entry
from iamd.audit.event import Event
from iamd.audit.trail import PATIENCE, Trail
from iamd.auth.authorize import Guard
from iamd.auth.caller import Caller
from iamd.auth.told import of_error, of_request, told_decisions
from iamd.auth.vpc_endpoints import Entrance
from iamd.awaited import awaited
from iamd.errors import ServiceError, Throttling
from iamd.http import Request
from iamd.metrics import Metrics
from iamd.sigv4.signature_claim import SignatureClaim
from iamd.tracing import Marks, Tracer
from iamd.wire.model import Operation
from iamd.wire.protocols import WireProtocol

_OK: Final = "OK"
_NONE: Final = "none"
_OWN: Final = "iamd"
_UNREADABLE: Final = "Unreadable"
_CREDENTIALS: Final = "Credentials"


class Passage(msgspec.Struct, eq=False):
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
        began: When, by the monotonic hand; where something is counted.
        marks: Of its phases; where somebody collects traces.
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
    began: float = 0.0
    marks: Marks | None = None

    @property
    def name(self) -> str | None:
        """What was asked for: an operation, or one of the server's own pages."""
        return self.operation.name if self.operation else self.page

    def watch(
        self,
        metrics: Metrics | None,
        tracer: Tracer | None,
        now: float,
        status: int,
        error: ServiceError | None,
    ) -> None:
        """Count the request, which is answered, and have spans made of it, where somebody wants that."""
        if metrics is not None:
            self._count(metrics, now, error)
        if tracer is not None:
            self._trace(tracer, status, error)

    def _trace(self, tracer: Tracer, status: int, error: ServiceError | None) -> None:
        """Have spans made of the request, which is answered."""
        if self.marks is None:
            return
        service = self.operation.service if self.operation else _OWN if self.page else _NONE
        told: dict[str, str | int] = {
            "rpc.system": "aws-api",
            "rpc.service": service,
            "rpc.method": self.name or _NONE,
            "http.response.status_code": status,
            "aws.request_id": self.request_id,
        }
        if error is not None:
            told["error.type"] = error.code
        failed = error is not None and error.fault == "Receiver"
        tracer.trace(self.request, f"{service}/{self.name or _NONE}", self.marks, told, failed=failed)

    async def note(self, trail: Trail, at: datetime, status: int, error: ServiceError | None) -> None:
        """
        Hand the request to the chronicle; when it has changed something, wait until it is written there.

        Raises:
            TrailBlockedError: It cannot be written.
            TimeoutError: It is not, for long.
        """
        if self.changed:
            told = self.entry or self.event(at, status, error)
            await awaited(trail.confirm(told), PATIENCE)
        elif self.caller is None and isinstance(error, Throttling):
            trail.record_some(self.event(at, status, error))
        else:
            trail.record(self.event(at, status, error))

    def _count(self, metrics: Metrics, now: float, error: ServiceError | None) -> None:
        """Count the request, which is answered."""
        operation = self.operation
        service = operation.service if operation else _OWN if self.page else _NONE
        metrics.request(service, self.name, _OK if error is None else error.code, now - self.began)
        if self.guard is not None:
            for _, _, what in self.guard.decided:
                metrics.decision(service, _UNREADABLE if isinstance(what, str) else what.outcome)
        if error is None and service == "sts" and self.result is not None and _CREDENTIALS in self.result:
            metrics.issued(self.name or _NONE)

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
