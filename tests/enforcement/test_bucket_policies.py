"""Bucket policies that iamd keeps: who is let in, and who is kept out, as AWS decides it (semantics 52-63)."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.answers import arn, refusal
from tests.support.guarded import Guarded, guarded_world, upstream_of
from tests.support.upstream import Store
from tests.support.world import ACCOUNT, Actor, allow, deny, document

OTHER = "999999999999"
OBJECTS = "arn:aws:s3:::data/*"
BUCKET = "arn:aws:s3:::data"


@pytest.fixture(scope="module")
def world(store: Store) -> Iterator[Guarded]:
    with guarded_world(store, upstream_of(store, public_access=True)) as made:
        yield made


@pytest.fixture(scope="module")
def other(world: Guarded) -> Actor:
    return world.account(OTHER)


@pytest.fixture(autouse=True)
def no_policy(world: Guarded, store: Store) -> Iterator[None]:
    store.objects[b"/data/a"] = b"kept"
    yield
    world.s3(world.root).delete_bucket_policy(Bucket="data")


def put(world: Guarded, *statements: Any, by: Actor | None = None) -> None:
    world.s3(by or world.root).put_bucket_policy(Bucket="data", Policy=document(*statements))


def may_read(world: Guarded, actor: Actor | None) -> bool:
    try:
        return bool(world.s3(actor).get_object(Bucket="data", Key="a")["Body"].read() == b"kept")
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDenied":
            raise
        return False


def test_a_policy_alone_lets_in_whom_it_names_in_the_account(world: Guarded) -> None:
    user, namesake = world.user("named"), world.user("unnamed")
    put(world, allow("s3:GetObject", OBJECTS, Principal={"AWS": arn("user/named")}))
    assert (may_read(world, user), may_read(world, namesake)) == (True, False)


def test_the_account_as_principal_lets_nobody_in_by_itself(world: Guarded) -> None:
    """It delegates: the user's own policy must allow (semantics 45)."""
    user, allowed = world.user("delegated"), world.user("permitted", allow("s3:GetObject", OBJECTS))
    put(world, allow("s3:GetObject", OBJECTS, Principal={"AWS": ACCOUNT}))
    assert (may_read(world, user), may_read(world, allowed)) == (False, True)


def test_a_deny_goes_before_everything(world: Guarded) -> None:
    user = world.user("denied", allow("s3:*", "*"))
    assert may_read(world, user)
    put(world, deny("s3:GetObject", OBJECTS, Principal={"AWS": arn("user/denied")}))
    code, text = refusal(world.s3(user).get_object, Bucket="data", Key="a")
    assert code == "AccessDenied"
    assert text.endswith("with an explicit deny in a resource-based policy")


@pytest.mark.parametrize(
    ("named", "silent_boundary", "silent_session"),
    [("role", False, False), ("session", True, True), ("*", True, True)],
)
def test_a_role_session_and_the_layers_that_may_be_silent(
    world: Guarded, named: str, silent_boundary: bool, silent_session: bool
) -> None:
    """The table of the same account: a boundary and a session policy withhold what the role was given."""
    me = world.user(f"caller-{named.strip('*')}", allow("sts:AssumeRole"))
    role = world.role(f"layers-{named.strip('*')}", {"AWS": ACCOUNT})
    name = role.rpartition("/")[2]
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/session"
    principal: Any = {"role": {"AWS": role}, "session": {"AWS": session}, "*": "*"}[named]
    world.s3(world.root).delete_public_access_block(Bucket="data")
    put(world, allow("s3:GetObject", OBJECTS, Principal=principal))
    assert may_read(world, me.assume(role))
    narrowed = me.assume(role, Policy=document(allow("s3:ListBucket")))
    assert may_read(world, narrowed) == silent_session
    boundary = world.root.iam.create_policy(
        PolicyName=f"b-{name}", PolicyDocument=document(allow("s3:ListBucket"))
    )["Policy"]["Arn"]
    world.root.iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=boundary)
    assert may_read(world, me.assume(role)) == silent_boundary


def test_across_accounts_both_sides_must_allow(world: Guarded, other: Actor) -> None:
    """semantics 62; that an identity alone suffices would open every bucket to everybody else's administrator."""
    allowed = world.user_of(other, "allowed", allow("s3:*", "*"))
    silent = world.user_of(other, "silent")
    assert [may_read(world, each) for each in (other, allowed, silent)] == [False, False, False]
    put(world, allow("s3:GetObject", OBJECTS, Principal={"AWS": arn("root", OTHER)}))
    assert [may_read(world, each) for each in (other, allowed, silent)] == [True, True, False]
    put(world, allow("s3:GetObject", OBJECTS, Principal={"AWS": arn("user/silent", OTHER)}))
    assert [may_read(world, each) for each in (other, allowed, silent)] == [False, False, False]


def test_a_bucket_is_whose_who_made_it(world: Guarded, other: Actor, store: Store) -> None:
    store.answers["HEAD", b"/theirs"] = (404, b"")
    theirs = world.s3(other)
    theirs.create_bucket(Bucket="theirs")
    theirs.put_object(Bucket="theirs", Key="a", Body=b"a")
    assert refusal(world.s3(world.root).get_object, Bucket="theirs", Key="a")[0] == "AccessDenied"
    assert refusal(world.s3(world.root).create_bucket, Bucket="theirs")[0] == "BucketAlreadyExists"
    assert refusal(theirs.create_bucket, Bucket="data")[0] == "BucketAlreadyExists"
    theirs.put_bucket_policy(
        Bucket="theirs",
        Policy=document(allow("s3:GetObject", "arn:aws:s3:::theirs/*", Principal={"AWS": ACCOUNT})),
    )
    assert world.s3(world.root).get_object(Bucket="theirs", Key="a")["Body"].read() == b"a"
    theirs.delete_object(Bucket="theirs", Key="a")
    theirs.delete_bucket(Bucket="theirs")
    # It is as if it had never been: whoever makes it again has it, and without a policy.
    assert refusal(theirs.get_bucket_policy, Bucket="theirs")[0] == "AccessDenied"
    assert refusal(world.s3(world.root).get_bucket_policy, Bucket="theirs")[0] == "NoSuchBucketPolicy"


def test_a_new_bucket_is_not_given_away_by_a_store_that_does_not_tell(
    world: Guarded, other: Actor, store: Store
) -> None:
    store.answers["HEAD", b"/unknown"] = (501, b"")
    before = len(store.seen)
    assert refusal(world.s3(other).create_bucket, Bucket="unknown")[0] == "ServiceUnavailable"
    assert [seen.request.method for seen in store.seen[before:]] == ["HEAD"]


def test_whom_a_request_believes_to_be_the_owner(world: Guarded) -> None:
    """R-28: who may nothing cannot find out by guessing."""
    s3 = world.s3(world.root)
    assert s3.get_object(Bucket="data", Key="a", ExpectedBucketOwner=ACCOUNT)["Body"].read() == b"kept"
    assert refusal(s3.get_object, Bucket="data", Key="a", ExpectedBucketOwner=OTHER)[0] == "AccessDenied"
    stranger = world.s3(world.user("guesser"))
    guesses = {
        refusal(stranger.get_object, Bucket="data", Key="a", ExpectedBucketOwner=owner)
        for owner in (ACCOUNT, OTHER)
    }
    assert len(guesses) == 1


def test_a_policy_is_answered_as_it_was_put(world: Guarded, store: Store) -> None:
    s3 = world.s3(world.root)
    before = len(store.seen)
    assert refusal(s3.get_bucket_policy, Bucket="data")[0] == "NoSuchBucketPolicy"
    text = json.dumps(json.loads(document(allow("s3:GetObject", OBJECTS, Principal="*"))), indent=3)
    s3.delete_public_access_block(Bucket="data")
    answer = s3.put_bucket_policy(Bucket="data", Policy=text)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    got = s3.get_bucket_policy(Bucket="data")
    assert (got["Policy"], got["ResponseMetadata"]["HTTPHeaders"]["content-type"]) == (
        text,
        "application/json",
    )
    assert s3.get_bucket_policy_status(Bucket="data")["PolicyStatus"] == {"IsPublic": True}
    s3.delete_bucket_policy(Bucket="data")
    s3.delete_bucket_policy(Bucket="data")
    assert refusal(s3.get_bucket_policy_status, Bucket="data")[0] == "NoSuchBucketPolicy"
    assert {seen.request.method for seen in store.seen[before:]} <= {"HEAD"}


def test_of_a_bucket_that_is_not_there(world: Guarded, store: Store) -> None:
    store.answers["HEAD", b"/nowhere"] = (404, b"")
    s3 = world.s3(world.root)
    policy = document(allow("s3:GetObject", "arn:aws:s3:::nowhere/*", Principal={"AWS": ACCOUNT}))
    assert refusal(s3.put_bucket_policy, Bucket="nowhere", Policy=policy) == (
        "NoSuchBucket",
        "The specified bucket does not exist",
    )


def test_a_deleted_user_is_not_its_namesake(world: Guarded) -> None:
    """semantics 46: the id that the name had is kept, and shown once the name is somebody else's."""
    world.user("passing")
    unique_id = world.root.iam.get_user(UserName="passing")["User"]["UserId"]
    put(world, allow("s3:GetObject", OBJECTS, Principal={"AWS": arn("user/passing")}))
    iam = world.root.iam
    for key in iam.list_access_keys(UserName="passing")["AccessKeyMetadata"]:
        iam.delete_access_key(UserName="passing", AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName="passing")
    assert not may_read(world, world.user("passing"))
    shown = json.loads(world.s3(world.root).get_bucket_policy(Bucket="data")["Policy"])
    assert shown["Statement"][0]["Principal"] == {"AWS": unique_id}


def test_the_root_user_of_the_owner_is_never_locked_out(world: Guarded, other: Actor) -> None:
    put(
        world,
        deny("s3:*", [BUCKET, OBJECTS], Principal="*"),
        allow("s3:*", [BUCKET, OBJECTS], Principal={"AWS": OTHER}),
    )
    assert not may_read(world, world.root)
    admin = world.user("locked-out", allow("s3:*", "*"))
    assert refusal(world.s3(admin).delete_bucket_policy, Bucket="data")[0] == "AccessDenied"
    assert world.s3(world.root).get_bucket_policy(Bucket="data")["Policy"]


def test_another_account_may_not_put_one_even_if_it_is_let(world: Guarded, other: Actor) -> None:
    # AWS: *PutBucketPolicy*: 405 for whoever is allowed, and is of another account.
    theirs = world.s3(other)
    policy = document(allow("s3:GetBucketPolicy", BUCKET, Principal={"AWS": OTHER}))
    assert refusal(theirs.put_bucket_policy, Bucket="data", Policy=policy)[0] == "AccessDenied"
    put(world, allow("s3:*BucketPolicy", BUCKET, Principal={"AWS": OTHER}))
    assert refusal(theirs.put_bucket_policy, Bucket="data", Policy=policy)[0] == "MethodNotAllowed"
    assert refusal(theirs.get_bucket_policy, Bucket="data")[0] == "MethodNotAllowed"


def test_a_policy_may_ask_whose_the_resource_is(world: Guarded) -> None:
    mine = world.user(
        "of-mine", allow("s3:*", "*", Condition={"StringEquals": {"aws:ResourceAccount": ACCOUNT}})
    )
    theirs = world.user(
        "of-theirs", allow("s3:*", "*", Condition={"StringEquals": {"s3:ResourceAccount": OTHER}})
    )
    assert (may_read(world, mine), may_read(world, theirs)) == (True, False)


def test_every_key_of_a_deletion_is_asked_of_the_policy(world: Guarded) -> None:
    admin = world.user("deleter", allow("s3:*", "*"))
    put(world, deny("s3:DeleteObject", f"{OBJECTS[:-1]}kept/*", Principal="*"))
    s3 = world.s3(admin)
    s3.delete_objects(Bucket="data", Delete={"Objects": [{"Key": "x"}]})
    code, text = refusal(
        s3.delete_objects, Bucket="data", Delete={"Objects": [{"Key": "x"}, {"Key": "kept/y"}]}
    )
    assert (code, "kept/y" in text) == ("AccessDenied", True)


def test_a_copy_asks_the_policies_of_both_buckets(world: Guarded) -> None:
    admin = world.user("copier", allow("s3:*", "*"))
    put(world, deny("s3:GetObject", OBJECTS, Principal={"AWS": arn("user/copier")}))
    s3 = world.s3(admin)
    s3.copy_object(Bucket="data", Key="b", CopySource="elsewhere/a")
    assert refusal(s3.copy_object, Bucket="elsewhere", Key="b", CopySource="data/a")[0] == "AccessDenied"
