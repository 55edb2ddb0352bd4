"""Five thousand users: paged through, found, and linked to."""

from tests.browser.conftest import Window

MANY = 5_000


def test_paging_through_five_thousand_users(window: Window) -> None:
    iam, page = window.site.world.root.iam, window.page
    for number in range(1, MANY + 1):
        iam.create_user(UserName=f"user-{number:04}")
    window.link()
    window.open("#/users")
    # The first pages alone are fetched until somebody wants more.
    page.get_by_role("heading", name="Users (200+)").wait_for()
    for number in range(2, 8):
        page.get_by_role("button", name="Next page").click()
        page.get_by_role("link", name=f"user-{number * 50:04}", exact=True).wait_for()
    assert page.evaluate("() => window.location.hash") == "#/users?page=7"
    page.go_back()
    page.get_by_role("link", name="user-0300", exact=True).wait_for()
    assert page.get_by_role("link", name="user-0350", exact=True).count() == 0
    window.open("#/")
    window.open("#/users?page=100")
    page.get_by_role("heading", name=f"Users ({MANY})").wait_for(timeout=60_000)
    page.get_by_role("link", name=f"user-{MANY}", exact=True).wait_for()
    field = page.get_by_placeholder("Find users")
    field.fill("user-2718")
    field.press("Enter")
    page.get_by_role("link", name="user-2718", exact=True).wait_for()
    assert page.get_by_role("link", name="user-0001", exact=True).count() == 0
    window.open("#/users?sort=-name")
    page.get_by_role("link", name=f"user-{MANY}", exact=True).wait_for(timeout=60_000)
