"""SSH public keys."""

from collections.abc import Mapping, Sequence
from typing import Any

from iamd.domain.credential_status import CredentialStatus
from iamd.domain.ssh_public_keys import SSHPublicKey
from iamd.errors import NoSuchEntity, ServiceError
from iamd.store import schema
from iamd.store.owned import Owned, OwnedStatements
from iamd.store.values import microseconds, time_of


class SSHPublicKeys(Owned[SSHPublicKey]):
    statements = OwnedStatements(schema.ssh_public_keys)

    def _row(self, value: SSHPublicKey) -> Mapping[str, Any]:
        return {
            "ssh_public_key_id": value.ssh_public_key_id,
            "account_id": value.account_id,
            "owner_id": value.owner_id,
            "created_at": microseconds(value.created_at),
            "status": value.status.value,
            "body": value.body,
            "fingerprint": value.fingerprint,
        }

    def _value(self, row: Sequence[Any]) -> SSHPublicKey:
        ssh_public_key_id, account_id, owner_id, created_at, status, body, fingerprint = row
        return SSHPublicKey(
            account_id=account_id,
            ssh_public_key_id=ssh_public_key_id,
            owner_id=owner_id,
            body=body,
            fingerprint=fingerprint,
            created_at=time_of(created_at),
            status=CredentialStatus(status),
        )

    def _missing(self, id_: str) -> ServiceError:
        return NoSuchEntity(f"The Public Key with id {id_} cannot be found.")  # fact 69
