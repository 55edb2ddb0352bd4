"""Botocore's signers sign, and we verify; we sign, and the signature is botocore's."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote, urlsplit

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from iamd.http import Request
from iamd.secret import Secret
from iamd.sigv4.claim import parse
from iamd.sigv4.errors import SigV4Error
from iamd.sigv4.sign import Credentials, presign, sign
from iamd.sigv4.signing_key import derive
from iamd.sigv4.verify import verify

KEY_ID = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
TOKEN = "FwoGZXIvYXdzE/+abc=="
HOST = "127.0.0.1:8000"

Field = tuple[str, str]

patient = settings(deadline=None)  # Other work on the machine is no failure.

segments = st.one_of(
    st.sampled_from(["", ".", "..", "a", "%2F", "%2f", "%20", "~u", "a=b", "x+y", "é".encode().hex(), "(*)"]),
    st.text("abz019-_.~!$'()*+,;=:@", max_size=6),
)
paths = st.lists(segments, max_size=4).map(lambda parts: "/" + "/".join(parts))
words = st.text(max_size=8).filter(lambda text: not text.lower().startswith("x-amz"))
queries = st.lists(st.tuples(words.filter(bool), words), max_size=4).map(
    lambda pairs: "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in pairs)
)
values = st.text("abc 019;,=/\"'", max_size=20).map(str.strip)
headers = st.lists(
    st.tuples(
        st.sampled_from(["x-amz-target", "x-amz-meta-a", "X-Custom", "Accept", "content-type"]), values
    ),
    max_size=5,
    unique_by=lambda field: field[0],
)


def sent(aws_request: AWSRequest) -> Request:
    """Return what goes over the connection for a request that botocore has signed."""
    prepared = aws_request.prepare()
    url = urlsplit(prepared.url)
    assert not url.fragment
    body = prepared.body or b""
    assert isinstance(body, bytes)
    lines = [(name.lower().encode(), value.encode().strip()) for name, value in prepared.headers.items()]
    return Request(
        method=prepared.method,
        raw_path=(url.path or "/").encode(),
        raw_query=url.query.encode(),
        headers=((b"host", HOST.encode()), *lines),
        body=body,
    )


def signed_by_botocore(
    signer: Callable[..., SigV4Auth],
    service: str,
    method: str = "POST",
    path: str = "/",
    query: str = "",
    fields: list[Field] | None = None,
    body: bytes = b"",
    token: str | None = None,
) -> Request:
    request = AWSRequest(method, f"http://{HOST}{path}" + (f"?{query}" if query else ""), data=body)
    for name, value in fields or []:
        request.headers[name] = value
    signer(BotocoreCredentials(KEY_ID, SECRET, token), service, "eu-central-1").add_auth(request)
    return sent(request)


def check(request: Request, service: str, secret: str = SECRET) -> None:
    claim = parse(request)
    assert claim is not None
    key = derive(Secret(secret), claim.date, claim.region, claim.service)
    verify(request, claim, key, service=service, now=claim.timestamp)


@patient
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD"]),
    path=paths,
    query=queries,
    fields=headers,
    body=st.binary(max_size=64),
    token=st.sampled_from([None, TOKEN]),
)
def test_what_botocore_signs_in_the_header_verifies(
    method: str, path: str, query: str, fields: list[Field], body: bytes, token: str | None
) -> None:
    request = signed_by_botocore(SigV4Auth, "iam", method, path, query, fields, body, token)
    check(request, "iam")
    with pytest.raises(SigV4Error):
        check(request, "iam", secret="another")


@patient
@given(path=paths, query=queries, fields=headers, body=st.binary(max_size=64))
def test_what_botocore_signs_for_s3_verifies(path: str, query: str, fields: list[Field], body: bytes) -> None:
    request = signed_by_botocore(S3SigV4Auth, "s3", "PUT", path, query, fields, body)
    assert request.header(b"x-amz-content-sha256") is not None
    check(request, "s3")


@patient
@given(path=paths, fields=headers, token=st.sampled_from([None, TOKEN]))
def test_what_botocore_presigns_verifies(path: str, fields: list[Field], token: str | None) -> None:
    query = "Action=GetCallerIdentity&Version=2011-06-15"
    request = signed_by_botocore(SigV4QueryAuth, "sts", "GET", path, query, fields, b"", token)
    claim = parse(request)
    assert claim is not None
    assert claim.presigned
    assert claim.expires_seconds == 3600
    assert (claim.session_token.reveal() if claim.session_token else None) == token
    check(request, "sts")


def test_a_token_for_eks_verifies_for_fifteen_minutes_though_it_says_sixty_seconds() -> None:
    def signer(credentials: BotocoreCredentials, service: str, region: str) -> SigV4Auth:
        return SigV4QueryAuth(credentials, service, region, expires=60)

    query = "Action=GetCallerIdentity&Version=2011-06-15"
    request = signed_by_botocore(signer, "sts", "GET", "/", query, [("x-k8s-aws-id", "cluster")], b"", TOKEN)
    claim = parse(request)
    assert claim is not None
    assert claim.expires_seconds == 60
    assert claim.signed_headers == (b"host", b"x-k8s-aws-id")
    key = derive(Secret(SECRET), claim.date, claim.region, claim.service)
    verify(request, claim, key, service="sts", now=claim.timestamp + timedelta(minutes=15))


@patient
@given(method=st.sampled_from(["GET", "POST"]), path=paths, query=queries, body=st.binary(max_size=64))
def test_our_signature_is_botocores(method: str, path: str, query: str, body: bytes) -> None:
    fields = [("content-type", "text/plain;  charset=utf-8"), ("x-amz-meta-a", "1")]
    theirs = signed_by_botocore(SigV4Auth, "iam", method, path, query, fields, body, TOKEN)
    claim = parse(theirs)
    assert claim is not None
    plain = tuple(
        (name, value) for name, value in theirs.headers if name in (b"host", b"content-type", b"x-amz-meta-a")
    )
    credentials = Credentials(
        access_key_id=KEY_ID, secret_access_key=Secret(SECRET), session_token=Secret(TOKEN)
    )
    ours = sign(
        replace(theirs, headers=plain), credentials, region="eu-central-1", service="iam", at=claim.timestamp
    )
    assert ours.header(b"authorization") == theirs.header(b"authorization")
    check(ours, "iam")


EXAMPLE = Request(
    method="POST",
    raw_path=b"/some/path",
    raw_query=b"Action=GetUser&UserName=bob%20b",
    headers=((b"host", b"iam.example.org"), (b"content-type", b"text/plain"), (b"x-amz-meta-a", b"value")),
    body=b"the body",
)


def flips(value: bytes) -> list[bytes]:
    """Return *value* with each byte changed, one at a time."""
    return [value[:i] + bytes([value[i] ^ 1]) + value[i + 1 :] for i in range(len(value))]


def mutants(request: Request) -> list[Request]:
    changed = [replace(request, method=method) for method in ("GET", "PUT", "post", "POSS")]
    changed += [replace(request, raw_path=path) for path in flips(request.raw_path)]
    changed += [replace(request, raw_query=query) for query in flips(request.raw_query)]
    changed += [replace(request, body=body) for body in flips(request.body)]
    for i, (name, value) in enumerate(request.headers):
        before, after = request.headers[:i], request.headers[i + 1 :]
        changed += [replace(request, headers=(*before, (name, flipped), *after)) for flipped in flips(value)]
        changed += [replace(request, headers=(*before, (flipped, value), *after)) for flipped in flips(name)]
        changed.append(replace(request, headers=(*before, *after)))
    changed.append(replace(request, body=request.body + b"!"))
    changed.append(replace(request, raw_query=request.raw_query + b"&UserName=eve"))
    return changed


@pytest.mark.parametrize("way", ["header", "query"])
def test_a_flip_of_any_signed_byte_is_refused(way: str) -> None:
    """R-01, R-04: method, path, query, each header, body, scope, date and signature are all covered."""
    credentials = Credentials(
        access_key_id=KEY_ID, secret_access_key=Secret(SECRET), session_token=Secret(TOKEN)
    )
    eks = signed_by_botocore(SigV4Auth, "iam")
    claim = parse(eks)
    assert claim is not None
    if way == "header":
        signed = sign(EXAMPLE, credentials, region="eu-central-1", service="iam", at=claim.timestamp)
    else:
        signed = presign(
            EXAMPLE,
            credentials,
            region="eu-central-1",
            service="iam",
            at=claim.timestamp,
            expires_seconds=900,
        )
    check(signed, "iam")
    key = derive(Secret(SECRET), claim.date, claim.region, "iam")
    survivors = []
    for mutant in mutants(signed):
        try:
            mutated_claim = parse(mutant)
            # The access key id is no part of what is signed: it chooses the key, so another one has another key.
            if mutated_claim is not None and mutated_claim.access_key_id != KEY_ID:
                continue
            # A request that still carries a session token does not become anonymous.
            if mutated_claim is not None:
                verify(mutant, mutated_claim, key, service="iam", now=claim.timestamp)
        except SigV4Error:
            continue
        survivors.append(mutant)
    assert survivors == []


@patient
@given(extra=st.text("abcdefgh-", min_size=1, max_size=12), way=st.sampled_from([SigV4Auth, SigV4QueryAuth]))
def test_an_amazon_header_added_after_signing_is_refused(extra: str, way: Callable[..., SigV4Auth]) -> None:
    """R-04: an unsigned x-amz-* header is refused, not ignored."""
    request = signed_by_botocore(way, "sts", "GET")
    name = b"x-amz-" + extra.encode()
    with pytest.raises(SigV4Error):
        check(replace(request, headers=(*request.headers, (name, b"1"))), "sts")


@pytest.mark.parametrize("way", [SigV4Auth, SigV4QueryAuth])
def test_the_user_agent_of_an_sdk_may_stay_unsigned(way: Callable[..., SigV4Auth]) -> None:
    request = signed_by_botocore(way, "sts", "GET")
    check(replace(request, headers=(*request.headers, (b"x-amz-user-agent", b"aws-sdk-rust/1"))), "sts")
