"""
Service-specific credentials of users.

What holds for every operation here:

* A user has at most two for each service, whatever their status.
* The secret is told by the operations that make it, and never again; only a hash of it is kept.
* An API key may expire; from then on it is told as expired, whatever its status was.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec

from iamd.auth.target import Target
from iamd.domain.credential_status import settable_status
from iamd.domain.limits import SERVICE_SPECIFIC_CREDENTIALS_PER_SERVICE, check_quota
from iamd.domain.service_specific_credentials import (
    API_KEY_SERVICES,
    PASSWORD_SERVICES,
    PREFIX,
    SECRET_SIZE,
    ServiceSpecificCredential,
    hash_of,
    new_secret,
    service_user_name,
)
from iamd.domain.users import User
from iamd.errors import NoSuchEntity, ValidationError
from iamd.operations.call import Call, Params, Result
from iamd.operations.paginate import paginate
from iamd.operations.registry import Mode, iam_operation
from iamd.operations.resources import collection, named_or_calling_user, user, user_or_caller
from iamd.secret import Secret

_SERVICE_KEY = "iam:ServiceSpecificCredentialServiceName"
_AGE_KEY = "iam:ServiceSpecificCredentialAgeDays"
_EVERYTHING = 1000
"""More than a user can have."""
_all_users = collection("user")


def _new_credential(call: Call, params: Params) -> Target:
    """The user, with the service and the days that the credential is asked for."""
    context = {_SERVICE_KEY: params["ServiceName"]}
    if "CredentialAgeDays" in params:
        context[_AGE_KEY] = str(params["CredentialAgeDays"])
    return msgspec.structs.replace(user(call, params), context=context)


def _present_credential(call: Call, params: Params) -> Target:
    """The user, without a ``UserName`` the caller, with the service of the credential, if it is the user's."""
    target = user_or_caller(call, params)
    found = call.store.service_specific_credentials.find(params["ServiceSpecificCredentialId"])
    owner = None if found is None else call.store.users.find_by_id(found.owner_id)
    if found is None or owner is None or owner.arn != target.arn:
        return target
    return msgspec.structs.replace(target, context={_SERVICE_KEY: found.service})


@iam_operation("CreateServiceSpecificCredential", on=_new_credential, mode=Mode.WRITE)
def create_service_specific_credential(call: Call, params: Params) -> Result:
    """
    Make a credential for a service, and tell its secret.

    Raises:
        NoSuchEntity: There is no such user, or no such service has such credentials (fact 70, in this order).
        ValidationError: Credentials of the service do not expire.
        LimitExceeded: The user has two for the service already.
    """
    owner = call.store.users.get(call.account_id, params["UserName"])
    service = _service(params["ServiceName"])
    days = params.get("CredentialAgeDays")
    if days is not None and service not in API_KEY_SERVICES:
        raise ValidationError(f"CredentialAgeDays is not supported for service {service}")
    credentials = call.store.service_specific_credentials
    taken = [each for each in credentials.page(owner.user_id, None, _EVERYTHING) if each.service == service]
    check_quota("ServiceSpecificCredentialsPerUser", len(taken) + 1, SERVICE_SPECIFIC_CREDENTIALS_PER_SERVICE)
    name = service_user_name(owner.name, call.account_id, {each.service_user_name for each in taken})
    secret = new_secret(service, name, call.ids.token(SECRET_SIZE))
    created = ServiceSpecificCredential(
        account_id=call.account_id,
        credential_id=call.ids.unique_id(PREFIX),
        owner_id=owner.user_id,
        service=service,
        service_user_name=name,
        secret_hash=hash_of(secret),
        created_at=call.now,
        expires_at=None if days is None else call.now + timedelta(days=days),
    )
    credentials.add(created)
    return {"ServiceSpecificCredential": _show_with_secret(call, owner, created, secret)}


def _listed(call: Call, params: Params) -> Target:
    """
    Whose credentials are listed: a user's, the caller's, or everybody's.

    Raises:
        ValidationError: Both one user and all are named; or none, and the caller is no user.
    """
    if not params.get("AllUsers", False):
        return user_or_caller(call, params)
    if "UserName" in params:
        raise ValidationError("UserName and AllUsers cannot be specified together")
    return _all_users(call, params)


@iam_operation("ListServiceSpecificCredentials", on=_listed, mode=Mode.READ)
def list_service_specific_credentials(call: Call, params: Params) -> Result:
    """
    List the credentials of a user, of the caller or of all users, for one service or for all, oldest first.

    Raises:
        NoSuchEntity: There is no such user, or no such service has such credentials.
    """
    owner = None if params.get("AllUsers", False) else named_or_calling_user(call, params)
    service = _service(params["ServiceName"]) if "ServiceName" in params else None
    return paginate(
        call,
        params,
        "ServiceSpecificCredentials",
        _only(service, _pages(call, owner)),
        lambda each: each.credential_id,
        lambda each: _show(call, owner or call.store.users.find_by_id(each.owner_id), each),
    )


@iam_operation("UpdateServiceSpecificCredential", on=_present_credential, mode=Mode.WRITE)
def update_service_specific_credential(call: Call, params: Params) -> None:
    """
    Set the status of a credential.

    Raises:
        NoSuchEntity: There is no such user, or it has no such credential.
        InvalidInput: The status cannot be set.
    """
    _, found = _find(call, params)
    call.store.service_specific_credentials.put(replace(found, status=settable_status(params["Status"])))


@iam_operation("ResetServiceSpecificCredential", on=_present_credential, mode=Mode.WRITE)
def reset_service_specific_credential(call: Call, params: Params) -> Result:
    """
    Give a credential another secret, and tell it; all else stays.

    Raises:
        NoSuchEntity: There is no such user, or it has no such credential.
    """
    owner, found = _find(call, params)
    secret = new_secret(found.service, found.service_user_name, call.ids.token(SECRET_SIZE))
    found = replace(found, secret_hash=hash_of(secret))
    call.store.service_specific_credentials.put(found)
    return {"ServiceSpecificCredential": _show_with_secret(call, owner, found, secret)}


@iam_operation("DeleteServiceSpecificCredential", on=user_or_caller, mode=Mode.WRITE)
def delete_service_specific_credential(call: Call, params: Params) -> None:
    """
    Delete a credential, whatever its status.

    Raises:
        NoSuchEntity: There is no such user, or it has no such credential.
    """
    _, found = _find(call, params)
    call.store.service_specific_credentials.delete(found)


_Pages = Callable[[str | None, int], Sequence[ServiceSpecificCredential]]


def _pages(call: Call, owner: User | None) -> _Pages:
    """Return the credentials of *owner*; None for those of the account."""
    credentials = call.store.service_specific_credentials
    if owner is None:
        return lambda after, limit: credentials.page_of_account(call.account_id, after, limit)
    return lambda after, limit: credentials.page(owner.user_id, after, limit)


def _only(service: str | None, pages: _Pages) -> _Pages:
    """Return *pages* without what is of other services; None for all services."""

    def fetch(after: str | None, limit: int) -> Sequence[ServiceSpecificCredential]:
        found: list[ServiceSpecificCredential] = []
        while len(found) < limit:
            page = pages(after, limit)
            found += [each for each in page if service in {None, each.service}]
            if len(page) < limit:
                break
            after = page[-1].credential_id
        return found[:limit]

    return fetch


def _service(name: str) -> str:
    """
    Return the name of a service that has such credentials.

    Raises:
        NoSuchEntity: There is none of this name.
    """
    if name not in PASSWORD_SERVICES | API_KEY_SERVICES:
        raise NoSuchEntity(f"No such service {name} is supported for Service Specific Credentials")
    return name


def _find(call: Call, params: Params) -> tuple[User, ServiceSpecificCredential]:
    owner = named_or_calling_user(call, params)
    credentials = call.store.service_specific_credentials
    return owner, credentials.get(owner.user_id, params["ServiceSpecificCredentialId"])


def _show(call: Call, owner: User | None, credential: ServiceSpecificCredential) -> dict[str, Any]:
    expired = credential.expires_at is not None and credential.expires_at <= call.now
    shown: dict[str, Any] = {
        "CreateDate": credential.created_at,
        "ServiceName": credential.service,
        "ServiceSpecificCredentialId": credential.credential_id,
        "UserName": "" if owner is None else owner.name,
        "Status": "Expired" if expired else credential.status.value,
    }
    shown["ServiceCredentialAlias" if credential.is_api_key else "ServiceUserName"] = (
        credential.service_user_name
    )
    if credential.expires_at is not None:
        shown["ExpirationDate"] = credential.expires_at
    return shown


def _show_with_secret(
    call: Call, owner: User, credential: ServiceSpecificCredential, secret: Secret
) -> dict[str, Any]:
    member = "ServiceCredentialSecret" if credential.is_api_key else "ServicePassword"
    return _show(call, owner, credential) | {member: secret.reveal()}
