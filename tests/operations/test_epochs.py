"""Epochs on the wire: each answer says which state it is of, and a caller may demand one."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.points import call_page, post, signed, told
from tests.support.world import ACCOUNT, Actor, World, deny

from iamd.enforcement.decide import PATH


def epoch_of(world: World) -> int:
    """Return the epoch that the last answer is of."""
    return int(dict(world.responses[-1].headers)[b"x-iamd-epoch"])


@contextmanager
def demanding(client: Any, epoch: object) -> Iterator[Any]:
    """Let *client* demand *epoch* with every request."""

    def add(params: dict[str, Any], **_: object) -> None:
        params["headers"]["x-iamd-minimum-epoch"] = str(epoch)

    client.meta.events.register("before-call", add)
    yield client
    client.meta.events.unregister("before-call", add)


def refusal(caught: pytest.ExceptionInfo[ClientError]) -> tuple[int, str]:
    response: Any = caught.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]


def test_a_write_answers_with_an_epoch_that_holds_it(world: World) -> None:
    before = world.app.store.epoch
    world.root.iam.create_user(UserName="bob")
    assert epoch_of(world) == world.app.store.epoch == before + 1
    world.root.iam.get_user(UserName="bob")
    assert epoch_of(world) == before + 1
    world.root.sts.get_caller_identity()
    assert epoch_of(world) == before + 1


def test_strangers_are_told_nothing_of_it(world: World) -> None:
    with pytest.raises(ClientError):
        world.client("sts", None).get_caller_identity()
    assert b"x-iamd-epoch" not in dict(world.responses[-1].headers)


def test_strangers_who_demand_one_are_told_nothing_either(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iamd.directory.epochs._LOOK_SECONDS", ())
    monkeypatch.setattr(world.app.directory, "epoch", 4711)
    with demanding(world.client("sts", None), 10**9) as sts, pytest.raises(ClientError) as caught:
        sts.get_caller_identity()
    assert refusal(caught) == (503, "ServiceUnavailable")
    assert "4711" not in str(caught.value)


def test_nobody_makes_a_node_look_without_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """R-84: the demand is met or given up before anything is proved, so it must cost little."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("iamd.directory.epochs.asyncio", SimpleNamespace(sleep=sleep))
    with demanding(world.client("sts", None), 10**9) as sts, pytest.raises(ClientError):
        sts.get_caller_identity()
    assert 1.5 < sum(slept) < 2.5
    assert len(slept) < 25, "it looks once after each"


def test_an_epoch_that_is_known_is_answered_at_once(world: World) -> None:
    world.root.iam.create_user(UserName="bob")
    with demanding(world.client("sts", world.root.credentials), epoch_of(world)) as sts:
        assert sts.get_caller_identity()["Account"] == ACCOUNT


def test_an_epoch_that_comes_is_waited_for(world: World) -> None:
    world.root.iam.create_user(UserName="bob")
    ahead = epoch_of(world) + 1
    answers: list[str] = []

    def ask() -> None:
        with demanding(world.client("sts", world.root.credentials), ahead) as sts:
            answers.append(sts.get_caller_identity()["Account"])

    asking = threading.Thread(target=ask)
    asking.start()
    world.root.iam.create_user(UserName="carl")
    asking.join()
    assert answers == [ACCOUNT]


def test_an_epoch_that_does_not_come_is_a_reason_to_try_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iamd.directory.epochs._LOOK_SECONDS", (0.01,))
    with (
        demanding(world.client("sts", world.root.credentials), 10**9) as sts,
        pytest.raises(ClientError) as caught,
    ):
        sts.get_caller_identity()
    assert refusal(caught) == (503, "ServiceUnavailable")
    assert "demands epoch 1000000000" in str(caught.value)


@pytest.mark.parametrize("demand", ["", "-1", "1e3", "\u00b3", "1,2", "9" * 19])
def test_what_is_no_epoch_is_refused(world: World, demand: str) -> None:
    def add(request: Any, **_: object) -> None:
        request.headers["x-iamd-minimum-epoch"] = demand

    sts = world.client("sts", world.root.credentials)
    sts.meta.events.register_first("before-send", add)
    with pytest.raises(ClientError) as caught:
        sts.get_caller_identity()
    assert refusal(caught) == (400, "ValidationError")


def test_a_decision_says_which_state_it_is_of(world: World) -> None:
    bob = world.user("bob", deny("s3:*"))
    question = {"principal": f"arn:aws:iam::{ACCOUNT}:user/bob", "action": "s3:GetObject", "resource": "*"}
    epoch = world.app.store.epoch

    def ask(body: object) -> Any:
        return told(call_page(world, signed(post(PATH, body), world.root, "iam")))

    assert ask(question)["epoch"] == epoch
    assert [each["epoch"] for each in ask({"requests": [question, question]})["decisions"]] == [epoch, epoch]

    Actor(world, bob.credentials)
    with pytest.raises(ClientError):
        bob.iam.list_users()
    (denial,) = [each for each in world.app.pipeline.decisions.all() if each.operation == "ListUsers"]
    assert denial.epoch == epoch


def test_decisions_can_be_demanded_of_a_state_as_well(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iamd.directory.epochs._LOOK_SECONDS", (0.01,))
    question = {"principal": f"arn:aws:iam::{ACCOUNT}:root", "action": "s3:GetObject", "resource": "*"}

    def ask(epoch: int) -> int:
        request = post(PATH, question, {b"x-iamd-minimum-epoch": b"%d" % epoch})
        return call_page(world, signed(request, world.root, "iam")).status

    assert ask(world.app.store.epoch) == 200
    assert ask(world.app.store.epoch + 1) == 503
