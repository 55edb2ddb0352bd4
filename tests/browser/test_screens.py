"""Every screen: at two sizes, in both themes, without an error on the browser's console, and by axe-core's rules."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from tests.browser.conftest import AXE, NARROW, SHOTS, WIDE, Site, Window, served
from tests.support.browser import PASSWORD
from tests.support.organization import Organized
from tests.support.saml_metadata import metadata
from tests.support.world import ACCOUNT, allow

from iamd.enforcement.upstreams import Upstream
from iamd.secret import Secret
from iamd.settings import Settings

SCREENS: Final = {
    "dashboard": "#/",
    "users": "#/users",
    "create-user": "#/users?create=1",
    "user-permissions": "#/users/ann/permissions",
    "user-groups": "#/users/ann/groups",
    "user-accessed": "#/users/ann/accessed",
    "user-tags": "#/users/ann/tags",
    "user-credentials": "#/users/ann/credentials",
    "groups": "#/groups",
    "group-users": "#/groups/developers/users",
    "group-accessed": "#/groups/developers/accessed",
    "group-permissions": "#/groups/developers/permissions",
    "roles": "#/roles",
    "create-role": "#/roles?create=github",
    "role-permissions": "#/roles/reader/permissions",
    "role-trust": "#/roles/reader/trust",
    "role-tags": "#/roles/reader/tags",
    "role-revoke": "#/roles/reader/revoke",
    "policies": "#/policies",
    "aws-policies": "#/policies?scope=AWS",
    "create-policy": "#/policies?create=1",
    "policy-document": "#/policies/arn%3Aaws%3Aiam%3A%3A123456789012%3Apolicy%2Freports/document",
    "policy-entities": "#/policies/arn%3Aaws%3Aiam%3A%3A123456789012%3Apolicy%2Freports/entities",
    "policy-versions": "#/policies/arn%3Aaws%3Aiam%3A%3A123456789012%3Apolicy%2Freports/versions",
    "policy-tags": "#/policies/arn%3Aaws%3Aiam%3A%3A123456789012%3Apolicy%2Freports/tags",
    "providers": "#/providers",
    "add-oidc-provider": "#/providers?create=oidc&url=https://gitlab.example.com&audience=https://gitlab.example.com",
    "add-saml-provider": "#/providers?create=saml",
    "oidc-audiences": "#/providers/arn%3Aaws%3Aiam%3A%3A123456789012%3Aoidc-provider%2Fclusters.example.com%2Fid%2F1/audiences",
    "oidc-roles": "#/providers/arn%3Aaws%3Aiam%3A%3A123456789012%3Aoidc-provider%2Fclusters.example.com%2Fid%2F1/roles",
    "saml-metadata": "#/providers/arn%3Aaws%3Aiam%3A%3A123456789012%3Asaml-provider%2FCorporate/metadata",
    "saml-encryption": "#/providers/arn%3Aaws%3Aiam%3A%3A123456789012%3Asaml-provider%2FCorporate/encryption",
    "saml-tags": "#/providers/arn%3Aaws%3Aiam%3A%3A123456789012%3Asaml-provider%2FCorporate/tags",
    "account": "#/account",
    "simulator": "#/simulator?principal=arn:aws:iam::123456789012:user/ann&actions=iam:GetUser&resources=*",
    "decisions": "#/decisions",
    "denials": "#/decisions?outcome=Deny&time=all",
    "events": "#/events",
    "no-events": "#/events?user=nobody",
    "organization": "#/organization",
    "organization-policies": "#/organization/policies",
    "organization-policy": "#/organization/policies/p-FullAWSAccess",
    "gateway": "#/gateway",
    "health": "#/health",
    "decision": "#/decisions/{denied}",
    "trust-graph": "#/trust-graph",
    "credential-report": "#/credentials",
    "sessions": "#/sessions",
    "switch-role": "#/switch?role=reader",
    "no-such-page": "#/nowhere",
}


CLOUDSCAPE: Final = "mobile-toolbar-nav"
"""The bar above the content, in whose markup Cloudscape itself has an attribute that does not belong there."""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    settings = Settings(
        account_id=ACCOUNT,
        root_access_key_id="AKIAROOTEXAMPLE00000",
        root_secret_access_key=Secret("root/secret/access/key/of/the/tests/0000"),
        audit_database=True,
        metrics_key=Secret("m" * 16),
        upstream=(Upstream(services=["s3"], url="http://127.0.0.1:9000"),),
        gateway_mode="soft",
    )
    with served(settings) as site:
        yield site


@pytest.fixture(scope="module")
def denied(site: Site) -> str:
    """Fill the account, and have somebody denied something."""
    world = site.world
    iam = world.root.iam
    ann = world.user("ann", allow("iam:GetUser"), Tags=[{"Key": "team", "Value": "reports"}])
    iam.create_login_profile(UserName="ann", Password=PASSWORD)
    iam.create_group(GroupName="developers")
    iam.add_user_to_group(GroupName="developers", UserName="ann")
    world.role("reader", {"AWS": "arn:aws:iam::123456789012:user/ann"}, allow("iam:GetRole"))
    document = json.dumps(
        {"Version": "2012-10-17", "Statement": allow("s3:GetObject", "arn:aws:s3:::reports/*")}
    )
    policy = iam.create_policy(PolicyName="reports", PolicyDocument=document)["Policy"]["Arn"]
    iam.create_policy_version(
        PolicyArn=policy, PolicyDocument=document.replace("reports", "all"), SetAsDefault=True
    )
    iam.attach_user_policy(UserName="ann", PolicyArn=policy)
    iam.attach_group_policy(GroupName="developers", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
    iam.create_open_id_connect_provider(
        Url="https://clusters.example.com/id/1", ClientIDList=["sts.amazonaws.com"], ThumbprintList=["a" * 40]
    )
    iam.create_saml_provider(
        Name="Corporate", SAMLMetadataDocument=metadata(), Tags=[{"Key": "team", "Value": "all"}]
    )
    iam.generate_credential_report()
    Organized.found(world).account("shop")
    with pytest.raises(Exception, match="AccessDenied"):
        ann.iam.create_user(UserName="eve")
    (found,) = [
        value.decode() for name, value in world.responses[-1].headers if name == b"x-iamd-decision-id"
    ]
    return found


def violations(page: Any) -> list[str]:
    """Return what axe-core finds that is serious, or worse."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("async () => (await axe.run(document, {resultTypes: ['violations']})).violations")
    return [
        f"{each['id']}: {node['html'][:200]}"
        for each in found
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"]
        if not (each["id"] == "aria-allowed-attr" and CLOUDSCAPE in node["html"])
    ]


def scrolls_sideways(page: Any) -> bool:
    found: bool = page.evaluate("() => document.documentElement.scrollWidth > window.innerWidth + 1")
    return found


def take(page: Any, name: str) -> None:
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{SHOTS}/{name}.png")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_every_screen_is_sound(window: Window, denied: str, size: str, scheme: Any) -> None:
    page = window.page
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(WIDE if size == "wide" else NARROW)
    window.link()
    found: dict[str, Any] = {}
    for name, place in SCREENS.items():
        window.open(place.format(denied=denied))
        take(page, f"{name}-{size}-{scheme}")
        wrong: list[Any] = violations(page)
        if scrolls_sideways(page):
            wrong.append("it scrolls sideways")
        if wrong:
            found[name] = wrong
    assert found == {}


@pytest.mark.parametrize("size", ["wide", "narrow"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_sign_in_page_is_sound(window: Window, size: str, scheme: Any) -> None:
    page = window.page
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(WIDE if size == "wide" else NARROW)
    page.goto(window.site.console)
    page.get_by_role("heading", name="Sign in as IAM user").wait_for()
    take(page, f"sign-in-{size}-{scheme}")
    assert violations(page) == []
    assert not scrolls_sideways(page)
