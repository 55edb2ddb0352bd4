"""What is denied to a request of another service can be decoded, however that service writes its errors."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from tests.support.loops import loop_thread
from tests.support.points import points_settings, through_envoy
from tests.support.serialized import signing_name
from tests.support.world import ACCOUNT, Actor, World

from iamd.auth.authorization_messages import HEADER
from iamd.enforcement.points import EnforcementPoint
from iamd.http import Response
from iamd.secret import Secret

HERE = f"us-east-1:{ACCOUNT}"
ASKED: list[tuple[str, str, dict[str, Any], str, str]] = [
    (
        "ec2",
        "TerminateInstances",
        {"InstanceIds": ["i-1"]},
        "ec2:TerminateInstances",
        f"arn:aws:ec2:{HERE}:instance/i-1",
    ),
    (
        "sns",
        "DeleteTopic",
        {"TopicArn": f"arn:aws:sns:{HERE}:news"},
        "sns:DeleteTopic",
        f"arn:aws:sns:{HERE}:news",
    ),
    (
        "dynamodb",
        "DeleteTable",
        {"TableName": "orders"},
        "dynamodb:DeleteTable",
        f"arn:aws:dynamodb:{HERE}:table/orders",
    ),
    (
        "lambda",
        "DeleteFunction",
        {"FunctionName": "hello"},
        "lambda:DeleteFunction",
        f"arn:aws:lambda:{HERE}:function:hello",
    ),
    (
        "route53",
        "DeleteHostedZone",
        {"Id": "Z1"},
        "route53:DeleteHostedZone",
        "arn:aws:route53:::hostedzone/Z1",
    ),
]


def key_of(name: str) -> str:
    return f"key-of-the-service-{name}"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    points = tuple(
        EnforcementPoint(name=name, key=Secret(key_of(name)), service=signing_name(name))
        for name in dict.fromkeys(each[0] for each in ASKED)
    )
    with loop_thread() as loop:
        found = World(loop, points_settings(enforcement_point=points))
        yield found
        found.close()


@pytest.fixture(scope="module")
def bob(world: World) -> Actor:
    return world.user("bob")


def message_of(response: Response, name: str) -> str:
    if name != "ec2":
        assert HEADER in dict(response.headers), response.body
        return dict(response.headers)[HEADER].decode()
    # AWS: EC2 says it in its text, and clients look for it there.
    assert HEADER not in dict(response.headers)
    assert response.status == 403
    assert b"<Code>UnauthorizedOperation</Code>" in response.body
    found = re.search(rb"Encoded authorization failure message: (\S+)</Message>", response.body)
    assert found is not None
    return found[1].decode()


@pytest.mark.parametrize(
    ("name", "operation", "parameters", "action", "resource"), ASKED, ids=[each[0] for each in ASKED]
)
def test_a_denial_has_a_message_that_can_be_decoded(
    world: World,
    bob: Actor,
    name: str,
    operation: str,
    parameters: dict[str, Any],
    action: str,
    resource: str,
) -> None:
    message = message_of(through_envoy(world, bob, key_of(name), name, operation, parameters), name)
    answer = world.root.sts.decode_authorization_message(EncodedMessage=message)
    decoded = json.loads(answer["DecodedMessage"])
    assert (decoded["allowed"], decoded["explicitDeny"]) == (False, False)
    assert decoded["context"]["principal"]["arn"] == f"arn:aws:iam::{ACCOUNT}:user/bob"
    assert (decoded["context"]["action"], decoded["context"]["resource"]) == (action, resource)
