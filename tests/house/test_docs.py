"""The documentation: pages from the code are up to date, and links lead somewhere."""

import subprocess
import sys
from pathlib import Path

import pytest
from tools import navigation

ROOT = Path(__file__).resolve().parents[2]


def test_pages_are_what_the_code_says_and_links_lead_somewhere() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.docs", "--check"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_an_index_holds_what_it_links_to_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docs = tmp_path / "docs"
    (docs / "howto").mkdir(parents=True)
    (docs / "tutorial").mkdir()
    pages = {
        "README.md": "[b](howto/b.md) [t](tutorial/t.md)\n\n## Read\n\n- [guides](howto/README.md)\n- [t](tutorial/t.md)\n",
        "howto/README.md": "## One\n\n- [b](b.md#x)\n\n## Two\n\n- [a](a.md), [t](../tutorial/t.md)\n",
        "howto/a.md": "# A\n",
        "howto/b.md": "# B\n",
        "howto/lost.md": "# Lost\n",
        "tutorial/t.md": "# T\n",
    }
    for name, text in pages.items():
        (docs / name).write_text(text)
    for name, value in {"ROOT": tmp_path, "DOCS": docs, "HOME": docs / "README.md", "OUTSIDE": {}}.items():
        monkeypatch.setattr(navigation, name, value)
    held = {
        name: [
            (entry.page.relative_to(docs).as_posix(), entry.heading)
            for entry in navigation.entries(docs / name)
        ]
        for name in ("README.md", "howto/README.md")
    }
    assert held == {
        "README.md": [("howto/README.md", "Read"), ("tutorial/t.md", "Read")],
        "howto/README.md": [("howto/b.md", "One"), ("howto/a.md", "Two")],
    }
    assert list(navigation.orphans()) == ["docs/howto/lost.md: docs/howto/README.md does not link to it"]
