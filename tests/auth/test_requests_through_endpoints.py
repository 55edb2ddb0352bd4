"""Requests that come through VPC endpoints: what policies see of them, and what their own policy lets pass."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.answers import refusal
from tests.support.decisions import page
from tests.support.loops import LoopThread
from tests.support.networked import ENDPOINT, OTHER, PROXY, VPC, Networked, networked
from tests.support.organization import Organized
from tests.support.trail import records_of
from tests.support.world import ACCOUNT, Actor, World, allow, deny, document

UNTOLD = ("AccessDenied", "It cannot be told through which VPC endpoint this request has come")


@pytest.fixture
def world(loop: LoopThread, tmp_path: Path) -> Iterator[Networked]:
    found = networked(loop, tmp_path, audit_file=tmp_path / "audit.jsonl")
    yield found
    found.close()


def through(*statements: dict[str, Any]) -> str:
    return document(*({"Principal": "*"} | each for each in statements))


def is_allowed(operation: Callable[[], Any]) -> bool:
    try:
        operation()
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDenied":
            raise
        return False
    return True


def silent(caller: str, action: str, shown: str) -> tuple[str, str]:
    """Return what somebody is told whose request no policy of an endpoint lets pass (semantics 75)."""
    asked = (
        f"User: arn:aws:iam::{ACCOUNT}:{caller} is not authorized to perform: {action} on resource: {shown}"
    )
    return "AccessDenied", f"{asked} because no VPC endpoint policy allows the {action} action"


# What the endpoint's policy lets pass.


def test_an_endpoint_withholds_and_never_gives(world: Networked) -> None:
    world.endpoint(through(allow(["iam:GetUser", "iam:ListRoles"])))
    bob = world.user("bob", allow(["iam:GetUser", "iam:ListUsers"]))
    with world.through():
        assert bob.iam.get_user()["User"]["UserName"] == "bob"
        assert refusal(bob.iam.list_users) == silent(
            "user/bob", "iam:ListUsers", f"arn:aws:iam::{ACCOUNT}:user/"
        )
        code, message = refusal(bob.iam.list_roles)
        assert (code, message.rpartition("because ")[2]) == (
            "AccessDenied",
            "no identity-based policy allows the iam:ListRoles action",
        )
    assert is_allowed(bob.iam.list_users)


def test_a_deny_of_the_endpoint_decides(world: Networked) -> None:
    world.endpoint(through(allow("*"), deny("iam:List*")))
    with world.through():
        code, message = refusal(world.root.iam.list_users)
    assert code == "AccessDenied"
    assert message.endswith("with an explicit deny in a VPC endpoint policy")


def test_another_policy_bears_on_the_next_request(world: Networked) -> None:
    world.endpoint(through(allow("iam:List*")))
    with world.through():
        assert is_allowed(world.root.iam.list_users)
        world.set_policy(through(allow("sts:*")))
        assert not is_allowed(world.root.iam.list_users)
        assert not is_allowed(lambda: world.root.iam.create_user(UserName="eve"))
        world.set_policy(through(allow("iam:*")))
        assert is_allowed(lambda: world.root.iam.create_user(UserName="eve"))


def test_what_needs_no_permission_needs_the_endpoint(world: Networked) -> None:
    """AWS: *Control access to AWS STS with VPC endpoint policies*."""
    world.endpoint(through(allow("sts:AssumeRole")))
    bob = world.user("bob", deny("*"))
    with world.through():
        assert refusal(bob.sts.get_caller_identity) == silent("user/bob", "sts:GetCallerIdentity", "*")
        assert not is_allowed(bob.sts.get_session_token)
        world.set_policy(through(allow(["sts:GetCallerIdentity", "sts:GetSessionToken"])))
        assert is_allowed(bob.sts.get_caller_identity)
        assert is_allowed(bob.sts.get_session_token)
    assert is_allowed(bob.sts.get_caller_identity)


def test_nobody_with_a_boundary_is_spared_by_the_endpoint(world: Networked) -> None:
    """Semantics 50, for what needs no permission too."""
    world.endpoint(document(allow("*", Principal="*"), deny("*", NotPrincipal="*")))
    bob = world.user("bob")
    with world.through():
        assert is_allowed(bob.sts.get_caller_identity)
    world.root.iam.put_user_permissions_boundary(
        UserName="bob", PermissionsBoundary="arn:aws:iam::aws:policy/AdministratorAccess"
    )
    with world.through():
        code, message = refusal(bob.sts.get_caller_identity)
    assert (code, message.rpartition(" with ")[2]) == (
        "AccessDenied",
        "an explicit deny in a VPC endpoint policy",
    )
    assert is_allowed(bob.sts.get_caller_identity)


def test_a_role_is_assumed_through_an_endpoint(world: Networked) -> None:
    """By callers and roles that its policy names, and with tags when it lets them pass."""
    role = world.role("worker", {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, allow("iam:ListUsers"))
    bob, eve = (world.user(name, allow("sts:*")) for name in ("bob", "eve"))
    named = {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"}}
    worker = {"Principal": {"AWS": role}}
    world.endpoint(document(allow("sts:AssumeRole", role) | named, allow("iam:*") | worker))
    asked = {"RoleArn": role, "RoleSessionName": "session"}
    with world.through():
        assert is_allowed(bob.assume(role).iam.list_users)
        assert not is_allowed(lambda: eve.sts.assume_role(**asked))
        assert not is_allowed(lambda: bob.sts.assume_role(**asked, Tags=[{"Key": "k", "Value": "v"}]))
        world.set_policy(document(allow(["sts:AssumeRole", "sts:TagSession"], role) | named))
        assert is_allowed(lambda: bob.sts.assume_role(**asked, Tags=[{"Key": "k", "Value": "v"}]))


def test_a_pass_of_a_role_needs_the_endpoint_too(world: Networked) -> None:
    world.role("worker", {"Service": "ec2.amazonaws.com"})
    world.root.iam.create_instance_profile(InstanceProfileName="p")
    world.endpoint(through(allow("iam:AddRoleToInstanceProfile")))
    with world.through():
        asked = {"InstanceProfileName": "p", "RoleName": "worker"}
        message = refusal(world.root.iam.add_role_to_instance_profile, **asked)[1]
        assert message.endswith("because no VPC endpoint policy allows the iam:PassRole action")
        world.set_policy(through(allow(["iam:AddRoleToInstanceProfile", "iam:PassRole"])))
        world.root.iam.add_role_to_instance_profile(**asked)


# What policies see.


@pytest.mark.parametrize(
    ("condition", "by_endpoint", "otherwise"),
    [
        ({"StringEquals": {"aws:SourceVpce": ENDPOINT}}, True, False),
        ({"StringEquals": {"aws:SourceVpc": VPC}}, True, False),
        ({"IpAddress": {"aws:VpcSourceIp": "172.31.0.0/16"}}, True, False),
        ({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}, False, True),
        ({"Null": {"aws:SourceIp": "true"}}, True, False),
        ({"ArnLike": {"aws:SourceVpcArn": f"arn:aws:ec2:us-east-1:{ACCOUNT}:vpc/{VPC}"}}, True, False),
        ({"StringEquals": {"aws:VpceAccount": ACCOUNT}}, True, False),
        ({"Null": {"aws:VpceOrgID": "true"}}, True, True),
        ({"Null": {"aws:VpceOrgPaths": "true"}}, True, True),
        ({"StringNotEquals": {"aws:SourceVpce": ENDPOINT}}, False, True),
    ],
)
def test_keys(world: Networked, condition: Any, *, by_endpoint: bool, otherwise: bool) -> None:
    bob = world.user("bob", allow("iam:ListUsers", Condition=condition))
    world.endpoint()
    with world.by_proxy(ENDPOINT):
        assert is_allowed(bob.iam.list_users) is by_endpoint
    assert is_allowed(bob.iam.list_users) is otherwise


def test_sts_does_not_know_whose_the_endpoint_is(world: Networked) -> None:
    """AWS: *aws:VpceAccount*: AWS STS is not among the services that support it."""
    account = {"StringEquals": {"aws:VpceAccount": ACCOUNT}}
    vpce = {"StringEquals": {"aws:SourceVpce": ENDPOINT}}
    world.endpoint()
    for number, (condition, expected) in enumerate([(account, False), (vpce, True)]):
        bob = world.user(f"bob{number}", allow("sts:GetFederationToken", Condition=condition))
        with world.through():
            assert is_allowed(lambda bob=bob: bob.sts.get_federation_token(Name="name")) is expected  # type: ignore[misc]


def test_an_endpoint_is_of_an_account_and_its_organization(world: Networked) -> None:
    organized = Organized.found(world)
    unit = organized.unit("unit")
    member = organized.account("member", unit)
    path = f"{organized.id}/{organized.root_id}/{unit}/"
    conditions = [
        {"StringEquals": {"aws:VpceAccount": member}},
        {"StringEquals": {"aws:VpceOrgID": organized.id}},
        {"ForAnyValue:StringEquals": {"aws:VpceOrgPaths": path}},
        {"ArnLike": {"aws:SourceVpcArn": f"arn:aws:ec2:*:{member}:vpc/*"}},
    ]
    world.endpoint(account=member)
    for number, condition in enumerate(conditions):
        bob = world.user(f"bob{number}", allow("iam:ListUsers", Condition=condition))
        with world.through():
            assert is_allowed(bob.iam.list_users)
        assert not is_allowed(bob.iam.list_users)


def test_a_trust_policy_may_ask_for_an_endpoint(world: Networked) -> None:
    role = world.role("worker", {"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    trusting = allow("sts:AssumeRole", None, Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    trusting |= {"Condition": {"StringEquals": {"aws:SourceVpce": OTHER}}}
    world.root.iam.update_assume_role_policy(RoleName="worker", PolicyDocument=document(trusting))
    bob = world.user("bob", allow("sts:AssumeRole"))
    world.endpoint()
    world.endpoint(endpoint_id=OTHER)
    seen = []
    for endpoint_id in (ENDPOINT, OTHER):
        with world.by_proxy(endpoint_id):
            seen.append(is_allowed(lambda: bob.sts.assume_role(RoleArn=role, RoleSessionName="session")))
    assert seen == [False, True]


# What is not believed.


def test_what_cannot_be_told_is_refused_whatever_is_asked(world: Networked) -> None:
    """R-73: an endpoint's policy, and conditions on it, cannot be got round by a header."""
    world.endpoint()
    header = ((b"x-vpce-id", ENDPOINT.encode()),)
    for way in ({"headers": header}, {"peer": PROXY}, {"peer": PROXY, "headers": header * 2}):
        with world.through(**way):
            assert refusal(world.root.sts.get_caller_identity) == UNTOLD
            assert refusal(world.root.iam.create_user, UserName="eve") == UNTOLD
    events = records_of(world.app)
    assert {event["errorCode"] for event in events} == {"AccessDenied"}
    assert "comes from none of its proxies" in events[0]["additionalEventData"]["errorDetail"]


def test_an_endpoint_that_is_gone_lets_nothing_pass(world: Networked) -> None:
    with world.by_proxy(OTHER):
        assert refusal(world.root.iam.list_users) == UNTOLD
        assert refusal(world.root.sts.get_caller_identity) == UNTOLD
    world.endpoint(endpoint_id=OTHER)
    with world.by_proxy(OTHER):
        assert is_allowed(world.root.iam.list_users)
        transaction = world.app.store.write
        transaction(lambda tx: tx.vpc_endpoints.delete(tx.vpc_endpoints.get(OTHER))).result()
        assert refusal(world.root.iam.list_users) == UNTOLD


def test_who_is_nobody_learns_nothing_of_endpoints(world: Networked) -> None:
    """Proof comes first."""
    stranger = Actor(world, None)
    with world.through(peer=PROXY):
        assert refusal(stranger.iam.list_users)[0] == "MissingAuthenticationToken"


# What is told afterwards.


def test_the_chronicle_names_the_endpoint(world: Networked) -> None:
    world.endpoint()
    world.root.iam.list_users()
    with world.by_proxy(ENDPOINT):
        world.root.iam.list_users()
    assert [event.get("vpcEndpointId") for event in records_of(world.app)] == [None, ENDPOINT]


def test_the_page_of_a_decision_shows_the_lane(world: Networked) -> None:
    world.endpoint(through(allow("iam:GetUser")))
    bob = world.user("bob", allow("iam:*"))
    with world.through():
        assert not is_allowed(bob.iam.list_users)
    told = page(world, world.root)
    lanes = {lane["layer"]: lane for lane in told["lanes"]}
    assert set(lanes) == {"endpoint", "identity"}
    assert told["decision"]["layer"] == "endpoint"
    assert told["partial"] is False
    assert told["request"]["context"]["aws:SourceVpce"] == ENDPOINT


def test_a_policy_of_another_account_is_not_shown(world: Networked) -> None:
    """R-28: whoever comes through the endpoint of another account learns that its policy decided, and no more of it."""
    organized = Organized.found(world)
    world.endpoint(through(allow("iam:GetUser") | {"Sid": "PLANTED"}), account=organized.account("member"))
    with world.through():
        assert not is_allowed(world.root.iam.list_users)
    told = page(world, world.root)
    assert told["decision"]["layer"] == "endpoint"
    assert told["partial"] is True
    assert "PLANTED" not in json.dumps(told)


def test_without_routes_nothing_comes_through_an_endpoint(loop: LoopThread) -> None:
    world = World(loop)
    try:
        assert world.app.listeners == ()
        assert is_allowed(world.root.iam.list_users)
    finally:
        world.close()


@pytest.mark.parametrize(("port", "expected"), [(4263, (("127.0.0.1", 4264),)), (4264, ())])
def test_listeners_are_those_of_the_routes(
    loop: LoopThread, tmp_path: Path, port: int, expected: tuple[Any, ...]
) -> None:
    """But for the server's own, which may be an endpoint's, too."""
    world = networked(loop, tmp_path, port=port)
    try:
        assert world.app.listeners == expected
    finally:
        world.close()
