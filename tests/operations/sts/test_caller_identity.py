"""GetCallerIdentity and GetAccessKeyInfo."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.root_access import assume, with_root_access
from tests.support.world import ACCOUNT, Actor, Credentials, World, allow, deny


def test_every_kind_of_caller(world: World) -> None:
    # fact 84; AWS: the principal table of *IAM policy elements: Variables and tags*.
    org = with_root_access(world)
    member = org.account("alpha")
    bob = world.user("bob", allow("*"), Path="/team/")
    bob_arn = f"arn:aws:iam::{ACCOUNT}:user/team/bob"
    role = world.role("reader", {"AWS": bob_arn}, allow("sts:*"), Path="/deep/")
    role_id = world.root.iam.get_role(RoleName="reader")["Role"]["RoleId"]
    bob_id = world.root.iam.get_user(UserName="bob")["User"]["UserId"]

    def session(answer: Any) -> Actor:
        return Actor(world, Credentials.of(answer["Credentials"]))

    own_root = (ACCOUNT, ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root")
    own_bob = (bob_id, ACCOUNT, bob_arn)
    guest = (f"{ACCOUNT}:guest", ACCOUNT, f"arn:aws:sts::{ACCOUNT}:federated-user/guest")
    monday = (f"{role_id}:monday", ACCOUNT, f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/monday")
    callers = {
        "root": (world.root, own_root),
        "user": (bob, own_bob),
        "role": (bob.assume(role, "monday"), monday),
        "session of root": (session(world.root.sts.get_session_token()), own_root),
        "session of user": (session(bob.sts.get_session_token()), own_bob),
        "federated by root": (session(world.root.sts.get_federation_token(Name="guest")), guest),
        "federated by user": (session(bob.sts.get_federation_token(Name="guest")), guest),
        "assumed root": (assume(bob, member), (member, member, f"arn:aws:iam::{member}:root")),
    }
    told = {name: caller.sts.get_caller_identity() for name, (caller, _) in callers.items()}
    assert {name: (each["UserId"], each["Account"], each["Arn"]) for name, each in told.items()} == {
        name: expected for name, (_, expected) in callers.items()
    }


def test_it_answers_whatever_the_policies_say(world: World) -> None:
    assert world.user("bob", deny("*")).sts.get_caller_identity()["Account"] == ACCOUNT


def test_a_renamed_user_is_called_by_the_new_name_at_once(world: World) -> None:
    bob = world.user("bob")
    world.root.iam.update_user(UserName="bob", NewUserName="robert")
    assert bob.sts.get_caller_identity()["Arn"].endswith(":user/robert")


def test_any_region_of_the_credential_scope_will_do(world: World) -> None:
    client = world.client("sts", world.root.credentials, region="ap-southeast-7")
    assert client.get_caller_identity()["Account"] == ACCOUNT


def test_access_key_info_tells_the_account_of_a_key(world: World) -> None:
    bob = world.user("bob", allow("sts:GetAccessKeyInfo"))
    assert bob.credentials is not None
    assert bob.sts.get_access_key_info(AccessKeyId=bob.credentials.access_key_id)["Account"] == ACCOUNT


def test_access_key_info_speaks_of_keys_that_are_gone(world: World) -> None:
    # semantics 87
    bob = world.user("bob")
    assert bob.credentials is not None
    key_id = bob.credentials.access_key_id
    world.root.iam.delete_access_key(UserName="bob", AccessKeyId=key_id)
    assert world.root.sts.get_access_key_info(AccessKeyId=key_id)["Account"] == ACCOUNT


def test_access_key_info_needs_permission(world: World) -> None:
    bob = world.user("bob")
    with pytest.raises(ClientError) as refused:
        bob.sts.get_access_key_info(AccessKeyId="AKIAIOSFODNN7EXAMPLE")
    assert refused.value.response["Error"]["Code"] == "AccessDenied"


def test_access_key_info_refuses_what_is_no_key_id(root: Actor) -> None:
    with pytest.raises(ClientError) as refused:
        root.sts.get_access_key_info(AccessKeyId="AKIA0000000000000000")
    assert refused.value.response["Error"]["Code"] == "ValidationError"


def test_a_denial_carries_a_decision_id(world: World) -> None:
    bob = world.user("bob")
    with pytest.raises(ClientError) as refused:
        bob.sts.get_access_key_info(AccessKeyId="AKIAIOSFODNN7EXAMPLE")
    headers = refused.value.response["ResponseMetadata"]["HTTPHeaders"]
    assert len(headers["x-iamd-decision-id"]) == 36
    assert refused.value.response["Error"]["Message"] == (
        f"User: arn:aws:iam::{ACCOUNT}:user/bob is not authorized to perform: sts:GetAccessKeyInfo on resource: * "
        "because no identity-based policy allows the sts:GetAccessKeyInfo action"
    )
    assert "decision" not in json.dumps(world.root.sts.get_caller_identity()["ResponseMetadata"])
