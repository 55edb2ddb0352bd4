"""Roles."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from tests.support.answers import arn, check_permission, denial, refusal
from tests.support.store_values import add, role
from tests.support.world import ACCOUNT, Actor, World, allow, document

EC2 = document(allow("sts:AssumeRole", None, Principal={"Service": "ec2.amazonaws.com"}))
LAMBDA = document(allow("sts:AssumeRole", None, Principal={"Service": "lambda.amazonaws.com"}))
BOUNDARY = arn("policy/edge")
ANY = document(allow("s3:*"))
EVE = arn("user/eve")
NO_PRINCIPALS = (
    "Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: "
    "The passed in policy has a statement with no principals!"
)


def wire_document(world: World) -> str:
    """Return the trust policy of the last answer as it went over the wire."""
    body = world.responses[-1].body.decode()
    return body.split("<AssumeRolePolicyDocument>")[1].split("</AssumeRolePolicyDocument>")[0]


# CreateRole


def test_creating_tells_what_a_role_is_and_not_its_description_or_duration(root: Actor) -> None:
    answer = root.iam.create_role(
        RoleName="Builder",
        Path="/ci/",
        AssumeRolePolicyDocument=EC2,
        Description="builds",
        MaxSessionDuration=7200,
    )
    role = answer["Role"]
    assert role == {
        "Path": "/ci/",
        "RoleName": "Builder",
        "RoleId": role["RoleId"],
        "Arn": arn("role/ci/Builder"),
        "CreateDate": role["CreateDate"],
        "AssumeRolePolicyDocument": json.loads(EC2),
    }
    assert role["RoleId"].startswith("AROA")
    assert len(role["RoleId"]) == 21


def test_creating_tells_tags_and_boundary_when_there_are_any(root: Actor) -> None:
    root.iam.create_policy(PolicyName="edge", PolicyDocument=ANY)
    tags = [{"Key": "Team", "Value": "a"}, {"Key": "empty", "Value": ""}]
    role = root.iam.create_role(
        RoleName="r", AssumeRolePolicyDocument=EC2, Tags=tags, PermissionsBoundary=BOUNDARY
    )["Role"]
    assert role["Tags"] == tags
    assert role["PermissionsBoundary"] == {
        "PermissionsBoundaryType": "Policy",
        "PermissionsBoundaryArn": BOUNDARY,
    }


def test_a_name_is_taken_whatever_its_case_and_path(root: Actor) -> None:
    root.iam.create_role(RoleName="Builder", AssumeRolePolicyDocument=EC2)
    assert refusal(root.iam.create_role, RoleName="bUILDER", Path="/x/", AssumeRolePolicyDocument=EC2) == (
        "EntityAlreadyExists",
        "Role with name bUILDER already exists.",
    )
    assert root.iam.get_role(RoleName="BUILDER")["Role"]["RoleName"] == "Builder"


@pytest.mark.parametrize(
    ("trust_policy", "message"),
    [
        ("{", "This policy contains invalid Json"),
        (
            document(allow("s3:GetObject", None, Principal="*")),
            "AssumeRole policy may only specify STS AssumeRole actions.",
        ),
        (document(allow("sts:AssumeRole", "*", Principal="*")), "Has prohibited field Resource"),
        (document(allow("sts:AssumeRole", None)), "Missing required field Principal"),
        (document(allow("sts:AssumeRole", None, Principal={})), NO_PRINCIPALS),
    ],
)
def test_a_malformed_trust_policy_is_refused(root: Actor, trust_policy: str, message: str) -> None:
    root.iam.create_role(RoleName="there", AssumeRolePolicyDocument=EC2)
    expected = ("MalformedPolicyDocument", message)
    assert refusal(root.iam.create_role, RoleName="r", AssumeRolePolicyDocument=trust_policy) == expected
    update = root.iam.update_assume_role_policy
    assert refusal(update, RoleName="there", PolicyDocument=trust_policy) == expected
    assert root.iam.get_role(RoleName="there")["Role"]["AssumeRolePolicyDocument"] == json.loads(EC2)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (
            "/aws-service-role/ec2.amazonaws.com/",
            "Path prefix '/aws-service-role/' can only be used for AWS Service linked Roles",
        ),
        ("/aws-reserved/sso/", "Path prefix '/aws-reserved/' can only be used for roles that AWS makes"),
    ],
)
def test_the_paths_of_aws_are_its_own(root: Actor, path: str, message: str) -> None:
    create = root.iam.create_role
    assert refusal(create, RoleName="r", Path=path, AssumeRolePolicyDocument=EC2) == ("InvalidInput", message)


def test_a_boundary_must_be_a_policy_that_is_there(root: Actor) -> None:
    create = root.iam.create_role
    given: dict[str, Any] = {"RoleName": "r", "AssumeRolePolicyDocument": EC2}
    bad = arn("user/bob")
    assert refusal(create, **given, PermissionsBoundary=bad) == ("InvalidInput", f"ARN {bad} is not valid.")
    missing = (
        "NoSuchEntity",
        f"Scope ARN: {BOUNDARY} does not exist or is not attachable.",
    )
    assert refusal(create, **given, PermissionsBoundary=BOUNDARY) == missing
    assert refusal(root.iam.get_role, RoleName="r")[0] == "NoSuchEntity"


def test_tag_keys_of_roles_compare_without_case(root: Actor) -> None:
    tags = [{"Key": "Team", "Value": "a"}, {"Key": "team", "Value": "b"}]
    assert refusal(root.iam.create_role, RoleName="r", AssumeRolePolicyDocument=EC2, Tags=tags) == (
        "InvalidInput",
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    )


def test_a_trust_policy_may_have_2048_characters_that_are_not_blank(root: Actor) -> None:
    def padded(size: int) -> str:
        text = document(allow("sts:AssumeRole", None, Principal="*", Sid="x"))
        compact = json.dumps(json.loads(text), separators=(",", ":"))
        return compact.replace('"x"', f'"{"x" * (size - len(compact) + 1)}"').replace(",", " \n,\t ")

    root.iam.create_role(RoleName="full", AssumeRolePolicyDocument=padded(2048))
    expected = ("LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048")
    create, update = root.iam.create_role, root.iam.update_assume_role_policy
    assert refusal(create, RoleName="over", AssumeRolePolicyDocument=padded(2049)) == expected
    assert refusal(update, RoleName="full", PolicyDocument=padded(2049)) == expected


def test_an_account_may_have_a_thousand_roles(world: World) -> None:
    add(world.app.store, *(role(f"role{number}") for number in range(999)))
    create = world.root.iam.create_role
    create(RoleName="last", AssumeRolePolicyDocument=EC2)
    assert refusal(create, RoleName="one-more", AssumeRolePolicyDocument=EC2) == (
        "LimitExceeded",
        "Cannot exceed quota for RolesPerAccount: 1000",
    )
    assert refusal(world.root.iam.get_role, RoleName="one-more")[0] == "NoSuchEntity"


# GetRole


def test_getting_tells_everything(root: Actor) -> None:
    root.iam.create_policy(PolicyName="edge", PolicyDocument=ANY)
    root.iam.create_role(
        RoleName="Builder",
        AssumeRolePolicyDocument=EC2,
        Description="builds",
        MaxSessionDuration=7200,
        PermissionsBoundary=BOUNDARY,
        Tags=[{"Key": "Team", "Value": "a"}],
    )
    role = root.iam.get_role(RoleName="builder")["Role"]
    assert role == {
        "Path": "/",
        "RoleName": "Builder",
        "RoleId": role["RoleId"],
        "Arn": arn("role/Builder"),
        "CreateDate": role["CreateDate"],
        "AssumeRolePolicyDocument": json.loads(EC2),
        "Description": "builds",
        "MaxSessionDuration": 7200,
        "PermissionsBoundary": {
            "PermissionsBoundaryType": "Policy",
            "PermissionsBoundaryArn": BOUNDARY,
        },
        "Tags": [{"Key": "Team", "Value": "a"}],
        "RoleLastUsed": {},
    }


def test_what_was_not_given_is_absent_or_the_default(root: Actor) -> None:
    root.iam.create_role(RoleName="r", AssumeRolePolicyDocument=EC2)
    role = root.iam.get_role(RoleName="r")["Role"]
    assert sorted(role) == [
        "Arn",
        "AssumeRolePolicyDocument",
        "CreateDate",
        "MaxSessionDuration",
        "Path",
        "RoleId",
        "RoleLastUsed",
        "RoleName",
    ]
    assert role["MaxSessionDuration"] == 3600


def test_a_missing_role_is_404(world: World) -> None:
    assert refusal(world.root.iam.get_role, RoleName="ghost") == (
        "NoSuchEntity",
        "The role with name ghost cannot be found.",
    )
    assert world.responses[-1].status == 404


def test_a_trust_policy_is_answered_url_encoded_and_exactly_as_sent(world: World) -> None:
    sent = (
        '{ "Version":"2012-10-17",\n\t"Statement":{"Effect":"Allow","Principal":{"AWS":"*"},'
        '"Action":"sts:AssumeRole", "Condition":{"StringEquals":{"sts:ExternalId":"a%3Ab+c/d é~"}}} }'
    )
    world.root.iam.create_role(RoleName="r", AssumeRolePolicyDocument=sent)
    assert wire_document(world) == quote(sent, safe="")
    world.root.iam.get_role(RoleName="r")
    assert wire_document(world) == quote(sent, safe="")


def test_the_last_use_is_told_for_400_days(world: World) -> None:
    bob = world.user("bob", allow("sts:AssumeRole"))
    role = world.role("r", {"AWS": ACCOUNT}, allow("iam:GetRole"))
    session = bob.assume(role)
    used = world.clock.now().replace(microsecond=0)
    session.iam.get_role(RoleName="r")
    last_used = world.root.iam.get_role(RoleName="r")["Role"]["RoleLastUsed"]
    assert last_used["Region"] == "us-east-1"
    assert abs(last_used["LastUsedDate"] - used) < timedelta(seconds=5)
    world.clock.advance(timedelta(days=401))
    assert world.root.iam.get_role(RoleName="r")["Role"]["RoleLastUsed"] == {}


# ListRoles


def test_listing_leaves_out_tags_boundary_and_last_use(root: Actor) -> None:
    root.iam.create_policy(PolicyName="edge", PolicyDocument=ANY)
    root.iam.create_role(
        RoleName="r",
        AssumeRolePolicyDocument=EC2,
        Description="d",
        PermissionsBoundary=BOUNDARY,
        Tags=[{"Key": "Team", "Value": "a"}],
    )
    answer = root.iam.list_roles()
    (role,) = answer["Roles"]
    assert (answer["IsTruncated"], "Marker" in answer) == (False, False)
    assert role == {
        "Path": "/",
        "RoleName": "r",
        "RoleId": role["RoleId"],
        "Arn": arn("role/r"),
        "CreateDate": role["CreateDate"],
        "AssumeRolePolicyDocument": json.loads(EC2),
        "Description": "d",
        "MaxSessionDuration": 3600,
    }


def test_lists_come_in_pages_and_by_path(root: Actor) -> None:
    for name, path in (("b", "/x/"), ("A", "/x/y/"), ("c", "/xy/"), ("d", "/")):
        root.iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=EC2)

    def names(**parameters: Any) -> list[list[str]]:
        pages = root.iam.get_paginator("list_roles").paginate(**parameters)
        return [[role["RoleName"] for role in page["Roles"]] for page in pages]

    assert names() == [["A", "b", "c", "d"]]
    assert names(PathPrefix="/x") == [["A", "b", "c"]]
    assert names(PathPrefix="/x/") == [["A", "b"]]
    assert names(PaginationConfig={"PageSize": 3}) == [["A", "b", "c"], ["d"]]
    first = root.iam.list_roles(MaxItems=1)
    assert (first["IsTruncated"], len(first["Roles"])) == (True, 1)
    marker = first["Marker"]
    assert refusal(root.iam.list_roles, PathPrefix="/x", Marker=marker) == (
        "ValidationError",
        "Invalid Marker.",
    )


# UpdateRole, UpdateRoleDescription, UpdateAssumeRolePolicy


def test_updating_changes_what_is_given(world: World) -> None:
    iam = world.root.iam
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=EC2, Description="old")

    def told() -> tuple[str | None, int]:
        role = iam.get_role(RoleName="r")["Role"]
        return role.get("Description"), role["MaxSessionDuration"]

    iam.update_role(RoleName="R")
    assert told() == ("old", 3600)
    iam.update_role(RoleName="r", MaxSessionDuration=43200)
    assert told() == ("old", 43200)
    iam.update_role(RoleName="r", Description="new")
    assert told() == ("new", 43200)
    iam.update_role(RoleName="r", Description="")
    assert told() == (None, 43200)


def test_updating_answers_an_empty_result(world: World) -> None:
    world.root.iam.create_role(RoleName="r", AssumeRolePolicyDocument=EC2)
    world.root.iam.update_role(RoleName="r", Description="d")
    assert b"<UpdateRoleResult></UpdateRoleResult>" in world.responses[-1].body


def test_updating_the_description_tells_the_role(root: Actor) -> None:
    created = root.iam.create_role(RoleName="r", AssumeRolePolicyDocument=EC2)["Role"]
    answer = root.iam.update_role_description(RoleName="R", Description="d")
    assert answer["Role"] == created | {"Description": "d"}


def test_a_new_trust_policy_replaces_the_old_one(root: Actor) -> None:
    root.iam.create_role(RoleName="r", AssumeRolePolicyDocument=EC2)
    root.iam.update_assume_role_policy(RoleName="R", PolicyDocument=LAMBDA)
    assert root.iam.get_role(RoleName="r")["Role"]["AssumeRolePolicyDocument"] == json.loads(LAMBDA)


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("update_role", {}),
        ("update_role_description", {"Description": "d"}),
        ("update_assume_role_policy", {"PolicyDocument": EC2}),
        ("delete_role", {}),
    ],
)
def test_a_missing_role_cannot_be_changed(root: Actor, method: str, parameters: dict[str, Any]) -> None:
    assert refusal(getattr(root.iam, method), RoleName="ghost", **parameters) == (
        "NoSuchEntity",
        "The role with name ghost cannot be found.",
    )


# DeleteRole


def test_a_deleted_role_is_gone_and_its_name_free(root: Actor) -> None:
    first = root.iam.create_role(RoleName="r", AssumeRolePolicyDocument=EC2)["Role"]
    root.iam.delete_role(RoleName="R")
    assert root.iam.list_roles()["Roles"] == []
    assert (
        root.iam.create_role(RoleName="r", AssumeRolePolicyDocument=EC2)["Role"]["RoleId"] != first["RoleId"]
    )


def test_a_role_with_something_left_is_not_deleted(root: Actor) -> None:
    iam = root.iam
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=EC2)
    iam.create_instance_profile(InstanceProfileName="p")
    iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName="r")
    assert refusal(iam.delete_role, RoleName="r") == (
        "DeleteConflict",
        "Cannot delete entity, must remove roles from instance profile first.",
    )
    iam.remove_role_from_instance_profile(InstanceProfileName="p", RoleName="r")
    iam.attach_role_policy(RoleName="r", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    assert refusal(iam.delete_role, RoleName="r") == (
        "DeleteConflict",
        "Cannot delete entity, must detach all policies first.",
    )
    iam.detach_role_policy(RoleName="r", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=ANY)
    assert refusal(iam.delete_role, RoleName="r") == (
        "DeleteConflict",
        "Cannot delete entity, must delete policies first.",
    )
    iam.delete_role_policy(RoleName="r", PolicyName="p")
    iam.delete_role(RoleName="r")


# Permissions

PERMISSIONS: list[tuple[str, str, str, str, dict[str, Any]]] = [
    (
        "create_role",
        "iam:CreateRole",
        arn("role/team/new"),
        arn("role/team/new"),
        {"RoleName": "new", "Path": "/team/", "AssumeRolePolicyDocument": EC2},
    ),
    ("list_roles", "iam:ListRoles", arn("role/team/"), arn("role/team/"), {"PathPrefix": "/team/"}),
] + [
    (method, f"iam:{action}", arn("role/team/r"), "role r", {"RoleName": "r"} | parameters)
    for method, action, parameters in (
        ("get_role", "GetRole", {}),
        ("update_role", "UpdateRole", {"Description": "d"}),
        ("update_role_description", "UpdateRoleDescription", {"Description": ""}),
        ("update_assume_role_policy", "UpdateAssumeRolePolicy", {"PolicyDocument": EC2}),
        ("delete_role", "DeleteRole", {}),
    )
]


@pytest.mark.parametrize(("method", "action", "resource", "shown", "parameters"), PERMISSIONS)
def test_each_operation_needs_its_action_on_the_role(
    world: World, method: str, action: str, resource: str, shown: str, parameters: dict[str, Any]
) -> None:
    world.root.iam.create_role(RoleName="r", Path="/team/", AssumeRolePolicyDocument=EC2)
    check_permission(world, method, action, resource, shown, **parameters)


def test_who_may_not_know_is_not_told_that_a_role_is_missing(world: World) -> None:
    """R-28"""
    world.root.iam.create_role(RoleName="there", AssumeRolePolicyDocument=EC2)
    eve = world.user("eve")
    for name in ("there", "ghost"):
        assert refusal(eve.iam.get_role, RoleName=name) == denial(EVE, "iam:GetRole", f"role {name}")


def test_a_creator_can_be_held_to_a_boundary_and_tags(world: World) -> None:
    world.root.iam.create_policy(PolicyName="edge", PolicyDocument=ANY)
    eve = world.user(
        "eve",
        allow(
            "iam:CreateRole",
            Condition={
                "StringEquals": {"iam:PermissionsBoundary": BOUNDARY, "aws:RequestTag/team": "a"},
                "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]},
            },
        ),
    )
    given: dict[str, Any] = {"RoleName": "r", "AssumeRolePolicyDocument": EC2}
    tags = [{"Key": "team", "Value": "a"}]
    more = [*tags, {"Key": "other", "Value": "b"}]
    expected = denial(EVE, "iam:CreateRole", arn("role/r"))
    assert refusal(eve.iam.create_role, **given, Tags=tags) == expected
    assert refusal(eve.iam.create_role, **given, PermissionsBoundary=BOUNDARY) == expected
    assert refusal(eve.iam.create_role, **given, PermissionsBoundary=BOUNDARY, Tags=more) == expected
    eve.iam.create_role(**given, PermissionsBoundary=BOUNDARY, Tags=tags)


def test_conditions_see_the_boundary_and_the_tags_of_a_role(world: World) -> None:
    iam = world.root.iam
    iam.create_policy(PolicyName="edge", PolicyDocument=ANY)
    tags = [{"Key": "team", "Value": "a"}]
    iam.create_role(RoleName="bare", AssumeRolePolicyDocument=EC2, Tags=tags)
    iam.create_role(RoleName="bound", AssumeRolePolicyDocument=EC2, PermissionsBoundary=BOUNDARY)
    eve = world.user(
        "eve",
        allow("iam:UpdateRole", Condition={"ArnEquals": {"iam:PermissionsBoundary": BOUNDARY}}),
        allow("iam:DeleteRole", Condition={"StringEquals": {"iam:ResourceTag/team": "a"}}),
    )
    eve.iam.update_role(RoleName="bound")
    assert refusal(eve.iam.update_role, RoleName="bare") == denial(EVE, "iam:UpdateRole", "role bare")
    assert refusal(eve.iam.delete_role, RoleName="bound") == denial(EVE, "iam:DeleteRole", "role bound")
    eve.iam.delete_role(RoleName="bare")
