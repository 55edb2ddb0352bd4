"""Fixtures that more than one room's tests need."""

import gc
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import pytest
from tests.support.loops import LoopThread, loop_thread
from tests.support.postgres import PostgresUnavailableError, fresh_database, private_server, where

if TYPE_CHECKING:
    from tests.support.world import Actor, World

# Ten thousand tests leave much behind that lives on, policies and models above all, and looking through it again and again
# takes time: of two hundred tests of IAM and the wire 3 % of the instructions.  Of the whole suite it was not measured.
gc.set_threshold(50_000, 20, 200)

_HALF: Final = pytest.StashKey[str]()


@pytest.fixture(scope="session")
def loop() -> Iterator[LoopThread]:
    """Give the event loop on which applications answer; a process has one."""
    with loop_thread() as thread:
        yield thread


@pytest.fixture
def world(loop: LoopThread) -> Iterator["World"]:
    """Give a fresh application with one account."""
    from tests.support.world import World  # noqa: PLC0415  loads the managed policies, which not every test needs

    world = World(loop)
    yield world
    world.close()


@pytest.fixture
def root(world: "World") -> "Actor":
    """Give the root user of the account, to whom everything of the account is allowed."""
    return world.root


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> Iterator[str]:
    """
    Give the URL of a PostgreSQL server on which databases may be created.

    ``IAMD_TEST_POSTGRES_URL`` wins; without it a private server is started; where that cannot be, the tests that ask
    are skipped and the summary says so.  In CI (``CI=true``) they fail instead.
    """
    named = os.environ.get("IAMD_TEST_POSTGRES_URL")
    if named:
        request.config.stash[_HALF] = f"run on the server at {where(named)} (IAMD_TEST_POSTGRES_URL)"
        yield named
        return
    try:
        with private_server() as url:
            request.config.stash[_HALF] = "run on a private server"
            yield url
    except PostgresUnavailableError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(f"in CI the tests need PostgreSQL: {error}")
        request.config.stash[_HALF] = f"SKIPPED: {error}"
        pytest.skip(str(error))


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """Give the URL of an empty PostgreSQL database that lasts for one test."""
    with fresh_database(postgres_server) as url:
        yield url


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand what became of the PostgreSQL half from a worker to the process that writes the summary."""
    workeroutput = getattr(session.config, "workeroutput", None)
    if workeroutput is not None and _HALF in session.config.stash:
        workeroutput["postgres"] = session.config.stash[_HALF]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take it from there; the half ran when it ran in any worker."""
    said = getattr(node, "workeroutput", {}).get("postgres")
    if said:
        node.config.stash[_HALF] = said


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what became of the PostgreSQL half, so that a skip is never silent."""
    if _HALF in config.stash:
        terminalreporter.write_line(f"PostgreSQL tests: {config.stash[_HALF]}.")
