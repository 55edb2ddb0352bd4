"""Profiles in ~/.aws/config that assume roles: what the client does by itself before its first request."""

import json
from pathlib import Path

import pytest
from tests.clients.authenticator import Authenticator
from tests.clients.flows import flow
from tests.clients.lab import Lab, Member, allow, assumed
from tests.clients.terminal import Outcome, run, run_on_terminal
from tests.clients.toolchain import AWS_CLI_1, BOTO3, PROGRAMS, Program

# AWS CLI 2 of Debian is older than the settings for endpoints.
CLIENTS = (AWS_CLI_1, BOTO3)

CONFIG = """\
[profile base]
region = us-east-1
services = iamd

[profile {profile}]
region = us-east-1
services = iamd
source_profile = base
role_session_name = chain
{more}

[profile second]
region = us-east-1
services = iamd
source_profile = {profile}
role_session_name = chain
role_arn = {second}

[services iamd]
iam =
  endpoint_url = {endpoint}
sts =
  endpoint_url = {endpoint}
"""

CREDENTIALS = """\
[base]
aws_access_key_id = {key.access_key_id}
aws_secret_access_key = {key.secret_access_key}
"""


class Profiles:
    """A home folder with an AWS configuration, and a client that uses it."""

    def __init__(self, lab: Lab, program: Program, home: Path) -> None:
        self.lab = lab
        self.program = program
        self.home = home
        self.environ = lab.environ(None, HOME=str(home))
        for name in ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION"):
            # Nothing but the files.
            del self.environ[name]

    def write(self, who: Member, profile: str, second: str = "", **more: str) -> None:
        folder = self.home / ".aws"
        folder.mkdir(exist_ok=True)
        lines = "\n".join(f"{name} = {value}" for name, value in more.items())
        config = CONFIG.format(profile=profile, more=lines, second=second, endpoint=self.lab.endpoint)
        (folder / "config").write_text(config)
        (folder / "credentials").write_text(CREDENTIALS.format(key=who.key))

    def command(self, profile: str) -> list[str]:
        if self.program.command[0].endswith("aws"):
            words = ["sts", "get-caller-identity", "--output", "json", "--profile", profile]
        else:
            words = [str(PROGRAMS / "python" / "profile_chain.py"), profile]
        return [*self.program.command, *words]

    def ask(self, profile: str) -> Outcome:
        """Ask who the caller is, without a terminal."""
        return run(self.command(profile), self.environ)

    def arn(self, profile: str) -> str:
        answer = {name.lower(): value for name, value in json.loads(self.ask(profile).worked).items()}
        return str(answer["arn"])


@pytest.fixture
def profiles(lab: Lab, program: Program, tmp_path: Path) -> Profiles:
    return Profiles(lab, program, tmp_path)


def trusting(arn: str, operator: str, key: str, value: str) -> dict[str, object]:
    return {"Principal": {"AWS": arn}, "Condition": {operator: {key: value}}}


@flow("profiles: `role_arn`, `external_id`, chained roles", *CLIENTS)
def test_roles_are_chained(profiles: Profiles, lab: Lab) -> None:
    bob = lab.user("bob", allow("sts:AssumeRole"))
    first = lab.role(
        "first", trusting(bob.arn, "StringEquals", "sts:ExternalId", "42"), allow("sts:AssumeRole")
    )
    second = lab.role("second", first)
    profiles.write(bob, "first", second, role_arn=first, external_id="42")
    assert [profiles.arn(each) for each in ("base", "first", "second")] == [
        bob.arn,
        assumed(first, "chain"),
        assumed(second, "chain"),
    ]
    # The same role under another name, so that no credentials kept from above are used.
    profiles.write(bob, "stranger", second, role_arn=first, external_id="43")
    refused = profiles.ask("stranger")
    assert (refused.status == 0, "AccessDenied" in refused.err) == (False, True)


@flow("profiles: `mfa_serial`", *CLIENTS)
def test_a_code_is_asked_for(profiles: Profiles, admin: Member, lab: Lab) -> None:
    bob = lab.user("bob", allow("sts:AssumeRole"))
    device = lab.iam.create_virtual_mfa_device(VirtualMFADeviceName=bob.name)["VirtualMFADevice"]
    app = Authenticator(device["Base32StringSeed"].decode())
    lab.iam.enable_mfa_device(
        UserName=bob.name,
        SerialNumber=device["SerialNumber"],
        AuthenticationCode1=app.code(),
        AuthenticationCode2=app.code(),
    )
    role = lab.role("guarded", trusting(bob.arn, "Bool", "aws:MultiFactorAuthPresent", "true"))
    profiles.write(bob, "guarded", role_arn=role, mfa_serial=device["SerialNumber"])

    question = f"Enter MFA code for {device['SerialNumber']}: "
    said = run_on_terminal(profiles.command("guarded"), profiles.environ, question, app.code)
    answer = {name.lower(): value for name, value in json.loads(said.out).items()}
    assert (said.status, answer["arn"]) == (0, assumed(role, "chain"))
    assert said.err.count(question) == 1
