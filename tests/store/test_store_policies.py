"""Managed policies, inline policies, attachments and boundaries."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from tests.support import store_values as values
from tests.support.store_values import (
    ACCOUNT_ID,
    AT,
    DOCUMENT,
    LATER,
    OTHER_ACCOUNT_ID,
    TAGS,
    add,
    read,
    write,
)

from iamd.domain.ids import UniqueId
from iamd.domain.inline_policies import InlinePolicy
from iamd.domain.managed_policies import PolicyVersion
from iamd.errors import ConcurrentModification, EntityAlreadyExists, NoSuchEntity
from iamd.store.interface import Attachment, OwnerKind, Store

ARN = values.MANAGED_POLICY_ARN
OTHER_ARN = "arn:aws:iam::aws:policy/job-function/Billing"


def version(policy_id: UniqueId, number: int, **changes: Any) -> PolicyVersion:
    made: dict[str, Any] = {"policy_id": policy_id, "number": number, "document": DOCUMENT, "created_at": AT}
    return PolicyVersion(**{**made, **changes})


def test_a_managed_policy_survives(store: Store) -> None:
    policy = values.managed_policy(
        "P", path="/Team A/", updated_at=LATER, description="Größe", last_version=7, tags=TAGS
    )
    write(store, lambda tx: tx.managed_policies.add(policy, DOCUMENT))
    assert read(store, lambda tx: tx.managed_policies.find(policy.arn)) == policy
    assert read(store, lambda tx: tx.managed_policies.find_version(policy.policy_id, 1)) == version(
        policy.policy_id, 1
    )


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::123456789012:policy/p",
        "arn:aws:iam::123456789012:policy/team/p",
        "arn:aws:iam::123456789012:policy/Team/P",
        "arn:aws:iam::123456789012:policy/Team//p",
        "arn:aws:iam::123456789012:policy/Team/p/",
        "arn:aws:iam::123456789012:role/Team/p",
        "arn:aws:iam::999999999999:policy/Team/p",
        "arn:aws:iam:eu-west-1:123456789012:policy/Team/p",
        "arn:aws-cn:iam::123456789012:policy/Team/p",
        "arn:aws:iam::123456789012:policy/Team/p ",
        "arn:aws:iam::123456789012",
        "p",
        "",
    ],
)
def test_a_policy_is_found_by_its_exact_arn_only(store: Store, arn: str) -> None:
    policy = values.managed_policy("p", path="/Team/")
    write(store, lambda tx: tx.managed_policies.add(policy, DOCUMENT))
    assert read(store, lambda tx: tx.managed_policies.find(policy.arn)) == policy
    assert read(store, lambda tx: tx.managed_policies.find(arn)) is None


def test_a_taken_policy_name_is_refused(store: Store) -> None:
    write(store, lambda tx: tx.managed_policies.add(values.managed_policy("p"), DOCUMENT))
    with pytest.raises(EntityAlreadyExists) as caught:
        write(store, lambda tx: tx.managed_policies.add(values.managed_policy("P", path="/x/"), DOCUMENT))
    assert caught.value.message == "A policy called P already exists. Duplicate names are not allowed."


def test_what_is_not_there(store: Store) -> None:
    ghost = values.managed_policy("ghost")
    for job in (
        lambda tx: tx.managed_policies.put(ghost),
        lambda tx: tx.managed_policies.delete(ghost),
    ):
        with pytest.raises(NoSuchEntity) as caught:
            write(store, job)
        assert caught.value.message == f"Policy {ghost.arn} was not found."
    with pytest.raises(NoSuchEntity):
        write(store, lambda tx: tx.managed_policies.add_version(version(ghost.policy_id, 2)))
    assert read(store, lambda tx: tx.managed_policies.find_version(ghost.policy_id, 1)) is None


def test_versions(store: Store) -> None:
    policy = values.managed_policy("p")
    second = version(policy.policy_id, 2, document="{}", created_at=LATER)
    tenth = version(policy.policy_id, 10)

    def begin(tx: Any) -> None:
        tx.managed_policies.add(policy, DOCUMENT)
        tx.managed_policies.add_version(second)
        tx.managed_policies.add_version(tenth)
        tx.managed_policies.put(replace(policy, default_version=2, last_version=10))
        tx.managed_policies.add(values.managed_policy("p", account_id=OTHER_ACCOUNT_ID), DOCUMENT)

    write(store, begin)
    first = version(policy.policy_id, 1)
    assert read(store, lambda tx: tx.managed_policies.list_versions(policy.policy_id)) == [
        tenth,
        second,
        first,
    ]
    assert read(store, lambda tx: tx.managed_policies.count_versions(ACCOUNT_ID)) == 3
    stored = read(store, lambda tx: tx.managed_policies.find(policy.arn))
    assert stored == replace(policy, default_version=2, last_version=10)

    write(store, lambda tx: tx.managed_policies.delete_version(first))
    assert read(store, lambda tx: tx.managed_policies.find_version(policy.policy_id, 1)) is None
    with pytest.raises(NoSuchEntity) as caught:
        write(store, lambda tx: tx.managed_policies.delete_version(first))
    assert caught.value.message == f"Policy {policy.arn} version v1 does not exist or is not attachable."
    with pytest.raises(ConcurrentModification):
        write(store, lambda tx: tx.managed_policies.add_version(second))


def test_a_deleted_policy_takes_its_versions_along(store: Store) -> None:
    policy = values.managed_policy("p")
    write(store, lambda tx: tx.managed_policies.add(policy, DOCUMENT))
    write(store, lambda tx: tx.managed_policies.delete(policy))
    assert read(store, lambda tx: tx.managed_policies.find(policy.arn)) is None
    assert read(store, lambda tx: tx.managed_policies.list_versions(policy.policy_id)) == []
    assert read(store, lambda tx: tx.managed_policies.count_versions(ACCOUNT_ID)) == 0


def test_policies_by_page(store: Store) -> None:
    policies = [
        values.managed_policy(name, path=path) for name, path in (("b", "/x/"), ("A", "/x/"), ("c", "/"))
    ]
    add(store, *policies)
    b, a, c = policies
    assert read(store, lambda tx: tx.managed_policies.page(ACCOUNT_ID, "/", None, 10)) == [a, b, c]
    assert read(store, lambda tx: tx.managed_policies.page(ACCOUNT_ID, "/x/", "a", 10)) == [b]
    assert read(store, lambda tx: tx.managed_policies.count(ACCOUNT_ID)) == 3


def test_inline_policies(store: Store) -> None:
    user, other = values.user("u"), values.user("o")
    add(store, user, other)

    def inline(name: str, document: str = DOCUMENT) -> InlinePolicy:
        return InlinePolicy(owner_id=user.user_id, name=name, document=document)

    names = ["b", "B", "a", "ä", "_"]
    for name in names:
        write(store, lambda tx, name=name: tx.inline_policies.put(OwnerKind.USER, inline(name)))  # type: ignore[misc]
    stored = read(store, lambda tx: tx.inline_policies.page(user.user_id, None, 10))
    assert stored == [inline(name) for name in ("B", "_", "a", "b", "ä")]
    assert read(store, lambda tx: tx.inline_policies.page(user.user_id, "a", 1)) == [inline("b")]
    assert read(store, lambda tx: tx.inline_policies.page(other.user_id, None, 10)) == []

    write(store, lambda tx: tx.inline_policies.put(OwnerKind.USER, inline("a", "{}")))
    assert read(store, lambda tx: tx.inline_policies.find(user.user_id, "a")) == inline("a", "{}")
    assert read(store, lambda tx: tx.inline_policies.find(user.user_id, "A")) is None

    write(store, lambda tx: tx.inline_policies.delete(OwnerKind.USER, inline("a")))
    with pytest.raises(NoSuchEntity) as caught:
        write(store, lambda tx: tx.inline_policies.delete(OwnerKind.USER, inline("a")))
    assert caught.value.message == "The user policy with name a cannot be found."


@pytest.mark.parametrize("kind", OwnerKind)
def test_a_missing_inline_policy_is_missing_by_its_kind(store: Store, kind: OwnerKind) -> None:
    """fact 29."""
    policy = InlinePolicy(owner_id=UniqueId("AIDANOBODY"), name="p", document="{}")
    with pytest.raises(NoSuchEntity) as caught:
        write(store, lambda tx: tx.inline_policies.delete(kind, policy))
    assert caught.value.message == f"The {kind.value} policy with name p cannot be found."


@pytest.mark.parametrize(
    "job",
    [
        lambda tx: tx.inline_policies.put(
            OwnerKind.USER, InlinePolicy(owner_id=UniqueId("AIDANOBODY"), name="p", document="{}")
        ),
        lambda tx: tx.policy_attachments.add(OwnerKind.USER, "AIDANOBODY", ARN),
        lambda tx: tx.access_keys.add(values.access_key("AIDANOBODY")),
    ],
)
def test_nothing_can_belong_to_nobody(store: Store, job: Any) -> None:
    """A user that was deleted after a job was made from it is nobody."""
    with pytest.raises(ConcurrentModification):
        write(store, job)


def attach_to(tx: Any, kind: OwnerKind, owner_ids: Iterable[str], arn: str) -> None:
    for owner_id in owner_ids:
        tx.policy_attachments.add(kind, owner_id, arn)


def test_attachments_keep_the_order_in_which_they_were_made(store: Store) -> None:
    user = values.user("u")
    arns = [f"arn:aws:iam::aws:policy/{name}" for name in "zaM"]

    def begin(tx: Any) -> None:
        tx.users.add(user)
        for arn in [*arns, arns[0]]:  # once more is no error, and changes no order
            tx.policy_attachments.add(OwnerKind.USER, user.user_id, arn)

    write(store, begin)
    assert read(store, lambda tx: tx.policy_attachments.of(user.user_id)) == arns
    remove = lambda tx: tx.policy_attachments.remove(OwnerKind.USER, user.user_id, arns[0])  # noqa: E731
    assert write(store, remove) is True
    assert write(store, remove) is False
    write(store, lambda tx: tx.policy_attachments.add(OwnerKind.USER, user.user_id, arns[0]))
    assert read(store, lambda tx: tx.policy_attachments.of(user.user_id)) == [*arns[1:], arns[0]]


def test_who_has_a_policy_attached_and_how_often(store: Store) -> None:
    users = [values.user(name, path="/p/") for name in ("b", "A")]
    stranger = values.user("x", account_id=OTHER_ACCOUNT_ID)
    group, role = values.group("g"), values.role("r")

    def begin(tx: Any) -> None:
        for user in [*users, stranger]:
            tx.users.add(user)
        tx.groups.add(group)
        tx.roles.add(role)
        attach_to(tx, OwnerKind.USER, [user.user_id for user in [*users, stranger]], ARN)
        attach_to(tx, OwnerKind.GROUP, [group.group_id], ARN)
        attach_to(tx, OwnerKind.ROLE, [role.role_id], ARN)
        attach_to(tx, OwnerKind.ROLE, [role.role_id], OTHER_ARN)

    write(store, begin)
    assert read(store, lambda tx: tx.policy_attachments.entities(ACCOUNT_ID, ARN)) == [
        Attachment(OwnerKind.GROUP, group.group_id, "g", "/", ARN),
        Attachment(OwnerKind.ROLE, role.role_id, "r", "/", ARN),
        Attachment(OwnerKind.USER, users[1].user_id, "A", "/p/", ARN),
        Attachment(OwnerKind.USER, users[0].user_id, "b", "/p/", ARN),
    ]
    assert read(store, lambda tx: tx.policy_attachments.counts(ACCOUNT_ID)) == {ARN: 4, OTHER_ARN: 1}
    assert read(store, lambda tx: tx.policy_attachments.counts(OTHER_ACCOUNT_ID)) == {ARN: 1}
    assert read(store, lambda tx: tx.policy_attachments.counts(ACCOUNT_ID, OTHER_ARN)) == {OTHER_ARN: 1}
    assert read(store, lambda tx: tx.policy_attachments.counts(OTHER_ACCOUNT_ID, OTHER_ARN)) == {}


def test_who_is_bounded_by_a_policy(store: Store) -> None:
    bounded = {"permissions_boundary": ARN}
    users = [values.user("b", **bounded), values.user("A", **bounded), values.user("free")]
    roles = [values.role("r", path="/p/", **bounded), values.role("o", permissions_boundary=OTHER_ARN)]
    stranger = values.user("x", account_id=OTHER_ACCOUNT_ID, **bounded)
    add(store, *[*users, stranger])
    add(store, *roles)
    assert read(store, lambda tx: tx.policy_attachments.bounded_by(ACCOUNT_ID, ARN)) == [
        Attachment(OwnerKind.ROLE, roles[0].role_id, "r", "/p/", ARN),
        Attachment(OwnerKind.USER, users[1].user_id, "A", "/", ARN),
        Attachment(OwnerKind.USER, users[0].user_id, "b", "/", ARN),
    ]
    assert read(store, lambda tx: tx.policy_attachments.boundary_counts(ACCOUNT_ID)) == {ARN: 3, OTHER_ARN: 1}
    assert read(store, lambda tx: tx.policy_attachments.boundary_counts(ACCOUNT_ID, ARN)) == {ARN: 3}
    assert read(store, lambda tx: tx.policy_attachments.boundary_counts(OTHER_ACCOUNT_ID, OTHER_ARN)) == {}
