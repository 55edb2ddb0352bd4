"""
Access keys: the long-term credentials of a user, or of the account's root.

What holds for every operation here:

* Without a ``UserName`` the keys are the caller's own: those of a user, or of the root.  Temporary credentials must
  name a user, also one that they belong to (AWS: *UpdateAccessKey*; semantics 87), unless they are an assumed root's.
* An owner has at most two access keys, whatever their status.
* The secret is told once, by the operation that makes the key, and never again.
* A key that is inactive or gone is refused from the next request on, and so is whatever was issued to it.
"""

from dataclasses import dataclass, replace
from typing import Any

from iamd.auth.target import Target
from iamd.domain.access_keys import PREFIX, AccessKey, AccessKeyStatus
from iamd.domain.arns import iam_arn, root_arn
from iamd.domain.ids import AccountId
from iamd.domain.limits import ACCESS_KEYS_PER_USER, check_quota
from iamd.errors import InvalidInput, ValidationError
from iamd.operations.call import Call, Params, Result
from iamd.operations.iam.users import show_root
from iamd.operations.paginate import paginate
from iamd.operations.registry import Mode, iam_operation
from iamd.operations.resources import MUST_NAME_USER, named_or_calling_user, user_or_self
from iamd.operations.uses import Use

_NEVER = "N/A"
_NOBODY = AccountId("")
"""The account of a key that does not exist: nobody's, so that no caller's own policies are enough."""


@dataclass(frozen=True, slots=True)
class CredentialOwner:
    """
    Whose keys or certificates a request is about.

    Attributes:
        id: A unique id, or the account id for the root.
        shown: The owner's name in the model's shape; nothing for a root without an alias.
    """

    id: str
    shown: dict[str, str]

    @classmethod
    def of(cls, call: Call, params: Params) -> "CredentialOwner":
        """
        Return the owner that a request means.

        Raises:
            NoSuchEntity: There is no such user.
        """
        if "UserName" not in params and call.caller.of_root:
            return cls(call.account_id, _root_name(call))
        user = named_or_calling_user(call, params)
        return cls(user.user_id, {"UserName": user.name})


def owner_of_credentials(call: Call, params: Params) -> Target:
    """
    The owner of the keys or certificates.

    Raises:
        ValidationError: Without a ``UserName``, and the caller has temporary credentials.
    """
    caller = call.caller
    if "UserName" not in params and caller.session is not None and not caller.of_assumed_root:
        raise ValidationError(MUST_NAME_USER)
    return user_or_self(call, params)


@iam_operation("CreateAccessKey", on=owner_of_credentials, mode=Mode.WRITE)
def create_access_key(call: Call, params: Params) -> Result:
    """
    Make an active access key and tell its secret.

    Raises:
        NoSuchEntity: There is no such user.
        LimitExceeded: It has two keys already (fact 21).
    """
    owner = CredentialOwner.of(call, params)
    created = AccessKey(
        account_id=call.account_id,
        access_key_id=call.ids.access_key_id(PREFIX, call.account_id),
        owner_id=owner.id,
        secret=call.ids.secret_access_key(),
        created_at=call.now,
    )
    call.store.access_keys.add(created)
    check_quota("AccessKeysPerUser", call.store.access_keys.count(owner.id), ACCESS_KEYS_PER_USER)
    return {"AccessKey": _show(owner, created) | {"SecretAccessKey": created.secret.reveal()}}


@iam_operation("ListAccessKeys", on=owner_of_credentials, mode=Mode.READ)
def list_access_keys(call: Call, params: Params) -> Result:
    """
    List the access keys of an owner, oldest first, without their secrets.

    Raises:
        NoSuchEntity: There is no such user.
    """
    owner = CredentialOwner.of(call, params)
    return paginate(
        call,
        params,
        "AccessKeyMetadata",
        lambda after, limit: call.store.access_keys.page(owner.id, after, limit),
        lambda access_key: access_key.access_key_id,
        lambda access_key: _show(owner, access_key),
    )


@iam_operation("UpdateAccessKey", on=owner_of_credentials, mode=Mode.WRITE)
def update_access_key(call: Call, params: Params) -> None:
    """
    Set the status of an access key.

    Raises:
        NoSuchEntity: There is no such user, or the owner has no such key.
        InvalidInput: ``Expired`` is a status of keys that expire; those here do not.
    """
    owner = CredentialOwner.of(call, params)
    found = call.store.access_keys.get(owner.id, params["AccessKeyId"])
    if params["Status"] not in set(AccessKeyStatus):
        raise InvalidInput(f"The status of an access key cannot be set to {params['Status']}.")
    call.store.access_keys.put(replace(found, status=AccessKeyStatus(params["Status"])))


@iam_operation("DeleteAccessKey", on=owner_of_credentials, mode=Mode.WRITE)
def delete_access_key(call: Call, params: Params) -> None:
    """
    Delete an access key, whatever its status.

    Raises:
        NoSuchEntity: There is no such user, or the owner has no such key.
    """
    owner = CredentialOwner.of(call, params)
    call.store.access_keys.delete(call.store.access_keys.get(owner.id, params["AccessKeyId"]))


def _owner_of_key(call: Call, params: Params) -> Target:
    """
    The owner of the key that ``AccessKeyId`` names.

    A key that is not there, or not in the caller's account, belongs to nobody whom the caller could be allowed to ask
    about: the answer is AWS's denial, to everybody alike (fact 24, R-28).
    """
    found = call.store.access_keys.find(params["AccessKeyId"])
    owner = None if found is None or found.of_root else call.store.users.find_by_id(found.owner_id)
    account_id = _NOBODY if found is None else found.account_id
    if owner is not None:
        arn = owner.arn
    elif found is not None and found.of_root:
        arn = root_arn(account_id)
    else:
        arn = iam_arn(account_id, "user", "/", "")
    return Target(
        arn=arn,
        account_id=account_id,
        tags=owner.tags if owner else (),
        deny_text=(
            f"User: {call.caller.arn} is not authorized to perform iam:{call.operation} "
            f"on resource: access key {params['AccessKeyId']}"
        ),
    )


@iam_operation("GetAccessKeyLastUsed", on=_owner_of_key, mode=Mode.READ)
def get_access_key_last_used(call: Call, params: Params) -> Result:
    """
    Tell whose an access key is, and when, where and for what it was last used (fact 23).

    Raises:
        AccessDenied: There is no such key, or the caller may not know.
    """
    found = call.store.access_keys.find(params["AccessKeyId"])
    if found is None:
        raise RuntimeError("a key that does not exist was allowed")
    used = call.usage.access_key(found.access_key_id) or _stored_use(found)
    shown: dict[str, Any] = {"ServiceName": _NEVER, "Region": _NEVER}
    if used is not None:
        shown = {"LastUsedDate": used.at, "ServiceName": used.service, "Region": used.region}
    return {**_name_of_owner(call, found), "AccessKeyLastUsed": shown}


def _stored_use(access_key: AccessKey) -> Use | None:
    if access_key.last_used_at is None:
        return None
    return Use(
        access_key.last_used_at,
        access_key.last_used_service or _NEVER,
        access_key.last_used_region or _NEVER,
    )


def _name_of_owner(call: Call, access_key: AccessKey) -> dict[str, str]:
    if access_key.of_root:
        return _root_name(call)
    owner = call.store.users.find_by_id(access_key.owner_id)
    return {} if owner is None else {"UserName": owner.name}


def _root_name(call: Call) -> dict[str, str]:
    """Return the name that AWS gives the root: the account's alias, if there is one."""
    return {name: value for name, value in show_root(call).items() if name == "UserName"}


def _show(owner: CredentialOwner, access_key: AccessKey) -> dict[str, Any]:
    """Return *access_key* in the model's shape, without its secret."""
    return {
        **owner.shown,
        "AccessKeyId": access_key.access_key_id,
        "Status": access_key.status.value,
        "CreateDate": access_key.created_at,
    }
