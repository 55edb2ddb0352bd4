"""
What an operation's action is asked on.

One function per way in which an operation names its resource.  An entity that does not exist is asked about under the
ARN it would have: whoever may not know is told nothing, whoever may gets the handler's NoSuchEntity (R-28).

AWS: *Actions, resources, and condition keys for AWS Identity and Access Management*.  How a denial names the resource
(``user bob``, ``role X``, ``policy path /``) follows what AWS answers.
"""

from collections.abc import Callable

import msgspec

from iamd.auth.target import Target
from iamd.domain.arns import EVERYBODYS, Arn, iam_arn, name_of, root_arn
from iamd.domain.managed_policies import parse_policy_arn
from iamd.domain.roles import Role
from iamd.domain.users import User
from iamd.errors import NoSuchEntity, ValidationError
from iamd.operations.call import Call, Params

_On = Callable[[Call, Params], Target]

MUST_NAME_USER = "Must specify userName when calling with non-User credentials"


def anything(call: Call, _params: Params) -> Target:
    """The action knows no resource type."""
    return Target(arn="*", account_id=call.account_id)


def user(call: Call, params: Params) -> Target:
    """The user that ``UserName`` names."""
    return user_target(call, params["UserName"])


def user_or_caller(call: Call, params: Params) -> Target:
    """
    The user that ``UserName`` names; without one, the caller.

    Raises:
        ValidationError: Without a ``UserName``, and the caller is no user (fact 17).
    """
    return user_target(call, named_user(call, params))


def user_or_self(call: Call, params: Params) -> Target:
    """
    The user that ``UserName`` names; without one, the caller: a user, or the root itself.

    Raises:
        ValidationError: Without a ``UserName``, and the caller is a role (fact 17).
    """
    if "UserName" not in params and call.caller.of_root:
        return Target(arn=root_arn(call.account_id), account_id=call.account_id)
    return user_or_caller(call, params)


def named_user(call: Call, params: Params) -> str:
    """Return the ``UserName`` of the request, or the name of the caller."""
    name = params.get("UserName")
    if name is not None:
        return str(name)
    if not call.caller.of_user:
        raise ValidationError(MUST_NAME_USER)
    return call.caller.snapshot.name


def named_or_calling_user(call: Call, params: Params) -> User:
    """
    Return the user that ``UserName`` names; without one, the caller, whatever it is called by now.

    Raises:
        NoSuchEntity: There is no such user.
        ValidationError: Without a ``UserName``, and the caller is no user.
    """
    name = named_user(call, params)
    if "UserName" in params:
        return call.store.users.get(call.account_id, name)
    # By its id: the name that the caller had when it was authenticated may be another's by now.
    found = call.store.users.find_by_id(call.caller.snapshot.unique_id)
    if found is None:
        raise NoSuchEntity(f"The user with name {name} cannot be found.")
    return found


def user_target(call: Call, name: str) -> Target:
    found = call.store.users.find(call.account_id, name)
    return _named_target(call, "user", name, found)


def group(call: Call, params: Params) -> Target:
    """The group that ``GroupName`` names."""
    name = params["GroupName"]
    found = call.store.groups.find(call.account_id, name)
    arn = found.arn if found else iam_arn(call.account_id, "group", "/", name)
    return Target(arn=arn, account_id=call.account_id, shown=f"group {name}")


def role(call: Call, params: Params) -> Target:
    """The role that ``RoleName`` names."""
    return role_target(call, params["RoleName"])


def role_target(call: Call, name: str) -> Target:
    found = call.store.roles.find(call.account_id, name)
    return _named_target(call, "role", name, found)


def _named_target(call: Call, kind: str, name: str, found: User | Role | None) -> Target:
    # A denial shows the name as it was asked for: how it is written would tell that it is there.
    return Target(
        arn=found.arn if found else iam_arn(call.account_id, kind, "/", name),
        account_id=call.account_id,
        tags=found.tags if found else (),
        shown=f"{kind} {name}",
    )


def bounded_user(call: Call, params: Params) -> Target:
    """The user that ``UserName`` names, for an action that knows ``iam:PermissionsBoundary``."""
    return _bounded(user(call, params), call.store.users.find(call.account_id, params["UserName"]), params)


def bounded_role(call: Call, params: Params) -> Target:
    """The role that ``RoleName`` names, for an action that knows ``iam:PermissionsBoundary``."""
    return _bounded(role(call, params), call.store.roles.find(call.account_id, params["RoleName"]), params)


def _bounded(target: Target, found: User | Role | None, params: Params) -> Target:
    """Add the boundary that the entity has, unless the request brings the one that it shall have."""
    if found is None or found.permissions_boundary is None or "PermissionsBoundary" in params:
        return target
    return msgspec.structs.replace(
        target, context={**target.context, "iam:PermissionsBoundary": found.permissions_boundary}
    )


def instance_profile(call: Call, params: Params) -> Target:
    """The instance profile that ``InstanceProfileName`` names."""
    name = params["InstanceProfileName"]
    found = call.store.instance_profiles.find(call.account_id, name)
    arn = found.arn if found else iam_arn(call.account_id, "instance-profile", "/", name)
    return Target(
        arn=arn,
        account_id=call.account_id,
        tags=found.tags if found else (),
        shown=f"instance profile {name}",
    )


def managed_policy(call: Call, params: Params) -> Target:
    """
    The managed policy that ``PolicyArn`` names: the caller's, another account's, or AWS's.

    Raises:
        ValidationError: It is no ARN of a policy.
    """
    arn = params["PolicyArn"]
    parsed = parse_policy_arn(arn)
    found = call.store.managed_policies.find(arn)
    return Target(
        arn=arn,
        account_id=parsed.account,
        tags=found.tags if found else (),
        shown=f"policy {arn}",
    )


def mfa_device(call: Call, params: Params) -> Target:
    """The MFA device that ``SerialNumber`` names."""
    serial_number = params["SerialNumber"]
    found = call.store.mfa_devices.find(serial_number)
    parsed = Arn.parse(serial_number)
    return Target(
        arn=serial_number,
        account_id=parsed.account if parsed else call.account_id,
        tags=found.tags if found else (),
    )


def new(kind: str, name_parameter: str, shown: str | None = None) -> _On:
    """An entity to be made: the ARN it will have; *shown* is for denials, with ``{}`` for the name."""

    def target(call: Call, params: Params) -> Target:
        name = params[name_parameter]
        arn = iam_arn(call.account_id, kind, params.get("Path", "/"), name)
        return Target(arn=arn, account_id=call.account_id, shown=shown and shown.format(name))

    return target


def collection(kind: str, shown: str | None = None) -> _On:
    """
    A list under ``PathPrefix``: ``arn:…:user/`` for all users (semantics 18).

    *shown* is for denials, with ``{}`` for the prefix.
    """

    def target(call: Call, params: Params) -> Target:
        prefix = params.get("PathPrefix", "/")
        arn = iam_arn(call.account_id, kind, prefix, "")
        return Target(arn=arn, account_id=call.account_id, shown=shown and shown.format(prefix))

    return target


def own_account_only(arn: str, call: Call) -> bool:
    """Return whether *arn* is of the caller's account, or of none and everybody's."""
    parsed = Arn.parse(arn)
    return parsed is not None and parsed.account in {call.account_id, *EVERYBODYS}


def friendly_name(arn: str) -> str:
    """Return the name at the end of an IAM ARN."""
    return name_of(arn)
