"""On a narrow screen no word of a sentence, a name of a column or a button is broken in its middle."""

from typing import Any, Final

import pytest
from tests.browser.conftest import NARROW, Site, Window
from tests.browser.every_screen.screens import SCREENS
from tests.support.world import allow

BROKEN: Final = """() => {
    const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
    const found = new Set();
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        if (node.parentElement.closest('.cm-editor, pre, svg, [aria-hidden=true]')) {
            continue;
        }
        for (const match of node.data.matchAll(/(?<!\\S)[A-Za-z]{2,16}(?![^\\s.,;:?!])/g)) {
            const range = document.createRange();
            range.setStart(node, match.index);
            range.setEnd(node, match.index + match[0].length);
            const tops = new Set([...range.getClientRects()].filter(each => each.width > 1).map(each => Math.round(each.top)));
            if (tops.size > 1) {
                found.add(match[0]);
            }
        }
    }
    return [...found];
}"""
"""Finds words that stand on two lines; what is no word, such as an ARN, may be broken anywhere."""


@pytest.fixture(scope="module")
def places(places: dict[str, str], site: Site) -> dict[str, str]:
    site.world.user("wide", allow("s3:*"))
    return places


def test_no_word_is_broken_in_its_middle(window: Window, places: dict[str, str]) -> None:
    page = window.page
    page.set_viewport_size(NARROW)
    window.link()
    found: dict[str, Any] = {}
    for name, screen in SCREENS.items():
        window.open(screen.place.format(**places))
        if broken := page.evaluate(BROKEN):
            found[name] = broken
    assert found == {}
