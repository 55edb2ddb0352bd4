"""
Which operation of S3 a request asks for.

The method, whether a bucket or a key is named, and one word of the query decide (AWS: *Amazon S3 API Reference*); the
words come from the service model.  A query with a word that the operation does not know is refused: an upstream may have
operations that S3 has not, and take that word for one of them.
"""

import gzip
import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Final
from urllib.parse import unquote_to_bytes

import msgspec

from iamd.enforcement.mapping.asked import UnmappedRequest
from iamd.http import Request
from iamd.sigv4 import canonical
from iamd.sigv4.claim import PARAMETERS

Query = Mapping[str, str]

_OF_ANY: Final = frozenset({"x-id", "x-amz-user-agent"})
# Two operations of the model that a request cannot tell apart: the one that stands, and what is its elder.
_SUPERSEDED: Final = frozenset(
    {"GetBucketLifecycle", "PutBucketLifecycle", "GetBucketNotification", "PutBucketNotification"}
)
# AWS: these list when they name no configuration.
_BY_ID: Final = frozenset({"analytics", "intelligent-tiering", "inventory", "metrics"})
_LISTS: Final = frozenset({"ListObjectsV2", "ListObjectVersions", "ListMultipartUploads"})
"""Those with a word of their own; the other lists share theirs with a Get."""
_NEVER_EMPTY: Final = frozenset({"annotationName", "id", "partNumber", "uploadId", "versionId"})
_DIRECTORY_BUCKETS: Final = frozenset({"ListDirectoryBuckets", "RenameObject", "CreateSession"})
_is_bucket = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]", re.ASCII).fullmatch
_LONGEST_KEY: Final = 1024


class Place(msgspec.Struct, frozen=True):
    """
    What the path names.

    Attributes:
        bucket: Empty where there is none.
        key: Decoded; empty where the bucket itself is meant.
    """

    bucket: str
    key: str

    @property
    def level(self) -> str:
        return "object" if self.key else "bucket" if self.bucket else "service"


class Found(msgspec.Struct, frozen=True):
    """An operation, where, and with which query; the words of a signature are left out."""

    operation: str
    place: Place
    query: Query

    @property
    def words(self) -> frozenset[str]:
        """Those of the query that tell operations."""
        return _known().names.intersection(self.query)


class _Known(msgspec.Struct, frozen=True):
    """
    What the model says of all operations.

    Attributes:
        words: The words that tell operations, by method and level.
        parameters: The query parameters of an operation, by its name.
        names: The words alone.
    """

    words: Mapping[tuple[str, str, str], str]
    parameters: Mapping[str, frozenset[str]]
    names: frozenset[str]


def find(request: Request) -> Found:
    """
    Return what *request* asks for; its bucket is in its path.

    Raises:
        UnmappedRequest: It is not clear, or nothing of S3.
    """
    place = place_of(request.raw_path)
    query = _query(request.raw_query)
    operation = _operation(request, place, query)
    known = _known().parameters.get(operation, frozenset())
    for name in query:
        if name not in known and name not in _OF_ANY:
            raise UnmappedRequest(f"{operation} has no parameter {name[:64]}.")
    return Found(operation, place, query)


def place_of(raw_path: bytes) -> Place:
    """
    Return bucket and key of a path.

    Raises:
        UnmappedRequest: The bucket is no name of one, or the key is too long.
    """
    path = unquote_to_bytes(raw_path).decode()
    bucket, _, key = path.removeprefix("/").partition("/")
    if bucket and not _is_bucket(bucket):
        raise UnmappedRequest("The specified bucket is not valid.")
    if key and not bucket:
        # Whoever puts two slashes together into one finds a bucket there.
        raise UnmappedRequest("The specified bucket is not valid.")
    if len(key.encode()) > _LONGEST_KEY:
        raise UnmappedRequest("The specified key is too long.")
    return Place(bucket, key)


def _query(raw_query: bytes) -> Query:
    query: dict[str, str] = {}
    for piece in raw_query.split(b"&") if raw_query else ():
        raw_name, _, raw_value = piece.partition(b"=")
        plain = canonical.decode(raw_name)
        if plain.lower() in PARAMETERS:
            continue
        name, value = plain.decode(), canonical.decode(raw_value).decode()
        if name in query:
            raise UnmappedRequest(f"The parameter {name[:64]} is given twice.")
        if not value and name in _NEVER_EMPTY:
            # AWS: "Version id cannot be the empty string".  To a store it may be as if it were not there.
            raise UnmappedRequest(f"The parameter {name} is empty.")
        query[name] = value
    return query


def _operation(request: Request, place: Place, query: Query) -> str:
    words = [name for name in query if (request.method, place.level, name) in _known().words]
    if len(words) > 1:
        raise UnmappedRequest(f"The parameters {words[0][:64]} and {words[1][:64]} exclude each other.")
    if words:
        word = words[0]
        operation = _known().words[request.method, place.level, word]
        if word in _BY_ID and request.method == "GET":
            return operation if "id" in query else _listing(operation)
        if operation == "GetObjectAnnotation" and "annotationName" not in query:
            return "ListObjectAnnotations"
        if word == "list-type" and query[word] != "2":
            raise UnmappedRequest("S3 has no such list-type.")
        return operation
    found = _PLAIN.get((request.method, place.level))
    if found is None:
        raise UnmappedRequest(f"S3 has no operation for {request.method} of a {place.level}.")
    return found(request, query)


def _listing(operation: str) -> str:
    """``GetBucketMetricsConfiguration`` -> ``ListBucketMetricsConfigurations``."""
    return operation.replace("Get", "List", 1) + "s"


def _get_object(_request: Request, query: Query) -> str:
    return "ListParts" if "uploadId" in query else "GetObject"


def _put_object(request: Request, query: Query) -> str:
    part = "uploadId" in query
    if ("partNumber" in query) != part:
        raise UnmappedRequest("uploadId and partNumber belong together.")
    if request.header(b"x-amz-copy-source") is not None:
        return "UploadPartCopy" if part else "CopyObject"
    return "UploadPart" if part else "PutObject"


def _post_object(_request: Request, query: Query) -> str:
    if "uploadId" in query:
        return "CompleteMultipartUpload"
    raise UnmappedRequest("S3 has no such POST of an object.")


def _post_bucket(_request: Request, _query: Query) -> str:
    # A form says by its fields what it asks for, and is signed by those: see `iamd.enforcement.forms`.
    raise UnmappedRequest("S3 has no such POST of a bucket.")


def _delete_object(_request: Request, query: Query) -> str:
    return "AbortMultipartUpload" if "uploadId" in query else "DeleteObject"


def _always(operation: str) -> Callable[[Request, Query], str]:
    return lambda _request, _query: operation


_PLAIN: Final[Mapping[tuple[str, str], Callable[[Request, Query], str]]] = {
    ("GET", "service"): _always("ListBuckets"),
    ("GET", "bucket"): _always("ListObjects"),
    ("HEAD", "bucket"): _always("HeadBucket"),
    ("PUT", "bucket"): _always("CreateBucket"),
    ("DELETE", "bucket"): _always("DeleteBucket"),
    ("POST", "bucket"): _post_bucket,
    ("GET", "object"): _get_object,
    ("HEAD", "object"): _always("HeadObject"),
    ("PUT", "object"): _put_object,
    ("POST", "object"): _post_object,
    ("DELETE", "object"): _delete_object,
}


@cache
def _known() -> _Known:
    raw = files("botocore").joinpath("data/s3/2006-03-01/service-2.json.gz").read_bytes()
    model = json.loads(gzip.decompress(raw))
    words: dict[tuple[str, str, str], str] = {}
    parameters: dict[str, frozenset[str]] = {}
    for name, operation in model["operations"].items():
        path, _, constants = operation["http"]["requestUri"].partition("?")
        level = "object" if "{Key+}" in path else "bucket" if "{Bucket}" in path else "service"
        constant = [piece.partition("=")[0] for piece in constants.split("&") if piece]
        shape = model["shapes"].get(operation.get("input", {}).get("shape", ""), {})
        of_query = {
            member["locationName"]
            for member in shape.get("members", {}).values()
            if member.get("location") == "querystring"
        }
        parameters[name] = frozenset(of_query | set(constant))
        is_list = name.startswith("List") and name not in _LISTS
        if constant and name not in _SUPERSEDED and not is_list:
            words[operation["http"]["method"], level, constant[0]] = name
    for name in _DIRECTORY_BUCKETS:
        parameters.pop(name, None)
    return _Known(words, parameters, frozenset(name for _, _, name in words))
