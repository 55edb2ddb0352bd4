"""
Who the credentials at hand belong to, and what limits them besides their policies: as far as AWS's public API tells.

What it does not tell, or not to this caller, is said to be unknown, with the reason; it is never shown as nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from iamd.cli.aws import Aws, Client
from iamd.cli.failures import DeniedError, NoServerError, RefusedError

UNTOLD: Final = "AWS's API does not tell"

_SCP: Final = "SERVICE_CONTROL_POLICY"
_NOT_IN_USE: Final = "AWSOrganizationsNotInUseException"
_NO_LIMIT: Final = "FullAWSAccess"


class Kind(StrEnum):
    """What kind of principal a caller is."""

    ROOT = "root user"
    USER = "IAM user"
    SESSION = "session of a role"
    FEDERATED = "federated user"
    OTHER = "principal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """
    Whoever asks.

    Attributes:
        name: Of the user or of the role; None of others.
    """

    arn: str
    account: str
    unique_id: str
    kind: Kind
    name: str | None

    @classmethod
    def asked(cls, sts: Client) -> "Caller":
        """Ask the server; raises what a `Client` raises."""
        said = sts.get_caller_identity()
        arn = said["Arn"]
        what = arn.split(":", 5)[5]
        first, _, rest = what.partition("/")
        kinds = {
            "root": (Kind.ROOT, None),
            "user": (Kind.USER, rest.rpartition("/")[2]),
            "assumed-role": (Kind.SESSION, rest.partition("/")[0]),
            "federated-user": (Kind.FEDERATED, None),
        }
        kind, name = kinds.get(first, (Kind.OTHER, None))
        return cls(arn=arn, account=said["Account"], unique_id=said["UserId"], kind=kind, name=name)


@dataclass(slots=True, kw_only=True)
class Limits:
    """
    What limits a caller.

    Attributes:
        boundary: The ARN of the permissions boundary.
        scps: The service control policies that bear on the account; None where that is not known.
        unknown: What is not known, by its name in JSON, with the reason.
    """

    boundary: str | None = None
    scps: list[dict[str, str]] | None = None
    unknown: dict[str, str] = field(default_factory=dict)

    @property
    def limiting_scps(self) -> list[dict[str, str]]:
        """Those that are not the one that allows everything."""
        return [scp for scp in self.scps or () if scp["Name"] != _NO_LIMIT]


def limits_of(caller: Caller, aws: Aws, *, temporary: bool) -> Limits:
    """Ask for what limits *caller*, who has temporary credentials or not."""
    limits = Limits()
    if temporary:
        limits.unknown["SessionPolicy"] = UNTOLD
    _ask_boundary(caller, aws, limits)
    _ask_scps(caller, aws, limits)
    return limits


def _ask_boundary(caller: Caller, aws: Aws, limits: Limits) -> None:
    if caller.kind is Kind.FEDERATED or caller.kind is Kind.OTHER:
        limits.unknown["PermissionsBoundary"] = UNTOLD
        return
    if caller.kind is Kind.ROOT:
        return
    iam = aws.client("iam")
    try:
        if caller.kind is Kind.SESSION:
            entity = iam.get_role(RoleName=caller.name)["Role"]
        else:
            entity = iam.get_user(UserName=caller.name)["User"]
    except (RefusedError, NoServerError) as error:
        limits.unknown["PermissionsBoundary"] = _reason(error)
        return
    limits.boundary = entity.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")


def _ask_scps(caller: Caller, aws: Aws, limits: Limits) -> None:
    try:
        organizations = aws.client("organizations")
        organization = organizations.describe_organization()["Organization"]
        # AWS, *Service control policies*: they bear on nobody in the management account.
        if organization["MasterAccountId"] == caller.account:
            limits.scps = []
        else:
            limits.scps = list(_scps(organizations, caller.account))
    except RefusedError as error:
        if error.code == _NOT_IN_USE:
            limits.scps = []
        else:
            limits.unknown["ServiceControlPolicies"] = _reason(error)
    except NoServerError as error:
        limits.unknown["ServiceControlPolicies"] = _reason(error)


def _scps(organizations: Client, account: str) -> Iterator[dict[str, str]]:
    """Yield the policies of the account, of its units from within, and of the root."""
    target, is_root = account, False
    while True:
        policies = organizations.pages("list_policies_for_target", "Policies", TargetId=target, Filter=_SCP)
        yield from ({"Id": each["Id"], "Name": each["Name"], "Target": target} for each in policies)
        if is_root:
            return
        # AWS, *ListParents*: a child has one parent.
        (parent,) = organizations.pages("list_parents", "Parents", ChildId=target)
        target, is_root = parent["Id"], parent["Type"] == "ROOT"


def _reason(error: RefusedError | NoServerError) -> str:
    """Return one line for why something is not known."""
    if isinstance(error, DeniedError):
        return "the caller may not ask"
    return error.message.splitlines()[0]
