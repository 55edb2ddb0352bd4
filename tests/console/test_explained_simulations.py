"""Simulations as the console tells them: with what decides, and with the visitor's own permissions."""

import json
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner
from tests.support.browser import Browser, said, signed_in
from tests.support.world import ACCOUNT, World, allow, deny, document

from iamd.cli.test import command

BOB: Final = f"arn:aws:iam::{ACCOUNT}:user/bob"
USERS: Final = f"arn:aws:iam::{ACCOUNT}:user/"
PAGES: Final = {"principal": "ExplainPrincipalSimulation", "custom": "ExplainCustomSimulation"}
ACTIONS: Final = [
    "iam:SimulatePrincipalPolicy",
    "iam:GetAccountAuthorizationDetails",
    "iam:GetRequestAuthorizationDetails",
]


def visitor(world: World, name: str, *actions: str) -> Browser:
    return signed_in(world, name, allow(list(actions)))


@pytest.fixture
def admin(world: World) -> Browser:
    return visitor(world, "admin", *ACTIONS, "iam:SimulateCustomPolicy")


def asked(
    browser: Browser, members: Any, want: str = "explanation", page: str = "principal", **more: Any
) -> Any:
    answer = browser.own(PAGES[page], {"members": members, "want": want} | more)
    assert answer.status == 200, answer.body
    return json.loads(answer.body)


def about(*actions: str, on: str | list[str] = USERS, **more: Any) -> dict[str, Any]:
    on = [on] if isinstance(on, str) else on
    return {"PolicySourceArn": BOB, "ActionNames": list(actions), "ResourceArns": on} | more


def test_every_layer_that_bears_on_it_is_told(world: World, admin: Browser) -> None:
    edge = document(allow("iam:*"))
    boundary = world.root.iam.create_policy(PolicyName="edge", PolicyDocument=edge)["Policy"]["Arn"]
    condition = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    world.user("bob", allow("iam:ListUsers", Condition=condition), PermissionsBoundary=boundary)
    told = asked(
        admin,
        about("iam:ListUsers", "iam:ListRoles"),
        action="iam:ListUsers",
        resource=USERS,
        sessionPolicies=[document(allow("iam:List*"))],
        endpointPolicy=document(allow("*", Principal="*")),
    )
    standings = {lane["layer"]: lane["standing"] for lane in told["lanes"]}
    assert standings == {
        "endpoint": "allows",
        "identity": "silent",
        "boundary": "allows",
        "session": "allows",
    }
    (lane,) = (each for each in told["lanes"] if each["layer"] == "identity")
    (condition,) = lane["policies"][0]["statements"][0]["conditions"]
    assert (condition["wanted"], condition["seen"], condition["held"]) == (["true"], None, False)
    (suggestion,) = told["suggestions"]
    assert (suggestion["element"], suggestion["policy"]["name"]) == ("Condition", "test")


def test_layers_that_the_api_does_not_know_decide_too(world: World, admin: Browser) -> None:
    world.user("bob", allow("iam:*"))
    narrow: dict[str, Any] = {"sessionPolicies": [document(allow("iam:ListUsers"))]}
    members = about("iam:ListUsers", "iam:ListRoles", on="*")
    results = asked(admin, members, "results", **narrow)["EvaluationResults"]
    assert [each["EvalDecision"] for each in results] == ["allowed", "implicitDeny"]
    closed = document(allow("*", Principal="*"), deny("iam:ListUsers", Principal="*"))
    results = asked(admin, members, "results", endpointPolicy=closed)["EvaluationResults"]
    assert [each["EvalDecision"] for each in results] == ["explicitDeny", "allowed"]
    plain = admin.result("iam", "SimulatePrincipalPolicy", **members)["EvaluationResults"]
    assert asked(admin, members, "results")["EvaluationResults"] == plain


def test_policies_that_come_along_are_explained(admin: Browser) -> None:
    members = {
        "PolicyInputList": [document(allow("s3:GetObject", "arn:aws:s3:::reports/*"))],
        "ActionNames": ["s3:GetObject"],
        "ResourceArns": ["arn:aws:s3:::reports/1", "arn:aws:s3:::other/1"],
        "OrderedOrganizationPolicyInputList": [{"ServiceControlPolicyInputList": [document(allow("*"))]}],
    }
    pair = {"action": "s3:GetObject", "resource": "arn:aws:s3:::other/1"}
    told = asked(admin, members, page="custom", **pair)
    assert [lane["layer"] for lane in told["lanes"]] == ["scp", "identity"]
    assert told["decision"]["layer"] == "identity"
    (suggestion,) = told["suggestions"]
    assert suggestion["policy"]["name"] == "PolicyInputList.1"
    assert suggestion["becomes"]["Resource"] == ["arn:aws:s3:::reports/*", "arn:aws:s3:::other/1"]


def test_all_of_it_is_a_test_file_that_passes(world: World, admin: Browser, tmp_path: Path) -> None:
    world.user("bob", allow("iam:Get*"), allow("sts:AssumeRole"), deny("iam:GetRole"))
    open_role = world.role("open", {"AWS": BOB})
    shut = world.role("shut", {"Service": "ec2.amazonaws.com"})
    members = about("sts:AssumeRole", "iam:GetRole", "iam:ListRoles", on=[open_role, shut])
    file = asked(admin, members, "test")["file"]
    assert "identity_policies" in file
    assert [(case["expect"], "resource_policy" in case) for case in file["cases"]] == [
        ("allow", True),
        ("implicit_deny", True),
        ("explicit_deny", False),
        ("explicit_deny", False),
        ("implicit_deny", False),
        ("implicit_deny", False),
    ]
    (tmp_path / "simulated.test.json").write_text(json.dumps(file), encoding="utf-8")
    done = CliRunner().invoke(command, [str(tmp_path)])
    assert (done.exit_code, "6 passed" in done.output) == (0, True), done.output
    file["cases"][1]["expect"] = "allow"
    (tmp_path / "simulated.test.json").write_text(json.dumps(file), encoding="utf-8")
    assert CliRunner().invoke(command, [str(tmp_path)]).exit_code == 1


@pytest.mark.parametrize("lacking", ACTIONS)
def test_it_has_no_powers_of_its_own(world: World, lacking: str) -> None:
    world.user("bob")
    browser = visitor(world, "eve", *(action for action in ACTIONS if action != lacking))
    pair = {"action": "iam:ListUsers", "resource": USERS}
    answer = browser.own(
        PAGES["principal"], {"members": about("iam:ListUsers"), "want": "explanation"} | pair
    )
    status, code, message = said(answer)
    assert (status, code) == (403, "AccessDenied")
    assert lacking in message
    custom = browser.own(
        PAGES["custom"],
        {"members": {"PolicyInputList": [], "ActionNames": ["iam:ListUsers"]}, "want": "results"},
    )
    assert said(custom)[1] == "AccessDenied"


@pytest.mark.parametrize(
    ("members", "more", "code"),
    [
        ({"Surprise": 1}, {}, "InvalidParameterValue"),
        ({"ActionNames": "iam:ListUsers"}, {}, "MalformedInput"),
        ({"ActionNames": ["no action"]}, {}, "InvalidInput"),
        ({"PolicySourceArn": "arn:aws:iam::123456789012:user/nobody"}, {}, "NoSuchEntity"),
        ({}, {"action": "iam:GetUser"}, "InvalidInput"),
        ({}, {"sessionPolicies": ["no policy"]}, "InvalidInput"),
        ({}, {"sessionPolicies": ["{}"] * 12}, "InvalidInput"),
        ({}, {"endpointPolicy": "{"}, "InvalidInput"),
        ({}, {"surprise": 1}, "InvalidInput"),
        ({}, {"want": "everything"}, "InvalidInput"),
        ({"ResourceArns": [f"{USERS}{number}" for number in range(201)]}, {"want": "test"}, "InvalidInput"),
    ],
    ids=lambda value: value if isinstance(value, str) else ",".join(value),
)
def test_what_is_wrong_with_a_question_is_said(
    world: World, admin: Browser, members: Any, more: Any, code: str
) -> None:
    world.user("bob")
    content = (
        {"members": about("iam:ListUsers") | members, "want": "explanation", "resource": USERS}
        | {"action": "iam:ListUsers"}
        | more
    )
    status, said_code, _ = said(admin.own(PAGES["principal"], content))
    assert (400 <= status < 500, said_code) == (True, code)


def test_the_gate_is_around_it(world: World, admin: Browser) -> None:
    """R-82."""
    for page in PAGES.values():
        assert said(admin.post(f"/_iamd/api/console/{page}", origin="https://evil.example"))[0] == 403
        assert Browser(world).own(page).status != 200
