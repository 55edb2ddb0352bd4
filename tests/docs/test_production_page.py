"""The commands of the page about production, run as it says."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.pages import ROOT, script, session

pytestmark = pytest.mark.slow

PAGE = ROOT / "docs" / "howto" / "run-in-production.md"


def test_the_commands_do_what_the_page_says(tmp_path: Path) -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("IAMD_")}
    environ["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    done = subprocess.run(  # noqa: S603  the documentation's own commands
        ["/bin/bash", "-c", script(session(PAGE))],
        env=environ,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "read back and found whole" in done.stdout
    assert "can be restored" in done.stdout
    assert "the schema is up to date" in done.stdout
    assert (tmp_path / "backup-of-today").stat().st_mode & 0o777 == 0o600
