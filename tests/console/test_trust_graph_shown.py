"""The trust graph, as the console asks for it: with the visitor's own permissions."""

import json

import pytest
from tests.support.browser import Browser, said, signed_in
from tests.support.trusting import held, told
from tests.support.world import World, allow

ACTIONS = ["iam:GetAccountAuthorizationDetails", "iam:ListOpenIDConnectProviders", "iam:ListSAMLProviders"]


def visitor(world: World, name: str, *actions: str) -> Browser:
    return signed_in(world, name, allow(list(actions)))


def test_it_is_what_the_server_tells(world: World) -> None:
    world.role("host", {"Service": "ec2.amazonaws.com"})
    answer = visitor(world, "bob", *ACTIONS).own("GetTrustGraph")
    assert answer.status == 200
    graph = json.loads(answer.body)
    assert held(graph) == {("ec2.amazonaws.com", "host"): "always"}
    assert graph == told(world)


@pytest.mark.parametrize("lacking", ACTIONS)
def test_it_has_no_powers_of_its_own(world: World, lacking: str) -> None:
    browser = visitor(world, "bob", *(action for action in ACTIONS if action != lacking), "iam:GetUser")
    answer = browser.own("GetTrustGraph")
    status, code, message = said(answer)
    assert (status, code) == (403, "AccessDenied")
    assert lacking in message
    assert b"x-iamd-decision-id" in dict(answer.headers)


def test_the_gate_is_around_it(world: World) -> None:
    """R-82."""
    browser = visitor(world, "bob", *ACTIONS)
    assert said(browser.post("/_iamd/api/console/GetTrustGraph", origin="https://evil.example"))[0] == 403
    browser.csrf = None
    assert browser.own("GetTrustGraph").status != 200
    assert Browser(world).own("GetTrustGraph").status != 200


def test_fields_that_it_does_not_know_are_refused(world: World) -> None:
    answer = visitor(world, "bob", *ACTIONS).own("GetTrustGraph", {"from": "bob"})
    assert said(answer)[:2] == (400, "InvalidInput")


def test_escalations_are_there_for_whoever_asks(world: World) -> None:
    world.user("ann")
    browser = visitor(world, "bob", *ACTIONS, "iam:CreateAccessKey")
    graph = json.loads(browser.own("GetTrustGraph", {"escalations": True}).body)
    assert graph == told(world, query="escalations=true")
    assert held(graph) == {("bob", "ann"): "always"}
    assert said(browser.own("GetTrustGraph", {"escalations": "yes"}))[:2] == (400, "InvalidInput")
