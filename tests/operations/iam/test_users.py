"""CreateUser, GetUser, ListUsers, UpdateUser, DeleteUser."""

from typing import Any

import pytest
from tests.support.answers import arn, check_permission, content, denial, refusal
from tests.support.world import ACCOUNT, Actor, World, allow, document

from iamd.domain import limits
from iamd.domain.ids import AccountId, UniqueId
from iamd.domain.users import User
from iamd.store.interface import Transaction

MISSING = ("NoSuchEntity", "The user with name nobody cannot be found.")
SOME_POLICY = document(allow("s3:GetObject"))


def names(answer: dict[str, Any]) -> list[str]:
    return [user["UserName"] for user in answer["Users"]]


# CreateUser


def test_a_new_user_has_the_default_path_and_no_tags(root: Actor, world: World) -> None:
    user = root.iam.create_user(UserName="bob")["User"]

    assert user == {
        "Path": "/",
        "UserName": "bob",
        "UserId": user["UserId"],
        "Arn": arn("user/bob"),
        "CreateDate": user["CreateDate"],
    }
    assert user["UserId"].startswith("AIDA")
    assert len(user["UserId"]) == 21
    assert abs((user["CreateDate"] - world.clock.now()).total_seconds()) < 60
    assert root.iam.get_user(UserName="bob")["User"] == user


def test_everything_that_a_user_may_be_made_with_is_told(root: Actor) -> None:
    boundary = root.iam.create_policy(PolicyName="edge", PolicyDocument=SOME_POLICY)["Policy"]["Arn"]
    tags = [{"Key": "team", "Value": "red"}, {"Key": "empty", "Value": ""}]

    user = root.iam.create_user(UserName="bob", Path="/it/ops/", PermissionsBoundary=boundary, Tags=tags)[
        "User"
    ]

    assert user == {
        "Path": "/it/ops/",
        "UserName": "bob",
        "UserId": user["UserId"],
        "Arn": arn("user/it/ops/bob"),
        "CreateDate": user["CreateDate"],
        "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": boundary},
        "Tags": tags,
    }
    assert root.iam.get_user(UserName="bob")["User"] == user


@pytest.mark.parametrize("name", ["bob", "BOB"])
def test_a_name_that_differs_only_in_case_is_taken(root: Actor, name: str) -> None:
    root.iam.create_user(UserName="bob")

    assert refusal(root.iam.create_user, UserName=name, Path="/other/") == (
        "EntityAlreadyExists",
        f"User with name {name} already exists.",
    )


def test_a_name_is_kept_as_it_was_written(root: Actor) -> None:
    root.iam.create_user(UserName="Bob.The+Builder=@x,y_z-1")

    assert root.iam.get_user(UserName="bob.the+builder=@X,Y_Z-1")["User"]["UserName"] == (
        "Bob.The+Builder=@x,y_z-1"
    )


def test_tags_that_cannot_be(root: Actor) -> None:
    def create(*keys: str, value: str = "x") -> tuple[str, str]:
        return refusal(
            root.iam.create_user, UserName="bob", Tags=[{"Key": key, "Value": value} for key in keys]
        )

    assert create("a", "A") == (
        "InvalidInput",
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    )
    assert create("AWS:mine") == (
        "InvalidInput",
        "aws: prefixed tag key names are not allowed for external use.",
    )
    assert create("mine", value="aws:mine") == (
        "InvalidInput",
        "aws: prefixed tag values are not allowed for external use.",
    )
    assert names(root.iam.list_users()) == []


def test_a_boundary_must_be_a_policy_that_is_there(root: Actor) -> None:
    gone = arn("policy/gone")

    assert refusal(root.iam.create_user, UserName="bob", PermissionsBoundary=gone) == (
        "NoSuchEntity",
        f"Scope ARN: {gone} does not exist or is not attachable.",
    )
    assert refusal(root.iam.create_user, UserName="bob", PermissionsBoundary="not an ARN, though long") == (
        "InvalidInput",
        "ARN not an ARN, though long is not valid.",
    )
    assert names(root.iam.list_users()) == []


@pytest.mark.parametrize("name", ["UserId", "Arn", "CreateDate", "AccountId", "permissions_boundary"])
def test_a_parameter_that_the_operation_does_not_have_reaches_nothing(
    root: Actor, world: World, name: str
) -> None:
    """R-25: a hand-made body sets no more of a user than the operation's own parameters do."""
    forging = world.client("iam", root.credentials)
    forging.meta.events.register(
        "before-call.iam.CreateUser", lambda params, **_: params["body"].update({name: "forged"})
    )

    assert refusal(forging.create_user, UserName="bob") == (
        "InvalidParameterValue",
        f"The parameter {name} is not recognized",
    )
    assert names(root.iam.list_users()) == []


@pytest.mark.slow
def test_the_quota_of_users(root: Actor, world: World) -> None:
    def fill(transaction: Transaction) -> None:
        for number in range(limits.USERS_PER_ACCOUNT - 1):
            transaction.users.add(
                User(
                    account_id=AccountId(ACCOUNT),
                    user_id=UniqueId(f"AIDA{number:017}"),
                    name=f"user-{number}",
                    path="/",
                    created_at=world.clock.now(),
                )
            )

    world.app.store.write(fill).result()
    root.iam.create_user(UserName="the-last")

    assert refusal(root.iam.create_user, UserName="one-more") == (
        "LimitExceeded",
        "Cannot exceed quota for UsersPerAccount: 5000",
    )
    assert refusal(root.iam.create_user, UserName="THE-LAST")[0] == "EntityAlreadyExists"
    assert root.iam.get_account_summary()["SummaryMap"]["Users"] == 5000
    assert refusal(root.iam.get_user, UserName="one-more")[0] == "NoSuchEntity"


# GetUser


def test_a_user_that_is_not_there(root: Actor) -> None:
    assert refusal(root.iam.get_user, UserName="nobody") == MISSING


def test_without_a_name_a_user_is_told_about_itself(world: World) -> None:
    bob = world.user("bob", allow("iam:GetUser", arn("user/bob")))

    assert bob.iam.get_user()["User"] == bob.iam.get_user(UserName="bob")["User"]
    assert bob.iam.get_user()["User"]["UserName"] == "bob"


def test_without_a_name_a_renamed_user_is_still_itself(world: World, root: Actor) -> None:
    bob = world.user("bob", allow("iam:GetUser"))
    assert bob.iam.get_user()["User"]["UserName"] == "bob"

    root.iam.update_user(UserName="bob", NewUserName="robert")
    root.iam.create_user(UserName="bob")

    assert bob.iam.get_user()["User"]["UserName"] == "robert"


def test_without_a_name_the_root_is_told_about_the_root(root: Actor) -> None:
    user = root.iam.get_user()["User"]

    assert user == {"UserId": ACCOUNT, "Arn": arn("root"), "CreateDate": user["CreateDate"]}

    root.iam.create_account_alias(AccountAlias="acme")

    assert root.iam.get_user()["User"] == user | {"UserName": "acme"}


def test_a_role_must_name_the_user(world: World) -> None:
    bob = world.user("bob", allow("sts:AssumeRole"))
    role = world.role("reader", {"AWS": arn("user/bob")}, allow("iam:GetUser"))
    session = bob.assume(role)

    assert refusal(session.iam.get_user) == (
        "ValidationError",
        "Must specify userName when calling with non-User credentials",
    )
    assert session.iam.get_user(UserName="bob")["User"]["Arn"] == arn("user/bob")


def test_a_user_that_is_not_there_is_not_told_from_one_that_is_forbidden(world: World, root: Actor) -> None:
    """R-28: whoever may not ask learns nothing about who exists."""
    stranger = world.user("stranger")
    root.iam.create_user(UserName="there", Path="/some/path/")

    there = refusal(stranger.iam.get_user, UserName="there")
    absent = refusal(stranger.iam.get_user, UserName="nobody")

    assert there == denial(arn("user/stranger"), "iam:GetUser", "user there")
    assert absent == denial(arn("user/stranger"), "iam:GetUser", "user nobody")


# ListUsers


def test_users_are_listed_by_name_without_regard_to_case(root: Actor) -> None:
    for name in ("carol", "Alice", "bob"):
        root.iam.create_user(UserName=name, Tags=[{"Key": "a", "Value": "b"}])

    answer = content(root.iam.list_users())

    alice = root.iam.get_user(UserName="alice")["User"]
    assert names(answer) == ["Alice", "bob", "carol"]
    assert answer == {"Users": answer["Users"], "IsTruncated": False}
    assert answer["Users"][0] == {name: value for name, value in alice.items() if name != "Tags"}


def test_lists_tell_neither_tags_nor_boundaries(root: Actor) -> None:
    boundary = root.iam.create_policy(PolicyName="edge", PolicyDocument=SOME_POLICY)["Policy"]["Arn"]
    root.iam.create_user(UserName="bob", PermissionsBoundary=boundary, Tags=[{"Key": "a", "Value": "b"}])

    (user,) = root.iam.list_users()["Users"]

    assert set(user) == {"Path", "UserName", "UserId", "Arn", "CreateDate"}


def test_a_path_prefix_may_end_inside_a_segment(root: Actor) -> None:
    for name, path in (("a", "/"), ("b", "/it/"), ("c", "/it/ops/"), ("d", "/item/"), ("e", "/IT/")):
        root.iam.create_user(UserName=name, Path=path)

    assert names(root.iam.list_users(PathPrefix="/it/")) == ["b", "c"]
    assert names(root.iam.list_users(PathPrefix="/it")) == ["b", "c", "d"]
    assert names(root.iam.list_users(PathPrefix="/")) == ["a", "b", "c", "d", "e"]
    assert names(root.iam.list_users(PathPrefix="/it_")) == []


def test_users_come_in_pages(root: Actor) -> None:
    for name in ("a", "B", "c", "D", "e"):
        root.iam.create_user(UserName=name)

    first = root.iam.list_users(MaxItems=2)
    second = root.iam.list_users(MaxItems=2, Marker=first["Marker"])
    third = root.iam.list_users(MaxItems=2, Marker=second["Marker"])

    assert [(names(page), page["IsTruncated"]) for page in (first, second, third)] == [
        (["a", "B"], True),
        (["c", "D"], True),
        (["e"], False),
    ]
    assert "Marker" not in third
    pages = root.iam.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 1})
    assert [name for page in pages for name in names(page)] == ["a", "B", "c", "D", "e"]


def test_a_marker_is_good_only_for_what_it_was_made_for(root: Actor) -> None:
    """R-86: a marker that was changed, or that comes from another list, is refused."""
    for name in ("a", "b", "c"):
        root.iam.create_user(UserName=name)
        root.iam.create_group(GroupName=name)
    marker = root.iam.list_users(MaxItems=1)["Marker"]
    bad = ("ValidationError", "Invalid Marker.")

    changed = marker[:-2] + ("A" if marker[-2] != "A" else "B") + marker[-1]
    assert refusal(root.iam.list_users, Marker=changed) == bad
    assert refusal(root.iam.list_users, Marker="b") == bad
    assert refusal(root.iam.list_users, Marker=marker, PathPrefix="/a") == bad
    assert refusal(root.iam.list_groups, Marker=marker) == bad
    assert names(root.iam.list_users(Marker=marker)) == ["b", "c"]


# UpdateUser


def test_a_user_keeps_everything_when_it_is_renamed_and_moved(root: Actor) -> None:
    root.iam.create_user(UserName="bob", Tags=[{"Key": "team", "Value": "red"}])
    root.iam.create_group(GroupName="readers")
    root.iam.add_user_to_group(GroupName="readers", UserName="bob")
    root.iam.put_user_policy(UserName="bob", PolicyName="mine", PolicyDocument=SOME_POLICY)
    key = root.iam.create_access_key(UserName="bob")["AccessKey"]["AccessKeyId"]
    before = root.iam.get_user(UserName="bob")["User"]

    answer = root.iam.update_user(UserName="bob", NewUserName="Robert", NewPath="/it/")

    assert content(answer) == {}
    after = root.iam.get_user(UserName="robert")["User"]
    assert after == before | {"UserName": "Robert", "Path": "/it/", "Arn": arn("user/it/Robert")}
    assert refusal(root.iam.get_user, UserName="bob") == (
        "NoSuchEntity",
        "The user with name bob cannot be found.",
    )
    assert names(root.iam.get_group(GroupName="readers")) == ["Robert"]
    assert root.iam.list_user_policies(UserName="Robert")["PolicyNames"] == ["mine"]
    (shown,) = root.iam.list_access_keys(UserName="Robert")["AccessKeyMetadata"]
    assert (shown["UserName"], shown["AccessKeyId"]) == ("Robert", key)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ("bob", "/old/")),
        ({"NewPath": "/new/"}, ("bob", "/new/")),
        ({"NewUserName": "rob"}, ("rob", "/old/")),
        ({"NewUserName": "BOB"}, ("BOB", "/old/")),
    ],
)
def test_only_what_is_given_changes(root: Actor, changes: dict[str, str], expected: tuple[str, str]) -> None:
    root.iam.create_user(UserName="bob", Path="/old/")

    root.iam.update_user(UserName="bob", **changes)

    (user,) = root.iam.list_users()["Users"]
    assert (user["UserName"], user["Path"]) == expected


def test_updates_that_cannot_be(root: Actor) -> None:
    root.iam.create_user(UserName="bob")
    root.iam.create_user(UserName="carol")

    assert refusal(root.iam.update_user, UserName="bob", NewUserName="CAROL") == (
        "EntityAlreadyExists",
        "User with name CAROL already exists.",
    )
    assert refusal(root.iam.update_user, UserName="nobody", NewUserName="bob") == MISSING
    assert names(root.iam.list_users()) == ["bob", "carol"]


def test_a_rename_needs_permission_on_both_names(world: World, root: Actor) -> None:
    root.iam.create_user(UserName="bob")
    both = [arn("user/bob"), arn("user/it/robert")]
    renaming = {"UserName": "bob", "NewUserName": "robert", "NewPath": "/it/"}
    old_only = world.user("old-only", allow("iam:UpdateUser", both[0]))
    new_only = world.user("new-only", allow("iam:UpdateUser", both[1]))

    assert refusal(old_only.iam.update_user, **renaming) == denial(
        arn("user/old-only"), "iam:UpdateUser", "user robert"
    )
    assert refusal(new_only.iam.update_user, **renaming) == denial(
        arn("user/new-only"), "iam:UpdateUser", "user bob"
    )
    world.user("renamer", allow("iam:UpdateUser", both)).iam.update_user(**renaming)
    assert root.iam.get_user(UserName="robert")["User"]["Arn"] == both[1]


# DeleteUser


def test_a_deleted_user_is_gone_and_its_name_free(root: Actor) -> None:
    first = root.iam.create_user(UserName="bob")["User"]

    assert content(root.iam.delete_user(UserName="BOB")) == {}

    assert refusal(root.iam.get_user, UserName="bob")[0] == "NoSuchEntity"
    assert refusal(root.iam.delete_user, UserName="nobody") == MISSING
    assert root.iam.create_user(UserName="bob")["User"]["UserId"] != first["UserId"]


def test_a_user_is_deleted_only_when_nothing_is_left(root: Actor) -> None:
    iam = root.iam
    iam.create_user(UserName="bob")
    policy = iam.create_policy(PolicyName="p", PolicyDocument=SOME_POLICY)["Policy"]["Arn"]
    iam.attach_user_policy(UserName="bob", PolicyArn=policy)
    iam.put_user_policy(UserName="bob", PolicyName="mine", PolicyDocument=SOME_POLICY)
    iam.create_group(GroupName="g")
    iam.add_user_to_group(GroupName="g", UserName="bob")
    key = iam.create_access_key(UserName="bob")["AccessKey"]["AccessKeyId"]

    def why_not() -> tuple[str, str]:
        return refusal(iam.delete_user, UserName="bob")

    assert why_not() == ("DeleteConflict", "Cannot delete entity, must detach all policies first.")
    iam.detach_user_policy(UserName="bob", PolicyArn=policy)
    assert why_not() == ("DeleteConflict", "Cannot delete entity, must delete policies first.")
    iam.delete_user_policy(UserName="bob", PolicyName="mine")
    assert why_not() == ("DeleteConflict", "Cannot delete entity, must remove users from group first.")
    iam.remove_user_from_group(GroupName="g", UserName="bob")
    assert why_not() == ("DeleteConflict", "Cannot delete entity, must delete access keys first.")
    iam.delete_access_key(UserName="bob", AccessKeyId=key)
    iam.delete_user(UserName="bob")
    assert names(iam.list_users()) == []


# Who may


@pytest.mark.parametrize(
    ("operation", "action", "resource", "shown", "params"),
    [
        (
            "create_user",
            "iam:CreateUser",
            "user/it/new",
            arn("user/it/new"),
            {"UserName": "new", "Path": "/it/"},
        ),
        ("get_user", "iam:GetUser", "user/it/bob", "user bob", {"UserName": "bob"}),
        ("update_user", "iam:UpdateUser", "user/it/bob", "user bob", {"UserName": "bob"}),
        ("delete_user", "iam:DeleteUser", "user/it/bob", "user bob", {"UserName": "bob"}),
        ("list_users", "iam:ListUsers", "user/", arn("user/"), {}),
        ("list_users", "iam:ListUsers", "user/it/", arn("user/it/"), {"PathPrefix": "/it/"}),
    ],
)
def test_who_may(
    world: World, operation: str, action: str, resource: str, shown: str, params: dict[str, str]
) -> None:
    world.root.iam.create_user(UserName="bob", Path="/it/")

    check_permission(world, operation, action, arn(resource), shown, **params)


def test_a_new_user_may_be_demanded_to_have_a_boundary_and_tags(world: World, root: Actor) -> None:
    boundary = root.iam.create_policy(PolicyName="edge", PolicyDocument=SOME_POLICY)["Policy"]["Arn"]
    conditions = {
        "StringEquals": {"iam:PermissionsBoundary": boundary, "aws:RequestTag/team": "red"},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]},
    }
    hr = world.user("hr", allow("iam:CreateUser", Condition=conditions))
    good = {"UserName": "new", "PermissionsBoundary": boundary, "Tags": [{"Key": "team", "Value": "red"}]}

    for change in (
        {"PermissionsBoundary": None},
        {"Tags": None},
        {"Tags": [{"Key": "team", "Value": "blue"}]},
    ):
        params = {name: value for name, value in (good | change).items() if value is not None}
        assert refusal(hr.iam.create_user, **params)[0] == "AccessDenied"
    assert hr.iam.create_user(**good)["User"]["UserName"] == "new"


def test_the_tags_of_a_user_decide_who_may_delete_it(world: World, root: Actor) -> None:
    condition = {"StringEquals": {"iam:ResourceTag/team": "red"}}
    red = world.user("red", allow("iam:DeleteUser", Condition=condition))
    root.iam.create_user(UserName="ours", Tags=[{"Key": "team", "Value": "red"}])
    root.iam.create_user(UserName="theirs", Tags=[{"Key": "team", "Value": "blue"}])

    assert refusal(red.iam.delete_user, UserName="theirs")[0] == "AccessDenied"
    red.iam.delete_user(UserName="ours")
