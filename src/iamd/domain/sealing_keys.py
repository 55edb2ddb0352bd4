"""Sealing keys: the keyring that session tokens and markers are sealed with."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from iamd.secret import Secret


class SealingKeyState(StrEnum):
    """A key is announced (staged), then seals (primary), then only opens (retired)."""

    STAGED = "staged"
    PRIMARY = "primary"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class SealingKey:
    """
    A key of the ring.

    Attributes:
        key_id: Four bytes in hexadecimal; travels in clear with what the key sealed.
        material: 32 bytes in Base64, encrypted at rest; each purpose derives its own subkey.
        changed_at: When it entered its state.
    """

    key_id: str
    state: SealingKeyState
    material: Secret
    created_at: datetime
    changed_at: datetime
