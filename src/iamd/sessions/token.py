"""
Session tokens: a session, sealed, so that any node can verify it without a database.

The secret access key of a session is derived from its access key id under a subkey of the ring: it is never stored
anywhere, and it is not in the token either (R-17).  A token has at most `MAX_TOKEN_LENGTH` characters; what does not
fit is refused when the session is asked for (PackedPolicyTooLarge).
"""

import base64
import zlib
from binascii import b2a_base64
from typing import Final

import msgspec

from iamd.clock import from_epoch, to_epoch
from iamd.domain.tags import Tag
from iamd.secret import Secret
from iamd.sessions.keyring import OVERHEAD, Keyring, SealBrokenError, UnknownSealingKeyError
from iamd.sessions.sealed import Packed, Sealed
from iamd.sessions.session import Session, SessionKind

MAX_TOKEN_LENGTH: Final = 4096
MAX_PACKED_SIZE: Final = 2560
"""Bytes that policies and tags may have when packed; with all the rest at its longest the token stays in bounds."""

_LENGTH: Final = 2
"""Bytes before the inside of a token that say how long it is; behind it there may be filling."""

_TOKEN_PURPOSE = b"session token"
_SECRET_PURPOSE = b"session secret"


class InvalidSessionTokenError(Exception):
    """The text is no session token of this installation; one error for every reason (R-15)."""


class UnknownTokenKeyError(InvalidSessionTokenError):
    """The token names a sealing key that is not in the ring."""


class PackedTooLargeError(Exception):
    """
    Session policies and tags do not fit.

    Attributes:
        percent: Their packed size, in percent of what is allowed.
    """

    def __init__(self, percent: int) -> None:
        super().__init__(f"packed size is {percent}%")
        self.percent = percent


_encode = msgspec.msgpack.Encoder().encode
_decode_sealed = msgspec.msgpack.Decoder(Sealed).decode
_decode_packed = msgspec.msgpack.Decoder(Packed).decode


def packed_size(session: Session) -> int:
    """Return the packed size of policies and tags in percent of the allowed size, rounded up."""
    return _percent(_pack(msgspec.structs.replace(session, federated_provider=None, federation_context=())))


def _percent(packed: bytes) -> int:
    return -(-len(packed) * 100 // MAX_PACKED_SIZE)


def seal(keyring: Keyring, session: Session, minimum: int = 0) -> tuple[Secret, Secret]:
    """
    Return the session token of *session* and its secret access key.

    Args:
        keyring: Seals the token.
        session: To be sealed.
        minimum: Of the token's length, at most `MAX_TOKEN_LENGTH`; a shorter one is filled up.

    Raises:
        PackedTooLargeError: Policies and tags do not fit.
    """
    packed = _pack(session)
    if len(packed) > MAX_PACKED_SIZE:
        raise PackedTooLargeError(_percent(packed))
    inside = _encode(
        Sealed(
            kind=session.kind,
            access_key_id=session.access_key_id,
            account_id=session.account_id,
            principal_id=session.principal_id,
            issued_at=to_epoch(session.issued_at),
            expires_at=to_epoch(session.expires_at),
            session_name=session.session_name,
            mfa_at=to_epoch(session.mfa_at) if session.mfa_at else 0,
            parent_access_key_id=session.parent_access_key_id,
            source_identity=session.source_identity,
            packed=packed,
            delegation_request_id=session.delegation_request_id,
        )
    )
    plain = len(inside).to_bytes(_LENGTH, "big") + inside
    if minimum:
        # Four characters carry three bytes.
        plain += bytes(max(0, -(-minimum // 4) * 3 - OVERHEAD - len(plain)))
    sealed = keyring.seal(_TOKEN_PURPOSE, plain)
    return Secret(b2a_base64(sealed, newline=False).decode()), _secret_of(
        keyring, session.access_key_id, sealed
    )


def open_token(keyring: Keyring, token: Secret) -> tuple[Session, Secret]:
    """
    Return the session inside *token* and its secret access key.

    Nothing is said about who sent the token: only a signature under the secret proves that.  Expiry is not checked
    here either.

    Raises:
        UnknownTokenKeyError: The ring may not be the newest.
        InvalidSessionTokenError: The token was not made here, or was changed.
    """
    text = token.reveal()
    if len(text) > MAX_TOKEN_LENGTH:
        raise InvalidSessionTokenError
    try:
        sealed = base64.b64decode(text, validate=True)
        plain = keyring.open(_TOKEN_PURPOSE, sealed)
        length = int.from_bytes(plain[:_LENGTH], "big")
        inside = _decode_sealed(plain[_LENGTH : _LENGTH + length])
        # A node of a newer version may have sealed what this one does not know.
        session = _session(inside, _unpack(inside.packed))
        secret = _secret_of(keyring, inside.access_key_id, sealed)
    except UnknownSealingKeyError:
        raise UnknownTokenKeyError from None
    except (ValueError, OverflowError, OSError, SealBrokenError, msgspec.DecodeError, zlib.error):
        raise InvalidSessionTokenError from None
    return session, secret


def _session(inside: Sealed, packed: Packed) -> Session:
    return Session(
        kind=SessionKind(inside.kind),
        access_key_id=inside.access_key_id,
        account_id=inside.account_id,
        principal_id=inside.principal_id,
        issued_at=from_epoch(inside.issued_at),
        expires_at=from_epoch(inside.expires_at),
        session_name=inside.session_name,
        mfa_at=from_epoch(inside.mfa_at) if inside.mfa_at else None,
        parent_access_key_id=inside.parent_access_key_id,
        source_identity=inside.source_identity,
        policy=packed.policy,
        policy_arns=packed.policy_arns,
        tags=tuple(Tag(key, value) for key, value in packed.tags),
        transitive_tag_keys=packed.transitive_tag_keys,
        federated_provider=packed.federated_provider,
        federation_context=packed.federation_context,
        delegation_request_id=inside.delegation_request_id,
    )


def _secret_of(keyring: Keyring, access_key_id: str, sealed: bytes) -> Secret:
    key = keyring.hmac_key(_SECRET_PURPOSE, sealed)
    return Secret(b2a_base64(key.digest(access_key_id.encode())[:30], newline=False).decode())


def _pack(session: Session) -> bytes:
    if not (session.has_session_policy or session.tags or session.federated_provider):
        return b""
    plain = _encode(
        Packed(
            policy=session.policy,
            policy_arns=session.policy_arns,
            tags=tuple((tag.key, tag.value) for tag in session.tags),
            transitive_tag_keys=session.transitive_tag_keys,
            federated_provider=session.federated_provider,
            federation_context=session.federation_context,
        )
    )
    if len(plain) > _SMALL:
        return zlib.compress(plain)
    # Most of the time goes into making tables and a window, which need not be larger than this.
    deflate = zlib.compressobj(zlib.Z_DEFAULT_COMPRESSION, zlib.DEFLATED, 12, 6)
    return deflate.compress(plain) + deflate.flush()


_SMALL = 1 << 12
_NOTHING_PACKED = Packed(None, (), (), ())
_LONGEST_UNPACKED = 1 << 18


def _unpack(packed: bytes) -> Packed:
    if not packed:
        return _NOTHING_PACKED
    # What was sealed is ours; the bound keeps a leaked key from being a way to fill memory as well.
    return _decode_packed(zlib.decompressobj().decompress(packed, _LONGEST_UNPACKED))
