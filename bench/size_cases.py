"""The operations that `bench.bench_size` measures: with what, and what must be done before and undone behind each."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

ACCOUNT: Final = "123456789012"
READ: Final = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}'
)
TRUST: Final = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},'
    '"Action":"sts:AssumeRole"}]}'
)
MINE: Final = f"arn:aws:iam::{ACCOUNT}:policy/mine"
POPULAR: Final = f"arn:aws:iam::{ACCOUNT}:policy/popular"
USER: Final = f"arn:aws:iam::{ACCOUNT}:user/rare/mine"
ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/rare/mine"
TAGS: Final = [{"Key": "a", "Value": "b"}]

Params = Mapping[str, Any]


@dataclass(frozen=True)
class Told:
    """A parameter that the answer to the step before tells, in the element of this name."""

    element: str


@dataclass(frozen=True)
class Step:
    """One request.  Parameters may be functions of the number of the round."""

    operation: str
    template: Params

    def params(self, number: int, answer: str) -> dict[str, Any]:
        """Return the parameters, given the *answer* to the step before."""
        return {name: _value(value, number, answer) for name, value in self.template.items()}


def _value(value: Any, number: int, answer: str) -> Any:
    if isinstance(value, Told):
        found = re.search(f"<{value.element}>([^<]*)</{value.element}>", answer)
        return found[1] if found else None
    return value(number) if callable(value) else value


@dataclass(frozen=True)
class Case:
    """
    One operation.

    Attributes:
        first: What is done before, and not measured.
        then: What is done behind, likewise.
    """

    name: str
    measured: Step
    first: tuple[Step, ...] = ()
    then: tuple[Step, ...] = ()
    actor: str = "root"


def read(operation: str, label: str = "", actor: str = "root", service: str = "iam", **params: Any) -> Case:
    name = f"{operation} {label}".strip()
    return Case(name, Step(f"{service}:{operation}", params), actor=actor)


def do(operation: str, **params: Any) -> Step:
    return Step(f"iam:{operation}", params)


def both(make: Step, undo: Step, label: str = "") -> list[Case]:
    """Return two cases: something is made, and undone again."""
    names = [f"{step.operation.partition(':')[2]} {label}".strip() for step in (make, undo)]
    return [Case(names[0], make, then=(undo,)), Case(names[1], undo, first=(make,))]


def new(number: int) -> str:
    return f"new-{number}"


def arn(kind: str) -> Callable[[int], str]:
    return lambda number: f"arn:aws:iam::{ACCOUNT}:{kind}/new-{number}"


_LISTS: Final = [
    read("ListUsers"),
    read("ListUsers", "under a rare path", PathPrefix="/rare/"),
    read("ListUsers", "under a common path", PathPrefix="/team/", MaxItems=20),
    read("ListRoles", "under a common path", PathPrefix="/team/", MaxItems=20),
    read("ListUsers", "one", MaxItems=1),
    read("ListGroups", MaxItems=20),
    read("ListGroups", "under a path", PathPrefix="/team/", MaxItems=5),
    read("ListRoles"),
    read("ListRoles", "under a rare path", PathPrefix="/rare/"),
    read("ListRoles", "one", MaxItems=1),
    read("ListInstanceProfiles", MaxItems=20),
    read("ListPolicies", "of the account", Scope="Local"),
    read("ListPolicies", "of AWS", Scope="AWS"),
    read("ListPolicies", "all"),
    read("ListPolicies", "attached", Scope="Local", OnlyAttached=True, MaxItems=50),
    read("ListPolicies", "boundaries", Scope="Local", PolicyUsageFilter="PermissionsBoundary", MaxItems=1),
    read("ListPolicies", "one under a rare path", Scope="Local", PathPrefix="/rare/"),
    read("ListPolicyVersions", PolicyArn=MINE),
    read("ListEntitiesForPolicy", "of nobody", PolicyArn=MINE),
    read("ListEntitiesForPolicy", "of everybody", PolicyArn=POPULAR),
    read("ListEntitiesForPolicy", "roles", PolicyArn=POPULAR, EntityFilter="Role"),
    read("ListGroupsForUser", UserName="mine"),
    read("ListUserPolicies", UserName="mine"),
    read("ListGroupPolicies", GroupName="mine"),
    read("ListRolePolicies", RoleName="mine"),
    read("ListAttachedUserPolicies", UserName="mine"),
    read("ListAttachedGroupPolicies", GroupName="mine"),
    read("ListAttachedRolePolicies", RoleName="mine"),
    read("ListUserTags", UserName="mine"),
    read("ListRoleTags", RoleName="mine"),
    read("ListPolicyTags", PolicyArn=MINE),
    read("ListInstanceProfileTags", InstanceProfileName="mine"),
    read("ListInstanceProfilesForRole", RoleName="mine"),
    read("ListAccessKeys", UserName="mine"),
    read("ListAccountAliases"),
    read("ListMFADevices", UserName="mine"),
    read("ListVirtualMFADevices"),
    read("ListVirtualMFADevices", "unassigned", AssignmentStatus="Unassigned"),
    read("ListOpenIDConnectProviders"),
    read("ListSAMLProviders"),
    read("ListServerCertificates"),
    read("ListSigningCertificates", UserName="mine"),
    read("ListSSHPublicKeys", UserName="mine"),
    read("ListServiceSpecificCredentials", UserName="mine"),
    read("ListPoliciesGrantingServiceAccess", Arn=USER, ServiceNamespaces=["s3"]),
]
_GETS: Final = [
    read("GetUser", UserName="mine"),
    read("GetUser", "itself", actor="worker"),
    read("GetGroup", GroupName="mine"),
    read("GetGroup", "of everybody", GroupName="everybody"),
    read("GetRole", RoleName="mine"),
    read("GetPolicy", PolicyArn=MINE),
    read("GetPolicy", "of everybody", PolicyArn=POPULAR),
    read("GetPolicy", "of AWS", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess"),
    read("GetPolicyVersion", PolicyArn=MINE, VersionId="v1"),
    read("GetInstanceProfile", InstanceProfileName="mine"),
    read("GetUserPolicy", UserName="mine", PolicyName="own"),
    read("GetGroupPolicy", GroupName="mine", PolicyName="own"),
    read("GetRolePolicy", RoleName="mine", PolicyName="own"),
    read("GetLoginProfile", UserName="mine"),
    read("GetAccountPasswordPolicy"),
    read("GetAccountSummary"),
    read(
        "GetOpenIDConnectProvider",
        OpenIDConnectProviderArn=f"arn:aws:iam::{ACCOUNT}:oidc-provider/mine.example.com",
    ),
    read("GetAccountAuthorizationDetails"),
    read("GetAccountAuthorizationDetails", "policies", Filter=["LocalManagedPolicy"]),
    read("GetAccountAuthorizationDetails", "policies of AWS", Filter=["AWSManagedPolicy"]),
    read("GetContextKeysForPrincipalPolicy", PolicySourceArn=USER),
    read(
        "SimulatePrincipalPolicy",
        PolicySourceArn=USER,
        ActionNames=["s3:GetObject"],
    ),
]
_MAKING: Final = [
    *both(do("CreateUser", UserName=new), do("DeleteUser", UserName=new)),
    *both(do("CreateGroup", GroupName=new), do("DeleteGroup", GroupName=new)),
    *both(do("CreateRole", RoleName=new, AssumeRolePolicyDocument=TRUST), do("DeleteRole", RoleName=new)),
    *both(
        do("CreateInstanceProfile", InstanceProfileName=new),
        do("DeleteInstanceProfile", InstanceProfileName=new),
    ),
    *both(
        do("CreatePolicy", PolicyName=new, PolicyDocument=READ),
        do("DeletePolicy", PolicyArn=arn("policy")),
    ),
    *both(
        do("CreatePolicyVersion", PolicyArn=POPULAR, PolicyDocument=READ),
        do("DeletePolicyVersion", PolicyArn=POPULAR, VersionId=Told("VersionId")),
        "of everybody",
    ),
    *both(
        do("CreateAccessKey", UserName="mine"),
        do("DeleteAccessKey", UserName="mine", AccessKeyId=Told("AccessKeyId")),
    ),
    *both(
        do("CreateVirtualMFADevice", VirtualMFADeviceName=new),
        do("DeleteVirtualMFADevice", SerialNumber=arn("mfa")),
    ),
    *both(
        do("CreateOpenIDConnectProvider", Url=lambda number: f"https://new-{number}.example.com"),
        do(
            "DeleteOpenIDConnectProvider",
            OpenIDConnectProviderArn=Told("OpenIDConnectProviderArn"),
        ),
    ),
    *both(
        do("CreateServiceSpecificCredential", UserName="mine", ServiceName="codecommit.amazonaws.com"),
        do(
            "DeleteServiceSpecificCredential",
            UserName="mine",
            ServiceSpecificCredentialId=Told("ServiceSpecificCredentialId"),
        ),
    ),
    *both(
        do("CreateServiceLinkedRole", AWSServiceName="ecs.amazonaws.com"),
        do("DeleteServiceLinkedRole", RoleName="AWSServiceRoleForECS"),
    ),
    *both(
        do("CreateAccountAlias", AccountAlias=lambda number: f"new-{number}"),
        do("DeleteAccountAlias", AccountAlias=lambda number: f"new-{number}"),
    ),
]
_BELONGING: Final = [
    *both(
        do("AddUserToGroup", UserName="worker", GroupName="everybody"),
        do("RemoveUserFromGroup", UserName="worker", GroupName="everybody"),
    ),
    *both(
        do("AttachUserPolicy", UserName="worker", PolicyArn=POPULAR),
        do("DetachUserPolicy", UserName="worker", PolicyArn=POPULAR),
    ),
    *both(
        do("AttachGroupPolicy", GroupName="everybody", PolicyArn=POPULAR),
        do("DetachGroupPolicy", GroupName="everybody", PolicyArn=POPULAR),
    ),
    *both(
        do("AttachRolePolicy", RoleName="free", PolicyArn=POPULAR),
        do("DetachRolePolicy", RoleName="free", PolicyArn=POPULAR),
    ),
    *both(
        do("PutUserPolicy", UserName="mine", PolicyName="new", PolicyDocument=READ),
        do("DeleteUserPolicy", UserName="mine", PolicyName="new"),
    ),
    *both(
        do("PutGroupPolicy", GroupName="everybody", PolicyName="new", PolicyDocument=READ),
        do("DeleteGroupPolicy", GroupName="everybody", PolicyName="new"),
    ),
    *both(
        do("PutRolePolicy", RoleName="mine", PolicyName="new", PolicyDocument=READ),
        do("DeleteRolePolicy", RoleName="mine", PolicyName="new"),
    ),
    *both(
        do("PutUserPermissionsBoundary", UserName="mine", PermissionsBoundary=POPULAR),
        do("DeleteUserPermissionsBoundary", UserName="mine"),
    ),
    *both(
        do("PutRolePermissionsBoundary", RoleName="free", PermissionsBoundary=POPULAR),
        do("DeleteRolePermissionsBoundary", RoleName="free"),
    ),
    *both(
        do("AddRoleToInstanceProfile", InstanceProfileName="free", RoleName="mine"),
        do("RemoveRoleFromInstanceProfile", InstanceProfileName="free", RoleName="mine"),
    ),
    *both(do("TagUser", UserName="mine", Tags=TAGS), do("UntagUser", UserName="mine", TagKeys=["a"])),
    *both(do("TagRole", RoleName="mine", Tags=TAGS), do("UntagRole", RoleName="mine", TagKeys=["a"])),
    *both(do("TagPolicy", PolicyArn=MINE, Tags=TAGS), do("UntagPolicy", PolicyArn=MINE, TagKeys=["a"])),
]
_UPDATES: Final = [
    Case(
        "UpdateUser",
        do("UpdateUser", UserName="mine", NewUserName="other"),
        then=(do("UpdateUser", UserName="other", NewUserName="mine"),),
    ),
    Case(
        "UpdateGroup of everybody",
        do("UpdateGroup", GroupName="everybody", NewGroupName="other"),
        then=(do("UpdateGroup", GroupName="other", NewGroupName="everybody"),),
    ),
    Case("UpdateRole", do("UpdateRole", RoleName="mine", Description=new)),
    Case("UpdateRoleDescription", do("UpdateRoleDescription", RoleName="mine", Description=new)),
    Case("UpdateAssumeRolePolicy", do("UpdateAssumeRolePolicy", RoleName="free", PolicyDocument=TRUST)),
    Case("UpdateLoginProfile", do("UpdateLoginProfile", UserName="mine", PasswordResetRequired=False)),
    Case("UpdateAccountPasswordPolicy", do("UpdateAccountPasswordPolicy", RequireSymbols=True)),
    Case(
        "SetDefaultPolicyVersion of everybody",
        do("SetDefaultPolicyVersion", PolicyArn=POPULAR, VersionId="v1"),
    ),
]
_STS: Final = [
    read("GetCallerIdentity", service="sts"),
    read("GetCallerIdentity", "of a user", actor="mine", service="sts"),
    read("GetSessionToken", actor="mine", service="sts"),
    read("AssumeRole", actor="worker", service="sts", RoleArn=ROLE, RoleSessionName="session"),
]

CASES: Final = [*_LISTS, *_GETS, *_MAKING, *_BELONGING, *_UPDATES, *_STS]

OF_ALL: Final[Mapping[str, str]] = {
    "GenerateCredentialReport": "a line for each user is what it is",
    "GetCredentialReport": "likewise",
}
"""What answers about every user, and so takes as long as there are users; not measured."""
