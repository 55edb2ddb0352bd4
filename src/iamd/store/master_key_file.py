"""The file beside a database in which a master key is kept that nobody has set."""

import base64
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from iamd.domain.ids import Ids
from iamd.store.errors import StoreError

_MASTER_KEY_BYTES: Final = 32


def beside(database: Path) -> Path:
    """Return where the master key of a SQLite database is kept that nobody has set."""
    return database.with_name(database.name + ".master-key")


@dataclass(frozen=True, slots=True)
class MasterKeyFile:
    """The file beside a database in which a master key is kept that nobody has set."""

    path: Path

    def read_or_make(self, database: Path, ids: Ids) -> bytes:
        """
        Return the key, having made it for a database that is yet to be made.

        Raises:
            StoreError: It cannot be read or written, or the database is there and its key is not.
        """
        try:
            if self.path.exists():
                return base64.b64decode(self.path.read_text(encoding="ascii").strip(), validate=True)
            if database.exists():
                raise StoreError(f"the master key of `{database}` is not in `{self.path}`, and none was set")
            key = ids.token(_MASTER_KEY_BYTES)
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(base64.b64encode(key) + b"\n")
        except OSError as error:
            raise StoreError(f"cannot keep the master key in `{self.path}`: {error.strerror}") from error
        except ValueError as error:
            raise StoreError(f"`{self.path}` holds no master key") from error
        return key
