"""Two versions on one database: what a later one may add, and what the earlier one makes of it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, update
from tests.support import store_values as values
from tests.support.databases import MASTER_KEY, database, opened
from tests.support.store_values import ACCOUNT_ID, add, read, write

from iamd.store import migrations, schema
from iamd.store.database_store import DatabaseStore
from iamd.store.interface import Change
from iamd.store.look import look_at
from iamd.store.reading import writing

NEXT = f"{int(schema.REVISION) + 1:04}"
VERSIONS = Path(migrations.__file__).parent / "versions"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give where a database is."""
    if request.param == "sqlite":
        return str(tmp_path / "iamd.db")
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def running(location: str) -> Iterator[DatabaseStore]:
    """Give a store of this version, which runs while the next version comes."""
    store = opened(location)
    add(store, values.account(), values.user("before"))
    yield store
    store.close()


def come(connection: Connection) -> None:
    """Do to a database what the next version may: add a table, a column that may be left out, an index, a kind of change."""
    connection.exec_driver_sql("CREATE TABLE novelties (novelty_id text PRIMARY KEY, user_id text)")
    connection.exec_driver_sql("ALTER TABLE users ADD COLUMN nickname text")
    connection.exec_driver_sql(
        "ALTER TABLE roles ADD COLUMN rank bigint NOT NULL DEFAULT 0".replace(
            "bigint", "integer" if connection.dialect.name == "sqlite" else "bigint"
        )
    )
    connection.exec_driver_sql("CREATE INDEX ix_users_nickname ON users (nickname)")
    connection.execute(update(schema.alembic_version).values(version_num=NEXT))


def test_this_version_goes_on_beside_the_next(running: DatabaseStore, location: str) -> None:
    heard: list[Change] = []
    running.on_changes(heard.extend)
    with writing(database(location)) as connection:
        come(connection)
        epoch = connection.exec_driver_sql("SELECT max(epoch) FROM changes").scalar_one()
        connection.execute(insert(schema.changes).values(epoch=epoch + 1, kind="novelty", id="n-1"))
    # One that runs reads and writes on, and starts again; what it does not know, it is not told.
    running.poll()
    assert heard == []
    add(running, values.user("during"), values.role("worker"))
    again = opened(location)
    add(again, values.user("after"))
    running.poll()
    names = [user.name for user in read(running, lambda tx: tx.users.page(ACCOUNT_ID, "/", None, 9))]
    assert names == ["after", "before", "during"]
    write(again, lambda tx: tx.roles.delete(tx.roles.get(ACCOUNT_ID, "worker")))
    assert read(running, lambda tx: tx.roles.find(ACCOUNT_ID, "worker")) is None
    again.close()
    look = look_at(database(location), [MASTER_KEY])
    assert (look.revision, look.key_fits) == (NEXT, True)


def test_revisions_only_add_since_the_oldest_that_may_run() -> None:
    """
    What makes it hold: a revision behind `OLDEST` removes, renames and tightens nothing.

    One that must do so makes `OLDEST` its own name.
    """
    found = []
    for path in sorted(set(VERSIONS.glob("*.py")) - {VERSIONS / "__init__.py"}):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        (revision,) = [
            str(node.value.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.AnnAssign | ast.Assign)
            and ast.unparse(node).startswith(("revision:", "revision ="))
            and isinstance(node.value, ast.Constant)
        ]
        if revision > schema.OLDEST:
            found += [f"{path.name}: {said}" for said in contracting(tree)]
    assert schema.OLDEST <= schema.REVISION
    assert found == []


ADDING = frozenset({"create_table", "create_index", "add_column", "batch_alter_table", "get_bind", "f"})


def contracting(tree: ast.Module) -> Iterator[str]:
    """Yield what a revision does to a schema that programs before it would not survive."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        of, name = node.func.value, node.func.attr
        if isinstance(of, ast.Name) and of.id in {"op", "batch"} and name not in ADDING:
            yield f"op.{name}"
        if name == "add_column":
            words = {
                word.arg: ast.unparse(word.value)
                for column in ast.walk(node)
                if isinstance(column, ast.Call)
                for word in column.keywords
            }
            if words.get("nullable") == "False" and "server_default" not in words:
                yield "a column that earlier programs do not fill"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("op.drop_table('users')", ["op.drop_table"]),
        ("op.alter_column('users', 'path', nullable=False)", ["op.alter_column"]),
        ("op.execute('DELETE FROM users')", ["op.execute"]),
        (
            "op.add_column('users', sa.Column('a', sa.Text(), nullable=False))",
            ["a column that earlier programs do not fill"],
        ),
        ("op.add_column('users', sa.Column('a', sa.Text(), nullable=False, server_default=''))", []),
        ("op.add_column('users', sa.Column('a', sa.Text()))", []),
        ("op.create_index('ix', 'users', ['a'])", []),
    ],
)
def test_what_removes_is_seen(line: str, said: list[str]) -> None:
    assert list(contracting(ast.parse(line))) == said
