"""The group of commands: lazy, complete, and described once."""

import importlib
import importlib.metadata
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from iamd.cli.main import COMMANDS, cli, module_of
from iamd.cli.options import settings_options
from iamd.setting_sources import load_settings
from iamd.settings import SETTINGS, Settings


def test_version() -> None:
    done = CliRunner().invoke(cli, ["version"])
    assert CliRunner().invoke(cli, ["--version"]).output == done.output
    assert done.output == f"iamd {importlib.metadata.version('iamd')}\n"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_is_there_and_described_alike(name: str) -> None:
    command = importlib.import_module(module_of(name)).command
    assert command.short_help == COMMANDS[name]
    done = CliRunner().invoke(cli, [name, "--help"])
    assert done.exit_code == 0
    assert done.output.startswith(f"Usage: iamd {name} ")


def test_help_lists_every_command() -> None:
    done = CliRunner().invoke(cli, ["--help"])
    for name, text in COMMANDS.items():
        assert f"  {name} " in done.output
        assert text.removesuffix(".") in " ".join(done.output.split())


def test_an_unknown_command_is_an_error() -> None:
    done = CliRunner().invoke(cli, ["devv"])
    assert done.exit_code == 2
    assert "No such command 'devv'" in done.output


@pytest.mark.parametrize("words", ["'version'", "'--help'", "'env', '--help'", "'exec', '--help'"])
def test_small_commands_import_nothing_large(words: str) -> None:
    program = (
        "import sys\n"
        "from iamd.cli.main import cli\n"
        f"cli([{words}], prog_name='iamd', standalone_mode=False)\n"
        "large = {'rich', 'botocore', 'boto3', 'sqlalchemy', 'uvicorn', 'uvloop', 'cryptography', 'asyncio', 'structlog'}\n"
        "print(sorted(large & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603  our own words
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_for_this_program(shell: str) -> None:
    done = CliRunner().invoke(cli, ["completion", shell])
    assert done.exit_code == 0
    assert f"_IAMD_COMPLETE={shell}_complete" in done.output


def test_completion_knows_the_commands() -> None:
    done = CliRunner().invoke(
        cli,
        prog_name="iamd",
        env={"_IAMD_COMPLETE": "bash_complete", "COMP_WORDS": "iamd e", "COMP_CWORD": "1"},
    )
    assert done.output == "plain,env\nplain,exec\nplain,explain\nplain,export\n"


@click.command
@settings_options(*SETTINGS)
def everything(**flags: object) -> None:
    settings: Settings = load_settings(flags, {})
    click.echo(f"{settings.port} {settings.sessions_end_with_their_key} {settings.log_level} {settings.data}")


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ([], "4263 False info None"),
        (["--port", "5000", "--log-level", "debug"], "5000 False debug None"),
        (["--sessions-end-with-their-key", "--data", "x.db"], "4263 True info x.db"),
        (["--no-sessions-end-with-their-key"], "4263 False info None"),
    ],
)
def test_settings_become_options(words: list[str], shown: str) -> None:
    assert CliRunner().invoke(everything, words, catch_exceptions=False).output == shown + "\n"


def test_a_secret_has_an_option_for_its_file_only() -> None:
    text = CliRunner().invoke(everything, ["--help"]).output
    assert "--master-key-file FILE" in text
    assert "--root-secret-access-key-file FILE" in text
    assert CliRunner().invoke(everything, ["--master-key", "x"]).exit_code == 2
