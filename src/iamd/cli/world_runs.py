"""Policy test files that have been run: what failed and why, and which statements nothing touched."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from iamd.catalogue.managed_policies import AwsManagedPolicies
from iamd.cli.explanation import plain, reasons
from iamd.cli.terminal import printable
from iamd.exchange.world_files import read_world_file
from iampolicy import Policy, Statement, explain, report, suggest
from iampolicy.worlds import EXPECTED, Case, Result, WorldError, run

_WORDS: Final = {outcome: word for word, outcome in EXPECTED.items()}


class Failure:
    """An answer that is not the expected one."""

    def __init__(self, result: Result) -> None:
        self._result = result

    @property
    def complaint(self) -> str:
        """Say in a line what was expected, and what it is."""
        case, decision, request = self._result.case, self._result.decision, self._result.request
        expected = _WORDS[case.expected] + (f" because of {case.because}" if case.because else "")
        return (
            f"{printable(request.action)} on {printable(request.resource)} should be {expected}, "
            f"and it is {_WORDS[decision.outcome]} because of {decision.layer}"
        )

    @property
    def explanation(self) -> str:
        """Say in several why."""
        request, policies = self._result.request, self._result.policies
        suggestions = () if self._result.decision.allowed else suggest(request, policies)
        return plain(reasons(report(explain(request, policies), suggestions)))


class CaseRun:
    """
    A case with its answers.

    Attributes:
        failure: The first answer that is not the expected one.
    """

    def __init__(self, case: Case) -> None:
        self.name = printable(case.name)
        self.results = tuple(run([case]))
        wrong = next((result for result in self.results if not result.passed), None)
        self.failure = None if wrong is None else Failure(wrong)


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
        return tuple(case for case in self.cases if case.failure is not None)


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
    runs = tuple(map(CaseRun, file.cases))
    coverage.add(file.documents.items(), (result for each in runs for result in each.results))
    return FileRun(name, runs)
