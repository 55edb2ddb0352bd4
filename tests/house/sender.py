"""
Requests to every operation, cheaply: built from the model, signed by our own signer, answered without a socket.

Parameters satisfy the model; members that name something (``UserName``, ``PolicyArn`` …) name what the test has planted.
"""

import base64
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from botocore.loaders import Loader
from botocore.model import OperationModel
from botocore.model import ServiceModel as BotocoreService
from botocore.serialize import create_serializer
from msgspec.structs import replace
from tests.support.world import Credentials, World
from tests.wire.samples import Seeded, params

from iamd.http import Request, Response
from iamd.wire.model import SERVICES, Operation, load

Params = Mapping[str, Any]


OPERATIONS: Final[tuple[Operation, ...]] = tuple(
    operation for service in SERVICES for operation in load(service).operations.values()
)

_CODE = re.compile(rb"<Code>([^<]*)</Code>")
_MESSAGE = re.compile(rb"<Message>([^<]*)</Message>")
_HEADERS = (
    (b"host", b"127.0.0.1:4263"),
    (b"content-type", b"application/x-www-form-urlencoded; charset=utf-8"),
    (b"user-agent", b"house/1"),
)
# What is checked before anybody is asked whether the caller may, and cannot be made up.
_LEFT_OUT = frozenset({"Marker", "ProvidedContexts", "TokenCode"})


def name_of(operation: Operation) -> str:
    return f"{operation.service}:{operation.name}"


@dataclass(frozen=True)
class Answer:
    """
    An answer, as far as these tests look at it.

    Attributes:
        code: Of the error; ``OK`` without one.
    """

    status: int
    code: str
    message: str
    body: str = field(repr=False)

    @classmethod
    def of(cls, response: Response) -> "Answer":
        if response.body.startswith(b"{"):
            return cls._of_json(response)
        code = _CODE.search(response.body)
        message = _MESSAGE.search(response.body)
        return cls(
            response.status,
            "OK" if response.status == 200 else code[1].decode() if code else "?",
            message[1].decode() if message else "",
            response.body.decode(),
        )

    @classmethod
    def _of_json(cls, response: Response) -> "Answer":
        members = json.loads(response.body)
        return cls(
            response.status,
            "OK" if response.status == 200 else members.get("__type", "?"),
            members.get("message") or members.get("Message") or "",
            response.body.decode(),
        )


def in_words_of(operation: Operation, status: int, code: str) -> tuple[int, str]:
    """Return how the protocol of *operation* says an error that the Query protocol says with *status* and *code*."""
    return (400, _CODES_IN_JSON.get(code, code)) if speaks_json(operation) else (status, code)


def speaks_json(operation: Operation) -> bool:
    return load(operation.service).protocol == "json"


def generated(operation: Operation, plants: Params, seed: object = 0) -> dict[str, Any]:
    """Return parameters that satisfy the model and name *plants*, whose keys are names of members."""
    if operation.input is None:
        return {}
    members = operation.input.members
    made = params(Seeded((name_of(operation), seed)), operation.input)
    made |= {name: value for name, value in plants.items() if name in members}
    left_out = _LEFT_OUT | ({"SerialNumber"} if "TokenCode" in members else frozenset())
    return {name: value for name, value in made.items() if name not in left_out}


def request_to(operation: Operation, given: Params) -> Request:
    """Return the request that asks for *operation*, without any proof."""
    made = _serializers[speaks_json(operation)].serialize_to_request(dict(given), _model(operation))
    body = made["body"]
    if isinstance(body, bytes):
        told = {name.lower().encode(): value.encode() for name, value in made["headers"].items()}
        headers = tuple((name, told.pop(name, value)) for name, value in _HEADERS)
        return Request(method="POST", raw_path=b"/", headers=(*headers, *told.items()), body=body)
    return Request(method="POST", raw_path=b"/", headers=_HEADERS, body=urlencode(body).encode())


def signed(
    request: Request, service: str, credentials: Credentials | None, *, region: str = "us-east-1"
) -> Request:
    """Return *request* as whoever has *credentials* would send it."""
    if credentials is None:
        raise ValueError("nobody can sign without credentials")
    return credentials.sign(request, service, region=region)


def with_bad_signature(request: Request) -> Request:
    """Change the last digit of the signature of *request*."""
    return replace(
        request,
        headers=tuple(
            (name, value[:-1] + (b"0" if value[-1:] != b"0" else b"1") if name == b"authorization" else value)
            for name, value in request.headers
        ),
    )


def changed(text: str, at: int) -> str:
    """Return a session token *text* with one bit of one byte turned over."""
    raw = bytearray(base64.b64decode(text))
    raw[at] ^= 1
    return base64.b64encode(raw).decode()


def send(world: World, request: Request) -> Answer:
    return send_all(world, [request])[0]


def send_all(world: World, requests: Iterable[Request]) -> Sequence[Answer]:
    """Send *requests* one after the other; one hop to the loop's thread serves all of them."""

    async def answered() -> list[Response]:
        return [await world.app.pipeline.handle(request) for request in requests]

    return [Answer.of(response) for response in world.loop.run(answered())]


def call(world: World, credentials: Credentials | None, operation: Operation, given: Params) -> Answer:
    """Ask for *operation* with *given* as its parameters."""
    return send(world, signed(request_to(operation, given), operation.service, credentials))


def _model(operation: Operation) -> OperationModel:
    return _BOTOCORE[operation.service].operation_model(operation.name)


# AWS: *Common Errors* of the two kinds of API references.
_CODES_IN_JSON: Final[Mapping[str, str]] = {
    "ExpiredToken": "ExpiredTokenException",
    "AccessDenied": "AccessDeniedException",
    "InvalidClientTokenId": "UnrecognizedClientException",
    "InvalidParameterValue": "ValidationException",
    "IncompleteSignature": "IncompleteSignatureException",
    "MissingAuthenticationToken": "MissingAuthenticationTokenException",
    "SignatureDoesNotMatch": "InvalidSignatureException",
}
_serializers = {
    json_too: create_serializer(name, include_validation=False)
    for json_too, name in ((False, "query"), (True, "json"))
}
_loader = Loader()
_BOTOCORE = {name: BotocoreService(_loader.load_service_model(name, "service-2"), name) for name in SERVICES}
