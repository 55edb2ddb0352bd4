"""CreateGroup, GetGroup, ListGroups, UpdateGroup, DeleteGroup, and who is in a group."""

from typing import Any

import pytest
from tests.support.answers import arn, check_permission, content, denial, refusal
from tests.support.world import ACCOUNT, Actor, World, allow, document

from iamd.domain import limits
from iamd.domain.groups import Group
from iamd.domain.ids import AccountId, UniqueId
from iamd.store.interface import Transaction

MISSING_GROUP = ("NoSuchEntity", "The group with name nothing cannot be found.")
MISSING_USER = ("NoSuchEntity", "The user with name nobody cannot be found.")


def names(answer: dict[str, Any]) -> list[str]:
    return [group["GroupName"] for group in answer["Groups"]]


def members(root: Actor, group: str, **page: Any) -> list[str]:
    return [user["UserName"] for user in root.iam.get_group(GroupName=group, **page)["Users"]]


# Groups


def test_a_new_group(root: Actor) -> None:
    group = root.iam.create_group(GroupName="Readers", Path="/it/")["Group"]

    assert group == {
        "Path": "/it/",
        "GroupName": "Readers",
        "GroupId": group["GroupId"],
        "Arn": arn("group/it/Readers"),
        "CreateDate": group["CreateDate"],
    }
    assert group["GroupId"].startswith("AGPA")
    assert len(group["GroupId"]) == 21
    assert content(root.iam.get_group(GroupName="readers")) == {
        "Group": group,
        "Users": [],
        "IsTruncated": False,
    }


def test_a_path_defaults_to_a_slash(root: Actor) -> None:
    assert root.iam.create_group(GroupName="g")["Group"]["Arn"] == arn("group/g")


def test_names_are_taken_whatever_their_case_and_path(root: Actor) -> None:
    root.iam.create_group(GroupName="readers")
    # Users and groups have names of their own.
    root.iam.create_user(UserName="readers")

    assert refusal(root.iam.create_group, GroupName="READERS", Path="/it/") == (
        "EntityAlreadyExists",
        "Group with name READERS already exists.",
    )


def test_the_quota_of_groups(root: Actor, world: World) -> None:
    def fill(transaction: Transaction) -> None:
        for number in range(limits.GROUPS_PER_ACCOUNT - 1):
            transaction.groups.add(
                Group(
                    account_id=AccountId(ACCOUNT),
                    group_id=UniqueId(f"AGPA{number:017}"),
                    name=f"group-{number}",
                    path="/",
                    created_at=world.clock.now(),
                )
            )

    world.app.store.write(fill).result()
    root.iam.create_group(GroupName="the-last")

    assert refusal(root.iam.create_group, GroupName="one-more") == (
        "LimitExceeded",
        "Cannot exceed quota for GroupsPerAccount: 300",
    )
    assert refusal(root.iam.create_group, GroupName="THE-LAST")[0] == "EntityAlreadyExists"


def test_groups_are_listed_by_name_under_a_prefix_in_pages(root: Actor) -> None:
    for name, path in (("c", "/it/"), ("B", "/"), ("a", "/it/ops/"), ("d", "/item/")):
        root.iam.create_group(GroupName=name, Path=path)

    assert names(root.iam.list_groups()) == ["a", "B", "c", "d"]
    assert names(root.iam.list_groups(PathPrefix="/it")) == ["a", "c", "d"]
    first = root.iam.list_groups(MaxItems=3)
    assert (names(first), first["IsTruncated"]) == (["a", "B", "c"], True)
    last = content(root.iam.list_groups(MaxItems=3, Marker=first["Marker"]))
    assert last == {"Groups": [root.iam.get_group(GroupName="d")["Group"]], "IsTruncated": False}
    assert refusal(root.iam.list_groups, Marker=first["Marker"][::-1]) == (
        "ValidationError",
        "Invalid Marker.",
    )


def test_a_group_keeps_its_id_and_members_when_it_is_renamed_and_moved(root: Actor) -> None:
    before = root.iam.create_group(GroupName="readers")["Group"]
    root.iam.create_user(UserName="bob")
    root.iam.add_user_to_group(GroupName="readers", UserName="bob")

    assert content(root.iam.update_group(GroupName="Readers", NewGroupName="Writers", NewPath="/it/")) == {}

    after = root.iam.get_group(GroupName="writers")
    assert after["Group"] == before | {"GroupName": "Writers", "Path": "/it/", "Arn": arn("group/it/Writers")}
    assert [user["UserName"] for user in after["Users"]] == ["bob"]
    assert refusal(root.iam.get_group, GroupName="readers")[0] == "NoSuchEntity"


def test_updates_that_cannot_be(root: Actor) -> None:
    root.iam.create_group(GroupName="readers")
    root.iam.create_group(GroupName="writers")

    assert refusal(root.iam.update_group, GroupName="readers", NewGroupName="Writers") == (
        "EntityAlreadyExists",
        "Group with name Writers already exists.",
    )
    assert refusal(root.iam.update_group, GroupName="nothing", NewGroupName="x") == MISSING_GROUP
    root.iam.update_group(GroupName="readers")
    root.iam.update_group(GroupName="readers", NewGroupName="READERS")
    assert names(root.iam.list_groups()) == ["READERS", "writers"]


def test_a_rename_needs_permission_on_both_names(world: World, root: Actor) -> None:
    root.iam.create_group(GroupName="managers")
    both = [arn("group/managers"), arn("group/mgrs")]
    only_old = world.user("only-old", allow("iam:UpdateGroup", both[0]))

    assert refusal(only_old.iam.update_group, GroupName="managers", NewGroupName="mgrs") == denial(
        arn("user/only-old"), "iam:UpdateGroup", "group mgrs"
    )
    renamer = world.user("renamer", allow("iam:UpdateGroup", both))
    renamer.iam.update_group(GroupName="managers", NewGroupName="mgrs")
    assert names(root.iam.list_groups()) == ["mgrs"]


def test_a_group_is_deleted_only_when_nothing_is_left(root: Actor) -> None:
    iam = root.iam
    iam.create_group(GroupName="g")
    iam.create_user(UserName="bob")
    some_policy = document(allow("s3:GetObject"))
    policy = iam.create_policy(PolicyName="p", PolicyDocument=some_policy)["Policy"]["Arn"]
    iam.add_user_to_group(GroupName="g", UserName="bob")
    iam.attach_group_policy(GroupName="g", PolicyArn=policy)
    iam.put_group_policy(GroupName="g", PolicyName="own", PolicyDocument=some_policy)

    def why_not() -> tuple[str, str]:
        return refusal(iam.delete_group, GroupName="g")

    assert why_not() == ("DeleteConflict", "Cannot delete entity, must remove users from group first.")
    iam.remove_user_from_group(GroupName="g", UserName="bob")
    assert why_not() == ("DeleteConflict", "Cannot delete entity, must detach all policies first.")
    iam.detach_group_policy(GroupName="g", PolicyArn=policy)
    assert why_not() == ("DeleteConflict", "Cannot delete entity, must delete policies first.")
    iam.delete_group_policy(GroupName="g", PolicyName="own")
    assert content(iam.delete_group(GroupName="G")) == {}
    assert names(iam.list_groups()) == []
    assert refusal(iam.delete_group, GroupName="nothing") == MISSING_GROUP
    assert refusal(iam.get_group, GroupName="nothing") == MISSING_GROUP


# Members


def test_members_are_listed_by_name_in_pages(root: Actor) -> None:
    root.iam.create_group(GroupName="g")
    for name in ("carol", "Bob", "alice"):
        root.iam.create_user(UserName=name, Tags=[{"Key": "a", "Value": "b"}])
        root.iam.add_user_to_group(GroupName="G", UserName=name.upper())

    first = root.iam.get_group(GroupName="g", MaxItems=2)
    second = root.iam.get_group(GroupName="g", MaxItems=2, Marker=first["Marker"])

    assert [user["UserName"] for user in first["Users"]] == ["alice", "Bob"]
    assert first["IsTruncated"] is True
    assert content(second) == {
        "Group": first["Group"],
        "Users": [user for user in root.iam.list_users()["Users"] if user["UserName"] == "carol"],
        "IsTruncated": False,
    }
    root.iam.create_group(GroupName="h")
    assert refusal(root.iam.get_group, GroupName="h", Marker=first["Marker"]) == (
        "ValidationError",
        "Invalid Marker.",
    )


def test_the_groups_of_a_user_are_listed_by_name_in_pages(root: Actor) -> None:
    root.iam.create_user(UserName="bob")
    root.iam.create_user(UserName="carol")
    for name in ("b", "A", "c"):
        root.iam.create_group(GroupName=name)
        root.iam.add_user_to_group(GroupName=name, UserName="bob")

    assert content(root.iam.list_groups_for_user(UserName="BOB")) == content(root.iam.list_groups())
    first = root.iam.list_groups_for_user(UserName="bob", MaxItems=2)
    assert (names(first), first["IsTruncated"]) == (["A", "b"], True)
    second = root.iam.list_groups_for_user(UserName="bob", MaxItems=2, Marker=first["Marker"])
    assert (names(second), second["IsTruncated"]) == (["c"], False)
    assert content(root.iam.list_groups_for_user(UserName="carol")) == {"Groups": [], "IsTruncated": False}
    assert refusal(root.iam.list_groups_for_user, UserName="nobody") == MISSING_USER


def test_one_removal_undoes_two_additions(root: Actor) -> None:
    root.iam.create_group(GroupName="g")
    root.iam.create_user(UserName="bob")

    assert content(root.iam.add_user_to_group(GroupName="g", UserName="bob")) == {}
    root.iam.add_user_to_group(GroupName="g", UserName="bob")
    assert members(root, "g") == ["bob"]

    assert content(root.iam.remove_user_from_group(GroupName="g", UserName="bob")) == {}
    assert members(root, "g") == []
    root.iam.remove_user_from_group(GroupName="g", UserName="bob")
    assert members(root, "g") == []


@pytest.mark.parametrize("operation", ["add_user_to_group", "remove_user_from_group"])
def test_the_user_is_looked_up_first(root: Actor, operation: str) -> None:
    root.iam.create_group(GroupName="g")
    root.iam.create_user(UserName="bob")
    method = getattr(root.iam, operation)

    assert refusal(method, GroupName="nothing", UserName="nobody") == MISSING_USER
    assert refusal(method, GroupName="g", UserName="nobody") == MISSING_USER
    assert refusal(method, GroupName="nothing", UserName="bob") == MISSING_GROUP


def test_the_quota_of_groups_of_a_user(root: Actor) -> None:
    root.iam.create_user(UserName="bob")
    for number in range(11):
        root.iam.create_group(GroupName=f"g{number:02}")
    for number in range(10):
        root.iam.add_user_to_group(GroupName=f"g{number:02}", UserName="bob")

    assert refusal(root.iam.add_user_to_group, GroupName="g10", UserName="bob") == (
        "LimitExceeded",
        "Cannot exceed quota for GroupsPerUser: 10",
    )
    assert members(root, "g10") == []
    # Once more where it is already is no eleventh group.
    root.iam.add_user_to_group(GroupName="g00", UserName="bob")


def test_a_group_gives_its_policies_to_its_members_and_takes_them_at_once(world: World, root: Actor) -> None:
    bob = world.user("bob")
    root.iam.create_group(GroupName="g")
    root.iam.put_group_policy(GroupName="g", PolicyName="p", PolicyDocument=document(allow("iam:GetUser")))
    assert refusal(bob.iam.get_user)[0] == "AccessDenied"

    root.iam.add_user_to_group(GroupName="g", UserName="bob")
    assert bob.iam.get_user()["User"]["UserName"] == "bob"

    root.iam.remove_user_from_group(GroupName="g", UserName="bob")
    assert refusal(bob.iam.get_user)[0] == "AccessDenied"


@pytest.mark.parametrize(
    ("operation", "action", "resource", "shown", "params"),
    [
        ("create_group", "iam:CreateGroup", "group/new", arn("group/new"), {"GroupName": "new"}),
        ("get_group", "iam:GetGroup", "group/it/g", "group g", {"GroupName": "g"}),
        ("update_group", "iam:UpdateGroup", "group/it/g", "group g", {"GroupName": "g"}),
        ("delete_group", "iam:DeleteGroup", "group/it/g", "group g", {"GroupName": "g"}),
        ("list_groups", "iam:ListGroups", "group/", arn("group/"), {}),
        ("list_groups", "iam:ListGroups", "group/it/", arn("group/it/"), {"PathPrefix": "/it/"}),
        (
            "add_user_to_group",
            "iam:AddUserToGroup",
            "group/it/g",
            "group g",
            {"GroupName": "g", "UserName": "bob"},
        ),
        (
            "remove_user_from_group",
            "iam:RemoveUserFromGroup",
            "group/it/g",
            "group g",
            {"GroupName": "g", "UserName": "bob"},
        ),
        (
            "list_groups_for_user",
            "iam:ListGroupsForUser",
            "user/it/bob",
            "user bob",
            {"UserName": "bob"},
        ),
    ],
)
def test_who_may(
    world: World, operation: str, action: str, resource: str, shown: str, params: dict[str, str]
) -> None:
    world.root.iam.create_user(UserName="bob", Path="/it/")
    world.root.iam.create_group(GroupName="g", Path="/it/")

    check_permission(world, operation, action, arn(resource), shown, **params)


def test_a_group_that_is_not_there_is_not_told_from_one_that_is_forbidden(world: World, root: Actor) -> None:
    """R-28: whoever may not ask learns nothing about which groups exist."""
    root.iam.create_group(GroupName="there", Path="/some/path/")
    stranger = world.user("stranger")

    for name in ("there", "nothing"):
        assert refusal(stranger.iam.get_group, GroupName=name) == denial(
            arn("user/stranger"), "iam:GetGroup", f"group {name}"
        )
