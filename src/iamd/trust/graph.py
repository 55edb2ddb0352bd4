"""
Who may become whom: the map itself.

An edge leads from whoever may ask to the role that they may have, by AssumeRole, AssumeRoleWithSAML or
AssumeRoleWithWebIdentity, without session tags, source identity and session policies.  It is there when no policy that is
known forbids it: the role's trust policy, the asker's own policies and boundary, those of their organizations.  It holds
always, or under conditions: what policies ask of a request that is not known yet, a name of the session, and the policies of
an account that is not known.  Root users can assume no role, so no edge leaves one.

Escalations (`iamd.trust.escalations`) are edges of another kind, and there for whoever asks for them.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from iamd.catalogue.rcp_services import supports_rcps
from iamd.domain.arns import Arn, name_of
from iamd.trust.accounts import MappedAccount, Member
from iamd.trust.askers import (
    ASSUME_ROLE,
    Asker,
    everyone,
    group_asker,
    member_asker,
    provider,
    service,
    stranger,
    target_context,
)
from iamd.trust.asking import Budget
from iamd.trust.edges import Edge, Graph, Node, NodeKind
from iamd.trust.escalations import Asking, Escalations, any_permission
from iampolicy import (
    PolicySet,
    Possibility,
    Prospect,
    Request,
    principal_values,
    prospect,
)
from iampolicy.text import all_digits, ascii_lower

_DIGITS: Final = 12
_SAML: Final = ":saml-provider/"
_MOST_QUESTIONS: Final = 1_000_000
"""Of escalations, where nobody says how many; a minute or two of work."""
_RANK: Final = {Possibility.NEVER: 0, Possibility.CONDITIONALLY: 1, Possibility.ALWAYS: 2}


class UnknownNodeError(Exception):
    """There is nobody of that name, or there are several."""


def trust_graph(
    accounts: Sequence[MappedAccount],
    *,
    most_pairs: int | None = None,
    most_questions: int = _MOST_QUESTIONS,
    escalations: bool = False,
) -> Graph:
    """
    Return the map of *accounts*, each of which is there once; between them both sides are known.

    Args:
        accounts: To be drawn together.
        most_pairs: How many pairs of somebody and a role to look at.  Some take as long as a request, and an account may have
            millions: users and roles that trust all of them.  A note says what is left out.
        most_questions: How many requests of escalations to decide, each of which takes as long as several; likewise.
        escalations: Whether to look for those, too.
    """
    members = [(member, account) for account in accounts for member in (*account.users, *account.roles)]
    notes = [f"account {each.account_id}: {note}" for each in accounts for note in each.notes]
    askers: list[Asking] = []
    for member, account in members:
        if member.textless:
            notes.append(f"{member.arn} may do nothing: the text of {member.textless[0]} is not known")
        else:
            askers.append((member, member_asker(member, account)))
    finder = Escalations(accounts, Budget(most_questions))
    found: list[Edge] = []
    joining: list[Edge] = []
    if escalations:
        found += finder.alone(askers)
        joining += finder.joining(askers)
        joined = [*_joined(accounts, {edge.target for edge in joining})]
        found += [*joining, *finder.alone(joined)]
        askers += joined
    edges, left_out = _by_trust(accounts, askers, most_pairs)
    if left_out:
        notes.append(
            f"there is too much to look at all of it: arrows to roles are left out, {len(left_out)} in all"
        )
    if escalations:
        edges += [*found, *finder.edges(askers, [*edges, *joining])]
    if finder.left_out:
        notes.append(
            "there is too much to look at all of it: escalations of users, roles and groups are left out, "
            f"{len(finder.left_out)} in all"
        )
    edges.sort(key=lambda edge: (edge.source, edge.target, edge.action))
    return Graph(_nodes(members, edges, left_out), tuple(edges), tuple(dict.fromkeys(notes)))


def _by_trust(
    accounts: Sequence[MappedAccount], askers: Sequence[Asking], most_pairs: int | None
) -> tuple[list[Edge], set[str]]:
    """Return the edges that trust policies make, and the ARNs of roles that were not looked at."""
    by_id = {account.account_id: account for account in accounts}
    everybody = _Everybody(askers)
    edges: list[Edge] = []
    looked = 0
    left_out: set[str] = set()
    for account in accounts:
        for role in account.roles:
            if most_pairs is not None and looked >= most_pairs:
                left_out.add(role.arn)
                continue
            asked = _Role(role, account, by_id, everybody)
            edges += asked.edges()
            looked += asked.looked
    return edges, left_out


def _joined(accounts: Iterable[MappedAccount], arns: Collection[str]) -> Iterator[Asking]:
    """Yield those of the groups that somebody can join."""
    for account in accounts:
        for group in account.groups:
            if group.arn in arns and not group.textless:
                yield group, group_asker(group, account)


class _Everybody:
    """The members of all accounts, to be found by how trust policies name them."""

    def __init__(self, askers: Sequence[Asking]) -> None:
        self._all = askers
        self._reaching = [each for each in askers if each[1].reaches]
        self._named: dict[str, list[Asking]] = {}
        for member, asker in askers:
            names = {member.unique_id, ascii_lower(member.arn)}
            if member.trust_policy is not None:
                # What the ARNs of its sessions begin with.
                names.add(ascii_lower(asker.principal.arn.rpartition("/")[0]))
            for name in names:
                self._named.setdefault(name, []).append((member, asker))

    def whom(self, values: Iterable[str]) -> Iterable[Asking]:
        """
        Return those who may be let in by a trust policy that has *values* among its principals, and some more.

        They are whoever it names; and where it names accounts, whoever is let by their own policies.
        """
        found: dict[str, Asking] = {}
        delegates = False
        for value in values:
            if value == "*":
                return self._all
            delegates |= bool(_account_of(value))
            folded = ascii_lower(value)
            for name in (value, folded, folded.rpartition("/")[0]):
                found |= {each[0].arn: each for each in self._named.get(name, ())}
        if delegates:
            found |= {each[0].arn: each for each in self._reaching}
        return found.values()


class _Role:
    """
    A role, and everybody who may ask for it.

    Attributes:
        looked: How often the engine was asked.
    """

    def __init__(
        self,
        role: Member,
        account: MappedAccount,
        accounts: Mapping[str, MappedAccount],
        everybody: _Everybody,
    ) -> None:
        if role.trust_policy is None:
            raise ValueError(f"{role.arn} has no trust policy")
        self._role = role
        self._trust_policy = role.trust_policy
        self._account = account
        self._accounts = accounts
        self._everybody = everybody
        self._context, self._known = target_context(role, account)
        self._named = principal_values(role.trust_policy.text)
        self.looked = 0
        self._rcps = (account.rcps or ()) if supports_rcps(ASSUME_ROLE) else ()

    def edges(self) -> Iterator[Edge]:
        of_aws = [value for type_, value in self._named if type_ == "AWS"]
        for member, asker in self._everybody.whom(
            self._role.trusted_ids.get(value, value) for value in of_aws
        ):
            edge = self._edge_of_member(member, asker)
            if edge is not None:
                yield edge
        for asker in self._strangers():
            edge = self._edge(asker)
            if edge is not None:
                yield edge

    def _strangers(self) -> Iterator[Asker]:
        """Yield those who are no members of a known account and may be let in."""
        found: dict[str, Asker | None] = {}
        providers: Iterable[str] = ()
        for type_, value in self._named:
            if value == "*":
                found["*"] = everyone()
                # Everybody are those whom providers vouch for, too.
                providers = sorted(self._account.providers or ())
            elif type_ == "AWS" and _owner_of(value) not in {"", *self._accounts}:
                found[value] = stranger(value, _owner_of(value))
            elif type_ == "Service":
                found[value] = service(value)
            elif type_ == "Federated" and self._has_provider(value):
                found[value] = provider(value)
        found |= {value: provider(value) for value in providers if value not in found}
        for asker in found.values():
            if asker is not None:
                yield asker

    def _has_provider(self, value: str) -> bool:
        """Tell whether a provider is there; one that all share needs no entity of the account."""
        arn = Arn.parse(value)
        if arn is None:
            return True
        there = self._account.providers
        return arn.account == self._account.account_id and (there is None or value in there)

    def _edge(self, asker: Asker) -> Edge | None:
        found = self._prospect(asker)
        if not found.possible:
            return None
        return Edge(asker.id, self._role.arn, asker.action, found, elsewhere=asker.elsewhere)

    def _edge_of_member(self, member: Member, asker: Asker) -> Edge | None:
        edge = self._edge(asker)
        sessions = self._named_sessions(member, asker)
        if edge is not None:
            least = _RANK[edge.prospect.possibility]
            worse = [name for name, found in sessions.items() if _RANK[found.possibility] < least]
            return replace(edge, other_sessions=tuple(worse)) if worse else edge
        # Of sessions that it names, the trust policy lets in these.
        best = max((_RANK[found.possibility] for found in sessions.values()), default=0)
        if not best:
            return None
        names = [name for name, found in sessions.items() if _RANK[found.possibility] == best]
        if best < _RANK[Possibility.ALWAYS]:
            # Each has conditions of its own.
            names = names[:1]
        return Edge(asker.id, self._role.arn, asker.action, sessions[names[0]], tuple(names))

    def _named_sessions(self, member: Member, asker: Asker) -> dict[str, Prospect]:
        """Return what may be decided about those sessions of a role that the trust policy names, by their names."""
        if member.trust_policy is None or asker.account is None:
            return {}
        start = asker.principal.arn.rpartition("/")[0] + "/"
        names = sorted(value.removeprefix(start) for _, value in self._named if value.startswith(start))
        return {name: self._prospect(member_asker(member, asker.account, name)) for name in names}

    def _prospect(self, asker: Asker) -> Prospect:
        self.looked += 1
        request = Request(
            principal=asker.principal,
            action=asker.action,
            resource=self._role.arn,
            resource_account=self._account.account_id,
            context={**asker.context, **self._context},
        )
        policies = PolicySet(
            identity=asker.identity,
            boundary=asker.boundary,
            resource=self._trust_policy,
            resource_must_allow=True,
            scps=asker.scps,
            rcps=self._rcps,
        )
        return prospect(request, policies, lambda key: asker.is_open(key, self._known))


def _account_of(value: str) -> str:
    """Return the account that the principal *value* stands for, as a whole; an empty text for any other principal."""
    arn = Arn.parse(value)
    if arn is None:
        return value if _is_account(value) else ""
    whole = arn.service == "iam" and arn.resource == "root" and _is_account(arn.account)
    return arn.account if whole else ""


def _owner_of(value: str) -> str:
    """Return the account of the principal *value*; an empty text where it names none."""
    arn = Arn.parse(value)
    if arn is None:
        return _account_of(value)
    return arn.account if _is_account(arn.account) else ""


def _is_account(text: str) -> bool:
    """Tell whether *text* is the id of an account; what was imported may name anything."""
    return len(text) == _DIGITS and all_digits(text)


def _nodes(
    members: Iterable[tuple[Member, MappedAccount]], edges: Iterable[Edge], left_out: Collection[str]
) -> tuple[Node, ...]:
    nodes: dict[str, Node] = {}
    ends = {edge.target for edge in edges}
    for member, _ in members:
        kind = NodeKind.USER if member.trust_policy is None else NodeKind.ROLE
        looked_at = kind is NodeKind.ROLE and member.arn not in left_out
        reached = member.arn in ends if looked_at else None
        nodes[member.arn] = Node(
            member.arn, kind, member.name, member.account_id, known=True, reached=reached
        )
    for edge in edges:
        if edge.source not in nodes:
            nodes[edge.source] = _gained(edge.source) if edge.escalation else _stranger(edge)
    for edge in edges:
        if edge.target not in nodes:
            nodes[edge.target] = _gained(edge.target)
    return tuple(sorted(nodes.values(), key=lambda node: (_ORDER.index(node.kind), node.id)))


_ORDER: Final = tuple(NodeKind)


def _stranger(edge: Edge) -> Node:
    value = edge.source
    if value == "*":
        return Node(value, NodeKind.EVERYONE, "everyone", "", known=False)
    arn = Arn.parse(value)
    if edge.action != ASSUME_ROLE:
        kind = NodeKind.SAML_PROVIDER if _SAML in value else NodeKind.OIDC_PROVIDER
        name = value if arn is None else arn.resource.partition("/")[2]
        return Node(value, kind, name, "" if arn is None else arn.account, known=False)
    if arn is None:
        return Node(value, NodeKind.SERVICE, value, "", known=False)
    if arn.resource == "root":
        return Node(value, NodeKind.ACCOUNT, arn.account, arn.account, known=False)
    if arn.service == "sts":
        name = arn.resource.partition("/")[2]
        return Node(value, NodeKind.SESSION, name, arn.account, known=False)
    kind = NodeKind.USER if arn.resource.startswith("user/") else NodeKind.ROLE
    return Node(value, kind, name_of(arn.resource), arn.account, known=False)


def _gained(id_: str) -> Node:
    """Return the node of what an escalation alone leads to, or from: a group, or any permission."""
    arn = Arn.parse(id_)
    if arn is not None:
        return Node(id_, NodeKind.GROUP, name_of(arn.resource), arn.account, known=True)
    account = id_.removeprefix(any_permission(""))
    return Node(id_, NodeKind.ANY_PERMISSION, f"any permission in {account}", account, known=True)


def without_idle(graph: Graph) -> Graph:
    """Return *graph* without users who can become nobody, and whom nobody can become."""
    ends = {end for edge in graph.edges for end in (edge.source, edge.target)}
    kept = (node for node in graph.nodes if node.kind is not NodeKind.USER or node.id in ends)
    return replace(graph, nodes=tuple(kept))


def around(graph: Graph, *, source: str | None = None, target: str | None = None) -> Graph:
    """
    Return what lies on the ways from *source*, or to *target*, or from the one to the other, over any number of roles.

    Args:
        graph: A whole map.
        source: The id of a node, or its name.
        target: Likewise.

    Raises:
        UnknownNodeError: There is no such node, or there are several of that name.
    """
    kept = set(graph.edges)
    ends = set()
    for at, forward in ((source, True), (target, False)):
        if at is not None:
            id_ = _find(graph, at)
            ends.add(id_)
            kept &= set(_on_ways(graph.edges, id_, forward=forward))
    edges = tuple(edge for edge in graph.edges if edge in kept)
    near = {*ends, *(edge.source for edge in edges), *(edge.target for edge in edges)}
    return replace(graph, nodes=tuple(node for node in graph.nodes if node.id in near), edges=edges)


def _find(graph: Graph, at: str) -> str:
    for node in graph.nodes:
        if node.id == at:
            return at
    found = [node.id for node in graph.nodes if node.name == at]
    if len(found) == 1:
        return found[0]
    if found:
        raise UnknownNodeError(f"`{at}` is the name of several: {', '.join(found)}")
    raise UnknownNodeError(f"the trust graph has nobody called `{at}`")


def _on_ways(edges: Iterable[Edge], start: str, *, forward: bool) -> Iterator[Edge]:
    """Yield the edges that can be gone from *start*, or against their direction."""
    leaving: dict[str, list[Edge]] = {}
    for edge in edges:
        leaving.setdefault(edge.source if forward else edge.target, []).append(edge)
    reached, waiting = {start}, [start]
    while waiting:
        for edge in leaving.get(waiting.pop(), ()):
            yield edge
            end = edge.target if forward else edge.source
            if end not in reached:
                reached.add(end)
                waiting.append(end)
