"""
Exchange tokens: what a product provider trades in for credentials when a customer has released delegated access.

AWS: *Building your integration*, "Exchange Tokens": a token grants nothing by itself, names the provider's account, and can
be exchanged again and again until the access is over.  It holds no permissions, and not how long it is good for: both are
the delegation request's.
"""

import base64
import binascii
from typing import Final

import msgspec

from iamd.domain.ids import AccountId
from iamd.secret import Secret
from iamd.sessions.keyring import Keyring, SealBrokenError, UnknownSealingKeyError

_PURPOSE: Final = b"exchange token"
_LONGEST: Final = 1_024


class InvalidExchangeTokenError(Exception):
    """The text is no exchange token of this installation; one error for every reason."""


class UnknownExchangeTokenKeyError(InvalidExchangeTokenError):
    """The token names a sealing key that is not in the ring."""


class ExchangeToken(msgspec.Struct, array_like=True, frozen=True):
    """
    What is inside a token.

    Attributes:
        requestor_account_id: The one account that may exchange it.
    """

    request_id: str
    requestor_account_id: str


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(ExchangeToken).decode


def seal_exchange_token(keyring: Keyring, request_id: str, requestor_account_id: AccountId) -> Secret:
    """Return a token for the delegation request."""
    sealed = keyring.seal(_PURPOSE, _encode(ExchangeToken(request_id, requestor_account_id)))
    return Secret(base64.urlsafe_b64encode(sealed).decode())


def open_exchange_token(keyring: Keyring, token: Secret) -> ExchangeToken:
    """
    Return what is inside *token*.

    Raises:
        UnknownExchangeTokenKeyError: The ring may not be the newest.
        InvalidExchangeTokenError: It was not made here, or was changed.
    """
    text = token.reveal()
    if len(text) > _LONGEST:
        raise InvalidExchangeTokenError
    try:
        return _decode(keyring.open(_PURPOSE, base64.b64decode(text, altchars=b"-_", validate=True)))
    except UnknownSealingKeyError:
        raise UnknownExchangeTokenKeyError from None
    except (binascii.Error, ValueError, SealBrokenError, msgspec.DecodeError):
        raise InvalidExchangeTokenError from None
