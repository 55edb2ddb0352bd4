"""Metadata of SAML identity providers, as they are uploaded."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from tests.support.jose import ec_key, rsa_key
from tests.support.key_material import of_version_eight, pem_of
from tests.support.saml_idp import ENTITY, Idp, certificate_of, ec_idp
from tests.support.saml_metadata import metadata

from iamd.federation.saml_metadata import SamlMetadataError, parse_metadata

IDP = ec_idp()
HONEST = IDP.metadata()


OF_512_BITS = """-----BEGIN CERTIFICATE-----
MIIBdzCCASGgAwIBAgIUBGl6gTfym7hvwwLTqN01i8IpXlkwDQYJKoZIhvcNAQEL
BQAwEDEOMAwGA1UEAwwFc21hbGwwHhcNMjYxMTIyMDM0MzIyWhcNMzYxMTE5MDM0
MzIyWjAQMQ4wDAYDVQQDDAVzbWFsbDBcMA0GCSqGSIb3DQEBAQUAA0sAMEgCQQDC
2bVhZSD3wXPIGrFkN4XaboOIfEvkGm4LBs7ByBTwLDLgBq9e2nJdJSCxUvC1oQCN
jPoZFaXYT924s5LUgyXJAgMBAAGjUzBRMB0GA1UdDgQWBBSAWNIuZtXsTvxD+GcB
yvbPLhdLsDAfBgNVHSMEGDAWgBSAWNIuZtXsTvxD+GcByvbPLhdLsDAPBgNVHRMB
Af8EBTADAQH/MA0GCSqGSIb3DQEBCwUAA0EAnpV60r+7VGabT8RXx4qXZ9F1FfHH
sQiWyCBXbrEcsWBN0ubIpJdlHTf5HH/b8DmkB6AdIXaPrqzEe6noxYFCOQ==
-----END CERTIFICATE-----
"""


def _der(pem: str) -> bytes:
    return x509.load_pem_x509_certificate(pem.encode()).public_bytes(Encoding.DER)


def test_what_is_read() -> None:
    found = parse_metadata(Idp().metadata(others=[IDP.certificate], valid_until="2030-01-01T00:00:00.25Z"))
    assert found.entity_id == ENTITY
    assert [_der(pem) for pem in (IDP.certificate, Idp().certificate)] == [
        certificate.public_bytes(Encoding.DER) for certificate in found.certificates
    ]
    assert found.valid_until == datetime(2030, 1, 1, 0, 0, 0, 250_000, tzinfo=UTC)
    assert parse_metadata(HONEST).valid_until is None


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(
            lambda text: text.replace('<KeyDescriptor use="signing"', "<KeyDescriptor"),
            id="key without a use",
        ),
        pytest.param(lambda text: text.replace("?>", "?><!-- hello -->"), id="comment"),
        pytest.param(lambda text: text.replace("UTF-8", "utf-8"), id="encoding in lower case"),
        pytest.param(lambda text: text.partition("?>")[2].strip(), id="no declaration"),
        pytest.param(
            lambda text: text.replace('protocolSupportEnumeration="', 'protocolSupportEnumeration="urn:x '),
            id="two protocols",
        ),
        pytest.param(
            lambda text: text.replace(
                "<IDPSSO", '<SPSSODescriptor protocolSupportEnumeration="urn:x"/><IDPSSO'
            ),
            id="another role",
        ),
        pytest.param(
            lambda text: text.replace("X509Certificate>", "X509Certificate>\n  "),
            id="blanks in the certificate",
        ),
    ],
)
def test_ways_to_write_it(change: Callable[[str], str]) -> None:
    changed = change(HONEST)
    assert changed != HONEST
    assert parse_metadata(changed).certificates == parse_metadata(HONEST).certificates


@pytest.mark.parametrize(
    ("given", "at"),
    [
        ("2030-01-01T00:00:00Z", datetime(2030, 1, 1, tzinfo=UTC)),
        ("2030-01-01T00:00:00", datetime(2030, 1, 1, tzinfo=UTC)),
        ("2030-01-01T02:00:00+02:00", datetime(2030, 1, 1, tzinfo=UTC)),
        ("2030-01-01T00:00:00.1234567Z", datetime(2030, 1, 1, 0, 0, 0, 123_456, tzinfo=UTC)),
    ],
)
def test_times(given: str, at: datetime) -> None:
    assert parse_metadata(IDP.metadata(valid_until=given)).valid_until == at


def test_the_earliest_end_counts() -> None:
    """SAML 2.0 Metadata, section 2.3.2: an element ends with those around it."""
    document = IDP.metadata(valid_until="2031-01-01T00:00:00Z").replace(
        "<IDPSSODescriptor", '<IDPSSODescriptor validUntil="2030-01-01T00:00:00Z"'
    )
    assert parse_metadata(document).valid_until == datetime(2030, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        pytest.param("", "it is not well-formed", id="nothing"),
        pytest.param("<a/>", "it is no EntityDescriptor", id="something else"),
        pytest.param("\ufeff" + HONEST, "it begins with a byte order mark", id="byte order mark"),
        pytest.param(HONEST + "\ud800", "it is not UTF-8", id="surrogate"),
        pytest.param(HONEST.replace("UTF-8", "ISO-8859-1"), "it is not UTF-8", id="encoding"),
        pytest.param(
            HONEST.replace("?>", "?><!DOCTYPE x>"), "a document type is declared", id="document type"
        ),
        pytest.param("<EntityDescriptor" + " " * 10_000_000, "it is too long", id="long"),
        pytest.param(
            HONEST.replace("EntityD", "EntitiesD"), "it is no EntityDescriptor", id="several entities"
        ),
        pytest.param(HONEST.replace(f'"{ENTITY}"', '""'), "it has no entityID", id="empty entity id"),
        pytest.param(HONEST.replace(ENTITY, "a" * 1025), "it has no entityID", id="long entity id"),
        pytest.param(
            HONEST.replace("IDPSSO", "SPSSO"),
            "it has no IDPSSODescriptor for SAML 2.0",
            id="service provider",
        ),
        pytest.param(
            HONEST.replace("SAML:2.0:protocol", "SAML:1.1:protocol"),
            "it has no IDPSSODescriptor for SAML 2.0",
            id="SAML 1.1",
        ),
        pytest.param(
            HONEST.replace('"signing"', '"encryption"'),
            "it has no certificate for signing, or too many",
            id="key for encryption",
        ),
        pytest.param(
            metadata(certificates=tuple(certificate_of(ec_key(name=str(number))) for number in range(11))),
            "it has no certificate for signing, or too many",
            id="too many certificates",
        ),
        pytest.param(IDP.metadata(valid_until="tomorrow"), "not a time", id="time"),
        pytest.param(IDP.metadata(valid_until="2030-13-01T00:00:00Z"), "not a time", id="month"),
        pytest.param(IDP.metadata(valid_until="0001-01-01T00:00:00+14:00"), "not a time", id="year"),
        pytest.param(
            metadata(certificates=(pem_of(b"no certificate"),)),
            "a certificate cannot be read",
            id="certificate",
        ),
        pytest.param(
            HONEST.replace("X509Certificate>", "X509Certificate>!", 1),
            "a certificate cannot be read",
            id="base64",
        ),
        pytest.param(
            metadata(certificates=(of_version_eight(),)), "a certificate cannot be read", id="version"
        ),
        pytest.param(
            metadata(certificates=(OF_512_BITS,)), "the key of a certificate is too small", id="512 bits"
        ),
        pytest.param(
            HONEST.replace("<ds:X509Certificate>", "<ds:X509Certificate><x/>"),
            "there is something beside text",
            id="element in the certificate",
        ),
    ],
)
def test_what_is_none(document: str, reason: str) -> None:
    with pytest.raises(SamlMetadataError) as caught:
        parse_metadata(document)
    assert str(caught.value) == reason


def test_the_smallest_key() -> None:
    """AWS: "a key size of at least 1024 bits"."""
    small = metadata(certificates=(certificate_of(rsa_key(bits=1024)),))
    assert parse_metadata(small).entity_id == ENTITY


def test_other_kinds_of_keys() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "idp")])
    today = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, today, today.replace(year=today.year + 1))
    pem = made.sign(key, None).public_bytes(Encoding.PEM).decode()
    with pytest.raises(SamlMetadataError, match="the key of a certificate is neither RSA nor ECDSA"):
        parse_metadata(metadata(certificates=(pem,)))
