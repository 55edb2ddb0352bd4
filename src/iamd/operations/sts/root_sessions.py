"""
AssumeRoot: temporary credentials to do one task in place of the root user of a member account.

1. Who asks is a user or a role session of the management account, or of an account that administers IAM for it.
2. Their own policies must allow sts:AssumeRoot on the root user (semantics 85).  On the other side stands the
   organization, which lets in whom it lets administer root users (`iamd.auth.root_access`).
3. A session of the root user is sealed, with the task's policy, which denies everything else
   (`iamd.catalogue.root_tasks`).  Service control policies of the member account hold for it as for its root user.

AWS: *AssumeRoot*, *Perform a privileged task on an AWS Organizations member account*.
"""

import re
from datetime import timedelta
from functools import lru_cache
from typing import Final

from iamd.auth.root_access import RootAccessClosedError, check_root_access
from iamd.auth.target import Target
from iamd.catalogue.root_tasks import ROOT_TASKS, RootTask
from iamd.domain.arns import Arn, root_arn
from iamd.domain.ids import AccountId
from iamd.errors import AccessDenied, ValidationError
from iamd.operations.call import Call, Params, Result
from iamd.operations.registry import Mode, sts_operation
from iamd.sessions.issue import issue
from iamd.sessions.session import ACCESS_KEY_PREFIX, Session, SessionKind
from iampolicy import Policy, PolicyKind, parse

_DEFAULT_SECONDS: Final = 900
_ACTION: Final = "sts:AssumeRoot"
_ACCOUNT: Final = re.compile("[0-9]{12}", re.ASCII)


def _root_user(call: Call, params: Params) -> Target:
    """The root user of the member account."""
    if call.caller.of_root:
        raise AccessDenied("AssumeRoot may not be called by root accounts.")
    task, member = _task(params), _member(params)
    return Target(
        arn=root_arn(member),
        account_id=member,
        # The principal's own policies decide; whether the organization lets it in is asked by the handler.
        trust_policy=_letting_in(call.account_id),
        context={"sts:TaskPolicyArn": task.arn},
    )


@sts_operation("AssumeRoot", on=_root_user, mode=Mode.INLINE)
def assume_root(call: Call, params: Params) -> Result:
    """
    Issue credentials of a root user, for a quarter of an hour at most.

    Raises:
        ValidationError: The task is none of AWS's, or the target no root user.
        AccessDenied: The caller's account may not do this in the other account.  Whether there is such an account
            is not told.
    """
    caller, session = call.caller, call.caller.session
    task, member = _task(params), _member(params)
    try:
        check_root_access(call.view, task, call.account_id, member)
    except RootAccessClosedError as error:
        raise AccessDenied(
            f"User: {caller.arn} is not authorized to perform: {_ACTION} on resource: {root_arn(member)}",
            detail=str(error),
        ) from error
    issued_at = call.now.replace(microsecond=0)
    expires_at = issued_at + timedelta(seconds=params.get("DurationSeconds", _DEFAULT_SECONDS))
    delegation_request_id = session.delegation_request_id if session else ""
    made = Session(
        kind=SessionKind.ASSUMED_ROOT,
        access_key_id=call.ids.access_key_id(ACCESS_KEY_PREFIX, member),
        account_id=member,
        principal_id=member,
        session_name=call.account_id,
        issued_at=issued_at,
        # What began with delegated access is over with it.
        expires_at=min(expires_at, session.expires_at) if session and delegation_request_id else expires_at,
        parent_access_key_id=session.parent_access_key_id if session else caller.access_key_id,
        source_identity=session.source_identity if session else None,
        policy_arns=(task.arn,),
        delegation_request_id=delegation_request_id,
    )
    credentials = issue(call.tools.keyring, made, params.get("MinimumSessionTokenSize", 0))
    answer: dict[str, object] = {"Credentials": credentials.wire, **credentials.token_size}
    if made.source_identity is not None:
        answer["SourceIdentity"] = made.source_identity
    return answer


def _task(params: Params) -> RootTask:
    arn = params["TaskPolicyArn"].get("arn", "")
    task = ROOT_TASKS.get(arn)
    if task is None:
        raise ValidationError(f"{arn} is not a task policy")
    return task


def _member(params: Params) -> AccountId:
    """Return the account that ``TargetPrincipal`` names: by its id, or by the ARN of its root user."""
    text = params["TargetPrincipal"]
    arn = Arn.parse(text)
    account_id = AccountId(text if arn is None else arn.account)
    if _ACCOUNT.fullmatch(account_id) is None or text not in {account_id, root_arn(account_id)}:
        raise ValidationError(f"{text} is invalid")
    return account_id


@lru_cache(maxsize=4096)
def _letting_in(account_id: AccountId) -> Policy:
    """Return what stands for the organization: a policy that leaves it to *account_id* whom of its own to let in."""
    document = f"""{{"Version": "2012-10-17", "Statement": [{{
        "Effect": "Allow", "Principal": {{"AWS": "{account_id}"}}, "Action": "{_ACTION}"}}]}}"""
    return parse(document, PolicyKind.TRUST, name="organization")
