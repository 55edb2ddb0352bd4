"""`iamd assume` and `iamd credential-process`, against a server that is there; the SDK reads what they print."""

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import pyotp
import pytest
from botocore.config import Config
from tests.support.answers import arn
from tests.support.command_line import CommandLine, command_line, whose
from tests.support.loops import LoopThread
from tests.support.terminal import IAMD, talk
from tests.support.world import Actor, Credentials, allow, document

pytestmark = pytest.mark.slow

MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
SHOW = "import os; print(*(os.environ.get(name) for name in ('AWS_ACCESS_KEY_ID', 'AWS_PROFILE', 'AWS_ENDPOINT_URL')))"


@pytest.fixture(scope="module")
def line(loop: LoopThread, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    with command_line(loop, tmp_path_factory.mktemp("home")) as found:
        yield found


@pytest.fixture(scope="module")
def bob(line: CommandLine) -> Actor:
    found = line.world.user(
        "bob", allow(["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity", "iam:ListMFADevices"])
    )
    reads = allow(["iam:ListUsers", "iam:ListRoles"])
    line.world.role("reader", {"AWS": arn("user/bob")}, reads, Path="/team/")
    line.world.role("plain", {"AWS": arn("user/bob")}, reads)
    for name, condition in (("strict", MFA), ("partner", {"StringEquals": {"sts:ExternalId": "blue"}})):
        trust = document(
            allow("sts:AssumeRole", None, Principal={"AWS": arn("user/bob")}, Condition=condition)
        )
        line.world.root.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    return found


@pytest.fixture(scope="module")
def device(line: CommandLine, bob: Actor) -> pyotp.TOTP:
    iam = line.world.root.iam
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName="bob")["VirtualMFADevice"]
    found = pyotp.TOTP(made["Base32StringSeed"].decode())
    at = int(line.world.clock.now().timestamp())
    iam.enable_mfa_device(
        UserName="bob",
        SerialNumber=made["SerialNumber"],
        AuthenticationCode1=found.at(at - 60),
        AuthenticationCode2=found.at(at - 30),
    )
    return found


@pytest.fixture(autouse=True)
def empty(line: CommandLine) -> None:
    """Nothing is kept from another test, and nothing configured."""
    for path in (line.home / ".cache" / "iamd" / "credentials").glob("*"):
        path.unlink()
    (line.home / "config").unlink(missing_ok=True)


def session_of(credentials: Credentials, line: CommandLine) -> str:
    client = boto3.client(
        "sts",
        region_name="us-east-1",
        endpoint_url=line.url,
        aws_access_key_id=credentials.access_key_id,
        aws_secret_access_key=credentials.secret_access_key,
        aws_session_token=credentials.session_token,
        config=Config(retries={"max_attempts": 0}),
    )
    return str(client.get_caller_identity()["Arn"])


@pytest.mark.parametrize(
    ("role", "who"),
    [
        ("plain", "plain"),
        ("team/reader", "reader"),
        ("/team/reader", "reader"),
        (arn("role/team/reader"), "reader"),
    ],
)
def test_a_role_is_named_by_its_name_or_its_arn(line: CommandLine, bob: Actor, role: str, who: str) -> None:
    found = line.json(bob, "assume", role, "--session-name", "late")
    assert found["Arn"] == arn(f"assumed-role/{who}/late").replace(":iam:", ":sts:")
    assert found["Cached"] is False


def test_credentials_are_kept_for_whoever_has_asked_and_for_what(line: CommandLine, bob: Actor) -> None:
    first = line.json(bob, "assume", "plain")
    again = line.json(bob, "assume", "plain")
    assert again == first | {"Cached": True}
    others = [
        line.json(bob, "assume", "plain", "--session-name", "xy"),
        line.json(bob, "assume", "plain", "--duration", "900"),
        line.json(bob, "assume", "plain", "--tag", "team=blue"),
        line.json(bob, "assume", "plain", "--session-policy", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
        line.json(bob, "assume", "plain", AWS_CONFIG_FILE=str(line.home / "other")),
        line.json(
            Credentials.of(line.world.root.iam.create_access_key(UserName="bob")["AccessKey"]),
            "assume",
            "plain",
        ),
    ]
    assert {each["Cached"] for each in others} == {False}
    renewed = line.json(bob, "assume", "plain", "--renew")
    assert (renewed["Cached"], renewed["AccessKeyId"] == first["AccessKeyId"]) == (False, False)
    assert line.json(bob, "assume", "plain")["AccessKeyId"] == renewed["AccessKeyId"]


def test_no_secret_is_shown_that_was_not_asked_for(line: CommandLine, bob: Actor) -> None:
    shown = [line.run(bob, "assume", "plain", "--output", form) for form in ("table", "json", "yaml")]
    (kept,) = (line.home / ".cache" / "iamd" / "credentials").glob("*.json")
    inner = json.loads(kept.read_text())["Credentials"]
    for done in shown:
        assert done.exit_code == 0
        assert inner["AccessKeyId"] in done.stdout
        assert inner["SecretAccessKey"] not in done.output
        assert inner["SessionToken"] not in done.output


def test_what_a_session_can_carry_is_carried(line: CommandLine, bob: Actor, tmp_path: Path) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text(document(allow("iam:ListRoles")))
    words = ["--tag", "team=blue", "--transitive-tag", "team", "--source-identity", "bob"]
    done = line.run(
        bob, "assume", "plain", *words, "--session-policy", str(policy), "--export", "--format", "json"
    )
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    session = Actor(
        line.world,
        Credentials(found["AWS_ACCESS_KEY_ID"], found["AWS_SECRET_ACCESS_KEY"], found["AWS_SESSION_TOKEN"]),
    )
    session.iam.list_roles()
    refused = line.run(session, "keys", "list", "--all")
    assert refused.exit_code == 4
    assert "no session policy allows" in refused.stderr
    assert line.run(bob, "assume", "partner").exit_code == 4
    assert line.json(bob, "assume", "partner", "--external-id", "blue")["Cached"] is False


def test_a_shell_takes_what_is_exported(line: CommandLine, bob: Actor) -> None:
    text = line.run(bob, "assume", "plain", "--export").stdout
    done = subprocess.run(  # noqa: S603  our own words
        ["/bin/sh", "-c", f"{text}\n'{sys.executable}' -c \"{SHOW}\""],
        env=line.process_environ(bob, AWS_PROFILE="stale"),
        capture_output=True,
        text=True,
        check=True,
    )
    key, profile, endpoint = done.stdout.split()
    assert (key[:4], profile, endpoint) == ("ASIA", "None", line.url)


def test_a_server_that_was_named_is_named_on(line: CommandLine, bob: Actor) -> None:
    done = line.run(bob, "assume", "plain", "--export", "--endpoint-url", line.url, AWS_ENDPOINT_URL="")
    assert f"export AWS_ENDPOINT_URL={line.url}\n" in done.stdout
    # What the environment has named needs no other name.
    assert "AWS_ENDPOINT_URL" not in line.run(bob, "assume", "plain", "--export").stdout


def test_a_program_is_run_with_it_and_keeps_its_options(line: CommandLine, bob: Actor) -> None:
    program = [
        sys.executable,
        "-c",
        SHOW + "; import sys; print(sys.argv[1:]); sys.exit(7)",
        "--query",
        "--exec",
        "-h",
    ]
    done = subprocess.run(  # noqa: S603  our own program
        [IAMD, "assume", "plain", "--exec", *program],
        env=line.process_environ(bob),
        capture_output=True,
        text=True,
        check=False,
    )
    key, rest = done.stdout.splitlines()
    assert (done.returncode, key[:4], rest) == (7, "ASIA", "['--query', '--exec', '-h']")


@pytest.mark.parametrize("mark", [["--exec"], ["--exec", "--"], ["--"]], ids=" ".join)
def test_a_program_that_is_quoted_as_a_whole_is_taken_apart(
    line: CommandLine, bob: Actor, mark: list[str]
) -> None:
    done = line.run(bob, "assume", "plain", *mark, "no-such-program --option 'a b'")
    assert (done.exit_code, done.stderr) == (127, "iamd assume: `no-such-program` was not found\n")
    assert line.run(bob, "assume", "plain", *mark).exit_code == 2
    assert line.run(bob, "assume", "plain", *mark, "'").exit_code == 2
    assert line.run(bob, "assume", "plain", "--export", *mark, "true").exit_code == 2


def test_a_link_signs_a_browser_in(line: CommandLine, bob: Actor) -> None:
    link = line.run(bob, "assume", "plain", "--session-name", "late", "--console").stdout.strip()
    url = urlsplit(link)
    connection = http.client.HTTPConnection(url.netloc, timeout=10)
    connection.request("GET", f"{url.path}?{url.query}")
    answer = connection.getresponse()
    there = answer.getheader("location") or ""
    connection.close()
    assert whose(f"http://{url.netloc}{urlsplit(there).path}#{urlsplit(there).fragment}") == arn(
        "assumed-role/plain/late"
    ).replace(":iam:", ":sts:")


def test_a_code_is_asked_for_on_the_terminal_and_once(
    line: CommandLine, bob: Actor, device: pyotp.TOTP
) -> None:
    refused = line.run(bob, "assume", "strict")
    assert (refused.exit_code, "if the role asks for a code of an MFA device: --mfa" in refused.stderr) == (
        4,
        True,
    )

    def code() -> str:
        return device.at(int(line.world.clock.now().timestamp())) + "\n"

    shown, status = talk(
        ["assume", "strict", "--mfa"],
        line.process_environ(bob),
        [(f"Code of the MFA device {arn('mfa/bob')}: ", code)],
    )
    assert status == 0, shown
    assert line.json(bob, "assume", "strict", "--mfa")["Cached"] is True
    assert line.run(bob, "assume", "strict").exit_code == 4
    assert line.run(bob, "assume", "strict", "--mfa-code", "12345").exit_code == 2


def test_an_sdk_gets_its_credentials_from_the_process(line: CommandLine, bob: Actor) -> None:
    assert bob.credentials is not None
    (line.home / "config").write_text(
        "[profile work]\nregion = eu-central-1\n"
        f"aws_access_key_id = {bob.credentials.access_key_id}\n"
        f"aws_secret_access_key = {bob.credentials.secret_access_key}\n"
        f"[profile reader]\nregion = eu-central-1\ncredential_process = {IAMD} credential-process plain --profile work\n"
        f"[profile itself]\ncredential_process = {IAMD} credential-process plain --profile itself\n"
        f"[profile own]\ncredential_process = {IAMD} credential-process --profile work\n"
    )
    found = line.json(None, "whoami", "--profile", "reader")
    assert (found["Arn"].rpartition(":")[2], found["Method"]) == ("assumed-role/plain/iamd", "custom-process")
    assert len(list((line.home / ".cache" / "iamd" / "credentials").glob("*.json"))) == 1
    own = line.json(None, "whoami", "--profile", "own")
    assert (own["Arn"], own["Temporary"]) == (arn("user/bob"), True)
    itself = line.run(None, "whoami", "--profile", "itself")
    assert (itself.exit_code, "asks for itself: name another with --profile" in itself.stderr) == (3, True)


def test_the_process_answers_in_the_form_of_sdks(line: CommandLine, bob: Actor) -> None:
    found = json.loads(line.run(bob, "credential-process", "plain").stdout)
    assert set(found) == {"Version", "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"}
    assert found["Version"] == 1
    assert session_of(Credentials.of(found), line).endswith(":assumed-role/plain/iamd")
    wrong = line.run(bob, "credential-process", "--tag", "a=b")
    assert (wrong.exit_code, wrong.stdout) == (2, "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--tag", "a"], "--tag takes KEY=VALUE"),
        (["--tag", "a=1", "--tag", "a=2"], "--tag a is given twice"),
        (["--session-policy", "/nowhere"], "cannot read `/nowhere`"),
        (["--session-policy", "a", "--session-policy", "b"], "at most one --session-policy is a file"),
        (["--open"], "--open goes with --console"),
    ],
)
def test_what_cannot_be_asked_is_refused(line: CommandLine, bob: Actor, words: list[str], said: str) -> None:
    done = line.run(bob, "assume", "plain", *words)
    assert (done.exit_code, said in done.stderr) == (2, True), done.stderr
