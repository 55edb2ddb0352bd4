"""One module per revision; Alembic finds them by the ``revision`` in each."""
