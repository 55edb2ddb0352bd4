"""
Answers of the Query protocol in JSON, for clients that ask for them with ``Accept: application/json``.

No SDK does.  Programs that verify a presigned GetCallerIdentity of somebody else's do (aws-iam-authenticator, IAM
joining of Teleport, Vault), and so do programs that would rather not parse XML (Kong).  AWS does not document the form,
which is read off those programs: a result lies in ``{Operation}Response`` and ``{Operation}Result``, timestamps are
seconds since 1970, and an error is the ``Error`` of the XML.
"""

from collections.abc import Mapping
from typing import Any, Final

from iamd.errors import ServiceError
from iamd.wire.json_results import document, encode
from iamd.wire.model import Operation

CONTENT_TYPE: Final = b"application/json"


def wanted(accept: bytes | None) -> bool:
    """
    Tell whether a client asks for JSON.

    Args:
        accept: The header, None where there is none.  Only who names JSON first wants it: ``*/*`` is XML.
    """
    if accept is None:
        return False
    return accept.partition(b",")[0].partition(b";")[0].strip().lower() == CONTENT_TYPE


def write(operation: Operation, result: Mapping[str, Any] | None, request_id: str) -> bytes:
    """
    Return the answer of *operation*, in UTF-8.

    Raises:
        TypeError: *result* does not have the shape that the model gives it.
    """
    found = document(operation, result)
    inner = {} if operation.output is None else {f"{operation.name}Result": found}
    return encode({f"{operation.name}Response": inner | {"ResponseMetadata": {"RequestId": request_id}}})


def write_error(error: ServiceError, request_id: str) -> bytes:
    """Return the answer to a request that failed, in UTF-8; a message that is None has no member."""
    members = {"Type": error.fault, "Code": error.code, "Message": error.message}
    return encode(
        {
            "Error": {name: value for name, value in members.items() if value is not None},
            "RequestId": request_id,
        }
    )
