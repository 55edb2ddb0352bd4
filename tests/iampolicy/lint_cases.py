"""What the tests of the lints are written in."""

from typing import Any, Final

from tests.iampolicy.cases import document

from iamd.catalogue.services import AwsServices
from iampolicy import PolicyKind
from iampolicy.lint import lint

SERVICES: Final = AwsServices()
IDENTITY: Final = PolicyKind.IDENTITY
Json = dict[str, Any]


def found(
    *statements: Json, kind: PolicyKind = IDENTITY, version: str | None = "2012-10-17"
) -> list[tuple[str, str, str]]:
    """Return rule, pointer and message of each finding."""
    return [
        (finding.rule, finding.pointer, finding.message)
        for finding in lint(document(*statements, version=version), kind, SERVICES)
    ]


def rules(*statements: Json, kind: PolicyKind = IDENTITY, version: str | None = "2012-10-17") -> list[str]:
    return [name for name, _, _ in found(*statements, kind=kind, version=version)]
