"""
What clients can do, from what `make compatibility` recorded: a line for each in the README, and a page with all that was tried.

usage: compatibility.py --write | --check

``--write`` puts the table between its two marks, and writes the page; ``--check`` (a test) fails when that would change anything.
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
PAGE: Final = ROOT / "docs" / "reference" / "compatibility.md"

BEGIN: Final = "<!-- compatibility:begin -->\n"
END: Final = "<!-- compatibility:end -->\n"

WORKS: Final = "works"
_HEAD: Final = "| client | version | works | does not, or is not tested |\n|---|---|---|---|\n"
_PAGE_HEAD: Final = """\
# Compatibility

<!-- Written by `make compatibility`, from what its run recorded. -->

What unmodified clients do with iamd, each against a server of its own, in the versions that were run. `make clients` runs most of it
again, `make terraform`, `make ansible`, `make auditors`, `make identity-providers` and `make s3-servers` what takes longer. What is in no
package registry (Terraform and its newer providers, aws-nuke) is tested where a machine has it.
"""

Record = Sequence[Mapping[str, str]]


def table(record: Record) -> str:
    """Return the table of the README: a row for each client, with how many flows work, and those that do not."""

    def rows() -> Iterator[str]:
        for client, entries in _by_client(record):
            works = [entry for entry in entries if entry["result"] == WORKS]
            others = [f"{entry['flow']}: {entry['result']}" for entry in entries if entry["result"] != WORKS]
            versions = "<br>".join(dict.fromkeys(_cell(entry["version"]) for entry in works))
            count = f"{len(works)} flow{'s' if len(works) > 1 else ''}" if works else ""
            yield f"| {_cell(client)} | {versions} | {count} | {'<br>'.join(map(_cell, others))} |\n"

    return _HEAD + "".join(rows())


def page(record: Record) -> str:
    """Return the page: each client with all that was tried."""

    def parts() -> Iterator[str]:
        yield _PAGE_HEAD
        for client, entries in _by_client(record):
            yield f"\n## {client}\n"
            for (version, result), flows in itertools.groupby(
                entries, key=lambda entry: (entry["version"], entry["result"])
            ):
                said = f"{version} {result}".strip().capitalize()
                yield f"\n{said}:\n\n"
                # The record's links are the README's.
                yield from (f"- {entry['flow']}\n".replace("](docs/", "](../") for entry in flows)

    return "".join(parts())


def _by_client(record: Record) -> Iterator[tuple[str, list[Mapping[str, str]]]]:
    for client, entries in itertools.groupby(record, key=lambda entry: entry["client"]):
        yield client, list(entries)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def with_table(readme: str, record: Record) -> str:
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
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    readme = README.read_text(encoding="utf-8")
    for path, wanted in ((README, with_table(readme, record)), (PAGE, page(record))):
        if words == ["--write"]:
            path.write_text(wanted, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != wanted:
            sys.stderr.write(
                f"{path.name} does not say what {RECORD.name} says; run tools/compatibility.py --write\n"
            )
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
