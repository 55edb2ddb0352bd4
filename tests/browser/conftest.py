"""
A real server and Debian's Chromium.

Runs in `make browser`, which installs what it needs; elsewhere it is skipped, and says why.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest
from tests.support.browser import PASSWORD
from tests.support.loops import loop_thread
from tests.support.world import ACCOUNT, World

from iamd.cli.doors import door_of
from iamd.server.run import ServerThread
from iamd.settings import Settings

ROOT: Final = Path(__file__).resolve().parents[2]
AXE: Final = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM: Final = shutil.which("chromium")
SHOTS: Final = os.environ.get("IAMD_TEST_SCREENSHOTS")
"""A folder for pictures of every screen, to be looked at."""
WIDE: Final = {"width": 1280, "height": 900}
NARROW: Final = {"width": 390, "height": 844}
_TURNS: Final = count()


def missing() -> str | None:
    """Say what is not installed here."""
    try:
        import playwright.sync_api  # noqa: F401, PLC0415
    except ImportError:
        return "playwright is not installed"
    if CHROMIUM is None:
        return "there is no chromium"
    return None if AXE.is_file() else "web/node_modules has no axe-core"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    why = missing()
    here = Path(__file__).parent
    for item in items:
        if why is not None and here in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=f"{why}: run `make browser`"))


@dataclass
class Site:
    """A server with an account in it, at an address."""

    world: World
    url: str

    @property
    def console(self) -> str:
        return f"{self.url}/_iamd/console/"


@contextmanager
def served(settings: Settings | None = None, **more: Any) -> Iterator[Site]:
    """Serve an account; *more* is for `World`."""
    with loop_thread() as loop:
        world = World(loop, settings, **more)
        with ServerThread(door_of(world.app)) as server:
            world.app.tools.public_url.listening_at(server.url)
            yield Site(world, server.url)
        world.close()


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with served() as site:
        yield site


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@dataclass
class Window:
    """
    A page of a browser of its own, with all that goes wrong in it.

    Attributes:
        faults: Errors on the browser's console, among them breaches of the content security policy; and of scripts.
    """

    page: Any
    site: Site
    faults: list[str] = field(default_factory=list)

    def hear(self, message: Any) -> None:
        # That there is no such thing is an answer; the browser notes it by itself.
        absent = (
            any(f"status of {status}" in message.text for status in (404, 410))
            and "/_iamd/api/iam/Get" in message.location["url"]
        )
        if message.type == "error" and not absent:
            self.faults.append(f"{message.text} {message.location}")

    def open(self, place: str) -> None:
        """Go to a screen, and wait until it shows what it has loaded."""
        self.page.evaluate(
            """place => new Promise(done => {
                if (new URL(place, location.href).href === location.href) {
                    return done();
                }
                window.addEventListener('hashchange', () => requestAnimationFrame(() => setTimeout(done)), {once: true});
                location.hash = place;
            })""",
            place,
        )
        self.settle()

    def settle(self) -> None:
        """Wait until what was clicked last, or gone to, is drawn."""
        self.page.wait_for_load_state("networkidle")
        self.page.wait_for_function(QUIET, arg=next(_TURNS))

    def link(self) -> None:
        """Sign in as the root user, with the link that a start prints."""
        self.page.goto(self.site.url + self.site.world.app.root_link())
        self.page.get_by_role("heading", name="Dashboard").wait_for()

    def sign_in(self, user: str, code: str | None = None) -> None:
        """Sign in as a user with the password of `tests.support.browser`, and with *code* where there is a device."""
        page = self.page
        page.goto(self.site.console)
        page.get_by_label("Account ID or account alias").fill(ACCOUNT)
        page.get_by_label("IAM user name").fill(user)
        page.get_by_label("Password").fill(PASSWORD)
        self.button("Sign in").click()
        if code is not None:
            page.get_by_label("MFA code").fill(code)
            self.button("Submit").click()

    def button(self, name: str) -> Any:
        return self.page.get_by_role("button", name=name, exact=True)

    def copied(self, name: str) -> str:
        """Click on the first button of that name, and return what it has copied."""
        self.page.evaluate("() => navigator.clipboard.writeText('')")
        self.button(name).first.click()
        text: str = self.page.evaluate(COPIED)
        return text


def cells(rows: Any) -> list[list[str]]:
    """Return what stands in the cells of each row: all at once, since a row that is read while another is drawn has none."""
    found: list[list[str]] = rows.evaluate_all(
        "rows => rows.map(row => [...row.querySelectorAll('th, td')].map(cell => cell.innerText.trim()))"
    )
    return found


QUIET: Final = """turn => {
    const quiet = document.readyState === 'complete' && !window.awaited
        && !document.querySelector('[class*=awsui_circle]') && !/Loading|Looking/.test(document.body.innerText);
    const before = window.settling?.turn === turn ? window.settling.frames : 0;
    window.settling = {turn, frames: quiet ? before + 1 : 0};
    return window.settling.frames > 2;
}"""
"""
Whether a page has drawn all that it asked for; it is asked once a frame, by another *turn* each time.

For three frames: what a click changes in the address is heard of, and what was answered is drawn, only after the click or the answer.
"""

COPIED: Final = """async () => {
    for (let frames = 0; frames < 600; frames += 1) {
        const text = await navigator.clipboard.readText();
        if (text) {
            return text;
        }
        await new Promise(requestAnimationFrame);
    }
    return '';
}"""

COUNTING: Final = """
    const asking = window.fetch;
    window.awaited = 0;
    window.fetch = async (...about) => {
        window.awaited += 1;
        const later = () => setTimeout(() => { window.awaited -= 1; });
        try {
            const answer = await asking(...about);
            answer.clone().text().finally(later);
            return answer;
        } catch (error) {
            later();
            throw error;
        }
    };
"""
"""Has pages count what they have asked for and not heard of."""


@pytest.fixture
def window(chromium: Any, site: Site) -> Iterator[Window]:
    context = chromium.new_context(viewport=WIDE, locale="en-US", timezone_id="UTC", reduced_motion="reduce")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    context.add_init_script(COUNTING)
    opened = Window(context.new_page(), site)
    opened.page.set_default_timeout(20_000)
    opened.page.on("pageerror", lambda error: opened.faults.append(str(error)))
    opened.page.on("console", opened.hear)
    yield opened
    context.close()
    assert opened.faults == []
