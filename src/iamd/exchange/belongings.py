"""
What belongs to entities, and to the account itself: the second half of a plan.

Memberships, attachments and inline policies are added to those that there are; quotas are counted with them.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from iamd.auth.target import ContextValue
from iamd.domain import limits
from iamd.domain.account_properties import check_properties, namespaces_of
from iamd.domain.groups import Group
from iamd.domain.ids import UniqueId
from iamd.domain.inline_policies import InlinePolicy
from iamd.domain.managed_policies import parse_policy_arn
from iamd.domain.password_policy import PasswordPolicy
from iamd.domain.roles import SERVICE_LINKED_PATH, Role
from iamd.domain.users import User
from iamd.errors import EntityAlreadyExists, InvalidInput, LimitExceeded, NoSuchEntity, ServiceError
from iamd.exchange import contents as file
from iamd.exchange.as_requests import (
    Asked,
    request_for_alias,
    request_for_password_policy,
    request_for_properties,
    requests_for,
)
from iamd.exchange.asking import Asking
from iamd.exchange.contents import Contents
from iamd.exchange.plan import Overlays, Plan
from iamd.exchange.planner import Planner
from iamd.exchange.problems import Note, Rules, problem
from iamd.exchange.providers import PlannedProvider, plan_oidc_provider, plan_saml_provider
from iamd.operations.as_root import AsRoot
from iamd.operations.iam.account_properties import NAMESPACES_KEY
from iamd.operations.policies import check_attachable
from iamd.store.policies_interface import OwnerKind
from iampolicy import policy_size

_EVERYTHING: Final = 10_000
"""More than the quotas allow of anything that an entity can have."""

_OWNERS: Final = {"user": OwnerKind.USER, "group": OwnerKind.GROUP, "role": OwnerKind.ROLE}
_INLINE_SIZES: Final = {
    OwnerKind.USER: limits.USER_INLINE_POLICIES_SIZE,
    OwnerKind.GROUP: limits.GROUP_INLINE_POLICIES_SIZE,
    OwnerKind.ROLE: limits.ROLE_INLINE_POLICIES_SIZE,
}
_ATTACHED: Final = {
    OwnerKind.USER: ("PoliciesPerUser", limits.ATTACHED_POLICIES_PER_USER),
    OwnerKind.GROUP: ("PoliciesPerGroup", limits.ATTACHED_POLICIES_PER_GROUP),
    OwnerKind.ROLE: ("PoliciesPerRole", limits.ATTACHED_POLICIES_PER_ROLE),
}


class Belongings:
    """Plan what belongs to the entities of *planner*, which are all planned."""

    def __init__(
        self,
        root: AsRoot,
        contents: Contents,
        overlays: Overlays,
        rules: Rules,
        planner: Planner,
        asking: Asking | None = None,
    ) -> None:
        self._root: Final = root
        self._store: Final = root.transaction
        self._contents: Final = contents
        self._overlays: Final = overlays
        self._rules: Final = rules
        self._planner: Final = planner
        self._asking: Final = asking
        self._plan: Final[Plan] = planner.plan
        self._raised: dict[str, int] = {}

    def plan(self) -> None:
        """Plan everything that is left."""
        self._memberships()
        self._attachments()
        self._inline_policies()
        self._facts()
        for oidc in self._contents.oidc_providers:
            with self._planner.about(oidc):
                self._finishing(plan_oidc_provider(self._root, oidc), "OpenID Connect providers", oidc)
        for saml in self._contents.saml_providers:
            with self._planner.about(saml):
                self._finishing(plan_saml_provider(self._root, saml), "SAML providers", saml)
        self._quotas()
        self._plan.raised_quotas = self._raised
        self._plan.notes += self._planner.notes()

    # Of users, groups and roles.

    def _memberships(self) -> None:
        added: dict[UniqueId, list[Group]] = {}
        for membership in self._contents.memberships:
            with self._planner.about(membership):
                user = self._get_user(membership.user)
                group = self._get_group(membership.group)
                had = added.setdefault(user.user_id, self._groups_of(user))
                there = any(each.group_id == group.group_id for each in had)
                self._count("memberships", there=there)
                if there:
                    continue
                if self._asking is not None:
                    self._asking.membership(membership, group)
                had.append(group)
                limits.check_quota("GroupsPerUser", len(had), limits.GROUPS_PER_USER)
                self._plan.memberships.append((group, user))

    def _groups_of(self, user: User) -> list[Group]:
        return list(self._store.group_memberships.groups_of(user.user_id, None, _EVERYTHING))

    def _attachments(self) -> None:
        attached: dict[UniqueId, list[str]] = {}
        for attachment in self._contents.attachments:
            with self._planner.about(attachment):
                kind, owner, owner_id = self._owner(attachment)
                had = attached.setdefault(owner_id, self._store.policy_attachments.of(owner_id))
                there = attachment.policy in had
                self._count("attached policies", there=there)
                if there:
                    continue
                self._check_attachable(attachment, kind, owner)
                if self._asking is not None:
                    self._asking.belonging(attachment, owner)
                had.append(attachment.policy)
                quota, default = _ATTACHED[kind]
                self._check_quota(quota, len(had), default)
                self._plan.attachments.setdefault(kind, []).append((owner_id, attachment.policy))

    def _check_attachable(
        self, attachment: file.Attachment, kind: OwnerKind, owner: User | Group | Role
    ) -> None:
        """
        Check that a policy may be attached to *owner*.

        Raises:
            ServiceError: As the operation would answer it, but for what AWS has accepted before.
        """
        arn = attachment.policy
        parse_policy_arn(arn)
        policy = self._planner.policy(arn, f"{attachment.kind} `{attachment.owner}`")
        service_linked = isinstance(owner, Role) and owner.path.startswith(SERVICE_LINKED_PATH)
        if self._planner.is_lenient(arn) and (policy is None or service_linked):
            return
        check_attachable(policy, arn, kind)

    def _inline_policies(self) -> None:
        sizes: dict[UniqueId, dict[str, int]] = {}
        for entity in self._contents.inline_policies:
            with self._planner.about(entity):
                kind, owner, owner_id = self._owner(entity)
                stored = self._store.inline_policies.find(owner_id, entity.name)
                policy = InlinePolicy(owner_id=owner_id, name=entity.name, document=entity.document)
                if owner_id not in sizes:
                    sizes[owner_id] = {
                        each.name: policy_size(each.document)
                        for each in self._store.inline_policies.page(owner_id, None, _EVERYTHING)
                    }
                self._count("inline policies", there=stored is not None, changed=stored != policy)
                if stored == policy:
                    continue
                if self._asking is not None:
                    self._asking.belonging(entity, owner)
                sizes[owner_id][entity.name] = policy_size(entity.document)
                most = _INLINE_SIZES[kind]
                if sum(sizes[owner_id].values()) > most:
                    raise LimitExceeded(
                        f"Maximum policy size of {most} bytes exceeded for {entity.kind} {owner.name}"
                    )
                self._plan.inline_policies.setdefault(kind, []).append(policy)

    def _owner(
        self, entity: file.Attachment | file.InlinePolicy
    ) -> tuple[OwnerKind, User | Group | Role, UniqueId]:
        match entity.kind:
            case "user":
                user = self._get_user(entity.owner)
                return OwnerKind.USER, user, user.user_id
            case "group":
                group = self._get_group(entity.owner)
                return OwnerKind.GROUP, group, group.group_id
            case "role":
                role = self._overlays.roles.find(self._plan.account_id, entity.owner)
                if role is None:
                    raise NoSuchEntity(f"The role with name {entity.owner} cannot be found.")
                return OwnerKind.ROLE, role, role.role_id

    def _get_user(self, name: str) -> User:
        user = self._overlays.users.find(self._plan.account_id, name)
        if user is None:
            raise NoSuchEntity(f"The user with name {name} cannot be found.")
        return user

    def _get_group(self, name: str) -> Group:
        group = self._overlays.groups.find(self._plan.account_id, name)
        if group is None:
            raise NoSuchEntity(f"The group with name {name} cannot be found.")
        return group

    # Of the account.

    def _facts(self) -> None:
        account = self._store.accounts.find(self._plan.account_id)
        alias = self._contents.alias
        if alias is not None:
            there = account is not None and account.alias == alias
            self._count("alias", there=there)
            if not there:
                self._finish(request_for_alias(alias))
                if self._store.accounts.find_by_alias(alias) is not None:
                    error = EntityAlreadyExists(f"The account alias {alias} already exists.")
                    self._plan.problems.append(problem(f"alias `{alias}`", error))
        if self._contents.password_policy is not None:
            self._password_policy(self._contents.password_policy)
        if self._contents.properties:
            self._properties(self._contents.properties)

    def _password_policy(self, entity: file.PasswordPolicy) -> None:
        members: dict[str, Any] = {name: getattr(entity, name) for name in entity.__struct_fields__}
        wanted = PasswordPolicy(account_id=self._plan.account_id, **members)
        stored = self._store.password_policies.find(self._plan.account_id)
        self._count("password policy", there=stored is not None, changed=stored != wanted)
        if stored != wanted:
            self._finish(request_for_password_policy(entity))

    def _properties(self, properties: dict[str, str]) -> None:
        try:
            check_properties(properties)
        except InvalidInput as error:
            self._plan.problems.append(problem("account properties", error))
            return
        stored = self._store.account_properties.find(self._plan.account_id)
        changed = {name: value for name, value in properties.items() if stored.get(name) != value}
        self._count("account properties", there=bool(stored), changed=bool(changed))
        if changed:
            self._finish(request_for_properties(changed), {NAMESPACES_KEY: namespaces_of(changed)})

    def _finish(self, request: Asked, context: Mapping[str, ContextValue] | None = None) -> None:
        """Have an operation do something at the end, if the caller may; *context* is of its action."""
        handler, params = request
        if self._asking is not None:
            self._asking.account(request, context)
        self._plan.finishing.append(lambda root: _ignore(root(handler, **params)))

    def _finishing(
        self, planned: PlannedProvider, kind: str, entity: file.OIDCProvider | file.SamlProvider
    ) -> None:
        self._count(kind, there=planned.is_there, changed=planned.finish is not None)
        if planned.finish is None:
            return
        if self._asking is not None:
            (request,) = requests_for(entity, self._plan.account_id)
            self._asking.new(request)
        self._plan.finishing.append(planned.finish)

    # Quotas.

    def _quotas(self) -> None:
        plan, account_id, store = self._plan, self._plan.account_id, self._store
        versions = sum(len(each) for _, each in plan.policies)
        for quota, used, default in (
            ("UsersPerAccount", store.users.count(account_id) + len(plan.users), limits.USERS_PER_ACCOUNT),
            (
                "GroupsPerAccount",
                store.groups.count(account_id) + len(plan.groups),
                limits.GROUPS_PER_ACCOUNT,
            ),
            ("RolesPerAccount", store.roles.count(account_id) + len(plan.roles), limits.ROLES_PER_ACCOUNT),
            (
                "InstanceProfilesPerAccount",
                store.instance_profiles.count(account_id) + len(plan.instance_profiles),
                limits.INSTANCE_PROFILES_PER_ACCOUNT,
            ),
            (
                "PoliciesPerAccount",
                store.managed_policies.count(account_id) + len(plan.policies),
                limits.POLICIES_PER_ACCOUNT,
            ),
            (
                "PolicyVersionsInUse",
                store.managed_policies.count_versions(account_id) + versions,
                limits.POLICY_VERSIONS_IN_USE,
            ),
        ):
            self._quota_problem(quota, used, default)
        for role in (*plan.roles, *(each for each in plan.changed if isinstance(each, Role))):
            self._quota_problem("ACLSizePerRole", policy_size(role.trust_policy), limits.TRUST_POLICY_SIZE)
        self._given_quotas(self._contents.quotas)

    def _given_quotas(self, quotas: Mapping[str, int]) -> None:
        for quota, most in quotas.items():
            if most > limits.HIGHEST_QUOTAS.get(quota, 0):
                error = LimitExceeded(f"an account cannot have more than AWS grants: {most}")
                self._plan.problems.append(problem(f"quota `{quota}`", error))
            else:
                self._raised[quota] = max(most, self._raised.get(quota, 0))

    def _quota_problem(self, quota: str, used: int, default: int) -> None:
        try:
            self._check_quota(quota, used, default)
        except ServiceError as error:
            self._plan.problems.append(problem(f"quota `{quota}`", error))

    def _check_quota(self, quota: str, used: int, default: int) -> None:
        """
        Check an account's quota, and raise it where AWS has.

        Raises:
            LimitExceeded: Even AWS would not have granted so many.
        """
        if used <= default or used <= self._raised.get(quota, 0):
            return
        account = self._store.accounts.find(self._plan.account_id)
        most = default if account is None else account.quota(quota, default)
        highest = limits.HIGHEST_QUOTAS.get(quota, most)
        if self._rules is Rules.AWS and most < used <= highest:
            self._raised[quota] = highest
            self._plan.notes.append(
                Note(where=f"quota `{quota}`", message=f"raised from {most} to {highest}, as AWS grants it")
            )
            return
        limits.check_quota(quota, used, most)

    def _count(self, kind: str, *, there: bool, changed: bool = False) -> None:
        self._plan.counts[kind, ("changed" if changed else "same") if there else "made"] += 1


def _ignore(_result: Any) -> None:
    """Finishing answers nothing."""


def plan_accounts(
    contents: Iterable[tuple[AsRoot, Contents]], rules: Rules, asking: Asking | None = None
) -> list[Plan]:
    """
    Plan several accounts together, so that what one holds can name what another will.

    Args:
        contents: Of each account, with its root; all in one transaction.
        rules: By which they are made.
        asking: Who must be allowed to make them; nobody when None.
    """
    accounts = list(contents)
    if not accounts:
        return []
    overlays = Overlays(accounts[0][0].transaction)
    planners = [Planner(root, each, overlays, rules, asking) for root, each in accounts]
    for planner in planners:
        planner.entities()
    for planner in planners:
        planner.bind()
    for planner, (root, each) in zip(planners, accounts, strict=True):
        Belongings(root, each, overlays, rules, planner, asking).plan()
    return [planner.plan for planner in planners]
