"""
Who may become whom by escalation: with permissions on users, groups, roles, policies and providers instead of by trust.

Each edge is made of requests that the engine has decided: with the policies of whoever asks, of its groups, its boundary and
its organization.  What holds here:

* Whoever can always give itself any permission has that edge, and no other: everything else follows.
* A policy of somebody else is worth changing for whoever can become that one by a single edge.
* A boundary and the policies of an organization bear on every request, and so on what any permission comes to.
* Quotas, and what is there already (two access keys, a password, MFA), are not looked at.

AWS: *Security best practices in IAM*, *Actions, resources, and condition keys for AWS Identity and Access Management*.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from iamd.catalogue.role_runners import ROLE_RUNNERS
from iamd.domain.arns import Arn
from iamd.trust.accounts import ContextValue, MappedAccount, Member
from iamd.trust.askers import ASSUME_ROLE, Asker, may_allow, target_context
from iamd.trust.asking import Budget, Questions, Targets, combined
from iamd.trust.edges import Edge, Escalation, Step
from iampolicy import Policy, PolicyKind, parse

Asking = tuple[Member, Asker]

_OF_USERS: Final = ("iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile")
_UPDATE_TRUST: Final = "iam:UpdateAssumeRolePolicy"
_PASS_ROLE: Final = "iam:PassRole"  # noqa: S105  an action
_JOIN: Final = "iam:AddUserToGroup"
_UPDATE_SAML: Final = "iam:UpdateSAMLProvider"
_NEW_VERSION: Final = "iam:CreatePolicyVersion"
_OLD_VERSION: Final = "iam:SetDefaultPolicyVersion"
_PUT: Final[Mapping[str, tuple[str, str]]] = {
    "user": ("iam:PutUserPolicy", "iam:AttachUserPolicy"),
    "group": ("iam:PutGroupPolicy", "iam:AttachGroupPolicy"),
    "role": ("iam:PutRolePolicy", "iam:AttachRolePolicy"),
}
_POLICY_ARN: Final = "iam:policyarn"
_ASSOCIATED: Final = "iam:associatedresourcearn"
_OF_POLICIES: Final = ("aws:resourcetag/",)
"""Tags of policies and providers are not known here."""
_SERVICE_LINKED: Final = ":role/aws-service-role/"


def any_permission(account_id: str) -> str:
    """Return the id of the node for whoever can give itself any permission in an account."""
    return f"any-permission:{account_id}"


class _Place:
    """An account, by what of it can be reached."""

    def __init__(self, account: MappedAccount) -> None:
        self.account = account
        # AWS: the roles of services can be changed and passed by nobody else.
        self.roles = {role.arn: role for role in account.roles if _SERVICE_LINKED not in role.arn}
        self.members = {each.arn: each for each in (*account.users, *account.groups)} | self.roles
        self.of_users = Targets(user.arn for user in account.users)
        self.of_groups = Targets(group.arn for group in account.groups)
        self.of_roles = Targets(self.roles)
        self.of_passed = Targets(())
        """Roles that services can be given; whoever may pass any role is not held against each of all others."""


class Escalations:
    """
    Finds the edges.

    Args:
        accounts: All that are known.
        budget: How often the engine may be asked.

    Attributes:
        left_out: The ids of those who were not looked at to the end.
    """

    def __init__(self, accounts: Iterable[MappedAccount], budget: Budget) -> None:
        self._places = {account.account_id: _Place(account) for account in accounts}
        self._budget = budget
        self._questions: dict[str, Questions] = {}
        self._mighty: set[str] = set()
        self.left_out: set[str] = set()

    def alone(self, askers: Iterable[Asking]) -> Iterator[Edge]:
        """Yield the edges to any permission by policies of one's own; whoever has one for certain needs no other."""
        for member, asker in askers:
            if self._stops(asker):
                continue
            questions, place = self._asked(member, asker), self._place(member)
            own = list(_rewriting(questions, place, member)) or list(self._restoring(member, asker))
            if any(edge.always for edge in own):
                self._mighty.add(asker.id)
            yield from own

    def joining(self, askers: Iterable[Asking]) -> Iterator[Edge]:
        """Yield the edges of users to groups that they can put themselves in."""
        for member, asker in self._others(askers):
            if member.trust_policy is not None or not may_allow(asker.identity, _JOIN):
                continue
            place, questions = self._place(member), self._asked(member, asker)
            for arn in questions.among(_JOIN, place.of_groups):
                if self._stops(asker):
                    break
                step = None if arn in member.groups else questions.step(_JOIN, arn)
                if step is not None:
                    yield _edge(asker.id, arn, Escalation.GROUP, step)

    def edges(self, askers: Iterable[Asking], trusted: Iterable[Edge]) -> Iterator[Edge]:
        """
        Yield all other edges.

        Args:
            askers: Users, roles, and the groups that somebody can join; all of them have been `alone`.
            trusted: What is there by trust, and the edges to those groups.
        """
        leaving: dict[str, list[Edge]] = {}
        services: dict[str, list[Edge]] = {}
        for edge in trusted:
            leaving.setdefault(edge.source, []).append(edge)
            if edge.source in ROLE_RUNNERS and _SERVICE_LINKED not in edge.target:
                services.setdefault(edge.target, []).append(edge)
        for place in self._places.values():
            place.of_passed = Targets(arn for arn in place.roles if arn in services)
        providers = {source for source in leaving if ":saml-provider/" in source}
        for member, asker in self._others(askers):
            found = [
                *self._users(member, asker),
                *self._roles(member, asker, services),
                *self._providers(member, asker, providers),
            ]
            yield from found
            yield from self._through(member, asker, [*leaving.get(asker.id, ()), *found])

    def _others(self, askers: Iterable[Asking]) -> Iterator[Asking]:
        """Yield those who cannot give themselves any permission for certain, as long as there are questions left."""
        for member, asker in askers:
            if asker.id not in self._mighty and not self._stops(asker):
                yield member, asker

    def _place(self, member: Member) -> _Place:
        return self._places[member.account_id]

    def _asked(self, member: Member, asker: Asker) -> Questions:
        if asker.id not in self._questions:
            self._questions[asker.id] = Questions(asker, self._place(member).account, self._budget)
        return self._questions[asker.id]

    def _stops(self, asker: Asker) -> bool:
        if self._budget.spent:
            self.left_out.add(asker.id)
        return self._budget.spent

    def _users(self, member: Member, asker: Asker) -> Iterator[Edge]:
        place, questions = self._place(member), self._asked(member, asker)
        for action in _OF_USERS:
            if not may_allow(asker.identity, action):
                continue
            for arn in questions.among(action, place.of_users):
                if self._stops(asker):
                    return
                if arn != asker.id:
                    step = questions.step(action, arn, _about(arn, place))
                    if step is not None:
                        yield _edge(asker.id, arn, Escalation.CREDENTIALS, step)

    def _roles(self, member: Member, asker: Asker, services: Mapping[str, Sequence[Edge]]) -> Iterator[Edge]:
        place, questions = self._place(member), self._asked(member, asker)
        if may_allow(asker.identity, _UPDATE_TRUST):
            for arn in questions.among(_UPDATE_TRUST, place.of_roles):
                if self._stops(asker):
                    return
                steps = self._retrusting(arn, place, questions) if arn != asker.id else ()
                if steps:
                    yield _edge(asker.id, arn, Escalation.TRUST, *steps)
        if may_allow(asker.identity, _PASS_ROLE):
            for arn in questions.among(_PASS_ROLE, place.of_passed):
                if self._stops(asker):
                    return
                if arn != asker.id:
                    yield from self._passing(arn, place, questions, services[arn])

    def _retrusting(self, arn: str, place: _Place, questions: Questions) -> tuple[Step, ...]:
        about = _about(arn, place)
        changed = questions.step(_UPDATE_TRUST, arn, about | _boundary(arn, place))
        if changed is None:
            return ()
        named = questions.asker.principal.arn
        assumed = questions.step(ASSUME_ROLE, arn, about, trust_policy=_trusting(named))
        return () if assumed is None else (changed, assumed)

    def _passing(
        self, arn: str, place: _Place, questions: Questions, services: Sequence[Edge]
    ) -> Iterator[Edge]:
        for service in services:
            context = _about(arn, place) | {"iam:PassedToService": service.source}
            passed = questions.step(_PASS_ROLE, arn, context, open_=(_ASSOCIATED,))
            if passed is None:
                continue
            for way in ROLE_RUNNERS[service.source]:
                steps = [step for step in map(questions.service_step, way) if step is not None]
                if len(steps) == len(way):
                    # The service asks for the role, under what conditions its trust policy has.
                    assumed = Step(ASSUME_ROLE, arn, service.prospect)
                    edge = _edge(questions.asker.id, arn, Escalation.PASS_ROLE, passed, *steps, assumed)
                    yield replace(edge, action=", ".join((passed.action, *way)))
                    break

    def _providers(self, member: Member, asker: Asker, trusted: Iterable[str]) -> Iterator[Edge]:
        if not may_allow(asker.identity, _UPDATE_SAML):
            return
        for provider in sorted(trusted):
            arn = Arn.parse(provider)
            if arn is None or arn.account != member.account_id:
                continue
            if self._stops(asker):
                return
            step = self._asked(member, asker).step(_UPDATE_SAML, provider, open_=_OF_POLICIES)
            if step is not None:
                yield _edge(asker.id, provider, Escalation.PROVIDER, step)

    def _through(self, member: Member, asker: Asker, edges: Iterable[Edge]) -> Iterator[Edge]:
        """Yield the edges to any permission by the policies of those whom *edges* lead to; one for each of them."""
        place = self._place(member)
        for edge in {edge.target: edge for edge in edges}.values():
            other = place.members.get(edge.target)
            if other is None:
                continue
            if self._stops(asker):
                return
            ways = _rewriting(self._asked(member, asker), place, other)
            best = next((way for way in sorted(ways, key=lambda way: not way.always)), None)
            if best is not None:
                last = Step(edge.action, edge.target, edge.prospect)
                steps = (*best.steps, *(edge.steps or (last,)))
                action = f"{best.action}, {edge.action}"
                yield replace(best, action=action, steps=steps, prospect=combined(steps))

    def _restoring(self, member: Member, asker: Asker) -> Iterator[Edge]:
        """Yield the edges to any permission by a version of a policy of *member* that is not in force."""
        place, questions = self._place(member), self._asked(member, asker)
        for arn in _own_policies(member) if may_allow(asker.identity, _OLD_VERSION) else ():
            versions = place.account.versions.get(arn, ())
            step = questions.step(_OLD_VERSION, arn, open_=_OF_POLICIES) if versions else None
            for version in versions if step is not None else ():
                identity = tuple(version if policy.arn == arn else policy for policy in asker.identity)
                then = Questions(replace(asker, identity=identity), place.account, self._budget)
                found = next(_rewriting(then, place, member), None)
                if step is not None and found is not None:
                    yield _edge(asker.id, found.target, Escalation.PERMISSIONS, step, *found.steps)
                    break


def _rewriting(questions: Questions, place: _Place, other: Member) -> Iterator[Edge]:
    """Yield the edges to any permission by the policies of *other*, who may be who asks."""
    identity = questions.asker.identity
    holders = [arn for arn in (other.arn, *other.groups) if arn in place.members]
    for holder in holders:
        for action in _PUT[_kind_of(holder)]:
            if may_allow(identity, action):
                context = _about(holder, place) | _boundary(holder, place)
                open_ = (_POLICY_ARN,) if action.startswith("iam:Attach") else ()
                yield from _any(questions, place, questions.step(action, holder, context, open_=open_))
    if may_allow(identity, _NEW_VERSION):
        for arn in _own_policies(other):
            yield from _any(questions, place, questions.step(_NEW_VERSION, arn, open_=_OF_POLICIES))


def _about(arn: str, place: _Place) -> dict[str, ContextValue]:
    """Return what is known of the user, role or group *arn* that is asked about."""
    found = place.members.get(arn)
    return {} if found is None else target_context(found, place.account)[0]


def _boundary(arn: str, place: _Place) -> dict[str, ContextValue]:
    found = place.members.get(arn)
    boundary = None if found is None else found.boundary
    return {} if boundary is None or boundary.arn is None else {"iam:PermissionsBoundary": boundary.arn}


def _edge(source: str, target: str, escalation: Escalation, *steps: Step) -> Edge:
    action = ", ".join(step.action for step in steps)
    return Edge(source, target, action, combined(steps), escalation=escalation, steps=steps)


def _any(questions: Questions, place: _Place, step: Step | None) -> Iterator[Edge]:
    if step is not None:
        yield _edge(
            questions.asker.id, any_permission(place.account.account_id), Escalation.PERMISSIONS, step
        )


def _kind_of(arn: str) -> str:
    return arn.split(":", 5)[5].partition("/")[0]


def _own_policies(member: Member) -> Iterator[str]:
    """Yield the ARNs of the managed policies of *member*, and of its groups, that the account can change."""
    start = f"arn:aws:iam::{member.account_id}:policy/"
    yield from dict.fromkeys(
        policy.arn for policy in member.identity if policy.arn and policy.arn.startswith(start)
    )


def _trusting(principal: str) -> Policy:
    """Return the trust policy that somebody would write for themselves."""
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": ASSUME_ROLE}
    document = {"Version": "2012-10-17", "Statement": statement}
    return parse(json.dumps(document), PolicyKind.TRUST, name="one that names whoever asks")
