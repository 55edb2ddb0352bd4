"""A development server's outside: a process that is running, answers the health question, and has a state file."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from tests.support.server_state import state_at

from iamd.cli.state import ServerState, published

StartServer = Callable[[int], ServerState]


@pytest.fixture
def environ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Give the process a state folder of its own, and return its environment."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return dict(os.environ)


@pytest.fixture
def start_server(environ: dict[str, str]) -> Iterator[StartServer]:
    """Return a function that starts a server, which answers the health question with the status that it is given."""
    with ExitStack() as stack:

        def start(health: int) -> ServerState:
            server = stack.enter_context(HTTPServer(("127.0.0.1", 0), _handler(health)))
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
            stack.callback(server.shutdown)
            state = state_at(server.server_port, os.getpid())
            stack.enter_context(published(state, environ))
            return state

        yield start


@pytest.fixture
def server(start_server: StartServer) -> ServerState:
    """Give a server that is running and well."""
    return start_server(200)


def _handler(health: int) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(health if self.path == "/_iamd/health" else 404)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name that it has there
            pass

    return Handler
