"""The table of `docs/reference/policy-semantics.md` that says where each line is obeyed and held: whoever cites its number."""  # noqa: INP001  a program's part, not a package

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from tools.navigation import DOCS, ROOT

PAGE: Final = DOCS / "reference" / "policy-semantics.md"
BEGIN: Final = "<!-- lines:begin -->\n"
END: Final = "<!-- lines:end -->\n"

_LINE: Final = re.compile(r"^\| (\d+) \| ", re.MULTILINE)
_CITED: Final = re.compile(r"[Ss]emantics((?:,? (?:and )?\d+(?:-\d+)?)+)")
_NUMBERS: Final = re.compile(r"(\d+)(?:-(\d+))?")


def semantics_page() -> str:
    """
    Return the page with its table, anew.

    The table is written with the other pages, and not compared with them: who cites a line changes with every test.
    """
    before, begin, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    table = "".join(_rows(_lines(before), {room: _citing(room) for room in ("src", "tests")}))
    return f"{before}{begin}\n| line | obeyed in | held by |\n|---|---|---|\n{table}\n{end}{after}"


def unheld() -> Iterator[str]:
    """Yield each line that no test cites, and each that is cited and not there."""
    lines, held = _lines(PAGE.read_text(encoding="utf-8").partition(BEGIN)[0]), _citing("tests")
    for number in sorted(set(lines) - set(held)):
        yield f"{PAGE.relative_to(ROOT)}: no test cites line {number} (`semantics {number}`)"
    for found in (held, _citing("src")):
        for number in sorted(set(found) - set(lines)):
            yield f"{found[number][0]}: {PAGE.name} has no line {number}"


def _lines(text: str) -> list[int]:
    return [int(number) for number in _LINE.findall(text)]


def _citing(room: str) -> Mapping[int, list[str]]:
    """Return the files of *room* that cite each line."""
    found: dict[int, list[str]] = defaultdict(list)
    for path in sorted((ROOT / room).rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        for numbers in _CITED.findall(path.read_text(encoding="utf-8")):
            for first, last in _NUMBERS.findall(numbers):
                for number in range(int(first), int(last or first) + 1):
                    if name not in found[number]:
                        found[number].append(name)
    return found


def _rows(lines: list[int], cited: Mapping[str, Mapping[int, list[str]]]) -> Iterator[str]:
    for number in lines:
        cells = ["<br>".join(f"`{name}`" for name in found.get(number, ())) for found in cited.values()]
        yield f"| {number} | {' | '.join(cells)} |\n"
