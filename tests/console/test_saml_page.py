"""Sign-in through a SAML identity provider, with a choice of roles."""

from html.parser import HTMLParser

import pytest
from tests.support.answers import arn
from tests.support.browser import Browser, header, token_of
from tests.support.saml_idp import PROVIDER, ROLE, posted
from tests.support.saml_world import SamlWorld
from tests.support.world import World, allow

OTHER = arn("role/other")


class Form(HTMLParser):
    """What a page's form would send, and the elements that it is made of."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.hidden: dict[str, str] = {}
        self.choices: list[str] = []
        self.tags: list[str] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attrs)
        if tag == "input" and given["type"] == "hidden":
            self.hidden[given["name"] or ""] = given["value"] or ""
        if tag == "input" and given["type"] == "radio":
            self.choices.append(given["value"] or "")


@pytest.fixture
def saml(world: World) -> SamlWorld:
    made = SamlWorld.of(world)
    made.role("app", allow("iam:GetRole"))
    made.role("other", allow("iam:GetRole"))
    return made


def offering(saml: SamlWorld, *roles: str) -> str:
    return saml.attributes(Role=[f"{role},{PROVIDER}" for role in roles])


def test_one_role_is_taken_at_once(world: World, saml: SamlWorld) -> None:
    browser = Browser(world)
    answer = browser.form(
        "/_iamd/saml",
        {"SAMLResponse": saml.saying()},
        origin="https://idp.example.com",
        sec_fetch_site="cross-site",
    )
    browser.redeem(token_of(answer))
    session = browser.session()
    assert session["arn"].startswith("arn:aws:sts::123456789012:assumed-role/app/")
    assert session["method"] == "saml"
    assert browser.result("iam", "GetRole", RoleName="app")["Role"]["Arn"] == ROLE


def test_of_several_roles_one_is_chosen(world: World, saml: SamlWorld) -> None:
    browser = Browser(world)
    answer = browser.form("/_iamd/saml", {"SAMLResponse": offering(saml, ROLE, OTHER)})
    assert answer.status == 200
    assert header(answer, "content-type") == "text/html; charset=utf-8"
    form = Form(answer.body)
    assert form.choices == [f"{ROLE},{PROVIDER}", f"{OTHER},{PROVIDER}"]
    assert not {"script", "style"} & set(form.tags)
    chosen = browser.form("/_iamd/saml", form.hidden | {"role": form.choices[1]})
    browser.redeem(token_of(chosen))
    assert browser.session()["arn"].startswith("arn:aws:sts::123456789012:assumed-role/other/")


def test_what_a_response_says_is_shown_as_text(world: World, saml: SamlWorld) -> None:
    """R-80: the page is made before anything is verified."""
    evil = 'arn:aws:iam::123456789012:role/"><script>alert(1)</script>'
    answer = Browser(world).form("/_iamd/saml", {"SAMLResponse": offering(saml, evil.replace(",", ""), ROLE)})
    assert b"<script>alert" not in answer.body
    assert "script" not in Form(answer.body).tags


@pytest.mark.parametrize("roles", [(ROLE,), (ROLE, OTHER)], ids=["of one", "of several"])
def test_a_role_that_was_not_offered_is_not_had(
    world: World, saml: SamlWorld, roles: tuple[str, ...]
) -> None:
    """Nor is another in its place."""
    saml.role("third", allow("*"))
    answer = Browser(world).form(
        "/_iamd/saml",
        {"SAMLResponse": offering(saml, *roles), "role": f"{arn('role/third')},{PROVIDER}"},
    )
    assert (answer.status, header(answer, "content-type")) == (403, "text/html; charset=utf-8")
    assert b"Your response does not name the role that was chosen." in answer.body


def test_a_response_that_nobody_has_signed_signs_nobody_in(world: World, saml: SamlWorld) -> None:
    """R-53: what the choice was made from is believed in nothing."""
    answer = Browser(world).form("/_iamd/saml", {"SAMLResponse": posted(saml.claims.response())})
    assert answer.status == 400
    assert b"You are not signed in" in answer.body


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"SAMLResponse": ""},
        {"SAMLResponse": "###"},
        {"SAMLResponse": posted("<a/>")},
        {"SAMLResponse": posted('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')},
        {"SAMLResponse": posted("<a>" + "x" * 100_000 + "</a>")},
    ],
    ids=["nothing", "empty", "no base64", "another document", "document type", "too long"],
)
def test_what_is_no_response_is_refused(world: World, saml: SamlWorld, fields: dict[str, str]) -> None:
    """R-56, R-62."""
    answer = Browser(world).form("/_iamd/saml", fields)
    assert answer.status == 400
    assert b"<h1>You are not signed in</h1>" in answer.body


def test_signing_in_replaces_what_the_browser_held(world: World, saml: SamlWorld) -> None:
    """R-82."""
    browser = Browser(world)
    browser.redeem(token_of(browser.form("/_iamd/saml", {"SAMLResponse": saml.saying()})))
    before = Browser(world, cookies=dict(browser.cookies), csrf=browser.csrf)
    browser.redeem(token_of(browser.form("/_iamd/saml", {"SAMLResponse": saml.saying()})))
    assert before.refused("iam", "GetRole", RoleName="app")[1] == "ExpiredToken"
