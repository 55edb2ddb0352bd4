"""Trust policies: which principals there may be, whom they go on to mean, and how they are shown."""

import json
from typing import Any

import pytest
from tests.support.answers import arn, refusal
from tests.support.store_values import OTHER_ACCOUNT_ID, account, add, user
from tests.support.world import ACCOUNT, Actor, World, allow, document


def trusting(*principals: str, **more: Any) -> str:
    return document(allow("sts:AssumeRole", None, Principal={"AWS": list(principals)}, **more))


def shown(root: Actor, name: str = "r") -> list[str]:
    """Return the principals of a role as GetRole tells them."""
    policy = root.iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    principals: list[str] = policy["Statement"][0]["Principal"]["AWS"]
    return principals


@pytest.fixture
def other_account(world: World) -> None:
    """Another account, with a user `carol` in it."""

    add(world.app.store, account(OTHER_ACCOUNT_ID), user("carol", account_id=OTHER_ACCOUNT_ID))


@pytest.mark.usefixtures("other_account")
def test_whoever_exists_can_be_trusted(world: World) -> None:
    world.user("bob", Path="/team/")
    world.role("source", {"AWS": "*"}, Path="/deep/")
    principals = [
        "*",
        ACCOUNT,
        f"arn:aws:iam::{ACCOUNT}:root",
        OTHER_ACCOUNT_ID,
        f"arn:aws:iam::{OTHER_ACCOUNT_ID}:root",
        f"arn:aws:iam::{OTHER_ACCOUNT_ID}:user/carol",
        arn("user/team/bob"),
        arn("role/deep/source"),
        f"arn:aws:sts::{ACCOUNT}:assumed-role/source/monday",
        f"arn:aws:sts::{ACCOUNT}:federated-user/anybody",
    ]
    world.root.iam.create_role(RoleName="r", AssumeRolePolicyDocument=trusting(*principals))
    assert shown(world.root) == principals


NOBODY = [
    "888888888888",
    "12345678901",
    "arn:aws:iam::888888888888:root",
    f"arn:aws:iam::{ACCOUNT}:user/ghost",
    f"arn:aws:iam::{ACCOUNT}:role/ghost",
    f"arn:aws:iam::{ACCOUNT}:user/bob",
    f"arn:aws:iam::{ACCOUNT}:user/team/BOB",
    f"arn:aws:iam::{ACCOUNT}:user/team/*",
    f"arn:aws:iam::{ACCOUNT}:role/source",
    f"arn:aws:iam::{ACCOUNT}:role/wrong/path/source",
    f"arn:aws:iam::{ACCOUNT}:role/deep/Source",
    f"arn:aws:iam::{ACCOUNT}:group/team",
    f"arn:aws:iam::{ACCOUNT}:*",
    f"arn:aws-cn:iam::{ACCOUNT}:root",
    f"arn:aws-cn:iam::{ACCOUNT}:user/team/bob",
    f"arn:aws:iam:us-east-1:{ACCOUNT}:root",
    f"arn:aws:sts::{ACCOUNT}:assumed-role/ghost/monday",
    f"arn:aws:sts::{ACCOUNT}:assumed-role/source",
    f"arn:aws:sts::{ACCOUNT}:assumed-role/source/*",
    f"arn:aws:sts::{ACCOUNT}:assumed-role/deep/source/monday",
    f"arn:aws:sts::{ACCOUNT}:federated-user/a b",
    f"arn:aws:sts::{ACCOUNT}:root",
    "arn:aws:sts::888888888888:federated-user/anybody",
    "AIDAAAAAAAAAAAAAAAAAA",
    "AROAAAAAAAAAAAAAAAAAA",
    "bob",
    "",
]


def test_nobody_cannot_be_trusted(world: World) -> None:
    """R-07: an ARN that is not, path and case included, somebody's own names nobody."""
    world.user("bob", Path="/team/")
    world.role("source", {"AWS": "*"}, Path="/deep/")
    create, update = world.root.iam.create_role, world.root.iam.update_assume_role_policy
    for principal in NOBODY:
        expected = ("MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{principal}"')
        policy = trusting("*", principal)
        assert refusal(create, RoleName="r", AssumeRolePolicyDocument=policy) == expected
        assert refusal(update, RoleName="source", PolicyDocument=policy) == expected


def test_a_user_made_again_under_the_name_is_not_trusted(world: World) -> None:
    statement = allow("sts:AssumeRole")
    bob = world.user("bob", statement)
    old_id = world.root.iam.get_user(UserName="bob")["User"]["UserId"]
    role = world.role("r", {"AWS": [arn("user/bob")]})
    bob.assume(role)
    iam = world.root.iam
    assert bob.credentials is not None
    iam.delete_access_key(UserName="bob", AccessKeyId=bob.credentials.access_key_id)
    iam.delete_user_policy(UserName="bob", PolicyName="test")
    iam.delete_user(UserName="bob")
    again = world.user("bob", statement)
    assert refusal(again.sts.assume_role, RoleArn=role, RoleSessionName="s1")[0] == "AccessDenied"
    # AWS: the id appears where the ARN was, and cannot be saved again.
    assert shown(world.root) == [old_id]
    assert refusal(iam.update_assume_role_policy, RoleName="r", PolicyDocument=trusting(old_id)) == (
        "MalformedPolicyDocument",
        f'Invalid principal in policy: "AWS":"{old_id}"',
    )
    iam.update_assume_role_policy(RoleName="r", PolicyDocument=trusting(arn("user/bob")))
    again.assume(role)
    assert shown(world.root) == [arn("user/bob")]


def test_a_role_made_again_under_the_name_is_not_trusted(world: World) -> None:
    bob = world.user("bob", allow("sts:AssumeRole"))
    source = world.role("source", {"AWS": ACCOUNT}, allow("sts:AssumeRole"))
    target = world.role("r", {"AWS": [source]})
    bob.assume(source).assume(target)
    world.root.iam.delete_role_policy(RoleName="source", PolicyName="test")
    old_id = world.root.iam.get_role(RoleName="source")["Role"]["RoleId"]
    world.root.iam.delete_role(RoleName="source")
    assert shown(world.root) == [old_id]
    again = bob.assume(world.role("source", {"AWS": ACCOUNT}, allow("sts:AssumeRole")))
    assert refusal(again.sts.assume_role, RoleArn=target, RoleSessionName="s1")[0] == "AccessDenied"


def test_a_renamed_user_goes_on_to_be_trusted_and_is_shown_by_its_new_arn(world: World) -> None:
    bob = world.user("bob", allow("sts:AssumeRole"))
    condition = {"ArnLike": {"aws:PrincipalArn": [arn("user/bob"), arn("user/*")]}}
    policy = trusting(arn("user/bob"), "*", Condition=condition)
    role = world.root.iam.create_role(RoleName="r", AssumeRolePolicyDocument=policy)["Role"]["Arn"]
    world.root.iam.update_user(UserName="bob", NewUserName="robert", NewPath="/x/")
    bob.assume(role)
    assert world.root.iam.get_role(RoleName="r")["Role"]["AssumeRolePolicyDocument"] == json.loads(
        trusting(arn("user/x/robert"), "*", Condition=condition)
    )
    (listed,) = world.root.iam.list_roles()["Roles"]
    assert listed["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["AWS"][0] == arn("user/x/robert")


def test_whoever_takes_the_name_of_a_renamed_user_is_not_trusted(world: World) -> None:
    world.user("bob")
    role = world.role("r", {"AWS": [arn("user/bob")]})
    world.root.iam.update_user(UserName="bob", NewUserName="robert")
    impostor = world.user("bob", allow("sts:AssumeRole"))
    assert refusal(impostor.sts.assume_role, RoleArn=role, RoleSessionName="s1")[0] == "AccessDenied"
    assert shown(world.root) == [arn("user/robert")]


def test_a_unique_id_is_accepted_and_shown_as_the_arn(world: World) -> None:
    bob = world.user("bob", allow("sts:AssumeRole"))
    user_id = world.root.iam.get_user(UserName="bob")["User"]["UserId"]
    policy = trusting(user_id)
    role = world.root.iam.create_role(RoleName="r", AssumeRolePolicyDocument=policy)["Role"]["Arn"]
    bob.assume(role)
    assert shown(world.root) == [arn("user/bob")]


@pytest.mark.parametrize(
    ("principal", "message"),
    [
        ({"Service": "nowhere"}, 'Invalid principal in policy: "SERVICE":"nowhere"'),
        ({"Service": "*.amazonaws.com"}, 'Invalid principal in policy: "SERVICE":"*.amazonaws.com"'),
        (
            {"Federated": "arn:aws:iam::123456789012:role/r"},
            "Federated principals must be valid domain names or SAML metadata ARNs",
        ),
        ({"CanonicalUser": "0" * 64}, f'Invalid principal in policy: "CanonicalUser":"{"0" * 64}"'),
    ],
)
def test_other_principals_must_have_their_form(root: Actor, principal: dict[str, str], message: str) -> None:
    policy = document(allow("sts:AssumeRole", None, Principal=principal))
    assert refusal(root.iam.create_role, RoleName="r", AssumeRolePolicyDocument=policy) == (
        "MalformedPolicyDocument",
        message,
    )
