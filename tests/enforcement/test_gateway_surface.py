"""All of S3 through the gateway: the store gets what boto3 has sent, and boto3 what the store has answered."""

import botocore.session
import pytest
from tests.support.guarded import Guarded
from tests.support.s3_compare import differences
from tests.support.s3_surface import ELSEWHERE, Exchange, Teller, tell
from tests.support.upstream import ACCESS_KEY_ID, SECRET, Seen, Store

# A signature is the gateway's own, and so is what belongs to one connection; an invocation is made anew.
_NOT_SENT_ON = frozenset({b"amz-sdk-invocation-id", b"authorization", b"connection", b"host", b"x-amz-date"})

# What iamd answers itself, since it keeps them.
_KEPT = tuple(
    f"{verb}{noun}"
    for verb in ("Delete", "Get", "Put")
    for noun in ("BucketPolicy", "BucketPolicyStatus", "PublicAccessBlock")
)

Told = tuple[Teller, list[Seen]]


@pytest.fixture(scope="module")
def direct(store: Store) -> Told:
    begun = len(store.seen)
    teller = Teller(store.url, ACCESS_KEY_ID, SECRET.reveal())
    tell(teller)
    store.objects.clear()
    return teller, _sent_by_clients(store.seen[begun:])


@pytest.fixture(scope="module")
def through(guarded: Guarded, store: Store, direct: Told) -> Told:
    assert direct
    begun = len(store.seen)
    root = guarded.root.credentials
    assert root is not None
    teller = Teller(guarded.url, root.access_key_id, root.secret_access_key)
    tell(teller)
    return teller, _sent_by_clients(store.seen[begun:])


def test_the_story_has_every_operation(direct: Told) -> None:
    model = botocore.session.get_session().get_service_model("s3")
    asked = direct[0].asked
    assert asked | ELSEWHERE.keys() == set(model.operation_names)
    assert not asked & ELSEWHERE.keys()


def test_what_the_store_gets_is_what_was_sent(direct: Told, through: Told) -> None:
    sent = [each for each in zip(direct[0].exchanges, direct[1], strict=True) if _is_passed_on(each[0])]
    passed = list(zip(filter(_is_passed_on, through[0].exchanges), through[1], strict=True))
    assert [seen.refusal for _, seen in passed if seen.refusal] == []
    assert [_as_sent(*each) for each in passed] == [_as_sent(*each) for each in sent]


def test_what_is_answered_is_what_the_store_answers(direct: Told, through: Told) -> None:
    found = differences(
        filter(_is_passed_on, direct[0].exchanges), filter(_is_passed_on, through[0].exchanges)
    )
    assert not found, "\n".join(found)


def _sent_by_clients(seen: list[Seen]) -> list[Seen]:
    """Leave out what the gateway itself has asked the store."""
    return [each for each in seen if each.request.header(b"user-agent") is not None]


def _is_passed_on(exchange: Exchange) -> bool:
    return not exchange.said.startswith(_KEPT)


def _as_sent(exchange: Exchange, seen: Seen) -> tuple[object, ...]:
    request = seen.request
    presigned = exchange.said.startswith("presigned")
    headers = sorted(
        header
        for header in request.headers
        if header[0] not in _NOT_SENT_ON and not (presigned and header[0] == b"x-amz-content-sha256")
    )
    query = [piece for piece in request.raw_query.split(b"&") if piece and not piece.startswith(b"X-Amz-")]
    return exchange.said, request.method, request.raw_path, query, headers, seen.body
