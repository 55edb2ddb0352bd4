"""
Permissions boundaries of users and roles.

What holds for every operation here:

* A boundary is a managed policy of the account or of AWS, and is attached by its ARN; its text is the version in force.
* A boundary never grants anything.
* To take one away that is not there is no error.
"""

from dataclasses import replace

from iamd.domain.roles import check_modifiable
from iamd.operations.call import Call, Params
from iamd.operations.policies import boundary_policy
from iamd.operations.registry import Mode, iam_operation
from iamd.operations.resources import bounded_role, bounded_user


@iam_operation("PutUserPermissionsBoundary", on=bounded_user, mode=Mode.WRITE)
def put_user_permissions_boundary(call: Call, params: Params) -> None:
    """
    Bound what a user may be permitted, in place of the boundary that it has.

    Raises:
        NoSuchEntity: There is no such user, or no such policy.
        InvalidInput: The boundary is no ARN of a policy (fact 37).
    """
    user = call.store.users.get(call.account_id, params["UserName"])
    boundary = boundary_policy(call, params["PermissionsBoundary"])
    call.store.users.put(replace(user, permissions_boundary=boundary))


@iam_operation("DeleteUserPermissionsBoundary", on=bounded_user, mode=Mode.WRITE)
def delete_user_permissions_boundary(call: Call, params: Params) -> None:
    """
    Take a user's boundary away.

    Raises:
        NoSuchEntity: There is no such user.
    """
    user = call.store.users.get(call.account_id, params["UserName"])
    call.store.users.put(replace(user, permissions_boundary=None))


@iam_operation("PutRolePermissionsBoundary", on=bounded_role, mode=Mode.WRITE)
def put_role_permissions_boundary(call: Call, params: Params) -> None:
    """
    Bound what a role may be permitted, in place of the boundary that it has.

    Raises:
        NoSuchEntity: There is no such role, or no such policy.
        InvalidInput: The boundary is no ARN of a policy (fact 37).
        UnmodifiableEntity: The role is a service's own.
    """
    role = call.store.roles.get(call.account_id, params["RoleName"])
    check_modifiable(role)
    boundary = boundary_policy(call, params["PermissionsBoundary"])
    call.store.roles.put(replace(role, permissions_boundary=boundary))


@iam_operation("DeleteRolePermissionsBoundary", on=bounded_role, mode=Mode.WRITE)
def delete_role_permissions_boundary(call: Call, params: Params) -> None:
    """
    Take a role's boundary away.

    Raises:
        NoSuchEntity: There is no such role.
        UnmodifiableEntity: The role is a service's own.
    """
    role = call.store.roles.get(call.account_id, params["RoleName"])
    check_modifiable(role)
    call.store.roles.put(replace(role, permissions_boundary=None))
