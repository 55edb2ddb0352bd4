"""
From what a file holds to a plan: entities find their ids, names find their entities, and quotas are counted.

What holds here:

* An import adds and replaces; it takes nothing away.  What the account has and the file does not stays.
* An entity is known by its unique id, or, where the file knows none, by its name.  Another entity of the same name is a
  problem, and so is an id of another account.
* What an entity itself is (path, tags, boundary, trust policy, versions) becomes what the file says; its memberships,
  attachments and inline policies are added to those that it has.  So the same file twice changes nothing.
* All problems are found, not only the first.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final, Protocol, TypeVar

from iamd.domain import groups, instance_profiles, limits, managed_policies, roles, users
from iamd.domain.arns import iam_arn, name_of
from iamd.domain.groups import Group
from iamd.domain.ids import UniqueId
from iamd.domain.instance_profiles import InstanceProfile
from iamd.domain.managed_policies import ManagedPolicy, PolicyVersion, parse_policy_arn
from iamd.domain.roles import DEFAULT_MAX_SESSION_DURATION, Role, SourceTemplate
from iamd.domain.tags import Tag
from iamd.domain.users import User
from iamd.errors import (
    AccessDenied,
    EntityAlreadyExists,
    InvalidInput,
    NoSuchEntity,
    ServiceError,
    ServiceFailure,
    ValidationError,
)
from iamd.exchange import contents as file
from iamd.exchange.as_requests import Entity, label
from iamd.exchange.asking import Asking
from iamd.exchange.contents import Contents
from iamd.exchange.plan import Overlay, Overlays, Plan
from iamd.exchange.problems import Note, Rules, problem
from iamd.exchange.strangers import Strangers
from iamd.operations.as_root import AsRoot
from iamd.operations.policies import AnyPolicy, check_boundary, find_policy


class _Value(Protocol):
    """An entity of the domain that may be there already."""

    @property
    def account_id(self) -> Any: ...
    @property
    def name(self) -> str: ...


V = TypeVar("V", bound=_Value)


class Planner:
    """Plan what *contents* ask for; `entities` of all accounts come before `belongings` of any."""

    def __init__(
        self,
        root: AsRoot,
        contents: Contents,
        overlays: Overlays,
        rules: Rules,
        asking: Asking | None = None,
    ) -> None:
        """
        Take what planning needs.

        Args:
            root: Of the account, in a transaction that may read.
            contents: Of the file; checked by `iamd.exchange.check`.
            overlays: Shared by the planners of all accounts that are planned together.
            rules: Whether AWS has accepted all this before.
            asking: Who must be allowed to make it; nobody when None.
        """
        self._call: Final = root.call("import")
        self._store: Final = root.transaction
        self._contents: Final = contents
        self._overlays: Final = overlays
        self._rules: Final = rules
        self._asking: Final = asking
        self._strangers: Final = Strangers(root.account_id, overlays, contents)
        self._now: Final = self._call.now
        self._unknown: dict[str, set[str]] = {}
        self._roles: list[tuple[file.Role, Role, Role | None]] = []
        self.plan: Final = Plan(account_id=root.account_id, epoch=root.transaction.epoch)

    def entities(self) -> None:
        """Plan everything that can be named; boundaries and trust policies are looked at later."""
        for policy in self._contents.policies:
            with self.about(policy):
                self._policy(policy)
        for group in self._contents.groups:
            with self.about(group):
                self._group(group)
        for user in self._contents.users:
            with self.about(user):
                self._user(user)
        for role in self._contents.roles:
            with self.about(role):
                self._role(role)

    def bind(self) -> None:
        """Plan roles with whom they trust, and instance profiles; everybody who can be trusted is planned."""
        for entity, role, there in self._roles:
            with self.about(entity):
                self._trusting_role(entity, role, there)
        for profile in self._contents.instance_profiles:
            with self.about(profile):
                self._instance_profile(profile)

    def notes(self) -> Iterator[Note]:
        """Yield what whoever imports should know."""
        for arn, owners in sorted(self._unknown.items()):
            yield Note(
                where=f"policy `{arn}`",
                message=f"its text is not installed: {_number(owners, 'entity', 'entities')} with it"
                " are denied everything",
            )
        yield from self._strangers.notes()

    # Entities.

    def _policy(self, entity: file.Policy) -> None:
        there = self._there(entity, self._overlays.policies)
        if there is not None and there.arn != iam_arn(there.account_id, "policy", entity.path, entity.name):
            # Whoever has it attached has its ARN.
            raise EntityAlreadyExists(f"it is here already, and is called {there.arn}")
        stored = [] if there is None else self._store.managed_policies.list_versions(there.policy_id)
        policy_id = self._id(entity, there, self._overlays.policies, managed_policies.PREFIX)
        created_at = entity.created_at or (there.created_at if there else self._now)
        versions = [
            PolicyVersion(
                policy_id=policy_id,
                number=version.number,
                document=version.document,
                created_at=version.created_at or _created(stored, version) or created_at,
            )
            for version in sorted(entity.versions, key=lambda version: -version.number)
        ]
        default = entity.default_version
        if there is not None and not entity.numbered:
            versions, default = self._in_force(there, stored, versions[0])
        members: dict[str, Any] = {
            "account_id": self.plan.account_id,
            "policy_id": policy_id,
            "name": entity.name,
            "path": entity.path,
            "created_at": created_at,
            "updated_at": entity.updated_at or (there.updated_at if there else created_at),
            "description": entity.description or (there.description if there else None),
            "default_version": default,
            "last_version": max(
                entity.last_version or 1,
                there.last_version if there else 1,
                *(version.number for version in versions),
            ),
            "tags": _tags(entity.tags),
        }
        policy = ManagedPolicy(**members) if there is None else replace(there, **members)
        self._overlays.policies.put(policy)
        if there is None:
            self.plan.policies.append((policy, versions))
        elif (policy, versions) != (there, stored):
            self.plan.changed_policies.append((policy, versions))
        self._count("policies", there, changed=(policy, versions) != (there, stored))
        if self._asking is not None:
            self._asking.policy(entity, policy, there, changed=versions != stored)

    def _in_force(
        self, there: ManagedPolicy, stored: list[PolicyVersion], wanted: PolicyVersion
    ) -> tuple[list[PolicyVersion], int]:
        """Return the versions of a policy, of which a file knows the document in force and no numbers."""
        for version in stored:
            if version.number == there.default_version and version.document == wanted.document:
                return stored, there.default_version
        limits.check_quota("VersionsPerPolicy", len(stored) + 1, limits.VERSIONS_PER_POLICY)
        number = there.last_version + 1
        added = PolicyVersion(
            policy_id=there.policy_id, number=number, document=wanted.document, created_at=self._now
        )
        return [added, *stored], number

    def _group(self, entity: file.Group) -> None:
        there = self._there(entity, self._overlays.groups)
        members: dict[str, Any] = {
            "account_id": self.plan.account_id,
            "group_id": self._id(entity, there, self._overlays.groups, groups.PREFIX),
            "name": entity.name,
            "path": entity.path,
            "created_at": entity.created_at or (there.created_at if there else self._now),
        }
        group = Group(**members) if there is None else replace(there, **members)
        self._planned("groups", group, there, self._overlays.groups, self.plan.groups)
        if self._asking is not None:
            self._asking.group(entity, group, there)

    def _user(self, entity: file.User) -> None:
        there = self._there(entity, self._overlays.users)
        members: dict[str, Any] = {
            "account_id": self.plan.account_id,
            "user_id": self._id(entity, there, self._overlays.users, users.PREFIX),
            "name": entity.name,
            "path": entity.path,
            "created_at": entity.created_at or (there.created_at if there else self._now),
            "permissions_boundary": self._boundary(entity),
            "password_last_used_at": entity.password_last_used_at
            or (there.password_last_used_at if there else None),
            "tags": _tags(entity.tags),
        }
        user = User(**members) if there is None else replace(there, **members)
        self._planned("users", user, there, self._overlays.users, self.plan.users)
        if self._asking is not None:
            self._asking.user(entity, user, there)

    def _role(self, entity: file.Role) -> None:
        """Plan a role that trusts nobody yet, for others to find."""
        there = self._there(entity, self._overlays.roles)
        members: dict[str, Any] = {
            "account_id": self.plan.account_id,
            "role_id": self._id(entity, there, self._overlays.roles, roles.PREFIX),
            "name": entity.name,
            "path": entity.path,
            "created_at": entity.created_at or (there.created_at if there else self._now),
            "trust_policy": entity.trust_policy,
            "description": entity.description or (there.description if there else None),
            "max_session_duration": entity.max_session_duration
            or (there.max_session_duration if there else DEFAULT_MAX_SESSION_DURATION),
            "permissions_boundary": self._boundary(entity),
            "last_used_at": entity.last_used_at or (there.last_used_at if there else None),
            "last_used_region": entity.last_used_region or (there.last_used_region if there else None),
            "source_template": _source(entity) or (there.source_template if there else None),
            "tags": _tags(entity.tags),
        }
        role = Role(**members) if there is None else replace(there, **members)
        self._overlays.roles.put(role)
        self._roles.append((entity, role, there))

    def _trusting_role(self, entity: file.Role, role: Role, there: Role | None) -> None:
        bound = self._strangers.bind(role, strict=self._rules is Rules.OPERATIONS)
        self._planned("roles", bound, there, self._overlays.roles, self.plan.roles)
        if self._asking is not None:
            self._asking.role(entity, bound, there)

    def _instance_profile(self, entity: file.InstanceProfile) -> None:
        there = self._there(entity, self._overlays.instance_profiles)
        role = None
        if entity.role is not None:
            role = self._overlays.roles.find(self.plan.account_id, entity.role)
            if role is None:
                raise NoSuchEntity(f"The role with name {entity.role} cannot be found.")
        members: dict[str, Any] = {
            "account_id": self.plan.account_id,
            "instance_profile_id": self._id(
                entity, there, self._overlays.instance_profiles, instance_profiles.PREFIX
            ),
            "name": entity.name,
            "path": entity.path,
            "created_at": entity.created_at or (there.created_at if there else self._now),
            "role_id": role.role_id if role else None,
            "tags": _tags(entity.tags),
        }
        profile = InstanceProfile(**members) if there is None else replace(there, **members)
        self._planned(
            "instance profiles",
            profile,
            there,
            self._overlays.instance_profiles,
            self.plan.instance_profiles,
        )
        if self._asking is not None:
            self._asking.instance_profile(entity, profile, there, role)

    # What they have in common.

    def _there(self, entity: Any, overlay: Overlay[V]) -> V | None:
        """
        Return the entity that is there already and that *entity* is.

        Raises:
            ServiceError: It cannot be told, or another one is in the way.
        """
        account_id, name, id_ = self.plan.account_id, entity.name, entity.id
        if overlay.is_planned(account_id, name, id_):
            raise EntityAlreadyExists("it occurs twice, and not alike")
        by_id = overlay.find_by_id(id_) if id_ is not None else None
        if by_id is not None and by_id.account_id != account_id:
            raise EntityAlreadyExists(f"the id {id_} is one of account {by_id.account_id}")
        by_name = overlay.find(account_id, name)
        if by_name is not None and id_ is not None and overlay.id_of(by_name) != id_:
            raise EntityAlreadyExists(
                f"another one of this name is here already: it has the id {overlay.id_of(by_name)}, and not {id_}"
            )
        return by_id or by_name

    def _planned(self, kind: str, value: Any, there: Any, overlay: Overlay[Any], new: list[Any]) -> None:
        overlay.put(value)
        if there is None:
            new.append(value)
        elif value != there:
            self.plan.changed.append(value)
        self._count(kind, there, changed=value != there)

    def _count(self, kind: str, there: object, *, changed: bool) -> None:
        self.plan.counts[kind, "made" if there is None else "changed" if changed else "same"] += 1

    def _id(self, entity: Any, there: V | None, overlay: Overlay[V], prefix: str) -> UniqueId:
        if there is not None:
            return overlay.id_of(there)
        return UniqueId(entity.id) if entity.id is not None else self._call.ids.unique_id(prefix)

    def _boundary(self, entity: file.User | file.Role) -> str | None:
        """
        Return the ARN of the permissions boundary.

        Raises:
            InvalidInput: It is no ARN of a policy.
            NoSuchEntity: There is no such policy.
        """
        arn = entity.permissions_boundary
        if arn is None:
            return None
        try:
            parse_policy_arn(arn)
        except ValidationError as error:
            raise InvalidInput(error.message) from error
        policy = self.policy(arn, label(entity))
        return arn if policy is None and self.is_lenient(arn) else check_boundary(policy, arn)

    def policy(self, arn: str, owner: str) -> AnyPolicy | None:
        """
        Return the managed policy that *owner* names; note when it is AWS's, and its text cannot be had.

        Raises:
            ServiceFailure: It is, and AWS has not been asked before.
        """
        if f":iam::{self.plan.account_id}:" in arn:
            own = self._overlays.policies.find(self.plan.account_id, name_of(arn))
            return own if own is not None and own.arn == arn else None
        try:
            found = find_policy(self._call, arn)
        except ServiceFailure:
            if self._rules is Rules.OPERATIONS:
                raise
            found = None
        if found is None and self.is_lenient(arn):
            self._unknown.setdefault(arn, set()).add(owner)
        return found

    def is_lenient(self, arn: str) -> bool:
        """Say whether *arn* is that of a policy of AWS's which AWS has accepted, known here or not."""
        return self._rules is Rules.AWS and ":iam::aws:policy/" in arn

    @contextmanager
    def about(self, entity: Entity) -> Iterator[None]:
        """Turn a refusal into a problem of *entity*."""
        try:
            yield
        except AccessDenied:
            raise  # Of the import as a whole: whoever may not learns no more.
        except ServiceError as error:
            self.plan.problems.append(problem(label(entity), error))


def _source(entity: file.Role) -> SourceTemplate | None:
    source = entity.source_template
    return None if source is None else SourceTemplate(source.arn, source.minor_version)


def _tags(tags: Mapping[str, str]) -> tuple[Tag, ...]:
    return tuple(Tag(key, value) for key, value in tags.items())


def _created(stored: list[PolicyVersion], version: file.PolicyVersion) -> Any:
    """Return when a version was made that is there already."""
    return next(
        (
            each.created_at
            for each in stored
            if each.number == version.number and each.document == version.document
        ),
        None,
    )


def _number(things: set[str], one: str, many: str) -> str:
    return f"{len(things)} {one if len(things) == 1 else many}"
