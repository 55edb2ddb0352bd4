"""What docs/howto/use-with-your-sdk.md tells its readers to type does what it says."""

import re
from pathlib import Path

import pytest
from tests.clients.flows import flow
from tests.clients.lab import ACCOUNT, Lab
from tests.clients.server import IAMD
from tests.clients.terminal import Outcome, run
from tests.clients.toolchain import (
    AWS_CLI_1,
    AWS_CLI_2,
    BOTO3,
    JAVASCRIPT_2,
    JAVASCRIPT_3,
    PROGRAMS,
    RUBY,
    Client,
    Program,
)

PAGE = Path(__file__).resolve().parents[2] / "docs" / "howto" / "use-with-your-sdk.md"
CLIENTS = (AWS_CLI_1, AWS_CLI_2, BOTO3, JAVASCRIPT_2, JAVASCRIPT_3, RUBY)

BLOCK = re.compile(
    r"^<!-- not run: by make clients, (?P<client>[^\n]*?) -->\n```(?P<language>\w+)\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
# The words that run a block given as the last argument.
RUNNERS = {
    "sh": ("-euo", "pipefail", "-c"),
    "python": ("-c",),
    "js": ("-e",),
    "ruby": ("-e",),
}


def blocks(client: Client) -> list[tuple[str, str]]:
    """Return language and text of what the page has for *client*."""
    return [
        (found["language"], found["text"])
        for found in BLOCK.finditer(PAGE.read_text(encoding="utf-8"))
        if found["client"] == client.name
    ]


def run_block(lab: Lab, program: Program, language: str, text: str, home: Path) -> Outcome:
    """Run a block as a reader does who has done ``eval "$(iamd env)"``."""
    folders = (Path(program.command[0]).parent, IAMD.parent, Path("/usr/bin"), Path("/bin"))
    own = {
        "PATH": ":".join(map(str, folders)),
        "HOME": str(home),
        "XDG_STATE_HOME": lab.found_by["XDG_STATE_HOME"],
    }
    if language == "ini":
        return run_with_profile(lab, program, text, home, own)
    interpreter = "bash" if language == "sh" else program.command[0]
    runner = RUNNERS[language]
    if language == "js" and text.startswith("import "):
        runner = ("--input-type=module", *runner)
    # Node looks for packages from the current folder on.
    folder = PROGRAMS / "javascript" if language == "js" else home
    return run([interpreter, *runner, text], own | dict(lab.root), folder)


def run_with_profile(lab: Lab, program: Program, config: str, home: Path, environ: dict[str, str]) -> Outcome:
    """Use the profile that the page defines, and nothing of the environment."""
    files = home / ".aws"
    files.mkdir()
    (files / "config").write_text(config.replace("http://127.0.0.1:4263", lab.endpoint))
    (files / "credentials").write_text(
        f"[iamd]\naws_access_key_id = {lab.root['AWS_ACCESS_KEY_ID']}\n"
        f"aws_secret_access_key = {lab.root['AWS_SECRET_ACCESS_KEY']}\n"
    )
    return run([program.command[0], "--profile", "iamd", "sts", "get-caller-identity"], environ, home)


@flow("[the guide](docs/howto/use-with-your-sdk.md)", *CLIENTS)
def test_the_guide_is_right(
    program: Program, lab: Lab, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    found = blocks(request.node.callspec.params["program"])
    assert found
    for number, (language, text) in enumerate(found):
        home = tmp_path / str(number)
        home.mkdir()
        said = run_block(lab, program, language, text, home)
        assert (said.status, f"arn:aws:iam::{ACCOUNT}:root" in said.out) == (0, True), (text, said)


def test_every_block_of_the_guide_is_of_a_client() -> None:
    names = {found["client"] for found in BLOCK.finditer(PAGE.read_text(encoding="utf-8"))}
    assert names == {client.name for client in CLIENTS}
