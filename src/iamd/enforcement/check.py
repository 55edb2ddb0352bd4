"""
Who is asking, and may they: the two questions of the road, for requests that other services answer.

The same guard as the wire's, with the same snapshots, denials and decision log.  What is asked about a request was
worked out before (`iamd.enforcement.mapping`); here nothing is known of any service.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import TypeVar

import msgspec
import structlog

from iamd.audit.event import Event
from iamd.audit.trail import PATIENCE
from iamd.auth.authorize import Guard
from iamd.auth.caller import Caller
from iamd.auth.context import Circumstances
from iamd.auth.session_limits import check_session_limits
from iamd.auth.target import Target
from iamd.auth.told import of_error, of_request, told_decisions
from iamd.auth.verdict import Decided
from iamd.auth.vpc_endpoints import Entrance
from iamd.awaited import awaited
from iamd.directory.directory import CachedView, FreshView, View
from iamd.directory.loads import with_loads
from iamd.enforcement.mapping.asked import UnmappedRequest
from iamd.enforcement.passed_roles import looked_up, to_be_looked_up
from iamd.enforcement.unknown_parts import refuse_possible_denials
from iamd.errors import AccessDenied, MissingAuthenticationToken, ServiceError, Throttling
from iamd.hmac_key import HmacKey
from iamd.http import Request
from iamd.metrics import Metrics
from iamd.parts import Parts
from iamd.sigv4.errors import SignatureDoesNotMatch
from iamd.sigv4.signature_claim import SignatureClaim
from iamd.sigv4.signing_key import SigningKeyCache
from iamd.store.interface import Transaction
from iamd.tracing import Marks, Tracer
from iampolicy import Policy

_log = structlog.get_logger("iamd")

T = TypeVar("T")


class Seen(msgspec.Struct):
    """
    What is known of a request so far; for the answer and the chronicle.

    Attributes:
        decided: About it, in order.
        changed: Whether something that iamd keeps was changed.
        mapped: Whether service and operation are those of the mapping: names that there is an end of.
        began: When it came, by the monotonic hand.
        marks: Of its phases; where somebody collects traces.
    """

    request: Request
    request_id: str
    caller: Caller | None = None
    entrance: Entrance | None = None
    decided: list[Decided] = []
    changed: bool = False
    mapped: bool = False
    began: float = 0.0
    marks: Marks | None = None

    def mark(self, name: str) -> None:
        """Note that the phase *name* ends, where somebody collects traces."""
        if self.marks is not None:
            self.marks.end(name)


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """
    A request that changes what iamd keeps.

    Attributes:
        request: As it was verified.
        claim: Its signature.
        service: That it is for.
        operation: That it asks for.
        seen: What is known of it so far.
        soft: What is not allowed has been noted, and is done.
    """

    request: Request
    claim: SignatureClaim
    service: str
    operation: str
    seen: Seen
    soft: bool


class Checker:
    """Built once by `assemble`, from the parts of the pipeline."""

    def __init__(self, parts: Parts, signing_keys: SigningKeyCache) -> None:
        self._store = parts.store
        self._directory = parts.directory
        self._authenticator = parts.authenticator
        self._signing_keys = signing_keys
        self._compile = parts.compile_policy
        self._denials = parts.denials
        self._usage = parts.tools.usage
        self._clock = parts.clock
        self._trail = parts.trail
        self.metrics = parts.metrics
        self._limits = parts.limits
        self._tracer = parts.tracer
        self._workers = ThreadPoolExecutor(4, thread_name_prefix="iamd-enforcement")

    def close(self) -> None:
        self._workers.shutdown()

    async def authenticate(
        self, request: Request, claim: SignatureClaim | None, service: str
    ) -> Caller | None:
        """
        Return who signed *request* for *service*; None when nobody did.

        Raises:
            ServiceError: It carries proof that does not hold.
        """
        if self._limits is not None:
            self._limits.enter(request.peer)
        view = CachedView(self._directory)
        caller = await with_loads(
            self._workers, view, lambda: self._authenticator.authenticate(request, claim, service, view)
        )
        if self._limits is not None and caller is not None:
            self._limits.spend(caller)
        return caller

    async def authenticate_form(self, policy: str, claim: SignatureClaim, service: str) -> Caller:
        """
        Return who has signed the *policy* of a form for *service*.

        Raises:
            ServiceError: The signature does not hold.
        """
        view = CachedView(self._directory)
        return await with_loads(
            self._workers, view, lambda: self._authenticator.authenticate_form(policy, claim, service, view)
        )

    def entrance(self, request: Request) -> Entrance | None:
        """
        Return the VPC endpoint that *request* came through; None when it came through none.

        Raises:
            AccessDenied: That cannot be told.
        """
        return self._authenticator.entrance(request)

    def signing_key(self, claim: SignatureClaim) -> HmacKey:
        """
        Return the key that *claim* was just verified with, for the chunks that follow the head.

        Raises:
            SignatureDoesNotMatch: It is gone: the access key was deactivated this moment.
        """
        key = self._signing_keys.find(claim)
        if key is None:
            raise SignatureDoesNotMatch(detail="the signing key is gone")
        return key

    async def authorize(
        self,
        caller: Caller,
        request: Request,
        service: str,
        operation: str,
        targets: Sequence[Target],
        seen: Seen,
        *,
        soft: bool = False,
    ) -> None:
        """
        Demand that *caller* may do all of *targets*, each of which names its action.

        Args:
            caller: Who asks.
            request: What was sent.
            service: That it is for.
            operation: That it asks for.
            targets: What it needs.
            seen: What is known of it so far; gets what is decided.
            soft: Note what is not allowed, all of it, and let it through.

        Raises:
            AccessDenied: With AWS's sentence and reason.
            TrailBlockedError: It could not be noted what is done then.
        """
        self._trail.check()
        now = self._clock.now()
        if not caller.of_nobody:
            self._usage.note(caller, service, operation, now)
        check_session_limits(caller, service, operation)
        try:
            targets = await self._looked_up(targets)
        except UnmappedRequest as unmapped:
            if not soft:
                raise
            _log.warning("let through", caller=caller.arn, service=service, reason=unmapped.message)
            return
        view = CachedView(self._directory)
        before: list[Decided] = []

        def attempt(asked: Sequence[Target]) -> None:
            guard = self._guard(caller, Circumstances(request, service, now, seen.entrance), view, operation)
            try:
                guard.authorize(f"{service}:{operation}", asked, {})
                refuse_possible_denials(guard, asked)
            finally:  # Not twice what is asked again because something had to be loaded.
                seen.decided = [*before, *guard.decided]

        if not soft:
            await with_loads(self._workers, view, partial(attempt, targets))
            seen.mark("authorize")
            return
        for target in targets:  # One by one: each that is missing is wanted.
            before = seen.decided
            try:
                await with_loads(self._workers, view, partial(attempt, (target,)))
            except AccessDenied as denied:
                _log_let_through(caller, target, denied)

    async def _looked_up(self, targets: Sequence[Target]) -> Sequence[Target]:
        if not to_be_looked_up(targets):
            return targets
        return await self.read(partial(looked_up, targets=targets))

    def _guard(self, caller: Caller, circumstances: Circumstances, view: View, operation: str) -> Guard:
        return Guard(
            caller=caller,
            circumstances=circumstances,
            view=view,
            compile_policy=self._compile,
            denials=self._denials,
            operation=operation,
        )

    async def asked_of(
        self,
        caller: Caller,
        request: Request,
        service: str,
        targets: Sequence[Target],
        entrance: Entrance | None,
    ) -> tuple[tuple[Policy, ...], ...]:
        """Return the policies that bear on each of *targets*, which name their actions; for what they ask about."""
        now = self._clock.now()
        view = CachedView(self._directory)

        def attempt() -> tuple[tuple[Policy, ...], ...]:
            guard = self._guard(caller, Circumstances(request, service, now, entrance), view, "")
            return tuple(guard.asked_of(target.action or "", target) for target in targets)

        return await with_loads(self._workers, view, attempt)

    async def in_transaction(
        self,
        asked: "Asking",
        targets: Callable[[Caller, View], Sequence[Target]],
        work: Callable[[Transaction], T],
    ) -> T:
        """
        Do *work* in a transaction that writes, once whoever asks may do all of *targets* by what that sees, too.

        INVARIANT: As for writes of operations, what a transaction sees decides, each time.

        Args:
            asked: What they have sent.
            targets: What it needs, as the transaction sees it.
            work: May be run again.

        Raises:
            ServiceError: They may not, or what *work* raises.
        """
        now = self._clock.now()

        def job(transaction: Transaction) -> T:
            view = FreshView(self._directory, transaction)
            again = self._authenticator.authenticate(asked.request, asked.claim, asked.service, view)
            if again is None:
                raise MissingAuthenticationToken("Request is missing Authentication Token")
            circumstances = Circumstances(asked.request, asked.service, now, asked.seen.entrance)
            guard = self._guard(again, circumstances, view, asked.operation)
            try:
                guard.authorize(f"{asked.service}:{asked.operation}", targets(again, view), {})
            except AccessDenied:
                if not asked.soft:
                    raise
            return work(transaction)

        done = await awaited(self._store.write(job))
        asked.seen.changed = True
        return done

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Do *work* in a transaction that only reads."""
        return await awaited(self._store.read(work))

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Do *work*, which nobody need be allowed, in a transaction that writes; it may be run again."""
        return await awaited(self._store.write(work))

    async def look(self, attempt: Callable[[View, datetime], T]) -> T:
        """Run *attempt*, which is pure and told the time, with what it lacks loaded."""
        now = self._clock.now()
        view = CachedView(self._directory)
        return await with_loads(self._workers, view, lambda: attempt(view, now))

    async def note(
        self, seen: Seen, *, service: str, operation: str | None, status: int, error: ServiceError | None
    ) -> None:
        """
        Write the request into the chronicle; when it has changed something, wait until it is written there.

        Raises:
            TrailBlockedError: It cannot be written.
            TimeoutError: It is not, for long.
        """
        if self._limits is not None and error is not None and seen.caller is None:
            self._limits.failed(seen.request.peer, error)
        if self.metrics is not None:
            self._count(self.metrics, seen, service, operation, error)
        if self._tracer is not None:
            told = (service, operation or "none") if seen.mapped else ("none", "none")
            self._trace(self._tracer, seen, told, status, error)
        if not self._trail.keeps:
            return
        event = Event(
            at=self._clock.real(),
            request_id=seen.request_id,
            service=service,
            name=operation,
            gateway=True,
            changes=seen.changed,
            decided=told_decisions(seen.decided),
            status=status,
            **of_request(seen.request, service, seen.caller, None),
            **of_error(error),
            vpc_endpoint_id=seen.entrance.endpoint_id if seen.entrance else None,
        )
        if seen.changed:
            await awaited(self._trail.confirm(event), PATIENCE)
        elif seen.caller is None and isinstance(error, Throttling):
            self._trail.record_some(event)
        else:
            self._trail.record(event)

    def marks(self) -> Marks | None:
        """Return what the phases of a request are noted in; None where nobody collects traces."""
        return None if self._tracer is None else Marks(self._clock.real)

    def _trace(
        self, tracer: Tracer, seen: Seen, told: tuple[str, str], status: int, error: ServiceError | None
    ) -> None:
        if seen.marks is None:
            return
        attributes: dict[str, str | int] = {
            "rpc.system": "aws-api",
            "rpc.service": told[0],
            "rpc.method": told[1],
            "http.response.status_code": status,
            "aws.request_id": seen.request_id,
        }
        if error is not None:
            attributes["error.type"] = error.code
        failed = error is not None and error.fault == "Receiver"
        tracer.trace(seen.request, "/".join(told), seen.marks, attributes, failed=failed)

    def monotonic(self) -> float:
        """Return the time that durations are counted by."""
        return self._clock.monotonic()

    def _count(
        self, metrics: Metrics, seen: Seen, service: str, operation: str | None, error: ServiceError | None
    ) -> None:
        # What a client has made up is no label.
        label = service if seen.mapped else "none"
        seconds = self._clock.monotonic() - seen.began
        metrics.request(
            label, operation if seen.mapped else None, "OK" if error is None else error.code, seconds
        )
        for _, _, what in seen.decided:
            metrics.decision(label, "Unreadable" if isinstance(what, str) else what.outcome)


def _log_let_through(caller: Caller, target: Target, denied: AccessDenied) -> None:
    _log.warning(
        "let through", caller=caller.arn, action=target.action, resource=target.arn, reason=denied.message
    )
