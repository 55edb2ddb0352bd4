"""Delegation requests, notices about them, and account properties: on every store alike."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.support import store_values as values
from tests.support.store_values import ACCOUNT_ID, AT, LATER, OTHER_ACCOUNT_ID, read, write

from iamd.domain.delegation_notices import DelegationNotice, NoticeKind
from iamd.domain.delegation_requests import Approver, DelegationRequest, DelegationState, Owner
from iamd.domain.policy_templates import ParameterType, PolicyParameter
from iamd.domain.roles import SourceTemplate
from iamd.errors import EntityAlreadyExists, NoSuchEntity
from iamd.store.interface import Change, ChangeKind, Store

ALICE = Owner(arn=f"arn:aws:iam::{ACCOUNT_ID}:user/alice", user_id="AIDAALICE0000000001")
BOB = Owner(arn=f"arn:aws:iam::{ACCOUNT_ID}:user/bob", user_id="AIDABOB000000000001")


def request(number: int = 1, **changes: Any) -> DelegationRequest:
    fields: dict[str, Any] = {
        "request_id": f"dr-{number:032}",
        "requestor_account_id": OTHER_ACCOUNT_ID,
        "requestor_name": "Example Corp",
        "workflow_id": f"workflow-{number}",
        "description": "Sets up the queue",
        "message": None,
        "template_arn": "arn:aws:iam::aws:policy-template/queues",
        "parameters": (),
        "policy": "{}",
        "session_duration": 3600,
        "redirect_url": None,
        "notification_channel": f"arn:aws:sns:us-east-1:{OTHER_ACCOUNT_ID}:delegations",
        "only_send_by_owner": False,
        "owner_account_id": None,
        "created_at": AT,
        "updated_at": AT,
        "expires_at": AT + timedelta(days=1),
    }
    return DelegationRequest(**fields | changes)


def owned(number: int, owner: Owner, **changes: Any) -> DelegationRequest:
    return request(
        number, owner_account_id=ACCOUNT_ID, owner=owner, state=DelegationState.ASSIGNED, **changes
    )


def notice(number: int, of: DelegationRequest, **changes: Any) -> DelegationNotice:
    fields: dict[str, Any] = {
        "notice_id": f"notice-{number}",
        "request_id": of.request_id,
        "kind": NoticeKind.STATE_CHANGE,
        "state": "ASSIGNED",
        "at": AT,
        "due_at": AT,
    }
    return DelegationNotice(**fields | changes)


def add(store: Store, *requests: DelegationRequest) -> None:
    for each in requests:
        write(store, lambda tx, each=each: tx.delegation_requests.add(each))  # type: ignore[misc]


FULL = owned(
    7,
    ALICE,
    message='A "message" for ☃',
    parameters=(
        PolicyParameter("queueName", ParameterType.STRING, ("jobs",)),
        PolicyParameter("regions", ParameterType.STRING_LIST, ("eu-west-1", "us-east-1")),
    ),
    redirect_url="https://partner.example.com/back",
    only_send_by_owner=True,
    updated_at=LATER,
    approver=Approver(arn=BOB.arn, session='{"kind": "user"}'),
    notes="Please look",
    rejection_reason="No",
    finalized_at=LATER,
)


@pytest.mark.parametrize("given", [request(), FULL], ids=["least", "full"])
def test_a_request_survives_with_everything(store: Store, given: DelegationRequest) -> None:
    add(store, given)
    assert read(store, lambda tx: tx.delegation_requests.find(given.request_id)) == given
    assert read(store, lambda tx: tx.delegation_requests.find("dr-another")) is None


def test_a_workflow_id_is_taken_once_in_an_account(store: Store) -> None:
    add(store, request(1))
    add(store, request(2, workflow_id="workflow-1", requestor_account_id=ACCOUNT_ID))
    with pytest.raises(EntityAlreadyExists) as caught:
        add(store, request(3, workflow_id="workflow-1"))
    assert caught.value.message == "Delegation request with requestor workflow id workflow-1 already exists."


def test_a_change_is_kept_and_told(store: Store) -> None:
    add(store, request())
    told: list[Change] = []
    store.on_changes(told.extend)
    changed = replace(FULL, request_id=request().request_id)
    write(store, lambda tx: tx.delegation_requests.put(changed))
    assert read(store, lambda tx: tx.delegation_requests.find(changed.request_id)) == changed
    assert [(change.kind, change.id) for change in told] == [
        (ChangeKind.DELEGATION_REQUEST, changed.request_id)
    ]
    with pytest.raises(NoSuchEntity):
        write(store, lambda tx: tx.delegation_requests.put(request(9)))


def test_owned_requests_are_listed_in_the_order_of_creation(store: Store) -> None:
    mine = [owned(5, ALICE), owned(3, BOB), owned(4, ALICE)]
    unowned = request(1, owner_account_id=ACCOUNT_ID)
    theirs = replace(owned(2, ALICE), owner_account_id=OTHER_ACCOUNT_ID)
    add(store, unowned, theirs, *mine)

    def page(owner: str | None, after: str | None, limit: int) -> list[DelegationRequest]:
        return read(store, lambda tx: tx.delegation_requests.page(ACCOUNT_ID, owner, after, limit))

    assert page(None, None, 10) == mine
    assert page(None, None, 2) == mine[:2]
    assert page(None, mine[1].request_id, 10) == mine[2:]
    assert page(ALICE.arn, None, 10) == [mine[0], mine[2]]
    assert page(ALICE.arn, mine[0].request_id, 10) == [mine[2]]
    assert page("arn:aws:iam::123456789012:user/carol", None, 10) == []


def test_the_open_requests_of_a_provider_are_counted(store: Store) -> None:
    add(store, request(1), request(2, state=DelegationState.EXPIRED), owned(3, ALICE))
    assert read(store, lambda tx: tx.delegation_requests.count(OTHER_ACCOUNT_ID)) == 2
    assert read(store, lambda tx: tx.delegation_requests.count(ACCOUNT_ID)) == 0


def test_what_is_overdue_is_found_the_longest_overdue_first(store: Store) -> None:
    day = timedelta(days=1)
    late, later, open_ = (request(number, expires_at=AT + day * number) for number in (1, 2, 3))
    add(store, later, late, open_, request(4, state=DelegationState.EXPIRED))

    def overdue(limit: int) -> list[DelegationRequest]:
        return read(store, lambda tx: tx.delegation_requests.overdue(AT + 2 * day, limit))

    assert overdue(10) == [late, later]
    assert overdue(1) == [late]


def test_what_expired_long_ago_is_forgotten_with_its_notices(store: Store) -> None:
    old = request(1, state=DelegationState.EXPIRED)
    young = request(2, state=DelegationState.EXPIRED, expires_at=AT + timedelta(days=2))
    open_ = request(3)
    add(store, old, young, open_)
    for number, each in enumerate((old, young)):
        write(store, lambda tx, n=number, of=each: tx.delegation_notices.add(notice(n, of)))  # type: ignore[misc]
    told: list[Change] = []
    store.on_changes(told.extend)
    before = AT + timedelta(days=2)
    assert read(store, lambda tx: tx.delegation_requests.past(before, 10)) == [old.request_id]
    assert read(store, lambda tx: tx.delegation_requests.past(before + timedelta(days=1), 1)) == [
        old.request_id
    ]
    write(store, lambda tx: tx.delegation_requests.delete(old.request_id))
    left = [
        each
        for each in (old, young, open_)
        if read(store, lambda tx, e=each: tx.delegation_requests.find(e.request_id))  # type: ignore[misc]
    ]
    assert left == [young, open_]
    assert read(store, lambda tx: tx.delegation_notices.due(LATER, 10)) == [notice(1, young)]
    assert [change.id for change in told] == [old.request_id]


def test_notices_are_due_in_the_order_in_which_they_were_made(store: Store) -> None:
    of = request()
    add(store, of)
    made = [
        notice(2, of),
        notice(1, of, kind=NoticeKind.EXCHANGE_TOKEN, attempts=3),
        notice(3, of, due_at=LATER),
    ]

    def job(tx: Any) -> None:
        for each in made:
            tx.delegation_notices.add(each)

    write(store, job)
    assert read(store, lambda tx: tx.delegation_notices.due(AT, 10)) == made[:2]
    assert read(store, lambda tx: tx.delegation_notices.due(LATER, 10)) == made
    assert read(store, lambda tx: tx.delegation_notices.due(LATER, 1)) == made[:1]

    postponed = replace(made[0], due_at=LATER + timedelta(hours=1), attempts=1)
    write(store, lambda tx: tx.delegation_notices.put(postponed))
    write(store, lambda tx: tx.delegation_notices.delete(made[1]))
    assert read(store, lambda tx: tx.delegation_notices.due(LATER, 10)) == made[2:]
    assert read(store, lambda tx: tx.delegation_notices.due(postponed.due_at, 10)) == [postponed, made[2]]


def test_account_properties_are_set_one_by_one(store: Store) -> None:
    assert read(store, lambda tx: tx.account_properties.find(ACCOUNT_ID)) == {}
    write(store, lambda tx: tx.account_properties.put(ACCOUNT_ID, {"B/b": "1", "A/a": "ä"}))
    write(store, lambda tx: tx.account_properties.put(ACCOUNT_ID, {"B/b": "2"}))
    assert read(store, lambda tx: tx.account_properties.find(ACCOUNT_ID)) == {"A/a": "ä", "B/b": "2"}
    assert read(store, lambda tx: tx.account_properties.find(OTHER_ACCOUNT_ID)) == {}


def test_a_role_remembers_its_template(store: Store) -> None:
    source = SourceTemplate("arn:aws:iam::aws:role-template/lambda.amazonaws.com/Basic:1", 0)
    role = replace(values.role("templated"), source_template=source)
    values.add(store, role)
    assert read(store, lambda tx: tx.roles.find(ACCOUNT_ID, "templated")) == role
