"""S3 through the gateway: what is allowed reaches the store as it was sent, and nothing else does."""

import http.client
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError
from tests.support.guarded import Guarded
from tests.support.upstream import Store
from tests.support.world import ACCOUNT, Actor, allow, deny


@pytest.fixture(scope="module")
def writer(guarded: Guarded) -> Actor:
    return guarded.user(
        "writer", allow("s3:*", "arn:aws:s3:::data*"), deny("s3:*", "arn:aws:s3:::data/secret/*")
    )


def refused(error: "pytest.ExceptionInfo[ClientError]") -> tuple[str, int]:
    answer = error.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


def fetch(url: str, method: str = "GET", body: bytes | None = None) -> tuple[int, bytes]:
    """Send a request as it stands, signed by its URL."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc)
    connection.request(method, f"{parts.path}?{parts.query}", body)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, content


def test_an_object_goes_there_and_back(guarded: Guarded, store: Store, writer: Actor) -> None:
    s3 = guarded.s3(writer)
    body = bytes(range(256)) * 4000
    s3.put_object(Bucket="data", Key="a b/ü+~(1).bin", Body=body, Metadata={"tint_two": "blue"})
    put = store.seen[-1]
    assert put.refusal == ""
    assert put.request.raw_path == b"/data/a%20b/%C3%BC%2B~%281%29.bin"
    assert put.request.header(b"x-amz-meta-tint_two") == b"blue"
    assert s3.get_object(Bucket="data", Key="a b/ü+~(1).bin")["Body"].read() == body


def test_what_is_denied_never_reaches_the_store(guarded: Guarded, store: Store, writer: Actor) -> None:
    s3 = guarded.s3(writer)
    before = len(store.seen)
    for bucket, key in (("data", "secret/x"), ("other", "x")):
        with pytest.raises(ClientError) as error:
            s3.put_object(Bucket=bucket, Key=key, Body=b"x")
        assert refused(error) == ("AccessDenied", 403)
        assert f"perform: s3:PutObject on resource: arn:aws:s3:::{bucket}/{key} " in str(error.value)
    assert len(store.seen) == before


def test_a_key_that_is_deactivated_is_refused_on_the_next_request(guarded: Guarded, store: Store) -> None:
    """Presigned URLs that it has made end with it."""
    user = guarded.user("leaver", allow("s3:*", "*"))
    s3 = guarded.s3(user)
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "data", "Key": "k"})
    s3.put_object(Bucket="data", Key="k", Body=b"kept")
    assert fetch(url) == (200, b"kept")
    assert user.credentials is not None
    guarded.root.iam.update_access_key(
        UserName="leaver", AccessKeyId=user.credentials.access_key_id, Status="Inactive"
    )
    before = len(store.seen)
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket="data", Key="k")
    assert refused(error) == ("InvalidAccessKeyId", 403)
    assert fetch(url)[0] == 403
    assert len(store.seen) == before


def test_the_age_of_a_url_that_is_written_in_another_way(guarded: Guarded, store: Store) -> None:
    """R-14: its signature holds however it is written, and so must a denial that asks about its age."""
    late = deny("s3:*", "*", Condition={"NumericGreaterThanEquals": {"s3:signatureAge": "0"}})
    s3 = guarded.s3(guarded.user("late", allow("s3:*", "*"), late))
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "data", "Key": "k"})
    before = len(store.seen)
    for written in (
        url,
        url.replace("X-Amz-Date=2", "X-Amz-Date=%32"),
        url.replace("X-Amz-Si", "X-Amz-%53i"),
    ):
        status, body = fetch(written)
        assert status == 403
        assert b"<Code>AccessDenied</Code>" in body
    assert len(store.seen) == before


def test_a_presigned_upload(guarded: Guarded, store: Store, writer: Actor) -> None:
    url = guarded.s3(writer).generate_presigned_url(
        "put_object", Params={"Bucket": "data", "Key": "presigned"}
    )
    assert fetch(url, "PUT", b"by a stranger") == (200, b"")
    assert store.objects[b"/data/presigned"] == b"by a stranger"
    assert b"Signature" not in store.seen[-1].request.raw_query
    assert fetch(url + "x", "PUT", b"changed")[0] == 403
    assert store.objects[b"/data/presigned"] == b"by a stranger"


def test_semicolons_of_a_signature(guarded: Guarded, store: Store, writer: Actor) -> None:
    """R-18: encoded or not, they are its own, and are not passed on."""
    parameters = {"Bucket": "data", "Key": "k", "ExpectedBucketOwner": ACCOUNT}
    url = guarded.s3(writer).generate_presigned_url("put_object", Params=parameters)
    assert "X-Amz-SignedHeaders=host%3Bx-amz-expected-bucket-owner" in url
    parts = urlsplit(url.replace("%3B", ";"))
    connection = http.client.HTTPConnection(parts.netloc)
    connection.request("PUT", f"{parts.path}?{parts.query}", b"x", {"x-amz-expected-bucket-owner": ACCOUNT})
    assert connection.getresponse().status == 200
    connection.close()
    assert b";" not in store.seen[-1].request.raw_query


def test_a_bucket_may_be_a_host(guarded: Guarded, store: Store, writer: Actor) -> None:
    """What is authorized and what the store sees is one path."""
    port = urlsplit(guarded.url).port
    s3 = guarded.s3(writer, endpoint=f"http://localhost:{port}", style="virtual")
    url = s3.generate_presigned_url("put_object", Params={"Bucket": "data", "Key": "hosted"})
    assert url.startswith(f"http://data.localhost:{port}/hosted")
    parts = urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("PUT", f"{parts.path}?{parts.query}", b"x", {"Host": parts.netloc})
    assert connection.getresponse().status == 200
    connection.close()
    assert store.seen[-1].request.raw_path == b"/data/hosted"


def test_reading_and_listing(guarded: Guarded, store: Store, writer: Actor) -> None:
    s3 = guarded.s3(writer)
    s3.put_object(Bucket="data", Key="r", Body=b"0123456789")
    assert s3.head_object(Bucket="data", Key="r")["ContentLength"] == 10
    s3.get_object(Bucket="data", Key="r", Range="bytes=2-4", IfMatch='"tag"')
    got = store.seen[-1].request
    assert (got.header(b"range"), got.header(b"if-match")) == (b"bytes=2-4", b'"tag"')
    reader = guarded.user(
        "lister",
        allow("s3:ListBucket", "arn:aws:s3:::data", Condition={"StringLike": {"s3:prefix": "home/*"}}),
    )
    guarded.s3(reader).list_objects_v2(Bucket="data", Prefix="home/me/", Delimiter="/")
    assert (
        store.seen[-1].request.raw_query == b"list-type=2&prefix=home%2Fme%2F&delimiter=%2F&encoding-type=url"
    )
    with pytest.raises(ClientError) as error:
        guarded.s3(reader).list_objects_v2(Bucket="data", Prefix="")
    assert refused(error) == ("AccessDenied", 403)


@pytest.mark.parametrize(
    ("resource", "status"), [("*", 200), ("arn:aws:s3:::*", 200), ("arn:aws:s3:::data", 403)], ids=str
)
def test_buckets_are_listed_by_whoever_may_list_all(guarded: Guarded, resource: str, status: int) -> None:
    lister = guarded.user(f"lists-{status}-{len(resource)}", allow("s3:ListAllMyBuckets", resource))
    url = guarded.s3(lister).generate_presigned_url("list_buckets")
    assert fetch(url)[0] == status


def test_every_key_of_a_deletion_must_be_allowed(guarded: Guarded, store: Store, writer: Actor) -> None:
    s3 = guarded.s3(writer)
    s3.delete_objects(Bucket="data", Delete={"Objects": [{"Key": "a"}, {"Key": "b", "VersionId": "1"}]})
    assert store.seen[-1].request.raw_query == b"delete"
    assert b"<VersionId>1</VersionId>" in store.seen[-1].body
    before = len(store.seen)
    with pytest.raises(ClientError) as error:
        s3.delete_objects(Bucket="data", Delete={"Objects": [{"Key": "a"}, {"Key": "secret/b"}]})
    assert "arn:aws:s3:::data/secret/b" in str(error.value)
    assert len(store.seen) == before


def test_a_copy_needs_its_source(guarded: Guarded, store: Store, writer: Actor) -> None:
    s3 = guarded.s3(writer)
    before = len(store.seen)
    for source in ("data/secret/x", {"Bucket": "other", "Key": "x"}):
        with pytest.raises(ClientError) as error:
            s3.copy_object(Bucket="data", Key="copy", CopySource=source)
        assert "s3:GetObject" in str(error.value)
    assert len(store.seen) == before
