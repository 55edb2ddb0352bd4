"""Who has not signed, and what lets them in: a public policy, and two switches that are off at first."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.answers import arn, refusal
from tests.support.guarded import Guarded, guarded_world, upstream_of
from tests.support.upstream import ACCESS_KEY_ID, Store
from tests.support.world import Actor, allow, deny, document

from iamd.enforcement.public_access import is_public
from iampolicy import PolicyKind, parse

OTHER = "999999999999"
OBJECTS = "arn:aws:s3:::data/*"
OFF = {"BlockPublicAcls": False, "IgnorePublicAcls": False, "BlockPublicPolicy": False, "RestrictPublicBuckets": False}  # fmt: skip
ON = dict.fromkeys(OFF, True)
PUBLIC = document(allow("s3:GetObject", OBJECTS, Principal="*"))


@pytest.fixture(scope="module")
def world(store: Store) -> Iterator[Guarded]:
    with guarded_world(store, upstream_of(store, public_access=True)) as made:
        yield made


@pytest.fixture(autouse=True)
def anew(world: Guarded, store: Store) -> Iterator[Any]:
    store.objects[b"/data/a"] = b"kept"
    s3 = world.s3(world.root)
    s3.delete_public_access_block(Bucket="data")
    yield s3
    s3.delete_bucket_policy(Bucket="data")


def read(world: Guarded, actor: Actor | None, **more: Any) -> str:
    try:
        got = world.s3(actor).get_object(Bucket="data", Key="a", **more)["Body"].read()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return str(got.decode())


def test_a_public_policy_lets_in_who_has_not_signed(world: Guarded, store: Store, anew: Any) -> None:
    before = len(store.seen)
    assert read(world, None) == "AccessDenied"
    assert len(store.seen) == before
    anew.put_bucket_policy(Bucket="data", Policy=PUBLIC)
    assert read(world, None) == "kept"
    assert store.seen[-1].refusal == ""
    assert ACCESS_KEY_ID.encode() in (store.seen[-1].request.header(b"authorization") or b"")
    assert refusal(world.s3(None).put_object, Bucket="data", Key="a", Body=b"x") == (
        "AccessDenied",
        "Access Denied",
    )
    assert refusal(world.s3(None).list_objects_v2, Bucket="data")[0] == "AccessDenied"


def test_an_unsigned_upload_streams_as_it_was_sent(world: Guarded, store: Store, anew: Any) -> None:
    anew.put_bucket_policy(Bucket="data", Policy=document(allow("s3:PutObject", OBJECTS, Principal="*")))
    body = bytes(range(256)) * 4096
    world.s3(None).put_object(Bucket="data", Key="a", Body=body)
    assert store.objects[b"/data/a"] == body


def test_nobody_reaches_what_no_policy_could_open(world: Guarded, store: Store) -> None:
    before = len(store.seen)
    nobody = world.s3(None)
    for operation, params in (
        (nobody.create_bucket, {"Bucket": "mine"}),
        (nobody.delete_bucket, {"Bucket": "data"}),
        (nobody.get_bucket_policy, {"Bucket": "data"}),
        (nobody.put_bucket_policy, {"Bucket": "data", "Policy": PUBLIC}),
    ):
        assert refusal(operation, **params) == ("AccessDenied", "Access Denied")
    assert len(store.seen) == before


def test_nobody_may_not_change_the_policy_even_if_it_lets_everybody(world: Guarded, anew: Any) -> None:
    anew.put_bucket_policy(
        Bucket="data", Policy=document(allow("s3:*", ["arn:aws:s3:::data", OBJECTS], Principal="*"))
    )
    assert refusal(world.s3(None).put_bucket_policy, Bucket="data", Policy=PUBLIC)[0] == "MethodNotAllowed"


def test_conditions_bear_on_nobody_too(world: Guarded, anew: Any) -> None:
    """semantics 43, 72: nobody is called ``anonymous``, and has no ARN."""
    anew.put_bucket_policy(
        Bucket="data",
        Policy=document(
            allow("s3:GetObject", OBJECTS, Principal="*"),
            deny(
                "s3:GetObject",
                OBJECTS,
                Principal="*",
                Condition={"StringEquals": {"aws:userid": "anonymous"}},
            ),
        ),
    )
    assert (read(world, None), read(world, world.root)) == ("AccessDenied", "kept")
    anew.put_bucket_policy(
        Bucket="data",
        Policy=document(
            allow("s3:GetObject", OBJECTS, Principal="*", Condition={"Null": {"aws:PrincipalArn": "false"}})
        ),
    )
    assert read(world, None) == "AccessDenied"
    anew.put_bucket_policy(
        Bucket="data",
        Policy=document(
            allow(
                "s3:GetObject", OBJECTS, Principal="*", Condition={"IpAddress": {"aws:SourceIp": "127.0.0.1"}}
            )
        ),
    )
    assert read(world, None) == "kept"


def test_a_bucket_may_forbid_public_policies(world: Guarded, anew: Any) -> None:
    anew.put_public_access_block(
        Bucket="data", PublicAccessBlockConfiguration=OFF | {"BlockPublicPolicy": True}
    )
    assert refusal(anew.put_bucket_policy, Bucket="data", Policy=PUBLIC)[0] == "AccessDenied"
    narrow = document(allow("s3:GetObject", OBJECTS, Principal={"AWS": "123456789012"}))
    anew.put_bucket_policy(Bucket="data", Policy=narrow)


def test_a_restricted_bucket_is_open_to_its_account_alone(world: Guarded, anew: Any) -> None:
    stranger = world.account(OTHER)
    user = world.user("of-the-account")
    both = document(
        allow("s3:GetObject", OBJECTS, Principal="*"),
        allow("s3:GetObject", OBJECTS, Principal={"AWS": arn("root", OTHER)}),
    )
    anew.put_bucket_policy(Bucket="data", Policy=both)
    assert [read(world, each) for each in (None, stranger, user)] == ["kept", "kept", "kept"]
    anew.put_public_access_block(
        Bucket="data", PublicAccessBlockConfiguration=OFF | {"RestrictPublicBuckets": True}
    )
    assert [read(world, each) for each in (None, stranger, user)] == ["AccessDenied", "AccessDenied", "kept"]


def test_the_switches_of_a_bucket_are_kept(world: Guarded, anew: Any) -> None:
    missing = "NoSuchPublicAccessBlockConfiguration"
    assert refusal(anew.get_public_access_block, Bucket="data")[0] == missing
    for given in (OFF | {"IgnorePublicAcls": True}, ON, OFF):
        anew.put_public_access_block(Bucket="data", PublicAccessBlockConfiguration=given)
        assert anew.get_public_access_block(Bucket="data")["PublicAccessBlockConfiguration"] == given
    # AWS: *Amazon S3 will automatically enable S3 Block Public Access for all new buckets*, since April 2023.
    assert anew.get_public_access_block(Bucket="fresh")["PublicAccessBlockConfiguration"] == ON


def test_without_the_operators_word_nothing_is_public(store: Store) -> None:
    """Fail closed: the switches of a bucket open nothing by themselves."""
    store.objects[b"/data/a"] = b"kept"
    with guarded_world(store) as closed:
        s3 = closed.s3(closed.root)
        s3.put_public_access_block(Bucket="data", PublicAccessBlockConfiguration=OFF)
        code, text = refusal(s3.put_bucket_policy, Bucket="data", Policy=PUBLIC)
        assert (code, "BlockPublicPolicy" in text) == ("AccessDenied", True)
        assert read(closed, None) == "AccessDenied"


def test_soft_mode_lets_nobody_in(store: Store) -> None:
    with guarded_world(store, upstream_of(store, public_access=True), gateway_mode="soft") as soft:
        user = soft.user("anybody")
        assert read(soft, user) == "kept"
        assert read(soft, None) == "AccessDenied"


@pytest.mark.parametrize(
    ("statement", "public"),
    [
        (allow("s3:GetObject", OBJECTS, Principal="*"), True),
        (allow("s3:GetObject", OBJECTS, Principal={"AWS": "*"}), True),
        (allow("s3:GetObject", OBJECTS, Principal={"AWS": OTHER}), False),
        (allow("s3:GetObject", OBJECTS, Principal={"Service": "a.amazonaws.com"}), False),
        (deny("s3:GetObject", OBJECTS, Principal="*"), False),
        (allow("s3:GetObject", OBJECTS, Principal="*", Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}}), False),
        (allow("s3:GetObject", OBJECTS, Principal="*", Condition={"StringLike": {"aws:SourceVpc": "vpc-*"}}), True),
        (allow("s3:GetObject", OBJECTS, Principal="*", Condition={"StringLike": {"aws:PrincipalArn": "${aws:userid}"}}), True),
        (allow("s3:GetObject", OBJECTS, Principal="*", Condition={"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}), True),
        (allow("s3:GetObject", OBJECTS, Principal="*", Condition={"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}}), True),
        (allow("s3:GetObject", OBJECTS, Principal="*", Condition={"StringEquals": {"aws:Referer": "x"}}), True),
        (allow("s3:GetObject", OBJECTS, Principal="*", Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}), False),
        (allow("s3:GetObject", OBJECTS, Principal="*", Condition={"IpAddress": {"aws:SourceIp": "64.0.0.0/7"}}), True),
        (allow("s3:GetObject", OBJECTS, Principal="*", Condition={"IpAddress": {"aws:SourceIp": "2a00::/31"}}), True),
        (allow("s3:GetObject", OBJECTS, Principal="*", Condition={"IpAddress": {"aws:SourceIp": "anything"}}), True),
        (allow("s3:GetObject", OBJECTS, Principal="*", Condition={"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}), True),
    ],
)  # fmt: skip
def test_the_meaning_of_public(statement: dict[str, Any], public: bool) -> None:
    # AWS: *Blocking public access to your Amazon S3 storage*, "The meaning of 'public'".
    assert is_public(parse(document(statement), PolicyKind.RESOURCE)) is public


def test_the_banner_says_that_the_public_may_be_let_in(store: Store) -> None:
    said = "s3 at {}, open to everybody where the policy of a bucket says so"
    assert upstream_of(store, public_access=True).shown == said.format(store.url)
    assert upstream_of(store).shown == f"s3 at {store.url}"
