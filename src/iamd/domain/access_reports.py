"""
Access reports: which services somebody may use, and when each was used last.

What holds for all of them:

* A report is of the moment in which it was made; whoever wants to know more asks for another one.
* It is told to nobody but whom it was made for.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from iamd.domain.ids import AccountId

KEPT: Final = timedelta(hours=24)
"""How long a report can be had; AWS documents no time, and no session outlives this one by much."""
MOST_KEPT: Final = 20_000
"""Of an account; more than the quotas allow of users, groups, roles and policies together."""


class ReportKind(StrEnum):
    """What a report is about; of the services of an entity or a policy it has the words of ``Granularity``."""

    SERVICE_LEVEL = "SERVICE_LEVEL"
    ACTION_LEVEL = "ACTION_LEVEL"
    ORGANIZATION = "ORGANIZATION"


@dataclass(frozen=True, slots=True)
class ReportedEntity:
    """A user or a role as it was when the report was made; *type* is ``USER`` or ``ROLE``."""

    type: str
    id: str
    name: str
    path: str
    arn: str


@dataclass(frozen=True, slots=True)
class EntityUse:
    """The last use that an entity has made of something; *entity* is its place in the report."""

    entity: int
    at: datetime
    region: str


@dataclass(frozen=True, slots=True)
class ActionUse:
    """An action that is tracked; *last* is None when nobody has asked for it."""

    name: str
    last: EntityUse | None


@dataclass(frozen=True, slots=True)
class ServiceUse:
    """
    A service that may be used.

    Attributes:
        uses: One for each entity that has used it, the latest first.
        actions: Those that are tracked and may be asked for; empty in a report about services alone.
    """

    namespace: str
    name: str
    uses: tuple[EntityUse, ...] = ()
    actions: tuple[ActionUse, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceAccess:
    """What a user, group, role or policy allows, and what was made of it; services are in the order of namespaces."""

    entities: tuple[ReportedEntity, ...]
    services: tuple[ServiceUse, ...]


@dataclass(frozen=True, slots=True)
class AccountUse:
    """The last use that an account has made of something; *path* is its place: ``o-…/r-…/ou-…/ACCOUNT``."""

    path: str
    at: datetime
    region: str


@dataclass(frozen=True, slots=True)
class ServiceUseOfAccounts:
    """A service that may be used; *accounts* is how many have, and *last* the one that has last."""

    namespace: str
    name: str
    accounts: int = 0
    last: AccountUse | None = None


@dataclass(frozen=True, slots=True)
class OrganizationAccess:
    """What service control policies allow, in the order of namespaces."""

    services: tuple[ServiceUseOfAccounts, ...]


@dataclass(frozen=True, slots=True)
class ReportFailure:
    """Why there is no report: the code and the message of an error."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessReport:
    """
    A report, and the job that has made it.

    Attributes:
        requester: The caller, as GetCallerIdentity tells its id: a session of a role is told from another one.
    """

    account_id: AccountId
    job_id: str
    requester: str
    kind: ReportKind
    created_at: datetime
    completed_at: datetime
    outcome: ServiceAccess | OrganizationAccess | ReportFailure
