"""What the door refuses leaves a trace, too; and no more of it than a disk bears."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.loops import LoopThread
from tests.support.raw_http import ask
from tests.support.trail import records_of
from tests.support.world import ACCOUNT, World

from iamd.cli.doors import door_of
from iamd.secret import Secret
from iamd.server.run import ServerThread
from iamd.settings import Settings

REFUSED = [
    (b"GET http://elsewhere/ HTTP/1.1\r\nHost: a\r\n\r\n", 400, "MalformedHttpRequestException"),
    (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n", 413, "RequestEntityTooLargeException"),
    (b"nonsense\r\n\r\n", 400, "MalformedHttpRequestException"),
    (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "MalformedHttpRequestException"),
]


@pytest.fixture
def world(loop: LoopThread, tmp_path: Path) -> Iterator[World]:
    settings = Settings(
        account_id=ACCOUNT,
        root_access_key_id="AKIAROOTEXAMPLE00000",
        root_secret_access_key=Secret("root/secret/access/key/of/the/tests/0000"),
        audit_file=tmp_path / "audit.jsonl",
        metrics_key=Secret("key of the metrics of these tests"),
    )
    made = World(loop, settings)
    yield made
    made.close()


def test_what_is_no_request_is_recorded_and_counted(world: World) -> None:
    with ServerThread(door_of(world.app)) as server:
        answers = [ask(server.url, raw) for raw, _, _ in REFUSED]
    found = records_of(world.app)
    assert [(each["errorCode"], each["additionalEventData"]["httpStatus"]) for each in found] == [
        (code, status) for _, status, code in REFUSED
    ]
    assert [each["requestID"] for each in found] == [answer.headers["x-amzn-requestid"] for answer in answers]
    assert {each["sourceIPAddress"] for each in found} == {"127.0.0.1"}
    assert {(each["eventSource"], each["eventName"]) for each in found} == {("iamd", "Unknown")}
    assert world.app.metrics is not None
    (counted,) = [each for each in world.app.metrics.families() if each.name == "iamd_door_refusals"]
    assert {each.labels: each.value for each in counted.samples} == {("400",): 3, ("413",): 1}


def test_a_flood_fills_no_disk(world: World) -> None:
    for number in range(500):
        world.app.note_refusal("192.0.2.1", 400, "Malformed", "no", request_id=str(number))
    found = records_of(world.app)
    assert 10 <= len(found) <= 30
    world.app.trail._second -= 10
    world.app.note_refusal("192.0.2.1", 400, "Malformed", "no", request_id="last")
    last = records_of(world.app)[-1]
    assert last["additionalEventData"]["recordsLeftOut"] == 500 - len(found)


def test_a_door_whose_trail_is_full_still_refuses(world: World) -> None:
    world.app.trail._most_waiting = 0  # type: ignore[misc]
    with ServerThread(door_of(world.app)) as server:
        assert ask(server.url, REFUSED[0][0]).status == 400
