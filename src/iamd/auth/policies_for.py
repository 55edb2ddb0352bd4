"""Gather the policies that bear on a decision about a caller."""

from functools import lru_cache

from iamd.auth.caller import Caller
from iamd.auth.target import Target
from iamd.catalogue.rcp_services import supports_rcps
from iamd.catalogue.root_tasks import ROOT_TASKS
from iamd.directory.directory import View
from iamd.directory.load import Compiler
from iamd.directory.snapshots import AccountSnapshot
from iamd.domain.arns import EVERYBODYS
from iampolicy import Policy, PolicyKind, PolicySet, parse

_EVERYTHING = parse(
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
    PolicyKind.IDENTITY,
)
_EVERYBODY = parse(
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Principal":"*"}]}',
    PolicyKind.RESOURCE,
)


_UNKNOWN = parse(
    '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}',
    PolicyKind.BOUNDARY,
)
_Levels = tuple[tuple[Policy, ...], ...]


class TextlessPolicyError(Exception):
    """A policy that bears on the decision has no text; nothing can be allowed without knowing what it says."""

    def __init__(self, arn: str) -> None:
        super().__init__(arn)
        self.arn = arn


def policy_sets_for(
    caller: Caller,
    action: str,
    target: Target,
    view: View,
    compile_policy: Compiler,
    endpoint: Policy | None = None,
) -> tuple[PolicySet, ...]:
    """
    Return the sets of policies each of which must allow: one, and with delegated access another.

    Args:
        caller: Who asks.
        action: What for.
        target: On what.
        view: Where the rest is found.
        compile_policy: Compiles the policies of sessions.
        endpoint: The policy of the VPC endpoint that the request came through.

    Raises:
        TextlessPolicyError: A policy that is attached cannot be read.
    """
    policies = policies_for(caller, action, target, view, compile_policy, endpoint)
    if caller.delegation is None:
        return (policies,)
    # A set of its own, since a resource's policy that names the approver would let a session policy be silent
    # (semantics 52-61): what was approved is the most that there is, whoever has let the approver in.
    permitted = PolicySet(
        identity=(_EVERYTHING,),
        session=(caller.delegation.policy,),
        resource=None if target.account_id in {caller.account_id, *EVERYBODYS} else _EVERYBODY,
    )
    return policies, permitted


def of_endpoint_alone(caller: Caller, endpoint: Policy) -> PolicySet:
    """
    Return what bears on an action that nothing but the policy of a VPC endpoint can stop.

    Whether the caller has a permissions boundary tells who is spared by a ``NotPrincipal`` of it (semantics 50); where that
    cannot be known for want of a text, nobody is.
    """
    boundary = caller.snapshot.boundary
    if boundary is None and caller.snapshot.textless_policies:
        boundary = _UNKNOWN
    return PolicySet(boundary=boundary, endpoint=endpoint)


def policies_for(
    caller: Caller,
    action: str,
    target: Target,
    view: View,
    compile_policy: Compiler,
    endpoint: Policy | None = None,
) -> PolicySet:
    """
    Return the policies that bear on *action*: the caller's, the resource's, and those of their organizations.

    Raises:
        TextlessPolicyError: A policy that is attached cannot be read.
    """
    snapshot = caller.snapshot
    if snapshot.textless_policies:
        raise TextlessPolicyError(snapshot.textless_policies[0])
    of_caller = view.account(caller.account_id)
    granted = () if target.granted is None else (target.granted,)
    session = _session_policies(caller, view, compile_policy)
    put_together = _standing if session is None else _of_session
    return put_together(
        snapshot.identity_policies + _task_policies(caller) + granted,
        snapshot.boundary,
        session,
        target.trust_policy or target.resource_policy,
        target.trust_policy is not None,
        of_caller.scps if of_caller is not None else (),
        _rcps(action, target, of_caller, view),
        endpoint,
    )


def _policy_set(
    identity: tuple[Policy, ...],
    boundary: Policy | None,
    session: tuple[Policy, ...] | None,
    resource: Policy | None,
    resource_must_allow: bool,
    scps: _Levels,
    rcps: _Levels,
    endpoint: Policy | None,
) -> PolicySet:
    """Put a set together; the same policies, which are compared by identity, are the same set again."""
    return PolicySet(
        identity=identity,
        boundary=boundary,
        session=session,
        resource=resource,
        resource_must_allow=resource_must_allow,
        scps=scps,
        rcps=rcps,
        endpoint=endpoint,
    )


_standing = lru_cache(32_768)(_policy_set)
_of_session = lru_cache(4096)(_policy_set)
"""Those with session policies apart, and no more of them than are compiled: whoever may make sessions brings them along."""


def _rcps(action: str, target: Target, of_caller: AccountSnapshot | None, view: View) -> _Levels:
    # AWS: they bear on the resources that an action is authorized on; ``*`` is none (semantics 53), with exceptions.
    if (target.arn == "*" and not target.under_rcps) or not supports_rcps(action):
        return ()
    of_own = of_caller is not None and of_caller.account_id == target.account_id
    account = of_caller if of_own else view.account(target.account_id)
    return account.rcps if account is not None else ()


def _task_policies(caller: Caller) -> tuple[Policy, ...]:
    """Return what an assumed root may not do, which is nearly everything (`iamd.catalogue.root_tasks`)."""
    session = caller.session
    if session is None or not caller.of_assumed_root:
        return ()
    (arn,) = session.policy_arns
    task = ROOT_TASKS.get(arn)
    if task is None:
        raise TextlessPolicyError(arn)
    return (task.policy,)


def _session_policies(caller: Caller, view: View, compile_policy: Compiler) -> tuple[Policy, ...] | None:
    session = caller.session
    if session is None or caller.of_assumed_root or not session.has_session_policy:
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
