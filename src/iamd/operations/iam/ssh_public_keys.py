"""
SSH public keys, with which users sign in to CodeCommit.

What holds for every operation here:

* A user has at most five, whatever their status, and none twice.
* Lists tell neither a key nor its fingerprint.
"""

from dataclasses import replace
from typing import Any

from iamd.domain.credential_status import settable_status
from iamd.domain.limits import SSH_PUBLIC_KEYS_PER_USER, check_quota
from iamd.domain.ssh_public_keys import PREFIX, SSHPublicKey, fingerprint_of
from iamd.domain.users import User
from iamd.errors import DuplicateSSHPublicKey
from iamd.operations.call import Call, Params, Result
from iamd.operations.paginate import paginate
from iamd.operations.registry import Mode, iam_operation
from iamd.operations.resources import named_or_calling_user, user, user_or_caller


@iam_operation("UploadSSHPublicKey", on=user, mode=Mode.WRITE)
def upload_ssh_public_key(call: Call, params: Params) -> Result:
    """
    Give a user a public key.

    Raises:
        NoSuchEntity: There is no such user.
        UnrecognizedPublicKeyEncoding: The body is neither in the form of OpenSSH nor in PEM.
        InvalidPublicKey: It is no RSA key, or one of less than 2048 bits.
        DuplicateSSHPublicKey: The user has the key already.
        LimitExceeded: The user has five keys already.
    """
    owner = call.store.users.get(call.account_id, params["UserName"])
    body = params["SSHPublicKeyBody"]
    keys = call.store.ssh_public_keys
    uploaded = SSHPublicKey(
        account_id=call.account_id,
        ssh_public_key_id=call.ids.access_key_id(PREFIX, call.account_id),
        owner_id=owner.user_id,
        body=body,
        fingerprint=fingerprint_of(body),
        created_at=call.now,
    )
    present = keys.page(owner.user_id, None, SSH_PUBLIC_KEYS_PER_USER)
    if uploaded.fingerprint in {key.fingerprint for key in present}:
        raise DuplicateSSHPublicKey("The SSH public key is already associated with the specified IAM user.")
    keys.add(uploaded)
    check_quota("SSHPublicKeysPerUser", keys.count(owner.user_id), SSH_PUBLIC_KEYS_PER_USER)
    return {"SSHPublicKey": _show_in_full(owner, uploaded, body)}


@iam_operation("GetSSHPublicKey", on=user, mode=Mode.READ)
def get_ssh_public_key(call: Call, params: Params) -> Result:
    """
    Tell a public key, in the encoding that is asked for.

    Raises:
        NoSuchEntity: There is no such user, or it has no such key.
    """
    owner, found = _find(call, params)
    body = found.in_ssh_form() if params["Encoding"] == "SSH" else found.in_pem_form()
    return {"SSHPublicKey": _show_in_full(owner, found, body)}


@iam_operation("ListSSHPublicKeys", on=user_or_caller, mode=Mode.READ)
def list_ssh_public_keys(call: Call, params: Params) -> Result:
    """
    List the public keys of a user, without a ``UserName`` those of the caller, oldest first.

    Raises:
        NoSuchEntity: There is no such user.
    """
    owner = named_or_calling_user(call, params)
    return paginate(
        call,
        params,
        "SSHPublicKeys",
        lambda after, limit: call.store.ssh_public_keys.page(owner.user_id, after, limit),
        lambda key: key.ssh_public_key_id,
        lambda key: _show(owner, key),
    )


@iam_operation("UpdateSSHPublicKey", on=user, mode=Mode.WRITE)
def update_ssh_public_key(call: Call, params: Params) -> None:
    """
    Set the status of a public key.

    Raises:
        NoSuchEntity: There is no such user, or it has no such key.
        InvalidInput: The status cannot be set.
    """
    _, found = _find(call, params)
    call.store.ssh_public_keys.put(replace(found, status=settable_status(params["Status"])))


@iam_operation("DeleteSSHPublicKey", on=user, mode=Mode.WRITE)
def delete_ssh_public_key(call: Call, params: Params) -> None:
    """
    Delete a public key, whatever its status.

    Raises:
        NoSuchEntity: There is no such user, or it has no such key.
    """
    _, found = _find(call, params)
    call.store.ssh_public_keys.delete(found)


def _find(call: Call, params: Params) -> tuple[User, SSHPublicKey]:
    owner = call.store.users.get(call.account_id, params["UserName"])
    return owner, call.store.ssh_public_keys.get(owner.user_id, params["SSHPublicKeyId"])


def _show(owner: User, key: SSHPublicKey) -> dict[str, Any]:
    return {
        "UserName": owner.name,
        "SSHPublicKeyId": key.ssh_public_key_id,
        "Status": key.status.value,
        "UploadDate": key.created_at,
    }


def _show_in_full(owner: User, key: SSHPublicKey, body: str) -> dict[str, Any]:
    return _show(owner, key) | {"Fingerprint": key.fingerprint, "SSHPublicKeyBody": body}
