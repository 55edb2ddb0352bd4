"""OpenID Connect providers, each with its client ids and thumbprints."""

import json
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import select

from iamd.domain.ids import AccountId
from iamd.domain.oidc_providers import OIDCProvider
from iamd.errors import EntityAlreadyExists, NoSuchEntity
from iamd.store import schema
from iamd.store.counts import change_count, count_of
from iamd.store.execution import Execution
from iamd.store.interface import ChangeKind
from iamd.store.statements import Statement, adding, deleting, given, replacing
from iamd.store.values import microseconds, tags_of, tags_text, time_of

_TABLE: Final = schema.oidc_providers

_ADD: Final = adding(_TABLE)
_PUT: Final = replacing(_TABLE, "arn")
_DELETE: Final = deleting(_TABLE, "arn")
_FIND: Final = Statement(select(*_TABLE.c).where(_TABLE.c.arn == given("arn")))
_LIST_OF: Final = Statement(
    select(*_TABLE.c).where(_TABLE.c.account_id == given("account_id")).order_by(_TABLE.c.arn)
)


class OIDCProviders:
    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def add(self, provider: OIDCProvider) -> None:
        if self._execution.write(_ADD, _row(provider)) == 0:
            raise EntityAlreadyExists(f"Provider with url {provider.url} already exists.")  # fact 71
        change_count(self._execution, provider.account_id, _TABLE, +1)
        self._changed(provider)

    def find(self, arn: str) -> OIDCProvider | None:
        row = self._execution.row(_FIND, {"arn": arn})
        return None if row is None else _value(row)

    def put(self, provider: OIDCProvider) -> None:
        if self._execution.write(_PUT, _row(provider)) == 0:
            raise _missing(provider)
        self._changed(provider)

    def delete(self, provider: OIDCProvider) -> None:
        if self._execution.remove(_DELETE, {"arn": provider.arn}) == 0:
            raise _missing(provider)
        change_count(self._execution, provider.account_id, _TABLE, -1)
        self._changed(provider)

    def list_of(self, account_id: AccountId) -> list[OIDCProvider]:
        return [_value(row) for row in self._execution.rows(_LIST_OF, {"account_id": account_id})]

    def count(self, account_id: AccountId) -> int:
        return count_of(self._execution, account_id, _TABLE)

    def _changed(self, provider: OIDCProvider) -> None:
        self._execution.changed(ChangeKind.OIDC_PROVIDER, provider.arn)


def _row(provider: OIDCProvider) -> dict[str, Any]:
    return {
        "arn": provider.arn,
        "account_id": provider.account_id,
        "url": provider.url,
        "created_at": microseconds(provider.created_at),
        "client_ids": json.dumps(provider.client_ids),
        "thumbprints": json.dumps(provider.thumbprints),
        "tags": tags_text(provider.tags),
    }


def _value(row: Sequence[Any]) -> OIDCProvider:
    _, account_id, url, created_at, client_ids, thumbprints, tags = row
    return OIDCProvider(
        account_id=account_id,
        url=url,
        created_at=time_of(created_at),
        client_ids=tuple(json.loads(client_ids)),
        thumbprints=tuple(json.loads(thumbprints)),
        tags=tags_of(tags),
    )


def _missing(provider: OIDCProvider) -> NoSuchEntity:
    return NoSuchEntity(f"OpenId connect Provider {provider.arn} cannot be found.")  # fact 72
