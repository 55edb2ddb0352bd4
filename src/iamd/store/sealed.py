"""Where the database holds sealed blobs: for whoever goes through all of them."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, Table

from iamd.store import schema
from iamd.store.encryption import Place


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """
    A column of sealed blobs.

    Attributes:
        row_id: What names the row to the vault; unique in its table.
    """

    place: Place
    table: Table
    row_id: Column[Any]

    @property
    def blob(self) -> Column[Any]:
        return self.table.c[self.place.value[1]]


def _sealed(place: Place, row_id: str) -> SealedColumn:
    table = schema.metadata.tables[place.value[0]]
    return SealedColumn(place, table, table.c[row_id])


SEALED_COLUMNS: Final = (
    _sealed(Place.ACCESS_KEY_SECRET, "access_key_id"),
    _sealed(Place.MFA_SEED, "serial_number"),
    _sealed(Place.SEALING_KEY_MATERIAL, "key_id"),
    _sealed(Place.SERVER_CERTIFICATE_KEY, "server_certificate_id"),
    _sealed(Place.SAML_PRIVATE_KEYS, "provider_id"),
    _sealed(Place.TOKEN_SIGNING_KEY, "key_id"),
    _sealed(Place.PASSWORD, "user_id"),
    _sealed(Place.PREVIOUS_PASSWORDS, "user_id"),
)
"""All of them, but for the text in ``meta`` that master keys are known by."""
