"""
R-14, R-20, R-72 to R-74: what two readers read in two ways is refused before an upstream reads it.

Each of these would be authorized as one thing, and done as another by some upstream: a framework, a store, an emulator.
"""

import http.client
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
from tests.support.guarded import Guarded, guarded_world
from tests.support.upstream import ACCESS_KEY_ID, SECRET, Store
from tests.support.world import Actor, allow, deny

from iamd.enforcement.upstreams import Upstream
from iamd.http import Request
from iamd.secret import Secret
from iamd.sigv4.sign import Credentials, sign

COPY, TARGET, TYPE = b"x-amz-copy-source", b"x-amz-target", b"content-type"
PARAMETERS = (TARGET, b"AmazonSSM.DescribeParameters")
JSON = (TYPE, b"application/x-amz-json-1.1")
FORM = (TYPE, b"application/x-www-form-urlencoded")
RPC = (b"smithy-protocol", b"rpc-v2-cbor")
METRICS = b"/service/GraniteServiceVersion20100801/operation/ListMetrics"


class Asks(NamedTuple):
    """A request, and how it is answered."""

    service: str
    method: str
    target: bytes
    body: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    status: int = 400


def of_s3(method: str, target: bytes, *headers: tuple[bytes, bytes], status: int = 400) -> Asks:
    return Asks("s3", method, target, b"", headers, status)


def copies(source: bytes, status: int = 400) -> Asks:
    return of_s3("PUT", b"/data/x", (COPY, source), status=status)


def deletes(body: str, encoding: str = "utf-8", status: int = 400) -> Asks:
    return Asks("s3", "POST", b"/data?delete", body.encode(encoding), (), status)


def describes(
    *headers: tuple[bytes, bytes], method: str = "POST", target: bytes = b"/", body: bytes = b"{}"
) -> Asks:
    return Asks("ssm", method, target, body, (PARAMETERS, *headers))


def measures(body: bytes) -> Asks:
    return Asks("monitoring", "POST", METRICS, body, (RPC, (TYPE, b"application/cbor")))


REFUSED = {
    "a parameter that is not UTF-8": of_s3("GET", b"/data?prefix=%FF"),
    "two parameters or one": of_s3("GET", b"/data?prefix=a;b"),
    "a parameter or none": of_s3("GET", b"/data?prefix=public/;"),
    "half a surrogate": of_s3("GET", b"/data?prefix=%ED%A0%80"),
    "a copy from behind a fragment": copies(b"data/a#b"),
    "a copy from behind a semicolon": copies(b"data/a;b"),
    "a copy from above": copies(b"data/../secret"),
    "a copy from an encoded above": copies(b"data/%2e%2e/secret"),
    "a copy from an encoded slash": copies(b"data/a%2fb"),
    "a copy from an empty segment": copies(b"data//a"),
    "a copy from what is not UTF-8": copies(b"data/%FF"),
    "a copy from half an escape": copies(b"data/%zz"),
    "a copy from beside a plus sign": copies(b"data/a+b"),
    "a plus sign that may be a blank": of_s3("GET", b"/data/of+others", status=403),
    "a copy of two versions": copies(b"data/a?versionId=1?versionId=2", 403),
    "a copy of a version and more": copies(b"data/a?versionId=1&x=2", 403),
    "a copy that is none": of_s3("PUT", b"/data/x?acl", (COPY, b"data/a"), status=403),
    "another service's operation": of_s3("PUT", b"/data/x", (TARGET, b"DynamoDB_20120810.DeleteTable")),
    "another protocol": of_s3("PUT", b"/data/x", RPC),
    "another method": of_s3("GET", b"/data/x", (b"x-http-method-override", b"DELETE")),
    "another path": of_s3("GET", b"/data/x", (b"x-rewrite-url", b"/data/secret")),
    "a whole prefix": of_s3("DELETE", b"/data/x", (b"x-minio-force-delete", b"true")),
    "an archive to unpack": of_s3("PUT", b"/data/x", (b"x-amz-meta-snowball-auto-extract", b"true")),
    "a header behind the body": of_s3("PUT", b"/data/x", (b"x-amz-trailer", b"x-amz-acl")),
    "a key in two pieces": deletes("<Delete><Object><Key>a<b/>secret</Key></Object></Delete>"),
    "a key with an instruction": deletes("<Delete><Object><Key>a<?b?>c</Key></Object></Delete>"),
    "a key within something else": deletes(
        "<Delete><Object><Key>a</Key></Object><x><Object><Key>secret</Key></Object></x></Delete>"
    ),
    "a key in small letters": deletes("<Delete><Object><key>secret</key><Key>a</Key></Object></Delete>"),
    "two sets of tags": Asks(
        "s3",
        "PUT",
        b"/data/a?tagging",
        b"<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet><TagSet/></Tagging>",
    ),
    "a key of blanks": deletes("<Delete><Object><Key> </Key></Object></Delete>"),
    "a version with blanks": deletes(
        "<Delete><Object><Key>a</Key><VersionId> </VersionId></Object></Delete>"
    ),
    "a key with blanks": deletes("<Delete><Object><Key> secret </Key></Object></Delete>", status=403),
    "UTF-16": deletes("<Delete><Object><Key>a<!-- -->b</Key></Object></Delete>", "utf-16"),
    "UTF-16 that does not say so": deletes("<Delete><Object><Key>a</Key></Object></Delete>", "utf-16-le"),
    "another encoding": deletes(
        '<?xml version="1.0" encoding="ISO-8859-1"?><Delete><Object><Key>a</Key></Object></Delete>'
    ),
    "an action in the query": describes(JSON, target=b"/?Action=DeleteParameter&Name=x"),
    "an action in a header": describes(JSON, (b"action", b"DeleteParameter")),
    "a path": describes(JSON, target=b"/x"),
    "a GET": describes(JSON, method="GET", body=b""),
    "a form": describes(FORM),
    "two protocols": describes(JSON, RPC),
    "JSON that is not UTF-8": Asks(
        "dynamodb", "POST", b"/", "{}".encode("utf-16"), ((TARGET, b"DynamoDB_20120810.ListTables"), JSON)
    ),
    "an action beside a path": Asks(
        "lambda", "GET", b"/2015-03-31/functions?Action=DeleteFunction", status=403
    ),
    "a parameter of a path": Asks("lambda", "POST", b"/2015-03-31/functions/f;x/invocations"),
    "a NUL": Asks("lambda", "POST", b"/2015-03-31/functions/f%00x/invocations"),
    "a member twice": measures(b"\xa2\x69Namespace\x61a\x69Namespace\x61b"),
    "two items": measures(b"\xa0\xa0"),
    "a regular expression": measures(b"\xa1\x69Namespace\xd8\x23\x61("),
}


@pytest.fixture(scope="module", params=["aws", "moto"])
def world(request: pytest.FixtureRequest, store: Store) -> Iterator[Guarded]:
    upstream = Upstream(
        services=["*"],
        url=store.url,
        access_key_id=ACCESS_KEY_ID,
        secret_access_key=SECRET,
        kind=request.param,
    )
    with guarded_world(store, upstream) as running:
        yield running


@pytest.fixture(scope="module")
def somebody(world: Guarded) -> Actor:
    """Give a user who may do all that the requests seem to ask for."""
    services = ["cloudwatch:*", "dynamodb:ListTables", "lambda:*", "ssm:DescribeParameters"]
    return world.user(
        "somebody",
        allow("s3:*", ["arn:aws:s3:::data", "arn:aws:s3:::data/*"]),
        deny("s3:*", ["arn:aws:s3:::data/secret", "arn:aws:s3:::data/of others"]),
        allow(services, "*"),
    )


def send(world: Guarded, who: Actor, asks: Asks) -> int:
    assert who.credentials is not None
    host = urlsplit(world.url).netloc
    path, _, query = asks.target.partition(b"?")
    request = Request(
        method=asks.method,
        raw_path=path,
        raw_query=query,
        headers=((b"host", host.encode()), *asks.headers),
        body=asks.body,
    )
    credentials = Credentials(
        access_key_id=who.credentials.access_key_id,
        secret_access_key=Secret(who.credentials.secret_access_key),
    )
    signed = sign(request, credentials, region="us-east-1", service=asks.service, at=datetime.now(UTC))
    connection = http.client.HTTPConnection(host, timeout=30)
    try:
        told = {name.decode(): value.decode() for name, value in signed.headers}
        connection.request(asks.method, asks.target.decode(), asks.body, told)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize("name", REFUSED)
def test_what_can_be_read_in_two_ways_goes_nowhere(
    world: Guarded, somebody: Actor, store: Store, name: str
) -> None:
    before = len(store.seen)
    assert send(world, somebody, REFUSED[name]) == REFUSED[name].status
    assert len(store.seen) == before


PASSED = {
    "a copy": copies(b"/data/a%20b"),
    "a copy of a version": copies(b"data/a?versionId=nu%2Bll.1_2"),
    "a semicolon": of_s3("GET", b"/data?prefix=a%3Bb"),
    "a copy of a plus sign": copies(b"/data/a%2Bb"),
    "a plus sign": of_s3("PUT", b"/data/of%2Bothers"),
    "a plus sign that may go either way": of_s3("PUT", b"/data/a+b"),
    "a deletion": deletes(
        '<?xml version="1.0" encoding="utf-8"?><Delete><Object><Key>ü</Key></Object></Delete>'
    ),
    "a key with blanks that may go either way": deletes("<Delete><Object><Key> a </Key></Object></Delete>"),
    "JSON": describes(JSON),
    "JSON without a type": describes(),
    "a parameter of the operation": Asks("lambda", "GET", b"/2015-03-31/functions?MaxItems=5"),
    "CBOR": measures(b"\xbf\x69Namespace\x7f\x61A\x61B\xff\xff"),
    "a checksum behind the body": of_s3("PUT", b"/data/x", (b"x-amz-trailer", b"x-amz-checksum-crc32")),
}


@pytest.mark.parametrize("name", PASSED)
def test_what_is_clear_passes(world: Guarded, somebody: Actor, store: Store, name: str) -> None:
    assert send(world, somebody, PASSED[name]) == 200
    assert store.seen[-1].refusal == ""


OF_MOTO = {
    "an action within JSON": describes(JSON, body=b'{"x":"&Action=DeleteParameter&Name=y&"}'),
    "an encoded one": describes(JSON, body=b'{"x":"&%41ction=DeleteParameter&"}'),
    "a form for S3": Asks("s3", "GET", b"/data?versions", b"prefix=secret", (FORM,), 403),
}


@pytest.mark.parametrize("name", OF_MOTO)
def test_what_moto_reads_as_a_form_does_not_go_there(
    world: Guarded, somebody: Actor, store: Store, name: str
) -> None:
    moto = world.app.settings.upstream[0].kind == "moto"
    before = len(store.seen)
    assert send(world, somebody, OF_MOTO[name]) == (OF_MOTO[name].status if moto else 200)
    assert len(store.seen) == before + (0 if moto else 1)
