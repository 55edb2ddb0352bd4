"""
botocore as the judge of the wire, for every operation of both services.

What botocore serializes we read back as it was, and what we write botocore parses back as it was.
"""

from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlencode

import pytest
from botocore.awsrequest import AWSRequest
from botocore.loaders import Loader
from botocore.model import OperationModel
from botocore.model import ServiceModel as BotocoreService
from botocore.model import Shape as BotocoreShape
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.wire.samples import CHARACTERS, Drawn, Seeded, Source, params, result

from iamd.errors import NoSuchEntity, ReportNotPresent
from iamd.http import Request
from iamd.wire import constraints, error_xml, query, xml
from iamd.wire.dispatch import dispatch
from iamd.wire.model import Operation, ServiceName, load

SERVICES: tuple[ServiceName, ...] = ("iam", "sts")
OPERATIONS = [(service, name) for service in SERVICES for name in load(service).operations]
NAMES = [f"{service}:{name}" for service, name in OPERATIONS]
WITH_OUTPUT = [pair for pair in OPERATIONS if load(pair[0]).operations[pair[1]].output]

# Between them these use every type, nesting, and the longest lists of parameters.
TELLING: list[tuple[ServiceName, str]] = [
    ("iam", "CreateUser"),
    ("iam", "AcquireRole"),
    ("iam", "PutAccountProperties"),
    ("iam", "SimulateCustomPolicy"),
    ("iam", "UpdateAccountPasswordPolicy"),
    ("sts", "AssumeRole"),
    ("sts", "AssumeRoleWithSAML"),
]
TELLING_RESULTS: list[tuple[ServiceName, str]] = [
    ("iam", "GetAccountAuthorizationDetails"),
    ("iam", "GetAccountSummary"),
    ("iam", "GetCredentialReport"),
    ("iam", "SimulatePrincipalPolicy"),
    ("sts", "AssumeRole"),
]

_SERIALIZER = create_serializer("query", include_validation=True)
_PARSER = create_parser("query")
_LOADER = Loader()
_BOTOCORE = {name: BotocoreService(_LOADER.load_service_model(name, "service-2"), name) for name in SERVICES}


def judge(service: ServiceName, name: str) -> OperationModel:
    return _BOTOCORE[service].operation_model(name)


def sent_by_botocore(service: ServiceName, name: str, given: Mapping[str, Any]) -> Request:
    made = _SERIALIZER.serialize_to_request(dict(given), judge(service, name))
    prepared = AWSRequest(
        method=made["method"], url="http://localhost/", headers=made["headers"], data=made["body"]
    ).prepare()
    return Request(
        method="POST",
        raw_path=b"/",
        headers=((b"content-type", prepared.headers["Content-Type"].encode()),),
        body=_as_bytes(prepared.body),
    )


def _as_bytes(body: object) -> bytes:
    assert isinstance(body, bytes | str | None)
    return body.encode() if isinstance(body, str) else body or b""


def read_by_botocore(body: bytes, *, status: int = 200, shape: BotocoreShape | None = None) -> dict[str, Any]:
    # The stubs know no answer without a shape; botocore does.
    parsed: dict[str, Any] = _PARSER.parse(
        {"status_code": status, "headers": {}, "body": body}, cast("BotocoreShape", shape)
    )
    return parsed


def read_back(request: Request, service: ServiceName) -> tuple[Operation, dict[str, Any]]:
    dispatched = dispatch(request, service)
    typed = query.parse(dispatched.operation, dispatched.form)
    constraints.check(dispatched.operation, typed)
    return dispatched.operation, typed


def assert_params_survive(service: ServiceName, name: str, source: Source) -> None:
    shape = load(service).operations[name].input
    given = params(source, shape) if shape else {}
    operation, typed = read_back(sent_by_botocore(service, name, given), service)
    assert (operation.name, typed) == (name, given)


def assert_result_survives(service: ServiceName, name: str, source: Source) -> None:
    operation = load(service).operations[name]
    assert operation.output is not None
    given = result(source, operation.output)
    request_id = "0a1b-&<>"
    body = xml.write(operation, given, request_id)
    parsed = read_by_botocore(body, shape=judge(service, name).output_shape)
    metadata = parsed.pop("ResponseMetadata")
    assert parsed == given
    assert metadata["RequestId"] == request_id


def test_the_models_hold_every_operation_of_iam_and_sts() -> None:
    ours = {(service, name) for service, name in OPERATIONS}
    theirs = {(service, name) for service in SERVICES for name in _BOTOCORE[service].operation_names}
    assert ours == theirs
    assert len([name for service, name in OPERATIONS if service == "iam"]) >= 180
    assert len([name for service, name in OPERATIONS if service == "sts"]) >= 11


@pytest.mark.parametrize(("service", "name"), OPERATIONS, ids=NAMES)
def test_what_botocore_sends_is_read_as_it_was(service: ServiceName, name: str) -> None:
    for seed in range(30):
        assert_params_survive(service, name, Seeded((name, seed)))


@pytest.mark.parametrize(("service", "name"), WITH_OUTPUT, ids=[f"{s}:{n}" for s, n in WITH_OUTPUT])
def test_what_we_answer_is_read_by_botocore_as_it_was(service: ServiceName, name: str) -> None:
    for seed in range(20):
        assert_result_survives(service, name, Seeded((name, seed)))


@pytest.mark.parametrize(("service", "name"), OPERATIONS, ids=NAMES)
def test_a_get_with_the_same_fields_is_read_alike(service: ServiceName, name: str) -> None:
    shape = load(service).operations[name].input
    given = params(Seeded((name, "get")), shape) if shape else {}
    posted = sent_by_botocore(service, name, given)
    # A presigned GET carries the signature's parameters among the operation's.
    signature = urlencode({"X-Amz-Algorithm": "AWS4-HMAC-SHA256", "x-amz-Signature": "0" * 64}).encode()
    got = Request(method="GET", raw_path=b"/", raw_query=posted.body + b"&" + signature)
    assert read_back(got, service) == read_back(posted, service)


def test_an_operation_without_output_is_answered_with_metadata_alone() -> None:
    operation = load("iam").operations["DeleteUser"]
    empties: list[dict[str, Any] | None] = [None, {}]
    for empty in empties:
        body = xml.write(operation, empty, "id")
        parsed = read_by_botocore(body, status=200)
        assert parsed == {"ResponseMetadata": {"RequestId": "id", "HTTPStatusCode": 200, "HTTPHeaders": {}}}


@pytest.mark.parametrize("service", ["iam", "sts", ""])
def test_an_error_is_read_by_botocore_as_it_was(service: str) -> None:
    message = CHARACTERS
    body = error_xml.write(service, NoSuchEntity(message), "id")
    parsed = read_by_botocore(body, status=404)
    assert parsed["Error"] == {"Type": "Sender", "Code": "NoSuchEntity", "Message": message}
    assert parsed["ResponseMetadata"]["RequestId"] == "id"


def test_an_error_without_a_message_is_read_by_botocore() -> None:
    body = error_xml.write("iam", ReportNotPresent(), "id")
    parsed = read_by_botocore(body, status=410)
    assert parsed["Error"] == {"Type": "Sender", "Code": "ReportNotPresent"}


HOSTILE = [
    *(
        "'; DROP TABLE users; --",
        "' OR '1'='1",
        '"); DELETE FROM x',
        "%27%20OR%201=1",
        "a&Action=DeleteUser",
        "a=b&c=d",
    ),
    *(
        "<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>&y;",
        "]]>",
        "<![CDATA[",
        "&lt;",
        "${jndi:x}",
        "%s%n",
    ),
    *(
        "../../etc/passwd",
        "\\x00",
        "\u202e\u2066",
        "\ufb03",
        "\u212a",
        "\u0130",
        "e\u0301",
        " lead, trail ",
        "\r\n\t",
    ),
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_texts_arrive_and_leave_unchanged(hostile: str) -> None:
    """R-85: what a text says is nothing to the gate; it neither cleans nor interprets."""
    # None of these parameters has a pattern, so that the whole road may be walked.
    caller = f"arn:aws:iam::1:user/{hostile}"
    given = {"PolicyInputList": ["{}"], "ActionNames": [f"s3:{hostile}"], "CallerArn": caller}
    _, typed = read_back(sent_by_botocore("iam", "SimulateCustomPolicy", given), "iam")
    assert typed == given
    answer = {"EvaluationResults": [{"EvalActionName": hostile}], "Marker": hostile}
    body = xml.write(load("iam").operations["SimulateCustomPolicy"], answer, "id")
    parsed = read_by_botocore(body, shape=judge("iam", "SimulateCustomPolicy").output_shape)
    del parsed["ResponseMetadata"]
    assert parsed == answer


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(st.data(), st.sampled_from(TELLING))
def test_any_parameters_survive(data: st.DataObject, which: tuple[ServiceName, str]) -> None:
    assert_params_survive(*which, Drawn(data.draw))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(st.data(), st.sampled_from(TELLING_RESULTS))
def test_any_result_survives(data: st.DataObject, which: tuple[ServiceName, str]) -> None:
    assert_result_survives(*which, Drawn(data.draw))


@pytest.mark.deep
@settings(max_examples=3000, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), st.sampled_from(OPERATIONS))
def test_any_parameters_of_any_operation_survive(data: st.DataObject, which: tuple[ServiceName, str]) -> None:
    assert_params_survive(*which, Drawn(data.draw))


@pytest.mark.deep
@settings(max_examples=3000, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), st.sampled_from(WITH_OUTPUT))
def test_any_result_of_any_operation_survives(data: st.DataObject, which: tuple[ServiceName, str]) -> None:
    assert_result_survives(*which, Drawn(data.draw))


@pytest.mark.deep
@pytest.mark.parametrize(("service", "name"), OPERATIONS, ids=NAMES)
def test_hundreds_of_samples_of_every_operation_survive(service: ServiceName, name: str) -> None:
    for seed in range(300):
        assert_params_survive(service, name, Seeded((name, "deep", seed)))
        if load(service).operations[name].output:
            assert_result_survives(service, name, Seeded((name, "deep", seed)))
