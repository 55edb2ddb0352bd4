"""What a request says about who signed it: what is refused, what is anonymous, and with which words."""

from datetime import UTC, datetime
from itertools import product

import pytest
from msgspec.structs import replace

from iamd.http import Request
from iamd.secret import Secret
from iamd.sigv4.claim import parse
from iamd.sigv4.errors import (
    IncompleteSignature,
    InvalidClientTokenId,
    SignatureDoesNotMatch,
    SigV4Error,
    UnsupportedScheme,
)
from iamd.sigv4.sign import Credentials, presign, sign
from iamd.sigv4.signature_claim import SignatureClaim

KEY_ID = "AKIAIOSFODNN7EXAMPLE"
AT = datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)
SIGNATURE = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
SCOPE = "20261122/us-east-1/iam/aws4_request"
AUTHORIZATION = (
    f"AWS4-HMAC-SHA256 Credential={KEY_ID}/{SCOPE}, SignedHeaders=host;x-amz-date, Signature={SIGNATURE}"
)
DATE = (b"x-amz-date", b"20261122T100000Z")
HOST = (b"host", b"localhost")

PLAIN = Request(method="POST", raw_path=b"/", headers=(HOST,), body=b"Action=GetUser&Version=2010-05-08")
CREDENTIALS = Credentials(access_key_id=KEY_ID, secret_access_key=Secret("secret"))
IN_HEADER = sign(PLAIN, CREDENTIALS, region="us-east-1", service="iam", at=AT)
IN_QUERY = presign(PLAIN, CREDENTIALS, region="us-east-1", service="iam", at=AT, expires_seconds=900)


def with_authorization(text: str, *others: tuple[bytes, bytes]) -> Request:
    return replace(PLAIN, headers=(HOST, (b"authorization", text.encode()), *(others or (DATE,))))


def claimed(request: Request) -> SignatureClaim:
    claim = parse(request)
    assert claim is not None
    return claim


def test_what_is_read_from_the_header() -> None:
    token = (b"x-amz-security-token", b"token")
    claim = claimed(with_authorization(AUTHORIZATION, DATE, token))
    assert claim.session_token is not None
    assert claim.session_token.reveal() == "token"
    assert replace(claim, session_token=None) == SignatureClaim(
        access_key_id=KEY_ID,
        date="20261122",
        region="us-east-1",
        service="iam",
        signed_headers=(b"host", b"x-amz-date"),
        signature=SIGNATURE,
        timestamp=AT,
        amz_date="20261122T100000Z",
        scope=SCOPE,
    )
    assert SIGNATURE not in repr(claim)
    assert "token'" not in repr(claim)


def test_what_is_read_from_the_query() -> None:
    claim = claimed(IN_QUERY)
    assert (claim.presigned, claim.expires_seconds, claim.signed_headers) == (True, 900, (b"host",))
    assert (claim.access_key_id, claim.scope, claim.timestamp) == (KEY_ID, SCOPE, AT)


@pytest.mark.parametrize(
    "text",
    [
        AUTHORIZATION.replace(", ", ","),
        AUTHORIZATION.replace(", ", " , "),
        f"AWS4-HMAC-SHA256 Signature={SIGNATURE}, SignedHeaders=host;x-amz-date, Credential={KEY_ID}/{SCOPE}",
    ],
)
def test_blanks_and_order_do_not_matter(text: str) -> None:
    assert claimed(with_authorization(text)) == claimed(with_authorization(AUTHORIZATION))


@pytest.mark.parametrize("separator", ["%3B", ";", "%3b"])
def test_signed_headers_of_the_query_may_be_joined_raw(separator: str) -> None:
    """R-18: both forms of the semicolon are one."""
    raw_query = IN_QUERY.raw_query.replace(
        b"SignedHeaders=host", f"SignedHeaders=host{separator}x-k8s-aws-id".encode()
    )
    assert claimed(replace(IN_QUERY, raw_query=raw_query)).signed_headers == (b"host", b"x-k8s-aws-id")


@pytest.mark.parametrize(
    "request_",
    [
        PLAIN,
        replace(PLAIN, method="GET", body=b"", raw_query=b"Action=GetCallerIdentity&Version=2011-06-15"),
        replace(PLAIN, headers=(HOST, DATE)),
        replace(PLAIN, body=b"Action=AssumeRoleWithSAML&SAMLAssertion=U2lnbmF0dXJl&RoleArn=Signature"),
    ],
)
def test_nothing_that_looks_like_authentication_is_anonymous(request_: Request) -> None:
    assert parse(request_) is None


def broken(query: bytes) -> bytes:
    return query.replace(b"X-Amz-Credential", b"X-Amz-Credentials")


@pytest.mark.parametrize(
    ("header", "query"),
    [pair for pair in product(["none", "good", "bad"], repeat=2) if pair != ("none", "none")],
)
def test_where_the_credentials_are(header: str, query: str) -> None:
    """R-03: header and query, each absent, well-formed or malformed; both present is always refused."""
    headers = {
        "none": PLAIN.headers,
        "good": IN_HEADER.headers,
        "bad": (*IN_HEADER.headers[:-1], (b"authorization", b"AWS4-HMAC-SHA256 Credential=x")),
    }
    queries = {"none": b"", "good": IN_QUERY.raw_query, "bad": broken(IN_QUERY.raw_query)}
    request = replace(PLAIN, headers=headers[header], raw_query=queries[query])
    if (header, query) in (("good", "none"), ("none", "good")):
        assert claimed(request).access_key_id == KEY_ID
    else:
        with pytest.raises(SigV4Error):
            parse(request)


SPELLINGS = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
]


@pytest.mark.parametrize("name", [*SPELLINGS, "X-Amz-Security-Token", "X-Amz-Content-Sha256"])
@pytest.mark.parametrize("spelled", [str, str.lower, str.upper, lambda name: name.replace("-", "%2D")])
def test_an_authentication_parameter_twice_in_the_query(name: str, spelled: type[str]) -> None:
    """R-05: a second one is refused in any case and encoding, and so is a single one in another case."""
    request = replace(
        IN_QUERY, raw_query=IN_QUERY.raw_query + b"&X-Amz-Security-Token=a&X-Amz-Content-Sha256=b"
    )
    with pytest.raises(IncompleteSignature):
        parse(replace(request, raw_query=request.raw_query + f"&{spelled(name)}=x".encode()))


@pytest.mark.parametrize("name", SPELLINGS)
@pytest.mark.parametrize("spelled", [str.lower, str.upper])
def test_an_authentication_parameter_in_another_case(name: str, spelled: type[str]) -> None:
    """R-05: names are taken as AWS spells them, or not at all."""
    raw_query = IN_QUERY.raw_query.replace(name.encode() + b"=", spelled(name).encode() + b"=")
    with pytest.raises(IncompleteSignature):
        parse(replace(IN_QUERY, raw_query=raw_query))


@pytest.mark.parametrize(
    "name", [b"authorization", b"x-amz-date", b"date", b"x-amz-security-token", b"x-amz-content-sha256"]
)
def test_an_authentication_header_twice(name: bytes) -> None:
    """R-05, R-09: the second is refused, the same value or another."""
    once = (*(field for field in IN_HEADER.headers if field[0] != name), (name, b"20261122T100000Z"))
    with pytest.raises(IncompleteSignature):
        parse(replace(IN_HEADER, headers=(*once, once[-1])))


@pytest.mark.parametrize("name", ["X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256"])
def test_an_authentication_parameter_in_header_and_query(name: str) -> None:
    """R-05: one value, from one place."""
    raw_query = IN_QUERY.raw_query + b"&X-Amz-Security-Token=a&X-Amz-Content-Sha256=b"
    headers = (*IN_QUERY.headers, (name.lower().encode(), b"20261122T100000Z"))
    with pytest.raises(SigV4Error):
        parse(replace(IN_QUERY, raw_query=raw_query, headers=headers))


@pytest.mark.parametrize("name", SPELLINGS)
def test_one_authentication_parameter_alone_is_not_anonymous(name: str) -> None:
    """R-03: a part of a signature is a broken signature."""
    with pytest.raises(SigV4Error):
        parse(replace(PLAIN, raw_query=f"{name}=AWS4-HMAC-SHA256".encode()))
    with pytest.raises(SigV4Error):
        parse(replace(PLAIN, body=f"Action=GetUser&{name}=x".encode()))


def test_a_session_token_alone_is_not_anonymous() -> None:
    """R-03: whoever sends a session token wants to be somebody."""
    with pytest.raises(IncompleteSignature):
        parse(replace(PLAIN, headers=(HOST, (b"x-amz-security-token", b"token"))))


@pytest.mark.parametrize(
    "authorization",
    [
        f"AWS {KEY_ID}:frJIUN8DYpKDtOLCwo//yllqDzg=",
        "AWS3-HTTPS AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE,Algorithm=HmacSHA256,Signature=abc",
        "Bearer eyJhbGciOiJub25lIn0.e30.",
        "Basic dXNlcjpwYXNz",
        AUTHORIZATION.replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"),
        AUTHORIZATION.replace("AWS4-HMAC-SHA256", "aws4-hmac-sha256"),
        AUTHORIZATION.replace("AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256"),
        "AWS4-HMAC-SHA512 Credential=x",
        "",
        "Negotiate",
    ],
)
def test_other_schemes_in_the_header(authorization: str) -> None:
    """R-01, R-03: an unknown scheme is refused, never anonymous, and nothing of its proof is echoed."""
    with pytest.raises(UnsupportedScheme) as refused:
        parse(with_authorization(authorization))
    for secret in ("frJIUN8DYpKDtOLCwo", "eyJhbGciOiJub25lIn0", "dXNlcjpwYXNz", SIGNATURE):
        assert secret not in f"{refused.value.message}{refused.value.detail}"


@pytest.mark.parametrize(
    "raw",
    [
        b"AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=abc&SignatureVersion=2&SignatureMethod=HmacSHA256",
        b"AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE",
        b"SignatureVersion=2",
        b"%53ignature=abc",
        b"x=y&SIGNATUREMETHOD=HmacSHA1",
    ],
)
def test_signature_version_2(raw: bytes) -> None:
    """R-03: in the query and in the form."""
    with pytest.raises(UnsupportedScheme):
        parse(replace(PLAIN, method="GET", raw_query=raw, body=b""))
    with pytest.raises(UnsupportedScheme):
        parse(replace(PLAIN, body=raw))
    with pytest.raises(SigV4Error):
        parse(replace(IN_HEADER, raw_query=raw))


def test_another_algorithm_in_the_query() -> None:
    raw_query = IN_QUERY.raw_query.replace(b"AWS4-HMAC-SHA256", b"AWS4-ECDSA-P256-SHA256")
    with pytest.raises(UnsupportedScheme) as refused:
        parse(replace(IN_QUERY, raw_query=raw_query))
    assert refused.value.message == (
        "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256' (only AWS4-HMAC-SHA256 for now)."
    )


@pytest.mark.parametrize(
    ("credential", "error"),
    [
        (f"{KEY_ID}/x/{SCOPE}", InvalidClientTokenId),
        (f"/{SCOPE}", InvalidClientTokenId),
        (f"AKIDEXAMPLE/{SCOPE}", InvalidClientTokenId),
        (f"{KEY_ID.lower()}/{SCOPE}", InvalidClientTokenId),
        (f"{'A' * 129}/{SCOPE}", InvalidClientTokenId),
        (f"{KEY_ID}*/{SCOPE}", InvalidClientTokenId),
        (f"{KEY_ID}/20261122/us-east-1/iam", IncompleteSignature),
        (f"{KEY_ID}/20261122/us-east-1/iam/aws4_request/", SignatureDoesNotMatch),
        (f"{KEY_ID}/20261122//iam/aws4_request", SignatureDoesNotMatch),
        (f"{KEY_ID}/20261122/us-east-1//aws4_request", SignatureDoesNotMatch),
        (f"{KEY_ID}/20261122/us-east-1/iam/aws5_request", SignatureDoesNotMatch),
    ],
)
def test_the_scope_is_read_from_the_right(credential: str, error: type[SigV4Error]) -> None:
    """R-16: a slash in the access key id shifts nothing; what cannot be an access key id is unknown."""
    with pytest.raises(error) as refused:
        parse(with_authorization(AUTHORIZATION.replace(f"{KEY_ID}/{SCOPE}", credential)))
    assert type(refused.value) is error


@pytest.mark.parametrize("region", ["us-east-1", "aws-global", "nowhere", "R2_D2"])
def test_any_region_will_do(region: str) -> None:
    assert claimed(with_authorization(AUTHORIZATION.replace("us-east-1", region))).region == region


FINGERPRINT = "(Hashed with SHA-256 and encoded with Base64) Authorization="


@pytest.mark.parametrize(
    ("request_", "start"),
    [
        (
            with_authorization("AWS4-HMAC-SHA256 Credential="),
            (
                "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. "
                f"Authorization header requires 'SignedHeaders' parameter. {FINGERPRINT}"
            ),
        ),
        (
            with_authorization(AUTHORIZATION, HOST),
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
            + FINGERPRINT,
        ),
        (
            with_authorization(f"AWS4-HMAC-SHA256 Credential={KEY_ID}/{SCOPE}, Signature={SIGNATURE}"),
            f"Authorization header requires 'SignedHeaders' parameter. {FINGERPRINT}",
        ),
        (
            with_authorization(AUTHORIZATION.replace("Credential=", "Credential= ")),
            (
                "Invalid key=value pair (missing equal-sign) in Authorization header "
                "(hashed with SHA-256 and encoded with Base64): '"
            ),
        ),
        (
            with_authorization(AUTHORIZATION + f", Signature={SIGNATURE}"),
            f"Authorization header holds an unknown parameter, or one twice. {FINGERPRINT}",
        ),
        (
            with_authorization(AUTHORIZATION.replace(f"/{SCOPE}", "")),
            (
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
                f"got '{KEY_ID}'"
            ),
        ),
        (
            with_authorization(AUTHORIZATION, (b"x-amz-date", b"yesterday")),
            "Date must be in ISO-8601 'basic format'. Got 'yesterday'. See http://en.wikipedia.org/wiki/ISO_8601",
        ),
        (
            replace(PLAIN, raw_query=b"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=x"),
            (
                "AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters must include "
                "'X-Amz-SignedHeaders'. AWS query-string parameters must include 'X-Amz-Date'. "
                "Re-examine the query-string parameters."
            ),
        ),
    ],
)
def test_the_words_of_an_incomplete_signature(request_: Request, start: str) -> None:
    with pytest.raises(IncompleteSignature) as refused:
        parse(request_)
    assert refused.value.message.startswith(start)
    assert SIGNATURE not in refused.value.message


@pytest.mark.parametrize(
    "text",
    [
        "20261122T100000Z ",
        "2026-11-22T10:00:00Z",
        "20260230T100000Z",
        "20261122T100060Z0",
        "20261122T100000",
        "\u0662\u0660\u0662\u0666\u0661\u0661\u0662\u0662T100000Z",
        "",
        "Sun, 22 Nov 2026 10:00:00 EST",
        "Sun, 32 Nov 2026 10:00:00 GMT",
        "2026" * 5000,
    ],
)
def test_texts_that_are_no_date(text: str) -> None:
    """R-08: a date that cannot be read is refused."""
    with pytest.raises(IncompleteSignature):
        parse(with_authorization(AUTHORIZATION, (b"x-amz-date", text.encode())))


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ([(b"x-amz-date", b"20261122T100000Z")], "20261122T100000Z"),
        ([(b"date", b"20261122T100000Z")], "20261122T100000Z"),
        ([(b"date", b"Sun, 22 Nov 2026 10:00:00 GMT")], "20261122T100000Z"),
        ([(b"date", b"Sun, 22 Nov 2026 10:00:00 -0000")], "20261122T100000Z"),
        (
            [(b"date", b"Sun, 22 Nov 2026 10:00:00 GMT"), (b"x-amz-date", b"20261122T111111Z")],
            "20261122T111111Z",
        ),
        ([(b"x-amz-date", b"20261122T111111Z"), (b"date", b"20200101T000000Z")], "20261122T111111Z"),
    ],
)
def test_where_the_date_comes_from(sent: list[tuple[bytes, bytes]], expected: str) -> None:
    """R-09: either header alone; with both, the one that is always signed."""
    assert claimed(with_authorization(AUTHORIZATION, *sent)).amz_date == expected


@pytest.mark.parametrize(
    "listed",
    ["", ";", "host;", ";host", "Host", "x-amz-date;host", "host;host", "host,x-amz-date", "host;ä", "a b"],
)
def test_lists_of_headers_that_are_none(listed: str) -> None:
    with pytest.raises(IncompleteSignature):
        parse(with_authorization(AUTHORIZATION.replace("host;x-amz-date", listed)))


@pytest.mark.parametrize(
    "signature",
    [
        SIGNATURE.upper(),
        SIGNATURE[1:],
        SIGNATURE + "0",
        "g" * 64,
        "0",
        f"Signature={SIGNATURE}",
        f"x{'y' * 8}={SIGNATURE}",
    ],
)
def test_signatures_that_are_none(signature: str) -> None:
    """R-01: only 64 hexadecimal digits in lower case can match."""
    with pytest.raises(SignatureDoesNotMatch):
        parse(with_authorization(AUTHORIZATION.replace(SIGNATURE, signature)))


@pytest.mark.parametrize(
    "seconds", ["0", "-1", "604801", "1e3", "900.0", "", "\u0669\u0660\u0660", "+900", "%2B900", "9999999999"]
)
def test_expiries_that_are_none(seconds: str) -> None:
    """R-08: a presigned request says 1 to 604800 seconds."""
    with pytest.raises(IncompleteSignature):
        parse(replace(IN_QUERY, raw_query=IN_QUERY.raw_query.replace(b"=900", b"=" + seconds.encode())))


@pytest.mark.parametrize("seconds", [1, 604800])
def test_the_bounds_of_an_expiry(seconds: int) -> None:
    raw_query = IN_QUERY.raw_query.replace(b"=900", f"={seconds}".encode())
    assert claimed(replace(IN_QUERY, raw_query=raw_query)).expires_seconds == seconds


@pytest.mark.parametrize("piece", [b"a=%", b"a=%4", b"a=%zz", b"%g0=1", b"a=%%41"])
def test_malformed_escapes(piece: bytes) -> None:
    with pytest.raises(IncompleteSignature):
        parse(replace(IN_QUERY, raw_query=IN_QUERY.raw_query + b"&" + piece))
