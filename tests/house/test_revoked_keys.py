"""
Whoever has lost their credentials can do nothing more with them, from the moment that the loss was answered.

R-38, R-41: not even in the window in which AWS lets a deleted key work for some seconds, and not in the same batch of
the writer either.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from tests.house.sender import (
    OPERATIONS,
    Answer,
    generated,
    in_words_of,
    name_of,
    request_to,
    send,
    send_all,
    signed,
)
from tests.house.town import Town, arn, plants
from tests.support.world import ACCOUNT, Credentials, allow

from iamd.domain.session_revocations import RevocationKind, SessionRevocation
from iamd.http import Request
from iamd.wire.model import Operation, load

REVOKED = (403, "InvalidClientTokenId", "The security token included in the request is invalid.")

Revoke = Callable[[Town, Credentials], None]


def _deactivate(town: Town, credentials: Credentials) -> None:
    town.root.iam.update_access_key(UserName="eve", AccessKeyId=credentials.access_key_id, Status="Inactive")


def _delete_key(town: Town, credentials: Credentials) -> None:
    town.root.iam.delete_access_key(UserName="eve", AccessKeyId=credentials.access_key_id)


def _delete_user(town: Town, credentials: Credentials) -> None:
    _delete_key(town, credentials)
    town.root.iam.delete_user_policy(UserName="eve", PolicyName="test")
    town.root.iam.delete_user(UserName="eve")


def eve(town: Town) -> Credentials:
    """Make a user who may do everything, and has done something: whatever is cached knows them."""
    credentials = town.world.user("eve", allow("*")).credentials
    assert credentials is not None
    assert send(town.world, _creates(credentials, "bob")).code == "NoSuchEntity"
    return credentials


def _creates(credentials: Credentials, user_name: str) -> Request:
    request = request_to(load("iam").operations["CreateAccessKey"], {"UserName": user_name})
    return signed(request, "iam", credentials)


def _revoked(operation: Operation) -> tuple[int, str, str]:
    status, code, message = REVOKED
    return (*in_words_of(operation, status, code), message)


def _of(answer: Answer) -> tuple[int, str, str]:
    return answer.status, answer.code, answer.message


@pytest.mark.parametrize("revoke", [_deactivate, _delete_key, _delete_user])
def test_the_next_request_is_refused_whatever_it_asks(own_town: Town, revoke: Revoke) -> None:
    """R-38, R-41: for every operation, and nothing of ours changes."""
    credentials = eve(own_town)
    requests = [
        signed(request_to(each, generated(each, plants())), each.service, credentials) for each in OPERATIONS
    ]
    revoke(own_town, credentials)
    before = own_town.rows()
    answers = send_all(own_town.world, requests)
    assert dict(zip(map(name_of, OPERATIONS), map(_of, answers), strict=True)) == {
        name_of(each): _revoked(each) for each in OPERATIONS
    }
    assert own_town.rows() == before


def test_a_key_works_again_when_it_is_active_again(own_town: Town) -> None:
    """R-41: the counterpart."""
    credentials = eve(own_town)
    _deactivate(own_town, credentials)
    assert _of(send(own_town.world, _creates(credentials, "alice"))) == REVOKED
    own_town.root.iam.update_access_key(
        UserName="eve", AccessKeyId=credentials.access_key_id, Status="Active"
    )
    assert send(own_town.world, _creates(credentials, "alice")).code == "OK"


def together(town: Town, requests: Sequence[Request]) -> list[Answer]:
    """Send *requests* at once, so that the writer finds them in its queue together; answers in the same order."""

    async def answered() -> Any:
        return await asyncio.gather(*(town.world.app.pipeline.handle(request) for request in requests))

    return [Answer.of(response) for response in town.world.loop.run(answered())]


@pytest.mark.parametrize("status", ["Inactive", None])
def test_a_key_that_is_lost_in_a_batch_makes_nothing_in_the_rest_of_it(
    own_town: Town, status: str | None
) -> None:
    """R-38: a deactivated or deleted key cannot make another, though both requests were on their way at once."""
    credentials = eve(own_town)
    operation = load("iam").operations["DeleteAccessKey" if status is None else "UpdateAccessKey"]
    given = {"UserName": "eve", "AccessKeyId": credentials.access_key_id}
    if status is not None:
        given["Status"] = status
    for name in ("before", "after"):
        own_town.root.iam.create_user(UserName=name)
    ended = signed(request_to(operation, given), "iam", own_town.root.credentials)

    batch = [_creates(credentials, "before"), ended, *[_creates(credentials, "after") for _ in range(20)]]
    first, revoked, *rest = together(own_town, batch)
    assert (first.code, revoked.code) == ("OK", "OK")
    assert [_of(answer) for answer in rest] == [REVOKED] * 20
    assert own_town.root.iam.list_access_keys(UserName="after")["AccessKeyMetadata"] == []


def test_a_permission_that_is_lost_in_a_batch_is_lost_for_the_rest_of_it(own_town: Town) -> None:
    """R-38: the same for a Deny that is put while the request is on its way."""
    credentials = eve(own_town)
    own_town.root.iam.create_user(UserName="after")
    policy = {"UserName": "eve", "PolicyName": "test", "PolicyDocument": own_town_denies()}
    put = signed(
        request_to(load("iam").operations["PutUserPolicy"], policy), "iam", own_town.root.credentials
    )
    done, *rest = together(own_town, [put, *[_creates(credentials, "after") for _ in range(20)]])
    assert done.code == "OK"
    assert {answer.code for answer in rest} == {"AccessDenied"}
    assert own_town.root.iam.list_access_keys(UserName="after")["AccessKeyMetadata"] == []


def own_town_denies() -> str:
    return '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}'


def test_a_session_ends_with_its_role(own_town: Town) -> None:
    """R-41: also when a role of the same name is made again."""
    own_town.world.role("brief", {"AWS": "123456789012"}, allow("*"))
    session = own_town.actor("admin").assume(arn("role", "brief")).credentials
    requests = [
        signed(request_to(each, generated(each, plants())), each.service, session) for each in OPERATIONS
    ]
    own_town.root.iam.delete_role_policy(RoleName="brief", PolicyName="test")
    own_town.root.iam.delete_role(RoleName="brief")
    own_town.world.role("brief", {"AWS": "123456789012"}, allow("*"))
    answers = send_all(own_town.world, requests)
    assert list(map(_of, answers)) == list(map(_revoked, OPERATIONS))


def test_a_session_ends_with_its_user(own_town: Town) -> None:
    """R-41: also when a user of the same name is made again."""
    credentials = eve(own_town)
    user = own_town.world.client("sts", credentials)
    session = Credentials.of(user.get_session_token()["Credentials"])
    asked = load("sts").operations["GetCallerIdentity"]
    assert send(own_town.world, signed(request_to(asked, {}), "sts", session)).code == "OK"
    _delete_user(own_town, credentials)
    own_town.world.user("eve", allow("*"))
    assert _of(send(own_town.world, signed(request_to(asked, {}), "sts", session))) == REVOKED


@pytest.mark.parametrize("kind", list(RevocationKind), ids=str)
def test_a_session_that_was_ended_is_refused_whatever_it_asks(own_town: Town, kind: RevocationKind) -> None:
    """R-41: for every operation, and nothing of ours changes."""
    session = own_town.actor("admin").assume(arn("role", "worker")).credentials
    assert session is not None
    requests = [
        signed(request_to(each, generated(each, plants())), each.service, session) for each in OPERATIONS
    ]
    subject = ACCOUNT if kind is RevocationKind.ACCOUNT else session.access_key_id
    ended = SessionRevocation(kind, subject, own_town.world.clock.now())
    own_town.world.app.store.write(lambda transaction: transaction.session_revocations.put(ended)).result()
    before = own_town.rows()
    answers = send_all(own_town.world, requests)
    text = "The security token included in the request is expired"
    assert list(map(_of, answers)) == [(*in_words_of(each, 403, "ExpiredToken"), text) for each in OPERATIONS]
    assert own_town.rows() == before
