"""`iamd org` and `iamd account`: an organization for people who would rather look, against a real server."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from iamd.assemble import Application
from iamd.cli.main import cli
from iamd.cli.state import ServerState, published
from iamd.secret import Secret
from iamd.server.app import Door
from iamd.server.health import health_routes
from iamd.server.run import ServerThread
from iamd.settings import Settings

ACCOUNT = "123456789012"
NO_USERS = (
    '{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "iam:CreateUser", "Resource": "*"}}'
)
NO_ROLES = """{"Version": "2012-10-17", "Statement":
  {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole", "Resource": "*"}}"""
SECRET = "root/secret/access/key/of/the/tests/0000"


@pytest.fixture(autouse=True)
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run a server, as `iamd dev` does, that the commands find."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    key = "AKIAROOTEXAMPLE00000"
    settings = Settings(root_access_key_id=key, root_secret_access_key=Secret(SECRET))
    application = Application(settings)
    door = Door(application.pipeline.handle, health_routes({}))
    try:
        with ServerThread(door) as running:
            state = ServerState(
                endpoint=running.url,
                region="eu-central-1",
                account_id=ACCOUNT,
                access_key_id=key,
                secret_access_key=Secret(SECRET),
                pid=os.getpid(),
            )
            with published(state, os.environ):
                yield
    finally:
        application.close()


def said(*words: str) -> str:
    """Return what `iamd` prints for *words*; it must succeed."""
    done = CliRunner().invoke(cli, list(words))
    assert done.exit_code == 0, done.output
    return done.output.rstrip("\n")


def refused(*words: str) -> str:
    done = CliRunner().invoke(cli, list(words))
    assert done.exit_code != 0, done.output
    return done.output.rstrip("\n").splitlines()[-1]


def made(*words: str) -> str:
    """Return the id that a command prints first."""
    return said(*words).split()[0]


def test_without_an_organization_it_says_how_to_make_one() -> None:
    assert refused("org") == "Error: there is no organization; make one with `iamd org create`"
    assert refused("account", "list") == "Error: there is no organization; make one with `iamd org create`"


def test_a_tree_grows(tmp_path: Path) -> None:
    policy, perimeter = tmp_path / "no-users.json", tmp_path / "no-roles.json"
    policy.write_text(NO_USERS)
    perimeter.write_text(NO_ROLES)

    id_ = made("org", "create")
    assert re.fullmatch("o-[a-z0-9]{10}", id_)
    root_id = json.loads(said("org", "--output", "json"))["root"]["id"]
    assert said("org") == "\n".join(
        [f"{id_}  managed by account {ACCOUNT}", f"Root  {root_id}", f"└── {ACCOUNT}  (management account)"]
    )

    workloads = made("org", "add-unit", "workloads")
    prod = made("org", "add-unit", "workloads/prod")
    sandbox = made("org", "add-unit", "/sandbox/")
    shop = made("account", "create", "shop", "--email", "shop@example.com", "--unit", "workloads/prod")
    lab = made("account", "create", "lab", "--email", "lab@example.com")
    made("org", "add-policy", "no-users", str(policy), "--attach", "prod", "--attach", "lab@example.com")
    made("org", "add-policy", "no-roles", str(perimeter), "--type", "rcp", "--attach", shop)
    said("account", "move", "lab", "sandbox")
    assert said("org") == "\n".join(
        [
            f"{id_}  managed by account {ACCOUNT}",
            f"Root  {root_id}",
            f"├── sandbox/  {sandbox}",
            f"│   └── {lab}  lab  [no-users]",
            f"├── workloads/  {workloads}",
            f"│   └── prod/  {prod}  [no-users]",
            f"│       └── {shop}  shop  [no-roles]",
            f"└── {ACCOUNT}  (management account)",
        ]
    )
    heading, *listed = said("account", "list").splitlines()
    assert heading.split() == ["account", "state", "unit", "name", "email"]
    assert [line.split() for line in listed] == sorted(
        [
            [ACCOUNT, "ACTIVE", "/", ACCOUNT],
            [lab, "ACTIVE", "/sandbox", "lab", "lab@example.com"],
            [shop, "ACTIVE", "/workloads/prod", "shop", "shop@example.com"],
        ]
    )

    said("account", "close", "lab")
    assert f"{lab}  lab  [no-users]  (closed)" in said("org")
    assert "CLOSED" in said("account", "list")


def test_what_can_be_made_can_be_changed(tmp_path: Path) -> None:
    policy = tmp_path / "all.json"
    policy.write_text(NO_USERS.replace("Deny", "Allow"))
    made("org", "create")
    made("org", "add-unit", "prod")
    policy_id = made("org", "add-policy", "users", str(policy))
    listed = [line.split() for line in said("org", "policies").splitlines()]
    assert listed == [
        ["id", "type", "name"],
        ["p-FullAWSAccess", "scp", "FullAWSAccess"],
        [policy_id, "scp", "users"],
        ["p-RCPFullAWSAccess", "rcp", "RCPFullAWSAccess"],
    ]
    said("org", "attach", "users", "prod")
    said("org", "detach", "FullAWSAccess", "prod")
    assert "[without FullAWSAccess, users]" in said("org")
    assert refused("org", "detach", policy_id, "prod").startswith("Error: ConstraintViolationException: ")
    said("org", "remove-unit", "prod")
    assert "prod" not in said("org")


def test_an_account_tells_how_to_enter_it() -> None:
    made("org", "create")
    account_id, arn = said("account", "create", "shop", "--email", "shop@example.com").split()
    assert arn == f"arn:aws:iam::{account_id}:role/OrganizationAccountAccessRole"
    other, arn = said(
        "account", "create", "lab", "--email", "lab@example.com", "--role-name", "Landlord"
    ).split()
    assert arn == f"arn:aws:iam::{other}:role/Landlord"
    members = json.loads(said("account", "list", "--output", "json"))
    assert {"id": other, "name": "lab", "email": "lab@example.com", "state": "ACTIVE", "unit": ""} in members


def test_what_is_refused_is_said_in_one_line() -> None:
    made("org", "create")
    assert refused("org", "create").startswith("Error: AlreadyInOrganizationException: ")
    assert refused("org", "remove-unit", "nowhere") == "Error: there is no unit `nowhere`; `/` is the root"
    assert refused("account", "close", "nobody") == "Error: no account is called `nobody`"
    assert refused("org", "attach", "FullAWSAccess", "nowhere") == (
        "Error: there is no unit `nowhere`; `/` is the root, and no account is called so either"
    )
    assert refused("org", "attach", "nothing", "/") == "Error: no policy is called `nothing`"
    said("account", "create", "shop", "--email", "shop@example.com")
    again = refused("account", "create", "again", "--email", "shop@example.com")
    assert again == "Error: the account was not made: EMAIL_ALREADY_EXISTS"


def test_a_name_must_be_one_unit_s_alone() -> None:
    made("org", "create")
    for path in ("a", "a/same", "b", "b/same"):
        made("org", "add-unit", path)
    assert (
        refused("org", "remove-unit", "same") == "Error: several units are called `same`: `a/same`, `b/same`"
    )
    said("org", "remove-unit", "a/same")
    said("org", "remove-unit", "same")


def test_names_cannot_steer_the_terminal() -> None:
    made("org", "create")
    made("org", "add-unit", "\x9b31mred\u202e")
    assert "\\x9b31mred\\u202e/" in said("org")
