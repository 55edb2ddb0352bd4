"""
What every request meets on its way, whatever it asks for.

This is the only module that turns any exception into an answer; what it does not know is a ServiceFailure, with the
reason in the log.
"""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any

import structlog

from iamd.audit.trail import TrailBlockedError
from iamd.auth.authorize import Guard
from iamd.auth.caller import Caller
from iamd.auth.context import Circumstances
from iamd.auth.decisions import DecisionLog
from iamd.auth.session_limits import check_session_limits
from iamd.directory.directory import View
from iamd.directory.epochs import MINIMUM_EPOCH, reach, with_epoch
from iamd.errors import ServiceError, Throttling
from iamd.faults import fault_of, told_of
from iamd.http import Response
from iamd.operations.call import Call
from iamd.operations.registry import Registered
from iamd.parts import Parts
from iamd.passage import Passage
from iamd.store.interface import Transaction
from iamd.tracing import Marks
from iamd.visits import Guest
from iamd.wire.dispatch import service_of_error
from iamd.wire.protocols import protocol_of

_log = structlog.get_logger("iamd")
_PREPARERS = 2
"""How much slow work is done at once: a hash of a password takes a core and 64 MiB for a tenth of a second."""
_MOST_WAITING = 64
"""How many requests may wait for slow work; the next is told to come again."""


class Road:
    """The parts of the house that requests need, and how every one of them begins and ends."""

    def __init__(
        self, parts: Parts, registry: dict[tuple[str, str], Registered], decisions: DecisionLog
    ) -> None:
        self._store = parts.store
        self._directory = parts.directory
        self.authenticator = parts.authenticator
        self._compile = parts.compile_policy
        self._registry = registry
        self._tools = parts.tools
        self._clock = parts.clock
        self._trail = parts.trail
        self._metrics = parts.metrics
        self._limits = parts.limits
        self._tracer = parts.tracer
        self._watched = parts.metrics is not None or parts.tracer is not None
        self.decisions = decisions
        self.denials = parts.denials
        self._workers = ThreadPoolExecutor(4, thread_name_prefix="iamd-worker")
        self._preparers = ThreadPoolExecutor(_PREPARERS, thread_name_prefix="iamd-preparer")
        self._preparing = 0

    async def _finish(self, passage: Passage, answering: Coroutine[Any, Any, Response]) -> Response:
        """Wait for the answer, make one of whatever is raised instead, and note it."""
        error: ServiceError | None = None
        if self._watched:
            passage.began = self._clock.monotonic()
            passage.marks = None if self._tracer is None else Marks(self._clock.real)
        try:
            if self._limits is not None:
                self._limits.enter(passage.request.peer, answering.close)
            if MINIMUM_EPOCH in passage.request.index[0]:
                await reach(self._directory, passage.request, answering.close)
            passage.epoch = self._directory.epoch
            response = await answering
        except ServiceError as refusal:
            error = refusal
        except Exception as fault:  # noqa: BLE001  the one place: a fault of ours is an honest 500, and a line in the log
            _log.error("request failed", request_id=passage.request_id, **told_of(fault))
            error = fault_of(fault)
        if error is not None:
            if not passage.service:
                # Refused before it was known what is asked.
                passage.service = service_of_error(passage.request)
                passage.protocol = protocol_of(passage.request, passage.service)
            response = passage.protocol.refuse(passage.service, error, passage.request_id)
            if self._limits is not None and passage.caller is None:
                self._limits.failed(passage.request.peer, error)
        if self._trail.keeps:
            try:
                await passage.note(self._trail, self._clock.real(), response.status, error)
            except (TrailBlockedError, TimeoutError) as fault:
                # Who gets no line in the trail gets no answer either; what was written to the store stays.
                _log.error("audit failed", request_id=passage.request_id, error=repr(fault))
                return passage.protocol.refuse(passage.service, fault_of(fault), passage.request_id)
        if self._watched:
            passage.watch(self._metrics, self._tracer, self._clock.monotonic(), response.status, error)
        # How much changes here is nothing to tell strangers.
        return with_epoch(response, passage.epoch) if passage.caller is not None else response

    def _authenticate(self, passage: Passage, view: View) -> Caller | None:
        return self.authenticator.authenticate(passage.request, passage.claim, passage.service, view)

    def _admit(self, caller: Caller, service: str, name: str) -> None:
        """Refuse, with a ServiceError, who asks too often, or with a session that opens no such thing."""
        if self._limits is not None:
            self._limits.spend(caller)
        check_session_limits(caller, service, name)

    def _call(self, passage: Passage, view: View, transaction: Transaction | None) -> Call:
        if passage.caller is None or (name := passage.name) is None:
            raise RuntimeError("nobody is calling")
        # A transaction may have waited for its turn.
        now = passage.now if transaction is None else self._clock.now()
        # Here, where every guard is made, so that none can be without it.
        passage.entrance = self.authenticator.entrance(passage.request)
        guard = passage.guard = Guard(
            caller=passage.caller,
            circumstances=Circumstances(passage.request, passage.service, now, passage.entrance),
            view=view,
            compile_policy=self._compile,
            denials=self.denials,
            operation=name,
        )
        return Call(
            operation=name,
            caller=passage.caller,
            guard=guard,
            view=view,
            transaction=transaction,
            now=now,
            tools=self._tools,
        )

    async def _slowly(self, work: Callable[[], object]) -> object:
        if self._preparing >= _MOST_WAITING:
            raise Throttling("Rate exceeded")
        self._preparing += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._preparers, work)
        finally:
            self._preparing -= 1

    def _store_record(self, passage: Passage, transaction: Transaction, guest: Guest | None = None) -> None:
        """Let the record of a change be part of its transaction, where the database is a target."""
        if self._trail.stores:
            passage.caller = passage.caller if guest is None else guest.caller
            event = passage.event(self._clock.real(), HTTPStatus.OK, None, changes=True)
            passage.entry = self._trail.store(transaction.audit_records, event)

    def close(self) -> None:
        self._preparers.shutdown()
        self._workers.shutdown()
