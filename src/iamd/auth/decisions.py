"""
The last denials, so that somebody who may can ask why.

A record keeps what the decision was made of: the request as the policy engine saw it, the policies by reference, and the
decision.  It holds nothing that authenticates anybody: the engine is never given signatures, codes or keys.

Records are in memory only.  They are forgotten after a day, and sooner when there are many.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from iampolicy import Decision, Layer, Policy, PolicySet, Request

KEPT: Final = timedelta(hours=24)
MOST_RECORDS: Final = 10_000
MOST_BYTES: Final = 64 * 1024 * 1024

_OF_A_RECORD: Final = 2_048
"""Bytes of a record beside its texts."""
_OF_A_CHARACTER: Final = 2
_COMPILED: Final = 16
"""How much larger a compiled policy is than its text, about."""

_OF_THE_RESOURCE: Final = ("aws:resourcetag/", "iam:resourcetag/", "aws:resourceorg")
_OF_THE_CALLER: Final = (
    "aws:principaltag/",
    "aws:principalorgpaths",
    "aws:sourceip",
    "aws:sourcevp",
    "aws:vpc",
    "aws:useragent",
    "aws:referer",
)
"""How the context keys begin that one account does not tell another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """
    One decision that was not Allow.

    Attributes:
        at: When, by the clock that sessions live by.
        account_id: Of the caller.
        caller_arn: Whom the denial names.
        caller_id: The unique id, with the session's name if there is a session.
        operation: What was called; the action asked about may be another.
        request: As the policy engine saw it.
        policies: What bore on it; None when *textless* kept the engine from being asked.
        decision: Likewise.
        textless: The ARN of a policy that bears on the decision and whose text cannot be had.
        endpoint_account_id: Whose the VPC endpoint is that the request came through.
        epoch: That what was decided by is at least of.
    """

    at: datetime
    account_id: str
    caller_arn: str
    caller_id: str
    operation: str
    request: Request
    policies: PolicySet | None = None
    decision: Decision | None = None
    textless: str | None = None
    endpoint_account_id: str | None = None
    epoch: int = 0

    def request_for(self, account_id: str) -> Request:
        """Return the request as *account_id* may see it: without what the other account says of its own."""
        hidden: tuple[str, ...] = ()
        if account_id != self.request.resource_account:
            hidden += _OF_THE_RESOURCE
        if account_id != self.account_id:
            hidden += _OF_THE_CALLER
        kept = {
            key: value for key, value in self.request.context.items() if not key.lower().startswith(hidden)
        }
        return replace(self.request, context=kept) if hidden else self.request

    @property
    def accounts(self) -> frozenset[str]:
        """Those who may ask why: the caller's account, and the one whose resource it was."""
        return frozenset({self.account_id, self.request.resource_account})

    def closed_to(self, account_id: str) -> frozenset[Layer]:
        """Return the layers whose policies are another account's, and none of the business of *account_id*."""
        closed: set[Layer] = set()
        if account_id != self.account_id:
            closed |= {Layer.SCP, Layer.IDENTITY, Layer.BOUNDARY, Layer.SESSION}
        if self.endpoint_account_id not in {None, account_id}:
            closed.add(Layer.ENDPOINT)
        if account_id != self.request.resource_account:
            closed |= {Layer.RCP, Layer.RESOURCE, Layer.TRUST}
        return frozenset(closed)


class DecisionLog:
    """
    Denials by their ids; may be used from several threads.

    What it keeps alive is bounded: records by number, texts and compiled policies by bytes, each policy counted once
    however many records have it.
    """

    def __init__(self, *, most_records: int = MOST_RECORDS, most_bytes: int = MOST_BYTES) -> None:
        self._most_records = most_records
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._denials: OrderedDict[str, Denial] = OrderedDict()
        self._held: dict[int, int] = {}
        self._bytes = 0

    def add(self, decision_id: str, denial: Denial) -> None:
        with self._lock:
            self._denials[decision_id] = denial
            self._count(denial, 1)
            while self._denials and (
                len(self._denials) > self._most_records
                or self._bytes > self._most_bytes
                or next(iter(self._denials.values())).at + KEPT <= denial.at
            ):
                _, oldest = self._denials.popitem(last=False)
                self._count(oldest, -1)

    def find(self, decision_id: str, account_id: str, now: datetime) -> Denial | None:
        """Return the denial, if it is not too old and *account_id* was concerned."""
        with self._lock:
            denial = self._denials.get(decision_id)
        if denial is None or account_id not in denial.accounts or denial.at + KEPT <= now:
            return None
        return denial

    def newest(self, account_id: str, now: datetime) -> list[tuple[str, Denial]]:
        """Return the records that *account_id* was concerned by with their ids, the newest first."""
        with self._lock:
            denials = list(self._denials.items())
        return [
            (decision_id, denial)
            for decision_id, denial in reversed(denials)
            if account_id in denial.accounts and denial.at + KEPT > now
        ]

    def all(self) -> list[Denial]:
        """Return every record, the oldest first."""
        with self._lock:
            return list(self._denials.values())

    def recent(self, account_id: str, now: datetime) -> list[tuple[str, Denial]]:
        """Return the denials, with their ids, that are not too old and that *account_id* was concerned by; the newest first."""
        with self._lock:
            known = list(self._denials.items())
        return [
            (decision_id, denial)
            for decision_id, denial in reversed(known)
            if account_id in denial.accounts and denial.at + KEPT > now
        ]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._denials.clear()
            self._held.clear()
            self._bytes = 0

    def __len__(self) -> int:
        return len(self._denials)

    @property
    def bytes(self) -> int:
        """About how much the records keep in memory."""
        return self._bytes

    def _count(self, denial: Denial, by: int) -> None:
        self._bytes += by * _size(denial)
        for policy in policies_in(denial.policies):
            held = self._held.get(id(policy), 0)
            # Held by the first record that has it until the last one goes.
            if (held, by) in {(0, 1), (1, -1)}:
                self._bytes += by * _COMPILED * len(policy.text)
            if held + by:
                self._held[id(policy)] = held + by
            else:
                del self._held[id(policy)]


def _size(denial: Denial) -> int:
    request = denial.request
    texts = [denial.caller_arn, request.action, request.resource]
    for key, value in request.context.items():
        texts += [key, *([value] if isinstance(value, str) else value)]
    return _OF_A_RECORD + _OF_A_CHARACTER * sum(map(len, texts))


def policies_in(policies: PolicySet | None) -> Iterator[Policy]:
    """Yield all of them, whatever they are attached to."""
    if policies is None:
        return
    yield from policies.identity
    yield from policies.session or ()
    for level in (*policies.scps, *policies.rcps):
        yield from level
    for policy in (policies.boundary, policies.resource, policies.endpoint):
        if policy is not None:
            yield policy
