"""
The guard's second question: may they?

`Guard` belongs to one request: it knows the caller, the request's own context keys, and where to look.  A check returns
nothing or raises AccessDenied; there is no answer that a handler could forget to look at.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

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


class Guard:
    """The second question, for one request."""

    def __init__(
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
    ) -> None:
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
            request = self._question(asked, target, context)
            try:
                sets = policy_sets_for(self.caller, asked, target, self.view, self._compile)
            except TextlessPolicyError as error:
                raise self._refusal(target, request, textless=error.arn) from error
            for policies in sets:
                decision = evaluate(request, policies)
                if not decision.allowed:
                    raise self._refusal(target, request, policies, decision)

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
                **request_context(self._request, self._service, self.caller, self._now),
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
