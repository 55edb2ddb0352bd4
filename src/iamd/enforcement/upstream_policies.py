"""
The policies of buckets that upstreams keep, read from them and remembered for a moment.

What cannot be read, or is no policy, lets nobody in: not even those whom no policy would be needed for, since it might
deny them.  What passes through the gateway is acted on at once; what is changed behind its back after `FRESH_SECONDS`.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, NamedTuple

from iamd.domain.buckets import ALL_BLOCKED, PublicAccessBlock
from iamd.enforcement.inquiries import NOT_IMPLEMENTED, Inquiries
from iamd.enforcement.mapping.s3_bodies import MalformedXML
from iamd.enforcement.public_access import is_public, read_block
from iamd.enforcement.refusals import BadGateway
from iamd.enforcement.upstreams import Upstream
from iamd.errors import AccessDenied
from iampolicy import Policy, PolicyError, PolicyKind, parse

FRESH_SECONDS: Final = 5
_NOTHING_BLOCKED: Final = frozenset({404, 405, NOT_IMPLEMENTED})
"""The bucket has no such configuration, or the store has no such thing."""
_MOST: Final = 1000

_Key = tuple[str, str, str]
"""The upstream, the account that the bucket is of, since some tell them apart, and its name."""


class Told(NamedTuple):
    """
    What an upstream tells of a bucket.

    Attributes:
        policy: None without one.
        block: What it blocks of a public policy; None where it blocks nothing, or was not asked since the policy is none.
    """

    policy: Policy | None
    block: PublicAccessBlock | None


class _Read(NamedTuple):
    told: Told
    at: float


class UpstreamPolicies:
    """Remembers the policies of so many buckets; used by one event loop."""

    def __init__(self, inquiries: Inquiries, monotonic: Callable[[], float], most: int = _MOST) -> None:
        self._inquiries = inquiries
        self._monotonic = monotonic
        self._most = most
        self._read: OrderedDict[_Key, _Read] = OrderedDict()
        self._reading: dict[_Key, asyncio.Task[Told]] = {}

    async def read(self, upstream: Upstream, account_id: str, bucket: str) -> Told:
        """
        Return what *upstream* tells of *bucket*; of one that is not there nothing.

        Raises:
            BadGateway: The upstream does not tell.
            AccessDenied: What it tells is no policy.
        """
        key = (upstream.origin, account_id, bucket)
        known = self._read.get(key)
        if known is not None and self._monotonic() - known.at < FRESH_SECONDS:
            self._read.move_to_end(key)
            return known.told
        task = self._reading.get(key)
        if task is None:
            task = asyncio.ensure_future(self._fetch(key, upstream, account_id, bucket))
            self._reading[key] = task
        # Others may wait for the same answer: who goes away does not take it from them.
        return await asyncio.shield(task)

    def forget(self, upstream: Upstream, account_id: str, bucket: str) -> None:
        """Have the policy of *bucket* read again, what is being read at this moment too."""
        key = (upstream.origin, account_id, bucket)
        self._read.pop(key, None)
        self._reading.pop(key, None)

    async def _fetch(self, key: _Key, upstream: Upstream, account_id: str, bucket: str) -> Told:
        task = asyncio.current_task()
        at = self._monotonic()
        try:
            policy = await self._ask(upstream, account_id, bucket)
            public = policy is not None and is_public(policy)
            told = Told(policy, await self._block(upstream, account_id, bucket) if public else None)
            if self._reading.get(key) is task:
                self._read[key] = _Read(told, at)
                while len(self._read) > self._most:
                    self._read.popitem(last=False)
            return told
        finally:
            if self._reading.get(key) is task:
                del self._reading[key]

    async def _ask(self, upstream: Upstream, account_id: str, bucket: str) -> Policy | None:
        said = await self._inquiries.ask(upstream, account_id, "GET", b"/" + bucket.encode(), b"policy")
        if said.status == 404:
            return None
        if said.status != 200:
            raise BadGateway(
                "The policy of the bucket cannot be read.",
                detail=f"{bucket} at {upstream.origin}: {said.status}",
            )
        try:
            return parse(
                said.body.decode(), PolicyKind.RESOURCE, name="bucket policy", arn=f"arn:aws:s3:::{bucket}"
            )
        except (PolicyError, UnicodeDecodeError) as error:
            raise AccessDenied(
                "Access Denied", detail=f"the policy of {bucket} at {upstream.origin} is none: {error}"
            ) from error

    async def _block(self, upstream: Upstream, account_id: str, bucket: str) -> PublicAccessBlock | None:
        path = b"/" + bucket.encode()
        try:
            said = await self._inquiries.ask(upstream, account_id, "GET", path, b"publicAccessBlock")
            if said.status in _NOTHING_BLOCKED:
                return None
            return read_block(said.body) if said.status == 200 else ALL_BLOCKED
        except (BadGateway, MalformedXML):
            # It blocks those alone whom only a public policy lets in; the owner's account goes on.
            return ALL_BLOCKED
