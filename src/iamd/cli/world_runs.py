"""Policy test files that have been run: what failed and why, and which statements nothing touched."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from iamd.catalogue.managed_policies import AwsManagedPolicies
from iamd.cli.explanation import plain, reasons
from iamd.cli.terminal import printable
from iamd.exchange.world_files import read_world_file
from iampolicy import Policy, Statement, explain, report, suggest
from iampolicy.worlds import EXPECTED, Case, Result, WorldError, run

_WORDS: Final = {outcome: word for word, outcome in EXPECTED.items()}


class CaseRun:
    """A case with its answers."""

    def __init__(self, case: Case, results: tuple[Result, ...]) -> None:
        self.name = printable(case.name)
        self.results = results
        self._case = case

    @cached_property
    def wrong(self) -> Result | None:
        """The first answer that is not the expected one."""
        return next((result for result in self.results if not result.passed), None)

    @property
    def complaint(self) -> str:
        """A line about that answer; empty when there is none."""
        if self.wrong is None:
            return ""
        case, decision, request = self._case, self.wrong.decision, self.wrong.request
        expected = _WORDS[case.expected] + (f" because of {case.because}" if case.because else "")
        return (
            f"{printable(request.action)} on {printable(request.resource)} should be {expected}, "
            f"and it is {_WORDS[decision.outcome]} because of {decision.layer}"
        )

    @property
    def explanation(self) -> str:
        """Lines about why; empty when there is no such answer."""
        if self.wrong is None:
            return ""
        request, policies = self.wrong.request, self.wrong.policies
        suggestions = () if self.wrong.decision.allowed else suggest(request, policies)
        return plain(reasons(report(explain(request, policies), suggestions)))


@dataclass(frozen=True, slots=True)
class FileRun:
    """
    What became of one file.

    Attributes:
        error: Why it could not be read; empty when it could.
    """

    name: str
    cases: tuple[CaseRun, ...] = ()
    error: str = ""

    @property
    def failed(self) -> tuple[CaseRun, ...]:
        return tuple(case for case in self.cases if case.wrong is not None)


class Coverage:
    """Which statements some case touched, over all files: a document may be used by several."""

    def __init__(self) -> None:
        self._documents: dict[str, Policy] = {}
        self._touched: set[tuple[str, int]] = set()

    def add(self, documents: Iterable[tuple[str, Policy]], results: Iterable[Result]) -> None:
        self._documents.update(documents)
        self._touched.update(
            (policy.name, statement.index)
            for result in results
            for _, policy, statement in result.decision.hits
        )

    @property
    def total(self) -> int:
        return sum(len(policy.statements) for policy in self._documents.values())

    def untouched(self) -> list[tuple[str, Statement]]:
        """Return the other statements, each with the label of its document."""
        return [
            (label, statement)
            for label, policy in self._documents.items()
            for statement in policy.statements
            if (label, statement.index) not in self._touched
        ]


def run_file(path: Path, managed: AwsManagedPolicies, coverage: Coverage) -> FileRun:
    """Run the cases of one file, and add what they touched to *coverage*."""
    name = printable(str(path))
    try:
        file = read_world_file(path, managed)
    except WorldError as error:
        return FileRun(name, error=printable(str(error)))
    runs = tuple(CaseRun(case, tuple(run([case]))) for case in file.cases)
    coverage.add(file.documents.items(), (result for each in runs for result in each.results))
    return FileRun(name, runs)
