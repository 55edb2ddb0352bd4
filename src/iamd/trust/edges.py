"""What a map is made of: nodes, edges, and the steps of escalations."""

from dataclasses import dataclass
from enum import StrEnum

from iampolicy import MatchedStatement, Possibility, Prospect


class NodeKind(StrEnum):
    USER = "user"
    ROLE = "role"
    ACCOUNT = "account"
    """Everybody in it whom its own policies let."""
    SESSION = "session"
    SERVICE = "service"
    OIDC_PROVIDER = "oidc-provider"
    SAML_PROVIDER = "saml-provider"
    EVERYONE = "everyone"
    """Everybody in any account whom its own policies let."""
    GROUP = "group"
    """Whoever joins it; there in a map of escalations alone, as is the next."""
    ANY_PERMISSION = "any-permission"
    """Whoever can give itself any permission in an account."""


class Escalation(StrEnum):
    """What whoever escalates makes of what is there, to become somebody that no trust policy lets them be."""

    CREDENTIALS = "credentials"
    """An access key or a password of another user."""
    TRUST = "trust"
    """The trust policy of a role."""
    PASS_ROLE = "pass-role"  # noqa: S105  no password
    """Something of a service that runs with a role."""
    GROUP = "group"
    """A membership."""
    PROVIDER = "provider"
    """The metadata of an identity provider."""
    PERMISSIONS = "permissions"
    """A policy of its own, or of whom it can become."""


@dataclass(frozen=True, slots=True)
class Node:
    """
    Somebody.

    Attributes:
        id: An ARN, the name of a service or of a provider that all share, or ``*``.
        account: Empty for whoever is in none.
        known: Whether their own policies were looked at.
        reached: Of a role whose trust policy was looked at: whether somebody may become it.
    """

    id: str
    kind: NodeKind
    name: str
    account: str
    known: bool
    reached: bool | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """
    A request on the way of an escalation.

    Attributes:
        resource: An ARN; empty for one of those of a service, whichever.
        statements: That allow it, whatever else the request says.
    """

    action: str
    resource: str
    prospect: Prospect
    statements: tuple[MatchedStatement, ...] = ()


@dataclass(frozen=True, slots=True)
class Edge:
    """
    Somebody who may become a role; by an escalation, who can make it so, and become others than roles as well.

    Attributes:
        source: The id of a node, as is *target*.
        session_names: Of the role that asks: only sessions of these names may, which the trust policy names.
        other_sessions: Sessions of these names may not, or not always, and all others may.
        elsewhere: The account whose policies must allow it too, and are not known; ``*`` for whichever it is.
        escalation: What it makes use of; None of an edge that is there by trust.
        steps: Of an escalation: what it asks for, in order.
    """

    source: str
    target: str
    action: str
    prospect: Prospect
    session_names: tuple[str, ...] = ()
    other_sessions: tuple[str, ...] = ()
    elsewhere: str = ""
    escalation: Escalation | None = None
    steps: tuple[Step, ...] = ()

    @property
    def always(self) -> bool:
        """Whether it holds for every request."""
        certain = self.prospect.possibility is Possibility.ALWAYS
        return certain and not (self.session_names or self.other_sessions or self.elsewhere)


@dataclass(frozen=True, slots=True)
class Graph:
    """
    A map.

    Attributes:
        nodes: By kind and id; users, roles, and whoever else has an edge.
        edges: By source and target.
        notes: What whoever looks at it should know.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    notes: tuple[str, ...] = ()
