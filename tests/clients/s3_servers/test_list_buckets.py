"""
`list_buckets_from_assumed_role_with_mfa` of AWS's documentation, which asks IAM, STS and S3 at one endpoint.

With ``IAMD_TEST_MFA_EXAMPLE=…/assume_role_mfa.py`` the documentation's own program is asked instead of ours.
"""

import os

import boto3
from tests.clients.authenticator import Authenticator
from tests.clients.lab import AccessKey, Member, allow
from tests.clients.s3_servers.conftest import Guarded
from tests.clients.terminal import Outcome, run
from tests.clients.toolchain import PROGRAMS, own


def _list_buckets(guarded: Guarded, who: Member, *words: str) -> Outcome:
    script = PROGRAMS / "python" / "list_buckets_with_mfa.py"
    example = os.environ.get("IAMD_TEST_MFA_EXAMPLE")
    command = [own("python"), str(script), *words, *([example] if example else [])]
    return run(command, guarded.lab.environ(who))


def test_buckets_are_listed_as_a_role_that_demands_mfa(guarded: Guarded) -> None:
    lab = guarded.lab
    root = AccessKey(lab.root["AWS_ACCESS_KEY_ID"], lab.root["AWS_SECRET_ACCESS_KEY"])
    s3 = boto3.client(
        "s3",
        endpoint_url=lab.endpoint,
        region_name="us-east-1",
        aws_access_key_id=root.access_key_id,
        aws_secret_access_key=root.secret_access_key,
    )
    for name in ("invoices", "pictures"):
        s3.create_bucket(Bucket=name)
    bob = lab.user("bob", allow("sts:AssumeRole"))
    with_mfa = {"Principal": {"AWS": bob.arn}, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": True}}}
    lister = lab.role("lister", with_mfa, allow("s3:ListAllMyBuckets", "arn:aws:s3:::*"))
    device = lab.iam.create_virtual_mfa_device(VirtualMFADeviceName=lab.unique("phone"))["VirtualMFADevice"]
    serial, app = device["SerialNumber"], Authenticator(device["Base32StringSeed"].decode())
    lab.iam.enable_mfa_device(
        UserName=bob.name,
        SerialNumber=serial,
        AuthenticationCode1=app.code(),
        AuthenticationCode2=app.code(),
    )
    code = app.code()
    listed = _list_buckets(guarded, bob, lister, serial, code)
    assert listed.status == 0, listed.err
    assert {"invoices", "pictures"} <= set(listed.out.splitlines())
    # A code is good once.
    assert "AccessDenied" in _list_buckets(guarded, bob, lister, serial, code).err
