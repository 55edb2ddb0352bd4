"""Sign-in through a SAML identity provider: the page on which one of several roles is chosen, as a browser shows it."""

from collections.abc import Sequence
from dataclasses import replace
from html import escape
from typing import Any, Final

import pytest
from tests.browser.conftest import NARROW, WIDE, Site, Window
from tests.browser.looks import scrolls_sideways, take, violations
from tests.support.answers import arn
from tests.support.saml_idp import PROVIDER, ROLE, posted
from tests.support.saml_world import SamlWorld
from tests.support.world import allow

IDP: Final = "http://idp.example.com/"
OTHER: Final = arn("role/teams/data/reader-of-the-reports-of-the-whole-of-the-company")
ELSEWHERE: Final = arn("role/auditor", account="210987654321")
IMAGE: Final = "<img src=x onerror=window.naughty=1>"
HOSTILE: Final = (
    f"arn:aws:iam::{IMAGE}:role/{IMAGE}",
    arn('role/"><script>window.naughty=1</script>'),
    arn("role/' autofocus onfocus='window.naughty=1"),
    f"javascript:window.naughty=1//:role/{IMAGE}",
)


@pytest.fixture(scope="module")
def saml(site: Site) -> SamlWorld:
    made = SamlWorld.of(site.world)
    made.role("app", allow("iam:GetRole"))
    made.role_with(made.trust(), OTHER.rpartition("/")[2], allow("iam:GetUser"), Path="/teams/data/")
    made.role("third", allow("*"))
    site.world.root.iam.create_account_alias(AccountAlias="town")
    return made


def offering(saml: SamlWorld, *roles: str) -> str:
    return saml.attributes(Role=[f"{role},{PROVIDER}" for role in roles])


def post(window: Window, response: str, **more: str) -> None:
    """Have the browser send a response as an identity provider does: from a page of its own."""
    fields = "".join(
        f'<input name="{name}" value="{escape(value)}">'
        for name, value in ({"SAMLResponse": response} | more).items()
    )
    page = f'<!doctype html><form method="post" action="{window.site.url}/_iamd/saml">{fields}<button>Go</button></form>'
    window.page.route(IDP, lambda route: route.fulfill(content_type="text/html", body=page))
    window.page.goto(IDP)
    window.button("Go").click()


def offered(page: Any) -> list[str]:
    return [each.get_attribute("value") for each in page.get_by_role("radio").all()]


def refused(window: Window, status: int) -> str:
    """Return what a refusal says; the browser notes its status by itself."""
    window.page.get_by_role("heading", name="You are not signed in").wait_for()
    assert [fault for fault in window.faults if f"status of {status}" in fault] == window.faults
    assert window.faults
    window.faults.clear()
    said: str = window.page.locator("main h1 + p").inner_text()
    return said


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_the_page_is_sound(window: Window, saml: SamlWorld, size: str, scheme: Any) -> None:
    page = window.page
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(WIDE if size == "wide" else NARROW)
    post(window, offering(saml, ROLE, OTHER, ELSEWHERE))
    page.get_by_role("heading", name="Select a role").wait_for()
    assert [each.inner_text() for each in page.locator("legend").all()] == [
        "Account 123456789012",
        "Account 210987654321",
    ]
    take(page, f"saml-roles-{size}-{scheme}")
    assert violations(page) == []
    assert not scrolls_sideways(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_a_refusal_is_sound(window: Window, saml: SamlWorld, size: str, scheme: Any) -> None:
    page = window.page
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(WIDE if size == "wide" else NARROW)
    post(window, offering(saml, ELSEWHERE))
    page.get_by_role("heading", name="You are not signed in").wait_for()
    take(page, f"saml-refusal-{size}-{scheme}")
    assert violations(page) == []
    assert not scrolls_sideways(page)
    assert refused(window, 400) == "Specified provider doesn't exist"


def test_whoever_chooses_a_role_is_signed_in_as_it(window: Window, saml: SamlWorld) -> None:
    """By the keyboard; nothing is chosen beforehand, and nothing is sent before something is."""
    page = window.page
    post(window, offering(saml, ROLE, OTHER))
    page.get_by_role("heading", name="Select a role").wait_for()
    assert offered(page) == [f"{ROLE},{PROVIDER}", f"{OTHER},{PROVIDER}"]
    assert page.locator("input:checked").count() == 0
    window.button("Sign in").click()
    assert page.get_by_role("heading", name="Select a role").is_visible()
    page.get_by_role("radio").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Dashboard").wait_for()
    window.open("#/sessions")
    name = OTHER.rpartition("/")[2]
    assert f":assumed-role/{name}/alice" in page.locator("main table tbody th").first.inner_text()
    window.faults[:] = [fault for fault in window.faults if "status of 403" not in fault]


def test_one_role_is_taken_at_once(window: Window, saml: SamlWorld) -> None:
    post(window, offering(saml, ROLE))
    window.page.get_by_role("heading", name="Dashboard").wait_for()
    window.settle()
    window.faults[:] = [fault for fault in window.faults if "status of 403" not in fault]


@pytest.mark.parametrize("roles", [(ROLE,), (ROLE, OTHER)], ids=["of one", "of several"])
def test_a_role_that_is_not_in_the_response_is_refused(
    window: Window, saml: SamlWorld, roles: Sequence[str]
) -> None:
    """The response is signed; which of its roles is meant is not, and may be anything."""
    post(window, offering(saml, *roles), role=f"{arn('role/third')},{PROVIDER}")
    assert refused(window, 403) == "Your response does not name the role that was chosen."
    window.page.get_by_role("link", name="Sign in another way").click()
    window.page.get_by_role("heading", name="Sign in as IAM user").wait_for()


def test_a_response_that_names_no_role_says_so_on_a_page(window: Window, saml: SamlWorld) -> None:
    post(window, saml.attributes(Role="nobody"))
    assert refused(window, 400).startswith("Your response names no role.")


def test_what_a_response_says_is_text(window: Window, saml: SamlWorld) -> None:
    """R-80: the page is made before anything is verified; what nobody has signed is refused when it is chosen."""
    page = window.page
    pairs = [f"{role},{PROVIDER}" for role in HOSTILE]
    unsigned = posted(replace(saml.claims, attributes={"Role": pairs}).response())
    post(window, unsigned)
    page.get_by_role("heading", name="Select a role").wait_for()
    assert offered(page) == pairs
    assert page.locator("main form img, script, [onfocus]").count() == 0
    assert page.locator("small").all_inner_texts() == list(HOSTILE)
    take(page, "saml-roles-hostile")
    assert not scrolls_sideways(page)
    page.get_by_role("radio").first.check()
    window.button("Sign in").click()
    assert refused(window, 400)
    assert page.evaluate("() => window.naughty") is None
