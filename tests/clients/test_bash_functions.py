"""Bash functions around the AWS CLI, in the manner of AWS's code examples (programs/bash)."""

import re
from pathlib import Path

import pytest
from tests.clients.flows import flow
from tests.clients.lab import ACCOUNT, AccessKey, Lab, Member, allow, assumed
from tests.clients.terminal import Outcome, run
from tests.clients.toolchain import AWS_CLI_1, AWS_CLI_2, PROGRAMS, Program

CLIS = (AWS_CLI_1, AWS_CLI_2)

# How somebody whose CLI reads no endpoint from the environment (before 2.13) brings the functions to use it.
ENDPOINT_FOR_ALL = 'aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }'


class Bash:
    """A shell that has the functions."""

    def __init__(self, lab: Lab, program: Program, home: Path) -> None:
        self.lab = lab
        self.home = home
        self.folder = Path(program.command[0]).parent

    def __call__(self, who: Member | AccessKey, *words: str) -> Outcome:
        environ = self.lab.environ(who, HOME=str(self.home))
        environ["PATH"] = f"{self.folder}:{environ['PATH']}"
        lines = [f"source {file}" for file in sorted((PROGRAMS / "bash").glob("*.sh"))]
        script = "\n".join([ENDPOINT_FOR_ALL, *lines, '"$@"'])
        return run(["bash", "-u", "-o", "pipefail", "-c", script, "bash", *words], environ, self.home)


@pytest.fixture
def bash(lab: Lab, program: Program, tmp_path: Path) -> Bash:
    return Bash(lab, program, tmp_path)


def update(user: str, key_id: str, *options: str) -> tuple[str, ...]:
    return ("iam_update_access_key", "-u", user, "-k", key_id, *options)


@flow("Bash function iam_update_access_key", *CLIS)
def test_the_function_deactivates_and_activates(bash: Bash, admin: Member, lab: Lab) -> None:
    bob = lab.user("bob")
    whoami = ("aws", "sts", "get-caller-identity", "--query", "Arn", "--output", "text")
    words = update(bob.name, bob.key.access_key_id)
    assert bash(bob, *whoami).worked.strip() == bob.arn
    assert bash(admin, *words, "-d").worked == ""
    assert bash(bob, *whoami).code == "InvalidClientTokenId"
    assert bash(admin, *words, "-a").worked == ""
    assert bash(bob, *whoami).worked.strip() == bob.arn


@flow("Bash function iam_update_access_key, refusals", *CLIS)
def test_the_function_refuses_what_it_cannot_do(bash: Bash, admin: Member, lab: Lab) -> None:
    bob = lab.user("bob")
    key_id = bob.key.access_key_id

    def refused(*words: str) -> str:
        said = bash(admin, *words)
        assert (said.status, said.out) == (1, "")
        return said.err.strip().splitlines()[-1]

    assert refused(*update(bob.name, key_id, "-a", "-d")) == "ERROR: -a and -d exclude each other."
    assert refused(*update(bob.name, key_id)) == "ERROR: give one of -a and -d."
    assert refused("iam_update_access_key", "-k", key_id, "-d") == "ERROR: name the user with -u."
    assert refused("iam_update_access_key", "-u", bob.name, "-d") == "ERROR: name the access key with -k."
    failed = r"An error occurred \(NoSuchEntity\) when calling the UpdateAccessKey operation.*: "
    nobody = "The user with name nobody cannot be found."
    assert re.fullmatch(failed + re.escape(nobody), refused(*update("nobody", key_id, "-d")))
    unknown = "AKIA0000000000000000"
    no_key = f"The Access Key with id {unknown} cannot be found."
    assert re.fullmatch(failed + re.escape(no_key), refused(*update(bob.name, unknown, "-d")))
    status = lab.iam.list_access_keys(UserName=bob.name)["AccessKeyMetadata"][0]["Status"]
    assert status == "Active"


@flow("Bash function sts_assume_role", *CLIS)
def test_the_function_assumes_a_role(bash: Bash, lab: Lab) -> None:
    role = lab.role("deployer", f"arn:aws:iam::{ACCOUNT}:root")
    bob = lab.user("bob", allow("sts:AssumeRole", role))
    whoami = ("aws", "sts", "get-caller-identity", "--query", "Arn", "--output", "text")
    assert bash(bob, *whoami).worked.strip() == bob.arn

    printed = bash(bob, "sts_assume_role", "-n", "deploy", "-r", role).worked
    session = AccessKey(*printed.strip().split("\t"))
    assert bash(session, *whoami).worked.strip() == assumed(role, "deploy")

    stranger = lab.user("stranger")
    said = bash(stranger, "sts_assume_role", "-n", "deploy", "-r", role)
    assert (said.status, said.out, "(AccessDenied)" in said.err) == (1, "", True)
    said = bash(bob, "sts_assume_role", "-n", "deploy")
    assert (said.status, said.err.strip()) == (
        1,
        "ERROR: give the session's name with -n and the role with -r.",
    )
