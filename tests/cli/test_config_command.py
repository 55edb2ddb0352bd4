"""`iamd config`: what is set and where it comes from, without secrets."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from iamd.cli.main import cli
from iamd.settings import SETTINGS

TOML = """
port = 5001
workers = 3
trusted_proxies = ["10.0.0.0/8", "192.168.0.1"]
pep_key = "canary-of-the-pep-key"
master_key_file = "key"
log_level = "debug"

[[upstream]]
services = ["s3"]
url = "http://127.0.0.1:9000"
secret_access_key = "canary-of-the-upstream"

[[enforcement_point]]
name = "nginx"
key = "canary-of-the-enforcement-point"
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IAMD_LOG_LEVEL", "error")
    (tmp_path / "key").write_text("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n")
    path = tmp_path / "iamd.toml"
    path.write_text(TOML)
    return path


def said(*words: object) -> str:
    done = CliRunner().invoke(cli, ["config", *map(str, words)])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_every_setting_with_its_source(config: Path) -> None:
    rows = {row["setting"]: row for row in json.loads(said("print", "--output", "json", "--config", config))}
    assert list(rows) == list(SETTINGS)
    assert rows["port"] == {"setting": "port", "value": 5001, "source": f"port in {config}"}
    assert rows["host"]["source"] == "default"
    assert rows["log_level"]["value"] == "error"
    assert rows["log_level"]["source"] == "IAMD_LOG_LEVEL in the environment"
    assert rows["master_key"]["value"] == rows["pep_key"]["value"] == "(secret)"
    assert rows["master_key"]["source"] == f"master_key_file in {config}"
    assert rows["upstream"]["value"] == ["s3 at http://127.0.0.1:9000"]
    assert rows["enforcement_point"]["value"] == ["nginx (s3)"]


def test_lines_for_people(config: Path) -> None:
    heading, *lines = said("print", "--changed").splitlines()
    assert heading.split() == ["setting", "value", "source"]
    assert [line.split()[0] for line in lines] == [
        "port",
        "workers",
        "trusted_proxies",
        "master_key",
        "upstream",
        "enforcement_point",
        "pep_key",
        "log_level",
    ]
    assert re.split(" {2,}", lines[2]) == [
        "trusted_proxies",
        "10.0.0.0/8, 192.168.0.1",
        "trusted_proxies in iamd.toml",
    ]


@pytest.mark.parametrize("words", [["print"], ["print", "--output", "json"], ["print", "--changed"]])
def test_no_secret_is_shown(config: Path, words: list[str]) -> None:
    """R-78: what prints settings prints no secret."""
    text = said(*words)
    assert "canary" not in text
    assert "AAECAwQF" not in text


def test_of_a_collector_the_host_is_shown(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """R-78: with many, whoever knows the rest of the URL may post there."""
    monkeypatch.setenv("IAMD_AUDIT_WEBHOOK", "https://collector.example.com:8088/canary?key=canary")
    monkeypatch.setenv("IAMD_AUDIT_SPOOL", "spool")
    said = CliRunner().invoke(cli, ["config", "print", "--config", str(config)]).output
    assert "canary" not in said
    assert "  https://collector.example.com:8088/…  " in said


def test_an_example_is_all_defaults() -> None:
    assert tomllib.loads(said("example")) == {}


def test_what_does_not_parse_is_told(config: Path) -> None:
    config.write_text("prot = 1\n")
    done = CliRunner().invoke(cli, ["config", "print"])
    assert (done.exit_code, "did you mean port in iamd.toml?" in done.output) == (1, True)
