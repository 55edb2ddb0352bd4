"""``GET /_iamd/trust-graph``: who may ask, and for what."""

from collections.abc import Iterator

import pytest
from tests.support.loops import LoopThread
from tests.support.trusting import ask
from tests.support.world import Actor, World, allow

ACTIONS = ("iam:GetAccountAuthorizationDetails", "iam:ListOpenIDConnectProviders", "iam:ListSAMLProviders")


@pytest.fixture(scope="module")
def world(loop: LoopThread) -> Iterator[World]:
    made = World(loop)
    yield made
    made.close()


def test_it_tells_of_the_callers_account(world: World) -> None:
    reader = world.user("reader", allow(list(ACTIONS)))
    status, graph = ask(world, reader)
    assert (status, graph) == (
        200,
        {"account_id": "123456789012", "nodes": [], "edges": [], "notes": []},
    )


@pytest.mark.parametrize("lacking", ACTIONS)
def test_whoever_may_not_read_what_it_is_made_of_may_not_see_it(world: World, lacking: str) -> None:
    name = lacking.partition(":")[2]
    actor = world.user(name, allow([action for action in ACTIONS if action != lacking]))
    status, said = ask(world, actor)
    assert (status, said["__type"]) == (400, "AccessDeniedException")
    assert lacking in said["message"]


def test_nobody_is_told_nothing(world: World) -> None:
    assert ask(world, Actor(world, None))[1]["__type"] == "MissingAuthenticationTokenException"


@pytest.mark.parametrize(
    "query",
    [
        "from=",
        "of=x",
        "to=a&to=b",
        "from",
        "to=%ff",
        "from=a&to=b&of=c",
        "to=" + "x" * 2049,
        "escalations=some",
    ],
)
def test_wrong_questions_are_refused(world: World, query: str) -> None:
    status, said = ask(world, query=query)
    assert (status, said["__type"]) == (400, "InvalidInputException")
