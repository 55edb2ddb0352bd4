"""The README's compatibility table is the one that the recorded run of the clients gives."""

import subprocess
import sys

import pytest
from tests.house.source import ROOT
from tools.compatibility import BEGIN, END, table, with_table

RECORD = [
    {"client": "a", "version": "1", "flow": "x", "result": "works"},
    {"client": "a", "version": "1", "flow": "y|z", "result": "works"},
    {"client": "a", "version": "", "flow": "w", "result": "not tested"},
    {"client": "b", "version": "2", "flow": "x", "result": "works"},
]
TABLE = """\
| client | version | flow | result |
|---|---|---|---|
| a | 1 | x<br>y\\|z | works |
| a |  | w | not tested |
| b | 2 | x | works |
"""


def test_the_table_of_the_readme_is_what_the_clients_showed() -> None:
    check = subprocess.run(  # noqa: S603  our own program
        [sys.executable, ROOT / "tools" / "compatibility.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (check.returncode, check.stderr) == (0, "")


def test_flows_with_the_same_result_share_a_row() -> None:
    assert table(RECORD) == TABLE


def test_the_table_goes_between_its_marks() -> None:
    around = f"above\n{BEGIN}old\n{END}below\n"
    assert with_table(around, RECORD) == f"above\n{BEGIN}\n{TABLE}\n{END}below\n"


@pytest.mark.parametrize("readme", ["", BEGIN, END, END + BEGIN, BEGIN + END + END, BEGIN + BEGIN + END])
def test_marks_that_are_not_there_once_are_refused(readme: str) -> None:
    with pytest.raises(ValueError, match="each of the two marks once"):
        with_table(readme, RECORD)
