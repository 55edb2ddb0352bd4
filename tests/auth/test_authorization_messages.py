"""Encoded authorization messages: sealed, padded, bounded, and of the documented shape."""

import base64
import json
import string
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from tests.auth.test_decisions import NOW, denial
from tests.iampolicy.cases import AWAY, HOME, allow, deny, policy, trust

from iamd.auth.authorization_messages import LONGEST, AuthorizationMessages, InvalidMessageError
from iamd.domain.sealing_keys import SealingKey, SealingKeyState
from iamd.secret import Secret
from iamd.sessions.keyring import Keyring, new_sealing_key_material
from iampolicy import PolicyKind, PolicySet


def keyring(byte: bytes = b"k", cluster: str = "cluster") -> Keyring:
    key = SealingKey(
        key_id="00000001",
        state=SealingKeyState.PRIMARY,
        material=Secret(new_sealing_key_material(byte * 32)),
        created_at=NOW,
        changed_at=NOW,
    )
    return Keyring(cluster, [key])


MESSAGES = AuthorizationMessages(keyring())
NOISE = "".join(Random(1).choices(string.ascii_letters + string.digits, k=9000))  # noqa: S311  any letters will do
"""What does not get smaller."""


def sealed(*args: Any, **kwargs: Any) -> str:
    message = MESSAGES.seal(denial(*args, **kwargs))
    assert message is not None
    return message


def opened(message: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(MESSAGES.open(message, HOME, NOW))
    return content


def values(*texts: str) -> dict[str, Any]:
    return {"items": [{"value": text} for text in texts]}


def test_an_implicit_denial_has_the_documented_shape() -> None:
    """Semantics 78."""
    assert opened(sealed(aws__username="bob")) == {
        "allowed": False,
        "explicitDeny": False,
        "matchedStatements": {"items": []},
        "failures": {"items": []},
        "context": {
            "principal": {"id": "AIDABOB", "name": "bob", "arn": f"arn:aws:iam::{HOME}:user/bob"},
            "action": "s3:GetObject",
            "resource": "arn:aws:s3:::bucket/key",
            "conditions": {"items": [{"key": "aws:username", "values": values("bob")}]},
        },
    }


def test_an_explicit_denial_names_the_statements_that_deny() -> None:
    condition = {"StringEquals": {"aws:username": ["bob", "eve"]}}
    policies = PolicySet(
        identity=(policy(allow(), deny("s3:Get*", Sid="No", Condition=condition), name="own"),),
        resource=policy(
            {
                "Effect": "Deny",
                "Principal": {"AWS": HOME},
                "NotAction": "iam:*",
                "NotResource": "arn:aws:s3:::x",
            },
            kind=PolicyKind.RESOURCE,
        ),
    )
    told = opened(sealed(policies, aws__username="bob"))
    assert told["explicitDeny"] is True
    assert told["matchedStatements"]["items"] == [
        {
            "statementId": "",
            "effect": "DENY",
            "principals": values(HOME),
            "principalGroups": {"items": []},
            "actions": values("iam:*"),
            "resources": values("arn:aws:s3:::x"),
            "conditions": {"items": []},
            "policy": "",
        },
        {
            "statementId": "No",
            "effect": "DENY",
            "principals": values("AIDABOB"),
            "principalGroups": {"items": []},
            "actions": values("s3:Get*"),
            "resources": values("*"),
            "conditions": {
                "items": [{"operator": "StringEquals", "key": "aws:username", "values": values("bob", "eve")}]
            },
            "policy": "own",
        },
    ]


def test_what_is_another_accounts_is_not_in_it() -> None:
    denying = policy(
        trust({"AWS": HOME}, effect="Deny", action="s3:*", Resource="*", Sid="Hidden"),
        kind=PolicyKind.RESOURCE,
    )
    message = sealed(PolicySet(resource=denying), account=AWAY, keys={"aws:ResourceTag/hidden": "1"})
    told = MESSAGES.open(message, HOME, NOW)
    assert "idden" not in told
    assert json.loads(told)["explicitDeny"] is True


@pytest.mark.parametrize(
    "other", [AuthorizationMessages(keyring(b"x")), AuthorizationMessages(keyring(cluster="x"))]
)
def test_another_installation_does_not_open_it(other: AuthorizationMessages) -> None:
    with pytest.raises(InvalidMessageError):
        other.open(sealed(), HOME, NOW)


def test_another_account_does_not_open_it() -> None:
    with pytest.raises(InvalidMessageError):
        MESSAGES.open(sealed(), AWAY, NOW)


def test_it_is_for_a_day() -> None:
    message = sealed()
    MESSAGES.open(message, HOME, NOW + timedelta(hours=24, seconds=-1))
    with pytest.raises(InvalidMessageError):
        MESSAGES.open(message, HOME, NOW + timedelta(hours=24))


def test_a_changed_message_does_not_open() -> None:
    raw = bytearray(base64.urlsafe_b64decode(sealed()))
    for index in range(0, len(raw), 7):
        raw[index] ^= 1
        with pytest.raises(InvalidMessageError):
            MESSAGES.open(base64.urlsafe_b64encode(raw).decode(), HOME, NOW)
        raw[index] ^= 1


@pytest.mark.parametrize("message", ["", "x", "not base64\n", "é", "AAAA", "A" * 10240])
def test_what_is_no_message_does_not_open(message: str) -> None:
    with pytest.raises(InvalidMessageError):
        MESSAGES.open(message, HOME, NOW)


def test_the_keyring_s_other_blobs_are_no_messages() -> None:
    """R-35: each purpose has a subkey of its own."""
    marker = base64.urlsafe_b64encode(keyring().seal(b"marker", b"x" * 600, HOME.encode())).decode()
    with pytest.raises(InvalidMessageError):
        MESSAGES.open(marker, HOME, NOW)


def test_its_length_tells_little() -> None:
    """R-28: a tag more or less on a resource that the caller may not see does not show."""
    lengths = {len(sealed(keys={"aws:ResourceTag/team": "x" * number})) for number in range(40)}
    assert len(lengths) == 1


def test_it_fits_into_a_header() -> None:
    message = sealed(aws__UserAgent=NOISE)
    assert len(message) <= LONGEST
    assert opened(message)["context"]["conditions"] == {"items": []}


def test_what_does_not_fit_at_all_is_not_handed_out() -> None:
    denying = policy(deny("*", "*", Condition={"StringNotEquals": {"k:a": NOISE}}))
    assert MESSAGES.seal(denial(PolicySet(identity=(denying,)))) is None
