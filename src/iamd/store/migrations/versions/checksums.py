"""
Checksums of pages.

Nothing changes in the tables.  Programs of this revision make SQLite files whose pages have checksums, those before would write
pages without: the name of the revision lets such a file tell them so (`iamd.store.schema.OLDEST_WITH_CHECKSUMS`).
"""

from typing import Final

revision: Final = "0021"
down_revision: Final = "0020"


def upgrade() -> None:
    """Do nothing."""
