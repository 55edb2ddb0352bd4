"""
The tags that objects have already: ``s3:ExistingObjectTag``.

Only the upstream knows them.  It is asked where a policy that bears on the request asks for the key, and no request waits
otherwise; where it does not tell, the request is refused.

AWS: *Actions, resources, and condition keys for Amazon S3*; *Tagging and access control policies*.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final
from urllib.parse import quote

import msgspec

from iamd.auth.caller import Caller
from iamd.auth.target import Target
from iamd.auth.vpc_endpoints import Entrance
from iamd.domain.buckets import bucket_of
from iamd.enforcement.buckets import S3, Standing
from iamd.enforcement.check import Checker
from iamd.enforcement.inquiries import Inquiries
from iamd.enforcement.mapping import s3_bodies
from iamd.enforcement.mapping.reference import service_of
from iamd.enforcement.refusals import BadGateway
from iamd.http import Request
from iampolicy import Policy, context_keys
from iampolicy.text import ascii_lower

_KEY: Final = "s3:ExistingObjectTag/"
_FOLDED: Final = ascii_lower(_KEY)
_VERSION: Final = "s3:VersionId"
_FOUND: Final = 200
_NONE: Final = frozenset({404, 405})
"""There is no such object, or what is there is a delete marker."""


class ExistingTags:
    """Built once by `assemble`."""

    def __init__(self, checker: Checker, inquiries: Inquiries) -> None:
        self._checker = checker
        self._inquiries = inquiries

    async def complete(
        self,
        targets: Sequence[Target],
        standings: Mapping[str, Standing],
        caller: Caller,
        request: Request,
        entrance: Entrance | None,
    ) -> tuple[Target, ...]:
        """
        Return *targets*, those of objects with the tags that these have, where a policy asks for them.

        Args:
            targets: Placed, each with its action.
            standings: Of their buckets.
            caller: Who asks.
            request: What they have sent.
            entrance: The VPC endpoint that it came through, if any.

        Raises:
            BadGateway: An upstream does not tell.
        """
        concerned = [target for target in targets if target.action in _actions()]
        if not concerned:
            return tuple(targets)
        bearing = await self._checker.asked_of(caller, request, S3, concerned, entrance)
        known: dict[tuple[str, object], Mapping[str, str]] = {}
        made = {}
        for target, policies in zip(concerned, bearing, strict=True):
            if not any(map(_asks, policies)):
                continue
            version = target.context.get(_VERSION)
            if (target.arn, version) not in known:
                known[target.arn, version] = await self._tags(target.arn, version, standings)
            tags = {_KEY + key: value for key, value in known[target.arn, version].items()}
            made[id(target)] = msgspec.structs.replace(target, context={**target.context, **tags})
        return tuple(made.get(id(target), target) for target in targets)

    async def _tags(self, arn: str, version: object, standings: Mapping[str, Standing]) -> Mapping[str, str]:
        name = bucket_of(arn)
        standing = standings.get(name) if name is not None else None
        if standing is None or standing.upstream is None:
            return {}
        path = "/" + quote(arn.partition(":s3:::")[2], safe="/~")
        query = "tagging" if version is None else f"tagging&versionId={quote(str(version), safe='~')}"
        said = await self._inquiries.ask(
            standing.upstream, standing.account_id, "GET", path.encode(), query.encode()
        )
        if said.status in _NONE:
            return {}
        if said.status != _FOUND:
            raise BadGateway("The tags of the object cannot be read.", detail=f"{arn}: {said.status}")
        try:
            return s3_bodies.tags(said.body)
        except s3_bodies.MalformedXML as error:
            raise BadGateway("The tags of the object cannot be read.", detail=f"{arn}: no tags") from error


@lru_cache(maxsize=1)
def _actions() -> frozenset[str]:
    """Return the actions that know the key."""
    return frozenset(
        f"{S3}:{action.name}"
        for action in service_of(S3).actions.values()
        if any(key.startswith(_FOLDED) for key in action.keys)
    )


@lru_cache(maxsize=4096)
def _asks(policy: Policy) -> bool:
    return any(ascii_lower(key).startswith(_FOLDED) for key in context_keys((policy,)))
