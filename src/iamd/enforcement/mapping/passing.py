"""
The roles that a request hands to a service: whoever hands one on needs ``iam:PassRole`` on it.

AWS: *Grant a user permissions to pass a role to an AWS service*; the *Service Authorization Reference*, for which actions
do; and the service models, for how each names roles.  What holds here:

* A role that is named by its ARN is one under a name that says so (``RoleArn``, ``Roles``), wherever it stands.
* A role that is named by its name, and the role of an instance profile, are looked up before it is decided: their paths,
  and whose role a profile has, are known to nobody but the server (`Passed`).
* What might be a role and cannot be read is refused.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final, Literal

from iamd.enforcement.mapping.asked import Need, UnmappedRequest
from iamd.enforcement.mapping.parameters import Parameters
from iamd.enforcement.mapping.resources import Home

ACTION: Final = "iam:PassRole"

_READS: Final = ("Describe", "Get", "List", "Search")

_is_role = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[!-~]{1,512}", re.ASCII).fullmatch
_is_profile = re.compile(
    r"arn:aws[a-z-]*:iam::([0-9]{12}):instance-profile/(?:[!-~]{1,512}/)?([\w+=,.@-]{1,128})", re.ASCII
).fullmatch
_looks_like_role = re.compile(
    r"\s*arn:[^:]*:iam:[^:]*:[^:]*:role/.*", re.ASCII | re.IGNORECASE | re.DOTALL
).fullmatch
_is_name = re.compile(r"(?:[!-~]{1,512}/)?([\w+=,.@-]{1,128})", re.ASCII).fullmatch

_ROLES_BY_ARN: Final = frozenset(
    {
        "cognito-idp:SnsCallerArn",
        "cognito-idp:CallerArn",
        "dms:KeyCacheSecretIamArn",
        "ec2:DeliverLogsPermissionArn",
    }
)
"""Parameters with the ARN of a role, whose names do not say so."""

_ROLES_BY_NAME: Final = frozenset(
    {
        "batch:serviceRole",
        "batch:spotIamFleetRole",
        "codebuild:fleetServiceRole",
        "codebuild:serviceRole",
        "codebuild:serviceRoleOverride",
        "ecs:role",
        "elasticmapreduce:AutoScalingRole",
        "elasticmapreduce:ServiceRole",
        "elasticmapreduce:UserRole",
        "glue:CatalogEncryptionServiceRole",
        "glue:DataTransferRole",
        "glue:IAMRole",
        "glue:Role",
        "glue:TmpDirIAMRole",
        "imagebuilder:executionRole",
        "rds:DomainIAMRoleName",
        "redshift:IamRole",
        "resiliencehub:invokerRoleName",
        "ssm:IamRole",
    }
)
"""Parameters that may have a role's name."""

_PROFILES_BY_NAME: Final = frozenset(
    {
        "autoscaling:IamInstanceProfile",
        "batch:instanceRole",
        "ec2:IamInstanceProfile.Name",
        "elasticmapreduce:JobFlowRole",
        "imagebuilder:instanceProfileName",
        "pcs:iamInstanceProfileArn",
        "rds:CustomIamInstanceProfile",
    }
)
"""Parameters that may have the name of an instance profile."""

_OPTIONS: Final[Mapping[str, str]] = {"IamInstanceProfile": "profile", "ServiceRole": "role"}
"""Settings of Elastic Beanstalk, which have their names beside their values."""

_SERVICES: Final[Mapping[str, str]] = {
    "batch:executionRoleArn": "ecs-tasks",
    "batch:jobRoleArn": "ecs-tasks",
    "batch:spotIamFleetRole": "spotfleet",
    "ec2:DeliverLogsPermissionArn": "vpc-flow-logs",
    "ec2:IamFleetRole": "spotfleet",
    "ecs:executionRoleArn": "ecs-tasks",
    "ecs:taskRoleArn": "ecs-tasks",
    "rds:MonitoringRoleArn": "monitoring.rds",
}
"""Which service a role is for, where it is another than the one that is asked."""


class Passed(Need, frozen=True):
    """
    A role that is not named by its ARN.

    Attributes:
        how: What `name` is of: the role itself, or an instance profile that has it.
        name: Without its path.
    """

    how: Literal["role", "profile"] = "role"
    name: str = ""


def needs_of(prefix: str, operation: str, parameters: Parameters, home: Home) -> Iterator[Need]:
    """
    Yield what is needed to hand on the roles that a request names, each role once.

    Raises:
        UnmappedRequest: What might be one cannot be read.
    """
    if operation.startswith(_READS):
        return
    seen: dict[tuple[object, ...], Need] = {}
    for path, value in _texts(parameters):
        need = _need_of(prefix, path, value, home)
        if need is not None:
            seen[(need.arn, *need.context.values())] = need
    yield from sorted(seen.values(), key=lambda need: need.arn)


def _need_of(prefix: str, path: tuple[str, ...], value: str, home: Home) -> Need | None:
    name = path[-1]
    named = f"{prefix}:{name}"
    within = f"{prefix}:{'.'.join(path[-2:])}"
    of_role = "role" in name.lower() or named in _ROLES_BY_ARN
    context = {"iam:PassedToService": f"{_SERVICES.get(named, prefix)}.amazonaws.com"}
    option = _OPTIONS.get(path[-2] if len(path) > 1 else "") if name == "OptionValue" else None
    if _is_role(value):
        return Need(ACTION, value, context) if of_role or option else None
    profile = _is_profile(value)
    if profile is not None:
        return _of_profile(profile[2], profile[1], home)
    if (of_role or option) and _looks_like_role(value):
        raise UnmappedRequest(f"What {name} names is no ARN of a role.")
    by_role = named in _ROLES_BY_NAME or option == "role"
    if not (by_role or within in _PROFILES_BY_NAME or named in _PROFILES_BY_NAME or option == "profile"):
        return None
    found = _is_name(value)
    if found is None or value.startswith("arn:"):
        raise UnmappedRequest(f"What {name} names is neither a role nor an instance profile.")
    if not by_role:
        return _of_profile(found[1], home.account_id, home)
    arn = f"arn:aws:iam::{home.account_id}:role/{value}"
    return Passed(ACTION, arn, context, how="role", name=found[1])


def _of_profile(name: str, account_id: str, home: Home) -> Need:
    if account_id != home.account_id:
        # AWS: a role is passed within its account.
        raise UnmappedRequest("The instance profile is another account's.")
    arn = f"arn:aws:iam::{account_id}:instance-profile/{name}"
    context = {"iam:PassedToService": "ec2.amazonaws.com"}
    return Passed(ACTION, arn, context, how="profile", name=name)


def _texts(parameters: Parameters) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield every text of a request, with the names that it stands below."""
    waiting: list[tuple[tuple[str, ...], object]] = [((), parameters)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, str):
            yield path, value
        elif isinstance(value, Mapping):
            option = value.get("OptionName")
            if isinstance(option, str) and isinstance(value.get("Value"), str):
                yield (*path, option, "OptionValue"), value["Value"]
            waiting.extend(((*path, str(key)), item) for key, item in value.items())
        elif isinstance(value, list):
            waiting.extend((path, item) for item in value)
