"""The trust graph of the account of a call, made of the very policies that decide its requests."""

import json
from collections.abc import Iterator
from dataclasses import replace
from threading import BoundedSemaphore

from iamd.auth.context import organization_context
from iamd.directory.snapshots import PrincipalSnapshot
from iamd.domain.groups import Group
from iamd.domain.ids import UniqueId
from iamd.domain.roles import Role
from iamd.domain.users import User
from iamd.errors import NoSuchEntity, Throttling
from iamd.operations.by_handler import ByHandler
from iamd.operations.call import Call
from iamd.operations.iam import oidc_providers, reports, saml_providers
from iamd.operations.simulation_input import compile_document
from iamd.trust.accounts import MappedAccount, Member
from iamd.trust.graph import UnknownNodeError, around, trust_graph, without_idle
from iamd.trust.telling import graph_json
from iampolicy import Policy, PolicyKind

_AT_ONCE = 500
_EVERY_POLICY = 10_000
"""More than fit into any quota of a group."""
_MOST_EDGES = 20_000
_MOST_PAIRS = 200_000
"""Some seconds of work, as are the next."""
_MOST_QUESTIONS = 50_000
_MOST_AT_ONCE = 2
"""Graphs: whoever reads may not be kept waiting by those who draw."""
_OF_PRINCIPALS = "aws:Principal"


class TrustMap:
    """
    The graph as a page.

    Attributes:
        action: Needed by whoever asks, besides the lists of identity providers.
    """

    def __init__(self, operations: ByHandler) -> None:
        self._operations = operations
        self.action = operations.action(reports.get_account_authorization_details)
        self._drawing = BoundedSemaphore(_MOST_AT_ONCE)

    def write(
        self,
        call: Call,
        *,
        source: str | None = None,
        target: str | None = None,
        escalations: bool = False,
    ) -> bytes:
        """
        Return the graph as JSON: all of it, or the ways from *source*, to *target*, or between the two; with *escalations*.

        Raises:
            AccessDenied: The caller may not list the identity providers.
            NoSuchEntity: It has nobody of that name.
            Throttling: Others wait for graphs.
        """
        for handler in (oidc_providers.list_open_id_connect_providers, saml_providers.list_saml_providers):
            targets = self._operations[handler].targets(call, {})
            call.guard.authorize(self._operations.action(handler), targets, {})
        if not self._drawing.acquire(blocking=False):
            raise Throttling("Rate exceeded")
        try:
            graph = trust_graph(
                [mapped_account(call, escalations=escalations)],
                most_pairs=_MOST_PAIRS,
                escalations=escalations,
            )
            graph = around(graph, source=source, target=target) if source or target else without_idle(graph)
        except UnknownNodeError as error:
            raise NoSuchEntity(str(error)) from None
        finally:
            self._drawing.release()
        told = {"account_id": call.account_id, **graph_json(graph, most_edges=_MOST_EDGES)}
        return json.dumps(told).encode() + b"\n"


def mapped_account(call: Call, *, escalations: bool = False) -> MappedAccount:
    """Return the account as the map sees it, with what *escalations* need; *call* runs inside a transaction."""
    account = call.view.account(call.account_id)
    store = call.store
    providers = {provider.arn for provider in store.oidc_providers.list_of(call.account_id)}
    providers |= {provider.arn for provider in store.saml_providers.list_of(call.account_id)}
    context = organization_context("Principal", account)
    return MappedAccount(
        account_id=call.account_id,
        users=tuple(_user(call, user, groups=escalations) for user in _users(call)),
        roles=tuple(_member(call, "role", role.role_id, role) for role in _roles(call)),
        groups=tuple(_group(call, group) for group in _groups(call)) if escalations else (),
        versions=_versions(call) if escalations else {},
        scps=account.scps if account is not None else (),
        rcps=account.rcps if account is not None else (),
        organization={key.removeprefix(_OF_PRINCIPALS): value for key, value in context.items()},
        providers=frozenset(providers),
    )


def _users(call: Call) -> Iterator[User]:
    after: str | None = None
    while users := call.store.users.page(call.account_id, "/", after, _AT_ONCE):
        yield from users
        after = users[-1].name


def _roles(call: Call) -> Iterator[Role]:
    after: str | None = None
    while roles := call.store.roles.page(call.account_id, "/", after, _AT_ONCE):
        yield from roles
        after = roles[-1].name


def _groups(call: Call) -> Iterator[Group]:
    after: str | None = None
    while groups := call.store.groups.page(call.account_id, "/", after, _AT_ONCE):
        yield from groups
        after = groups[-1].name


def _user(call: Call, user: User, *, groups: bool) -> Member:
    member = _member(call, "user", user.user_id)
    if not groups:
        return member
    found = call.store.group_memberships.groups_of(user.user_id, None, _AT_ONCE)
    return replace(member, groups=tuple(group.arn for group in found))


def _group(call: Call, group: Group) -> Member:
    owner = UniqueId(group.group_id)
    identity = [
        compile_document(inline.document, PolicyKind.IDENTITY, inline.name, f"{group.arn}/{inline.name}")
        for inline in call.store.inline_policies.page(owner, None, _EVERY_POLICY)
    ]
    textless = []
    for arn in call.store.policy_attachments.of(owner):
        attached = call.view.policy(arn)
        if attached is None:
            textless.append(arn)
        else:
            identity.append(attached.policy)
    return Member(
        account_id=call.account_id,
        arn=group.arn,
        unique_id=group.group_id,
        tags={},
        identity=tuple(identity),
        textless=tuple(textless),
    )


def _versions(call: Call) -> dict[str, tuple[Policy, ...]]:
    """Return the versions that are not in force, of the policies that have several."""
    found: dict[str, tuple[Policy, ...]] = {}
    after: str | None = None
    while policies := call.store.managed_policies.page(call.account_id, "/", after, _AT_ONCE):
        after = policies[-1].name
        for policy in policies:
            if policy.last_version > 1:
                found[policy.arn] = tuple(
                    compile_document(version.document, PolicyKind.IDENTITY, policy.name, policy.arn)
                    for version in call.store.managed_policies.list_versions(policy.policy_id)
                    if version.number != policy.default_version
                )
    return found


def _trust_policy(call: Call, role: Role) -> Policy:
    found = call.view.role(role.arn)
    if found is None:
        raise RuntimeError(f"{role.arn} is there and has no snapshot")
    return found.trust_policy


def _member(call: Call, kind: str, unique_id: str, role: Role | None = None) -> Member:
    snapshot: PrincipalSnapshot | None = call.view.principal(kind, unique_id)
    if snapshot is None:
        raise RuntimeError(f"the {kind} {unique_id} is there and has no snapshot")
    return Member(
        account_id=snapshot.account_id,
        arn=snapshot.arn,
        unique_id=snapshot.unique_id,
        tags={tag.key: tag.value for tag in snapshot.tags},
        identity=snapshot.identity_policies,
        boundary=snapshot.boundary,
        textless=snapshot.textless_policies,
        trust_policy=None if role is None else _trust_policy(call, role),
        trusted_ids={} if role is None else dict(role.trusted_ids),
    )
