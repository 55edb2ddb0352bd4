"""Signing: what is added, what is taken away, what is refused."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from iamd.http import Request
from iamd.secret import Secret
from iamd.sigv4 import payload
from iamd.sigv4.claim import parse
from iamd.sigv4.sign import Credentials, presign, sign

AT = datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)
CREDENTIALS = Credentials(
    access_key_id="ASIAIOSFODNN7EXAMPLE",
    secret_access_key=Secret("secret"),
    session_token=Secret("a/token+="),
)
PLAIN = Request(method="GET", raw_path=b"/key", headers=((b"host", b"localhost"), (b"accept", b"*/*")))


def test_what_came_with_another_signature_is_gone() -> None:
    foreign = (
        (b"authorization", b"AWS4-HMAC-SHA256 Credential=other"),
        (b"x-amz-security-token", b"other"),
        (b"x-amz-content-sha256", b"other"),
        (b"x-amz-date", b"20200101T000000Z"),
        (b"date", b"20200101T000000Z"),
    )
    signed = sign(
        replace(PLAIN, headers=PLAIN.headers + foreign), CREDENTIALS, region="us-east-1", service="iam", at=AT
    )
    assert dict(signed.headers[:-1]) == {
        b"host": b"localhost",
        b"accept": b"*/*",
        b"x-amz-date": b"20261122T100000Z",
        b"x-amz-security-token": b"a/token+=",
    }
    claim = parse(signed)
    assert claim is not None
    assert claim.signed_headers == (b"host", b"x-amz-date", b"x-amz-security-token")


def test_s3_sees_the_hash() -> None:
    signed = sign(PLAIN, CREDENTIALS, region="us-east-1", service="s3", at=AT)
    assert signed.header(b"x-amz-content-sha256") == payload.hash_of(b"").encode()
    unsigned = sign(
        PLAIN, CREDENTIALS, region="us-east-1", service="s3", at=AT, payload_hash=payload.UNSIGNED
    )
    assert unsigned.header(b"x-amz-content-sha256") == b"UNSIGNED-PAYLOAD"


def test_a_presigned_request_carries_all_in_its_query() -> None:
    request = replace(PLAIN, raw_query=b"a=1")
    signed = presign(request, CREDENTIALS, region="us-east-1", service="s3", at=AT, expires_seconds=60)
    assert signed.headers == PLAIN.headers
    assert signed.raw_query.startswith(b"a=1&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=ASIA")
    claim = parse(signed)
    assert claim is not None
    assert claim.session_token is not None
    assert claim.session_token.reveal() == "a/token+="


@pytest.mark.parametrize("expires_seconds", [0, -1, 604801])
def test_expiries_out_of_bounds(expires_seconds: int) -> None:
    with pytest.raises(ValueError, match="within a week"):
        presign(PLAIN, CREDENTIALS, region="r", service="s3", at=AT, expires_seconds=expires_seconds)


def test_a_request_without_a_host_or_signed_already_is_not_signed() -> None:
    with pytest.raises(ValueError, match="host"):
        sign(replace(PLAIN, headers=()), CREDENTIALS, region="r", service="s3", at=AT)
    with pytest.raises(ValueError, match="already"):
        sign(replace(PLAIN, raw_query=b"x-amz-Signature=1"), CREDENTIALS, region="r", service="s3", at=AT)
