"""Users, groups, roles and instance profiles: what holds for all, then what is each one's own."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from tests.support import store_values as values
from tests.support.store_values import ACCOUNT_ID, AT, LATER, OTHER_ACCOUNT_ID, TAGS, add, read, write

from iamd.errors import DeleteConflict, EntityAlreadyExists, NoSuchEntity
from iamd.store.interface import Store
from iamd.store.policies_interface import OwnerKind


@dataclass(frozen=True)
class Noun:
    collection: str
    make: Callable[..., Any]
    id_field: str
    exists: str
    missing: str


NOUNS = [
    Noun(
        "users",
        values.user,
        "user_id",
        "User with name {} already exists.",
        "The user with name {} cannot be found.",
    ),
    Noun(
        "groups",
        values.group,
        "group_id",
        "Group with name {} already exists.",
        "The group with name {} cannot be found.",
    ),
    Noun(
        "roles",
        values.role,
        "role_id",
        "Role with name {} already exists.",
        "The role with name {} cannot be found.",
    ),
    Noun(
        "instance_profiles",
        values.instance_profile,
        "instance_profile_id",
        "Instance Profile {} already exists.",
        "Instance Profile {} cannot be found.",
    ),
]
PRINCIPALS = [noun for noun in NOUNS if noun.collection != "instance_profiles"]

each_noun = pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.collection)
each_owner = pytest.mark.parametrize("noun", PRINCIPALS, ids=lambda noun: noun.collection)


def of(tx: Any, noun: Noun) -> Any:
    return getattr(tx, noun.collection)


@each_noun
def test_a_value_survives(store: Store, noun: Noun) -> None:
    value = noun.make("Bob", path="/Team A/ü/")
    add(store, value)
    assert read(store, lambda tx: of(tx, noun).find(ACCOUNT_ID, "Bob")) == value
    assert read(store, lambda tx: of(tx, noun).find_by_id(getattr(value, noun.id_field))) == value


@each_noun
def test_a_name_is_found_in_any_case_and_kept_as_written(store: Store, noun: Noun) -> None:
    value = noun.make("BobBy")
    add(store, value)
    assert read(store, lambda tx: of(tx, noun).get(ACCOUNT_ID, "bOBbY")) == value


@each_noun
def test_only_ascii_letters_have_a_case(store: Store, noun: Noun) -> None:
    """R-71: the Kelvin sign lowers to k, and must not meet it."""
    kelvin, plain = noun.make("\u212a"), noun.make("k")
    add(store, kelvin, plain)
    assert read(store, lambda tx: of(tx, noun).get(ACCOUNT_ID, "\u212a")) == kelvin
    assert read(store, lambda tx: of(tx, noun).get(ACCOUNT_ID, "K")) == plain


@each_noun
def test_a_taken_name_is_refused_in_any_case(store: Store, noun: Noun) -> None:
    first = noun.make("bob")
    add(store, first)
    with pytest.raises(EntityAlreadyExists) as caught:
        add(store, noun.make("BOB"))
    assert caught.value.message == noun.exists.format("BOB")
    assert read(store, lambda tx: of(tx, noun).page(ACCOUNT_ID, "/", None, 10)) == [first]


@each_noun
def test_a_refusal_that_is_caught_leaves_nothing(store: Store, noun: Noun) -> None:
    taken = noun.make("taken")
    add(store, taken)

    def job(tx: Any) -> None:
        with pytest.raises(EntityAlreadyExists):
            of(tx, noun).add(noun.make("TAKEN"))
        of(tx, noun).add(noun.make("free"))

    write(store, job)
    assert read(store, lambda tx: of(tx, noun).count(ACCOUNT_ID)) == 2


@each_noun
def test_accounts_do_not_share_names(store: Store, noun: Noun) -> None:
    mine, theirs = noun.make("bob"), noun.make("bob", account_id=OTHER_ACCOUNT_ID)
    add(store, mine, theirs)
    assert read(store, lambda tx: of(tx, noun).find(ACCOUNT_ID, "bob")) == mine
    assert read(store, lambda tx: of(tx, noun).find(OTHER_ACCOUNT_ID, "bob")) == theirs
    assert read(store, lambda tx: of(tx, noun).page(OTHER_ACCOUNT_ID, "/", None, 10)) == [theirs]
    assert read(store, lambda tx: of(tx, noun).count(OTHER_ACCOUNT_ID)) == 1


@each_noun
def test_what_is_not_there(store: Store, noun: Noun) -> None:
    assert read(store, lambda tx: of(tx, noun).find(ACCOUNT_ID, "Nobody")) is None
    assert read(store, lambda tx: of(tx, noun).find_by_id("AIDANOBODY")) is None
    with pytest.raises(NoSuchEntity) as caught:
        read(store, lambda tx: of(tx, noun).get(ACCOUNT_ID, "Nobody"))
    assert caught.value.message == noun.missing.format("Nobody")
    for verb in ("put", "delete"):
        with pytest.raises(NoSuchEntity) as caught:
            write(store, lambda tx, verb=verb: getattr(of(tx, noun), verb)(noun.make("Ghost")))  # type: ignore[misc]
        assert caught.value.message == noun.missing.format("Ghost")


@each_noun
def test_a_rename_keeps_the_id_and_frees_the_name(store: Store, noun: Noun) -> None:
    old = noun.make("old")
    add(store, old)
    new = replace(old, name="New", path="/elsewhere/")
    write(store, lambda tx: of(tx, noun).put(new))
    assert read(store, lambda tx: of(tx, noun).find(ACCOUNT_ID, "old")) is None
    assert read(store, lambda tx: of(tx, noun).get(ACCOUNT_ID, "new")) == new
    add(store, noun.make("OLD"))


@each_noun
def test_a_rename_may_change_only_the_case(store: Store, noun: Noun) -> None:
    value = noun.make("bob")
    add(store, value)
    write(store, lambda tx: of(tx, noun).put(replace(value, name="Bob")))
    assert read(store, lambda tx: of(tx, noun).get(ACCOUNT_ID, "bob")).name == "Bob"


@each_noun
def test_a_rename_to_a_taken_name_is_refused(store: Store, noun: Noun) -> None:
    first, second = noun.make("first"), noun.make("second")
    add(store, first, second)
    with pytest.raises(EntityAlreadyExists) as caught:
        write(store, lambda tx: of(tx, noun).put(replace(second, name="FIRST")))
    assert caught.value.message == noun.exists.format("FIRST")
    assert read(store, lambda tx: of(tx, noun).page(ACCOUNT_ID, "/", None, 10)) == [first, second]


@each_noun
def test_a_deleted_one_is_gone_and_its_name_is_free(store: Store, noun: Noun) -> None:
    value, again = noun.make("bob"), noun.make("bob")
    add(store, value)
    write(store, lambda tx: of(tx, noun).delete(value))
    assert read(store, lambda tx: of(tx, noun).count(ACCOUNT_ID)) == 0
    add(store, again)
    assert read(store, lambda tx: of(tx, noun).get(ACCOUNT_ID, "bob")) == again


@each_noun
def test_pages_are_in_the_order_of_bytes_without_regard_to_case(store: Store, noun: Noun) -> None:
    # A locale would put the underscore elsewhere and the umlaut beside the a.
    names = ["ä", "b", "A", "_", "Z", "a-1", "a.1", "a1", "B2", "=", "\U0001d4b3", "\uffff"]
    add(store, *[noun.make(name) for name in names])
    in_order = ["=", "_", "A", "a-1", "a.1", "a1", "b", "B2", "Z", "ä", "\uffff", "\U0001d4b3"]
    found: list[str] = []
    after = None
    while page := read(store, lambda tx, after=after: of(tx, noun).page(ACCOUNT_ID, "/", after, 5)):  # type: ignore[misc]
        assert len(page) <= 5
        found += [value.name for value in page]
        after = found[-1].lower()
    assert found == in_order


@each_noun
def test_a_path_prefix_is_exact_text(store: Store, noun: Noun) -> None:
    """fact 13: it may end amid a segment; it has a case, and no wildcards."""
    paths = {"a": "/", "b": "/Dev/", "c": "/dev/", "d": "/dev/team/", "e": "/%/", "f": "/d_v/"}
    add(store, *[noun.make(name, path=path) for name, path in paths.items()])

    def names(prefix: str) -> str:
        page = read(store, lambda tx: of(tx, noun).page(ACCOUNT_ID, prefix, None, 10))
        return "".join(value.name for value in page)

    prefixes = ["/", "/de", "/dev/", "/D", "/%", "/d_", "/dev/team/", "/nowhere/"]
    assert {prefix: names(prefix) for prefix in prefixes} == {
        "/": "abcdef",
        "/de": "cd",
        "/dev/": "cd",
        "/D": "b",
        "/%": "e",
        "/d_": "f",
        "/dev/team/": "d",
        "/nowhere/": "",
    }


@each_noun
def test_the_count_is_what_is_there(store: Store, noun: Noun) -> None:
    """It is kept, not counted: refusals, failures and renames must leave it right."""
    made = [noun.make(name) for name in "abcd"]
    add(store, *made, noun.make("a", account_id=OTHER_ACCOUNT_ID))
    with pytest.raises(EntityAlreadyExists):
        add(store, noun.make("new"), noun.make("A"))
    write(store, lambda tx: of(tx, noun).put(replace(made[0], name="z")))
    write(store, lambda tx: of(tx, noun).delete(made[1]))
    stranger = replace(made[2], account_id=OTHER_ACCOUNT_ID)
    for verb in ("put", "delete"):
        with pytest.raises(NoSuchEntity):
            write(store, lambda tx, verb=verb: getattr(of(tx, noun), verb)(stranger))  # type: ignore[misc]
    counts = read(store, lambda tx: [of(tx, noun).count(a) for a in (ACCOUNT_ID, OTHER_ACCOUNT_ID)])
    pages = read(
        store, lambda tx: [of(tx, noun).page(a, "/", None, 10) for a in (ACCOUNT_ID, OTHER_ACCOUNT_ID)]
    )
    assert counts == [len(page) for page in pages] == [3, 1]


def test_a_user_with_everything(store: Store) -> None:
    user = values.user(
        "bob",
        permissions_boundary=values.MANAGED_POLICY_ARN,
        password_last_used_at=LATER,
        tags=TAGS,
    )
    write(store, lambda tx: tx.users.add(user))
    assert read(store, lambda tx: tx.users.get(ACCOUNT_ID, "bob")) == user
    bare = replace(user, permissions_boundary=None, password_last_used_at=None, tags=())
    write(store, lambda tx: tx.users.put(bare))
    assert read(store, lambda tx: tx.users.get(ACCOUNT_ID, "bob")) == bare


def test_a_role_with_everything(store: Store) -> None:
    user = values.user("trusted")
    role = values.role(
        "deploy",
        trust_policy='{ "Version": "2012-10-17",\r\n\t"Statement": [] }%3A\\u0000',
        trusted_ids=((user.arn, user.user_id),),
        description="Größe ☃",
        max_session_duration=43200,
        permissions_boundary=values.MANAGED_POLICY_ARN,
        last_used_at=LATER,
        last_used_region="eu-central-1",
        tags=TAGS,
    )
    write(store, lambda tx: tx.roles.add(role))
    assert read(store, lambda tx: tx.roles.get(ACCOUNT_ID, "deploy")) == role


def test_an_instance_profile_with_everything(store: Store) -> None:
    role = values.role("r")
    profile = values.instance_profile("p", role_id=role.role_id, tags=TAGS)
    add(store, role, profile)
    assert read(store, lambda tx: tx.instance_profiles.get(ACCOUNT_ID, "p")) == profile


def test_the_use_of_a_role_is_recorded_and_never_set_back(store: Store) -> None:
    role = values.role("r")
    write(store, lambda tx: tx.roles.add(role))
    write(store, lambda tx: tx.roles.record_uses([(role.role_id, AT, "eu-west-1")]))
    write(store, lambda tx: tx.roles.record_uses([(role.role_id, AT - timedelta(hours=1), "us-east-1")]))
    write(store, lambda tx: tx.roles.record_uses([("AROANOBODY", AT, "eu-west-1")]))
    assert read(store, lambda tx: tx.roles.get(ACCOUNT_ID, "r")) == replace(
        role, last_used_at=AT, last_used_region="eu-west-1"
    )


def test_instance_profiles_of_a_role(store: Store) -> None:
    role, other = values.role("r"), values.role("o")
    mine = [values.instance_profile(name, role_id=role.role_id) for name in ("b", "A", "c")]
    rest = [values.instance_profile("d", role_id=other.role_id), values.instance_profile("e")]

    add(store, role, other)
    add(store, *(mine + rest))
    listed = read(store, lambda tx: tx.instance_profiles.list_with_role(role.role_id, None, 10))
    assert [profile.name for profile in listed] == ["A", "b", "c"]
    assert read(store, lambda tx: tx.instance_profiles.list_with_role(role.role_id, "a", 1)) == [mine[0]]


def test_memberships(store: Store) -> None:
    users = [values.user(name) for name in ("b", "A", "c")]
    groups = [values.group(name) for name in ("y", "X")]

    def begin(tx: Any) -> None:
        for user in users:
            tx.users.add(user)
        for group in groups:
            tx.groups.add(group)
            for user in users:
                tx.group_memberships.add(group, user)
        tx.group_memberships.add(groups[0], users[0])  # fact 27: once more is no error

    write(store, begin)
    members = read(store, lambda tx: tx.group_memberships.users_in(groups[0].group_id, None, 10))
    assert members == [users[1], users[0], users[2]]
    assert read(store, lambda tx: tx.group_memberships.users_in(groups[0].group_id, "a", 1)) == [users[0]]
    assert read(store, lambda tx: tx.group_memberships.groups_of(users[0].user_id, None, 10)) == groups[::-1]
    assert read(store, lambda tx: tx.group_memberships.groups_of(users[0].user_id, "x", 10)) == [groups[0]]
    assert read(store, lambda tx: tx.group_memberships.count_groups_of(users[0].user_id)) == 2

    assert write(store, lambda tx: tx.group_memberships.remove(groups[0], users[0])) is True
    assert write(store, lambda tx: tx.group_memberships.remove(groups[0], users[0])) is False
    assert read(store, lambda tx: tx.group_memberships.count_groups_of(users[0].user_id)) == 1


def test_memberships_go_with_the_user_but_not_with_the_group(store: Store) -> None:
    user, group = values.user("u"), values.group("g")
    add(store, user, group)
    write(store, lambda tx: tx.group_memberships.add(group, user))
    with pytest.raises(DeleteConflict):
        write(store, lambda tx: tx.groups.delete(group))
    write(store, lambda tx: tx.users.delete(user))
    write(store, lambda tx: tx.groups.delete(group))
    assert read(store, lambda tx: tx.group_memberships.users_in(group.group_id, None, 10)) == []


@each_owner
def test_an_owner_of_something_cannot_be_deleted(store: Store, noun: Noun) -> None:
    owner = noun.make("owner")
    owner_id = getattr(owner, noun.id_field)
    kind = OwnerKind(noun.collection.removesuffix("s"))
    add(store, owner)
    write(store, lambda tx: tx.policy_attachments.add(kind, owner_id, values.MANAGED_POLICY_ARN))
    with pytest.raises(DeleteConflict) as caught:
        write(store, lambda tx: of(tx, noun).delete(owner))
    assert caught.value.message == "Cannot delete entity, must remove referenced objects first."
    assert read(store, lambda tx: of(tx, noun).get(ACCOUNT_ID, "owner")) == owner


def test_a_role_in_an_instance_profile_cannot_be_deleted(store: Store) -> None:
    role = values.role("r")
    profile = values.instance_profile("p", role_id=role.role_id)
    add(store, role, profile)
    with pytest.raises(DeleteConflict):
        write(store, lambda tx: tx.roles.delete(role))
