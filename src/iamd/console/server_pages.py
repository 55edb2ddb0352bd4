"""
Pages of the console about the server: its health, what is behind the gateway, and what soft mode has let through.

Health and upstreams are for the operator alone (`iamd.auth.operator`), as the pages are that tell programs of them.  The
report of soft mode is about callers of one's own account, and needs what explains denials.
"""

import json
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Final, Literal, Protocol

import msgspec
from msgspec import Meta

from iamd.auth.decisions import Denial
from iamd.auth.let_through import let_through
from iamd.console.bodies import read_json
from iamd.console.decisions import ACTION as EXPLAIN
from iamd.errors import InvalidInput
from iamd.http import Request, Response
from iamd.operations.call import Call
from iamd.operations.vpc_endpoints import set_policy
from iamd.own_pages import OwnPages

State = Callable[[Call], dict[str, Any]]
"""Tells how it stands, as JSON has it; may raise a ServiceError."""

SOFT: Final = "soft"


class Report(Protocol):
    """Make, of denials, the policy that would have been needed, and what no policy that allows would help against."""

    def __call__(self, denials: Iterable[Denial], /) -> dict[str, Any]: ...


class _Caller(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: Literal["role", "user"] | None = None
    name: Annotated[str, Meta(min_length=1, max_length=128)] | None = None


class _EndpointPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: Annotated[str, Meta(max_length=64)]
    policy: str


class ServerPages:
    """
    The pages.

    Args:
        pipeline: Lets in who may.
        own_account_id: Of the server; its root user is the operator.
        health: Tells how the server is.
        upstreams: Tells what is behind the gateway.
        mode: Of the gateway; None where there is none.
        report: Of soft mode.
    """

    def __init__(
        self,
        pipeline: OwnPages,
        own_account_id: str,
        *,
        health: State,
        upstreams: State,
        mode: str | None,
        report: Report,
    ) -> None:
        self._pipeline = pipeline
        self._own_account_id = own_account_id
        self._health = health
        self._upstreams = upstreams
        self._mode = mode
        self._report = report

    async def show_health(self, request: Request) -> Response:
        """Tell the operator how the server is."""
        return await self._administer(request, "GetServerHealth", self._health)

    async def list_upstreams(self, request: Request) -> Response:
        """Tell the operator what is behind the gateway."""
        return await self._administer(request, "ListUpstreams", self._upstreams)

    async def set_endpoint_policy(self, request: Request) -> Response:
        """
        Give a VPC endpoint another policy, for the operator.

        Raises:
            InvalidInput: The policy is too long.
            MalformedPolicyDocument: It is none.
            NoSuchEntity: There is no such endpoint.
        """

        def state(call: Call) -> dict[str, Any]:
            asked = read_json(request, _EndpointPolicy)
            return {"id": set_policy(call.store, asked.id, asked.policy).endpoint_id}

        return await self._administer(request, "ModifyVpcEndpoint", state)

    async def soft_report(self, request: Request) -> Response:
        """Tell what the gateway has let through in soft mode, of callers of the visitor's account."""

        def look(call: Call) -> bytes:
            asked = read_json(request, _Caller)
            if (asked.kind is None) != (asked.name is None):
                raise InvalidInput("`kind` and `name` go together")
            if self._mode != SOFT:
                return json.dumps({"mode": self._mode}).encode()
            found = list(
                let_through(
                    self._pipeline.decisions.all(), call.account_id, asked.kind or "", asked.name or ""
                )
            )
            callers = sorted({each.caller_arn for each in found})
            answer = {"mode": self._mode, "requests": len(found), "callers": callers, **self._report(found)}
            return json.dumps(answer).encode()

        return await self._pipeline.inquire(request, "GetSoftReport", EXPLAIN, look)

    async def _administer(self, request: Request, page: str, state: State) -> Response:
        def work(call: Call) -> bytes:
            return json.dumps(state(call)).encode()

        return await self._pipeline.administer(request, page, self._own_account_id, work)
