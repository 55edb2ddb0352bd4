"""
Pages of the console that tell of what has happened: events of the audit trail, and decisions.

Both are authorized as AWS's own are: events by ``cloudtrail:LookupEvents``, and decisions by what explains them.  Each page is
told by the server, the newest first, with what the next one is asked for by.

Where records are kept in the database or a file, decisions are theirs: of all nodes, each by itself.  Otherwise there are those
of the last day that this process remembers: each denial, and what was allowed once for all that is alike.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from heapq import nlargest
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from iamd.audit.reading import Record, Wanted, fits, service_of
from iamd.auth.allowance import Allowance
from iamd.auth.recorded import Recorded
from iamd.console.answers import json_answer
from iamd.console.bodies import read_json
from iamd.console.decisions import ACTION as EXPLAIN
from iamd.console.records import Source, Span, decisions_of, find_records
from iamd.errors import InvalidInput
from iamd.http import Request, Response
from iamd.operations.call import Call
from iamd.own_pages import OwnPages
from iamd.visits import Visit
from iampolicy import Outcome

LOOK_UP: Final = "cloudtrail:LookupEvents"
"""AWS: what tells of the events of one's own account."""

_MOST: Final = 100
_ALLOW: Final = Outcome.ALLOW.value

Text = Annotated[str, Meta(min_length=1, max_length=2048)]
Time = Annotated[datetime, Meta(tz=True)]


class _Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    since: Time | None = None
    until: Time | None = None
    after: Annotated[str, Meta(max_length=200)] | None = None
    limit: Annotated[int, Meta(ge=1, le=_MOST)] = 50

    @property
    def span(self) -> Span:
        return Span(since=self.since, until=self.until, after=self.after, limit=self.limit)


class _Events(_Page, frozen=True, kw_only=True):
    """Which events are asked for; see `Wanted`."""

    user: Text | None = None
    action: Text | None = None
    error: Text | None = None
    resource: Text | None = None


class _Decisions(_Page, frozen=True, kw_only=True):
    """
    Which decisions are asked for.

    Attributes:
        principal: A part of who asked, without regard to case.
        action: ``iam:CreateUser``; its first ``*`` stands for anything.
        resource: A part of what it was asked on.
        outcome: As of the engine, or ``Deny`` for both kinds.
    """

    principal: Text | None = None
    action: Text | None = None
    resource: Text | None = None
    outcome: Literal["Allow", "Deny", "ImplicitDeny", "ExplicitDeny"] | None = None

    def fit(self, shown: dict[str, Any]) -> bool:
        """Say whether a decision is one of them."""
        outcome = shown["outcome"]
        return (
            (self.principal is None or self.principal.lower() in shown["principal"].lower())
            and (self.action is None or fits(shown["action"], self.action))
            and (self.resource is None or self.resource.lower() in shown["resource"].lower())
            and (self.outcome in {None, outcome} or (self.outcome == "Deny" and outcome != _ALLOW))
        )


class Chronicle:
    """
    The pages.

    Args:
        pipeline: Lets in who may.
        source: Where records can be read again; None where they cannot.
        own_account_id: The server's.
    """

    def __init__(self, pipeline: OwnPages, source: Source | None, own_account_id: str) -> None:
        self._pipeline = pipeline
        self._source = source
        self._own_account_id = own_account_id

    async def list_events(self, request: Request) -> Response:
        """Answer with events of the caller's account."""
        source = self._source

        async def answer(visit: Visit) -> Response:
            asked = read_json(request, _Events)
            wanted = Wanted(user=asked.user, action=asked.action, error=asked.error, resource=asked.resource)

            def work(call: Call) -> dict[str, Any]:
                if source is None:
                    return {"events": [], "next": None, "source": None}

                def pick(record: Record) -> Iterator[Record]:
                    if wanted.matches(record):
                        yield record

                found = find_records(call, source, asked.span, pick, self._own_account_id)
                return {"events": found.items, "next": found.next, "source": source.kind}

            return json_answer(await visit.read(work))

        return await self._pipeline.receive(request, "ListAuditEvents", LOOK_UP, answer)

    async def list_decisions(self, request: Request) -> Response:
        """Answer with decisions on requests of the caller's account, or on what is in it."""

        async def answer(visit: Visit) -> Response:
            asked = read_json(request, _Decisions)
            return json_answer(await visit.read(lambda call: self._decisions(call, asked)))

        return await self._pipeline.receive(request, "ListDecisions", EXPLAIN, answer)

    def _decisions(self, call: Call, asked: _Decisions) -> dict[str, Any]:
        log, source = self._pipeline.decisions, self._source
        allowances = log.allowances.recent(call.account_id, call.now) if log.allowances is not None else []
        if source is None:
            shown = [
                _denied(decision_id, each) for decision_id, each in log.recent(call.account_id, call.now)
            ]
            shown += map(_allowed, allowances)
            found, following = _page(shown, asked)
            since = {"denied": log.since(call.now), "allowed": log.allowed_since(call.now)}
            return {
                "decisions": found,
                "next": following,
                "source": "memory",
                "since": {outcome: at and at.timestamp() for outcome, at in since.items()},
            }

        def pick(record: Record) -> Iterable[dict[str, Any]]:
            return [each for each in _recorded(record) if asked.fit(each)]

        page = find_records(call, source, asked.span, pick, self._own_account_id)
        alike = {_question(each.records[-1]): each.decision_id for each in reversed(allowances)}
        for each in page.items:
            if each["outcome"] == _ALLOW:
                each["decisionId"] = alike.get((each["principal"], each["action"], each["resource"]))
            decision_id = each["decisionId"]
            each["explained"] = (
                decision_id is not None and log.find(decision_id, call.account_id, call.now) is not None
            )
        return {"decisions": page.items, "next": page.next, "source": source.kind, "since": None}


def _question(recorded: Recorded) -> tuple[str, str, str]:
    return recorded.caller_arn, recorded.request.action, recorded.request.resource


def _recorded(record: Record) -> Iterator[dict[str, Any]]:
    identity = record.get("userIdentity") or {}
    principal = identity.get("arn") or identity.get("principalId") or identity.get("type") or "Unknown"
    more = record.get("additionalEventData") or {}
    for each in decisions_of(record):
        outcome = str(each.get("outcome", ""))
        yield {
            "at": record.get("eventTime"),
            "principal": str(principal),
            "action": str(each.get("action", "")),
            "resource": str(each.get("resource", "")),
            "outcome": outcome,
            "reason": each.get("reason") or None,
            "operation": f"{service_of(record)}:{record.get('eventName')}",
            "sourceIp": record.get("sourceIPAddress"),
            "times": 1,
            "decisionId": more.get("decisionId") if outcome != _ALLOW else None,
        }


def _page(shown: list[dict[str, Any]], asked: _Decisions) -> tuple[list[dict[str, Any]], str | None]:
    """Return a page of what this process remembers, and behind what the next one begins."""
    after = None if asked.after is None else _place(asked.after)
    # To the moment, since requests come close together; the id is for those that come at one.
    fit = [
        each
        for each in shown
        if asked.span.holds_at(each["moment"])
        and asked.fit(each)
        and (after is None or (each["moment"], each["decisionId"]) < after)
    ]
    found = nlargest(asked.limit + 1, fit, key=lambda each: (each["moment"], each["decisionId"]))
    told, more = found[: asked.limit], len(found) > asked.limit
    following = f"{told[-1]['moment'].isoformat()}~{told[-1]['decisionId']}" if more else None
    for each in told:
        del each["moment"]
    return told, following


def _place(text: str) -> tuple[datetime, str]:
    at, between, decision_id = text.partition("~")
    try:
        found = datetime.fromisoformat(at)
    except ValueError:
        found = datetime.min  # noqa: DTZ901  told apart by having no time zone
    if not between or found.tzinfo is None:
        raise InvalidInput("`after` is not what an answer has told as `next`")
    return found, decision_id


def _denied(decision_id: str, denial: Recorded) -> dict[str, Any]:
    decision = denial.decision
    return _shown(decision_id, denial, denial.at) | {
        "outcome": Outcome.IMPLICIT_DENY.value if decision is None else decision.outcome.value,
        "reason": None if decision is None else decision.reason or None,
    }


def _allowed(allowance: Allowance) -> dict[str, Any]:
    return _shown(allowance.decision_id, allowance.records[-1], allowance.at) | {
        "times": allowance.times,
        "first": f"{allowance.first:%Y-%m-%dT%H:%M:%SZ}",
    }


def _shown(decision_id: str, recorded: Recorded, at: datetime) -> dict[str, Any]:
    return {
        "moment": at,
        "at": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "principal": recorded.caller_arn,
        "action": recorded.request.action,
        "resource": recorded.request.resource,
        "outcome": _ALLOW,
        "reason": None,
        "operation": recorded.operation,
        "sourceIp": None,
        "times": 1,
        "decisionId": decision_id,
        "explained": True,
    }
