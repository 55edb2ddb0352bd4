"""UploadSigningCertificate, ListSigningCertificates, UpdateSigningCertificate, DeleteSigningCertificate."""

from datetime import timedelta
from typing import Any

import pytest
from tests.support.answers import arn, check_permission, content, denial, refusal
from tests.support.key_material import certificate, of_version_eight, pem_public_key
from tests.support.world import Actor, World, allow

UNKNOWN = "NOBODYNOBODYNOBODYNOBODY"
MISSING_USER = ("NoSuchEntity", "The user with name nobody cannot be found.")
NOT_IN_FORCE = ("InvalidCertificate", "The certificate has expired, or is not yet valid.")
DUPLICATE = ("DuplicateCertificate", "The same certificate is associated with an IAM user in the account.")


def missing(id_: str) -> tuple[str, str]:
    return "NoSuchEntity", f"The Certificate with id {id_} cannot be found."


@pytest.fixture
def bob(root: Actor) -> dict[str, str]:
    root.iam.create_user(UserName="Bob")
    return {"UserName": "bob"}


def upload(actor: Actor, body: str, **named: str) -> dict[str, Any]:
    made: dict[str, Any] = actor.iam.upload_signing_certificate(CertificateBody=body, **named)["Certificate"]
    return made


def test_a_new_certificate(root: Actor, bob: dict[str, str], world: World) -> None:
    body = certificate()

    made = upload(root, body, **bob)

    assert made == {
        "UserName": "Bob",
        "CertificateId": made["CertificateId"],
        "CertificateBody": body,
        "Status": "Active",
        "UploadDate": made["UploadDate"],
    }
    assert len(made["CertificateId"]) == 32
    assert abs((made["UploadDate"] - world.clock.now()).total_seconds()) < 60
    assert content(root.iam.list_signing_certificates(**bob)) == {
        "Certificates": [made],
        "IsTruncated": False,
    }


@pytest.mark.parametrize(
    "body",
    [
        "AAAA",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
        pem_public_key(),
        certificate() + certificate("other"),
        "Subject: bob\n" + certificate(),
        certificate().replace("-----END CERTIFICATE-----", ""),
        certificate() + "é",
        of_version_eight(),
    ],
)
def test_bodies_that_are_not_one_certificate(root: Actor, bob: dict[str, str], body: str) -> None:
    code, message = refusal(root.iam.upload_signing_certificate, CertificateBody=body, **bob)

    # XML says a carriage return and a line feed as one.
    assert (code, message) == ("MalformedCertificate", f"Certificate {body} is malformed.")
    assert root.iam.list_signing_certificates(**bob)["Certificates"] == []


def test_a_certificate_must_be_in_force(root: Actor, bob: dict[str, str], world: World) -> None:
    early = certificate(begins=timedelta(days=2))
    late = certificate(begins=timedelta(days=-2), life=timedelta(days=2))

    for body in (early, late):
        assert refusal(root.iam.upload_signing_certificate, CertificateBody=body, **bob) == NOT_IN_FORCE
    world.clock.advance(timedelta(days=3))
    assert upload(root, early, **bob)["Status"] == "Active"


def test_a_certificate_is_in_an_account_but_once(root: Actor, bob: dict[str, str]) -> None:
    body = certificate()
    made = upload(root, body, **bob)
    root.iam.create_user(UserName="carol")

    for spelling in (body, body.replace("\n", "\r\n"), "\n\n" + body):
        for named in (bob, {"UserName": "carol"}, {}):
            assert (
                refusal(root.iam.upload_signing_certificate, CertificateBody=spelling, **named) == DUPLICATE
            )
    root.iam.delete_signing_certificate(**bob, CertificateId=made["CertificateId"])
    upload(root, body, UserName="carol")


def test_a_user_has_at_most_two(root: Actor, bob: dict[str, str]) -> None:
    made = [upload(root, certificate(), **bob)["CertificateId"] for _ in range(2)]
    root.iam.update_signing_certificate(**bob, CertificateId=made[0], Status="Inactive")

    assert refusal(root.iam.upload_signing_certificate, CertificateBody=certificate(), **bob) == (
        "LimitExceeded",
        "Cannot exceed quota for CertificatesPerUser: 2",
    )
    first = root.iam.list_signing_certificates(**bob, MaxItems=1)
    second = root.iam.list_signing_certificates(**bob, MaxItems=1, Marker=first["Marker"])
    found = [page["Certificates"][0]["CertificateId"] for page in (first, second)]
    assert (found, second["IsTruncated"]) == (made, False)
    assert first["Certificates"][0]["Status"] == "Inactive"


def test_without_a_name_the_certificates_are_the_callers_own(world: World, root: Actor) -> None:
    carol = world.user("carol", allow("iam:*SigningCertificate*", arn("user/carol")))

    made = upload(carol, certificate())

    assert made["UserName"] == "carol"
    assert carol.iam.list_signing_certificates()["Certificates"] == [made]
    carol.iam.update_signing_certificate(CertificateId=made["CertificateId"], Status="Inactive")
    carol.iam.delete_signing_certificate(CertificateId=made["CertificateId"])
    assert root.iam.list_signing_certificates(UserName="carol")["Certificates"] == []


def test_the_root_has_certificates_too(root: Actor, world: World) -> None:
    assert root.iam.get_account_summary()["SummaryMap"]["AccountSigningCertificatesPresent"] == 0
    made = upload(root, certificate())

    assert "UserName" not in made
    assert root.iam.list_signing_certificates()["Certificates"] == [made]
    assert root.iam.get_account_summary()["SummaryMap"]["AccountSigningCertificatesPresent"] == 1
    admin = world.user("admin", allow("*"))
    id_ = made["CertificateId"]
    assert refusal(admin.iam.delete_signing_certificate, CertificateId=id_) == missing(id_)
    root.iam.delete_signing_certificate(CertificateId=id_)
    assert root.iam.get_account_summary()["SummaryMap"]["AccountSigningCertificatesPresent"] == 0


def test_temporary_credentials_must_name_a_user(world: World) -> None:
    role = world.role("r", {"AWS": arn("root")}, allow("iam:*"))
    session = world.user("bob", allow("sts:AssumeRole")).assume(role)

    assert refusal(session.iam.list_signing_certificates) == (
        "ValidationError",
        "Must specify userName when calling with non-User credentials",
    )


def test_statuses(root: Actor, bob: dict[str, str]) -> None:
    named = {**bob, "CertificateId": upload(root, certificate(), **bob)["CertificateId"]}

    for status in ("Inactive", "Active"):
        assert content(root.iam.update_signing_certificate(**named, Status=status)) == {}
        assert root.iam.list_signing_certificates(**bob)["Certificates"][0]["Status"] == status
    assert refusal(root.iam.update_signing_certificate, **named, Status="Expired")[0] == "InvalidInput"


def test_a_certificate_is_found_only_under_its_owner(root: Actor, bob: dict[str, str]) -> None:
    """R-33: naming one user does not reach the certificates of another."""
    root.iam.create_user(UserName="carol")
    id_ = upload(root, certificate(), **bob)["CertificateId"]

    for operation, more in (
        ("update_signing_certificate", {"Status": "Inactive"}),
        ("delete_signing_certificate", {}),
    ):
        ask = getattr(root.iam, operation)
        assert refusal(ask, UserName="carol", CertificateId=id_, **more) == missing(id_)
        assert refusal(ask, CertificateId=id_, **more) == missing(id_)
        assert refusal(ask, **bob, CertificateId=UNKNOWN, **more) == missing(UNKNOWN)
        assert refusal(ask, UserName="nobody", CertificateId=id_, **more) == MISSING_USER
    assert refusal(root.iam.list_signing_certificates, UserName="nobody") == MISSING_USER
    assert (
        refusal(root.iam.upload_signing_certificate, UserName="nobody", CertificateBody="x") == MISSING_USER
    )


def test_certificates_follow_a_rename_and_stand_in_the_way_of_a_deletion(
    root: Actor, bob: dict[str, str]
) -> None:
    """facts 15 and 16."""
    id_ = upload(root, certificate(), **bob)["CertificateId"]
    root.iam.update_user(**bob, NewUserName="Robert")

    (shown,) = root.iam.list_signing_certificates(UserName="robert")["Certificates"]
    assert (shown["UserName"], shown["CertificateId"]) == ("Robert", id_)
    assert refusal(root.iam.delete_user, UserName="Robert") == (
        "DeleteConflict",
        "Cannot delete entity, must remove referenced objects first.",
    )
    root.iam.delete_signing_certificate(UserName="Robert", CertificateId=id_)
    root.iam.delete_user(UserName="Robert")


def test_a_certificate_for_another_user_needs_permission_on_that_user(world: World, root: Actor) -> None:
    """R-24."""
    carol = world.user("carol", allow("iam:*SigningCertificate*", arn("user/carol")))
    root.iam.create_user(UserName="bob")

    assert refusal(carol.iam.upload_signing_certificate, UserName="bob", CertificateBody=certificate()) == (
        denial(arn("user/carol"), "iam:UploadSigningCertificate", "user bob")
    )


@pytest.mark.parametrize(
    ("operation", "action", "more"),
    [
        (
            "upload_signing_certificate",
            "iam:UploadSigningCertificate",
            {"CertificateBody": certificate("another")},
        ),
        ("list_signing_certificates", "iam:ListSigningCertificates", {}),
        ("update_signing_certificate", "iam:UpdateSigningCertificate", {"Status": "Inactive"}),
        ("delete_signing_certificate", "iam:DeleteSigningCertificate", {}),
    ],
)
def test_who_may(
    world: World, root: Actor, bob: dict[str, str], operation: str, action: str, more: dict[str, str]
) -> None:
    id_ = upload(root, certificate(), **bob)["CertificateId"]
    if not operation.startswith(("upload", "list")):
        more = {**more, "CertificateId": id_}

    check_permission(world, operation, action, arn("user/Bob"), "user bob", **bob, **more)
