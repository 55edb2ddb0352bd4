"""Every screen: at two sizes, in both themes, without an error on the browser's console, and by axe-core's rules."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from tests.browser.conftest import AXE, NARROW, SHOTS, WIDE, Site, Window
from tests.browser.screens import SCREENS, fill, server

CLOUDSCAPE: Final = "mobile-toolbar-nav"
"""The bar above the content, in whose markup Cloudscape itself has an attribute that does not belong there."""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with server() as site:
        yield site


@pytest.fixture(scope="module")
def places(site: Site) -> dict[str, str]:
    return fill(site)


def violations(page: Any) -> list[str]:
    """Return what axe-core finds that is serious, or worse."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("async () => (await axe.run(document, {resultTypes: ['violations']})).violations")
    return [
        f"{each['id']}: {node['html'][:200]}"
        for each in found
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"]
        if not (each["id"] == "aria-allowed-attr" and CLOUDSCAPE in node["html"])
    ]


def scrolls_sideways(page: Any) -> bool:
    found: bool = page.evaluate("() => document.documentElement.scrollWidth > window.innerWidth + 1")
    return found


def take(page: Any, name: str) -> None:
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{SHOTS}/{name}.png")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_every_screen_is_sound(window: Window, places: dict[str, str], size: str, scheme: Any) -> None:
    page = window.page
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(WIDE if size == "wide" else NARROW)
    window.link()
    found: dict[str, Any] = {}
    for name, screen in SCREENS.items():
        window.open(screen.place.format(**places))
        take(page, f"{name}-{size}-{scheme}")
        wrong: list[Any] = violations(page)
        if scrolls_sideways(page):
            wrong.append("it scrolls sideways")
        if wrong:
            found[name] = wrong
    assert found == {}


@pytest.mark.parametrize("size", ["wide", "narrow"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_sign_in_page_is_sound(window: Window, size: str, scheme: Any) -> None:
    page = window.page
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(WIDE if size == "wide" else NARROW)
    page.goto(window.site.console)
    page.get_by_role("heading", name="Sign in as IAM user").wait_for()
    take(page, f"sign-in-{size}-{scheme}")
    assert violations(page) == []
    assert not scrolls_sideways(page)
