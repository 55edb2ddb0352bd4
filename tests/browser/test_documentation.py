"""
The documentation as a site: at two sizes, in both themes, with search, from files and without the network.

`make browser` builds it first; where it is not built, these tests are skipped.
"""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from tests.browser.conftest import NARROW, ROOT, WIDE
from tests.browser.looks import scrolls_sideways, take, violations

SITE: Final = ROOT / "build" / "site"
PAGES: Final = (
    "index",
    "howto/let-github-jobs-in",
    "howto/debug-a-denial",
    "reference/operations-sts",
    "explanation/how-a-decision-is-made",
    "explanation/security-model",
    "project/about",
)

if not SITE.is_dir():
    pytest.skip("the documentation is not built: run `make docs`", allow_module_level=True)


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    """Give a page that may ask nobody, and says at its end whether it has tried."""
    context = chromium.new_context(locale="en-US", reduced_motion="reduce")
    opened, wrong = context.new_page(), list[str]()
    opened.on("request", lambda each: wrong.append(each.url) if not local(each.url) else None)
    # Of a file a browser shows no excerpts in what was found; a server, as of `make docs-serve`, has them.
    opened.on("pageerror", lambda error: wrong.append(str(error)) if "fetch" not in str(error) else None)
    yield opened
    context.close()
    assert wrong == []


def local(url: str) -> bool:
    return url.startswith(("file:", "data:"))


def visit(page: Any, name: str) -> None:
    page.goto(f"file://{SITE}/{name}.html")
    page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_pages_can_be_read(page: Any, size: str, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(WIDE if size == "wide" else NARROW)
    found: dict[str, list[str]] = {}
    for name in PAGES:
        visit(page, name)
        take(page, f"docs-{name.replace('/', '-')}-{size}-{scheme}")
        wrong = violations(page)
        if scrolls_sideways(page):
            wrong.append("it scrolls sideways")
        if wrong:
            found[name] = wrong
    assert found == {}


def test_every_page_is_reached_from_the_first_and_names_no_other_host(page: Any) -> None:
    visit(page, "index")
    links = page.eval_on_selector_all(".sidebar-tree a", "links => links.map(link => link.href)")
    reached = {link.partition("#")[0].removeprefix(f"file://{SITE}/") for link in links}
    made = {file.relative_to(SITE).as_posix() for file in SITE.rglob("*.html")}
    assert made - reached == {"index.html", "search.html"}
    text = "".join(file.read_text(encoding="utf-8") for file in SITE.rglob("*.html"))
    assert [
        host for host in ("fonts.g", "cdn.", "unpkg", "jsdelivr", "googletag") if f"//{host}" in text
    ] == []


def test_search_works_without_a_server(page: Any) -> None:
    page.set_viewport_size(WIDE)
    visit(page, "index")
    page.get_by_role("textbox", name="Search").fill("AcquireRole")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Make roles from templates").first.wait_for()


def test_the_theme_is_chosen_and_kept(page: Any) -> None:
    page.set_viewport_size(WIDE)
    visit(page, "explanation/how-a-decision-is-made")
    before = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    for _ in range(3):
        page.locator(".theme-toggle").locator("visible=true").first.click()
        if page.evaluate("() => document.body.dataset.theme") == "dark":
            break
    page.reload()
    assert page.evaluate("() => document.body.dataset.theme") == "dark"
    assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") != before
