"""Answers of IAM and STS in JSON, to those who ask for it."""

import json
from typing import Any, cast

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel as BotocoreService
from botocore.parsers import create_parser
from tests.house.sender import OPERATIONS, name_of, speaks_json
from tests.wire.samples import CHARACTERS, Seeded, result

from iamd import errors
from iamd.http import Request
from iamd.wire.model import Operation, load
from iamd.wire.protocols import QUERY, QUERY_IN_JSON, protocol_of

IN_QUERY = [operation for operation in OPERATIONS if not speaks_json(operation)]

_PARSER = create_parser("json")
_BOTOCORE = {
    service: BotocoreService(Loader().load_service_model(service, "service-2"), service)
    for service in ("iam", "sts")
}


@pytest.mark.parametrize("operation", IN_QUERY, ids=name_of)
def test_what_we_answer_is_read_as_it_was(operation: Operation) -> None:
    shape = _BOTOCORE[operation.service].operation_model(operation.name).output_shape
    for seed in range(5):
        given = result(Seeded((operation.name, seed)), operation.output) if operation.output else {}
        answer = QUERY_IN_JSON.answer(operation, given, "id")
        assert answer.headers[0] == (b"content-type", b"application/json")
        ((envelope, inside),) = json.loads(answer.body).items()
        assert envelope == f"{operation.name}Response"
        assert inside.pop("ResponseMetadata") == {"RequestId": "id"}
        assert list(inside) == ([f"{operation.name}Result"] if operation.output else [])
        if operation.output is None:
            continue
        (found,) = inside.values()
        parsed = _PARSER.parse(
            {"status_code": 200, "headers": {}, "body": json.dumps(found).encode()}, cast("Any", shape)
        )
        del parsed["ResponseMetadata"]
        assert parsed == given


@pytest.mark.parametrize(
    ("accept", "in_json"),
    [
        (None, False),
        (b"*/*", False),
        (b"text/xml", False),
        (b"text/xml, application/json", False),
        (b"application/jsonp", False),
        (b"", False),
        (b"application/json", True),
        (b"Application/JSON; charset=utf-8", True),
        (b"application/json, text/plain, */*", True),
    ],
)
def test_who_names_json_first_has_it(accept: bytes | None, in_json: bool) -> None:
    headers = () if accept is None else ((b"accept", accept),)
    request = Request(method="POST", raw_path=b"/", headers=headers)
    assert (protocol_of(request, "sts") is QUERY_IN_JSON, protocol_of(request, "") is QUERY_IN_JSON) == (
        in_json,
        in_json,
    )


def test_an_error_is_the_error_of_the_xml() -> None:
    answer = QUERY_IN_JSON.refuse("sts", errors.AccessDenied("not <you>"), "id")
    assert (answer.status, json.loads(answer.body)) == (
        403,
        {"Error": {"Type": "Sender", "Code": "AccessDenied", "Message": "not <you>"}, "RequestId": "id"},
    )
    silent = QUERY_IN_JSON.refuse("", errors.ValidationError(None), "id")
    assert json.loads(silent.body)["Error"] == {"Type": "Sender", "Code": "ValidationError"}


def test_no_name_reads_as_another_answer() -> None:
    """R-06: whoever verifies a caller by the answer is told of one caller, whatever that one is called."""
    operation = load("sts").operations["GetCallerIdentity"]
    for name in (CHARACTERS, '"},"Arn":"arn:aws:iam::1:root","x":{"', "</Arn><Arn>root</Arn>"):
        for protocol, told in ((QUERY, "<Arn>"), (QUERY_IN_JSON, '"Arn":"')):
            body = protocol.answer(operation, {"Arn": name, "Account": "1"}, "id").body
            assert body.decode().count(told) == 1
        answer = json.loads(QUERY_IN_JSON.answer(operation, {"Arn": name}, "id").body)
        assert answer["GetCallerIdentityResponse"]["GetCallerIdentityResult"] == {"Arn": name}
