"""What a draft would change: recorded denials, decided again with it."""

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.browser import Browser, said, with_password
from tests.support.organization import Organized
from tests.support.world import Actor, Credentials, World, allow

BOB = "arn:aws:iam::123456789012:user/bob"


def document(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def statement(action: str, effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": "*"} | more


@pytest.fixture
def bob(world: World) -> Actor:
    """Who has an inline policy and a managed one, and is denied two things."""
    bob = world.user("bob", allow("iam:GetUser"))
    for operation in ("list_users", "list_roles", "list_roles"):
        with pytest.raises(ClientError, match="AccessDenied"):
            getattr(bob.iam, operation)()
    return bob


def compared(browser: Browser, **asked: Any) -> Any:
    answer = browser.own("CompareDecisions", {"kind": "identity", "arn": BOB, "name": "test"} | asked)
    assert answer.status == 200, answer.body
    return json.loads(answer.body)


def refused(browser: Browser, asked: Any) -> tuple[int, str, str]:
    return said(browser.own("CompareDecisions", asked))


def changed(told: Any) -> list[tuple[str, ...]]:
    return [(each["action"], each["before"], each["after"]) for each in told["changed"]]


def test_denials_that_a_draft_would_allow_are_told(admin: Browser, bob: Actor) -> None:
    assert bob.credentials is not None
    before = document(statement("iam:GetUser"))
    told = compared(admin, before=before, after=document(statement("iam:List*")))
    assert (told["denied"]["looked"], told["denied"]["complete"]) == (3, True)
    assert told["changes"] == {"allowed": {"different": 2, "times": 3}}
    assert changed(told) == [
        ("iam:ListRoles", "ImplicitDeny", "Allow"),
        ("iam:ListUsers", "ImplicitDeny", "Allow"),
    ]
    assert [each["times"] for each in told["changed"]] == [2, 1]
    page = json.loads(admin.own("GetDecision", {"decisionId": told["changed"][0]["decisionId"]}).body)
    assert (page["caller"]["arn"], page["request"]["action"]) == (BOB, "iam:ListRoles")
    assert changed(compared(admin, before=before, after=before)) == []


def test_a_denial_may_become_an_explicit_one(admin: Browser, bob: Actor) -> None:
    assert bob.credentials is not None
    told = compared(
        admin, before=document(statement("iam:GetUser")), after=document(statement("iam:ListUsers", "Deny"))
    )
    assert changed(told) == [("iam:ListUsers", "ImplicitDeny", "ExplicitDeny")]


def test_the_draft_is_in_the_place_of_the_policy(world: World, admin: Browser) -> None:
    """And not beside it: what the policy denied, it denies no more."""
    dan = world.user("dan", statement("iam:List*"), statement("iam:ListUsers", "Deny"))
    group = world.root.iam.create_group(GroupName="all")["Group"]["Arn"]
    world.root.iam.put_group_policy(
        GroupName="all", PolicyName="no", PolicyDocument=document(statement("iam:ListRoles", "Deny"))
    )
    world.root.iam.add_user_to_group(GroupName="all", UserName="dan")
    for operation in ("list_users", "list_roles"):
        with pytest.raises(ClientError, match="AccessDenied"):
            getattr(dan.iam, operation)()
    owner = {"arn": "arn:aws:iam::123456789012:user/dan", "name": "test"}
    told = compared(admin, **owner, after=document(statement("iam:List*")))
    assert changed(told) == [("iam:ListUsers", "ExplicitDeny", "Allow")]
    told = compared(admin, arn=group, name="no", after=document(statement("iam:ListGroups", "Deny")))
    assert changed(told) == [("iam:ListRoles", "ExplicitDeny", "Allow")]
    assert (
        compared(admin, **owner | {"name": "other"}, after=document(statement("iam:List*")))["changed"] == []
    )


def test_what_has_been_allowed_meanwhile_can_be_denied_again(admin: Browser, bob: Actor) -> None:
    assert bob.credentials is not None
    wide, narrow = document(statement("iam:*")), document(statement("iam:ListUsers"))
    assert changed(compared(admin, before=wide, after=narrow)) == [("iam:ListRoles", "Allow", "ImplicitDeny")]


def test_a_new_policy_of_a_user_is_one_more(admin: Browser, bob: Actor) -> None:
    assert bob.credentials is not None
    told = compared(admin, name="another", after=document(statement("iam:ListUsers")))
    assert changed(told) == [("iam:ListUsers", "ImplicitDeny", "Allow")]
    other = compared(admin, arn="arn:aws:iam::123456789012:user/eve", after=document(statement("iam:*")))
    assert (other["denied"]["looked"], other["changed"]) == (0, [])


def test_a_new_policy_of_a_group_is_one_more_for_its_members(
    world: World, admin: Browser, bob: Actor
) -> None:
    assert bob.credentials is not None
    iam = world.root.iam
    group = iam.create_group(GroupName="readers", Path="/all/")["Group"]["Arn"]
    asked = {"arn": group, "name": "read", "after": document(statement("iam:ListUsers"))}
    assert compared(admin, **asked)["denied"]["looked"] == 0
    iam.add_user_to_group(GroupName="readers", UserName="bob")
    assert changed(compared(admin, **asked)) == [("iam:ListUsers", "ImplicitDeny", "Allow")]


def test_conditions_are_asked_of_the_request_as_it_came(admin: Browser, bob: Actor) -> None:
    assert bob.credentials is not None
    for address, outcomes in (("127.0.0.1/32", ["Allow"]), ("198.51.100.0/24", [])):
        condition = {"IpAddress": {"aws:SourceIp": address}}
        told = compared(admin, after=document(statement("iam:ListUsers", Condition=condition)))
        assert [each["after"] for each in told["changed"]] == outcomes


def test_a_managed_policy_counts_wherever_it_is_attached(world: World, admin: Browser) -> None:
    """As a permissions boundary, too."""
    iam = world.root.iam
    edge = iam.create_policy(PolicyName="edge", PolicyDocument=document(statement("iam:GetUser")))["Policy"][
        "Arn"
    ]
    eve = world.user("eve", allow("iam:*"), PermissionsBoundary=edge)
    with pytest.raises(ClientError, match="AccessDenied"):
        eve.iam.list_users()
    told = compared(admin, arn=edge, name=None, after=document(statement("iam:ListUsers")))
    assert changed(told) == [("iam:ListUsers", "ImplicitDeny", "Allow")]


def test_a_trust_policy_is_in_the_place_of_the_roles(world: World, admin: Browser) -> None:
    role = world.role("deploy", {"AWS": "arn:aws:iam::123456789012:user/admin"})
    eve = world.user("eve", allow("sts:AssumeRole"))
    with pytest.raises(ClientError, match="AccessDenied"):
        eve.sts.assume_role(RoleArn=role, RoleSessionName="session")
    trust = document(
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::123456789012:user/eve"},
            "Action": "sts:AssumeRole",
        }
    )
    told = compared(admin, kind="trust", arn=role, name=None, after=trust)
    assert changed(told) == [("sts:AssumeRole", "ImplicitDeny", "Allow")]
    asked = {"kind": "trust", "arn": role, "after": document(statement("iam:*"))}
    assert refused(admin, asked)[:2] == (400, "MalformedPolicyDocument")


def test_what_is_too_old_is_not_looked_at(world: World, admin: Browser, bob: Actor) -> None:
    assert bob.credentials is not None
    world.clock.advance(timedelta(hours=25))
    admin.sign_in("admin")
    assert compared(admin, after=document(statement("iam:*")))["denied"]["looked"] == 0


def test_it_takes_the_permission_to_read_denials(world: World, bob: Actor) -> None:
    assert bob.credentials is not None
    with_password(world, "eve", allow("iam:List*"))
    eve = Browser(world)
    asked = {"kind": "identity", "arn": BOB, "name": "test", "after": document(statement("iam:*"))}
    assert refused(eve, asked)[1] == "MissingAuthenticationToken"
    eve.sign_in("eve")
    status, code, message = refused(eve, asked)
    assert (status, code) == (403, "AccessDenied")
    assert "iam:GetRequestAuthorizationDetails" in message
    eve.headers = {"x-iamd-csrf": None}
    status, code, message = refused(eve, asked)
    assert (code, message) == (
        "AccessDenied",
        "The request does not carry the anti-forgery token of the session.",
    )


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"after": "no policy"}, "MalformedPolicyDocument"),
        ({"before": "[]", "after": document()}, "MalformedPolicyDocument"),
        ({"after": "[" * 10_000}, "MalformedPolicyDocument"),
        ({"after": 7}, "InvalidInput"),
        ({}, "InvalidInput"),
        ({"after": "{}", "kind": "scp"}, "InvalidInput"),
    ],
)
def test_bad_input_is_told_as_such(admin: Browser, asked: dict[str, Any], code: str) -> None:
    assert refused(admin, {"kind": "identity", "arn": BOB} | asked)[:2] == (400, code)


def test_what_is_larger_than_any_policy_is_not_held_against_decisions(admin: Browser) -> None:
    """Each of thousands of decisions would be held against each of its statements."""
    large = document(*[statement("iam:ListUsers")] * 200)
    for asked in ({"after": large}, {"before": large, "after": document(statement("iam:ListUsers"))}):
        assert refused(admin, {"kind": "identity", "arn": BOB} | asked)[:2] == (409, "LimitExceeded")
    # As for what is saved, white space is not counted.
    compared(admin, after=document(statement("iam:ListUsers")) + " " * 20_000)


def test_no_draft_finds_out_what_another_account_does_not_tell(world: World, admin: Browser) -> None:
    """One after the other they would spell the tags of whoever has asked, and where they were."""
    town = Organized.found(world)
    other = town.account("other")
    iam = town.enter(other).iam
    iam.create_user(UserName="eve", Tags=[{"Key": "project", "Value": "secret"}])
    iam.put_user_policy(UserName="eve", PolicyName="all", PolicyDocument=document(statement("sts:*")))
    eve = Actor(world, Credentials.of(iam.create_access_key(UserName="eve")["AccessKey"]))
    role = world.role("deploy", {"AWS": "arn:aws:iam::123456789012:user/admin"})
    with pytest.raises(ClientError, match="AccessDenied"):
        eve.sts.assume_role(RoleArn=role, RoleSessionName="session")

    def with_draft(**condition: Any) -> Any:
        trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{other}:user/eve"}}
        after = document(trust | {"Action": "sts:AssumeRole"} | condition)
        return compared(admin, kind="trust", arn=role, name=None, after=after)

    assert changed(with_draft()) == [("sts:AssumeRole", "ImplicitDeny", "Allow")]
    for key, value in (("aws:PrincipalTag/project", "s*"), ("AWS:SourceIp", "127*")):
        told = with_draft(Condition={"StringLike": {key: value}})
        assert (changed(told), told["denied"]["looked"], told["hidden"]) == ([], 0, 1)
    told = with_draft(Condition={"StringLike": {"sts:RoleSessionName": "session"}})
    assert (changed(told), told["hidden"]) == ([("sts:AssumeRole", "ImplicitDeny", "Allow")], 0)
