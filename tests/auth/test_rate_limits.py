"""Rate limits: who asks too often is told so in the words of AWS, and nobody else notices."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from msgspec.structs import replace
from tests.house.sender import request_to, signed
from tests.support.loops import LoopThread
from tests.support.trail import records_of
from tests.support.world import ACCOUNT, Credentials, World, allow

from iamd.auth.peers import network_of
from iamd.auth.rate_limits import Buckets, RateLimits
from iamd.enforcement.refusals import refuse
from iamd.errors import MissingAuthenticationToken, Throttling
from iamd.http import Request
from iamd.secret import Secret
from iamd.settings import Settings
from iamd.wire.model import load

SOMEWHERE, ELSEWHERE = "192.0.2.1", "192.0.2.2"
RATE_EXCEEDED = ("Throttling", "Rate exceeded", 400)


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def limited(loop: LoopThread, **rates: Any) -> World:
    settings = Settings(
        account_id=ACCOUNT,
        root_access_key_id="AKIAROOTEXAMPLE00000",
        root_secret_access_key=Secret("root/secret/access/key/of/the/tests/0000"),
        **rates,
    )
    return World(loop, settings)


def refusal(call: Any) -> tuple[str, str, int] | None:
    try:
        call()
    except ClientError as error:
        said = error.response
        return said["Error"]["Code"], said["Error"]["Message"], said["ResponseMetadata"]["HTTPStatusCode"]
    return None


def from_(peer: str, credentials: Credentials | None) -> Request:
    request = request_to(load("sts").operations["GetCallerIdentity"], {})
    return replace(signed(request, "sts", credentials) if credentials else request, peer=peer)


def test_a_bucket_lets_bursts_pass_and_fills_up() -> None:
    buckets = Buckets(2)
    assert [buckets.take("a", 0.0) for _ in range(21)] == [True] * 20 + [False]
    assert [buckets.take("a", 0.5) for _ in range(2)] == [True, False]
    assert [buckets.take("a", 1000.0) for _ in range(21)] == [True] * 20 + [False]
    assert buckets.take("b", 1000.0)


def test_asking_in_vain_costs_nothing() -> None:
    buckets = Buckets(1)
    for _ in range(10):
        buckets.take("a", 0.0)
    assert not any(buckets.take("a", at / 10) for at in range(10))
    assert buckets.take("a", 1.0)


def test_the_number_of_buckets_is_bounded() -> None:
    buckets = Buckets(1, most=3)
    for name in "abcde":
        buckets.take(name, 0.0)
    assert len(buckets) == 3


def test_an_access_key_is_limited_and_no_other(loop: LoopThread) -> None:
    world = limited(loop, rate_limit_key=1)
    bob, eve = (world.user(name, allow("iam:*")) for name in ("bob", "eve"))
    answers = [refusal(bob.sts.get_caller_identity) for _ in range(11)]
    assert answers == [None] * 10 + [RATE_EXCEEDED]
    assert refusal(bob.iam.list_users) == RATE_EXCEEDED
    assert refusal(eve.sts.get_caller_identity) is None
    # A change is not made, either.
    assert refusal(lambda: bob.iam.create_user(UserName="more")) == RATE_EXCEEDED
    world.close()


def test_nobody_uses_up_the_key_of_somebody_else(loop: LoopThread) -> None:
    world = limited(loop, rate_limit_key=1)
    bob = world.user("bob")
    assert bob.credentials is not None
    forged = world.client("sts", Credentials(bob.credentials.access_key_id, "x" * 40))
    for _ in range(30):
        assert refusal(forged.get_caller_identity) is not None
    assert refusal(bob.sts.get_caller_identity) is None
    world.close()


def test_an_account_is_limited_with_all_its_keys(loop: LoopThread) -> None:
    world = limited(loop, rate_limit_account=1)
    answers = [refusal(world.root.sts.get_caller_identity) for _ in range(11)]
    assert answers == [None] * 10 + [RATE_EXCEEDED]
    world.close()


def test_organizations_calls_it_by_its_own_name(loop: LoopThread) -> None:
    world = limited(loop, rate_limit_key=1)
    for _ in range(10):
        world.root.sts.get_caller_identity()
    assert refusal(world.root.organizations.describe_organization) == (
        "ThrottlingException",
        "Rate exceeded",
        400,
    )
    world.close()


@pytest.mark.slow
def test_boto3_tries_again_by_itself(loop: LoopThread) -> None:
    world = limited(loop, rate_limit_key=50)
    patient = world.client("sts", world.root.credentials, retries={"mode": "standard", "max_attempts": 5})
    while refusal(world.root.sts.get_caller_identity) is None:
        pass
    answer = patient.get_caller_identity()
    assert answer["Account"] == ACCOUNT
    world.close()


def test_a_peer_is_limited_whoever_asks(loop: LoopThread) -> None:
    world = limited(loop, rate_limit_peer=1)
    root = world.root.credentials
    statuses = [world.send(from_(SOMEWHERE, root)).status for _ in range(11)]
    assert statuses == [200] * 10 + [400]
    assert world.send(from_(ELSEWHERE, root)).status == 200
    # Who is on this machine may be a proxy, which stands for everybody.
    assert {world.send(from_("127.0.0.1", root)).status for _ in range(20)} == {200}
    world.close()


def test_failures_of_a_peer_are_limited(loop: LoopThread) -> None:
    """R-76: and only then its other requests."""
    world = limited(loop, rate_limit_failures=1)
    root = world.root.credentials
    assert {world.send(from_(SOMEWHERE, root)).status for _ in range(50)} == {200}
    statuses = [world.send(from_(SOMEWHERE, None)).status for _ in range(12)]
    assert statuses == [403] * 10 + [400] * 2
    assert b"<Code>Throttling</Code>" in world.send(from_(SOMEWHERE, root)).body
    assert world.send(from_(ELSEWHERE, root)).status == 200
    world.close()


def test_who_is_throttled_need_only_wait() -> None:
    seconds = Seconds()
    limits = RateLimits(seconds, failures=1)
    for _ in range(10):
        limits.failed(SOMEWHERE, MissingAuthenticationToken())
    for _ in range(100):
        with pytest.raises(Throttling):
            limits.enter(SOMEWHERE)
        limits.failed(SOMEWHERE, Throttling())
    seconds.now += 1.0
    limits.enter(SOMEWHERE)


@pytest.mark.parametrize("limit", ["peer", "failures"])
def test_a_customer_of_a_provider_has_one_bucket(limit: str) -> None:
    """R-76: of IPv6 everybody has 64 bits of addresses, and one for each request."""
    limits = RateLimits(Seconds(), peer=limit == "peer", failures=limit == "failures")
    for number in range(10):
        limits.enter(f"2001:db8::{number:x}")
        limits.failed(f"2001:db8::{number:x}", MissingAuthenticationToken())
    with pytest.raises(Throttling):
        limits.enter("2001:db8::ffff")
    limits.enter("2001:db8:0:1::1")
    limits.enter(SOMEWHERE)


@pytest.mark.parametrize(
    ("peer", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:0db8:0:0:ffff::1", "2001:db8::/64"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_what_one_customer_has(peer: str, network: str) -> None:
    """Addresses of version 4 that a socket of both families shows are not all one customer's."""
    assert network_of(peer) == network


def test_what_anybody_can_cause_fills_no_disk(loop: LoopThread, tmp_path: Any) -> None:
    world = limited(loop, rate_limit_peer=1, audit_file=tmp_path / "audit.jsonl")
    for _ in range(300):
        world.send(from_(SOMEWHERE, None))
    found = records_of(world.app)
    assert 20 <= len(found) < 60
    world.close()


def test_throttling_is_counted_by_limit(loop: LoopThread) -> None:
    world = limited(loop, rate_limit_key=1, metrics_key=Secret("key of the metrics of these tests"))
    for _ in range(12):
        refusal(world.root.sts.get_caller_identity)
    assert world.app.metrics is not None
    (found,) = [each for each in world.app.metrics.families() if each.name == "iamd_throttled"]
    assert [(each.labels, each.value) for each in found.samples] == [(("key",), 2)]
    world.close()


def test_other_services_say_it_in_their_own_words() -> None:
    error = Throttling("Rate exceeded")
    s3 = refuse("rest-xml", "s3", error, "id")
    assert (s3.status, b"<Code>SlowDown</Code>" in s3.body) == (503, True)
    ec2 = refuse("ec2", "ec2", error, "id")
    assert (ec2.status, b"<Code>RequestLimitExceeded</Code>" in ec2.body) == (503, True)
    dynamodb = refuse("json", "dynamodb", error, "id")
    assert (dynamodb.status, json.loads(dynamodb.body)["__type"].rpartition("#")[2]) == (
        400,
        "ThrottlingException",
    )
