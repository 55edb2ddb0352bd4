"""Where each step of the least change is made, for every layer, and why somebody cannot make it."""

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.enforcement.test_points_and_buckets import keep
from tests.support.browser import Browser, root_in, said, signed_in
from tests.support.decisions import last_decision
from tests.support.loops import LoopThread
from tests.support.networked import ENDPOINT, Networked, networked
from tests.support.organization import RCP, Organized
from tests.support.points import call_page, post, signed, told
from tests.support.world import ACCOUNT, Actor, Credentials, World, allow, deny, document

from iamd.enforcement.decide import PATH

EXPLAIN = "iam:GetRequestAuthorizationDetails"
IAM = f"arn:aws:iam::{ACCOUNT}"


@pytest.fixture
def admin(world: World) -> Browser:
    return signed_in(world, "admin", allow("*"))


def refused(actor: Actor, operation: str, service: str = "iam", **members: Any) -> str:
    """Return the id of the denial."""
    with pytest.raises(ClientError, match="AccessDenied"):
        getattr(getattr(actor, service), operation)(**members)
    return last_decision(actor.world)


def steps(browser: Browser, decision_id: str) -> list[dict[str, Any]]:
    page = json.loads(browser.own("GetDecision", {"decisionId": decision_id}).body)
    assert len(page["suggestions"]) == len(page["editors"]) > 0
    found: list[dict[str, Any]] = page["editors"]
    return found


def screens(browser: Browser, decision_id: str) -> list[tuple[str, str, str | None]]:
    return [
        ("/".join(each["place"] or ()), each["how"], each["reason"]) for each in steps(browser, decision_id)
    ]


def managed(world: World, name: str, *statements: Any) -> str:
    arn: str = world.root.iam.create_policy(PolicyName=name, PolicyDocument=document(*statements))["Policy"][
        "Arn"
    ]
    return arn


def test_identity_policies_are_opened_where_they_are(world: World, admin: Browser) -> None:
    bob = world.user("bob")
    assert screens(admin, refused(bob, "list_users")) == [("users/bob/permissions", "change", None)]
    lent = world.role("lent", {"AWS": f"{IAM}:root"}, deny("iam:ListUsers"), allow("iam:*"))
    session = world.user("carl", allow("sts:AssumeRole")).assume(lent)
    assert screens(admin, refused(session, "list_users")) == [("roles/lent/permissions", "lift", None)]
    iam = world.root.iam
    iam.create_group(GroupName="devs")
    iam.put_group_policy(GroupName="devs", PolicyName="no", PolicyDocument=document(deny("iam:ListRoles")))
    iam.add_user_to_group(GroupName="devs", UserName="bob")
    arn = managed(world, "some", allow("iam:ListRoles", f"{IAM}:role/x/*"))
    iam.attach_user_policy(UserName="bob", PolicyArn=arn)
    assert screens(admin, refused(bob, "list_roles")) == [
        ("groups/devs/permissions", "lift", None),
        (f"policies/{arn}/document", "change", None),
    ]


def test_a_policy_of_aws_is_left_as_it_is(world: World, admin: Browser) -> None:
    """Another one takes what is missing; one that denies is detached, and a boundary is exchanged."""
    eve = world.user("eve")
    world.root.iam.attach_user_policy(
        UserName="eve", PolicyArn="arn:aws:iam::aws:policy/IAMSelfManageServiceSpecificCredentials"
    )
    decision = refused(eve, "list_service_specific_credentials", UserName="bob")
    assert screens(admin, decision) == [("users/eve/permissions", "add", None)]
    fay = world.user("fay", allow("*"), PermissionsBoundary="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    ((place, _, reason),) = screens(admin, refused(fay, "list_users"))
    assert (place, reason) == (
        "",
        f"Policies of AWS cannot be changed: give {IAM}:user/fay another permissions boundary",
    )


def test_boundaries_and_trust_policies_are_opened(world: World, admin: Browser) -> None:
    edge = managed(world, "edge", allow("sts:*"))
    hank = world.user("hank", allow("*"), PermissionsBoundary=edge)
    assert screens(admin, refused(hank, "list_users")) == [(f"policies/{edge}/document", "change", None)]
    role = world.role("safe", {"Service": "ec2.amazonaws.com"})
    decision = refused(hank, "assume_role", "sts", RoleArn=role, RoleSessionName="session")
    assert screens(admin, decision) == [("roles/safe/trust", "change", None)]


def test_a_session_policy_is_changed_by_who_makes_the_session(world: World, admin: Browser) -> None:
    role = world.role("lent", {"AWS": f"{IAM}:root"}, allow("iam:*"))
    ivy = world.user("ivy", allow("sts:*"))
    inline = ivy.assume(role, "nightly", Policy=document(allow("iam:GetUser")))
    (step,) = steps(admin, refused(inline, "list_users"))
    assert (step["place"], step["reason"], step["elsewhere"]["kind"]) == (None, None, "session")
    assert step["elsewhere"]["command"] == (
        f"aws sts assume-role --role-arn {role} --role-session-name nightly --policy file://policy.json"
    )
    arn = managed(world, "some", allow("iam:GetUser"))
    by_arn = ivy.assume(role, PolicyArns=[{"arn": arn}])
    assert screens(admin, refused(by_arn, "list_users")) == [(f"policies/{arn}/document", "change", None)]


@pytest.mark.parametrize("path", ["/$(id)/", "/`id`/", "/a;id/", "/'/", "/a|b&c/"])
def test_no_path_of_a_role_is_run_by_the_shell_that_a_command_is_put_into(
    world: World, admin: Browser, path: str
) -> None:
    trust = document({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"})
    role = world.root.iam.create_role(RoleName="lent", Path=path, AssumeRolePolicyDocument=trust)
    arn = role["Role"]["Arn"]
    world.root.iam.put_role_policy(RoleName="lent", PolicyName="all", PolicyDocument=document(allow("iam:*")))
    inline = world.user("ivy", allow("sts:*")).assume(arn, "nightly", Policy=document(allow("iam:GetUser")))
    (step,) = steps(admin, refused(inline, "list_users"))
    command = step["elsewhere"]["command"]
    words = ["aws", "sts", "assume-role", "--role-arn", arn, "--role-session-name", "nightly"]
    assert shlex.split(command) == [*words, "--policy", "file://policy.json"]
    assert f" {shlex.quote(arn)} " in command


def test_what_the_viewer_may_not_change_says_why(world: World) -> None:
    reader = signed_in(world, "reader", allow(EXPLAIN), allow("iam:PutUserPolicy", f"{IAM}:user/x/*"))
    decision = refused(world.user("bob"), "list_users")
    ((place, _, reason),) = screens(reader, decision)
    assert place == "users/bob/permissions"
    assert reason == (
        f"User: {IAM}:user/reader is not authorized to perform: iam:PutUserPolicy on resource: user bob because no "
        "identity-based policy allows the iam:PutUserPolicy action"
    )
    # And nothing is kept of the question.
    listed = json.loads(
        reader.own("ListDecisions", {"action": "iam:PutUserPolicy", "principal": "reader"}).body
    )
    assert listed["decisions"] == []


def member_of(town: Organized) -> tuple[str, Actor, Browser]:
    """Return an account, and somebody there who may do everything, with a key and in a browser."""
    member = town.account("member")
    iam = town.enter(member).iam
    iam.create_user(UserName="ann")
    iam.put_user_policy(UserName="ann", PolicyName="all", PolicyDocument=document(allow("*")))
    iam.create_login_profile(UserName="ann", Password="correct-Horse-7-battery")
    trust = document({"Effect": "Allow", "Principal": {"AWS": member}, "Action": "sts:AssumeRole"})
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust)
    browser = Browser(town.world)
    browser.sign_in("ann", "correct-Horse-7-battery", account=member)
    ann = Actor(town.world, Credentials.of(iam.create_access_key(UserName="ann")["AccessKey"]))
    return member, ann, browser


def test_policies_of_an_organization_are_opened_for_whom_it_lets(world: World) -> None:
    town = Organized.found(world)
    member, ann, browser = member_of(town)
    guard = town.attach(member, "guard", deny("iam:ListUsers"))
    denied = refused(ann, "list_users")
    ((place, how, reason),) = screens(browser, denied)
    assert (place, how) == ("", "change")
    assert (
        reason == "Policies of the organization are changed by its management account, or by whom that lets"
    )
    town.client.put_resource_policy(
        Content=document(allow("organizations:UpdatePolicy", Principal={"AWS": member}))
    )
    assert screens(browser, denied) == [(f"organization/policies/{guard}", "lift", None)]
    town.client.enable_policy_type(RootId=town.root_id, PolicyType=RCP)
    rcp = town.attach(member, "rcp", deny("sts:*", Principal="*"), type_=RCP)
    role = f"arn:aws:iam::{member}:role/r"
    denied = refused(ann, "assume_role", "sts", RoleArn=role, RoleSessionName="session")
    assert screens(browser, denied) == [(f"organization/policies/{rcp}", "lift", None)]
    # What allows is added to a policy of the organization's own, where there is one.
    town.attach(member, "narrow", allow(["organizations:*", EXPLAIN]))
    town.client.detach_policy(PolicyId="p-FullAWSAccess", TargetId=member)
    ((place, how, reason),) = screens(browser, refused(ann, "list_roles"))
    assert (place.rpartition("/")[0], how, reason) == ("organization/policies", "change", None)


def asked(world: World, principal: str, action: str, resource: str) -> str:
    answer = told(
        call_page(
            world,
            signed(
                post(PATH, {"principal": principal, "action": action, "resource": resource}),
                world.root,
                "iam",
            ),
        )
    )
    decision_id: str = answer["decision_id"]
    return decision_id


def test_the_policy_of_a_bucket_is_changed_through_the_gateway(world: World, admin: Browser) -> None:
    world.user("bob", allow("s3:GetObject"))
    keep(world, "reports", ACCOUNT, deny("s3:GetObject", "arn:aws:s3:::reports/*", Principal="*"))
    (step,) = steps(admin, asked(world, f"{IAM}:user/bob", "s3:GetObject", "arn:aws:s3:::reports/a"))
    assert (step["how"], step["reason"], step["place"]) == ("lift", None, None)
    assert (
        step["elsewhere"]["command"]
        == "aws s3api put-bucket-policy --bucket reports --policy file://policy.json"
    )
    assert step["elsewhere"]["save"] is None


def test_what_is_of_another_account_is_for_them(world: World, admin: Browser) -> None:
    town = Organized.found(world)
    other = town.account("other")
    role = f"arn:aws:iam::{other}:role/r"
    town.enter(other).iam.create_role(
        RoleName="r",
        AssumeRolePolicyDocument=document(
            {"Effect": "Allow", "Principal": {"AWS": other}, "Action": "sts:AssumeRole"}
        ),
    )
    zoe = world.user("zoe", allow("sts:AssumeRole"))
    decision = refused(zoe, "assume_role", "sts", RoleArn=role, RoleSessionName="session")
    assert screens(admin, decision) == [("", "change", f"It is account {other} that can change it")]


@pytest.fixture
def network(loop: LoopThread, tmp_path: Path) -> Iterator[Networked]:
    found = networked(loop, tmp_path)
    yield found
    found.close()


def test_the_operator_changes_the_policy_of_an_endpoint(network: Networked) -> None:
    network.endpoint(document(allow("iam:GetUser", Principal="*")))
    bob = network.user("bob", allow("iam:*"))
    with network.through():
        decision = refused(bob, "list_users")
    bob.iam.list_users()
    operator, admin = root_in(network), signed_in(network, "admin", allow("*"))
    (step,) = steps(operator, decision)
    assert (step["reason"], step["elsewhere"]["command"]) == (
        None,
        f"iamd account endpoint set-policy {ENDPOINT} policy.json",
    )
    assert steps(admin, decision)[0]["reason"] == (
        f"VPC endpoints are the operator's, who is the root user of account {ACCOUNT}"
    )
    save = step["elsewhere"]["save"]
    members = save["members"] | {save["member"]: document(allow("iam:*", Principal="*"))}
    assert said(admin.own(save["page"], members))[:2] == (403, "AccessDenied")
    assert operator.own(save["page"], members).status == 200
    with network.through():
        bob.iam.list_users()
    assert said(operator.own(save["page"], members | {"policy": "{}"}))[1] == "MalformedPolicyDocument"
    assert said(operator.own(save["page"], members | {"id": "vpce-00000000"}))[1] == "NoSuchEntity"
