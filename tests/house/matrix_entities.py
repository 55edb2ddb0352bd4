"""
The steps of the golden matrix that make, use and delete what an account holds: users, groups, policies, roles, providers.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import pyotp
from tests.house.matrix_step import NOT_YET, Names, Step, iam, inline, own, tags
from tests.house.town import READ, Town, arn, trusting
from tests.support.key_material import certificate, pem_private_key, ssh_public_key
from tests.support.saml_metadata import metadata
from tests.support.world import ACCOUNT, document

STEP: Final = timedelta(seconds=30)
PASSWORDS: Final = ("First-password-1", "Second-password-2")


def users(names: Names) -> Iterator[Step]:
    user = {"UserName": names.user}
    yield iam("CreateUser", **user)
    yield iam("GetUser", **user)
    yield own("GetUser")
    yield iam("ListUsers")
    yield iam("UpdateUser", **user, NewPath="/")
    yield from tags("User", **user)
    yield from inline("User", **user)
    yield iam("CreateAccessKey", **user)
    yield iam("ListAccessKeys", **user)
    yield iam("UpdateAccessKey", **user, AccessKeyId=names.access_key_id, Status="Inactive")
    yield iam("GetAccessKeyLastUsed", AccessKeyId=names.access_key_id)
    yield Step("sts", "GetAccessKeyInfo", {"AccessKeyId": names.access_key_id})
    yield iam("DeleteAccessKey", **user, AccessKeyId=names.access_key_id)
    yield iam("CreateLoginProfile", **user, Password=PASSWORDS[0])
    yield iam("GetLoginProfile", **user)
    yield iam("UpdateLoginProfile", **user, PasswordResetRequired=True)
    yield iam("DeleteLoginProfile", **user)
    yield own("CreateLoginProfile", Password=PASSWORDS[0])
    yield own("ChangePassword", OldPassword=PASSWORDS[0], NewPassword=PASSWORDS[1])
    yield own("DeleteLoginProfile")
    yield from _ssh_public_keys(names)
    yield from _signing_certificates(names)
    yield from _service_specific_credentials(names)
    yield own("CreateAccessKey")
    yield own("ListAccessKeys")
    yield own("UpdateAccessKey", AccessKeyId=names.access_key_id, Status="Inactive")
    yield own("DeleteAccessKey", AccessKeyId=names.access_key_id)


def _ssh_public_keys(names: Names) -> Iterator[Step]:
    user = {"UserName": names.user}
    yield iam("UploadSSHPublicKey", **user, SSHPublicKeyBody=ssh_public_key())
    key = {**user, "SSHPublicKeyId": names.made.get("SSHPublicKeyId", NOT_YET)}
    yield iam("GetSSHPublicKey", **key, Encoding="PEM")
    yield iam("ListSSHPublicKeys", **user)
    yield iam("UpdateSSHPublicKey", **key, Status="Inactive")
    yield iam("DeleteSSHPublicKey", **key)


def _signing_certificates(names: Names) -> Iterator[Step]:
    user = {"UserName": names.user}
    body = certificate(names.prefix)
    yield iam("UploadSigningCertificate", **user, CertificateBody=body)
    yield iam("ListSigningCertificates", **user)
    named = {**user, "CertificateId": names.made.get("CertificateId", NOT_YET)}
    yield iam("UpdateSigningCertificate", **named, Status="Inactive")
    yield iam("DeleteSigningCertificate", **named)


def _service_specific_credentials(names: Names) -> Iterator[Step]:
    user = {"UserName": names.user}
    yield iam("CreateServiceSpecificCredential", **user, ServiceName="codecommit.amazonaws.com")
    yield iam("ListServiceSpecificCredentials", **user)
    named = {**user, "ServiceSpecificCredentialId": names.made.get("ServiceSpecificCredentialId", NOT_YET)}
    yield iam("UpdateServiceSpecificCredential", **named, Status="Inactive")
    yield iam("ResetServiceSpecificCredential", **named)
    yield iam("DeleteServiceSpecificCredential", **named)


def groups(names: Names) -> Iterator[Step]:
    group = {"GroupName": names.group}
    member = {**group, "UserName": names.user}
    yield iam("CreateGroup", **group)
    yield iam("GetGroup", **group)
    yield iam("ListGroups")
    yield iam("UpdateGroup", **group, NewPath="/")
    yield from inline("Group", **group)
    yield iam("AddUserToGroup", **member)
    yield iam("ListGroupsForUser", UserName=names.user)
    yield iam("RemoveUserFromGroup", **member)


def policies(names: Names) -> Iterator[Step]:
    policy = {"PolicyArn": names.policy}
    yield iam("CreatePolicy", PolicyName=f"{names.prefix}-policy", PolicyDocument=READ)
    yield iam("GetPolicy", **policy)
    yield iam("ListPolicies", Scope="Local")
    yield from tags("Policy", **policy)
    yield iam("CreatePolicyVersion", **policy, PolicyDocument=READ)
    yield iam("GetPolicyVersion", **policy, VersionId="v2")
    yield iam("ListPolicyVersions", **policy)
    yield iam("SetDefaultPolicyVersion", **policy, VersionId="v2")
    yield iam("DeletePolicyVersion", **policy, VersionId="v1")
    for kind, named in (("User", {"UserName": names.user}), ("Group", {"GroupName": names.group})):
        yield iam(f"Attach{kind}Policy", **named, **policy)
        yield iam(f"ListAttached{kind}Policies", **named)
        if kind == "User":
            yield iam("ListEntitiesForPolicy", **policy)
        yield iam(f"Detach{kind}Policy", **named, **policy)
    yield iam("PutUserPermissionsBoundary", UserName=names.user, PermissionsBoundary=names.policy)
    yield iam("DeleteUserPermissionsBoundary", UserName=names.user)


def roles(names: Names) -> Iterator[Step]:
    role = {"RoleName": names.role}
    profile = {"InstanceProfileName": names.role}
    trust = document(*trusting(ACCOUNT)["Statement"])
    yield iam("CreateRole", **role, AssumeRolePolicyDocument=trust)
    yield iam("GetRole", **role)
    yield iam("ListRoles")
    yield iam("UpdateRole", **role, MaxSessionDuration=7200)
    yield iam("UpdateRoleDescription", **role, Description="of the matrix")
    yield iam("UpdateAssumeRolePolicy", **role, PolicyDocument=trust)
    yield from tags("Role", **role)
    yield from inline("Role", **role)
    yield iam("AttachRolePolicy", **role, PolicyArn=names.policy)
    yield iam("ListAttachedRolePolicies", **role)
    yield iam("DetachRolePolicy", **role, PolicyArn=names.policy)
    yield iam("PutRolePermissionsBoundary", **role, PermissionsBoundary=names.policy)
    yield iam("DeleteRolePermissionsBoundary", **role)
    yield iam("CreateInstanceProfile", **profile)
    yield iam("GetInstanceProfile", **profile)
    yield iam("ListInstanceProfiles")
    yield from tags("InstanceProfile", **profile)
    yield iam("AddRoleToInstanceProfile", **profile, **role)
    yield iam("ListInstanceProfilesForRole", **role)
    yield iam("RemoveRoleFromInstanceProfile", **profile, **role)
    yield iam("DeleteInstanceProfile", **profile)


def service_linked_roles(names: Names) -> Iterator[Step]:
    service = {"AWSServiceName": "autoscaling.amazonaws.com", "CustomSuffix": names.prefix}
    yield iam("CreateServiceLinkedRole", **service)
    yield iam("DeleteServiceLinkedRole", RoleName=f"AWSServiceRoleForAutoScaling_{names.prefix}")
    task = names.made.get("DeletionTaskId", f"task/aws-service-role/x/y/{NOT_YET}")
    yield iam("GetServiceLinkedRoleDeletionStatus", DeletionTaskId=task)


def server_certificates(names: Names) -> Iterator[Step]:
    named = {"ServerCertificateName": f"{names.prefix}-certificate"}
    yield iam("UploadServerCertificate", **named, CertificateBody=certificate(), PrivateKey=pem_private_key())
    yield iam("GetServerCertificate", **named)
    yield iam("ListServerCertificates")
    yield iam("UpdateServerCertificate", **named, NewPath="/")
    yield from tags("ServerCertificate", **named)
    yield iam("DeleteServerCertificate", **named)


def devices(town: Town, names: Names) -> Iterator[Step]:
    device = {"SerialNumber": names.device}
    owned = {**device, "UserName": names.user}
    yield iam("CreateVirtualMFADevice", VirtualMFADeviceName=f"{names.prefix}-device")
    yield iam("ListVirtualMFADevices")
    yield from tags("MFADevice", **device)
    yield iam("EnableMFADevice", **owned, **two_codes(town, names.seed))
    yield iam("GetMFADevice", **owned)
    yield iam("ListMFADevices", UserName=names.user)
    yield own("ListMFADevices")
    town.world.clock.advance(2 * STEP)
    yield iam("ResyncMFADevice", **owned, **two_codes(town, names.seed))
    yield iam("DeactivateMFADevice", **owned)
    yield iam("DeleteVirtualMFADevice", **device)


def two_codes(town: Town, seed: str) -> dict[str, str]:
    generator = pyotp.TOTP(seed)
    now = town.world.clock.now()
    return {
        "AuthenticationCode1": generator.at(now - STEP),
        "AuthenticationCode2": generator.at(now),
    }


def providers(names: Names) -> Iterator[Step]:
    url = f"https://{names.prefix}.example.com"
    provider = {"OpenIDConnectProviderArn": arn("oidc-provider", url.removeprefix("https://"))}
    yield iam("CreateOpenIDConnectProvider", Url=url, ClientIDList=["a"], ThumbprintList=["0" * 40])
    yield iam("GetOpenIDConnectProvider", **provider)
    yield iam("ListOpenIDConnectProviders")
    yield iam("AddClientIDToOpenIDConnectProvider", **provider, ClientID="b")
    yield iam("RemoveClientIDFromOpenIDConnectProvider", **provider, ClientID="b")
    yield iam("UpdateOpenIDConnectProviderThumbprint", **provider, ThumbprintList=["1" * 40])
    yield from tags("OpenIDConnectProvider", **provider)
    yield iam("DeleteOpenIDConnectProvider", **provider)
    saml = {"SAMLProviderArn": arn("saml-provider", f"{names.prefix}-idp")}
    uploaded = {"SAMLMetadataDocument": metadata(), "AssertionEncryptionMode": "Allowed"}
    key = pem_private_key()
    yield iam("CreateSAMLProvider", Name=f"{names.prefix}-idp", **uploaded, AddPrivateKey=key)
    yield iam("GetSAMLProvider", **saml)
    yield iam("ListSAMLProviders")
    yield iam("UpdateSAMLProvider", **saml, **uploaded, AddPrivateKey=key)
    yield from tags("SAMLProvider", **saml)
    yield iam("DeleteSAMLProvider", **saml)


def farewell(names: Names) -> Iterator[Step]:
    yield iam("DeleteRole", RoleName=names.role)
    yield iam("DeletePolicy", PolicyArn=names.policy)
    yield iam("DeleteGroup", GroupName=names.group)
    yield iam("DeleteUser", UserName=names.user)
