"""
What the archive promises of identity providers.

The rules of `iamd.store.interface` hold here, too.
"""

from typing import Protocol

from iamd.domain.ids import AccountId
from iamd.domain.oidc_providers import OIDCProvider


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
