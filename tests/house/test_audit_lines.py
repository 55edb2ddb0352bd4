"""
One request, one line of the audit trail, whatever is in it.

R-79: the requests here go past the door, which would refuse most of them: the trail must not have to trust it.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tests.house.sender import OPERATIONS, generated, request_to, signed
from tests.house.town import Town, plants, town
from tests.support.loops import LoopThread
from tests.support.world import ACCOUNT

from iamd.http import Request
from iamd.wire.model import load

HOSTILE = [
    b'bot\r\n{"at":"2026-01-01","status":200,"caller_arn":"arn:aws:iam::123456789012:root"}',
    b"\x1b[2J\x1b[31mred\x07",
    "line\u2028paragraph\u2029next\u0085".encode(),
    b"\xff\xfe\x00\x00",
    b'"},{"a":"',
    b"\\u000a\\n",
    b"x" * 100_000,
    b"",
    "\u202egnp.exe\U0001f600".encode(),
]


@pytest.fixture(scope="module")
def audited(loop: LoopThread, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Town, Path]]:
    folder = tmp_path_factory.mktemp("audited")
    with town(loop, folder, audit_file=folder / "audit.jsonl") as found:
        yield found, folder / "audit.jsonl"


def lines_of(audited: tuple[Town, Path], requests: list[Request]) -> list[dict[str, Any]]:
    """Send *requests* and return the lines that they have left."""
    found, path = audited
    found.world.app.trail.flush()
    before = path.stat().st_size
    ids = []
    for request in requests:
        response = found.world.send(request)
        ids.append(dict(response.headers)[b"x-amzn-requestid"].decode())
    found.world.app.trail.flush()
    added = path.read_bytes()[before:]
    # Nothing that a terminal, or a reader of lines, could take for anything else.
    assert set(added) <= {10, *range(0x20, 0x7F)}
    lines = [json.loads(line) for line in added.split(b"\n")[:-1]]
    assert added.endswith(b"\n")
    assert [line["requestID"] for line in lines] == ids
    return lines


def test_a_hostile_user_agent_is_one_line(audited: tuple[Town, Path]) -> None:
    """R-79."""
    plain = request_to(load("iam").operations["ListUsers"], {})
    requests = []
    for text in HOSTILE:
        headers = tuple((name, text if name == b"user-agent" else value) for name, value in plain.headers)
        requests.append(replace(plain, headers=headers))
    requests += [signed(request, "iam", audited[0].root.credentials) for request in requests]
    lines = lines_of(audited, requests)
    assert [line["userAgent"].encode("latin-1") for line in lines] == [each[:1024] for each in HOSTILE] * 2
    assert {line["additionalEventData"]["httpStatus"] for line in lines[len(HOSTILE) :]} == {200}


def test_a_hostile_value_of_any_parameter_is_one_line(audited: tuple[Town, Path]) -> None:
    """R-79: whatever an error says about a parameter, or a name that a caller has, is one line."""
    requests = []
    for operation in OPERATIONS:
        members = operation.input.members if operation.input is not None else {}
        for name in [name for name, member in members.items() if member.type == "string"][:3]:
            for text in ("a\r\nb\t\u2028c", "\u202e\x7f\u0085"):
                request = request_to(operation, generated(operation, plants()) | {name: text})
                requests.append(signed(request, operation.service, audited[0].root.credentials))
    lines = lines_of(audited, requests)
    assert len(lines) >= 500
    assert {line["eventName"] for line in lines} <= {operation.name for operation in OPERATIONS}
    assert any("\r\n" in line.get("errorMessage", "") for line in lines)


@pytest.mark.parametrize("method", ["POST", "GET", "PUT"])
def test_a_request_that_is_not_one_is_one_line(audited: tuple[Town, Path], method: str) -> None:
    """R-79: refusals before dispatch leave a line, too."""
    requests = [
        Request(
            method=method,
            raw_path=b"/\r\n",
            raw_query=text if method == "GET" else b"",
            headers=headers,
            body=body,
        )
        for text in HOSTILE
        for headers in (
            (),
            ((b"authorization", text),),
            ((b"content-type", text), (b"x-amz-security-token", text)),
        )
        for body in (
            (b"",) if method == "GET" else (text, b"Action=" + text, b"Action=GetUser&Version=" + text)
        )
    ]
    lines = lines_of(audited, requests)
    assert {line["additionalEventData"]["httpStatus"] for line in lines} <= {400, 403, 404}


def test_a_line_tells_who_asked_for_what_and_how_it_was_answered(audited: tuple[Town, Path]) -> None:
    operation = load("iam").operations["DeleteUser"]
    nobody = audited[0].actor("nobody").credentials
    assert nobody is not None
    [line] = lines_of(audited, [signed(request_to(operation, {"UserName": "alice"}), "iam", nobody)])
    additional = line.pop("additionalEventData")
    assert set(additional) == {"httpStatus", "decisionId", "decisions", "errorDetail"}
    assert additional["httpStatus"] == 403
    assert additional["decisions"] == [
        {
            "action": "iam:DeleteUser",
            "resource": f"arn:aws:iam::{ACCOUNT}:user/alice",
            "outcome": "ImplicitDeny",
            "reason": "because no identity-based policy allows the iam:DeleteUser action",
        }
    ]
    given = {"eventTime", "requestID", "eventID", "errorMessage", "iamdChain"}
    assert {name: value for name, value in line.items() if name not in given} == {
        "eventVersion": "1.08",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": line["userIdentity"]["principalId"],
            "arn": f"arn:aws:iam::{ACCOUNT}:user/nobody",
            "accountId": ACCOUNT,
            "accessKeyId": nobody.access_key_id,
            "userName": "nobody",
        },
        "eventSource": "iam.amazonaws.com",
        "eventName": "DeleteUser",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "127.0.0.1",
        "userAgent": "house/1",
        "errorCode": "AccessDenied",
        "requestParameters": {"userName": "alice"},
        "responseElements": None,
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "eventCategory": "Management",
        "recipientAccountId": ACCOUNT,
    }
    assert given <= set(line)
