"""Requests: their headers by name."""

import msgspec

from iamd.http import Request


def request(*headers: tuple[bytes, bytes]) -> Request:
    return Request(method="GET", raw_path=b"/", headers=headers)


def test_the_first_of_repeated_headers_is_found() -> None:
    asked = request((b"host", b"one"), (b"via", b"a"), (b"via", b"b"))
    assert (asked.header(b"via"), asked.header(b"host"), asked.header(b"date")) == (b"a", b"one", None)
    assert list(asked.header_values(b"via")) == [b"a", b"b"]
    assert asked.fields() is None


def test_an_index_that_is_given_is_taken() -> None:
    headers = ((b"host", b"one"),)
    asked = Request(method="GET", raw_path=b"/", headers=headers, index=({b"host": b"one"}, headers))
    assert asked == request(*headers)
    assert asked.fields() == {b"host": b"one"}


def test_a_copy_with_other_headers_has_an_index_of_its_own() -> None:
    """What was read of the old headers must not be believed of the new ones."""
    asked = request((b"host", b"one"), (b"authorization", b"x"))
    other = msgspec.structs.replace(asked, headers=((b"host", b"two"),))
    assert (other.header(b"host"), other.header(b"authorization")) == (b"two", None)
    assert other.fields() == {b"host": b"two"}
    assert msgspec.structs.replace(asked, method="PUT").header(b"host") == b"one"
