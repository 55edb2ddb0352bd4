"""
A real Envoy, with the configuration of the documentation, between boto3 and services that have no IAM.

Skipped, with the reason, where there is no Envoy; `make envoy` installs one, and then a skip is a failure.
"""

import json
import subprocess
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import pytest
import yaml
from botocore.exceptions import ClientError
from tests.support.loops import loop_thread
from tests.support.points import KEYS, points_settings, request_of, signed
from tests.support.programs import program
from tests.support.proxied import (
    Proxied,
    answered,
    block,
    check_bodies,
    check_denial,
    check_passage,
    check_presigned,
    headers_of,
    reader,
    replaced,
    store,
)
from tests.support.world import ACCOUNT, Actor, allow

from iamd.server.app import Door
from iamd.server.run import ServerThread

pytestmark = pytest.mark.slow

PAGE = "ask-from-envoy.md"
FLAVOURS = {"grpc": "by make envoy, over gRPC", "http": "by make envoy, over HTTP"}
BOB = f"arn:aws:iam::{ACCOUNT}:user/bob"
LOG = (
    "%RESPONSE_CODE% %DYNAMIC_METADATA(envoy.filters.http.ext_authz:principal)% "
    "%DYNAMIC_METADATA(envoy.filters.http.ext_authz:operation)% "
    "%DYNAMIC_METADATA(envoy.filters.http.ext_authz:decision_id)%\n"
)


class Enveloped(Proxied):
    """
    A world behind Envoy.

    Attributes:
        log: Its access log, a line for each request.
        queue: Where Envoy passes bodies on, in front of SQS.
        routed: Where Envoy's route says what requests need.
        over_grpc: How Envoy asks.
    """

    over_grpc = False

    log: IO[str]
    queue = ""
    routed = ""


def cluster(name: str, url: str) -> dict[str, Any]:
    at = urlsplit(url)
    address = {"socket_address": {"address": at.hostname, "port_value": at.port}}
    return {
        "name": name,
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address}}]}],
        },
    }


def listener(name: str, filters: list[Any], of_route: dict[str, Any]) -> dict[str, Any]:
    """Return a listener on a free port, with what the documentation says of the connection manager."""
    router = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"
    manager = {
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3"
        ".HttpConnectionManager",
        "stat_prefix": name,
        "use_remote_address": True,
        "normalize_path": False,
        "merge_slashes": False,
        "path_with_escaped_slashes_action": "KEEP_UNCHANGED",
        "http_filters": [
            *filters,
            {"name": "envoy.filters.http.router", "typed_config": {"@type": router}},
        ],
        "access_log": [
            {
                "name": "envoy.access_loggers.stdout",
                "typed_config": {
                    "@type": "type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog",
                    "log_format": {"text_format_source": {"inline_string": LOG}},
                },
            }
        ],
        "route_config": {
            "virtual_hosts": [
                {
                    "name": "all",
                    "domains": ["*"],
                    "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "app"}, **of_route}],
                }
            ]
        },
    }
    return {
        "name": name,
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}},
        "filter_chains": [
            {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}
        ],
    }


def configuration(flavour: str, iamd: str, port: int, app: str) -> dict[str, Any]:
    text = block(PAGE, FLAVOURS[flavour], "yaml")

    def filters(key: str, *, bodies: bool) -> list[Any]:
        made: list[Any] = yaml.safe_load(
            # A busy machine may take longer than a door should.
            replaced(text, ("the key", KEYS[key]), ("timeout: 0.25s", "timeout: 20s"))
        )["http_filters"]
        if not bodies:
            del made[0]["typed_config"]["with_request_body"]
        return made

    if flavour == "grpc":
        clusters = yaml.safe_load(
            replaced(
                block(PAGE, "by make envoy, cluster", "yaml"),
                ("address: iamd,", "address: 127.0.0.1,"),
                ("9191", str(port)),
            )
        )["clusters"]
    else:
        clusters = [cluster("iamd", iamd)]
    route = yaml.safe_load(block(PAGE, "by make envoy, route", "yaml"))
    return {
        "admin": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}}},
        "static_resources": {
            "listeners": [
                listener("store", filters("store", bodies=False), {}),
                listener("queue", filters("queue", bodies=True), {}),
                listener("routed", filters("orders", bodies=False), route if flavour == "grpc" else {}),
            ],
            "clusters": [*clusters, cluster("app", app)],
        },
    }


def listening(process: "subprocess.Popen[str]", admin: Path) -> dict[str, str]:
    """Return where Envoy listens, once it does."""
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if "starting main dispatch loop" in line:
            break
    else:
        pytest.fail("".join(said))
    # Nobody reads the rest, and nobody shall wait for somebody who does.
    threading.Thread(target=process.stderr.read, daemon=True).start()
    host, _, port = admin.read_text().rpartition(":")
    connection = HTTPConnection(host, int(port), timeout=10)
    connection.request("GET", "/listeners?format=json")
    told = json.loads(connection.getresponse().read())
    connection.close()
    return {
        each["name"]: f"http://127.0.0.1:{each['local_address']['socket_address']['port_value']}"
        for each in told["listener_statuses"]
    }


@pytest.fixture(scope="module", params=list(FLAVOURS))
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Enveloped]:
    envoy = program("envoy", "envoy")
    folder = tmp_path_factory.mktemp("envoy")
    with loop_thread() as loop:
        found = Enveloped(loop, points_settings(ext_authz_port=0))
        door = Door(found.app.pipeline.handle, found.app.decision_points)
        with ServerThread(door, beside=found.app.beside) as iamd, ServerThread(Door(store)) as app:
            file = folder / "envoy.json"
            found.over_grpc = request.param == "grpc"
            made = configuration(request.param, iamd.url, found.app.beside[0].port, app.url)
            file.write_text(json.dumps(made))
            process = subprocess.Popen(  # noqa: S603  a program of this machine, with a configuration of ours
                [
                    *(envoy, "-c", str(file), "--concurrency", "1", "--disable-hot-restart"),
                    *("--admin-address-path", str(folder / "admin"), "--log-level", "info"),
                    *("--file-flush-interval-msec", "1"),
                ],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            try:
                at = listening(process, folder / "admin")
                found.url, found.queue, found.routed = at["store"], at["queue"], at["routed"]
                assert process.stdout is not None
                found.log = process.stdout
                yield found
            finally:
                process.terminate()
                process.wait(10)
                for stream in (process.stdout, process.stderr):
                    assert stream is not None
                    stream.close()
        found.close()


@pytest.fixture(scope="module")
def bob(world: Enveloped) -> Actor:
    # In `x-forwarded-for` Envoy writes an address of its own for who comes by loopback.
    return reader(world, "127.0.0.1" if world.over_grpc else None)


def test_what_is_allowed_comes_through_with_its_principal(world: Enveloped, bob: Actor) -> None:
    assert check_passage(world, bob, shows_signature=not world.over_grpc)["x-iamd-account"] == ACCOUNT


def test_bodies_come_through_whole(world: Enveloped, bob: Actor) -> None:
    check_bodies(world, bob)


@pytest.mark.parametrize(("bucket", "operation"), [("others", "get_object"), ("reports", "delete_object")])
def test_the_client_hears_why_not(world: Enveloped, bob: Actor, bucket: str, operation: str) -> None:
    check_denial(world, bob, bucket, operation)


def test_presigned_requests_come_through_as_they_were_signed(world: Enveloped, bob: Actor) -> None:
    check_presigned(world, bob)


def test_nobody_gets_in_unsigned_or_by_telling_what_envoy_tells(world: Enveloped, bob: Actor) -> None:
    """R-10, R-13, R-73."""
    assert answered(world.url, "/reports/june.pdf", {}) == 403
    client = world.s3(bob)
    headers = headers_of(client, lambda: client.get_object(Bucket="reports", Key="june.pdf"))
    assert answered(world.url, "/reports/june.pdf", headers) == 200
    lies = {
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Proto": "https",
        "X-Envoy-Original-Path": "/reports/june.pdf",
        "X-Iamd-Pep-Key": KEYS["store"],
    }
    assert answered(world.url, "/reports/july.pdf", headers | lies) == 403
    assert answered(world.url, "/reports/june.pdf", headers | {"X-Iamd-Principal": "arn:eve"}) in {400, 403}
    for path in ("/reports//june.pdf", "/reports/../reports/june.pdf", "/reports/june%2epdf"):
        assert answered(world.url, path, headers) in {400, 403}


def test_a_body_says_what_a_service_is_asked(world: Enveloped, bob: Actor) -> None:
    sue = world.user("sue", allow("sqs:SendMessage", f"arn:aws:sqs:us-east-1:{ACCOUNT}:jobs"))
    sqs = world.through(sue, "sqs", world.queue)
    headers: dict[str, str] = {}

    def send(queue: str, text: str) -> None:
        url = f"{world.queue}/{ACCOUNT}/{queue}"
        headers.update(headers_of(sqs, lambda: sqs.send_message(QueueUrl=url, MessageBody=text)))

    # What the store answers is no answer of SQS; that it does is enough.
    send("jobs", "ü")
    with pytest.raises(ClientError) as caught:
        send("others", "x")
    assert caught.value.response["Error"]["Code"] == "AccessDeniedException"
    # Another body under the signature of the first; and one that is longer than Envoy passes on.
    assert answered(world.queue, "/", headers | {"Content-Length": "0"}, "POST") in {400, 403}
    with pytest.raises(ClientError) as caught:
        send("jobs", "x" * 1_100_000)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413


def test_a_route_says_what_its_requests_need(world: Enveloped) -> None:
    if not world.over_grpc:
        return
    orders = f"arn:aws:orders:us-east-1:{ACCOUNT}:order/*"
    ann = world.user("ann", allow("orders:CancelOrder", orders))
    tim = world.user("tim", allow("orders:GetOrder", orders))
    for actor, status in ((ann, 200), (tim, 403)):
        host = world.routed.removeprefix("http://").encode()
        request = signed(request_of("GET", b"/orders/17", host=host), actor, "orders")
        headers = {name.decode(): value.decode() for name, value in request.headers}
        assert answered(world.routed, "/orders/17", headers) == status


def test_the_access_log_knows_who_it_was(world: Enveloped, bob: Actor) -> None:
    if not world.over_grpc:
        return
    world.s3(bob).get_object(Bucket="reports", Key="last.pdf")
    with pytest.raises(ClientError) as caught:
        world.s3(bob).delete_object(Bucket="reports", Key="last.pdf")
    decision_id = caught.value.response["ResponseMetadata"]["HTTPHeaders"]["x-iamd-decision-id"]
    for line in world.log:
        if decision_id in line:
            assert line == f"403 {BOB} DeleteObject {decision_id}\n"
            break
        before = line
    assert before == f"200 {BOB} GetObject -\n"
