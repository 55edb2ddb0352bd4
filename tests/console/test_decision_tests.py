"""A denial as a policy test file, which `iamd test` runs."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner
from tests.support.browser import Browser, signed_in
from tests.support.decisions import last_decision
from tests.support.world import Actor, World, allow

from iamd.cli.test import command


def asked(browser: Browser, decision_id: str) -> Any:
    return json.loads(browser.own("GetDecisionTest", {"decisionId": decision_id}).body)


def refused(actor: Actor, operation: str, **members: Any) -> None:
    service = actor.sts if operation == "assume_role" else actor.iam
    with pytest.raises(ClientError, match="AccessDenied"):
        getattr(service, operation)(**members)


def run(told: Any, folder: Path, **changes: Any) -> tuple[int, str]:
    file = told["file"]
    file["cases"][0].update(changes)
    (folder / "denial.test.json").write_text(json.dumps(file), encoding="utf-8")
    done = CliRunner().invoke(command, ["--verbose", str(folder)])
    return done.exit_code, done.output


def test_a_denial_of_a_user_is_a_test_that_passes(world: World, admin: Browser, tmp_path: Path) -> None:
    condition = {"Bool": {"aws:MultiFactorAuthPresent": "true"}, "IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}
    edge = json.dumps({"Version": "2012-10-17", "Statement": allow("iam:*")})
    boundary = world.root.iam.create_policy(PolicyName="edge", PolicyDocument=edge)["Policy"]["Arn"]
    bob = world.user("bob", allow("iam:ListUsers", Condition=condition), PermissionsBoundary=boundary)
    refused(bob, "list_users")
    told = asked(admin, last_decision(world))
    assert told["file"]["cases"] == [
        {"name": "iam:ListUsers on arn:aws:iam::123456789012:user/", "expect": "implicit_deny"}
    ]
    assert run(told, tmp_path)[0] == 0
    status, output = run(told, tmp_path, expect="allow")
    assert (status, "aws:MultiFactorAuthPresent" in output) == (1, True)
    assert (
        run(told, tmp_path, context={"aws:MultiFactorAuthPresent": "true"}, expect="allow", absent=[])[0] == 0
    )


def test_a_denial_of_a_session_is_one(world: World, admin: Browser, tmp_path: Path) -> None:
    carl = world.user("carl", allow("sts:AssumeRole"))
    role = world.role("lent", {"AWS": "arn:aws:iam::123456789012:user/carl"}, allow("iam:*"))
    policy = json.dumps({"Version": "2012-10-17", "Statement": allow("iam:Get*")})
    session = carl.assume(role, Policy=policy)
    refused(session, "list_roles")
    told = asked(admin, last_decision(world))
    assert told["file"]["principal"]["role"] == role
    assert run(told, tmp_path)[0] == 0


def test_a_denial_by_a_trust_policy_is_one(world: World, admin: Browser, tmp_path: Path) -> None:
    role = world.role("lent", {"AWS": "arn:aws:iam::123456789012:user/admin"})
    eve = world.user("eve", allow("sts:AssumeRole"))
    refused(eve, "assume_role", RoleArn=role, RoleSessionName="session")
    told = asked(admin, last_decision(world))
    assert told["file"]["resource_policy"]["Statement"]
    assert run(told, tmp_path)[0] == 0


def test_it_takes_the_permission_to_read_denials(world: World, admin: Browser) -> None:
    refused(world.user("bob"), "list_users")
    decision_id = last_decision(world)
    eve = signed_in(world, "eve", allow("iam:List*"))
    assert asked(eve, decision_id)["code"] == "AccessDenied"
    assert asked(Browser(world), decision_id)["code"] == "MissingAuthenticationToken"
    assert asked(admin, "no-such-id")["code"] == "NoSuchEntity"
