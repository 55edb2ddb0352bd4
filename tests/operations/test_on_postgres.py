"""The whole application on PostgreSQL, and two nodes of it on one database."""

import base64
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError
from tests.support.loops import LoopThread
from tests.support.world import ACCOUNT, Actor, World, allow

from iamd.secret import Secret
from iamd.settings import Settings

pytestmark = pytest.mark.postgres


def settings(url: str) -> Settings:
    return Settings(
        database_url=Secret(url),
        master_key=Secret(base64.b64encode(bytes(range(32))).decode()),
        root_access_key_id="AKIAROOTEXAMPLE00000",
        root_secret_access_key=Secret("root/secret/access/key/of/the/tests/0000"),
    )


@pytest.fixture
def nodes(loop: LoopThread, postgres_url: str) -> Iterator[tuple[World, World]]:
    first = World(loop, settings(postgres_url))
    second = World(loop, settings(postgres_url))
    yield first, second
    second.close()
    first.close()


def test_a_key_set_inactive_is_refused_on_the_very_next_request(nodes: tuple[World, World]) -> None:
    node = nodes[0]
    bob = node.user("bob", allow("iam:GetUser"))
    assert bob.credentials is not None
    key = {"UserName": "bob", "AccessKeyId": bob.credentials.access_key_id}
    assert bob.iam.get_user()["User"]["UserName"] == "bob"
    node.root.iam.update_access_key(**key, Status="Inactive")
    with pytest.raises(ClientError) as refused:
        bob.iam.get_user()
    assert refused.value.response["Error"]["Code"] == "InvalidClientTokenId"
    node.root.iam.update_access_key(**key, Status="Active")
    assert bob.iam.get_user()["User"]["UserName"] == "bob"


def test_one_node_opens_the_sessions_of_the_other(nodes: tuple[World, World]) -> None:
    first, second = nodes
    bob = first.user("bob")
    session = bob.assume(first.role("r", {"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"}))
    elsewhere = Actor(second, session.credentials)
    assert elsewhere.sts.get_caller_identity()["Arn"].endswith("assumed-role/r/session")


def test_one_node_hears_what_the_other_has_changed(nodes: tuple[World, World]) -> None:
    first, second = nodes
    bob = first.user("bob")
    elsewhere = Actor(second, bob.credentials)
    assert elsewhere.sts.get_caller_identity()["Account"] == ACCOUNT
    assert bob.credentials is not None
    first.root.iam.delete_access_key(UserName="bob", AccessKeyId=bob.credentials.access_key_id)
    second.app.store.poll()  # what the background does twice a second
    with pytest.raises(ClientError) as refused:
        elsewhere.sts.get_caller_identity()
    assert refused.value.response["Error"]["Code"] == "InvalidClientTokenId"


def test_a_write_never_goes_by_what_a_node_has_not_heard(nodes: tuple[World, World]) -> None:
    """R-38: authorized inside the transaction, a revoked key changes nothing, even before the node has heard of it."""
    first, second = nodes
    bob = first.user("bob", allow("iam:*"))
    elsewhere = Actor(second, bob.credentials)
    assert elsewhere.iam.list_users()["Users"]
    first.root.iam.delete_user_policy(UserName="bob", PolicyName="test")
    with pytest.raises(ClientError) as refused:
        elsewhere.iam.create_user(UserName="eve")
    assert refused.value.response["Error"]["Code"] == "AccessDenied"


def test_both_nodes_have_the_same_root(nodes: tuple[World, World]) -> None:
    first, second = nodes
    keys = [node.root.iam.list_access_keys()["AccessKeyMetadata"] for node in (first, second)]
    assert keys[0] == keys[1]
