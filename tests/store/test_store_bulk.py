"""Many values at once: they are what one after the other would have been, and all of them or none."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.support import store_values as values
from tests.support.store_values import ACCOUNT_ID, AT, DOCUMENT, LATER, MANAGED_POLICY_ARN, TAGS, read, write

from iamd.domain.inline_policies import InlinePolicy
from iamd.domain.managed_policies import PolicyVersion
from iamd.errors import EntityAlreadyExists, InvalidInput
from iamd.store.interface import Store, Transaction
from iamd.store.policies_interface import OwnerKind

NOUNS: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "users": (values.user, {"tags": TAGS, "password_last_used_at": LATER}),
    "groups": (values.group, {}),
    "roles": (values.role, {"tags": TAGS, "description": "ü", "last_used_at": LATER}),
    "instance_profiles": (values.instance_profile, {"tags": TAGS}),
}

each_noun = pytest.mark.parametrize("noun", NOUNS)


def three(noun: str) -> list[Any]:

    make, members = NOUNS[noun]
    return [make(name, path=f"/{name}/", **members) for name in ("Ann", "ben", "Cid")]


@each_noun
def test_all_of_them_are_there(store: Store, noun: str) -> None:
    made = three(noun)
    write(store, lambda tx: getattr(tx, noun).add_all(made))
    assert read(store, lambda tx: getattr(tx, noun).page(ACCOUNT_ID, "/", None, 10)) == made
    assert read(store, lambda tx: getattr(tx, noun).count(ACCOUNT_ID)) == 3
    assert read(store, lambda tx: getattr(tx, noun).get(ACCOUNT_ID, "BEN")) == made[1]


@each_noun
def test_none_is_nothing(store: Store, noun: str) -> None:
    before = read(store, lambda tx: tx.epoch)
    write(store, lambda tx: getattr(tx, noun).add_all([]))
    assert read(store, lambda tx: (tx.epoch, getattr(tx, noun).count(ACCOUNT_ID))) == (before, 0)


@each_noun
def test_a_name_that_is_taken_spoils_all_of_them(store: Store, noun: str) -> None:
    first, second, third = three(noun)
    write(store, lambda tx: getattr(tx, noun).add(NOUNS[noun][0]("BEN")))
    with pytest.raises(EntityAlreadyExists):
        write(store, lambda tx: getattr(tx, noun).add_all([first, second, third]))
    assert read(store, lambda tx: getattr(tx, noun).count(ACCOUNT_ID)) == 1
    assert read(store, lambda tx: getattr(tx, noun).find(ACCOUNT_ID, "Ann")) is None


def test_an_id_that_is_taken_spoils_all_of_them(store: Store) -> None:
    taken = values.user("somebody")
    write(store, lambda tx: tx.users.add(taken))
    with pytest.raises(EntityAlreadyExists):
        write(store, lambda tx: tx.roles.add_all([values.role("a"), values.role("b", role_id=taken.user_id)]))
    assert read(store, lambda tx: tx.roles.count(ACCOUNT_ID)) == 0


def test_a_text_that_cannot_be_stored_spoils_all_of_them(store: Store) -> None:
    with pytest.raises(InvalidInput):
        write(store, lambda tx: tx.users.add_all([values.user("a"), values.user("b", path="/\0/")]))
    with pytest.raises(InvalidInput):
        write(store, lambda tx: tx.users.add_all([values.user("a"), values.user("b", path="/\ud800/")]))
    assert read(store, lambda tx: tx.users.count(ACCOUNT_ID)) == 0


def test_what_belongs_to_them(store: Store) -> None:
    user, group, role = values.user("ann"), values.group("staff"), values.role("deploy")
    inline = [InlinePolicy(owner_id=role.role_id, name=name, document=DOCUMENT) for name in ("a", "b")]

    def make(tx: Transaction) -> None:
        tx.users.add_all([user])
        tx.groups.add_all([group])
        tx.roles.add_all([role])
        tx.group_memberships.add_all([(group, user), (group, user)])
        tx.inline_policies.put_all(OwnerKind.ROLE, [*inline, inline[0]])
        tx.policy_attachments.add_all(OwnerKind.GROUP, [(group.group_id, MANAGED_POLICY_ARN)] * 2)

    write(store, make)
    assert read(store, lambda tx: tx.group_memberships.groups_of(user.user_id, None, 9)) == [group]
    assert read(store, lambda tx: tx.inline_policies.page(role.role_id, None, 9)) == inline
    assert read(store, lambda tx: tx.policy_attachments.of(group.group_id)) == [MANAGED_POLICY_ARN]


def test_policies_with_their_versions(store: Store) -> None:
    policy = values.managed_policy("p", default_version=3, last_version=7, tags=TAGS)
    plain = values.managed_policy("q")
    versions = [
        PolicyVersion(policy_id=policy.policy_id, number=number, document=DOCUMENT, created_at=AT)
        for number in (7, 3)
    ]
    only = PolicyVersion(policy_id=plain.policy_id, number=1, document="{}", created_at=LATER)
    write(store, lambda tx: tx.managed_policies.add_all([(policy, versions), (plain, [only])]))
    assert read(store, lambda tx: tx.managed_policies.find(policy.arn)) == policy
    assert read(store, lambda tx: tx.managed_policies.list_versions(policy.policy_id)) == versions
    assert read(store, lambda tx: tx.managed_policies.list_versions(plain.policy_id)) == [only]
    assert read(store, lambda tx: tx.managed_policies.count(ACCOUNT_ID)) == 2
    assert read(store, lambda tx: tx.managed_policies.count_versions(ACCOUNT_ID)) == 3


def test_the_log_of_changes_names_each_of_them_once(store: Store) -> None:
    heard: list[tuple[str, str]] = []
    store.on_changes(lambda changes: heard.extend((change.kind.value, change.id) for change in changes))
    ann, ben = values.user("ann"), values.user("ben")

    def make(tx: Transaction) -> None:
        tx.users.add_all([ann, ben])
        tx.policy_attachments.add_all(OwnerKind.USER, [(ann.user_id, MANAGED_POLICY_ARN)])

    write(store, make)
    assert heard == [("user", ann.user_id), ("user", ben.user_id)]


def test_quotas_that_were_raised_survive(store: Store) -> None:
    raised = values.account(raised_quotas=(("RolesPerAccount", 5000), ("PoliciesPerRole", 20)))
    write(store, lambda tx: tx.accounts.put(raised))
    assert read(store, lambda tx: tx.accounts.find(ACCOUNT_ID)) == raised
