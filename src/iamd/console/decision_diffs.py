"""
What a policy that is not saved yet would change: decisions of the record, taken again with the draft in place of the policy.

The engine decides, on the requests as they came and with the other policies as they were then.  A visitor learns of decisions
that `iamd explain` tells them of as well, and needs the same permission; the draft bears only on layers that are the
visitor's own account's.

Denials are recorded each by itself, and what was allowed once for all that is alike.  So of what was allowed not every context is
known; what cannot be told for that reason is counted.  So is what the other account of a decision does not tell.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from threading import BoundedSemaphore
from typing import Any, Final

from iamd.auth.allowance import Allowance
from iamd.auth.recorded import Recorded
from iamd.console.answers import json_answer
from iamd.console.bodies import read_json
from iamd.console.decisions import ACTION
from iamd.console.draft_policies import Draft, Saved
from iamd.errors import Throttling
from iamd.http import Request, Response
from iamd.operations.call import Call
from iamd.own_pages import OwnPages
from iamd.visits import Visit
from iampolicy import Context, Decision, Outcome, PolicySet, evaluate
from iampolicy import Request as Question

_MOST_LOOKED_AT: Final = 2_000
"""Denials, the newest first; each is decided about twice, in some ten microseconds."""
_MOST_RECORDS: Final = 5_000
"""Of what was allowed, likewise."""
_MOST_TOLD: Final = 100
"""Of each kind."""
_MOST_MEMBERS: Final = 10_000
_MOST_AT_ONCE: Final = 2
"""Whoever reads may not be kept waiting by those who compare."""

_ALLOW: Final = Outcome.ALLOW


class DecisionDiffs:
    """The page."""

    def __init__(self, receiver: OwnPages) -> None:
        self._receiver = receiver
        self._working = BoundedSemaphore(_MOST_AT_ONCE)

    async def compare(self, request: Request) -> Response:
        """
        Answer with the decisions of the last 24 hours that would be others.

        Raises:
            LimitExceeded: One of the documents is larger than any policy that can be saved.
            MalformedPolicyDocument: One of the documents is no policy of its kind.
            Throttling: Others compare.
        """

        async def answer(visit: Visit) -> Response:
            return json_answer(await visit.read(look))

        def look(call: Call) -> dict[str, Any]:
            asked = read_json(request, Saved)
            if not self._working.acquire(blocking=False):
                raise Throttling("Rate exceeded")
            try:
                return self._compared(call, asked)
            finally:
                self._working.release()

        return await self._receiver.receive(request, "CompareDecisions", ACTION, answer)

    def _compared(self, call: Call, asked: Saved) -> dict[str, Any]:
        members = _members(call, asked)
        before = None if asked.before is None else Draft(asked, asked.before, members)
        comparison = _Comparison(asked, call.account_id, before, Draft(asked, asked.after, members))
        log = self._receiver.decisions
        denied = comparison.of_denials(log.recent(call.account_id, call.now))
        allowances = log.allowances
        allowed = (
            None
            if allowances is None
            else comparison.of_allowances(allowances.recent(call.account_id, call.now))
            | {
                "since": _seconds(log.allowed_since(call.now)),
                "leftOut": allowances.left_out(call.now),
            }
        )
        return {
            "denied": denied | {"since": _seconds(log.since(call.now))},
            "allowed": allowed,
            "hidden": comparison.hidden,
            "changes": comparison.counted(),
            "changed": comparison.told(),
        }


def _seconds(at: datetime | None) -> float | None:
    return None if at is None else at.timestamp()


def _members(call: Call, asked: Saved) -> frozenset[str]:
    """Return the unique ids of those who have the policy because they are in a group."""
    _, colon, name = asked.arn.partition(":group/")
    group = call.store.groups.find(call.account_id, name.rpartition("/")[2]) if colon else None
    if group is None:
        return frozenset()
    users = call.store.group_memberships.users_in(group.group_id, None, _MOST_MEMBERS)
    return frozenset(user.user_id for user in users)


class _Comparison:
    """
    Decisions taken twice: as they stand, and with the draft.

    Attributes:
        hidden: How many were not, since the draft asks for what another account says of its own.
    """

    def __init__(self, asked: Saved, account_id: str, before: Draft | None, after: Draft) -> None:
        self._asked = asked
        self._account_id = account_id
        self._before = before
        self._after = after
        self._told: dict[tuple[str, str, str, Outcome, Outcome], dict[str, Any]] = {}
        """What is told, and what is only counted: as an empty one."""
        self.hidden = 0
        self._rows: Counter[str] = Counter()
        self._times: Counter[str] = Counter()

    def of_denials(self, denials: Iterable[tuple[str, Recorded]]) -> dict[str, Any]:
        """Take denials again; return how many, and whether that was all."""
        looked = 0
        for decision_id, denial in denials:
            sets = self._sets(denial)
            if sets is None:
                continue
            if looked >= _MOST_LOOKED_AT:
                return {"looked": looked, "complete": False}
            looked += 1
            first, second = evaluate(denial.request, sets[0]), evaluate(denial.request, sets[1])
            if first.outcome is not second.outcome:
                self._tell(decision_id, denial, first, second, 1)
        return {"looked": looked, "complete": True}

    def of_allowances(self, allowances: Iterable[Allowance]) -> dict[str, Any]:
        """
        Take again what was allowed; return how much, and whether that was all.

        Of what would not change in the contexts that are known, ``unsure`` is how many might in others.
        """
        looked = times = taken = unsure = 0
        for allowance in allowances:
            newest = allowance.records[-1]
            sets = self._sets(newest)
            if sets is None:
                continue
            taken += len(allowance.records)
            if taken > _MOST_RECORDS:
                return {"looked": looked, "times": times, "unsure": unsure, "complete": False}
            looked += 1
            times += allowance.times
            asks = _Asks()
            changed = 0
            for each in allowance.records:
                first, second = (
                    evaluate(each.request, sets[0]),
                    evaluate(asks.about(each.request), sets[1]),
                )
                if first.outcome is not second.outcome:
                    changed += 1
                    pair = first, second
            known = {"changed": changed, "known": len(allowance.records), "complete": allowance.complete}
            if changed:
                recorded = replace(newest, at=allowance.at)
                told = self._tell(allowance.decision_id, recorded, *pair, allowance.times)
                if told:
                    # Counted for as long as it is asked again, and that may be longer than a day.
                    told["first"] = min(told["first"], allowance.first.timestamp())
                if told and (asks.asked or changed < len(allowance.records)):
                    told["contexts"] = known
            elif asks.asked and not allowance.complete:
                unsure += 1
        return {"looked": looked, "times": times, "unsure": unsure, "complete": True}

    def counted(self) -> dict[str, dict[str, int]]:
        """Return how many would change in which way: different ones, and all."""
        return {kind: {"different": self._rows[kind], "times": self._times[kind]} for kind in self._rows}

    def told(self) -> list[dict[str, Any]]:
        """Return what would change: what would be denied first, and the newest first."""
        told = filter(None, self._told.values())
        return sorted(told, key=lambda each: (each["before"] != _ALLOW, -each["at"]))

    def _sets(self, recorded: Recorded) -> tuple[PolicySet, PolicySet] | None:
        """Return the policies as they stand and with the draft; None where it has nothing to do with them."""
        request, policies = recorded.request, recorded.policies
        own = recorded.account_id if self._asked.kind == "identity" else request.resource_account
        if policies is None or own != self._account_id:
            return None
        drafted = self._after.among(policies, request.principal)
        if drafted is None:
            return None
        # With one draft after the other, whoever writes them would find out what the other account does not tell.
        hidden = recorded.hidden_from(self._account_id)
        if any(draft.asks_for(hidden, request.action) for draft in (self._before, self._after) if draft):
            self.hidden += 1
            return None
        known = policies if self._before is None else self._before.among(policies, request.principal)
        return known or policies, drafted

    def _tell(
        self, decision_id: str, recorded: Recorded, before: Decision, after: Decision, times: int
    ) -> dict[str, Any]:
        """Tell of one of them as much as its own page does; the same thing, asked again and again, once."""
        kind = _kind(before.outcome, after.outcome)
        self._times[kind] += times
        request = recorded.request
        key = (recorded.caller_arn, request.action, request.resource, before.outcome, after.outcome)
        known = self._told.get(key)
        if known is not None:
            if known:
                known["times"] += times
                known["first"] = min(known["first"], recorded.at.timestamp())
            return known
        self._rows[kind] += 1
        told = self._told[key] = {}
        if self._rows[kind] > _MOST_TOLD:
            return told
        told |= {
            "decisionId": decision_id,
            "first": recorded.at.timestamp(),
            "at": recorded.at.timestamp(),
            "caller": recorded.caller_arn,
            "action": request.action,
            "resource": request.resource,
            "before": before.outcome.value,
            "after": after.outcome.value,
            "reason": after.reason,
            "times": times,
            "contexts": None,
        }
        return told


def _kind(before: Outcome, after: Outcome) -> str:
    if after is _ALLOW:
        return "allowed"
    return "denied" if before is _ALLOW else "deniedOtherwise"


class _Asks:
    """
    Finds out whether the engine asks for the context of a request.

    Attributes:
        asked: Whether it has.
    """

    def __init__(self) -> None:
        self.asked = False

    def about(self, question: Question) -> Question:
        """Return *question* so that it tells when somebody looks at its context."""

        def tell() -> dict[str, str | tuple[str, ...]]:
            self.asked = True
            return dict(question.context)

        return replace(question, context=Context.later(tell))
