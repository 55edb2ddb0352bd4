"""What is proved with which client, and the record of it from which the README's table is made."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from tests.clients.toolchain import ALL, Client
from tests.clients.tools import TOOLS

RECORD: Final = Path(__file__).resolve().parents[2] / "docs" / "reference" / "compatibility.json"

WORKS: Final = "works"
FAILS: Final = "fails"

# What no test can show here: client, flow, why.  It stands in the table, so that nobody has to find out.
NOT_TESTED: Final = (
    (
        "AWS CLI 2",
        "profiles: `role_arn`",
        "not possible before 2.13: no endpoint for its own call of STS",
    ),
    (
        "AWS CLI 2",
        "IRSA: `AWS_ROLE_ARN`, `AWS_WEB_IDENTITY_TOKEN_FILE`, `AWS_ENDPOINT_URL_STS`",
        "not possible before 2.13: no endpoint for its own call of STS",
    ),
    ("AWS SDK for Ruby", "IAM with version 3", "not tested: of version 3 Debian packages STS alone"),
)


@dataclass(frozen=True)
class Result:
    client: str
    version: str
    flow: str
    result: str


def flow(title: str, *clients: Client) -> Callable[[Any], Any]:
    """
    Mark a test as the proof of a flow with each of *clients*; its fixture ``program`` is the client.

    Args:
        title: How the table calls the flow.
    """
    return pytest.mark.parametrize(
        "program",
        [
            pytest.param(client, id=client.name, marks=pytest.mark.flow(title, client.name))
            for client in clients
        ],
        indirect=True,
    )


def shown(session: pytest.Session) -> set[tuple[Any, ...]]:
    """Return flow and client of each test of this run."""
    return {mark.args for item in session.items if (mark := item.get_closest_marker("flow"))}


def is_whole(session: pytest.Session) -> bool:
    """
    Return whether this run has every flow of its clients; picking by ``-k`` and the like makes it a part.

    The clients of a folder are in no other.
    """
    picked = any(session.config.getoption(name) for name in ("keyword", "markexpr"))
    collected = {item.path for item in session.items if item.get_closest_marker("flow")}
    folders = {path.parent for path in collected}
    proofs = {
        path for folder in folders for path in folder.glob("test_*.py") if "@flow(" in path.read_text("utf-8")
    }
    return not picked and proofs == collected


def recorded() -> list[Result]:
    """Return what the last recorded run has shown."""
    return [Result(**each) for each in json.loads(RECORD.read_text(encoding="utf-8"))]


def record(results: Iterable[Result]) -> None:
    """Write down what a run has shown, and what no run can; other clients keep what an earlier run has shown."""
    order = [client.name for client in (*ALL, *TOOLS)]
    shown = list(results)
    ran = {row.client for row in shown}
    earlier = [row for row in recorded() if row.client not in ran and row.result == WORKS]
    rows = [*shown, *earlier, *(Result(client, "", title, why) for client, title, why in NOT_TESTED)]
    rows.sort(key=lambda row: (order.index(row.client), row.result != WORKS))
    entries = [
        {"client": row.client, "version": row.version, "flow": row.flow, "result": row.result} for row in rows
    ]
    RECORD.parent.mkdir(parents=True, exist_ok=True)
    RECORD.write_text(json.dumps(entries, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
