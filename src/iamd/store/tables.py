"""What the tables of the schema are made of: their one collection, their types, and how one is described."""

from typing import Any, Final

from sqlalchemy import BigInteger, Integer, MetaData, Table, Text

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)

# SQLite numbers rows by itself only in a column of exactly this type, and its strict tables know no other integer.
NUMBER: Final = BigInteger().with_variant(Integer(), "sqlite")
# The order of bytes of UTF-8 is that of code points; SQLite's default, and on PostgreSQL by request.
KEY: Final = Text().with_variant(Text(collation="C"), "postgresql")


def table(name: str, *items: Any) -> Table:
    return Table(name, metadata, *items, sqlite_strict=True)
