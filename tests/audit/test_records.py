"""Records of real requests: CloudTrail's format, for everybody who may ask."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.loops import LoopThread
from tests.support.trail import records_in, records_of
from tests.support.world import ACCOUNT, Actor, World, allow

from iamd.audit.reading import read_file, verify
from iamd.secret import Secret
from iamd.settings import Settings
from iamd.store.errors import StoreError

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"


def recorded(loop: LoopThread, path: Path) -> World:
    settings = Settings(
        account_id=ACCOUNT,
        root_access_key_id="AKIAROOTEXAMPLE00000",
        root_secret_access_key=Secret("root/secret/access/key/of/the/tests/0000"),
        audit_file=path,
    )
    return World(loop, settings)


@pytest.fixture(scope="module")
def world(loop: LoopThread, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = recorded(loop, tmp_path_factory.mktemp("recorded") / "audit.jsonl")
    yield made
    made.close()


@pytest.fixture(scope="module")
def bob(world: World) -> Actor:
    return world.user("bob", allow(["iam:Get*", "sts:*"]))


def last(world: World) -> dict[str, Any]:
    return records_of(world.app)[-1]


def test_a_user(world: World, bob: Actor) -> None:
    bob.iam.get_user(UserName="bob")
    record = last(world)
    assert bob.credentials is not None
    user_id = record["userIdentity"]["principalId"]
    assert user_id.startswith("AIDA")
    assert record["userIdentity"] == {
        "type": "IAMUser",
        "principalId": user_id,
        "arn": f"arn:aws:iam::{ACCOUNT}:user/bob",
        "accountId": ACCOUNT,
        "accessKeyId": bob.credentials.access_key_id,
        "userName": "bob",
    }
    assert (record["requestParameters"], record["responseElements"]) == ({"userName": "bob"}, None)
    assert (record["readOnly"], record["awsRegion"]) == (True, "us-east-1")
    assert record["additionalEventData"]["decisions"] == [
        {
            "action": "iam:GetUser",
            "resource": f"arn:aws:iam::{ACCOUNT}:user/bob",
            "outcome": "Allow",
            "statements": [{"layer": "identity", "effect": "Allow", "policy": "test", "index": 0}],
        }
    ]


def test_the_root_user(world: World) -> None:
    world.root.iam.list_users()
    assert last(world)["userIdentity"] == {
        "type": "Root",
        "principalId": ACCOUNT,
        "arn": f"arn:aws:iam::{ACCOUNT}:root",
        "accountId": ACCOUNT,
        "accessKeyId": "AKIAROOTEXAMPLE00000",
    }


def test_an_assumed_role(world: World, bob: Actor) -> None:
    role = world.role("worker", {"AWS": ACCOUNT}, allow("iam:*"))
    session = bob.assume(
        role, "job", SourceIdentity="bob", Tags=[{"Key": "Team", "Value": "x"}], DurationSeconds=900
    )
    record = last(world)
    assert record["requestParameters"] == {
        "roleArn": role,
        "roleSessionName": "job",
        "sourceIdentity": "bob",
        "tags": [{"key": "Team", "value": "x"}],
        "durationSeconds": 900,
    }
    assert session.credentials is not None
    credentials = record["responseElements"]["credentials"]
    assert credentials.pop("expiration").endswith((" AM", " PM"))
    assert credentials == {
        "accessKeyId": session.credentials.access_key_id,
        "secretAccessKey": HIDDEN,
        "sessionToken": HIDDEN,
    }
    assert record["resources"] == [{"ARN": role, "accountId": ACCOUNT, "type": "AWS::IAM::Role"}]
    assert record["readOnly"] is True

    session.iam.list_users()
    identity = last(world)["userIdentity"]
    role_id = world.root.iam.get_role(RoleName="worker")["Role"]["RoleId"]
    created = identity["sessionContext"]["attributes"].pop("creationDate")
    assert created.endswith("Z")
    assert identity == {
        "type": "AssumedRole",
        "principalId": f"{role_id}:job",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/job",
        "accountId": ACCOUNT,
        "accessKeyId": session.credentials.access_key_id,
        "sessionContext": {
            "attributes": {"mfaAuthenticated": "false"},
            "sessionIssuer": {
                "type": "Role",
                "principalId": role_id,
                "arn": role,
                "accountId": ACCOUNT,
                "userName": "worker",
            },
            "sourceIdentity": "bob",
        },
    }


def test_a_federated_user_and_a_user_with_a_session(world: World, bob: Actor) -> None:
    policy = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:*","Resource":"*"}}'
    answer = bob.sts.get_federation_token(Name="fed", Policy=policy)["Credentials"]
    federated = world.client("sts", type(bob.credentials).of(answer))  # type: ignore[union-attr]
    federated.get_caller_identity()
    identity = last(world)["userIdentity"]
    assert (identity["type"], identity["arn"]) == (
        "FederatedUser",
        f"arn:aws:sts::{ACCOUNT}:federated-user/fed",
    )
    assert identity["sessionContext"]["sessionIssuer"]["type"] == "IAMUser"
    assert identity["sessionContext"]["sessionIssuer"]["userName"] == "bob"

    answer = bob.sts.get_session_token()["Credentials"]
    world.client("sts", type(bob.credentials).of(answer)).get_caller_identity()  # type: ignore[union-attr]
    identity = last(world)["userIdentity"]
    assert (identity["type"], identity["userName"]) == ("IAMUser", "bob")
    assert identity["sessionContext"]["attributes"]["mfaAuthenticated"] == "false"
    assert "sessionIssuer" not in identity["sessionContext"]


def test_a_write(world: World) -> None:
    world.root.iam.create_user(UserName="eve", Path="/x/", Tags=[{"Key": "a", "Value": "b"}])
    record = last(world)
    user = record["responseElements"]["user"]
    assert user["createDate"].endswith((" AM", " PM"))
    assert user["arn"] == f"arn:aws:iam::{ACCOUNT}:user/x/eve"
    assert user["tags"] == [{"key": "a", "value": "b"}]
    assert record["readOnly"] is False


def test_secrets_are_hidden(world: World) -> None:
    """R-78."""
    world.root.iam.create_login_profile(UserName="eve", Password="Correct-horse-1")
    assert last(world)["requestParameters"] == {"userName": "eve", "password": HIDDEN}
    key = world.root.iam.create_access_key(UserName="eve")["AccessKey"]
    record = last(world)
    assert record["responseElements"]["accessKey"]["secretAccessKey"] == HIDDEN
    assert record["responseElements"]["accessKey"]["accessKeyId"] == key["AccessKeyId"]
    world.root.iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")
    device = last(world)["responseElements"]["virtualMFADevice"]
    assert (device["base32StringSeed"], device["qRCodePNG"]) == (HIDDEN, HIDDEN)


def test_somebody_who_has_proved_nothing(world: World, bob: Actor) -> None:
    assert bob.credentials is not None
    forged = world.client("iam", type(bob.credentials)(bob.credentials.access_key_id, "x" * 40))
    with pytest.raises(ClientError):
        forged.list_users()
    record = last(world)
    assert record["userIdentity"] == {"type": "Unknown"}
    assert record["errorCode"] == "SignatureDoesNotMatch"
    assert record["requestParameters"] is None
    assert record["additionalEventData"]["claimedAccessKeyId"] == bob.credentials.access_key_id


def test_what_is_too_large_is_left_out(world: World) -> None:
    names = [f"{number:0>2000}" for number in range(60)]
    with pytest.raises(ClientError):
        world.root.iam.simulate_custom_policy(PolicyInputList=names, ActionNames=["s3:GetObject"])
    parameters = last(world)["requestParameters"]
    assert (parameters["omitted"], parameters["originalSize"] > 120_000) == (True, True)


def test_the_chain_of_all_of_it_is_whole(world: World) -> None:
    world.app.trail.flush()
    assert world.settings.audit_file is not None
    found = verify(read_file(world.settings.audit_file))
    assert (found.problems, len(found.heads), found.records > 10) == ([], 1, True)


def test_start_and_end_are_recorded(loop: LoopThread, tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    for _ in range(2):
        recorded(loop, path).close()
    found = [each.record for each in read_file(path)]
    assert [each["eventName"] for each in found if each] == ["StartServer", "StopServer"] * 2
    assert records_in(path) == []


def test_nothing_is_changed_that_cannot_be_recorded(loop: LoopThread, tmp_path: Path) -> None:
    """A disk that is full, and has room again: no change is acknowledged, reading goes on, and nothing is lost."""
    path = tmp_path / "audit.jsonl"
    world = recorded(loop, path)
    path.rename(tmp_path / "kept")
    path.symlink_to("/dev/full")
    iam = world.root.iam
    with pytest.raises(ClientError) as caught:
        iam.create_user(UserName="first")
    assert caught.value.response["Error"]["Code"] == "ServiceFailure"
    with pytest.raises(ClientError) as caught:
        iam.create_user(UserName="second")
    assert caught.value.response["Error"]["Code"] == "ServiceUnavailable"
    # The first was made before it was known that it cannot be recorded; the second was not even begun.
    assert [each["UserName"] for each in iam.list_users()["Users"]] == ["first"]
    (tmp_path / "kept").rename(path)
    world.app.trail.flush()
    iam.create_user(UserName="third")
    world.close()
    told = [(each["eventName"], each.get("errorCode")) for each in records_in(path)]
    assert told == [
        ("CreateUser", None),
        ("CreateUser", "ServiceUnavailable"),
        ("ListUsers", None),
        ("CreateUser", None),
    ]
    assert verify(read_file(path)).problems == []


def test_a_trail_that_cannot_be_written_keeps_the_server_from_starting(loop: LoopThread) -> None:
    with pytest.raises(StoreError, match="the audit trail cannot be written: /dev/full: No space left"):
        recorded(loop, Path("/dev/full"))
