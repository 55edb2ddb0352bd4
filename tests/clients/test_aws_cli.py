"""The AWS CLI, version 1 of today and version 2 as Debian has it, typed as AWS's documentation has it."""

import json
from pathlib import Path

import pytest
from tests.clients.authenticator import Authenticator
from tests.clients.flows import flow
from tests.clients.lab import ACCOUNT, AccessKey, Lab, Member, allow, assumed
from tests.clients.terminal import Outcome, run
from tests.clients.toolchain import AWS_CLI_1, AWS_CLI_2, Program

CLIS = (AWS_CLI_1, AWS_CLI_2)


class Aws:
    """A shell in which somebody types ``aws``."""

    def __init__(self, lab: Lab, program: Program, home: Path) -> None:
        self.lab = lab
        self.home = home
        # 2.9, unlike later ones, reads no endpoint from the environment.
        self.command = (*program.command, "--endpoint-url", lab.endpoint)

    def __call__(self, who: Member | AccessKey, *words: str) -> Outcome:
        return run([*self.command, *words], self.lab.environ(who, HOME=str(self.home)), self.home)

    def arn(self, who: Member | AccessKey) -> str:
        """Return whom the server takes *who* for."""
        said = self(who, "sts", "get-caller-identity", "--query", "Arn", "--output", "text")
        return said.worked.strip()


@pytest.fixture
def aws(lab: Lab, program: Program, tmp_path: Path) -> Aws:
    return Aws(lab, program, tmp_path)


def set_status(user: str, key_id: str, status: str) -> tuple[str, ...]:
    words = ("iam", "update-access-key", "--user-name", user, "--access-key-id", key_id)
    return (*words, "--status", status)


@flow("`aws iam update-access-key`", *CLIS)
def test_a_key_is_deactivated_and_activated(aws: Aws, admin: Member, lab: Lab) -> None:
    bob = lab.user("bob")
    key_id = bob.key.access_key_id
    assert aws.arn(bob) == bob.arn

    assert aws(admin, *set_status(bob.name, key_id, "Inactive")).worked == ""
    assert aws(bob, "sts", "get-caller-identity").code == "InvalidClientTokenId"
    listed = json.loads(aws(admin, "iam", "list-access-keys", "--user-name", bob.name).worked)
    assert [(each["AccessKeyId"], each["Status"]) for each in listed["AccessKeyMetadata"]] == [
        (key_id, "Inactive")
    ]

    assert aws(admin, *set_status(bob.name, key_id, "Active")).worked == ""
    assert aws.arn(bob) == bob.arn


@flow("`aws iam update-access-key` of one's own key", *CLIS)
def test_a_user_deactivates_a_key_of_their_own(aws: Aws, lab: Lab) -> None:
    bob = lab.user("bob", allow("iam:*AccessKey*", f"arn:aws:iam::{ACCOUNT}:user/${{aws:username}}"))
    second = json.loads(aws(bob, "iam", "create-access-key").worked)["AccessKey"]
    words = ("iam", "update-access-key", "--access-key-id", bob.key.access_key_id, "--status", "Inactive")
    assert aws(AccessKey(second["AccessKeyId"], second["SecretAccessKey"]), *words).worked == ""
    assert aws(bob, "sts", "get-caller-identity").code == "InvalidClientTokenId"


@flow("`aws iam update-access-key`, refusals", *CLIS)
def test_what_cannot_be_updated_is_an_error(aws: Aws, admin: Member, lab: Lab) -> None:
    bob, eve = lab.user("bob"), lab.user("eve")
    unknown = "AKIA0000000000000000"
    said = aws(admin, *set_status("nobody", bob.key.access_key_id, "Inactive"))
    assert (said.code, said.err.strip().rpartition(": ")[2]) == (
        "NoSuchEntity",
        "The user with name nobody cannot be found.",
    )
    said = aws(admin, *set_status(bob.name, unknown, "Inactive"))
    assert (said.code, said.err.strip().rpartition(": ")[2]) == (
        "NoSuchEntity",
        f"The Access Key with id {unknown} cannot be found.",
    )
    assert aws(admin, *set_status(eve.name, bob.key.access_key_id, "Inactive")).code == "NoSuchEntity"
    assert aws(admin, *set_status(bob.name, bob.key.access_key_id, "Asleep")).code == "ValidationError"
    assert aws(eve, *set_status(bob.name, bob.key.access_key_id, "Inactive")).code == "AccessDenied"
    assert aws.arn(bob) == bob.arn


@flow("`aws sts assume-role --query`", *CLIS)
def test_a_role_is_assumed(aws: Aws, lab: Lab) -> None:
    role = lab.role("auditor", f"arn:aws:iam::{ACCOUNT}:root", allow("iam:ListUsers"))
    bob = lab.user("bob", allow("sts:AssumeRole", role))
    assert aws.arn(bob) == bob.arn
    assert aws(bob, "iam", "list-users").code == "AccessDenied"

    words = ("sts", "assume-role", "--role-arn", role, "--role-session-name", "audit")
    query = "Credentials.[AccessKeyId,SecretAccessKey,SessionToken]"
    printed = aws(bob, *words, "--query", query, "--output", "text").worked
    session = AccessKey(*printed.strip().split("\t"))

    assert aws.arn(session) == assumed(role, "audit")
    assert bob.name in aws(session, "iam", "list-users", "--query", "Users[].UserName").worked
    assert aws(session, "iam", "list-roles").code == "AccessDenied"
    assert aws.arn(bob) == bob.arn


@flow("`aws sts assume-role` with a virtual MFA device", *CLIS)
def test_a_role_that_demands_mfa_is_assumed(aws: Aws, admin: Member, lab: Lab) -> None:
    bob = lab.user("bob", allow("sts:AssumeRole"))
    role = lab.role(
        "guarded",
        {
            "Principal": {"AWS": bob.arn},
            "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
        },
    )
    made = aws(
        admin,
        *("iam", "create-virtual-mfa-device", "--virtual-mfa-device-name", bob.name),
        *("--bootstrap-method", "Base32StringSeed", "--outfile", "seed.txt"),
    )
    serial = json.loads(made.worked)["VirtualMFADevice"]["SerialNumber"]
    app = Authenticator((aws.home / "seed.txt").read_text())
    enabled = aws(
        admin,
        *("iam", "enable-mfa-device", "--user-name", bob.name, "--serial-number", serial),
        *("--authentication-code1", app.code(), "--authentication-code2", app.code()),
    )
    assert enabled.worked == ""

    words = ("sts", "assume-role", "--role-arn", role, "--role-session-name", "mfa")
    assert aws(bob, *words).code == "AccessDenied"
    answer = json.loads(aws(bob, *words, "--serial-number", serial, "--token-code", app.code()).worked)
    temporary = answer["Credentials"]
    names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
    assert aws.arn(AccessKey(*(temporary[name] for name in names))) == assumed(role, "mfa")


@flow("`aws iam list-users` in pages", *CLIS)
def test_lists_come_in_pages(aws: Aws, admin: Member, lab: Lab) -> None:
    for _ in range(5):
        lab.iam.create_user(UserName=lab.unique("page"), Path="/pages/")
    words = ("iam", "list-users", "--path-prefix", "/pages/", "--page-size", "2")

    whole = json.loads(aws(admin, *words).worked)["Users"]
    first = json.loads(aws(admin, *words, "--max-items", "3").worked)
    rest = json.loads(aws(admin, *words, "--starting-token", first["NextToken"]).worked)
    assert [len(first["Users"]), len(rest["Users"])] == [3, len(whole) - 3]
    assert first["Users"] + rest["Users"] == whole
