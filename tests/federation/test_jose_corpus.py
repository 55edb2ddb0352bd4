"""
More than a hundred tokens that are not to be believed, each made from one that is.

A corpus of our own: what went wrong in other libraries (R-42 to R-52) and what RFC 7515, 7517, 7518 and 7519 leave open.
"""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.support.jose import b64, claims_of, der, ec_key, jwk, part, pem, rsa_key, signed, ssh

from iamd.domain.ids import AccountId
from iamd.domain.oidc_providers import OIDCProvider
from iamd.errors import ExpiredTokenException, InvalidIdentityToken, ServiceError
from iamd.federation.access_tokens import AccessTokens
from iamd.federation.claims import WebIdentity
from iamd.federation.fetch import Ask, FetchError
from iamd.federation.issuers import Issuers
from iamd.federation.key_sets import KeySetError, key_set, read_key_set
from iamd.federation.web_identities import WebIdentities

ISSUER = "https://idp.example.com/realms/a"
ACCOUNT = AccountId("123456789012")
RSA, OTHER = rsa_key(), rsa_key("other")
EC, EC384, EC521 = ec_key(), ec_key("P-384"), ec_key("P-521")
KEYS = key_set(
    {
        "keys": [
            jwk(RSA, "rsa", alg="RS256", use="sig"),
            jwk(rsa_key("any"), "any"),
            jwk(EC, "ec"),
            jwk(EC384, "ec384"),
            jwk(EC521, "ec521"),
            {"kty": "oct", "k": b64(b"shared"), "kid": "oct"},
        ]
    }
)
GOOD = {"alg": "RS256", "kid": "rsa", "typ": "JWT"}


class Registered:
    """The providers of the account: one."""

    def oidc_provider(self, arn: str) -> OIDCProvider | None:
        provider = OIDCProvider(
            account_id=ACCOUNT,
            url=ISSUER,
            created_at=datetime.now(UTC),
            client_ids=("sts.amazonaws.com", "app"),
        )
        return provider if arn == provider.arn else None


def unreachable(ask: Ask) -> bytes:
    raise FetchError(ask.url)


@pytest.fixture(scope="module")
def identities() -> Iterator[WebIdentities]:
    made = WebIdentities(
        Issuers(unreachable, time.monotonic, {ISSUER: KEYS}), AccessTokens(unreachable, time.monotonic)
    )
    yield made
    made.close()


def verdict(identities: WebIdentities, token: str) -> WebIdentity:
    return identities.of_id_token(token, ACCOUNT, Registered(), datetime.now(UTC))


def token(header: dict[str, Any] | None = None, **changes: Any) -> str:
    return signed({**GOOD, **(header or {})}, claims_of(ISSUER, **changes), RSA)


def unsigned(header: dict[str, Any], ending: str = "") -> str:
    return f"{part(header)}.{part(claims_of(ISSUER))}.{ending}"


def confused(secret: bytes, algorithm: str = "HS256", **header: Any) -> str:
    return signed({"alg": algorithm, "kid": "rsa", **header}, claims_of(ISSUER), secret)


def algorithms() -> Iterator[tuple[str, str]]:
    """R-42, R-43, R-44, R-48: nothing but a signature with a private key."""
    for name in ("none", "None", "NONE", "nOnE", "", "HS256", "hs256", "rs256", "RS1", "EdDSA", "RSA1_5"):
        yield f"alg {name} without a signature", unsigned({"alg": name, "kid": "rsa"})
        yield (
            f"alg {name} with a good signature",
            signed({**GOOD, "alg": name}, claims_of(ISSUER), RSA, "RS256"),
        )
    odd: list[Any] = [None, 256, ["RS256"], {"a": 1}, True]
    for value in odd:
        yield f"alg {value!r}", signed({**GOOD, "alg": value}, claims_of(ISSUER), RSA, "RS256")
    yield "no alg", signed({"kid": "rsa"}, claims_of(ISSUER), RSA, "RS256")
    secrets = {
        "PEM": pem(RSA),
        "PEM without its last line feed": pem(RSA).rstrip(),
        "DER": der(RSA),
        "SSH": ssh(RSA),
        "JWK": json.dumps(jwk(RSA, "rsa")).encode(),
        "n": jwk(RSA)["n"].encode(),
        "nothing": b"",
        "the oct key": b"shared",
        "the client id": b"sts.amazonaws.com",
    }
    for name, secret in secrets.items():
        for algorithm in ("HS256", "HS384", "HS512"):
            yield f"{algorithm} with {name}", confused(secret, algorithm)
        yield f"HS256 with {name}, for the oct key", confused(secret, kid="oct")
    yield "signed by another key", signed(GOOD, claims_of(ISSUER), OTHER)
    yield "PS256 for an RS256 key", signed({**GOOD, "alg": "PS256"}, claims_of(ISSUER), RSA)
    yield "RS512 for an RS256 key", signed({**GOOD, "alg": "RS512"}, claims_of(ISSUER), RSA)
    yield "ES256 for an RSA key", signed({"alg": "ES256", "kid": "rsa"}, claims_of(ISSUER), EC)
    yield "RS256 for an EC key", signed({"alg": "RS256", "kid": "ec"}, claims_of(ISSUER), RSA)
    yield "ES384 for a P-256 key", signed({"alg": "ES384", "kid": "ec"}, claims_of(ISSUER), EC)
    yield "ES256 for a P-384 key", signed({"alg": "ES256", "kid": "ec384"}, claims_of(ISSUER), EC384)
    yield "ES256K", signed({"alg": "ES256K", "kid": "ec"}, claims_of(ISSUER), ec_key("secp256k1"), "ES256")
    yield "ES256 with zeros (CVE-2022-21449)", f"{unsigned({'alg': 'ES256', 'kid': 'ec'})}{b64(bytes(64))}"


def headers() -> Iterator[tuple[str, str]]:
    """R-45, R-49, R-51: a header asks for nothing, and brings no key."""
    critical: list[Any] = [["exp"], [], ["b64"], "exp", None, {}, ["http://example.com/UNDEFINED"]]
    for value in critical:
        yield f"crit {value!r}", token({"crit": value, "http://example.com/UNDEFINED": True})
    yield "b64", token({"b64": False})
    for name in ("enc", "zip", "epk", "p2c", "p2s", "iv", "tag"):
        yield f"JWE's {name}", token({name: "DEF"})
    embedded: dict[str, Any] = {
        "jwk": jwk(OTHER, "rsa"),
        "jku": "https://evil.example.com/keys",
        "x5u": "https://evil.example.com/chain",
        "x5c": [b64(b"x" * 900)],
        "x5t": b64(b"x" * 20),
    }
    for name, value in embedded.items():
        forged = {**GOOD, name: value}
        yield f"another's key with {name}", signed(forged, claims_of(ISSUER), OTHER)
        del forged["kid"]
        yield f"another's key with {name} and no kid", signed(forged, claims_of(ISSUER), OTHER)
    for kid in ("", "other", "../rsa", "rsa\0", "RSA", "rsa ", "' OR 1=1 --", "/dev/null", "a" * 2000):
        yield f"kid {kid[:20]!r}", token({"kid": kid})
    for odd in (1, ["rsa"], {"kid": "rsa"}, True):
        yield f"kid {odd!r}", token({"kid": odd})
    yield "no kid among several keys", signed({"alg": "ES256"}, claims_of(ISSUER), EC384, "ES384")


def shapes() -> Iterator[tuple[str, str]]:
    """R-49: three parts of base64url, and little of it."""
    good = token()
    head, body, end = good.split(".")
    yield "nothing", ""
    yield "dots", ".."
    yield "many dots", "." * 10_000
    yield "one part", head
    yield "two parts", f"{head}.{body}"
    yield "four parts", f"{good}.{end}"
    yield "five parts, as JWE", f"{head}.{body}.{end}.{end}.{end}"
    yield "the JSON form", json.dumps({"protected": head, "payload": body, "signature": end})
    yield "no header", f".{body}.{end}"
    yield "no claims", f"{head}..{end}"
    yield "no signature", f"{head}.{body}."
    yield "padding", f"{head}==.{body}.{end}"
    yield "a blank", f"{head}.{body}.{end} "
    yield "a line feed", f"{good}\n"
    yield "a blank within", f"{head[:5]} {head[5:]}.{body}.{end}"
    yield "base64 of the other kind", f"{head}.{body}.{end[:-4]}+/+/"
    yield "other digits", f"{head}.{body}.{end[:-1]}\u0661"
    yield "too long", signed({**GOOD, "x": "a" * 20_000}, claims_of(ISSUER), RSA)
    yield "half a signature", f"{head}.{body}.{end[:100]}"
    yield "a longer signature", f"{head}.{body}.{end}AAAA"
    yield "an access token", "ya29.a0AfH6SMBx"
    yield "something else in base64", b64(b"hello") + "." + b64(b"hello") + "." + b64(b"hello")
    for name, text in {
        "a list": "[]",
        "null": "null",
        "a text": '"a"',
        "not JSON": "{",
        "a member twice": '{"alg":"RS256","kid":"rsa","alg":"none"}',
        "NaN": '{"alg":"RS256","kid":"rsa","a":NaN}',
        "deep": '{"a":' * 3000 + "1" + "}" * 3000,
    }.items():
        yield f"a header that is {name}", f"{b64(text.encode())}.{body}.{end}"
        yield f"claims that are {name}", signed(GOOD, b64(text.encode()), RSA)
    yield "claims in Latin-1", signed(GOOD, b64(b'{"iss":"\xfc"}'), RSA)
    yield (
        "the issuer twice",
        signed(
            GOOD, b64(json.dumps(claims_of(ISSUER)).replace("{", f'{{"iss":"{ISSUER}",', 1).encode()), RSA
        ),
    )
    for at in (0, 10, len(head) + 5, len(head) + len(body) + 5):
        changed = "A" if good[at] != "A" else "B"
        yield f"another character at {at}", good[:at] + changed + good[at + 1 :]


def issuers() -> Iterator[tuple[str, str]]:
    """R-46: the issuer is the URL that is registered, character for character."""
    for name in (
        ISSUER + "/",
        ISSUER[:-1],
        ISSUER + "b",
        ISSUER.replace("https", "http"),
        ISSUER.replace("https", "HTTPS"),
        ISSUER.upper(),
        ISSUER.replace("idp", "IDP"),
        ISSUER.replace(".com", ".com:443"),
        ISSUER.replace("https://", ""),
        ISSUER.replace("https://", "https://evil.example.com/"),
        ISSUER.replace("https://", "https://user@"),
        ISSUER.replace(".com", ".com.evil.example"),
        ISSUER + "?a",
        ISSUER + "#a",
        ISSUER + " ",
        " " + ISSUER,
        ISSUER + "\0",
        ISSUER.replace("/a", "/%61"),
        ISSUER.replace("/realms/a", "/realms/../realms/a"),
        "",
        "a" * 5000,
    ):
        yield f"iss {name[:60]!r}", token(iss=name)
    for odd in ([ISSUER], {"iss": ISSUER}, 1, True):
        yield f"iss {odd!r}", token(iss=odd)
    yield "no iss", token(iss=None)


def claims() -> Iterator[tuple[str, str]]:
    """R-47: meant for us, and now."""
    audiences: list[Any] = [
        "",
        [],
        {},
        ["other"],
        "other",
        "sts.amazonaws.co",
        "sts.amazonaws.com.evil",
        "STS.AMAZONAWS.COM",
        " sts.amazonaws.com",
        "*",
        1,
        True,
        ["sts.amazonaws.com", 1],
        [["sts.amazonaws.com"]],
        ["sts.amazonaws.com", ""],
        ["sts.amazonaws.com"] * 101,
        "sts.amazonaws.com,app",
    ]
    for audience in audiences:
        yield f"aud {str(audience)[:40]!r}", token(aud=audience)
    yield "no aud", token(aud=None)
    for party in ("other", "", 1, ["app"], "sts.amazonaws.com.evil"):
        yield f"azp {party!r}", token(azp=party)
    now = int(time.time())
    for name in ("exp", "iat"):
        yield f"no {name}", token(**{name: None})
    for name in ("exp", "iat", "nbf"):
        times: list[Any] = [now + 0.5, str(now), -1, True, [now], 10**30, {}, "1e3", 1 << 40]
        for value in times:
            # Processes that begin in different seconds must have the same names.
            yield f"{name} {value!r}".replace(str(now), "now"), token(**{name: value})
        for raw in ("1e400", "-0.0", "1E5", "0x10", "NaN", "Infinity", "9" * 5000):
            text = json.dumps({**claims_of(ISSUER), name: "PLACE"}).replace('"PLACE"', raw)
            yield f"{name} {raw[:12]}", signed(GOOD, b64(text.encode()), RSA)
    yield "over for more than five minutes", token(exp=now - 310, iat=now - 1000)
    yield "over for long", token(exp=1, iat=0)
    yield "not yet", token(nbf=now + 86_400)
    yield "of the future", token(iat=now + 86_400)
    for subject in ("", None, 1, ["a"], "a" * 256):
        yield f"sub {str(subject)[:10]!r}", token(sub=subject)
    for methods in (1, {"a": 1}, [1], ["a"] * 21):
        yield f"amr {str(methods)[:20]}", token(amr=methods)


CORPUS = {
    f"{kind.__name__}: {name}": text
    for kind in (algorithms, headers, shapes, issuers, claims)
    for name, text in kind()
}


def test_there_are_many() -> None:
    assert len(CORPUS) >= 250


@pytest.mark.parametrize("name", CORPUS, ids=str)
def test_each_is_refused(identities: WebIdentities, name: str) -> None:
    with pytest.raises(ServiceError) as caught:
        verdict(identities, CORPUS[name])
    assert type(caught.value) in {InvalidIdentityToken, ExpiredTokenException}
    assert caught.value.message


GOOD_ONES: dict[str, Callable[[], str]] = {
    "RS256": token,
    **{
        each: lambda each=each: signed({"alg": each, "kid": "any"}, claims_of(ISSUER), rsa_key("any"))  # type: ignore[misc]
        for each in ("RS256 of any", "RS384", "RS512", "PS256", "PS384", "PS512")
        if " " not in each
    },
    "ES256": lambda: signed({"alg": "ES256", "kid": "ec"}, claims_of(ISSUER), EC),
    "ES384": lambda: signed({"alg": "ES384", "kid": "ec384"}, claims_of(ISSUER), EC384),
    "ES512": lambda: signed({"alg": "ES512", "kid": "ec521"}, claims_of(ISSUER), EC521),
    "no kid, one key that fits": lambda: signed({"alg": "ES256"}, claims_of(ISSUER), EC),
    "an embedded key that is not looked at": lambda: token({"jwk": jwk(OTHER), "x5c": [b64(b"x" * 900)]}),
    "over for less than five minutes": lambda: token(exp=int(time.time()) - 290, iat=1),
    "several audiences": lambda: token(aud=["x", "app"]),
}


@pytest.mark.parametrize("name", GOOD_ONES, ids=str)
def test_the_good_ones_are_believed(identities: WebIdentities, name: str) -> None:
    """The counterpart: each refusal above comes from the one thing that is wrong."""
    found = verdict(identities, GOOD_ONES[name]())
    assert found.subject == "system:serviceaccount:default:app"
    assert found.provider == f"arn:aws:iam::{ACCOUNT}:oidc-provider/idp.example.com/realms/a"


SETS = {
    "not JSON": b"<html>",
    "a list": b"[]",
    "no keys": b"{}",
    "keys that are none": json.dumps({"keys": ["a"]}).encode(),
    "an object of keys": json.dumps({"keys": {}}).encode(),
    "too many": json.dumps({"keys": [jwk(EC, str(number)) for number in range(101)]}).encode(),
    "keys twice": b'{"keys": [], "keys": []}',
    "the same id twice": json.dumps({"keys": [jwk(RSA, "a"), jwk(OTHER, "a")]}).encode(),
    "the same id twice, of other kinds": json.dumps(
        {"keys": [jwk(RSA, "a"), jwk(EC, "a", use="enc")]}
    ).encode(),
    "the same id twice, one secret": json.dumps(
        {"keys": [jwk(RSA, "a"), {"kty": "oct", "k": "AAAA", "kid": "a"}]}
    ).encode(),
    "an id that is no text": json.dumps({"keys": [jwk(RSA) | {"kid": 1}]}).encode(),
    "a small RSA key": json.dumps({"keys": [jwk(rsa_key("small", 1024))]}).encode(),
    "an exponent of one": json.dumps({"keys": [jwk(RSA) | {"e": "AQ"}]}).encode(),
    "an even exponent": json.dumps({"keys": [jwk(RSA) | {"e": "AQAA"}]}).encode(),
    "no modulus": json.dumps({"keys": [{"kty": "RSA", "e": "AQAB"}]}).encode(),
    "a point off the curve": json.dumps({"keys": [jwk(EC) | {"y": jwk(EC)["x"]}]}).encode(),
}


@pytest.mark.parametrize("name", SETS, ids=str)
def test_such_a_key_set_is_refused_as_a_whole(name: str) -> None:
    """R-52."""
    with pytest.raises(KeySetError):
        read_key_set(SETS[name])


def test_keys_that_verify_nothing_are_left_out() -> None:
    found = key_set(
        {
            "keys": [
                jwk(RSA, "enc", use="enc"),
                jwk(RSA, "ops", key_ops=["encrypt"]),
                jwk(RSA, "alg", alg="RSA-OAEP"),
                jwk(ec_key("secp256k1"), "curve"),
                {"kty": "oct", "k": "AAAA"},
                {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"},
                {"kty": "new"},
                jwk(RSA, "good", key_ops=["verify"], x5c=["whatever"], d="AQ"),
            ]
        }
    )
    assert [key.kid for key in found.keys] == ["good"]
    assert found.find("RS256", None) == found.keys[0]
    assert found.find("RS256", "enc") is None
    assert found.find("ES256", "good") is None
