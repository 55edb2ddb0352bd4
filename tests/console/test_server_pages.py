"""Pages about the server: what the operator is told, and nobody else."""

from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from importlib.metadata import version
from typing import Any

import pytest
from tests.support.browser import Browser, root_in, said, signed_in, with_password
from tests.support.loops import LoopThread
from tests.support.world import ACCOUNT, World, allow

from iamd.enforcement.upstreams import Upstream
from iamd.secret import Secret
from iamd.settings import Settings

UPSTREAM = Upstream(
    services=["s3"], url="http://127.0.0.1:9000/", access_key_id="store", secret_access_key=Secret("s" * 40)
)


def settings(**more: Any) -> Settings:
    return Settings(
        account_id=ACCOUNT,
        root_access_key_id="AKIAROOTEXAMPLE00000",
        root_secret_access_key=Secret("root/secret/access/key/of/the/tests/0000"),
        **more,
    )


@pytest.fixture
def guarded(loop: LoopThread) -> Iterator[World]:
    world = World(loop, settings(upstream=(UPSTREAM,), gateway_mode="soft", metrics_key=Secret("m" * 16)))
    yield world
    world.close()


def test_the_operator_is_told_how_the_server_is(guarded: World) -> None:
    health = root_in(guarded).told("GetServerHealth")
    assert (health["database"]["kind"], health["database"]["contact"]) == ("SQLite", "ok")
    assert [key["state"] for key in health["keyring"]].count("primary") == 1
    assert health["epoch"] > 0
    (node,) = health["nodes"]
    assert (node["own"], node["silent"], node["epoch"]) == (True, False, health["epoch"])
    assert health["audit"] == {"targets": [], "waiting": 0, "blocked": False}
    assert "iamd_requests" in [each["name"] for each in health["metrics"]]


@pytest.mark.postgres
def test_the_operator_is_told_of_all_nodes(loop: LoopThread, postgres_url: str) -> None:
    """With the others' last word; one that has ended is not there any more, one that has died has been silent for long."""
    shared = settings(database_url=Secret(postgres_url), master_key=Secret(b64encode(b"m" * 32).decode()))
    first = World(loop, shared)
    first.app.presence.tell(first.app.store)
    second = World(loop, shared)
    second.app.presence.tell(second.app.store)
    browser = root_in(first)
    nodes = browser.told("GetServerHealth")["nodes"]
    assert [(each["own"], each["silent"], each["version"]) for each in nodes] == [
        (True, False, version("iamd")),
        (False, False, version("iamd")),
    ]
    first.clock.advance(timedelta(minutes=2))
    nodes = browser.told("GetServerHealth")["nodes"]
    assert [each["silent"] for each in nodes] == [False, True]
    second.close()
    assert [each["own"] for each in browser.told("GetServerHealth")["nodes"]] == [True]
    first.close()


def test_without_a_key_for_metrics_nothing_is_counted(world: World) -> None:
    assert root_in(world).told("GetServerHealth")["metrics"] is None


def test_the_operator_is_told_what_is_behind_the_gateway_but_no_secret(guarded: World) -> None:
    browser = root_in(guarded)
    (upstream,) = browser.told("ListUpstreams")["upstreams"]
    assert (upstream["url"], upstream["services"], upstream["bucketOwner"]) == (
        "http://127.0.0.1:9000",
        ["s3"],
        ACCOUNT,
    )
    assert b"s" * 40 not in browser.last.body  # type: ignore[union-attr]


@pytest.mark.parametrize("page", ["GetServerHealth", "ListUpstreams"])
def test_nobody_else_is_told(guarded: World, page: str) -> None:
    """R-40: there is no action for it that a policy could allow."""
    browser = signed_in(guarded, "admin", allow("*"))
    assert said(browser.own(page, {}))[:2] == (403, "AccessDenied")
    assert said(Browser(guarded).own(page, {}))[:2] == (403, "MissingAuthenticationToken")


def test_the_report_of_soft_mode_is_of_callers(guarded: World) -> None:
    with_password(guarded, "ann", allow("iam:GetRequestAuthorizationDetails"))
    browser = Browser(guarded)
    browser.sign_in("ann")
    empty = browser.told("GetSoftReport", kind="user", name="ann")
    assert empty == {
        "mode": "soft",
        "requests": 0,
        "callers": [],
        "policy": {"Version": "2012-10-17", "Statement": []},
        "denied": [],
    }
    assert said(browser.own("GetSoftReport", {"kind": "user"}))[1] == "InvalidInput"
    assert said(browser.own("GetSoftReport", {"kind": "group", "name": "x"}))[1] == "InvalidInput"


def test_there_is_no_report_without_soft_mode(world: World) -> None:
    assert root_in(world).told("GetSoftReport") == {"mode": None}
    with_password(world, "bob", allow("iam:List*"))
    browser = Browser(world)
    browser.sign_in("bob")
    assert said(browser.own("GetSoftReport", {}))[:2] == (403, "AccessDenied")
