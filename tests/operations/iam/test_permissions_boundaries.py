"""PutUserPermissionsBoundary, DeleteUserPermissionsBoundary, and the same of roles."""

from typing import Any

import pytest
from tests.support.answers import arn, check_permission, content, refusal
from tests.support.world import Actor, World, allow, deny, document

KINDS = pytest.mark.parametrize(
    ("kind", "named"), [("user", {"UserName": "them"}), ("role", {"RoleName": "them"})], ids=["user", "role"]
)


@pytest.fixture
def edge(world: World, root: Actor) -> str:
    """A boundary; there are a user and a role called ``them``."""
    root.iam.create_user(UserName="them")
    world.role("them", {"AWS": arn("root")})
    return policy(root, "edge")


def policy(root: Actor, name: str) -> str:
    some_policy = document(allow("iam:GetUser"))
    return str(root.iam.create_policy(PolicyName=name, PolicyDocument=some_policy)["Policy"]["Arn"])


def boundary(root: Actor, kind: str) -> Any:
    if kind == "user":
        return root.iam.get_user(UserName="them")["User"].get("PermissionsBoundary")
    return root.iam.get_role(RoleName="them")["Role"].get("PermissionsBoundary")


@KINDS
def test_a_boundary_is_put_replaced_and_taken_away(
    root: Actor, edge: str, kind: str, named: dict[str, str]
) -> None:
    put = getattr(root.iam, f"put_{kind}_permissions_boundary")
    delete = getattr(root.iam, f"delete_{kind}_permissions_boundary")
    other = policy(root, "other")
    assert boundary(root, kind) is None

    assert content(put(**named, PermissionsBoundary=edge)) == {}
    assert boundary(root, kind) == {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": edge}

    put(**named, PermissionsBoundary=other)
    assert boundary(root, kind) == {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": other}

    assert content(delete(**named)) == {}
    assert boundary(root, kind) is None
    delete(**named)


@KINDS
def test_a_policy_of_aws_may_be_a_boundary(root: Actor, edge: str, kind: str, named: dict[str, str]) -> None:
    aws = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    assert edge

    getattr(root.iam, f"put_{kind}_permissions_boundary")(**named, PermissionsBoundary=aws)

    assert boundary(root, kind)["PermissionsBoundaryArn"] == aws


@KINDS
def test_boundaries_that_cannot_be(root: Actor, edge: str, kind: str, named: dict[str, str]) -> None:
    put = getattr(root.iam, f"put_{kind}_permissions_boundary")
    put(**named, PermissionsBoundary=edge)

    for gone in (
        arn("policy/gone"),
        "arn:aws:iam::aws:policy/NoSuchPolicyOfAws",
        edge.replace("123456789012", "210987654321"),
    ):
        assert refusal(put, **named, PermissionsBoundary=gone) == (
            "NoSuchEntity",
            f"Scope ARN: {gone} does not exist or is not attachable.",
        )
    for wrong in ("not an ARN of anything", arn("user/them")):
        assert refusal(put, **named, PermissionsBoundary=wrong) == (
            "InvalidInput",
            f"ARN {wrong} is not valid.",
        )
    assert boundary(root, kind)["PermissionsBoundaryArn"] == edge


@pytest.mark.parametrize(
    ("kind", "named"), [("user", {"UserName": "nobody"}), ("role", {"RoleName": "nobody"})]
)
def test_nobody_has_no_boundary(root: Actor, edge: str, kind: str, named: dict[str, str]) -> None:
    missing = ("NoSuchEntity", f"The {kind} with name nobody cannot be found.")
    put = getattr(root.iam, f"put_{kind}_permissions_boundary")

    assert refusal(put, **named, PermissionsBoundary=edge) == missing
    assert refusal(getattr(root.iam, f"delete_{kind}_permissions_boundary"), **named) == missing


def test_a_boundary_withholds_from_the_very_next_request_and_grants_nothing(
    world: World, root: Actor
) -> None:
    edge = policy(root, "edge")
    bob = world.user("bob", allow("iam:ListUsers"))
    assert len(bob.iam.list_users()["Users"]) == 1

    root.iam.put_user_permissions_boundary(UserName="bob", PermissionsBoundary=edge)

    assert refusal(bob.iam.list_users)[1].endswith(
        "because no permissions boundary allows the iam:ListUsers action"
    )
    # The boundary speaks of it, the user's own policies do not.
    assert refusal(bob.iam.get_user)[1].endswith(
        "because no identity-based policy allows the iam:GetUser action"
    )
    root.iam.delete_user_permissions_boundary(UserName="bob")
    assert len(bob.iam.list_users()["Users"]) == 1


def test_an_administrator_under_a_boundary_cannot_leave_it(world: World, root: Actor) -> None:
    """R-24: the pattern of AWS's delegation example holds: bounded users only, and no boundary is taken away."""
    edge = policy(root, "edge")
    bounded = {"StringEquals": {"iam:PermissionsBoundary": edge}}
    admin = world.user(
        "admin",
        allow(["iam:CreateUser", "iam:PutUserPermissionsBoundary"], Condition=bounded),
        allow("iam:DeleteUserPermissionsBoundary"),
        deny("iam:DeleteUserPermissionsBoundary", Condition=bounded),
    )
    other = policy(root, "other")

    assert refusal(admin.iam.create_user, UserName="free")[0] == "AccessDenied"
    assert refusal(admin.iam.create_user, UserName="free", PermissionsBoundary=other)[0] == "AccessDenied"
    admin.iam.create_user(UserName="new", PermissionsBoundary=edge)
    # What counts is the boundary that is put, not the one that is there.
    assert refusal(admin.iam.put_user_permissions_boundary, UserName="new", PermissionsBoundary=other)[0] == (
        "AccessDenied"
    )
    root.iam.put_user_permissions_boundary(UserName="new", PermissionsBoundary=other)
    admin.iam.put_user_permissions_boundary(UserName="new", PermissionsBoundary=edge)
    # What counts is the boundary that is there, where none is put.
    assert refusal(admin.iam.delete_user_permissions_boundary, UserName="new")[0] == "AccessDenied"
    root.iam.put_user_permissions_boundary(UserName="new", PermissionsBoundary=other)
    admin.iam.delete_user_permissions_boundary(UserName="new")


@KINDS
@pytest.mark.parametrize("verb", ["put", "delete"])
def test_who_may(world: World, edge: str, verb: str, kind: str, named: dict[str, str]) -> None:
    operation = f"{verb}_{kind}_permissions_boundary"
    action = f"iam:{verb.title()}{kind.title()}PermissionsBoundary"
    params = named | ({"PermissionsBoundary": edge} if verb == "put" else {})

    check_permission(world, operation, action, arn(f"{kind}/them"), f"{kind} them", **params)
