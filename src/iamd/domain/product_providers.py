"""
Product providers: whoever may ask the customers of this server for delegated access.

AWS registers them ("IAM temporary delegation for AWS Partners", *Onboarding process*); here the operator does, in a file.
An account that is not registered cannot ask.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from iamd.domain.ids import AccountId
from iamd.domain.policy_templates import PolicyTemplate


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductProvider:
    """
    A product provider.

    Attributes:
        name: Shown to customers as ``RequestorName``.
        account_ids: The accounts that it asks from, and to which its notification channels belong.
        templates: By their ARNs.
        channels: ARNs of the topics that its requests may name.
        console_link: Where customers look at a request, with ``{}`` for its id; None where there is no such place.
    """

    name: str
    account_ids: frozenset[AccountId]
    templates: Mapping[str, PolicyTemplate]
    channels: frozenset[str] = frozenset()
    console_link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderBoundary:
    """
    A permissions boundary of a product provider, for the roles that it makes in its customers' accounts.

    Attributes:
        arn: ``arn:aws:iam::partner:policy/…``, the same for all customers.
        document: JSON text.
    """

    arn: str
    document: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ProductProviders:
    """All product providers that the operator has registered."""

    by_account: Mapping[AccountId, ProductProvider] = field(default_factory=dict)

    @classmethod
    def of(cls, providers: Iterable[ProductProvider]) -> "ProductProviders":
        return cls({account_id: each for each in providers for account_id in each.account_ids})

    def find(self, account_id: AccountId) -> ProductProvider | None:
        """Return the provider that *account_id* is an account of."""
        return self.by_account.get(account_id)
