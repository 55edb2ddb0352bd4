"""Every command of AWS's page *AWS STS examples using AWS CLI*, typed into a shell as it stands there."""

import json
import re
import shutil
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import boto3
import pytest
from botocore.exceptions import ClientError
from tests.clients.authenticator import Authenticator
from tests.clients.flows import flow
from tests.clients.lab import AccessKey, Lab
from tests.clients.server import development_server
from tests.clients.sts_examples import (
    ANSWERS,
    APPLICATION,
    COMMANDS,
    ISSUER,
    MISREAD,
    MYFILE,
    READ,
    SUBJECT,
    difference,
)
from tests.clients.terminal import Outcome, run
from tests.clients.toolchain import AWS_CLI_1, AWS_CLI_2, CLIENTS, Program
from tests.support.issuer import issuer
from tests.support.saml_idp import Claims, Idp, posted

TITLE: Final = "`aws sts`, every example of AWS's documentation"
# Version 2 of Debian is older than the operation.
NEW: Final = "assume-root"
OTHERS: Final = [name for name in COMMANDS if name != NEW]

DEV_ADMIN: Final = AccessKey("AKIADEVADMINEXAMPLE0", "secret-of-the-administrator-of-examples0")
TRANSIENT: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
# As for a shell whose CLI reads no endpoint from the environment (before 2.13).
ENDPOINT_FOR_ALL: Final = 'aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }\n'


@dataclass
class Town:
    """A server that has all that the examples name, and what is shown to it."""

    lab: Lab
    idp: Idp

    def client(self, service: str, key: AccessKey = DEV_ADMIN) -> Any:
        connect: Any = boto3.client
        return connect(
            service,
            endpoint_url=self.lab.endpoint,
            region_name="us-east-1",
            aws_access_key_id=key.access_key_id,
            aws_secret_access_key=key.secret_access_key,
            aws_session_token=key.session_token,
        )

    def session(self, role: str, name: str, **more: str) -> AccessKey:
        arn = f"arn:aws:iam::123456789012:role/{role}"
        made = self.client("sts").assume_role(RoleArn=arn, RoleSessionName=name, **more)["Credentials"]
        return AccessKey(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])

    def assertion(self) -> str:
        """Return a response of the identity provider, as a browser posts it."""
        here = "arn:aws:iam::123456789012"
        claims = Claims(
            now=datetime.now(UTC).replace(microsecond=0),
            issuer=ISSUER,
            subject="SamlExample",
            subject_format=TRANSIENT,
            attributes={
                "Role": f"{here}:role/TestSaml,{here}:saml-provider/SAML-test",
                "RoleSessionName": "TestSaml",
            },
        )
        return posted(self.idp.signed_assertion(claims))

    def message(self) -> str:
        """Return the encoded message of a denial."""
        with pytest.raises(ClientError) as denied:
            self.client("iam", self.session("Developer", "Ana")).create_user(UserName="nobody")
        headers: dict[str, str] = denied.value.response["ResponseMetadata"]["HTTPHeaders"]
        return headers["x-iamd-authorization-message"]

    def device(self) -> tuple[str, str]:
        """Return the serial number of a new MFA device, and its next code."""
        name = self.lab.unique("phone")
        device = self.lab.iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]
        serial = str(device["SerialNumber"])
        app = Authenticator(device["Base32StringSeed"].decode())
        self.lab.iam.enable_mfa_device(
            UserName="DevAdmin",
            SerialNumber=serial,
            AuthenticationCode1=app.code(),
            AuthenticationCode2=app.code(),
        )
        return serial, app.code()

    def filled(self, command: str) -> str:
        """Return *command* with what only this world has."""
        if "SAML_ASSERTION" in command:
            return command.replace("SAML_ASSERTION", self.assertion())
        if "ENCODED_MESSAGE" in command:
            return command.replace("ENCODED_MESSAGE", self.message())
        if "MFA_SERIAL" in command:
            serial, code = self.device()
            return command.replace("MFA_SERIAL", serial).replace("MFA_CODE", code)
        return command

    def type(self, name: str, command: str, program: Program, folder: Path) -> Outcome:
        """Let Bash run an example."""
        (folder / "myfile.json").write_text(MYFILE)
        # The page's caller of AssumeRoot has a source identity.
        who = self.session("Privileged", "alice", SourceIdentity="Alice") if name == NEW else DEV_ADMIN
        environ = self.lab.environ(who, HOME=str(folder))
        environ["PATH"] = f"{Path(program.command[0]).parent}:{environ['PATH']}"
        command = self.filled(command)
        script = command if program.version.startswith("1.") else ENDPOINT_FOR_ALL + command
        return run(["bash", "-euo", "pipefail", "-c", script], environ, folder)

    def holds(self, name: str, program: Program, folder: Path) -> None:
        """Type an example, and compare its answer with the page's."""
        command = COMMANDS[name].replace(MISREAD, READ)
        answer = json.loads(self.type(name, command, program, folder).worked)
        if name == "decode-authorization-message":
            assert answer.keys() == {"DecodedMessage"}
            answer = json.loads(answer["DecodedMessage"])
        assert difference(ANSWERS[name], answer) == []


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("seed")
    idp = Idp(entity_id=ISSUER)
    (folder / "metadata.xml").write_text(idp.metadata())
    seed = shutil.copy(Path(__file__).parent / "sts_examples_seed.yaml", folder / "seed.yaml")
    with issuer() as amazon:
        # Stands in for https://api.amazon.com/auth/o2/tokeninfo.
        amazon.say("/auth/o2/tokeninfo", {"aud": APPLICATION, "user_id": SUBJECT})
        providers = folder / "identity_providers.json"
        endpoint = {"provider_id": "www.amazon.com", "url": f"{amazon.url}/auth/o2/tokeninfo"}
        providers.write_text(json.dumps({"access_tokens": [endpoint]}))
        settings = {"IAMD_IDENTITY_PROVIDERS": str(providers), "IAMD_ALLOW_PRIVATE_ISSUERS": "true"}
        with development_server(folder, "--seed", str(seed), **settings) as (found_by, root):
            yield furnished(Lab(found_by, root, folder), idp)


def furnished(lab: Lab, idp: Idp) -> Town:
    """Do what a seed cannot: access to root users of the organization."""
    made = Town(lab, idp)
    made.client("organizations").enable_aws_service_access(ServicePrincipal="iam.amazonaws.com")
    lab.iam.enable_organizations_root_sessions()
    return made


def examples() -> dict[str, str]:
    """Return the commands of the page, which come with the AWS CLI."""
    (folder,) = CLIENTS.parent.glob("lib/python3*/site-packages/awscli/examples/sts")
    return {path.stem: command_of(path.read_text(encoding="utf-8")) for path in folder.glob("*.rst")}


def command_of(page: str) -> str:
    found = re.search(r"^    aws sts .*?(?=\n\n|\Z)", page, re.DOTALL | re.MULTILINE)
    assert found
    command = textwrap.dedent(found[0])
    for shown, word in {
        r'"VERYLONG[^"]*"': '"SAML_ASSERTION"',
        r"--encoded-message \S+": "--encoded-message ENCODED_MESSAGE",
        "YourMFADeviceSerialNumber": "MFA_SERIAL",
        "--token-code 123456": "--token-code MFA_CODE",
    }.items():
        command = re.sub(shown, word, command)
    return command


@pytest.mark.parametrize("program", [AWS_CLI_1], ids=["AWS CLI 1"], indirect=True)
def test_the_commands_are_those_of_the_page(program: Program) -> None:
    assert program.version.startswith("1.")
    assert {name: command.strip() for name, command in COMMANDS.items()} == examples()


@pytest.mark.parametrize("name", OTHERS)
@flow(TITLE, AWS_CLI_1, AWS_CLI_2)
def test_an_example(name: str, town: Town, program: Program, tmp_path: Path) -> None:
    town.holds(name, program, tmp_path)


@flow(f"{TITLE}: {NEW}", AWS_CLI_1)
def test_the_newest_example(town: Town, program: Program, tmp_path: Path) -> None:
    town.holds(NEW, program, tmp_path)


@pytest.mark.parametrize("program", [AWS_CLI_1], ids=["AWS CLI 1"], indirect=True)
def test_one_example_never_leaves_the_cli(town: Town, program: Program, tmp_path: Path) -> None:
    """So nobody's server can answer it: `READ` is what its author meant."""
    name = "assume-role-with-web-identity"
    said = town.type(name, COMMANDS[name], program, tmp_path)
    assert (said.status == 0, "Unknown parameter in PolicyArns[0]" in said.err) == (False, True)
