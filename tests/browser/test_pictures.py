"""
The pictures of the documentation: screens of the console, with an account, a time and ids that are the same every time.

``make screenshots`` keeps them in ``docs/images``, and without it they are taken all the same; look at what has changed before you commit it.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from botocore.exceptions import ClientError
from tests.browser.conftest import ROOT, Site, Window, served
from tests.browser.test_policy_editor import write
from tests.support.decisions import last_decision
from tests.support.world import ACCOUNT, MovableClock, World, allow, deny, document

from iamd.domain.ids import Ids

IMAGES: Final = ROOT / "docs" / "images"
FOLDER: Final = os.environ.get("IAMD_TEST_PICTURES")
AT: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SEED: Final = 17
SIZE: Final = {"width": 1200, "height": 760}
GITHUB: Final = "token.actions.githubusercontent.com"

DRAFT: Final = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "OwnReports",
      "Effect": "Allow",
      "Action": ["s3:GetObject", "s3:PutObjects"],
      "Resource": "arn:aws:s3:::reports/${aws:username}/*"
    },
    {
      "Effect": "Allow",
      "Action": "iam:PassRole",
      "Resource": "*"
    }
  ]
}"""


class StandingClock(MovableClock):
    """Real time for signatures; everything else happens at `AT`."""

    def now(self) -> datetime:
        return AT + self.offset


@dataclass(frozen=True)
class Story:
    """What the pictures show."""

    site: Site
    denial: str


def arn(resource: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:{resource}"


def people(world: World) -> None:
    iam = world.root.iam
    for name, team in (("ann", "reports"), ("bob", "platform"), ("carol", "platform")):
        iam.create_user(UserName=name, Tags=[{"Key": "team", "Value": team}])
    iam.create_group(GroupName="developers")
    iam.attach_group_policy(GroupName="developers", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
    for name in ("bob", "carol"):
        iam.add_user_to_group(GroupName="developers", UserName=name)
    iam.create_access_key(UserName="ann")
    world.clock.advance(timedelta(days=120))
    iam.create_account_alias(AccountAlias="example")


def roles(world: World) -> None:
    iam = world.root.iam
    iam.create_open_id_connect_provider(
        Url=f"https://{GITHUB}", ClientIDList=["sts.amazonaws.com"], ThumbprintList=["a" * 40]
    )
    world.role("build", {"AWS": arn("user/bob")}, allow("sts:AssumeRole", arn("role/deploy")))
    mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    iam.create_role(
        RoleName="deploy",
        AssumeRolePolicyDocument=document(
            allow("sts:AssumeRole", None, Principal={"AWS": arn("role/build")}),
            allow("sts:AssumeRole", None, Principal={"AWS": arn("user/carol")}, Condition=mfa),
        ),
    )
    jobs = {
        f"{GITHUB}:aud": "sts.amazonaws.com",
        f"{GITHUB}:sub": "repo:example/shop:ref:refs/heads/main",
    }
    iam.create_role(
        RoleName="release",
        AssumeRolePolicyDocument=document(
            allow(
                "sts:AssumeRoleWithWebIdentity",
                None,
                Principal={"Federated": arn(f"oidc-provider/{GITHUB}")},
                Condition={"StringEquals": jobs},
            )
        ),
    )
    world.role("host", {"Service": ["ec2.amazonaws.com"]})


def denied(world: World) -> str:
    """Have a user denied what one policy allows and another does not; return the decision."""
    dave = world.user(
        "dave",
        allow(["iam:GetUser", "iam:ListUsers"], Sid="Read"),
        allow("iam:CreateAccessKey", arn("user/dave"), Sid="OwnKeys"),
        deny("iam:DeleteUser", Sid="KeepUsers"),
    )
    with pytest.raises(ClientError, match="AccessDenied"):
        dave.iam.create_access_key(UserName="ann")
    return last_decision(world)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    clock = StandingClock(timedelta(days=-120))
    with served(clock=clock, ids=Ids(SEED)) as site:
        # The address of `iamd dev`, whatever port this is.
        site.world.app.tools.public_url.listening_at("http://127.0.0.1:4263")
        yield site


@pytest.fixture(scope="module")
def story(site: Site) -> Story:
    people(site.world)
    roles(site.world)
    return Story(site, denied(site.world))


@pytest.fixture
def screen(window: Window, story: Story) -> Window:
    window.page.clock.set_fixed_time(AT)
    window.page.set_viewport_size(SIZE)
    return window


def keep(window: Window, name: str) -> None:
    """Take the picture, and keep it where that is asked for."""
    window.page.evaluate("() => document.activeElement?.blur()")
    window.page.mouse.move(0, 0)
    taken = window.page.screenshot(animations="disabled", caret="hide")
    if FOLDER:
        (Path(FOLDER) / f"console-{name}.png").write_bytes(taken)


def test_the_door(screen: Window) -> None:
    screen.page.goto(screen.site.console)
    screen.page.get_by_role("heading", name="Sign in as IAM user").wait_for()
    keep(screen, "sign-in")


def test_the_dashboard(screen: Window) -> None:
    screen.link()
    screen.settle()
    screen.page.get_by_text("Multi-factor authentication").first.wait_for()
    keep(screen, "dashboard")


def test_an_explained_denial(screen: Window, story: Story) -> None:
    screen.link()
    screen.open(f"#/decisions/{story.denial}")
    screen.page.get_by_role("heading", name="The least change that would allow it").wait_for()
    keep(screen, "denial")


def test_the_simulator(screen: Window) -> None:
    page = screen.page
    screen.link()
    screen.open(
        f"#/simulator?principal={arn('user/dave')}&actions=iam:CreateAccessKey,iam:DeleteUser&resources={arn('user/dave')}"
    )
    page.get_by_role("button", name="Simulate", exact=True).click()
    results = page.get_by_role("heading", name="Results").first
    results.wait_for()
    screen.settle()
    results.evaluate("heading => heading.scrollIntoView({block: 'center'})")
    keep(screen, "simulator")


def test_the_trust_graph(screen: Window) -> None:
    screen.link()
    screen.open("#/trust-graph")
    screen.page.locator(".iamd-edge").first.wait_for()
    keep(screen, "trust-graph")


def test_the_policy_editor(screen: Window) -> None:
    screen.link()
    screen.open("#/policies?create=1")
    write(screen, DRAFT)
    screen.page.get_by_role("list", name="Findings").get_by_text("has no action").wait_for()
    screen.settle()
    keep(screen, "editor")


def test_every_picture_is_taken_here_and_shown_somewhere() -> None:
    names = ("sign-in", "dashboard", "denial", "simulator", "trust-graph", "editor")
    taken = {f"console-{name}.png" for name in names}
    pages = "".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs").rglob("*.md"))
    pages += (ROOT / "README.md").read_text(encoding="utf-8")
    assert {file.name for file in IMAGES.glob("*.png")} == taken
    assert [name for name in sorted(taken) if name not in pages] == []
