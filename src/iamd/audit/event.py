"""
The audit event: one per request, refusals too; what a record is made of.

It is made on the road of every request, so it does no work: identity, parameters and decisions are handed over as they are.
All of them are frozen, so that another thread may look at them later.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from iamd.wire.model import Operation


class Decided(msgspec.Struct, frozen=True):
    """
    One decision of the guard.

    Attributes:
        outcome: Allow, ImplicitDeny or ExplicitDeny; or Unreadable, where the text of a policy cannot be had.
        reason: Of a denial, in AWS's words; empty when allowed.
        statements: Names the statements that spoke; called when the record is made.
    """

    action: str
    resource: str
    account_id: str
    outcome: str
    reason: str
    statements: Callable[[], list[dict[str, Any]]]


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """
    One request.

    Attributes:
        at: When it was answered, in real time.
        name: The operation, or what a page of the server's own is called; None where it is not known.
        operation: Of the service model; None for what is not of the wire.
        own_page: Whether it is one of the server's own pages.
        gateway: Whether another service answers it.
        identity: Makes CloudTrail's ``userIdentity``; None where nobody has proved who they are.
        vouched: Makes the parameters that an identity provider has given in the place of the caller.
        account_id: Of the caller, empty where there is none.
        claimed_access_key_id: Of a signature that does not hold; nothing of it is believed.
        parameters: As typed by the model; None where they were not read.
        result: Likewise; None where there is none.
        changes: Whether it was a write that was committed.
        error_detail: Why, for the operator; never sent to the caller.
        decision_id: As the denial's ``x-iamd-decision-id`` told it.
        vpc_endpoint_id: What it came through.
        left_out: How many events of its kind before it have no record.
    """

    at: datetime
    request_id: str
    service: str
    name: str | None
    source_ip: str
    user_agent: str
    status: int
    region: str = ""
    operation: Operation | None = None
    own_page: bool = False
    gateway: bool = False
    identity: Callable[[], dict[str, Any]] | None = None
    vouched: Callable[[], dict[str, Any]] | None = None
    account_id: str = ""
    claimed_access_key_id: str | None = None
    parameters: Mapping[str, Any] | None = None
    result: Mapping[str, Any] | None = None
    changes: bool = False
    decided: tuple[Decided, ...] = ()
    host: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    error_detail: str | None = None
    decision_id: str | None = None
    vpc_endpoint_id: str | None = None
    left_out: int = 0
