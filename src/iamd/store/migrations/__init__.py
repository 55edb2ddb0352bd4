"""
Revisions of the schema.

A fresh database is made from `iamd.store.schema` and stamped; only an older one comes here, so that Alembic is imported
only then.  A revision, once released, is not changed any more.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection

from iamd.store.errors import UnknownSchemaError


def upgrade(connection: Connection) -> None:
    """
    Bring the database up to the present schema, in the transaction that *connection* is in.

    Raises:
        UnknownSchemaError: Its revision is none of ours: a later version of iamd was here, or something else.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise UnknownSchemaError(f"the database is of a revision that is not known here: {error}") from error
