"""What `iamd.operations.usage` gathers: single uses, and those that are written down together."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Final, NamedTuple

import msgspec

from iamd.catalogue.service_actions import service_actions
from iamd.domain.accesses import Access
from iamd.domain.ids import AccountId
from iamd.store.interface import Transaction
from iamd.wire.model import SERVICES
from iampolicy.text import ascii_lower

_PART: Final = 500
"""Uses of each kind written down at once, so that other writers need not wait long."""


class Use(msgspec.Struct, frozen=True):
    """One use; ``service`` is the credential scope's."""

    at: datetime
    service: str
    region: str


class Asked(NamedTuple):
    """Who has asked for which action; `iamd.domain.accesses.Access` says what these are."""

    account_id: str
    principal_id: str
    service: str
    action: str

    def is_of_aws(self) -> bool:
        """Tell whether AWS has such an action."""
        if self.service in SERVICES:
            return True
        return ascii_lower(self.action) in service_actions().get(self.service, ())

    def at(self, use: Use) -> Access:
        return Access(
            account_id=AccountId(self.account_id),
            principal_id=self.principal_id,
            service=self.service,
            action=self.action,
            at=use.at,
            region=use.region,
        )


@dataclass(frozen=True, slots=True)
class Uses:
    """Uses of keys and roles, by their ids, and accesses."""

    access_keys: Mapping[str, Use]
    roles: Mapping[str, Use]
    accesses: Mapping[Asked, Use] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.access_keys or self.roles or self.accesses)

    def parts(self) -> Iterator["Uses"]:
        """Yield these uses in portions, each to be written down by itself."""
        # Not for the writer: what it will look up is read here, for as long as it takes.
        for asked in self.accesses:
            asked.is_of_aws()
        keys, roles = iter(self.access_keys.items()), iter(self.roles.items())
        accesses = iter(self.accesses.items())
        while part := Uses(
            dict(islice(keys, _PART)), dict(islice(roles, _PART)), dict(islice(accesses, _PART))
        ):
            yield part

    def write(self, transaction: Transaction) -> None:
        """Write them down."""
        transaction.access_keys.record_uses(
            [(each, use.at, use.service, use.region) for each, use in self.access_keys.items()]
        )
        transaction.roles.record_uses([(each, use.at, use.region) for each, use in self.roles.items()])
        # No report tells of any other, and there would be no end to what somebody may ask for.
        transaction.accesses.record_all(
            [asked.at(use) for asked, use in self.accesses.items() if asked.is_of_aws()]
        )
