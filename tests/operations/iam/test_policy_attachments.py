"""Managed policies attached to users, groups and roles."""

from typing import Any

import pytest
from tests.support.answers import arn, check_permission, content, denial, refusal
from tests.support.store_values import OTHER_ACCOUNT_ID, account, add, managed_policy
from tests.support.world import Actor, World, allow, document

ANY = document(allow("s3:*"))
EC2 = document(allow("sts:AssumeRole", None, Principal={"Service": "ec2.amazonaws.com"}))
P = arn("policy/P")
EDGE = arn("policy/edge")
EVE = arn("user/eve")
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
LINKED = "arn:aws:iam::aws:policy/aws-service-role/AutoScalingServiceRolePolicy"
TASK = "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"
KINDS = pytest.mark.parametrize("kind", ["user", "group", "role"])


class Attached:
    """The operations on the attached policies of one kind of entity; the entity is called `X`."""

    def __init__(self, iam: Any, kind: str, name: str = "X") -> None:
        self.attach = getattr(iam, f"attach_{kind}_policy")
        self.detach = getattr(iam, f"detach_{kind}_policy")
        self.list = getattr(iam, f"list_attached_{kind}_policies")
        self.owner = {f"{kind.capitalize()}Name": name}

    def arns(self, **parameters: Any) -> list[str]:
        answer = self.list(**self.owner, **parameters)
        return [policy["PolicyArn"] for policy in answer["AttachedPolicies"]]


@pytest.fixture
def iam(root: Actor) -> Any:
    """Return the client of the root, in an account with the policy `P` where three entities are called `X`."""
    root.iam.create_policy(PolicyName="P", PolicyDocument=ANY)
    root.iam.create_user(UserName="X", Path="/team/")
    root.iam.create_group(GroupName="X", Path="/team/")
    root.iam.create_role(RoleName="X", Path="/team/", AssumeRolePolicyDocument=EC2)
    return root.iam


@KINDS
def test_policies_of_the_account_and_of_aws_are_attached_and_detached(iam: Any, kind: str) -> None:
    x = Attached(iam, kind)
    assert content(x.attach(**x.owner, PolicyArn=P)) == {}
    # A name is found without regard to case.
    lower = Attached(iam, kind, "x")
    lower.attach(**lower.owner, PolicyArn=READ_ONLY)
    assert content(x.list(**x.owner)) == {
        "AttachedPolicies": [
            {"PolicyName": "P", "PolicyArn": P},
            {"PolicyName": "ReadOnlyAccess", "PolicyArn": READ_ONLY},
        ],
        "IsTruncated": False,
    }
    assert content(lower.detach(**lower.owner, PolicyArn=P)) == {}
    x.detach(**x.owner, PolicyArn=READ_ONLY)
    assert x.arns() == []


@KINDS
def test_attaching_twice_is_attaching_once(iam: Any, kind: str) -> None:
    x = Attached(iam, kind)
    x.attach(**x.owner, PolicyArn=P)
    x.attach(**x.owner, PolicyArn=P)
    assert x.arns() == [P]
    assert iam.get_policy(PolicyArn=P)["Policy"]["AttachmentCount"] == 1
    x.detach(**x.owner, PolicyArn=P)
    expected = ("NoSuchEntity", f"Policy {P} was not found.")
    assert refusal(x.detach, **x.owner, PolicyArn=P) == expected
    assert refusal(x.detach, **x.owner, PolicyArn=arn("policy/ghost"))[0] == "NoSuchEntity"


@KINDS
def test_a_policy_that_is_not_there_or_not_ones_own_cannot_be_attached(
    world: World, iam: Any, kind: str
) -> None:
    """R-33"""
    add(
        world.app.store,
        account(OTHER_ACCOUNT_ID),
        managed_policy("theirs", account_id=OTHER_ACCOUNT_ID),
    )
    x = Attached(iam, kind)
    for policy_arn in (
        arn("policy/ghost"),
        arn("policy/x/P"),
        arn("policy/p"),
        "arn:aws:iam::aws:policy/NoSuchPolicy",
        "arn:aws:iam::aws:policy/x/ReadOnlyAccess",
        arn("policy/theirs", OTHER_ACCOUNT_ID),
        TASK,
    ):
        assert refusal(x.attach, **x.owner, PolicyArn=policy_arn) == (
            "NoSuchEntity",
            f"Policy {policy_arn} does not exist or is not attachable.",
        )
    assert x.arns() == []


@KINDS
def test_a_policy_for_service_linked_roles_cannot_be_attached(iam: Any, kind: str) -> None:
    x = Attached(iam, kind)
    message = (
        "Cannot attach a Service Role Policy to a Customer Role."
        if kind == "role"
        else "AWS service role policies can only be attached to the service-linked role for that service."
    )
    assert refusal(x.attach, **x.owner, PolicyArn=LINKED) == ("PolicyNotAttachable", message)


@KINDS
def test_what_is_no_arn_of_a_policy_is_refused(iam: Any, kind: str) -> None:
    x = Attached(iam, kind)
    for bad, message in {
        "not-an-arn-but-long-enough": "ARN not-an-arn-but-long-enough is not valid.",
        arn("role/X"): f"ARN {arn('role/X')} is not valid.",
        f"{P} ": f"ARN {P}  is not valid.",
        P.replace("aws", "aws-us-gov"): "Invalid ARN partition",
    }.items():
        assert refusal(x.attach, **x.owner, PolicyArn=bad) == ("ValidationError", message)
        assert refusal(x.detach, **x.owner, PolicyArn=bad) == ("ValidationError", message)


@KINDS
def test_a_missing_entity_is_reported_before_a_missing_policy(iam: Any, kind: str) -> None:
    ghost = Attached(iam, kind, "ghost")
    expected = ("NoSuchEntity", f"The {kind} with name ghost cannot be found.")
    assert refusal(ghost.attach, **ghost.owner, PolicyArn=arn("policy/ghost")) == expected
    assert refusal(ghost.detach, **ghost.owner, PolicyArn=arn("policy/ghost")) == expected
    assert refusal(ghost.list, **ghost.owner) == expected


@KINDS
def test_an_entity_may_have_ten_policies(iam: Any, kind: str) -> None:
    x = Attached(iam, kind)
    for number in range(11):
        iam.create_policy(PolicyName=f"p{number}", PolicyDocument=ANY)
    for number in range(10):
        x.attach(**x.owner, PolicyArn=arn(f"policy/p{number}"))
    x.attach(**x.owner, PolicyArn=arn("policy/p0"))
    assert refusal(x.attach, **x.owner, PolicyArn=arn("policy/p10")) == (
        "LimitExceeded",
        f"Cannot exceed quota for PoliciesPer{kind.capitalize()}: 10",
    )
    assert len(x.arns()) == 10


@KINDS
def test_lists_come_in_pages_and_by_the_path_of_the_policy(iam: Any, kind: str) -> None:
    long = "/" + "/".join(["x" * 40] * 12) + "/"
    for name, path in (("b", "/a/"), ("A", "/a/b/"), ("z" * 128, long)):
        iam.create_policy(PolicyName=name, Path=path, PolicyDocument=ANY)
    deep, b, z = arn("policy/a/b/A"), arn("policy/a/b"), arn(f"policy{long}{'z' * 128}")
    x = Attached(iam, kind)
    for policy_arn in (z, READ_ONLY, b, P, deep):
        x.attach(**x.owner, PolicyArn=policy_arn)
    every = [deep, b, P, READ_ONLY, z]
    assert x.arns() == every
    assert x.arns(PathPrefix="/a/") == [deep, b]
    assert x.arns(PathPrefix="/a/b/") == [deep]
    pages: list[list[str]] = []
    marker: dict[str, str] = {}
    while True:
        page = x.list(**x.owner, MaxItems=2, **marker)
        pages.append([policy["PolicyArn"] for policy in page["AttachedPolicies"]])
        if not page["IsTruncated"]:
            break
        marker = {"Marker": page["Marker"]}
    assert pages == [every[:2], every[2:4], every[4:]]


# ListEntitiesForPolicy


def entities(iam: Any, policy_arn: str = P, **parameters: Any) -> list[str]:
    answer = iam.list_entities_for_policy(PolicyArn=policy_arn, **parameters)
    return [
        f"{kind}:{entity[f'{kind}Name']}"
        for kind in ("User", "Group", "Role")
        for entity in answer[f"Policy{kind}s"]
    ]


def test_entities_are_told_by_name_and_id_and_empty_lists_are_present(iam: Any) -> None:
    assert content(iam.list_entities_for_policy(PolicyArn=P)) == {
        "PolicyGroups": [],
        "PolicyUsers": [],
        "PolicyRoles": [],
        "IsTruncated": False,
    }
    for kind in ("user", "group", "role"):
        x = Attached(iam, kind)
        x.attach(**x.owner, PolicyArn=P)
    assert content(iam.list_entities_for_policy(PolicyArn=P)) == {
        "PolicyGroups": [{"GroupName": "X", "GroupId": iam.get_group(GroupName="X")["Group"]["GroupId"]}],
        "PolicyUsers": [{"UserName": "X", "UserId": iam.get_user(UserName="X")["User"]["UserId"]}],
        "PolicyRoles": [{"RoleName": "X", "RoleId": iam.get_role(RoleName="X")["Role"]["RoleId"]}],
        "IsTruncated": False,
    }


def test_entities_are_filtered_by_kind_path_and_use(iam: Any) -> None:
    for kind in ("user", "group", "role"):
        x = Attached(iam, kind)
        x.attach(**x.owner, PolicyArn=P)
    iam.create_user(UserName="bounded", PermissionsBoundary=P)
    iam.put_role_permissions_boundary(RoleName="X", PermissionsBoundary=P)
    everybody = ["User:bounded", "User:X", "Group:X", "Role:X"]
    assert entities(iam) == everybody
    assert entities(iam, EntityFilter="User") == ["User:bounded", "User:X"]
    assert entities(iam, EntityFilter="Group") == ["Group:X"]
    assert entities(iam, EntityFilter="Role") == ["Role:X"]
    assert entities(iam, EntityFilter="LocalManagedPolicy") == []
    assert entities(iam, PathPrefix="/team/") == ["User:X", "Group:X", "Role:X"]
    assert entities(iam, PathPrefix="/other/") == []
    assert entities(iam, PolicyUsageFilter="PermissionsPolicy") == ["User:X", "Group:X", "Role:X"]
    assert entities(iam, PolicyUsageFilter="PermissionsBoundary") == ["User:bounded", "Role:X"]
    assert entities(iam, PolicyUsageFilter="PermissionsBoundary", EntityFilter="Role") == ["Role:X"]


def test_entities_come_in_pages(iam: Any) -> None:
    for name in ("b", "A", "c"):
        iam.create_user(UserName=name)
        iam.attach_user_policy(UserName=name, PolicyArn=READ_ONLY)
    x = Attached(iam, "group")
    x.attach(**x.owner, PolicyArn=READ_ONLY)
    pages = iam.get_paginator("list_entities_for_policy").paginate(
        PolicyArn=READ_ONLY, PaginationConfig={"PageSize": 2}
    )
    assert [
        [user["UserName"] for user in page["PolicyUsers"]]
        + [group["GroupName"] for group in page["PolicyGroups"]]
        for page in pages
    ] == [["A", "X"], ["b", "c"]]


@pytest.mark.parametrize("policy_arn", [arn("policy/ghost"), "arn:aws:iam::aws:policy/NoSuchPolicy"])
def test_a_missing_policy_has_no_entities(root: Actor, policy_arn: str) -> None:
    assert refusal(root.iam.list_entities_for_policy, PolicyArn=policy_arn) == (
        "NoSuchEntity",
        f"Policy {policy_arn} does not exist or is not attachable.",
    )


# Permissions


@KINDS
@pytest.mark.parametrize("verb", ["Attach", "Detach", "ListAttached"])
def test_each_operation_needs_its_action_on_the_entity(world: World, iam: Any, kind: str, verb: str) -> None:
    x = Attached(iam, kind)
    lists = verb == "ListAttached"
    if verb == "Detach":
        x.attach(**x.owner, PolicyArn=P)
    check_permission(
        world,
        f"list_attached_{kind}_policies" if lists else f"{verb.lower()}_{kind}_policy",
        f"iam:{verb}{kind.capitalize()}{'Policies' if lists else 'Policy'}",
        arn(f"{kind}/team/X"),
        f"{kind} X",
        **x.owner,
        **({} if lists else {"PolicyArn": P}),
    )


@pytest.mark.usefixtures("iam")
def test_listing_entities_needs_its_action_on_the_policy(world: World) -> None:
    check_permission(
        world, "list_entities_for_policy", "iam:ListEntitiesForPolicy", P, f"policy {P}", PolicyArn=P
    )


@KINDS
def test_conditions_see_which_policy_is_attached(world: World, iam: Any, kind: str) -> None:
    action = f"iam:AttachAny{kind.capitalize()}Policy".replace("Any", "")
    condition = {"ArnEquals": {"iam:PolicyARN": P}}
    eve = world.user("eve", allow([action, action.replace("Attach", "Detach")], Condition=condition))
    hers = Attached(eve.iam, kind)
    expected = denial(EVE, action, f"{kind} X")
    assert refusal(hers.attach, **hers.owner, PolicyArn=READ_ONLY) == expected
    assert (
        refusal(hers.attach, **hers.owner, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
        == expected
    )
    hers.attach(**hers.owner, PolicyArn=P)
    x = Attached(iam, kind)
    x.attach(**x.owner, PolicyArn=READ_ONLY)
    assert refusal(hers.detach, **hers.owner, PolicyArn=READ_ONLY)[0] == "AccessDenied"
    hers.detach(**hers.owner, PolicyArn=P)
    assert x.arns() == [READ_ONLY]


@pytest.mark.parametrize("kind", ["user", "role"])
def test_conditions_see_the_boundary_of_the_entity(world: World, iam: Any, kind: str) -> None:
    iam.create_policy(PolicyName="edge", PolicyDocument=ANY)
    actions = [f"iam:{verb}{kind.capitalize()}Policy" for verb in ("Attach", "Detach")]
    eve = world.user("eve", allow(actions, Condition={"StringEquals": {"iam:PermissionsBoundary": EDGE}}))
    hers, x = Attached(eve.iam, kind), Attached(iam, kind)
    assert refusal(hers.attach, **x.owner, PolicyArn=P) == denial(EVE, actions[0], f"{kind} X")
    x.attach(**x.owner, PolicyArn=P)
    assert refusal(hers.detach, **x.owner, PolicyArn=P) == denial(EVE, actions[1], f"{kind} X")
    getattr(iam, f"put_{kind}_permissions_boundary")(**x.owner, PermissionsBoundary=EDGE)
    hers.detach(**x.owner, PolicyArn=P)
    hers.attach(**x.owner, PolicyArn=P)


def test_an_attached_policy_is_in_force_at_once_and_no_longer_than_it_is_attached(
    world: World, iam: Any
) -> None:
    bob = world.user("bob")
    assert refusal(bob.iam.list_users)[0] == "AccessDenied"
    iam.attach_user_policy(UserName="bob", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
    bob.iam.list_users()
    iam.detach_user_policy(UserName="bob", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
    assert refusal(bob.iam.list_users)[0] == "AccessDenied"
    iam.add_user_to_group(GroupName="X", UserName="bob")
    iam.attach_group_policy(GroupName="X", PolicyArn=READ_ONLY)
    bob.iam.list_users()
    iam.detach_group_policy(GroupName="X", PolicyArn=READ_ONLY)
    assert refusal(bob.iam.list_users)[0] == "AccessDenied"


def test_whoever_may_only_attach_cannot_reach_more_through_an_administrator_policy(world: World) -> None:
    """R-24: the right to attach to another is not the right to attach to oneself."""
    world.root.iam.create_user(UserName="other")
    eve = world.user("eve", allow("iam:AttachUserPolicy", arn("user/other")))
    admin = "arn:aws:iam::aws:policy/AdministratorAccess"
    assert refusal(eve.iam.attach_user_policy, UserName="eve", PolicyArn=admin) == denial(
        EVE, "iam:AttachUserPolicy", "user eve"
    )
    eve.iam.attach_user_policy(UserName="other", PolicyArn=admin)


def test_only_attaching_and_detaching_know_the_key_of_the_policy(world: World) -> None:
    policy = world.root.iam.create_policy(PolicyName="P", PolicyDocument=ANY)["Policy"]["Arn"]
    bob = world.user("bob", allow("iam:*", Condition={"ArnEquals": {"iam:PolicyARN": policy}}))
    bob.iam.attach_user_policy(UserName="bob", PolicyArn=policy)
    assert refusal(bob.iam.get_policy, PolicyArn=policy)[0] == "AccessDenied"
