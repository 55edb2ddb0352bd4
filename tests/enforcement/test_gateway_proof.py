"""What holds of every request to S3, whatever has been decided before it."""

import contextlib
import http.client
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.config
import pytest
from tests.support.answers import arn, refusal
from tests.support.guarded import Guarded, guarded_world
from tests.support.serving import certificate_files
from tests.support.upstream import Store
from tests.support.world import ACCOUNT, Actor, allow, deny, document

from iamd.http import Request
from iamd.secret import Secret
from iamd.server.tls import TLS
from iamd.sigv4.sign import Credentials, sign

DATA = "arn:aws:s3:::data/*"
BODY = b"x" * 65_536


class Upload:
    """An upload of which the first half has been sent."""

    def __init__(self, world: Guarded, store: Store, actor: Actor, key: str) -> None:
        assert actor.credentials is not None
        self._connection = http.client.HTTPConnection(urlsplit(world.url).netloc, timeout=20)
        host = urlsplit(world.url).netloc.encode()
        request = sign(
            Request(method="PUT", raw_path=b"/data/" + key.encode(), headers=((b"host", host),)),
            Credentials(
                access_key_id=actor.credentials.access_key_id,
                secret_access_key=Secret(actor.credentials.secret_access_key),
            ),
            region="us-east-1",
            service="s3",
            at=datetime.now(UTC),
            payload_hash="UNSIGNED-PAYLOAD",
        )
        before = len(store.seen)
        self._connection.putrequest("PUT", f"/data/{key}", skip_host=True)
        for name, value in request.headers:
            self._connection.putheader(name.decode(), value.decode())
        self._connection.putheader("Content-Length", str(2 * len(BODY)))
        self._connection.endheaders(BODY)
        # It is allowed, and on its way, when the store has heard of it.
        waiting = threading.Event()
        for _ in range(1000):
            if len(store.seen) > before:
                return
            waiting.wait(0.01)
        raise AssertionError("the store has heard nothing")

    def finish(self) -> int:
        self._connection.send(BODY)
        status = self._connection.getresponse().status
        self._connection.close()
        return status


@pytest.mark.parametrize("where", ["identity", "bucket", "boundary"])
def test_a_deny_of_a_running_upload_acts_on_the_next_request(
    guarded: Guarded, store: Store, where: str
) -> None:
    """What is running was allowed, and ends; whatever comes after it is not."""
    user = guarded.user(f"uploader-{where}", allow("s3:*", DATA))
    upload = Upload(guarded, store, user, f"running-{where}")
    iam = guarded.root.iam
    if where == "identity":
        iam.put_user_policy(UserName=user.name, PolicyName="no", PolicyDocument=document(deny("s3:*")))
    elif where == "bucket":
        statement = deny("s3:*", DATA, Principal={"AWS": arn(f"user/{user.name}")})
        guarded.s3(guarded.root).put_bucket_policy(Bucket="data", Policy=document(statement))
    else:
        policy = iam.create_policy(PolicyName="nothing", PolicyDocument=document(deny("s3:*")))["Policy"]
        iam.put_user_permissions_boundary(UserName=user.name, PermissionsBoundary=policy["Arn"])
    assert refusal(guarded.s3(user).get_object, Bucket="data", Key="k")[0] == "AccessDenied"
    assert upload.finish() == 200
    assert store.objects[b"/data/running-" + where.encode()] == BODY * 2
    assert refusal(guarded.s3(user).put_object, Bucket="data", Key="k", Body=b"x")[0] == "AccessDenied"


def test_a_session_policy_narrows(guarded: Guarded) -> None:
    """Given inline or by ARN: what the role may is not what the session may."""
    caller = guarded.user("narrowing", allow("sts:AssumeRole"))
    role = guarded.role("wide", {"AWS": ACCOUNT}, allow("s3:*", "*"))
    managed = guarded.root.iam.create_policy(
        PolicyName="narrow", PolicyDocument=document(allow("s3:GetObject", "arn:aws:s3:::data/mine/*"))
    )["Policy"]["Arn"]
    inline = document(allow("s3:GetObject", "arn:aws:s3:::data/mine/*"))
    guarded.s3(guarded.root).put_object(Bucket="data", Key="mine/a", Body=b"mine")
    for narrowed in (
        caller.assume(role, Policy=inline),
        caller.assume(role, PolicyArns=[{"arn": managed}]),
    ):
        s3 = guarded.s3(narrowed)
        assert s3.get_object(Bucket="data", Key="mine/a")["Body"].read() == b"mine"
        for operation, params in (
            (s3.get_object, {"Key": "theirs/a"}),
            (s3.put_object, {"Key": "mine/a", "Body": b"x"}),
            (s3.list_objects_v2, {}),
        ):
            code, text = refusal(operation, Bucket="data", **params)
            assert code == "AccessDenied"
            assert "because no session policy allows the s3:" in text
        url = s3.generate_presigned_url("get_object", Params={"Bucket": "data", "Key": "theirs/a"})
        connection = http.client.HTTPConnection(urlsplit(url).netloc)
        connection.request("GET", url.removeprefix(guarded.url))
        assert connection.getresponse().status == 403
        connection.close()
    guarded.s3(caller.assume(role)).put_object(Bucket="data", Key="mine/a", Body=b"x")


@pytest.fixture(scope="module")
def encrypted(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Guarded, Path]]:
    certificate, key = certificate_files(tmp_path_factory.mktemp("tls"))
    with guarded_world(store, tls=TLS(certificate, key)) as world:
        yield world, certificate


def leave(request: Any, **_: Any) -> None:
    request.headers["Connection"] = "close"


@pytest.mark.parametrize(("least", "allowed"), [("1.3", True), ("1.4", False)])
def test_policies_may_ask_for_a_version_of_tls(
    encrypted: tuple[Guarded, Path], store: Store, least: str, allowed: bool
) -> None:
    world, certificate = encrypted
    store.objects[b"/data/tls"] = b"kept"
    condition = {
        "NumericGreaterThanEquals": {"s3:TlsVersion": least},
        "Bool": {"aws:SecureTransport": "true"},
    }
    user = world.user(f"encrypted-{least}", allow("s3:GetObject", "*", Condition=condition))
    assert user.credentials is not None
    s3 = boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url=world.url,
        verify=str(certificate),
        aws_access_key_id=user.credentials.access_key_id,
        aws_secret_access_key=user.credentials.secret_access_key,
        config=botocore.config.Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}),
    )
    # What stays open is waited for when the server stops.
    s3.meta.events.register("before-send", leave)
    with contextlib.closing(s3):
        if allowed:
            assert s3.get_object(Bucket="data", Key="tls")["Body"].read() == b"kept"
        else:
            assert refusal(s3.get_object, Bucket="data", Key="tls")[0] == "AccessDenied"
