"""
Known secrets, several hundred requests with everything logged, and then a search.

R-78: secret access keys, session tokens, seeds and codes of MFA devices, passwords, private keys and foreign tokens are
in no log, no audit line, no database file and no answer but the one that issued them.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pyotp
import pytest
from tests.house.leaks import codes_in, contents, found_in
from tests.house.process import Server, debugging_server
from tests.house.sender import (
    OPERATIONS,
    Answer,
    Params,
    generated,
    request_to,
    signed,
    with_bad_signature,
)
from tests.house.town import ROOT_KEY, arn, plants, trusting
from tests.support.sqlite import sqlite
from tests.support.world import ACCOUNT, Credentials, document

from iamd.http import Request
from iamd.secret import Secret
from iamd.sigv4.sign import Credentials as SigningCredentials
from iamd.sigv4.sign import presign
from iamd.wire.model import Operation, load

pytestmark = pytest.mark.slow

MASTER_KEY = base64.b64encode(b"canary of the master key, 32 b.!").decode()
METRICS_KEY = "canary of the key of the metrics"
ROOT = Credentials(*ROOT_KEY)
# Not by the model, which does not mark everything that is secret.
SECRET_MEMBERS = (
    "AuthenticationCode1",
    "AuthenticationCode2",
    "WebIdentityToken",
    "EncodedMessage",
    "PrivateKey",
)


def canary(name: str) -> str:
    """Return a text that occurs nowhere else."""
    return base64.b64encode(hashlib.sha256(name.encode()).digest()).decode()


@dataclass
class Ledger:
    """
    What was sent, and what must not be seen.

    Attributes:
        secrets: By a name for the report.
        issued: Bodies of answers that may show secrets: those that issued them.
        others: All other bodies.
    """

    server: Server
    secrets: dict[str, str] = field(default_factory=dict)
    codes: set[str] = field(default_factory=set)
    issued: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    requests: int = 0

    def issue(self, name: str, given: Params, *, by: Credentials = ROOT) -> Answer:
        """Ask for something that is answered with secrets."""
        answer = self._ask(name, given, by)
        assert answer.code == "OK", (name, answer)
        self.issued.append(answer.body)
        return answer

    def ask(self, name: str, given: Params, *, by: Credentials = ROOT) -> Answer:
        answer = self._ask(name, given, by)
        self.others.append(answer.body)
        return answer

    def send(self, requests: list[Request]) -> list[Answer]:
        answers = self.server.send_all(requests)
        self.requests += len(requests)
        self.others += [answer.body for answer in answers]
        return answers

    def keep(self, name: str, answer: Answer) -> str:
        """Take the content of the element *name* as a secret, and return it."""
        found = re.search(f"<{name}>([^<]*)</{name}>", answer.body)
        assert found is not None
        self.secrets[f"{name} {len(self.secrets)}"] = found[1]
        return found[1]

    def credentials(self, answer: Answer) -> Credentials:
        identity = re.search("<AccessKeyId>([^<]*)", answer.body)
        assert identity is not None
        token = self.keep("SessionToken", answer) if "<SessionToken>" in answer.body else None
        return Credentials(identity[1], self.keep("SecretAccessKey", answer), token)

    def _ask(self, name: str, given: Params, by: Credentials) -> Answer:
        service, _, operation = name.partition(":")
        model = load("iam" if service == "iam" else "sts").operations[operation]
        self.requests += 1
        return self.server.send_all([signed(request_to(model, given), service, by)])[0]


def walk(ledger: Ledger, database: Path) -> None:
    """Make secrets, use them in every way, right and wrong, and let things go wrong inside."""
    sessions = [session for number in range(4) for session in _somebody(ledger, number)]
    _every_operation(ledger, sessions)
    _presigned(ledger, sessions)
    _refused_at_the_door(ledger)
    _with_faults(ledger, database, sessions[0])


def _somebody(ledger: Ledger, number: int) -> Iterator[Credentials]:
    name = f"canary{number}"
    ledger.ask("iam:CreateUser", {"UserName": name})
    ledger.ask(
        "iam:PutUserPolicy",
        {
            "UserName": name,
            "PolicyName": "all",
            "PolicyDocument": document({"Effect": "Allow", "Action": "*", "Resource": "*"}),
        },
    )
    user = ledger.credentials(ledger.issue("iam:CreateAccessKey", {"UserName": name}))
    made = ledger.issue("iam:CreateVirtualMFADevice", {"VirtualMFADeviceName": name})
    seed = base64.b64decode(ledger.keep("Base32StringSeed", made)).decode()
    ledger.secrets[f"seed {number}"] = seed
    ledger.secrets[f"bytes of seed {number}"] = base64.b32decode(seed).decode("latin-1")
    device = {"SerialNumber": arn("mfa", name)}
    now = datetime.now(UTC)
    first, second, third = (pyotp.TOTP(seed).at(now + timedelta(seconds=30 * step)) for step in (-1, 0, 1))
    ledger.codes |= {first, second, third}
    enable = {"UserName": name, **device, "AuthenticationCode1": first, "AuthenticationCode2": second}
    assert ledger.ask("iam:EnableMFADevice", enable).code == "OK"
    assert ledger.ask("iam:EnableMFADevice", enable).code == "EntityAlreadyExists"
    wrong = {**device, "TokenCode": second}
    assert ledger.ask("sts:GetSessionToken", wrong, by=user).code == "AccessDenied"
    yield ledger.credentials(ledger.issue("sts:GetSessionToken", {**device, "TokenCode": third}, by=user))
    git = {"UserName": name, "ServiceName": "codecommit.amazonaws.com"}
    ledger.keep("ServicePassword", ledger.issue("iam:CreateServiceSpecificCredential", git))
    role = {"RoleName": name, "AssumeRolePolicyDocument": document(*trusting(ACCOUNT)["Statement"])}
    ledger.ask("iam:CreateRole", role)
    assume = {"RoleArn": arn("role", name), "RoleSessionName": name, "Tags": [{"Key": "a", "Value": "b"}]}
    session = ledger.credentials(ledger.issue("sts:AssumeRole", assume, by=user))
    assert ledger.ask("sts:GetCallerIdentity", {}, by=session).code == "OK"
    yield session


def _every_operation(ledger: Ledger, sessions: list[Credentials]) -> None:
    """Ask every operation with secrets in all members that take one: allowed, denied, forged and garbled."""
    ledger.send([signed(_asked(each, ledger, "session"), each.service, sessions[1]) for each in OPERATIONS])
    asked = [
        (each, _asked(each, ledger, "root"))
        for each in OPERATIONS
        if each.name not in {"CreateAccessKey", "CreateVirtualMFADevice", "GetSessionToken"}
    ]
    ledger.send([signed(request, each.service, ROOT) for each, request in asked])
    ledger.send([with_bad_signature(signed(request, each.service, sessions[0])) for each, request in asked])
    token = sessions[0].session_token or ""
    garbled = replace(sessions[0], session_token=token[:-12] + "canarycanary")
    ledger.send([signed(request, each.service, garbled) for each, request in asked])


def _asked(operation: Operation, ledger: Ledger, who: object) -> Request:
    given = generated(operation, plants(), who)
    members = operation.input.members if operation.input is not None else {}
    for name, member in members.items():
        if (
            (member.sensitive or name in SECRET_MEMBERS)
            and member.type == "string"
            and (member.maximum or 99) > 40
        ):
            given[name] = canary(f"{operation.name} {name}")
            ledger.secrets[f"{operation.name} {name}"] = given[name]
    return request_to(operation, given)


def _presigned(ledger: Ledger, sessions: list[Credentials]) -> None:
    requests = [
        presign(
            Request(
                method="GET",
                raw_path=b"/",
                raw_query=b"Action=GetCallerIdentity&Version=" + version,
                headers=((b"host", b"127.0.0.1:4263"),),
            ),
            SigningCredentials(
                access_key_id=session.access_key_id,
                secret_access_key=Secret(session.secret_access_key),
                session_token=Secret(session.session_token or ""),
            ),
            region="us-east-1",
            service="sts",
            at=datetime.now(UTC),
            expires_seconds=60,
        )
        for session in sessions
        for version in (b"2011-06-15", b"2010-05-08", b"1999-01-01")
    ]
    codes = [answer.code for answer in ledger.send(requests)]
    assert codes.count("OK") == len(sessions)


def _refused_at_the_door(ledger: Ledger) -> None:
    """Send secrets in headers that the door or the gate refuses."""
    secret = ledger.secrets["door"] = canary("door")
    post = Request(method="POST", raw_path=b"/", headers=((b"host", b"localhost"),), body=b"Action=ListUsers")
    for name, value in (
        (b"authorization", f"Bearer {secret}"),
        (b"authorization", f"AWS4-HMAC-SHA256 Credential={secret}, SignedHeaders=host, Signature=0"),
        (b"x-amz-security-token", secret),
        (b"content-type", f"text/plain; {secret}"),
        (b"content-encoding", secret),
        (b"expect", secret),
        (b"transfer-encoding", secret),
        (b"host", secret),
        (b"cookie", secret * 1000),
    ):
        ledger.send(
            [
                msgspec.structs.replace(
                    post, headers=(*post.headers[: 1 if name != b"host" else 0], (name, value.encode()))
                )
            ]
        )


def _with_faults(ledger: Ledger, database: Path, session: Credentials) -> None:
    """Break the database under the server, and ask for what issues and stores secrets."""
    with sqlite(database) as connection:
        connection.apsw.set_busy_timeout(10_000)
        for table in ("users", "access_keys", "mfa_devices", "inline_policies"):
            connection.execute(f"ALTER TABLE {table} RENAME TO broken_{table}")
    for operation in OPERATIONS:
        if operation.name in {
            "CreateAccessKey",
            "CreateVirtualMFADevice",
            "EnableMFADevice",
            "PutUserPolicy",
            "GetAccessKeyLastUsed",
        }:
            request = signed(_asked(operation, ledger, "fault"), operation.service, session)
            assert [answer.status for answer in ledger.send([request])] == [500]


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ledger, dict[str, bytes]]:
    """Give the ledger and everything that the server has written, as it was and after it had ended."""
    folder = tmp_path_factory.mktemp("canaries")
    database = folder / "iamd.sqlite"
    environment = {
        "IAMD_ROOT_ACCESS_KEY_ID": ROOT.access_key_id,
        "IAMD_ROOT_SECRET_ACCESS_KEY": ROOT.secret_access_key,
        "IAMD_MASTER_KEY": MASTER_KEY,
        "IAMD_METRICS_KEY": METRICS_KEY,
    }
    flags = ("--data", str(database), "--audit-file", str(folder / "audit.jsonl"), "--audit-database")
    with debugging_server(folder, environment, *flags) as server:
        ledger = Ledger(server)
        ledger.secrets["root"] = ROOT.secret_access_key
        ledger.secrets["master key"] = MASTER_KEY
        ledger.secrets["bytes of master key"] = base64.b64decode(MASTER_KEY).decode()
        ledger.secrets["key of the metrics"] = METRICS_KEY
        walk(ledger, database)
        metrics = _metrics(ledger)
        places = {"metrics": metrics} | {
            f"{name} while it ran": text for name, text in contents(folder.iterdir()).items()
        }
        command_line = Path(f"/proc/{server.pid}/cmdline")
        if command_line.exists():
            places["command line"] = command_line.read_bytes()
    places |= contents(folder.iterdir())
    return ledger, places


def _metrics(ledger: Ledger) -> bytes:
    headers = ((b"host", b"localhost"), (b"authorization", b"Bearer " + METRICS_KEY.encode()))
    (answer,) = ledger.server.send_all([Request(method="GET", raw_path=b"/_iamd/metrics", headers=headers)])
    assert answer.status == 200
    return answer.body.encode()


def test_the_search_finds_what_is_there() -> None:
    secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    raw = secret.encode()
    hidden = {
        "plain": b"... " + raw + b" ...",
        "cut off": b"... " + raw[:25],
        "reversed": raw[::-1],
        "base64": base64.b64encode(b"x" + raw),
        "base64 again": base64.b64encode(b"xy" + raw),
        "hex": raw.hex().encode(),
        "HEX": raw.hex().upper().encode(),
        "quoted": b"secret=wJalrXUtnFEMI%2FK7MDENG%2BbPxRfiCYEXAMPLEKEY",
        "json": json.dumps({"secret": secret}).encode(),
        "innocent": b"wJalrXUtn" * 50,
    }
    assert found_in(hidden, {"it": secret}) == [f"it in {name}" for name in hidden if name != "innocent"]
    said = {"log": b'{"code": "123456", "at": "2026-11-22T00:00:00.654321Z"}'}
    assert codes_in(said, ["123456", "654321"]) == ["123456 in log"]


def test_there_was_something_to_find(evidence: tuple[Ledger, dict[str, bytes]]) -> None:
    ledger, places = evidence
    assert ledger.requests >= 800
    assert len(ledger.secrets) >= 40
    assert {"audit.jsonl", "iamd.sqlite", "iamd.sqlite-wal while it ran", "stderr.log", "stdout.log"} <= set(
        places
    )
    assert places["audit.jsonl"].count(b"\n") >= 800
    assert places["iamd.sqlite"].count(b"iamdChain") >= 800
    assert places["metrics"].count(b"iamd_requests_total{") >= 100
    # The loggers of libraries were on, and the faults were logged.
    assert b'"logger": "uvicorn.error"' in places["stderr.log"]
    # Whoever wrote them: every line is an event.
    assert all("event" in json.loads(line) for line in places["stderr.log"].splitlines())
    assert places["stderr.log"].count(b"request failed") == 5


def test_no_secret_is_in_a_log_an_audit_line_or_a_file_of_the_database(
    evidence: tuple[Ledger, dict[str, bytes]],
) -> None:
    """R-78."""
    ledger, places = evidence
    assert found_in(places, ledger.secrets) == []


def test_no_code_is_in_a_log_or_an_audit_line(evidence: tuple[Ledger, dict[str, bytes]]) -> None:
    """R-78."""
    ledger, places = evidence
    texts = {name: content for name, content in places.items() if name.endswith((".log", ".jsonl"))}
    assert codes_in(texts, ledger.codes) == []


def test_secrets_are_shown_once(evidence: tuple[Ledger, dict[str, bytes]]) -> None:
    """R-78: no answer shows a secret but the one that issued it."""
    ledger, _ = evidence
    issued = {f"answer {number}": body.encode() for number, body in enumerate(ledger.issued)}
    assert len(found_in(issued, ledger.secrets)) >= len(ledger.issued)
    assert found_in({"other answers": "".join(ledger.others).encode()}, ledger.secrets) == []
