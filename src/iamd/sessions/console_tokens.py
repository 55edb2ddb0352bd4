"""
What a browser is given: the cookie of a console session, its anti-forgery token, and the token of a sign-in link.

* The cookie holds chance and a time, sealed under a subkey of the ring: it opens nowhere else (R-31), is no session token
  (R-17), and it is good for as long as a session may lie unused.  What it stands for is in the archive, under a digest.
* The anti-forgery token is another digest of the same chance.  Pages of other origins can make a browser send the cookie,
  and can read neither.
* A sign-in token holds a session, and is good for one console session within a few minutes.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from iamd.domain.console_sessions import ConsoleLimits
from iamd.secret import Secret
from iamd.sessions.keyring import Keyring, SealBrokenError, UnknownSealingKeyError
from iamd.sessions.session import Session

TOKEN_LIFE: Final = timedelta(minutes=15)
"""AWS: *Enable custom identity broker access to the AWS console*: "The sign-in token is valid for 15 minutes"."""
CHANCE: Final = 32

_COOKIE: Final = b"console cookie"
_SIGN_IN: Final = b"console sign-in token"
_TIME: Final = 8
_LONGEST_TEXT: Final = 16_384


class InvalidConsoleTokenError(Exception):
    """The text is none of ours; one error for every reason (R-15)."""


class UnknownConsoleKeyError(InvalidConsoleTokenError):
    """The text names a sealing key that is not in the ring."""


@dataclass(frozen=True, slots=True)
class Cookie:
    """
    What a browser holds.

    Attributes:
        chance: `CHANCE` bytes of it; a secret.
        used_at: When the session was used, to the second; the cookie is renewed now and then.
    """

    chance: bytes = field(repr=False)
    used_at: datetime

    @property
    def session_id(self) -> str:
        """What names the session in the archive, and opens nothing."""
        return hashlib.sha256(b"iamd console session\0" + self.chance).hexdigest()

    @property
    def csrf_token(self) -> str:
        digest = hashlib.sha256(b"iamd console anti-forgery\0" + self.chance).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def vouches_for(self, csrf_token: bytes | None) -> bool:
        """Say whether *csrf_token* belongs to it, in constant time."""
        return csrf_token is not None and hmac.compare_digest(self.csrf_token.encode(), csrf_token)

    def idle(self, now: datetime, limits: ConsoleLimits) -> bool:
        return now >= self.used_at + limits.idle

    def is_due(self, now: datetime, limits: ConsoleLimits) -> bool:
        """Say whether the browser should get another one, with a later time."""
        return now >= self.used_at + limits.idle / 20


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """
    The inside of a sign-in token.

    Attributes:
        token_id: No other has it.
        method: As `iamd.domain.console_sessions.SignInMethod` writes it.
        session: Of the temporary credentials that the console session shall stand for.
        good_until: When it can no longer be traded in.
    """

    token_id: str
    method: str
    session: Session
    good_until: datetime


def seal_cookie(keyring: Keyring, cookie: Cookie) -> Secret:
    used_at = int(cookie.used_at.timestamp()).to_bytes(_TIME, "big")
    return _text(keyring.seal(_COOKIE, used_at + cookie.chance))


def open_cookie(keyring: Keyring, text: bytes) -> Cookie:
    """
    Return what is in a cookie.  Nothing is said about its session, or its age.

    Raises:
        UnknownConsoleKeyError: The ring may not be the newest.
        InvalidConsoleTokenError: It is none.
    """
    plain = _open(keyring, _COOKIE, text)
    if len(plain) != _TIME + CHANCE:
        raise InvalidConsoleTokenError
    return Cookie(plain[_TIME:], datetime.fromtimestamp(int.from_bytes(plain[:_TIME], "big"), UTC))


def seal_sign_in(keyring: Keyring, sign_in: SignIn) -> Secret:
    return _text(keyring.seal(_SIGN_IN, msgspec.json.encode(sign_in)))


def open_sign_in(keyring: Keyring, text: bytes) -> SignIn:
    """
    Return what is in a sign-in token.  Whether it is too late for it, or it was used, is not asked.

    Raises:
        UnknownConsoleKeyError: The ring may not be the newest.
        InvalidConsoleTokenError: It is none.
    """
    try:
        return msgspec.json.decode(_open(keyring, _SIGN_IN, text), type=SignIn)
    except msgspec.DecodeError:
        # A node of a newer version may have sealed what this one does not know.
        raise InvalidConsoleTokenError from None


def _text(sealed: bytes) -> Secret:
    return Secret(base64.urlsafe_b64encode(sealed).decode())


def _open(keyring: Keyring, purpose: bytes, text: bytes) -> bytes:
    if len(text) > _LONGEST_TEXT:
        raise InvalidConsoleTokenError
    try:
        return keyring.open(purpose, base64.b64decode(text, b"-_", validate=True))
    except UnknownSealingKeyError:
        raise UnknownConsoleKeyError from None
    except (ValueError, SealBrokenError):
        raise InvalidConsoleTokenError from None
