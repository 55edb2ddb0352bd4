"""Service-specific credentials; of the secret only a hash is here."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from iamd.domain.credential_status import CredentialStatus
from iamd.domain.ids import AccountId
from iamd.domain.service_specific_credentials import ServiceSpecificCredential
from iamd.errors import NoSuchEntity, ServiceError
from iamd.store import schema
from iamd.store.owned import Owned, OwnedStatements
from iamd.store.values import microseconds, microseconds_or_none, time_of, time_or_none

_TABLE: Final = schema.service_specific_credentials
_STATEMENTS: Final = OwnedStatements(_TABLE)
_PAGE_OF_ACCOUNT: Final = _STATEMENTS.paging(_TABLE, "account_id")


class ServiceSpecificCredentials(Owned[ServiceSpecificCredential]):
    statements = _STATEMENTS

    def page_of_account(
        self, account_id: AccountId, after: str | None, limit: int
    ) -> list[ServiceSpecificCredential]:
        values = {"account_id": account_id, "after": after or "", "limit": limit}
        return [self._value(row) for row in self._execution.rows(_PAGE_OF_ACCOUNT, values)]

    def _row(self, value: ServiceSpecificCredential) -> Mapping[str, Any]:
        return {
            "credential_id": value.credential_id,
            "account_id": value.account_id,
            "owner_id": value.owner_id,
            "created_at": microseconds(value.created_at),
            "status": value.status.value,
            "service": value.service,
            "service_user_name": value.service_user_name,
            "secret_hash": value.secret_hash,
            "expires_at": microseconds_or_none(value.expires_at),
        }

    def _value(self, row: Sequence[Any]) -> ServiceSpecificCredential:
        credential_id, account_id, owner_id, created_at, status, service, name, secret_hash, expires_at = row
        return ServiceSpecificCredential(
            account_id=account_id,
            credential_id=credential_id,
            owner_id=owner_id,
            service=service,
            service_user_name=name,
            secret_hash=secret_hash,
            created_at=time_of(created_at),
            status=CredentialStatus(status),
            expires_at=time_or_none(expires_at),
        )

    def _missing(self, id_: str) -> ServiceError:
        return NoSuchEntity(f"No such credential {id_} exists")  # fact 70
