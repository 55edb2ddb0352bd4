"""Each noun of IAM with the AWS CLI: made, told, listed, changed, tagged and deleted, as sessions/README.md has it."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from tests.clients.flows import flow
from tests.clients.lab import ACCOUNT, Lab, Member, allow, document
from tests.clients.server import development_server
from tests.clients.terminal import Outcome, run
from tests.clients.toolchain import AWS_CLI_1, AWS_CLI_2, Program
from tests.support import key_material
from tests.support.saml_metadata import metadata

SESSIONS: Final = {path.stem: path for path in sorted((Path(__file__).parent / "sessions").glob("*.txt"))}
_LINE: Final = re.compile(r"(?P<words>.*?)(?: (?P<sign>=>|->|!!) (?P<rest>.*))?")


def trusting(principal: dict[str, str]) -> str:
    actions = ["sts:AssumeRole", "sts:TagSession"] if "AWS" in principal else "sts:AssumeRole"
    return document({"Effect": "Allow", "Principal": principal, "Action": actions})


@pytest.fixture(scope="module")
def own_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Give a server of its own: the sessions change what there is one of in an account, and list everything."""
    with development_server(tmp_path_factory.mktemp("server")) as (found_by, root):
        yield Lab(found_by, root, tmp_path_factory.mktemp("home"))


@pytest.fixture
def operator(own_lab: Lab) -> Member:
    """Give somebody who may do everything in an account where there is nobody else."""
    own_lab.reset()
    return own_lab.user("admin", allow("*"))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the files that the sessions name."""
    folder = tmp_path_factory.mktemp("files")
    for name, text in {
        "read.json": document(allow("s3:GetObject")),
        "write.json": document(allow("s3:PutObject")),
        "trust.json": trusting({"Service": "ec2.amazonaws.com"}),
        "trust_of_lambda.json": trusting({"Service": "lambda.amazonaws.com"}),
        "trust_of_account.json": trusting({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}),
        "certificate.pem": key_material.certificate(),
        "private_key.pem": key_material.pem_private_key(),
        "ssh_public_key": key_material.ssh_public_key(),
        "saml_metadata.xml": metadata(),
        "saml_metadata_second.xml": metadata("https://second.example.com"),
    }.items():
        (folder / name).write_text(text)
    return folder


class Terminal:
    """Somebody who types the lines of a session, one after the other."""

    def __init__(self, lab: Lab, who: Member, program: Program, folder: Path) -> None:
        self._environ = lab.environ(who)
        self._command = (*program.command, "--endpoint-url", lab.endpoint, "--output", "text")
        self._folder = folder
        self._names = {"ACCOUNT": f"arn:aws:iam::{ACCOUNT}", "admin": who.name}

    def type(self, line: str) -> None:
        parts = _LINE.fullmatch(line)
        assert parts
        said = self._run(shlex.split(self._meant(parts["words"])))
        rest = self._meant(parts["rest"] or "")
        if parts["sign"] == "!!":
            assert said.code == rest, line
        elif parts["sign"] == "->":
            self._names[rest] = said.worked.strip()
        else:
            assert said.worked.strip() == rest, line

    def _run(self, words: list[str]) -> Outcome:
        service = [] if words[0] in {"organizations", "sts"} else ["iam"]
        return run([*self._command, *service, *words], self._environ, self._folder)

    def _meant(self, text: str) -> str:
        return re.sub(r"\b\w+\b", lambda found: self._names.get(found[0], found[0]), text)


@pytest.mark.parametrize("noun", SESSIONS)
@flow("`aws iam`, every noun: create, get, list, update, tag, delete", AWS_CLI_1, AWS_CLI_2)
def test_a_noun(noun: str, program: Program, own_lab: Lab, operator: Member, files: Path) -> None:
    terminal = Terminal(own_lab, operator, program, files)
    for line in SESSIONS[noun].read_text(encoding="utf-8").splitlines():
        only = line.startswith("1: ")
        if not only or program.version.startswith("1."):
            terminal.type(line.removeprefix("1: "))
