"""
A real Traefik, with the configuration of the documentation, between boto3 and a store that has no IAM.

Skipped, with the reason, where there is no Traefik; `make traefik` builds one, and then a skip is a failure.
"""

import json
import socket
import subprocess
import threading
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.support.loops import loop_thread
from tests.support.points import KEYS, points_settings
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
from tests.support.world import ACCOUNT, Actor

from iamd.server.app import Door
from iamd.server.run import ServerThread

pytestmark = pytest.mark.slow

BOB = f"arn:aws:iam::{ACCOUNT}:user/bob"


def configuration(iamd: str, app: str) -> dict[str, Any]:
    made: dict[str, Any] = yaml.safe_load(
        replaced(
            block("ask-from-traefik.md", "by make traefik", "yaml"),
            ("http://iamd:4263", iamd),
            ("the key", KEYS["store"]),
            ("Host(`app.example.com`)", "PathPrefix(`/`)"),
        )
    )
    made["http"]["services"] = {"app": {"loadBalancer": {"servers": [{"url": app}]}}}
    return made


def wait_for(url: str, process: "subprocess.Popen[str]") -> None:
    """Return once Traefik has read its configuration: before that it knows no path."""
    pause = threading.Event()
    for _ in range(400):
        if process.poll() is not None:
            break
        try:
            if answered(url, "/", {}) != 404:
                return
        except (OSError, HTTPException):
            pass
        pause.wait(0.05)
    process.kill()
    pytest.fail(process.communicate()[0])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    traefik = program("traefik", "traefik", in_ci=False)
    folder: Path = tmp_path_factory.mktemp("traefik")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with loop_thread() as loop:
        found = Proxied(loop, points_settings())
        found.url = f"http://127.0.0.1:{port}"
        door = Door(found.app.pipeline.handle, found.app.decision_points)
        with ServerThread(door) as iamd, ServerThread(Door(store)) as app:
            file = folder / "dynamic.yaml"
            file.write_text(json.dumps(configuration(iamd.url, app.url)))
            process = subprocess.Popen(  # noqa: S603  a program of this machine, with a configuration of ours
                [
                    traefik,
                    f"--entryPoints.web.address=127.0.0.1:{port}",
                    f"--providers.file.filename={file}",
                    "--global.checknewversion=false",
                    "--global.sendanonymoususage=false",
                ],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            try:
                wait_for(found.url, process)
                yield found
            finally:
                process.terminate()
                process.communicate(timeout=20)
        found.close()


@pytest.fixture(scope="module")
def bob(world: Proxied) -> Actor:
    return reader(world)


def test_what_is_allowed_comes_through_with_its_principal(world: Proxied, bob: Actor) -> None:
    assert check_passage(world, bob)["x-iamd-account"] == ACCOUNT


def test_bodies_come_through_whole(world: Proxied, bob: Actor) -> None:
    check_bodies(world, bob)


@pytest.mark.parametrize(("bucket", "operation"), [("others", "get_object"), ("reports", "delete_object")])
def test_the_client_hears_why_not(world: Proxied, bob: Actor, bucket: str, operation: str) -> None:
    check_denial(world, bob, bucket, operation)


def test_presigned_requests_come_through_as_they_were_signed(world: Proxied, bob: Actor) -> None:
    check_presigned(world, bob)


def test_nobody_gets_in_unsigned_or_by_telling_what_traefik_tells(world: Proxied, bob: Actor) -> None:
    """R-10, R-13, R-73."""
    assert answered(world.url, "/reports/june.pdf", {}) == 403
    client = world.s3(bob)
    headers = headers_of(client, lambda: client.get_object(Bucket="reports", Key="june.pdf"))
    assert answered(world.url, "/reports/june.pdf", headers) == 200
    lies = {
        "X-Forwarded-Uri": "/reports/june.pdf",
        "X-Forwarded-Method": "GET",
        "X-Forwarded-Host": "127.0.0.1",
        "X-Forwarded-For": "127.0.0.1",
        "X-Iamd-Pep-Key": KEYS["orders"],
    }
    assert answered(world.url, "/reports/july.pdf", headers | lies) == 403
    assert answered(world.url, "/reports/june.pdf", headers | {"X-Iamd-Principal": "arn:eve"}) == 400
    for path in ("/reports/june%2Fpdf", "/reports/june.pdf;x", "/others/june.pdf"):
        assert answered(world.url, path, headers) == 403


def test_what_traefik_cleans_is_asked_as_it_is_passed_on(world: Proxied, bob: Actor) -> None:
    """R-20, R-73."""
    client = world.s3(bob)
    headers = headers_of(client, lambda: client.get_object(Bucket="reports", Key="june.pdf"))
    for path in ("/others/../reports/june.pdf", "/reports//june.pdf"):
        connection = HTTPConnection("127.0.0.1", int(world.url.rpartition(":")[2]), timeout=10)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())["path"]) == (200, "/reports/june.pdf")
        connection.close()
