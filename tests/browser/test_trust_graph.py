"""The trust graph: drawn, searched, zoomed, and told in words."""

import re
from typing import Any, Final

import pytest
from tests.browser.conftest import NARROW, WIDE, Site, Window, cells
from tests.browser.looks import scrolls_sideways, take, violations
from tests.support.world import ACCOUNT, allow, document

SCREEN: Final = "#/trust-graph"
NAUGHTY: Final = "<img src=x onerror=alert(1)>"


def arn(resource: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:{resource}"


@pytest.fixture(scope="module")
def town(site: Site) -> Site:
    world = site.world
    iam = world.root.iam
    world.user("ann", allow("sts:AssumeRole", arn("role/build")))
    world.user("bob")
    world.user("idler")
    world.role("build", {"AWS": ACCOUNT})
    mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    iam.create_role(
        RoleName="deploy",
        AssumeRolePolicyDocument=document(
            allow("sts:AssumeRole", None, Principal={"AWS": arn("role/build")}),
            allow("sts:AssumeRole", None, Principal={"AWS": arn("user/bob")}, Condition=mfa),
        ),
    )
    iam.create_role(
        RoleName="partner",
        AssumeRolePolicyDocument=document(
            allow(
                "sts:AssumeRole",
                None,
                Principal={"AWS": "*"},
                Condition={
                    "StringEquals": {"sts:ExternalId": NAUGHTY},
                    "StringNotEquals": {"aws:PrincipalAccount": ACCOUNT},
                },
            )
        ),
    )
    world.user("desk", allow("iam:CreateAccessKey", arn("user/ann")))
    world.role("host", {"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"]})
    for name, trusted in (("one", "two"), ("two", "one"), ("shelved", "shelved")):
        made = {"AWS": arn(f"role/{trusted}")} if name == "two" else {"AWS": ACCOUNT}
        world.role(name, made)
    iam.update_assume_role_policy(
        RoleName="one",
        PolicyDocument=document(allow("sts:AssumeRole", None, Principal={"AWS": arn("role/two")})),
    )
    return site


def node(page: Any, name: str) -> Any:
    return page.locator(".iamd-graph").get_by_role("link", name=name, exact=True)


def rows(page: Any) -> list[list[str]]:
    """Return what the table says: who, whom, when."""
    found = cells(page.locator("table tbody tr"))
    return [[who, whom, when.replace("\n", "; ")] for who, _, whom, when, *_ in found]


def wait_for_rows(page: Any, count: int) -> None:
    page.wait_for_function("count => document.querySelectorAll('table tbody tr').length === count", arg=count)


ARROWS: Final = [
    ["ann", "build", "Always"],
    ["bob", "deploy", "aws:MultiFactorAuthPresent Bool true"],
    ["build", "deploy", "Always"],
    ["ec2.amazonaws.com", "host", "Always"],
    [
        "everyone",
        "partner",
        f"sts:ExternalId StringEquals {NAUGHTY} and aws:PrincipalAccount StringNotEquals {ACCOUNT}; the other account allows it",
    ],
    ["lambda.amazonaws.com", "host", "Always"],
    ["one", "two", "Always"],
    ["two", "one", "Always"],
]


def test_the_table_says_what_is_drawn(window: Window, town: Site) -> None:
    page = window.page
    window.link()
    window.open(SCREEN)
    assert sorted(rows(page)) == ARROWS
    for name in ("User ann", "Role build", "Service ec2.amazonaws.com", "Any account everyone"):
        node(page, name).wait_for()
    assert page.locator(".iamd-edge").count() == len(ARROWS)
    assert node(page, "User idler").count() == 0
    page.get_by_role("button", name="Roles that nobody may become (1)").click()
    page.get_by_role("link", name="shelved").wait_for()


def test_one_finds_somebody_and_the_ways_to_them(window: Window, town: Site) -> None:
    page = window.page
    window.link()
    window.open(SCREEN)
    page.get_by_role("button", name="Show Everybody").click()
    page.get_by_placeholder("Find a name or an ARN").fill("deploy")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="deploy").wait_for()
    page.get_by_text("To here").click()
    wait_for_rows(page, 3)
    assert sorted(rows(page)) == [ARROWS[0], ARROWS[1], ARROWS[2]]
    page.wait_for_url(re.compile("ways=to"))
    # What is chosen is in the address.
    page.reload()
    window.settle()
    assert sorted(rows(page)) == [ARROWS[0], ARROWS[1], ARROWS[2]]
    page.get_by_role("link", name="Open deploy").click()
    page.get_by_role("heading", name="deploy", exact=True).wait_for()
    page.wait_for_url(re.compile("#/roles/deploy$"))


def test_nodes_are_links_that_a_keyboard_reaches(window: Window, town: Site) -> None:
    page = window.page
    window.link()
    window.open(SCREEN)
    node(page, "Role build").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="build").wait_for()
    assert page.get_by_role("link", name="Open build").get_attribute("href") == "#/roles/build"
    near = page.locator(".iamd-edge.near")
    assert near.count() == 2


def test_escalations_are_drawn_for_whoever_asks(window: Window, town: Site) -> None:
    page = window.page
    window.link()
    window.open(SCREEN)
    assert node(page, "User desk").count() == 0
    page.get_by_text("Escalations", exact=True).click()
    node(page, "User desk").wait_for()
    window.settle()
    assert sorted(rows(page)) == sorted([*ARROWS, ["desk", "ann", "Always"]])
    assert page.locator(".iamd-edge.escalation").count() == 1
    page.get_by_role("listitem").filter(has_text=f"iam:CreateAccessKey on {arn('user/ann')}").first.wait_for()
    page.get_by_text("statement 1 of test").first.wait_for()
    page.wait_for_url(re.compile("escalations=true"))
    node(page, "User desk").click()
    page.get_by_text("From here").click()
    wait_for_rows(page, 3)
    assert [who for who, *_ in sorted(rows(page))] == ["ann", "build", "desk"]
    page.reload()
    window.settle()
    assert len(rows(page)) == 3
    page.get_by_text("Escalations", exact=True).click()
    page.get_by_text("has no part in the trust graph").wait_for()


def test_it_is_zoomed(window: Window, town: Site) -> None:
    page = window.page
    window.link()
    window.open(SCREEN)
    picture = page.locator(".iamd-graph svg")
    before = float(picture.get_attribute("width"))
    window.button("Zoom in").click()
    window.settle()
    assert float(picture.get_attribute("width")) == pytest.approx(before * 1.25)
    page.wait_for_url(re.compile(r"\?zoom=1\.25$"))
    # Whom one chooses is shown as large; and back and forth go through all of it.
    node(page, "Role build").click()
    page.wait_for_url(re.compile(r"node=.*zoom=1\.25"))
    page.go_back()
    page.go_back()
    page.wait_for_function(
        "width => +document.querySelector('.iamd-graph svg').getAttribute('width') === width", arg=before
    )
    page.go_forward()
    page.wait_for_function(
        "width => +document.querySelector('.iamd-graph svg').getAttribute('width') > width", arg=before
    )
    window.button("Show all of it").click()
    window.settle()
    fits = page.locator(".iamd-graph").evaluate("it => it.scrollWidth <= it.clientWidth + 1")
    assert fits


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_it_is_sound(window: Window, town: Site, size: str, scheme: Any) -> None:
    page = window.page
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(WIDE if size == "wide" else NARROW)
    window.link()
    for name, place in (
        ("", SCREEN),
        ("-escalations", f"{SCREEN}?escalations=true"),
        ("-chosen", f"{SCREEN}?node={arn('role/deploy')}&ways=to"),
    ):
        window.open(place)
        take(page, f"trust-graph{name}-{size}-{scheme}")
        assert violations(page) == []
        assert not scrolls_sideways(page)
