"""`iamd db checksums`, and what `iamd doctor` says of pages."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.support.serving import init
from tests.support.sqlite import by_another_program, exchange, sqlite, without_checksums

from iamd.cli.main import cli


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return init(tmp_path / "iamd")


@pytest.fixture
def old(config: Path) -> Path:
    """Give the configuration of a database that a version before made."""
    (config.parent / "iamd.db").unlink()
    without_checksums(config.parent / "iamd.db")
    (config.parent / "root.credentials").unlink()
    return init(config.parent)


def run(config: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["db", "checksums", "--config", str(config), *words])
    return done.exit_code, done.output.replace(str(config.parent), "").replace("Error: ", "").strip()


def oldest(config: Path) -> str:
    with sqlite(config.parent / "iamd.db") as connection:
        rows = connection.execute("SELECT value FROM meta WHERE name = 'oldest_revision'").fetchall()
    return str(rows[0][0])


def pages(config: Path) -> tuple[str, str]:
    """Return what is said of pages, or of the database instead."""
    done = CliRunner().invoke(cli, ["doctor", "--output", "json", "--config", str(config)])
    said = {row["about"]: (row["level"], row["said"]) for row in json.loads(done.output)}
    found: tuple[str, str] = said.get("pages") or said["database"]
    return found


def test_a_new_file_has_them(config: Path) -> None:
    assert pages(config) == ("ok", "each has a checksum: what is damaged is found when it is read")
    assert run(config) == (0, "the pages of `/iamd.db` have checksums")


def test_an_old_one_is_given_them(old: Path) -> None:
    level, said = pages(old)
    assert (level, "`iamd db checksums` adds them" in said) == ("warning", True)
    assert run(old) == (0, "the pages of `/iamd.db` have checksums now")
    assert pages(old)[0] == "ok"


def test_not_while_a_server_has_it_open(old: Path) -> None:
    with sqlite(old.parent / "iamd.db") as connection:
        connection.execute("SELECT * FROM users").fetchall()
        assert run(old) == (1, "`/iamd.db` is in use: stop whatever has it open")
    assert pages(old)[0] == "warning"


def test_not_before_the_schema_is_up_to_date(old: Path) -> None:
    with sqlite(old.parent / "iamd.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0020'")
    assert run(old) == (1, "the schema is not up to date: `iamd db migrate` brings it there")


@pytest.mark.parametrize("words", [(), ("--anew",)])
def test_not_before_the_schema_is_up_to_date_and_not_of_nothing(config: Path, words: tuple[str, ...]) -> None:
    file = config.parent / "iamd.db"
    with sqlite(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0020'")
    assert run(config, *words) == (1, "the schema is not up to date: `iamd db migrate` brings it there")
    file.unlink()
    assert run(config, *words) == (1, "there is no database `/iamd.db`")
    assert not file.exists()


def test_who_was_killed_before_the_end_says_so_when_it_is_run_anew(config: Path) -> None:
    with sqlite(config.parent / "iamd.db") as connection:
        connection.execute("UPDATE meta SET value = '0019' WHERE name = 'oldest_revision'")
    assert run(config) == (0, "the pages of `/iamd.db` have checksums")
    assert oldest(config) == "0021"


def test_a_restored_file_says_of_itself_which_programs_may_open_it(old: Path) -> None:
    file, backup = old.parent / "iamd.db", old.parent / "backup"
    assert oldest(old) == "0019"
    assert CliRunner().invoke(cli, ["backup", str(backup), "--config", str(old)]).exit_code == 0
    file.unlink()
    assert CliRunner().invoke(cli, ["restore", str(backup), "--config", str(old)]).exit_code == 0
    assert oldest(old) == "0021"
    backup.unlink()
    assert CliRunner().invoke(cli, ["backup", str(backup), "--config", str(old)]).exit_code == 0
    file.unlink()
    without_checksums(file)  # an empty file that another program has made
    assert CliRunner().invoke(cli, ["restore", str(backup), "--config", str(old)]).exit_code == 0
    assert oldest(old) == "0019"


def test_what_another_program_wrote_is_taken_when_that_is_asked_for(config: Path) -> None:
    by_another_program(config.parent / "iamd.db", "UPDATE meta SET value = value")
    by_another_program(config.parent / "iamd.db", "UPDATE accounts SET name = 'elsewhere'")
    level, said = pages(config)
    assert (level, "another program wrote it: its checksum is wrong" in said) == ("failure", True)
    code, said = run(config)
    assert (code, "its checksum is wrong" in said) == (1, True)
    assert run(config, "--anew") == (0, "the pages of `/iamd.db` have checksums now")
    assert pages(config)[0] == "ok"


def test_a_backup_is_not_made_of_what_is_not_compared(config: Path) -> None:
    file = config.parent / "iamd.db"
    content = bytearray(file.read_bytes())
    content[20] = 0  # the bytes that are reserved of each page
    file.write_bytes(content)
    done = CliRunner().invoke(cli, ["backup", str(config.parent / "backup"), "--config", str(config)])
    assert (done.exit_code, "its pages had checksums" in done.output) == (1, True)
    assert not (config.parent / "backup").exists()


def test_a_damaged_page_is_told(config: Path) -> None:
    exchange(config.parent / "iamd.db", b"master_key_check", b"master_key_chick")
    level, said = pages(config)
    assert (level, "its checksum is wrong" in said) == ("failure", True)


@pytest.mark.postgres
def test_postgresql_has_its_own(tmp_path: Path, postgres_url: str) -> None:
    (tmp_path / "url").write_text(postgres_url)
    config = init(tmp_path / "iamd", "--database-url-file", str(tmp_path / "url"))
    code, said = run(config)
    assert (code, "PostgreSQL has checksums of its own" in said) == (1, True)
    level, said = pages(config)
    assert (level, "data_checksums" in said) in {("warning", True), ("ok", False)}
