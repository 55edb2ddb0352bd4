"""`iamd lint` as its user sees it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.support.terminal import on_a_terminal

from iamd.cli.main import cli

GOOD = (
    '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}'
)
PASSING = GOOD.replace("s3:GetObject", "iam:PassRole")
TWICE = GOOD.replace('"s3:GetObject"', '["s3:GetObject", "s3:GetObject"]')
OPEN = (
    '{"Version": "2012-10-17", "Statement": '
    '{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}}'
)


def run(*words: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(cli, ["lint", *words], input=stdin, catch_exceptions=False)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "policy.json"


def test_nothing_to_say(file: Path) -> None:
    file.write_text(GOOD)
    done = run(str(file))
    assert (done.exit_code, done.output) == (0, "")


def test_a_line_for_each_finding(file: Path) -> None:
    file.write_text(PASSING)
    done = run(str(file), "-", stdin=TWICE)
    assert done.output.splitlines() == [
        f"{file}:1:98: security_warning: `iam:PassRole` on `*`. [pass-role-with-wildcard]",
        "-:1:87: suggestion: `s3:GetObject` stands there already. [redundant-action]",
    ]
    assert done.exit_code == 1


@pytest.mark.parametrize(
    ("text", "fail_on", "status"),
    [
        (TWICE, "warning", 0),
        (TWICE, "suggestion", 1),
        (PASSING, "error", 0),
        (PASSING, "security_warning", 1),
        (PASSING, "warning", 1),
        ("{", "never", 0),
        ("{", "error", 1),
    ],
)
def test_what_makes_it_fail(file: Path, text: str, fail_on: str, status: int) -> None:
    file.write_text(text)
    assert run("--fail-on", fail_on, str(file)).exit_code == status


def test_kinds_are_guessed_or_given(file: Path) -> None:
    file.write_text(OPEN)
    assert "[principal-star-without-condition]" in run(str(file)).output
    assert "[unsupported-principal]" in run("--kind", "identity", str(file)).output


def test_json(file: Path) -> None:
    file.write_text(PASSING)
    (finding,) = json.loads(run("--format", "json", str(file)).output)
    assert finding == {
        "file": str(file),
        "rule": "pass-role-with-wildcard",
        "severity": "security_warning",
        "message": "`iam:PassRole` on `*`.",
        "pointer": "/Statement/Resource",
        "line": 1,
        "column": 98,
        "link": "https://github.com/iamd/iamd/blob/main/docs/reference/lint-rules.md#pass-role-with-wildcard",
    }


def test_annotations_cannot_be_broken_out_of(tmp_path: Path) -> None:
    file = tmp_path / "a,b:c%.json"
    file.write_text(GOOD.replace("GetObject", "a\\n::error::x%"))
    (line,) = run("--format", "github", str(file)).output.splitlines()
    assert line.startswith(
        f"::error file={tmp_path}/a%2Cb%3Ac%25.json,line=1,col=70,title=malformed-policy-document::"
    )
    assert "\n" not in line


def test_a_file_cannot_steer_the_terminal(file: Path) -> None:
    file.write_text(GOOD.replace("GetObject", "\\u001b[2J"))
    assert "\x1b" not in run(str(file)).output


def test_files_that_cannot_be_read(tmp_path: Path, file: Path) -> None:
    file.write_bytes(b"\xff")
    done = run("gone.json", str(file), str(tmp_path), "-", stdin=PASSING)
    assert done.exit_code == 2
    assert [line for line in done.output.splitlines() if "cannot read" not in line] == [
        "-:1:98: security_warning: `iam:PassRole` on `*`. [pass-role-with-wildcard]"
    ]


@pytest.mark.slow
def test_a_table_on_a_terminal(file: Path) -> None:
    file.write_text(PASSING)
    shown, status = on_a_terminal("lint", str(file), cwd=file.parent)
    assert status == 1
    words = " ".join(shown.split())
    assert "security warning `iam:PassRole` on `*`." in words
    assert "pass-role-with-wildcard" in words
    assert words.endswith("1 security warning")
    file.write_text(GOOD)
    assert on_a_terminal("lint", str(file), cwd=file.parent) == ("nothing to say\n", 0)


def test_linting_imports_nothing_large(file: Path) -> None:
    file.write_text(GOOD)
    program = (
        "import sys\n"
        "from iamd.cli.main import cli\n"
        f"cli(['lint', {str(file)!r}], prog_name='iamd', standalone_mode=False)\n"
        "large = {'rich', 'botocore', 'boto3', 'sqlalchemy', 'uvicorn', 'cryptography', 'asyncio', 'structlog'}\n"
        "print(sorted(large & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603  our own words
    assert done.stdout == "[]\n"
