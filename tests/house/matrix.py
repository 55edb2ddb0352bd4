"""
The golden matrix: who may do what, asked of the running application.

Every actor walks the same road of steps, from making entities to deleting them.  What an actor is refused, the root does
in its place, so that each step finds what it needs and its outcome says something about the actor alone.

``python -m tests.house.matrix --write`` writes ``golden_matrix.txt`` anew; read the difference before it is kept.
"""

import base64
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pyotp
from tests.house.sender import Answer, request_to, send, signed, with_bad_signature
from tests.house.town import (
    AUDIT_TASK,
    MEMBER,
    POLICY_TEMPLATE,
    READ,
    ROLE_TEMPLATE,
    TOPIC,
    WITHOUT_TWINS,
    Town,
    arn,
    town,
    trusting,
)
from tests.support.key_material import certificate, pem_private_key, ssh_public_key
from tests.support.saml_metadata import metadata
from tests.support.world import ACCOUNT, Actor, Credentials, allow, deny, document, loop_thread

from iamd.auth.authorization_messages import HEADER as AUTHORIZATION_MESSAGE
from iamd.domain.ids import AccountId
from iamd.domain.service_accesses import IAM
from iamd.sessions.exchange_tokens import seal_exchange_token
from iamd.wire.model import ServiceName, load

GOLDEN: Final = Path(__file__).with_name("golden_matrix.txt")
STEP: Final = timedelta(seconds=30)
NOT_YET: Final = "NOTYETMADE0000000000000000000000"
NO_JOB: Final = "00000000-0000-4000-8000-000000000000"
IDS_TO_LEARN: Final = (
    "SSHPublicKeyId",
    "CertificateId",
    "ServiceSpecificCredentialId",
    "DeletionTaskId",
    "JobId",
    "DelegationRequestId",
)
# Operations that are not asked about under their own name.
ASKED_AS: Final[Mapping[str, str]] = {"iam:AcquireRole": "iam:CreateRole"}
PASSWORDS: Final = ("First-password-1", "Second-password-2")

ACTORS: Final[Mapping[str, str]] = {
    "anonymous": "signs nothing",
    "forged": "the root's access key id with a wrong signature",
    "root": "the root of the account",
    "admin": "a user to whom everything is allowed",
    "exact": "a user to whom exactly this action is allowed",
    "nobody": "a user without policies",
    "denied": "a user to whom everything is allowed and this action denied",
    "bounded": "a user to whom everything is allowed, with a boundary of iam:Get* and iam:List*",
    "role": "a session of a role to which everything is allowed",
    "scoped": "the same, with a session policy that has everything but this action",
    "session": "GetSessionToken of a user to whom everything is allowed",
    "mfa": "the same, with MFA",
    "stranger": "a user of another account to whom everything is allowed there",
}


@dataclass(frozen=True)
class Step:
    """
    One request.

    Attributes:
        own: Names nobody, and so means the caller.
    """

    service: ServiceName
    operation: str
    params: Mapping[str, Any]
    own: bool = False

    @property
    def action(self) -> str:
        return ASKED_AS.get(self.name, self.name)

    @property
    def name(self) -> str:
        return f"{self.service}:{self.operation}"

    @property
    def label(self) -> str:
        return f"{self.name} (own)" if self.own else self.name


@dataclass
class Names:
    """
    What one actor's walk is about.

    Attributes:
        access_key_id: Of the key that was made last; keys get their ids when they are made.
        seed: Of the device that was made last.
        made: The ids of what was made last, by the element that tells them.
        claimed: The ids of two delegation requests that the root owns.
    """

    prefix: str
    access_key_id: str = "AKIANOTYETMADE000000"
    seed: str = field(default="NOTYETMADE" + "A" * 22, repr=False)
    made: dict[str, str] = field(default_factory=dict)
    claimed: Sequence[str] = (f"dr-{NOT_YET.lower()}", f"dr-{NOT_YET.lower()}")

    @property
    def user(self) -> str:
        return f"{self.prefix}-user"

    @property
    def group(self) -> str:
        return f"{self.prefix}-group"

    @property
    def role(self) -> str:
        return f"{self.prefix}-role"

    @property
    def policy(self) -> str:
        return arn("policy", f"{self.prefix}-policy")

    @property
    def device(self) -> str:
        return arn("mfa", f"{self.prefix}-device")


def steps(town: Town, names: Names) -> Iterator[Step]:
    """Yield the road; each step is made when the one before it is done."""
    yield from _users(names)
    yield from _groups(names)
    yield from _policies(names)
    yield from _roles(names)
    yield from _service_linked_roles(names)
    yield from _server_certificates(names)
    yield from _devices(town, names)
    yield from _providers(names)
    yield from _account(names)
    yield from _delegation(town, names)
    yield from _role_templates(names)
    yield from _outbound_federation()
    yield from _root_access()
    yield from _access_reports(names)
    yield from _simulation(names)
    yield from _sessions(town, names)
    yield from _farewell(names)


def _iam(operation: str, **params: Any) -> Step:
    return Step("iam", operation, params)


def _own(operation: str, **params: Any) -> Step:
    return Step("iam", operation, params, own=True)


def _tags(kind: str, **named: str) -> Iterator[Step]:
    yield _iam(f"Tag{kind}", **named, Tags=[{"Key": "team", "Value": "red"}])
    yield _iam(f"List{kind}Tags", **named)
    yield _iam(f"Untag{kind}", **named, TagKeys=["team"])


def _inline(kind: str, **named: str) -> Iterator[Step]:
    yield _iam(f"Put{kind}Policy", **named, PolicyName="inline", PolicyDocument=READ)
    yield _iam(f"Get{kind}Policy", **named, PolicyName="inline")
    yield _iam(f"List{kind}Policies", **named)
    yield _iam(f"Delete{kind}Policy", **named, PolicyName="inline")


def _users(names: Names) -> Iterator[Step]:
    user = {"UserName": names.user}
    yield _iam("CreateUser", **user)
    yield _iam("GetUser", **user)
    yield _own("GetUser")
    yield _iam("ListUsers")
    yield _iam("UpdateUser", **user, NewPath="/")
    yield from _tags("User", **user)
    yield from _inline("User", **user)
    yield _iam("CreateAccessKey", **user)
    yield _iam("ListAccessKeys", **user)
    yield _iam("UpdateAccessKey", **user, AccessKeyId=names.access_key_id, Status="Inactive")
    yield _iam("GetAccessKeyLastUsed", AccessKeyId=names.access_key_id)
    yield Step("sts", "GetAccessKeyInfo", {"AccessKeyId": names.access_key_id})
    yield _iam("DeleteAccessKey", **user, AccessKeyId=names.access_key_id)
    yield _iam("CreateLoginProfile", **user, Password=PASSWORDS[0])
    yield _iam("GetLoginProfile", **user)
    yield _iam("UpdateLoginProfile", **user, PasswordResetRequired=True)
    yield _iam("DeleteLoginProfile", **user)
    yield _own("CreateLoginProfile", Password=PASSWORDS[0])
    yield _own("ChangePassword", OldPassword=PASSWORDS[0], NewPassword=PASSWORDS[1])
    yield _own("DeleteLoginProfile")
    yield from _ssh_public_keys(names)
    yield from _signing_certificates(names)
    yield from _service_specific_credentials(names)
    yield _own("CreateAccessKey")
    yield _own("ListAccessKeys")
    yield _own("UpdateAccessKey", AccessKeyId=names.access_key_id, Status="Inactive")
    yield _own("DeleteAccessKey", AccessKeyId=names.access_key_id)


def _ssh_public_keys(names: Names) -> Iterator[Step]:
    user = {"UserName": names.user}
    yield _iam("UploadSSHPublicKey", **user, SSHPublicKeyBody=ssh_public_key())
    key = {**user, "SSHPublicKeyId": names.made.get("SSHPublicKeyId", NOT_YET)}
    yield _iam("GetSSHPublicKey", **key, Encoding="PEM")
    yield _iam("ListSSHPublicKeys", **user)
    yield _iam("UpdateSSHPublicKey", **key, Status="Inactive")
    yield _iam("DeleteSSHPublicKey", **key)


def _signing_certificates(names: Names) -> Iterator[Step]:
    user = {"UserName": names.user}
    body = certificate(names.prefix)
    yield _iam("UploadSigningCertificate", **user, CertificateBody=body)
    yield _iam("ListSigningCertificates", **user)
    named = {**user, "CertificateId": names.made.get("CertificateId", NOT_YET)}
    yield _iam("UpdateSigningCertificate", **named, Status="Inactive")
    yield _iam("DeleteSigningCertificate", **named)


def _service_specific_credentials(names: Names) -> Iterator[Step]:
    user = {"UserName": names.user}
    yield _iam("CreateServiceSpecificCredential", **user, ServiceName="codecommit.amazonaws.com")
    yield _iam("ListServiceSpecificCredentials", **user)
    named = {**user, "ServiceSpecificCredentialId": names.made.get("ServiceSpecificCredentialId", NOT_YET)}
    yield _iam("UpdateServiceSpecificCredential", **named, Status="Inactive")
    yield _iam("ResetServiceSpecificCredential", **named)
    yield _iam("DeleteServiceSpecificCredential", **named)


def _groups(names: Names) -> Iterator[Step]:
    group = {"GroupName": names.group}
    member = {**group, "UserName": names.user}
    yield _iam("CreateGroup", **group)
    yield _iam("GetGroup", **group)
    yield _iam("ListGroups")
    yield _iam("UpdateGroup", **group, NewPath="/")
    yield from _inline("Group", **group)
    yield _iam("AddUserToGroup", **member)
    yield _iam("ListGroupsForUser", UserName=names.user)
    yield _iam("RemoveUserFromGroup", **member)


def _policies(names: Names) -> Iterator[Step]:
    policy = {"PolicyArn": names.policy}
    yield _iam("CreatePolicy", PolicyName=f"{names.prefix}-policy", PolicyDocument=READ)
    yield _iam("GetPolicy", **policy)
    yield _iam("ListPolicies", Scope="Local")
    yield from _tags("Policy", **policy)
    yield _iam("CreatePolicyVersion", **policy, PolicyDocument=READ)
    yield _iam("GetPolicyVersion", **policy, VersionId="v2")
    yield _iam("ListPolicyVersions", **policy)
    yield _iam("SetDefaultPolicyVersion", **policy, VersionId="v2")
    yield _iam("DeletePolicyVersion", **policy, VersionId="v1")
    for kind, named in (("User", {"UserName": names.user}), ("Group", {"GroupName": names.group})):
        yield _iam(f"Attach{kind}Policy", **named, **policy)
        yield _iam(f"ListAttached{kind}Policies", **named)
        if kind == "User":
            yield _iam("ListEntitiesForPolicy", **policy)
        yield _iam(f"Detach{kind}Policy", **named, **policy)
    yield _iam("PutUserPermissionsBoundary", UserName=names.user, PermissionsBoundary=names.policy)
    yield _iam("DeleteUserPermissionsBoundary", UserName=names.user)


def _roles(names: Names) -> Iterator[Step]:
    role = {"RoleName": names.role}
    profile = {"InstanceProfileName": names.role}
    trust = document(*trusting(ACCOUNT)["Statement"])
    yield _iam("CreateRole", **role, AssumeRolePolicyDocument=trust)
    yield _iam("GetRole", **role)
    yield _iam("ListRoles")
    yield _iam("UpdateRole", **role, MaxSessionDuration=7200)
    yield _iam("UpdateRoleDescription", **role, Description="of the matrix")
    yield _iam("UpdateAssumeRolePolicy", **role, PolicyDocument=trust)
    yield from _tags("Role", **role)
    yield from _inline("Role", **role)
    yield _iam("AttachRolePolicy", **role, PolicyArn=names.policy)
    yield _iam("ListAttachedRolePolicies", **role)
    yield _iam("DetachRolePolicy", **role, PolicyArn=names.policy)
    yield _iam("PutRolePermissionsBoundary", **role, PermissionsBoundary=names.policy)
    yield _iam("DeleteRolePermissionsBoundary", **role)
    yield _iam("CreateInstanceProfile", **profile)
    yield _iam("GetInstanceProfile", **profile)
    yield _iam("ListInstanceProfiles")
    yield from _tags("InstanceProfile", **profile)
    yield _iam("AddRoleToInstanceProfile", **profile, **role)
    yield _iam("ListInstanceProfilesForRole", **role)
    yield _iam("RemoveRoleFromInstanceProfile", **profile, **role)
    yield _iam("DeleteInstanceProfile", **profile)


def _service_linked_roles(names: Names) -> Iterator[Step]:
    service = {"AWSServiceName": "autoscaling.amazonaws.com", "CustomSuffix": names.prefix}
    yield _iam("CreateServiceLinkedRole", **service)
    yield _iam("DeleteServiceLinkedRole", RoleName=f"AWSServiceRoleForAutoScaling_{names.prefix}")
    task = names.made.get("DeletionTaskId", f"task/aws-service-role/x/y/{NOT_YET}")
    yield _iam("GetServiceLinkedRoleDeletionStatus", DeletionTaskId=task)


def _server_certificates(names: Names) -> Iterator[Step]:
    named = {"ServerCertificateName": f"{names.prefix}-certificate"}
    yield _iam(
        "UploadServerCertificate", **named, CertificateBody=certificate(), PrivateKey=pem_private_key()
    )
    yield _iam("GetServerCertificate", **named)
    yield _iam("ListServerCertificates")
    yield _iam("UpdateServerCertificate", **named, NewPath="/")
    yield from _tags("ServerCertificate", **named)
    yield _iam("DeleteServerCertificate", **named)


def _devices(town: Town, names: Names) -> Iterator[Step]:
    device = {"SerialNumber": names.device}
    owned = {**device, "UserName": names.user}
    yield _iam("CreateVirtualMFADevice", VirtualMFADeviceName=f"{names.prefix}-device")
    yield _iam("ListVirtualMFADevices")
    yield from _tags("MFADevice", **device)
    yield _iam("EnableMFADevice", **owned, **_two_codes(town, names.seed))
    yield _iam("GetMFADevice", **owned)
    yield _iam("ListMFADevices", UserName=names.user)
    yield _own("ListMFADevices")
    town.world.clock.advance(2 * STEP)
    yield _iam("ResyncMFADevice", **owned, **_two_codes(town, names.seed))
    yield _iam("DeactivateMFADevice", **owned)
    yield _iam("DeleteVirtualMFADevice", **device)


def _providers(names: Names) -> Iterator[Step]:
    url = f"https://{names.prefix}.example.com"
    provider = {"OpenIDConnectProviderArn": arn("oidc-provider", url.removeprefix("https://"))}
    yield _iam("CreateOpenIDConnectProvider", Url=url, ClientIDList=["a"], ThumbprintList=["0" * 40])
    yield _iam("GetOpenIDConnectProvider", **provider)
    yield _iam("ListOpenIDConnectProviders")
    yield _iam("AddClientIDToOpenIDConnectProvider", **provider, ClientID="b")
    yield _iam("RemoveClientIDFromOpenIDConnectProvider", **provider, ClientID="b")
    yield _iam("UpdateOpenIDConnectProviderThumbprint", **provider, ThumbprintList=["1" * 40])
    yield from _tags("OpenIDConnectProvider", **provider)
    yield _iam("DeleteOpenIDConnectProvider", **provider)
    saml = {"SAMLProviderArn": arn("saml-provider", f"{names.prefix}-idp")}
    uploaded = {"SAMLMetadataDocument": metadata(), "AssertionEncryptionMode": "Allowed"}
    key = pem_private_key()
    yield _iam("CreateSAMLProvider", Name=f"{names.prefix}-idp", **uploaded, AddPrivateKey=key)
    yield _iam("GetSAMLProvider", **saml)
    yield _iam("ListSAMLProviders")
    yield _iam("UpdateSAMLProvider", **saml, **uploaded, AddPrivateKey=key)
    yield from _tags("SAMLProvider", **saml)
    yield _iam("DeleteSAMLProvider", **saml)


def _account(names: Names) -> Iterator[Step]:
    alias = {"AccountAlias": f"alias-of-{names.prefix}"}
    yield _iam("CreateAccountAlias", **alias)
    yield _iam("ListAccountAliases")
    yield _iam("DeleteAccountAlias", **alias)
    yield _iam("GetAccountSummary")
    yield _iam("SetSecurityTokenServicePreferences", GlobalEndpointTokenVersion="v2Token")
    yield _iam("GenerateCredentialReport")
    yield _iam("GetCredentialReport")
    yield _iam("GetAccountAuthorizationDetails")
    yield _iam("UpdateAccountPasswordPolicy", MinimumPasswordLength=8)
    yield _iam("GetAccountPasswordPolicy")
    yield _iam("DeleteAccountPasswordPolicy")
    yield _iam("PutAccountProperties", Properties={"RoleManager/Enabled": "true"})
    yield _iam("GetAccountProperties")


def _delegation(town: Town, names: Names) -> Iterator[Step]:
    yield _iam("CreateDelegationRequest", **_asking(f"workflow-{names.prefix}"))
    made = names.made.get("DelegationRequestId", names.claimed[0])
    yield _iam("AssociateDelegationRequest", DelegationRequestId=made)
    one, two = ({"DelegationRequestId": request_id} for request_id in names.claimed)
    yield _iam("GetDelegationRequest", **one, DelegationPermissionCheck=True)
    yield _iam("ListDelegationRequests")
    entity = arn("delegation-request", one["DelegationRequestId"])
    yield _iam("GetHumanReadableSummary", EntityArn=entity, Locale="en")
    yield _iam("UpdateDelegationRequest", **one, Notes="of the matrix")
    yield _iam("AcceptDelegationRequest", **one)
    yield _iam("SendDelegationToken", **one)
    yield _iam("RejectDelegationRequest", **two, Notes="of the matrix")
    token = seal_exchange_token(town.world.app.keyring, one["DelegationRequestId"], AccountId(ACCOUNT))
    yield Step("sts", "GetDelegatedAccessToken", {"TradeInToken": token.reveal()})


def _asking(workflow_id: str) -> dict[str, Any]:
    return {
        "OwnerAccountId": ACCOUNT,
        "Description": "of the matrix",
        "RequestMessage": "please",
        "RequestorWorkflowId": workflow_id,
        "Permissions": {"PolicyTemplateArn": POLICY_TEMPLATE},
        "NotificationChannel": TOPIC,
        "SessionDuration": 3600,
    }


def _claimed(town: Town, workflow_id: str) -> str:
    """Have the root claim a delegation request, and return its id."""
    iam = town.root.iam
    made: str = iam.create_delegation_request(**_asking(workflow_id))["DelegationRequestId"]
    iam.associate_delegation_request(DelegationRequestId=made)
    return made


def _role_templates(names: Names) -> Iterator[Step]:
    yield _iam("GetRoleTemplateVersion", TemplateArn=ROLE_TEMPLATE, MinorVersion=1)
    values = {"Suffix": {"Values": [names.prefix]}}
    yield _iam("AcquireRole", TemplateArn=ROLE_TEMPLATE, ReplacementValues=values)


def _outbound_federation() -> Iterator[Step]:
    yield _iam("EnableOutboundWebIdentityFederation")
    yield _iam("GetOutboundWebIdentityFederationInfo")
    asked = {"Audience": ["service"], "SigningAlgorithm": "ES384", "DurationSeconds": 60}
    yield Step("sts", "GetWebIdentityToken", asked)
    yield _iam("DisableOutboundWebIdentityFederation")


def _root_access() -> Iterator[Step]:
    yield _iam("EnableOrganizationsRootCredentialsManagement")
    yield _iam("EnableOrganizationsRootSessions")
    yield _iam("ListOrganizationsFeatures")
    task = {"TargetPrincipal": MEMBER, "TaskPolicyArn": {"arn": AUDIT_TASK}}
    yield Step("sts", "AssumeRoot", task)
    yield _iam("DisableOrganizationsRootSessions")
    yield _iam("DisableOrganizationsRootCredentialsManagement")


def _access_reports(names: Names) -> Iterator[Step]:
    user = {"Arn": arn("user", names.user)}
    yield _iam("ListPoliciesGrantingServiceAccess", **user, ServiceNamespaces=["iam"])
    yield _iam("GenerateServiceLastAccessedDetails", **user)
    job = {"JobId": names.made.get("JobId", NO_JOB)}
    yield _iam("GetServiceLastAccessedDetails", **job)
    yield _iam("GetServiceLastAccessedDetailsWithEntities", **job, ServiceNamespace="iam")
    yield _iam("GenerateOrganizationsAccessReport", EntityPath="o-abcdefghij/r-abcd")
    yield _iam("GetOrganizationsAccessReport", JobId=names.made.get("JobId", NO_JOB))


def _simulation(names: Names) -> Iterator[Step]:
    source = {"PolicySourceArn": arn("user", names.user)}
    asked = {"ActionNames": ["iam:GetUser"]}
    yield _iam("GetContextKeysForPrincipalPolicy", **source)
    yield _iam("GetContextKeysForCustomPolicy", PolicyInputList=[READ])
    yield _iam("SimulatePrincipalPolicy", **source, **asked)
    yield _iam("SimulateCustomPolicy", PolicyInputList=[READ], **asked)


def _sessions(town: Town, names: Names) -> Iterator[Step]:
    yield Step("sts", "DecodeAuthorizationMessage", {"EncodedMessage": _encoded_message(town)})
    yield Step("sts", "AssumeRole", {"RoleArn": arn("role", names.role), "RoleSessionName": "session"})
    token = {
        "RoleArn": arn("role", names.role),
        "RoleSessionName": "session",
        "WebIdentityToken": "no.to.ken",
    }
    yield Step("sts", "AssumeRoleWithWebIdentity", token)
    response = {
        "RoleArn": arn("role", names.role),
        "PrincipalArn": arn("saml-provider", "idp"),
        "SAMLAssertion": base64.b64encode(b"<Response/>").decode(),
    }
    yield Step("sts", "AssumeRoleWithSAML", response)
    yield Step("sts", "GetCallerIdentity", {})
    yield Step("sts", "GetSessionToken", {})
    yield Step("sts", "GetFederationToken", {"Name": "guest"})


def _farewell(names: Names) -> Iterator[Step]:
    yield _iam("DeleteRole", RoleName=names.role)
    yield _iam("DeletePolicy", PolicyArn=names.policy)
    yield _iam("DeleteGroup", GroupName=names.group)
    yield _iam("DeleteUser", UserName=names.user)


def _encoded_message(town: Town) -> str:
    """Have somebody denied, and return what the denial hands out."""
    nobody = town.actor("nobody").credentials
    request = signed(request_to(load("iam").operations["ListUsers"], {}), "iam", nobody)
    headers = dict(town.world.send(request).headers)
    return headers[AUTHORIZATION_MESSAGE].decode()


def _two_codes(town: Town, seed: str) -> dict[str, str]:
    generator = pyotp.TOTP(seed)
    now = town.world.clock.now()
    return {
        "AuthenticationCode1": generator.at(now - STEP),
        "AuthenticationCode2": generator.at(now),
    }


def _renamed(value: Any, name: str, other: str) -> Any:
    """Return *value*, of any type, with *other* in place of *name*."""
    if isinstance(value, str):
        return value.replace(name, other)
    if isinstance(value, dict):
        return {key: _renamed(each, name, other) for key, each in value.items()}
    return [_renamed(each, name, other) for each in value] if isinstance(value, list) else value


_MAKING = frozenset(
    {
        "AcquireRole",
        "CreateAccountAlias",
        "CreateGroup",
        "CreateInstanceProfile",
        "CreateOpenIDConnectProvider",
        "CreatePolicy",
        "CreateRole",
        "CreateSAMLProvider",
        "CreateServiceLinkedRole",
        "CreateUser",
        "CreateVirtualMFADevice",
        "UploadServerCertificate",
    }
)


class Walk:
    """One actor on the road."""

    def __init__(self, town: Town, actor: str) -> None:
        self._town = town
        self._actor = actor
        self._names = Names(actor)
        self._caller: Credentials | None = None
        if actor not in {"anonymous", "exact", "denied", "forged", "scoped"}:
            self._caller = _credentials(town, actor)

    def outcomes(self) -> dict[str, str]:
        found = {}
        for step in self.steps():
            answer = self._ask(step)
            found[step.label] = answer.code
            done = answer.code == "OK" and not self._elsewhere(step)
            effect = answer if done else self._do_instead(step)
            if effect is not None:
                self._learn(step, effect)
        return found

    def steps(self) -> Iterator[Step]:
        """Yield the road; what it needs of the organization and of delegation is put there first."""
        self._town.root.organizations.enable_aws_service_access(ServicePrincipal=IAM)
        self._names.claimed = [_claimed(self._town, f"{self._names.prefix}-{number}") for number in "12"]
        yield from steps(self._town, self._names)

    def go(self, step: Step) -> None:
        """Ask for *step*, whatever comes of it."""
        answer = self._ask(step)
        if answer.code == "OK":
            self._learn(step, answer)

    def _ask(self, step: Step) -> Answer:
        request = request_to(load(step.service).operations[step.operation], self._params(step))
        if self._actor == "anonymous":
            return send(self._town.world, request)
        if self._actor == "forged":
            request = with_bad_signature(signed(request, step.service, self._town.root.credentials))
            return send(self._town.world, request)
        return send(self._town.world, signed(request, step.service, self._caller_for(step)))

    def _elsewhere(self, step: Step) -> bool:
        """Tell whether the actor makes something in an account of their own, where ours has to be made as well."""
        return self._actor == "stranger" and step.operation in _MAKING

    def _params(self, step: Step) -> Mapping[str, Any]:
        if not self._elsewhere(step):
            return step.params
        # Named otherwise than ours, so that every later step speaks of something that the stranger does not have.
        theirs = f"theirs-{self._names.prefix}"
        return {name: _renamed(value, self._names.prefix, theirs) for name, value in step.params.items()}

    def _caller_for(self, step: Step) -> Credentials | None:
        iam = self._town.root.iam
        if self._actor == "exact":
            iam.put_user_policy(
                UserName="exact", PolicyName="exact", PolicyDocument=document(allow(step.action))
            )
        elif self._actor == "denied":
            denying = document(allow("*"), deny(step.action))
            iam.put_user_policy(UserName="denied", PolicyName="denied", PolicyDocument=denying)
        elif self._actor == "scoped":
            lacking = document({"Effect": "Allow", "NotAction": step.action, "Resource": "*"})
            return self._town.actor("admin").assume(arn("role", "steward"), Policy=lacking).credentials
        if self._caller is None:
            self._caller = _credentials(self._town, self._actor)
        return self._caller

    def _do_instead(self, step: Step) -> Answer | None:
        """Let the root do what the actor did not do to ours; what is the actor's alone stays undone."""
        if step.own or step.service == "sts":
            return None
        request = request_to(load(step.service).operations[step.operation], step.params)
        answer = send(self._town.world, signed(request, step.service, self._town.root.credentials))
        if answer.code != "OK":
            raise RuntimeError(f"the root cannot {step.label}: {answer}")
        return answer

    def _learn(self, step: Step, answer: Answer) -> None:
        """Take from *answer* what later steps must name."""
        for element in IDS_TO_LEARN:
            if f"<{element}>" in answer.body:
                self._names.made[element] = _between(answer, element)
        if step.operation == "CreateAccessKey":
            self._names.access_key_id = _between(answer, "AccessKeyId")
        elif step.operation == "CreateVirtualMFADevice":
            self._names.seed = base64.b64decode(_between(answer, "Base32StringSeed")).decode()


def _between(answer: Answer, element: str) -> str:
    found = re.search(f"<{element}>([^<]*)</{element}>", answer.body)
    if found is None:
        raise LookupError(element)
    return found[1]


def _credentials(town: Town, actor: str) -> Credentials | None:
    admin = town.actor("admin")
    match actor:
        case "root":
            return town.root.credentials
        case "admin" | "nobody":
            return town.actor(actor).credentials
        case "stranger":
            return town.stranger(WITHOUT_TWINS).credentials
        case "role":
            return admin.assume(arn("role", "steward")).credentials
        case "exact" | "denied":
            return Credentials.of(town.root.iam.create_access_key(UserName=actor)["AccessKey"])
        case "bounded":
            return town.world.user(
                "bounded", allow("*"), PermissionsBoundary=arn("policy", "reading")
            ).credentials
        case "session":
            return Credentials.of(admin.sts.get_session_token()["Credentials"])
        case "mfa":
            return _with_mfa(town)
    raise LookupError(actor)


def _with_mfa(town: Town) -> Credentials:
    keeper: Actor = town.world.user("keeper", allow("*"))
    made = town.root.iam.create_virtual_mfa_device(VirtualMFADeviceName="keeper")["VirtualMFADevice"]
    seed = made["Base32StringSeed"].decode()
    device = {"SerialNumber": made["SerialNumber"]}
    town.root.iam.enable_mfa_device(UserName="keeper", **device, **_two_codes(town, seed))
    town.world.clock.advance(STEP)
    code = pyotp.TOTP(seed).at(town.world.clock.now())
    return Credentials.of(keeper.sts.get_session_token(**device, TokenCode=code)["Credentials"])


def matrix(town: Town) -> str:
    """Return the matrix as text: a legend, and one line for each step with the outcome of each actor."""
    for name in ("exact", "denied"):
        town.root.iam.create_user(UserName=name)
    columns = {actor: Walk(town, actor).outcomes() for actor in ACTORS}
    labels = list(next(iter(columns.values())))
    rows = [["", *ACTORS], *([label, *(columns[actor][label] for actor in ACTORS)] for label in labels)]
    legend = [f"# {actor}: {meaning}" for actor, meaning in ACTORS.items()]
    return "\n".join([*legend, "", *_aligned(rows)]) + "\n"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def main() -> None:
    """Print the matrix, or write it to where it is kept."""
    with loop_thread() as loop, tempfile.TemporaryDirectory() as folder, town(loop, Path(folder)) as found:
        text = matrix(found)
    if "--write" in sys.argv[1:]:
        GOLDEN.write_text(text)
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
