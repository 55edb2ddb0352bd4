"""
What holds for every screen: each is gone through, and held against the same list.

Links to a state, ways back and forth, search by `/`, commands to copy, reasons for what cannot be done, next steps where nothing
is, ways from a denial to why; that each is sound to look at is in `test_screens`.
"""

import re
from typing import Any

import pytest
from tests.browser.conftest import ROOT, Window
from tests.browser.every_screen.screens import SCREENS
from tests.support.browser import with_password

SOURCES = ROOT / "web" / "src"
LISTS = {name: screen for name, screen in SCREENS.items() if screen.search is not None}


def test_no_screen_is_missing() -> None:
    """Those of the sources, and their tabs, are in the table."""
    there = {
        tuple(screen.place.removeprefix("#/").partition("?")[0].split("/")) for screen in SCREENS.values()
    }
    app = (SOURCES / "App.tsx").read_text(encoding="utf-8")
    (table,) = re.findall(r"const SCREENS.*?= \{(.*?)\n\};", app, re.DOTALL)
    named = re.findall(r'^  "?([a-z-]*)"?: screen\(', table, re.MULTILINE)
    assert len(named) > 10
    assert {name for name in named if not any(parts[0] == name for parts in there)} == set()
    tabs = [
        found
        for path in sorted(SOURCES.rglob("*.tsx"))
        for found in re.findall(
            r'id: "\w+",\s*label: "[^"]+",\s*href: href\("(\w+)", (?:\w+, )?"(\w+)"\)',
            path.read_text(encoding="utf-8"),
        )
    ]
    assert len(tabs) > 20
    assert {
        (screen, tab) for screen, tab in tabs if not any(p[0] == screen and p[-1] == tab for p in there)
    } == set()


def unexplained(page: Any) -> list[str]:
    """Return what is disabled and does not say why; arrows of pages and boxes of empty tables explain themselves."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll('main button:disabled, main input:disabled, main [aria-disabled=true]:not(span)')]
            .filter(each => !each.closest('nav, th, td, [aria-label$=" page"]'))
            .filter(each => !(each.getAttribute('aria-disabled') === 'true' && each.getAttribute('aria-describedby')))
            .filter(each => !(each.type === 'checkbox' && each.getAttribute('aria-describedby')))
            .map(each => each.outerHTML.slice(0, 200))"""
    )
    return found


def test_every_screen_says_what_it_is_and_how_a_terminal_does_it(
    window: Window, places: dict[str, str]
) -> None:
    page = window.page
    window.link()
    wrong: dict[str, list[str]] = {}
    titles = set()
    for name, screen in SCREENS.items():
        window.open(screen.place.format(**places))
        found = []
        headings = page.locator("main h1:visible").count()
        if headings != 1:
            found.append(f"{headings} headings of the first level")
        if not page.title().endswith(" - iamd"):
            found.append(f"the title {page.title()}")
        titles.add(page.title())
        commands = page.get_by_role("button", name=re.compile(r"^Copy as (aws|iamd|curl) command$")).count()
        if (commands == 0) != (screen.no_command is not None):
            found.append(f"{commands} commands to copy")
        found += unexplained(page)
        if found:
            wrong[name] = found
    assert wrong == {}
    assert len(titles) > 15


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_searched_and_its_address_followed(
    window: Window, places: dict[str, str], name: str
) -> None:
    """`/` searches; what is searched for is a link, and a step that one goes back from."""
    page, place = window.page, LISTS[name].place.format(**places)
    window.link()
    window.open(place)
    before = page.evaluate("() => location.href")
    nothing = page.get_by_text(re.compile(r"^(Nothing matches the filter\.|No \w+ matches\.)$"))
    page.keyboard.press("/")
    focused = page.evaluate("() => document.activeElement.getAttribute('aria-label')")
    assert focused == LISTS[name].search
    page.keyboard.type("zzz-no-such-thing")
    page.keyboard.press("Enter")
    nothing.wait_for()
    searched = page.evaluate("() => location.href")
    assert searched != before
    # What matches nothing has a next step.
    page.get_by_role("button", name=re.compile("^(Clear the filter|Show all that is kept)$")).wait_for()
    page.go_back()
    nothing.wait_for(state="detached")
    assert page.evaluate("() => location.href") == before
    page.go_forward()
    nothing.wait_for()
    # A link leads to the same, from another screen and in another window.
    window.open("#/account")
    page.goto(searched)
    nothing.wait_for()
    page.reload()
    nothing.wait_for()


@pytest.mark.parametrize("name", LISTS)
def test_lists_come_page_by_page(window: Window, places: dict[str, str], name: str) -> None:
    """No screen asks for more than two hundred things at once, and none for the next before somebody wants it."""
    asked: list[Any] = []
    window.link()
    window.settle()
    window.page.on("request", lambda request: asked.append(request) if "/_iamd/api/" in request.url else None)
    window.open(LISTS[name].place.format(**places))
    window.settle()
    lists = [each for each in asked if re.search(r"/(iam/(List|GetGroup)|console/List)", each.url)]
    sizes = [(each.post_data_json or {}).get(key) for each in lists for key in ("MaxItems", "limit")]
    assert all(size <= 200 for size in sizes if size is not None)
    assert len({(each.url, each.post_data) for each in lists}) == len(lists)


def test_who_may_do_nothing_is_told_why_on_every_screen(window: Window, places: dict[str, str]) -> None:
    """Each denial leads to its explanation; no screen fails, and none pretends that there is nothing."""
    page = window.page
    with_password(window.site.world, "nobody")
    window.sign_in("nobody")
    page.get_by_role("heading", name="Dashboard").wait_for()
    failed = []
    for name, screen in SCREENS.items():
        window.open(screen.place.format(**places))
        link = page.locator("main").get_by_role("link", name="Why, and what would allow it")
        if screen.silent is None:
            link.first.wait_for()
        # Some of what a screen asks for may be answered later.
        page.wait_for_function(
            """() => {
                const main = document.querySelector('main').innerText;
                const count = text => main.split(text).length;
                return count('You are not allowed to do this') === count('Why, and what would allow it');
            }"""
        )
        if "The page has failed" in page.locator("main").inner_text():
            failed.append(name)
    assert failed == []
    window.faults[:] = [fault for fault in window.faults if "status of 403" not in fault]
