"""
Errors -> the JSON of an answer.

The errors that all services have are called otherwise in the JSON protocol than in the Query protocol, and whatever the
client has done wrong is a 400.  A service's own errors have the member ``Message``, as their shapes say, the others
``message``.

AWS: *Common Errors* of the Organizations API Reference; Smithy, *AWS JSON 1.1 protocol*, "Operation error serialization".
"""

from collections.abc import Mapping
from typing import Final

from iamd.errors import ServiceError
from iamd.wire.json_results import encode
from iamd.wire.model import SERVICES, load

_NAMES: Final[Mapping[str, str]] = {
    "AccessDenied": "AccessDeniedException",
    "ConcurrentModification": "ConcurrentModificationException",
    "ExpiredToken": "ExpiredTokenException",
    "IncompleteSignature": "IncompleteSignatureException",
    "InvalidAction": "UnknownOperationException",
    "InvalidClientTokenId": "UnrecognizedClientException",
    "InvalidInput": "InvalidInputException",
    "InvalidParameterValue": "ValidationException",
    "MalformedInput": "SerializationException",
    "MalformedQueryString": "SerializationException",
    "MissingAction": "UnknownOperationException",
    "MissingAuthenticationToken": "MissingAuthenticationTokenException",
    "RequestEntityTooLarge": "RequestEntityTooLargeException",
    "ServiceFailure": "InternalFailure",
    "ServiceUnavailable": "ServiceUnavailableException",
    "SignatureDoesNotMatch": "InvalidSignatureException",
    "Throttling": "ThrottlingException",
    "ValidationError": "ValidationException",
}


def code_of(error: ServiceError) -> str:
    """Return what *error* is called in this protocol."""
    return _NAMES.get(error.code, error.code)


def status_of(error: ServiceError) -> int:
    """Return the HTTP status of *error* in this protocol."""
    return error.status if error.fault == "Receiver" else 400


def write(service: str, error: ServiceError) -> bytes:
    """
    Return the answer to a request that failed, in UTF-8.

    Args:
        service: Whose client reads it; anything that is no service has no errors of its own.
        error: What to say; a message that is None has no member.
    """
    code = code_of(error)
    own = service in SERVICES and code in load(service).errors
    members = {"__type": code, "Message" if own else "message": error.message, "Reason": error.reason}
    return encode({name: value for name, value in members.items() if value is not None})
