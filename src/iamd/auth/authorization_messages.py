"""
Encoded authorization messages: what a denial may hand to somebody who may not read it.

The message is the reasons of the denial as JSON, compressed, padded and sealed for the account of the caller.  Whoever
has ``sts:DecodeAuthorizationMessage`` there can open it, on any node and after a restart, for a day.
AWS: *DecodeAuthorizationMessage*.
"""

import base64
import binascii
import json
import zlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from iamd.auth.recorded import KEPT, Recorded
from iamd.sessions.keyring import Keyring, SealBrokenError
from iampolicy import Decision, Outcome, Policy, Statement

HEADER: Final = b"x-iamd-authorization-message"

LONGEST: Final = 6_144
"""Characters.  The operation takes 10,240; but some HTTP clients have only 8 KiB for all headers together."""

_PURPOSE: Final = b"authorization message"
_PADDING: Final = 512
_LARGEST: Final = 64 * 1024
"""Bytes, decompressed: far more than any message has."""


class InvalidMessageError(Exception):
    """It was not made here, for this account, in the last day.  One error for every reason."""


class AuthorizationMessages:
    """Seal and open messages."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def seal(self, denial: Recorded) -> str | None:
        """Return the message of *denial*; None when there is nothing to tell, or too much."""
        if denial.decision is None:
            return None
        whole = _content(denial, denial.decision)
        # Rather without what the request was like than without anything.
        brief = {**whole, "context": {**whole["context"], "conditions": _items([])}}
        for content in (whole, brief):
            sealed = self._keyring.seal(_PURPOSE, _packed(denial.at, content), denial.account_id.encode())
            message = base64.urlsafe_b64encode(sealed).decode()
            if len(message) <= LONGEST:
                return message
        return None

    def open(self, message: str, account_id: str, now: datetime) -> str:
        """
        Return the JSON inside *message*.

        Raises:
            InvalidMessageError: Whatever is wrong with it.
        """
        try:
            sealed = base64.b64decode(message, altchars=b"-_", validate=True)
            packed = self._keyring.open(_PURPOSE, sealed, account_id.encode())
        except (binascii.Error, ValueError, SealBrokenError):
            raise InvalidMessageError from None
        length = int.from_bytes(packed[:4], "big")
        opened = json.loads(zlib.decompressobj().decompress(packed[4 : 4 + length], _LARGEST))
        if now >= datetime.fromisoformat(opened["at"]) + KEPT:
            raise InvalidMessageError
        return json.dumps(opened["message"], separators=(",", ":"))


def _packed(at: datetime, content: Mapping[str, Any]) -> bytes:
    text = msgspec.json.encode({"at": at.isoformat(), "message": content})
    # Every denial pays for this.  The fastest compression will do; and most of its time goes into making its tables and
    # window, which need not be larger than a message.
    deflate = zlib.compressobj(1, zlib.DEFLATED, 13, 6)
    compressed = deflate.compress(text) + deflate.flush()
    framed = len(compressed).to_bytes(4, "big") + compressed
    # The length of a sealed message would tell how much there was to tell: whether a resource exists, and has tags.
    return framed + bytes(-len(framed) % _PADDING)


def _content(denial: Recorded, decision: Decision) -> dict[str, Any]:
    """Return the documented members, in the documented order (semantics 78)."""
    request = denial.request_for(denial.account_id)
    explicit = decision.outcome is Outcome.EXPLICIT_DENY
    closed = denial.closed_to(denial.account_id)
    matched = [
        _statement(denial, policy, statement)
        for layer, policy, statement in decision.hits
        if explicit and statement.denies and layer not in closed
    ]
    return {
        "allowed": decision.allowed,
        "explicitDeny": explicit,
        "matchedStatements": _items(matched),
        "failures": _items([]),
        "context": {
            "principal": {
                "id": denial.caller_id,
                "name": denial.caller_arn.rpartition("/")[2],
                "arn": denial.caller_arn,
            },
            "action": request.action,
            "resource": request.resource,
            "conditions": _items(
                [
                    {"key": key, "values": _values([value] if isinstance(value, str) else value)}
                    for key, value in sorted(request.context.items())
                ]
            ),
        },
    }


def _statement(denial: Recorded, policy: Policy, statement: Statement) -> dict[str, Any]:
    text = statement.text
    named = text.principal or text.not_principal
    # AWS names the entity that the policy is attached to, where the statement itself names nobody.
    principals = (
        [denial.caller_id.partition(":")[0]] if named is None else [value for _, value in named.values]
    )
    return {
        "statementId": statement.sid or "",
        "effect": statement.effect.value.upper(),
        "principals": _values(principals),
        "principalGroups": _items([]),
        "actions": _values(text.action or text.not_action or ()),
        "resources": _values(text.resource or text.not_resource or ()),
        "conditions": _items(
            {"operator": operator, "key": key, "values": _values(values)}
            for operator, keys in text.condition
            for key, values in keys
        ),
        "policy": policy.name,
    }


def _items(items: Iterable[Any]) -> dict[str, Any]:
    return {"items": list(items)}


def _values(values: Iterable[str]) -> dict[str, Any]:
    return {"items": [{"value": value} for value in values]}
