"""Signing certificates."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select

from iamd.domain.credential_status import CredentialStatus
from iamd.domain.ids import AccountId
from iamd.domain.signing_certificates import SigningCertificate
from iamd.errors import NoSuchEntity, ServiceError
from iamd.store import schema
from iamd.store.owned import Owned, OwnedStatements
from iamd.store.statements import Statement, given
from iamd.store.values import microseconds, time_of

_TABLE: Final = schema.signing_certificates
_KNOWN: Final = Statement(
    select(_TABLE.c.certificate_id).where(
        _TABLE.c.account_id == given("account_id"), _TABLE.c.fingerprint == given("fingerprint")
    )
)


class SigningCertificates(Owned[SigningCertificate]):
    statements = OwnedStatements(_TABLE)

    def known(self, account_id: AccountId, fingerprint: str) -> bool:
        values = {"account_id": account_id, "fingerprint": fingerprint}
        return bool(self._execution.rows(_KNOWN, values))

    def _row(self, value: SigningCertificate) -> Mapping[str, Any]:
        return {
            "certificate_id": value.certificate_id,
            "account_id": value.account_id,
            "owner_id": value.owner_id,
            "created_at": microseconds(value.created_at),
            "status": value.status.value,
            "body": value.body,
            "fingerprint": value.fingerprint,
        }

    def _value(self, row: Sequence[Any]) -> SigningCertificate:
        certificate_id, account_id, owner_id, created_at, status, body, fingerprint = row
        return SigningCertificate(
            account_id=account_id,
            certificate_id=certificate_id,
            owner_id=owner_id,
            body=body,
            fingerprint=fingerprint,
            created_at=time_of(created_at),
            status=CredentialStatus(status),
        )

    def _missing(self, id_: str) -> ServiceError:
        return NoSuchEntity(f"The Certificate with id {id_} cannot be found.")  # fact 68
