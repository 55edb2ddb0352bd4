"""Credentials of users that other services ask for, and server certificates: uploaded, made, turned off and deleted."""

from pathlib import Path
from typing import Any, Final

import pytest
from tests.browser.conftest import NARROW, WIDE, Window
from tests.browser.looks import scrolls_sideways, take, violations
from tests.support.key_material import certificate, pem_private_key, ssh_public_key

CREDENTIALS: Final = "#/users/{}/credentials"
PEM: Final = certificate()


def without_refusals(window: Window) -> None:
    """Forget what the browser notes of an answer that is an error: here it was meant to be one."""
    window.faults[:] = [fault for fault in window.faults if "status of 400" not in fault]


def choose(page: Any, id_: str, action: str) -> None:
    page.get_by_role("button", name=f"Actions for {id_}").click()
    page.get_by_role("menuitem", name=action).click()


def test_an_ssh_public_key_is_uploaded_turned_off_and_deleted(window: Window, tmp_path: Path) -> None:
    iam, page = window.site.world.root.iam, window.page
    iam.create_user(UserName="ida")
    window.link()
    window.open(CREDENTIALS.format("ida"))
    window.button("Upload SSH public key").first.click()
    dialog = page.get_by_role("dialog", name="Upload SSH public key")
    dialog.get_by_label("SSH public key", exact=True).fill("no key")
    dialog.get_by_role("button", name="Upload", exact=True).click()
    dialog.get_by_text("UnrecognizedPublicKeyEncoding").wait_for()
    file = tmp_path / "id_rsa.pub"
    file.write_text(ssh_public_key())
    dialog.locator("input[type=file]").set_input_files(file)
    dialog.get_by_role("button", name="Upload", exact=True).click()
    page.get_by_text("The SSH public key is uploaded.").wait_for()
    (key,) = iam.list_ssh_public_keys(UserName="ida")["SSHPublicKeys"]
    choose(page, key["SSHPublicKeyId"], "Deactivate")
    page.get_by_text("The SSH public key is inactive.").wait_for()
    assert iam.list_ssh_public_keys(UserName="ida")["SSHPublicKeys"][0]["Status"] == "Inactive"
    choose(page, key["SSHPublicKeyId"], "Delete")
    dialog = page.get_by_role("dialog", name="Delete the SSH public key?")
    dialog.get_by_label("Confirmation").fill(key["SSHPublicKeyId"])
    dialog.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_text("The SSH public key is deleted.").wait_for()
    assert iam.list_ssh_public_keys(UserName="ida")["SSHPublicKeys"] == []
    without_refusals(window)


def test_a_signing_certificate_is_uploaded_and_shown(window: Window) -> None:
    iam, page = window.site.world.root.iam, window.page
    iam.create_user(UserName="jan")
    window.link()
    window.open(CREDENTIALS.format("jan"))
    window.button("Upload X.509 certificate").first.click()
    dialog = page.get_by_role("dialog", name="Upload X.509 certificate")
    dialog.get_by_label("Certificate", exact=True).fill(PEM)
    dialog.get_by_role("button", name="Upload", exact=True).click()
    page.get_by_text("The signing certificate is uploaded.").wait_for()
    (found,) = iam.list_signing_certificates(UserName="jan")["Certificates"]
    choose(page, found["CertificateId"], "Show")
    shown = page.get_by_role("dialog").get_by_label("Certificate", exact=True).inner_text()
    assert shown.strip() == PEM.strip()


@pytest.mark.parametrize(
    ("service", "button", "label"),
    [
        ("codecommit", "Generate credentials", "Password"),
        ("cassandra", "Generate Keyspaces credentials", "Password"),
        ("bedrock", "Generate API key", "API key"),
    ],
)
def test_a_secret_of_a_service_is_shown_once(
    window: Window, tmp_path: Path, service: str, button: str, label: str
) -> None:
    iam, page, user = window.site.world.root.iam, window.page, f"kay-{service}"
    iam.create_user(UserName=user)
    window.link()
    window.open(CREDENTIALS.format(user))
    window.button(button).first.click()
    dialog = page.get_by_role("dialog", name=button)
    if service == "bedrock":
        dialog.get_by_label("Days until it expires").fill("30")
    dialog.get_by_role("button", name="Generate", exact=True).click()
    window.button("Download .csv file").wait_for()
    with page.expect_download() as download:
        window.button("Download .csv file").click()
    download.value.save_as(tmp_path / "secret.csv")
    header, row = (tmp_path / "secret.csv").read_text().splitlines()
    assert header.split(",")[1] == label
    (found,) = iam.list_service_specific_credentials(UserName=user)["ServiceSpecificCredentials"]
    assert row.split(",")[0] == found.get("ServiceCredentialAlias", found.get("ServiceUserName"))
    assert ("ExpirationDate" in found) == (service == "bedrock")
    window.button("Done").click()
    choose(page, found["ServiceSpecificCredentialId"], "Reset")
    window.button("Show").click()
    page.get_by_text("only time").wait_for()
    assert row.split(",")[1] not in page.locator("[role=dialog]:visible").inner_text()
    window.button("Done").click()
    choose(page, found["ServiceSpecificCredentialId"], "Deactivate")
    page.get_by_text("is inactive.").wait_for()


def test_a_server_certificate_is_uploaded_renamed_and_deleted(window: Window) -> None:
    iam, page = window.site.world.root.iam, window.page
    window.link()
    window.open("#/server-certificates")
    page.get_by_role("link", name="Upload certificate").first.click()
    page.get_by_label("Name", exact=True).fill("web")
    page.get_by_label("Certificate", exact=True).fill(PEM)
    page.get_by_label("Private key", exact=True).fill(pem_private_key(1))
    window.button("Upload").click()
    page.get_by_text("KeyPairMismatch").wait_for()
    page.get_by_label("Private key", exact=True).fill(pem_private_key())
    window.button("Upload").click()
    page.get_by_text("The server certificate web is uploaded.").wait_for()
    page.get_by_role("heading", name="Summary").wait_for()
    assert page.get_by_label("Certificate", exact=True).last.inner_text().strip() == PEM.strip()
    window.button("Rename").click()
    dialog = page.get_by_role("dialog", name="Rename web")
    dialog.get_by_label("New name").fill("shop")
    dialog.get_by_role("button", name="Rename").click()
    page.get_by_role("heading", name="shop").wait_for()
    assert page.evaluate("() => location.hash") == "#/server-certificates/shop"
    window.button("Delete").click()
    dialog = page.get_by_role("dialog", name="Delete shop?")
    dialog.get_by_label("Confirmation").fill("shop")
    dialog.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_text("No server certificates").wait_for()
    assert iam.list_server_certificates()["ServerCertificateMetadataList"] == []
    without_refusals(window)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_they_are_sound(window: Window, size: str, scheme: Any) -> None:
    iam, page = window.site.world.root.iam, window.page
    user = f"lee-{size}-{scheme}"
    iam.create_user(UserName=user)
    iam.upload_ssh_public_key(UserName=user, SSHPublicKeyBody=ssh_public_key())
    iam.create_service_specific_credential(UserName=user, ServiceName="bedrock.amazonaws.com")
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(WIDE if size == "wide" else NARROW)
    window.link()
    window.open(CREDENTIALS.format(user))
    page.get_by_role("heading", name="SSH public keys for AWS CodeCommit").scroll_into_view_if_needed()
    take(page, f"user-services-{size}-{scheme}")
    assert violations(page) == []
    assert not scrolls_sideways(page)
    window.open("#/server-certificates?create=1")
    take(page, f"upload-certificate-{size}-{scheme}")
    assert violations(page) == []
    assert not scrolls_sideways(page)
