"""
Errors -> the XML of an answer.

An error is answered whatever it says: where a result with a character that XML cannot carry is refused, here it is
replaced, since a text that quotes a request must not turn a refusal into a failure.
"""

from typing import Final, cast, get_args

from iamd.errors import ServiceError
from iamd.wire.model import ServiceName, load
from iamd.wire.xml import NOT_XML, escape

# AWS: the namespace of an error that no service has claimed, as for an action without a version.
_NO_SERVICE: Final = "http://webservices.amazon.com/AWSFault/2005-15-09"


def write(service: str, error: ServiceError, request_id: str) -> bytes:
    """
    Return the answer to a request that failed, in UTF-8.

    Only what `ServiceError` declares public is written: type, code and message (fact 1); a message that is None has no
    element (fact 77).

    Args:
        service: ``iam`` or ``sts``; anything else is no service.
        error: What to say.
        request_id: As in the header ``x-amzn-RequestId``.
    """
    namespace = _NO_SERVICE
    if service in get_args(ServiceName):
        namespace = load(cast("ServiceName", service)).xml_namespace
    message = "" if error.message is None else f"<Message>{_clean(error.message)}</Message>"
    return (
        f'<ErrorResponse xmlns="{namespace}"><Error><Type>{error.fault}</Type><Code>{error.code}</Code>{message}</Error>'
        f"<RequestId>{_clean(request_id)}</RequestId></ErrorResponse>"
    ).encode()


def _clean(text: str) -> str:
    return escape(NOT_XML.sub("\ufffd", text))
