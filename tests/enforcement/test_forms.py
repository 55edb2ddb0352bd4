"""Forms that browsers post: signed, held to their policy, authorized, and passed on as uploads."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.support.forms import BOUNDARY, expiration, multipart, send, signed_fields
from tests.support.guarded import Guarded, guarded_world, upstream_of
from tests.support.upstream import Store
from tests.support.world import ACCOUNT, Actor, allow, deny, document

MEBIBYTE = 1024 * 1024
ANY = [["starts-with", "$key", ""], {"bucket": "data"}]


@pytest.fixture(scope="module")
def world(store: Store) -> Iterator[Guarded]:
    with guarded_world(store, upstream_of(store, public_access=True)) as made:
        yield made


@pytest.fixture(scope="module")
def writer(world: Guarded) -> Actor:
    return world.user(
        "form-writer",
        allow("s3:PutObject", "arn:aws:s3:::data/*"),
        deny("s3:*", "arn:aws:s3:::data/secret/*"),
    )


def code_of(answer: tuple[int, Any, bytes]) -> tuple[int, str]:
    found = re.search(rb"<Code>(\w+)</Code>", answer[2])
    return answer[0], found[1].decode() if found else ""


def posted(
    world: Guarded, actor: Actor, conditions: list[Any] | None = None, file: bytes = b"x", **fields: str
) -> Any:
    named = {name.replace("__", "-"): value for name, value in ({"key": "k"} | fields).items()}
    return send(
        world, multipart(signed_fields(actor, ANY if conditions is None else conditions, named), file)
    )


def test_a_form_of_boto3(world: Guarded, store: Store, writer: Actor) -> None:
    form = world.s3(writer).generate_presigned_post(
        "data",
        "user/${filename}",
        Fields={"Content-Type": "image/png", "x-amz-meta-tint": "blue"},
        Conditions=[
            {"Content-Type": "image/png"},
            {"x-amz-meta-tint": "blue"},
            ["content-length-range", 1, 9],
        ],
    )
    assert urlsplit(form["url"]).path == "/data"
    status, headers, body = send(world, multipart(form["fields"], b"a picture", filename="C:\\me\\a b.png"))
    assert (status, body) == (204, b"")
    assert headers["location"] == f"{world.url}/data/user/a%20b.png"
    put = store.seen[-1]
    assert (put.request.method, put.request.raw_path, put.refusal) == ("PUT", b"/data/user/a%20b.png", "")
    assert put.request.header(b"content-type") == b"image/png"
    assert put.request.header(b"x-amz-meta-tint") == b"blue"
    assert put.request.header(b"content-length") == b"9"
    assert store.objects[b"/data/user/a%20b.png"] == b"a picture"


@pytest.mark.parametrize("size", [0, 1, MEBIBYTE - 1, MEBIBYTE, 3 * MEBIBYTE + 7])
def test_files_of_all_lengths(world: Guarded, store: Store, writer: Actor, size: int) -> None:
    file = (bytes(range(256)) * (size // 256 + 1))[:size]
    assert posted(world, writer, file=file, key=f"size-{size}")[0] == 204
    assert store.objects[b"/data/size-%d" % size] == file


def test_a_delimiter_that_nearly_is_one(world: Guarded, store: Store, writer: Actor) -> None:
    file = (f"\r\n--{BOUNDARY[:-1]}X\r\n--\r\n-".encode() * 40_000)[: 2 * MEBIBYTE]
    assert posted(world, writer, file=file, key="nearly")[0] == 204
    assert store.objects[b"/data/nearly"] == file


@pytest.mark.parametrize(
    ("fields", "status", "location"),
    [
        ({}, 204, "/data/k"),
        ({"success_action_status": "200"}, 200, "/data/k"),
        ({"success_action_status": "201"}, 201, "/data/k"),
        ({"success_action_status": "302"}, 204, "/data/k"),
        ({"success_action_redirect": "https://app.example/done?x=1#y"}, 303, "https://app.example/done?x=1&bucket=data&key=k&etag=%22e%22"),
        ({"redirect": "https://app.example/"}, 303, "https://app.example/?bucket=data&key=k&etag=%22e%22"),
        ({"success_action_redirect": "javascript:alert(1)", "success_action_status": "200"}, 200, "/data/k"),
    ],
)  # fmt: skip
def test_what_the_browser_is_answered(
    world: Guarded, store: Store, writer: Actor, fields: dict[str, Any], status: int, location: str
) -> None:
    store.answer_headers = [(b"etag", b'"e"'), (b"x-amz-version-id", b"v1"), (b"x-other", b"1")]
    try:
        answer = posted(world, writer, [*ANY, *({name: value} for name, value in fields.items())], **fields)
    finally:
        store.answer_headers = []
    expected = location if "://" in location else world.url + location
    assert (answer[0], answer[1]["location"], answer[1]["etag"]) == (status, expected, '"e"')
    assert answer[1]["x-amz-version-id"] == "v1"
    assert "x-other" not in answer[1]
    if status == 201:
        assert answer[2] == (
            b'<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse><Location>%b/data/k</Location>'
            b'<Bucket>data</Bucket><Key>k</Key><ETag>"e"</ETag></PostResponse>' % world.url.encode()
        )


def test_a_store_that_refuses_is_heard(world: Guarded, store: Store, writer: Actor) -> None:
    store.answers["PUT", b"/data/full"] = (507, b"<Error><Code>Full</Code></Error>")
    assert code_of(posted(world, writer, key="full")) == (507, "Full")


@pytest.mark.parametrize(
    ("conditions", "fields", "answer"),
    [
        ([{"bucket": "data"}, {"key": "other"}], {}, (403, "AccessDenied")),
        ([{"bucket": "data"}, ["eq", "$key", "K"]], {}, (403, "AccessDenied")),
        ([{"bucket": "data"}, ["starts-with", "$key", "user/"]], {}, (403, "AccessDenied")),
        ([{"bucket": "other"}, ["starts-with", "$key", ""]], {}, (403, "AccessDenied")),
        ([["starts-with", "$key", ""]], {}, (403, "AccessDenied")),
        (ANY, {"acl": "public-read"}, (403, "AccessDenied")),
        (ANY, {"x-amz-meta-x": "1"}, (403, "AccessDenied")),
        ([*ANY, {"acl": "private"}], {}, (403, "AccessDenied")),
        ([*ANY, ["starts-with", "$Content-Type", "image/"]], {"Content-Type": "image/png,text/html"}, (403, "AccessDenied")),
        ([*ANY, ["starts-with", "$content-type", "image/"]], {"Content-Type": "image/png, image/gif"}, (204, "")),
        (ANY, {"x-ignore-me": "1"}, (204, "")),
        ([*ANY, ["starts-with", "$x-amz-meta-user", ""]], {}, (204, "")),
        ([*ANY, {"submit": "Go"}], {"submit": "Go"}, (204, "")),
        ([*ANY, {"x-amz-unknown": "1"}], {"x-amz-unknown": "1"}, (501, "NotImplemented")),
        ([*ANY, ["content-length-range", 2, 9]], {}, (400, "EntityTooSmall")),
        ([*ANY, ["content-length-range", 0, 0]], {}, (400, "EntityTooLarge")),
        ([*ANY, ["content-length-range", "0", "1"]], {}, (204, "")),
        ([*ANY, ["content-length-range", 0, 9], ["content-length-range", 2, 5]], {}, (400, "EntityTooSmall")),
        ([*ANY, ["contains", "$key", ""]], {}, (400, "InvalidPolicyDocument")),
        ([*ANY, {"acl": "private", "tag": "x"}], {}, (400, "InvalidPolicyDocument")),
        ([*ANY, ["eq", "key", "k"]], {}, (400, "InvalidPolicyDocument")),
        ([*ANY, ["content-length-range", -1, 9]], {}, (400, "InvalidPolicyDocument")),
        ([*ANY, ["content-length-range", 0, 1e400]], {}, (400, "InvalidPolicyDocument")),
        ([*ANY, "anything"], {}, (400, "InvalidPolicyDocument")),
    ],
)  # fmt: skip
def test_a_form_is_held_to_its_policy(
    world: Guarded, store: Store, writer: Actor, conditions: list[Any], fields: dict[str, str], answer: Any
) -> None:
    before = len(store.seen)
    sent = send(world, multipart(signed_fields(writer, conditions, {"key": "k"} | fields), b"x"))
    assert code_of(sent) == answer
    assert (len(store.seen) == before) == (answer[0] != 204)


@pytest.mark.parametrize(
    ("policy", "code"),
    [
        ("", "AccessDenied"),
        ("{", "InvalidPolicyDocument"),
        ("[]", "InvalidPolicyDocument"),
        ('{"conditions": []}', "InvalidPolicyDocument"),
        ('{"expiration": "2099-01-01T00:00:00Z"}', "InvalidPolicyDocument"),
        ('{"expiration": "2099-01-01", "conditions": []}', "InvalidPolicyDocument"),
        ('{"expiration": "2099-01-01T00:00:00+01:00", "conditions": []}', "InvalidPolicyDocument"),
        ('{"expiration": 4070908800, "conditions": []}', "InvalidPolicyDocument"),
        ('{"expiration": "2099-01-01T00:00:00Z", "conditions": [], "conditions": []}', "InvalidPolicyDocument"),
        ('{"expiration": "2099-01-01T00:00:00Z", "conditions": {}}', "InvalidPolicyDocument"),
        ("[" * 100_00, "InvalidPolicyDocument"),
    ],
)  # fmt: skip
def test_a_policy_that_is_none(world: Guarded, store: Store, writer: Actor, policy: str, code: str) -> None:
    before = len(store.seen)
    fields = signed_fields(writer, [], {"key": "k"}, policy=policy or "{}")
    if not policy:
        fields["policy"] = ""
        code = "InvalidArgument"
    assert code_of(send(world, multipart(fields, b"x")))[1] == code
    assert len(store.seen) == before


def test_who_has_signed(world: Guarded, store: Store, writer: Actor) -> None:
    """R-01, R-08: the policy is signed, with a key of the bucket's service, and not for ever."""
    now = datetime.now(UTC)
    fields = signed_fields(writer, ANY, {"key": "k"})
    stranger = signed_fields(world.user("form-stranger"), ANY, {"key": "k"})
    wrong: list[tuple[dict[str, str], str]] = [
        (fields | {"x-amz-signature": "0" * 64}, "SignatureDoesNotMatch"),
        (fields | {"x-amz-signature": stranger["x-amz-signature"]}, "SignatureDoesNotMatch"),
        (fields | {"policy": stranger["policy"]}, "SignatureDoesNotMatch"),
        (fields | {"x-amz-date": f"{now + timedelta(days=1):%Y%m%dT%H%M%SZ}"}, "SignatureDoesNotMatch"),
        (fields | {"x-amz-algorithm": "AWS4-HMAC-SHA1"}, "InvalidRequest"),
        (signed_fields(writer, ANY, {"key": "k"}, service="sqs"), "SignatureDoesNotMatch"),
        (signed_fields(writer, ANY, {"key": "k"}, at=now - timedelta(days=8)), "AccessDenied"),
        (signed_fields(writer, ANY, {"key": "k"}, expires=expiration(seconds=-1)), "AccessDenied"),
        ({name: value for name, value in fields.items() if name != "policy"}, "InvalidArgument"),
        ({name: value for name, value in fields.items() if name != "x-amz-signature"}, "InvalidArgument"),
        ({"key": "k", "AWSAccessKeyId": "AKIA", "policy": fields["policy"], "signature": "x"}, "InvalidRequest"),
        (stranger, "AccessDenied"),
    ]  # fmt: skip
    before = len(store.seen)
    assert [code_of(send(world, multipart(each, b"x")))[1] for each, _ in wrong] == [
        code for _, code in wrong
    ]
    assert len(store.seen) == before
    assert (
        send(world, multipart(signed_fields(writer, ANY, {"key": "k"}, at=now - timedelta(days=6)), b"x"))[0]
        == 204
    )


def test_a_deactivated_key_signs_no_more_forms(world: Guarded) -> None:
    user = world.user("form-leaver", allow("s3:*", "*"))
    body = multipart(signed_fields(user, ANY, {"key": "k"}), b"x")
    assert send(world, body)[0] == 204
    assert user.credentials is not None
    world.root.iam.update_access_key(
        UserName="form-leaver", AccessKeyId=user.credentials.access_key_id, Status="Inactive"
    )
    assert code_of(send(world, body)) == (403, "InvalidAccessKeyId")


def test_a_session_signs_with_its_token_and_its_policy_narrows(world: Guarded) -> None:
    caller = world.user("form-caller", allow("sts:AssumeRole"))
    role = world.role("form-role", {"AWS": ACCOUNT}, allow("s3:PutObject", "*"))
    session = caller.assume(role, Policy=document(allow("s3:PutObject", "arn:aws:s3:::data/mine/*")))
    assert posted(world, session, key="mine/a")[0] == 204
    assert code_of(posted(world, session, key="theirs/a")) == (403, "AccessDenied")
    fields = signed_fields(session, ANY, {"key": "mine/a"})
    fields["x-amz-security-token"] = fields["x-amz-security-token"][:-8] + "AAAAAAAA"
    assert code_of(send(world, multipart(fields, b"x"))) == (400, "InvalidToken")


def test_the_key_is_what_is_authorized(world: Guarded, store: Store, writer: Actor) -> None:
    """R-14, R-20: the bucket is that of the URL, and the key is what the store gets."""
    before = len(store.seen)
    assert code_of(posted(world, writer, key="secret/a")) == (403, "AccessDenied")
    assert code_of(posted(world, writer, key="a/../secret/a")) == (400, "InvalidRequest")
    assert code_of(posted(world, writer, key="a//b")) == (400, "InvalidRequest")
    assert code_of(posted(world, writer, key="a\x00b")) == (400, "InvalidRequest")
    assert code_of(posted(world, writer, key="k" * 1025)) == (403, "AccessDenied")
    conditions = [["starts-with", "$key", ""], {"bucket": "other"}]
    fields = signed_fields(writer, conditions, {"key": "k", "bucket": "other"})
    assert code_of(send(world, multipart(fields, b"x"))) == (400, "MalformedPOSTRequest")
    assert code_of(send(world, multipart(signed_fields(writer, ANY, {}), b"x"))) == (400, "InvalidArgument")
    assert code_of(send(world, multipart(signed_fields(writer, ANY, {"key": "k"}), b"x"), "/data/k")) == (
        405,
        "MethodNotAllowed",
    )
    assert len(store.seen) == before


@pytest.mark.parametrize(
    ("name", "value", "action"),
    [
        ("acl", "public-read", "s3:PutObjectAcl"),
        ("tagging", "<Tagging><TagSet><Tag><Key>a b</Key><Value>ü</Value></Tag></TagSet></Tagging>", "s3:PutObjectTagging"),
        ("x-amz-object-lock-legal-hold", "ON", "s3:PutObjectLegalHold"),
    ],
)  # fmt: skip
def test_fields_that_need_an_action_of_their_own(
    world: Guarded, store: Store, writer: Actor, name: str, value: str, action: str
) -> None:
    fields = {"key": "k", name: value}
    conditions = [*ANY, {name: value}]
    answer = send(world, multipart(signed_fields(writer, conditions, fields), b"x"))
    assert (code_of(answer), action.encode() in answer[2]) == ((403, "AccessDenied"), True)
    admin = world.user(f"form-admin-{name}", allow("s3:*", "*"))
    assert send(world, multipart(signed_fields(admin, conditions, fields), b"x"))[0] == 204
    if name == "tagging":
        assert store.seen[-1].request.header(b"x-amz-tagging") == b"a%20b=%C3%BC"


def test_one_header_by_two_names(world: Guarded, store: Store) -> None:
    """R-14: what a policy is asked about is what the store gets."""
    user = world.user(
        "form-acl",
        allow("s3:*", "*"),
        deny("s3:PutObject", "*", Condition={"StringEquals": {"s3:x-amz-acl": "public-read"}}),
    )
    both = {"acl": "private", "x-amz-acl": "public-read"}
    before = len(store.seen)
    for fields in ({"key": "k"} | both, {"key": "k"} | dict(reversed(both.items()))):
        conditions = [*ANY, *({name: value} for name, value in both.items())]
        answer = send(world, multipart(signed_fields(user, conditions, fields), b"x"))
        assert code_of(answer) == (400, "MalformedPOSTRequest")
    assert len(store.seen) == before


def test_policies_may_tell_forms_from_other_requests(world: Guarded) -> None:
    user = world.user(
        "form-not-posting",
        allow("s3:PutObject", "*"),
        deny("s3:*", "*", Condition={"StringEquals": {"s3:authType": "POST"}}),
    )
    world.s3(user).put_object(Bucket="data", Key="k", Body=b"x")
    assert code_of(posted(world, user)) == (403, "AccessDenied")


def test_a_bucket_may_be_a_host(world: Guarded, store: Store, writer: Actor) -> None:
    port = urlsplit(world.url).port
    body = multipart(signed_fields(writer, ANY, {"key": "hosted"}), b"x")
    status, _, _ = send(world, body, "/", headers={"Host": f"data.localhost:{port}"})
    assert status == 204
    assert store.seen[-1].request.raw_path == b"/data/hosted"


def test_forms_that_nobody_has_signed(world: Guarded, store: Store) -> None:
    body = multipart({"key": "open/a", "success_action_status": "200"}, b"x")
    before = len(store.seen)
    assert code_of(send(world, body)) == (403, "AccessDenied")
    assert len(store.seen) == before
    root = world.s3(world.root)
    root.delete_public_access_block(Bucket="data")
    root.put_bucket_policy(
        Bucket="data", Policy=document(allow("s3:PutObject", "arn:aws:s3:::data/open/*", Principal="*"))
    )
    try:
        assert send(world, body)[0] == 200
        assert code_of(send(world, multipart({"key": "k"}, b"x"))) == (403, "AccessDenied")
    finally:
        root.delete_bucket_policy(Bucket="data")


def test_a_form_is_not_let_in_by_the_signature_of_its_request(world: Guarded, store: Store) -> None:
    """What is signed in a header says nothing of the fields: a right on the bucket would be one on every key."""
    url = world.s3(world.root).generate_presigned_url("put_object", Params={"Bucket": "data", "Key": "k"})
    before = len(store.seen)
    body = multipart({"key": "secret/a"}, b"x")
    parts = urlsplit(url)
    assert code_of(send(world, body, f"/data?{parts.query}"))[0] == 403
    assert len(store.seen) == before
