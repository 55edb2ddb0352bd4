"""`iamd init`: what it makes, that it makes it once, and that it finishes what was interrupted."""

import re
import stat
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.support.serving import init, root_profile

from iamd.cli.config_file import commented_file, toml_value
from iamd.cli.main import cli
from iamd.setting_sources import load, load_settings
from iamd.settings import SETTINGS


def run(*words: object) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words])


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith("iamd.db")}


def test_everything_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "iamd"
    done = run("init", folder)
    assert done.exit_code == 0
    assert {path.name for path in folder.iterdir()} >= {
        "iamd.toml",
        "master.key",
        "root.credentials",
        "iamd.db",
    }
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    for secret in (
        (folder / "master.key").read_text().strip(),
        re.findall(r"aws_secret_access_key = (\S+)", (folder / "root.credentials").read_text())[0],
    ):
        assert secret not in done.output
    assert f"Next: iamd doctor --config {folder / 'iamd.toml'}" in done.output
    settings = load_settings({}, {}, file=folder / "iamd.toml")
    assert settings.data == folder / "iamd.db"
    assert (settings.audit_file, settings.root_secret_access_key) == (folder / "audit.jsonl", None)


def test_a_second_run_changes_nothing_and_says_so(tmp_path: Path) -> None:
    init(tmp_path)
    before = contents(tmp_path)
    done = run("init", tmp_path)
    assert (done.exit_code, done.output.splitlines()[0]) == (
        0,
        f"iamd is set up in {tmp_path} already; nothing was changed",
    )
    assert contents(tmp_path) == before
    (tmp_path / "root.credentials").unlink()
    assert "root access key" not in run("init", tmp_path).output
    assert not (tmp_path / "root.credentials").exists()


def test_what_is_set_up_is_not_set_up_otherwise(tmp_path: Path) -> None:
    init(tmp_path)
    done = run("init", tmp_path, "--account-id", "210987654321", "--host", "::1")
    assert done.exit_code == 1
    assert "says something else: change it there, instead of with --account-id, --host" in done.output


def test_a_folder_that_others_can_write_to_gets_no_keys(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o777)
    done = run("init", folder)
    assert (done.exit_code, f"chmod go-w {folder}" in done.output) == (1, True)
    assert list(folder.iterdir()) == []


def test_what_was_interrupted_is_finished_by_the_same_line(tmp_path: Path) -> None:
    words = "init", tmp_path, "--account-id", "210987654321"
    assert run(*words).exit_code == 0
    for path in tmp_path.iterdir():
        if path.name != "iamd.toml":
            path.unlink()
    other = run("init", tmp_path, "--account-id", "999999999999")
    assert (other.exit_code, [path.name for path in tmp_path.iterdir()]) == (1, ["iamd.toml"])
    assert run(*words).exit_code == 0
    assert {"master.key", "root.credentials", "iamd.db"} <= {path.name for path in tmp_path.iterdir()}


def test_the_same_line_again_changes_nothing(tmp_path: Path) -> None:
    """Whoever keeps machines as they are to be runs it each time, options and all."""
    words = (
        "init",
        tmp_path,
        "--account-id",
        "210987654321",
        "--trusted-proxies",
        "10.0.0.9",
        "--workers",
        "2",
    )
    assert run(*words).exit_code == 0
    before = contents(tmp_path)
    done = run(*words, "--port", "4263")
    assert (done.exit_code, "already; nothing was changed" in done.output) == (0, True)
    assert contents(tmp_path) == before
    done = run(*words, "--port", "4264")
    assert (done.exit_code, "instead of with --port\n" in done.output) == (1, True)
    database = run(*words, "--database-url-file", tmp_path / "iamd.toml")
    assert (database.exit_code, "with --database-url-file\n" in database.output) == (1, True)


def test_what_was_interrupted_is_finished(tmp_path: Path) -> None:
    init(tmp_path, "--account-id", "210987654321")
    before = contents(tmp_path)
    for path in tmp_path.glob("iamd.db*"):
        path.unlink()
    # As it is between the moment in which the key is written down and that in which it is there.
    (tmp_path / "root.credentials").rename(tmp_path / "root.credentials.unfinished")
    assert run("init", tmp_path).output.startswith(f"iamd is set up in {tmp_path}\n")
    after = contents(tmp_path)
    assert {name: after[name] for name in ("iamd.toml", "master.key", "root.credentials")} == {
        name: before[name] for name in ("iamd.toml", "master.key", "root.credentials")
    }


def test_the_key_of_another_account_is_not_written_over(tmp_path: Path) -> None:
    config = init(tmp_path, "--account-id", "210987654321")
    first = root_profile(tmp_path)
    config.write_text(config.read_text().replace('"210987654321"', '"310987654321"'))
    assert run("init", tmp_path).exit_code == 0
    assert root_profile(tmp_path) != first
    assert first["aws_secret_access_key"] in (tmp_path / "root.credentials.before").read_text()


def test_a_master_key_that_is_gone_is_not_made_anew(tmp_path: Path) -> None:
    init(tmp_path)
    (tmp_path / "master.key").unlink()
    done = run("init", tmp_path)
    assert done.exit_code == 1
    assert "another one opens nothing" in done.output
    assert not (tmp_path / "master.key").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--account-id", "12"], "--account-id"),
        (["--trusted-proxies", "10.0.0.0/33"], "trusted_proxies"),
        (["--tls-key", "key.pem"], "belong together"),
    ],
)
def test_nothing_is_left_of_what_cannot_be(tmp_path: Path, words: list[str], said: str) -> None:
    folder = tmp_path / "iamd"
    done = run("init", folder, *words)
    assert (done.exit_code, said in done.output) == (1, True)
    assert list(folder.iterdir()) == []


@pytest.mark.postgres
def test_with_postgresql(tmp_path: Path, postgres_url: str) -> None:
    url = tmp_path / "url"
    url.write_text(postgres_url)
    config = init(tmp_path / "iamd", "--database-url-file", str(url))
    assert not (tmp_path / "iamd" / "iamd.db").exists()
    assert postgres_url not in config.read_text()
    assert "already; nothing was changed" in run("init", tmp_path / "iamd").output
    again = run("init", tmp_path / "iamd", "--port", "0", "--database-url-file", url)
    assert "already; nothing was changed" in again.output
    # Another folder has another master key, and leaves nothing behind.
    done = run("init", tmp_path / "other", "--database-url-file", url)
    assert (done.exit_code, "another master key" in done.output) == (1, True)
    assert list((tmp_path / "other").iterdir()) == []


def test_every_setting_is_in_the_file_and_in_the_reference() -> None:
    text = commented_file({})
    reference = (Path(__file__).parents[2] / "docs" / "reference" / "settings.md").read_text()
    for name, info in SETTINGS.items():
        assert re.search(rf"^# (\[\[)?{name}(_file)?(\]\]| = )", text, re.MULTILINE), name
        assert f"| `{name}` |" in reference
        assert " ".join(info.description.split()[:5]) in text.replace("\n# ", " ")
    assert load({}, {}).origins == {}


def test_what_stands_behind_a_mark_is_a_line_of_toml() -> None:
    lines = [
        line for line in commented_file({}).splitlines() if re.match(r"# (\[\[)?[a-z_0-9]+(\]\]| = )", line)
    ]
    values = tomllib.loads("\n".join(line.removeprefix("# ") for line in lines))
    assert values["port"] == SETTINGS["port"].default
    assert values["trusted_proxies"] == ["10.0.0.0/8"]
    assert {
        name: type(value)
        for name, value in values.items()
        if SETTINGS.get(name) is not None and SETTINGS[name].kind in {int, bool, str}
    } == {
        name: SETTINGS[name].kind
        for name in values
        if SETTINGS.get(name) is not None and SETTINGS[name].kind in {int, bool, str}
    }
    assert [each["services"] for each in values["upstream"]] == [["s3"]]


@pytest.mark.parametrize("text", ['a"b', "c\\d", "e\nf", "\x00\x1f\x7f\x85", "ü ☃ 𝄞"])
def test_texts_of_all_kinds_can_be_written(text: str) -> None:
    assert tomllib.loads(f"a = {toml_value(text)}") == {"a": text}


def test_the_master_key_that_holds_is_the_one_to_keep(tmp_path: Path) -> None:
    config = init(tmp_path)
    (tmp_path / "master.key").rename(tmp_path / "new.key")
    config.write_text(config.read_text().replace('"master.key"', '"new.key"'))
    assert f"  master key       {tmp_path}/new.key    keep a copy" in run("init", tmp_path).output
