"""`iamd whoami`, against a server that is there."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml
from tests.support.answers import arn
from tests.support.command_line import CommandLine, command_line
from tests.support.loops import LoopThread
from tests.support.world import ACCOUNT, Actor, allow, deny, document

READS = allow(["iam:Get*", "iam:List*", "organizations:*", "sts:AssumeRole"])


@pytest.fixture(scope="module")
def line(loop: LoopThread, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    with command_line(loop, tmp_path_factory.mktemp("home")) as found:
        found.world.root.iam.create_account_alias(AccountAlias="acme")
        limits = found.world.root.iam.create_policy(PolicyName="limits", PolicyDocument=document(READS))
        boundary = limits["Policy"]["Arn"]
        bob = found.world.user("bob", READS, Path="/staff/", PermissionsBoundary=boundary)
        bob.iam.get_user()
        found.world.role("worker", {"AWS": arn("user/staff/bob")}, READS, Path="/jobs/")
        yield found


@pytest.fixture(scope="module")
def bob(line: CommandLine) -> Actor:
    key = line.world.root.iam.create_access_key(UserName="bob")["AccessKey"]
    return Actor(
        line.world,
        type(line.world.root.credentials).of(key),  # type: ignore[union-attr]
        "bob",
    )


def test_a_user_is_told_with_the_boundary(line: CommandLine, bob: Actor) -> None:
    assert bob.credentials is not None
    found = line.json(bob, "whoami")
    unique_id = found.pop("UserId")
    assert unique_id.startswith("AIDA")
    assert found == {
        "Arn": arn("user/staff/bob"),
        "Account": ACCOUNT,
        "AccountAlias": "acme",
        "Kind": "IAM user",
        "AccessKeyId": bob.credentials.access_key_id,
        "Method": "env",
        "Profile": None,
        "Temporary": False,
        "MultiFactorAuthPresent": False,
        "Expiration": None,
        "Endpoint": line.url,
        "PermissionsBoundary": arn("policy/limits"),
        "SessionPolicy": None,
        "ServiceControlPolicies": [],
        "Unknown": {},
    }


def test_of_a_session_what_the_api_does_not_tell_is_unknown_and_not_none(
    line: CommandLine, bob: Actor
) -> None:
    session = bob.assume(arn("role/jobs/worker"), "night")
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=59, seconds=30)
    found = line.json(session, "whoami")
    assert (found["Arn"], found["Kind"]) == (
        arn("assumed-role/worker/night").replace(":iam:", ":sts:"),
        "session of a role",
    )
    assert (found["Temporary"], found["MultiFactorAuthPresent"], found["Expiration"]) == (True, None, None)
    assert set(found["Unknown"]) == {"SessionPolicy", "MultiFactorAuthPresent", "Expiration"}
    told = line.run(session, "whoami", AWS_CREDENTIAL_EXPIRATION=until.isoformat()).output
    assert f"good until            {until:%Y-%m-%d %H:%M}Z (in 59 minutes)\n" in told
    assert "session policy        unknown: AWS's API does not tell\n" in told
    assert "permissions boundary  none\n" in told


def test_what_one_may_not_ask_is_unknown(line: CommandLine) -> None:
    eve = line.world.user("eve", deny("*"))
    found = line.json(eve, "whoami")
    why = "the caller may not ask"
    assert found["Unknown"] == dict.fromkeys(
        ("PermissionsBoundary", "ServiceControlPolicies", "AccountAlias"), why
    )
    assert (found["PermissionsBoundary"], found["ServiceControlPolicies"]) == (None, None)
    told = line.run(eve, "whoami").output
    assert f"SCPs                  unknown: {why}\n" in told


def test_service_control_policies_are_told_up_to_the_root(line: CommandLine) -> None:
    root = line.world.root
    organizations = root.organizations
    organizations.create_organization(FeatureSet="ALL")
    (top,) = organizations.list_roots()["Roots"]
    organizations.enable_policy_type(RootId=top["Id"], PolicyType="SERVICE_CONTROL_POLICY")
    made = organizations.create_account(AccountName="tests", Email="t@example.com")["CreateAccountStatus"]
    unit = organizations.create_organizational_unit(ParentId=top["Id"], Name="lab")["OrganizationalUnit"][
        "Id"
    ]
    account = organizations.describe_create_account_status(CreateAccountRequestId=made["Id"])[
        "CreateAccountStatus"
    ]["AccountId"]
    organizations.move_account(AccountId=account, SourceParentId=top["Id"], DestinationParentId=unit)
    policy = organizations.create_policy(
        Name="no-keys",
        Description="",
        Type="SERVICE_CONTROL_POLICY",
        Content=document(deny("iam:CreateAccessKey")),
    )["Policy"]["PolicySummary"]["Id"]
    organizations.attach_policy(PolicyId=policy, TargetId=unit)
    ann = line.world.user("ann", allow("*"))
    session = ann.assume(f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole")
    # As on AWS a member may not ask for its policies; until it may, they are not known.
    assert line.json(session, "whoami")["Unknown"]["ServiceControlPolicies"] == "the caller may not ask"
    organizations.enable_aws_service_access(ServicePrincipal="sso.amazonaws.com")
    organizations.register_delegated_administrator(AccountId=account, ServicePrincipal="sso.amazonaws.com")
    found: Any = line.json(session, "whoami")
    assert [(each["Name"], each["Target"]) for each in found["ServiceControlPolicies"]] == [
        ("FullAWSAccess", account),
        ("FullAWSAccess", unit),
        ("no-keys", unit),
        ("FullAWSAccess", top["Id"]),
    ]
    assert f"SCPs                  no-keys (at {unit})\n" in line.run(session, "whoami").output
    # Nobody in the management account is bound by any.
    assert line.json(root, "whoami")["ServiceControlPolicies"] == []


def test_the_forms_show_the_same(line: CommandLine, bob: Actor) -> None:
    shown = line.run(bob, "whoami", "--output", "yaml", "--query", "{who: Arn, account: Account}").stdout
    assert shown == f"who: {arn('user/staff/bob')}\naccount: '{ACCOUNT}'\n"
    assert line.run(bob, "whoami", "--query", "Arn").stdout == arn("user/staff/bob") + "\n"
    assert json.loads(line.run(bob, "whoami", "--output", "json").stdout) == yaml.safe_load(
        line.run(bob, "whoami", "--output", "yaml").stdout
    )
    wrong = line.run(bob, "whoami", "--query", "[")
    assert (wrong.exit_code, wrong.stdout) == (2, "")


def test_the_file_that_is_read_is_the_one_that_is_told(line: CommandLine, bob: Actor) -> None:
    assert bob.credentials is not None
    file = line.home / "root.credentials"
    file.write_text(
        f"[default]\naws_access_key_id = {bob.credentials.access_key_id}\n"
        f"aws_secret_access_key = {bob.credentials.secret_access_key}\n"
    )
    told = line.run(None, "whoami", AWS_SHARED_CREDENTIALS_FILE=str(file), AWS_ENDPOINT_URL=line.url).output
    assert f"access key            {bob.credentials.access_key_id}, from {file}\n" in told


def test_a_profile_is_found_as_the_sdk_does(line: CommandLine, bob: Actor) -> None:
    assert bob.credentials is not None
    (line.home / "config").write_text(
        f"[profile work]\nregion = eu-central-1\nendpoint_url = {line.url}\n"
        f"aws_access_key_id = {bob.credentials.access_key_id}\n"
        f"aws_secret_access_key = {bob.credentials.secret_access_key}\n"
        "[profile night]\nsource_profile = work\nregion = eu-central-1\n"
        f"endpoint_url = {line.url}\nrole_arn = {arn('role/jobs/worker')}\nrole_session_name = late\n"
    )
    found = line.json(None, "whoami", "--profile", "night")
    assert found["Arn"].endswith(":assumed-role/worker/late")
    assert (found["Method"], found["Profile"]) == ("assume-role", "night")
    assert found["Expiration"] is not None
    assert line.json(None, "whoami", AWS_PROFILE="work")["Arn"] == arn("user/staff/bob")


@pytest.mark.parametrize(
    ("words", "variables", "status", "said"),
    [
        pytest.param([], {}, 3, "there are no credentials: name a profile", id="none"),
        pytest.param(["--profile", "x"], {}, 3, "The config profile (x) could not be found", id="no-profile"),
        pytest.param(
            [],
            {"AWS_ACCESS_KEY_ID": "AKIAUNKNOWNUNKNOWN00", "AWS_SECRET_ACCESS_KEY": "x"},
            3,
            "the server does not know the access key",
            id="unknown",
        ),
        pytest.param(
            [],
            {
                "AWS_ACCESS_KEY_ID": "ASIAUNKNOWNUNKNOWN00",
                "AWS_SECRET_ACCESS_KEY": "x",
                "AWS_SESSION_TOKEN": "x",
                "AWS_CREDENTIAL_EXPIRATION": "2020-01-01T00:00:00Z",
            },
            3,
            "the credentials have expired",
            id="expired",
        ),
        pytest.param(
            ["--endpoint-url", "http://127.0.0.1:1"],
            {"AWS_ACCESS_KEY_ID": "AKIAUNKNOWNUNKNOWN00", "AWS_SECRET_ACCESS_KEY": "x"},
            5,
            "is the server running",
            id="no-server",
        ),
        pytest.param(["--endpoint-url", "here"], {}, 2, "--endpoint-url is `https://HOST`", id="no-url"),
        pytest.param(
            ["--port", "1", "--profile", "x"], {}, 2, "--port goes neither with", id="port-and-profile"
        ),
        pytest.param(["--port", "1"], {}, 5, "no server is running on port 1", id="no-port"),
    ],
)
def test_what_goes_wrong_is_told_with_what_to_do(
    line: CommandLine, words: list[str], variables: dict[str, str], status: int, said: str
) -> None:
    done = line.run(None, "whoami", *words, **variables)
    assert (done.exit_code, done.stdout) == (status, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
