"""
Laws of imports, on accounts that chance has made.

* What is exported after an import into an empty account is what was imported.
* Authorization details that were imported are told again as they were.
* To import what was exported changes nothing.
* A seed makes what a client makes who asks for the same one by one.
"""

import json
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.accounts import AccountMaker, Size
from tests.support.exchange import contents_of, exported, in_order, made, page
from tests.support.import_town import READ, trust
from tests.support.loops import LoopThread
from tests.support.world import ACCOUNT, World

from iamd.domain.ids import AccountId
from iamd.exchange.belongings import plan_accounts
from iamd.exchange.check import Checker
from iamd.exchange.contents import (
    Attachment,
    Contents,
    Group,
    InlinePolicy,
    InstanceProfile,
    Membership,
    Policy,
    PolicyVersion,
    Role,
    User,
    merged,
    portions,
)
from iamd.exchange.export import export
from iamd.exchange.plan import carry_out
from iamd.exchange.problems import Rules
from iamd.secret import Secret
from iamd.settings import Settings
from iamd.store.interface import Transaction

SEEDS = range(4)

# Names without two that differ in case alone.
names = st.text("abcdefghijklmnop0123456789+=,.@_-", min_size=1, max_size=20)
paths = st.lists(st.text("abc+=,.@_-09", min_size=1, max_size=6), max_size=3).map(
    lambda parts: "/" + "".join(f"{part}/" for part in parts)
)
times = st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  the zone is given
texts = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=30)
tags = st.dictionaries(
    st.text("abcü _.:/=+-@09", min_size=1, max_size=9), st.text("äxyz 09", max_size=9), max_size=4
)
documents = st.sampled_from([READ, READ.replace(" ", ""), READ.replace(", ", ",\n\t"), f" {READ} "])
trusts = st.sampled_from(
    [
        trust(Service="ec2.amazonaws.com"),
        trust(AWS=f"arn:aws:iam::{ACCOUNT}:root"),
        trust(AWS="arn:aws:iam::222222222222:role/gone"),
        trust(AWS="AIDAGONEGONEGONEGONEG"),
        trust(Federated=f"arn:aws:iam::{ACCOUNT}:saml-provider/x"),
    ]
)


def ids(prefix: str) -> st.SearchStrategy[str]:
    return st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=17, max_size=17).map(prefix.__add__)


def entities(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(strategy, max_size=3, unique_by=(lambda each: each.name, lambda each: each.id)).map(tuple)


def optional(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    numbers = draw(st.lists(st.integers(1, 99), min_size=1, max_size=5, unique=True))
    return Policy(
        name=draw(names),
        path=draw(paths),
        id=draw(ids("ANPA")),
        created_at=draw(times),
        updated_at=draw(times),
        description=draw(optional(texts)),
        default_version=draw(st.sampled_from(numbers)),
        last_version=draw(st.integers(max(numbers), 120)),
        versions=tuple(
            PolicyVersion(number=number, document=draw(documents), created_at=draw(times))
            for number in sorted(numbers, reverse=True)
        ),
        tags=draw(tags),
    )


# Keys of users and roles that differ in case alone are one: the alphabet has one case.
users = st.builds(
    User,
    name=names,
    path=paths,
    id=ids("AIDA"),
    created_at=times,
    password_last_used_at=optional(times),
    tags=tags,
)
groups = st.builds(Group, name=names, path=paths, id=ids("AGPA"), created_at=times)
roles = st.builds(
    Role,
    name=names,
    path=paths,
    id=ids("AROA"),
    created_at=times,
    trust_policy=trusts,
    description=optional(texts),
    max_session_duration=st.integers(3600, 43200),
    last_used_at=optional(times),
    last_used_region=optional(st.sampled_from(["us-east-1", "eu-west-1"])),
    tags=tags,
)


@st.composite
def accounts(draw: st.DrawFn) -> Contents:
    made_policies = draw(entities(policies()))
    arns = [f"arn:aws:iam::{ACCOUNT}:policy{each.path}{each.name}" for each in made_policies]
    arns.append("arn:aws:iam::aws:policy/ReadOnlyAccess")
    bound = optional(st.sampled_from(arns))
    made_users = tuple(
        msgspec.structs.replace(each, permissions_boundary=draw(bound)) for each in draw(entities(users))
    )
    made_groups = draw(entities(groups))
    made_roles = tuple(
        msgspec.structs.replace(each, permissions_boundary=draw(bound)) for each in draw(entities(roles))
    )
    role_names = st.none() | st.sampled_from([each.name for each in made_roles] or [None])
    profiles = st.builds(
        InstanceProfile,
        name=names,
        path=paths,
        id=ids("AIPA"),
        created_at=times,
        role=role_names,
        tags=tags,
    )
    owners: list[Any] = [
        *(("user", each.name) for each in made_users),
        *(("group", each.name) for each in made_groups),
        *(("role", each.name) for each in made_roles),
    ]
    some = st.lists(st.sampled_from(owners), max_size=5) if owners else st.just([])
    pairs = [(user.name, group.name) for user in made_users for group in made_groups]
    attached = {(*owner, draw(st.sampled_from(arns))) for owner in draw(some)}
    inline = {(*owner, draw(names)) for owner in draw(some)}
    return Contents(
        policies=made_policies,
        groups=made_groups,
        users=made_users,
        roles=made_roles,
        instance_profiles=draw(entities(profiles)),
        memberships=tuple(
            Membership(user=user, group=group)
            for user, group in (draw(st.sets(st.sampled_from(pairs))) if pairs else ())
        ),
        attachments=tuple(Attachment(kind=kind, owner=owner, policy=arn) for kind, owner, arn in attached),
        inline_policies=tuple(
            InlinePolicy(kind=kind, owner=owner, name=name, document=draw(documents))
            for kind, owner, name in inline
        ),
        alias=draw(optional(st.just("example"))),
        quotas=draw(st.dictionaries(st.just("RolesPerAccount"), st.integers(1001, 5000), max_size=1)),
    )


class UndoError(Exception):
    """Ends a transaction whose work is to be forgotten."""


def imported_and_exported(world: World, contents: Contents) -> Contents:
    """Import *contents* into the empty account, export it, import that, and undo everything."""
    found: list[Contents] = []

    def job(transaction: Transaction) -> None:
        root = world.app.root_of(transaction, AccountId(ACCOUNT))
        checker = Checker(root.operations, ACCOUNT, Rules.AWS, private_issuers=False)
        assert list(checker.problems(contents)) == []
        (plan,) = plan_accounts([(root, contents)], Rules.AWS)
        assert plan.problems == []
        carry_out(plan, root)
        found.append(export(root.call("export")))
        (again,) = plan_accounts([(root, found[0])], Rules.AWS)
        assert again.does_nothing, again
        raise UndoError

    waiting: Future[None] = world.app.store.write(job)
    with pytest.raises(UndoError):
        waiting.result()
    return found[0]


@pytest.fixture(scope="module")
def shared(one_loop: LoopThread) -> Any:
    world = World(one_loop)
    yield world
    world.close()


def check_round_trip(world: World, contents: Contents) -> None:
    assert in_order(imported_and_exported(world, contents)) == in_order(contents)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(contents=accounts())
def test_what_is_exported_is_what_was_imported(shared: World, contents: Contents) -> None:
    check_round_trip(shared, contents)


@pytest.mark.deep
@settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))
@given(contents=accounts())
def test_what_is_exported_is_what_was_imported_many_times(shared: World, contents: Contents) -> None:
    check_round_trip(shared, contents)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(contents=accounts(), most=st.integers(1, 4000))
def test_portions_are_the_whole(contents: Contents, most: int) -> None:
    pieces = list(portions(contents, most))
    assert all(len(piece) for piece in pieces)
    assert sum(map(len, pieces)) == len(contents)
    assert in_order(merged([*pieces, Contents()])) == in_order(contents)


@pytest.mark.parametrize("seed", SEEDS)
def test_authorization_details_are_told_again(empty: World, seed: int) -> None:
    details = AccountMaker(seed, ACCOUNT, Size()).details()
    contents = contents_of(details)
    made(empty, contents)
    status, told = page(empty, empty.root, "GET", "/_iamd/export/authorization-details")
    assert status == 200
    assert without_last_uses(contents_of(told)) == without_last_uses(contents)
    unattached = [each for each in told["Policies"] if ":iam::aws:" not in each["Arn"]]
    assert {each["PolicyName"]: each["PolicyVersionList"][0]["Document"] for each in unattached} == {
        each["PolicyName"]: each["PolicyVersionList"][0]["Document"] for each in details["Policies"]
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_the_api_tells_the_same(empty: World, seed: int) -> None:
    details = AccountMaker(seed, ACCOUNT, Size()).details()
    made(empty, contents_of(details))
    pages = empty.root.iam.get_paginator("get_account_authorization_details").paginate(
        Filter=["User", "Group", "Role", "LocalManagedPolicy"]
    )
    told = json.loads(json.dumps(pages.build_full_result(), default=datetime.isoformat))
    assert without_last_uses(contents_of(told)) == without_last_uses(contents_of(details))


def without_last_uses(contents: Contents) -> dict[str, Any]:
    """Return *contents* in order; AWS tells of uses in the last 400 days alone."""
    built = in_order(contents)
    forgotten = {"last_used_at", "last_used_region"}
    roles = [{name: each for name, each in role.items() if name not in forgotten} for role in built["roles"]]
    return built | {"roles": roles}


def test_an_export_is_an_import_elsewhere(one_loop: LoopThread, empty: World) -> None:
    made(empty, contents_of(AccountMaker(5, ACCOUNT, Size()).details()))
    content = exported(empty)
    other = World(one_loop)
    made(other, content)
    assert exported(other) == content
    other.close()


_ROOT = ("AKIAROOTEXAMPLE00000", Secret("root/secret/access/key/of/the/tests/0000"))


def test_a_seed_makes_what_a_client_makes(one_loop: LoopThread, empty: World, tmp_path: Path) -> None:
    document = json.loads(READ)
    seed = {
        "accounts": [
            {
                "id": ACCOUNT,
                "alias": "example",
                "policies": [{"name": "read", "path": "/p/", "document": document, "tags": {"a": "b"}}],
                "groups": [
                    {"name": "staff", "managed_policies": ["read"], "inline_policies": {"x": document}}
                ],
                "users": [
                    {
                        "name": "bob",
                        "path": "/u/",
                        "groups": ["staff"],
                        "tags": {"Team": "red"},
                        "permissions_boundary": "read",
                        "managed_policies": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
                    }
                ],
                "roles": [
                    {
                        "name": "deploy",
                        "description": "d",
                        "max_session_duration": 7200,
                        "trust_policy": json.loads(trust(AWS=f"arn:aws:iam::{ACCOUNT}:user/u/bob")),
                        "inline_policies": {"x": document},
                        "instance_profile": True,
                    }
                ],
                "oidc_providers": [{"url": "https://ci.example.com", "client_ids": ["sts.amazonaws.com"]}],
            }
        ]
    }
    path = tmp_path / "seed.json"
    path.write_text(json.dumps(seed))
    seeded = World(
        one_loop, Settings(seed=path, root_access_key_id=_ROOT[0], root_secret_access_key=_ROOT[1])
    )
    by_client(empty)
    assert without_chance(exported(seeded)) == without_chance(exported(empty))
    seeded.close()


def by_client(world: World) -> None:
    iam, text = world.root.iam, json.dumps(json.loads(READ), indent=2)
    arn = f"arn:aws:iam::{ACCOUNT}:policy/p/read"
    iam.create_account_alias(AccountAlias="example")
    iam.create_policy(PolicyName="read", Path="/p/", PolicyDocument=text, Tags=[{"Key": "a", "Value": "b"}])
    iam.create_group(GroupName="staff")
    iam.attach_group_policy(GroupName="staff", PolicyArn=arn)
    iam.put_group_policy(GroupName="staff", PolicyName="x", PolicyDocument=text)
    iam.create_user(
        UserName="bob", Path="/u/", Tags=[{"Key": "Team", "Value": "red"}], PermissionsBoundary=arn
    )
    iam.add_user_to_group(GroupName="staff", UserName="bob")
    iam.attach_user_policy(UserName="bob", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    iam.create_role(
        RoleName="deploy",
        Description="d",
        MaxSessionDuration=7200,
        AssumeRolePolicyDocument=json.dumps(
            json.loads(trust(AWS=f"arn:aws:iam::{ACCOUNT}:user/u/bob")), indent=2
        ),
    )
    iam.put_role_policy(RoleName="deploy", PolicyName="x", PolicyDocument=text)
    iam.create_instance_profile(InstanceProfileName="deploy")
    iam.add_role_to_instance_profile(InstanceProfileName="deploy", RoleName="deploy")
    iam.create_open_id_connect_provider(Url="https://ci.example.com", ClientIDList=["sts.amazonaws.com"])


def without_chance(value: Any) -> Any:
    """Return *value* without ids and times."""
    built = msgspec.to_builtins(value)
    if isinstance(built, dict):
        return {
            name: without_chance(each)
            for name, each in built.items()
            if name not in {"id", "created_at", "updated_at"}
        }
    return [without_chance(each) for each in built] if isinstance(built, list | tuple) else built
