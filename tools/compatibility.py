"""
The compatibility table of the README, from what `make compatibility` recorded.

usage: compatibility.py --write | --check

``--write`` puts the table between its two marks; ``--check`` (a test) fails when that would change it.
"""  # noqa: INP001  a program, not a package

import itertools
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
README: Final = ROOT / "README.md"
RECORD: Final = ROOT / "docs" / "reference" / "compatibility.json"

BEGIN: Final = "<!-- compatibility:begin -->\n"
END: Final = "<!-- compatibility:end -->\n"

_HEAD: Final = "| client | version | flow | result |\n|---|---|---|---|\n"


def table(record: Sequence[Mapping[str, str]]) -> str:
    """Return the table: one row for the flows of a client that have the same result."""

    def rows() -> Iterator[str]:
        for key, entries in itertools.groupby(
            record, key=lambda entry: (entry["client"], entry["version"], entry["result"])
        ):
            client, version, result = map(_cell, key)
            flows = "<br>".join(_cell(entry["flow"]) for entry in entries)
            yield f"| {client} | {version} | {flows} | {result} |\n"

    return _HEAD + "".join(rows())


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def with_table(readme: str, record: Sequence[Mapping[str, str]]) -> str:
    """
    Return *readme* with the table of *record* between the marks.

    Raises:
        ValueError: It does not have each mark once.
    """
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or BEGIN in rest or END in after:
        raise ValueError(f"{README.name} does not have each of the two marks once")
    return before + begin + "\n" + table(record) + "\n" + end + after


def main(words: list[str]) -> int:
    """Do what the command line says, and return the exit status."""
    if words not in (["--write"], ["--check"]):
        sys.stderr.write("usage: compatibility.py --write | --check\n")
        return 2
    readme = README.read_text(encoding="utf-8")
    wanted = with_table(readme, json.loads(RECORD.read_text(encoding="utf-8")))
    if words == ["--write"]:
        README.write_text(wanted, encoding="utf-8")
    elif wanted != readme:
        sys.stderr.write(
            f"{README.name} does not say what {RECORD.name} says; run tools/compatibility.py --write\n"
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
