"""Server certificates; the private key is sealed (`iamd.store.encryption`)."""

from collections.abc import Sequence
from typing import Any

from iamd.domain.server_certificates import ServerCertificate
from iamd.errors import EntityAlreadyExists, NoSuchEntity, ServiceError
from iamd.store import schema
from iamd.store.encryption import Place
from iamd.store.named import Named, NamedStatements
from iamd.store.values import microseconds, tags_of, tags_text, time_of


class ServerCertificates(Named[ServerCertificate]):
    statements = NamedStatements(schema.server_certificates)

    def _bind(self, value: ServerCertificate) -> dict[str, Any]:
        return {
            "server_certificate_id": value.server_certificate_id,
            "created_at": microseconds(value.created_at),
            "body": value.body,
            "chain": value.chain,
            "private_key": self._execution.vault.seal(
                Place.SERVER_CERTIFICATE_KEY, value.server_certificate_id, value.private_key
            ),
            "expires_at": microseconds(value.expires_at),
            "tags": tags_text(value.tags),
        }

    def _value(self, row: Sequence[Any]) -> ServerCertificate:
        server_certificate_id, account_id, name, path, created_at, body, chain, key, expires_at, tags = row
        return ServerCertificate(
            account_id=account_id,
            server_certificate_id=server_certificate_id,
            name=name,
            path=path,
            created_at=time_of(created_at),
            body=body,
            chain=chain,
            private_key=self._execution.vault.open(Place.SERVER_CERTIFICATE_KEY, server_certificate_id, key),
            expires_at=time_of(expires_at),
            tags=tags_of(tags),
        )

    def _exists(self, name: str) -> ServiceError:
        return EntityAlreadyExists(f"The Server Certificate with name {name} already exists.")  # fact 67

    def _missing(self, name: str) -> ServiceError:
        return NoSuchEntity(f"The Server Certificate with name {name} cannot be found.")  # fact 67

    def _changed(self, value: ServerCertificate) -> None:
        """Say nothing: no decision depends on one; what is asked about it looks it up."""
