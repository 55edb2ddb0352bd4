"""
The JSON protocol (version 1.1): which operation a request asks for, and the members that it sends along.

The rules of this gate, all of them applied before anything is authenticated, as those of the Query protocol
(`iamd.wire.dispatch`) are:

* The operation is the one in ``X-Amz-Target``; its members are one JSON object in the body, and there only.
* The service in the credential scope must be the one that the target names.
* A name that comes twice in an object is refused, since two readers might take different ones.
* JSON is strict: UTF-8, no NaN, no endless numbers, no depth that a parser could trip over.

AWS: Smithy, *AWS JSON 1.1 protocol*.
"""

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, NoReturn

from iamd.errors import (
    InvalidAction,
    MalformedInput,
    MalformedQueryString,
    MissingAction,
    SignatureDoesNotMatch,
)
from iamd.http import Request
from iamd.wire.dispatch import read_form
from iamd.wire.model import SERVICES, Operation, ServiceModel, load

TARGET: Final = b"x-amz-target"
CONTENT_TYPE: Final = b"application/x-amz-json-1.1"

_MAX_DIGITS: Final = 32
_SHOWN: Final = 128

Members = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Targeted:
    """
    The operation that a request names, and its members.

    Attributes:
        members: Parsed JSON, numbers with a fraction as `Decimal`; not yet typed, and not shown by ``repr``.
    """

    operation: Operation
    members: Members = field(repr=False)


def dispatch(request: Request, scope_service: str | None) -> Targeted:
    """
    Return the operation that *request* names and its members.

    Args:
        request: As it came.
        scope_service: The service in the credential scope, None when the request is not signed.  Not yet verified.

    Raises:
        MissingAction: There is no ``X-Amz-Target``.
        InvalidAction: No service has such an operation.
        MalformedInput: The method, the type of the body or its JSON is not the protocol's.
        MalformedQueryString: There are fields in the query.
        SignatureDoesNotMatch: The credential is scoped to another service than the one asked for.
    """
    targets = list(request.header_values(TARGET))
    if not targets:
        raise MissingAction
    prefix, _, name = targets[0].decode("latin-1").partition(".")
    model = _model(prefix)
    if len(targets) > 1 or model is None or name not in model.operations:
        raise InvalidAction
    if scope_service is not None and scope_service != model.service:
        # AWS: Signature Version 4, Troubleshooting.  The space at the end is AWS's.
        raise SignatureDoesNotMatch(f"Credential should be scoped to correct service: '{model.service}'. ")
    return Targeted(model.operations[name], read_members(request))


def read_members(request: Request) -> Members:
    """
    Return the object in the body of *request*; an empty body is an empty object.

    Raises:
        MalformedInput: The method, the type of the body or its JSON is not the protocol's.
        MalformedQueryString: There are fields in the query.
    """
    if request.method != "POST":
        raise MalformedInput("the method of a request is POST")
    if request.header(b"content-encoding") not in {None, b"identity"}:
        # the signing scheme's aws-chunked framing must not be read as JSON.
        raise MalformedInput("a request to this service has no Content-Encoding")
    # What is left in the query of a GET, once the signature's parameters are gone, would be fields.
    if request.raw_query and read_form(Request(method="GET", raw_path=b"/", raw_query=request.raw_query)):
        raise MalformedQueryString("the parameters of a POST belong in its body")
    if not request.body:
        return {}
    types = [value.partition(b";")[0].strip().lower() for value in request.header_values(b"content-type")]
    if types != [CONTENT_TYPE]:
        raise MalformedInput(f"the body of a request is {CONTENT_TYPE.decode()}")
    return parse_members(request.body)


def parse_members(body: bytes) -> Members:
    """
    Return the one JSON object that *body* is.

    Raises:
        MalformedInput: It is none, or a name comes twice in it.
    """
    try:
        members = json.loads(
            body.decode(),
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_int=_integer,
            parse_float=_decimal,
        )
    except (ValueError, RecursionError) as error:
        raise MalformedInput("the body of a request is one JSON object in UTF-8") from error
    if not isinstance(members, dict):
        raise MalformedInput("the body of a request is one JSON object in UTF-8")
    return members


def _unique(pairs: list[tuple[str, Any]]) -> Members:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedInput("a parameter is given twice")
    return members


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _integer(text: str) -> int:
    # int() takes time quadratic in the digits.
    if len(text) > _MAX_DIGITS:
        raise ValueError(text[:_SHOWN])
    return int(text)


def _decimal(text: str) -> Decimal:
    if len(text) > _MAX_DIGITS:
        raise ValueError(text[:_SHOWN])
    return Decimal(text)


def _model(prefix: str) -> ServiceModel | None:
    models = map(load, SERVICES)
    return next(
        (model for model in models if model.protocol == "json" and model.target_prefix == prefix), None
    )
