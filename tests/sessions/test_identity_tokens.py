"""Identity tokens, verified by a library that has no part in signing them."""

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import ECKey, KeySet, RSAKey

from iamd.domain.ids import AccountId
from iamd.domain.token_signing_keys import SigningAlgorithm, TokenSigningKey
from iamd.secret import Secret
from iamd.sessions.identity_tokens import (
    MAX_PAYLOAD_BYTES,
    PayloadTooLargeError,
    TokenSigner,
    new_key_pair,
)

AT = datetime(2026, 11, 21, tzinfo=UTC)
CLAIMS = {"sub": "arn:aws:iam::123456789012:role/Größe", "aud": ["a", "b"], "n": {"m": 1}}


def made(algorithm: SigningAlgorithm, chance: bytes = b"\x00\x01\x02\x03\x04\x05\x06\x07") -> TokenSigningKey:
    key_id, public_key, private_key = new_key_pair(algorithm, lambda size: chance[:size])
    return TokenSigningKey(
        account_id=AccountId("123456789012"),
        key_id=key_id,
        algorithm=algorithm,
        public_key=public_key,
        private_key=private_key,
        created_at=AT,
        signs_from=AT,
    )


KEYS: Mapping[SigningAlgorithm, TokenSigningKey] = {each: made(each) for each in SigningAlgorithm}


@pytest.mark.parametrize("algorithm", SigningAlgorithm)
def test_others_verify_what_we_sign(algorithm: SigningAlgorithm) -> None:
    key = KEYS[algorithm]
    token = TokenSigner().sign(key, CLAIMS).reveal()
    published = KeySet.import_key_set({"keys": [json.loads(each.public_key) for each in KEYS.values()]})
    verified = jwt.decode(token, published, algorithms=[algorithm.value])
    assert verified.header == {"kid": key.key_id, "typ": "JWT", "alg": algorithm.value}
    assert verified.claims == CLAIMS


@pytest.mark.parametrize("algorithm", SigningAlgorithm)
def test_a_changed_token_is_not_ours(algorithm: SigningAlgorithm) -> None:
    key = KEYS[algorithm]
    head, payload, signature = TokenSigner().sign(key, CLAIMS).reveal().split(".")
    other = TokenSigner().sign(key, CLAIMS | {"sub": "other"}).reveal().split(".")[1]
    published = KeySet.import_key_set({"keys": [json.loads(key.public_key)]})
    for changed in (f"{head}.{other}.{signature}", f"{head}.{payload}.{signature[:-6]}AAAAAA"):
        with pytest.raises(BadSignatureError):
            jwt.decode(changed, published, algorithms=[algorithm.value])


def test_a_public_key_says_what_it_is_for_and_nothing_private() -> None:
    members: dict[SigningAlgorithm, dict[str, Any]] = {
        algorithm: json.loads(key.public_key) for algorithm, key in KEYS.items()
    }
    rsa, ec = members[SigningAlgorithm.RS256], members[SigningAlgorithm.ES384]
    assert {name: rsa[name] for name in rsa.keys() - {"n"}} == {
        "kty": "RSA",
        "use": "sig",
        "alg": "RS256",
        "kid": "RSA_0001020304050607",
        "e": "AQAB",
    }
    assert {name: ec[name] for name in ec.keys() - {"x", "y"}} == {
        "kty": "EC",
        "use": "sig",
        "alg": "ES384",
        "kid": "EC384_0001020304050607",
        "crv": "P-384",
    }
    assert RSAKey.import_key(rsa).public_key.key_size == 2048
    assert ECKey.import_key(ec).curve_name == "P-384"


def test_coordinates_keep_their_leading_zeros() -> None:
    """RFC 7518, section 6.2.1.2; one key in 128 has a short one, so that some are made."""
    for _ in range(400):
        _, public_key, _ = new_key_pair(SigningAlgorithm.ES384, bytes)
        point = json.loads(public_key)
        assert (len(point["x"]), len(point["y"])) == (64, 64)


@pytest.mark.parametrize("algorithm", SigningAlgorithm)
def test_the_longest_payload_makes_a_token_that_web_identity_takes(algorithm: SigningAlgorithm) -> None:
    """AssumeRoleWithWebIdentity: at most 20,000 characters."""
    empty = len(json.dumps({"x": ""}, separators=(",", ":")))
    longest = {"x": "x" * (MAX_PAYLOAD_BYTES - empty)}
    token = TokenSigner().sign(KEYS[algorithm], longest).reveal()
    assert 19_000 < len(token) < 20_000
    with pytest.raises(PayloadTooLargeError):
        TokenSigner().sign(KEYS[algorithm], {"x": longest["x"] + "x"})


def test_what_counts_is_bytes() -> None:
    with pytest.raises(PayloadTooLargeError):
        TokenSigner().sign(KEYS[SigningAlgorithm.ES384], {"x": "ä" * (MAX_PAYLOAD_BYTES // 2)})


def test_a_key_is_read_once_and_those_kept_are_bounded() -> None:
    signer, key = TokenSigner(), KEYS[SigningAlgorithm.ES384]
    signer.sign(key, CLAIMS)
    kept = signer._kept[key.key_id]
    signer.sign(key, CLAIMS)
    assert signer._kept == {key.key_id: kept}
    for number in range(300):
        other = made(SigningAlgorithm.ES384, number.to_bytes(8, "big"))
        signer.sign(other, CLAIMS)
    assert len(signer._kept) <= 256


def test_a_key_of_another_kind_signs_nothing() -> None:
    der = Ed25519PrivateKey.generate().private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    wrong = replace(KEYS[SigningAlgorithm.ES384], private_key=Secret(base64.b64encode(der).decode()))
    with pytest.raises(TypeError):
        TokenSigner().sign(wrong, CLAIMS)
