"""An explained denial, layer by layer: its lane, its statement, what the condition wanted and saw, and its test file."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.console.test_decision_editors import asked, member_of, refused
from tests.enforcement.test_points_and_buckets import keep
from tests.support.browser import Browser, root_in
from tests.support.loops import LoopThread
from tests.support.networked import ENDPOINT, Networked, networked
from tests.support.organization import RCP, Organized
from tests.support.world import ACCOUNT, allow, deny, document

from iamd.cli.test import command

IAM = f"arn:aws:iam::{ACCOUNT}"
HERE = {"IpAddress": {"aws:SourceIp": ["127.0.0.0/8", "192.0.2.0/24"]}}
THROUGH = {"StringEquals": {"aws:SourceVpce": ENDPOINT}}
AWAY = {"StringEquals": {"aws:username": "${aws:PrincipalTag/nobody, 'somebody'}"}}


@pytest.fixture
def world(loop: LoopThread, tmp_path: Path) -> Iterator[Networked]:
    found = networked(loop, tmp_path)
    yield found
    found.close()


def by_identity(world: Networked) -> tuple[str, Browser]:
    bob = world.user("bob", allow("iam:*"), deny("iam:List*", Condition=HERE))
    return refused(bob, "list_users"), root_in(world)


def by_boundary(world: Networked) -> tuple[str, Browser]:
    edge = world.root.iam.create_policy(
        PolicyName="edge", PolicyDocument=document(allow("*"), deny("iam:List*", Condition=HERE))
    )["Policy"]["Arn"]
    return refused(world.user("bob", allow("*"), PermissionsBoundary=edge), "list_users"), root_in(world)


def by_session(world: Networked) -> tuple[str, Browser]:
    role = world.role("lent", {"AWS": f"{IAM}:root"}, allow("iam:*"))
    carl = world.user("carl", allow("sts:*"))
    session = carl.assume(role, Policy=document(allow("*"), deny("iam:List*", Condition=HERE)))
    return refused(session, "list_users"), root_in(world)


def by_session_of_a_federated_user(world: Networked) -> tuple[str, Browser]:
    carl = world.user("carl", allow("*"))
    given = carl.sts.get_federation_token(
        Name="fed", Policy=document(allow("s3:*"), deny("s3:Get*", Condition=HERE))
    )
    fed = type(carl)(world, type(carl.credentials).of(given["Credentials"]), "fed")  # type: ignore[union-attr]
    return refused(fed, "describe_organization", "organizations"), root_in(world)


def by_trust(world: Networked) -> tuple[str, Browser]:
    trust = {"Effect": "Allow", "Principal": {"AWS": f"{IAM}:root"}, "Action": "sts:AssumeRole"}
    role = world.root.iam.create_role(
        RoleName="lent",
        AssumeRolePolicyDocument=document(trust, trust | {"Effect": "Deny", "Condition": HERE}),
    )["Role"]["Arn"]
    carl = world.user("carl", allow("sts:AssumeRole"))
    return refused(carl, "assume_role", "sts", RoleArn=role, RoleSessionName="session"), root_in(world)


def by_scp(world: Networked) -> tuple[str, Browser]:
    town = Organized.found(world)
    member, ann, browser = member_of(town)
    town.attach(member, "guard", allow("*"), deny("iam:List*", Condition=HERE))
    return refused(ann, "list_users"), browser


def by_rcp(world: Networked) -> tuple[str, Browser]:
    town = Organized.found(world)
    member, ann, browser = member_of(town)
    town.client.enable_policy_type(RootId=town.root_id, PolicyType=RCP)
    town.attach(member, "guard", deny("sts:*", Principal="*", Condition=HERE), type_=RCP)
    role = f"arn:aws:iam::{member}:role/r"
    return refused(ann, "assume_role", "sts", RoleArn=role, RoleSessionName="session"), browser


def by_endpoint(world: Networked) -> tuple[str, Browser]:
    everybody = {"Principal": "*", "Resource": "*"}
    world.endpoint(
        document(
            {"Effect": "Allow", "Action": "*"} | everybody,
            {"Effect": "Deny", "Action": "iam:List*", "Condition": THROUGH} | everybody,
        )
    )
    bob = world.user("bob", allow("*"))
    with world.through():
        decision = refused(bob, "list_users")
    return decision, root_in(world)


def by_resource(world: Networked) -> tuple[str, Browser]:
    world.user("bob", allow("s3:GetObject"))
    keep(
        world,
        "reports",
        ACCOUNT,
        {
            "Effect": "Deny",
            "Action": "s3:GetObject",
            "Principal": "*",
            "Resource": "arn:aws:s3:::reports/*",
            "Condition": {"Null": {"aws:SourceIp": "true"}},
        },
    )
    return asked(world, f"{IAM}:user/bob", "s3:GetObject", "arn:aws:s3:::reports/a"), root_in(world)


WAYS = {
    "identity": by_identity,
    "boundary": by_boundary,
    "session": by_session,
    "trust": by_trust,
    "scp": by_scp,
    "rcp": by_rcp,
    "endpoint": by_endpoint,
    "resource": by_resource,
}

SEEN = {
    "resource": ("aws:SourceIp", ["true"], None, True),
    "endpoint": ("aws:SourceVpce", [ENDPOINT], ENDPOINT, True),
}


def explained(browser: Browser, decision: str) -> Any:
    return json.loads(browser.own("GetDecision", {"decisionId": decision}).body)


def passes(browser: Browser, decision: str, folder: Path) -> None:
    told = json.loads(browser.own("GetDecisionTest", {"decisionId": decision}).body)
    assert "file" in told, told
    (folder / "denial.test.json").write_text(json.dumps(told["file"]), encoding="utf-8")
    done = CliRunner().invoke(command, ["--verbose", str(folder)])
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("layer", WAYS)
def test_the_layer_that_denies_is_told_with_its_condition(
    world: Networked, tmp_path: Path, layer: str
) -> None:
    decision, browser = WAYS[layer](world)
    page = explained(browser, decision)
    (lane,) = (lane for lane in page["lanes"] if lane["decided"])
    assert (page["decision"]["outcome"], lane["layer"], lane["standing"]) == ("ExplicitDeny", layer, "denies")
    (policy, statement) = next(
        (policy, each)
        for policy in lane["policies"]
        for each in policy["statements"]
        if each["matched"] and each["effect"] == "Deny"
    )
    written = json.loads(policy["document"])["Statement"]
    whole = [written] if isinstance(written, dict) else written
    assert whole[statement["index"]]["Effect"] == "Deny"
    (condition,) = statement["conditions"]
    seen = (condition["key"], condition["wanted"], condition["seen"], condition["held"])
    assert seen == SEEN.get(layer, ("aws:SourceIp", HERE["IpAddress"]["aws:SourceIp"], "127.0.0.1", True))
    (first, *_) = page["suggestions"]
    assert (first["change"], first["layer"]) == ("lift", layer)
    passes(browser, decision, tmp_path)


def test_a_federated_user_is_told_and_tested(world: Networked, tmp_path: Path) -> None:
    decision, browser = by_session_of_a_federated_user(world)
    page = explained(browser, decision)
    assert page["decision"]["layer"] == "session"
    passes(browser, decision, tmp_path)


def test_what_a_policy_variable_meant_is_told(world: Networked) -> None:
    bob = world.user("bob", allow("iam:ListUsers", Condition=AWAY))
    page = explained(root_in(world), refused(bob, "list_users"))
    (lane,) = (lane for lane in page["lanes"] if lane["decided"])
    (condition,) = lane["policies"][0]["statements"][0]["conditions"]
    assert (condition["meant"], condition["seen"], condition["held"]) == (["somebody"], "bob", False)
