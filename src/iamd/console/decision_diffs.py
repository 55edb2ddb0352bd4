"""
What a policy that is not saved yet would change: decisions of the record, taken again with the draft in place of the policy.

The engine decides, on the requests as they came and with the other policies as they were then.  A visitor learns of denials
that `iamd explain` tells them of as well, and needs the same permission; the draft bears only on layers that are the
visitor's own account's.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated, Any, Final, Literal, Protocol

import msgspec
from msgspec import Meta

from iamd.auth.decisions import DecisionLog, Denial
from iamd.console.answers import json_answer
from iamd.console.bodies import read_json
from iamd.console.decisions import ACTION
from iamd.errors import MalformedPolicyDocument
from iamd.http import Request, Response
from iamd.operations.call import Call
from iamd.visits import Visit
from iampolicy import Decision, Policy, PolicyError, PolicyKind, PolicySet, evaluate, parse

_MOST_LOOKED_AT: Final = 2_000
"""Denials, the newest first; each is decided about twice, in some ten microseconds."""
_MOST_TOLD: Final = 100
_MOST_MEMBERS: Final = 10_000

_Text = Annotated[str, Meta(max_length=2048)]


class _Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """
    What is to be saved.

    Attributes:
        kind: ``identity``, or ``trust`` for the trust policy of a role.
        arn: Of a managed policy; of the user, group or role that an inline or trust policy belongs to.
        name: Of an inline policy.
        before: The document in force; None when there is none yet.
        after: The draft.
    """

    kind: Literal["identity", "trust"]
    arn: _Text
    after: str
    name: _Text | None = None
    before: str | None = None


class Receiver(Protocol):
    """The part of the pipeline that answers here."""

    decisions: DecisionLog

    async def receive(
        self, request: Request, page: str, action: str, answer: Callable[[Visit], Awaitable[Response]]
    ) -> Response: ...


class DecisionDiffs:
    """The page."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver

    async def compare(self, request: Request) -> Response:
        """
        Answer with the denials of the last 24 hours that would be decided otherwise.

        Raises:
            MalformedPolicyDocument: One of the documents is no policy of its kind.
        """

        async def answer(visit: Visit) -> Response:
            return json_answer(await visit.read(look))

        def look(call: Call) -> dict[str, Any]:
            asked = read_json(request, _Asked)
            denials = self._receiver.decisions.recent(call.account_id, call.now)
            return _compared(asked, denials, call.account_id, _members(call, asked))

        return await self._receiver.receive(request, "CompareDecisions", ACTION, answer)


def _members(call: Call, asked: _Asked) -> frozenset[str]:
    """Return the unique ids of those who have the policy because they are in a group."""
    _, colon, name = asked.arn.partition(":group/")
    group = call.store.groups.find(call.account_id, name.rpartition("/")[2]) if colon else None
    if group is None:
        return frozenset()
    users = call.store.group_memberships.users_in(group.group_id, None, _MOST_MEMBERS)
    return frozenset(user.user_id for user in users)


def _compared(
    asked: _Asked, denials: list[tuple[str, Denial]], account_id: str, members: frozenset[str]
) -> dict[str, Any]:
    before = None if asked.before is None else _Draft(asked, asked.before, members)
    after = _Draft(asked, asked.after, members)
    looked = 0
    told: dict[tuple[str, ...], dict[str, Any]] = {}
    for decision_id, denial in denials:
        if looked >= _MOST_LOOKED_AT:
            break
        own = denial.account_id if asked.kind == "identity" else denial.request.resource_account
        if denial.policies is None or own != account_id:
            continue
        drafted = after.among(denial.policies, denial)
        if drafted is None:
            continue
        looked += 1
        known = denial.policies if before is None else before.among(denial.policies, denial)
        first, second = evaluate(denial.request, known or denial.policies), evaluate(denial.request, drafted)
        if first.outcome is second.outcome:
            continue
        # The same thing, asked again and again, is told once.
        key = (
            denial.caller_arn,
            denial.request.action,
            denial.request.resource,
            first.outcome,
            second.outcome,
        )
        if key in told:
            told[key]["times"] += 1
        elif len(told) < _MOST_TOLD:
            told[key] = _told(decision_id, denial, first, second)
    return {
        "looked": looked,
        "complete": looked < _MOST_LOOKED_AT and len(told) < _MOST_TOLD,
        "changed": [*told.values()],
    }


def _told(decision_id: str, denial: Denial, before: Decision, after: Decision) -> dict[str, Any]:
    """Return what may be read of one of them: as much as its own page tells."""
    return {
        "decisionId": decision_id,
        "at": denial.at.timestamp(),
        "caller": denial.caller_arn,
        "action": denial.request.action,
        "resource": denial.request.resource,
        "before": before.outcome.value,
        "after": after.outcome.value,
        "reason": after.reason,
        "times": 1,
    }


class _Draft:
    """
    One document, in the place of the policy that is to be saved.

    Raises:
        MalformedPolicyDocument: It is no policy of its kind.
    """

    def __init__(self, asked: _Asked, text: str, members: frozenset[str]) -> None:
        self._asked = asked
        self._members = members
        self._text = text
        self._known: dict[PolicyKind, Policy] = {}
        self._compiled(PolicyKind(asked.kind))

    def among(self, policies: PolicySet, denial: Denial) -> PolicySet | None:
        """Return *policies* with this document in its place; None when it has none among them."""
        if self._asked.kind == "trust":
            trust = policies.resource
            if trust is None or not self._is(trust) or trust.kind is not PolicyKind.TRUST:
                return None
            return replace(policies, resource=self._compiled(PolicyKind.TRUST))
        found = replace(
            policies,
            identity=tuple(map(self._put, policies.identity)),
            boundary=policies.boundary and self._put(policies.boundary),
            session=policies.session and tuple(map(self._put, policies.session)),
        )
        if found != policies:
            return found
        principal = denial.request.principal
        if self._asked.name is None or not principal.has_identity:
            return None
        # A new inline policy, of the caller or of a group.
        if principal.identity_arn == self._asked.arn or principal.unique_id in self._members:
            return replace(policies, identity=(*policies.identity, self._compiled(PolicyKind.IDENTITY)))
        return None

    def _put(self, policy: Policy) -> Policy:
        return self._compiled(policy.kind) if self._is(policy) else policy

    def _is(self, policy: Policy) -> bool:
        arn, name = self._asked.arn, self._asked.name
        # The directory calls an inline policy by its owner's ARN with the policy's name behind it.
        return policy.arn == arn if name is None else (policy.arn, policy.name) == (f"{arn}/{name}", name)

    def _compiled(self, kind: PolicyKind) -> Policy:
        if kind not in self._known:
            try:
                self._known[kind] = parse(self._text, kind, name=self._asked.name or "", arn=self._asked.arn)
            except PolicyError as error:
                raise MalformedPolicyDocument(error.message) from None
        return self._known[kind]
