"""Instance profiles."""

import json
from typing import Any

import pytest
from tests.support.answers import arn, check_permission, content, denial, refusal
from tests.support.store_values import add, instance_profile
from tests.support.world import ACCOUNT, Actor, World, allow, deny, document

EC2 = document(allow("sts:AssumeRole", None, Principal={"Service": "ec2.amazonaws.com"}))
FULL = (
    "LimitExceeded",
    "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1",
)
MISSING_PROFILE = ("NoSuchEntity", "Instance Profile ghost cannot be found.")
MISSING_ROLE = ("NoSuchEntity", "The role with name ghost cannot be found.")
EVE = arn("user/eve")


@pytest.fixture
def iam(root: Actor) -> Any:
    """Return the client of the root, in an account with the profile `P` and the roles `R` and `other`."""
    root.iam.create_instance_profile(InstanceProfileName="P", Path="/fleet/")
    root.iam.create_role(RoleName="R", Path="/team/", AssumeRolePolicyDocument=EC2, MaxSessionDuration=7200)
    root.iam.create_role(RoleName="other", AssumeRolePolicyDocument=EC2)
    return root.iam


def test_a_new_profile_is_empty_and_tells_tags_only_when_given(root: Actor) -> None:
    profile = root.iam.create_instance_profile(InstanceProfileName="P", Path="/fleet/")["InstanceProfile"]
    assert profile == {
        "Path": "/fleet/",
        "InstanceProfileName": "P",
        "InstanceProfileId": profile["InstanceProfileId"],
        "Arn": arn("instance-profile/fleet/P"),
        "CreateDate": profile["CreateDate"],
        "Roles": [],
    }
    assert (profile["InstanceProfileId"][:4], len(profile["InstanceProfileId"])) == ("AIPA", 21)
    tags = [{"Key": "Team", "Value": "a"}]
    created = root.iam.create_instance_profile(InstanceProfileName="Q", Tags=tags)["InstanceProfile"]
    assert (created["Tags"], created["Path"]) == (tags, "/")
    assert root.iam.get_instance_profile(InstanceProfileName="Q")["InstanceProfile"] == created


def test_getting_tells_tags_always_and_the_role_without_its_duration(iam: Any) -> None:
    iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName="r")
    profile = iam.get_instance_profile(InstanceProfileName="p")["InstanceProfile"]
    role = iam.get_role(RoleName="R")["Role"]
    assert profile == {
        "Path": "/fleet/",
        "InstanceProfileName": "P",
        "InstanceProfileId": profile["InstanceProfileId"],
        "Arn": arn("instance-profile/fleet/P"),
        "CreateDate": profile["CreateDate"],
        "Roles": [
            {
                "Path": "/team/",
                "RoleName": "R",
                "RoleId": role["RoleId"],
                "Arn": arn("role/team/R"),
                "CreateDate": role["CreateDate"],
                "AssumeRolePolicyDocument": json.loads(EC2),
            }
        ],
        "Tags": [],
    }


def test_listing_tells_roles_and_no_tags(iam: Any) -> None:
    iam.create_instance_profile(InstanceProfileName="Q", Tags=[{"Key": "Team", "Value": "a"}])
    iam.add_role_to_instance_profile(InstanceProfileName="Q", RoleName="R")
    answer = iam.list_instance_profiles()
    assert answer["IsTruncated"] is False
    assert [sorted(profile) for profile in answer["InstanceProfiles"]] == [
        ["Arn", "CreateDate", "InstanceProfileId", "InstanceProfileName", "Path", "Roles"]
    ] * 2
    assert [len(profile["Roles"]) for profile in answer["InstanceProfiles"]] == [0, 1]


def test_a_name_is_taken_whatever_its_case_and_path(iam: Any) -> None:
    assert refusal(iam.create_instance_profile, InstanceProfileName="p", Path="/x/") == (
        "EntityAlreadyExists",
        "Instance Profile p already exists.",
    )


def test_a_key_may_not_be_given_twice(root: Actor) -> None:
    tags = [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]
    create = root.iam.create_instance_profile
    assert refusal(create, InstanceProfileName="P", Tags=tags) == (
        "InvalidInput",
        "Duplicate tag keys found.",
    )


def test_lists_come_in_pages_and_by_path(iam: Any) -> None:
    for name, path in (("b", "/fleet/x/"), ("A", "/")):
        iam.create_instance_profile(InstanceProfileName=name, Path=path)

    def names(**parameters: Any) -> list[list[str]]:
        pages = iam.get_paginator("list_instance_profiles").paginate(**parameters)
        return [[profile["InstanceProfileName"] for profile in page["InstanceProfiles"]] for page in pages]

    assert names() == [["A", "b", "P"]]
    assert names(PathPrefix="/fleet/") == [["b", "P"]]
    assert names(PaginationConfig={"PageSize": 2}) == [["A", "b"], ["P"]]


def test_the_profiles_of_a_role_come_in_pages(iam: Any) -> None:
    for name in ("c", "B", "a"):
        iam.create_instance_profile(InstanceProfileName=name)
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName="R")

    def names(role: str, **parameters: Any) -> list[list[str]]:
        pages = iam.get_paginator("list_instance_profiles_for_role").paginate(RoleName=role, **parameters)
        return [[profile["InstanceProfileName"] for profile in page["InstanceProfiles"]] for page in pages]

    assert names("r") == [["a", "B", "c"]]
    assert names("r", PaginationConfig={"PageSize": 1}) == [["a"], ["B"], ["c"]]
    assert names("other") == [[]]
    assert refusal(iam.list_instance_profiles_for_role, RoleName="ghost") == MISSING_ROLE


def test_a_profile_holds_one_role(iam: Any) -> None:
    iam.add_role_to_instance_profile(InstanceProfileName="P", RoleName="R")
    add = iam.add_role_to_instance_profile
    assert refusal(add, InstanceProfileName="P", RoleName="other") == FULL
    assert refusal(add, InstanceProfileName="P", RoleName="R") == FULL
    iam.remove_role_from_instance_profile(InstanceProfileName="p", RoleName="r")
    add(InstanceProfileName="P", RoleName="other")
    (role,) = iam.get_instance_profile(InstanceProfileName="P")["InstanceProfile"]["Roles"]
    assert role["RoleName"] == "other"


def test_a_role_that_is_not_in_the_profile_cannot_be_removed(iam: Any) -> None:
    expected = ("NoSuchEntity", "Role R in Instance Profile P cannot be found.")
    remove = iam.remove_role_from_instance_profile
    assert refusal(remove, InstanceProfileName="p", RoleName="r") == expected
    iam.add_role_to_instance_profile(InstanceProfileName="P", RoleName="other")
    assert refusal(remove, InstanceProfileName="P", RoleName="R") == expected


def test_a_profile_with_a_role_is_not_deleted(iam: Any) -> None:
    iam.add_role_to_instance_profile(InstanceProfileName="P", RoleName="R")
    assert refusal(iam.delete_instance_profile, InstanceProfileName="P") == (
        "DeleteConflict",
        "Cannot delete entity, must remove roles from instance profile first.",
    )
    iam.remove_role_from_instance_profile(InstanceProfileName="P", RoleName="R")
    assert content(iam.delete_instance_profile(InstanceProfileName="p")) == {}
    assert iam.list_instance_profiles()["InstanceProfiles"] == []


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("get_instance_profile", {}),
        ("delete_instance_profile", {}),
        ("add_role_to_instance_profile", {"RoleName": "R"}),
        ("remove_role_from_instance_profile", {"RoleName": "R"}),
        ("add_role_to_instance_profile", {"RoleName": "ghost"}),
    ],
)
def test_a_missing_profile_is_reported_first(iam: Any, method: str, parameters: dict[str, Any]) -> None:
    assert refusal(getattr(iam, method), InstanceProfileName="ghost", **parameters) == MISSING_PROFILE


@pytest.mark.parametrize("method", ["add_role_to_instance_profile", "remove_role_from_instance_profile"])
def test_a_missing_role_is_reported(iam: Any, method: str) -> None:
    assert refusal(getattr(iam, method), InstanceProfileName="P", RoleName="ghost") == MISSING_ROLE


def test_an_account_may_have_a_thousand_profiles(world: World) -> None:
    add(world.app.store, *(instance_profile(f"p{number}") for number in range(1000)))
    assert refusal(world.root.iam.create_instance_profile, InstanceProfileName="more") == (
        "LimitExceeded",
        "Cannot exceed quota for InstanceProfilesPerAccount: 1000",
    )


PROFILE = arn("instance-profile/fleet/P")


@pytest.mark.parametrize(
    ("method", "action", "resource", "denied_on", "parameters"),
    [
        (
            "create_instance_profile",
            "CreateInstanceProfile",
            "instance-profile/new",
            arn("instance-profile/new"),
            {"InstanceProfileName": "new"},
        ),
        (
            "get_instance_profile",
            "GetInstanceProfile",
            "instance-profile/fleet/P",
            "instance profile P",
            {"InstanceProfileName": "P"},
        ),
        (
            "list_instance_profiles",
            "ListInstanceProfiles",
            "instance-profile/fleet/",
            arn("instance-profile/fleet/"),
            {"PathPrefix": "/fleet/"},
        ),
        (
            "list_instance_profiles_for_role",
            "ListInstanceProfilesForRole",
            "role/team/R",
            "role R",
            {"RoleName": "R"},
        ),
        (
            "delete_instance_profile",
            "DeleteInstanceProfile",
            "instance-profile/fleet/P",
            "instance profile P",
            {"InstanceProfileName": "P"},
        ),
    ],
)
@pytest.mark.usefixtures("iam")
def test_each_operation_needs_its_action(
    world: World, method: str, action: str, resource: str, denied_on: str, parameters: dict[str, Any]
) -> None:
    check_permission(world, method, f"iam:{action}", arn(resource), denied_on, **parameters)


def test_taking_a_role_out_needs_no_right_to_pass_it(world: World, iam: Any) -> None:
    iam.add_role_to_instance_profile(InstanceProfileName="P", RoleName="R")
    check_permission(
        world,
        "remove_role_from_instance_profile",
        "iam:RemoveRoleFromInstanceProfile",
        PROFILE,
        "instance profile P",
        InstanceProfileName="P",
        RoleName="R",
    )


@pytest.mark.parametrize(
    "passing",
    [
        (),
        (allow("iam:PassRole", arn("role/other")),),
        (allow("iam:PassRole", arn("role/R")),),
        (allow("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}),),
    ],
)
@pytest.mark.usefixtures("iam")
def test_whoever_adds_a_role_must_be_allowed_to_pass_it(
    world: World, passing: tuple[dict[str, Any], ...]
) -> None:
    eve = world.user("eve", allow("iam:AddRoleToInstanceProfile", PROFILE), *passing)
    add = eve.iam.add_role_to_instance_profile
    expected = denial(EVE, "iam:PassRole", arn("role/team/R"))
    assert refusal(add, InstanceProfileName="P", RoleName="R") == expected
    # nor does it tell whether there is such a role.
    missing = denial(EVE, "iam:PassRole", arn("role/ghost"))
    assert refusal(add, InstanceProfileName="P", RoleName="ghost") == missing


@pytest.mark.usefixtures("iam")
def test_passing_a_role_is_asked_with_the_service_and_the_instances(world: World) -> None:
    condition = {
        "StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"},
        "ArnEquals": {"iam:AssociatedResourceArn": f"arn:aws:ec2:*:{ACCOUNT}:instance/*"},
    }
    eve = world.user(
        "eve",
        allow("iam:AddRoleToInstanceProfile", PROFILE),
        allow("iam:PassRole", arn("role/team/R"), Condition=condition),
    )
    eve.iam.add_role_to_instance_profile(InstanceProfileName="P", RoleName="R")


@pytest.mark.usefixtures("iam")
def test_the_right_to_pass_alone_adds_nothing(world: World) -> None:
    eve = world.user("eve", allow("iam:*"), deny("iam:AddRoleToInstanceProfile"))
    code, message = refusal(eve.iam.add_role_to_instance_profile, InstanceProfileName="P", RoleName="R")
    assert code == "AccessDenied"
    assert message.startswith(
        f"User: {EVE} is not authorized to perform: iam:AddRoleToInstanceProfile on resource: instance profile P "
        "with an explicit deny in an identity-based policy"
    )
