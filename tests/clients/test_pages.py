"""Every shell command of the documentation, run by Bash with the AWS CLI against a fresh server."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.clients.server import development_server
from tests.support.pages import ROOT, pages_with, script, server_files, session

SECONDS = 300


def environment(found_by: Mapping[str, str], root: Mapping[str, str]) -> dict[str, str]:
    """Return that of a reader's shell: with the clients, iamd, and the root user's access key."""
    path = os.pathsep.join(
        (os.environ["IAMD_TEST_CLIENTS"], str(Path(sys.executable).parent), os.environ["PATH"])
    )
    return {**found_by, **root, "PATH": path, "AWS_EC2_METADATA_DISABLED": "true"}


@pytest.mark.parametrize("page", pages_with("sh"), ids=lambda page: str(page.relative_to(ROOT)))
def test_the_commands_of_a_page_do_what_it_says(page: Path, tmp_path: Path) -> None:
    for name, text in server_files(page).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    with development_server(tmp_path) as (found_by, root):
        environ = environment(found_by, root)
        text = script(session(page)).replace("http://127.0.0.1:4263", root["AWS_ENDPOINT_URL"])
        done = subprocess.run(  # noqa: S603  the documentation's own commands
            ["/bin/bash", "-c", text],
            env=environ,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
