"""``s3:ExistingObjectTag``: asked of the store when a policy names it, and only then."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.support.answers import refusal
from tests.support.guarded import Guarded
from tests.support.upstream import Store
from tests.support.world import Actor, allow, deny

TAGS = "/data/secret%20one?tagging"
PUBLIC = {"StringEquals": {"s3:ExistingObjectTag/class": "public"}}


def tagging(**tags: str) -> tuple[int, bytes]:
    inner = "".join(f"<Tag><Key>{key}</Key><Value>{value}</Value></Tag>" for key, value in tags.items())
    return 200, f"<Tagging><TagSet>{inner}</TagSet></Tagging>".encode()


@pytest.fixture(autouse=True)
def anew(store: Store) -> Iterator[None]:
    store.objects[b"/data/secret%20one"] = b"kept"
    store.answers.clear()
    yield
    store.answers.clear()


@pytest.fixture(scope="module")
def reader(guarded: Guarded) -> Actor:
    return guarded.user("tag-reader", allow("s3:GetObject*", "*", Condition=PUBLIC))


def get(guarded: Guarded, actor: Actor, **more: Any) -> Any:
    return guarded.s3(actor).get_object(Bucket="data", Key="secret one", **more)["Body"].read()


def test_the_tags_of_an_object_decide(guarded: Guarded, store: Store, reader: Actor) -> None:
    store.answers["GET", TAGS.encode()] = tagging(**{"Class": "x", "class": "public"})
    assert refusal(guarded.s3(reader).get_object, Bucket="data", Key="secret one")[0] == "AccessDenied"
    store.answers["GET", TAGS.encode()] = tagging(team="a", **{"class": "public"})
    assert get(guarded, reader) == b"kept"
    store.answers["GET", TAGS.encode()] = tagging(**{"class": "secret"})
    before = len(store.seen)
    assert refusal(guarded.s3(reader).get_object, Bucket="data", Key="secret one")[0] == "AccessDenied"
    assert [seen.request.raw_query for seen in store.seen[before:]] == [b"tagging"]


def test_a_version_has_tags_of_its_own(guarded: Guarded, store: Store, reader: Actor) -> None:
    store.answers["GET", f"{TAGS}&versionId=v%2F1".encode()] = tagging(**{"class": "public"})
    store.answers["GET", TAGS.encode()] = tagging(**{"class": "secret"})
    assert get(guarded, reader, VersionId="v/1") == b"<Done/>"


def test_nobody_is_asked_when_no_policy_wants_to_know(guarded: Guarded, store: Store) -> None:
    user = guarded.user("untagged", allow("s3:*", "*"), allow("s3:GetObject", "arn:aws:s3:::${s3:prefix}"))
    before = len(store.seen)
    assert get(guarded, user) == b"kept"
    assert len(store.seen) == before + 1


@pytest.mark.parametrize(
    "condition",
    [
        {"StringNotEquals": {"S3:existingobjecttag/CLASS": "public"}},
        {"StringEquals": {"aws:userid": "${s3:ExistingObjectTag/owner}"}},
        {"StringEquals": {"s3:\u0045xistingObjectTag/class": "secret"}},
    ],
)  # fmt: skip
def test_a_policy_that_spells_it_otherwise_wants_to_know_too(
    guarded: Guarded, store: Store, condition: Any
) -> None:
    """Fail closed: a Deny must not be missed because it was not recognized."""
    name = f"otherwise-{next(iter(condition))}-{len(str(condition))}"
    user = guarded.user(name, allow("s3:*", "*"), deny("s3:GetObject", "*", Condition=condition))
    unique_id = guarded.root.iam.get_user(UserName=name)["User"]["UserId"]
    store.answers["GET", TAGS.encode()] = tagging(owner=unique_id, **{"class": "secret"})
    assert refusal(guarded.s3(user).get_object, Bucket="data", Key="secret one")[0] == "AccessDenied"


@pytest.mark.parametrize(
    ("status", "body"), [(500, b""), (501, b""), (403, b""), (200, b"x"), (200, b"<a/><b/>")]
)
def test_tags_that_cannot_be_read_let_nobody_in(
    guarded: Guarded, store: Store, reader: Actor, status: int, body: bytes
) -> None:
    store.answers["GET", TAGS.encode()] = (status, body)
    assert refusal(guarded.s3(reader).get_object, Bucket="data", Key="secret one")[0] == "ServiceUnavailable"


def test_an_object_that_is_not_there_has_no_tags(guarded: Guarded, store: Store, reader: Actor) -> None:
    store.answers["GET", TAGS.encode()] = (404, b"")
    assert refusal(guarded.s3(reader).get_object, Bucket="data", Key="secret one")[0] == "AccessDenied"
