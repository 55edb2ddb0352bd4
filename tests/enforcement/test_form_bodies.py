"""
What is no form, or one that two could read in two ways: refused, and never a whole upload.

RFC 7578; RFC 2046, section 5.1.1.
"""

import re
import socket
from urllib.parse import urlsplit

import pytest
from tests.support.forms import BOUNDARY, multipart, send, signed_fields
from tests.support.guarded import Guarded
from tests.support.upstream import Seen, Store
from tests.support.world import Actor, allow

MEBIBYTE = 1024 * 1024
CONDITIONS = [["starts-with", "$key", ""], {"bucket": "data"}]
LONG = bytes(range(256)) * 4 * 2049
AFTER = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="submit"\r\n\r\nGo\r\n'.encode()
LEFT = "left-behind"
"""The key of what is broken off: the store may see as late as in the next test that it was begun."""


@pytest.fixture(scope="module")
def writer(guarded: Guarded) -> Actor:
    return guarded.user("body-writer", allow("s3:*", "*"))


@pytest.fixture(autouse=True)
def nothing_there(store: Store) -> None:
    store.objects.clear()
    store.seen.clear()


def code_of(answer: tuple[int, object, bytes]) -> tuple[int, str]:
    found = re.search(rb"<Code>(\w+)</Code>", answer[2])
    return answer[0], found[1].decode() if found else ""


def passed_on(store: Store) -> list[Seen]:
    """Return what the store has seen of the test that asks."""
    return [seen for seen in store.seen if seen.request.raw_path != f"/data/{LEFT}".encode()]


def fields(writer: Actor, **more: str) -> dict[str, str]:
    return signed_fields(writer, CONDITIONS, {"key": "k"} | more)


@pytest.mark.parametrize("end", [b"\r\n", b"", b"\r\n\r\nepilogue", b"  \r\n"])
@pytest.mark.parametrize("after", [b"", AFTER])
def test_a_short_file_may_end_in_every_way(
    guarded: Guarded, store: Store, writer: Actor, end: bytes, after: bytes
) -> None:
    """AWS: what stands below the file is ignored."""
    body = multipart(fields(writer), b"short", after=after, end=end)
    assert send(guarded, body)[0] == 204
    assert store.objects[b"/data/k"] == b"short"


@pytest.mark.parametrize(("end", "after"), [(b"", b""), (b"\r\n\r\n", b""), (b"\r\n", AFTER)])
def test_a_long_one_must_end_as_browsers_end_it(
    guarded: Guarded, store: Store, writer: Actor, end: bytes, after: bytes
) -> None:
    body = multipart(fields(writer, key=LEFT), LONG, after=after, end=end)
    assert code_of(send(guarded, body)) == (400, "MalformedPOSTRequest")
    assert store.objects == {}
    assert not any(seen.whole for seen in store.seen)


def test_a_long_one_is_held_to_its_length_before_it_is_passed_on(
    guarded: Guarded, store: Store, writer: Actor
) -> None:
    conditions = [*CONDITIONS, ["content-length-range", 0, len(LONG) - 1]]
    body = multipart(signed_fields(writer, conditions, {"key": "k"}), LONG)
    assert code_of(send(guarded, body)) == (400, "EntityTooLarge")
    assert passed_on(store) == []
    conditions = [*CONDITIONS, ["content-length-range", len(LONG), len(LONG)]]
    assert send(guarded, multipart(signed_fields(writer, conditions, {"key": "k"}), LONG))[0] == 204
    assert store.objects[b"/data/k"] == LONG


def test_a_form_that_breaks_off_is_no_upload(guarded: Guarded, store: Store, writer: Actor) -> None:
    body = multipart(fields(writer, key=LEFT), LONG)
    with socket.create_connection((urlsplit(guarded.url).hostname, urlsplit(guarded.url).port)) as connection:
        head = f"POST /data HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body[:-100])
    assert code_of(send(guarded, multipart(fields(writer), b"x")))[0] == 204
    assert [seen.body for seen in store.seen if seen.whole] == [b"x"]


def test_a_form_within_a_form_ends_the_file(guarded: Guarded, store: Store, writer: Actor) -> None:
    """The first delimiter is the end: nobody may hide a second file, or a second key, from the policy."""
    hidden = multipart({"key": "secret"}, b"evil")
    body = multipart(fields(writer), b"good\r\n" + hidden)
    assert send(guarded, body)[0] == 204
    assert store.objects == {b"/data/k": b"good"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "MalformedPOSTRequest"),
        (b"preamble\r\n--%b--\r\n", "MalformedPOSTRequest"),
        (b"--%b--\r\n", "IncorrectNumberOfFilesInPostRequest"),
        (b'--%b\r\nContent-Disposition: form-data; name="key"\r\n\r\nk\r\n--%b--\r\n', "IncorrectNumberOfFilesInPostRequest"),
        (b'--%b\r\nContent-Disposition: form-data; name="key"\r\n\r\nk\r\n', "MalformedPOSTRequest"),
        (b"--%b\r\nContent-Disposition: form-data\r\n\r\nk\r\n--%b--\r\n", "MalformedPOSTRequest"),
        (b'--%b\r\nContent-Disposition: attachment; name="key"\r\n\r\nk\r\n--%b--\r\n', "MalformedPOSTRequest"),
        (b'--%b\r\nContent-Disposition: form-data; name="a"; name="b"\r\n\r\nk\r\n--%b--\r\n', "MalformedPOSTRequest"),
        (b'--%b\r\nContent-Disposition: form-data; name="a"\r\nContent-Disposition: form-data; name="b"\r\n\r\nk\r\n--%b--\r\n', "MalformedPOSTRequest"),
        (b'--%b\r\nContent-Disposition: form-data; name="a"\r\n folded: x\r\n\r\nk\r\n--%b--\r\n', "MalformedPOSTRequest"),
        (b'--%b\nContent-Disposition: form-data; name="a"\n\nk\n--%b--\n', "MalformedPOSTRequest"),
        (b'--%b\r\nContent-Disposition: form-data; name="key"\r\n\r\n\xff\r\n--%b--\r\n', "MalformedPOSTRequest"),
        (b'--%b\r\nContent-Disposition: form-data; name="key"\r\n\r\nk\r\n--%bX\r\n', "MalformedPOSTRequest"),
        (b'--%b\r\nContent-Disposition: form-data; name="Key"\r\n\r\na\r\n--%b\r\nContent-Disposition: form-data; name="key"\r\n\r\nb\r\n--%b--\r\n', "MalformedPOSTRequest"),
        (b'--%b\r\nContent-Disposition: form-data; name="key"\r\n\r\n' + b"k" * 30_000 + b"\r\n--%b--\r\n", "MaxPostPreDataLengthExceededError"),
        (b'--%b\r\nContent-Disposition: form-data; name="' + b"k" * 30_000 + b'"\r\n\r\nx\r\n--%b--\r\n', "MaxPostPreDataLengthExceededError"),
    ],
)  # fmt: skip
def test_what_is_no_form(guarded: Guarded, store: Store, body: bytes, code: str) -> None:
    assert code_of(send(guarded, body.replace(b"%b", BOUNDARY.encode()))) == (400, code)
    assert passed_on(store) == []


@pytest.mark.parametrize(
    "kind",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=a; boundary=b",
        f"multipart/form-data; charset=x; boundary={BOUNDARY}",
        "multipart/form-data; boundary=" + "x" * 71,
        'multipart/form-data; boundary="a b',
    ],
)
def test_a_boundary_that_is_none(guarded: Guarded, store: Store, writer: Actor, kind: str) -> None:
    body = multipart(fields(writer), b"x")
    assert code_of(send(guarded, body, headers={"Content-Type": kind})) == (400, "MalformedPOSTRequest")
    assert passed_on(store) == []


def test_a_boundary_may_stand_in_quotation_marks(guarded: Guarded, writer: Actor) -> None:
    kind = f'Multipart/Form-Data; boundary="{BOUNDARY}"'
    assert send(guarded, multipart(fields(writer), b"x"), headers={"Content-Type": kind})[0] == 204


def test_a_form_of_unknown_length_is_refused(guarded: Guarded, store: Store, writer: Actor) -> None:
    body = multipart(fields(writer), b"x")
    framed = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    answer = send(guarded, framed, headers={"Content-Length": "", "Transfer-Encoding": "chunked"})
    assert code_of(answer) == (411, "MissingContentLength")
    assert passed_on(store) == []


@pytest.mark.parametrize("value", ["a\r\nx-amz-acl: public-read", "a\x00", " a", "a\x85b"])
def test_a_field_that_would_be_two_headers(guarded: Guarded, store: Store, writer: Actor, value: str) -> None:
    conditions = [*CONDITIONS, ["starts-with", "$x-amz-meta-a", ""]]
    body = multipart(signed_fields(writer, conditions, {"key": "k", "x-amz-meta-a": value}), b"x")
    assert code_of(send(guarded, body)) == (400, "MalformedPOSTRequest")
    assert passed_on(store) == []


@pytest.mark.parametrize(
    "name", ["x-amz-meta-a: x-amz-acl", "x-amz-meta-a b", "x-amz-meta-ä", "x-amz-meta-a\\", "x-amz-meta-" + "a" * 300]
)  # fmt: skip
def test_a_name_that_would_be_two_headers(guarded: Guarded, store: Store, writer: Actor, name: str) -> None:
    conditions = [*CONDITIONS, ["starts-with", f"${name}", ""]]
    body = multipart(signed_fields(writer, conditions, {"key": "k", name: "x"}), b"x")
    assert code_of(send(guarded, body)) == (400, "MalformedPOSTRequest")
    assert passed_on(store) == []
