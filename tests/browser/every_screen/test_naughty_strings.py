"""What others may write into names, tags, descriptions, policies, requests and addresses is shown as text, and never run (R-80)."""

import json
from typing import Final

import pytest
from botocore.exceptions import ClientError
from tests.browser.conftest import Site, Window
from tests.browser.every_screen.screens import SCREENS
from tests.support.browser import Browser, with_password
from tests.support.decisions import last_decision
from tests.support.saml_metadata import metadata
from tests.support.world import World, allow

NAUGHTY: Final = (
    "<script>window.naughty=1</script>",
    "\"><img src=x onerror='window.naughty=1'>",
    "javascript:window.naughty=1",
    "{{constructor.constructor('window.naughty=1')()}}",
    "'; DROP TABLE users; --",
    "\u202etest\u202e",
    "Ω≈ç√∫µ≤≥÷ ﷽",
    "<svg/onload=window.naughty=1>",
)
IMAGE: Final = "<img src=x onerror=window.naughty=1>"
NAME: Final = "naughty+=,.@-_"
_TRUST: Final = {"Service": "ec2.amazonaws.com"}


@pytest.fixture(scope="module")
def places(places: dict[str, str], site: Site) -> dict[str, str]:
    """Fill the account as for every screen, and then with what is meant to be run."""
    write_users_and_roles(site.world)
    arns = write_providers(site.world)
    ids = write_organization(site.world, places["unit"])
    return places | arns | ids | {"naughty_denial": ask_for(site.world)}


def tags(texts: tuple[str, ...] = NAUGHTY) -> list[dict[str, str]]:
    return [
        {"Key": f"key {number}", "Value": "".join(filter(_of_tags, text))}
        for number, text in enumerate(texts)
    ]


def _of_tags(character: str) -> bool:
    return character.isalnum() or character in " _.:/=+-@"


def write_users_and_roles(world: World) -> None:
    iam = world.root.iam
    iam.create_user(UserName=NAME, Tags=tags())
    document = {
        "Version": "2012-10-17",
        "Id": "".join(NAUGHTY),
        "Statement": allow("s3:*", f"arn:aws:s3:::{IMAGE}"),
    }
    iam.put_user_policy(UserName=NAME, PolicyName=NAME, PolicyDocument=json.dumps(document))
    trust = {
        "Version": "2012-10-17",
        "Statement": allow(
            "sts:AssumeRole", None, Principal=_TRUST, Condition={"StringEquals": {"sts:ExternalId": IMAGE}}
        ),
    }
    described = [text for text in NAUGHTY if all(ord(each) < 256 for each in text)]
    for number, text in enumerate(described):
        iam.create_role(
            RoleName=f"naughty-{number}", Description=text, AssumeRolePolicyDocument=json.dumps(trust)
        )
    iam.create_policy(PolicyName=NAME, PolicyDocument=json.dumps(document), Description=IMAGE, Tags=tags())


def write_providers(world: World) -> dict[str, str]:
    iam = world.root.iam
    oidc = iam.create_open_id_connect_provider(
        Url="https://naughty.example.com/x", ClientIDList=[IMAGE, *NAUGHTY], Tags=tags()
    )["OpenIDConnectProviderArn"]
    saml = iam.create_saml_provider(
        Name="naughty",
        SAMLMetadataDocument=metadata().replace(
            "https://idp.example.com/saml", "&lt;img src=x onerror=window.naughty=1&gt;"
        ),
        Tags=tags(),
    )["SAMLProviderArn"]
    return {"oidc": quoted(oidc), "saml": quoted(saml)}


def quoted(text: str) -> str:
    return text.replace(":", "%3A").replace("/", "%2F")


def write_organization(world: World, unit: str) -> dict[str, str]:
    organizations = world.root.organizations
    organizations.create_account(AccountName=IMAGE, Email="naughty@example.com")
    made = organizations.create_organizational_unit(ParentId=unit, Name=IMAGE)["OrganizationalUnit"]["Id"]
    policy = organizations.create_policy(
        Name=IMAGE,
        Description="".join(NAUGHTY),
        Type="SERVICE_CONTROL_POLICY",
        Content=json.dumps({"Version": "2012-10-17", "Statement": allow("*") | {"Sid": "naughty"}}),
    )["Policy"]["PolicySummary"]["Id"]
    organizations.attach_policy(PolicyId=policy, TargetId=made)
    return {"naughty_unit": made, "naughty_policy": policy}


def ask_for(world: World) -> str:
    """Have somebody denied what has such a name, by a session and in a browser that have such names; return the decision's id."""
    eve = world.user("eve", allow("iam:GetUser"))
    with pytest.raises(ClientError, match="AccessDenied"):
        eve.sts.assume_role(RoleArn=f"arn:aws:iam::123456789012:role/{IMAGE}", RoleSessionName="eve")
    decision = last_decision(world)
    with_password(world, "mallory")
    browser = Browser(world, headers={"user-agent": IMAGE})
    assert browser.sign_in("mallory").status == 200
    world.app.trail.flush()
    return decision


SHOWN: Final = {
    # What must be seen as text, so that the test is known to look at it.
    "#/providers/{oidc}/audiences": IMAGE,
    "#/providers/{oidc}/tags": "key 0",
    "#/providers/{saml}/metadata": "img src=x onerror=window.naughty=1",
    "#/providers/{saml}/tags": "key 0",
    "#/organization/structure": IMAGE,
    "#/organization/policies": IMAGE,
    "#/organization/policies/{naughty_policy}": IMAGE,
    "#/organization/target/{naughty_unit}": IMAGE,
    "#/decisions?outcome=Deny": IMAGE,
    "#/decisions/{naughty_denial}": IMAGE,
    "#/events?user=eve": "sts:AssumeRole",
    "#/trust-graph": IMAGE,
    "#/sessions": IMAGE,
    "#/users/naughty%2B%3D%2C.%40-_/tags": "key 0",
    "#/users/naughty%2B%3D%2C.%40-_/permissions": NAME,
    "#/roles/naughty-1/trust": IMAGE,
    f"#/policies/{quoted('arn:aws:iam::123456789012:policy/' + NAME).replace('+', '%2B')}/document": IMAGE,
}
ADDRESSES: Final = (
    "#/users?filter=%7B%22tokens%22%3A%5B%7B%22operator%22%3A%22%3A%22%2C%22value%22%3A%22%3Cimg%20src%3Dx%3E%22%7D%5D%7D",
    "#/users/%3Cimg%20src%3Dx%20onerror%3D%22window.naughty%3D1%22%3E/permissions",
    "#/%3Cscript%3Ewindow.naughty%3D1%3C%2Fscript%3E",
    "#/events?user=%3Cimg%20src%3Dx%20onerror%3Dwindow.naughty%3D1%3E",
    "#/trust-graph?node=%3Cimg%20src%3Dx%20onerror%3Dwindow.naughty%3D1%3E",
    "#/organization/target/%3Cimg%20src%3Dx%20onerror%3Dwindow.naughty%3D1%3E",
    "#/decisions/%3Cimg%20src%3Dx%20onerror%3Dwindow.naughty%3D1%3E",
    "#/providers/javascript%3Awindow.naughty%3D1/tags",
    "#/simulator?principal=%3Cimg%20src%3Dx%3E&actions=javascript%3Awindow.naughty%3D1&resources=%3Csvg%2Fonload%3Dwindow.naughty%3D1%3E",
    "#/sign-in/%3Cscript%3E",
)


def look(window: Window) -> None:
    page = window.page
    assert page.evaluate("() => window.naughty") is None
    assert page.locator("img[src=x], svg[onload], a[href^='javascript:']").count() == 0


def refusals_apart(window: Window) -> None:
    """The browser tells of answers that are refusals, which are not what is looked for here."""
    window.faults[:] = [
        fault for fault in window.faults if "the server responded with a status of" not in fault
    ]


def test_what_is_written_there_is_text_on_every_screen(window: Window, places: dict[str, str]) -> None:
    page = window.page
    window.link()
    for screen in SCREENS.values():
        window.open(screen.place.format(**places))
        look(window)
    for place, text in SHOWN.items():
        window.open(place.format(**places))
        page.get_by_text(text).or_(page.get_by_title(text)).first.wait_for(state="attached")
        look(window)
    refusals_apart(window)


def test_a_record_is_opened_as_text(window: Window, places: dict[str, str]) -> None:
    assert places
    page = window.page
    window.link()
    window.open("#/events?user=eve&error=AccessDenied")
    page.get_by_role("button", name="sts:AssumeRole").click()
    assert IMAGE in page.get_by_role("dialog").get_by_label("Record", exact=True).inner_text()
    look(window)


def test_what_stands_in_an_address_is_text(window: Window, places: dict[str, str]) -> None:
    window.link()
    for place in ADDRESSES:
        window.open(place.format(**places))
        look(window)
    refusals_apart(window)


def test_a_command_to_copy_is_one_command(window: Window, places: dict[str, str]) -> None:
    """Whatever is in a name, a shell takes it for a word."""
    window.link()
    window.open("#/users/ann%27%3B%20touch%20naughty%3B%20%27/permissions")
    copied = window.copied("Copy as aws command")
    assert copied == """aws iam get-user --user-name 'ann'"'"'; touch naughty; '"'"''"""
    assert places
    refusals_apart(window)
