"""
The console's requests: any operation of any service, by ``POST /_iamd/api/SERVICE/OPERATION`` with its members as JSON.

What they may carry is what the JSON protocol lets in (`iamd.wire.json_params`), whichever protocol the service speaks
otherwise, and errors have the codes that they have in that one.
"""

from collections.abc import Mapping
from typing import Any, Final

from iamd.errors import InvalidAction, MalformedInput, ServiceError, SignatureDoesNotMatch
from iamd.http import Request, Response
from iamd.wire import json_dispatch, json_params, json_results
from iamd.wire.asked import Asked
from iamd.wire.model import SERVICES, Operation, load

PREFIX: Final = b"/_iamd/api/"
CONTENT_TYPE: Final = b"application/json"


class ConsoleJson:
    """See `iamd.wire.protocols.WireProtocol`."""

    def ask(self, request: Request, scope_service: str | None) -> Asked:
        if scope_service is not None:
            # Proof of two kinds: neither is looked at.
            raise SignatureDoesNotMatch("A request of the console is not signed.")
        operation = operation_of(request)
        members = _members(request)
        return Asked(operation, lambda: json_params.parse(operation, members))

    def answer(self, operation: Operation, result: Mapping[str, Any] | None, request_id: str) -> Response:
        return Response(status=200, headers=_headers(request_id), body=json_results.write(operation, result))

    def refuse(self, service: str, error: ServiceError, request_id: str) -> Response:  # noqa: ARG002  the protocol's
        said = {"code": error.code, "message": error.message or error.code, "requestId": request_id}
        if error.reason is not None:
            said["reason"] = error.reason
        headers = (*_headers(request_id), *error.headers)
        return Response(status=error.status, headers=headers, body=json_results.encode(said))


def operation_of(request: Request) -> Operation:
    """
    Return the operation that the path of *request* names.

    Raises:
        InvalidAction: There is no such operation.
    """
    service, _, name = request.raw_path.removeprefix(PREFIX).decode("latin-1").partition("/")
    for known in SERVICES:
        if known == service and name in load(known).operations:
            return load(known).operations[name]
    raise InvalidAction("There is no such operation.")


def _members(request: Request) -> json_dispatch.Members:
    if request.method != "POST" or request.raw_query:
        raise MalformedInput("a request of the console is a POST without a query")
    types = [value.partition(b";")[0].strip().lower() for value in request.header_values(b"content-type")]
    if types != [CONTENT_TYPE]:
        # Also what keeps a form of another page from being one.
        raise MalformedInput(f"the body of a request is {CONTENT_TYPE.decode()}")
    return json_dispatch.parse_members(request.body)


def _headers(request_id: str) -> tuple[tuple[bytes, bytes], ...]:
    return (
        (b"content-type", CONTENT_TYPE),
        (b"cache-control", b"no-store"),
        (b"x-amzn-requestid", request_id.encode()),
    )


CONSOLE: Final = ConsoleJson()
