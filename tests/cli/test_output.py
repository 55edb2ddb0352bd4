"""How commands show what they have found, and how far they are."""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from click.testing import CliRunner
from tests.support.terminal import on_a_terminal

from iamd.cli.main import cli
from iamd.cli.output import Output, output_options, span, when

ROWS: list[dict[str, Any]] = [
    {"name": "ann", "account": "012345670123", "keys": 1, "old": False},
    {"name": "\x1b[31mred", "account": "2", "keys": None, "old": True},
]
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@click.command
@output_options
@click.argument("kind")
def shows(kind: str, output: Output) -> None:
    if kind == "rows":
        output.rows(ROWS, {"who": lambda row: row["name"], "account": lambda row: row["account"]})
    elif kind == "none":
        output.rows([], {"who": lambda row: row["name"]}, empty="there is nobody")
    elif kind == "stream":
        for row in ROWS:
            assert output.streamed(row) != output.in_words
    else:
        output.record(ROWS[1], [("who", ROWS[1]["name"]), ("account id", "2")])


def shown(*words: str) -> str:
    done = CliRunner().invoke(shows, words)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_tables_are_aligned_and_steer_no_terminal() -> None:
    """R-79: what a server tells moves no cursor and begins no line."""
    assert shown("rows") == "who          account\nann          012345670123\n\\x1b[31mred  2\n"
    assert shown("record") == "who         \\x1b[31mred\naccount id  2\n"


def test_json_and_yaml_say_the_same_and_keep_what_is_text() -> None:
    assert json.loads(shown("rows", "--output", "json")) == ROWS
    assert yaml.safe_load(shown("rows", "--output", "yaml")) == ROWS
    assert "\x1b" not in shown("rows", "--output", "json") + shown("rows", "--output", "yaml")


def test_of_many_each_is_a_line_or_a_document() -> None:
    assert [json.loads(line) for line in shown("stream", "--output", "json").splitlines()] == ROWS
    assert list(yaml.safe_load_all(shown("stream", "--output", "yaml"))) == ROWS
    assert shown("stream", "--query", "account") == "012345670123\n2\n"


def test_nothing_is_an_empty_list_for_programs_and_a_sentence_for_people() -> None:
    assert shown("none", "--output", "json") == "[]\n"
    done = CliRunner().invoke(shows, ["none"])
    assert (done.stdout, done.stderr) == ("", "there is nobody\n")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("[0].name", "ann\n"),
        ("[].name", "ann\n\\x1b[31mred\n"),
        ("[].[name, keys]", "ann          1\n\\x1b[31mred\n"),
        ("[].{who: name, old: old}", "who          old\nann          false\n\\x1b[31mred  true\n"),
        ("[0].{who: name, keys: keys}", "who   ann\nkeys  1\n"),
        ("length(@)", "2\n"),
        ("[0].nothing", ""),
        ("[]|[?keys==`9`]", ""),
    ],
)
def test_what_a_query_picks_is_shown_as_what_it_is(query: str, said: str) -> None:
    assert shown("rows", "--query", query) == said


@pytest.mark.parametrize("query", ["[", "length(`1`)", "nothing(@)"])
def test_a_query_that_cannot_be_is_the_command_line_s_mistake(query: str) -> None:
    done = CliRunner().invoke(shows, ["rows", "--query", query])
    assert (done.exit_code, done.stdout) == (2, "")
    assert "--query: " in done.stderr


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "2026-11-22 12:00Z (0 seconds ago)"),
        (59, "2026-11-22 11:59Z (59 seconds ago)"),
        (60, "2026-11-22 11:59Z (1 minute ago)"),
        (7_200, "2026-11-22 10:00Z (2 hours ago)"),
        (86_400 * 40, "2026-10-13 12:00Z (40 days ago)"),
        (-90, "2026-11-22 12:01Z (in 1 minute)"),
    ],
)
def test_times_are_told_with_how_far_they_are(seconds: int, said: str) -> None:
    at = NOW - timedelta(seconds=seconds)
    assert when(at, NOW) == when(at.isoformat(), NOW) == said
    assert when(None, NOW) == "never"
    assert span(0.9) == "0 seconds"


def test_colors_are_for_terminals_that_want_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = tmp_path / "p.json"
    policy.write_text(
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
    )
    words = ["simulate", "--principal", "arn:aws:iam::123456789012:user/bob", "--action", "s3:GetObject"]
    words += ["--resource", "arn:aws:s3:::b/o", "--resource-account", "123456789012", "--policy", str(policy)]
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[32mAllow" in CliRunner().invoke(cli, words, color=True).stdout
    assert "\x1b" not in CliRunner().invoke(cli, words).stdout
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in CliRunner().invoke(cli, words, color=True).stdout


PROGRAM = """
from iamd.cli.progress import progress
with progress("Counting", 2, patience=PATIENCE) as advance:
    advance(1)
    for _ in range(20_000_000 if PATIENCE == 0 else 1):
        pass
"""


@pytest.mark.slow
def test_progress_is_for_what_takes_longer_and_leaves_nothing(tmp_path: Path) -> None:
    def told(patience: float) -> str:
        text = PROGRAM.replace("PATIENCE", str(patience))
        said, status = on_a_terminal("-c", text, cwd=tmp_path, program=Path(sys.executable))
        assert status == 0, said
        return said

    slow = told(0)
    assert "Counting" in slow
    assert "1/2" in slow
    assert told(60).strip() == ""
