"""
The rest of the road of a request to S3: whose buckets it is about, whether it may, and who answers it.

What iamd keeps of buckets it answers itself; and of what upstreams do with buckets it takes note.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final, Protocol

import msgspec

from iamd.auth.caller import Caller
from iamd.auth.target import Target
from iamd.directory.directory import View
from iamd.domain.buckets import Bucket
from iamd.domain.ids import AccountId
from iamd.enforcement import kept_buckets
from iamd.enforcement.addressing import check_path
from iamd.enforcement.bodies import Body
from iamd.enforcement.buckets import (
    CREATE,
    S3,
    Buckets,
    Standing,
    check_expected_owners,
    check_public_access,
    names_in,
    one_upstream,
    placed,
)
from iamd.enforcement.check import Asking, Checker, Seen
from iamd.enforcement.existing_tags import ExistingTags
from iamd.enforcement.forward import Made
from iamd.enforcement.inquiries import Inquiries
from iamd.enforcement.kept_buckets import BLOCK_OPERATIONS, OF_BODY, POLICY_OPERATIONS, WRITES
from iamd.enforcement.mapping.s3_needs import TAKEN_FOR
from iamd.enforcement.passage import Passage, Reply
from iamd.enforcement.refusals import BadGateway
from iamd.enforcement.upstreams import Upstream
from iamd.errors import MissingAuthenticationToken
from iamd.http import Response
from iamd.store.interface import Transaction

Forward = Callable[[Passage], Awaitable[Reply]]
Keep = Callable[[Body, str | None], Awaitable[bytes]]

_DELETE: Final = "DeleteBucket"
_REMEMBERED: Final = WRITES | {_DELETE}
"""What changes what is remembered of an upstream."""
_REDIRECTS: Final = 300
_ERRORS: Final = 400
_FORBIDDEN: Final = 403
_MISSING: Final = 404


class Forgetful(Protocol):
    """Remembers the policies of upstreams."""

    def forget(self, upstream: Upstream, account_id: str, bucket: str) -> None: ...


class S3Road:
    """Built once by `assemble`."""

    def __init__(
        self,
        *,
        checker: Checker,
        buckets: Buckets,
        inquiries: Inquiries,
        remembered: Forgetful,
        tags: ExistingTags,
        now: Callable[[], datetime],
    ) -> None:
        """
        Take the parts.

        Args:
            checker: Answers whether somebody may.
            buckets: Knows whose buckets are.
            inquiries: Asks upstreams.
            remembered: What is remembered of them.
            tags: Reads the tags of objects.
            now: The time.
        """
        self._checker = checker
        self._buckets = buckets
        self._inquiries = inquiries
        self._remembered = remembered
        self._tags = tags
        self._now = now

    async def pass_on(
        self,
        passage: Passage,
        targets: Sequence[Target],
        seen: Seen,
        forward: Forward,
        *,
        soft: bool,
        keep: Keep,
    ) -> Reply:
        """
        Answer a request whose needs are known, or have it answered.

        Args:
            passage: The request.
            targets: What it needs.
            seen: What is known of it so far.
            forward: Passes it on.
            soft: What is not allowed is noted and let through.
            keep: Reads a body that is answered here.

        Raises:
            ServiceError: It may not, or something is wrong with it.
        """
        caller, operation = passage.caller, passage.operation
        standings = await self._standings(passage, targets)
        if standings and _is_kept(operation, standings[-1].upstream):
            # No store is asked, and so none takes it for something else.
            targets = [target for target in targets if target.action not in TAKEN_FOR]
        if operation != CREATE and not soft:
            check_public_access(standings, caller)
        by_name = {standing.name: standing for standing in standings}
        asked = placed(targets, by_name, caller, operation)
        asked = await self._tags.complete(asked, by_name, caller, passage.request, seen.entrance)
        await self._checker.authorize(caller, passage.request, S3, operation, asked, seen, soft=soft)
        # Not before: whoever may nothing learns nothing of whose it is.
        check_expected_owners(passage.request, standings, operation)
        if not standings:
            return await forward(passage)
        if operation == CREATE:
            return await self._create(passage, standings[-1], forward)
        upstream = one_upstream(standings)
        if upstream is not None and upstream is not passage.upstream:
            check_path(passage.request, kept=upstream.keeps_paths, of_s3=True)
        passage = msgspec.structs.replace(passage, upstream=upstream, account_id=standings[-1].account_id)
        if operation in POLICY_OPERATIONS:
            kept_buckets.check_owner(caller, standings[-1])
        if _is_kept(operation, upstream):
            return await self._answer(passage, standings[-1], targets, seen, keep, soft=soft)
        return await self._watch(passage, standings[-1], forward)

    async def _standings(self, passage: Passage, targets: Sequence[Target]) -> list[Standing]:
        """Return what is known of the buckets of a request; its own is the last."""
        names = names_in(targets)

        def look(view: View, _now: datetime) -> list[Standing]:
            return [self._buckets.look(name, passage.caller, view) for name in names]

        found = await self._checker.look(look)
        return [await self._buckets.complete(standing) for standing in found]

    async def _create(self, passage: Passage, standing: Standing, forward: Forward) -> Reply:
        caller_account = passage.caller.account_id
        if standing.recorded:
            if standing.account_id != caller_account:
                raise kept_buckets.taken()
            return await forward(
                msgspec.structs.replace(passage, upstream=standing.upstream, account_id=caller_account)
            )
        if passage.upstream is None or standing.account_id == caller_account:
            return await forward(passage)
        # Whoever creates a bucket has it: nobody must be able to create what is there already.
        if await self._exists(standing):
            raise kept_buckets.taken()
        reply = await forward(passage)
        if reply.status < _REDIRECTS:
            bucket = Bucket(name=standing.name, account_id=AccountId(caller_account), created_at=self._now())
            try:
                await self._checker.write(lambda transaction: kept_buckets.note_created(transaction, bucket))
            except BaseException:
                reply.close()
                raise
        return reply

    async def _watch(self, passage: Passage, standing: Standing, forward: Forward) -> Reply:
        """Have a request answered, and take note of what it changes."""
        operation, upstream = passage.operation, standing.upstream
        changes = operation in _REMEMBERED
        if changes and upstream is not None:
            self._remembered.forget(upstream, standing.account_id, standing.name)
        reply = await forward(passage)
        if changes and upstream is not None:
            self._remembered.forget(upstream, standing.account_id, standing.name)
        if operation == _DELETE and standing.recorded and reply.status < _REDIRECTS:
            try:
                await self._checker.write(
                    lambda transaction: kept_buckets.note_deleted(transaction, standing.name)
                )
            except BaseException:
                reply.close()
                raise
        return reply

    async def _answer(
        self,
        passage: Passage,
        standing: Standing,
        targets: Sequence[Target],
        seen: Seen,
        keep: Keep,
        *,
        soft: bool,
    ) -> Reply:
        """Answer what iamd itself keeps."""
        operation, claim = passage.operation, passage.claim
        kept_buckets.check_owner(passage.caller, standing)
        if claim is None:
            raise MissingAuthenticationToken("Request is missing Authentication Token")
        request = passage.request
        if operation in OF_BODY:
            request = msgspec.structs.replace(request, body=await keep(passage.body, passage.terms.declared))
        if not standing.recorded and not await self._exists(standing):
            raise kept_buckets.no_such_bucket()
        if operation not in WRITES:
            return Made(
                await self._checker.read(
                    lambda transaction: kept_buckets.read(operation, standing, transaction)
                )
            )

        def needed(caller: Caller, view: View) -> Sequence[Target]:
            again = {standing.name: self._buckets.look(standing.name, caller, view)}
            return placed(targets, again, caller, operation)

        asking = Asking(
            request=passage.request,
            claim=claim,
            service=S3,
            operation=operation,
            seen=seen,
            soft=soft,
        )

        def work(transaction: Transaction) -> Response:
            return kept_buckets.write(operation, request, standing, transaction, self._now())

        return Made(await self._checker.in_transaction(asking, needed, work))

    async def _exists(self, standing: Standing) -> bool:
        """
        Ask the upstream whether the bucket is there.

        Raises:
            BadGateway: It does not tell.
        """
        upstream = standing.upstream
        if upstream is None:
            return False
        said = await self._inquiries.ask(upstream, standing.account_id, "HEAD", b"/" + standing.name.encode())
        if said.status == _MISSING:
            return False
        if said.status < _ERRORS or said.status == _FORBIDDEN:
            return True
        raise BadGateway("The upstream does not tell whether the bucket is there.")


def _is_kept(operation: str, upstream: Upstream | None) -> bool:
    if upstream is None or upstream.bucket_policies != "iamd":
        return False
    return operation in POLICY_OPERATIONS or operation in BLOCK_OPERATIONS
