"""The file beside a database in which a master key is kept that nobody has set."""

import base64
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from iamd.domain.ids import Ids
from iamd.durable import sync_folder
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
            self._keep(base64.b64encode(key) + b"\n")
        except OSError as error:
            raise StoreError(f"cannot keep the master key in `{self.path}`: {error.strerror}") from error
        except ValueError as error:
            raise StoreError(f"`{self.path}` holds no master key") from error
        return key

    def _keep(self, content: bytes) -> None:
        """Write the file, whole or not at all, and before anything is sealed with what is in it: nothing else opens that."""
        temporary = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            # Not `rename`, which would replace what somebody else has just made.
            os.link(temporary, self.path)
        finally:
            temporary.unlink(missing_ok=True)
        sync_folder(self.path.absolute().parent)
