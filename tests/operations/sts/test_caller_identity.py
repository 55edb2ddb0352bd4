"""GetCallerIdentity and GetAccessKeyInfo."""

import json

import pytest
from botocore.exceptions import ClientError
from tests.support.world import ACCOUNT, Actor, World, allow, deny


def test_the_root_is_its_account(root: Actor) -> None:
    answer = root.sts.get_caller_identity()
    assert (answer["UserId"], answer["Account"], answer["Arn"]) == (
        ACCOUNT,
        ACCOUNT,
        f"arn:aws:iam::{ACCOUNT}:root",
    )


def test_a_user_is_its_unique_id_and_arn(world: World) -> None:
    bob = world.user("bob", Path="/team/")
    answer = bob.sts.get_caller_identity()
    user_id = world.root.iam.get_user(UserName="bob")["User"]["UserId"]
    assert (answer["UserId"], answer["Arn"]) == (user_id, f"arn:aws:iam::{ACCOUNT}:user/team/bob")


def test_a_role_session_is_role_id_and_session_name(world: World) -> None:
    bob = world.user("bob")
    role = world.role("reader", {"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"}, Path="/deep/")
    session = bob.assume(role, "monday")
    role_id = world.root.iam.get_role(RoleName="reader")["Role"]["RoleId"]
    answer = session.sts.get_caller_identity()
    assert answer["UserId"] == f"{role_id}:monday"
    assert answer["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/monday"


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
