"""
A server for the clients, and the record of what they did.

``IAMD_TEST_COMPATIBILITY=write`` writes the record of a complete run to docs/reference (`make compatibility`).
"""

import os
from collections.abc import Generator, Iterator
from typing import Final

import pytest
from tests.clients import flows
from tests.clients.lab import Lab, Member, allow
from tests.clients.server import development_server
from tests.clients.toolchain import IN_CI, Client, MissingError, Program
from tests.clients.tools import UnavailableError

_RESULTS: Final = pytest.StashKey[dict[tuple[str, ...], str]]()
_VERSIONS: Final = pytest.StashKey[dict[str, str]]()
_SKIPPED: Final = pytest.StashKey[dict[str, str]]()
_NOTES: Final = pytest.StashKey[dict[str, str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "flow(title, client): proves a row of the compatibility table")
    config.stash[_RESULTS] = {}
    config.stash[_VERSIONS] = {}
    config.stash[_SKIPPED] = {}
    config.stash[_NOTES] = {}


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Give a server that runs for all the tests of the session."""
    with development_server(tmp_path_factory.mktemp("server")) as (found_by, root):
        yield Lab(found_by, root, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def admin(lab: Lab) -> Member:
    """Give a user who may do everything (root cannot assume roles)."""
    return lab.user("admin", allow("*"))


@pytest.fixture
def program(request: pytest.FixtureRequest) -> Program:
    """
    Get the client of the test ready, once for all tests.

    A skip is never silent: the summary says which client was missing.  In CI it is a failure, where there is a
    registry to get the client from.
    """
    client: Client = request.param
    try:
        ready = client.prepare()
    except MissingError as error:
        if IN_CI and not isinstance(error, UnavailableError):
            pytest.fail(f"in CI the tests need every client: {error}")
        request.config.stash[_SKIPPED][client.name] = str(error)
        pytest.skip(str(error))
    if ready.version:
        request.config.stash[_VERSIONS][client.name] = ready.version
    return ready


@pytest.fixture(scope="session")
def versions(request: pytest.FixtureRequest) -> dict[str, str]:
    """Give the versions of the clients, for those that learn theirs from the client's own program."""
    return request.config.stash[_VERSIONS]


@pytest.fixture(scope="session")
def notes(request: pytest.FixtureRequest) -> dict[str, str]:
    """Give what the summary shall say of a client."""
    return request.config.stash[_NOTES]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    mark = item.get_closest_marker("flow")
    if mark and (report.when == "call" or report.failed):
        results = item.config.stash[_RESULTS]
        if report.failed or mark.args not in results:
            results[mark.args] = flows.FAILS if report.failed else flows.WORKS
    return report


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write the record, if that is wanted and the run was whole and green."""
    if os.environ.get("IAMD_TEST_COMPATIBILITY") != "write":
        return
    results, versions = session.config.stash[_RESULTS], session.config.stash[_VERSIONS]
    # A client that the machine lacks keeps what an earlier run has shown.
    expected = {row for row in flows.shown(session) if row[1] not in session.config.stash[_SKIPPED]}
    if exitstatus != 0 or not flows.is_whole(session) or expected != set(results):
        session.config.stash[_SKIPPED]["the record"] = "not written: a test failed, or not all have run"
        return
    flows.record(
        flows.Result(client, versions[client], title, result) for (title, client), result in results.items()
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what ran with which client, so that a skip is never silent."""
    by_client: dict[str, list[str]] = {}
    for (_, client), result in config.stash[_RESULTS].items():
        by_client.setdefault(client, []).append(result)
    for client, results in by_client.items():
        version = config.stash[_VERSIONS].get(client, "")
        works = results.count(flows.WORKS)
        terminalreporter.write_line(f"{client} {version}: {works} of {len(results)} flows work.")
    for client, note in config.stash[_NOTES].items():
        terminalreporter.write_line(f"{client}: {note}.")
    for client, reason in config.stash[_SKIPPED].items():
        terminalreporter.write_line(f"{client}: SKIPPED: {reason}.")
