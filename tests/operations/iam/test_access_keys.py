"""CreateAccessKey, ListAccessKeys, UpdateAccessKey, DeleteAccessKey, GetAccessKeyLastUsed."""

from datetime import timedelta
from typing import Any

import pytest
from tests.support.answers import arn, check_permission, content, denial, refusal
from tests.support.world import ACCOUNT, Actor, Credentials, World, allow, document

from iamd.domain.access_keys import AccessKey
from iamd.domain.accounts import Account
from iamd.domain.ids import AccessKeyId, AccountId
from iamd.secret import Secret
from iamd.store.interface import Transaction

UNKNOWN = "AKIAIOSFODNN7EXAMPLE"
MUST_NAME = ("ValidationError", "Must specify userName when calling with non-User credentials")
REVOKED = ("InvalidClientTokenId", "The security token included in the request is invalid.")
OTHER_ACCOUNT = "210987654321"


def missing(access_key_id: str) -> tuple[str, str]:
    return "NoSuchEntity", f"The Access Key with id {access_key_id} cannot be found."


def unknown(caller: str, access_key_id: str) -> tuple[str, str]:
    asked = f"User: {caller} is not authorized to perform iam:GetAccessKeyLastUsed"
    return "AccessDenied", f"{asked} on resource: access key {access_key_id}"


def ids(answer: dict[str, Any]) -> list[str]:
    return [key["AccessKeyId"] for key in answer["AccessKeyMetadata"]]


@pytest.fixture
def bob(world: World) -> Actor:
    """A user with one key, who may do everything to its own keys."""
    return world.user("bob", allow("iam:*AccessKey*", arn("user/bob")))


@pytest.fixture
def other_root(world: World) -> Actor:
    """The root of another account in the same installation."""
    key = AccessKey(
        account_id=AccountId(OTHER_ACCOUNT),
        access_key_id=AccessKeyId("AKIAOTHEREXAMPLE0000"),
        owner_id=OTHER_ACCOUNT,
        secret=Secret("other/secret/access/key/of/the/tests/000"),
        created_at=world.clock.now(),
    )

    def add(transaction: Transaction) -> None:
        transaction.accounts.add(
            Account(account_id=AccountId(OTHER_ACCOUNT), name="other", created_at=world.clock.now())
        )
        transaction.access_keys.add(key)

    world.app.store.write(add).result()
    return Actor(world, Credentials(key.access_key_id, key.secret.reveal()), "other root")


# CreateAccessKey


def test_a_new_key_is_active_and_tells_its_secret(root: Actor, world: World) -> None:
    root.iam.create_user(UserName="Carol")

    key = root.iam.create_access_key(UserName="carol")["AccessKey"]

    assert key == {
        "UserName": "Carol",
        "AccessKeyId": key["AccessKeyId"],
        "Status": "Active",
        "SecretAccessKey": key["SecretAccessKey"],
        "CreateDate": key["CreateDate"],
    }
    assert key["AccessKeyId"].startswith("AKIA")
    assert (len(key["AccessKeyId"]), len(key["SecretAccessKey"])) == (20, 40)
    carol = Actor(world, Credentials.of(key))
    assert carol.sts.get_caller_identity()["Arn"] == arn("user/Carol")
    assert root.sts.get_access_key_info(AccessKeyId=key["AccessKeyId"])["Account"] == ACCOUNT


def test_the_secret_is_told_once(root: Actor, world: World) -> None:
    root.iam.create_user(UserName="carol")
    key = root.iam.create_access_key(UserName="carol")["AccessKey"]
    secret = key["SecretAccessKey"].encode()
    told = len([response for response in world.responses if secret in response.body])

    root.iam.list_access_keys(UserName="carol")
    root.iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
    root.iam.update_access_key(UserName="carol", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    root.iam.delete_access_key(UserName="carol", AccessKeyId=key["AccessKeyId"])

    assert told == 1
    assert len([response for response in world.responses if secret in response.body]) == 1


def test_a_user_has_at_most_two_keys_whatever_their_status(root: Actor) -> None:
    root.iam.create_user(UserName="carol")
    first = root.iam.create_access_key(UserName="carol")["AccessKey"]["AccessKeyId"]
    second = root.iam.create_access_key(UserName="carol")["AccessKey"]["AccessKeyId"]
    root.iam.update_access_key(UserName="carol", AccessKeyId=first, Status="Inactive")

    assert refusal(root.iam.create_access_key, UserName="carol") == (
        "LimitExceeded",
        "Cannot exceed quota for AccessKeysPerUser: 2",
    )
    assert ids(root.iam.list_access_keys(UserName="carol")) == [first, second]

    root.iam.delete_access_key(UserName="carol", AccessKeyId=first)
    third = root.iam.create_access_key(UserName="carol")["AccessKey"]["AccessKeyId"]
    assert ids(root.iam.list_access_keys(UserName="carol")) == [second, third]


def test_without_a_name_the_keys_are_the_callers_own(bob: Actor) -> None:
    key = bob.iam.create_access_key()["AccessKey"]

    assert key["UserName"] == "bob"
    assert bob.credentials is not None
    assert ids(bob.iam.list_access_keys()) == [bob.credentials.access_key_id, key["AccessKeyId"]]
    bob.iam.update_access_key(AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert [shown["Status"] for shown in bob.iam.list_access_keys()["AccessKeyMetadata"]] == [
        "Active",
        "Inactive",
    ]
    bob.iam.delete_access_key(AccessKeyId=key["AccessKeyId"])
    assert ids(bob.iam.list_access_keys(UserName="bob")) == [bob.credentials.access_key_id]


def test_a_key_of_another_user_needs_permission_on_that_user(bob: Actor, root: Actor) -> None:
    """R-24: whoever manages its own keys makes none for others."""
    root.iam.create_user(UserName="carol")

    assert refusal(bob.iam.create_access_key, UserName="carol") == denial(
        arn("user/bob"), "iam:CreateAccessKey", "user carol"
    )
    assert refusal(bob.iam.create_access_key, UserName="nobody") == denial(
        arn("user/bob"), "iam:CreateAccessKey", "user nobody"
    )
    assert ids(root.iam.list_access_keys(UserName="carol")) == []


# The root's keys


def test_without_a_name_the_roots_keys_are_the_roots(root: Actor, world: World) -> None:
    assert root.credentials is not None
    key = root.iam.create_access_key()["AccessKey"]

    assert key == {
        "AccessKeyId": key["AccessKeyId"],
        "Status": "Active",
        "SecretAccessKey": key["SecretAccessKey"],
        "CreateDate": key["CreateDate"],
    }
    second = Actor(world, Credentials.of(key))
    assert second.sts.get_caller_identity()["Arn"] == arn("root")
    assert ids(second.iam.list_access_keys()) == [root.credentials.access_key_id, key["AccessKeyId"]]
    assert refusal(root.iam.create_access_key) == (
        "LimitExceeded",
        "Cannot exceed quota for AccessKeysPerUser: 2",
    )
    second.iam.update_access_key(AccessKeyId=root.credentials.access_key_id, Status="Inactive")
    assert refusal(root.iam.list_access_keys) == REVOKED
    second.iam.delete_access_key(AccessKeyId=root.credentials.access_key_id)
    assert ids(second.iam.list_access_keys()) == [key["AccessKeyId"]]


def test_the_roots_keys_bear_the_accounts_alias(root: Actor) -> None:
    assert root.credentials is not None
    root.iam.create_account_alias(AccountAlias="acme")

    (shown,) = root.iam.list_access_keys()["AccessKeyMetadata"]
    used = root.iam.get_access_key_last_used(AccessKeyId=root.credentials.access_key_id)

    assert (shown["UserName"], used["UserName"]) == ("acme", "acme")


def test_a_user_cannot_reach_the_roots_keys(world: World, root: Actor) -> None:
    """R-33: a key is found only under its owner."""
    admin = world.user("admin", allow("*"))
    assert root.credentials is not None
    key = root.credentials.access_key_id

    assert refusal(admin.iam.delete_access_key, AccessKeyId=key) == missing(key)
    assert refusal(admin.iam.update_access_key, AccessKeyId=key, Status="Inactive") == missing(key)
    assert refusal(admin.iam.delete_access_key, AccessKeyId=key, UserName=ACCOUNT) == (
        "NoSuchEntity",
        f"The user with name {ACCOUNT} cannot be found.",
    )


# Temporary credentials


def test_temporary_credentials_must_name_a_user(world: World, bob: Actor) -> None:
    role = world.role("keeper", {"AWS": arn("root")}, allow("iam:*"))
    world.root.iam.put_user_policy(
        UserName="bob", PolicyName="more", PolicyDocument=document(allow("sts:AssumeRole", role))
    )
    session = bob.assume(role)

    for operation, params in (
        ("create_access_key", {}),
        ("list_access_keys", {}),
        ("update_access_key", {"AccessKeyId": UNKNOWN, "Status": "Active"}),
        ("delete_access_key", {"AccessKeyId": UNKNOWN}),
    ):
        assert refusal(getattr(session.iam, operation), **params) == MUST_NAME
    assert len(session.iam.list_access_keys(UserName="bob")["AccessKeyMetadata"]) == 1


# ListAccessKeys


def test_keys_are_listed_in_pages_without_secrets(root: Actor) -> None:
    root.iam.create_user(UserName="carol")
    keys = [root.iam.create_access_key(UserName="carol")["AccessKey"] for _ in range(2)]
    shown = [{name: key[name] for name in key if name != "SecretAccessKey"} for key in keys]

    assert content(root.iam.list_access_keys(UserName="carol")) == {
        "AccessKeyMetadata": shown,
        "IsTruncated": False,
    }
    first = root.iam.list_access_keys(UserName="carol", MaxItems=1)
    assert (first["AccessKeyMetadata"], first["IsTruncated"]) == (shown[:1], True)
    second = content(root.iam.list_access_keys(UserName="carol", MaxItems=1, Marker=first["Marker"]))
    assert second == {"AccessKeyMetadata": shown[1:], "IsTruncated": False}
    assert refusal(root.iam.list_access_keys, Marker=first["Marker"]) == (
        "ValidationError",
        "Invalid Marker.",
    )
    assert refusal(root.iam.list_access_keys, UserName="nobody") == (
        "NoSuchEntity",
        "The user with name nobody cannot be found.",
    )


# UpdateAccessKey and DeleteAccessKey


def test_an_inactive_key_is_refused_on_the_very_next_request_and_works_again(bob: Actor, root: Actor) -> None:
    """R-38: there is no window in which a key that was switched off still works."""
    assert bob.credentials is not None
    key = {"UserName": "bob", "AccessKeyId": bob.credentials.access_key_id}
    assert bob.sts.get_caller_identity()["Arn"] == arn("user/bob")

    assert content(root.iam.update_access_key(**key, Status="Inactive")) == {}
    assert refusal(bob.sts.get_caller_identity) == REVOKED
    assert refusal(bob.iam.create_access_key) == REVOKED

    root.iam.update_access_key(**key, Status="Active")
    assert bob.sts.get_caller_identity()["Arn"] == arn("user/bob")


def test_a_deleted_key_can_make_no_other(bob: Actor, root: Actor) -> None:
    """R-38: a key that was deleted cannot be used to leave another one behind."""
    assert bob.credentials is not None
    bob.iam.list_access_keys()

    root.iam.delete_access_key(UserName="bob", AccessKeyId=bob.credentials.access_key_id)

    assert refusal(bob.iam.create_access_key) == REVOKED
    assert ids(root.iam.list_access_keys(UserName="bob")) == []


def test_a_user_may_switch_off_and_delete_the_key_that_it_signs_with(bob: Actor, world: World) -> None:
    assert bob.credentials is not None
    second = Actor(world, Credentials.of(bob.iam.create_access_key()["AccessKey"]))

    bob.iam.update_access_key(AccessKeyId=bob.credentials.access_key_id, Status="Inactive")
    assert refusal(bob.iam.list_access_keys) == REVOKED

    assert second.credentials is not None
    second.iam.delete_access_key(AccessKeyId=second.credentials.access_key_id)
    assert refusal(second.iam.list_access_keys) == REVOKED


def test_a_key_is_found_only_under_its_owner(bob: Actor, root: Actor) -> None:
    """R-33: naming one user does not reach the keys of another."""
    assert bob.credentials is not None
    key = bob.credentials.access_key_id
    root.iam.create_user(UserName="carol")

    assert refusal(root.iam.update_access_key, UserName="carol", AccessKeyId=key, Status="Inactive") == (
        missing(key)
    )
    assert refusal(root.iam.delete_access_key, UserName="carol", AccessKeyId=key) == missing(key)
    assert refusal(root.iam.delete_access_key, AccessKeyId=key) == missing(key)
    assert refusal(root.iam.delete_access_key, UserName="bob", AccessKeyId=UNKNOWN) == missing(UNKNOWN)
    assert bob.sts.get_caller_identity()["Arn"] == arn("user/bob")


def test_statuses_that_cannot_be_set(bob: Actor, root: Actor) -> None:
    assert bob.credentials is not None
    key = {"UserName": "bob", "AccessKeyId": bob.credentials.access_key_id}

    assert refusal(root.iam.update_access_key, **key, Status="Expired") == (
        "InvalidInput",
        "The status of an access key cannot be set to Expired.",
    )
    wrong = "Value at 'status' failed to satisfy constraint: Member must satisfy enum value set"
    assert refusal(root.iam.update_access_key, **key, Status="Asleep") == (
        "ValidationError",
        f"1 validation error detected: {wrong}",
    )
    assert bob.sts.get_caller_identity()["Arn"] == arn("user/bob")


# GetAccessKeyLastUsed


def test_the_last_use_of_a_key(root: Actor, world: World) -> None:
    root.iam.create_user(UserName="carol")
    key = root.iam.create_access_key(UserName="carol")["AccessKey"]

    def last_used() -> dict[str, Any]:
        return content(root.iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"]))

    assert last_used() == {
        "UserName": "carol",
        "AccessKeyLastUsed": {"ServiceName": "N/A", "Region": "N/A"},
    }
    carol = Actor(world, Credentials.of(key))
    world.clock.advance(timedelta(hours=1))
    # fact 23: IAM is of this region, whatever the client signs for.
    refusal(world.client("iam", carol.credentials, region="eu-west-1").list_users)
    used = last_used()["AccessKeyLastUsed"]
    assert used == {"ServiceName": "iam", "Region": "us-east-1", "LastUsedDate": used["LastUsedDate"]}
    assert abs((used["LastUsedDate"] - world.clock.now()).total_seconds()) < 60
    world.client("sts", carol.credentials, region="eu-west-1").get_caller_identity()
    later = last_used()["AccessKeyLastUsed"]
    assert (later["ServiceName"], later["Region"]) == ("sts", "eu-west-1")


def test_the_last_use_survives_being_written_down(root: Actor, world: World) -> None:
    root.iam.create_user(UserName="carol")
    key = root.iam.create_access_key(UserName="carol")["AccessKey"]
    Actor(world, Credentials.of(key)).sts.get_caller_identity()
    before = content(root.iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"]))

    usage = world.app.tools.usage
    noted = usage.noted()
    world.app.store.write(noted.write).result()
    usage.forget(noted)
    assert not usage.noted()

    assert content(root.iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])) == before
    assert before["AccessKeyLastUsed"]["ServiceName"] == "sts"


def test_a_key_that_is_not_there_is_denied_to_everybody(root: Actor, world: World) -> None:
    admin = world.user("admin", allow("*"))

    assert refusal(root.iam.get_access_key_last_used, AccessKeyId=UNKNOWN) == unknown(arn("root"), UNKNOWN)
    assert refusal(admin.iam.get_access_key_last_used, AccessKeyId=UNKNOWN) == unknown(
        arn("user/admin"), UNKNOWN
    )


def test_whether_a_key_is_there_is_not_told_to_whoever_may_not_ask(root: Actor, world: World) -> None:
    """R-28: a key that exists and one that does not are refused alike, headers included."""
    stranger = world.user("stranger")
    root.iam.create_user(UserName="carol", Path="/it/")
    key = root.iam.create_access_key(UserName="carol")["AccessKey"]["AccessKeyId"]

    assert refusal(stranger.iam.get_access_key_last_used, AccessKeyId=key) == unknown(
        arn("user/stranger"), key
    )
    there = world.responses[-1]
    assert refusal(stranger.iam.get_access_key_last_used, AccessKeyId=UNKNOWN)[0] == "AccessDenied"
    absent = world.responses[-1]
    assert (there.status, [name for name, _ in there.headers]) == (
        absent.status,
        [name for name, _ in absent.headers],
    )
    asker = world.user("asker", allow("iam:GetAccessKeyLastUsed", arn("user/it/carol")))
    assert asker.iam.get_access_key_last_used(AccessKeyId=key)["UserName"] == "carol"


# Another account


def test_another_accounts_keys_are_out_of_reach(bob: Actor, root: Actor, other_root: Actor) -> None:
    """R-33: the root of one account is nobody in another."""
    assert bob.credentials is not None
    assert root.credentials is not None
    assert other_root.sts.get_caller_identity()["Arn"] == f"arn:aws:iam::{OTHER_ACCOUNT}:root"

    for key in (bob.credentials.access_key_id, root.credentials.access_key_id):
        assert refusal(other_root.iam.delete_access_key, AccessKeyId=key) == missing(key)
        assert refusal(other_root.iam.get_access_key_last_used, AccessKeyId=key) == unknown(
            arn("root", OTHER_ACCOUNT), key
        )
    assert refusal(other_root.iam.create_access_key, UserName="bob") == (
        "NoSuchEntity",
        "The user with name bob cannot be found.",
    )


# Who may


@pytest.mark.parametrize(
    ("operation", "action", "params"),
    [
        ("create_access_key", "iam:CreateAccessKey", {}),
        ("list_access_keys", "iam:ListAccessKeys", {}),
        ("update_access_key", "iam:UpdateAccessKey", {"Status": "Inactive"}),
        ("delete_access_key", "iam:DeleteAccessKey", {}),
    ],
)
def test_who_may(world: World, operation: str, action: str, params: dict[str, str]) -> None:
    world.root.iam.create_user(UserName="carol", Path="/it/")
    key = world.root.iam.create_access_key(UserName="carol")["AccessKey"]["AccessKeyId"]
    if operation in {"update_access_key", "delete_access_key"}:
        params = params | {"AccessKeyId": key}

    check_permission(world, operation, action, arn("user/it/carol"), "user carol", UserName="carol", **params)
