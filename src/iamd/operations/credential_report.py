"""
The credential report, as CSV.

AWS: *Getting credential reports for your AWS account*, which explains each column.
"""

import csv
import io
from collections.abc import Sequence
from datetime import datetime

from iamd.domain.access_keys import AccessKey, AccessKeyStatus
from iamd.domain.credential_status import CredentialStatus
from iamd.domain.password_policy import PasswordPolicy
from iamd.domain.users import User
from iamd.operations.call import Call

_PAGE = 1000
_EACH = 2
"""How many access keys and certificates a line has room for: as many as somebody may have."""
_NONE = "N/A"
_NO_INFORMATION = "no_information"
_NOT_SUPPORTED = "not_supported"
_ROOT = "<root_account>"

COLUMNS = (
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "password_next_rotation",
    "mfa_active",
    *(
        f"access_key_{number}_{column}"
        for number in (1, 2)
        for column in ("active", "last_rotated", "last_used_date", "last_used_region", "last_used_service")
    ),
    *(f"cert_{number}_{column}" for number in (1, 2) for column in ("active", "last_rotated")),
)


def write_credential_report(call: Call) -> str:
    """Return a line for the root and one for each user of the caller's account, by name."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(COLUMNS)
    account = call.store.accounts.find(call.account_id)
    if account is not None:
        root = (_ROOT, account.root_arn, _time(account.created_at))
        password = (_NOT_SUPPORTED, _NO_INFORMATION, _NOT_SUPPORTED, _NOT_SUPPORTED)
        lines.writerow((*root, *password, *_credentials(call, account.account_id)))
    policy = call.store.password_policies.find(call.account_id)
    after: str | None = None
    while page := call.store.users.page(call.account_id, "/", after, _PAGE):
        for user in page:
            entity = (user.name, user.arn, _time(user.created_at))
            lines.writerow((*entity, *_password(call, user, policy), *_credentials(call, user.user_id)))
        after = page[-1].name
    return text.getvalue()


def _password(call: Call, user: User, policy: PasswordPolicy | None) -> Sequence[str]:
    profile = call.store.login_profiles.find(user.user_id)
    if profile is None:
        return ("false", _NONE, _NONE, _NONE)
    used = user.password_last_used_at
    rotation = None if policy is None else policy.expiry_of(profile.changed_at)
    return (
        "true",
        _NO_INFORMATION if used is None else _time(used),
        _time(profile.changed_at),
        _NONE if rotation is None else _time(rotation),
    )


def _credentials(call: Call, owner_id: str) -> list[str]:
    cells = [_boolean(bool(call.store.mfa_devices.list_of(owner_id)))]
    keys = call.store.access_keys.page(owner_id, None, _EACH)
    for key in keys:
        cells += _access_key(call, key)
    cells += ["false", *[_NONE] * 4] * (_EACH - len(keys))
    certificates = call.store.signing_certificates.page(owner_id, None, _EACH)
    for certificate in certificates:
        active = certificate.status is CredentialStatus.ACTIVE
        cells += [_boolean(active), _time(certificate.created_at)]
    cells += ["false", _NONE] * (_EACH - len(certificates))
    return cells


def _access_key(call: Call, key: AccessKey) -> Sequence[str]:
    # What is noted in memory is later than what is stored.
    noted = call.usage.access_key(key.access_key_id)
    at, region, service = (
        (noted.at, noted.region, noted.service)
        if noted
        else (key.last_used_at, key.last_used_region, key.last_used_service)
    )
    return (
        _boolean(key.status is AccessKeyStatus.ACTIVE),
        _time(key.created_at),
        _NONE if at is None else _time(at),
        region or _NONE,
        service or _NONE,
    )


def _boolean(value: bool) -> str:
    return "true" if value else "false"


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S+00:00")
