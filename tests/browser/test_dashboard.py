"""What the dashboard recommends, and where it leads to."""

import json
from datetime import UTC, datetime, timedelta

from tests.browser.conftest import Window
from tests.support.browser import with_password
from tests.support.world import allow


def test_what_should_be_mended_is_told_with_where(window: Window) -> None:
    world, page = window.site.world, window.page
    iam = world.root.iam
    window.link()
    page.get_by_text("The root user has an access key").wait_for()
    page.get_by_text("No policy of yours allows everything of a service everywhere").wait_for()
    page.get_by_text("Passwords and access keys were not looked at").wait_for()
    page.get_by_role("link", name="Generate one").click()
    page.get_by_role("button", name="Generate report").first.click()
    page.get_by_role("row", name="Root user").wait_for()
    window.open("#/")
    page.get_by_text("No access key is older than 90 days").wait_for()
    page.get_by_text("Every user who signs in has an MFA device").wait_for()

    with_password(world, "ann", allow("s3:*"))
    world.user("bob", allow("s3:*", "arn:aws:s3:::reports/*"))
    document = json.dumps({"Version": "2012-10-17", "Statement": allow(["iam:GetUser", "*"])})
    policy = iam.create_policy(PolicyName="everything", PolicyDocument=document)["Policy"]["Arn"]
    iam.attach_user_policy(UserName="bob", PolicyArn=policy)
    # A report is made at most every four hours; keys age by the browser's clock.
    world.clock.advance(timedelta(hours=5))
    iam.generate_credential_report()
    page.clock.set_fixed_time(datetime.now(UTC) + timedelta(days=100))
    page.goto(window.site.url + world.app.root_link())
    window.button("Sign in with the link").click()
    page.get_by_text("3 access keys are older than 90 days").wait_for()
    page.get_by_text("One user signs in without an MFA device").wait_for()
    page.get_by_text("2 policies allow everything of a service, or of all, on every resource").wait_for()
    page.get_by_role("link", name="everything", exact=True).wait_for()
    page.get_by_role("link", name="test of ann", exact=True).click()
    page.get_by_role("heading", name="ann", exact=True).wait_for()
