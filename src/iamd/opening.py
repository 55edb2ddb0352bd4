"""Opens the database that the settings name; a part of `iamd.assemble`."""

from iamd.domain.ids import Ids
from iamd.settings import Settings
from iamd.store.errors import StoreError
from iamd.store.interface import Store
from iamd.store.master_key_file import MasterKeyFile, beside
from iamd.store.open import open_postgres, open_sqlite, open_temporary


def open_store(settings: Settings, ids: Ids, *, new: bool = True) -> Store:
    """
    Open the database that the settings name.

    Raises:
        StoreError: It cannot be opened, or is empty and may not be *new*.
    """
    given, other = settings.master_key_bytes(), settings.other_master_key_bytes()
    if settings.database_url is not None:
        if given is None:
            raise StoreError("`database_url` needs a `master_key`: it must be the same on every node")
        return open_postgres(settings.database_url.reveal(), master_key=given, ids=ids, other=other, new=new)
    if settings.data is not None:
        kept = MasterKeyFile(beside(settings.data))
        return open_sqlite(
            settings.data,
            master_key=given or kept.read_or_make(settings.data, ids),
            ids=ids,
            other=other,
            new=new,
        )
    return open_temporary(ids=ids)
