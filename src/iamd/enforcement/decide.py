"""
``POST /_iamd/authz/decide``: may this principal do that, and why?

For services that know who asks them and want the decision alone.  Signed as every request to IAM is.  What holds here:

* A decision tells of the permissions of others.  Whoever asks needs ``iam:SimulatePrincipalPolicy`` on each principal
  that they ask about, in their own account.
* The same engine, snapshots and chronicle of denials as for requests, and from memory.
* What the server itself knows of a principal nobody else can tell it.  What only the request knows (its address, its
  time of authentication, the tags of a resource of somebody else's) has to be told.
* The policies of a session are not known here: a role's session is decided about as the role, and whoever must hold a
  session to its own policies has its requests verified (`iamd.enforcement.requests`).
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from iamd.auth.authorize import Guard
from iamd.auth.caller import Caller, long_term_caller
from iamd.auth.context import Circumstances
from iamd.auth.denial import DECISION_ID_HEADER, Denials
from iamd.auth.target import ContextValue, Target
from iamd.auth.verdict import Verdict
from iamd.directory.directory import View
from iamd.directory.load import Compiler
from iamd.directory.snapshots import PrincipalSnapshot
from iamd.domain.arns import Arn, iam_arn
from iamd.enforcement.buckets import kept
from iamd.errors import InvalidInput, NoSuchEntity
from iamd.http import Request, Response
from iamd.operations.call import Call
from iamd.own_pages import OwnPages
from iampolicy import Principal, PrincipalKind
from iampolicy.text import ascii_lower

PATH: Final = b"/_iamd/authz/decide"
ACTION: Final = "iam:SimulatePrincipalPolicy"
"""AWS: the action of the API that tells what a principal may do; asked on the principal."""

_PAGE: Final = "Decide"
_MOST: Final = 100
_PASSING: Final = "iam:passrole"
_OWN_SERVICES: Final = frozenset({"iam", "sts", "organizations"})
_KNOWN: Final = frozenset(
    {
        "aws:currenttime",
        "aws:epochtime",
        "aws:resourceaccount",
        "aws:resourceorgid",
        "aws:resourceorgpaths",
        "aws:userid",
        "aws:username",
        "aws:viaawsservice",
    }
)
"""What the server fills in, or leaves out; so are all keys that begin as `_KNOWN_PREFIXES` do."""
_KNOWN_PREFIXES: Final = ("aws:principal",)
_OF_ROLES: Final = ("aws:resourcetag/", "iam:resourcetag/")

_is_key = re.compile(r"[!-~]{1,256}(?: [!-~]{1,256})*", re.ASCII).fullmatch
_Text = Annotated[str, Meta(min_length=1, max_length=2048)]


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    May *principal* do *action* on *resource*?

    Attributes:
        principal: The ARN of a user, a role, a session of a role, or the root user.
        action: ``s3:GetObject``; no wildcards.
        resource: An ARN; ``*`` where the action has no resource.
        context: What the request says to conditions; a text, or a list of them for keys with several values.
    """

    principal: _Text
    action: Annotated[str, Meta(pattern=r"\A[A-Za-z0-9-]{1,64}:[A-Za-z0-9]{1,128}\Z")]
    resource: _Text
    context: Annotated[dict[str, str | list[str]], Meta(max_length=256)] = {}


class Batch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Several questions, answered in their order."""

    requests: Annotated[list[Question], Meta(min_length=1, max_length=_MOST)]


class Decider:
    """Decides about principals that have not signed anything here; built once by `assemble`."""

    def __init__(self, compile_policy: Compiler, denials: Denials) -> None:
        self._compile = compile_policy
        self._denials = denials

    def decide(self, question: Question, snapshot: PrincipalSnapshot, asked: "Asking") -> Verdict:
        """
        Decide; *snapshot* is that of the principal, and *asked* where and when.

        Raises:
            InvalidInput: A context key is the server's own, or the question is for an operation of its own.
        """
        guard = Guard(
            caller=_subject(question.principal, snapshot),
            # What is asked about has come to somebody else, by a way that only its context tells.
            circumstances=Circumstances(asked.request, "", asked.now, None),
            view=asked.view,
            compile_policy=self._compile,
            denials=self._denials,
            operation=asked.operation,
            told=told_context(question.context),
        )
        return guard.decide(question.action, _target(question, snapshot, asked.view), {})


class Asking(msgspec.Struct, frozen=True):
    """
    Where and when a question is asked.

    Attributes:
        request: The one that asks.
        operation: What the record of a denial calls it.
    """

    view: View
    now: datetime
    request: Request
    operation: str = _PAGE


def decide_route(pipeline: OwnPages, decider: Decider) -> Mapping[tuple[str, bytes], Any]:
    """Return the route of this page."""

    async def route(request: Request) -> Response:
        def on(call: Call) -> tuple[Target, ...]:
            return tuple(_asked_on(each, call) for each in _read(request.body)[0])

        def look(call: Call) -> bytes:
            questions, one = _read(request.body)
            asked = Asking(call.view, call.now, request)
            subjects = [find_principal(each, call.view, call.account_id) for each in questions]
            for each, subject in zip(questions, subjects, strict=True):
                # All of it before anything is decided: what is asked anew, since something was not in memory, is noted anew.
                call.view.account(_target(each, subject, call.view).account_id)
            told = [
                decision_of(decider.decide(each, subject, asked))
                for each, subject in zip(questions, subjects, strict=True)
            ]
            for decision in told:
                decision["epoch"] = call.view.epoch
            return msgspec.json.encode(told[0] if one else {"decisions": told}) + b"\n"

        return await pipeline.inquire(request, _PAGE, ACTION, look, on)

    return {("POST", PATH): route}


def decision_of(verdict: Verdict) -> dict[str, Any]:
    """Return *verdict* as JSON; ``docs/howto/protect-an-http-api.md`` says what each member means."""
    decision, refusal = verdict.decision, verdict.refusal
    headers = dict(refusal.headers) if refusal is not None else {}
    return {
        "allowed": refusal is None,
        "outcome": "ImplicitDeny" if decision is None else decision.outcome.value,
        "layer": None if decision is None else decision.layer.value,
        "message": None if refusal is None else refusal.message,
        "decision_id": headers[DECISION_ID_HEADER].decode() if DECISION_ID_HEADER in headers else None,
        "statements": []
        if decision is None
        else [
            {
                "layer": hit.layer.value,
                "effect": hit.effect.value,
                "policy": hit.policy,
                "arn": hit.arn,
                "index": hit.index,
                "sid": hit.sid,
            }
            for hit in decision.matched
        ],
    }


def _read(body: bytes) -> tuple[list[Question], bool]:
    """
    Return what is asked, and whether it is one question and no batch.

    Raises:
        InvalidInput: It cannot be read.
    """
    try:
        # A name given twice would have two readings; the decoder below takes the last.
        whole = json_object(body)
        if "requests" in whole:
            return msgspec.convert(whole, Batch).requests, False
        return [msgspec.convert(whole, Question)], True
    except (msgspec.ValidationError, ValueError) as error:
        raise InvalidInput(f"the body of the request: {error}") from error


def json_object(body: bytes) -> dict[str, Any]:
    """
    Read an object of JSON in which no name is given twice.

    Raises:
        ValueError: It is none.
    """

    def pairs(given: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(given)
        if len(made) != len(given):
            raise ValueError("a name is given twice in an object")
        return made

    def refused(word: str) -> Any:
        raise ValueError(f"{word} is no JSON")

    try:
        whole = json.loads(body, object_pairs_hook=pairs, parse_constant=refused)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(whole, dict):
        raise ValueError("expected an object")  # noqa: TRY004  of what somebody has sent, not of a program
    return whole


def _asked_on(question: Question, call: Call) -> Target:
    """
    Return the principal as what `ACTION` is asked on: one that is not there under the ARN that it would have (R-28).

    Raises:
        InvalidInput: It is not the ARN of a principal.
    """
    arn = _entity_arn(question.principal)
    snapshot = _own(question.principal, call.view, call.account_id)
    if snapshot is None:
        account = Arn.parse(question.principal)
        return Target(arn=arn, account_id=account.account if account and account.account else call.account_id)
    return Target(arn=snapshot.arn, account_id=snapshot.account_id, tags=snapshot.tags)


def _entity_arn(principal: str) -> str:
    parsed = Arn.parse(principal)
    if parsed is None or not parsed.account:
        raise InvalidInput(
            f"`principal` is not the ARN of a user, a role or a session of a role: {principal}"
        )
    kind, _, rest = parsed.resource.partition("/")
    if parsed.service == "sts" and kind == "assumed-role":
        return iam_arn(parsed.account, "role", "/", rest.partition("/")[0])
    return principal


def _own(principal: str, view: View, account_id: str) -> PrincipalSnapshot | None:
    parsed = Arn.parse(principal)
    return view.principal_of(principal) if parsed is not None and parsed.account == account_id else None


def find_principal(question: Question, view: View, account_id: str) -> PrincipalSnapshot:
    """
    Return whom *question* is about, who must be of the account.

    Raises:
        NoSuchEntity: There is nobody of that name.
    """
    found = _own(question.principal, view, account_id)
    if found is None:
        raise NoSuchEntity(f"The principal {question.principal} cannot be found.")
    return found


def _subject(arn: str, snapshot: PrincipalSnapshot) -> Caller:
    """Return the principal as a caller, with the ARN that it was asked about."""
    if not snapshot.arn.partition(":role/")[1]:
        return long_term_caller(snapshot, "", "")
    session = arn.rpartition("/")[2] if ":assumed-role/" in arn else ""
    return Caller(
        principal=Principal(
            kind=PrincipalKind.ASSUMED_ROLE,
            account=snapshot.account_id,
            arn=arn,
            identity_arn=snapshot.arn,
            unique_id=snapshot.unique_id,
        ),
        snapshot=snapshot,
        access_key_id="",
        user_id=f"{snapshot.unique_id}:{session}" if session else snapshot.unique_id,
        session=None,
        region="",
        tags=snapshot.tags,
    )


def told_context(
    context: Mapping[str, str | list[str]], known: frozenset[str] = frozenset()
) -> dict[str, ContextValue]:
    """
    Return context keys as somebody else tells them; *known* are more that the server fills in, in lower case.

    Raises:
        InvalidInput: One of them is the server's own, or none.
    """
    told: dict[str, ContextValue] = {}
    for key, value in context.items():
        lowered = ascii_lower(key)
        if not _is_key(key) or ":" not in key:
            raise InvalidInput(f"`context`: {key[:256]!r} is not the name of a context key")
        if lowered in _KNOWN or lowered in known or lowered.startswith(_KNOWN_PREFIXES):
            raise InvalidInput(f"`context`: {key} is filled in by the server")
        told[key] = value if isinstance(value, str) else tuple(value)
    return told


def _target(question: Question, snapshot: PrincipalSnapshot, view: View) -> Target:
    """
    Return what is asked about.

    Raises:
        InvalidInput: It is for an operation that this server answers itself, and knows more about.
    """
    service = ascii_lower(question.action.partition(":")[0])
    parsed = Arn.parse(question.resource)
    if parsed is None and question.resource != "*":
        raise InvalidInput(f"`resource` is neither an ARN nor `*`: {question.resource}")
    account_id = parsed.account if parsed is not None and parsed.account else snapshot.account_id
    if ascii_lower(question.action) == _PASSING:
        if any(ascii_lower(key).startswith(_OF_ROLES) for key in question.context):
            raise InvalidInput("`context`: the tags of a role are filled in by the server")
        role = view.role(question.resource) if account_id == snapshot.account_id else None
        return Target(
            arn=question.resource, account_id=account_id, tags=() if role is None else role.role.tags
        )
    if service in _OWN_SERVICES:
        raise InvalidInput(
            f"{question.action} is decided where it is called; ask SimulatePrincipalPolicy about it beforehand"
        )
    return kept(Target(arn=question.resource, account_id=account_id), view)
