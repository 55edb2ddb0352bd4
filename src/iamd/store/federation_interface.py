"""
What the archive promises of identity providers.

The rules of `iamd.store.interface` hold here, too.
"""

from datetime import datetime
from typing import Protocol

from iamd.domain.ids import AccountId
from iamd.domain.oidc_providers import OIDCProvider
from iamd.domain.outbound_federation import OutboundFederation
from iamd.domain.saml_providers import SamlProvider
from iamd.domain.token_signing_keys import TokenSigningKey


class OIDCProviders(Protocol):
    """Found by their ARNs, in which the URL keeps its case."""

    def add(self, provider: OIDCProvider) -> None: ...
    def find(self, arn: str) -> OIDCProvider | None: ...
    def put(self, provider: OIDCProvider) -> None: ...
    def delete(self, provider: OIDCProvider) -> None: ...
    def list_of(self, account_id: AccountId) -> list[OIDCProvider]:
        """In the order of ARNs."""
        ...

    def count(self, account_id: AccountId) -> int: ...


class SamlProviders(Protocol):
    """Found by their ARNs, in which the name keeps its case; private keys are encrypted at rest."""

    def add(self, provider: SamlProvider) -> None: ...
    def find(self, arn: str) -> SamlProvider | None: ...
    def put(self, provider: SamlProvider) -> None: ...
    def delete(self, provider: SamlProvider) -> None: ...
    def list_of(self, account_id: AccountId) -> list[SamlProvider]:
        """In the order of ARNs."""
        ...

    def count(self, account_id: AccountId) -> int: ...


class OutboundFederations(Protocol):
    """Accounts that issue identity tokens, one entry each; nothing removes one."""

    def find(self, account_id: AccountId) -> OutboundFederation | None: ...
    def find_by_issuer(self, issuer_id: str) -> OutboundFederation | None: ...
    def put(self, federation: OutboundFederation) -> None:
        """Add or replace."""
        ...


class TokenSigningKeys(Protocol):
    """What identity tokens are signed with; private keys are encrypted at rest."""

    def add(self, key: TokenSigningKey) -> None: ...
    def put(self, key: TokenSigningKey) -> None: ...
    def delete(self, key: TokenSigningKey) -> None: ...
    def of(self, account_id: AccountId) -> list[TokenSigningKey]:
        """In the order in which they begin to sign."""
        ...

    def signing_since(self, at: datetime, limit: int) -> list[TokenSigningKey]:
        """Return those without a successor that sign since *at* or longer, of accounts that issue tokens."""
        ...

    def retired_since(self, at: datetime, limit: int) -> list[TokenSigningKey]:
        """Return those that have not signed since *at* or longer."""
        ...
