"""Accounts, each with its root among the owners."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import select

from iamd.domain.accounts import Account, AccountStatus
from iamd.domain.ids import AccountId
from iamd.errors import EntityAlreadyExists, NoSuchEntity
from iamd.store import schema
from iamd.store.execution import Execution
from iamd.store.interface import ChangeKind
from iamd.store.named import add_owner
from iamd.store.statements import Statement, adding, given, replacing
from iamd.store.values import (
    microseconds,
    microseconds_or_none,
    quotas_of,
    quotas_text,
    time_of,
    time_or_none,
)

_TABLE: Final = schema.accounts
_COLUMNS: Final = tuple(_TABLE.c)
_ROOT: Final = "root"

_ADD: Final = adding(_TABLE)
_PUT: Final = replacing(_TABLE, "account_id")
_FIND: Final = Statement(select(*_COLUMNS).where(_TABLE.c.account_id == given("account_id")))
_FIND_BY_ALIAS: Final = Statement(select(*_COLUMNS).where(_TABLE.c.alias == given("alias")))
_FIND_BY_EMAIL: Final = Statement(select(*_COLUMNS).where(_TABLE.c.email == given("email")))
_ALL: Final = Statement(select(*_COLUMNS).order_by(_TABLE.c.account_id))


class Accounts:
    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def add(self, account: Account) -> None:
        self._check_alias(account)
        if self._execution.write(_ADD, _row(account)) == 0:
            raise EntityAlreadyExists(f"Account {account.account_id} already exists.")
        add_owner(self._execution, account.account_id, account.account_id, _ROOT)
        self._execution.changed(ChangeKind.ACCOUNT, account.account_id)

    def find(self, account_id: AccountId) -> Account | None:
        row = self._execution.row(_FIND, {"account_id": account_id})
        return None if row is None else _value(row)

    def find_by_alias(self, alias: str) -> Account | None:
        row = self._execution.row(_FIND_BY_ALIAS, {"alias": alias})
        return None if row is None else _value(row)

    def find_by_email(self, email: str) -> Account | None:
        row = self._execution.row(_FIND_BY_EMAIL, {"email": email})
        return None if row is None else _value(row)

    def put(self, account: Account) -> None:
        self._check_alias(account)
        if self._execution.write(_PUT, _row(account)) == 0:
            raise NoSuchEntity(f"Account {account.account_id} cannot be found.")
        self._execution.changed(ChangeKind.ACCOUNT, account.account_id)

    def all(self) -> list[Account]:
        return [_value(row) for row in self._execution.rows(_ALL, {})]

    def _check_alias(self, account: Account) -> None:
        """Raise EntityAlreadyExists when the alias is another account's."""
        if account.alias is None:
            return
        holder = self.find_by_alias(account.alias)
        if holder is not None and holder.account_id != account.account_id:
            raise EntityAlreadyExists(f"The account alias {account.alias} already exists.")


def _row(account: Account) -> dict[str, Any]:
    return {
        "account_id": account.account_id,
        "name": account.name,
        "created_at": microseconds(account.created_at),
        "alias": account.alias,
        "email": account.email,
        "status": account.status.value,
        "global_endpoint_token_version": account.global_endpoint_token_version,
        "raised_quotas": quotas_text(account.raised_quotas),
        "root_login_at": microseconds_or_none(account.root_login_at),
    }


def _value(row: Sequence[Any]) -> Account:
    account_id, name, created_at, alias, email, status, token_version, raised_quotas, root_login_at = row
    return Account(
        account_id=account_id,
        name=name,
        created_at=time_of(created_at),
        alias=alias,
        email=email,
        status=AccountStatus(status),
        global_endpoint_token_version=token_version,
        raised_quotas=quotas_of(raised_quotas),
        root_login_at=time_or_none(root_login_at),
    )
