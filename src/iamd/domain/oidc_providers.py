"""
OpenID Connect providers: who may issue the tokens of web identities.

A provider is named by its URL without the scheme: so in its ARN, in trust policies, and in the context keys of its
claims (``token.actions.githubusercontent.com:sub``).
"""

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from iamd.domain.arns import iam_arn
from iamd.domain.ids import AccountId
from iamd.domain.tags import Tag
from iamd.errors import InvalidInput

ARN_PREFIX = "oidc-provider/"
MAX_URL_LENGTH = 255

_INVALID_URL = "Invalid Open ID Connect Provider URL"
_HOST = re.compile(
    "[A-Za-z0-9]([A-Za-z0-9-]{0,62}[A-Za-z0-9])?([.][A-Za-z0-9]([A-Za-z0-9-]{0,62}[A-Za-z0-9])?)*"
)
_PATH = re.compile("(/[A-Za-z0-9._~!$&'()*+,;=:@%-]*)*")
_THUMBPRINT = re.compile("[0-9A-Fa-f]{40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class OIDCProvider:
    """
    A provider of an account.

    Attributes:
        url: With its scheme; the ``iss`` of its tokens, character for character (R-46).
        client_ids: The audiences that it may issue tokens for, in the order in which they were added.
        thumbprints: SHA-1 of certificates that are believed besides those of the known authorities; in lower case.
    """

    account_id: AccountId
    url: str
    created_at: datetime
    client_ids: tuple[str, ...] = ()
    thumbprints: tuple[str, ...] = ()
    tags: tuple[Tag, ...] = ()

    @property
    def name(self) -> str:
        return name_of_url(self.url)

    @property
    def arn(self) -> str:
        return provider_arn(self.account_id, self.url)


def name_of_url(url: str) -> str:
    """Return *url* without its scheme."""
    return url.partition("://")[2]


def provider_arn(account_id: str, url: str) -> str:
    return iam_arn(account_id, "oidc-provider", "/", name_of_url(url))


def check_url(url: str, *, private: bool) -> None:
    """
    Check the URL of a provider.

    Args:
        url: As it was sent.
        private: Whether the operator allows issuers of private networks; those may speak plain HTTP, and have a port.

    Raises:
        InvalidInput: It is not ``https://``, or names more than a host and a path (fact 71).
    """
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in {"https", "http"} or (scheme == "http" and not private):
        raise InvalidInput(_INVALID_URL)
    authority, slash, path = rest.partition("/")
    host, colon, port = authority.partition(":")
    if not _HOST.fullmatch(host) or not _PATH.fullmatch(slash + path) or (colon and not private):
        raise InvalidInput(_INVALID_URL)
    if colon and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise InvalidInput(_INVALID_URL)
    # A single word would begin context keys as services do: no token may bring an ``aws:PrincipalTag/…`` of its own.
    if "." not in rest and not slash and not colon and host != "localhost":
        raise InvalidInput(_INVALID_URL)
    if urlsplit(url).geturl() != url:
        raise InvalidInput(_INVALID_URL)


def check_thumbprints(thumbprints: tuple[str, ...]) -> tuple[str, ...]:
    """
    Return *thumbprints* as they are compared.

    Raises:
        InvalidInput: One is no SHA-1 in hexadecimal digits.
    """
    for thumbprint in thumbprints:
        if not _THUMBPRINT.fullmatch(thumbprint):
            raise InvalidInput(f"Thumbprint {thumbprint} is not a valid SHA-1 thumbprint.")
    return tuple(thumbprint.lower() for thumbprint in thumbprints)
