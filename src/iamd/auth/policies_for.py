"""Gather the policies that bear on a decision about a caller."""

from iamd.auth.caller import Caller
from iamd.auth.target import Target
from iamd.directory.directory import View
from iamd.directory.load import Compiler
from iampolicy import Policy, PolicyKind, PolicySet


class TextlessPolicyError(Exception):
    """A policy that bears on the decision has no text; nothing can be allowed without knowing what it says."""

    def __init__(self, arn: str) -> None:
        super().__init__(arn)
        self.arn = arn


def policies_for(caller: Caller, target: Target, view: View, compile_policy: Compiler) -> PolicySet:
    """
    Return the policies of the caller and of the resource.

    Raises:
        TextlessPolicyError: A policy that is attached cannot be read.
    """
    snapshot = caller.snapshot
    if snapshot.textless_policies:
        raise TextlessPolicyError(snapshot.textless_policies[0])
    return PolicySet(
        identity=snapshot.identity_policies,
        boundary=snapshot.boundary,
        session=_session_policies(caller, view, compile_policy),
        resource=target.trust_policy,
        resource_must_allow=target.trust_policy is not None,
    )


def _session_policies(caller: Caller, view: View, compile_policy: Compiler) -> tuple[Policy, ...] | None:
    session = caller.session
    if session is None or not session.has_session_policy:
        return None
    policies = []
    if session.policy is not None:
        policies.append(compile_policy(session.policy, PolicyKind.SESSION, "session policy", ""))
    for arn in session.policy_arns:
        found = view.policy(arn)
        if found is None:
            raise TextlessPolicyError(arn)
        policies.append(found.policy)
    return tuple(policies)
