"""One run of what `make faults` does two hundred times."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.faults.exhaustion import files
from tests.faults.run import kill_runs, place

pytestmark = pytest.mark.slow


def test_a_server_that_is_killed_amid_writes_has_kept_what_it_answered() -> None:
    """R-87: no acknowledged write is lost, nothing is there by half, and it starts again by itself."""
    with place("sqlite") as at:
        report = kill_runs(at, 1, seed=1)
    assert report.wrong == []
    assert report.acknowledged > 0


def test_a_server_that_may_open_no_more_files_goes_on(tmp_path: Path) -> None:
    """R-84: connections that are too many are refused or cut, who was there before is answered, and it recovers."""
    assert list(files(tmp_path, 1, 0)) == []


@pytest.mark.parametrize(
    "words",
    [
        ["damage", "--runs", "20"],
        ["migrations", "--runs", "1", "--users", "100"],
        ["large", "--megabytes", "10", "--secrets", "1000", "--kills", "1"],
    ],
    ids=lambda words: words[0],
)
def test_what_is_done_often_or_to_a_large_installation_can_be_done_once_and_to_a_small_one(
    words: list[str],
) -> None:
    done = subprocess.run(  # noqa: S603  our own program
        [sys.executable, "-m", f"tests.faults.{words[0]}", *words[1:]],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (
        done.returncode,
        "\n0 promises broken" in done.stdout or ", 0 promises broken" in done.stdout,
    ) == (0, True), done.stdout + done.stderr
