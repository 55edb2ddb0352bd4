"""What people do: sign in with MFA, make a user and a key, deactivate it; and what naughty names do not."""

import json
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from tests.browser.conftest import Window
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


NAUGHTY = [
    "<script>window.naughty=1</script>",
    "\"><img src=x onerror='window.naughty=1'>",
    "javascript:window.naughty=1",
    "{{constructor.constructor('window.naughty=1')()}}",
    "'; DROP TABLE users; --",
    "\u202etest\u202e",
    "Ω≈ç√∫µ≤≥÷ ﷽",
    "<svg/onload=window.naughty=1>",
]


def test_naughty_strings_are_texts(window: Window) -> None:
    """R-80: whatever IAM lets into names, tags and descriptions is shown and never run."""
    iam, page = window.site.world.root.iam, window.page
    name = "naughty+=,.@-_"
    tags = [
        {"Key": f"key {number}", "Value": "".join(filter(_of_tags, text))}
        for number, text in enumerate(NAUGHTY)
    ]
    iam.create_user(UserName=name, Tags=tags)
    trust = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": allow("sts:AssumeRole", None, Principal={"Service": "ec2.amazonaws.com"}),
        }
    )
    described = [text for text in NAUGHTY if all(ord(each) < 256 for each in text)]
    for number, text in enumerate(described):
        iam.create_role(RoleName=f"naughty-{number}", Description=text, AssumeRolePolicyDocument=trust)
    sid = json.dumps({"Version": "2012-10-17", "Id": "".join(NAUGHTY), "Statement": allow("s3:*")})
    iam.put_user_policy(UserName=name, PolicyName=name, PolicyDocument=sid)
    window.link()
    places = [
        "#/users?filter=%7B%22tokens%22%3A%5B%7B%22value%22%3A%22%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E%22%7D%5D%2C%22operation%22%3A%22and%22%7D",
        "#/users/naughty%2B%3D%2C.%40-_/tags",
        "#/users/naughty%2B%3D%2C.%40-_/permissions",
        "#/users/%3Cimg%20src%3Dx%20onerror%3D%22window.naughty%3D1%22%3E/permissions",
        "#/%3Cscript%3Ewindow.naughty%3D1%3C%2Fscript%3E",
        "#/roles",
        *(f"#/roles/naughty-{number}/trust" for number in range(len(described))),
        "#/sign-in/%3Cscript%3E",
    ]
    for place in places:
        window.open(place)
        assert page.evaluate("() => window.naughty") is None
        assert page.locator("img[src=x], svg[onload]").count() == 0
    window.faults[:] = [
        fault for fault in window.faults if "the server responded with a status of" not in fault
    ]


def _of_tags(character: str) -> bool:
    return character.isalnum() or character in " _.:/=+-@"


def test_it_is_small_quick_and_alone(window: Window) -> None:
    """No more than a megabyte, over nobody else's wires; figures are printed."""
    seen: list[Any] = []
    window.page.on("response", lambda answer: seen.append(answer))  # noqa: PLW0108  a built-in cannot be asked what it takes
    window.link()
    window.settle()
    sizes = [int(each.headers.get("content-length", "0")) for each in seen]
    first = window.page.evaluate(
        "() => Math.round(performance.getEntriesByName('first-contentful-paint')[0].startTime)"
    )
    print(f"{sum(sizes)} bytes in {len(sizes)} answers; first contentful paint after {first} ms")
    assert sum(sizes) < 1_000_000
    assert {each.url.split("/_iamd/")[0] for each in seen} == {window.site.url}
