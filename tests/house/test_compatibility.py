"""The README's compatibility table is the one that the recorded run of the clients gives."""

import subprocess
import sys

import pytest
from tests.house.source import ROOT
from tools.compatibility import BEGIN, END, page, table, with_table

RECORD = [
    {"client": "a", "version": "1", "flow": "x", "result": "works"},
    {"client": "a", "version": "1", "flow": "y|z", "result": "works"},
    {"client": "a", "version": "", "flow": "w", "result": "not tested"},
    {"client": "b", "version": "2", "flow": "[x](docs/howto/x.md)", "result": "works"},
]
TABLE = """\
| client | version | works | does not, or is not tested |
|---|---|---|---|
| a | 1 | 2 flows | w: not tested |
| b | 2 | 1 flow |  |
"""
PAGE = """
## a

1 works:

- x
- y|z

Not tested:

- w

## b

2 works:

- [x](../howto/x.md)
"""


def test_the_table_of_the_readme_is_what_the_clients_showed() -> None:
    check = subprocess.run(  # noqa: S603  our own program
        [sys.executable, ROOT / "tools" / "compatibility.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (check.returncode, check.stderr) == (0, "")


def test_each_client_has_a_row() -> None:
    assert table(RECORD) == TABLE


def test_the_page_has_every_flow() -> None:
    assert page(RECORD).partition("\n\n## a")[2] == PAGE.partition("\n## a")[2]


def test_the_table_goes_between_its_marks() -> None:
    around = f"above\n{BEGIN}old\n{END}below\n"
    assert with_table(around, RECORD) == f"above\n{BEGIN}\n{TABLE}\n{END}below\n"


@pytest.mark.parametrize("readme", ["", BEGIN, END, END + BEGIN, BEGIN + END + END, BEGIN + BEGIN + END])
def test_marks_that_are_not_there_once_are_refused(readme: str) -> None:
    with pytest.raises(ValueError, match="each of the two marks once"):
        with_table(readme, RECORD)
