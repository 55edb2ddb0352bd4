"""The PostgreSQL half: what the fixtures promise to the tests that use them."""

import psycopg
import pytest
from tests.support.postgres import fresh_database, where

pytestmark = pytest.mark.postgres


def test_a_database_is_empty_and_its_own(postgres_url: str, postgres_server: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        connection.execute("CREATE TABLE once (n integer)")
    with fresh_database(postgres_server) as other, psycopg.connect(other) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE tablename = 'once'").fetchone()
    assert tables == (0,)
    assert other != postgres_url


def test_a_database_is_gone_afterwards_though_somebody_is_connected(postgres_server: str) -> None:
    with fresh_database(postgres_server) as url:
        lingering = psycopg.connect(url)
    lingering.close()
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(url)


def test_where_does_not_show_a_password() -> None:
    assert where("postgresql://iamd:hunter2@db.example:5432/postgres") == "db.example"
    assert where("postgresql://iamd@/postgres?host=%2Ftmp%2Fsocket") == "/tmp/socket"  # noqa: S108  text, not a file
