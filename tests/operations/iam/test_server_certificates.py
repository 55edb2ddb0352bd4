"""UploadServerCertificate, GetServerCertificate, ListServerCertificates, UpdateServerCertificate, DeleteServerCertificate."""

from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tests.support.answers import arn, check_permission, content, refusal
from tests.support.key_material import LIFE, MADE_AT, certificate, pem_private_key, pem_public_key
from tests.support.world import Actor, World, allow

BODY = certificate()
KEY = pem_private_key()
UNREADABLE = (
    "MalformedCertificate",
    "Unable to parse certificate. Please ensure the certificate is in PEM format.",
)
UNREADABLE_KEY = (
    "MalformedCertificate",
    "Unable to parse key; the private key must be in PEM format, and not encrypted.",
)
UNREADABLE_CHAIN = (
    "MalformedCertificate",
    "Unable to parse certificate chain. Please ensure the certificates are in PEM format.",
)
MISMATCH = ("KeyPairMismatch", "Private key does not match the public key of the certificate.")
MISSING = ("NoSuchEntity", "The Server Certificate with name web cannot be found.")
# The web server's, signed by the intermediary, signed by the authority.
LEAF = certificate("web", issuer="middle", issuer_number=1)
MIDDLE = certificate("middle", 1, issuer="top", issuer_number=2)
TOP = certificate("top", 2)


def upload(root: Actor, name: str = "web", **more: Any) -> dict[str, Any]:
    given = {"CertificateBody": BODY, "PrivateKey": KEY, **more}
    answer: dict[str, Any] = root.iam.upload_server_certificate(ServerCertificateName=name, **given)
    return content(answer)


def refused(root: Actor, **more: Any) -> tuple[str, str]:
    given = {"CertificateBody": BODY, "PrivateKey": KEY, **more}
    found = refusal(root.iam.upload_server_certificate, ServerCertificateName="web", **given)
    assert root.iam.list_server_certificates()["ServerCertificateMetadataList"] == []
    return found


def names(answer: dict[str, Any]) -> list[str]:
    return [each["ServerCertificateName"] for each in answer["ServerCertificateMetadataList"]]


def test_a_new_certificate(root: Actor, world: World) -> None:
    metadata = upload(root, "Web")["ServerCertificateMetadata"]

    assert metadata == {
        "Path": "/",
        "ServerCertificateName": "Web",
        "ServerCertificateId": metadata["ServerCertificateId"],
        "Arn": arn("server-certificate/Web"),
        "UploadDate": metadata["UploadDate"],
        "Expiration": MADE_AT + LIFE,
    }
    assert metadata["ServerCertificateId"].startswith("ASCA")
    assert len(metadata["ServerCertificateId"]) == 21
    assert content(root.iam.get_server_certificate(ServerCertificateName="wEB")) == {
        "ServerCertificate": {
            "ServerCertificateMetadata": metadata,
            "CertificateBody": BODY.strip(),
            "Tags": [],
        }
    }


def test_everything_that_a_certificate_may_be_uploaded_with(root: Actor) -> None:
    tags = [{"Key": "b", "Value": "1"}, {"Key": "A", "Value": ""}, {"Key": "a", "Value": "2"}]
    chain = MIDDLE + TOP

    answer = upload(root, Path="/cloudfront/x/", CertificateBody=LEAF, CertificateChain=chain, Tags=tags)

    in_order = [tags[1], tags[2], tags[0]]
    assert answer["Tags"] == in_order
    assert answer["ServerCertificateMetadata"]["Arn"] == arn("server-certificate/cloudfront/x/web")
    found = root.iam.get_server_certificate(ServerCertificateName="web")["ServerCertificate"]
    assert (found["CertificateBody"], found["CertificateChain"]) == (LEAF.strip(), chain.strip())
    assert found["Tags"] == in_order


def test_the_private_key_is_never_told(root: Actor, world: World) -> None:
    upload(root)
    root.iam.get_server_certificate(ServerCertificateName="web")
    root.iam.list_server_certificates()
    root.iam.update_server_certificate(ServerCertificateName="web", NewServerCertificateName="site")
    refusal(
        root.iam.upload_server_certificate, ServerCertificateName="x", CertificateBody="x", PrivateKey=KEY
    )

    line = KEY.splitlines()[5].encode()
    assert [response for response in world.responses if line in response.body] == []


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_keys_come_in_two_forms(root: Actor, form: PrivateFormat) -> None:
    assert upload(root, PrivateKey="\n" + pem_private_key(form=form))["ServerCertificateMetadata"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"CertificateBody": "x"}, UNREADABLE),
        ({"CertificateBody": KEY}, UNREADABLE),
        ({"CertificateBody": BODY + TOP}, UNREADABLE),
        ({"CertificateBody": BODY + "tail"}, UNREADABLE),
        ({"CertificateBody": BODY.replace("\n", "")}, UNREADABLE),
        ({"PrivateKey": "x"}, UNREADABLE_KEY),
        ({"PrivateKey": BODY}, UNREADABLE_KEY),
        ({"PrivateKey": pem_public_key()}, UNREADABLE_KEY),
        ({"PrivateKey": pem_private_key(passphrase=b"secret")}, UNREADABLE_KEY),
        ({"PrivateKey": pem_private_key(1)}, MISMATCH),
        ({"CertificateChain": "x"}, UNREADABLE_CHAIN),
        ({"CertificateChain": " \n"}, UNREADABLE_CHAIN),
        ({"CertificateChain": TOP + KEY}, UNREADABLE_CHAIN),
    ],
)
def test_what_cannot_be_read_or_does_not_belong_together(
    root: Actor, given: dict[str, str], expected: tuple[str, str]
) -> None:
    assert refused(root, **given) == expected


def test_a_key_of_another_kind_is_no_match(root: Actor) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    other = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    assert refused(root, PrivateKey=other) == MISMATCH


@pytest.mark.parametrize(
    ("chain", "wrong"),
    [(TOP, 0), (TOP + MIDDLE, 0), (MIDDLE + MIDDLE, 1), (LEAF + MIDDLE, 0), (MIDDLE + TOP + LEAF, 2)],
)
def test_a_chain_goes_from_one_signer_to_the_next(root: Actor, chain: str, wrong: int) -> None:
    code, message = refused(root, CertificateBody=LEAF, CertificateChain=chain)

    assert code == "MalformedCertificate"
    assert message.endswith(f"The index within the chain of the invalid certificate is: {wrong}")


def test_a_chain_may_end_before_its_root(root: Actor) -> None:
    assert upload(root, CertificateBody=LEAF, CertificateChain=MIDDLE)


def test_a_certificate_must_be_in_force(root: Actor) -> None:
    late = certificate(begins=timedelta(days=-2), life=timedelta(days=2))
    early = certificate(begins=timedelta(days=2))

    assert refused(root, CertificateBody=late) == (
        "MalformedCertificate",
        "Certificate is no longer valid. The 'Not After' date restriction on the certificate has passed.",
    )
    assert refused(root, CertificateBody=early) == (
        "MalformedCertificate",
        "Certificate is not yet valid. The 'Not Before' date restriction on the certificate has not passed.",
    )


def test_a_name_is_taken_without_regard_to_case(root: Actor) -> None:
    upload(root)

    assert refusal(
        root.iam.upload_server_certificate, ServerCertificateName="WEB", CertificateBody=BODY, PrivateKey=KEY
    ) == ("EntityAlreadyExists", "The Server Certificate with name WEB already exists.")


def test_what_is_not_there(root: Actor) -> None:
    for operation in ("get", "update", "delete"):
        ask = getattr(root.iam, f"{operation}_server_certificate")
        assert refusal(ask, ServerCertificateName="web") == MISSING
    assert refusal(root.iam.list_server_certificate_tags, ServerCertificateName="web") == MISSING
    assert refusal(root.iam.untag_server_certificate, ServerCertificateName="web", TagKeys=["a"]) == MISSING


@pytest.mark.slow
def test_an_account_has_at_most_twenty(root: Actor) -> None:
    for number in range(20):
        upload(root, f"n{number}")

    assert refusal(
        root.iam.upload_server_certificate, ServerCertificateName="more", CertificateBody=BODY, PrivateKey=KEY
    ) == ("LimitExceeded", "Cannot exceed quota for ServerCertificatesPerAccount: 20")
    assert root.iam.get_account_summary()["SummaryMap"]["ServerCertificates"] == 20


def test_certificates_are_listed_in_pages_by_path(root: Actor) -> None:
    for name, path in (("c", "/x/"), ("B", "/"), ("a", "/x/y/")):
        upload(root, name, Path=path, Tags=[{"Key": "k", "Value": "v"}])

    answer = content(root.iam.list_server_certificates())
    assert (names(answer), answer["IsTruncated"]) == (["a", "B", "c"], False)
    assert "Tags" not in answer["ServerCertificateMetadataList"][0]
    assert names(root.iam.list_server_certificates(PathPrefix="/x")) == ["a", "c"]
    first = root.iam.list_server_certificates(MaxItems=2)
    assert (names(first), first["IsTruncated"]) == (["a", "B"], True)
    assert names(root.iam.list_server_certificates(MaxItems=2, Marker=first["Marker"])) == ["c"]
    assert refusal(root.iam.list_server_certificates, PathPrefix="/x", Marker=first["Marker"]) == (
        "ValidationError",
        "Invalid Marker.",
    )


def test_a_certificate_keeps_everything_when_it_is_renamed_and_moved(root: Actor) -> None:
    upload(root, Tags=[{"Key": "k", "Value": "v"}])
    before = root.iam.get_server_certificate(ServerCertificateName="web")["ServerCertificate"]

    answer = root.iam.update_server_certificate(
        ServerCertificateName="web", NewServerCertificateName="Site", NewPath="/new/"
    )

    assert content(answer) == {}
    after = root.iam.get_server_certificate(ServerCertificateName="site")["ServerCertificate"]
    moved = {"ServerCertificateName": "Site", "Path": "/new/", "Arn": arn("server-certificate/new/Site")}
    metadata = before["ServerCertificateMetadata"] | moved
    assert after == before | {"ServerCertificateMetadata": metadata}
    assert refusal(root.iam.get_server_certificate, ServerCertificateName="web") == MISSING
    upload(root)
    assert refusal(
        root.iam.update_server_certificate, ServerCertificateName="web", NewServerCertificateName="SITE"
    ) == ("EntityAlreadyExists", "The Server Certificate with name SITE already exists.")


def test_a_rename_needs_permission_on_both_names(world: World, root: Actor) -> None:
    upload(root)
    both = [arn("server-certificate/web"), arn("server-certificate/site")]
    renaming = {"ServerCertificateName": "web", "NewServerCertificateName": "site"}

    for name, resource in (("old-only", both[0]), ("new-only", both[1])):
        actor = world.user(name, allow("iam:UpdateServerCertificate", resource))
        assert refusal(actor.iam.update_server_certificate, **renaming)[0] == "AccessDenied"
    world.user("renamer", allow("iam:UpdateServerCertificate", both)).iam.update_server_certificate(
        **renaming
    )
    assert names(root.iam.list_server_certificates()) == ["site"]


def test_a_certificate_is_deleted_once(root: Actor) -> None:
    upload(root)

    assert content(root.iam.delete_server_certificate(ServerCertificateName="WEB")) == {}
    assert refusal(root.iam.delete_server_certificate, ServerCertificateName="web") == MISSING
    assert root.iam.get_account_summary()["SummaryMap"]["ServerCertificates"] == 0


def test_tags(root: Actor) -> None:
    upload(root, Tags=[{"Key": "a", "Value": "1"}])
    named = {"ServerCertificateName": "web"}

    root.iam.tag_server_certificate(**named, Tags=[{"Key": "A", "Value": "2"}, {"Key": "a", "Value": "3"}])
    assert content(root.iam.list_server_certificate_tags(**named)) == {
        "Tags": [{"Key": "A", "Value": "2"}, {"Key": "a", "Value": "3"}],
        "IsTruncated": False,
    }
    root.iam.untag_server_certificate(**named, TagKeys=["a", "not there"])
    assert root.iam.list_server_certificate_tags(**named)["Tags"] == [{"Key": "A", "Value": "2"}]
    assert refusal(root.iam.tag_server_certificate, **named, Tags=[{"Key": "x", "Value": ""}] * 2) == (
        "InvalidInput",
        "Duplicate tag keys found.",
    )


@pytest.mark.parametrize(
    ("operation", "action", "more"),
    [
        (
            "upload_server_certificate",
            "iam:UploadServerCertificate",
            {"CertificateBody": BODY, "PrivateKey": KEY, "Path": "/p/"},
        ),
        ("get_server_certificate", "iam:GetServerCertificate", {}),
        ("update_server_certificate", "iam:UpdateServerCertificate", {}),
        ("delete_server_certificate", "iam:DeleteServerCertificate", {}),
        ("list_server_certificate_tags", "iam:ListServerCertificateTags", {}),
    ],
)
def test_who_may(world: World, root: Actor, operation: str, action: str, more: dict[str, str]) -> None:
    if not operation.startswith("upload"):
        upload(root, Path="/p/")
    resource = arn("server-certificate/p/web")

    check_permission(world, operation, action, resource, resource, ServerCertificateName="web", **more)
