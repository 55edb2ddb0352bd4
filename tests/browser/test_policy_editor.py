"""The policy editor: what it says as one types, and what it offers."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from tests.browser.conftest import NARROW, WIDE, Window
from tests.browser.looks import scrolls_sideways, take, violations
from tests.support.world import allow

DRAFT = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": ["s3:GetObjects", "iam:PassRole"],
      "Resource": "*"
    }
  ]
}"""


def write(window: Window, text: str) -> Any:
    """Put *text* into the editor in place of what it has, as pasting would; return the editor."""
    field = window.page.locator(".iamd-code textarea.ace_text-input")
    field.wait_for(state="attached")
    field.focus()
    window.page.keyboard.press("Control+a")
    window.page.keyboard.insert_text(text)
    return window.page.locator(".iamd-code")


def written(window: Window) -> str:
    window.page.locator(".iamd-code textarea.ace_text-input").wait_for(state="attached")
    text: str = window.page.evaluate("() => document.querySelector('.iamd-code').env.editor.getValue()")
    return text


def nothing_is_offered(page: Any) -> None:
    """Wait until the editor has done with what it offered last; it offers nothing else before."""
    page.wait_for_function("() => !document.querySelector('.iamd-code').env.editor.completer?.activated")


def test_findings_are_told_as_one_types(window: Window) -> None:
    page = window.page
    window.link()
    window.open("#/policies?create=1")
    editor = write(window, DRAFT)
    findings = page.get_by_role("list", name="Findings")
    findings.get_by_text("has no action").wait_for()
    assert findings.get_by_role("listitem").count() == 2
    editor.locator(".ace_gutter .ace_icon_svg.ace_error").wait_for()
    findings.get_by_role("button", name="6:18, go to this line and column").click()
    page.keyboard.press("Shift+End")
    page.keyboard.insert_text('"s3:GetObject"],')
    page.get_by_text("No findings").wait_for()
    assert json.loads(written(window))["Statement"][0]["Action"] == ["s3:GetObject"]
    write(window, '{"Statement": [}')
    findings.get_by_role("button", name="1:16, go to this line and column").wait_for()


def test_names_are_offered(window: Window) -> None:
    page = window.page
    window.link()
    window.open("#/policies?create=1")
    write(window, '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "')
    # What Enter takes, once the list is that of all that was typed.
    selected = page.locator(".ace_autocomplete .ace_selected")
    nothing_is_offered(page)
    page.keyboard.type("s3:getobjectversiona")
    selected.get_by_text("s3:GetObjectVersionAcl").wait_for()
    take(page, "editor-completion")
    page.keyboard.press("Enter")
    assert written(window).endswith('"Action": "s3:GetObjectVersionAcl')
    page.keyboard.type('", "Resource": "*", "Condition": {"')
    nothing_is_offered(page)
    page.keyboard.type("stringlikei")
    selected.get_by_text("StringLikeIfExists").wait_for()
    page.keyboard.press("Enter")
    page.keyboard.type('": {"')
    nothing_is_offered(page)
    page.keyboard.type("s3:pref")
    selected.get_by_text("s3:prefix").wait_for()
    page.keyboard.press("Enter")
    page.keyboard.type('": "a"}}}}')
    page.get_by_role("list", name="Findings").or_(page.get_by_text("No findings")).first.wait_for()
    assert '"StringLikeIfExists": {"s3:prefix' in written(window)


def test_what_is_typed_while_the_server_is_asked_counts(window: Window) -> None:
    """The answer to a few letters, which tells the first names of many, is not the end of it."""
    page, held, passing = window.page, list[Any](), list[bool]()
    window.link()
    window.open("#/policies?create=1")
    write(window, '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "')
    nothing_is_offered(page)
    page.route("**/CompleteName", lambda route: route.continue_() if passing else held.append(route))
    with page.expect_request("**/CompleteName"):
        page.keyboard.type("s")
    page.keyboard.type("3:getobjectversiona")
    passing.append(True)
    for each in held:
        with page.expect_response("**/CompleteName"):
            each.continue_()
    page.locator(".ace_autocomplete .ace_selected").get_by_text("s3:GetObjectVersionAcl").wait_for()
    page.keyboard.press("Enter")
    assert written(window).endswith('"Action": "s3:GetObjectVersionAcl')


def test_what_a_draft_grants_is_told_beside_it(window: Window) -> None:
    page = window.page
    window.link()
    window.open("#/policies?create=1")
    write(window, DRAFT)
    summary = page.get_by_role("table").filter(has_text="Access level")
    summary.get_by_role("row").filter(has_text="(iam)").get_by_text("Limited: Write").wait_for()
    assert "No known action" in summary.get_by_role("row").filter(has_text="(s3)").inner_text()
    write(window, DRAFT.replace("GetObjects", "GetObject"))
    summary.get_by_role("row").filter(has_text="(s3)").get_by_text("Limited: Read").wait_for()
    summary.get_by_role("button", name="Amazon S3 (s3), go to statement 1").click()
    assert page.evaluate("() => document.querySelector('.iamd-code').env.editor.getCursorPosition().row") == 3


def test_two_versions_are_compared(window: Window) -> None:
    iam, page = window.site.world.root.iam, window.page
    first = json.dumps({"Version": "2012-10-17", "Statement": allow(["s3:GetObject", "s3:PutObject"])})
    arn = iam.create_policy(PolicyName="compared", PolicyDocument=first)["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=first.replace("PutObject", "DeleteObject"))
    window.link()
    window.open(f"#/policies/{quote(arn, safe='')}/versions")
    for version in ("v1", "v2"):
        page.get_by_role("checkbox", name=version).click()
    shown = page.get_by_role("group", name="From v1 to v2")
    shown.get_by_text("s3:DeleteObject").wait_for()
    assert [row.inner_text().split() for row in shown.locator(".iamd-removed, .iamd-added").all()] == [
        ["7", "-", '"s3:PutObject"'],
        ["7", "+", '"s3:DeleteObject"'],
    ]
    assert page.evaluate("() => window.location.hash").endswith("versions?from=v1&to=v2")
    page.reload()
    shown.get_by_text("s3:DeleteObject").wait_for()
    take(page, "versions-compared")
    assert violations(page) == []


def test_what_is_written_is_text(window: Window) -> None:
    """R-80: also where the linter, the gutter and their tooltips tell of it."""
    page = window.page
    window.link()
    window.open("#/policies?create=1")
    naughty = "<img src=x onerror=window.naughty=1><svg/onload=window.naughty=1>"
    editor = write(window, DRAFT.replace("GetObjects", naughty).replace("Allow", naughty))
    findings = page.get_by_role("list", name="Findings")
    findings.get_by_text(naughty).first.wait_for()
    editor.locator(".ace_gutter .ace_icon_svg").first.hover()
    page.locator(".ace_tooltip").get_by_text("<img").first.wait_for()
    assert page.evaluate("() => window.naughty") is None
    assert page.locator("img[src=x], svg[onload]").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_the_editor_is_sound(window: Window, size: str, scheme: Any) -> None:
    page = window.page
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(WIDE if size == "wide" else NARROW)
    window.link()
    window.open("#/policies?create=1")
    write(window, DRAFT)
    page.get_by_role("list", name="Findings").wait_for()
    page.keyboard.press("Control+Home")
    take(page, f"editor-{size}-{scheme}")
    assert violations(page) == []
    assert not scrolls_sideways(page)
