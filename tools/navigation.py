"""
The documentation as a tree: which page belongs to which, read from the pages themselves.

A ``README.md`` below ``docs/`` is the index of its folder.  It holds the pages of its folder, and those of folders without an
index of their own, that it links to; their order is that of the links, and where it links to one twice the last link counts.
So the site has the navigation that a reader of the bare files has, and a page that no index names is an orphan.
"""  # noqa: INP001  a program's part, not a package

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
DOCS: Final = ROOT / "docs"
HOME: Final = DOCS / "README.md"

OUTSIDE: Final[Mapping[str, str]] = {
    "README.md": "about",
    "CHANGELOG.md": "changelog",
    "CONTRIBUTING.md": "contributing",
    "SECURITY.md": "security",
    "bench/README.md": "what-a-decision-costs",
    "deploy/README.md": "ways-to-run-iamd",
    "tests/README.md": "where-a-test-goes",
}
"""Pages that stand elsewhere in the repository and are in the site, too: in its folder ``project``, under these names."""

FENCE: Final = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)
LINK: Final = re.compile(r"(?P<label>!?\[[^\]]*\])\((?P<target>[^)\s]+)\)")
_HEADING: Final = re.compile(r"^#{2,} +(.*)$")


@dataclass(frozen=True)
class Entry:
    """
    A page in its index.

    Attributes:
        heading: Of the section of the index that it is linked in; empty above the first one.
    """

    page: Path
    heading: str


def pages() -> list[Path]:
    """Return every page of the site."""
    return [*sorted(DOCS.rglob("*.md")), *(ROOT / name for name in OUTSIDE)]


def is_relative(target: str) -> bool:
    return not re.match(r"[a-z][a-z+.-]*:|#", target)


def resolved(page: Path, target: str) -> Path:
    """Return the file that a relative link of *page* leads to; of a folder with an index, the index."""
    file = (page.parent / target.partition("#")[0]).resolve()
    return file / "README.md" if (file / "README.md").is_file() else file


def index_of(page: Path) -> Path:
    """Return the index that *page* belongs to."""
    own = page.parent if page.name == "README.md" else page
    for folder in own.parents:
        if folder == DOCS or DOCS in folder.parents:
            index = folder / "README.md"
            if index.is_file():
                return index
    return HOME


def entries(index: Path) -> list[Entry]:
    """Return the pages that *index* holds, in its order."""
    known, found, heading = set(pages()) - {HOME}, dict[Path, Entry](), ""
    for line in FENCE.sub("", index.read_text(encoding="utf-8")).splitlines():
        if match := _HEADING.match(line):
            heading = match[1]
        for link in LINK.finditer(line):
            if not is_relative(link["target"]):
                continue
            page = resolved(index, link["target"])
            if page in known and page != index and index_of(page) == index:
                found.pop(page, None)
                found[page] = Entry(page, heading)
    return list(found.values())


def orphans() -> Iterator[str]:
    """Yield each page that its index does not name."""
    held = {entry.page for index in DOCS.rglob("README.md") for entry in entries(index)}
    for page in pages():
        if page != HOME and page not in held:
            yield f"{page.relative_to(ROOT)}: {index_of(page).relative_to(ROOT)} does not link to it"
