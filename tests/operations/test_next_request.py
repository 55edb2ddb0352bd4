"""
R-38, R-41: every change bears on the very next request of whomever it concerns.

Each case asks once before the change, so that whatever is kept in memory is there and old.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.world import ACCOUNT, Actor, World, allow, deny, document

LIST = allow("iam:ListUsers")
NO_LIST = document(deny("iam:ListUsers"))
MAY_LIST = document(LIST)
MAY_NOTHING_HERE = document(allow("s3:GetObject"))
POLICY = f"arn:aws:iam::{ACCOUNT}:policy/p"
BOB = f"arn:aws:iam::{ACCOUNT}:user/bob"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"

Change = Callable[[Any], Any]


def may_list(actor: Actor) -> bool:
    try:
        actor.iam.list_users()
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"AccessDenied", "InvalidClientTokenId"}:
            raise
        return False
    return True


def given_when(key: str, value: str) -> str:
    return document(allow("iam:ListUsers", Condition={"StringEquals": {key: value}}))


def principal_tagged(iam: Any, of: str) -> None:
    _put(iam, of, given_when("aws:PrincipalTag/team", "red"))


def _put(iam: Any, of: str, text: str) -> None:
    if of == "user":
        iam.put_user_policy(UserName="bob", PolicyName="i", PolicyDocument=text)
    elif of == "group":
        iam.put_group_policy(GroupName="g", PolicyName="i", PolicyDocument=text)
    else:
        iam.put_role_policy(RoleName="r", PolicyName="i", PolicyDocument=text)


def names(of: str) -> dict[str, str]:
    return {"user": {"UserName": "bob"}, "group": {"GroupName": "g"}, "role": {"RoleName": "r"}}[of]


def operation(iam: Any, verb: str, of: str, noun: str, **params: Any) -> Any:
    return getattr(iam, f"{verb}_{of}_{noun}")(**names(of), **params)


def member(iam: Any) -> None:
    iam.add_user_to_group(GroupName="g", UserName="bob")


def policy(iam: Any, text: str) -> None:
    """Make the managed policy, in its first version."""
    iam.create_policy(PolicyName="p", PolicyDocument=text)


def new_version(iam: Any, text: str) -> None:
    iam.create_policy_version(PolicyArn=POLICY, PolicyDocument=text, SetAsDefault=True)


def bounded(iam: Any, of: str, text: str) -> None:
    """Let the owner do everything, within a boundary of *text*."""
    _put(iam, of, document(allow("*")))
    policy(iam, text)
    operation(iam, "put", of, "permissions_boundary", PermissionsBoundary=POLICY)


@dataclass(frozen=True)
class Case:
    """A change after a *start*; what was allowed before it is not behind it, and the other way round."""

    name: str
    start: Change
    change: Change
    before: bool
    of: str = "user"

    def __str__(self) -> str:
        return f"{self.of}: {self.name}"


def sequence(*steps: Change) -> Change:
    def run(iam: Any) -> None:
        for step in steps:
            step(iam)

    return run


def nothing(_iam: Any) -> None:
    """Begin with nothing."""


def of_principal(of: str) -> list[Case]:
    """Return the cases that are the same for a user and for the session of a role."""
    tags = [{"Key": "Team", "Value": "red"}]
    tag: Change = lambda iam: getattr(iam, f"tag_{of}")(**names(of), Tags=tags)  # noqa: E731
    attach: Change = lambda iam: operation(iam, "attach", of, "policy", PolicyArn=POLICY)  # noqa: E731
    return [
        Case("inline policy put", nothing, lambda iam: _put(iam, of, MAY_LIST), before=False, of=of),
        Case(
            "inline policy replaced",
            lambda iam: _put(iam, of, MAY_LIST),
            lambda iam: _put(iam, of, MAY_NOTHING_HERE),
            before=True,
            of=of,
        ),
        Case(
            "inline policy deleted",
            lambda iam: _put(iam, of, MAY_LIST),
            lambda iam: operation(iam, "delete", of, "policy", PolicyName="i"),
            before=True,
            of=of,
        ),
        Case("attached", lambda iam: policy(iam, MAY_LIST), attach, before=False, of=of),
        Case(
            "detached",
            sequence(lambda iam: policy(iam, MAY_LIST), attach),
            lambda iam: operation(iam, "detach", of, "policy", PolicyArn=POLICY),
            before=True,
            of=of,
        ),
        Case(
            "version of an attached policy made the default",
            sequence(lambda iam: policy(iam, MAY_LIST), attach),
            lambda iam: new_version(iam, MAY_NOTHING_HERE),
            before=True,
            of=of,
        ),
        Case(
            "former version of an attached policy made the default",
            sequence(
                lambda iam: policy(iam, MAY_LIST), attach, lambda iam: new_version(iam, MAY_NOTHING_HERE)
            ),
            lambda iam: iam.set_default_policy_version(PolicyArn=POLICY, VersionId="v1"),
            before=False,
            of=of,
        ),
        Case(
            "boundary put",
            sequence(lambda iam: _put(iam, of, MAY_LIST), lambda iam: policy(iam, MAY_NOTHING_HERE)),
            lambda iam: operation(iam, "put", of, "permissions_boundary", PermissionsBoundary=POLICY),
            before=True,
            of=of,
        ),
        Case(
            "boundary deleted",
            lambda iam: bounded(iam, of, MAY_NOTHING_HERE),
            lambda iam: operation(iam, "delete", of, "permissions_boundary"),
            before=False,
            of=of,
        ),
        Case(
            "version of a boundary made the default",
            lambda iam: bounded(iam, of, MAY_LIST),
            lambda iam: new_version(iam, MAY_NOTHING_HERE),
            before=True,
            of=of,
        ),
        Case("tagged", lambda iam: principal_tagged(iam, of), tag, before=False, of=of),
        Case(
            "untagged",
            sequence(lambda iam: principal_tagged(iam, of), tag),
            lambda iam: getattr(iam, f"untag_{of}")(**names(of), TagKeys=["team"]),
            before=True,
            of=of,
        ),
    ]


OF_GROUPS = [
    Case("joined", lambda iam: _put(iam, "group", MAY_LIST), member, before=False),
    Case(
        "left",
        sequence(lambda iam: _put(iam, "group", MAY_LIST), member),
        lambda iam: iam.remove_user_from_group(GroupName="g", UserName="bob"),
        before=True,
    ),
    Case("policy put on the group", member, lambda iam: _put(iam, "group", MAY_LIST), before=False),
    Case(
        "policy of the group deleted",
        sequence(lambda iam: _put(iam, "group", MAY_LIST), member),
        lambda iam: operation(iam, "delete", "group", "policy", PolicyName="i"),
        before=True,
    ),
    Case(
        "attached to the group",
        sequence(member, lambda iam: policy(iam, MAY_LIST)),
        lambda iam: operation(iam, "attach", "group", "policy", PolicyArn=POLICY),
        before=False,
    ),
    Case(
        "detached from the group",
        sequence(
            member,
            lambda iam: policy(iam, MAY_LIST),
            lambda iam: operation(iam, "attach", "group", "policy", PolicyArn=POLICY),
        ),
        lambda iam: operation(iam, "detach", "group", "policy", PolicyArn=POLICY),
        before=True,
    ),
    Case(
        "version of the group's policy made the default",
        sequence(
            member,
            lambda iam: policy(iam, MAY_LIST),
            lambda iam: operation(iam, "attach", "group", "policy", PolicyArn=POLICY),
        ),
        lambda iam: new_version(iam, NO_LIST),
        before=True,
    ),
    Case(
        "renamed group, which is still left",
        sequence(
            lambda iam: _put(iam, "group", MAY_LIST),
            member,
            lambda iam: iam.update_group(GroupName="g", NewGroupName="h", NewPath="/x/"),
        ),
        lambda iam: iam.remove_user_from_group(GroupName="h", UserName="bob"),
        before=True,
    ),
]
OF_NAMES = [
    Case(
        "renamed",
        lambda iam: _put(iam, "user", given_when("aws:username", "bob")),
        lambda iam: iam.update_user(UserName="bob", NewUserName="bobby"),
        before=True,
    ),
    Case(
        "moved",
        lambda iam: _put(iam, "user", given_when("aws:PrincipalArn", f"arn:aws:iam::{ACCOUNT}:user/x/bob")),
        lambda iam: iam.update_user(UserName="bob", NewPath="/x/"),
        before=False,
    ),
]
CASES = [*of_principal("user"), *of_principal("role"), *OF_GROUPS, *OF_NAMES]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_change_decides_the_next_request(world: World, case: Case) -> None:
    iam = world.root.iam
    bob = world.user("bob")
    iam.create_group(GroupName="g")
    actor = bob.assume(world.role("r", {"AWS": BOB})) if case.of == "role" else bob
    case.start(iam)
    assert [may_list(actor), may_list(actor)] == [case.before] * 2
    case.change(iam)
    assert [may_list(actor), may_list(actor)] == [not case.before] * 2


def test_a_key_may_sign_as_its_status_says(world: World) -> None:
    bob = world.user("bob", LIST)
    assert bob.credentials is not None
    key = {"UserName": "bob", "AccessKeyId": bob.credentials.access_key_id}
    seen = [may_list(bob)]
    for status in ("Inactive", "Active", "Inactive", "Active"):
        world.root.iam.update_access_key(**key, Status=status)
        seen.append(may_list(bob))
    world.root.iam.delete_access_key(**key)
    assert [*seen, may_list(bob)] == [True, False, True, False, True, False]


def test_a_managed_session_policy_is_in_force_as_it_stands(world: World) -> None:
    """Its default version, and nothing at all once it is gone."""
    iam = world.root.iam
    policy(iam, MAY_LIST)
    session = world.user("bob").assume(
        world.role("r", {"AWS": BOB}, allow("*")), PolicyArns=[{"arn": POLICY}]
    )
    seen = [may_list(session)]
    new_version(iam, MAY_NOTHING_HERE)
    seen.append(may_list(session))
    iam.set_default_policy_version(PolicyArn=POLICY, VersionId="v1")
    seen.append(may_list(session))
    iam.delete_policy_version(PolicyArn=POLICY, VersionId="v2")
    iam.delete_policy(PolicyArn=POLICY)
    seen.append(may_list(session))
    iam.create_policy(PolicyName="p", PolicyDocument=MAY_NOTHING_HERE)
    assert [*seen, may_list(session)] == [True, False, True, False, False]


def test_a_trust_policy_is_in_force_as_it_stands(world: World) -> None:
    iam = world.root.iam
    bob = world.user("bob")
    world.user("eve")
    trusting = {
        name: document(
            allow("sts:AssumeRole", None, Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:user/{name}"})
        )
        for name in ("bob", "eve")
    }
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trusting["bob"])
    assert bob.assume(ROLE)
    iam.update_assume_role_policy(RoleName="r", PolicyDocument=trusting["eve"])
    with pytest.raises(ClientError, match="no role trust policy"):
        bob.assume(ROLE)
    iam.update_assume_role_policy(RoleName="r", PolicyDocument=trusting["bob"])
    assert bob.assume(ROLE)
    iam.delete_role(RoleName="r")
    with pytest.raises(ClientError, match="no role trust policy"):
        bob.assume(ROLE)
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trusting["bob"])
    assert bob.assume(ROLE)


def test_a_renamed_user_is_still_the_one_that_is_trusted(world: World) -> None:
    """R-07: and whoever takes the name is not."""
    bob = world.user("bob")
    role = world.role("r", {"AWS": BOB})
    assert bob.assume(role)
    world.root.iam.update_user(UserName="bob", NewUserName="bobby")
    another = world.user("bob")
    assert bob.assume(role)
    with pytest.raises(ClientError, match="no role trust policy"):
        another.assume(role)
