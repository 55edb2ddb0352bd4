"""
Web identities: from a token to somebody.

1. The gate reads the token (`jwt.read`); its ``iss`` is believed only so far as to look for a provider of that URL.
2. The issuer's key is found, or asked for (`issuers`), and the signature verified (`jwt.verify`).
3. The claims are checked (`claims`).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Protocol

from iamd.domain.ids import AccountId
from iamd.domain.oidc_providers import OIDCProvider, provider_arn
from iamd.errors import InvalidIdentityToken
from iamd.federation import jwt
from iamd.federation.access_tokens import AccessTokens
from iamd.federation.claims import TrustedIssuer, WebIdentity, web_identity
from iamd.federation.issuers import Issuer, Issuers

_LONGEST_ISSUER: Final = 255
BUILT_IN: Final[Mapping[str, str]] = {
    "https://accounts.google.com": "accounts.google.com",
    "https://cognito-identity.amazonaws.com": "cognito-identity.amazonaws.com",
}
"""AWS: these need no provider of the account; their audiences are for trust policies to check."""


class Providers(Protocol):
    """Where OpenID Connect providers are found."""

    def oidc_provider(self, arn: str) -> OIDCProvider | None: ...


class WebIdentities:
    """Find out whom a token stands for."""

    def __init__(self, issuers: Issuers, access_tokens: AccessTokens) -> None:
        self._issuers = issuers
        self._access_tokens = access_tokens

    def of_id_token(
        self, text: str, account_id: AccountId, providers: Providers, now: datetime
    ) -> WebIdentity:
        """
        Return whom an OpenID Connect ID token stands for, as *account_id* sees it.

        Raises:
            NeedsFetch: The issuer is being asked for its keys.
            InvalidIdentityToken: The token is none, its issuer is not known to the account, or it does not hold.
            ExpiredTokenException: It is over.
            IDPCommunicationError: The issuer cannot be reached.
        """
        token = jwt.read(text)
        claimed = token.unverified_claims.get("iss")
        if not isinstance(claimed, str) or not claimed:
            raise InvalidIdentityToken("Missing a required claim: iss")
        issuer, trusted = self._trusted(claimed, account_id, providers)
        key = self._issuers.key(issuer, token.algorithm, token.kid)
        claims = jwt.verify(token, key)
        return web_identity(claims, trusted, now)

    def of_access_token(self, provider_id: str, text: str) -> WebIdentity:
        """Return whom an OAuth 2.0 access token stands for; raises as `AccessTokens.web_identity` does."""
        return self._access_tokens.web_identity(provider_id, text)

    def close(self) -> None:
        self._issuers.close()
        self._access_tokens.close()

    @staticmethod
    def _trusted(claimed: str, account_id: AccountId, providers: Providers) -> tuple[Issuer, TrustedIssuer]:
        # Google's tokens leave the scheme out now and then; nobody else's may.
        url = "https://accounts.google.com" if claimed == "accounts.google.com" else claimed
        if len(url) <= _LONGEST_ISSUER and "://" in url:
            found = providers.oidc_provider(provider_arn(account_id, url))
            # the whole of it, scheme and last slash included.
            if found is not None and found.url == url:
                trusted = TrustedIssuer(principal=found.arn, name=found.name, client_ids=found.client_ids)
                return Issuer(url, found.thumbprints), trusted
            if url in BUILT_IN:
                name = BUILT_IN[url]
                return Issuer(url), TrustedIssuer(principal=name, name=name, client_ids=None)
        raise InvalidIdentityToken(f"No OpenIDConnect provider found in your account for {_shown(claimed)}")


def _shown(text: str) -> str:
    """Return what an error may repeat of a text that nobody has vouched for."""
    return "".join(each for each in text[:_LONGEST_ISSUER] if each.isprintable())
