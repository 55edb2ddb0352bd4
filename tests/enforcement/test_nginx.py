"""
A real nginx, with the configuration of the documentation, between boto3 and a store that has no IAM.

Skipped, with the reason, where no nginx is installed; `make nginx` installs Debian's, and then a skip is a failure.
"""

import os
import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from tests.support.loops import loop_thread
from tests.support.points import KEYS, points_settings
from tests.support.programs import program
from tests.support.proxied import (
    HOWTO,
    Proxied,
    answered,
    check_bodies,
    check_passage,
    headers_of,
    presigned,
    reader,
    replaced,
    store,
)
from tests.support.world import Actor

from iamd.server.app import Door
from iamd.server.run import ServerThread

pytestmark = pytest.mark.slow

LOCATIONS = re.compile(r"^```nginx\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def configuration(folder: Path, port: int, iamd: str, app: str) -> str:
    locations = LOCATIONS.findall((HOWTO / "ask-from-nginx.md").read_text(encoding="utf-8"))
    assert len(locations) == 1
    text = replaced(locations[0], ("http://app", app), ("http://iamd:4263", iamd), ("the key", KEYS["store"]))
    temporary = "".join(
        f"  {kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    # Its workers would be nobody, who may not write here.
    user = "user root;\n" if os.geteuid() == 0 else ""
    return (
        f"daemon off;\nworker_processes 1;\n{user}pid {folder}/pid;\nerror_log stderr warn;\nevents {{}}\n"
        f"http {{\n  access_log off;\n{temporary}  server {{\n    listen 127.0.0.1:{port};\n{text}  }}\n}}\n"
    )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    nginx = program("nginx", "nginx")
    folder = tmp_path_factory.mktemp("nginx")
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    with loop_thread() as loop:
        found = Proxied(loop, points_settings())
        found.url = f"http://127.0.0.1:{port}"
        door = Door(found.app.pipeline.handle, found.app.decision_points)
        with ServerThread(door) as iamd, ServerThread(Door(store)) as app:
            file = folder / "nginx.conf"
            file.write_text(configuration(folder, port, iamd.url, app.url))
            # It takes over a socket that listens already, so nobody has to wait for it.
            descriptor = listener.fileno()
            process = subprocess.Popen(  # noqa: S603  a program of this machine, with a configuration of ours
                [nginx, "-e", "stderr", "-p", str(folder), "-c", str(file)],
                pass_fds=(descriptor,),
                env={"NGINX": f"{descriptor};", "PATH": os.environ.get("PATH", "")},
            )
            listener.close()
            try:
                yield found
            finally:
                process.terminate()
                process.wait(10)
        found.close()


@pytest.fixture(scope="module")
def bob(world: Proxied) -> Actor:
    return reader(world)


def test_what_is_allowed_comes_through_with_its_principal(world: Proxied, bob: Actor) -> None:
    check_passage(world, bob)


def test_bodies_come_through_whole(world: Proxied, bob: Actor) -> None:
    check_bodies(world, bob)


@pytest.mark.parametrize(("bucket", "operation"), [("others", "get_object"), ("reports", "delete_object")])
def test_what_is_not_allowed_does_not(world: Proxied, bob: Actor, bucket: str, operation: str) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(world.s3(bob), operation)(Bucket=bucket, Key="june.pdf")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_presigned_requests_come_through_as_they_were_signed(world: Proxied, bob: Actor) -> None:
    good = presigned(world, bob, "june.pdf")
    assert answered(world.url, good, {}) == 200
    assert answered(world.url, good.replace("june", "july"), {}) == 401
    assert answered(world.url, good.replace("Expires=60", "Expires=600"), {}) == 401
    assert answered(world.url, good + "&versionId=1", {}) == 401
    assert bob.credentials is not None
    world.root.iam.update_access_key(
        UserName="bob", AccessKeyId=bob.credentials.access_key_id, Status="Inactive"
    )
    assert answered(world.url, good, {}) == 401
    world.root.iam.update_access_key(
        UserName="bob", AccessKeyId=bob.credentials.access_key_id, Status="Active"
    )
    assert answered(world.url, good, {}) == 200


def test_nobody_gets_in_unsigned_or_by_telling_what_nginx_tells(world: Proxied, bob: Actor) -> None:
    """R-10, R-13, R-73."""
    assert answered(world.url, "/reports/june.pdf", {}) == 401
    client = world.s3(bob)
    headers = headers_of(client, lambda: client.get_object(Bucket="reports", Key="june.pdf"))
    assert answered(world.url, "/reports/june.pdf", headers) == 200
    # The signature is of another target, whatever the client says of it.
    lies = {
        "X-Original-URI": "/reports/june.pdf",
        "X-Original-Method": "GET",
        "X-Original-Host": "127.0.0.1",
        "X-Iamd-Pep-Key": KEYS["store"],
        "X-Real-IP": "127.0.0.1",
    }
    assert answered(world.url, "/reports/july.pdf", headers | lies) == 401
    assert answered(world.url, "/reports/june.pdf", headers | {"X-Iamd-Principal": "arn:eve"}) == 403
    assert answered(world.url, "/_iamd", headers) == 404
