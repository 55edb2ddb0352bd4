"""
What the door says when it does not let a request in.

It does not know yet which service was meant, but clients of IAM and STS read errors as XML and want a request id, so
that is what they get.

# AWS: "Common Errors" (IAM API Reference).
"""

import uuid
from http import HTTPStatus
from typing import Final
from xml.sax.saxutils import escape

from iamd.http import Response

MALFORMED: Final = "MalformedHttpRequestException"
TOO_LARGE: Final = "RequestEntityTooLargeException"
TIMEOUT: Final = "RequestTimeoutException"
UNAVAILABLE: Final = "ServiceUnavailable"


class Refused(Exception):
    """
    A request that is not let in.

    Attributes:
        status: Of the answer.
        code: AWS's name for it.
        message: For the client; names no part of its request.
        request_id: Of the answer, which is the same wherever it is told.
    """

    def __init__(self, message: str, *, status: int = 400, code: str = MALFORMED) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.request_id = str(uuid.uuid4())


def error_body(refused: Refused) -> bytes:
    """Return the XML of a refusal."""
    fault = "Sender" if refused.status < 500 else "Receiver"
    return (
        f"<ErrorResponse><Error><Type>{fault}</Type><Code>{refused.code}</Code>"
        f"<Message>{escape(refused.message)}</Message></Error>"
        f"<RequestId>{refused.request_id}</RequestId></ErrorResponse>\n"
    ).encode()


def refusal(refused: Refused) -> Response:
    """Return the answer, for whoever sends it like any other."""
    return Response(
        status=refused.status,
        headers=((b"content-type", b"text/xml"), (b"x-amzn-requestid", refused.request_id.encode())),
        body=error_body(refused),
    )


def last_answer(refused: Refused, *, with_body: bool = True) -> bytes:
    """Return the whole answer, the last of its connection; without its body to a ``HEAD``."""
    body = error_body(refused)
    head = (
        f"HTTP/1.1 {refused.status} {HTTPStatus(refused.status).phrase}\r\n"
        f"content-type: text/xml\r\ncontent-length: {len(body)}\r\n"
        f"x-amzn-requestid: {refused.request_id}\r\nconnection: close\r\n\r\n"
    ).encode()
    return head + body if with_body else head
