"""`iamd simulate` as its user sees it."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from iamd.cli.main import cli

BOB = "arn:aws:iam::111122223333:user/bob"
KEY = "arn:aws:s3:::reports/june.pdf"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, statement in {
        "read": {"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*"},
        "all": {"Effect": "Allow", "Action": "*", "Resource": "*"},
        "deny": {"Effect": "Deny", "Action": "s3:Put*", "Resource": "*"},
        "public": {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": "arn:aws:s3:::reports/*",
        },
        "rcp": {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"},
        "tagged": {
            "Effect": "Allow",
            "Action": "s3:*",
            "Resource": "*",
            "Condition": {
                "StringEquals": {"aws:PrincipalTag/team": "red"},
                "ForAnyValue:StringEquals": {"x:list": "b"},
                "Null": {"aws:SourceIp": "true"},
            },
        },
    }.items():
        (tmp_path / f"{name}.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": statement}))
    return tmp_path


def run(*words: str, principal: str = BOB, resource: str = KEY) -> Result:
    return CliRunner().invoke(
        cli, ["simulate", "--principal", principal, "--resource", resource, *words], catch_exceptions=False
    )


def outcomes(*words: str, **more: str) -> list[tuple[str, str]]:
    done = run("--output", "json", *words, **more)
    return [(each["outcome"], each["layer"]) for each in json.loads(done.output)]


GET, PUT = ("--action", "s3:GetObject"), ("--action", "s3:PutObject")


def test_a_table() -> None:
    done = run(*GET, *PUT, "--policy", "read.json", "--policy", "deny.json")
    assert done.exit_code == 1
    assert done.output.splitlines() == [
        f"s3:GetObject  {KEY}  Allow         identity: statement 1 (Read) of read.json",
        f"s3:PutObject  {KEY}  ExplicitDeny  identity: statement 1 of deny.json",
    ]
    assert run(*GET, "--policy", "read.json").exit_code == 0


def test_what_is_silent_is_named() -> None:
    done = run(*PUT, "--policy", "read.json")
    assert done.output.endswith(
        "ImplicitDeny  because no identity-based policy allows the s3:PutObject action\n"
    )


def test_the_root_user_needs_no_policy() -> None:
    done = run(*GET, principal="arn:aws:iam::111122223333:root")
    assert done.output == f"s3:GetObject  {KEY}  Allow  identity\n"


def test_json() -> None:
    (told,) = json.loads(run(*GET, "--policy", "read.json", "--output", "json").output)
    assert told == {
        "action": "s3:GetObject",
        "resource": KEY,
        "outcome": "Allow",
        "layer": "identity",
        "reason": "",
        "matched": [
            {"layer": "identity", "effect": "Allow", "policy": "read.json", "statement": 0, "sid": "Read"}
        ],
    }


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--policy", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"), ("Allow", "identity")),
        (("--policy", "all.json", "--boundary", "deny.json"), ("ImplicitDeny", "boundary")),
        (("--policy", "all.json", "--session-policy", "deny.json"), ("ImplicitDeny", "session")),
        (("--resource-policy", "public.json"), ("Allow", "resource")),
        (
            ("--policy", "all.json", "--scp", "FullAWSAccess,deny.json", "--scp", "all.json"),
            ("Allow", "identity"),
        ),
        (("--policy", "all.json", "--scp", "FullAWSAccess", "--scp", "deny.json"), ("ImplicitDeny", "scp")),
        (("--policy", "all.json", "--rcp", "rcp.json"), ("ExplicitDeny", "rcp")),
        (("--policy", "all.json", "--endpoint-policy", "rcp.json"), ("ExplicitDeny", "endpoint")),
        (("--policy", "all.json", "--resource-account", "999988887777"), ("ImplicitDeny", "resource")),
        (
            (
                "--policy",
                "tagged.json",
                "--tag",
                "team=red",
                "--absent",
                "aws:SourceIp",
                "--context",
                "x:list=a",
                "--context",
                "x:list=b",
            ),
            ("Allow", "identity"),
        ),
    ],
)
def test_every_layer(words: tuple[str, ...], expected: tuple[str, str]) -> None:
    assert outcomes(*GET, *words) == [expected]


def test_services_and_strangers() -> None:
    words = (*GET, "--resource-policy", "public.json", "--resource-account", "111122223333")
    for principal in ("anonymous", "ec2.amazonaws.com"):
        assert outcomes(*words, principal=principal) == [("Allow", "resource")]


def test_explanations() -> None:
    done = run(*PUT, "--policy", "read.json", "--explain")
    assert "The least change that would allow it" in done.output
    (told,) = json.loads(run(*GET, "--policy", "read.json", "--explain", "--output", "json").output)
    assert told["explanation"]["decision"]["outcome"] == "Allow"
    assert told["explanation"]["suggestions"] == []


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("--policy", "gone.json"), "iamd simulate: identity_policies[0]: "),
        (("--tag", "team"), "--tag takes KEY=VALUE"),
        (("--context", "=x"), "--context takes KEY=VALUE"),
        (("--policy", "tagged.json"), "the policies ask for `aws:SourceIp`"),
        (("--boundary", "all.json", "--boundary", "all.json"), "there is at most one"),
    ],
)
def test_what_cannot_be_asked(words: Any, error: str) -> None:
    done = run(*GET, *words)
    assert done.exit_code == 2
    assert error in done.output


def test_tags_need_somebody_who_has_them() -> None:
    done = run(*GET, "--tag", "team=red", principal="ec2.amazonaws.com")
    assert (done.exit_code, "this does not go with such a `service`" in done.output) == (2, True)
