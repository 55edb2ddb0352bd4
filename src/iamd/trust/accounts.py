"""
Accounts as the map sees them: users and roles, with their policies compiled.

Whoever makes one has read a database, or a file; what a file does not tell is None here, and said in a note.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from iamd.domain.arns import name_of
from iampolicy import Policy

Levels = tuple[tuple[Policy, ...], ...]
ContextValue = str | tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Member:
    """
    A user or a role; or a group, which has policies alone.

    Attributes:
        unique_id: AIDA… or AROA…; empty where a file does not tell it.
        identity: Inline, attached, and those of a user's groups.
        textless: ARNs of policies whose text is not known; whoever has one is denied everything, as by the server.
        trust_policy: Of a role; None for a user.
        trusted_ids: The unique ids that principals of the trust policy are bound to, by what it says.
        groups: The ARNs of those that a user is in.
    """

    account_id: str
    arn: str
    unique_id: str
    tags: Mapping[str, str]
    identity: tuple[Policy, ...]
    boundary: Policy | None = None
    textless: tuple[str, ...] = ()
    trust_policy: Policy | None = None
    trusted_ids: Mapping[str, str] = field(default_factory=dict)
    groups: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return name_of(self.arn)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MappedAccount:
    """
    An account.

    Attributes:
        scps: The service control policies that bear on its users and roles, level by level; None where that is not known.
        rcps: The resource control policies that bear on its roles, likewise.
        organization: The last part of the context keys that tell where it is in an organization (``OrgID``), with their
            values; empty in none, None where that is not known.
        groups: Of users; looked at where escalations are.
        versions: Those versions of its managed policies that are not in force, by ARN; likewise.
        providers: The ARNs of its identity providers; None where that is not known.
        notes: What whoever looks at the map should know.
    """

    account_id: str
    users: Sequence[Member]
    roles: Sequence[Member]
    groups: Sequence[Member] = ()
    versions: Mapping[str, tuple[Policy, ...]] = field(default_factory=dict)
    scps: Levels | None = None
    rcps: Levels | None = None
    organization: Mapping[str, ContextValue] | None = None
    providers: frozenset[str] | None = None
    notes: Sequence[str] = field(default=())
