"""
The parameters of a request, as far as resources are named by them.

Names at the top, and whatever lies below them, as JSON has it.  Of a form, ``Filter.1.Name`` stays one flat name.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from iamd.enforcement.mapping.asked import UnmappedRequest
from iamd.enforcement.mapping.operations import Found
from iamd.http import Request

Parameters = Mapping[str, Any]

_DEEPEST: Final = 64


def parameters_of(found: Found, request: Request) -> Parameters:
    """
    Return what *request* says.

    Raises:
        UnmappedRequest: Its body cannot be read, or names something twice.
    """
    told: dict[str, Any] = dict(found.told)
    if not request.body or found.protocol in {"query", "ec2"} or found.operation.payload:
        return told
    if found.protocol == "smithy-rpc-v2-cbor":
        return told | _members(_cbor(request.body))
    if found.protocol in {"json", "rest-json"}:
        return told | _members(_json(request.body))
    return told


def texts_of(value: object) -> Iterator[str]:
    """Yield every text within *value*."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, Mapping):
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)


def _members(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UnmappedRequest("The body of the request is not a structure.")
    return value


def _json(body: bytes) -> object:
    try:
        return json.loads(body, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise UnmappedRequest("The body of the request is not JSON.") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        # Two readers may take different ones.
        raise UnmappedRequest("The body of the request names a member twice.")
    return made


def _cbor(body: bytes) -> object:
    import cbor2  # noqa: PLC0415  few services speak it

    try:
        return cbor2.loads(body, object_hook=None)
    except (ValueError, RecursionError, EOFError):
        raise UnmappedRequest("The body of the request is not CBOR.") from None
