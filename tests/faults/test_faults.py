"""One run of what `make faults` does two hundred times."""

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
