"""
The JSON protocol: botocore as its judge, for every operation of Organizations, and what is refused before anybody is
asked who they are.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from botocore.awsrequest import AWSRequest
from botocore.loaders import Loader
from botocore.model import ServiceModel as BotocoreService
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from tests.wire.samples import CHARACTERS, Seeded, params, result

from iamd import errors
from iamd.errors import organizations as of_organizations
from iamd.http import Request
from iamd.wire import constraints, json_dispatch, json_params, json_results
from iamd.wire.dispatch import service_of_error
from iamd.wire.model import Operation, ServiceModel, load
from iamd.wire.protocols import JSON, QUERY, protocol_of

MODEL = load("organizations")
OPERATIONS = list(MODEL.operations)
PREFIX = b"AWSOrganizationsV20161128."
TYPE = b"application/x-amz-json-1.1"
OURS = {cls.__name__ for cls in of_organizations.OrganizationsError.__subclasses__()}

_SERIALIZER = create_serializer("json", include_validation=False)
_PARSER = create_parser("json")
_BOTOCORE = BotocoreService(Loader().load_service_model("organizations", "service-2"), "organizations")


def sent_by_botocore(name: str, given: Mapping[str, Any]) -> Request:
    made = _SERIALIZER.serialize_to_request(dict(given), _BOTOCORE.operation_model(name))
    prepared = AWSRequest(
        method=made["method"], url="http://localhost/", headers=made["headers"], data=made["body"]
    ).prepare()
    body = prepared.body
    assert isinstance(body, bytes)
    headers = tuple((key.lower().encode(), value.encode()) for key, value in prepared.headers.items())
    return Request(method="POST", raw_path=b"/", headers=headers, body=body)


def read_back(request: Request) -> tuple[Operation, dict[str, Any]]:
    targeted = json_dispatch.dispatch(request, "organizations")
    typed = json_params.parse(targeted.operation, targeted.members)
    constraints.check(targeted.operation, typed)
    return targeted.operation, typed


def post(body: bytes, target: bytes = PREFIX + b"DescribeAccount", **other: Any) -> Request:
    headers = other.pop("headers", ((b"x-amz-target", target), (b"content-type", TYPE)))
    return Request(method="POST", raw_path=b"/", headers=headers, body=body, **other)


def refusal(request: Request, scope: str | None = "organizations") -> tuple[str, str | None]:
    with pytest.raises(errors.ServiceError) as refused:
        JSON.ask(request, scope).params()
    return type(refused.value).__name__, refused.value.message


# The judge.


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_botocore_sends_is_read_as_it_was(name: str) -> None:
    shape = MODEL.operations[name].input
    for seed in range(20):
        given = params(Seeded((name, seed)), shape) if shape else {}
        operation, typed = read_back(sent_by_botocore(name, given))
        assert (operation.name, typed) == (name, given)


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_we_answer_is_read_by_botocore_as_it_was(name: str) -> None:
    operation = MODEL.operations[name]
    for seed in range(10):
        given = result(Seeded((name, seed)), operation.output) if operation.output else {}
        answer = JSON.answer(operation, given, "id")
        assert (answer.status, dict(answer.headers)) == (
            200,
            {b"content-type": TYPE, b"x-amzn-requestid": b"id"},
        )
        parsed = _PARSER.parse(
            {"status_code": 200, "headers": {}, "body": answer.body},
            cast("Any", _BOTOCORE.operation_model(name).output_shape),
        )
        del parsed["ResponseMetadata"]
        assert parsed == given


def test_a_time_has_its_milliseconds() -> None:
    operation = MODEL.operations["DescribeCreateAccountStatus"]
    at = datetime(2026, 11, 21, 10, 30, 59, 123457, tzinfo=UTC)
    written = json_results.write(operation, {"CreateAccountStatus": {"RequestedTimestamp": at}})
    assert written == b'{"CreateAccountStatus":{"RequestedTimestamp":1795257059.123}}'


def test_a_result_that_the_model_does_not_know_is_a_fault_of_ours() -> None:
    describe, delete = MODEL.operations["DescribeAccount"], MODEL.operations["DeletePolicy"]
    for operation, given in (
        (describe, {"Account": {"Id": 1}}),
        (describe, {"Account": []}),
        (describe, {"Nonsense": "x"}),
        (describe, {"Account": {"JoinedTimestamp": "2026"}}),
        (describe, {"Account": {"Paths": "x"}}),
        (delete, {"Nonsense": "x"}),
    ):
        with pytest.raises(TypeError):
            json_results.write(operation, given)
    assert json_results.write(delete, None) == b"{}"
    assert json_results.write(describe, {"Account": None}) == b"{}"


def test_texts_arrive_and_leave_unchanged() -> None:
    text = CHARACTERS.replace("\x7f", "")
    given = {"PolicyId": "p-12345678", "Content": text}
    assert read_back(sent_by_botocore("UpdatePolicy", given))[1] == given
    answer = JSON.answer(MODEL.operations["DescribePolicy"], {"Policy": {"Content": CHARACTERS}}, "id")
    assert json.loads(answer.body) == {"Policy": {"Content": CHARACTERS}}


# The model.


def small_model(shapes: dict[str, Any]) -> ServiceModel:
    metadata = {"protocol": "json", "apiVersion": "1", "targetPrefix": "X"}
    operations = {"Do": {"output": {"shape": "Out"}}}
    return ServiceModel("organizations", {"metadata": metadata, "operations": operations, "shapes": shapes})


def test_the_model_knows_its_protocol() -> None:
    assert (MODEL.protocol, MODEL.target_prefix, MODEL.xml_namespace) == ("json", PREFIX[:-1].decode(), "")
    assert (load("iam").protocol, load("iam").target_prefix) == ("query", "")
    assert {operation.result_wrapper for operation in MODEL.operations.values()} == {""}


def test_a_structure_may_hold_itself() -> None:
    shape = MODEL.shape("HandshakeResource")
    assert shape.members["Resources"].element is shape
    inner = {"Value": "x", "Resources": [{"Value": "y", "Resources": []}]}
    written = json_results.write(MODEL.operations["DescribeHandshake"], {"Handshake": {"Resources": [inner]}})
    assert json.loads(written) == {"Handshake": {"Resources": [inner]}}


def test_a_list_that_is_nothing_but_itself_is_refused() -> None:
    model = small_model({"Out": {"type": "list", "member": {"shape": "Out"}}})
    with pytest.raises(ValueError, match="holds itself"):
        model.operations["Do"]


def test_a_structure_that_is_not_understood_whole_is_not_kept_in_part() -> None:
    model = small_model(
        {
            "Out": {"type": "structure", "members": {"Again": {"shape": "Out"}, "Odd": {"shape": "Odd"}}},
            "Odd": {"type": "string", "jsonvalue": True},
        }
    )
    for _ in range(2):
        with pytest.raises(ValueError, match="jsonvalue"):
            model.operations["Do"]


# Errors.


@pytest.mark.parametrize("name", sorted(OURS))
def test_an_error_of_organizations_is_read_by_botocore_as_it_was(name: str) -> None:
    ours = getattr(of_organizations, name)
    answer = JSON.refuse("organizations", ours("said", reason="WHY"), "id")
    assert answer.status == 400
    assert json.loads(answer.body) == {"__type": name, "Message": "said", "Reason": "WHY"}
    response = {"status_code": 400, "headers": {}, "body": answer.body}
    parsed = _PARSER.parse(response, cast("Any", None))
    assert (parsed["Error"]["Code"], parsed["Error"]["Message"]) == (name, "said")
    modeled = _PARSER.parse(response, _BOTOCORE.shape_for(name))
    assert modeled["Message"] == "said"


def test_our_errors_of_organizations_are_all_in_the_model() -> None:
    assert OURS - MODEL.errors == set()


@pytest.mark.parametrize(
    ("error", "status", "members"),
    [
        (errors.InvalidClientTokenId("m"), 400, {"__type": "UnrecognizedClientException", "message": "m"}),
        (errors.SignatureDoesNotMatch("m"), 400, {"__type": "InvalidSignatureException", "message": "m"}),
        (errors.MissingAction(), 400, {"__type": "UnknownOperationException"}),
        (errors.AccessDenied("m"), 400, {"__type": "AccessDeniedException", "Message": "m"}),
        (errors.UnsupportedOperation("m"), 400, {"__type": "UnsupportedOperation", "message": "m"}),
        (errors.ServiceFailure("m"), 500, {"__type": "InternalFailure", "message": "m"}),
        (errors.ServiceUnavailable("m"), 503, {"__type": "ServiceUnavailableException", "message": "m"}),
    ],
)
def test_common_errors_have_the_names_of_this_protocol(
    error: errors.ServiceError, status: int, members: dict[str, str]
) -> None:
    answer = JSON.refuse("organizations", error, "id")
    assert (answer.status, json.loads(answer.body)) == (status, members)
    assert dict(answer.headers)[b"content-type"] == TYPE


def test_what_is_no_text_does_not_make_a_failure_of_a_refusal() -> None:
    answer = JSON.refuse("organizations", errors.AccessDenied("\ud800"), "id")
    assert json.loads(answer.body)["Message"] == "?"


# Which protocol.


def test_a_target_or_the_scope_of_the_credential_tells_the_protocol() -> None:
    scoped = b"AWS4-HMAC-SHA256 Credential=AKIA/20261121/us-east-1/%s/aws4_request"
    for headers, expected in (
        (((b"x-amz-target", b"Nonsense"),), JSON),
        (((b"authorization", scoped % b"organizations"),), JSON),
        (((b"authorization", scoped % b"iam"),), QUERY),
        ((), QUERY),
    ):
        request = Request(method="POST", raw_path=b"/", headers=headers)
        assert protocol_of(request, service_of_error(request)) is expected


# Refusals.


@pytest.mark.parametrize(
    "target",
    [
        b"AWSOrganizationsV20161128.Nonsense",
        b"AWSOrganizationsV20161128.describeAccount",
        b"AWSOrganizationsV20161128",
        b"awsorganizationsv20161128.DescribeAccount",
        b"DynamoDB_20120810.ListTables",
        b".DescribeAccount",
        b"DescribeAccount",
        b"",
        b"\xff",
    ],
)
def test_an_unknown_target_is_an_unknown_operation(target: bytes) -> None:
    assert refusal(post(b"{}", target)) == ("InvalidAction", None)


def test_no_target_and_two_targets_are_refused() -> None:
    assert refusal(post(b"{}", headers=((b"content-type", TYPE),))) == ("MissingAction", None)
    target = (b"x-amz-target", PREFIX + b"DescribeAccount")
    two = post(b"{}", headers=(target, target, (b"content-type", TYPE)))
    assert refusal(two) == ("InvalidAction", None)


@pytest.mark.parametrize("scope", ["iam", "sts", "dynamodb", ""])
def test_a_credential_for_another_service_is_wrongly_scoped(scope: str) -> None:
    expected = "Credential should be scoped to correct service: 'organizations'. "
    assert refusal(post(b"{}"), scope) == ("SignatureDoesNotMatch", expected)
    assert JSON.ask(post(b"{}"), None).operation.name == "DescribeAccount"


@pytest.mark.parametrize(
    "body",
    [
        b"[]", b"null", b'"x"', b"1", b"{", b"{}{}", b"{'a': 1}", b'{"a": NaN}', b'{"a": Infinity}',
        b"\xff", b'{"a": "\xff"}', b"\xef\xbb\xbf{}", b'{"a": 1' + b"0" * 40 + b"}", b"[" * 100_000, b'{"a":' * 5000,
    ],
)  # fmt: skip
def test_what_is_not_one_json_object_is_refused(body: bytes) -> None:
    """R-69, R-70: no depth, no number and no encoding that a parser could trip over."""
    text = "the body of a request is one JSON object in UTF-8"
    assert refusal(post(body)) == ("MalformedInput", text)


@pytest.mark.parametrize(
    "body", [b'{"AccountId": "1", "AccountId": "2"}', b'{"AccountId": "1", "Account\\u0049d": "1"}']
)
def test_a_parameter_that_comes_twice_is_refused(body: bytes) -> None:
    """R-05: however it is spelled."""
    assert refusal(post(body)) == ("MalformedInput", "a parameter is given twice")


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("DescribeAccount", '{"AccountId": 1}'),
        ("DescribeAccount", '{"AccountId": true}'),
        ("DescribeAccount", '{"AccountId": ["1"]}'),
        ("DescribeAccount", '{"AccountId": {"a": "1"}}'),
        ("DescribeAccount", '{"AccountId": "\\u0000"}'),
        ("DescribeAccount", '{"AccountId": "\\ud800"}'),
        ("ListAccounts", '{"MaxResults": "1"}'),
        ("ListAccounts", '{"MaxResults": true}'),
        ("ListAccounts", '{"MaxResults": 1.0}'),
        ("ListAccounts", '{"MaxResults": 2147483648}'),
        ("TagResource", '{"Tags": {"Key": "k", "Value": "v"}}'),
        ("TagResource", '{"Tags": ["k"]}'),
        ("TagResource", '{"Tags": [null]}'),
        ("TagResource", json.dumps({"Tags": [{"Key": "k", "Value": "v"}] * 1001})),
        ("ListInboundResponsibilityTransfers", '{"Type": 1}'),
        ("TerminateResponsibilityTransfer", '{"Id": "x", "EndTimestamp": "2026"}'),
        ("TerminateResponsibilityTransfer", '{"Id": "x", "EndTimestamp": 1e99999999}'),
        ("TerminateResponsibilityTransfer", '{"Id": "x", "EndTimestamp": -1}'),
    ],
)
def test_a_value_of_another_type_is_refused(name: str, members: str) -> None:
    kind, _ = refusal(post(members.encode(), PREFIX + name.encode()))
    assert kind == "MalformedInput"


def test_a_parameter_that_the_operation_does_not_have_is_refused() -> None:
    """R-25: nothing that the model does not name reaches a handler."""
    expected = ("InvalidParameterValue", "The parameter Nonsense is not recognized")
    assert refusal(post(b'{"Nonsense": null}')) == expected
    assert refusal(post(b'{"Nonsense": 1}', PREFIX + b"DescribeOrganization")) == expected
    tags = b'{"Tags": [{"Key": "k", "Value": "v", "Nonsense": 1}]}'
    assert refusal(post(tags, PREFIX + b"TagResource")) == (
        "InvalidParameterValue",
        "The parameter Tags.0.Nonsense is not recognized",
    )


def test_null_is_absent() -> None:
    asked = JSON.ask(post(b'{"AccountId": null}'), "organizations")
    assert asked.params() == {}
    with pytest.raises(of_organizations.InvalidInputException) as refused:
        constraints.check(asked.operation, {})
    assert (refused.value.message, refused.value.reason) == (
        "You must include a value for all required parameters.",
        "INPUT_REQUIRED",
    )


@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD"])
def test_another_method_is_refused(method: str) -> None:
    request = Request(method=method, raw_path=b"/", headers=((b"x-amz-target", PREFIX + b"ListRoots"),))
    assert refusal(request) == ("MalformedInput", "the method of a request is POST")


@pytest.mark.parametrize(
    "content_type", [b"application/json", b"application/x-amz-json-1.0", b"text/plain", b""]
)
def test_another_type_of_body_is_refused(content_type: bytes) -> None:
    headers = ((b"x-amz-target", PREFIX + b"ListRoots"), (b"content-type", content_type))
    assert refusal(post(b"{}", headers=headers))[0] == "MalformedInput"
    assert refusal(post(b"{}", headers=headers[:1]))[0] == "MalformedInput"
    spelled = (headers[0], (b"content-type", b"Application/X-Amz-Json-1.1; charset=utf-8"))
    assert JSON.ask(post(b"{}", headers=spelled), "organizations").params() == {}


def test_an_empty_body_is_an_empty_object() -> None:
    headers = ((b"x-amz-target", PREFIX + b"ListRoots"),)
    assert JSON.ask(post(b"", headers=headers), "organizations").params() == {}


def test_fields_in_the_query_are_refused_and_a_signature_is_not() -> None:
    """R-70: parameters have one place."""
    expected = ("MalformedQueryString", "the parameters of a POST belong in its body")
    assert refusal(post(b"{}", raw_query=b"AccountId=1")) == expected
    assert JSON.ask(post(b"{}", raw_query=b"X-Amz-Signature=0"), "organizations").params() == {}


def test_an_encoded_body_is_refused() -> None:
    """R-19: an aws-chunked body is a 4xx."""
    headers = (
        (b"x-amz-target", PREFIX + b"ListRoots"),
        (b"content-type", TYPE),
        (b"content-encoding", b"aws-chunked"),
    )
    assert refusal(post(b"{}", headers=headers))[0] == "MalformedInput"


def test_what_was_sent_does_not_show_in_a_repr() -> None:
    request = post(b'{"AccountId": "hunter2"}')
    assert "hunter2" not in repr(json_dispatch.dispatch(request, None))
    assert "hunter2" not in repr(JSON.ask(request, None))


# Constraints.


@pytest.mark.parametrize(
    ("name", "given", "reason"),
    [
        ("DescribeAccount", {"AccountId": "1"}, "INVALID_PATTERN"),
        ("DescribeAccount", {"AccountId": "1234567890123"}, "INVALID_PATTERN"),
        ("ListAccounts", {"MaxResults": 0}, "MIN_VALUE_EXCEEDED"),
        ("ListAccounts", {"MaxResults": 21}, "MAX_VALUE_EXCEEDED"),
        ("ListPolicies", {"Filter": "NONSENSE"}, "INVALID_ENUM"),
        ("ListCreateAccountStatus", {"States": ["NONSENSE"]}, "INVALID_LIST_MEMBER"),
        ("CreateOrganizationalUnit", {"ParentId": "r-abcd", "Name": ""}, "MIN_LENGTH_EXCEEDED"),
        ("CreateOrganizationalUnit", {"ParentId": "r-abcd", "Name": "n" * 129}, "MAX_LENGTH_EXCEEDED"),
        ("CreateAccount", {"AccountName": "é", "Email": "a@example.com"}, "INVALID_PATTERN"),
        ("TagResource", {"ResourceId": "r-abcd", "Tags": [{"Value": "v"}]}, "INPUT_REQUIRED"),
    ],
)
def test_a_broken_constraint_is_told_by_a_reason(name: str, given: dict[str, Any], reason: str) -> None:
    with pytest.raises(of_organizations.InvalidInputException) as refused:
        constraints.check(MODEL.operations[name], given)
    assert refused.value.reason == reason
