"""Canonical forms, byte by byte."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamd.secret import Secret
from iamd.sigv4 import canonical, payload
from iamd.sigv4.signing_key import derive


def test_the_documented_example() -> None:
    """AWS: the complete example of the General Reference, "Signature Version 4 signing process"."""
    values = {
        b"content-type": b"application/x-www-form-urlencoded; charset=utf-8",
        b"host": b"iam.amazonaws.com",
        b"x-amz-date": b"20150830T123600Z",
    }
    request = canonical.request(
        "GET",
        canonical.path(b"/", "iam"),
        canonical.query(b"Action=ListUsers&Version=2010-05-08"),
        values,
        sorted(values),
        payload.hash_of(b""),
    )
    assert sha256(request).hexdigest() == "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59"
    key = derive(Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), "20150830", "us-east-1", "iam")
    to_sign = canonical.string_to_sign("20150830T123600Z", "20150830/us-east-1/iam/aws4_request", request)
    assert key.digest(to_sign).hex() == "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", b""),
        (b"b=2&a=1", b"a=1&b=2"),
        (b"a=2&a=1", b"a=1&a=2"),
        (b"a", b"a="),
        (b"a=1&a-b=1", b"a=1&a-b=1"),
        (b"a=b=c", b"a=b%3Dc"),
        (b"a=x;y", b"a=x%3By"),
        (b"a=x%3by", b"a=x%3By"),
        (b"a=%41%7e", b"a=A~"),
        (b"a=1+2", b"a=1%202"),
        (b"a=\xc3\xa9", b"a=%C3%A9"),
        (b"%c3%a9=1&z=1", b"%C3%A9=1&z=1"),
        (b"X-Amz-Signature=x&a=1&%58-Amz-Signature=y", b"a=1"),
        (b"x-amz-signature=x", b"x-amz-signature=x"),
        (b"a=1&&b=2", b"=&a=1&b=2"),
    ],
)
def test_the_query(raw: bytes, expected: bytes) -> None:
    """R-18: one canonical form for each value, however it was encoded."""
    assert canonical.query(raw) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"/", b"/"),
        (b"", b"/"),
        (b"//", b"/"),
        (b"/a//b/", b"/a/b/"),
        (b"/a/./b/../c", b"/a/c"),
        (b"/../..", b"/"),
        (b"/a%20b", b"/a%2520b"),
        (b"/a;b", b"/a%3Bb"),
        (b"/..a/.b", b"/..a/.b"),
    ],
)
def test_the_path(raw: bytes, expected: bytes) -> None:
    assert canonical.path(raw, "iam") == expected
    assert canonical.path(raw, "s3") == (raw or b"/")


def test_repeated_headers_are_joined_and_blanks_collapsed() -> None:
    values = canonical.gather(((b"a", b"1"), (b"b", b"x  y\tz"), (b"a", b"2")))
    request = canonical.request("GET", b"/", b"", values, [b"a", b"b"], "hash")
    assert request == b"GET\n/\n\na:1,2\nb:x y z\n\na;b\nhash"


@pytest.mark.parametrize("names", [(b"host",), (b"content-type", b"host"), (b"a", b"b", b"host")])
@pytest.mark.parametrize("value", [b"plain", b"two  blanks", b"a\ttab", b""])
@pytest.mark.parametrize(
    "asked", [("POST", b"/", b""), ("GET", b"/", b""), ("POST", b"/a/b", b""), ("POST", b"/", b"a=1")]
)
def test_a_request_line_by_line(
    names: tuple[bytes, ...], value: bytes, asked: tuple[str, bytes, bytes]
) -> None:
    """AWS: "Create a signed AWS API request", step 1; read off literally."""
    method, path, query = asked
    lines = [method.encode(), path, query, *(name + b":" + b" ".join(value.split()) for name in names)]
    lines += [b"", b";".join(names), b"0" * 64]
    assert canonical.request(*asked, dict.fromkeys(names, value), names, "0" * 64) == b"\n".join(lines)


def test_a_header_that_is_not_there() -> None:
    with pytest.raises(KeyError):
        canonical.request("GET", b"/", b"", {}, [b"host"], "hash")


@given(st.lists(st.tuples(st.binary(min_size=1), st.binary()), max_size=5))
def test_encoding_is_undone_by_decoding_and_its_order_is_of_no_account(
    pairs: list[tuple[bytes, bytes]],
) -> None:
    encoded = [canonical.encode(name) + b"=" + canonical.encode(value) for name, value in pairs]
    once = canonical.query(b"&".join(encoded))
    assert once == canonical.query(b"&".join(reversed(encoded)))
    assert canonical.query(once) == once
    for name, value in pairs:
        assert canonical.decode(canonical.encode(name)) == name
        assert canonical.decode(canonical.encode(value)) == value
