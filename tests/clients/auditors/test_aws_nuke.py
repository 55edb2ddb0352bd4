"""aws-nuke empties an account of all that IAM has, but for what it is told to keep."""

import json
from pathlib import Path
from typing import Any, Final

from tests.clients.auditors.conftest import ADMINISTRATOR
from tests.clients.auditors.stand_in import stand_in
from tests.clients.authenticator import Authenticator
from tests.clients.flows import flow
from tests.clients.lab import ACCOUNT, Lab, allow, document
from tests.clients.terminal import Outcome, run
from tests.clients.toolchain import Program
from tests.clients.tools import AWS_NUKE
from tests.support import key_material
from tests.support.saml_metadata import metadata

KINDS: Final = (
    *("IAMAccountSettingPasswordPolicy", "IAMGroup", "IAMGroupPolicy", "IAMGroupPolicyAttachment"),
    *("IAMInstanceProfile", "IAMInstanceProfileRole", "IAMLoginProfile", "IAMOpenIDConnectProvider"),
    *("IAMPolicy", "IAMRole", "IAMRolePolicy", "IAMRolePolicyAttachment", "IAMSAMLProvider"),
    *("IAMServerCertificate", "IAMServiceSpecificCredential", "IAMSigningCertificate", "IAMUser"),
    *("IAMUserAccessKey", "IAMUserGroupAttachment", "IAMUserMFADevice", "IAMUserPolicy"),
    *("IAMUserPolicyAttachment", "IAMUserSSHPublicKey", "IAMVirtualMFADevice"),
)
KEPT: Final = {
    "IAMUser": ["root-like"],
    "IAMGroup": ["admins"],
    "IAMUserGroupAttachment": ["root-like -> admins"],
    "IAMGroupPolicyAttachment": ["admins -> AdministratorAccess"],
    "IAMUserAccessKey": [{"property": "UserName", "value": "root-like"}],
}
# What is left: the administrator, root's own key, and the role that belongs to a service.
LEFT: Final = {
    "Users": 1,
    "Groups": 1,
    "Roles": 1,
    "AccountAccessKeysPresent": 1,
    "GlobalEndpointTokenVersion": 1,
}


def fill(lab: Lab) -> None:
    """Make one of everything that a seed cannot have."""
    iam, user = lab.iam, {"UserName": "reader"}
    iam.create_login_profile(**user, Password="Correct-horse-1")
    iam.upload_ssh_public_key(**user, SSHPublicKeyBody=key_material.ssh_public_key())
    iam.upload_signing_certificate(**user, CertificateBody=key_material.certificate())
    iam.create_service_specific_credential(**user, ServiceName="codecommit.amazonaws.com")
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")["VirtualMFADevice"]
    app = Authenticator(device["Base32StringSeed"].decode())
    codes = {"AuthenticationCode1": app.code(), "AuthenticationCode2": app.code()}
    iam.enable_mfa_device(**user, SerialNumber=device["SerialNumber"], **codes)
    iam.create_virtual_mfa_device(VirtualMFADeviceName="nobodys")
    iam.create_open_id_connect_provider(Url="https://ci.example.com", ThumbprintList=["0" * 40])
    iam.create_saml_provider(Name="office", SAMLMetadataDocument=metadata())
    iam.upload_server_certificate(
        ServerCertificateName="www",
        CertificateBody=key_material.certificate(),
        PrivateKey=key_material.pem_private_key(),
    )
    iam.update_account_password_policy(MinimumPasswordLength=12)
    read = document(allow("s3:GetObject"))
    iam.create_policy_version(PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/read-objects", PolicyDocument=read)
    iam.put_role_policy(RoleName="operator", PolicyName="own", PolicyDocument=read)
    iam.put_group_policy(GroupName="readers", PolicyName="own", PolicyDocument=read)
    iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com")


def configuration(lab: Lab, ec2: str) -> dict[str, Any]:
    # aws-nuke asks for sessions of no service and of «-», too.
    services = {"": ec2, "-": lab.endpoint, "iam": lab.endpoint, "sts": lab.endpoint}
    return {
        "regions": ["global"],
        "endpoints": [
            {
                "region": "us-east-1",
                "services": [{"service": name, "url": url} for name, url in services.items()],
            }
        ],
        "bypass-alias-check-accounts": [ACCOUNT],
        "blocklist": ["999999999999"],
        "accounts": {ACCOUNT: {"filters": KEPT}},
        "resource-types": {"includes": list(KINDS)},
    }


def counted(lab: Lab) -> dict[str, int]:
    """Return what there is in the account, by its summary."""
    summary = lab.iam.get_account_summary()["SummaryMap"]
    return {name: number for name, number in summary.items() if number and "Quota" not in name}


@flow("`run`: the account is emptied, but for what it shall keep", AWS_NUKE)
def test_it_empties_the_account(program: Program, audited: Lab, tmp_path: Path) -> None:
    fill(audited)
    before = counted(audited)

    with stand_in(audited.endpoint) as ec2:
        (tmp_path / "nuke.json").write_text(json.dumps(configuration(audited, ec2)))

        def nuke(*words: str) -> Outcome:
            options = [
                "--config",
                "nuke.json",
                "--no-prompt",
                "--prompt-delay",
                "3",
                "--run-sleep-delay",
                "100ms",
            ]
            environ = audited.environ(ADMINISTRATOR)
            del environ["AWS_REGION"]
            said = run([*program.command, "run", *options, "--no-alias-check", *words], environ, tmp_path)
            assert said.status == 0, said.out[-3000:] + said.err
            return said

        looked = nuke()
        assert "Scan complete" in looked.out
        assert counted(audited) == before
        removed = nuke("--no-dry-run")

    assert "Nuke complete: 0 failed" in removed.out
    assert counted(audited) == LEFT
