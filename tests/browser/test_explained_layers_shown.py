"""The page of a decision, for every layer: its lane, the statement in its document, the condition, a link, a test file."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.browser.conftest import NARROW, WIDE, Site, Window
from tests.browser.looks import scrolls_sideways, take, violations
from tests.browser.test_explained_denials import denied
from tests.console.test_explained_layers import SEEN, WAYS
from tests.support.loops import loop_thread
from tests.support.networked import Networked, networked
from tests.support.world import allow

from iamd.cli.doors import door_of
from iamd.cli.test import command
from iamd.server.run import ServerThread


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A server of its own for each test, with a VPC endpoint's route."""
    with loop_thread() as loop:
        world = networked(loop, tmp_path)
        with ServerThread(door_of(world.app)) as server:
            world.app.tools.public_url.listening_at(server.url)
            yield Site(world, server.url)
        world.close()


@pytest.mark.parametrize("layer", WAYS)
def test_every_layer_is_explained(window: Window, layer: str, tmp_path: Path) -> None:
    world, page = window.site.world, window.page
    assert isinstance(world, Networked)
    decision, browser = WAYS[layer](world)
    page.context.add_cookies(
        [
            {"name": name, "value": value, "url": f"{window.site.url}/_iamd/"}
            for name, value in browser.cookies.items()
        ]
    )
    page.goto(f"{window.site.console}#/decisions/{decision}")
    page.get_by_role("heading", name="Why it was denied").wait_for()
    window.settle()
    key, wanted, seen, _ = SEEN.get(
        layer, ("aws:SourceIp", ["127.0.0.0/8", "192.0.2.0/24"], "127.0.0.1", True)
    )
    told = "seen none" if seen is None else f'seen "{seen}"'
    page.get_by_text(f"{key}: wanted {json.dumps(wanted, separators=(',', ':'))}, {told}").first.wait_for()
    page.get_by_text("decided", exact=True).wait_for()
    marked = "".join(page.locator("mark.iamd-denies").all_inner_texts())
    assert '"Deny"' in marked
    assert key in marked
    page.get_by_role("heading", name="The least change that would allow it").wait_for()
    window.button("Copy link").click()
    page.get_by_text("The link is copied").wait_for()
    assert page.evaluate("() => navigator.clipboard.readText()").endswith(f"#/decisions/{decision}")
    with page.expect_download() as download:
        window.button("Save as test file").click()
    (tmp_path / "tests").mkdir()
    download.value.save_as(tmp_path / "tests" / "denial.test.json")
    done = CliRunner().invoke(command, [str(tmp_path / "tests")])
    assert (done.exit_code, "1 passed" in done.output) == (0, True), done.output
    take(page, f"layer-{layer}")
    assert violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_what_comes_nearest_is_pointed_out(window: Window, size: str, scheme: Any) -> None:
    world, page = window.site.world, window.page
    condition = {"StringEquals": {"aws:username": "x-${aws:username}"}}
    olga = world.user("olga", allow("iam:GetUser"), allow("iam:List*", Condition=condition))
    decision = denied(world, olga.iam.list_users)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(WIDE if size == "wide" else NARROW)
    window.link()
    window.open(f"#/decisions/{decision}")
    near = "".join(page.locator("mark.iamd-near").all_inner_texts())
    assert "iam:List*" in near
    assert "iam:GetUser" not in near
    said = 'aws:username: wanted ["x-${aws:username}"] (here ["x-olga"]), seen "olga", did not hold'
    page.get_by_text(said).wait_for()
    page.locator("mark.iamd-near").first.scroll_into_view_if_needed()
    take(page, f"nearest-{size}-{scheme}")
    assert violations(page) == []
    assert not scrolls_sideways(page)
