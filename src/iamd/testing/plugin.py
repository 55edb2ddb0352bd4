"""
The pytest plugin.

Options of the ini file (``[tool.pytest.ini_options]``):

* ``iamd_upstream``: a URL, or ``moto`` for moto's server in the same process, which then has IAM in front of it.
* ``iamd_api``: what clients of an API of your own sign for (``orders``), for tests of what asks with `iamd.middleware`.
* ``iamd_mode``: ``enforce``, or ``soft`` to let requests to the upstream through and report what would have been needed.

A test that fails is reported together with what was denied in it, and with the policy that would have allowed it.
"""

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import boto3

    from iamd.testing.server import Iamd

_SERVER: "pytest.StashKey[Iamd]" = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("iamd_upstream", "URL of the services behind iamd, or `moto`")
    parser.addini("iamd_api", "what clients of an API of your own sign their requests for")
    parser.addini("iamd_mode", "`enforce` or `soft`", default="enforce")


@pytest.fixture(scope="session")
def _iamd_server(pytestconfig: pytest.Config) -> Iterator["Iamd"]:
    from iamd.testing.server import running  # noqa: PLC0415  for those who use it

    upstream = str(pytestconfig.getini("iamd_upstream")) or None
    api = str(pytestconfig.getini("iamd_api")) or None
    mode = str(pytestconfig.getini("iamd_mode"))
    if mode not in {"enforce", "soft"}:
        raise pytest.UsageError(f"iamd_mode is `enforce` or `soft`, not `{mode}`")
    moto = _moto() if upstream == "moto" else None
    if moto is not None:
        host, port = moto.get_host_and_port()
        upstream = f"http://{host}:{port}"
    try:
        with running(upstream=upstream, soft=mode == "soft", api=api) as server:
            yield server
    finally:
        if moto is not None:
            moto.stop()


@pytest.fixture
def iamd(_iamd_server: "Iamd", request: pytest.FixtureRequest) -> "Iamd":
    """Give an iamd with an empty account; see `iamd.testing.Iamd`."""
    _iamd_server.reset()
    request.node.stash[_SERVER] = _iamd_server
    return _iamd_server


@pytest.fixture
def iamd_user(iamd: "Iamd") -> Callable[..., "boto3.Session"]:
    """Give a function that makes a user with policies, and returns a boto3 session with the user's credentials."""
    return iamd.user


@pytest.fixture
def iamd_role(iamd: "Iamd") -> Callable[..., "boto3.Session"]:
    """
    Give a function that makes a role, and returns a boto3 session of the assumed role.

    ``iamd_role(policies)``, or ``iamd_role(trust, policies)``.
    """

    def made(*documents: Any, by: "boto3.Session | None" = None, **parameters: Any) -> "boto3.Session":
        if len(documents) > 2:
            raise TypeError("iamd_role takes a trust policy and the policies of the role")
        if len(documents) == 2:
            parameters["trust"], documents = documents[0], documents[1:]
        return iamd.assume(iamd.role(*documents, **parameters), by=by)

    return made


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Add what was denied to the report of a test that failed."""
    outcome: Any = yield
    report: pytest.TestReport = outcome.get_result()
    server = item.stash.get(_SERVER, None)
    if report.when != "call" or not report.failed or server is None:
        return
    denials = server.denials
    if not denials:
        return
    lines = [f"{each.caller_arn}: {each.request.action} on {each.request.resource}" for each in denials]
    report.sections.append(("iamd: denied in this test", "\n".join(dict.fromkeys(lines))))
    wanted = server.missing_policy
    if wanted["Statement"]:
        report.sections.append(("iamd: a policy that would allow it", json.dumps(wanted, indent=2)))


def _moto() -> Any:
    try:
        from moto.server import ThreadedMotoServer  # noqa: PLC0415  only where it is asked for
    except ImportError as error:
        raise pytest.UsageError("`iamd_upstream = moto` needs `pip install 'moto[server]'`") from error
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    return server
