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
from iamd.store.interface import Store
from iamd.store.policies_interface import Attachment, OwnerKind, PolicyUsage

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
    assert read(store, lambda tx: everybody(tx, usage=PolicyUsage.ATTACHED)) == [
        Attachment(OwnerKind.GROUP, group.group_id, "g", "/", ARN),
        Attachment(OwnerKind.ROLE, role.role_id, "r", "/", ARN),
        Attachment(OwnerKind.USER, users[1].user_id, "A", "/p/", ARN),
        Attachment(OwnerKind.USER, users[0].user_id, "b", "/p/", ARN),
    ]
    uses = read(
        store,
        lambda tx: [
            tx.policy_attachments.uses(account_id, arn).attachments
            for account_id in (ACCOUNT_ID, OTHER_ACCOUNT_ID)
            for arn in (ARN, OTHER_ARN)
        ],
    )
    assert uses == [4, 1, 1, 0]


def test_who_is_bounded_by_a_policy(store: Store) -> None:
    bounded = {"permissions_boundary": ARN}
    users = [values.user("b", **bounded), values.user("A", **bounded), values.user("free")]
    roles = [values.role("r", path="/p/", **bounded), values.role("o", permissions_boundary=OTHER_ARN)]
    stranger = values.user("x", account_id=OTHER_ACCOUNT_ID, **bounded)
    add(store, *[*users, stranger])
    add(store, *roles)
    assert read(store, lambda tx: everybody(tx, usage=PolicyUsage.BOUNDARY)) == [
        Attachment(OwnerKind.ROLE, roles[0].role_id, "r", "/p/", ARN),
        Attachment(OwnerKind.USER, users[1].user_id, "A", "/", ARN),
        Attachment(OwnerKind.USER, users[0].user_id, "b", "/", ARN),
    ]
    uses = read(
        store,
        lambda tx: [
            tx.policy_attachments.uses(account_id, arn).boundaries
            for account_id in (ACCOUNT_ID, OTHER_ACCOUNT_ID)
            for arn in (ARN, OTHER_ARN)
        ],
    )
    assert uses == [3, 1, 1, 0]


def everybody(tx: Any, **how: Any) -> list[Attachment]:
    """Return all that have the policy, kind by kind."""
    return [
        attachment
        for kind in sorted(OwnerKind)
        for attachment in tx.policy_attachments.entities(ACCOUNT_ID, ARN, kind, **{"limit": 99, **how})
    ]


def test_pages_of_those_that_have_a_policy(store: Store) -> None:
    both = {"permissions_boundary": ARN}
    users = [values.user(name, path=path, **both) for name, path in (("a", "/x/"), ("B", "/"), ("c", "/x/"))]
    users += [values.user("d"), values.user("e", path="/x/y/")]

    def begin(tx: Any) -> None:
        tx.users.add_all(users)
        attach_to(tx, OwnerKind.USER, [user.user_id for user in users[1:]], ARN)

    write(store, begin)

    def names(**how: Any) -> list[str]:
        return read(store, lambda tx: [each.owner_name for each in everybody(tx, **how)])

    assert names() == ["a", "B", "c", "d", "e"]
    assert names(limit=2) == ["a", "B"]
    assert names(limit=2, after="b") == ["c", "d"]
    assert names(limit=2, after="B", usage=PolicyUsage.BOUNDARY) == ["c"]
    assert names(usage=PolicyUsage.ATTACHED) == ["B", "c", "d", "e"]
    assert names(path_prefix="/x/") == ["a", "c", "e"]
    assert names(path_prefix="/x/y") == ["e"]
    # Names are those that the entities have by now.
    write(store, lambda tx: tx.users.put(replace(users[4], name="AA")))
    write(store, lambda tx: tx.users.put(replace(users[0], name="z")))
    assert names() == ["AA", "B", "c", "d", "z"]
    assert names(usage=PolicyUsage.ATTACHED, after="aa", limit=1) == ["B"]


def test_how_often_a_policy_is_used_is_never_off(store: Store) -> None:
    role, user = values.role("r", permissions_boundary=ARN), values.user("u")

    def uses() -> list[tuple[int, int]]:
        def look(tx: Any) -> list[tuple[int, int]]:
            found = [tx.policy_attachments.uses(ACCOUNT_ID, arn) for arn in (ARN, OTHER_ARN)]
            return [(each.attachments, each.boundaries) for each in found]

        return read(store, look)

    add(store, role, user)
    assert uses() == [(0, 1), (0, 0)]
    write(store, lambda tx: tx.roles.put(replace(role, permissions_boundary=OTHER_ARN, path="/p/")))
    assert uses() == [(0, 0), (0, 1)]
    write(store, lambda tx: tx.roles.put(replace(role, permissions_boundary=None)))
    assert uses() == [(0, 0), (0, 0)]
    write(store, lambda tx: tx.users.put(replace(user, permissions_boundary=ARN)))
    for _ in range(2):
        write(store, lambda tx: attach_to(tx, OwnerKind.USER, [user.user_id], ARN))
        write(store, lambda tx: tx.policy_attachments.add_all(OwnerKind.ROLE, [(role.role_id, ARN)] * 2))
        assert uses() == [(2, 1), (0, 0)]
    write(store, lambda tx: tx.policy_attachments.remove(OwnerKind.USER, user.user_id, ARN))
    write(store, lambda tx: tx.policy_attachments.remove(OwnerKind.USER, user.user_id, ARN))
    assert uses() == [(1, 1), (0, 0)]
    # What a caller holds may be older than what is stored.
    write(store, lambda tx: tx.users.delete(user))
    assert uses() == [(1, 0), (0, 0)]


def test_pages_of_policies_with_their_uses(store: Store) -> None:
    policies = [
        values.managed_policy(name, path=path) for name, path in (("c", "/x/"), ("A", "/"), ("b", "/x/"))
    ]
    role = values.role("r", permissions_boundary=policies[2].arn)

    def begin(tx: Any) -> None:
        for policy in policies:
            tx.managed_policies.add(policy, DOCUMENT)
        tx.roles.add(role)
        for arn in (policies[0].arn, policies[1].arn, ARN, "arn:aws:iam::aws:policy/Xy"):
            tx.policy_attachments.add(OwnerKind.ROLE, role.role_id, arn)

    write(store, begin)

    def page(usage: PolicyUsage | None, prefix: str = "/", after: str | None = None, limit: int = 9) -> Any:
        def look(tx: Any) -> Any:
            found = tx.managed_policies.page_with_uses(ACCOUNT_ID, prefix, usage, after, limit)
            return [(policy.name, uses.attachments, uses.boundaries) for policy, uses in found]

        return read(store, look)

    assert page(None) == [("A", 1, 0), ("b", 0, 1), ("c", 1, 0)]
    assert page(None, "/x/") == [("b", 0, 1), ("c", 1, 0)]
    assert page(None, after="a", limit=1) == [("b", 0, 1)]
    assert page(PolicyUsage.ATTACHED) == [("A", 1, 0), ("c", 1, 0)]
    assert page(PolicyUsage.ATTACHED, "/x/") == [("c", 1, 0)]
    assert page(PolicyUsage.ATTACHED, after="A", limit=1) == [("c", 1, 0)]
    assert page(PolicyUsage.BOUNDARY) == [("b", 0, 1)]
    assert read(store, lambda tx: sorted(tx.policy_attachments.uses_of_aws(ACCOUNT_ID))) == [
        ARN,
        "arn:aws:iam::aws:policy/Xy",
    ]
