"""
Revisions of the schema.

A fresh database is made from `iamd.store.schema` and stamped; only an older one comes here, so that Alembic is imported
only then.  A revision, once released, is not changed any more.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from iamd.store.errors import UnknownSchemaError


def upgrade(connection: Connection, revision: str = "head") -> None:
    """
    Bring the database up to the present schema, or another *revision*, in the transaction that *connection* is in.

    Raises:
        UnknownSchemaError: Its revision is none of ours: a later version of iamd was here, or something else.
    """
    config = _config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, revision)
    except CommandError as error:
        raise UnknownSchemaError(f"the database is of a revision that is not known here: {error}") from error


def pending(revision: str | None) -> list[tuple[str, str]]:
    """
    Return the revisions that follow *revision*, in order, each with what it is about; None is an empty database.

    Raises:
        UnknownSchemaError: It is none of ours.
    """
    scripts = ScriptDirectory.from_config(_config())
    try:
        found = list(scripts.iterate_revisions("head", revision or "base"))
    except CommandError as error:
        raise UnknownSchemaError(f"the database is of a revision that is not known here: {error}") from error
    return [(each.revision, (each.doc or "").splitlines()[0]) for each in reversed(found)]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config
