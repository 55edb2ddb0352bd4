"""
IAM roles.

What holds for every operation here:

* A name is unique in its account without regard to case, and is kept as it was written.
* A trust policy is checked, and its principals are bound, when it is saved; it is answered URL-encoded, as it was sent
  but for principals that are gone or renamed (``operations/trust_policies.py``).
* Operations tell different parts of a role (facts 30-33): creating tells neither description nor session duration,
  listing neither tags nor boundary nor last use.
* A service-linked role is its service's; customers may change no more of it than the description.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from iamd.domain import limits
from iamd.domain.roles import (
    DEFAULT_MAX_SESSION_DURATION,
    PREFIX,
    RESERVED_PATH,
    SERVICE_LINKED_PATH,
    Role,
    check_modifiable,
)
from iamd.domain.tags import from_wire
from iamd.errors import DeleteConflict, InvalidInput
from iamd.operations.call import Call, Params, Result
from iamd.operations.documents import encode_document
from iamd.operations.paginate import paginate
from iamd.operations.policies import boundary_policy
from iamd.operations.quotas import check_account_quota
from iamd.operations.registry import Mode, iam_operation
from iamd.operations.resources import bounded_role, collection, new
from iamd.operations.trust_policies import check_trust_policy, shown_trust_policy

# AWS: *RoleLastUsed*: activity is only reported for the trailing 400 days.
_REPORTED_USE = timedelta(days=400)


@iam_operation("CreateRole", on=new("role", "RoleName"), mode=Mode.WRITE)
def create_role(call: Call, params: Params) -> Result:
    """
    Make a role.

    Raises:
        InvalidInput: The path is AWS's own, a tag key is not acceptable, or the boundary is no ARN of a policy.
        MalformedPolicyDocument: The trust policy is not valid, or a principal of it does not exist.
        NoSuchEntity: There is no such policy to be the permissions boundary.
        EntityAlreadyExists: The name is taken.
        LimitExceeded: The account has as many roles as it may, or the trust policy is too long.
    """
    path = params.get("Path", "/")
    check_path(path)
    tags = from_wire(params.get("Tags", ()))
    boundary = params.get("PermissionsBoundary")
    trust_policy = params["AssumeRolePolicyDocument"]
    role = Role(
        account_id=call.account_id,
        role_id=call.ids.unique_id(PREFIX),
        name=params["RoleName"],
        path=path,
        created_at=call.now,
        trust_policy=trust_policy,
        trusted_ids=check_trust_policy(call, trust_policy),
        description=params.get("Description") or None,
        max_session_duration=params.get("MaxSessionDuration", DEFAULT_MAX_SESSION_DURATION),
        permissions_boundary=None if boundary is None else boundary_policy(call, boundary),
        tags=tags,
    )
    call.store.roles.add(role)
    check_account_quota(
        call, "RolesPerAccount", call.store.roles.count(call.account_id), limits.ROLES_PER_ACCOUNT
    )
    return {"Role": show_role(call, role) | show_role_extras(role)}


@iam_operation("GetRole", on=bounded_role, mode=Mode.READ)
def get_role(call: Call, params: Params) -> Result:
    """
    Tell everything about a role.

    Raises:
        NoSuchEntity: There is no such role.
    """
    role = call.store.roles.get(call.account_id, params["RoleName"])
    shown = show_role(call, role) | _description(role) | show_role_extras(role) | show_source_template(role)
    shown["MaxSessionDuration"] = role.max_session_duration
    shown["RoleLastUsed"] = show_last_use(call, role)
    return {"Role": shown}


@iam_operation("ListRoles", on=collection("role"), mode=Mode.READ)
def list_roles(call: Call, params: Params) -> Result:
    """List the roles whose path begins with ``PathPrefix``, by name."""
    prefix = params.get("PathPrefix", "/")
    return paginate(
        call,
        params,
        "Roles",
        lambda after, limit: call.store.roles.page(call.account_id, prefix, after, limit),
        lambda role: role.name.lower(),
        lambda role: (
            show_role(call, role)
            | _description(role)
            | {"MaxSessionDuration": role.max_session_duration}
            | show_source_template(role)
        ),
    )


@iam_operation("UpdateRole", on=bounded_role, mode=Mode.WRITE)
def update_role(call: Call, params: Params) -> Result:
    """
    Change the description or the longest session of a role; what is not given stays.

    Raises:
        NoSuchEntity: There is no such role.
        UnmodifiableEntity: The sessions of a service-linked role are not the customer's to change.
    """
    role = call.store.roles.get(call.account_id, params["RoleName"])
    if "MaxSessionDuration" in params:
        check_modifiable(role)
        role = replace(role, max_session_duration=params["MaxSessionDuration"])
    if "Description" in params:
        role = replace(role, description=params["Description"] or None)
    call.store.roles.put(role)
    return {}


@iam_operation("UpdateRoleDescription", on=bounded_role, mode=Mode.WRITE)
def update_role_description(call: Call, params: Params) -> Result:
    """
    Change the description of a role.

    Raises:
        NoSuchEntity: There is no such role.
    """
    role = call.store.roles.get(call.account_id, params["RoleName"])
    role = replace(role, description=params["Description"] or None)
    call.store.roles.put(role)
    return {"Role": show_role(call, role) | _description(role)}


@iam_operation("UpdateAssumeRolePolicy", on=bounded_role, mode=Mode.WRITE)
def update_assume_role_policy(call: Call, params: Params) -> None:
    """
    Replace the trust policy of a role; its principals are bound anew.

    Raises:
        NoSuchEntity: There is no such role.
        UnmodifiableEntity: The role is service-linked.
        MalformedPolicyDocument: The policy is not valid, or a principal of it does not exist.
        LimitExceeded: The policy is too long.
    """
    role = call.store.roles.get(call.account_id, params["RoleName"])
    check_modifiable(role)
    document = params["PolicyDocument"]
    trusted_ids = check_trust_policy(call, document)
    call.store.roles.put(replace(role, trust_policy=document, trusted_ids=trusted_ids))


@iam_operation("DeleteRole", on=bounded_role, mode=Mode.WRITE)
def delete_role(call: Call, params: Params) -> None:
    """
    Delete a role that nothing is left of.

    Raises:
        NoSuchEntity: There is no such role.
        UnmodifiableEntity: The role is service-linked.
        DeleteConflict: The role is in an instance profile, or has policies (fact 35).
    """
    role = call.store.roles.get(call.account_id, params["RoleName"])
    check_modifiable(role)
    if call.store.instance_profiles.list_with_role(role.role_id, None, 1):
        raise DeleteConflict("Cannot delete entity, must remove roles from instance profile first.")
    if call.store.policy_attachments.of(role.role_id):
        raise DeleteConflict("Cannot delete entity, must detach all policies first.")
    if call.store.inline_policies.page(role.role_id, None, 1):
        raise DeleteConflict("Cannot delete entity, must delete policies first.")
    call.store.roles.delete(role)


def show_role(call: Call, role: Role) -> dict[str, Any]:
    """Return what every answer tells about a role."""
    return {
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.role_id,
        "Arn": role.arn,
        "CreateDate": role.created_at,
        "AssumeRolePolicyDocument": encode_document(shown_trust_policy(call, role)),
    }


def show_last_use(call: Call, role: Role) -> dict[str, Any]:
    """Return ``RoleLastUsed``: empty for a role that was not used in the last 400 days (fact 31)."""
    use = call.usage.role(role.role_id)
    at, region = (use.at, use.region) if use else (role.last_used_at, role.last_used_region)
    if at is None or call.now - at > _REPORTED_USE:
        return {}
    return {"LastUsedDate": at, "Region": region}


def _description(role: Role) -> dict[str, Any]:
    return {} if role.description is None else {"Description": role.description}


def show_role_extras(role: Role) -> dict[str, Any]:
    """Return the boundary and the tags, where there are any."""
    shown: dict[str, Any] = {}
    if role.permissions_boundary is not None:
        shown["PermissionsBoundary"] = {
            "PermissionsBoundaryType": "Policy",
            "PermissionsBoundaryArn": role.permissions_boundary,
        }
    if role.tags:
        shown["Tags"] = [tag.wire for tag in role.tags]
    return shown


def show_source_template(role: Role) -> dict[str, Any]:
    """Return what template the role was made from, if it was (AWS: not told by GetAccountAuthorizationDetails)."""
    source = role.source_template
    if source is None:
        return {}
    return {"SourceRoleTemplate": {"TemplateArn": source.arn, "TemplateMinorVersion": source.minor_version}}


def check_path(path: str) -> None:
    """
    Refuse the paths of roles that AWS makes.

    Raises:
        InvalidInput: It is one of those.
    """
    if path.startswith(SERVICE_LINKED_PATH):
        raise InvalidInput(
            f"Path prefix '{SERVICE_LINKED_PATH}' can only be used for AWS Service linked Roles"
        )
    if path.startswith(RESERVED_PATH):
        raise InvalidInput(f"Path prefix '{RESERVED_PATH}' can only be used for roles that AWS makes")
