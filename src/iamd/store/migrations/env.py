"""Alembic's entry: run the revisions on the connection that `iamd.store.migrations.upgrade` was given."""

from alembic import context

# The transaction is the caller's: Alembic begins and commits none.
context.configure(connection=context.config.attributes["connection"], transactional_ddl=False)
context.run_migrations()
