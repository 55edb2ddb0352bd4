"""
What a user, group, role or managed policy allows, service by service, and what was made of it.

AWS: *GetServiceLastAccessedDetails*, *Refine permissions in AWS using last accessed information*.  A service is allowed
when the policies allow one of its actions at all (`iampolicy.reach`); boundaries, policies of resources, of sessions and
of organizations are left out of account.  Which policy it was that a request was allowed by is not known: whoever has a
policy, and has used a service that it allows, is taken to have used the policy.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, TypeVar

from iamd.catalogue.service_actions import service_actions, service_names
from iamd.domain.access_reports import ActionUse, EntityUse, ReportedEntity, ServiceAccess, ServiceUse
from iamd.domain.accesses import Access
from iamd.domain.groups import Group
from iamd.domain.ids import UniqueId
from iamd.domain.roles import Role
from iamd.domain.users import User
from iamd.operations.call import Call
from iamd.operations.entities import Entity
from iamd.operations.held_policies import held_policies, managed_policy_text
from iamd.operations.last_accesses import LastAccesses
from iamd.store.policies_interface import OwnerKind, PolicyUsage
from iamd.wire.model import SERVICES, load
from iampolicy import Reach
from iampolicy.text import ascii_lower

K = TypeVar("K", str, int)

_EVERYTHING: Final = 1_000_000
"""More than the quotas allow of anything in an account."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a report is about: what is allowed, and to whom."""

    reach: Reach
    entities: tuple[ReportedEntity, ...]


def subject_of_entity(call: Call, entity: Entity) -> Subject:
    """
    Return a user or a role with all of its policies; of a group its own, and its members.

    Raises:
        ServiceFailure: The text of a policy cannot be had.
    """
    reach = Reach(held.policy for held in held_policies(call, entity))
    if isinstance(entity, Group):
        return Subject(reach, tuple(map(_reported, _members(call, entity.group_id))))
    return Subject(reach, (_reported(entity),))


def subject_of_policy(call: Call, arn: str) -> Subject:
    """
    Return a managed policy with the users and roles that have it, through a group or themselves.

    Raises:
        ServiceFailure: Its text cannot be had.
    """
    found: dict[str, ReportedEntity] = {}
    attached = [
        attachment
        for kind in OwnerKind
        for attachment in call.store.policy_attachments.entities(
            call.account_id, arn, kind, usage=PolicyUsage.ATTACHED, limit=_EVERYTHING
        )
    ]
    for attachment in attached:
        for entity in _holders(call, attachment.owner_kind, attachment.owner_id):
            found.setdefault(entity.arn, _reported(entity))
    return Subject(Reach([managed_policy_text(call, arn)]), tuple(found[arn] for arn in sorted(found)))


def service_access(call: Call, subject: Subject, *, actions: bool) -> ServiceAccess:
    """Return the services that *subject* allows, in the order of their prefixes, with their *actions* if wanted."""
    used = _Used(LastAccesses(call), subject.entities)
    services = []
    for prefix, name in service_names().items():
        if any(allowed_actions(subject.reach, prefix)):
            tracked = used.actions_of(prefix, subject.reach) if actions else ()
            services.append(ServiceUse(prefix, name, used.of(prefix), tracked))
    return ServiceAccess(subject.entities, tuple(services))


def allowed_actions(reach: Reach, prefix: str) -> Iterator[str]:
    """Yield the actions of a service that are within *reach*, as AWS writes them; none of an unknown service."""
    for lowered, action in service_actions().get(prefix, {}).items():
        if reach.allows(f"{prefix}:{lowered}"):
            yield action


class _Used:
    """What several entities have used, and when last."""

    def __init__(self, accesses: LastAccesses, entities: Iterable[ReportedEntity]) -> None:
        self._services: Final[dict[str, dict[int, EntityUse]]] = {}
        self._actions: Final[dict[str, dict[str, EntityUse]]] = {}
        for place, entity in enumerate(entities):
            for access in accesses.of(entity.id):
                self._add(place, access)

    def _add(self, place: int, access: Access) -> None:
        use = EntityUse(place, access.at, access.region)
        _keep_later(self._services.setdefault(access.service, {}), place, use)
        _keep_later(self._actions.setdefault(access.service, {}), ascii_lower(access.action), use)

    def of(self, prefix: str) -> tuple[EntityUse, ...]:
        """Return the last use of a service by each entity, the latest first."""
        uses = self._services.get(prefix, {}).values()
        return tuple(sorted(uses, key=lambda use: use.at, reverse=True))

    def actions_of(self, prefix: str, reach: Reach) -> tuple[ActionUse, ...]:
        """
        Return the actions of a service that are tracked and within *reach*.

        AWS: *ServiceLastAccessed*: there is no list when none of them was used.
        """
        used = self._actions.get(prefix, {})
        tracked = _operations().get(prefix, frozenset()) | used.keys()
        found = tuple(
            ActionUse(action, used.get(ascii_lower(action)))
            for action in allowed_actions(reach, prefix)
            if ascii_lower(action) in tracked
        )
        return found if any(action.last for action in found) else ()


def _keep_later(uses: dict[K, EntityUse], key: K, use: EntityUse) -> None:
    known = uses.get(key)
    if known is None or known.at < use.at:
        uses[key] = use


@cache
def _operations() -> Mapping[str, frozenset[str]]:
    """
    Return the actions, in lower case, that are tracked of the services that iamd is.

    AWS tracks management events: what is called.  ``iam:PassRole`` and its kin are asked about, and never called.
    """
    return {service: frozenset(map(ascii_lower, load(service).operations)) for service in SERVICES}


def _members(call: Call, group_id: UniqueId) -> list[User]:
    return call.store.group_memberships.users_in(group_id, None, _EVERYTHING)


def _holders(call: Call, kind: OwnerKind, owner_id: UniqueId) -> list[User | Role]:
    found: User | Role | None
    match kind:
        case OwnerKind.GROUP:
            return [*_members(call, owner_id)]
        case OwnerKind.USER:
            found = call.store.users.find_by_id(owner_id)
        case OwnerKind.ROLE:
            found = call.store.roles.find_by_id(owner_id)
    return [] if found is None else [found]


def _reported(entity: User | Role) -> ReportedEntity:
    type_, id_ = ("USER", entity.user_id) if isinstance(entity, User) else ("ROLE", entity.role_id)
    return ReportedEntity(type_, id_, entity.name, entity.path, entity.arn)
