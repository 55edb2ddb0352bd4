"""Organizations in the console: made, filled, and a policy that bears on the next request; and the key that searches."""

import pytest
from botocore.exceptions import ClientError
from tests.browser.conftest import Window
from tests.support.organization import ROLE
from tests.support.world import allow


def test_an_organization_is_made_and_filled(window: Window) -> None:
    page = window.page
    window.link()
    window.open("#/organization")
    window.button("Create organization").click()
    page.get_by_role("heading", name="Summary").wait_for()
    window.button("Create account").click()
    dialog = page.get_by_role("dialog", name="Create account")
    dialog.get_by_label("Account name").fill("shop")
    dialog.get_by_label("Email").fill("shop@example.com")
    dialog.get_by_role("button", name="Create", exact=True).click()
    page.get_by_role("link", name="shop", exact=True).wait_for()
    page.get_by_role("link", name="Root", exact=True).click()
    window.button("Create unit in it").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("sales")
    dialog.get_by_role("button", name="Create", exact=True).click()
    page.get_by_text("The unit sales is created.").wait_for()

    window.open("#/organization")
    page.get_by_role("link", name="shop", exact=True).click()
    window.button("Move").click()
    dialog = page.get_by_role("dialog", name="Move shop")
    dialog.get_by_role("button", name="Choose").click()
    page.get_by_role("option", name="sales").click()
    dialog.get_by_role("button", name="Move", exact=True).click()
    page.get_by_text("shop is moved.").wait_for()
    # The browser notes that there was none at first.
    window.faults[:] = [fault for fault in window.faults if "DescribeOrganization" not in fault]


def test_a_policy_that_is_attached_here_bears_on_the_next_request(window: Window) -> None:
    """In the organization that the test before has made."""
    world, page = window.site.world, window.page
    window.link()
    window.open("#/organization/policies")
    window.button("Turn on").first.click()
    page.get_by_text("Service control policies are turned on.").wait_for()
    page.get_by_role("link", name="FullAWSAccess").wait_for()
    organizations = world.root.organizations
    made = organizations.create_policy(
        Name="no-users",
        Description="",
        Type="SERVICE_CONTROL_POLICY",
        Content='{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"iam:CreateUser","Resource":"*"}}',
    )["Policy"]["PolicySummary"]["Id"]
    (unit,) = [
        unit["Id"]
        for unit in organizations.list_organizational_units_for_parent(
            ParentId=organizations.list_roots()["Roots"][0]["Id"]
        )["OrganizationalUnits"]
    ]
    (account,) = [each["Id"] for each in organizations.list_accounts_for_parent(ParentId=unit)["Accounts"]]
    member = world.user("steward", allow("*")).assume(f"arn:aws:iam::{account}:role/{ROLE}")
    member.iam.create_user(UserName="before")
    window.open(f"#/organization/target/{unit}")
    window.button("Attach policy").click()
    dialog = page.get_by_role("dialog", name="Attach policy")
    dialog.get_by_role("button", name="Choose").click()
    page.get_by_role("option", name="no-users").click()
    dialog.get_by_role("button", name="Attach", exact=True).click()
    page.get_by_text("The policy is attached.").wait_for()
    with pytest.raises(ClientError, match="explicit deny in a service control policy"):
        member.iam.create_user(UserName="after")
    page.get_by_role("link", name="no-users").click()
    page.get_by_role("link", name="sales").wait_for()
    assert page.get_by_role("button", name="Delete").get_attribute("aria-disabled") == "true"
    assert made in page.url


def test_a_unit_and_a_policy_are_deleted(window: Window) -> None:
    """In the organization that the tests before have made."""
    organizations, page = window.site.world.root.organizations, window.page
    root = organizations.list_roots()["Roots"][0]["Id"]
    unit = organizations.create_organizational_unit(ParentId=root, Name="spare")["OrganizationalUnit"]["Id"]
    policy = organizations.create_policy(
        Name="unused",
        Description="",
        Type="SERVICE_CONTROL_POLICY",
        Content='{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"iam:*","Resource":"*"}}',
    )["Policy"]["PolicySummary"]["Id"]
    window.link()
    for place, noun, name in (
        ("target/" + unit, "unit", "spare"),
        ("policies/" + policy, "policy", "unused"),
    ):
        window.open(f"#/organization/{place}")
        window.button("Delete").click()
        dialog = page.get_by_role("dialog", name=f"Delete {name}?")
        dialog.get_by_label("Confirmation").fill(name)
        dialog.get_by_role("button", name="Delete", exact=True).click()
        page.get_by_text(f"The {noun} {name} is deleted.").wait_for()
    left = organizations.list_organizational_units_for_parent(ParentId=root)["OrganizationalUnits"]
    assert unit not in [each["Id"] for each in left]
    kept = organizations.list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"]
    assert policy not in [each["Id"] for each in kept]


@pytest.mark.parametrize("place", ["#/users", "#/policies", "#/decisions", "#/simulator", "#/credentials"])
def test_a_slash_searches(window: Window, place: str) -> None:
    page = window.page
    window.link()
    window.open(place)
    page.keyboard.press("/")
    page.keyboard.type("a/b")
    assert page.evaluate("() => [document.activeElement.tagName, document.activeElement.value]") == [
        "INPUT",
        "a/b",
    ]
