"""A store without an IAM, and what is asked of it through a proxy that asks iamd."""

import json
import re
from hashlib import sha256
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final

import boto3
import botocore.config
import pytest
from botocore.exceptions import ClientError
from tests.support.world import ACCOUNT, Actor, World, allow

from iamd.http import Request, Response

HOWTO: Final = Path(__file__).parents[2] / "docs" / "howto"


async def store(request: Request) -> Response:
    """Answer with what has come through; of an upload, as S3 does, with its hash alone."""
    if request.method == "PUT":
        return Response(status=200, headers=((b"etag", f'"{sha256(request.body).hexdigest()}"'.encode()),))
    said = {
        "method": request.method,
        "path": request.raw_path.decode("latin-1"),
        "query": request.raw_query.decode("latin-1"),
        "headers": {name.decode("latin-1"): value.decode("latin-1") for name, value in request.headers},
        "body": request.body.decode("latin-1"),
    }
    return Response(status=200, headers=((b"content-type", b"text/plain"),), body=json.dumps(said).encode())


class Proxied(World):
    """A world behind a proxy, at ``url``."""

    url = ""

    def through(self, actor: Actor, service: str, url: str = "") -> Any:
        """Return a client of *service* that comes by the proxy, or by another one at *url*."""
        assert actor.credentials is not None
        of_s3: dict[str, Any] = (
            {"s3": {"addressing_style": "path"}, "signature_version": "s3v4"} if service == "s3" else {}
        )
        made: Any = boto3.client  # Its types know each service by name.
        return made(
            service,
            region_name="us-east-1",
            endpoint_url=url or self.url,
            aws_access_key_id=actor.credentials.access_key_id,
            aws_secret_access_key=actor.credentials.secret_access_key,
            config=botocore.config.Config(retries={"max_attempts": 0}, **of_s3),
        )

    def s3(self, actor: Actor) -> Any:
        return self.through(actor, "s3")


def reader(world: World, address: str | None = "127.0.0.1") -> Actor:
    """Return a user who may read and write reports, from *address* alone if there is one."""
    more = {} if address is None else {"Condition": {"IpAddress": {"aws:SourceIp": address}}}
    return world.user("bob", allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::reports/*", **more))


def answered(url: str, path: str, headers: dict[str, str], method: str = "GET") -> int:
    """Return the status that the proxy at *url* answers with."""
    connection = HTTPConnection("127.0.0.1", int(url.rpartition(":")[2]), timeout=10)
    try:
        connection.request(method, path, headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()


def headers_of(client: Any, call: Any) -> dict[str, str]:
    """Return the headers that *client* sends with *call*, signature and all."""
    signed: dict[str, Any] = {}
    client.meta.events.register("before-send", lambda request, **_: signed.update(request.headers.items()))
    call()
    return {
        name: value.decode() if isinstance(value, bytes) else str(value) for name, value in signed.items()
    }


def presigned(world: Proxied, actor: Actor, key: str) -> str:
    """Return the target of a presigned GET of a report."""
    url = world.s3(actor).generate_presigned_url("get_object", {"Bucket": "reports", "Key": key}, 60)
    return str(url).removeprefix(world.url)


def check_passage(world: Proxied, actor: Actor, *, shows_signature: bool = False) -> Any:
    """Check that what *actor* may do comes through, from whom and without what proves it; return the headers."""
    said = json.loads(world.s3(actor).get_object(Bucket="reports", Key="a b/ü+1.pdf")["Body"].read())
    assert (said["method"], said["path"]) == ("GET", "/reports/a%20b/%C3%BC%2B1.pdf")
    assert said["headers"]["x-iamd-principal"] == f"arn:aws:iam::{ACCOUNT}:user/bob"
    assert ("authorization" in said["headers"]) is shows_signature
    assert "x-iamd-pep-key" not in said["headers"]
    return said["headers"]


def check_bodies(world: Proxied, actor: Actor) -> None:
    """Check that a body comes through whole."""
    answer = world.s3(actor).put_object(Bucket="reports", Key="june.pdf", Body=b"x" * 10_000)
    assert answer["ETag"] == f'"{sha256(b"x" * 10_000).hexdigest()}"'


def check_denial(world: Proxied, actor: Actor, bucket: str, operation: str) -> None:
    """Check that *actor* is told why not."""
    with pytest.raises(ClientError) as caught:
        getattr(world.s3(actor), operation)(Bucket=bucket, Key="june.pdf")
    told = caught.value.response
    assert told["Error"]["Code"] == "AccessDenied"
    assert "because no identity-based policy allows" in told["Error"]["Message"]
    assert told["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert told["ResponseMetadata"]["HTTPHeaders"]["x-iamd-decision-id"]


def check_presigned(world: Proxied, actor: Actor) -> None:
    """Check that a presigned request is good as it was signed, and not otherwise."""
    good = presigned(world, actor, "june.pdf")
    assert answered(world.url, good, {}) == 200
    assert answered(world.url, good.replace("june", "july"), {}) == 403
    assert answered(world.url, good + "&versionId=1", {}) == 403


def block(page: str, named: str, language: str) -> str:
    """Return the block of a page that is called so."""
    found = re.findall(
        rf"^<!-- not run: {re.escape(named)} -->\n```{language}\n(.*?)^```$",
        (HOWTO / page).read_text(encoding="utf-8"),
        re.DOTALL | re.MULTILINE,
    )
    assert len(found) == 1, named
    return str(found[0])


def replaced(text: str, *pairs: tuple[str, str]) -> str:
    """Return *text* with what the documentation shows replaced by what there is."""
    for shown, real in pairs:
        assert shown in text
        text = text.replace(shown, real)
    return text
