"""Why a request was denied, for a page of the console: what ``GET /_iamd/decisions/ID`` tells."""

import json
from typing import Annotated, Final, Protocol

import msgspec
from msgspec import Meta

from iamd.auth.authorization_messages import AuthorizationMessages
from iamd.auth.decision_page import decision_page
from iamd.auth.decisions import DecisionLog
from iamd.console.bodies import read_json
from iamd.errors import NoSuchEntity
from iamd.http import Request, Response
from iamd.operations.call import Call

ACTION: Final = "iam:GetRequestAuthorizationDetails"
"""AWS: the action of the API that tells of denials by their authorization ids."""


class Inquirer(Protocol):
    """The part of the pipeline that answers for the server's own pages."""

    decisions: DecisionLog

    async def inquire(self, request: Request, page: str, action: str, look: "Look") -> Response: ...


class Look(Protocol):
    def __call__(self, call: Call, /) -> bytes: ...


class _Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    decision_id: Annotated[str, Meta(max_length=64)] = msgspec.field(name="decisionId")


class Decisions:
    """The page."""

    def __init__(self, inquirer: Inquirer) -> None:
        self._inquirer = inquirer

    async def show(self, request: Request) -> Response:
        """Answer with what may be read of a denial."""

        def look(call: Call) -> bytes:
            decision_id = read_json(request, _Asked).decision_id
            denial = self._inquirer.decisions.find(decision_id, call.account_id, call.now)
            if denial is None:
                raise NoSuchEntity("There is no such decision, or not any more.")
            messages = AuthorizationMessages(call.tools.keyring)
            return json.dumps(decision_page(decision_id, denial, call.account_id, messages)).encode()

        return await self._inquirer.inquire(request, "GetDecision", ACTION, look)
