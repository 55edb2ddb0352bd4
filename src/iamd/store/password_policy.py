"""Password policies of accounts."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import select

from iamd.domain.ids import AccountId
from iamd.domain.password_policy import PasswordPolicy
from iamd.store import schema
from iamd.store.execution import Execution
from iamd.store.interface import ChangeKind
from iamd.store.statements import Statement, deleting, given, putting

_TABLE: Final = schema.password_policies

_PUT: Final = putting(_TABLE)
_DELETE: Final = deleting(_TABLE, "account_id")
_FIND: Final = Statement(select(*_TABLE.c).where(_TABLE.c.account_id == given("account_id")))


class PasswordPolicies:
    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def find(self, account_id: AccountId) -> PasswordPolicy | None:
        row = self._execution.row(_FIND, {"account_id": account_id})
        return None if row is None else _value(row)

    def put(self, policy: PasswordPolicy) -> None:
        self._execution.write(_PUT, _row(policy))
        # It may allow every user of the account to change its password.
        self._execution.changed(ChangeKind.ACCOUNT, policy.account_id)

    def delete(self, account_id: AccountId) -> bool:
        gone = self._execution.remove(_DELETE, {"account_id": account_id}) > 0
        if gone:
            self._execution.changed(ChangeKind.ACCOUNT, account_id)
        return gone


def _row(policy: PasswordPolicy) -> dict[str, Any]:
    return {
        "account_id": policy.account_id,
        "minimum_length": policy.minimum_length,
        "require_symbols": int(policy.require_symbols),
        "require_numbers": int(policy.require_numbers),
        "require_uppercase": int(policy.require_uppercase),
        "require_lowercase": int(policy.require_lowercase),
        "allow_users_to_change_password": int(policy.allow_users_to_change_password),
        "max_age_days": policy.max_age_days,
        "reuse_prevention": policy.reuse_prevention,
        "hard_expiry": None if policy.hard_expiry is None else int(policy.hard_expiry),
    }


def _value(row: Sequence[Any]) -> PasswordPolicy:
    account_id, minimum_length, symbols, numbers, uppercase, lowercase, allow, *rest = row
    max_age_days, reuse_prevention, hard_expiry = rest
    return PasswordPolicy(
        account_id=account_id,
        minimum_length=minimum_length,
        require_symbols=bool(symbols),
        require_numbers=bool(numbers),
        require_uppercase=bool(uppercase),
        require_lowercase=bool(lowercase),
        allow_users_to_change_password=bool(allow),
        max_age_days=max_age_days,
        reuse_prevention=reuse_prevention,
        hard_expiry=None if hard_expiry is None else bool(hard_expiry),
    )
