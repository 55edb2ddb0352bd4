"""
Instance profiles: through which EC2 hands a role to an instance.

What holds for every operation here:

* A name is unique in its account without regard to case, and is kept as it was written.
* A profile holds at most one role; a role may be in many profiles.
* Whoever puts a role into a profile passes it to EC2, and needs ``iam:PassRole`` on the role for that.
* Roles are told without their ``MaxSessionDuration`` (fact 62).
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec

from iamd.auth.target import Target
from iamd.domain import limits
from iamd.domain.instance_profiles import PREFIX, InstanceProfile
from iamd.domain.roles import check_modifiable
from iamd.domain.tags import from_wire
from iamd.errors import DeleteConflict, LimitExceeded, NoSuchEntity
from iamd.operations.call import Call, Params, Result
from iamd.operations.iam.roles import show_role
from iamd.operations.paginate import paginate
from iamd.operations.quotas import check_account_quota
from iamd.operations.registry import Mode, iam_operation
from iamd.operations.resources import collection, instance_profile, new, role, role_target


@iam_operation("CreateInstanceProfile", on=new("instance-profile", "InstanceProfileName"), mode=Mode.WRITE)
def create_instance_profile(call: Call, params: Params) -> Result:
    """
    Make an instance profile, without a role.

    Raises:
        InvalidInput: A tag key is not acceptable.
        EntityAlreadyExists: The name is taken.
        LimitExceeded: The account has as many as it may.
    """
    profile = InstanceProfile(
        account_id=call.account_id,
        instance_profile_id=call.ids.unique_id(PREFIX),
        name=params["InstanceProfileName"],
        path=params.get("Path", "/"),
        created_at=call.now,
        tags=from_wire(params.get("Tags", ()), ignore_case=False),
    )
    profiles = call.store.instance_profiles
    profiles.add(profile)
    check_account_quota(
        call,
        "InstanceProfilesPerAccount",
        profiles.count(call.account_id),
        limits.INSTANCE_PROFILES_PER_ACCOUNT,
    )
    shown = show_instance_profile(call, profile)
    if profile.tags:
        shown["Tags"] = [tag.wire for tag in profile.tags]
    return {"InstanceProfile": shown}


@iam_operation("GetInstanceProfile", on=instance_profile, mode=Mode.READ)
def get_instance_profile(call: Call, params: Params) -> Result:
    """
    Tell everything about an instance profile.

    Raises:
        NoSuchEntity: There is no such profile.
    """
    profile = _get(call, params)
    tags = [tag.wire for tag in profile.tags]
    return {"InstanceProfile": show_instance_profile(call, profile) | {"Tags": tags}}


@iam_operation("ListInstanceProfiles", on=collection("instance-profile"), mode=Mode.READ)
def list_instance_profiles(call: Call, params: Params) -> Result:
    """List the instance profiles whose path begins with ``PathPrefix``, by name."""
    prefix = params.get("PathPrefix", "/")
    return paginate(
        call,
        params,
        "InstanceProfiles",
        lambda after, limit: call.store.instance_profiles.page(call.account_id, prefix, after, limit),
        lambda profile: profile.name.lower(),
        lambda profile: show_instance_profile(call, profile),
    )


@iam_operation("ListInstanceProfilesForRole", on=role, mode=Mode.READ)
def list_instance_profiles_for_role(call: Call, params: Params) -> Result:
    """
    List the instance profiles that a role is in, by name.

    Raises:
        NoSuchEntity: There is no such role.
    """
    found = call.store.roles.get(call.account_id, params["RoleName"])
    return paginate(
        call,
        params,
        "InstanceProfiles",
        lambda after, limit: call.store.instance_profiles.list_with_role(found.role_id, after, limit),
        lambda profile: profile.name.lower(),
        lambda profile: show_instance_profile(call, profile),
    )


def _profile_and_passed_role(call: Call, params: Params) -> Iterator[Target]:
    """Yield the profile, and the role as what is passed to EC2."""
    yield instance_profile(call, params)
    yield passed_role(role_target(call, params["RoleName"]), call.account_id)


def passed_role(target: Target, account_id: str) -> Target:
    """
    Return *target*, a role, as what is passed to EC2.

    AWS: for this operation iam:AssociatedResourceArn names no region and no instance.
    """
    return msgspec.structs.replace(
        target,
        action="iam:PassRole",
        shown=None,
        context={
            "iam:PassedToService": "ec2.amazonaws.com",
            "iam:AssociatedResourceArn": f"arn:aws:ec2:*:{account_id}:instance/*",
        },
    )


@iam_operation("AddRoleToInstanceProfile", on=_profile_and_passed_role, mode=Mode.WRITE)
def add_role_to_instance_profile(call: Call, params: Params) -> None:
    """
    Put a role into an instance profile.

    Raises:
        NoSuchEntity: There is no such profile or role.
        UnmodifiableEntity: The role is service-linked.
        LimitExceeded: There is a role in the profile, this one or another (fact 63).
    """
    profile = _get(call, params)
    added = call.store.roles.get(call.account_id, params["RoleName"])
    check_modifiable(added)
    if profile.role_id is not None:
        raise LimitExceeded(
            f"Cannot exceed quota for InstanceSessionsPerInstanceProfile: {limits.ROLES_PER_INSTANCE_PROFILE}"
        )
    call.store.instance_profiles.put(replace(profile, role_id=added.role_id))


@iam_operation("RemoveRoleFromInstanceProfile", on=instance_profile, mode=Mode.WRITE)
def remove_role_from_instance_profile(call: Call, params: Params) -> None:
    """
    Take a role out of an instance profile.

    Raises:
        NoSuchEntity: There is no such profile or role, or the role is not in the profile.
    """
    profile = _get(call, params)
    removed = call.store.roles.get(call.account_id, params["RoleName"])
    check_modifiable(removed)
    if profile.role_id != removed.role_id:
        raise NoSuchEntity(f"Role {removed.name} in Instance Profile {profile.name} cannot be found.")
    call.store.instance_profiles.put(replace(profile, role_id=None))


@iam_operation("DeleteInstanceProfile", on=instance_profile, mode=Mode.WRITE)
def delete_instance_profile(call: Call, params: Params) -> None:
    """
    Delete an instance profile that holds no role.

    Raises:
        NoSuchEntity: There is no such profile.
        DeleteConflict: There is a role in it.
    """
    profile = _get(call, params)
    if profile.role_id is not None:
        raise DeleteConflict("Cannot delete entity, must remove roles from instance profile first.")
    call.store.instance_profiles.delete(profile)


def show_instance_profile(call: Call, profile: InstanceProfile) -> dict[str, Any]:
    """Return what every answer tells about an instance profile; its role goes with it."""
    found = None if profile.role_id is None else call.store.roles.find_by_id(profile.role_id)
    return {
        "Path": profile.path,
        "InstanceProfileName": profile.name,
        "InstanceProfileId": profile.instance_profile_id,
        "Arn": profile.arn,
        "CreateDate": profile.created_at,
        "Roles": [] if found is None else [show_role(call, found)],
    }


def _get(call: Call, params: Params) -> InstanceProfile:
    return call.store.instance_profiles.get(call.account_id, params["InstanceProfileName"])
