"""`iamd test` as its user sees it."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from iamd.cli.main import cli

BOB = "arn:aws:iam::111122223333:user/bob"
READ = {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
NEVER = {"Effect": "Deny", "Action": "ec2:*", "Resource": "*"}


def world(*cases: Any, statements: Any = (READ,)) -> str:
    return json.dumps(
        {
            "principal": BOB,
            "action": "s3:GetObject",
            "resource": "arn:aws:s3:::reports/june.pdf",
            "identity_policies": [{"Version": "2012-10-17", "Statement": list(statements)}],
            "cases": list(cases),
        }
    )


PASSING = {"name": "reads", "expect": "allow", "because": "identity"}
FAILING = {"name": "writes \x1b[2J", "action": "s3:PutObject", "expect": "allow", "because": "identity"}


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(cli, ["test", *map(str, words)], catch_exceptions=False)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "a.test.json"


def test_all_is_as_expected(file: Path) -> None:
    file.write_text(world(PASSING))
    done = run(file)
    assert (done.exit_code, done.output) == (0, "1 passed, 0 failed; 1 of 1 statements touched\n")
    assert run("-v", file).output.startswith(f"passed {file}: reads\n")


def test_a_failure_is_explained(file: Path) -> None:
    file.write_text(world(PASSING, FAILING, {"name": "too much", "expect": "explicit_deny"}))
    done = run(file)
    assert done.exit_code == 1
    assert "\x1b" not in done.output
    assert f"failed {file}: writes \\x1b[2J\n" in done.output
    assert (
        "  s3:PutObject on arn:aws:s3:::reports/june.pdf should be allow because of identity, "
        "and it is implicit_deny because of identity\n"
    ) in done.output
    assert "The least change that would allow it" in done.output
    assert "should be explicit_deny, and it is allow because of identity\n" in done.output
    assert "1 passed, 2 failed; 1 of 1 statements touched\n" in done.output


def test_statements_that_nothing_touches(file: Path) -> None:
    file.write_text(
        world(PASSING, statements=[NEVER, READ, READ | {"Sid": "Read2", "Action": "s3:PutObject"}])
    )
    done = run(file)
    assert (done.exit_code, done.output.splitlines()) == (
        0,
        [
            "1 passed, 0 failed; 1 of 3 statements touched",
            f"  never touched: statement 1 of {file}#identity_policies[0]",
            f"  never touched: statement 3 (Read2) of {file}#identity_policies[0]",
        ],
    )
    assert run("--fail-untouched", file).exit_code == 1


def test_a_document_may_be_touched_by_several_files(tmp_path: Path) -> None:
    document = {
        "Version": "2012-10-17",
        "Statement": [READ, READ | {"Sid": "Write", "Action": "s3:PutObject"}],
    }
    (tmp_path / "shared.json").write_text(json.dumps(document))
    for number, action in enumerate(("s3:GetObject", "s3:PutObject")):
        (tmp_path / f"{number}.test.yaml").write_text(
            f"principal: {BOB}\naction: {action}\nidentity_policies: {{file: shared.json}}\nexpect: allow\n"
        )
    assert run("--fail-untouched", tmp_path / "0.test.yaml").exit_code == 1
    done = run("--fail-untouched", tmp_path)
    assert (done.exit_code, done.output) == (0, "2 passed, 0 failed; 2 of 2 statements touched\n")


def test_folders_are_searched(tmp_path: Path) -> None:
    for name in ("b/c/x.test.yml", "a/y.test.json", ".hidden/z.test.json", "a/policy.json", "w.test.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(world(PASSING | {"name": name}))
    done = run("-v", tmp_path)
    assert [line.rpartition(" ")[2] for line in done.output.splitlines()[:-1]] == [
        "w.test.yaml",
        "a/y.test.json",
        "b/c/x.test.yml",
    ]


def test_files_that_cannot_be_read(tmp_path: Path, file: Path) -> None:
    file.write_text(world(FAILING))
    other = tmp_path / "b.test.yaml"
    other.write_text(f"principal: {BOB}\naction: s3:GetObject\nexpect: maybe\n")
    done = run(file, other, tmp_path / "gone.yaml")
    assert done.exit_code == 2
    assert (
        f"unreadable {other}: expect: this must be one of allow, implicit_deny, explicit_deny\n"
        in done.output
    )
    assert f"unreadable {tmp_path}/gone.yaml: cannot read `{tmp_path}/gone.yaml`" in done.output
    assert "0 passed, 1 failed, 2 unreadable;" in done.output


def test_there_must_be_a_file(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert (done.exit_code, done.output) == (
        2,
        "iamd test: there are no files called *.test.yaml, *.test.yml, *.test.json\n",
    )


@pytest.mark.parametrize(
    ("reference", "error"),
    [
        ("file: bad.yaml", "bad.yaml` does not parse"),
        ("file: gone.json", "No such file"),
        ("file: latin.json", "cannot read"),
    ],
)
def test_documents_that_cannot_be_read(tmp_path: Path, reference: str, error: str) -> None:
    (tmp_path / "bad.yaml").write_text("{a: 1, a: 2}")
    (tmp_path / "latin.json").write_bytes(b"\xff")
    file = tmp_path / "x.yaml"
    file.write_text(f"principal: {BOB}\naction: s3:Get\nexpect: allow\nidentity_policies: {{{reference}}}\n")
    done = run(file)
    assert done.exit_code == 2
    assert error in done.output


def test_policies_of_aws_are_known(file: Path) -> None:
    file.write_text(world(PASSING | {"identity_policies": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}))
    assert run(file).output == "1 passed, 0 failed; 0 of 0 statements touched\n"
    file.write_text(world(PASSING | {"identity_policies": "arn:aws:iam::aws:policy/None"}))
    assert "there is no AWS managed policy `arn:aws:iam::aws:policy/None`" in run(file).output


def test_a_junit_report(tmp_path: Path, file: Path) -> None:
    file.write_text(world(PASSING, FAILING))
    broken = tmp_path / "broken.yaml"
    broken.write_text("[]")
    report = tmp_path / "report.xml"
    assert run("--junit", report, file, broken).exit_code == 2
    suites = ET.parse(report).getroot()  # noqa: S314  of our own making
    assert [
        (suite.get("name"), suite.get("tests"), suite.get("failures"), suite.get("errors"))
        for suite in suites
    ] == [(str(file), "2", "1", "0"), (str(broken), "1", "0", "1")]
    passed, failed = suites[0]
    assert (passed.get("name"), list(passed)) == ("reads", [])
    (failure,) = failed
    assert (failed.get("name"), failed.get("classname")) == ("writes \\x1b[2J", str(file))
    assert "should be allow" in failure.get("message", "")
    assert "Who was asked" in (failure.text or "")
    ((error,),) = suites[1]
    assert (error.tag, error.get("message")) == ("error", "this must be a mapping")


def test_a_report_that_cannot_be_written(tmp_path: Path, file: Path) -> None:
    file.write_text(world(PASSING))
    done = run("--junit", tmp_path / "none" / "report.xml", file)
    assert done.exit_code == 2
    assert "cannot write" in done.output
