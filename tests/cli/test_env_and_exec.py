"""`iamd env` and `iamd exec`: what clients are told, and what they do with it."""

import configparser
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from click.testing import CliRunner
from tests.support.programs import program
from tests.support.server_state import state_at

from iamd.cli.connect import CLEARED, connected
from iamd.cli.env import FORMATS
from iamd.cli.main import cli
from iamd.cli.state import ServerState

# Everything that some shell, some file format or Terraform gives a meaning to.
AWKWARD = 'it\'s $HOME `id` "quoted" \\ ${var.x} %{if} #no; end'


@pytest.fixture
def awkward() -> ServerState:
    return state_at(4263, 1, AWKWARD)


def expected(server: ServerState) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": server.endpoint,
        "AWS_ENDPOINT_URL_IAM": server.endpoint,
        "AWS_ENDPOINT_URL_STS": server.endpoint,
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": server.secret_access_key.reveal(),
        "AWS_REGION": server.region,
        "AWS_DEFAULT_REGION": server.region,
    }


def env(form: str, *words: str) -> str:
    done = CliRunner().invoke(cli, ["env", "--format", form, *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


SHOW = "import json, os; print(json.dumps({k: v for k, v in os.environ.items() if k.startswith('AWS_')}))"


@pytest.mark.parametrize("shell", ["sh", "fish", "pwsh"])
def test_a_shell_gets_exactly_these_variables(awkward: ServerState, tmp_path: Path, shell: str) -> None:
    # PowerShell is in no package of Debian's.
    found = shutil.which("pwsh") if shell == "pwsh" else program(shell, "shells")
    if found is None:
        pytest.skip("this machine has no pwsh")
    script = tmp_path / "script.ps1"
    text = FORMATS["powershell" if shell == "pwsh" else shell](awkward)
    call = "& " if shell == "pwsh" else ""
    script.write_text(f"{text}\n{call}'{sys.executable}' -c \"{SHOW}\"\n")
    stale = dict.fromkeys(CLEARED, "stale")
    done = subprocess.run(  # noqa: S603  our own words
        [found, script], env=os.environ | stale, capture_output=True, text=True, check=True
    )
    shown = {name: value for name, value in json.loads(done.stdout).items() if name not in os.environ}
    assert shown == expected(awkward)


def test_fish_and_powershell_quote_as_their_manuals_say(awkward: ServerState) -> None:
    fish = FORMATS["fish"](awkward).splitlines()
    quoted = AWKWARD.replace("\\", "\\\\").replace("'", "\\'")
    assert f"set -gx AWS_SECRET_ACCESS_KEY '{quoted}'" in fish
    assert "set -e AWS_SESSION_TOKEN" in fish
    powershell = FORMATS["powershell"](awkward).splitlines()
    doubled = AWKWARD.replace("'", "''")
    assert f"$env:AWS_SECRET_ACCESS_KEY = '{doubled}'" in powershell
    assert "Remove-Item Env:AWS_PROFILE -ErrorAction SilentlyContinue" in powershell


def test_dotenv_quotes_only_what_it_must(server: ServerState, awkward: ServerState) -> None:
    lines = env("dotenv").splitlines()
    assert dict(line.split("=", 1) for line in lines) == expected(server)
    escaped = AWKWARD.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$").replace("`", "\\`")
    assert f'AWS_SECRET_ACCESS_KEY="{escaped}"' in FORMATS["dotenv"](awkward).splitlines()


def test_json_is_an_object_of_the_variables(server: ServerState) -> None:
    assert json.loads(env("json", "--port", str(server.port))) == expected(server)


def test_the_aws_configuration_is_read_by_boto3(
    server: ServerState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "config"
    file.write_text(env("aws-config"))
    parsed = configparser.RawConfigParser()
    parsed.read(file)
    assert parsed.sections() == ["profile iamd"]
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "absent"))
    session = boto3.Session(profile_name="iamd")
    credentials = session.get_credentials()
    assert credentials is not None
    assert (credentials.access_key, credentials.secret_key, credentials.token) == (
        server.access_key_id,
        server.secret_access_key.reveal(),
        None,
    )
    assert session.region_name == server.region
    assert session.client("iam").meta.endpoint_url == server.endpoint
    assert session.client("sts").meta.endpoint_url == server.endpoint


def test_terraform_gets_a_provider(server: ServerState, awkward: ServerState) -> None:
    text = env("terraform")
    assert text.startswith('provider "aws" {\n')
    for service in ("iam          ", "organizations", "sts          "):
        assert f'    {service} = "{server.endpoint}"\n' in text
    # iamd answers GetCallerIdentity truthfully, so these checks stay on.
    assert "skip_credentials_validation" not in text
    assert "skip_requesting_account_id" not in text
    escaped = json.dumps(AWKWARD).replace("${", "$${").replace("%{", "%%{")
    assert f"  secret_key = {escaped}" in FORMATS["terraform"](awkward).splitlines()


def test_without_a_server_env_prints_nothing_to_evaluate(environ: dict[str, str]) -> None:
    done = CliRunner().invoke(cli, ["env"])
    assert (done.exit_code, done.stdout) == (5, "")
    assert done.stderr == "Error: no server is running; start one with `iamd dev`\n"


def run(environ: dict[str, str], *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "iamd", "exec", *words]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)  # noqa: S603  our own words


@pytest.mark.slow
def test_exec_runs_the_program_in_that_environment(environ: dict[str, str], server: ServerState) -> None:
    stale = dict.fromkeys(CLEARED, "stale") | {
        "AWS_ENDPOINT_URL_S3": "https://elsewhere.example",
        "OTHER": "kept",
    }
    program = SHOW + "; print(os.environ['OTHER'])"
    done = run(environ | stale, "--", sys.executable, "-c", program)
    shown, other = done.stdout.splitlines()
    assert {k: v for k, v in json.loads(shown).items() if k not in environ} == expected(server)
    assert other == "kept"


@pytest.mark.slow
def test_exec_passes_arguments_and_the_exit_status_on(environ: dict[str, str], server: ServerState) -> None:
    program = "import sys; print(sys.argv[1:]); sys.exit(7)"
    for dashes in ([], ["--"]):
        done = run(environ, *dashes, sys.executable, "-c", program, "--port", "-h", "--", "a b")
        assert (done.returncode, done.stdout) == (7, "['--port', '-h', '--', 'a b']\n")


@pytest.mark.slow
def test_exec_says_what_cannot_be_run(environ: dict[str, str], server: ServerState, tmp_path: Path) -> None:
    absent = run(environ, "--", "no-such-program-anywhere")
    assert (absent.returncode, absent.stderr) == (
        127,
        "iamd exec: `no-such-program-anywhere` was not found\n",
    )
    plain = tmp_path / "plain"
    plain.write_text("not a program")
    refused = run(environ, "--", str(plain))
    assert (refused.returncode, refused.stderr) == (
        126,
        f"iamd exec: `{plain}` cannot be run: Permission denied\n",
    )


@pytest.mark.slow
def test_exec_without_a_server_runs_nothing(environ: dict[str, str], tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    done = run(environ, "--", "touch", str(mark))
    assert done.returncode == 5
    assert not mark.exists()


def test_what_is_no_business_of_ours_is_kept(awkward: ServerState) -> None:
    before = {"PATH": "/bin", "AWS_PAGER": "", "AWS_CA_BUNDLE": "/ca", "AWS_PROFILE": "work"}
    after = connected(before, awkward)
    assert after == {"PATH": "/bin", "AWS_PAGER": "", "AWS_CA_BUNDLE": "/ca"} | expected(awkward)
