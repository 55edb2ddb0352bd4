"""
The operator's file of identity providers: what iamd cannot find out by asking them.

* Key sets of OpenID Connect issuers that cannot be reached: their tokens are verified with these and no others.
* Token-information endpoints of OAuth 2.0 providers, whose access tokens only they can read.

To be named here lets nobody in: an issuer needs a provider in the account, and both need a role that trusts them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from iamd.domain.oidc_providers import check_url
from iamd.errors import InvalidInput
from iamd.exchange import strict_yaml
from iamd.exchange.strict_yaml import FileFormatError
from iamd.federation.access_tokens import AccessTokenProvider, Send
from iamd.federation.key_sets import KeySet, KeySetError, key_set
from iamd.secret import Secret

Text = Annotated[str, Meta(min_length=1, max_length=2048)]


class IssuerKeys(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An issuer that is not asked; ``keys`` are those of its key set (RFC 7517)."""

    url: Text
    keys: list[dict[str, Any]]


class AccessTokenEndpoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, eq=False):
    """See `iamd.federation.access_tokens.AccessTokenProvider`."""

    provider_id: Annotated[str, Meta(pattern=r"\A[a-z0-9-]+(\.[a-z0-9-]+)+\Z", max_length=255)]
    url: Text
    send: Send = Send.QUERY
    parameter: Text = "access_token"
    authorization: Text | None = None
    under: str = ""
    app: Text = "aud"
    user: Text = "user_id"
    valid: str = ""

    def __repr__(self) -> str:
        return f"AccessTokenEndpoint(provider_id={self.provider_id!r})"


class IdentityProvidersFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole file."""

    issuers: list[IssuerKeys] = []
    access_tokens: list[AccessTokenEndpoint] = []


@dataclass(frozen=True, slots=True)
class IdentityProviders:
    """What a file says: key sets by issuer, and endpoints by provider id."""

    key_sets: Mapping[str, KeySet] = field(default_factory=dict)
    access_tokens: Mapping[str, AccessTokenProvider] = field(default_factory=dict)


def read_identity_providers(path: Path, *, private: bool) -> IdentityProviders:
    """
    Read the file.

    Args:
        path: YAML, or JSON when its name ends so.
        private: Whether private issuers, and with them plain HTTP, are allowed.

    Raises:
        FileFormatError: It does not parse, has another form, names something twice, or holds keys that are none.
    """
    try:
        file = msgspec.convert(strict_yaml.read(path), IdentityProvidersFile, strict=False)
    except msgspec.ValidationError as error:
        raise FileFormatError(f"`{path}`: {error}") from error
    key_sets: dict[str, KeySet] = {}
    for issuer in file.issuers:
        if issuer.url in key_sets:
            raise FileFormatError(f"`{path}`: the issuer `{issuer.url}` occurs twice")
        try:
            check_url(issuer.url, private=private)
            key_sets[issuer.url] = key_set({"keys": issuer.keys})
        except (InvalidInput, KeySetError) as error:
            raise FileFormatError(f"`{path}`: the issuer `{issuer.url}`: {error}") from error
        if not key_sets[issuer.url].keys:
            raise FileFormatError(f"`{path}`: the issuer `{issuer.url}` has no key that verifies signatures")
    access_tokens: dict[str, AccessTokenProvider] = {}
    for endpoint in file.access_tokens:
        if endpoint.provider_id in access_tokens:
            raise FileFormatError(f"`{path}`: the provider `{endpoint.provider_id}` occurs twice")
        if not endpoint.url.startswith(("https://", "http://") if private else "https://"):
            raise FileFormatError(f"`{path}`: the URL of `{endpoint.provider_id}` is not https")
        access_tokens[endpoint.provider_id] = AccessTokenProvider(
            provider_id=endpoint.provider_id,
            url=endpoint.url,
            send=endpoint.send,
            parameter=endpoint.parameter,
            authorization=Secret(endpoint.authorization) if endpoint.authorization else None,
            under=endpoint.under,
            app=endpoint.app,
            user=endpoint.user,
            valid=endpoint.valid,
        )
    return IdentityProviders(key_sets, access_tokens)
