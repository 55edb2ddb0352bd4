"""
IAM users.

What holds for every operation here:

* A name is unique in its account without regard to case, and is kept as it was written.
* A user keeps its ``UserId`` whatever it is called and wherever its path is; whatever belongs to it follows a rename.
* A user is deleted only when it has nothing left: no policies, groups, credentials or MFA devices.
* Lists tell neither tags nor permissions boundaries (fact 19).
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from iamd.auth.target import Target
from iamd.domain.arns import iam_arn
from iamd.domain.limits import USERS_PER_ACCOUNT, check_quota
from iamd.domain.tags import from_wire
from iamd.domain.users import PREFIX, User
from iamd.errors import DeleteConflict, NoSuchEntity
from iamd.operations.call import Call, Params, Result
from iamd.operations.paginate import paginate
from iamd.operations.policies import boundary_policy
from iamd.operations.registry import Mode, iam_operation
from iamd.operations.resources import (
    collection,
    named_or_calling_user,
    new,
    user,
    user_or_self,
)


@iam_operation("CreateUser", on=new("user", "UserName"), mode=Mode.WRITE)
def create_user(call: Call, params: Params) -> Result:
    """
    Make a user.

    Raises:
        InvalidInput: A tag key occurs twice, or the permissions boundary is no ARN of a policy.
        NoSuchEntity: There is no such policy to be the permissions boundary.
        EntityAlreadyExists: The name is taken.
        LimitExceeded: The account has as many users as it may.
    """
    tags = from_wire(params.get("Tags", ()))
    boundary = params.get("PermissionsBoundary")
    created = User(
        account_id=call.account_id,
        user_id=call.ids.unique_id(PREFIX),
        name=params["UserName"],
        path=params.get("Path", "/"),
        created_at=call.now,
        permissions_boundary=None if boundary is None else boundary_policy(call, boundary),
        tags=tags,
    )
    call.store.users.add(created)
    check_quota("UsersPerAccount", call.store.users.count(call.account_id), USERS_PER_ACCOUNT)
    return {"User": show_user_in_full(created)}


@iam_operation("GetUser", on=user_or_self, mode=Mode.READ)
def get_user(call: Call, params: Params) -> Result:
    """
    Tell everything about a user; without a ``UserName``, about the caller.

    Raises:
        NoSuchEntity: There is no such user.
    """
    if "UserName" not in params and call.caller.of_root:
        return {"User": show_root(call)}
    return {"User": show_user_in_full(named_or_calling_user(call, params))}


@iam_operation("ListUsers", on=collection("user"), mode=Mode.READ)
def list_users(call: Call, params: Params) -> Result:
    """List the users whose path begins with ``PathPrefix``, by name."""
    prefix = params.get("PathPrefix", "/")
    return paginate(
        call,
        params,
        "Users",
        lambda after, limit: call.store.users.page(call.account_id, prefix, after, limit),
        user_position,
        show_user,
    )


def _both_names(call: Call, params: Params) -> Iterator[Target]:
    """
    Yield the user as it is and as it will be.

    AWS: "To change a user name, the requester must have appropriate permissions on both the source object and the
    target object."
    """
    yield user(call, params)
    found = call.store.users.find(call.account_id, params["UserName"])
    name = params.get("NewUserName", found.name if found else params["UserName"])
    path = params.get("NewPath", found.path if found else "/")
    arn = iam_arn(call.account_id, "user", path, name)
    if found is None or arn != found.arn:
        tags = found.tags if found else ()
        yield Target(arn=arn, account_id=call.account_id, tags=tags, shown=f"user {name}")


@iam_operation("UpdateUser", on=_both_names, mode=Mode.WRITE)
def update_user(call: Call, params: Params) -> None:
    """
    Give a user another name or path, or both.

    Raises:
        NoSuchEntity: There is no such user.
        EntityAlreadyExists: The new name is another user's.
    """
    found = call.store.users.get(call.account_id, params["UserName"])
    changed = replace(
        found, name=params.get("NewUserName", found.name), path=params.get("NewPath", found.path)
    )
    if changed != found:
        call.store.users.put(changed)


@iam_operation("DeleteUser", on=user, mode=Mode.WRITE)
def delete_user(call: Call, params: Params) -> None:
    """
    Delete a user that has nothing left.

    Raises:
        NoSuchEntity: There is no such user.
        DeleteConflict: Something still belongs to it (fact 16).
    """
    found = call.store.users.get(call.account_id, params["UserName"])
    store = call.store
    if store.policy_attachments.of(found.user_id):
        raise DeleteConflict("Cannot delete entity, must detach all policies first.")
    if store.inline_policies.page(found.user_id, None, 1):
        raise DeleteConflict("Cannot delete entity, must delete policies first.")
    if store.group_memberships.count_groups_of(found.user_id):
        raise DeleteConflict("Cannot delete entity, must remove users from group first.")
    if store.access_keys.count(found.user_id):
        raise DeleteConflict("Cannot delete entity, must delete access keys first.")
    if store.login_profiles.find(found.user_id) is not None:
        raise DeleteConflict("Cannot delete entity, must delete login profile first.")
    if store.mfa_devices.list_of(found.user_id):
        raise DeleteConflict("Cannot delete entity, must delete MFA device first.")
    others = (store.ssh_public_keys, store.signing_certificates, store.service_specific_credentials)
    if any(each.count(found.user_id) for each in others):
        raise DeleteConflict("Cannot delete entity, must remove referenced objects first.")
    store.users.delete(found)


def show_user(user: User) -> dict[str, Any]:
    """Return *user* as lists tell it."""
    shown = {
        "Path": user.path,
        "UserName": user.name,
        "UserId": user.user_id,
        "Arn": user.arn,
        "CreateDate": user.created_at,
    }
    if user.password_last_used_at is not None:
        shown["PasswordLastUsed"] = user.password_last_used_at
    return shown


def show_user_in_full(user: User) -> dict[str, Any]:
    """Return *user* with its permissions boundary and tags, as far as it has any (fact 12)."""
    shown = show_user(user)
    if user.permissions_boundary is not None:
        shown["PermissionsBoundary"] = {
            "PermissionsBoundaryType": "Policy",
            "PermissionsBoundaryArn": user.permissions_boundary,
        }
    if user.tags:
        shown["Tags"] = [tag.wire for tag in user.tags]
    return shown


def show_root(call: Call) -> dict[str, Any]:
    """
    Return the root of the caller's account in the shape of a user.

    As on AWS it has no path, and its name is the account's alias, if there is one.
    """
    account = call.store.accounts.find(call.account_id)
    if account is None:
        raise NoSuchEntity(f"The account {call.account_id} cannot be found.")
    shown: dict[str, Any] = {"UserId": account.account_id, "Arn": account.root_arn}
    if account.alias is not None:
        shown["UserName"] = account.alias
    return shown | {"CreateDate": account.created_at}


def user_position(user: User) -> str:
    """Return where *user* stands in a list by name."""
    return user.name
