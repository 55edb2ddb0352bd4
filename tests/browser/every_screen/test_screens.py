"""Every screen: at two sizes, in both themes, without an error on the browser's console, and by axe-core's rules."""

from typing import Any

import pytest
from tests.browser.conftest import NARROW, WIDE, Window
from tests.browser.every_screen.screens import SCREENS
from tests.browser.looks import scrolls_sideways, take, violations


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


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_the_bar_and_the_foot_stay_when_one_scrolls(
    window: Window, places: dict[str, str], size: str
) -> None:
    """What stands between them, such as the navigation, leaves room for both."""
    page = window.page
    page.set_viewport_size(WIDE if size == "wide" else NARROW)
    window.link()
    window.open(SCREENS["aws-policies"].place.format(**places))
    page.evaluate("() => window.scrollTo(0, 700)")
    page.wait_for_function("() => window.scrollY > 0")
    edges = page.evaluate(
        """() => [
            document.querySelector('#top').getBoundingClientRect().top,
            window.innerHeight - document.querySelector('#foot').getBoundingClientRect().bottom,
        ]"""
    )
    assert edges == [0, 0]
