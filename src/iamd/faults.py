"""What is answered where no handler has an answer; and the form of the server's own pages."""

import traceback

from iamd.errors import ServiceError, ServiceFailure, ServiceUnavailable, UnsupportedOperation
from iamd.http import Response
from iamd.store.errors import StoreError, WrongMasterKeyError
from iamd.wire.model import Operation


def page_of(body: bytes) -> Response:
    headers = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))
    return Response(status=200, headers=headers, body=body)


def fault_of(fault: Exception) -> ServiceError:
    """Answer for a fault of ours; what may pass, a busy or lost database, says so, and clients try again."""
    if isinstance(fault, StoreError) and fault.transient:
        return ServiceUnavailable(
            "The request has failed due to a temporary failure of the server.", detail=type(fault).__name__
        )
    return ServiceFailure(
        "The request processing has failed because of an unknown error, exception or failure.",
        detail=type(fault).__name__,
    )


def told_of(fault: Exception) -> dict[str, str]:
    """
    Return what the log says of *fault*, which is being handled.

    Where the database is away, or sealed with a key that this node lacks, that is one line: it is so for each request, and a
    hundred lines of where it was noticed would fill the disk.  Otherwise the text of the traceback, and no more: whoever
    formats exceptions may show local variables, and secrets.
    """
    if isinstance(fault, WrongMasterKeyError) or (isinstance(fault, StoreError) and fault.transient):
        return {"error": str(fault)}
    return {"traceback": traceback.format_exc()}


def unsupported(operation: Operation) -> UnsupportedOperation:
    return UnsupportedOperation(f"{operation.service}:{operation.name} is not implemented by iamd yet")
