"""Every SDK does the same, with its own program (programs/README.md), in its own words."""

import json
import subprocess
from typing import Any

import pytest
from tests.clients.flows import flow
from tests.clients.lab import ACCOUNT, Lab, Member, assumed
from tests.clients.toolchain import (
    BOTO3,
    GO,
    JAVA,
    JAVASCRIPT_2,
    JAVASCRIPT_3,
    PROGRAMS,
    RUBY,
    RUST,
    Client,
    Program,
)

SDKS = (BOTO3, JAVASCRIPT_2, JAVASCRIPT_3, JAVA, GO, RUST, RUBY)
SCRIPTS = {BOTO3.name: PROGRAMS / "python" / "program.py"}
RUN_SECONDS = 120

# How an SDK names the error NoSuchEntity, where that is not by its code.
NO_SUCH_ENTITY = {JAVASCRIPT_3.name: "NoSuchEntityException"}


class Run:
    """What one program did: its lines, by step."""

    def __init__(self, lab: Lab, admin: Member, client: Client, program: Program) -> None:
        self.client = client
        self.user = lab.unique("sdk")
        self.role = lab.role("sdk", f"arn:aws:iam::{ACCOUNT}:root")
        script = SCRIPTS.get(client.name)
        command = [*program.command, *([str(script)] if script else []), self.user, self.role]
        done = subprocess.run(  # noqa: S603  a program of this folder
            command, env=lab.environ(admin), capture_output=True, text=True, check=False, timeout=RUN_SECONDS
        )
        # What a program that ended well writes there is a warning (a version of Node, of the JVM).
        self.failure = done.stderr[-4000:] or "no message" if done.returncode else ""
        self.steps = {line["step"]: line for line in map(json.loads, done.stdout.splitlines())}

    def says(self, key: str, *steps: str) -> dict[str, Any]:
        """Return what each of *steps* said; the program must have ended well."""
        if self.failure:
            pytest.fail(f"the program failed after {list(self.steps)}:\n{self.failure}")
        return {step: self.steps[step].get(key) for step in steps}


_RUNS: dict[str, Run] = {}


@pytest.fixture
def run(
    lab: Lab, admin: Member, program: Program, versions: dict[str, str], request: pytest.FixtureRequest
) -> Run:
    """Run the program of the SDK, once for all tests."""
    client: Client = request.node.callspec.params["program"]
    if client.name not in _RUNS:
        _RUNS[client.name] = Run(lab, admin, client, program)
    done = _RUNS[client.name]
    versions.setdefault(client.name, done.steps.get("client", {}).get("version", "").removeprefix("v"))
    return done


@flow("GetCallerIdentity", *SDKS)
def test_the_sdk_learns_who_it_is(run: Run, admin: Member) -> None:
    assert run.says("arn", "who-am-i") == {"who-am-i": admin.arn}


@flow("users, and the SDK's types of error", *SDKS)
def test_users_come_and_go(run: Run) -> None:
    created = run.says("arn", "create-user")
    assert created == {"create-user": f"arn:aws:iam::{ACCOUNT}:user/{run.user}"}
    assert run.says("error", "create-user-again", "get-deleted-user") == {
        "create-user-again": "EntityAlreadyExists",
        "get-deleted-user": NO_SUCH_ENTITY.get(run.client.name, "NoSuchEntity"),
    }


@flow("UpdateAccessKey", *SDKS)
def test_access_keys_are_deactivated_and_activated(run: Run) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:user/{run.user}"
    assert run.says("arn", "use-key", "use-key-again") == {"use-key": arn, "use-key-again": arn}
    assert run.says("status", "deactivate", "activate") == {"deactivate": "Inactive", "activate": "Active"}
    assert run.says("error", "use-inactive-key", "use-deleted-key") == {
        "use-inactive-key": "InvalidClientTokenId",
        "use-deleted-key": "InvalidClientTokenId",
    }


@flow("AssumeRole", *SDKS)
def test_roles_are_assumed(run: Run) -> None:
    session = assumed(run.role, "program")
    said = run.says("arn", "assume-role", "who-am-i-as-role")
    assert said == {"assume-role": session, "who-am-i-as-role": session}


@flow("AccessDenied", *SDKS)
def test_nothing_is_allowed_without_a_policy(run: Run) -> None:
    assert run.says("error", "act-without-policy", "assume-role-without-policy") == {
        "act-without-policy": "AccessDenied",
        "assume-role-without-policy": "AccessDenied",
    }
