"""What boto3 has beside its clients: resources, and the documentation's way with a virtual MFA device."""

import json
from typing import Any

from tests.clients.flows import flow
from tests.clients.lab import ACCOUNT, Lab, Member, allow, assumed
from tests.clients.terminal import run
from tests.clients.toolchain import BOTO3, PROGRAMS, Program


def steps(lab: Lab, who: Member, program: Program, script: str, *words: str) -> list[dict[str, Any]]:
    """Return the lines that a script of programs/python prints."""
    command = [*program.command, str(PROGRAMS / "python" / script), *words]
    return [json.loads(line) for line in run(command, lab.environ(who)).worked.splitlines()]


@flow("`iam.User(…).AccessKey(…).deactivate()`, `.activate()`", BOTO3)
def test_a_key_is_deactivated_and_activated_as_a_resource(program: Program, admin: Member, lab: Lab) -> None:
    bob = lab.user("bob")
    key = bob.key
    done = steps(
        lab, admin, program, "access_key_resource.py", bob.name, key.access_key_id, key.secret_access_key
    )
    inactive = {"status": "Inactive", "caller": "InvalidClientTokenId"}
    assert done == [
        {"step": "as created", "status": "Active", "caller": bob.arn},
        {"step": "deactivated"} | inactive,
        {"step": "deactivated again"} | inactive,
        {"step": "activated", "status": "Active", "caller": bob.arn},
        {"step": "deleted", "error": f"The Access Key with id {key.access_key_id} cannot be found."},
    ]


@flow("AssumeRole with a virtual MFA device", BOTO3)
def test_a_role_that_demands_mfa_is_assumed(program: Program, lab: Lab) -> None:
    bob = lab.user("bob", allow("sts:AssumeRole"), allow("iam:*MFADevice*"))
    present = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    role = lab.role("guarded", {"Principal": {"AWS": bob.arn}, "Condition": present})
    device = lab.unique("phone")
    serial = f"arn:aws:iam::{ACCOUNT}:mfa/{device}"
    assert steps(lab, bob, program, "assume_role_with_mfa.py", device, bob.name, role) == [
        {"step": "create", "serial": serial, "picture": "89504e470d0a1a0a"},
        {"step": "enable with the same code twice", "error": "InvalidAuthenticationCode"},
        {"step": "enable", "devices": [serial]},
        {"step": "assume without a code", "error": "AccessDenied"},
        {"step": "assume with a used code", "error": "AccessDenied"},
        {"step": "before", "arn": bob.arn},
        {"step": "after", "arn": assumed(role, "mfa")},
        {"step": "assume with the same code", "error": "AccessDenied"},
    ]
