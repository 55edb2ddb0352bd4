"""Bucket policies that the store keeps: read from it, held for a moment, and never missed when they cannot be read."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from tests.support.answers import arn, refusal
from tests.support.guarded import Guarded, guarded_world, upstream_of
from tests.support.upstream import Store
from tests.support.world import ACCOUNT, Actor, allow, deny, document

from iamd.enforcement.upstream_policies import FRESH_SECONDS

OBJECTS = "arn:aws:s3:::data/*"
POLICY = ("GET", b"/data?policy")
NONE = (404, b"<Error><Code>NoSuchBucketPolicy</Code></Error>")


@pytest.fixture(scope="module")
def world(store: Store) -> Iterator[Guarded]:
    with guarded_world(store, upstream_of(store, bucket_policies="upstream", public_access=True)) as made:
        yield made


@pytest.fixture(autouse=True)
def anew(world: Guarded, store: Store) -> None:
    """Make what was read before too old."""
    world.clock.passed += FRESH_SECONDS
    store.objects[b"/data/a"] = b"kept"
    store.answers[POLICY] = NONE


def asked(store: Store) -> int:
    return sum(seen.request.raw_query == b"policy" for seen in store.seen)


def says(store: Store, *statements: Any) -> None:
    store.answers[POLICY] = (200, document(*statements).encode())


def read(world: Guarded, actor: Actor | None) -> str:
    return str(world.s3(actor).get_object(Bucket="data", Key="a")["Body"].read().decode())


def test_the_stores_policy_lets_in_and_keeps_out(world: Guarded, store: Store) -> None:
    user = world.user("reader-of-store")
    says(store, allow("s3:GetObject", OBJECTS, Principal={"AWS": arn("user/reader-of-store")}))
    assert read(world, user) == "kept"
    assert refusal(world.s3(None).get_object, Bucket="data", Key="a")[0] == "AccessDenied"
    world.clock.passed += FRESH_SECONDS
    says(
        store,
        allow("s3:GetObject", OBJECTS, Principal="*"),
        deny("s3:GetObject", OBJECTS, Principal={"AWS": arn("user/reader-of-store")}),
    )
    assert read(world, world.root) == "kept"
    assert refusal(world.s3(user).get_object, Bucket="data", Key="a")[0] == "AccessDenied"


def test_it_is_read_once_in_a_while(world: Guarded, store: Store) -> None:
    before = asked(store)
    for _ in range(3):
        read(world, world.root)
    assert asked(store) == before + 1
    says(store, deny("s3:*", OBJECTS, Principal="*"))
    assert read(world, world.root) == "kept"
    world.clock.passed += FRESH_SECONDS
    assert refusal(world.s3(world.root).get_object, Bucket="data", Key="a")[0] == "AccessDenied"


def test_what_passes_through_the_gateway_counts_at_once(world: Guarded, store: Store) -> None:
    assert read(world, world.root) == "kept"
    s3 = world.s3(world.root)
    says(store, deny("s3:GetObject", OBJECTS, Principal="*"))
    s3.put_bucket_policy(Bucket="data", Policy=document(deny("s3:GetObject", OBJECTS, Principal="*")))
    assert store.seen[-1].request.raw_query == b"policy"
    assert store.seen[-1].request.method == "PUT"
    assert refusal(s3.get_object, Bucket="data", Key="a")[0] == "AccessDenied"
    store.answers[POLICY] = NONE
    s3.delete_bucket_policy(Bucket="data")
    assert read(world, world.root) == "kept"


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (500, b"", "ServiceUnavailable"),
        (501, b"", "ServiceUnavailable"),
        (403, b"<Error/>", "ServiceUnavailable"),
        (301, b"", "ServiceUnavailable"),
        (200, b"<Done/>", "AccessDenied"),
        (200, b"{}", "AccessDenied"),
        (200, b"", "AccessDenied"),
        (200, b"\xff", "AccessDenied"),
        (200, b" " * 2_000_000, "ServiceUnavailable"),
    ],
)  # fmt: skip
def test_a_policy_that_cannot_be_read_lets_nobody_in(
    world: Guarded, store: Store, status: int, body: bytes, code: str
) -> None:
    store.answers[POLICY] = (status, body)
    before = len(store.seen)
    assert refusal(world.s3(world.root).get_object, Bucket="data", Key="a")[0] == code
    assert {seen.request.raw_query for seen in store.seen[before:]} == {b"policy"}


def test_a_failure_is_not_remembered(world: Guarded, store: Store) -> None:
    store.answers[POLICY] = (500, b"")
    assert refusal(world.s3(world.root).get_object, Bucket="data", Key="a")[0] == "ServiceUnavailable"
    store.answers[POLICY] = NONE
    assert read(world, world.root) == "kept"


def test_many_who_ask_at_once_wait_for_one_answer(world: Guarded, store: Store) -> None:
    before = asked(store)
    got: list[str] = []
    threads = [threading.Thread(target=lambda: got.append(read(world, world.root))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == ["kept"] * 8
    assert asked(store) == before + 1


PUBLIC = allow("s3:GetObject", OBJECTS, Principal="*")
BLOCK = ("GET", b"/data?publicAccessBlock")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((404, b""), None),
        ((200, b"<P><RestrictPublicBuckets>false</RestrictPublicBuckets></P>"), None),
        ((200, b"<P><RestrictPublicBuckets>true</RestrictPublicBuckets></P>"), "AccessDenied"),
        ((200, b"<P><RestrictPublicBuckets>perhaps</RestrictPublicBuckets></P>"), "AccessDenied"),
        ((200, b"<Done/><Done/>"), "AccessDenied"),
        ((501, b""), None),
        ((500, b""), "AccessDenied"),
        ((403, b""), "AccessDenied"),
    ],
)  # fmt: skip
def test_the_store_may_block_what_its_policy_opens(
    world: Guarded, store: Store, answer: tuple[int, bytes], code: str | None
) -> None:
    says(store, PUBLIC)
    store.answers[BLOCK] = answer
    if code is None:
        assert read(world, None) == "kept"
    else:
        assert refusal(world.s3(None).get_object, Bucket="data", Key="a")[0] == code
    assert read(world, world.root) == "kept"


def test_another_account_may_not_put_one_here_either(world: Guarded, store: Store) -> None:
    stranger = world.account("999999999999")
    says(store, allow("s3:PutBucketPolicy", "arn:aws:s3:::data", Principal={"AWS": "999999999999"}))
    before = len(store.seen)
    assert refusal(world.s3(stranger).put_bucket_policy, Bucket="data", Policy="{}")[0] == "MethodNotAllowed"
    assert {seen.request.method for seen in store.seen[before:]} == {"GET"}


def test_a_bucket_of_another_account_is_another_bucket(store: Store) -> None:
    """moto and its kin have one of that name for each account, at one address."""
    other = "210987654321"
    first, second = (
        upstream_of(store, kind="moto", bucket_policies="upstream", accounts=[account])
        for account in (ACCOUNT, other)
    )
    with guarded_world(store, first, second) as both:
        root = both.account(other)
        says(store, deny("s3:GetObject", OBJECTS, Principal="*"))
        assert refusal(both.s3(both.root).get_object, Bucket="data", Key="a")[0] == "AccessDenied"
        store.answers[POLICY] = NONE
        assert read(both, root) == "kept"
        assert refusal(both.s3(both.root).get_object, Bucket="data", Key="a")[0] == "AccessDenied"
