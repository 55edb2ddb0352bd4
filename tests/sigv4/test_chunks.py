"""Bodies signed chunk by chunk, against the examples that AWS publishes."""

import pytest

from iamd.secret import Secret
from iamd.sigv4.chunks import Resigner, Signer
from iamd.sigv4.errors import MalformedPayload, SignatureDoesNotMatch, SigV4Error
from iamd.sigv4.signing_key import derive

SCOPE = "20130524/us-east-1/s3/aws4_request"
KEY = derive(Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), "20130524", "us-east-1", "s3")
OUR_SCOPE = "20261122/eu-west-1/s3/aws4_request"
OUR_KEY = derive(Secret("another secret access key, of an upstream"), "20261122", "eu-west-1", "s3")
BODY = b"a" * 66560
TRAILER = (b"x-amz-checksum-crc32c", b"sOO8/Q==")

# AWS: "Example: Transferring Payload in Multiple Chunks", and "… with trailing headers".
EXAMPLE = (
    "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
    "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
    "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
    "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
)
EXAMPLE_WITH_TRAILER = (
    "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
    "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
    "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
    "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
)
TRAILER_SIGNATURE = "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435"


def signer(seed: str) -> Signer:
    return Signer(KEY, "20130524T000000Z", SCOPE, seed)


def ours() -> Signer:
    return Signer(OUR_KEY, "20261122T000000Z", OUR_SCOPE, "0" * 64)


def framed(pieces: list[bytes], by: Signer, trailer: tuple[bytes, bytes] | None = None) -> bytes:
    """Frame and sign *pieces* as a client does."""
    out, previous = b"", by.seed
    for piece in [*pieces, b""]:
        previous = by.chunk(previous, piece)
        out += b"%x;chunk-signature=%b\r\n" % (len(piece), previous.encode())
        out += piece + b"\r\n" if piece else b""
    if trailer is None:
        return out + b"\r\n"
    signature = by.trailer(previous, b"%b:%b\n" % trailer)
    return out + b"%b:%b\r\nx-amz-trailer-signature:%b\r\n\r\n" % (*trailer, signature.encode())


def example(signatures: tuple[str, ...]) -> bytes:
    return b"".join(
        [
            b"10000;chunk-signature=%b\r\n%b\r\n" % (signatures[1].encode(), BODY[:65536]),
            b"400;chunk-signature=%b\r\n%b\r\n" % (signatures[2].encode(), BODY[65536:]),
            b"0;chunk-signature=%b\r\n" % signatures[3].encode(),
        ]
    )


PLAIN_EXAMPLE = example(EXAMPLE) + b"\r\n"
TRAILER_EXAMPLE = example(EXAMPLE_WITH_TRAILER) + b"%b:%b\r\nx-amz-trailer-signature:%b\r\n\r\n" % (
    *TRAILER,
    TRAILER_SIGNATURE.encode(),
)


def resigner(*, trailer: bool = False, length: int = len(BODY)) -> Resigner:
    seed = (EXAMPLE_WITH_TRAILER if trailer else EXAMPLE)[0]
    return Resigner(signer(seed), ours(), decoded_length=length, trailer=trailer)


@pytest.mark.parametrize("step", [1000, 1, 65536, 10**9])
@pytest.mark.parametrize("trailer", [False, True])
def test_examples_of_aws_are_verified_and_signed_anew(step: int, *, trailer: bool) -> None:
    body = TRAILER_EXAMPLE if trailer else PLAIN_EXAMPLE
    by = resigner(trailer=trailer)
    out = b"".join([by.feed(body[start : start + step]) for start in range(0, len(body), step)])
    by.finish()
    assert out == framed([BODY[:65536], BODY[65536:]], ours(), TRAILER if trailer else None)
    assert len(out) == len(body)


@pytest.mark.parametrize("at", [30, 200, 65000, 65620, 66500, -200, -90, -60, -5])
@pytest.mark.parametrize("trailer", [False, True])
def test_nothing_changed_gets_through(at: int, *, trailer: bool) -> None:
    """R-14: a chunk with another byte does not leave, and what is behind it neither."""
    body = bytearray(TRAILER_EXAMPLE if trailer else PLAIN_EXAMPLE)
    body[at] ^= 1
    by = resigner(trailer=trailer)
    out = b""
    with pytest.raises(SigV4Error) as refused:  # noqa: PT012  it is asked what left before the refusal
        for start in range(0, len(body), 512):
            out += by.feed(bytes(body[start : start + 512]))
        by.finish()
    assert isinstance(refused.value, SignatureDoesNotMatch | MalformedPayload)
    whole = framed([BODY[:65536], BODY[65536:]], ours(), TRAILER if trailer else None)
    assert whole.startswith(out)
    assert len(out) < len(whole)


@pytest.mark.parametrize(
    ("body", "length", "text"),
    [
        (PLAIN_EXAMPLE[:-1], len(BODY), "terminated"),
        (PLAIN_EXAMPLE[:66000], len(BODY), "terminated"),
        (b"", len(BODY), "terminated"),
        (PLAIN_EXAMPLE + b"x", len(BODY), "behind its end"),
        (PLAIN_EXAMPLE, len(BODY) - 1, "longer than x-amz-decoded"),
        (PLAIN_EXAMPLE, len(BODY) + 1, "shorter than x-amz-decoded"),
        (b"10000\r\n", len(BODY), "does not begin as one"),
        (b"-1;chunk-signature=" + b"0" * 64 + b"\r\n", len(BODY), "does not begin as one"),
        (b"fffffff;chunk-signature=" + b"0" * 64 + b"\r\n", 1 << 40, "larger than"),
        (b"1" * 1000, len(BODY), "too long"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_framing_is_strict(body: bytes, length: int, text: str) -> None:
    by = resigner(length=length)

    def whole() -> None:
        by.feed(body)
        by.finish()

    with pytest.raises(MalformedPayload, match=text):
        whole()


@pytest.mark.parametrize(
    "trailer",
    [
        b"x-amz-checksum-crc32c:sOO8/Q==\r\n\r\n",
        b"x-amz-trailer-signature:" + b"0" * 64 + b"\r\n\r\n",
        b"a:1\r\na:1\r\nx-amz-trailer-signature:" + b"0" * 64 + b"\r\n\r\n",
        b"A B:1\r\nx-amz-trailer-signature:" + b"0" * 64 + b"\r\n\r\n",
        b"a" * 9000,
    ],
    ids=["unsigned", "forged", "twice", "unreadable", "endless"],
)
def test_trailing_headers_are_signed(trailer: bytes) -> None:
    by = resigner(trailer=True)
    with pytest.raises((MalformedPayload, SignatureDoesNotMatch)):
        by.feed(example(EXAMPLE_WITH_TRAILER) + trailer)
