"""A world in which every list of IAM has more than one entry."""

from dataclasses import dataclass, field
from typing import Any

from tests.sdk.authenticator import Authenticator
from tests.support.key_material import certificate, pem_private_key, ssh_public_key
from tests.support.saml_metadata import metadata
from tests.support.world import World, allow, document

READ = document(allow("s3:GetObject"))
TRUST = document(allow("sts:AssumeRole", None, Principal={"Service": "ec2.amazonaws.com"}))
TAGS = [{"Key": f"key-{number}", "Value": "value"} for number in range(3)]


@dataclass
class Crowd:
    """
    A user, a group, a role and a policy that have three of everything, and so has the account.

    Attributes:
        named: The parameters by which operations name them.
    """

    world: World
    named: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._policies()
        self._account()
        self._user()
        self._group_and_role()

    @property
    def iam(self) -> Any:
        return self.world.root.iam

    def give_phone(self, user: str, name: str) -> str:
        """Enable a device for a user; return its serial number."""
        phone = Authenticator(self.world, name)
        self.iam.enable_mfa_device(UserName=user, SerialNumber=phone.serial_number, **phone.codes())
        self.iam.tag_mfa_device(SerialNumber=phone.serial_number, Tags=TAGS)
        return phone.serial_number

    def _policies(self) -> None:
        self.policies = [
            self.iam.create_policy(PolicyName=f"policy-{number}", PolicyDocument=READ, Tags=TAGS)["Policy"][
                "Arn"
            ]
            for number in range(3)
        ]
        for _ in range(2):
            self.iam.create_policy_version(PolicyArn=self.policies[0], PolicyDocument=READ)
        self.iam.set_default_policy_version(PolicyArn=self.policies[0], VersionId="v2")
        self.named["PolicyArn"] = self.policies[0]

    def _account(self) -> None:
        iam = self.iam
        iam.create_account_alias(AccountAlias="example")
        iam.update_account_password_policy(MinimumPasswordLength=10, RequireSymbols=True, MaxPasswordAge=90)
        for number in range(3):
            iam.create_user(UserName=f"user-{number}", Tags=TAGS)
            iam.create_group(GroupName=f"group-{number}")
            iam.create_role(RoleName=f"role-{number}", AssumeRolePolicyDocument=TRUST, Tags=TAGS)
            iam.create_instance_profile(InstanceProfileName=f"profile-{number}", Tags=TAGS)
            iam.upload_server_certificate(
                ServerCertificateName=f"certificate-{number}",
                CertificateBody=certificate(),
                PrivateKey=pem_private_key(),
                Tags=TAGS,
            )
            oidc = iam.create_open_id_connect_provider(
                Url=f"https://idp-{number}.example.com", ThumbprintList=["0" * 40], Tags=TAGS
            )
            self.named["OpenIDConnectProviderArn"] = oidc["OpenIDConnectProviderArn"]
            saml = iam.create_saml_provider(Name=f"saml-{number}", SAMLMetadataDocument=metadata(), Tags=TAGS)
            self.named["SAMLProviderArn"] = saml["SAMLProviderArn"]

    def _user(self) -> None:
        iam, user = self.iam, "user-0"
        self.named["UserName"] = user
        self.named["PolicySourceArn"] = iam.get_user(UserName=user)["User"]["Arn"]
        iam.create_login_profile(UserName=user, Password="correct-horse-battery")
        for _ in range(2):
            self.named["AccessKeyId"] = iam.create_access_key(UserName=user)["AccessKey"]["AccessKeyId"]
        for number in range(3):
            iam.put_user_policy(UserName=user, PolicyName=f"inline-{number}", PolicyDocument=READ)
            iam.attach_user_policy(UserName=user, PolicyArn=self.policies[number])
            if number:
                iam.add_user_to_group(UserName=user, GroupName=f"group-{number}")
            iam.upload_ssh_public_key(UserName=user, SSHPublicKeyBody=ssh_public_key(number))
            self.named["SerialNumber"] = self.give_phone(user, f"phone-{number}")
        for number in range(2):
            iam.upload_signing_certificate(
                UserName=user, CertificateBody=certificate(f"user-{number}.example.com")
            )

    def _group_and_role(self) -> None:
        iam = self.iam
        self.named |= {"GroupName": "group-0", "RoleName": "role-0"}
        self.named |= {"InstanceProfileName": "profile-0", "ServerCertificateName": "certificate-0"}
        for number in range(1, 3):
            iam.attach_user_policy(UserName=f"user-{number}", PolicyArn=self.policies[0])
            iam.attach_group_policy(GroupName=f"group-{number}", PolicyArn=self.policies[0])
            iam.attach_role_policy(RoleName=f"role-{number}", PolicyArn=self.policies[0])
        for number in range(3):
            iam.add_user_to_group(UserName=f"user-{number}", GroupName="group-0")
            iam.put_group_policy(GroupName="group-0", PolicyName=f"inline-{number}", PolicyDocument=READ)
            iam.attach_group_policy(GroupName="group-0", PolicyArn=self.policies[number])
            iam.put_role_policy(RoleName="role-0", PolicyName=f"inline-{number}", PolicyDocument=READ)
            iam.attach_role_policy(RoleName="role-0", PolicyArn=self.policies[number])
            iam.add_role_to_instance_profile(RoleName="role-0", InstanceProfileName=f"profile-{number}")
