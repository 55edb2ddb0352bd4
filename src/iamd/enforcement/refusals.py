"""
Refusals, in the words and the form of the service that a client believes it talks to.

AWS: *Error responses* (Amazon S3), *Common error codes* (Amazon EC2), *Common Errors* (each service), and the error
serialization of each protocol.  A client must see its own service's access denied, and nothing of the gateway.
"""

from collections.abc import Callable, Mapping
from typing import Final, Literal
from xml.sax.saxutils import escape

import msgspec

from iamd.auth.authorization_messages import HEADER as MESSAGE_HEADER
from iamd.errors import (
    AccessDenied,
    ExpiredToken,
    IncompleteSignature,
    InvalidClientTokenId,
    MissingAuthenticationToken,
    ServiceError,
    SignatureDoesNotMatch,
    Throttling,
)
from iamd.http import Response
from iamd.sigv4 import errors as sigv4_errors
from iamd.wire import error_xml, json_errors
from iamd.wire.xml import NOT_XML

Protocol = Literal["rest-xml", "rest-json", "json", "query", "ec2", "smithy-rpc-v2-cbor"]

UNPROVEN: Final = (
    InvalidClientTokenId | SignatureDoesNotMatch | IncompleteSignature | MissingAuthenticationToken
)
_XML: Final = b"application/xml"
_PROTOCOL_HEADER: Final = (b"smithy-protocol", b"rpc-v2-cbor")


class MethodNotAllowed(ServiceError):
    """The specified method is not allowed against this resource."""

    status = 405


class InvalidRequest(ServiceError):
    """The request cannot be passed on as it is."""


class IncompleteBody(ServiceError):
    """The client has gone before the end of its request: it is noted, and answered to nobody."""


class NotImplementedHere(ServiceError):
    """A header or an operation implies functionality that is not there."""

    code = "NotImplemented"
    status = 501


class BadGateway(ServiceError):
    """The upstream did not answer."""

    code = "ServiceUnavailable"
    status = 503
    fault = "Receiver"


class _Said(msgspec.Struct, frozen=True):
    code: str
    status: int
    message: str


def refuse(
    protocol: Protocol, service: str, error: ServiceError, request_id: str, resource: str = ""
) -> Response:
    """
    Return the answer to a request that is refused.

    Args:
        protocol: Of the service.
        service: Its signing name.
        error: What to say.
        request_id: Of the request.
        resource: The path, which errors of S3 repeat.
    """
    made = _WRITERS[protocol](service, error, request_id, resource)
    # What EC2 says in its text the others say in a header, as the wire does.
    headers = (
        *made.headers,
        *(header for header in error.headers if header[0] != MESSAGE_HEADER or protocol != "ec2"),
    )
    return Response(status=made.status, headers=headers, body=made.body)


def _s3(service: str, error: ServiceError, request_id: str, resource: str) -> Response:
    said = _as_s3(error) if service.startswith("s3") else _Said(error.code, error.status, error.message or "")
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{said.code}</Code>'
        f"<Message>{_clean(said.message)}</Message><Resource>{_clean(resource)}</Resource>"
        f"<RequestId>{request_id}</RequestId></Error>"
    )
    headers = ((b"content-type", _XML), (b"x-amz-request-id", request_id.encode()))
    return Response(status=said.status, headers=headers, body=body.encode())


def _as_s3(error: ServiceError) -> _Said:
    cause = error.__cause__
    message = error.message or ""
    if isinstance(cause, sigv4_errors.PayloadMismatch):
        return _Said(
            "XAmzContentSHA256Mismatch",
            400,
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        )
    if isinstance(cause, sigv4_errors.MalformedPayload):
        return _Said("IncompleteBody", 400, cause.message)
    if isinstance(cause, sigv4_errors.UnsupportedPayload):
        return _Said("InvalidRequest", 400, cause.message)
    if isinstance(cause, sigv4_errors.SignatureExpired | sigv4_errors.SignatureNotYetCurrent):
        if message == "Request has expired":
            return _Said("AccessDenied", 403, message)
        text = "The difference between the request time and the current time is too large."
        return _Said("RequestTimeTooSkewed", 403, text)
    if isinstance(error, SignatureDoesNotMatch):
        text = "The request signature we calculated does not match the signature you provided. Check your key and signing method."
        return _Said("SignatureDoesNotMatch", 403, text)
    if isinstance(error, InvalidClientTokenId):
        if "token" in error.detail:
            return _Said("InvalidToken", 400, "The provided token is malformed or otherwise invalid.")
        text = "The AWS Access Key Id you provided does not exist in our records."
        return _Said("InvalidAccessKeyId", 403, text)
    if isinstance(error, IncompleteSignature):
        return _Said("AuthorizationHeaderMalformed", 400, message)
    return _AS_S3.get(type(error)) or _Said(error.code, error.status, message)


_AS_S3: Final[Mapping[type[ServiceError], _Said]] = {
    ExpiredToken: _Said("ExpiredToken", 400, "The provided token has expired."),
    MissingAuthenticationToken: _Said("AccessDenied", 403, "Access Denied"),
    Throttling: _Said("SlowDown", 503, "Please reduce your request rate."),
}


def _ec2(_service: str, error: ServiceError, request_id: str, _resource: str) -> Response:
    code, status, message = error.code, error.status, error.message or ""
    if isinstance(error, AccessDenied):
        code = "UnauthorizedOperation"
        message = f"You are not authorized to perform this operation. {message}"
        # AWS: DecodeAuthorizationMessage opens it.
        sealed = next((value.decode() for name, value in error.headers if name == MESSAGE_HEADER), None)
        if sealed is not None:
            message += f" Encoded authorization failure message: {sealed}"
    elif isinstance(
        error, InvalidClientTokenId | SignatureDoesNotMatch | IncompleteSignature | MissingAuthenticationToken
    ):
        code, status = "AuthFailure", 401
        message = "AWS was not able to validate the provided access credentials"
    elif isinstance(error, ExpiredToken):
        code, message = "RequestExpired", "Request has expired."
    elif isinstance(error, Throttling):
        code, status, message = "RequestLimitExceeded", 503, "Request limit exceeded."
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>{code}</Code>'
        f"<Message>{_clean(message)}</Message></Error></Errors><RequestID>{request_id}</RequestID></Response>"
    )
    return Response(status=status, headers=((b"content-type", b"text/xml"),), body=body.encode())


def _query(_service: str, error: ServiceError, request_id: str, _resource: str) -> Response:
    headers = ((b"content-type", b"text/xml"), (b"x-amzn-requestid", request_id.encode()))
    return Response(status=error.status, headers=headers, body=error_xml.write("", error, request_id))


def _json(_service: str, error: ServiceError, request_id: str, _resource: str) -> Response:
    headers = (
        (b"content-type", b"application/x-amz-json-1.1"),
        (b"x-amzn-requestid", request_id.encode()),
        (b"x-amzn-errortype", json_errors.code_of(error).encode()),
    )
    body = {"__type": json_errors.code_of(error), "message": error.message or ""}
    return Response(status=json_errors.status_of(error), headers=headers, body=msgspec.json.encode(body))


def _rest_json(_service: str, error: ServiceError, request_id: str, _resource: str) -> Response:
    denied = isinstance(error, UNPROVEN | AccessDenied | ExpiredToken)
    headers = (
        (b"content-type", b"application/json"),
        (b"x-amzn-requestid", request_id.encode()),
        (b"x-amzn-errortype", json_errors.code_of(error).encode()),
    )
    body = msgspec.json.encode({"message": error.message or ""})
    return Response(status=403 if denied else error.status, headers=headers, body=body)


def _cbor(_service: str, error: ServiceError, request_id: str, _resource: str) -> Response:
    members = {"__type": json_errors.code_of(error), "message": error.message or ""}
    # RFC 8949, section 3.1: a map of pairs of texts.
    body = bytes([0xA0 | len(members)]) + b"".join(
        _cbor_text(text) for member in members.items() for text in member
    )
    headers = (
        (b"content-type", b"application/cbor"),
        _PROTOCOL_HEADER,
        (b"x-amzn-requestid", request_id.encode()),
    )
    return Response(status=json_errors.status_of(error), headers=headers, body=body)


def _cbor_text(text: str) -> bytes:
    raw = text.encode()
    # Major type 3; the length in two bytes, which is allowed for short ones too.
    return b"\x79" + min(len(raw), 0xFFFF).to_bytes(2, "big") + raw[:0xFFFF]


def _clean(text: str) -> str:
    return escape(NOT_XML.sub("\ufffd", text))


_Write = Callable[[str, ServiceError, str, str], Response]
_WRITERS: Final[dict[str, _Write]] = {
    "rest-xml": _s3,
    "rest-json": _rest_json,
    "json": _json,
    "query": _query,
    "ec2": _ec2,
    "smithy-rpc-v2-cbor": _cbor,
}
