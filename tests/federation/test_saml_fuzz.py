"""
SAML: documents that somebody has shaken (R-64).

A law: a response that was changed in any way is refused with one of the errors that are declared, or says word for word
what it said before.  The same for metadata and for what is encrypted.
"""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.support import shaking
from tests.support.jose import rsa_key
from tests.support.saml_corpus import Reader
from tests.support.saml_idp import Sealing, ec_idp, encrypted, posted

from iamd.errors import AccessDenied, ExpiredTokenException, IDPRejectedClaim, InvalidIdentityToken
from iamd.federation.saml_identity import SamlIdentity
from iamd.federation.saml_metadata import SamlMetadataError, parse_metadata

FAST = 1_000
DEEP = 100_000
# What XML and SAML are made of, to be put where it does not belong.
_WORDS = (
    b"<!-- -->", b"<?x?>", b"<![CDATA[", b"]]>", b"<!DOCTYPE a>", b"&amp;", b"&x;", b"&#0;", b"&#x110000;", b"<a>", b"</a>",
    b"<a/>", b'"', b"'", b">", b"<", b"=", b"\x00", b"\xff", b"\xef\xbb\xbf", b"\xe2\x80\xae", b" xmlns=''", b' xmlns:saml="x"',
    b' ID="_assertion"', b' Id="_assertion"', b' xml:id="_response"', b"<ds:Signature/>", b"<ds:Object/>", b"<saml:Assertion/>",
    b"<saml:NameID>admin</saml:NameID>", b"#_assertion", b"2.0", b"9999-12-31T23:59:59Z", b"0000-00-00T00:00:00Z",
)  # fmt: skip


def shaken(document: bytes, chance: random.Random) -> bytes:
    """Return *document* with one to three changes; elements, or what looks like them, are moved as a whole."""
    return shaking.shaken(document, chance, _WORDS, b"<") or b"<"


def check(reader: Reader, honest: SamlIdentity, sent: str) -> bool:
    """Hold the law; return whether what was *sent* is refused."""
    try:
        said = reader.identity(sent)
    except (InvalidIdentityToken, ExpiredTokenException, IDPRejectedClaim, AccessDenied):
        return True
    assert said == honest
    return False


def run(reader: Reader, document: str, rounds: int, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  no secrets
    honest = reader.identity(posted(document))
    refused = sum(check(reader, honest, posted(shaken(document.encode(), chance))) for _ in range(rounds))
    assert refused > rounds // 2


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(ec_idp())


def documents(reader: Reader) -> dict[str, str]:
    idp, claims = reader.idp, reader.claims
    key = rsa_key("service provider").public_key()
    signed = idp.sign(claims.assertion(), claims.assertion_id)
    cbc = Sealing(data="http://www.w3.org/2001/04/xmlenc#aes128-cbc")
    return {
        "assertion": idp.signed_assertion(claims),
        "response": idp.signed_response(claims),
        "both": idp.sign(idp.signed_assertion(claims), claims.response_id),
        "encrypted": claims.response(encrypted(signed, key)),
        "encrypted, CBC": claims.response(encrypted(signed, key, cbc)),
    }


KINDS = ("assertion", "response", "both", "encrypted", "encrypted, CBC")


@pytest.mark.parametrize("kind", KINDS)
def test_responses(reader: Reader, kind: str) -> None:
    run(reader, documents(reader)[kind], FAST, seed=KINDS.index(kind))


@pytest.mark.deep
@pytest.mark.parametrize("kind", KINDS)
def test_responses_at_length(reader: Reader, kind: str) -> None:
    run(reader, documents(reader)[kind], DEEP, seed=100 + KINDS.index(kind))


def test_what_is_encrypted(reader: Reader) -> None:
    """Whoever knows our public key can encrypt anything for us: also what makes no sense."""
    chance = random.Random(7)  # noqa: S311  no secrets
    signed = reader.idp.sign(reader.claims.assertion(), reader.claims.assertion_id)
    honest = reader.identity(posted(reader.idp.signed_assertion(reader.claims)))
    key = rsa_key("service provider").public_key()
    for _ in range(FAST // 2):
        plain = shaken(signed.encode(), chance).decode("utf-8", "replace")
        check(reader, honest, posted(reader.claims.response(encrypted(plain, key))))


def _base64(document: str, chance: random.Random) -> str:
    made = list(posted(document))
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(made))
        made[at] = chance.choice(("", "=", "-", "\n", "A", "/", "\u0661", "\ud800", made[at] * 2))
    return "".join(made)


def test_base64(reader: Reader) -> None:
    chance = random.Random(8)  # noqa: S311  no secrets
    document = reader.idp.signed_response(reader.claims)
    honest = reader.identity(posted(document))
    for _ in range(FAST):
        check(reader, honest, _base64(document, chance))


def _metadata(rounds: int, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  no secrets
    document = ec_idp().metadata().strip()
    for _ in range(rounds):
        try:
            parse_metadata(shaken(document.encode(), chance).decode("utf-8", "surrogateescape"))
        except SamlMetadataError:
            continue


# What the library takes now, and will not take for ever (a serial number below one), it says so.
@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
def test_metadata() -> None:
    _metadata(FAST, seed=9)


@pytest.mark.deep
@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
def test_metadata_at_length() -> None:
    _metadata(DEEP, seed=109)


@pytest.mark.parametrize("length", [0, 1, 2, 3, 5, 50])
@pytest.mark.parametrize("make", [bytes, lambda length: b"<" * length, lambda length: b"\xff" * length])
def test_little_or_nothing(reader: Reader, length: int, make: Callable[[int], bytes]) -> None:
    refused = ("InvalidIdentityToken", "Your request included an invalid SAML response.")
    assert reader.refusal(posted(make(length))) == refused


def test_claims_that_could_be_anything(reader: Reader) -> None:
    """Signed by the provider, and strange all the same: refused with an error, or taken as it is."""
    chance = random.Random(10)  # noqa: S311  no secrets
    strange = (
        "",
        " ",
        "\u202e",
        "a" * 300,
        "\U0001f600",
        "-1",
        "NaN",
        "${aws:username}",
        "*",
        "arn:aws:iam::1:role/x,",
        "&lt;",
    )
    for _ in range(FAST // 4):
        names = (
            "RoleSessionName",
            "SourceIdentity",
            "SessionDuration",
            "PrincipalTag:k",
            "Role",
            "TransitiveTagKeys",
        )
        claims = replace(
            reader.claims,
            attributes={name: chance.choice(strange) for name in chance.sample(names, 2)},
            subject=chance.choice(strange),
            subject_format=chance.choice(strange),
        )
        reader.refusal(posted(reader.idp.signed_assertion(claims)))
