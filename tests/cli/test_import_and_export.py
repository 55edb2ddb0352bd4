"""`iamd import` and `iamd export`: an account into a running server and out of it, as people do it."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace
from tests.support.accounts import AccountMaker, Size, pages_of
from tests.support.exchange import contents_of
from tests.support.terminal import on_a_terminal

from iamd.assemble import Application
from iamd.cli.main import cli
from iamd.cli.own_pages import key_of_root
from iamd.cli.state import SeededKey, ServerState, find_server, published
from iamd.secret import Secret
from iamd.server.app import Door
from iamd.server.health import health_routes
from iamd.server.run import ServerThread
from iamd.settings import Settings

ACCOUNT = "123456789012"
SIZE = Size(users=3, groups=2, roles=3, policies=2)
KEY, SECRET = "AKIAROOTEXAMPLE00000", "root/secret/access/key/of/the/tests/0000"


@pytest.fixture
def details(tmp_path: Path) -> Path:
    path = tmp_path / "account.json"
    path.write_text(json.dumps(AccountMaker(1, ACCOUNT, SIZE).details()))
    return path


@pytest.fixture(autouse=True)
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Application]:
    """Run a server, as `iamd dev` does, that the commands find."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    settings = Settings(root_access_key_id=KEY, root_secret_access_key=Secret(SECRET))
    application = Application(settings)
    door = Door(application.pipeline.handle, {**health_routes({}), **application.exchange.routes()})
    try:
        with ServerThread(door) as running:
            state = ServerState(
                endpoint=running.url,
                region="eu-central-1",
                account_id=ACCOUNT,
                access_key_id=KEY,
                secret_access_key=Secret(SECRET),
                pid=os.getpid(),
            )
            with published(state, os.environ):
                yield application
    finally:
        application.close()


def run(*words: object) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words])


def said(*words: object) -> str:
    """Return what `iamd` prints for *words*; it must succeed."""
    done = run(*words)
    assert done.exit_code == 0, done.output
    return done.stdout


def refused(*words: object, status: int = 1) -> str:
    """Return the first line of the error; advice follows it."""
    done = run(*words)
    assert done.exit_code == status, done.output
    return next(line for line in done.output.splitlines() if line.startswith("Error: "))


def test_there_and_back_again(details: Path, tmp_path: Path) -> None:
    lines = said("import", details).splitlines()
    assert lines[0] == f"account {ACCOUNT}"
    assert lines[1].startswith("  made: 2 policies, 2 groups, 3 users, 3 roles, ")
    assert lines[2] == "  to know:"
    assert lines[3].startswith("    authorization details: such a file has no access keys, passwords, ")

    exported = tmp_path / "export.json"
    said("export", "-o", exported)
    again = said("import", exported).splitlines()
    assert again[1].startswith("  there already: 2 policies, 2 groups, 3 users, 3 roles, ")
    assert len(again) == 2
    assert said("export") == exported.read_text()


def test_the_form_of_aws(details: Path) -> None:
    said("import", details)
    told = json.loads(said("export", "--format", "authorization-details"))
    assert len(contents_of(told).users) == 3
    assert list(told) == ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"]


def test_a_dry_run(details: Path) -> None:
    before = said("export")
    assert "  would be made: 2 policies" in said("import", "--dry-run", details)
    assert said("export") == before


def test_pages_from_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    for number, page in enumerate(pages_of(AccountMaker(1, ACCOUNT, SIZE).details(), 3)):
        (folder / f"{number}.json").write_text(json.dumps(page))
    assert "made: 2 policies, 2 groups, 3 users, 3 roles" in said("import", folder)


def test_the_report_as_json(details: Path) -> None:
    (report,) = json.loads(said("import", "--output", "json", details))
    assert (report["account_id"], report["dry_run"]) == (ACCOUNT, False)
    assert (report["made"]["users"], report["changed"], report["same"]) == (3, {}, {})
    assert [note["where"] for note in report["notes"]] == ["authorization details"]


def test_lines_of_progress_where_there_is_no_terminal(details: Path) -> None:
    done = run("import", details)
    assert done.stderr.splitlines()[-1].startswith(f"account {ACCOUNT}: ")
    assert done.stderr.splitlines()[-1].endswith(" checked")


def test_problems_are_told_and_nothing_is_imported(details: Path) -> None:
    broken = json.loads(details.read_text())
    broken["UserDetailList"][0]["GroupList"] = ["no-such-group"]
    broken["RoleDetailList"][0]["RolePolicyList"] = [{"PolicyName": "\x9b31m", "PolicyDocument": "{}"}]
    details.write_text(json.dumps(broken))
    before = said("export")
    done = run("import", details)
    assert (done.exit_code, done.stdout.splitlines()[0]) == (1, f"account {ACCOUNT}: nothing was imported")
    assert "    role `role-00000`: " in done.stdout
    assert said("export") == before

    broken["RoleDetailList"][0]["RolePolicyList"] = []
    details.write_text(json.dumps(broken))
    done = run("import", "--output", "json", details)
    (report,) = json.loads(done.stdout)
    assert (done.exit_code, report["problems"]) == (
        1,
        [
            {
                "where": "user `User.00000@example.com`",
                "code": "NoSuchEntity",
                "message": "The group with name no-such-group cannot be found.",
            }
        ],
    )


def test_many_problems_are_not_all_told(details: Path) -> None:
    broken = json.loads(details.read_text())
    broken["UserDetailList"][0]["GroupList"] = [f"none-{number}" for number in range(25)]
    details.write_text(json.dumps(broken))
    assert "    and 5 more (--output json has all)" in run("import", details).stdout


def test_another_account(details: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    other = "222222222222"
    path = tmp_path / "other.json"
    path.write_text(json.dumps(AccountMaker(1, other, SIZE).details()))
    assert refused("import", path) == (
        f"Error: the server is of account {ACCOUNT}, and has told of no access key of the root of {other}:"
        f" start one with `iamd dev --account-id {other}`, or name credentials with --env"
    )
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    assert refused("import", "--env", path) == (
        f"Error: the files are of account {other}, and your credentials of {ACCOUNT}"
    )
    assert "made: " in said("import", "--env", details)


def test_the_root_of_an_account_that_a_seed_has_made() -> None:
    other = "222222222222"
    users = SeededKey(account_id=other, owner="bob", access_key_id="AKIA1", secret_access_key=Secret(SECRET))
    root = SeededKey(account_id=other, owner="root", access_key_id="AKIA2", secret_access_key=Secret(SECRET))
    state = replace(find_server(os.environ), seeded=(users, root))
    assert key_of_root(state, other)[0] == "AKIA2"


def test_whoever_may_not(details: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAUNKNOWNUNKNOWN00")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x" * 40)
    assert refused("import", "--env", details, status=3).startswith("Error: UnrecognizedClientException: ")
    assert refused("export", "--env", status=3).startswith("Error: UnrecognizedClientException: ")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert refused("export", "--env", status=3) == (
        "Error: there is no AWS_ACCESS_KEY_ID or no AWS_SECRET_ACCESS_KEY in the environment"
    )


def test_nothing_to_import(tmp_path: Path) -> None:
    empty = tmp_path / "empty.json"
    empty.write_text('{"UserDetailList": []}')
    assert refused("import", empty) == "Error: there is nothing to import in these files"
    empty.write_text("what")
    assert refused("import", empty).startswith(f"Error: `{empty}` does not parse: ")


def test_help_says_what_it_takes() -> None:
    text = said("import", "--help")
    assert "aws iam get-account-authorization-details" in text
    assert "Terraform state" in text
    listed: Any = said("--help")
    assert "import " in listed


@pytest.mark.slow
def test_on_a_terminal_what_is_quick_has_no_progress(details: Path, tmp_path: Path) -> None:
    shown, status = on_a_terminal("import", str(details), cwd=tmp_path)
    assert status == 0, shown
    assert shown.startswith(f"account {ACCOUNT}\n  made: ")
    assert "checked" not in shown
