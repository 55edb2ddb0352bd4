"""The pages of the documentation, as things to run."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))

_BLOCK = re.compile(
    r"^(?:<!-- (?P<note>[^\n]*?) -->\n)?```(?P<language>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE
)


@dataclass(frozen=True)
class Block:
    """
    A fenced block.

    Attributes:
        note: Of the comment on the line before: ``fails: TEXT`` when it must fail and say so, ``file: NAME`` when a reader
            keeps it under that name, ``server file: NAME`` when it has to be there before the server starts,
            ``not run: REASON``,
            ``policy test`` for YAML that is a policy test file and no seed.
    """

    language: str
    text: str
    note: str

    @property
    def fails_with(self) -> str | None:
        return self.note.removeprefix("fails: ") if self.note.startswith("fails: ") else None

    @property
    def run(self) -> bool:
        return not self.note.startswith("not run: ")

    @property
    def file(self) -> str | None:
        return self.note.removeprefix("file: ") if self.note.startswith("file: ") else None

    @property
    def server_file(self) -> str | None:
        return self.note.removeprefix("server file: ") if self.note.startswith("server file: ") else None

    @property
    def policy_test(self) -> bool:
        return self.note == "policy test"


def _all_blocks(page: Path) -> list[Block]:
    return [
        Block(match["language"], match["text"], match["note"] or "")
        for match in _BLOCK.finditer(page.read_text(encoding="utf-8"))
    ]


def blocks(page: Path, language: str) -> list[Block]:
    """Return the blocks of *page* in *language* that are meant to be run."""
    return [block for block in _all_blocks(page) if block.language == language and block.run]


def blocks_noted(page: Path, note: str, language: str) -> list[Block]:
    """Return the blocks of *page* in *language* below the comment *note*."""
    return [block for block in _all_blocks(page) if (block.note, block.language) == (note, language)]


def session(page: Path) -> list[Block]:
    """Return what a reader of *page* does in a shell, in order: its commands, and the files that they need."""
    return [block for block in _all_blocks(page) if block.file or (block.language == "sh" and block.run)]


def server_files(page: Path) -> dict[str, str]:
    """Return the files that have to be there before the server of *page* starts, by their paths."""
    return {block.server_file: block.text for block in _all_blocks(page) if block.server_file}


def pages_with(language: str) -> list[Path]:
    return [page for page in PAGES if blocks(page, language)]


def script(found: list[Block]) -> str:
    """Return one Bash script of all *found*, which ends at the first block that does not do as the page says."""
    parts = ["set -euo pipefail"]
    for number, block in enumerate(found):
        parts.append(f"echo '=== block {number}' >&2")
        if block.file is not None:
            parts.append(f"mkdir -p '{Path(block.file).parent}'")
            parts.append(f"cat > '{block.file}' <<'END OF FILE'\n{block.text}END OF FILE")
            continue
        if block.fails_with is None:
            parts.append(block.text)
            continue
        text = block.fails_with.replace("'", "'\\''")
        parts.append(
            f"if said=$( {{\n{block.text}\n}} 2>&1 ); then echo 'this should have failed' >&2; exit 1; fi\n"
            f"printf '%s' \"$said\" | tr '\\n' ' ' | grep -qF -- '{text}' || {{ echo \"$said\" >&2; exit 1; }}"
        )
    return "\n".join(parts) + "\n"
