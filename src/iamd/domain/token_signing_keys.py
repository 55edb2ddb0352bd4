"""
Token signing keys: what an account's identity tokens are signed with.

A key is *staged* (published, not yet used), then it signs, then it is *retired* (published, not used any more) until the
last token that it has signed is over.  Each state follows from the time alone, so that all nodes change keys together and
nobody has to be told.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from iamd.domain.ids import AccountId
from iamd.secret import Secret

LONGEST_TOKEN: Final = timedelta(hours=1)
"""AWS: *GetWebIdentityToken*: up to 3,600 seconds."""
PUBLISHED_FIRST: Final = timedelta(days=1)
"""How long a key is staged; longer than anybody may keep a key set (`KEY_SET_SECONDS`)."""
SIGNS_FOR: Final = timedelta(days=90)
"""How long a key signs before the next one does, if a server is there to make that one."""
PUBLISHED_AFTER: Final = LONGEST_TOKEN + timedelta(minutes=10)
"""How long a key is retired; some minutes are for whoever lets tokens be a little late."""
KEY_SET_SECONDS: Final = 3600
"""How long others may keep a key set before they ask again."""


class SigningAlgorithm(StrEnum):
    """What tokens may be signed with (RFC 7518, section 3.1)."""

    RS256 = "RS256"
    ES384 = "ES384"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSigningKey:
    """
    A key of an account.

    Attributes:
        key_id: The ``kid``.
        public_key: As a JSON Web Key (RFC 7517) in JSON, ``kid`` and all.
        private_key: PKCS #8 in Base64; encrypted at rest.
        signs_from: From then on it signs.
        signs_until: From then on its successor signs; None while it has none.
    """

    account_id: AccountId
    key_id: str
    algorithm: SigningAlgorithm
    public_key: str
    private_key: Secret
    created_at: datetime
    signs_from: datetime
    signs_until: datetime | None = None

    def needs_successor(self, now: datetime) -> bool:
        """Tell whether it is time to stage the next one."""
        return self.signs_until is None and now >= self.signs_from + SIGNS_FOR - PUBLISHED_FIRST

    def succeeded_by(self, successor: "TokenSigningKey") -> "TokenSigningKey":
        """Return this key, which signs until *successor* does."""
        return replace(self, signs_until=successor.signs_from)


def is_published(signs_until: datetime | None, now: datetime) -> bool:
    """Tell whether others may still need a key that signs until then; None stands for one without a successor."""
    return signs_until is None or now < signs_until + PUBLISHED_AFTER


def signing_key(
    keys: Iterable[TokenSigningKey], algorithm: SigningAlgorithm, now: datetime
) -> TokenSigningKey:
    """
    Return the key that signs with *algorithm* now.

    Where the clock says that none does yet, since it is behind the one by which they were made, it is the first.

    Raises:
        LookupError: There is none at all.
    """
    fitting = sorted((key for key in keys if key.algorithm is algorithm), key=lambda key: key.signs_from)
    if not fitting:
        raise LookupError(f"no key signs with {algorithm}")
    return [fitting[0], *(key for key in fitting if key.signs_from <= now)][-1]
