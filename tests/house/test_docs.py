"""The documentation: pages from the code are up to date, and links lead somewhere."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_pages_are_what_the_code_says_and_links_lead_somewhere() -> None:
    done = subprocess.run(  # noqa: S603  our own words
        [sys.executable, ROOT / "tools" / "docs.py", "--check"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
