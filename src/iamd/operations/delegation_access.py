"""
Who may do what with a delegation request.

* A request that belongs to no account yet can be seen and claimed by anybody, one that is for an account by its identities:
  its id is the invitation.  For everybody else it does not exist.
* Whoever claims it may look at it, forward, reject and release it, without a policy that says so.  To accept it takes
  ``iam:AcceptDelegationRequest``.
* What is allowed so is allowed as by a policy of the caller: boundaries and session policies bear on it, and a Deny is
  stronger.

AWS: *GetDelegationRequest*, *AssociateDelegationRequest*, *IAM temporary delegation*, "Managing Permissions for Delegation
Requests".
"""

import json
from typing import Final

from iamd.auth.target import ContextValue, Target
from iamd.domain.arns import Arn
from iamd.domain.delegation_requests import ARN_KIND, DelegationRequest, Owner, delegation_request_arn
from iamd.errors import InvalidInput, NoSuchEntity
from iamd.operations.call import Call, Params
from iampolicy import Policy, PolicyKind, parse

OWNER_KEY: Final = "iam:DelegationRequestOwner"
_ANY: Final = "*"


def _allowing(*actions: str) -> Policy:
    statement = {"Effect": "Allow", "Action": actions, "Resource": _ANY}
    text = json.dumps({"Version": "2012-10-17", "Statement": statement})
    return parse(text, PolicyKind.IDENTITY, name="default permissions")


_OF_ALL: Final = _allowing(
    "iam:GetDelegationRequest", "iam:GetHumanReadableSummary", "iam:AssociateDelegationRequest"
)
_OF_OWNER: Final = _allowing(
    "iam:GetDelegationRequest",
    "iam:GetHumanReadableSummary",
    "iam:UpdateDelegationRequest",
    "iam:RejectDelegationRequest",
    "iam:SendDelegationToken",
)
_LISTING: Final = _allowing("iam:ListDelegationRequests")
_ONLY_BY_OWNER: Final = parse(
    '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"iam:SendDelegationToken",'
    '"Resource":"*"}]}',
    PolicyKind.RESOURCE,
    name="OnlySendByOwner",
)


def find_request(call: Call, request_id: str) -> DelegationRequest | None:
    """Return the request as it is now, if it is there for the caller's account."""
    found = call.store.delegation_requests.find(request_id)
    if found is None or found.owner_account_id not in {None, call.account_id}:
        return None
    return found.at(call.now)


def get_request(call: Call, request_id: str) -> DelegationRequest:
    """
    Do as `find_request`.

    Raises:
        NoSuchEntity: It is not there.
    """
    found = find_request(call, request_id)
    if found is None:
        raise NoSuchEntity(f"Delegation request {request_id} cannot be found.")
    return found


def delegation_request(call: Call, params: Params) -> Target:
    """The request that ``DelegationRequestId`` names."""
    return _target(call, params["DelegationRequestId"])


def new_delegation_request(call: Call, params: Params) -> Target:
    """A request to be made: its id is not known before."""
    context: dict[str, ContextValue] = {
        "iam:DelegationDuration": str(params["SessionDuration"]),
        "iam:NotificationChannel": params["NotificationChannel"],
    }
    template = params["Permissions"].get("PolicyTemplateArn")
    if template is not None:
        context["iam:TemplateArn"] = template
    arn = delegation_request_arn(call.account_id, _ANY)
    return Target(arn=arn, account_id=call.account_id, context=context)


def owned_requests(call: Call, params: Params) -> Target:
    """The list of requests; everybody may see what they own themselves."""
    owner = params.get("OwnerId")
    if owner is None:
        return Target(arn=_ANY, account_id=call.account_id)
    own = _LISTING if owner == call.caller.arn else None
    return Target(arn=_ANY, account_id=call.account_id, context={OWNER_KEY: owner}, granted=own)


def summarized_request(call: Call, params: Params) -> Target:
    """The request whose ARN is ``EntityArn``; of anything else the handler says that it is none."""
    arn = _parsed(params["EntityArn"])
    if arn is None:
        return Target(arn=delegation_request_arn(call.account_id, _ANY), account_id=call.account_id)
    if arn.account != call.account_id:
        return Target(arn=str(arn), account_id=arn.account)
    return _target(call, _id_of(arn))


def request_id_of(text: str) -> str:
    """
    Return the id of the request that an ARN names.

    Raises:
        InvalidInput: It names none.
    """
    arn = _parsed(text)
    if arn is None:
        raise InvalidInput(f"ARN {text} is not that of a delegation request.")
    return _id_of(arn)


def _parsed(text: str) -> Arn | None:
    arn = Arn.parse(text)
    if arn is None or arn.service != "iam" or arn.region or not arn.resource.startswith(f"{ARN_KIND}/"):
        return None
    return arn


def _id_of(arn: Arn) -> str:
    return arn.resource.removeprefix(f"{ARN_KIND}/")


def _target(call: Call, request_id: str) -> Target:
    found = find_request(call, request_id)
    if found is None:
        return Target(arn=delegation_request_arn(call.account_id, request_id), account_id=call.account_id)
    # AWS: *CreateDelegationRequest*: OnlySendByOwner "prevents any party other than the owner".
    barred = found.only_send_by_owner and found.owner is not None and not _owns(call, found.owner)
    return Target(
        arn=found.arn_in(call.account_id),
        account_id=call.account_id,
        context={} if found.owner is None else {OWNER_KEY: found.owner.arn},
        granted=_granted(call, found),
        resource_policy=_ONLY_BY_OWNER if barred else None,
    )


def _granted(call: Call, request: DelegationRequest) -> Policy | None:
    """Return what the caller may do with *request* without any other policy."""
    if request.owner is None:
        return _OF_ALL
    return _OF_OWNER if _owns(call, request.owner) else None


def _owns(call: Call, owner: Owner) -> bool:
    # Whoever has the same ARN later is somebody else.
    return (call.caller.arn, call.caller.user_id) == (owner.arn, owner.user_id)
