"""
The road of a request, from top to bottom.

1. The gate tells the operation; 2. the guard asks who is calling; 3. the gate reads and checks the parameters; 4. the
guard asks whether the caller may; 5. the office answers, in a transaction if it needs one; 6. the gate writes the answer;
7. the chronicle notes it.

Proof comes before parameters: whoever has not shown who they are learns nothing about what is well-formed.  How every
request begins and ends is in `iamd.road`; those to the server's own pages are in `iamd.own_pages`.
"""

from collections.abc import Coroutine
from typing import Any

from iamd.auth.authenticate import refuse_anonymous
from iamd.auth.context import parameter_context
from iamd.auth.schemes.sigv4 import read_claim
from iamd.awaited import awaited
from iamd.directory.directory import CachedView, FreshView, NeedsLoad, View
from iamd.directory.loads import with_loads
from iamd.faults import unsupported
from iamd.federation.needs_fetch import NeedsFetch
from iamd.http import Request, Response
from iamd.operations.call import Call, Params, Result
from iamd.operations.registry import Mode, Registered
from iamd.operations.resources import anything
from iamd.own_pages import OwnPages
from iamd.passage import Passage
from iamd.store.interface import Transaction
from iamd.wire import constraints
from iamd.wire.console_json import CONSOLE
from iamd.wire.model import Operation
from iamd.wire.protocols import QUERY, protocol_of


class Pipeline(OwnPages):
    """Everything a request meets; built once by `assemble`."""

    def handle(self, request: Request) -> Coroutine[Any, Any, Response]:
        """Answer *request*; never raises."""
        passage = Passage(request, self._tools.ids.request_id(), self._clock.now(), "", QUERY)
        return self._finish(passage, self._answer(passage))

    async def click(self, request: Request, service: str) -> Response:
        """Answer a request of the console for an operation of *service*, as one to the wire is answered."""
        passage = Passage(request, self._tools.ids.request_id(), self._clock.now(), service, CONSOLE)
        return await self._finish(passage, self._answer(passage))

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
        lacking = False  # Nothing is waited for amid an exception: see tools/compiled.py.
        try:
            passage.caller = self._authenticate(passage, view)
        except NeedsLoad:
            lacking = True
        if lacking:
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
        mode = registered.mode_for(params) if registered else Mode.INLINE
        if registered is not None and mode is not Mode.INLINE:
            result = await self._run(passage, registered, mode, params, view)
        else:
            result, lacking = None, False
            try:
                result = self._perform(passage, registered, params, view, None, None)
            except (NeedsLoad, NeedsFetch):
                lacking = True
            if lacking:
                result = await with_loads(
                    self._workers, view, lambda: self._perform(passage, registered, params, view, None, None)
                )
        passage.result = result

        # 6. In the words of the wire.
        return passage.protocol.answer(operation, result, passage.request_id)

    async def _run(
        self, passage: Passage, registered: Registered, mode: Mode, params: Params, view: CachedView
    ) -> Result:
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
            return await awaited(self._store.read(job))
        began = self._clock.monotonic()
        result = await awaited(self._store.write(job))
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

        call = self._call(passage, view, None).with_prepared(await awaited(self._store.read(look)))
        return await self._slowly(lambda: prepare(call, params))

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
