"""
The documentation as a site: everything below ``docs/``, and the pages of the repository that belong to it.

usage: python -m tools.build_site FOLDER

`make docs` does this, in a virtual environment that has Sphinx.  The pages stay as they are read in the repository; here
they are put together, the links among them are set right, and each index is told which pages it holds.  What Sphinx warns
of (a link that leads nowhere, a page that nobody links to) ends the build.  The site asks no other host for anything.
"""  # noqa: INP001  a program, not a package

import os
import re
import shutil
import sys
import tempfile
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from sphinx.cmd.build import build_main
from tools.navigation import DOCS, FENCE, HOME, LINK, OUTSIDE, ROOT, entries, is_relative, pages, resolved

CONFIGURATION: Final = ROOT / "tools" / "site"

_ACCESSIBLE: Final = {
    # A heading has a level; what scrolls sideways is scrolled by keyboard, too.
    '<p class="caption" role="heading">': '<p class="caption" role="heading" aria-level="2">',
    '<div class="table-wrapper': '<div tabindex="0" class="table-wrapper',
    "<pre>": '<pre tabindex="0">',
}
"""What Sphinx and its theme write, and what people with a keyboard or a screen reader need."""


def place(page: Path) -> Path:
    """Return where *page* is in the site, as a path without a suffix."""
    if DOCS not in page.parents:
        return Path("project") / OUTSIDE[page.relative_to(ROOT).as_posix()]
    inside = page.relative_to(DOCS).with_suffix("")
    return inside.with_name("index") if inside.name == "README" else inside


def text_of(page: Path, folder: Path) -> str:
    """Return the text of *page* for the site; files that it links to are copied below *folder*."""
    known = set(pages())

    def link(match: re.Match[str]) -> str:
        label, target = match["label"], match["target"]
        if not is_relative(target):
            return match[0]
        file, (_, mark, anchor) = resolved(page, target), target.partition("#")
        if file in known:
            return f"{label}({_relative(place(page), place(file))}.md{mark}{anchor})"
        if not file.exists():
            return match[0]
        if not file.is_file():
            # A folder of the repository: the site has none.
            return label.strip("[]")
        copy = Path("files") / file.relative_to(ROOT)
        (folder / copy).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, folder / copy)
        return f"{label}({_relative(place(page), copy)})"

    text = page.read_text(encoding="utf-8")
    parts, end = [], 0
    for fence in FENCE.finditer(text):
        parts += [LINK.sub(link, text[end : fence.start()]), fence[0]]
        end = fence.end()
    return "".join([*parts, LINK.sub(link, text[end:]), *_contents(page)])


def _relative(page: Path, target: Path) -> str:
    return Path(os.path.relpath(target, page.parent)).as_posix()


def _contents(page: Path) -> list[str]:
    """Return what tells Sphinx which pages an index holds."""
    if page.name != "README.md" or DOCS not in page.parents:
        return []
    found = []
    for heading, held in groupby(entries(page), key=lambda entry: entry.heading):
        caption = f":caption: {heading}\n" if page == HOME and heading else ""
        names = "".join(f"{_relative(place(page), place(entry.page))}\n" for entry in held)
        found.append(f"\n\n```{{toctree}}\n:hidden:\n:maxdepth: 1\n{caption}\n{names}```\n")
    return found


def build(folder: Path) -> int:
    """Build the site in *folder*, anew, and return the exit status."""
    shutil.rmtree(folder, ignore_errors=True)
    with tempfile.TemporaryDirectory() as made:
        source = Path(made)
        for page in pages():
            file = source / place(page).with_suffix(".md")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text_of(page, source), encoding="utf-8")
        words: list[Any] = [
            "-q",
            "-W",
            "--keep-going",
            "-b",
            "html",
            "-c",
            CONFIGURATION,
            "-d",
            source / ".doctrees",
        ]
        status = build_main([str(word) for word in [*words, source, folder]])
    for left in (".buildinfo", "objects.inv"):
        (folder / left).unlink(missing_ok=True)
    # The theme wants no sources, but Sphinx makes their folder.
    shutil.rmtree(folder / "_sources", ignore_errors=True)
    for file in folder.rglob("*.html"):
        text = file.read_text(encoding="utf-8")
        for made, wanted in _ACCESSIBLE.items():
            text = text.replace(made, wanted)
        file.write_text(text, encoding="utf-8")
    return status


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tools.build_site FOLDER")
    sys.exit(build(Path(sys.argv[1]).resolve()))
