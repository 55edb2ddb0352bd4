"""Delegation requests: their life, and how they are made."""

import json
from datetime import timedelta
from typing import Any

import pytest
from tests.support.answers import arn, content, refusal
from tests.support.delegation import (
    MAKING_TEMPLATE,
    OPERATIONS,
    PLAIN_TEMPLATE,
    PROVIDER,
    RIVAL,
    RIVAL_TOPIC,
    ROLES_TEMPLATE,
    STRANGER,
    TEMPLATE,
    TOPIC,
    DelegationWorld,
    parameter,
    refused,
)
from tests.support.world import ACCOUNT, Actor, Credentials, allow, document

from iamd.domain import delegation_requests

CHANGES = ("associate", "update", "accept", "reject", "send")
# What brings a request to a state, from its creation.
PATHS = {
    "UNASSIGNED": (),
    "ASSIGNED": ("associate",),
    "PENDING_APPROVAL": ("associate", "update"),
    "ACCEPTED": ("associate", "accept"),
    "FINALIZED": ("associate", "accept", "send"),
    "REJECTED": ("associate", "reject"),
}
# AWS: *Building your integration*, "Understanding the Request Lifecycle".
TRANSITIONS = {
    ("UNASSIGNED", "associate"): "ASSIGNED",
    ("ASSIGNED", "update"): "PENDING_APPROVAL",
    ("ASSIGNED", "accept"): "ACCEPTED",
    ("ASSIGNED", "reject"): "REJECTED",
    ("PENDING_APPROVAL", "update"): "PENDING_APPROVAL",
    ("PENDING_APPROVAL", "accept"): "ACCEPTED",
    ("PENDING_APPROVAL", "reject"): "REJECTED",
    ("ACCEPTED", "reject"): "REJECTED",
    ("ACCEPTED", "send"): "FINALIZED",
}
DONE = {
    "associate": "associated",
    "update": "updated",
    "accept": "accepted",
    "reject": "rejected",
    "send": "finalized by sending its token",
}


def in_state(world: DelegationWorld, owner: Actor, state: str, **changed: Any) -> str:
    request_id = world.ask(**changed)
    for step in PATHS[state]:
        OPERATIONS[step](owner, request_id)
    return request_id


def cannot(change: str, request_id: str, state: str) -> tuple[str, str]:
    text = f"The delegation request {request_id} is in the state {state} and cannot be {DONE[change]}."
    return "InvalidInput", text


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("state", PATHS)
def test_a_request_moves_from_state_to_state(
    world: DelegationWorld, admin: Actor, state: str, change: str
) -> None:
    request_id = in_state(world, admin, state)
    assert world.state(request_id) == state
    expected = TRANSITIONS.get((state, change))
    if expected is None:
        assert refused(admin, change, request_id) == cannot(change, request_id, state)
    else:
        OPERATIONS[change](admin, request_id)
    assert world.state(request_id) == (expected or state)


@pytest.mark.parametrize("state", PATHS)
def test_a_request_expires_by_itself(fresh: DelegationWorld, state: str) -> None:
    """AWS: a day until somebody owns it, seven days from each change of state after that."""
    admin = fresh.user("admin", allow("*"))
    request_id = in_state(fresh, admin, state)
    changed_at = fresh.show(request_id)["UpdatedTime"]
    expires_at = fresh.show(request_id)["ExpirationTime"]
    assert expires_at - changed_at == timedelta(days=1 if state == "UNASSIGNED" else 7)
    fresh.clock.advance(expires_at - changed_at - timedelta(seconds=5))
    assert fresh.state(request_id) == state
    fresh.clock.advance(timedelta(seconds=6))
    shown = fresh.show(request_id)
    assert (shown["State"], shown["UpdatedTime"]) == ("EXPIRED", expires_at)
    for change in CHANGES:
        assert refused(admin, change, request_id) == cannot(change, request_id, "EXPIRED")


def test_an_expired_request_is_told_and_forgotten(fresh: DelegationWorld) -> None:
    request_id = fresh.ask()
    fresh.clock.advance(timedelta(days=1))
    fresh.app.courier.expire()
    fresh.app.courier.expire()
    assert [message["State"] for message in fresh.told()] == ["EXPIRED"]
    fresh.clock.advance(timedelta(days=29))
    fresh.app.courier.expire()
    assert fresh.state(request_id) == "EXPIRED"
    fresh.clock.advance(timedelta(days=1))
    fresh.app.courier.expire()
    assert refused(fresh.root, "get", request_id) == (
        "NoSuchEntity",
        f"Delegation request {request_id} cannot be found.",
    )


# CreateDelegationRequest


def test_a_request_is_created(world: DelegationWorld) -> None:
    answer = content(
        world.provider.iam.create_delegation_request(
            **world.asking(
                RequestMessage="Please.",
                RedirectUrl="https://example.com/back?x=1",
                OnlySendByOwner=True,
                SessionDuration=7200,
                Permissions={
                    "PolicyTemplateArn": MAKING_TEMPLATE,
                    "Parameters": [
                        parameter("Making", "True"),
                        parameter("Names", "one", "two", several=True),
                    ],
                },
            )
        )
    )
    request_id = answer["DelegationRequestId"]
    assert answer["ConsoleDeepLink"] == f"https://console.example.com/requests/{request_id}?from=example"
    shown = world.show(request_id)
    created_at = shown.pop("CreateDate")
    assert shown.pop("UpdatedTime") == created_at
    assert shown.pop("ExpirationTime") == created_at + timedelta(days=1)
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "iam:ListGroups", "Resource": "*"},
            {
                "Effect": "Allow",
                "Action": "iam:CreateGroup",
                "Resource": ["arn:aws:iam::*:group/one", "arn:aws:iam::*:group/two"],
            },
        ],
    }
    assert json.loads(shown.pop("PermissionPolicy")) == policy
    assert shown == {
        "DelegationRequestId": request_id,
        "OwnerAccountId": ACCOUNT,
        "Description": "Set up groups",
        "RequestMessage": "Please.",
        "Permissions": {
            "PolicyTemplateArn": MAKING_TEMPLATE,
            "Parameters": [
                {"Name": "Making", "Values": ["True"], "Type": "string"},
                {"Name": "Names", "Values": ["one", "two"], "Type": "stringList"},
            ],
        },
        "State": "UNASSIGNED",
        "RequestorId": PROVIDER,
        "RequestorName": "Example Corp",
        "SessionDuration": 7200,
        "RedirectUrl": "https://example.com/back?x=1",
        "OnlySendByOwner": True,
    }


def test_without_a_console_there_is_no_link(world: DelegationWorld) -> None:
    asking = world.asking(NotificationChannel=RIVAL_TOPIC, Permissions={"PolicyTemplateArn": PLAIN_TEMPLATE})
    assert set(content(world.of(RIVAL).iam.create_delegation_request(**asking))) == {"DelegationRequestId"}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (
            {"Permissions": {"Parameters": [parameter("Names", "one")]}},
            "The permissions must name a policy template.",
        ),
        (
            {"Permissions": {"PolicyTemplateArn": PLAIN_TEMPLATE}},
            f"The policy template {PLAIN_TEMPLATE} is not registered for this account.",
        ),
        (
            {"NotificationChannel": RIVAL_TOPIC},
            f"The notification channel {RIVAL_TOPIC} is not registered for this account.",
        ),
        (
            {"Permissions": {"PolicyTemplateArn": MAKING_TEMPLATE}},
            "The policy template needs a value for the parameter Making.",
        ),
        (
            {"Permissions": {"PolicyTemplateArn": TEMPLATE, "Parameters": [{"Name": "Names"}]}},
            "A policy parameter has no Type.",
        ),
        (
            {"Permissions": {"PolicyTemplateArn": TEMPLATE, "Parameters": [parameter("Names", "one")]}},
            "The policy template has no parameter Names.",
        ),
    ],
)
def test_what_cannot_be_asked_for(world: DelegationWorld, changed: dict[str, Any], expected: str) -> None:
    params = world.asking(**changed)
    assert refusal(world.provider.iam.create_delegation_request, **params) == ("InvalidInput", expected)


def test_only_a_product_provider_may_ask(world: DelegationWorld) -> None:
    assert refusal(world.of(STRANGER).iam.create_delegation_request, **world.asking()) == (
        "AccessDenied",
        f"The account {STRANGER} is not registered to create delegation requests.",
    )


def test_a_workflow_asks_once(world: DelegationWorld) -> None:
    world.ask(RequestorWorkflowId="once-only")
    assert refusal(
        world.provider.iam.create_delegation_request, **world.asking(RequestorWorkflowId="once-only")
    ) == ("EntityAlreadyExists", "Delegation request with requestor workflow id once-only already exists.")
    rival = world.asking(
        RequestorWorkflowId="once-only",
        NotificationChannel=RIVAL_TOPIC,
        Permissions={"PolicyTemplateArn": PLAIN_TEMPLATE},
    )
    assert world.of(RIVAL).iam.create_delegation_request(**rival)["DelegationRequestId"]


def test_requests_are_limited_until_they_expire(
    fresh: DelegationWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iamd.operations.iam.delegation_requests.OPEN_REQUESTS", 2)
    fresh.ask()
    fresh.ask()
    assert refusal(fresh.provider.iam.create_delegation_request, **fresh.asking()) == (
        "LimitExceeded",
        "Cannot exceed quota for DelegationRequestsPerAccount: 2",
    )
    rival = {"NotificationChannel": RIVAL_TOPIC, "Permissions": {"PolicyTemplateArn": PLAIN_TEMPLATE}}
    assert fresh.of(RIVAL).iam.create_delegation_request(**fresh.asking(**rival))["DelegationRequestId"]
    fresh.clock.advance(timedelta(days=1))
    fresh.app.courier.expire()
    assert fresh.ask()


def test_the_limit_is_documented() -> None:
    assert delegation_requests.OPEN_REQUESTS == 1000


@pytest.mark.parametrize(
    ("condition", "changed"),
    [
        (
            {"StringEquals": {"iam:TemplateArn": TEMPLATE}},
            {"Permissions": {"PolicyTemplateArn": ROLES_TEMPLATE}},
        ),
        ({"NumericLessThanEquals": {"iam:DelegationDuration": "3600"}}, {"SessionDuration": 3601}),
        ({"StringEquals": {"iam:NotificationChannel": TOPIC}}, {"NotificationChannel": RIVAL_TOPIC}),
    ],
)
def test_whoever_asks_needs_the_permission(
    world: DelegationWorld, condition: dict[str, Any], changed: dict[str, Any]
) -> None:
    name = next(iter(next(iter(condition.values())))).replace(":", "-")
    iam = world.provider.iam
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    client = world.client("iam", Credentials.of(key))
    code, message = refusal(client.create_delegation_request, **world.asking())
    assert code == "AccessDenied"
    assert f"iam:CreateDelegationRequest on resource: {arn('delegation-request/*', PROVIDER)}" in message
    allowed = allow("iam:CreateDelegationRequest", arn("delegation-request/*", PROVIDER), Condition=condition)
    iam.put_user_policy(UserName=name, PolicyName="ask", PolicyDocument=document(allowed))
    assert refusal(client.create_delegation_request, **world.asking(**changed))[0] == "AccessDenied"
    assert client.create_delegation_request(**world.asking())["DelegationRequestId"]
