"""The Python of the documentation runs, and prints what the page says it prints."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.pages import ROOT, blocks, pages_with


def _pages() -> Iterator[Any]:
    """Yield the pages; those whose code is tests have pytest started for them."""
    for page in pages_with("python"):
        slow = any("def test_" in block.text for block in blocks(page, "python"))
        yield pytest.param(page, id=str(page.relative_to(ROOT)), marks=[pytest.mark.slow] if slow else [])


@pytest.mark.parametrize("page", list(_pages()))
def test_the_python_of_a_page_runs(page: Path, tmp_path: Path) -> None:
    for block in blocks(page, "python"):
        if "def test_" in block.text:
            _passes(block.text, tmp_path)
            continue
        done = subprocess.run(  # noqa: S603  the documentation's own code
            [sys.executable, "-c", block.text], capture_output=True, text=True, cwd=tmp_path, check=False
        )
        assert done.returncode == 0, done.stderr
        said = [line.removeprefix("# ") for line in block.text.splitlines() if line.startswith("# ")]
        assert done.stdout.splitlines() == said


def _passes(text: str, folder: Path) -> None:
    """Run tests that a page shows with pytest."""
    (folder / "test_page.py").write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_page.py"],
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_there_is_a_page_with_python() -> None:
    assert pages_with("python")
