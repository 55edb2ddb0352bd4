"""
JSON Web Tokens and key sets that somebody has shaken (R-42 to R-52).

A law: a token that was changed is refused with an error that is declared, or says what it said before.  What the issuer
itself signs may be anything, too: it is refused so, or it is somebody.
"""

import json
import random
import time
from typing import Any, Final

import pytest
from tests.federation.test_jose_corpus import EC, GOOD, ISSUER, KEYS, RSA, unreachable, verdict
from tests.support.jose import b64, claims_of, jwk, signature, signed
from tests.support.shaking import FAST, Target, for_a_while, fuzz, shaken

from iamd.errors import ExpiredTokenException, InvalidIdentityToken
from iamd.federation.access_tokens import AccessTokens
from iamd.federation.claims import WebIdentity
from iamd.federation.issuers import Issuers
from iamd.federation.key_sets import KeySetError, read_key_set
from iamd.federation.web_identities import WebIdentities

IDENTITIES: Final = WebIdentities(
    Issuers(unreachable, time.monotonic, {ISSUER: KEYS}), AccessTokens(unreachable, time.monotonic)
)
HEADER: Final = {"alg": "ES256", "kid": "ec"}
CLAIMS: Final = claims_of(
    ISSUER,
    amr=["pwd", "mfa"],
    groups=["a", "b"],
    **{"https://aws.amazon.com/tags": {"principal_tags": {"Team": ["red"]}, "transitive_tag_keys": ["Team"]}},
)
TOKENS: Final = (signed(HEADER, CLAIMS, EC), signed(GOOD, CLAIMS, RSA))

_TEXTS: Final = (
    b".",
    b"..",
    b"=",
    b"-",
    b"_",
    b"+",
    b"/",
    b" ",
    b"\n",
    b"e30",
    b"bnVsbA",
    b"\xd9\xa1",
    b"\x00",
    b"A" * 21_000,
)
# What JSON is made of, and what it must not be.
_JSON: Final = (
    b"{", b"}", b"[", b"]", b",", b":", b'"', b"null", b"true", b"-0", b"1e400", b"NaN", b"9" * 5000, b"0.5", b'"\\ud800"', b"\\u0000", b'"iss":1,',
    b'"crit":["exp"],', b'"alg":"none",', b'"aud":[],', b'"sub":"",', b'{"a":' * 200, b"[" * 5000, b"\xff", b"\xef\xbb\xbf", b"\x00", b"//", b"\xe2\x80\xae",
)  # fmt: skip
_VALUES: Final[tuple[Any, ...]] = (
    None, True, 0, -1, 1.5, 1 << 70, "", " ", "\x00", "\ud7ff", "\u202e", "a" * 300, [], [[]], [None], ["a"] * 200, {}, {"a": {}}, {"": [""]}, "*",
    "${aws:username}", ["red", "blue"], {"Team": "red"}, {"principal_tags": {"aws:x": ["y"]}}, {"principal_tags": ["Team"]},
)  # fmt: skip


def read(token: str) -> WebIdentity | None:
    """Return whom a token stands for; None when it is refused."""
    try:
        return verdict(IDENTITIES, token)
    except (InvalidIdentityToken, ExpiredTokenException):
        return None


HONEST: Final = read(TOKENS[0])


def shaken_token(chance: random.Random) -> None:
    token = shaken(chance.choice(TOKENS).encode(), chance, _TEXTS, b".")
    found = read(token.decode("utf-8", "surrogateescape"))
    assert found is None or found == HONEST


def shaken_json(chance: random.Random) -> None:
    """Header or claims, signed as they are then."""
    header, claims = json.dumps(HEADER).encode(), json.dumps(CLAIMS).encode()
    if chance.random() < 0.3:
        header = shaken(header, chance, _JSON, b",")
    else:
        claims = shaken(claims, chance, _JSON, b",")
    read(_signed(header, claims))


def strange_claims(chance: random.Random) -> None:
    claims = dict(CLAIMS)
    for name in chance.sample([*CLAIMS, "azp", "nbf", "https://aws.amazon.com/source_identity", "new"], 2):
        claims[name] = chance.choice(_VALUES)
    read(signed(HEADER, claims, EC))


def shaken_key_set(chance: random.Random) -> None:
    keys = json.dumps({"keys": [jwk(EC, "ec"), jwk(RSA, "rsa", use="sig")]}).encode()
    try:
        read_key_set(shaken(keys, chance, _JSON, b","))
    except KeySetError:
        return


def _signed(header: bytes, claims: bytes) -> str:
    text = f"{b64(header)}.{b64(claims)}"
    return f"{text}.{b64(signature('ES256', EC, text))}"


TARGETS: Final = (shaken_token, shaken_json, strange_claims, shaken_key_set)


def test_the_honest_one_is_believed() -> None:
    """The counterpart: what is refused below is refused for what was done to it."""
    assert HONEST is not None
    assert (HONEST.subject, read(TOKENS[1])) == (CLAIMS["sub"], HONEST)


@pytest.mark.parametrize("target", TARGETS)
def test_jwt(target: Target) -> None:
    fuzz(target, range(FAST))


@pytest.mark.deep
@pytest.mark.parametrize("target", TARGETS)
def test_jwt_for_a_while(target: Target) -> None:
    fuzz(target, for_a_while())
