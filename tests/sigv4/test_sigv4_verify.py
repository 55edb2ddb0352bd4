"""The checks around the signature: time, scope, what must be signed, and the body."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from iamd.http import Request
from iamd.secret import Secret
from iamd.sigv4 import payload
from iamd.sigv4.claim import parse
from iamd.sigv4.errors import (
    PayloadMismatch,
    SignatureDoesNotMatch,
    SignatureExpired,
    SignatureNotYetCurrent,
    SigV4Error,
    UnsupportedPayload,
)
from iamd.sigv4.sign import Credentials, presign, sign
from iamd.sigv4.signing_key import derive
from iamd.sigv4.verify import verify

AT = datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)
SECRET = Secret("secret")
CREDENTIALS = Credentials(access_key_id="AKIAIOSFODNN7EXAMPLE", secret_access_key=SECRET)
PLAIN = Request(
    method="POST",
    raw_path=b"/",
    headers=((b"host", b"localhost"), (b"content-type", b"application/x-www-form-urlencoded")),
    body=b"Action=GetUser&Version=2010-05-08",
)
SIGNED = sign(PLAIN, CREDENTIALS, region="us-east-1", service="iam", at=AT)


def check(request: Request, *, service: str | None = "iam", now: datetime = AT) -> None:
    claim = parse(request)
    assert claim is not None
    verify(request, claim, derive(SECRET, claim.date, claim.region, claim.service), service=service, now=now)


def presigned(service: str, expires_seconds: int) -> Request:
    request = replace(PLAIN, method="GET", body=b"")
    return presign(
        request, CREDENTIALS, region="us-east-1", service=service, at=AT, expires_seconds=expires_seconds
    )


@pytest.mark.parametrize("seconds", [-900, -1, 0, 1, 899, 900])
def test_within_fifteen_minutes(seconds: int) -> None:
    """R-08: 900 seconds pass, both ways."""
    check(SIGNED, now=AT + timedelta(seconds=seconds))
    check(presigned("iam", 60), now=AT + timedelta(seconds=seconds))


def test_later_than_fifteen_minutes() -> None:
    """R-08: 901 seconds do not, with AWS's words."""
    with pytest.raises(SignatureExpired) as refused:
        check(SIGNED, now=AT + timedelta(seconds=901))
    assert refused.value.message == (
        "Signature expired: 20261122T100000Z is now earlier than 20261122T100001Z (20261122T101501Z - 15 min.)"
    )
    with pytest.raises(SignatureExpired):
        check(presigned("sts", 604800), service="sts", now=AT + timedelta(seconds=901))


def test_earlier_than_fifteen_minutes() -> None:
    """R-08: nor from the future."""
    with pytest.raises(SignatureNotYetCurrent) as refused:
        check(SIGNED, now=AT - timedelta(seconds=901))
    assert refused.value.message == (
        "Signature not yet current: 20261122T100000Z is still later than 20261122T095959Z "
        "(20261122T094459Z + 15 min.)"
    )
    with pytest.raises(SignatureNotYetCurrent):
        check(presigned("sts", 60), service="sts", now=AT - timedelta(seconds=901))


def test_s3_goes_by_the_expiry() -> None:
    """R-08: for S3 the parameter is the limit, beyond and below 15 minutes."""
    claim = parse(presigned("s3", 60))
    assert claim is not None
    key = derive(SECRET, claim.date, claim.region, claim.service)
    # The body of a presigned request of S3 is not signed, and only hashes are taken here: time is what is looked at.
    with pytest.raises(SignatureExpired):
        verify(presigned("s3", 60), claim, key, service="s3", now=AT + timedelta(seconds=61))
    for seconds, expires in ((60, 60), (604800, 604800)):
        request = presigned("s3", expires)
        later = parse(request)
        assert later is not None
        with pytest.raises(SignatureDoesNotMatch) as refused:
            verify(request, later, key, service="s3", now=AT + timedelta(seconds=seconds))
        assert type(refused.value) is SignatureDoesNotMatch


def test_s3_without_an_expiry() -> None:
    request = presigned("s3", 60)
    request = replace(request, raw_query=request.raw_query.replace(b"&X-Amz-Expires=60", b""))
    with pytest.raises(SignatureExpired):
        check(request, service="s3")


def test_the_date_of_the_scope() -> None:
    """R-08: the scope is of the day on which was signed."""
    headers = tuple(
        (name, value.replace(b"/20261122/", b"/20261121/")) if name == b"authorization" else (name, value)
        for name, value in SIGNED.headers
    )
    with pytest.raises(SignatureDoesNotMatch) as refused:
        check(replace(SIGNED, headers=headers))
    assert refused.value.message == (
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
        "'20261121' != '20261122', from '20261122T100000Z'."
    )


def test_the_service_of_the_scope() -> None:
    check(SIGNED, service=None)
    with pytest.raises(SignatureDoesNotMatch) as refused:
        check(SIGNED, service="sts")
    assert refused.value.message == "Credential should be scoped to correct service: 'sts'."


def test_another_secret() -> None:
    """R-01: the words do not tell what was wrong."""
    claim = parse(SIGNED)
    assert claim is not None
    with pytest.raises(SignatureDoesNotMatch) as refused:
        verify(SIGNED, claim, derive(Secret("other"), claim.date, "us-east-1", "iam"), service="iam", now=AT)
    assert refused.value.message == (
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
        "Key and signing method. Consult the service documentation for details."
    )


def test_the_host_must_be_signed() -> None:
    claim = parse(SIGNED)
    assert claim is not None
    key = derive(SECRET, claim.date, claim.region, claim.service)
    with pytest.raises(SignatureDoesNotMatch) as refused:
        verify(SIGNED, replace(claim, signed_headers=(b"x-amz-date",)), key, service="iam", now=AT)
    assert (
        refused.value.message == "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
    )


@pytest.mark.parametrize("name", [b"x-amz-security-token", b"x-amz-target", b"x-amz-", b"x-amz-date"])
@pytest.mark.parametrize("way", ["header", "query"])
def test_amazon_headers_must_be_signed(way: str, name: bytes) -> None:
    """R-04: one that is not is refused, not dropped from the calculation."""
    request = SIGNED if way == "header" else presigned("iam", 60)
    with pytest.raises(SigV4Error):
        check(replace(request, headers=(*request.headers, (name, b"20261122T100000Z"))))


def test_other_headers_may_be_added_on_the_way() -> None:
    check(
        replace(
            SIGNED, headers=(*SIGNED.headers, (b"x-forwarded-proto", b"https"), (b"x-amzn-trace-id", b"1"))
        )
    )


def test_a_signed_header_that_is_gone() -> None:
    with pytest.raises(SignatureDoesNotMatch):
        check(
            replace(SIGNED, headers=tuple(field for field in SIGNED.headers if field[0] != b"content-type"))
        )


@pytest.mark.parametrize(
    "declared",
    [
        "UNSIGNED-PAYLOAD",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
        "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD",
        "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER",
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "required",
        "",
        payload.hash_of(PLAIN.body).upper(),
    ],
)
def test_bodies_that_nobody_signed(declared: str) -> None:
    """R-01, R-19: only a hash is taken; every other value is refused, rightly signed or not."""
    signed = sign(PLAIN, CREDENTIALS, region="us-east-1", service="iam", at=AT, payload_hash=declared or " ")
    if not declared:
        signed = replace(
            signed,
            headers=tuple((n, b"" if n == b"x-amz-content-sha256" else v) for n, v in signed.headers),
        )
    with pytest.raises(UnsupportedPayload):
        check(signed)
    zero = tuple(
        (name, value[:-64] + b"0" * 64) if name == b"authorization" else (name, value)
        for name, value in signed.headers
    )
    with pytest.raises(SigV4Error):
        check(replace(signed, headers=zero))


def test_a_declared_hash_is_compared_with_the_body() -> None:
    """R-01: with a hash declared, its signature and its body must both be right."""
    actual = payload.hash_of(PLAIN.body)
    signed = sign(PLAIN, CREDENTIALS, region="us-east-1", service="iam", at=AT, payload_hash=actual)
    check(signed)
    with pytest.raises(PayloadMismatch):
        check(replace(signed, body=b"Action=DeleteUser&Version=2010-05-08"))
    other = sign(PLAIN, CREDENTIALS, region="us-east-1", service="iam", at=AT, payload_hash="0" * 64)
    with pytest.raises(PayloadMismatch):
        check(other)


def test_a_hash_declared_in_the_query() -> None:
    request = replace(PLAIN, raw_query=b"X-Amz-Content-Sha256=" + payload.hash_of(PLAIN.body).encode())
    signed = presign(request, CREDENTIALS, region="us-east-1", service="iam", at=AT, expires_seconds=60)
    check(signed)
    with pytest.raises(PayloadMismatch):
        check(replace(signed, body=b""))
    unsigned = replace(PLAIN, raw_query=b"X-Amz-Content-Sha256=UNSIGNED-PAYLOAD")
    signed = presign(unsigned, CREDENTIALS, region="us-east-1", service="iam", at=AT, expires_seconds=60)
    with pytest.raises(UnsupportedPayload):
        check(signed)
