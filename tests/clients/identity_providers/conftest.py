"""A server that believes identity providers of this machine, and those providers: programs that others wrote."""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from tests.clients.lab import Lab
from tests.clients.server import development_server
from tests.clients.toolchain import Program

START_SECONDS = 30.0


@pytest.fixture(scope="module")
def trusting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("server")
    with development_server(folder, IAMD_ALLOW_PRIVATE_ISSUERS="true") as (found_by, root):
        yield Lab(found_by, root, folder)


def stranger(lab: Lab) -> Any:
    """Return a client of STS that has no credentials."""
    unsigned = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1})
    return boto3.client("sts", endpoint_url=lab.endpoint, region_name="us-east-1", config=unsigned)


def who(lab: Lab, credentials: Any) -> str:
    """Return whom the server takes somebody with temporary *credentials* for."""
    client = boto3.client(
        "sts",
        endpoint_url=lab.endpoint,
        region_name="us-east-1",
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )
    return str(client.get_caller_identity()["Arn"])


@contextmanager
def running(program: Program, *words: str | Path) -> Iterator[str]:
    """Run a provider for the length of a ``with``; gives its URL, which it prints when it listens."""
    with subprocess.Popen(  # noqa: S603  a program of programs/identity_providers
        [*program.command, *words], stdout=subprocess.PIPE, text=True
    ) as process:
        deadline = threading.Timer(START_SECONDS, process.kill)
        deadline.start()
        try:
            assert process.stdout is not None
            # It may have warnings to tell before.
            lines = (line for line in process.stdout if line.startswith("{"))
            yield str(json.loads(next(lines, "{}"))["url"])
        finally:
            deadline.cancel()
            process.kill()
