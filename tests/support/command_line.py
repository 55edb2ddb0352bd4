"""The command line as people use it: a real server, and the commands that ask it by the SDK's own chain of credentials."""

import http.client
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from click.testing import CliRunner, Result
from tests.support.loops import LoopThread
from tests.support.world import Actor, Credentials, World

from iamd.cli.main import cli
from iamd.server.app import Door
from iamd.server.health import health_routes
from iamd.server.run import ServerThread


@dataclass(frozen=True)
class CommandLine:
    """
    A server, and a home to run commands in.

    Nothing of the machine's own configuration is seen: files, variables, instance metadata.
    """

    world: World
    url: str
    home: Path

    def environ(self, who: Actor | Credentials | None, **more: str) -> dict[str, str | None]:
        """Return the variables to set, and with None those to take away."""
        found: dict[str, str | None] = {name: None for name in os.environ if name.startswith("AWS_")}
        found |= {
            "HOME": str(self.home),
            "XDG_CACHE_HOME": None,
            "XDG_STATE_HOME": None,
            "NO_COLOR": None,
            "AWS_CONFIG_FILE": str(self.home / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(self.home / "credentials"),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": self.url,
        }
        credentials = who.credentials if isinstance(who, Actor) else who
        if credentials is not None:
            found |= {
                "AWS_ACCESS_KEY_ID": credentials.access_key_id,
                "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
                "AWS_SESSION_TOKEN": credentials.session_token,
            }
        return found | more

    def run(
        self, who: Actor | Credentials | None, *words: str, given: str | None = None, **more: str
    ) -> Result:
        """Run a command as *who*, with *given* as its standard input and *more* variables."""
        return CliRunner().invoke(cli, words, env=self.environ(who, **more), input=given)

    def json(self, who: Actor | Credentials | None, *words: str, **more: str) -> Any:
        """Return what a command shows with ``--output json``."""
        done = self.run(who, *words, "--output", "json", **more)
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    def process_environ(self, who: Actor | Credentials | None, **more: str) -> dict[str, str]:
        """Return the whole environment of a process."""
        changed = self.environ(who, **more)
        kept: Mapping[str, str | None] = {**os.environ, **changed}
        return {name: value for name, value in kept.items() if value is not None}


@contextmanager
def command_line(loop: LoopThread, home: Path) -> Iterator[CommandLine]:
    """Run a server, with its console, for the length of a ``with``."""
    world = World(loop)
    pages = {**health_routes({}), **world.app.console.routes()}
    with ServerThread(Door(world.app.pipeline.handle, pages)) as server:
        yield CommandLine(world, server.url, home)
    world.close()


def whose(link: str) -> str:
    """Open a link as a browser would, and say who is signed in."""
    url = urlsplit(link)
    assert url.path == "/_iamd/console/"
    connection = http.client.HTTPConnection(url.netloc, timeout=10)
    try:
        connection.request(
            "POST",
            "/_iamd/api/console/RedeemLink",
            json.dumps({"token": url.fragment.removeprefix("/sign-in/")}),
            {"content-type": "application/json", "origin": f"http://{url.netloc}"},
        )
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
        cookie = (answer.getheader("set-cookie") or "").partition(";")[0]
        connection.request("GET", "/_iamd/api/console/Session", headers={"cookie": cookie})
        found: str = json.loads(connection.getresponse().read())["session"]["arn"]
        return found
    finally:
        connection.close()
