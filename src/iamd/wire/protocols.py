"""
The protocols that are spoken on the one port: AWS Query, with answers in XML or JSON, and JSON 1.1.

A protocol finds the operation of a request, types its parameters, and puts results and errors into its words.  Which one
a request speaks can be seen before anything is believed: whoever names a target, or has a credential for a service that
speaks JSON, speaks JSON.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, Protocol

from iamd.errors import ServiceError
from iamd.http import Request, Response
from iamd.wire import (
    dispatch,
    error_xml,
    json_dispatch,
    json_errors,
    json_params,
    json_results,
    query,
    query_json,
    xml,
)
from iamd.wire.asked import Asked
from iamd.wire.model import SERVICES, Operation, load

Result = Mapping[str, Any] | None


class WireProtocol(Protocol):
    """How a service is spoken to."""

    def ask(self, request: Request, scope_service: str | None) -> Asked:
        """
        Find the operation of *request*.

        Args:
            request: As it came.
            scope_service: The service in the credential scope, None when it is not signed.  Not yet verified.

        Raises:
            ServiceError: It names none, or cannot be read at all.
        """
        ...

    def answer(self, operation: Operation, result: Result, request_id: str) -> Response: ...
    def refuse(self, service: str, error: ServiceError, request_id: str) -> Response:
        """Say *error* to a client of *service*; an empty text when it is not known which."""
        ...


class _Query:
    def ask(self, request: Request, scope_service: str | None) -> Asked:
        bare = dispatch.bare(request, scope_service)
        if bare is not None:
            return Asked(bare, dict)
        asked = dispatch.dispatch(request, scope_service)
        return Asked(asked.operation, lambda: query.parse(asked.operation, asked.form))

    def answer(self, operation: Operation, result: Result, request_id: str) -> Response:
        body = xml.write(operation, result, request_id)
        return Response(status=200, headers=_headers(xml.CONTENT_TYPE, request_id), body=body)

    def refuse(self, service: str, error: ServiceError, request_id: str) -> Response:
        body = error_xml.write(service, error, request_id)
        headers = (*_headers(xml.CONTENT_TYPE, request_id), *error.headers)
        return Response(status=error.status, headers=headers, body=body)


class _QueryInJson(_Query):
    def answer(self, operation: Operation, result: Result, request_id: str) -> Response:
        body = query_json.write(operation, result, request_id)
        return Response(status=200, headers=_headers(query_json.CONTENT_TYPE, request_id), body=body)

    def refuse(self, service: str, error: ServiceError, request_id: str) -> Response:  # noqa: ARG002  JSON has no namespace
        body = query_json.write_error(error, request_id)
        headers = (*_headers(query_json.CONTENT_TYPE, request_id), *error.headers)
        return Response(status=error.status, headers=headers, body=body)


class _Json:
    def ask(self, request: Request, scope_service: str | None) -> Asked:
        asked = json_dispatch.dispatch(request, scope_service)
        return Asked(asked.operation, lambda: json_params.parse(asked.operation, asked.members))

    def answer(self, operation: Operation, result: Result, request_id: str) -> Response:
        body = json_results.write(operation, result)
        return Response(status=200, headers=_headers(json_dispatch.CONTENT_TYPE, request_id), body=body)

    def refuse(self, service: str, error: ServiceError, request_id: str) -> Response:
        body = json_errors.write(service, error)
        headers = (*_headers(json_dispatch.CONTENT_TYPE, request_id), *error.headers)
        return Response(status=json_errors.status_of(error), headers=headers, body=body)


QUERY: Final[WireProtocol] = _Query()
QUERY_IN_JSON: Final[WireProtocol] = _QueryInJson()
JSON: Final[WireProtocol] = _Json()


def protocol_of(request: Request, service: str) -> WireProtocol:
    """
    Return the protocol of *request*; never raises.

    Args:
        request: As it came.
        service: As `dispatch.service_of_error` guesses it.
    """
    named = request.index[0]
    accept = named.get(b"accept")
    if accept is not None or json_dispatch.TARGET in named:
        return _protocol(request, service, accept)
    return _usual_protocol(service)


def _protocol(request: Request, service: str, accept: bytes | None) -> WireProtocol:
    if request.header(json_dispatch.TARGET) is not None or _usual_protocol(service) is JSON:
        return JSON
    return QUERY_IN_JSON if query_json.wanted(accept) else QUERY


@lru_cache(maxsize=64)
def _usual_protocol(service: str) -> WireProtocol:
    """Return what is spoken to a service by who asks for nothing else."""
    return JSON if service in SERVICES and load(service).protocol == "json" else QUERY


def _headers(content_type: bytes, request_id: str) -> tuple[tuple[bytes, bytes], ...]:
    return ((b"content-type", content_type), (b"x-amzn-requestid", request_id.encode()))
