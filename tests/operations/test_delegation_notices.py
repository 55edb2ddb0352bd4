"""Notices to product providers: each is delivered at least once, or given up after an hour; and by whoever claims it first."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.support.delegation import TOPIC, DelegationWorld, delegation_world
from tests.support.loops import LoopThread
from tests.support.world import allow

from iamd.exchange.notification_channels import Channels
from iamd.exchange.product_providers import Destination
from iamd.operations.delegation_notices import Courier, DeliveryError
from iamd.secret import Secret


@pytest.fixture
def world(loop: LoopThread, tmp_path: Path) -> Iterator[DelegationWorld]:
    with delegation_world(loop, tmp_path) as made:
        yield made


def pending(world: DelegationWorld) -> int:
    later = world.clock.now() + timedelta(days=365)
    return len(
        world.app.store.read(lambda transaction: transaction.delegation_notices.due(later, 1000)).result()
    )


def test_a_notification_is_what_sns_would_deliver(world: DelegationWorld) -> None:
    request_id = world.claimed(world.root)
    (message,) = world.told()
    (notification,) = world.notifications()
    assert set(notification) == {"Type", "MessageId", "TopicArn", "Timestamp", "Message"}
    assert (notification["Type"], notification["TopicArn"]) == ("Notification", TOPIC)
    assert datetime.fromisoformat(notification["Timestamp"]).tzinfo is not None
    assert message["RequestId"] == request_id
    assert pending(world) == 0
    assert world.notices.stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_delivered_is_tried_again(world: DelegationWorld) -> None:
    world.notices.mkdir()
    world.claimed(world.root)
    assert [world.app.courier.send(), world.app.courier.send()] == [True, False]
    assert pending(world) == 1
    world.notices.rmdir()
    assert world.told() == []
    world.clock.advance(timedelta(seconds=3))
    assert [message["State"] for message in world.told()] == ["ASSIGNED"]
    assert pending(world) == 0


def test_after_an_hour_it_is_given_up(world: DelegationWorld) -> None:
    world.notices.mkdir()
    world.claimed(world.root)
    attempts = 0
    for _ in range(250):
        attempts += world.app.courier.send()
        world.clock.advance(timedelta(seconds=20))
        if not pending(world):
            break
    assert pending(world) == 0
    # Every twenty seconds at most, and more often in the beginning.
    assert 170 < attempts < 190


def test_a_claimed_notice_is_nobody_elses_for_a_minute(world: DelegationWorld) -> None:
    """Two nodes send at the same time: the second finds nothing; it takes over if the first has died."""
    app = world.app
    taken: list[str] = []

    def dying(topic: str, _envelope: Mapping[str, Any], _message: Secret) -> None:
        taken.append(topic)
        raise KeyboardInterrupt

    other = Courier(app.store, app.keyring, app.ids, world.clock, dying)
    world.claimed(world.root)
    with pytest.raises(KeyboardInterrupt):
        other.send()
    assert taken == [TOPIC]
    assert world.told() == []
    world.clock.advance(timedelta(minutes=1))
    assert [message["State"] for message in world.told()] == ["ASSIGNED"]


def test_a_notice_tells_of_the_state_that_it_is_about(world: DelegationWorld) -> None:
    """However late it is delivered."""
    admin = world.user("admin", allow("*"))
    request_id = world.accepted(admin)
    admin.iam.reject_delegation_request(DelegationRequestId=request_id)
    assert [message["State"] for message in world.told()] == ["ASSIGNED", "ACCEPTED", "REJECTED"]


def test_a_token_is_sealed_when_it_is_sent(world: DelegationWorld) -> None:
    """It is nowhere before: not in the database."""
    token = world.token(world.user("admin", allow("*")))
    rows = world.app.store.read(
        lambda transaction: transaction.delegation_requests.page("123456789012", None, None, 10)  # type: ignore[arg-type]
    ).result()
    assert token not in repr(rows)


def test_a_topic_that_is_registered_no_more_gets_nothing(world: DelegationWorld) -> None:
    with pytest.raises(DeliveryError, match="is not registered"):
        Channels({}, world.clock).deliver(TOPIC, {"Type": "Notification"}, Secret("x"))


class _Receiver(HTTPServer):
    """Takes what is posted; answers with *status*."""

    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.taken: list[tuple[dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/notices"


class _Handler(BaseHTTPRequestHandler):
    server: _Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.taken.append((headers, body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name in the standard library
        pass


@contextmanager
def receiving() -> Iterator[_Receiver]:
    with _Receiver() as receiver:
        thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield receiver
        finally:
            receiver.shutdown()
            thread.join()


def test_a_notification_is_posted_as_sns_posts_it(world: DelegationWorld) -> None:
    """AWS: *HTTP/HTTPS headers* and *HTTP/HTTPS notification JSON format* of Amazon SNS."""
    envelope = {"Type": "Notification", "MessageId": "1", "TopicArn": TOPIC, "Timestamp": "now"}
    with receiving() as receiver:
        channels = Channels({TOPIC: Destination(None, receiver.url)}, world.clock)
        channels.deliver(TOPIC, envelope, Secret("said"))
        receiver.status = 500
        with pytest.raises(DeliveryError, match="answers 500"):
            channels.deliver(TOPIC, envelope, Secret("said"))
        (headers, body), _ = receiver.taken
    assert json.loads(body) == {**envelope, "Message": "said"}
    expected = {
        "content-type": "text/plain; charset=UTF-8",
        "x-amz-sns-message-type": "Notification",
        "x-amz-sns-message-id": "1",
        "x-amz-sns-topic-arn": TOPIC,
    }
    assert {name: headers[name] for name in expected} == expected


def test_a_receiver_that_is_not_there_is_an_error(world: DelegationWorld) -> None:
    with receiving() as receiver:
        url = receiver.url
    with pytest.raises(DeliveryError, match="cannot be reached"):
        Channels({TOPIC: Destination(None, url)}, world.clock).deliver(
            TOPIC, {"Type": "Notification", "MessageId": "1", "TopicArn": TOPIC}, Secret("x")
        )
