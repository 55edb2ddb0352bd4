"""
Imports and exports of a running server: its own pages under ``/_iamd/``.

* ``POST /_iamd/imports`` begins an import into the caller's account; ``PUT /_iamd/imports/ID`` sends a part of it
  (`Contents` as JSON); ``POST /_iamd/imports/ID`` makes it all, in one transaction, or says what would be made;
  ``DELETE`` gives it up.
* ``GET /_iamd/export`` and ``GET /_iamd/export/authorization-details`` write the caller's account.

Requests are signed as those to IAM are.  An import needs ``iamd:ImportAccount``, since it chooses ids and dates, and
besides, for each entity, what a client would need to make it.  An export needs what a client would need to read it all.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, TypeVar

import msgspec

from iamd.domain.ids import AccountId
from iamd.errors import ValidationError
from iamd.exchange.asking import Asking
from iamd.exchange.authorization_details import write_details
from iamd.exchange.belongings import plan_accounts
from iamd.exchange.check import Checker
from iamd.exchange.contents import Contents, merged
from iamd.exchange.export import write_export
from iamd.exchange.plan import Plan, carry_out, counted
from iamd.exchange.problems import Problem, Rules
from iamd.exchange.staging import Staged, Staging
from iamd.http import Request, Response
from iamd.operations.as_root import AsRoot
from iamd.operations.by_handler import ByHandler
from iamd.operations.call import Call
from iamd.operations.iam import account, instance_profiles, oidc_providers, password_policy, reports
from iamd.operations.iam import saml_providers as saml
from iamd.operations.registry import Handler
from iamd.own_pages import OwnPages
from iamd.store.interface import Transaction
from iamd.visits import Visit

T = TypeVar("T")

IMPORT: Final = "iamd:ImportAccount"
"""The action of our own: who may make entities with ids and dates of their choice."""

_IMPORTS: Final = b"/_iamd/imports"
_EXPORT: Final = b"/_iamd/export"
_DETAILS: Final = b"/_iamd/export/authorization-details"
_MOST_TOLD: Final = 1000
_JSON: Final = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))

Handle = Callable[[Request], Awaitable[Response]]
RootOf = Callable[[Transaction, AccountId], AsRoot]


class Commit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The last word of an import."""

    dry_run: bool = False


class Exchange:
    """These pages."""

    def __init__(self, receiver: OwnPages, staging: Staging, operations: ByHandler, root_of: RootOf) -> None:
        self._receiver: Final = receiver
        self._staging: Final = staging
        self._operations: Final = operations
        self._root_of: Final = root_of

    def routes(self) -> Mapping[tuple[str, bytes], Handle]:
        """Return the pages, by method and path."""
        one = _IMPORTS + b"/"
        return {
            ("POST", _IMPORTS): self._importing(self._begin),
            ("PUT", one): self._importing(self._part),
            ("POST", one): self._importing(self._commit),
            ("DELETE", one): self._importing(self._give_up),
            ("GET", _EXPORT): self._exporting(
                write_export,
                reports.get_account_authorization_details,
                instance_profiles.list_instance_profiles,
                oidc_providers.list_open_id_connect_providers,
                saml.list_saml_providers,
                account.list_account_aliases,
                password_policy.get_account_password_policy,
            ),
            ("GET", _DETAILS): self._exporting(write_details, reports.get_account_authorization_details),
        }

    def _importing(self, answer: Callable[[Visit, Request], Awaitable[Response]]) -> Handle:
        async def handle(request: Request) -> Response:
            return await self._receiver.receive(
                request, "ImportAccount", IMPORT, lambda visit: answer(visit, request)
            )

        return handle

    def _exporting(self, write: Callable[[Call], bytes], *needed: Handler) -> Handle:
        first, *others = needed

        async def handle(request: Request) -> Response:
            async def answer(visit: Visit) -> Response:
                return Response(status=HTTPStatus.OK, headers=_JSON, body=await visit.read(work))

            return await self._receiver.receive(
                request, "ExportAccount", self._operations.action(first), answer
            )

        def work(call: Call) -> bytes:
            for handler in others:
                targets = self._operations[handler].targets(call, {})
                call.guard.authorize(self._operations.action(handler), targets, {})
            return write(call)

        return handle

    # The steps of an import.

    async def _begin(self, visit: Visit, _request: Request) -> Response:
        def work(call: Call) -> dict[str, str]:
            checker = Checker(
                self._operations,
                call.account_id,
                Rules.AWS,
                private_issuers=call.tools.private_issuers,
            )
            id_ = self._staging.begin(call.account_id, call.caller.arn, checker)
            return {"id": id_, "account_id": call.account_id}

        return _json(HTTPStatus.CREATED, await visit.read(work))

    async def _part(self, visit: Visit, request: Request) -> Response:
        def work(call: Call) -> list[Problem]:
            staged = self._find(call, request)
            return staged.add(_decoded(request.body, Contents), len(request.body))

        problems = await visit.read(work)
        return _json(HTTPStatus.OK, {"problems": problems[:_MOST_TOLD]})

    async def _give_up(self, visit: Visit, request: Request) -> Response:
        def work(call: Call) -> None:
            self._find(call, request)
            self._staging.end(_id(request))

        await visit.read(work)
        return _json(HTTPStatus.OK, {})

    async def _commit(self, visit: Visit, request: Request) -> Response:
        asked = _decoded(request.body or b"{}", Commit)

        def look(call: Call) -> tuple[Staged, Plan | None]:
            staged = self._find(call, request)
            return staged, None if staged.problems else self._plan(call, staged)

        staged, plan = await visit.read(look)
        if plan is None:
            return _refused(staged.problems)
        if plan.problems:
            return _refused(plan.problems)
        if not asked.dry_run and not plan.does_nothing:
            planned = plan

            def work(call: Call) -> Plan:
                # INVARIANT: A plan is carried out in the state of affairs that it was made in, and authorized by.
                current = planned if call.store.epoch == planned.epoch else self._plan(call, staged)
                if not current.problems:
                    carry_out(current, self._root_of(call.store, call.account_id))
                return current

            plan = await visit.write(work)
            if plan.problems:
                return _refused(plan.problems)
        if not asked.dry_run:
            self._staging.end(_id(request))
        return _json(HTTPStatus.OK, _report(plan))

    def _plan(self, call: Call, staged: Staged) -> Plan:
        root = self._root_of(call.store, call.account_id)
        asking = Asking(call, self._operations)
        (plan,) = plan_accounts([(root, merged(staged.parts or [Contents()]))], Rules.AWS, asking)
        return plan

    def _find(self, call: Call, request: Request) -> Staged:
        return self._staging.find(_id(request), call.account_id, call.caller.arn)


def _id(request: Request) -> str:
    return request.raw_path.rpartition(b"/")[2].decode("latin-1")


def _decoded(body: bytes, kind: type[T]) -> T:
    """
    Read the body of a request.

    Raises:
        ValidationError: It is not what it should be.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValidationError(f"the body of the request cannot be read: {error}") from error


def _report(plan: Plan) -> dict[str, Any]:
    return {
        "made": dict(counted(plan, "made")),
        "changed": dict(counted(plan, "changed")),
        "same": dict(counted(plan, "same")),
        "notes": plan.notes[:_MOST_TOLD],
    }


def _refused(problems: Sequence[Problem]) -> Response:
    """Say what is wrong; nothing was made."""
    count = len(problems)
    message = f"{count} {'problem' if count == 1 else 'problems'}; nothing was imported"
    content = {"__type": "InvalidInput", "message": message, "problems": problems[:_MOST_TOLD]}
    return _json(HTTPStatus.BAD_REQUEST, content)


def _json(status: HTTPStatus, content: object) -> Response:
    return Response(status=status, headers=_JSON, body=msgspec.json.encode(content) + b"\n")
