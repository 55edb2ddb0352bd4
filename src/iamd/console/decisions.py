"""Why a request was denied or allowed, for a page of the console: what ``GET /_iamd/decisions/ID`` tells."""

import json
from typing import Annotated, Any, Final, Protocol

import msgspec
from msgspec import Meta

from iamd.auth.authorization_messages import AuthorizationMessages
from iamd.auth.decision_page import decision_page, suggestions_for
from iamd.auth.recorded import Recorded
from iamd.console.answers import json_answer
from iamd.console.bodies import read_json
from iamd.console.editors import Editors
from iamd.errors import InvalidInput, NoSuchEntity
from iamd.http import Request, Response
from iamd.operations.call import Call
from iamd.own_pages import OwnPages
from iamd.visits import Visit
from iampolicy.world_writing import write_world

ACTION: Final = "iam:GetRequestAuthorizationDetails"
"""AWS: the action of the API that tells of denials by their authorization ids."""


class Look(Protocol):
    def __call__(self, call: Call, /) -> bytes: ...


class _Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    decision_id: Annotated[str, Meta(max_length=64)] = msgspec.field(name="decisionId")


class Decisions:
    """
    The page.

    Args:
        inquirer: Lets in who may.
        editors: Tells where a change is made.
    """

    def __init__(self, inquirer: OwnPages, editors: Editors) -> None:
        self._inquirer = inquirer
        self._editors = editors

    async def show(self, request: Request) -> Response:
        """Answer with what may be read of a decision, and where each step of the least change is made."""

        def look(call: Call) -> dict[str, Any]:
            decision_id, recorded = self._found(request, call)
            page = decision_page(
                decision_id, recorded, call.account_id, AuthorizationMessages(call.tools.keyring)
            )
            steps = suggestions_for(recorded, call.account_id) if page["suggestions"] else ()
            return page | {"editors": self._editors.of(call, recorded, steps)}

        async def answer(visit: Visit) -> Response:
            return json_answer(await visit.read(look))

        return await self._inquirer.receive(request, "GetDecision", ACTION, answer)

    async def test_file(self, request: Request) -> Response:
        """
        Answer with a policy test file that expects what was decided.

        Raises:
            InvalidInput: None can tell of it.
            NoSuchEntity: There is no such decision.
        """

        def look(call: Call) -> bytes:
            _, recorded = self._found(request, call)
            policies, decision = recorded.policies, recorded.decision
            if recorded.closed_to(call.account_id) or policies is None or decision is None:
                raise InvalidInput("Not all policies that bore on the decision can be told.")
            world = write_world(recorded.request, policies, decision)
            if world is None:
                raise InvalidInput("No test file can tell of such a decision.")
            return json.dumps({"file": world}).encode()

        return await self._inquirer.inquire(request, "GetDecisionTest", ACTION, look)

    def _found(self, request: Request, call: Call) -> tuple[str, Recorded]:
        decision_id = read_json(request, _Asked).decision_id
        recorded = self._inquirer.decisions.find(decision_id, call.account_id, call.now)
        if recorded is None:
            raise NoSuchEntity("There is no such decision, or not any more.")
        return decision_id, recorded
