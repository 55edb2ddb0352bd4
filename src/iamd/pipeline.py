"""
The road of a request, from top to bottom.

1. The gate tells the operation; 2. the guard asks who is calling; 3. the gate reads and checks the parameters; 4. the
guard asks whether the caller may; 5. the office answers, in a transaction if it needs one; 6. the gate writes the answer;
7. the chronicle notes it.

Proof comes before parameters: whoever has not shown who they are learns nothing about what is well-formed.  This is the
only module that turns any exception into an answer; what it does not know is a ServiceFailure, with the reason in the log.
"""

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar

import structlog

from iamd.audit.trail import Trail, TrailBlockedError
from iamd.auth.authenticate import Authenticator, refuse_anonymous
from iamd.auth.authorization_messages import AuthorizationMessages
from iamd.auth.authorize import Guard
from iamd.auth.caller import Caller
from iamd.auth.context import Circumstances, parameter_context
from iamd.auth.decisions import DecisionLog
from iamd.auth.denial import Denials
from iamd.auth.operator import check_operator
from iamd.auth.rate_limits import RateLimits
from iamd.auth.schemes.console import PREFIX
from iamd.auth.schemes.sigv4 import read_claim
from iamd.auth.session_limits import check_session_limits
from iamd.auth.target import Target
from iamd.clock import Clock
from iamd.directory.directory import CachedView, Directory, FreshView, NeedsLoad, View
from iamd.directory.epochs import MINIMUM_EPOCH, reach, with_epoch
from iamd.directory.load import Compiler
from iamd.directory.loads import with_loads
from iamd.errors import ServiceError, Throttling
from iamd.faults import fault_of, page_of, unsupported
from iamd.federation.needs_fetch import NeedsFetch
from iamd.http import Request, Response
from iamd.metrics import Metrics
from iamd.operations.call import Call, Params, Result, Tools
from iamd.operations.registry import Mode, Registered
from iamd.operations.resources import anything
from iamd.passage import Passage
from iamd.store.interface import Store, Transaction
from iamd.tracing import Marks, Tracer
from iamd.visits import Guest, Visit
from iamd.wire import constraints
from iamd.wire.console_json import CONSOLE
from iamd.wire.dispatch import service_of_error
from iamd.wire.model import Operation
from iamd.wire.protocols import JSON, QUERY, protocol_of

T = TypeVar("T")

_log = structlog.get_logger("iamd")
_PREPARERS = 2
"""How much slow work is done at once: a hash of a password takes a core and 64 MiB for a tenth of a second."""
_MOST_WAITING = 64
"""How many requests may wait for slow work; the next is told to come again."""


class Pipeline:
    """Everything a request meets; built once by `assemble`."""

    def __init__(  # noqa: PLR0913  each part by its name, once
        self,
        *,
        store: Store,
        directory: Directory,
        authenticator: Authenticator,
        compile_policy: Compiler,
        registry: dict[tuple[str, str], Registered],
        tools: Tools,
        clock: Clock,
        trail: Trail,
        decisions: DecisionLog,
        metrics: Metrics | None = None,
        limits: RateLimits | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        self._store = store
        self._directory = directory
        self.authenticator = authenticator
        self._compile = compile_policy
        self._registry = registry
        self._tools = tools
        self._clock = clock
        self._trail = trail
        self._metrics = metrics
        self._limits = limits
        self._tracer = tracer
        self._watched = metrics is not None or tracer is not None
        self.decisions = decisions
        self.denials = Denials(tools.ids.uuid, self.decisions, AuthorizationMessages(tools.keyring))
        self._workers = ThreadPoolExecutor(4, thread_name_prefix="iamd-worker")
        self._preparers = ThreadPoolExecutor(_PREPARERS, thread_name_prefix="iamd-preparer")
        self._preparing = 0

    async def handle(self, request: Request) -> Response:
        """Answer *request*; never raises."""
        passage = Passage(request, self._tools.ids.uuid(), self._clock.now(), "", QUERY)
        return await self._finish(passage, self._answer(passage))

    def _passage_to(self, request: Request, page: str) -> Passage:
        protocol = CONSOLE if request.raw_path.startswith(PREFIX) else JSON
        return Passage(request, self._tools.ids.uuid(), self._clock.now(), "iam", protocol, page=page)

    async def click(self, request: Request, service: str) -> Response:
        """Answer a request of the console for an operation of *service*, as one to the wire is answered."""
        passage = Passage(request, self._tools.ids.uuid(), self._clock.now(), service, CONSOLE)
        return await self._finish(passage, self._answer(passage))

    async def greet(
        self, request: Request, page: str, answer: Callable[[Guest], Awaitable[Response]]
    ) -> Response:
        """
        Answer somebody at the console's door, who is not known yet; never raises.

        Args:
            request: As it came.
            page: What the chronicle calls it.
            answer: Finds out who it is; may raise a ServiceError.
        """
        ids = self._tools.ids
        passage = Passage(request, ids.uuid(), self._clock.now(), "signin", CONSOLE, page=page)
        return await self._finish(passage, self._greet(passage, answer))

    async def _greet(self, passage: Passage, answer: Callable[[Guest], Awaitable[Response]]) -> Response:
        record = partial(self._store_record, passage)
        guest = Guest(self._store, self._directory, self._slowly, self._trail.check, record)
        try:
            return await answer(guest)
        finally:
            passage.caller, passage.changed = guest.caller, guest.changed

    async def inquire(
        self,
        request: Request,
        page: str,
        action: str,
        look: Callable[[Call], bytes],
        on: Callable[[Call], Iterable[Target]] | None = None,
    ) -> Response:
        """
        Answer a request to one of the server's own pages, signed as requests to IAM or STS are; never raises.

        Args:
            request: As it came.
            page: What the chronicle calls it.
            action: Needed by whoever asks, in their own account.
            look: Makes the page, as JSON.  Pure, since it may be run again; may raise a ServiceError.
            on: What the action is asked on; without it, on nothing in particular.  As pure, and may raise one too.
        """
        passage = self._passage_to(request, page)
        return await self._finish(passage, self._look(passage, action, look, on))

    async def receive(
        self, request: Request, page: str, action: str, answer: Callable[[Visit], Awaitable[Response]]
    ) -> Response:
        """
        Answer a request to one of the server's own pages that works with the archive; never raises.

        Args:
            request: As it came, signed as requests to IAM are.
            page: What the chronicle calls it.
            action: Needed by whoever asks, in their own account.
            answer: Does the work, in transactions that it is given; may raise a ServiceError.
        """
        passage = self._passage_to(request, page)
        return await self._finish(passage, self._receive(passage, action, answer))

    async def _receive(
        self, passage: Passage, action: str, answer: Callable[[Visit], Awaitable[Response]]
    ) -> Response:
        passage.claim = read_claim(passage.request)
        view = CachedView(self._directory)
        passage.caller = await with_loads(self._workers, view, lambda: self._authenticate(passage, view))
        if passage.caller is None:
            raise refuse_anonymous()
        self._admit(passage.caller, "iam", passage.page or "")

        def entered(transaction: Transaction, work: Callable[[Call], T]) -> T:
            fresh = FreshView(self._directory, transaction)
            # INVARIANT: As for writes of operations, what a transaction sees decides, each time.
            passage.caller = self._authenticate(passage, fresh)
            call = self._call(passage, fresh, transaction)
            call.require(action, anything(call, {}))
            return work(call)

        visit = Visit(self._store, entered, self._trail.check)
        try:
            return await answer(visit)
        finally:
            passage.changed = visit.changed

    async def administer(
        self, request: Request, page: str, account_id: str, work: Callable[[Call], bytes]
    ) -> Response:
        """
        Answer a request to one of the server's own pages that are for the operator alone; never raises.

        Args:
            request: As it came.
            page: What the chronicle calls it.
            account_id: The server's own; only its root user may ask (`iamd.auth.operator`).
            work: Makes the page, as JSON, in a transaction that writes.  May be run again; may raise a ServiceError.
        """
        passage = self._passage_to(request, page)
        return await self._finish(passage, self._administer(passage, page, account_id, work))

    async def _administer(
        self, passage: Passage, page: str, account_id: str, work: Callable[[Call], bytes]
    ) -> Response:
        await self._identify(passage, page)

        def job(transaction: Transaction) -> bytes:
            # The invariant of writes holds here, too: see `_run`.
            view = FreshView(self._directory, transaction)
            passage.caller = self._authenticate(passage, view)
            call = self._call(passage, view, transaction)
            call.guard.endpoint()
            check_operator(call.caller, account_id, page)
            body = work(call)
            self._store_record(passage, transaction)
            return body

        self._trail.check()
        body = await asyncio.wrap_future(self._store.write(job))
        passage.changed = True
        passage.epoch = self._directory.epoch
        return page_of(body)

    async def _look(
        self,
        passage: Passage,
        action: str,
        look: Callable[[Call], bytes],
        on: Callable[[Call], Iterable[Target]] | None,
    ) -> Response:
        view = await self._identify(passage, action.removeprefix("iam:"))

        def attempt() -> bytes:
            call = self._call(passage, view, None)
            call.guard.authorize(action, (anything(call, {}),) if on is None else on(call), {})
            return look(call)

        return page_of(await with_loads(self._workers, view, attempt))

    async def _identify(self, passage: Passage, name: str) -> CachedView:
        """
        Find out who asks for a page of the server's own.

        Raises:
            ServiceError: Nobody whom the server knows, or with a session that opens no such page.
        """
        passage.claim = read_claim(passage.request)
        if passage.claim is not None and passage.claim.service == "sts":
            passage.service = "sts"
        view = CachedView(self._directory)
        passage.caller = await with_loads(self._workers, view, lambda: self._authenticate(passage, view))
        if passage.caller is None:
            raise refuse_anonymous()
        self._admit(passage.caller, "iam", name)
        return view

    async def _finish(self, passage: Passage, answering: Coroutine[Any, Any, Response]) -> Response:
        """Wait for the answer, make one of whatever is raised instead, and note it."""
        error: ServiceError | None = None
        if self._watched:
            passage.began = self._clock.monotonic()
            passage.marks = None if self._tracer is None else Marks(self._clock.real)
        try:
            if self._limits is not None:
                self._limits.enter(passage.request.peer, answering.close)
            if passage.request.header(MINIMUM_EPOCH) is not None:
                await reach(self._directory, passage.request, answering.close)
            passage.epoch = self._directory.epoch
            response = await answering
        except ServiceError as refusal:
            error = refusal
        except Exception as fault:  # noqa: BLE001  the one place: a fault of ours is an honest 500, and a line in the log
            # The text of the traceback and no more: whoever formats exceptions may show local variables, and secrets.
            _log.error("request failed", request_id=passage.request_id, traceback=traceback.format_exc())
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

    def _store_record(self, passage: Passage, transaction: Transaction, guest: Guest | None = None) -> None:
        """Let the record of a change be part of its transaction, where the database is a target."""
        if self._trail.stores:
            passage.caller = passage.caller if guest is None else guest.caller
            event = passage.event(self._clock.real(), HTTPStatus.OK, None, changes=True)
            passage.entry = self._trail.store(transaction.audit_records, event)

    def close(self) -> None:
        self._preparers.shutdown()
        self._workers.shutdown()

    async def _answer(self, passage: Passage) -> Response:
        request = passage.request
        # 1. What is asked?  Only the name; nothing is read yet that proof should come before.
        passage.claim = read_claim(request)
        scope_service = passage.claim.service if passage.claim else None
        if passage.protocol is not CONSOLE:
            passage.protocol = protocol_of(request, scope_service or "")
        asked = passage.protocol.ask(request, scope_service)
        operation = passage.operation = asked.operation
        passage.service = operation.service

        # 2. Who asks?
        view = CachedView(self._directory)
        try:
            passage.caller = self._authenticate(passage, view)
        except NeedsLoad:
            passage.caller = await with_loads(self._workers, view, lambda: self._authenticate(passage, view))
        if passage.marks is not None:
            passage.marks.end("authenticate")
        if passage.caller is not None:
            self._tools.usage.note(passage.caller, operation.service, operation.name, passage.now)
            self._admit(passage.caller, operation.service, operation.name)
        elif not operation.anonymous:
            raise refuse_anonymous()

        # 3. With which parameters?  Those of a few operations are the proof of who asks.
        params = passage.params = asked.params()
        constraints.check(operation, params)
        registered = self._registry.get((operation.service, operation.name))
        if operation.anonymous and registered is not None:
            prove = self.authenticator.authenticate_by_parameters
            passage.caller = await with_loads(
                self._workers, view, lambda: prove(operation.name, params, view, self._clock.now())
            )
        if passage.caller is None:
            raise unsupported(operation)

        # 4. and 5. May they, and what is the answer?
        result = passage.result = await self._run(passage, registered, params, view)

        # 6. In the words of the wire.
        return passage.protocol.answer(operation, result, passage.request_id)

    def _admit(self, caller: Caller, service: str, name: str) -> None:
        """Refuse, with a ServiceError, who asks too often, or with a session that opens no such thing."""
        if self._limits is not None:
            self._limits.spend(caller)
        check_session_limits(caller, service, name)

    def _authenticate(self, passage: Passage, view: View) -> Caller | None:
        return self.authenticator.authenticate(passage.request, passage.claim, passage.service, view)

    async def _run(
        self, passage: Passage, registered: Registered | None, params: Params, view: CachedView
    ) -> Result:
        mode = registered.mode_for(params) if registered else Mode.INLINE
        if mode is Mode.INLINE:
            try:
                return self._perform(passage, registered, params, view, None, None)
            except (NeedsLoad, NeedsFetch):
                return await with_loads(
                    self._workers, view, lambda: self._perform(passage, registered, params, view, None, None)
                )
        if registered is None:
            raise RuntimeError("an operation without a handler has no mode")
        if mode is Mode.WRITE:
            self._trail.check()
        prepared = await self._prepare(passage, registered, params, view)

        def job(transaction: Transaction) -> Result:
            fresh = FreshView(self._directory, transaction)
            if mode is Mode.WRITE:
                # INVARIANT: A write is authenticated and authorized by what its transaction sees.  A key that an
                # earlier job of the same batch has deactivated can change nothing any more.
                passage.caller = self._authenticate(passage, fresh)
            passage.result = self._perform(passage, registered, params, fresh, transaction, prepared)
            if mode is Mode.WRITE:
                self._store_record(passage, transaction)
            return passage.result

        if mode is Mode.READ:
            return await asyncio.wrap_future(self._store.read(job))
        began = self._clock.monotonic()
        result = await asyncio.wrap_future(self._store.write(job))
        passage.changed = True
        if passage.marks is not None:
            passage.marks.end("commit")
        if self._metrics is not None:
            self._metrics.writes.observe(self._clock.monotonic() - began)
        passage.epoch = self._directory.epoch
        return result

    async def _prepare(
        self, passage: Passage, registered: Registered, params: Params, view: CachedView
    ) -> Any:
        prepare, gather = registered.prepare, registered.gather
        if prepare is None:
            return None

        def look(transaction: Transaction) -> Any:
            call = self._call(passage, FreshView(self._directory, transaction), transaction)
            # Nobody has slow work done who may not ask for it.
            self._authorize(registered, call, params)
            return None if gather is None else gather(call, params)

        call = self._call(passage, view, None).with_prepared(
            await asyncio.wrap_future(self._store.read(look))
        )
        return await self._slowly(lambda: prepare(call, params))

    async def _slowly(self, work: Callable[[], object]) -> object:
        if self._preparing >= _MOST_WAITING:
            raise Throttling("Rate exceeded")
        self._preparing += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._preparers, work)
        finally:
            self._preparing -= 1

    def _perform(
        self,
        passage: Passage,
        registered: Registered | None,
        params: Params,
        view: View,
        transaction: Transaction | None,
        prepared: object,
    ) -> Result:
        """Authorize and answer; one pass, which may be run again."""
        call = self._call(passage, view, transaction)
        operation = passage.operation
        if operation is None:
            raise RuntimeError("nothing was asked")
        self._authorize(registered or operation, call, params)
        if registered is None:
            raise unsupported(operation)
        if passage.marks is None:
            return registered.handler(call.with_prepared(prepared) if prepared is not None else call, params)
        passage.marks.end("authorize")
        result = registered.handler(call.with_prepared(prepared) if prepared is not None else call, params)
        passage.marks.end("operate")
        return result

    @staticmethod
    def _authorize(asked: Registered | Operation, call: Call, params: Params) -> None:
        """Demand the operation's own permission on everything that it is asked on; raises AccessDenied."""
        targets = asked.targets(call, params) if isinstance(asked, Registered) else (anything(call, params),)
        context = parameter_context(asked.service, params)
        call.guard.authorize(f"{asked.service}:{asked.name}", targets, context)

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
