"""`iamd backup`, `iamd restore` and `iamd db`: as operators use them, while a server runs and after it is lost."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update
from tests.support.answers import refusal
from tests.support.loops import LoopThread
from tests.support.postgres import fresh_database
from tests.support.serving import init
from tests.support.world import Actor, Credentials, World, document

from iamd.cli.main import cli
from iamd.setting_sources import load_settings
from iamd.store import schema
from iamd.store.engines import sqlite_database
from iamd.store.migrations import upgrade
from iamd.store.reading import writing

TRUST = document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}})


def run(*words: object) -> Result:
    return CliRunner().invoke(cli, list(map(str, words)))


def said(*words: object) -> str:
    done = run(*words)
    assert done.exit_code == 0, done.output
    return done.output


def refused(*words: object) -> str:
    done = run(*words)
    assert done.exit_code == 1, done.output
    return done.output


def running(loop: LoopThread, config: Path) -> World:
    """Return what `iamd serve` would run, in this process."""
    world = World(loop, load_settings({}, {}, file=config))
    text = (config.parent / "root.credentials").read_text()
    found = dict(re.findall(r"^aws_([a-z_]+) = (\S+)$", text, re.MULTILINE))
    world.root = Actor(world, Credentials(found["access_key_id"], found["secret_access_key"]), "root")
    return world


def lose(config: Path) -> None:
    for path in config.parent.glob("iamd.db*"):
        path.unlink()


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_what_is_lost_comes_back_without_its_sessions(
    kind: str, loop: LoopThread, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """A session that was revoked after the backup, of which the backup knows nothing, stays revoked."""
    config = init(tmp_path / "iamd", "--account-id", "123456789012")
    world = running(loop, config)
    bob = world.user("bob", {"Effect": "Allow", "Action": "*", "Resource": "*"})
    world.root.iam.create_role(RoleName="worker", AssumeRolePolicyDocument=TRUST)
    arn = "arn:aws:iam::123456789012:role/worker"
    session = bob.assume(arn)
    backup = tmp_path / "backup"
    # While it runs.
    assert said("backup", "--config", config, backup).endswith("read back and found whole\n")
    world.root.iam.create_user(UserName="after")
    world.close()
    lose(config)

    with (
        fresh_database(request.getfixturevalue("postgres_server")) if kind == "postgres" else Nothing() as url
    ):
        if kind == "postgres":
            text = config.read_text().replace('data = "iamd.db"', 'database_url_file = "url"')
            config.write_text(text)
            (config.parent / "url").write_text(url)
        lines = said("restore", "--config", config, backup).splitlines()
        assert lines[1] == "  1 accounts, 1 users, 1 roles, 2 access keys"
        assert "look them through" in lines[3]
        world = running(loop, config)
        again = Actor(world, bob.credentials)
        assert [user["UserName"] for user in again.iam.list_users()["Users"]] == ["bob"]
        code, _ = refusal(Actor(world, session.credentials).sts.get_caller_identity)
        assert code in {"ExpiredToken", "InvalidClientTokenId"}
        assert again.assume(arn).sts.get_caller_identity()["Arn"].endswith("assumed-role/worker/session")
        world.close()


class Nothing:
    def __enter__(self) -> str:
        return ""

    def __exit__(self, *_: object) -> None:
        pass


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return init(tmp_path / "iamd")


def test_a_backup_is_tried_without_restoring_it(config: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    said("backup", "--config", config, backup)
    before = (config.parent / "iamd.db").read_bytes()
    assert " can be restored\n" in said("restore", "--dry-run", "--config", config, backup)
    assert (config.parent / "iamd.db").read_bytes() == before
    backup.write_bytes(backup.read_bytes()[:-1])
    assert "has been changed or damaged" in refused("restore", "--dry-run", "--config", config, backup)


def test_nothing_is_written_over(config: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    said("backup", "--config", config, backup)
    assert "is there already" in refused("backup", "--config", config, backup)
    assert "cannot be written" in refused("backup", "--config", config, tmp_path / "nowhere" / "backup")
    assert "is not empty" in refused("restore", "--config", config, backup)
    (config.parent / "iamd.db").rename(tmp_path / "old.db")
    (config.parent / "iamd.db-wal").write_bytes(b"of the old one")
    assert "move it away, too" in refused("restore", "--config", config, backup)


def test_nothing_is_left_of_a_restore_that_fails(config: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    said("backup", "--config", config, backup)
    lose(config)
    (config.parent / "master.key").write_text("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n")
    assert "another master key" in refused("restore", "--config", config, backup)
    assert not (config.parent / "iamd.db").exists()
    assert "there is no database" in refused("backup", "--config", config, tmp_path / "other")


def test_a_schema_is_brought_up_to_date(config: Path) -> None:
    assert (
        said("db", "migrate", "--config", config) == f"the schema is up to date: revision {schema.REVISION}\n"
    )
    lose(config)
    database = sqlite_database(config.parent / "iamd.db", durable=False, readers=1)
    with writing(database) as connection:
        upgrade(connection, "0015")
    tried = said("db", "migrate", "--dry-run", "--config", config).splitlines()
    assert tried[0] == "0016  VPC endpoints, each with its policy."
    assert tried[-1] == f"{len(tried) - 1} revisions would be applied: 0015 -> {schema.REVISION}"
    assert said("db", "migrate", "--config", config).splitlines()[:-1] == tried[:-1]
    with writing(database) as connection:
        before = f"{int(schema.REVISION) - 1:04}"
        connection.execute(update(schema.alembic_version).values(version_num=before))
    tried = said("db", "migrate", "--dry-run", "--config", config).splitlines()
    assert tried[-1] == f"1 revision would be applied: {before} -> {schema.REVISION}"
    with writing(database) as connection:
        connection.execute(update(schema.alembic_version).values(version_num="9999"))
    database.dispose()
    assert "of revision 9999, of a later version" in said("db", "migrate", "--config", config)
    lose(config)
    assert "there is no database" in refused("db", "migrate", "--config", config)
