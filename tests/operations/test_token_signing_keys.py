"""The keys of identity tokens in the course of time: staged, signing, retired, forgotten."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from tests.support.identity_tokens import key_ids, published_keys, verified
from tests.support.loops import LoopThread
from tests.support.world import World

from iamd import background
from iamd.domain.token_signing_keys import (
    KEY_SET_SECONDS,
    LONGEST_TOKEN,
    PUBLISHED_AFTER,
    PUBLISHED_FIRST,
    SIGNS_FOR,
)
from iamd.operations.token_signing_keys import rotate
from iamd.store.interface import ChangeKind

MOMENT = timedelta(seconds=5)


@pytest.fixture
def world(loop: LoopThread, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Give a world that does nothing by itself: what happens in time, the test makes happen."""
    monkeypatch.setattr(background, "_POLL_SECONDS", 3600.0)
    world = World(loop)
    yield world
    world.close()


def issuer_of(world: World) -> str:
    return str(world.root.iam.enable_outbound_web_identity_federation()["IssuerIdentifier"])


def turn(world: World) -> None:
    rotate(world.app.store, world.app.ids, world.clock.now())


def token(world: World, algorithm: str = "ES384", **given: Any) -> str:
    answer = world.root.sts.get_web_identity_token(Audience=["service"], SigningAlgorithm=algorithm, **given)
    return str(answer["WebIdentityToken"])


def signer(world: World, issuer: str, algorithm: str = "ES384") -> str:
    """Return the id of the key that signs now; whatever it signs must verify."""
    return str(verified(world, token(world, algorithm), issuer).header["kid"])


def test_nobody_may_keep_a_key_set_until_a_staged_key_signs() -> None:
    assert timedelta(seconds=KEY_SET_SECONDS) < PUBLISHED_FIRST
    assert PUBLISHED_AFTER > LONGEST_TOKEN


def test_a_key_goes_its_way(world: World) -> None:
    """Each token verifies with the keys that are published at any time of its life."""
    issuer = issuer_of(world)
    first = set(key_ids(world, issuer))
    turn(world)
    assert set(key_ids(world, issuer)) == first

    # Old enough: both are given a successor, published and not yet used.
    world.clock.advance(SIGNS_FOR - PUBLISHED_FIRST)
    turn(world)
    staged = set(key_ids(world, issuer)) - first
    assert sorted(key["alg"] for key in published_keys(world, issuer)) == ["ES384", "ES384", "RS256", "RS256"]
    turn(world)
    assert set(key_ids(world, issuer)) == first | staged
    world.clock.advance(PUBLISHED_FIRST - MOMENT)
    assert {signer(world, issuer, each) for each in ("ES384", "RS256")} == first
    last = token(world, DurationSeconds=3600)

    # Its time has come, and nobody had to do anything.
    world.clock.advance(2 * MOMENT)
    assert {signer(world, issuer, each) for each in ("ES384", "RS256")} == staged
    assert set(key_ids(world, issuer)) == first | staged
    world.clock.advance(LONGEST_TOKEN)
    verified(world, last, issuer)

    # Nothing that the old ones have signed is good any more.
    world.clock.advance(PUBLISHED_AFTER - LONGEST_TOKEN)
    assert set(key_ids(world, issuer)) == staged
    turn(world)
    kept = world.app.store.read(
        lambda tx: [
            key.key_id for key in tx.token_signing_keys.of(world.root.sts.get_caller_identity()["Account"])
        ]
    ).result()
    assert set(kept) == staged


def test_a_server_that_was_away_for_long_signs_with_what_it_has(world: World) -> None:
    issuer = issuer_of(world)
    first = set(key_ids(world, issuer))
    world.clock.advance(5 * SIGNS_FOR)
    assert signer(world, issuer) in first
    turn(world)
    assert signer(world, issuer) in first
    world.clock.advance(PUBLISHED_FIRST)
    assert signer(world, issuer) not in first


def test_a_clock_that_was_wrong_and_set_back_stops_nobody(world: World) -> None:
    world.clock.advance(timedelta(days=1))
    issuer = issuer_of(world)
    world.clock.advance(-timedelta(days=1))
    assert signer(world, issuer) in key_ids(world, issuer)


def test_an_account_that_issues_nothing_gets_no_further_key(world: World) -> None:
    issuer = issuer_of(world)
    first = key_ids(world, issuer)
    world.root.iam.disable_outbound_web_identity_federation()
    world.clock.advance(2 * SIGNS_FOR)
    turn(world)
    assert key_ids(world, issuer) == first
    world.root.iam.enable_outbound_web_identity_federation()
    turn(world)
    assert len(key_ids(world, issuer)) == 2 * len(first)


def test_two_nodes_make_one_successor(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one finds, when it writes, that the first has been there."""
    issuer = issuer_of(world)
    world.clock.advance(SIGNS_FOR)
    store = world.app.store
    turned: list[bool] = []

    class Behind:
        """A store whose reader has another node act between its reads and its writes."""

        def read(self, job: Any) -> Any:
            found = store.read(job)
            found.result()
            if not turned:
                turned.append(True)
                turn(world)
            return found

        write = staticmethod(store.write)

    rotate(Behind(), world.app.ids, world.clock.now())  # type: ignore[arg-type]  # what it needs of a store
    assert len(key_ids(world, issuer)) == 4


def test_the_server_turns_them_by_itself(loop: LoopThread, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "_POLL_SECONDS", 0.01)
    monkeypatch.setattr(background, "_ROTATE_SECONDS", 0.0)
    world = World(loop)
    issuer = issuer_of(world)
    turned = threading.Event()
    world.app.store.on_changes(
        lambda changes: (
            turned.set() if any(each.kind is ChangeKind.OUTBOUND_FEDERATION for each in changes) else None
        )
    )
    world.clock.advance(SIGNS_FOR)
    assert turned.wait(30)
    assert len(key_ids(world, issuer)) == 4
    world.close()
