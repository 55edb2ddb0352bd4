"""
The road of a request to one of the server's own pages, and of somebody at the console's door.

What holds for requests to the wire holds here: nobody is answered who has not shown who they are, by a signature or the
cookie of a console session, and everything is noted.
"""

from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import TypeVar

from iamd.auth.authenticate import refuse_anonymous
from iamd.auth.operator import check_operator
from iamd.auth.schemes.console import PREFIX
from iamd.auth.schemes.sigv4 import read_claim
from iamd.auth.target import Target
from iamd.awaited import awaited
from iamd.directory.directory import CachedView, FreshView
from iamd.directory.loads import with_loads
from iamd.faults import page_of
from iamd.http import Request, Response
from iamd.operations.call import Call
from iamd.operations.resources import anything
from iamd.passage import Passage
from iamd.road import Road
from iamd.store.interface import Transaction
from iamd.visits import Guest, Visit
from iamd.wire.console_json import CONSOLE
from iamd.wire.protocols import JSON

T = TypeVar("T")


class OwnPages(Road):
    """Answer those at the server's own pages."""

    def _passage_to(self, request: Request, page: str) -> Passage:
        protocol = CONSOLE if request.raw_path.startswith(PREFIX) else JSON
        return Passage(request, self._tools.ids.request_id(), self._clock.now(), "iam", protocol, page=page)

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
        passage = Passage(request, ids.request_id(), self._clock.now(), "signin", CONSOLE, page=page)
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
            # The invariant of writes holds here, too: see `iamd.pipeline`.
            view = FreshView(self._directory, transaction)
            passage.caller = self._authenticate(passage, view)
            call = self._call(passage, view, transaction)
            call.guard.endpoint()
            check_operator(call.caller, account_id, page)
            body = work(call)
            self._store_record(passage, transaction)
            return body

        self._trail.check()
        body = await awaited(self._store.write(job))
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
