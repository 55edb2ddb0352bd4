"""
What simulations come to, for a page of the console, with the documents that decide.

The page's own table comes from the public operations; here is what they do not tell: every layer and statement, what
session policies and the policy of a VPC endpoint would say, and a test file.
"""

from collections.abc import Callable
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from iamd.console.answers import json_answer
from iamd.console.bodies import read_json
from iamd.http import Request, Response
from iamd.operations.call import Call
from iamd.operations.explained_simulations import Asked, ExplainedSimulations
from iamd.own_pages import OwnPages
from iamd.visits import Visit

_MOST_POLICIES: Final = 100

_Name = Annotated[str, Meta(max_length=2048)]
_Told = Callable[[Call, Asked, str], dict[str, Any]]


class _Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """
    A question.

    Attributes:
        members: Of SimulatePrincipalPolicy or SimulateCustomPolicy.
        want: What to answer with.
    """

    members: dict[str, Any]
    want: Literal["explanation", "results", "test"]
    action: _Name = ""
    resource: _Name = ""
    session_policies: Annotated[list[str], Meta(max_length=_MOST_POLICIES)] = []
    endpoint_policy: str | None = None


class SimulationPages:
    """The pages."""

    def __init__(self, receiver: OwnPages, simulations: ExplainedSimulations) -> None:
        self._receiver = receiver
        self._simulations = simulations

    async def of_custom(self, request: Request) -> Response:
        """Answer what policies that came along decide."""
        told = self._simulations.of_custom
        return await self._answer(request, "ExplainCustomSimulation", self._simulations.about_custom, told)

    async def of_principal(self, request: Request) -> Response:
        """Answer what is decided for a user, group or role of the visitor's account."""
        told = self._simulations.of_principal
        page, action = "ExplainPrincipalSimulation", self._simulations.about_principal
        return await self._answer(request, page, action, told)

    async def _answer(self, request: Request, page: str, action: str, told: _Told) -> Response:
        async def answer(visit: Visit) -> Response:
            body = read_json(request, _Body)
            asked = Asked(
                members=body.members,
                action=body.action,
                resource=body.resource,
                session_policies=body.session_policies,
                endpoint_policy=body.endpoint_policy,
            )
            return json_answer(await visit.read(lambda call: told(call, asked, body.want)))

        return await self._receiver.receive(request, page, action, answer)
