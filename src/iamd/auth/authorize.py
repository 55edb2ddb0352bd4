"""
The guard's second question: may they?

`Guard` belongs to one request: it knows the caller, the request's own context keys, and where to look.  A check returns
nothing or raises AccessDenied; there is no answer that a handler could forget to look at.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from iamd.auth.caller import Caller
from iamd.auth.context import (
    Context,
    caller_context,
    organization_context,
    request_context,
    target_context,
)
from iamd.auth.decisions import Denial
from iamd.auth.denial import Denials, denied
from iamd.auth.policies_for import TextlessPolicyError, policy_sets_for
from iamd.auth.target import ContextValue, Target
from iamd.directory.directory import View
from iamd.directory.load import Compiler
from iamd.domain.arns import EVERYBODYS
from iamd.errors import AccessDenied
from iamd.http import Request as HttpRequest
from iampolicy import Context as FoldedContext
from iampolicy import Coverage, Decision, Policy, PolicySet, Request, coverage, evaluate

ALWAYS_ALLOWED = frozenset({"sts:GetCallerIdentity", "sts:GetSessionToken"})
"""AWS: these two need no permission, and an explicit Deny does not stop them (semantics 63)."""


class Verdict(msgspec.Struct, frozen=True):
    """
    What was decided about one action on one resource.

    Attributes:
        decision: With its reasons; None where a policy that bears on it cannot be read, so that nobody was asked.
        refusal: What to answer; None when it is allowed.
    """

    decision: Decision | None
    refusal: AccessDenied | None


class Guard:
    """The second question, for one request."""

    def __init__(  # noqa: PLR0913  a decision is made of all this
        self,
        *,
        caller: Caller,
        request: HttpRequest,
        service: str,
        now: datetime,
        view: View,
        compile_policy: Compiler,
        denials: Denials,
        operation: str = "",
        told: Mapping[str, ContextValue] | None = None,
    ) -> None:
        """
        Take what decisions are made of.

        Args:
            caller: Who asks.
            request: What they have sent.
            service: Whom they have asked.
            now: By the clock that sessions live by.
            view: Where snapshots are.
            compile_policy: Compiles the policies of sessions.
            denials: Keeps what is denied.
            operation: What was called.
            told: The context keys of a request that somebody else has got, and asks about; those of *request* when None.
        """
        self._told = told
        self.caller = caller
        self._operation = operation
        self.view = view
        self._request = request
        self._service = service
        self._now = now
        self._compile = compile_policy
        self._denials = denials
        self._standing: FoldedContext | None = None
        self._of_request: Context = {}

    def authorize(self, action: str, targets: Iterable[Target], context: Mapping[str, ContextValue]) -> None:
        """
        Demand that the caller may do *action* on every one of *targets*.

        Raises:
            AccessDenied: With AWS's sentence and reason.
        """
        for target in targets:
            asked = target.action or action
            if asked in ALWAYS_ALLOWED:
                continue
            refusal = self.decide(asked, target, context).refusal
            if refusal is not None:
                raise refusal

    def decide(self, action: str, target: Target, context: Mapping[str, ContextValue]) -> Verdict:
        """Return what is decided about *action* on *target*, and why; a denial is kept, to be asked about."""
        request = self._question(action, target, context)
        try:
            sets = policy_sets_for(self.caller, action, target, self.view, self._compile)
        except TextlessPolicyError as error:
            return Verdict(None, self._refusal(target, request, textless=error.arn))
        decision: Decision | None = None
        for policies in sets:
            decision = evaluate(request, policies)
            if not decision.allowed:
                return Verdict(decision, self._refusal(target, request, policies, decision))
        return Verdict(decision, None)

    def coverage(self, asked: Policy) -> Coverage | None:
        """Estimate whether the caller may do all that *asked* allows; None where a policy of theirs cannot be read."""
        try:
            sets = policy_sets_for(
                self.caller, "", Target(arn="*", account_id=self.caller.account_id), self.view, self._compile
            )
        except TextlessPolicyError:
            return None
        return min(coverage(asked, policies, of_root=self.caller.of_root) for policies in sets)

    def _refusal(
        self,
        target: Target,
        request: Request,
        policies: PolicySet | None = None,
        decision: Decision | None = None,
        textless: str | None = None,
    ) -> AccessDenied:
        caller = self.caller
        error = AccessDenied(
            denied(caller.arn, request.action, target, decision),
            detail=f"the text of {textless} cannot be had" if decision is None else decision.reason,
        )
        denial = Denial(
            at=self._now,
            account_id=caller.account_id,
            caller_arn=caller.arn,
            caller_id=caller.user_id,
            operation=self._operation,
            request=request,
            policies=policies,
            decision=decision,
            textless=textless,
        )
        return self._denials.refuse(error, denial, terse=target.deny_text is not None)

    def _question(self, action: str, target: Target, context: Mapping[str, ContextValue]) -> Request:
        if self._standing is None:
            self._standing = caller_context(self.caller, self._now)
            self._of_request = {
                **organization_context("Principal", self.view.account(self.caller.account_id)),
                **(
                    request_context(self._request, self._service, self.caller, self._now)
                    if self._told is None
                    else self._told
                ),
            }
        of_resource = organization_context("Resource", self.view.account(target.account_id))
        account = self.caller.account_id if target.account_id in EVERYBODYS else target.account_id
        return Request(
            principal=self.caller.principal,
            action=action,
            resource=target.arn,
            resource_account=account,
            context=FoldedContext(
                {**self._of_request, **context, **of_resource, **target_context(target)}, self._standing
            ),
        )
