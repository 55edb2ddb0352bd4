"""
Every action of boto3's resource objects of IAM, as its users write it: one short story for each kind of resource.

A story whose kind has an action that it does not tell of fails.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from tests.sdk.authenticator import Authenticator
from tests.sdk.crowd import READ, TRUST
from tests.sdk.models import model
from tests.support.answers import arn
from tests.support.key_material import certificate, pem_private_key
from tests.support.saml_metadata import metadata
from tests.support.world import World, allow

MODEL: dict[str, Any] = model("resources-1")
ACTIONS: dict[str, set[str]] = {
    **{kind: set(each["actions"]) for kind, each in MODEL["resources"].items() if "actions" in each},
    "ServiceResource": set(MODEL["service"]["actions"]),
}
PASSWORD = "Correct-horse-battery"


class Teller:
    """
    Somebody who tells a story with an administrator's resource, and notes which actions occur.

    Attributes:
        iam: The resource of the service.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.administrator = world.user("administrator", allow("*"))
        assert self.administrator.credentials is not None
        self.iam = world.resource(self.administrator.credentials)
        self.told: set[tuple[str, str]] = set()

    def __call__(self, resource: Any, action: str, **params: Any) -> Any:
        self.told.add(
            ("ServiceResource" if resource is self.iam else resource.meta.resource_model.name, action)
        )
        return getattr(resource, xform_name(action))(**params)

    def user(self, name: str = "bob") -> Any:
        return self(self.iam, "CreateUser", UserName=name)

    def group(self) -> Any:
        return self(self.iam, "CreateGroup", GroupName="staff")

    def role(self) -> Any:
        return self(self.iam, "CreateRole", RoleName="worker", AssumeRolePolicyDocument=TRUST)

    def policy(self) -> Any:
        return self(self.iam, "CreatePolicy", PolicyName="read", PolicyDocument=READ)


Story = Callable[[Teller], None]
STORIES: dict[str, Story] = {}
S = TypeVar("S", bound=Story)


def story(*kinds: str) -> Callable[[S], S]:
    """Mark the story of the actions of *kinds*."""

    def keep(function: S) -> S:
        STORIES.update(dict.fromkeys(kinds, function))
        return function

    return keep


def refused(code: str, action: Callable[..., Any], **params: Any) -> None:
    with pytest.raises(ClientError) as caught:
        action(**params)
    assert caught.value.response["Error"]["Code"] == code


def gone(resource: Any) -> None:
    """Check that a resource is no more."""
    refused("NoSuchEntity", resource.load)


def names(collection: Any) -> list[str]:
    return [getattr(each, each.meta.identifiers[-1]) for each in collection.all()]


def upload_signing_certificate(do: Teller) -> Any:
    """Upload a certificate of the user bob; boto3's model forgets whose it is, and so does not know what to return."""
    with pytest.raises(ValueError, match="user_name not set"):
        do(do.iam, "CreateSigningCertificate", UserName="bob", CertificateBody=certificate())
    (uploaded,) = do.iam.User("bob").signing_certificates.all()
    return uploaded


@story("ServiceResource")
def _(do: Teller) -> None:
    iam = do.iam
    assert do.user().arn == arn("user/bob")
    assert do.group().arn == arn("group/staff")
    assert do.role().arn == arn("role/worker")
    assert do.policy().arn == arn("policy/read")
    assert do(iam, "CreateInstanceProfile", InstanceProfileName="worker").arn == arn(
        "instance-profile/worker"
    )
    do(iam, "CreateAccountAlias", AccountAlias="example")
    assert do.administrator.iam.list_account_aliases()["AccountAliases"] == ["example"]
    assert do(iam, "CreateAccountPasswordPolicy", MinimumPasswordLength=12).minimum_password_length == 12
    document = metadata()
    provider = do(iam, "CreateSamlProvider", Name="office", SAMLMetadataDocument=document)
    assert provider.saml_metadata_document == document
    server = {"CertificateBody": certificate(), "PrivateKey": pem_private_key()}
    made = do(iam, "CreateServerCertificate", ServerCertificateName="www", **server)
    assert made.server_certificate_metadata["Arn"] == arn("server-certificate/www")
    upload_signing_certificate(do)
    assert do(iam, "CreateVirtualMfaDevice", VirtualMFADeviceName="phone").serial_number == arn("mfa/phone")
    do.administrator.iam.create_login_profile(UserName="administrator", Password=PASSWORD)
    do(iam, "ChangePassword", OldPassword=PASSWORD, NewPassword=PASSWORD[::-1])
    refused("AccessDenied", lambda: do(iam, "ChangePassword", OldPassword=PASSWORD, NewPassword="x"))


@story("User")
def _(do: Teller) -> None:
    do.group()
    policy = do.policy()
    bob = do(do.iam.User("bob"), "Create", Path="/it/")
    assert (bob.name, bob.path) == ("bob", "/it/")
    do(bob, "AddGroup", GroupName="staff")
    assert names(bob.groups) == ["staff"]
    do(bob, "RemoveGroup", GroupName="staff")
    do(bob, "AttachPolicy", PolicyArn=policy.arn)
    assert names(bob.attached_policies) == [policy.arn]
    do(bob, "DetachPolicy", PolicyArn=policy.arn)
    own = do(bob, "CreatePolicy", PolicyName="own", PolicyDocument=READ)
    assert own.policy_document["Statement"][0]["Action"] == "s3:GetObject"
    own.delete()
    pair = do(bob, "CreateAccessKeyPair")
    assert (pair.user_name, names(bob.access_keys)) == ("bob", [pair.id])
    assert len(pair.secret) == 40
    pair.delete()
    assert do(bob, "CreateLoginProfile", Password=PASSWORD).password_reset_required is False
    bob.LoginProfile().delete()
    phone = Authenticator(do.world, "phone")
    device = do(bob, "EnableMfa", SerialNumber=phone.serial_number, **phone.codes())
    assert names(bob.mfa_devices) == [device.serial_number]
    device.disassociate()
    unique_id = bob.user_id
    robert = do(bob, "Update", NewUserName="robert")
    assert (robert.name, robert.user_id) == ("robert", unique_id)
    do(robert, "Delete")
    gone(robert)


@story("Group")
def _(do: Teller) -> None:
    policy, bob = do.policy(), do.user()
    staff = do(do.iam.Group("staff"), "Create", Path="/teams/")
    do(staff, "AddUser", UserName=bob.name)
    assert names(staff.users) == ["bob"]
    do(staff, "RemoveUser", UserName=bob.name)
    do(staff, "AttachPolicy", PolicyArn=policy.arn)
    assert names(staff.attached_policies) == [policy.arn]
    do(staff, "DetachPolicy", PolicyArn=policy.arn)
    do(staff, "CreatePolicy", PolicyName="own", PolicyDocument=READ)
    assert names(staff.policies) == ["own"]
    staff.Policy("own").delete()
    unique_id = staff.group_id
    renamed = do(staff, "Update", NewGroupName="people")
    assert (renamed.name, renamed.group_id) == ("people", unique_id)
    do(renamed, "Delete")
    gone(renamed)


@story("Role", "AssumeRolePolicy", "RolePolicy")
def _(do: Teller) -> None:
    policy, worker = do.policy(), do.role()
    do(worker, "AttachPolicy", PolicyArn=policy.arn)
    assert names(worker.attached_policies) == [policy.arn]
    do(worker, "DetachPolicy", PolicyArn=policy.arn)
    do(worker.AssumeRolePolicy(), "Update", PolicyDocument=TRUST.replace("ec2", "lambda"))
    worker.reload()
    service = worker.assume_role_policy_document["Statement"][0]["Principal"]["Service"]
    assert service == "lambda.amazonaws.com"
    own = worker.Policy("own")
    do(own, "Put", PolicyDocument=READ)
    assert names(worker.policies) == ["own"]
    do(own, "Delete")
    gone(own)
    do(worker, "Delete")
    gone(worker)


@story("UserPolicy", "GroupPolicy")
def _(do: Teller) -> None:
    for owner in (do.user(), do.group()):
        own = owner.Policy("own")
        do(own, "Put", PolicyDocument=READ)
        own.load()
        assert own.policy_document["Statement"][0]["Action"] == "s3:GetObject"
        do(own, "Delete")
        gone(own)


@story("Policy", "PolicyVersion")
def _(do: Teller) -> None:
    policy, bob, staff, worker = do.policy(), do.user(), do.group(), do.role()
    for kind, entity in (("User", bob), ("Group", staff), ("Role", worker)):
        attached = getattr(policy, f"attached_{kind.lower()}s")
        do(policy, f"Attach{kind}", **{f"{kind}Name": entity.name})
        assert names(attached) == [entity.name]
        do(policy, f"Detach{kind}", **{f"{kind}Name": entity.name})
        assert names(attached) == []
    second = do(policy, "CreateVersion", PolicyDocument=READ)
    assert (second.version_id, second.is_default_version) == ("v2", False)
    do(second, "SetAsDefault")
    policy.reload()
    assert policy.default_version == second
    first = do.iam.PolicyVersion(policy.arn, "v1")
    do(first, "Delete")
    gone(first)
    do(policy, "Delete")
    gone(policy)


@story("AccessKey", "AccessKeyPair")
def _(do: Teller) -> None:
    bob = do.user()
    pair = bob.create_access_key_pair()
    for key in (pair, bob.AccessKey(pair.id)):
        do(key, "Deactivate")
        assert [each.status for each in bob.access_keys.all()] == ["Inactive"]
        do(key, "Activate")
        assert [each.status for each in bob.access_keys.all()] == ["Active"]
    do(pair, "Delete")
    refused("NoSuchEntity", lambda: do(bob.AccessKey(pair.id), "Delete"))


@story("SigningCertificate")
def _(do: Teller) -> None:
    do.user()
    own = upload_signing_certificate(do)
    do(own, "Deactivate")
    assert [each.status for each in do.iam.User("bob").signing_certificates.all()] == ["Inactive"]
    do(own, "Activate")
    assert [each.status for each in do.iam.User("bob").signing_certificates.all()] == ["Active"]
    do(own, "Delete")
    assert names(do.iam.User("bob").signing_certificates) == []


@story("LoginProfile")
def _(do: Teller) -> None:
    profile = do(do.user().LoginProfile(), "Create", Password=PASSWORD)
    do(profile, "Update", PasswordResetRequired=True)
    profile.reload()
    assert profile.password_reset_required is True
    do(profile, "Delete")
    gone(profile)


@story("MfaDevice", "VirtualMfaDevice")
def _(do: Teller) -> None:
    bob, phone = do.user(), Authenticator(do.world, "phone")
    device = bob.MfaDevice(phone.serial_number)
    do(device, "Associate", **phone.codes())
    assert names(bob.mfa_devices) == [phone.serial_number]
    do(device, "Resync", **phone.codes())
    refused("DeleteConflict", lambda: do(do.iam.VirtualMfaDevice(phone.serial_number), "Delete"))
    do(device, "Disassociate")
    do(do.iam.VirtualMfaDevice(phone.serial_number), "Delete")
    assert names(do.iam.virtual_mfa_devices) == []


@story("InstanceProfile")
def _(do: Teller) -> None:
    worker = do.role()
    profile = do(do.iam, "CreateInstanceProfile", InstanceProfileName="worker")
    do(profile, "AddRole", RoleName=worker.name)
    profile.reload()
    assert profile.roles == [worker]
    assert names(worker.instance_profiles) == ["worker"]
    do(profile, "RemoveRole", RoleName=worker.name)
    do(profile, "Delete")
    gone(profile)


@story("AccountPasswordPolicy")
def _(do: Teller) -> None:
    policy = do.iam.AccountPasswordPolicy()
    do(policy, "Update", MinimumPasswordLength=12)
    policy.reload()
    assert policy.minimum_password_length == 12
    do(policy, "Delete")
    gone(policy)


@story("SamlProvider")
def _(do: Teller) -> None:
    made = do(do.iam, "CreateSamlProvider", Name="office", SAMLMetadataDocument=metadata())
    changed = metadata("https://elsewhere.example.com")
    do(made, "Update", SAMLMetadataDocument=changed)
    made.reload()
    assert made.saml_metadata_document == changed
    do(made, "Delete")
    gone(made)


@story("ServerCertificate")
def _(do: Teller) -> None:
    given = {"CertificateBody": certificate(), "PrivateKey": pem_private_key()}
    made = do(do.iam, "CreateServerCertificate", ServerCertificateName="www", **given)
    renamed = do(made, "Update", NewServerCertificateName="web", NewPath="/it/")
    renamed.load()
    assert renamed.server_certificate_metadata["Arn"] == arn("server-certificate/it/web")
    do(renamed, "Delete")
    gone(renamed)


@pytest.mark.parametrize("kind", ACTIONS)
def test_every_action_of_a_resource_does_what_it_says(kind: str, world: World) -> None:
    teller = Teller(world)
    STORIES[kind](teller)
    assert {action for of, action in teller.told if of == kind} == ACTIONS[kind]
