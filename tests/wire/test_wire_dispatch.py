"""Which operation a request asks for, and what is refused before anybody is asked who they are."""

from urllib.parse import quote_plus

import pytest

from iamd.errors import (
    InvalidAction,
    MalformedInput,
    MalformedQueryString,
    MissingAction,
    ServiceError,
    SignatureDoesNotMatch,
)
from iamd.http import Request
from iamd.wire.dispatch import MAX_FIELDS, dispatch, read_form, service_of_error

FORM = b"application/x-www-form-urlencoded"
IAM, STS = b"Version=2010-05-08", b"Version=2011-06-15"


def post(
    body: bytes, *, query: bytes = b"", content_type: bytes = FORM + b"; charset=utf-8", **extra: str
) -> Request:
    headers = tuple((name.replace("_", "-").encode(), value.encode()) for name, value in extra.items())
    return Request(
        method="POST",
        raw_path=b"/",
        raw_query=query,
        headers=((b"content-type", content_type), *headers),
        body=body,
    )


def get(query: bytes) -> Request:
    return Request(method="GET", raw_path=b"/", raw_query=query)


def refusal(request: Request, scope: str | None = "iam") -> tuple[type[ServiceError], str | None]:
    with pytest.raises(ServiceError) as refused:
        dispatch(request, scope)
    return type(refused.value), refused.value.message


# Finding the operation.


@pytest.mark.parametrize("scope", ["iam", None])
def test_a_post_finds_its_operation_and_keeps_the_other_fields(scope: str | None) -> None:
    found = dispatch(post(b"Action=GetUser&UserName=bob&" + IAM), scope)
    assert (found.operation.service, found.operation.name) == ("iam", "GetUser")
    assert found.form == {"UserName": "bob"}


def test_a_get_takes_its_fields_from_the_query() -> None:
    found = dispatch(get(b"Action=GetCallerIdentity&" + STS), "sts")
    assert (found.operation.service, found.operation.name, found.form) == ("sts", "GetCallerIdentity", {})


def test_the_time_that_old_sdks_put_beside_their_fields_is_no_field() -> None:
    found = dispatch(post(b"Action=GetUser&Timestamp=2026-11-21T00%3A00%3A00Z&" + IAM), "iam")
    assert found.form == {}


def test_an_unsigned_request_is_known_by_its_version_and_action() -> None:
    body = b"Action=AssumeRoleWithWebIdentity&WebIdentityToken=x&" + STS
    assert dispatch(post(body), None).operation.name == "AssumeRoleWithWebIdentity"


def test_the_parameters_of_a_signature_are_no_fields_of_a_query_whatever_their_case() -> None:
    """R-05: what a signature needs is the guard's, and never reaches an operation."""
    request = get(
        b"Action=GetUser&" + IAM + b"&X-Amz-Signature=0&x-amz-credential=a&X-AMZ-Date=b&UserName=bob"
    )
    assert dispatch(request, "iam").form == {"UserName": "bob"}


def test_a_post_may_be_presigned() -> None:
    request = post(b"Action=GetUser&" + IAM, query=b"X-Amz-Signature=0&x-amz-credential=a")
    assert dispatch(request, "iam").form == {}


def test_the_fields_of_a_request_do_not_show_in_its_repr() -> None:
    found = dispatch(post(b"Action=CreateLoginProfile&Password=hunter2&" + IAM), "iam")
    assert "hunter2" not in repr(found)


# The service is the one in the scope.


@pytest.mark.parametrize(
    ("scope", "fields", "correct"),
    [
        ("iam", b"Action=GetCallerIdentity&" + STS, "sts"),
        ("sts", b"Action=GetUser&" + IAM, "iam"),
        ("sts", b"Action=Nonsense&" + IAM, "iam"),
        ("iam", b"Action=AssumeRole", "sts"),
        ("iam", b"Action=AssumeRole&" + IAM, "sts"),
        ("s3", b"Action=GetUser&" + IAM, "iam"),
        ("", b"Action=GetUser&" + IAM, "iam"),
        ("IAM", b"Action=GetUser&" + IAM, "iam"),
    ],
)
def test_a_credential_for_another_service_is_wrongly_scoped(scope: str, fields: bytes, correct: str) -> None:
    expected = f"Credential should be scoped to correct service: '{correct}'. "
    assert refusal(post(fields), scope) == (SignatureDoesNotMatch, expected)


@pytest.mark.parametrize("scope", ["iam", "sts", "s3", None])
@pytest.mark.parametrize("fields", [b"", b"Action=", IAM, b"action=GetUser", b"Foo=bar", b"&&"])
def test_a_request_without_an_action_is_refused(fields: bytes, scope: str | None) -> None:
    assert refusal(post(fields), scope) == (MissingAction, "No action was supplied with this request.")


@pytest.mark.parametrize(
    ("fields", "scope", "text"),
    [
        (b"Action=Foo&" + IAM, "iam", "Could not find operation Foo for version 2010-05-08"),
        (b"Action=getuser&" + IAM, "iam", "Could not find operation getuser for version 2010-05-08"),
        (
            b"Action=GetUser&Version=2010-05-09",
            "iam",
            "Could not find operation GetUser for version 2010-05-09",
        ),
        (b"Action=GetUser", "iam", "Could not find operation GetUser for version NO_VERSION_SPECIFIED"),
        (b"Action=GetUser", None, "Could not find operation GetUser for version NO_VERSION_SPECIFIED"),
        (b"Action=Foo&Version=1", None, "Could not find operation Foo for version 1"),
        (b"Action=AssumeRole&" + IAM, None, "Could not find operation AssumeRole for version 2010-05-08"),
        (b"Action=Foo&Version=1", "s3", "Could not find operation Foo for version 1"),
    ],
)
def test_an_action_that_the_version_does_not_have_is_refused(
    fields: bytes, scope: str | None, text: str
) -> None:
    assert refusal(post(fields), scope) == (InvalidAction, text)


def test_an_endless_action_is_not_repeated_at_length() -> None:
    _, message = refusal(post(b"Action=" + b"A" * 100_000 + b"&" + IAM))
    assert message is not None
    assert len(message) < 300


# Fields in one place only.


@pytest.mark.parametrize(
    "query", [b"Action=GetUser", b"Action=GetUser&X-Amz-Date=x", b"UserName=bob", b"Version=1", b"%58-Bmz=1"]
)
def test_a_post_with_fields_in_its_query_is_refused(query: bytes) -> None:
    """R-70: an action in both query and body, or in the query of a POST at all, is refused."""
    expected = (MalformedQueryString, "the parameters of a POST belong in its body")
    assert refusal(post(b"Action=GetUser&" + IAM, query=query)) == expected
    assert refusal(post(b"", query=query)) == expected


def test_a_get_with_a_body_is_refused() -> None:
    request = Request(
        method="GET", raw_path=b"/", raw_query=b"Action=GetUser&" + IAM, body=b"Action=DeleteUser"
    )
    assert refusal(request) == (MalformedInput, "a GET request has no body")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD", "PATCH", "OPTIONS", "get"])
def test_another_method_is_refused(method: str) -> None:
    request = Request(method=method, raw_path=b"/", raw_query=b"Action=GetUser&" + IAM)
    assert refusal(request) == (MalformedInput, "the method of a request is GET or POST")


@pytest.mark.parametrize(
    "content_type",
    [
        FORM,
        FORM + b";charset=UTF-8",
        FORM + b'; charset="utf-8"',
        b"Application/X-WWW-Form-URLencoded",
        FORM + b"; a=b",
    ],
)
def test_the_form_content_type_is_taken_in_every_spelling(content_type: bytes) -> None:
    request = post(b"Action=GetUser&" + IAM, content_type=content_type)
    assert dispatch(request, "iam").operation.name == "GetUser"


@pytest.mark.parametrize(
    "content_type",
    [
        b"application/json",
        b"application/x-amz-json-1.1",
        b"multipart/form-data; boundary=x",
        b"text/plain",
        b"",
        FORM + b"; charset=iso-8859-1",
        FORM + b"; charset=utf-7; charset=utf-8",
        FORM + b", application/json",
    ],
)
def test_another_content_type_is_refused(content_type: bytes) -> None:
    request = post(b"Action=GetUser&" + IAM, content_type=content_type)
    assert refusal(request)[0] is MalformedInput


def test_two_content_types_or_none_are_refused() -> None:
    body = b"Action=GetUser&" + IAM
    for headers in ((), ((b"content-type", FORM), (b"content-type", FORM))):
        assert refusal(Request(method="POST", raw_path=b"/", headers=headers, body=body))[0] is MalformedInput


@pytest.mark.parametrize("encoding", ["aws-chunked", "gzip", "identity, aws-chunked"])
def test_an_encoded_body_is_refused(encoding: str) -> None:
    """R-19: an aws-chunked body to IAM or STS is a 4xx."""
    body = b"2c;chunk-signature=0\r\nAction=GetUser&" + IAM + b"\r\n0;chunk-signature=0\r\n\r\n"
    kind, _ = refusal(post(body, content_encoding=encoding))
    assert kind is MalformedInput
    assert kind.status == 400


# Strict decoding.


def test_plus_is_a_space_and_percent_encoding_is_utf_8() -> None:
    text = "a b+c%&=é🔑;\t\r\n\u2028"
    body = f"A={quote_plus(text)}&B+C=1+2&%44=%2b&E=é&F=x=y&G=&H".encode()
    expected = {"A": text, "B C": "1 2", "D": "+", "E": "é", "F": "x=y", "G": "", "H": ""}
    assert read_form(post(body)) == expected
    assert read_form(get(body)) == expected


@pytest.mark.parametrize(
    "field",
    [
        b"A=%", b"A=%4", b"A=%zz", b"A=%%34", b"%4=x", b"A=%u0041", b"A=% 41",
        b"A=%ff", b"A=%c0%80", b"A=%ed%a0%80", b"A=%f4%90%80%80", b"A=\xff", b"\xc3=1", b"A=%c3",
        b"A=%00", b"%00=A", b"A=\x00", b"A=%01", b"A=%1F", b"A=\x0b", b"A=%ef%bf%bf", b"A=%EF%BF%BE",
        b"=x", b"=", b"A=1&A=2", b"A=1&A=1", b"A=1&%41=2", b"A&A",
    ],
)  # fmt: skip
def test_a_malformed_or_doubled_field_is_refused(field: bytes) -> None:
    """R-05, R-69, R-70: bad escapes, bad UTF-8, what XML cannot carry, duplicate keys however they are spelled."""
    for request in (
        post(b"Action=GetUser&" + IAM + b"&" + field),
        get(b"Action=GetUser&" + IAM + b"&" + field),
    ):
        kind, message = refusal(request)
        assert kind is MalformedQueryString
        assert kind.status == 404  # AWS: Common Errors, MalformedQueryString
        assert message


def test_an_action_given_twice_is_refused() -> None:
    """R-70: duplicate keys are refused, the first action being no better than the last."""
    expected = (MalformedQueryString, "a parameter is given twice")
    assert refusal(post(b"Action=GetUser&Action=DeleteUser&" + IAM)) == expected
    assert refusal(get(b"Action=GetUser&" + IAM + b"&" + IAM)) == expected


def test_the_number_of_fields_is_bounded() -> None:
    """R-70: at most 2000 fields; they are counted before they are split."""

    def fields(count: int) -> bytes:
        return b"&".join(b"F%d=" % number for number in range(count))

    assert len(read_form(post(fields(MAX_FIELDS)))) == MAX_FIELDS == 2000
    expected = (MalformedQueryString, "a request has at most 2000 parameters")
    assert refusal(post(fields(MAX_FIELDS + 1))) == expected
    assert refusal(get(fields(MAX_FIELDS + 1))) == expected
    assert refusal(post(b"", query=fields(MAX_FIELDS + 1))) == expected
    assert refusal(post(b"&" * 1_000_000)) == expected


def test_no_refusal_quotes_a_value() -> None:
    for field in (b"Password=hunter2%00", b"Password=hunter2%zz", b"Password=hunter2&Password=hunter2"):
        _, message = refusal(post(b"Action=CreateLoginProfile&" + IAM + b"&" + field))
        assert "hunter2" not in (message or "")


# Whose errors they are.


@pytest.mark.parametrize(
    ("request_", "service"),
    [
        (
            post(b"%", authorization="AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/sts/aws4_request, x"),
            "sts",
        ),
        (
            post(b"%", authorization="AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/iam/aws4_request, x"),
            "iam",
        ),
        (get(b"X-Amz-Credential=A%2F20260101%2Fus-east-1%2Fsts%2Faws4_request&%"), "sts"),
        (get(b"X-Amz-Credential=A/20260101/us-east-1/iam/aws4_request&%"), "iam"),
        (post(IAM + b"&%"), "iam"),
        (get(STS + b"&%"), "sts"),
        (post(b"%"), ""),
        (post(b"", authorization="Bearer x"), ""),
        (post(b"", authorization="AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/s3/aws4_request"), ""),
    ],
)
def test_an_error_before_dispatch_still_finds_its_service(request_: Request, service: str) -> None:
    assert service_of_error(request_) == service


def test_an_unknown_name_is_not_repeated_beyond_what_names_consist_of() -> None:
    """A form that was put together wrongly may go on with a password."""
    body = b"Action=ChangePassword&Version=2010-05-08[NewPassword=secret"
    with pytest.raises(InvalidAction) as error:
        dispatch(post(body), "iam")
    assert error.value.message == "Could not find operation ChangePassword for version 2010-05-08"
