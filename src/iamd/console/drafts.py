"""
What somebody is told while they write a policy: findings in the draft, what it grants, names that begin with what they type.

Whoever is signed in may ask.  Nothing that is told here is about an account: it is AWS's documentation, and what
`iamd lint` says of a text that the visitor has brought along.
"""

from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from iamd.catalogue.completions import Wanted, completions
from iamd.catalogue.services import aws_services
from iamd.console.answers import json_answer
from iamd.console.bodies import read_json
from iamd.console.sessions import Sessions
from iamd.console.summaries import summarize
from iamd.directory.directory import FreshView
from iamd.errors import Throttling
from iamd.http import Request, Response
from iamd.store.interface import Transaction
from iamd.visits import Guest
from iampolicy import PolicyKind
from iampolicy.lint import Finding, guess_kind, lint

_MOST_FINDINGS: Final = 200
"""Of one answer; how many there are is told all the same."""
_MOST_NAMES: Final = 50
_MOST_AT_ONCE: Final = 4
"""Drafts that are checked, of all visitors: a document that is made to take long takes a second."""


class _Draft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """*findings*: whether they are wanted, and not only what the policy grants."""

    document: str
    kind: PolicyKind | None = None
    findings: bool = True


class _Typed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    wanted: Wanted
    typed: Annotated[str, Meta(max_length=256)]


class Drafts:
    """The pages."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._checked: set[str] = set()

    async def check(self, guest: Guest, request: Request) -> Response:
        """
        Answer with the findings in a draft, in the order of the text, and with what it grants.

        Raises:
            Throttling: The same browser, or several others, wait for another draft.
        """
        session_id = await self._visitor(guest, request)
        draft = read_json(request, _Draft)
        if session_id in self._checked or len(self._checked) >= _MOST_AT_ONCE:
            raise Throttling("Rate exceeded")
        self._checked.add(session_id)
        try:
            return json_answer(await guest.slowly(lambda: _checked(draft)))
        finally:
            self._checked.discard(session_id)

    async def complete(self, guest: Guest, request: Request) -> Response:
        """Answer with names that begin with what is typed."""
        await self._visitor(guest, request)
        asked = read_json(request, _Typed)
        found, more = await guest.slowly(lambda: completions(asked.wanted, asked.typed, _MOST_NAMES))
        names = [{"name": each.name, "about": each.about, "description": each.description} for each in found]
        return json_answer({"names": names, "more": more})

    async def _visitor(self, guest: Guest, request: Request) -> str:
        """Return the id of the session that asks."""

        def look(_: Transaction, view: FreshView) -> str:
            session, guest.caller, _cookie = self._sessions.visitor(request, view)
            return session.session_id

        return await guest.read(look)


def _checked(draft: _Draft) -> dict[str, Any]:
    kind = guess_kind(draft.document) if draft.kind is None else draft.kind
    findings = lint(draft.document, kind, aws_services()) if draft.findings else ()
    return {
        "kind": kind.value,
        "found": len(findings),
        "findings": list(map(_finding, findings[:_MOST_FINDINGS])),
        "summary": summarize(draft.document, kind),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "message": finding.message,
        "line": finding.line,
        "column": finding.column,
        "link": finding.link,
    }
