"""DecodeAuthorizationMessage: what a denial hands out, and who may read it."""

import json
from datetime import timedelta
from typing import Any

import pytest
from tests.support.answers import arn, denial, refusal
from tests.support.world import ACCOUNT, Actor, World, allow, deny

from iamd.auth.authorization_messages import HEADER

INVALID = ("InvalidAuthorizationMessageException", "Message is not valid")


def message_of(world: World) -> str:
    """Return what the last answer handed out."""
    return dict(world.responses[-1].headers)[HEADER].decode()


def denied(actor: Actor, operation: str = "list_users", **params: Any) -> str:
    assert refusal(getattr(actor.iam, operation), **params)[0] == "AccessDenied"
    return message_of(actor.world)


def decoded(reader: Actor, message: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(
        reader.sts.decode_authorization_message(EncodedMessage=message)["DecodedMessage"]
    )
    return content


def test_the_reasons_of_a_denial(world: World) -> None:
    """Semantics 78."""
    bob = world.user("bob", deny("iam:List*", Sid="NoLists"))
    message = denied(bob)
    assert len(message) <= 10_240
    told = decoded(world.root, message)
    user_id = world.root.iam.get_user(UserName="bob")["User"]["UserId"]
    assert (told["allowed"], told["explicitDeny"]) == (False, True)
    assert [each["statementId"] for each in told["matchedStatements"]["items"]] == ["NoLists"]
    context = told["context"]
    assert context["principal"] == {"id": user_id, "name": "bob", "arn": arn("user/bob")}
    assert (context["action"], context["resource"]) == ("iam:ListUsers", arn("user/"))
    keys = {each["key"]: each["values"]["items"] for each in context["conditions"]["items"]}
    assert keys["aws:username"] == [{"value": "bob"}]


def test_it_needs_a_permission(world: World) -> None:
    bob = world.user("bob")
    message = denied(bob)
    assert refusal(bob.sts.decode_authorization_message, EncodedMessage=message) == denial(
        arn("user/bob"), "sts:DecodeAuthorizationMessage", "*"
    )
    reader = world.user("reader", allow("sts:DecodeAuthorizationMessage"))
    assert decoded(reader, message)["context"]["principal"]["name"] == "bob"


def test_it_is_of_the_last_day(world: World) -> None:
    message = denied(world.user("bob"))
    world.clock.advance(timedelta(hours=23, minutes=59))
    decoded(world.root, message)
    world.clock.advance(timedelta(minutes=1))
    assert refusal(world.root.sts.decode_authorization_message, EncodedMessage=message) == INVALID


@pytest.mark.parametrize("garbage", ["x", "a\nb", "AAAA", "A" * 10_240])
def test_everything_else_is_invalid_alike(world: World, garbage: str) -> None:
    assert refusal(world.root.sts.decode_authorization_message, EncodedMessage=garbage) == INVALID


def test_a_message_has_a_length(world: World) -> None:
    for text in ("", "A" * 10_241):
        code, _ = refusal(world.root.sts.decode_authorization_message, EncodedMessage=text)
        assert code == "ValidationError"


def test_a_denial_without_a_reason_hands_out_none(world: World) -> None:
    """R-28: GetAccessKeyLastUsed does not say why, whether or not there is such a key."""
    bob = world.user("bob")
    assert bob.credentials is not None
    for key in (bob.credentials.access_key_id, "AKIAMISSINGMISSING00"):
        assert refusal(bob.iam.get_access_key_last_used, AccessKeyId=key)[0] == "AccessDenied"
        names = [name for name, _ in world.responses[-1].headers]
        assert HEADER not in names
        assert b"x-iamd-decision-id" in names


def test_other_refusals_hand_out_nothing(world: World) -> None:
    assert refusal(world.root.iam.get_user, UserName="missing")[0] == "NoSuchEntity"
    assert HEADER not in dict(world.responses[-1].headers)
    assert ACCOUNT not in repr(world.responses[-1].headers)
