"""What iamd keeps of buckets bears on requests that others tell of, as on those that come through the gateway."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.support.points import KEYS, call_page, points_world, post, request_of, signed, through, told
from tests.support.world import ACCOUNT, World, allow, deny, document

from iamd.domain.accounts import Account
from iamd.domain.buckets import Bucket
from iamd.domain.ids import AccountId
from iamd.enforcement.decide import PATH

OTHER = AccountId("999999999999")
REPORTS = "arn:aws:s3:::reports/*"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with points_world() as found:
        found.user("bob", allow("s3:GetObject", "*"))
        yield found


def keep(world: World, name: str, account_id: str, *statements: Any) -> None:
    now = world.clock.now()

    def job(transaction: Any) -> None:
        if transaction.accounts.find(OTHER) is None:
            transaction.accounts.add(Account(account_id=OTHER, name=OTHER, created_at=now))
        policy = document(*statements) if statements else None
        transaction.buckets.add(
            Bucket(name=name, account_id=AccountId(account_id), created_at=now, policy=policy)
        )

    world.app.store.write(job).result()


@pytest.mark.parametrize(
    ("name", "account_id", "statements", "status"),
    [
        ("nothing-kept", ACCOUNT, (), 200),
        ("denied", ACCOUNT, (deny("s3:GetObject", "arn:aws:s3:::denied/*", Principal="*"),), 403),
        ("theirs", OTHER, (), 403),
        ("shared", OTHER, (allow("s3:GetObject", "arn:aws:s3:::shared/*", Principal={"AWS": ACCOUNT}),), 200),
    ],
)  # fmt: skip
def test_a_proxy_and_a_decision_ask_the_buckets_policy(
    world: World, name: str, account_id: str, statements: Any, status: int
) -> None:
    keep(world, name, account_id, *statements)
    bob = world.user(f"bob-{name}", allow("s3:GetObject", "*"))
    request = signed(
        request_of("GET", b"/" + name.encode() + b"/a", (b"x-amz-content-sha256", b"UNSIGNED-PAYLOAD")),
        bob,
        "s3",
        "UNSIGNED-PAYLOAD",
    )
    assert call_page(world, through("envoy", request, KEYS["store"])).status == status
    question = {
        "principal": f"arn:aws:iam::{ACCOUNT}:user/bob-{name}",
        "action": "s3:GetObject",
        "resource": f"arn:aws:s3:::{name}/a",
    }
    answer = told(call_page(world, signed(post(PATH, question), world.root, "iam")))
    assert answer["allowed"] is (status == 200)
