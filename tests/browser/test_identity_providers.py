"""Identity providers: made, changed and deleted in the console, and the roles that trust them."""

from pathlib import Path

from tests.browser.conftest import Window
from tests.support.key_material import pem_private_key
from tests.support.saml_metadata import metadata

OIDC = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
SAML = "arn:aws:iam::123456789012:saml-provider/Corporate"


def test_a_role_for_jobs_leads_to_the_provider_that_it_needs(window: Window) -> None:
    iam, page = window.site.world.root.iam, window.page
    window.link()
    window.open("#/roles?create=github")
    page.get_by_label("Repository").fill("acme/site")
    page.get_by_text("nobody can assume the role until it is there").wait_for()
    page.get_by_role("link", name="Add provider").click()
    page.get_by_role("heading", name="Add OpenID Connect provider").wait_for()
    window.button("Add thumbprint").click()
    page.get_by_label("Thumbprint 1", exact=True).fill("a" * 40)
    window.button("Add provider").click()
    page.get_by_text("No role trusts it").wait_for()
    found = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=OIDC)
    assert found["Url"] == "token.actions.githubusercontent.com"
    assert found["ClientIDList"] == ["sts.amazonaws.com"]
    assert found["ThumbprintList"] == ["a" * 40]

    page.get_by_role("link", name="Create role for it").first.click()
    page.get_by_label("Repository").fill("acme/site")
    page.get_by_text("The account has the identity provider").wait_for()
    page.get_by_label("Role name").fill("deployer")
    window.button("Create role").click()
    page.get_by_role("heading", name="deployer", exact=True).wait_for()
    window.open(f"#/providers/{OIDC.replace('/', '%2F')}/roles")
    page.get_by_role("link", name="deployer").wait_for()


def test_audiences_and_thumbprints_are_changed(window: Window) -> None:
    iam, page = window.site.world.root.iam, window.page
    arn = iam.create_open_id_connect_provider(Url="https://id.example.com", ClientIDList=["one"])[
        "OpenIDConnectProviderArn"
    ]
    window.link()
    window.open("#/providers")
    page.get_by_role("link", name="id.example.com").click()
    window.button("Add audience").click()
    dialog = page.get_by_role("dialog", name="Add audience")
    dialog.get_by_label("Audience").fill("two")
    dialog.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("cell", name="two", exact=True).or_(
        page.get_by_role("rowheader", name="two", exact=True)
    ).wait_for()
    window.button("Remove one").click()
    page.get_by_role("dialog", name="Remove the audience?").get_by_role(
        "button", name="Remove", exact=True
    ).click()
    page.get_by_text("The audience is removed.").wait_for()
    page.get_by_role("tab", name="Thumbprints").click()
    window.button("Manage thumbprints").click()
    dialog = page.get_by_role("dialog", name="Manage thumbprints")
    dialog.get_by_label("Thumbprint 1", exact=True).fill("B" * 40)
    dialog.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("The thumbprints are saved.").wait_for()
    found = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert (found["ClientIDList"], [each.lower() for each in found["ThumbprintList"]]) == (
        ["two"],
        ["b" * 40],
    )

    window.button("Delete").click()
    dialog = page.get_by_role("dialog", name="Delete id.example.com?")
    dialog.get_by_label("Confirmation").fill("id.example.com")
    dialog.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_text("The identity provider id.example.com is deleted.").wait_for()
    listed = iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    assert arn not in [each["Arn"] for each in listed]


def test_a_saml_provider_is_made_of_files(window: Window, tmp_path: Path) -> None:
    iam, page = window.site.world.root.iam, window.page
    document, key = tmp_path / "idp.xml", tmp_path / "idp.pem"
    text = metadata()
    document.write_text(text, encoding="utf-8")
    key.write_text(pem_private_key(), encoding="utf-8")
    window.link()
    window.open("#/providers?create=saml&name=Corporate")
    files = page.locator("input[type=file]")
    files.nth(0).set_input_files(document)
    files.nth(1).set_input_files(key)
    page.get_by_label("Refuse assertions that are not encrypted").check()
    assert window.copied("Copy as aws command") == (
        "aws iam create-saml-provider --name Corporate --saml-metadata-document file://metadata.xml"
        " --assertion-encryption-mode Required --add-private-key file://private-key.pem"
    )
    window.button("Add provider").click()
    page.get_by_text("No role trusts it").wait_for()
    found = iam.get_saml_provider(SAMLProviderArn=SAML)
    assert found["SAMLMetadataDocument"] == text
    assert found["AssertionEncryptionMode"] == "Required"
    (kept,) = found["PrivateKeyList"]
    page.get_by_role("tab", name="Encryption").click()
    page.get_by_text(kept["KeyId"]).first.wait_for()
    assert "PRIVATE KEY" not in page.content()

    window.button("Allow clear text").click()
    page.get_by_role("dialog").get_by_role("button", name="Change", exact=True).click()
    page.get_by_text("The mode is changed.").wait_for()
    page.get_by_role("tab", name="Metadata").click()
    window.button("Replace metadata").click()
    dialog = page.get_by_role("dialog", name="Replace metadata")
    other = metadata("https://other.example.com")
    dialog.get_by_role("textbox", name="Metadata document").fill(other)
    dialog.get_by_role("button", name="Replace", exact=True).click()
    page.get_by_text("The metadata is replaced.").wait_for()
    found = iam.get_saml_provider(SAMLProviderArn=SAML)
    assert found["AssertionEncryptionMode"] == "Allowed"
    assert found["SAMLMetadataDocument"] == other


def test_what_is_no_metadata_is_told(window: Window) -> None:
    page = window.page
    window.link()
    window.open("#/providers?create=saml&name=Broken")
    page.get_by_role("textbox", name="Metadata document").fill("<nothing/>" + " " * 1000)
    window.button("Add provider").click()
    page.get_by_text("Could not parse metadata").wait_for()
    window.faults[:] = [fault for fault in window.faults if "status of 400" not in fault]
