"""
Delegation requests: product providers ask for temporary access to the accounts of their customers.

What holds for every operation here:

* A request goes through the states that `iamd.domain.delegation_requests` knows, and expires by itself.
* Who may do what is said in `iamd.operations.delegation_access`.
* Each change of state is told to the provider, with the change itself (`iamd.operations.delegation_notices`).
* Whoever accepts a request delegates what they may do themselves, and of that no more than was asked for.

AWS: *IAM temporary delegation*, and *IAM temporary delegation for AWS Partners*.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from iamd.domain import limits
from iamd.domain.arns import Arn, name_of
from iamd.domain.delegation_requests import (
    ID_PREFIX,
    ID_SIZE,
    LONGEST_OF_ROOT,
    OPEN_REQUESTS,
    Approver,
    DelegationRequest,
    Owner,
    first_expiry,
)
from iamd.domain.ids import AccessKeyId
from iamd.domain.policy_templates import ParameterType, PolicyParameter, role_boundaries
from iamd.errors import AccessDenied, InvalidInput, NoSuchEntity
from iamd.operations.call import Call, Params, Result
from iamd.operations.delegation_access import (
    delegation_request,
    get_request,
    new_delegation_request,
    owned_requests,
    request_id_of,
    summarized_request,
)
from iamd.operations.delegation_notices import tell
from iamd.operations.delegation_summary import summarize
from iamd.operations.paginate import paginate
from iamd.operations.registry import Mode, iam_operation
from iamd.sessions.session import Session, SessionKind, write_session
from iampolicy import PolicyKind, parse

_LOCALE: Final = re.compile(r"([A-Za-z]{2,3})([_-][A-Za-z]{2,4}){0,2}", re.ASCII)
_DEFAULT_LOCALE: Final = "en"
_WITH_WORDS: Final = frozenset({"en"})
# AWS: *Changing the language of the AWS Management Console*, "Supported languages".
_OF_THE_CONSOLE: Final = frozenset({"de", "en", "es", "fr", "id", "it", "ja", "ko", "pt", "tr", "zh"})


@iam_operation("CreateDelegationRequest", on=new_delegation_request, mode=Mode.WRITE)
def create_delegation_request(call: Call, params: Params) -> Result:
    """
    Ask for delegated access, to a given account or to whichever claims the request.

    Raises:
        AccessDenied: The caller's account is not that of a product provider.
        InvalidInput: The provider has no such template or notification channel, or the parameters do not fit.
        EntityAlreadyExists: The account has a request of this workflow id.
        LimitExceeded: The account has as many open requests as it may.
    """
    provider = call.tools.product_providers.find(call.account_id)
    if provider is None:
        # AWS says of this operation that it is not for general use, and not what it answers to others.
        raise AccessDenied(f"The account {call.account_id} is not registered to create delegation requests.")
    permissions = params["Permissions"]
    template_arn = permissions.get("PolicyTemplateArn")
    if template_arn is None:
        raise InvalidInput("The permissions must name a policy template.")
    template = provider.templates.get(template_arn)
    if template is None:
        raise InvalidInput(f"The policy template {template_arn} is not registered for this account.")
    channel = params["NotificationChannel"]
    if channel not in provider.channels:
        raise InvalidInput(f"The notification channel {channel} is not registered for this account.")
    parameters = tuple(map(_parameter, permissions.get("Parameters", ())))
    request = DelegationRequest(
        request_id=call.ids.lower_id(ID_PREFIX, ID_SIZE),
        requestor_account_id=call.account_id,
        requestor_name=provider.name,
        workflow_id=params["RequestorWorkflowId"],
        description=params["Description"],
        message=params.get("RequestMessage"),
        template_arn=template_arn,
        parameters=parameters,
        policy=template.render(parameters),
        session_duration=params["SessionDuration"],
        redirect_url=params.get("RedirectUrl"),
        notification_channel=channel,
        only_send_by_owner=params.get("OnlySendByOwner", False),
        owner_account_id=params.get("OwnerAccountId"),
        created_at=call.now,
        updated_at=call.now,
        expires_at=first_expiry(call.now),
    )
    call.store.delegation_requests.add(request)
    limits.check_quota(
        "DelegationRequestsPerAccount",
        call.store.delegation_requests.count(call.account_id),
        OPEN_REQUESTS,
    )
    answer = {"DelegationRequestId": request.request_id}
    if provider.console_link is not None:
        answer["ConsoleDeepLink"] = provider.console_link.replace("{}", request.request_id)
    return answer


@iam_operation("AssociateDelegationRequest", on=delegation_request, mode=Mode.WRITE)
def associate_delegation_request(call: Call, params: Params) -> None:
    """
    Make the caller the owner of a request, and the caller's account the one that it is for.

    Raises:
        NoSuchEntity: There is no such request, or it is for another account.
        InvalidInput: Somebody owns it, or it has expired.
    """
    request = get_request(call, params["DelegationRequestId"])
    owner = Owner(arn=call.caller.arn, user_id=call.caller.user_id)
    _change(call, request, request.claimed(owner, call.account_id, call.now))


@iam_operation("GetDelegationRequest", on=delegation_request, mode=Mode.READ)
def get_delegation_request(call: Call, params: Params) -> Result:
    """
    Tell everything about a request, and whether the caller could delegate what it asks for.

    Raises:
        NoSuchEntity: There is no such request, or it is for another account.
    """
    request = get_request(call, params["DelegationRequestId"])
    answer: dict[str, Any] = {"DelegationRequest": _show(request)}
    if params.get("DelegationPermissionCheck", False):
        found = call.guard.coverage(parse(request.policy, PolicyKind.SESSION))
        answer["PermissionCheckStatus"] = "FAILED" if found is None else "COMPLETE"
        if found is not None:
            answer["PermissionCheckResult"] = found.name
    return answer


@iam_operation("ListDelegationRequests", on=owned_requests, mode=Mode.READ)
def list_delegation_requests(call: Call, params: Params) -> Result:
    """
    List the requests that identities of the account own, or only those of one, in the order of their creation.

    Raises:
        InvalidInput: ``OwnerId`` is not the ARN of an identity of this account.
        NoSuchEntity: Nobody has this ARN, and no request either.
    """
    owner = params.get("OwnerId")
    if owner is not None:
        _check_owner(call, owner)
    answer = paginate(
        call,
        params,
        "DelegationRequests",
        lambda after, limit: call.store.delegation_requests.page(call.account_id, owner, after, limit),
        lambda request: request.request_id,
        lambda request: _show(request.at(call.now)),
    )
    # The one list whose answer the service model spells so.
    answer["isTruncated"] = answer.pop("IsTruncated")
    return answer


@iam_operation("UpdateDelegationRequest", on=delegation_request, mode=Mode.WRITE)
def update_delegation_request(call: Call, params: Params) -> None:
    """
    Forward a request to an administrator, with notes.

    Raises:
        NoSuchEntity: There is no such request, or it is for another account.
        InvalidInput: It is neither assigned nor waiting for approval.
    """
    request = get_request(call, params["DelegationRequestId"])
    _change(call, request, request.forwarded(params.get("Notes"), call.now))


@iam_operation("AcceptDelegationRequest", on=delegation_request, mode=Mode.WRITE)
def accept_delegation_request(call: Call, params: Params) -> None:
    """
    Approve a request: the caller's permissions are those that will be delegated.

    Raises:
        NoSuchEntity: There is no such request, or it is for another account.
        InvalidInput: It is neither assigned nor waiting for approval, or too long for a root user to approve.
        AccessDenied: The caller has delegated access itself.
    """
    request = get_request(call, params["DelegationRequestId"])
    session = call.caller.session
    if session is not None and session.delegation_request_id:
        # It would be over when the first access is, and the second would not.
        raise AccessDenied("Delegated access cannot be delegated on.")
    if call.caller.of_root and request.session_duration > LONGEST_OF_ROOT:
        raise InvalidInput(
            f"A root user can only approve delegation requests with a duration of {LONGEST_OF_ROOT} seconds or less."
        )
    approver = Approver(arn=call.caller.arn, session=write_session(session or _as_session(call)))
    _change(call, request, request.accepted(approver, call.now))


@iam_operation("RejectDelegationRequest", on=delegation_request, mode=Mode.WRITE)
def reject_delegation_request(call: Call, params: Params) -> None:
    """
    Reject a request, or take back an approval whose token was not sent yet.

    Raises:
        NoSuchEntity: There is no such request, or it is for another account.
        InvalidInput: Nobody owns it, or it is finalized, rejected or expired.
    """
    request = get_request(call, params["DelegationRequestId"])
    _change(call, request, request.rejected(params.get("Notes"), call.now))


@iam_operation("SendDelegationToken", on=delegation_request, mode=Mode.WRITE)
def send_delegation_token(call: Call, params: Params) -> None:
    """
    Release delegated access: the provider is sent a token, and the time begins to run.

    Raises:
        NoSuchEntity: There is no such request, or it is for another account.
        InvalidInput: It is not accepted.
    """
    request = get_request(call, params["DelegationRequestId"])
    _change(call, request, request.finalized(call.now))


@iam_operation("GetHumanReadableSummary", on=summarized_request, mode=Mode.READ)
def get_human_readable_summary(call: Call, params: Params) -> Result:
    """
    Say in words what a delegation request asks for.

    Raises:
        InvalidInput: The ARN is not that of a delegation request, or the locale not one of the console's.
        NoSuchEntity: There is no such request, or it is for another account.
    """
    request_id = request_id_of(params["EntityArn"])
    locale = params.get("Locale", _DEFAULT_LOCALE)
    found = _LOCALE.fullmatch(locale)
    if found is None or found[1].lower() not in _OF_THE_CONSOLE:
        raise InvalidInput(f"The locale {locale} is not supported.")
    request = get_request(call, request_id)
    if found[1].lower() not in _WITH_WORDS:
        return {"Locale": locale, "SummaryState": "NOT_SUPPORTED"}
    return {
        "Locale": locale,
        "SummaryState": "AVAILABLE",
        "SummaryContent": summarize(request, call.account_id),
    }


def _change(call: Call, before: DelegationRequest, after: DelegationRequest) -> None:
    """Keep *after* in place of *before*, and tell the provider of a new state."""
    call.store.delegation_requests.put(after)
    if after.state is not before.state:
        tell(call.store, call.ids, after, call.now)


def _parameter(wire: Mapping[str, Any]) -> PolicyParameter:
    for member in ("Name", "Type", "Values"):
        if member not in wire:
            raise InvalidInput(f"A policy parameter has no {member}.")
    return PolicyParameter(wire["Name"], ParameterType(wire["Type"]), tuple(wire["Values"]))


def _as_session(call: Call) -> Session:
    """Return what stands for the session of somebody who signs with long-term credentials."""
    caller = call.caller
    return Session(
        kind=SessionKind.USER,
        access_key_id=AccessKeyId(caller.access_key_id),
        account_id=caller.account_id,
        principal_id=caller.snapshot.unique_id,
        issued_at=call.now,
        expires_at=call.now,
        parent_access_key_id=caller.access_key_id,
    )


def _check_owner(call: Call, owner: str) -> None:
    arn = Arn.parse(owner)
    if arn is None or arn.service not in {"iam", "sts"} or arn.account != call.account_id:
        raise InvalidInput(f"The owner id {owner} is not the ARN of an identity of this account.")
    if call.store.delegation_requests.page(call.account_id, owner, None, 1):
        return
    kind, _, rest = arn.resource.partition("/")
    if kind == "user":
        there = call.store.users.find(call.account_id, name_of(rest)) is not None
    elif kind == "role":
        there = call.store.roles.find(call.account_id, name_of(rest)) is not None
    elif kind == "assumed-role":
        there = call.store.roles.find(call.account_id, rest.partition("/")[0]) is not None
    elif kind in {"root", "federated-user"}:
        there = True
    else:
        raise InvalidInput(f"The owner id {owner} is not the ARN of an identity of this account.")
    if not there:
        raise NoSuchEntity(f"The identity {owner} cannot be found.")


def _show(request: DelegationRequest) -> dict[str, Any]:
    """Return a request in the model's shape, without what it does not have."""
    owner, approver = request.owner, request.approver
    shown = {
        "DelegationRequestId": request.request_id,
        "OwnerAccountId": request.owner_account_id,
        "Description": request.description,
        "RequestMessage": request.message,
        "Permissions": {
            "PolicyTemplateArn": request.template_arn,
            "Parameters": [parameter.wire for parameter in request.parameters],
        },
        "PermissionPolicy": request.policy,
        "RolePermissionRestrictionArns": list(role_boundaries(request.policy)) or None,
        "OwnerId": None if owner is None else owner.arn,
        "ApproverId": None if approver is None else approver.arn,
        "State": request.state.value,
        "ExpirationTime": request.expires_at,
        "RequestorId": request.requestor_account_id,
        "RequestorName": request.requestor_name,
        "CreateDate": request.created_at,
        "SessionDuration": request.session_duration,
        "RedirectUrl": request.redirect_url,
        "Notes": request.notes,
        "RejectionReason": request.rejection_reason,
        "OnlySendByOwner": request.only_send_by_owner,
        "UpdatedTime": request.updated_at,
    }
    return {name: value for name, value in shown.items() if value is not None}
