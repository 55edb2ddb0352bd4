"""
What is kept of a decision, so that somebody who may can ask about it: the request as the policy engine saw it, the policies by
reference, and what was decided.

It holds nothing that authenticates anybody: the engine is never given signatures, codes or keys.  Records are in memory only,
and are forgotten after a day.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from iampolicy import Decision, Layer, Policy, PolicySet, Request
from iampolicy.references import statement_keys
from iampolicy.text import ascii_lower

KEPT: Final = timedelta(hours=24)

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
class Recorded:
    """
    One decision, and what it was made of.

    Attributes:
        at: When, by the clock that sessions live by.
        account_id: Of the caller.
        caller_arn: Who has asked, as a denial names them.
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

    def hidden_from(self, account_id: str) -> tuple[str, ...]:
        """Return how the context keys begin, in lower case, in which the other account says of its own."""
        hidden: tuple[str, ...] = ()
        if account_id != self.request.resource_account:
            hidden += _OF_THE_RESOURCE
        if account_id != self.account_id:
            hidden += _OF_THE_CALLER
        return hidden

    def request_for(self, account_id: str) -> Request:
        """Return the request as *account_id* may see it: without what the other account says of its own."""
        hidden = self.hidden_from(account_id)
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


class Weight:
    """About how many bytes records keep in memory: their texts, and each policy once however many records have it."""

    def __init__(self) -> None:
        self.bytes = 0
        self._held: dict[int, int] = {}

    def add(self, recorded: Recorded) -> None:
        self._count(recorded, 1)

    def remove(self, recorded: Recorded) -> None:
        self._count(recorded, -1)

    def clear(self) -> None:
        self.bytes = 0
        self._held.clear()

    def _count(self, recorded: Recorded, by: int) -> None:
        self.bytes += by * _size(recorded)
        for policy in policies_in(recorded.policies):
            held = self._held.get(id(policy), 0)
            # Held by the first record that has it until the last one goes.
            if (held, by) in {(0, 1), (1, -1)}:
                self.bytes += by * _COMPILED * len(policy.text)
            if held + by:
                self._held[id(policy)] = held + by
            else:
                del self._held[id(policy)]


def _size(recorded: Recorded) -> int:
    request = recorded.request
    texts = [recorded.caller_arn, request.action, request.resource]
    for key, value in request.context.items():
        texts += [key, *([value] if isinstance(value, str) else value)]
    return _OF_A_RECORD + _OF_A_CHARACTER * sum(map(len, texts))


def keys_asked(policy: Policy, action: str) -> Iterator[str]:
    """Yield the context keys that *policy* asks for about *action*, in lower case."""
    for statement in policy.about(action):
        yield from map(ascii_lower, statement_keys(statement.text, variables=policy.variables))


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
