"""What people do: sign in with MFA, make a user and a key, deactivate it; and what naughty names do not."""

from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from tests.browser.conftest import ROOT, Window
from tests.support.browser import with_device, with_password
from tests.support.world import ACCOUNT, allow


def test_a_key_that_is_made_here_works_until_it_is_deactivated_here(window: Window) -> None:
    world, page = window.site.world, window.page
    with_password(world, "admin", allow("*"))
    codes = with_device(world, "admin")
    world.clock.advance(timedelta(seconds=60))
    window.sign_in("admin", codes.at(world.clock.now()))
    page.get_by_role("heading", name="Dashboard").wait_for()
    page.get_by_text("Multi-factor authentication").wait_for()

    window.open("#/users")
    page.get_by_role("link", name="Create user").first.click()
    page.get_by_label("User name").fill("robot")
    window.button("Create user").click()
    page.get_by_role("heading", name="robot", exact=True).wait_for()
    page.get_by_role("tab", name="Security credentials").click()
    window.button("Create access key").click()
    dialog = page.get_by_role("dialog", name="Access key created")
    dialog.get_by_role("button", name="Show", exact=True).click()
    with page.expect_download() as download:
        dialog.get_by_role("button", name="Download .csv file").click()
    header, row = download.value.path().read_text().splitlines()
    assert header == "Access key ID,Secret access key"
    key_id, secret = row.split(",")
    assert secret in dialog.inner_text()
    dialog.get_by_role("button", name="Done").click()
    assert secret not in page.content()

    sts = boto3.client(
        "sts",
        endpoint_url=window.site.url,
        region_name="us-east-1",
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
    )
    assert sts.get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/robot"
    page.get_by_role("button", name=f"Actions for {key_id}").click()
    page.get_by_role("menuitem", name="Deactivate").click()
    page.get_by_role("dialog", name="Deactivate the access key?").get_by_role(
        "button", name="Deactivate", exact=True
    ).click()
    page.get_by_text("The access key is inactive: requests with it are refused.").wait_for()
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        sts.get_caller_identity()
    page.get_by_text("Inactive", exact=True).wait_for()


def test_a_github_role_trusts_one_branch_of_one_repository(window: Window) -> None:
    page = window.page
    window.link()
    window.open("#/roles?create=github")
    page.get_by_label("Repository").fill("acme/site")
    page.get_by_label("Role name").fill("deployer")
    window.site.world.root.iam.create_open_id_connect_provider(
        Url="https://token.actions.githubusercontent.com",
        ClientIDList=["sts.amazonaws.com"],
        ThumbprintList=["6938fd4d98bab03faadb97b34396831e3780aea1"],
    )
    window.button("Create role").click()
    page.get_by_role("heading", name="deployer", exact=True).wait_for()
    role = window.site.world.root.iam.get_role(RoleName="deployer")["Role"]
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]["StringEquals"] == {
        "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
        "token.actions.githubusercontent.com:sub": "repo:acme/site:ref:refs/heads/main",
    }


def test_a_denial_leads_to_what_would_allow_it(window: Window) -> None:
    page = window.page
    with_password(window.site.world, "bob", allow(["iam:List*", "iam:GetRequestAuthorizationDetails"]))
    window.sign_in("bob")
    page.get_by_role("heading", name="Dashboard").wait_for()
    window.open("#/users?create=1")
    page.get_by_label("User name").fill("eve")
    window.button("Create user").click()
    page.get_by_text("You are not allowed to do this").wait_for()
    page.get_by_role("link", name="Why, and what would allow it").click()
    page.get_by_role("heading", name="The least change that would allow it").wait_for()
    assert '"Action": "iam:CreateUser"' in page.get_by_label("Step 1", exact=True).inner_text()
    # The browser tells of answers that are refusals.
    window.faults[:] = [fault for fault in window.faults if "status of 403" not in fault]


@pytest.mark.parametrize(("noun", "screen"), [("User", "users"), ("Group", "groups")])
def test_a_name_is_changed(window: Window, noun: str, screen: str) -> None:
    iam, page = window.site.world.root.iam, window.page
    before, after = f"{noun}-before", f"{noun}+after"
    getattr(iam, f"create_{noun.lower()}")(**{f"{noun}Name": before})
    window.link()
    window.open(f"#/{screen}/{before}")
    window.button("Rename").click()
    dialog = page.get_by_role("dialog", name=f"Rename {before}")
    dialog.get_by_label("New name").fill(after)
    dialog.get_by_role("button", name="Rename", exact=True).click()
    page.get_by_role("heading", name=after, exact=True).wait_for()
    window.settle()
    found = getattr(iam, f"get_{noun.lower()}")(**{f"{noun}Name": after})
    assert found[noun]["Arn"].endswith(f":{noun.lower()}/{after}")


FIRST_HEADING = """
    new MutationObserver((_, watcher) => {
        if (document.querySelector('h1')) {
            window.firstHeading = performance.now();
            watcher.disconnect();
        }
    }).observe(document, {childList: true, subtree: true});
"""


def test_it_is_small_quick_and_alone(window: Window, chromium: Any) -> None:
    """At most a megabyte, over nobody else's wires; the first heading within a second and a half, with nothing kept from before."""
    seen: list[Any] = []
    window.page.on("response", lambda answer: seen.append(answer))  # noqa: PLW0108  a built-in cannot be asked what it takes
    window.link()
    window.settle()
    sizes = [int(each.headers.get("content-length", "0")) for each in seen]
    times = []
    # Whatever else the machine does takes its time, too: the best of three.
    for _ in range(3):
        fresh = chromium.new_context()
        page = fresh.new_page()
        page.add_init_script(FIRST_HEADING)
        page.goto(window.site.console)
        page.wait_for_function("() => window.firstHeading")
        times.append(page.evaluate("() => Math.round(window.firstHeading)"))
        fresh.close()
    print(f"{sum(sizes)} bytes in {len(sizes)} answers; first heading after {times} ms")
    assert sum(sizes) < 1_000_000
    assert min(times) < 1_500
    assert {each.url.split("/_iamd/")[0] for each in seen} == {window.site.url}


def test_all_of_it_is_less_than_a_megabyte() -> None:
    """Whoever opens every screen has fetched no more, as browsers are sent it."""
    files = list((ROOT / "src" / "iamd" / "console" / "static").rglob("*.br"))
    assert len(files) > 20
    assert sum(file.stat().st_size for file in files) < 1_000_000
