"""SAML providers; their private keys are sealed together (`iamd.store.encryption`)."""

import json
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import select

from iamd.domain.ids import AccountId
from iamd.domain.saml_providers import AssertionEncryptionMode, SamlPrivateKey, SamlProvider
from iamd.errors import EntityAlreadyExists, NoSuchEntity
from iamd.secret import Secret
from iamd.store import schema
from iamd.store.counts import change_count, count_of
from iamd.store.encryption import Place
from iamd.store.execution import Execution
from iamd.store.interface import ChangeKind
from iamd.store.statements import Statement, adding, deleting, given, replacing
from iamd.store.values import microseconds, tags_of, tags_text, time_of

_TABLE: Final = schema.saml_providers

_ADD: Final = adding(_TABLE)
_PUT: Final = replacing(_TABLE, "arn")
_DELETE: Final = deleting(_TABLE, "arn")
_FIND: Final = Statement(select(*_TABLE.c).where(_TABLE.c.arn == given("arn")))
_LIST_OF: Final = Statement(
    select(*_TABLE.c).where(_TABLE.c.account_id == given("account_id")).order_by(_TABLE.c.arn)
)


class SamlProviders:
    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def add(self, provider: SamlProvider) -> None:
        if self._execution.write(_ADD, self._row(provider)) == 0:
            raise EntityAlreadyExists(f"Provider with name {provider.name} already exists.")
        change_count(self._execution, provider.account_id, _TABLE, +1)
        self._changed(provider)

    def find(self, arn: str) -> SamlProvider | None:
        row = self._execution.row(_FIND, {"arn": arn})
        return None if row is None else self._value(row)

    def put(self, provider: SamlProvider) -> None:
        if self._execution.write(_PUT, self._row(provider)) == 0:
            raise _missing(provider)
        self._changed(provider)

    def delete(self, provider: SamlProvider) -> None:
        if self._execution.remove(_DELETE, {"arn": provider.arn}) == 0:
            raise _missing(provider)
        change_count(self._execution, provider.account_id, _TABLE, -1)
        self._changed(provider)

    def list_of(self, account_id: AccountId) -> list[SamlProvider]:
        return [self._value(row) for row in self._execution.rows(_LIST_OF, {"account_id": account_id})]

    def count(self, account_id: AccountId) -> int:
        return count_of(self._execution, account_id, _TABLE)

    def _changed(self, provider: SamlProvider) -> None:
        self._execution.changed(ChangeKind.SAML_PROVIDER, provider.arn)

    def _row(self, provider: SamlProvider) -> dict[str, Any]:
        return {
            "arn": provider.arn,
            "account_id": provider.account_id,
            "provider_id": provider.provider_id,
            "name": provider.name,
            "created_at": microseconds(provider.created_at),
            "valid_until": microseconds(provider.valid_until),
            "metadata": provider.metadata,
            "encryption_mode": provider.assertion_encryption_mode.value,
            "private_keys": self._sealed(provider),
            "tags": tags_text(provider.tags),
        }

    def _sealed(self, provider: SamlProvider) -> bytes | None:
        if not provider.private_keys:
            return None
        keys = [
            [key.key_id, microseconds(key.created_at), key.private_key.reveal()]
            for key in provider.private_keys
        ]
        return self._execution.vault.seal(
            Place.SAML_PRIVATE_KEYS, provider.provider_id, Secret(json.dumps(keys))
        )

    def _opened(self, provider_id: str, sealed: bytes | None) -> tuple[SamlPrivateKey, ...]:
        if sealed is None:
            return ()
        keys = self._execution.vault.open(Place.SAML_PRIVATE_KEYS, provider_id, sealed)
        return tuple(
            SamlPrivateKey(key_id=key_id, created_at=time_of(created_at), private_key=Secret(text))
            for key_id, created_at, text in json.loads(keys.reveal())
        )

    def _value(self, row: Sequence[Any]) -> SamlProvider:
        _, account_id, provider_id, name, created_at, valid_until, metadata, mode, private_keys, tags = row
        return SamlProvider(
            account_id=account_id,
            provider_id=provider_id,
            name=name,
            created_at=time_of(created_at),
            valid_until=time_of(valid_until),
            metadata=metadata,
            assertion_encryption_mode=AssertionEncryptionMode(mode),
            private_keys=self._opened(provider_id, private_keys),
            tags=tags_of(tags),
        )


def _missing(provider: SamlProvider) -> NoSuchEntity:
    return NoSuchEntity(f"Manifest not found for arn {provider.arn}")  # fact 73
