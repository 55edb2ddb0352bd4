"""Principal Mapper maps the account: who is an administrator, who can become one, and how; iamd agrees with the map."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from tests.clients.auditors.conftest import ADMINISTRATOR
from tests.clients.authenticator import Authenticator
from tests.clients.flows import flow
from tests.clients.lab import ACCOUNT, AccessKey, Lab
from tests.clients.terminal import run
from tests.clients.toolchain import Program
from tests.clients.tools import PMAPPER

MANAGEMENT = AccessKey("AKIAMANAGEMENTEXAMPLE", "secret-of-the-management-account-of-tests-0")
OPERATOR = f"arn:aws:iam::{ACCOUNT}:role/operator"
# Other services have ways up, too; there is none here but IAM and STS.
OF_IAM = ("--include-regions", "us-east-1", "--include-services", "iam", "sts")

USERS = ("assumes", "assumes-bounded", "makes-keys", "makes-no-keys", "reader")

Mapper = Callable[..., str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give the folder in which Principal Mapper keeps what it has learned."""
    return tmp_path / "maps"


def mapper(lab: Lab, program: Program, folder: Path) -> Mapper:
    def pmapper(who: AccessKey | None, *words: str) -> str:
        said = run([*program.command, *words], lab.environ(who, XDG_DATA_HOME=str(folder)), folder.parent)
        assert said.status == 0, said.out + said.err
        return said.out

    return pmapper


def mapped(folder: Path, part: str) -> Any:
    return json.loads((folder / "principalmapper" / ACCOUNT / "graph" / f"{part}.json").read_text())


def edges(folder: Path) -> set[tuple[str, str, str]]:
    """Return who can become whom, and how."""
    return {
        (short(each["source"]), each["short_reason"], short(each["destination"]))
        for each in mapped(folder, "edges")
    }


def short(arn: str) -> str:
    return arn.rpartition(":")[2]


def give_device(lab: Lab, user: str) -> None:
    device = lab.iam.create_virtual_mfa_device(VirtualMFADeviceName=user)["VirtualMFADevice"]
    app = Authenticator(device["Base32StringSeed"].decode())
    codes = {"AuthenticationCode1": app.code(), "AuthenticationCode2": app.code()}
    lab.iam.enable_mfa_device(UserName=user, SerialNumber=device["SerialNumber"], **codes)


class As:
    """What a user of the account can do."""

    def __init__(self, lab: Lab, user: str) -> None:
        made = lab.iam.create_access_key(UserName=user)["AccessKey"]
        self._clients = {
            service: boto3.client(
                service,
                endpoint_url=lab.endpoint,
                region_name="us-east-1",
                aws_access_key_id=made["AccessKeyId"],
                aws_secret_access_key=made["SecretAccessKey"],
            )
            for service in ("iam", "sts")
        }

    def __call__(self, service: str, operation: str, **params: Any) -> str:
        """Return how IAM or STS answers: ``done``, or the code of the error."""
        try:
            getattr(self._clients[service], operation)(**params)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "done"


@flow("`graph create`: administrators, and the ways to become one", PMAPPER)
def test_it_maps_who_can_become_whom(program: Program, audited: Lab, folder: Path) -> None:
    give_device(audited, "root-like")
    pmapper = mapper(audited, program, folder)

    pmapper(ADMINISTRATOR, "graph", "create", *OF_IAM)

    nodes = {short(each["arn"]): each for each in mapped(folder, "nodes")}
    assert {name for name, each in nodes.items() if each["is_admin"]} == {
        "role/operator",
        "user/attaches",
        "user/full-iam",
        "user/raises-versions",
        "user/root-like",
    }
    assert {name: each["access_keys"] for name, each in nodes.items() if each["access_keys"]} == {
        "user/reader": 1,
        "user/root-like": 1,
    }
    assert [name for name, each in nodes.items() if each["has_mfa"]] == ["user/root-like"]
    assert [name for name, each in nodes.items() if each["permissions_boundary"]] == ["user/assumes-bounded"]
    assert edges(folder) == {
        ("user/makes-keys", "IAM", "user/root-like"),
        ("user/assumes", "AssumeRole", "role/operator"),
    }


@flow("`query`, and iamd agrees", PMAPPER)
def test_the_map_is_right(program: Program, audited: Lab, folder: Path) -> None:
    pmapper = mapper(audited, program, folder)
    pmapper(ADMINISTRATOR, "graph", "create", *OF_IAM)

    said = pmapper(None, "--account", ACCOUNT, "query", "preset privesc *")

    assert {line.split(" can escalate")[0] for line in said.splitlines() if "can escalate" in line} == {
        "user/assumes",
        "user/makes-keys",
    }
    actors = {user: As(audited, user) for user in USERS}
    up = {"RoleArn": OPERATOR, "RoleSessionName": "up"}
    assert {user: act("sts", "assume_role", **up) for user, act in actors.items()} == refused("assumes")
    root_like = {"UserName": "root-like"}
    assert {user: act("iam", "create_access_key", **root_like) for user, act in actors.items()} == refused(
        "makes-keys"
    )


def refused(*but: str) -> dict[str, str]:
    """Return what all users are answered, when it is done for those alone."""
    return {user: "done" if user in but else "AccessDenied" for user in USERS}


@flow("`orgs create`: ways that service control policies close", PMAPPER)
def test_it_sees_what_the_organization_forbids(program: Program, organized: Lab, folder: Path) -> None:
    pmapper = mapper(organized, program, folder)
    pmapper(ADMINISTRATOR, "graph", "create", "--ignore-orgs", *OF_IAM)
    assert edges(folder) == {
        ("user/assumes", "AssumeRole", "role/operator"),
        ("user/makes-keys", "IAM", "user/assumes"),
        ("user/makes-keys", "IAM", "user/root-like"),
    }

    pmapper(MANAGEMENT, "graph", "create", *OF_IAM)
    pmapper(MANAGEMENT, "orgs", "create")
    pmapper(ADMINISTRATOR, "graph", "create", *OF_IAM)

    assert edges(folder) == {("user/assumes", "AssumeRole", "role/operator")}
