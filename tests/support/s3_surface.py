"""
All of S3 in one story: every operation that boto3 has, done against whatever stands behind a client, and every answer kept.

Told twice, to a store directly and to the gateway in front of it, it must give the same answers.  What only a story can tell
is here (uploads in parts, versions, locks, conditions, presigned URLs); what is put, read and deleted is in
`s3_settings`.
"""

import http.client
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import botocore.awsrequest
import botocore.config
import botocore.exceptions
import botocore.session
from tests.support.s3_settings import OF_BUCKETS, OF_OBJECTS

BUCKET: Final = "surface"
OTHER: Final = "surface-versions"
LOCKED: Final = "surface-locked"
BODY: Final = bytes(range(256)) * 64
PART: Final = b"0123456789abcdef" * 327_680
"""Five MiB: the least that a part has which is not the last."""

ELSEWHERE: Final[Mapping[str, str]] = {
    "CreateSession": "of directory buckets, which have endpoints and a signature of their own",
    "GetBucketLifecycle": "the elder of GetBucketLifecycleConfiguration: the same request",
    "GetBucketNotification": "the elder of GetBucketNotificationConfiguration: the same request",
    "ListDirectoryBuckets": "of directory buckets",
    "PutBucketLifecycle": "the elder of PutBucketLifecycleConfiguration: the same request",
    "PutBucketNotification": "the elder of PutBucketNotificationConfiguration: the same request",
    "RenameObject": "of directory buckets",
    "WriteGetObjectResponse": "of S3 Object Lambda: sent to a host that is named by the route",
}
"""Operations that the story leaves out, and why."""


@dataclass(frozen=True)
class Exchange:
    """One request and its answer, as it came over the connection; names of headers in lower case."""

    said: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass
class Teller:
    """
    A client of S3 that sends each request once, and keeps what was answered.

    Attributes:
        asked: The operations that were sent.
    """

    url: str
    access_key_id: str
    secret_access_key: str
    exchanges: list[Exchange] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    client: Any = None
    _said: str = ""

    def __post_init__(self) -> None:
        session = botocore.session.Session()
        self.client = session.create_client(
            "s3",
            region_name="us-east-1",
            endpoint_url=self.url,
            aws_access_key_id=self.access_key_id,
            aws_secret_access_key=self.secret_access_key,
            config=botocore.config.Config(
                retries={"max_attempts": 0}, s3={"addressing_style": "path"}, signature_version="s3v4"
            ),
        )
        self.client.meta.events.register("before-send.s3", self._send)

    def __call__(self, operation: str, /, note: str = "", **parameters: Any) -> Any:
        """Do *operation* and return what boto3 makes of the answer, an error's too."""
        self.asked.add(operation)
        self._said = f"{operation} {note}".strip()
        method = next(
            name for name, each in self.client.meta.method_to_api_mapping.items() if each == operation
        )
        try:
            answer = getattr(self.client, method)(**parameters)
            if "Body" in answer:
                answer["Body"].read()  # To its end, where boto3 compares the checksum.
        except botocore.exceptions.ClientError as error:
            return error.response
        return answer

    def fetch(self, note: str, method: str, url: str, body: bytes = b"", **headers: str) -> Exchange:
        """Send a request as it stands."""
        self._said = note
        return self._exchange(method, url, {"User-Agent": "teller"} | headers, body)

    def url_of(self, operation: str, **parameters: Any) -> str:
        return str(self.client.generate_presigned_url(operation, Params=parameters))

    def _send(self, request: Any, **_: Any) -> botocore.awsrequest.AWSResponse:
        body = request.body.read() if hasattr(request.body, "read") else request.body or b""
        headers = {
            name: value.decode() if isinstance(value, bytes) else value
            for name, value in request.headers.items()
            if name.lower() != "expect"  # This client waits for nothing.
        }
        made = self._exchange(request.method, request.url, headers, body)
        headers_made: Any = botocore.awsrequest.HeadersDict(
            made.headers
        )  # As botocore does; the stubs differ.
        return botocore.awsrequest.AWSResponse(request.url, made.status, headers_made, _Raw(made.body))

    def _exchange(self, method: str, url: str, headers: Mapping[str, str], body: bytes | str) -> Exchange:
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        with closing(http.client.HTTPConnection(parts.netloc, timeout=120)) as connection:
            connection.request(method, target, body or None, dict(headers))
            answer = connection.getresponse()
            made = Exchange(
                self._said,
                answer.status,
                tuple((name.lower(), value) for name, value in answer.getheaders()),
                answer.read(),
            )
        self.exchanges.append(made)
        return made


class _Raw:
    """A body that is here, as botocore reads one."""

    def __init__(self, body: bytes) -> None:
        self._left = body

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self.read()

    def read(self, amount: int | None = None) -> bytes:
        size = len(self._left) if amount is None else amount
        piece, self._left = self._left[:size], self._left[size:]
        return piece

    def close(self) -> None:
        """Hold nothing open."""


def tell(s3: Teller) -> None:
    """Do all of it.  What a store does not have is answered by an error, which is an answer like any other."""
    for bucket in (BUCKET, OTHER):
        s3("CreateBucket", Bucket=bucket)
    s3("CreateBucket", Bucket=LOCKED, ObjectLockEnabledForBucket=True)
    s3("CreateBucket", "again", Bucket=BUCKET)
    s3("ListBuckets")
    for part in (_objects, _conditions, _parts, _lists, _presigned, _settings, _versions, _locked, _end):
        part(s3)


def _objects(s3: Teller) -> None:
    def put(key: str, body: bytes = BODY, **more: Any) -> Any:
        return s3("PutObject", key, Bucket=BUCKET, Key=key, Body=body, **more)

    put("plain")
    put("empty", b"")
    put("a b/ü+~(1)&=?#.bin", Metadata={"tint_two": "blue", "note": "a  b"}, ContentType="text/x-own")
    put(
        "dressed",
        Tagging="a=1&b=2",
        ACL="private",
        CacheControl="no-cache",
        ContentLanguage="de",
        StorageClass="STANDARD",
    )
    put("summed", ChecksumAlgorithm="SHA256")
    put("wrong-sum", ContentMD5=b64encode(bytes(16)).decode())
    put("sealed", ServerSideEncryption="AES256")
    for key in ("plain", "empty", "a b/ü+~(1)&=?#.bin", "dressed", "summed", "sealed", "absent"):
        s3("HeadObject", key, Bucket=BUCKET, Key=key)
        s3("GetObject", key, Bucket=BUCKET, Key=key, ChecksumMode="ENABLED")
    s3("HeadBucket", Bucket=BUCKET)
    s3("HeadBucket", "absent", Bucket="surface-absent")
    s3("GetObjectAttributes", Bucket=BUCKET, Key="plain", ObjectAttributes=["ETag", "ObjectSize", "Checksum"])
    s3("CopyObject", Bucket=BUCKET, Key="copy", CopySource={"Bucket": BUCKET, "Key": "a b/ü+~(1)&=?#.bin"})
    s3(
        "CopyObject",
        "replaced",
        Bucket=OTHER,
        Key="copy",
        CopySource=f"{BUCKET}/dressed",
        MetadataDirective="REPLACE",
        Metadata={"new": "1"},
        TaggingDirective="COPY",
    )
    s3("CopyObject", "absent", Bucket=BUCKET, Key="copy2", CopySource=f"{BUCKET}/absent")
    s3("RestoreObject", Bucket=BUCKET, Key="plain", RestoreRequest={"Days": 1})
    s3("GetObjectTorrent", Bucket=BUCKET, Key="plain")
    put("rows.csv", b"a,b\n1,2\n3,4\n")
    s3(
        "SelectObjectContent",
        Bucket=BUCKET,
        Key="rows.csv",
        Expression="SELECT s.a FROM s3object s",
        ExpressionType="SQL",
        InputSerialization={"CSV": {"FileHeaderInfo": "USE"}},
        OutputSerialization={"CSV": {}},
    )


def _conditions(s3: Teller) -> None:
    get: Callable[..., Any] = lambda note, **more: s3("GetObject", note, Bucket=BUCKET, Key="plain", **more)  # noqa: E731  one line, many times
    tag = s3("HeadObject", "for its tag", Bucket=BUCKET, Key="plain").get("ETag", '"none"')
    get("range", Range="bytes=2-20")
    get("from", Range="bytes=100-")
    get("last", Range="bytes=-7")
    get("beyond", Range="bytes=999999-")
    get("if it is", IfMatch=tag)
    get("if it is another", IfMatch='"other"')
    get("unless it is", IfNoneMatch=tag)
    get("unless it is another", IfNoneMatch='"other"')
    get("if new", IfModifiedSince="2001-01-01T00:00:00Z")
    get("unless old", IfUnmodifiedSince="2001-01-01T00:00:00Z")
    get(
        "as it wishes",
        ResponseContentType="text/plain",
        ResponseContentDisposition='attachment; filename="x"',
    )
    s3("HeadObject", "unless it is", Bucket=BUCKET, Key="plain", IfNoneMatch=tag)
    s3("HeadObject", "range", Bucket=BUCKET, Key="plain", Range="bytes=0-9")
    s3("PutObject", "unless there", Bucket=BUCKET, Key="plain", Body=b"x", IfNoneMatch="*")
    s3("PutObject", "if it is", Bucket=BUCKET, Key="plain", Body=BODY, IfMatch=tag)
    s3(
        "CopyObject",
        "if another",
        Bucket=BUCKET,
        Key="c",
        CopySource=f"{BUCKET}/plain",
        CopySourceIfMatch='"o"',
    )


def _parts(s3: Teller) -> None:
    begun = s3("CreateMultipartUpload", Bucket=BUCKET, Key="parts", Metadata={"in": "parts"})
    names = {"Bucket": BUCKET, "Key": "parts", "UploadId": begun.get("UploadId", "none")}
    first = s3("UploadPart", "1", **names, PartNumber=1, Body=PART)
    s3("UploadPart", "2", **names, PartNumber=2, Body=b"end")
    copied = s3(
        "UploadPartCopy", **names, PartNumber=2, CopySource=f"{BUCKET}/plain", CopySourceRange="bytes=0-99"
    )
    s3("ListMultipartUploads", Bucket=BUCKET)
    s3("ListParts", **names)
    parts = [
        {"PartNumber": 1, "ETag": first.get("ETag", "none")},
        {"PartNumber": 2, "ETag": copied.get("CopyPartResult", {}).get("ETag", "none")},
    ]
    s3(
        "CompleteMultipartUpload",
        "wrong",
        **names,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": "x"}]},
    )
    s3("CompleteMultipartUpload", **names, MultipartUpload={"Parts": parts})
    s3("CompleteMultipartUpload", "again", **names, MultipartUpload={"Parts": parts})
    s3("HeadObject", "of parts", Bucket=BUCKET, Key="parts", PartNumber=1)
    s3(
        "GetObject",
        "across parts",
        Bucket=BUCKET,
        Key="parts",
        Range=f"bytes={len(PART) - 3}-{len(PART) + 3}",
    )
    begun = s3("CreateMultipartUpload", "to abort", Bucket=BUCKET, Key="never")
    names = {"Bucket": BUCKET, "Key": "never", "UploadId": begun.get("UploadId", "none")}
    s3("AbortMultipartUpload", **names)
    s3("AbortMultipartUpload", "again", **names)
    s3("ListParts", "aborted", **names)


def _lists(s3: Teller) -> None:
    for operation in ("ListObjects", "ListObjectsV2"):
        s3(operation, Bucket=BUCKET)
        s3(operation, "folders", Bucket=BUCKET, Delimiter="/", Prefix="a b/")
        s3(operation, "none", Bucket=BUCKET, Prefix="none")
        s3(operation, "absent", Bucket="surface-absent")
    page = s3("ListObjectsV2", "page", Bucket=BUCKET, MaxKeys=2, FetchOwner=True)
    s3(
        "ListObjectsV2",
        "next",
        Bucket=BUCKET,
        MaxKeys=2,
        ContinuationToken=page.get("NextContinuationToken", "x"),
    )
    s3("ListObjectsV2", "after", Bucket=BUCKET, StartAfter="empty")
    s3("ListObjects", "after", Bucket=BUCKET, Marker="empty", MaxKeys=3)
    s3("ListObjectVersions", "of one", Bucket=BUCKET, MaxKeys=3)


def _presigned(s3: Teller) -> None:
    s3.fetch("presigned GET", "GET", s3.url_of("get_object", Bucket=BUCKET, Key="plain"))
    s3.fetch(
        "presigned GET, a range",
        "GET",
        s3.url_of("get_object", Bucket=BUCKET, Key="plain"),
        Range="bytes=0-4",
    )
    s3.fetch("presigned HEAD", "HEAD", s3.url_of("head_object", Bucket=BUCKET, Key="a b/ü+~(1)&=?#.bin"))
    s3.fetch("presigned PUT", "PUT", s3.url_of("put_object", Bucket=BUCKET, Key="presigned"), BODY)
    s3.fetch("presigned list", "GET", s3.url_of("list_objects_v2", Bucket=BUCKET, Prefix="p"))
    s3.fetch("presigned DELETE", "DELETE", s3.url_of("delete_object", Bucket=BUCKET, Key="presigned"))


def _settings(s3: Teller) -> None:
    for operation, parameters in OF_BUCKETS:
        s3(operation, Bucket=BUCKET, **parameters)
    sum_of = b64encode(zlib.crc32(b"note").to_bytes(4, "big")).decode()
    for operation, parameters in OF_OBJECTS:
        more = {"ChecksumCRC32": sum_of} if operation == "PutObjectAnnotation" else {}
        s3(operation, Bucket=BUCKET, Key="plain", **parameters, **more)


def _versions(s3: Teller) -> None:
    s3("PutBucketVersioning", Bucket=OTHER, VersioningConfiguration={"Status": "Enabled"})
    s3("GetBucketVersioning", Bucket=OTHER)
    made = [s3("PutObject", f"version {n}", Bucket=OTHER, Key="v", Body=b"%d" % n) for n in (1, 2)]
    version = made[0].get("VersionId", "none")
    s3("GetObject", "first version", Bucket=OTHER, Key="v", VersionId=version)
    s3("HeadObject", "first version", Bucket=OTHER, Key="v", VersionId=version)
    s3("GetObjectTagging", "first version", Bucket=OTHER, Key="v", VersionId=version)
    s3(
        "CopyObject",
        "first version",
        Bucket=OTHER,
        Key="w",
        CopySource={"Bucket": OTHER, "Key": "v", "VersionId": version},
    )
    s3("DeleteObject", "marker", Bucket=OTHER, Key="v")
    s3("GetObject", "deleted", Bucket=OTHER, Key="v")
    s3("ListObjectVersions", Bucket=OTHER)
    s3("DeleteObject", "first version", Bucket=OTHER, Key="v", VersionId=version)
    s3("GetObject", "no version", Bucket=OTHER, Key="v", VersionId=version)


def _locked(s3: Teller) -> None:
    rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}
    lock = {"ObjectLockEnabled": "Enabled", "Rule": rule}
    s3("PutObjectLockConfiguration", Bucket=LOCKED, ObjectLockConfiguration=lock)
    s3("GetObjectLockConfiguration", Bucket=LOCKED)
    made = s3("PutObject", "locked", Bucket=LOCKED, Key="k", Body=b"kept", ObjectLockLegalHoldStatus="ON")
    version = made.get("VersionId", "none")
    s3("GetObjectLegalHold", Bucket=LOCKED, Key="k")
    s3("PutObjectLegalHold", Bucket=LOCKED, Key="k", LegalHold={"Status": "OFF"})
    retention = {"Mode": "GOVERNANCE", "RetainUntilDate": "2099-01-01T00:00:00Z"}
    s3("PutObjectRetention", Bucket=LOCKED, Key="k", Retention=retention)
    s3("GetObjectRetention", Bucket=LOCKED, Key="k")
    s3("DeleteObject", "locked", Bucket=LOCKED, Key="k", VersionId=version)
    s3("DeleteObject", "unlocked", Bucket=LOCKED, Key="k", VersionId=version, BypassGovernanceRetention=True)


def _end(s3: Teller) -> None:
    s3("DeleteBucket", "not empty", Bucket=BUCKET)
    listed = s3("ListObjectsV2", "what is left", Bucket=BUCKET).get("Contents", [])
    keys = [{"Key": each["Key"]} for each in listed] or [{"Key": "plain"}]
    s3("DeleteObjects", Bucket=BUCKET, Delete={"Objects": keys})
    s3("DeleteObjects", "quietly", Bucket=BUCKET, Delete={"Objects": [{"Key": "none"}], "Quiet": True})
    s3("DeleteObject", "absent", Bucket=BUCKET, Key="plain")
    s3("DeleteBucket", Bucket=BUCKET)
    s3("DeleteBucket", "again", Bucket=BUCKET)
