"""
Which operation a request to any service asks for, told as the service's protocol tells it.

AWS: Smithy's *AWS JSON 1.0 and 1.1*, *AWS restJson1*, *AWS restXml*, *AWS query*, *EC2 query* and *Smithy RPC v2 CBOR*
protocols.  A request that names an operation in two ways, or in a way that fits two, is refused.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import unquote

import msgspec

from iamd.enforcement.mapping.asked import UnmappedRequest
from iamd.enforcement.mapping.models import Model, Operation, Template
from iamd.enforcement.refusals import Protocol
from iamd.errors import ServiceError
from iamd.http import Request
from iamd.sigv4 import canonical
from iamd.sigv4.claim import PARAMETERS
from iamd.wire.dispatch import read_form

_TARGET: Final = b"x-amz-target"
_FORM: Final = b"application/x-www-form-urlencoded"
_RPC: Final = b"smithy-protocol"
_JSON_TYPES: Final = frozenset(
    {b"", b"application/x-amz-json-1.0", b"application/x-amz-json-1.1", b"application/json"}
)
_NOT_PARAMETERS: Final = frozenset({"Action", "Version"})


class Found(msgspec.Struct, frozen=True):
    """
    An operation, and what the target and the headers say of its parameters.

    Attributes:
        protocol: In which it was asked for.
        told: Parameters by their names in the model, or in the form.
    """

    model: Model
    operation: Operation
    protocol: Protocol
    told: Mapping[str, str | list[str]]


def find(request: Request, models: Sequence[Model]) -> Found:
    """
    Return what *request* asks of one of *models*.

    Args:
        request: With its body.
        models: Those of the service that it was signed for.

    Raises:
        UnmappedRequest: It asks for none of their operations, or it is not clear for which.
    """
    target = request.header(_TARGET)
    if target is not None:
        _check_bare(request)
        return _by_target(target, models)
    if request.header(_RPC) is not None:
        return _by_rpc(request, models)
    if any(protocol in {"query", "ec2"} for model in models for protocol in model.protocols):
        form = _form(request)
        if form is not None and "Action" in form:
            return _by_form(form, models)
    return _by_rest(request, models)


def _check_bare(request: Request) -> None:
    """
    Refuse what names an operation besides ``X-Amz-Target``: a reader may go by that.

    Raises:
        UnmappedRequest: The target, the type of the body or another header may.
    """
    media_type = (request.header(b"content-type") or b"").partition(b";")[0].strip().lower()
    if (
        request.method != "POST"
        or request.raw_path != b"/"
        or any(True for _ in _pieces(request.raw_query))
        or request.header(_RPC) is not None
        or media_type not in _JSON_TYPES
    ):
        raise UnmappedRequest("A request with X-Amz-Target is a POST of JSON to /, and has no query.")


def _by_target(target: bytes, models: Sequence[Model]) -> Found:
    prefix, _, name = target.decode("latin-1").rpartition(".")
    for model in models:
        if model.target_prefix == prefix and "json" in model.protocols and name in model.operations:
            return Found(model, model.operations[name], "json", {})
    raise UnmappedRequest("X-Amz-Target names no operation of the service.")


def _by_rpc(request: Request, models: Sequence[Model]) -> Found:
    parts = request.raw_path.decode("latin-1").split("/")
    if request.header(_RPC) != b"rpc-v2-cbor" or request.method != "POST" or request.raw_query:
        raise UnmappedRequest("The request is not of the protocol that it names.")
    if len(parts) == 5 and parts[0] == "" and parts[1] == "service" and parts[3] == "operation":
        for model in models:
            of_model = parts[2] == model.target_prefix and "smithy-rpc-v2-cbor" in model.protocols
            if of_model and parts[4] in model.operations:
                return Found(model, model.operations[parts[4]], "smithy-rpc-v2-cbor", {})
    raise UnmappedRequest("The path names no operation of the service.")


def _form(request: Request) -> Mapping[str, str] | None:
    is_form = (request.header(b"content-type") or b"").lower().startswith(_FORM)
    if not is_form and not (request.method == "GET" and request.raw_path == b"/"):
        return None
    try:
        return read_form(request)
    except ServiceError as error:
        raise UnmappedRequest(error.message) from error


def _by_form(form: Mapping[str, str], models: Sequence[Model]) -> Found:
    action, version = form["Action"], form.get("Version", "")
    for model in models:
        protocol: Protocol = "ec2" if "ec2" in model.protocols else "query"
        if protocol in model.protocols and model.version == version and action in model.operations:
            told = {key: value for key, value in form.items() if key not in _NOT_PARAMETERS}
            return Found(model, model.operations[action], protocol, told)
    raise UnmappedRequest("Action and Version name no operation of the service.")


def _by_rest(request: Request, models: Sequence[Model]) -> Found:
    segments = request.raw_path.split(b"/")
    query = _query(request.raw_query)
    best: list[tuple[int, Found]] = []
    for model in models:
        protocol: Protocol = "rest-xml" if "rest-xml" in model.protocols else "rest-json"
        if protocol not in model.protocols:
            continue
        for operation in model.operations.values():
            labels = _match(operation.template, request.method, segments, query)
            if labels is not None:
                of_path = {operation.of_label.get(name, name): value for name, value in labels.items()}
                told = {**of_path, **dict(_located(operation, request))}
                best.append((_weight(operation.template), Found(model, operation, protocol, told)))
    if not best:
        raise UnmappedRequest("Method and path name no operation of the service.")
    heaviest = max(weight for weight, _ in best)
    found = [each for weight, each in best if weight == heaviest]
    for other in found[1:]:
        # Two models of one service may have the same operation.
        if other.operation.name != found[0].operation.name:
            raise UnmappedRequest(f"The request may be {found[0].operation.name} or {other.operation.name}.")
    strays = [_strays(query, each.operation) for each in found]
    for each, unknown in zip(found, strays, strict=True):
        if not unknown:
            return each
    # An upstream may take it for another operation.
    raise UnmappedRequest(f"{found[0].operation.name} has no parameter {strays[0][0][:64]}.")


def _strays(query: Mapping[str, str], operation: Operation) -> list[str]:
    """Return the parameters that *operation* does not know."""
    if operation.takes_any:
        return [name for name in query if name == "Action"]
    known = operation.of_query.keys() | {name for name, _ in operation.template.constants}
    return [name for name in query if name not in known]


def _match(
    template: Template, method: str, segments: Sequence[bytes], query: Mapping[str, str]
) -> dict[str, str] | None:
    """Return the labels of the path, or None when it is another one."""
    if template.method != method:
        return None
    for key, value in template.constants:
        if key not in query or (value is not None and query[key] != value):
            return None
    wanted = template.segments
    for position, segment in enumerate(wanted):
        if segment.endswith("+}"):
            # Greedy: it takes what the segments around it leave.
            last = len(segments) - (len(wanted) - position - 1)
            before = _labels(wanted[:position], segments[:position])
            behind = _labels(wanted[position + 1 :], segments[last:])
            if last <= position or before is None or behind is None:
                return None
            taken = unquote(b"/".join(segments[position:last]).decode("latin-1"))
            return {**before, segment[1:-2]: taken, **behind}
    return _labels(wanted, segments)


def _labels(wanted: Sequence[str], segments: Sequence[bytes]) -> dict[str, str] | None:
    # A slash at the end says nothing more.
    if len(segments) == len(wanted) + 1 and segments[-1] == b"":
        segments = segments[:-1]
    if len(wanted) != len(segments):
        return None
    labels: dict[str, str] = {}
    for segment, raw in zip(wanted, segments, strict=True):
        if segment.startswith("{"):
            if not raw:
                return None
            labels[segment[1:-1]] = unquote(raw.decode("latin-1"))
        elif segment.encode() != raw:
            return None
    return labels


def _weight(template: Template) -> int:
    """Return how much a template says: words before labels, and labels before greedy ones."""
    weight = 100 * len(template.constants)
    for segment in template.segments:
        weight += 1 if segment.endswith("+}") else 5 if segment.startswith("{") else 10
    return weight


def _located(operation: Operation, request: Request) -> Iterator[tuple[str, str | list[str]]]:
    given: dict[str, list[str]] = {}
    for name, value in _pieces(request.raw_query):
        given.setdefault(name, []).append(value)
    for name, member in operation.of_query.items():
        values = given.get(name)
        if values is not None and member in operation.lists:
            yield member, values
        elif values is not None:
            # What a second reader makes of two values is not known.
            if len(set(values)) > 1:
                raise UnmappedRequest(f"The parameter {name[:64]} is given twice.")
            yield member, values[0]
    for name, member in operation.of_header.items():
        header = request.header(name.encode())
        if header is not None:
            yield member, header.decode("latin-1")


def _query(raw_query: bytes) -> dict[str, str]:
    query: dict[str, str] = {}
    for name, value in _pieces(raw_query):
        # Of a list the first one stays: what tells an operation is no list.
        query.setdefault(name, value)
    return query


def _pieces(raw_query: bytes) -> Iterator[tuple[str, str]]:
    for piece in raw_query.split(b"&") if raw_query else ():
        raw_name, _, raw_value = piece.partition(b"=")
        name = canonical.decode(raw_name)
        if name.lower() not in PARAMETERS:
            yield name.decode("latin-1"), canonical.decode(raw_value).decode("utf-8", "replace")
