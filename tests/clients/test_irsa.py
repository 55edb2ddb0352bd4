"""
IAM roles for service accounts: a token in a file and a role in the environment, and the client does the rest.

Nothing but AWS's own variables says where to go: ``AWS_ROLE_ARN``, ``AWS_WEB_IDENTITY_TOKEN_FILE`` and
``AWS_ENDPOINT_URL_STS``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.clients.flows import flow
from tests.clients.lab import Lab, assumed, document
from tests.clients.server import development_server
from tests.clients.terminal import Outcome, run
from tests.clients.toolchain import AWS_CLI_1, BOTO3, GO, PROGRAMS, Program
from tests.support.issuer import Issuer, issuer

SUBJECT = "system:serviceaccount:default:app"


@dataclass
class Cluster:
    """A cluster that issues tokens, and a role for one of its service accounts."""

    lab: Lab
    idp: Issuer
    role: str

    def asks(self, program: Program, folder: Path, subject: str) -> Outcome:
        """Let a client in a pod of the service account *subject* ask who it is."""
        environ = self.lab.environ(None, HOME=str(folder))
        environ["AWS_ENDPOINT_URL_STS"] = environ.pop("AWS_ENDPOINT_URL")
        environ["AWS_ROLE_ARN"] = self.role
        environ["AWS_ROLE_SESSION_NAME"] = "pod"
        token = self.idp.write_token(folder / "token", sub=subject)
        environ["AWS_WEB_IDENTITY_TOKEN_FILE"] = str(token)
        return run([*program.command, *_WORDS.get(Path(program.command[0]).name, ())], environ, folder)


_WORDS = {
    "aws": ("sts", "get-caller-identity", "--output", "json"),
    "python": (str(PROGRAMS / "python" / "program.py"),),
}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("server")
    settings = {"IAMD_ALLOW_PRIVATE_ISSUERS": "true"}
    with issuer() as idp, development_server(folder, **settings) as (found_by, root):
        yield Cluster(lab := Lab(found_by, root, folder), idp, role_for(lab, idp))


def role_for(lab: Lab, idp: Issuer) -> str:
    """Make a role for the service account."""
    provider = lab.iam.create_open_id_connect_provider(Url=idp.url, ClientIDList=["sts.amazonaws.com"])
    name = idp.url.partition("://")[2]
    trust = {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": provider["OpenIDConnectProviderArn"]},
        "Condition": {"StringEquals": {f"{name}:sub": SUBJECT, f"{name}:aud": "sts.amazonaws.com"}},
    }
    role = lab.iam.create_role(RoleName="app", AssumeRolePolicyDocument=document(trust))["Role"]
    return str(role["Arn"])


@flow("IRSA: `AWS_ROLE_ARN`, `AWS_WEB_IDENTITY_TOKEN_FILE`, `AWS_ENDPOINT_URL_STS`", AWS_CLI_1, BOTO3, GO)
def test_a_pod_gets_its_role(program: Program, cluster: Cluster, tmp_path: Path) -> None:
    said = cluster.asks(program, tmp_path, SUBJECT).worked
    assert f'"{assumed(cluster.role, "pod")}"' in said
    refused = cluster.asks(program, tmp_path, f"{SUBJECT}-2")
    assert refused.status != 0
    assert "Not authorized to perform sts:AssumeRoleWithWebIdentity" in refused.err
