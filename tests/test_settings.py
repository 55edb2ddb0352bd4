"""Settings: which source wins, what parses, and what is refused with which words."""

import base64
import re
from datetime import timedelta
from pathlib import Path

import pytest

import iamd.settings
import iamd.watch_settings
from iamd.setting_sources import _FORMS, load_settings
from iamd.settings import SETTINGS, Settings, SettingsError

KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refusal(environ: dict[str, str] | None = None, **flags: object) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(flags, environ or {})
    return str(caught.value)


def test_the_defaults_are_a_local_throw_away_server() -> None:
    settings = load_settings({}, {"PATH": "/bin", "AWS_REGION": "eu-west-1"})
    assert (settings.host, settings.port, settings.region) == ("127.0.0.1", 4263, "us-east-1")
    assert settings.account_id == "123456789012"
    assert settings.data is None
    assert settings.database_url is None
    assert settings.sessions_end_with_their_key is False


def test_flag_wins_over_environment_over_file_over_default(empty_folder: Path) -> None:
    def port(*, flag: int | None, variable: str | None) -> int:
        environ = {} if variable is None else {"IAMD_PORT": variable}
        return load_settings({"port": flag}, environ).port

    (empty_folder / "iamd.toml").write_text("port = 1\n")
    assert port(flag=3, variable="2") == 3
    assert port(flag=None, variable="2") == 2
    assert port(flag=None, variable=None) == 1
    (empty_folder / "iamd.toml").unlink()
    assert port(flag=None, variable=None) == 4263


def test_a_flag_that_is_false_wins_too() -> None:
    environ = {"IAMD_SESSIONS_END_WITH_THEIR_KEY": "true"}
    assert load_settings({"sessions_end_with_their_key": False}, environ).sessions_end_with_their_key is False


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("False", False),
        ("false", False),
        ("0", False),
        ("no", False),
        ("off", False),
        ("TRUE", True),
        ("1", True),
    ],
)
def test_a_boolean_is_read_by_its_meaning(text: str, value: bool) -> None:
    """R-83: the text "False" is not true."""
    settings = load_settings({}, {"IAMD_SESSIONS_END_WITH_THEIR_KEY": text})
    assert settings.sessions_end_with_their_key is value


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("IAMD_SESSIONS_END_WITH_THEIR_KEY", "perhaps"),
        ("IAMD_PORT", "4263.0"),
        ("IAMD_PORT", "٤٢٦٣"),
        ("IAMD_PORT", "4_263"),
        ("IAMD_PORT", " 4263"),
        ("IAMD_PORT", "-1"),
        ("IAMD_PORT", "65536"),
        ("IAMD_PORT", ""),
        ("IAMD_ACCOUNT_ID", "12345678901"),
        ("IAMD_ACCOUNT_ID", "123456789012\n"),
        ("IAMD_ACCOUNT_ID", "١٢٣٤٥٦٧٨٩٠١٢"),
        ("IAMD_REGION", "europe"),
        ("IAMD_LOG_LEVEL", "loud"),
        ("IAMD_DATA", ""),
        ("IAMD_ROOT_ACCESS_KEY_ID", "AKIA/EXAMPLE/EXAMPLE"),
    ],
)
def test_nonsense_is_refused_and_the_setting_named(variable: str, text: str) -> None:
    assert refusal({variable: text}).startswith(f"{variable} in the environment")


def test_nonsense_in_a_flag_or_the_file_says_so(empty_folder: Path) -> None:
    assert refusal(port="many") == "--port: expected an integer, got `many`"
    (empty_folder / "iamd.toml").write_text('port = "4263"\n')
    assert refusal() == "port in iamd.toml: expected `int`, got `str`, got `4263`"


@pytest.mark.parametrize(
    ("variable", "text", "form"),
    [
        ("IAMD_ACCOUNT_ID", "12", "twelve digits"),
        ("IAMD_REGION", "europe", "a region, such as `eu-central-1`"),
        ("IAMD_ROOT_ACCESS_KEY_ID", "AKIA", "16 to 128 letters A-Z and digits"),
        ("IAMD_PUBLIC_URL", "https://a/b", "a URL of http or https without a path"),
        ("IAMD_SAML_ENDPOINT", "saml", "a URL of http or https"),
        ("IAMD_AUDIT_WEBHOOK", "collector", "a URL of http or https"),
        ("IAMD_S3_DOMAIN", "S3", "a host name in small letters"),
    ],
)
def test_a_form_is_told_in_words(variable: str, text: str, form: str) -> None:
    assert refusal({variable: text}) == f"{variable} in the environment: expected {form}, got `{text}`"


@pytest.mark.parametrize("variable", ["IAMD_AUDIT_WEBHOOK", "IAMD_PUBLIC_URL"])
def test_a_url_with_a_password_is_not_quoted(variable: str) -> None:
    """R-78: what is wrong with a setting is logged."""
    assert "hidden" not in refusal({variable: "https://user:hidden@collector.example.com/"})


def test_every_pattern_has_its_words() -> None:
    source = Path(iamd.settings.__file__).read_text() + Path(iamd.watch_settings.__file__).read_text()
    patterned = len(re.findall(r"pattern=", source))
    assert (len(_FORMS), set(_FORMS) - set(SETTINGS)) == (patterned, set())


@pytest.mark.parametrize("proxies", ["0.0.0.0/0", "::/0", "10.0.0.1,128.0.0.0/1"])
def test_not_everybody_is_a_proxy(proxies: str) -> None:
    """R-83: a network of everybody would make anybody's word of their address and their TLS hold."""
    assert "anybody would be taken for a proxy" in refusal({"IAMD_TRUSTED_PROXIES": proxies})
    assert load_settings({}, {"IAMD_TRUSTED_PROXIES": "10.0.0.0/8,fc00::/7"}).trusted_proxies


@pytest.mark.parametrize(
    "line",
    [
        "account_id = 123456789012",
        "port = true",
        "sessions_end_with_their_key = 1",
        "data = 7",
        "master_key = 7",
    ],
)
def test_values_in_the_file_have_the_type_of_their_setting(empty_folder: Path, line: str) -> None:
    (empty_folder / "iamd.toml").write_text(line)
    name = line.split(" ", maxsplit=1)[0]
    assert refusal().startswith(f"{name} in iamd.toml: expected `")


def test_unknown_names_are_refused_wherever_they_stand(empty_folder: Path) -> None:
    assert refusal({"IAMD_PROT": "1"}) == (
        "IAMD_PROT in the environment is not a setting; did you mean IAMD_PORT in the environment?"
    )
    assert refusal({"IAMD_port": "1"}).startswith("IAMD_port in the environment is not a setting")
    assert "is not a setting" in refusal(colour="red")
    (empty_folder / "iamd.toml").write_text("[uptime]\nhost = 'x'\n")
    assert refusal() == "uptime in iamd.toml is not a setting"


def test_the_environment_of_tests_and_of_kubernetes_is_left_alone() -> None:
    environ = {
        "IAMD_TEST_POSTGRES_URL": "postgresql://x",
        "IAMD_SERVICE_HOST": "10.0.0.7",
        "IAMD_SERVICE_PORT": "4263",
        "IAMD_SERVICE_PORT_HTTP": "4263",
        "IAMD_PORT": "tcp://10.0.0.7:4263",
        "IAMD_PORT_4263_TCP": "tcp://10.0.0.7:4263",
        "IAMD_PORT_4263_TCP_PROTO": "tcp",
        "IAMD_PORT_4263_TCP_PORT": "4263",
        "IAMD_PORT_4263_TCP_ADDR": "10.0.0.7",
    }
    assert load_settings({}, environ).port == 4263


def test_the_file_is_named_by_argument_or_environment(empty_folder: Path) -> None:
    (empty_folder / "iamd.toml").write_text("port = 1\n")
    (empty_folder / "a.toml").write_text("port = 2\n")
    (empty_folder / "b.toml").write_text("port = 3\n")
    assert load_settings({}, {"IAMD_CONFIG": "a.toml"}).port == 2
    assert load_settings({}, {"IAMD_CONFIG": "a.toml"}, file=Path("b.toml")).port == 3
    assert refusal({"IAMD_CONFIG": "absent.toml"}).startswith("absent.toml cannot be read")
    (empty_folder / "a.toml").write_text("port = = 2\n")
    assert refusal({"IAMD_CONFIG": "a.toml"}).startswith("a.toml cannot be read")


def test_relative_paths_in_the_file_start_from_its_folder(empty_folder: Path) -> None:
    folder = empty_folder / "etc"
    folder.mkdir()
    (folder / "iamd.toml").write_text('data = "iamd.db"\nseed = "/srv/seed.yaml"\nmaster_key_file = "key"\n')
    (folder / "key").write_text(KEY + "\n")
    settings = load_settings({"audit_file": "audit.jsonl"}, {}, file=folder / "iamd.toml")
    assert settings.data == folder / "iamd.db"
    assert settings.seed == Path("/srv/seed.yaml")
    assert settings.audit_file == Path("audit.jsonl")
    assert settings.master_key_bytes() == bytes(range(32))


def test_a_secret_comes_from_the_environment_or_a_file(empty_folder: Path) -> None:
    (empty_folder / "key").write_text(KEY + "\n")
    assert load_settings({}, {"IAMD_MASTER_KEY": KEY}).master_key_bytes() == bytes(range(32))
    assert load_settings({}, {"IAMD_MASTER_KEY_FILE": "key"}).master_key_bytes() == bytes(range(32))
    assert load_settings({"master_key_file": "key"}, {}).master_key_bytes() == bytes(range(32))
    assert load_settings({}, {}).master_key_bytes() is None
    # A flag wins over the environment, whichever of the two forms each has.
    (empty_folder / "other").write_text(base64.b64encode(bytes(32)).decode())
    both = load_settings({"master_key_file": "other"}, {"IAMD_MASTER_KEY": KEY})
    assert both.master_key_bytes() == bytes(32)


def test_a_secret_is_refused_as_a_flag_twice_over_or_from_nowhere(empty_folder: Path) -> None:
    (empty_folder / "empty").write_text("\n")
    assert "would show a secret" in refusal(master_key=KEY)
    assert "exclude each other" in refusal({"IAMD_MASTER_KEY": KEY, "IAMD_MASTER_KEY_FILE": "key"})
    assert "cannot be read" in refusal({"IAMD_MASTER_KEY_FILE": "absent"})
    assert "the file is empty" in refusal({"IAMD_MASTER_KEY_FILE": "empty"})
    assert "not the name of a file" in refusal({"IAMD_MASTER_KEY_FILE": ""})


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("IAMD_MASTER_KEY", "hunter2hunter2hunter2"),
        ("IAMD_MASTER_KEY", base64.b64encode(b"hunter2" * 4).decode()),
        ("IAMD_MASTER_KEY", KEY + "*hunter2"),
        ("IAMD_DATABASE_URL", "mysql://root:hunter2@db/iamd"),
        ("IAMD_ROOT_SECRET_ACCESS_KEY", "hunter2hunter2hunter2"),
        ("IAMD_ROOT_SECRET_ACCESS_KEY", "hunter2"),
    ],
)
def test_no_error_shows_a_secret(variable: str, text: str) -> None:
    """R-78: nor the base64 of one."""
    said = refusal({variable: text})
    assert variable.removeprefix("IAMD_").lower() in said
    assert text not in said
    assert "hunter2" not in said


def test_no_secret_is_in_the_representation() -> None:
    """R-78: settings may end up in a log."""
    settings = load_settings(
        {},
        {
            "IAMD_MASTER_KEY": KEY,
            "IAMD_DATABASE_URL": "postgresql://iamd:hunter2@db/iamd",
            "IAMD_ROOT_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "IAMD_ROOT_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        },
    )
    assert settings.root_secret_access_key
    assert settings.root_secret_access_key.reveal() == "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    for shown in (repr(settings), str(settings)):
        assert KEY not in shown
        assert "hunter2" not in shown
        assert "wJalrXUtnFEMI" not in shown


def test_what_does_not_go_together_is_refused() -> None:
    assert "exclude each other" in refusal({"IAMD_DATA": "x.db", "IAMD_DATABASE_URL": "postgresql://db/iamd"})
    assert "belong together" in refusal({"IAMD_ROOT_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE"})
    assert "belong together" in refusal({"IAMD_ROOT_SECRET_ACCESS_KEY": "w" * 40})


def test_every_setting_is_described() -> None:
    assert sorted(SETTINGS) == sorted(Settings.__struct_fields__)
    assert [info.name for info in SETTINGS.values() if not info.description.endswith(".")] == []
    assert [info.name for info in SETTINGS.values() if info.secret] == [
        "database_url",
        "root_secret_access_key",
        "master_key",
        "other_master_key",
        "pep_key",
        "metrics_key",
        "audit_webhook_key",
    ]
    assert SETTINGS["log_level"].choices == ("debug", "info", "warning", "error")
    assert SETTINGS["root_access_key_id"].kind is str
    assert SETTINGS["account_id"].variable == "IAMD_ACCOUNT_ID"


def test_the_keyring_is_rotated_as_often_as_one_says_or_never() -> None:
    assert Settings().rotation_interval() == timedelta(days=30)
    assert Settings(keyring_rotation_days=7).rotation_interval() == timedelta(days=7)
    assert Settings(keyring_rotation_days=0).rotation_interval() is None


def test_nobody_may_ask_at_a_port_without_an_enforcement_point() -> None:
    with pytest.raises(SettingsError, match="`ext_authz_port` needs a `pep_key` or an"):
        load_settings({}, {"IAMD_EXT_AUTHZ_PORT": "9191"})
    made = load_settings({}, {"IAMD_EXT_AUTHZ_PORT": "9191", "IAMD_PEP_KEY": "0123456789abcdef"})
    assert made.ext_authz_port == 9191
