"""
IAM groups and who is in them.

What holds for every operation here:

* A name is unique in its account without regard to case, and is kept as it was written.
* A group keeps its ``GroupId`` whatever it is called; members and policies follow a rename (fact 26).
* To be a member twice is to be one once; where a request names a user and a group, the user is looked up first
  (facts 27, 28).
* A group is deleted only when it has neither members nor policies.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from iamd.auth.target import Target
from iamd.domain.arns import iam_arn
from iamd.domain.groups import PREFIX, Group
from iamd.domain.limits import GROUPS_PER_ACCOUNT, GROUPS_PER_USER, check_quota
from iamd.errors import DeleteConflict
from iamd.operations.call import Call, Params, Result
from iamd.operations.iam.users import show_user, user_position
from iamd.operations.paginate import paginate
from iamd.operations.quotas import check_account_quota
from iamd.operations.registry import Mode, iam_operation
from iamd.operations.resources import collection, group, new, user


@iam_operation("CreateGroup", on=new("group", "GroupName"), mode=Mode.WRITE)
def create_group(call: Call, params: Params) -> Result:
    """
    Make a group.

    Raises:
        EntityAlreadyExists: The name is taken.
        LimitExceeded: The account has as many groups as it may.
    """
    created = Group(
        account_id=call.account_id,
        group_id=call.ids.unique_id(PREFIX),
        name=params["GroupName"],
        path=params.get("Path", "/"),
        created_at=call.now,
    )
    call.store.groups.add(created)
    check_account_quota(
        call, "GroupsPerAccount", call.store.groups.count(call.account_id), GROUPS_PER_ACCOUNT
    )
    return {"Group": show_group(created)}


@iam_operation("GetGroup", on=group, mode=Mode.READ)
def get_group(call: Call, params: Params) -> Result:
    """
    Tell a group and a page of its members, by name.

    Raises:
        NoSuchEntity: There is no such group.
    """
    found = call.store.groups.get(call.account_id, params["GroupName"])
    members = paginate(
        call,
        params,
        "Users",
        lambda after, limit: call.store.group_memberships.users_in(found.group_id, after, limit),
        user_position,
        show_user,
    )
    return {"Group": show_group(found), **members}


@iam_operation("ListGroups", on=collection("group"), mode=Mode.READ)
def list_groups(call: Call, params: Params) -> Result:
    """List the groups whose path begins with ``PathPrefix``, by name."""
    prefix = params.get("PathPrefix", "/")
    return paginate(
        call,
        params,
        "Groups",
        lambda after, limit: call.store.groups.page(call.account_id, prefix, after, limit),
        _position,
        show_group,
    )


def _both_names(call: Call, params: Params) -> Iterator[Target]:
    """
    Yield the group as it is and as it will be.

    AWS: the principal "must have a policy that allows them to update both groups".
    """
    yield group(call, params)
    found = call.store.groups.find(call.account_id, params["GroupName"])
    name = params.get("NewGroupName", found.name if found else params["GroupName"])
    path = params.get("NewPath", found.path if found else "/")
    arn = iam_arn(call.account_id, "group", path, name)
    if found is None or arn != found.arn:
        yield Target(arn=arn, account_id=call.account_id, shown=f"group {name}")


@iam_operation("UpdateGroup", on=_both_names, mode=Mode.WRITE)
def update_group(call: Call, params: Params) -> None:
    """
    Give a group another name or path, or both.

    Raises:
        NoSuchEntity: There is no such group.
        EntityAlreadyExists: The new name is another group's.
    """
    found = call.store.groups.get(call.account_id, params["GroupName"])
    changed = replace(
        found, name=params.get("NewGroupName", found.name), path=params.get("NewPath", found.path)
    )
    if changed != found:
        call.store.groups.put(changed)


@iam_operation("DeleteGroup", on=group, mode=Mode.WRITE)
def delete_group(call: Call, params: Params) -> None:
    """
    Delete a group that has neither members nor policies.

    Raises:
        NoSuchEntity: There is no such group.
        DeleteConflict: It has members or policies.
    """
    found = call.store.groups.get(call.account_id, params["GroupName"])
    if call.store.group_memberships.users_in(found.group_id, None, 1):
        raise DeleteConflict("Cannot delete entity, must remove users from group first.")
    if call.store.policy_attachments.of(found.group_id):
        raise DeleteConflict("Cannot delete entity, must detach all policies first.")
    if call.store.inline_policies.page(found.group_id, None, 1):
        raise DeleteConflict("Cannot delete entity, must delete policies first.")
    call.store.groups.delete(found)


@iam_operation("AddUserToGroup", on=group, mode=Mode.WRITE)
def add_user_to_group(call: Call, params: Params) -> None:
    """
    Make a user a member of a group.

    Raises:
        NoSuchEntity: There is no such user, or no such group.
        LimitExceeded: The user is in as many groups as it may.
    """
    member = call.store.users.get(call.account_id, params["UserName"])
    found = call.store.groups.get(call.account_id, params["GroupName"])
    call.store.group_memberships.add(found, member)
    check_quota(
        "GroupsPerUser", call.store.group_memberships.count_groups_of(member.user_id), GROUPS_PER_USER
    )


@iam_operation("RemoveUserFromGroup", on=group, mode=Mode.WRITE)
def remove_user_from_group(call: Call, params: Params) -> None:
    """
    End a user's membership; nothing happens when there is none.

    Raises:
        NoSuchEntity: There is no such user, or no such group.
    """
    member = call.store.users.get(call.account_id, params["UserName"])
    found = call.store.groups.get(call.account_id, params["GroupName"])
    call.store.group_memberships.remove(found, member)


@iam_operation("ListGroupsForUser", on=user, mode=Mode.READ)
def list_groups_for_user(call: Call, params: Params) -> Result:
    """
    List the groups that a user is in, by name.

    Raises:
        NoSuchEntity: There is no such user.
    """
    member = call.store.users.get(call.account_id, params["UserName"])
    return paginate(
        call,
        params,
        "Groups",
        lambda after, limit: call.store.group_memberships.groups_of(member.user_id, after, limit),
        _position,
        show_group,
    )


def show_group(group: Group) -> dict[str, Any]:
    """Return *group* in the model's shape."""
    return {
        "Path": group.path,
        "GroupName": group.name,
        "GroupId": group.group_id,
        "Arn": group.arn,
        "CreateDate": group.created_at,
    }


def _position(group: Group) -> str:
    return group.name
