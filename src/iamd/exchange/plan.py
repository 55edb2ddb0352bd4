"""
What an import would do to an account: values to be made or changed, and what is in the way.

A plan is made by reading alone (`iamd.exchange.planner`), and carried out by `carry_out` in a few statements.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Generic, Literal, Protocol, TypeVar

from iamd.domain.accounts import Account
from iamd.domain.groups import Group
from iamd.domain.ids import AccountId, UniqueId
from iamd.domain.inline_policies import InlinePolicy
from iamd.domain.instance_profiles import InstanceProfile
from iamd.domain.managed_policies import ManagedPolicy, PolicyVersion
from iamd.domain.roles import Role
from iamd.domain.users import User
from iamd.exchange.problems import Note, Problem
from iamd.operations.as_root import AsRoot
from iamd.store.interface import Transaction
from iamd.store.policies_interface import OwnerKind
from iamd.store.values import name_key


class _Named(Protocol):
    @property
    def account_id(self) -> AccountId: ...
    @property
    def name(self) -> str: ...


V = TypeVar("V", bound=_Named)

Fate = Literal["made", "changed", "same"]
PolicyAndVersions = tuple[ManagedPolicy, Sequence[PolicyVersion]]
Finishing = Callable[[AsRoot], None]
"""Something of which there is little, and which an operation does."""


class Overlay(Generic[V]):
    """A collection as it will be: what is stored, and over it what is planned."""

    def __init__(
        self,
        find: Callable[[AccountId, str], V | None],
        find_by_id: Callable[[str], V | None],
        id_of: Callable[[V], UniqueId],
    ) -> None:
        self._find = find
        self._find_by_id = find_by_id
        self.id_of: Final = id_of
        self._by_id: dict[str, V] = {}
        self._by_name: dict[tuple[AccountId, str], V] = {}

    def put(self, value: V) -> None:
        self._by_id[self.id_of(value)] = value
        self._by_name[value.account_id, name_key(value.name)] = value

    def is_planned(self, account_id: AccountId, name: str, id_: str | None) -> bool:
        """Say whether *account_id* has something planned by this name or id."""
        planned = None if id_ is None else self._by_id.get(id_)
        return (account_id, name_key(name)) in self._by_name or (
            planned is not None and planned.account_id == account_id
        )

    def find(self, account_id: AccountId, name: str) -> V | None:
        key = account_id, name_key(name)
        if key in self._by_name:
            return self._by_name[key]
        stored = self._find(account_id, name)
        # One that gets another name gives this one up.
        return None if stored is None or self.id_of(stored) in self._by_id else stored

    def find_by_id(self, id_: str) -> V | None:
        return self._by_id.get(id_) or self._find_by_id(id_)


class Overlays:
    """Everything that entities can name, of all accounts."""

    def __init__(self, store: Transaction) -> None:
        self.accounts: Final = store.accounts
        self.oidc_providers: Final = store.oidc_providers
        self.saml_providers: Final = store.saml_providers
        self.users: Final = Overlay[User](store.users.find, store.users.find_by_id, lambda user: user.user_id)
        self.groups: Final = Overlay[Group](
            store.groups.find, store.groups.find_by_id, lambda group: group.group_id
        )
        self.roles: Final = Overlay[Role](store.roles.find, store.roles.find_by_id, lambda role: role.role_id)
        self.instance_profiles: Final = Overlay[InstanceProfile](
            store.instance_profiles.find,
            store.instance_profiles.find_by_id,
            lambda profile: profile.instance_profile_id,
        )
        self.policies: Final = Overlay[ManagedPolicy](
            store.managed_policies.find_by_name,
            store.managed_policies.find_by_id,
            lambda policy: policy.policy_id,
        )


@dataclass(slots=True, kw_only=True)
class Plan:
    """
    What to do to one account.

    Attributes:
        epoch: Of the transaction that it was made in.
        problems: While there is one, nothing is done.
        counts: How many of each kind are made, changed, or the same already.
        finishing: What operations do, at the end.
    """

    account_id: AccountId
    epoch: int
    problems: list[Problem] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    counts: Counter[tuple[str, Fate]] = field(default_factory=Counter)
    policies: list[PolicyAndVersions] = field(default_factory=list)
    changed_policies: list[PolicyAndVersions] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    users: list[User] = field(default_factory=list)
    roles: list[Role] = field(default_factory=list)
    instance_profiles: list[InstanceProfile] = field(default_factory=list)
    changed: list[User | Group | Role | InstanceProfile] = field(default_factory=list)
    memberships: list[tuple[Group, User]] = field(default_factory=list)
    attachments: dict[OwnerKind, list[tuple[UniqueId, str]]] = field(default_factory=dict)
    inline_policies: dict[OwnerKind, list[InlinePolicy]] = field(default_factory=dict)
    raised_quotas: Mapping[str, int] = field(default_factory=dict)
    finishing: list[Finishing] = field(default_factory=list)

    @property
    def does_nothing(self) -> bool:
        return not any(number for (_, fate), number in self.counts.items() if fate != "same")


def carry_out(plan: Plan, root: AsRoot) -> None:
    """
    Do what *plan* says, as the root of its account, in a transaction that may write.

    Raises:
        ValueError: The plan has problems.
        ServiceError: What the plan found is not so any more.
    """
    if plan.problems:
        raise ValueError("a plan with problems is not carried out")
    store = root.transaction
    store.managed_policies.add_all(plan.policies)
    for policy, versions in plan.changed_policies:
        _change_policy(store, policy, versions)
    store.groups.add_all(plan.groups)
    store.users.add_all(plan.users)
    store.roles.add_all(plan.roles)
    for changed in plan.changed:
        _change(store, changed)
    store.instance_profiles.add_all(plan.instance_profiles)
    store.group_memberships.add_all(plan.memberships)
    for kind, attachments in plan.attachments.items():
        store.policy_attachments.add_all(kind, attachments)
    for kind, policies in plan.inline_policies.items():
        store.inline_policies.put_all(kind, policies)
    if plan.raised_quotas:
        account = store.accounts.find(plan.account_id)
        if account is not None:
            store.accounts.put(raised(account, plan.raised_quotas))
    for finish in plan.finishing:
        finish(root)


def raised(account: Account, quotas: Mapping[str, int]) -> Account:
    """Return *account* with *quotas*, where they are higher than those that it has."""
    kept = dict(account.raised_quotas)
    for name, most in quotas.items():
        kept[name] = max(most, kept.get(name, 0))
    return replace(account, raised_quotas=tuple(sorted(kept.items())))


def _change(store: Transaction, value: User | Group | Role | InstanceProfile) -> None:
    match value:
        case User():
            store.users.put(value)
        case Group():
            store.groups.put(value)
        case Role():
            store.roles.put(value)
        case InstanceProfile():
            store.instance_profiles.put(value)


def _change_policy(store: Transaction, policy: ManagedPolicy, versions: Sequence[PolicyVersion]) -> None:
    """Make *versions* those of *policy*; what it has besides goes."""
    wanted = {version.number: version for version in versions}
    for stored in store.managed_policies.list_versions(policy.policy_id):
        if stored == wanted.get(stored.number):
            del wanted[stored.number]
        else:
            store.managed_policies.delete_version(stored)
    for version in wanted.values():
        store.managed_policies.add_version(version)
    store.managed_policies.put(policy)


def counted(plan: Plan, fate: Fate) -> Iterator[tuple[str, int]]:
    """Yield how many of each kind have *fate*, in the order in which they were planned."""
    for (kind, of), number in plan.counts.items():
        if of == fate and number:
            yield kind, number
