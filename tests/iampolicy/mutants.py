"""
Mutants: the engine and its judge with one mistake each, to see whether the comparison of the two finds it.

As a program (``make mutants``) it tries them all and prints a table.  A mutant that survives means that the generator
never makes what would show the mistake; mend `generate`.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).resolve().parents[2]
_ENGINE: Final = _ROOT / "src" / "iampolicy"
_TESTS: Final = Path(__file__).resolve().parent
_JUDGE: Final = "judge/"

PAIRS: Final = 100_000
"""What the fast tests compare; a mutant has to be found by that."""
SEED: Final = 20_120_101


@dataclass(frozen=True)
class Mutant:
    """
    One mistake.

    Attributes:
        name: What is wrong.
        file: In the engine, or in the judge if it begins with ``judge/``.
        right: Text that is there exactly once.
        wrong: What it becomes.
    """

    name: str
    file: str
    right: str
    wrong: str

    @property
    def source(self) -> Path:
        return (_TESTS if self.file.startswith(_JUDGE) else _ENGINE) / self.file

    def mutated(self) -> str:
        """
        Return the source with the mistake.

        Raises:
            ValueError: The source is not what it was when the mutant was written.
        """
        text = self.source.read_text("utf-8")
        if text.count(self.right) != 1:
            raise ValueError(
                f"{self.name}: {text.count(self.right)} places in {self.file}; write the mutant anew"
            )
        return text.replace(self.right, self.wrong)


@dataclass(frozen=True)
class Trial:
    """What came of a mutant: whether the comparison found it, after how many pairs, and what it said."""

    mutant: Mutant
    caught: bool
    pairs: int
    said: str
    seconds: float


def attempt(mutant: Mutant) -> Trial:
    """Run the comparison on a copy with the mistake, with the seed and the number of pairs of the fast tests."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        shutil.copytree(_ENGINE, place / "iampolicy", ignore=shutil.ignore_patterns("__pycache__"))
        tests = place / "tests" / "iampolicy"
        shutil.copytree(_TESTS / "judge", tests / "judge", ignore=shutil.ignore_patterns("__pycache__"))
        for source in _TESTS.glob("*.py"):
            if not source.name.startswith("test_"):
                shutil.copy(source, tests)
        target = (tests if mutant.file.startswith(_JUDGE) else place / "iampolicy") / mutant.file
        target.write_text(mutant.mutated(), "utf-8")
        command = [sys.executable, "-m", "tests.iampolicy.differential", "--first", "--pairs", str(PAIRS)]
        done = subprocess.run(  # noqa: S603  our own program
            [*command, "--seed", str(SEED)],
            cwd=place,
            env={**os.environ, "PYTHONPATH": str(place), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode == 0:
        return Trial(mutant, caught=False, pairs=PAIRS, said="survives", seconds=time.monotonic() - start)
    if not done.stdout:
        raise RuntimeError(f"{mutant.name}: {done.stderr}")
    pairs, said = done.stdout.splitlines()[-1].split(" ", 1)
    return Trial(mutant, caught=True, pairs=int(pairs), said=said, seconds=time.monotonic() - start)


def main(arguments: Sequence[str]) -> int:
    from tests.iampolicy.mutants_list import MUTANTS  # noqa: PLC0415

    parser = argparse.ArgumentParser(
        description="See whether the comparison of engine and judge finds mistakes."
    )
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--only", default="", help="part of the names of those to try")
    asked = parser.parse_args(arguments)
    chosen = [mutant for mutant in MUTANTS if asked.only in mutant.name]
    survivors = 0
    with ThreadPoolExecutor(asked.processes) as pool:
        for trial in pool.map(attempt, chosen):
            survivors += not trial.caught
            found = f"{trial.pairs:>7,}" if trial.caught else " ------"
            print(f"{found}  {trial.mutant.file:<22}{trial.mutant.name:<62}{trial.said[:70]}", flush=True)
    print(f"{len(chosen) - survivors} of {len(chosen)} found (number: pairs it took, of {PAIRS:,})")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
