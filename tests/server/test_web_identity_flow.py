"""
The flow of a pod: a token in a file, a role in the environment, and boto3 does the rest.

AWS: *IAM roles for service accounts*.  Everything is real: a server with sockets, an issuer on loopback, and boto3's own
credential provider.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.issuer import Issuer, issuer
from tests.support.loops import loop_thread
from tests.support.world import ACCOUNT, World, allow, document

from iamd.secret import Secret
from iamd.server.app import Door
from iamd.server.run import ServerThread
from iamd.settings import Settings

pytestmark = pytest.mark.slow

SUBJECT = "system:serviceaccount:default:app"
PROGRAM = """
import boto3, json
session = boto3.session.Session()
who = session.client("sts").get_caller_identity()
users = session.client("iam").list_users()["Users"]
print(json.dumps([session.get_credentials().method, who["Arn"], users]))
"""


@pytest.fixture
def idp() -> Iterator[Issuer]:
    with issuer() as made:
        yield made


@pytest.fixture
def world(idp: Issuer) -> Iterator[World]:
    settings = Settings(
        account_id=ACCOUNT,
        root_access_key_id="AKIAROOTEXAMPLE00000",
        root_secret_access_key=Secret("root/secret/access/key/of/the/tests/0000"),
        allow_private_issuers=True,
    )
    with loop_thread() as loop:
        made = World(loop, settings)
        trusting(made, idp)
        yield made
        made.close()


def trusting(world: World, idp: Issuer) -> None:
    iam, name = world.root.iam, idp.url.partition("://")[2]
    provider = iam.create_open_id_connect_provider(Url=idp.url, ClientIDList=["sts.amazonaws.com"])
    trust = allow(
        "sts:AssumeRoleWithWebIdentity",
        None,
        Principal={"Federated": provider["OpenIDConnectProviderArn"]},
        Condition={"StringEquals": {f"{name}:sub": SUBJECT, f"{name}:aud": "sts.amazonaws.com"}},
    )
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=document(trust))
    iam.put_role_policy(RoleName="app", PolicyName="own", PolicyDocument=document(allow("iam:ListUsers")))


def run(folder: Path, token: Path, url: str) -> "subprocess.CompletedProcess[str]":
    environment = {
        "AWS_ROLE_ARN": f"arn:aws:iam::{ACCOUNT}:role/app",
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(token),
        "AWS_ROLE_SESSION_NAME": "pod",
        "AWS_ENDPOINT_URL_STS": url,
        "AWS_ENDPOINT_URL_IAM": url,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "1",
        "HOME": str(folder),
    }
    return subprocess.run(  # noqa: S603  our own program
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=False
    )


def test_a_pod_gets_its_role(world: World, idp: Issuer, tmp_path: Path) -> None:
    with ServerThread(Door(world.app.pipeline.handle)) as server:
        done = run(tmp_path, idp.write_token(tmp_path / "token", sub=SUBJECT), server.url)
        assert (done.returncode, done.stderr) == (0, "")
        assert json.loads(done.stdout) == [
            "assume-role-with-web-identity",
            f"arn:aws:sts::{ACCOUNT}:assumed-role/app/pod",
            [],
        ]
        other = run(tmp_path, idp.write_token(tmp_path / "other", sub=SUBJECT + "2"), server.url)
        assert "Not authorized to perform sts:AssumeRoleWithWebIdentity" in other.stderr
