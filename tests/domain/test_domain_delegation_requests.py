"""Delegation requests by themselves: times. Their states are held by the tests of their operations."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from iamd.domain.delegation_notices import DelegationNotice, NoticeKind
from iamd.domain.delegation_requests import Approver, DelegationRequest, DelegationState, Owner, first_expiry
from iamd.domain.ids import AccountId

NOW = datetime(2026, 1, 1, 12, 0, 0, 500_000, tzinfo=UTC)
SECOND = timedelta(seconds=1)
PROVIDER, CUSTOMER = AccountId("222222222222"), AccountId("123456789012")
REQUEST = DelegationRequest(
    request_id="dr-1",
    requestor_account_id=PROVIDER,
    requestor_name="Example Corp",
    workflow_id="workflow",
    description="",
    message=None,
    template_arn="arn:aws:iam:::delegation-template/x",
    parameters=(),
    policy="{}",
    session_duration=300,
    redirect_url=None,
    notification_channel="arn:aws:sns:us-east-1:222222222222:x",
    only_send_by_owner=False,
    owner_account_id=None,
    created_at=NOW,
    updated_at=NOW,
    expires_at=first_expiry(NOW),
)
FINALIZED = (
    REQUEST.claimed(Owner(arn="arn:aws:iam::123456789012:user/ann", user_id="AIDA"), CUSTOMER, NOW)
    .accepted(Approver(arn="arn:aws:iam::123456789012:user/bob", session="{}"), NOW)
    .finalized(NOW)
)


def test_there_is_access_from_the_release_on_and_for_as_long_as_was_asked_for() -> None:
    assert (REQUEST.ends_at, REQUEST.in_force(NOW)) == (None, False)
    ends_at = NOW.replace(microsecond=0) + 300 * SECOND
    assert FINALIZED.ends_at == ends_at
    assert FINALIZED.in_force(ends_at - SECOND)
    assert not FINALIZED.in_force(ends_at)


def test_it_belongs_to_whoever_looks_until_somebody_owns_it() -> None:
    assert REQUEST.arn_in(PROVIDER) == f"arn:aws:iam::{PROVIDER}:delegation-request/dr-1"
    assert FINALIZED.arn_in(PROVIDER) == f"arn:aws:iam::{CUSTOMER}:delegation-request/dr-1"


def test_expiry_is_at_its_very_moment() -> None:
    at = REQUEST.expires_at
    assert REQUEST.at(at - timedelta(microseconds=1)) == REQUEST
    expired = REQUEST.at(at)
    assert expired == replace(REQUEST, state=DelegationState.EXPIRED, updated_at=at)
    assert expired.at(at + timedelta(days=9)) == expired


def test_new_notes_give_no_more_time() -> None:
    claimed = REQUEST.claimed(Owner(arn="arn", user_id="id"), CUSTOMER, NOW)
    forwarded = claimed.forwarded("one", NOW + SECOND)
    again = forwarded.forwarded("two", NOW + 2 * SECOND)
    assert forwarded.expires_at == NOW + SECOND + timedelta(days=7)
    assert (again.expires_at, again.updated_at, again.notes) == (
        forwarded.expires_at,
        NOW + 2 * SECOND,
        "two",
    )


def test_a_notice_waits_longer_each_time_and_is_given_up() -> None:
    notice = DelegationNotice(
        notice_id="n", request_id="dr-1", kind=NoticeKind.STATE_CHANGE, state="ASSIGNED", at=NOW, due_at=NOW
    )
    waits = []
    now = NOW
    for _ in range(7):
        notice = notice.claimed(now)
        assert notice.due_at == now + timedelta(minutes=1)
        again = notice.postponed(now)
        assert again is not None
        waits.append((again.due_at - now).total_seconds())
        now, notice = again.due_at, again
    assert waits == [2, 4, 8, 16, 20, 20, 20]
    assert notice.postponed(NOW + timedelta(hours=1)) is None
