"""
What the store keeps of policies: managed and inline ones, and what they are attached to.

See `iamd.store.interface`, of which this is a part.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from iamd.domain.ids import AccountId, UniqueId
from iamd.domain.inline_policies import InlinePolicy
from iamd.domain.managed_policies import ManagedPolicy, PolicyVersion


class OwnerKind(StrEnum):
    """The kinds of entity that policies are attached to."""

    USER = "user"
    GROUP = "group"
    ROLE = "role"


class PolicyUsage(StrEnum):
    """What a managed policy is to an entity."""

    ATTACHED = "attached"
    BOUNDARY = "boundary"


@dataclass(frozen=True, slots=True)
class PolicyUses:
    """How many entities of an account have a managed policy attached, and how many it bounds."""

    attachments: int = 0
    boundaries: int = 0


@dataclass(frozen=True, slots=True)
class Attachment:
    """A managed policy attached to (or bounding) an entity."""

    owner_kind: OwnerKind
    owner_id: UniqueId
    owner_name: str
    owner_path: str
    policy_arn: str


class ManagedPolicies(Protocol):
    """Customer managed policies; those of AWS live in the catalogue."""

    def add(self, policy: ManagedPolicy, document: str) -> None:
        """Store *policy* with *document* as its version 1."""
        ...

    def add_all(self, policies: Sequence[tuple[ManagedPolicy, Sequence[PolicyVersion]]]) -> None:
        """Store policies with their versions, whatever their numbers."""
        ...

    def find(self, arn: str) -> ManagedPolicy | None:
        """Look an ARN up; the path must be the policy's own."""
        ...

    def find_by_id(self, policy_id: str) -> ManagedPolicy | None: ...
    def find_by_name(self, account_id: AccountId, name: str) -> ManagedPolicy | None:
        """Look a name up, which is unique whatever the path."""
        ...

    def put(self, policy: ManagedPolicy) -> None: ...
    def delete(self, policy: ManagedPolicy) -> None:
        """Remove the policy with its versions."""
        ...

    def page(
        self, account_id: AccountId, path_prefix: str, after: str | None, limit: int
    ) -> list[ManagedPolicy]: ...
    def page_with_uses(
        self,
        account_id: AccountId,
        path_prefix: str,
        usage: PolicyUsage | None,
        after: str | None,
        limit: int,
    ) -> list[tuple[ManagedPolicy, PolicyUses]]:
        """Return a page with how often the account uses each policy; with *usage*, only those that it uses so."""
        ...

    def count(self, account_id: AccountId) -> int: ...
    def add_version(self, version: PolicyVersion) -> None: ...
    def find_version(self, policy_id: UniqueId, number: int) -> PolicyVersion | None: ...
    def delete_version(self, version: PolicyVersion) -> None: ...
    def list_versions(self, policy_id: UniqueId) -> list[PolicyVersion]:
        """Newest first."""
        ...

    def count_versions(self, account_id: AccountId) -> int:
        """Count the versions of all policies of the account (PolicyVersionsInUse)."""
        ...


class InlinePolicies(Protocol):
    def put(self, kind: OwnerKind, policy: InlinePolicy) -> None:
        """Add or replace by name."""
        ...

    def put_all(self, kind: OwnerKind, policies: Sequence[InlinePolicy]) -> None: ...
    def find(self, owner_id: UniqueId, name: str) -> InlinePolicy | None: ...
    def delete(self, kind: OwnerKind, policy: InlinePolicy) -> None: ...
    def page(self, owner_id: UniqueId, after: str | None, limit: int) -> list[InlinePolicy]:
        """In the order of names; names of inline policies compare with regard to case."""
        ...


class PolicyAttachments(Protocol):
    """Managed policies (of customers and of AWS) attached to users, groups and roles."""

    def add(self, kind: OwnerKind, owner_id: UniqueId, policy_arn: str) -> None:
        """Attach; nothing happens when it is attached already."""
        ...

    def add_all(self, kind: OwnerKind, attachments: Sequence[tuple[UniqueId, str]]) -> None:
        """Attach policies to owners of one kind: their ids, and ARNs."""
        ...

    def remove(self, kind: OwnerKind, owner_id: UniqueId, policy_arn: str) -> bool:
        """Return whether there was an attachment to remove."""
        ...

    def of(self, owner_id: UniqueId) -> list[str]:
        """Return the ARNs attached to an entity, in the order in which they were attached."""
        ...

    def entities(
        self,
        account_id: AccountId,
        policy_arn: str,
        kind: OwnerKind,
        *,
        usage: PolicyUsage | None = None,
        path_prefix: str = "/",
        after: str = "",
        limit: int,
    ) -> list[Attachment]:
        """
        Return those of one *kind* of the account that have the policy, attached or as their boundary, each once.

        In the order of names; ``after`` is one.
        """
        ...

    def uses(self, account_id: AccountId, policy_arn: str) -> PolicyUses: ...
    def uses_of_aws(self, account_id: AccountId) -> dict[str, PolicyUses]:
        """Return, by ARN, those of AWS's policies that the account has ever used."""
        ...
