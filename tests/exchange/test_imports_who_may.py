"""Who may import and export: whoever may do the same one by one, and choose ids besides."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.support.exchange import PATH, exported, import_, made, page
from tests.support.import_town import ARN, BOB, DEPLOY, POLICY, READ, TOWN, trust
from tests.support.loops import LoopThread
from tests.support.organization import Organized
from tests.support.trail import records_in
from tests.support.world import ACCOUNT, World, allow, deny, document

from iamd.exchange.contents import Contents, PolicyVersion, User
from iamd.secret import Secret
from iamd.settings import Settings


def test_nobody_imports_without_being_allowed(empty: World) -> None:
    """R-02, R-22: the pages of imports and exports are as guarded as operations are."""
    nobody = empty.user("nobody")
    assert page(empty, None, "POST", PATH)[1]["__type"] == "MissingAuthenticationTokenException"
    status, said = page(empty, nobody, "POST", PATH)
    assert (status, said["__type"]) == (400, "AccessDeniedException")
    assert "is not authorized to perform: iamd:ImportAccount" in said["message"]
    for path in ("/_iamd/export", "/_iamd/export/authorization-details"):
        status, said = page(empty, nobody, "GET", path)
        assert (status, said["__type"]) == (400, "AccessDeniedException")


@pytest.mark.parametrize(
    ("missing", "resource"),
    [
        ("iam:CreateUser", f"arn:aws:iam::{ACCOUNT}:user/team/bob"),
        ("iam:CreateGroup", f"arn:aws:iam::{ACCOUNT}:group/staff"),
        ("iam:CreateRole", f"arn:aws:iam::{ACCOUNT}:role/deploy"),
        ("iam:CreatePolicy", ARN),
        ("iam:CreatePolicyVersion", ARN),
        ("iam:CreateInstanceProfile", f"arn:aws:iam::{ACCOUNT}:instance-profile/box"),
        ("iam:AddRoleToInstanceProfile", f"arn:aws:iam::{ACCOUNT}:instance-profile/box"),
        ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/deploy"),
        ("iam:AddUserToGroup", f"arn:aws:iam::{ACCOUNT}:group/staff"),
        ("iam:AttachGroupPolicy", f"arn:aws:iam::{ACCOUNT}:group/staff"),
        ("iam:AttachRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/deploy"),
        ("iam:PutUserPolicy", f"arn:aws:iam::{ACCOUNT}:user/team/bob"),
        ("iam:CreateOpenIDConnectProvider", f"arn:aws:iam::{ACCOUNT}:oidc-provider/ci.example.com/x"),
        ("iam:CreateAccountAlias", "*"),
        ("iam:UpdateAccountPasswordPolicy", "*"),
        ("iamd:ImportAccount", "*"),
    ],
)
def test_an_import_needs_what_its_parts_need(empty: World, missing: str, resource: str) -> None:
    """R-22: an import is no way around a Deny on something that it makes."""
    importer = empty.user("importer", allow("iam:*"), allow("iamd:ImportAccount"), deny(missing, resource))
    before = exported(empty)
    status, said = import_(empty, TOWN, importer)
    assert (status, said["__type"]) == (400, "AccessDeniedException"), said
    assert f"not authorized to perform: {missing}" in said["message"]
    assert exported(empty) == before


def test_whoever_may_everything_may_import(empty: World) -> None:
    made(empty, TOWN, empty.user("importer", allow("iam:*"), allow("iamd:ImportAccount")))


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        (Contents(users=(replace(BOB, name="robert"),)), "iam:UpdateUser"),
        (Contents(users=(replace(BOB, tags={**BOB.tags, "Team": "blue"}),)), "iam:TagUser"),
        (Contents(users=(replace(BOB, tags={}),)), "iam:UntagUser"),
        (Contents(users=(replace(BOB, permissions_boundary=ARN),)), "iam:PutUserPermissionsBoundary"),
        (Contents(roles=(replace(DEPLOY, permissions_boundary=None),)), "iam:DeleteRolePermissionsBoundary"),
        (Contents(roles=(replace(DEPLOY, max_session_duration=3600),)), "iam:UpdateRole"),
        (
            Contents(roles=(replace(DEPLOY, trust_policy=trust(Service="ec2.amazonaws.com")),)),
            "iam:UpdateAssumeRolePolicy",
        ),
        (Contents(roles=(replace(DEPLOY, tags={"a": "b"}),)), "iam:TagRole"),
        (Contents(groups=(replace(TOWN.groups[0], path="/x/"),)), "iam:UpdateGroup"),
        (
            Contents(
                policies=(replace(POLICY, versions=(PolicyVersion(number=3, document=document(deny("*"))),)),)
            ),
            "iam:CreatePolicyVersion",
        ),
        (Contents(policies=(replace(POLICY, tags={"a": "b"}),)), "iam:TagPolicy"),
        (
            Contents(instance_profiles=(replace(TOWN.instance_profiles[0], tags={}),)),
            "iam:UntagInstanceProfile",
        ),
        (
            Contents(inline_policies=(replace(TOWN.inline_policies[0], document=READ + " "),)),
            "iam:PutUserPolicy",
        ),
    ],
    ids=range(13),
)
def test_a_change_needs_what_that_change_needs(empty: World, change: Contents, missing: str) -> None:
    made(empty, TOWN)
    before = exported(empty)
    importer = empty.user("importer", allow("*"), deny(missing))
    after = exported(empty)
    status, said = import_(empty, change, importer)
    assert (status, said["__type"]) == (400, "AccessDeniedException"), said
    assert f"not authorized to perform: {missing}" in said["message"]
    assert exported(empty) == after != before


def test_an_import_in_the_middle_is_its_owners(empty: World) -> None:
    first, second = empty.user("first", allow("*")), empty.user("second", allow("*"))
    _, begun = page(empty, first, "POST", PATH)
    path = f"{PATH}/{begun['id']}"
    for method, body in (("PUT", b"{}"), ("POST", b"{}"), ("DELETE", b"")):
        status, said = page(empty, second, method, path, body)
        assert (status, said["__type"]) == (400, "NoSuchEntity")
    assert page(empty, first, "DELETE", path) == (200, {})
    assert page(empty, first, "PUT", path, b"{}")[1]["__type"] == "NoSuchEntity"


def test_a_key_that_is_deactivated_ends_an_import(empty: World) -> None:
    """R-38: what a transaction sees decides, at every step."""
    importer = empty.user("importer", allow("*"))
    assert importer.credentials is not None
    _, begun = page(empty, importer, "POST", PATH)
    path = f"{PATH}/{begun['id']}"
    assert page(empty, importer, "PUT", path, b'{"users":[{"name":"eve"}]}') == (200, {"problems": []})
    empty.root.iam.update_access_key(
        UserName="importer", AccessKeyId=importer.credentials.access_key_id, Status="Inactive"
    )
    assert page(empty, importer, "POST", path, b"{}")[1]["__type"] == "UnrecognizedClientException"
    assert [each["UserName"] for each in empty.root.iam.list_users()["Users"]] == ["importer"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"users":[{"name":1}]}',
        b'{"users":[{"name":"a","id":[]}]}',
        b'{"wishes":[]}',
        b'{"users":' + b"[" * 100_000,
        b"\xff",
        b'{"policies":[{"name":"p","versions":[]}]}',
        b'{"policies":[{"name":"p","last_version":99999999999999999999,"versions":[{"number":1,"document":"{}"}]}]}',
        b'{"users":[{"name":"a","created_at":"2020-01-01T00:00:00"}]}',
    ],
    ids=range(11),
)
def test_a_part_that_cannot_be_read_is_refused(empty: World, body: bytes) -> None:
    _, begun = page(empty, empty.root, "POST", PATH)
    status, said = page(empty, empty.root, "PUT", f"{PATH}/{begun['id']}", body)
    assert (status, said["__type"]) == (400, "ValidationException")


def test_there_are_few_imports_at_a_time(empty: World) -> None:
    begun = [page(empty, empty.root, "POST", PATH) for _ in range(5)]
    assert [status for status, _ in begun] == [201] * 4 + [400]
    assert begun[4][1]["__type"] == "ThrottlingException"
    page(empty, empty.root, "DELETE", f"{PATH}/{begun[0][1]['id']}")
    assert page(empty, empty.root, "POST", PATH)[0] == 201


def test_a_member_account_is_bound_by_its_organization(empty: World) -> None:
    """R-34: a service control policy bears on the root of a member account, whatever way it takes."""
    organized = Organized.found(empty)
    account_id = organized.account("shop")
    organized.attach(account_id, "no-users", deny("iam:CreateUser", f"arn:aws:iam::{account_id}:user/eve"))
    root = organized.root(account_id)
    status, said = import_(empty, Contents(users=(User(name="eve"),)), root)
    assert (status, said["__type"]) == (400, "AccessDeniedException")
    assert said["message"].endswith("with an explicit deny in a service control policy")
    made(empty, Contents(users=(User(name="bob"),)), root)
    assert [each["UserName"] for each in root.iam.list_users()["Users"]] == ["bob"]


def test_every_step_is_in_the_chronicle(one_loop: LoopThread, tmp_path: Path) -> None:
    settings = Settings(
        audit_file=tmp_path / "audit.jsonl",
        root_access_key_id="AKIAROOTEXAMPLE00000",
        root_secret_access_key=Secret("root/secret/access/key/of/the/tests/0000"),
    )
    world = World(one_loop, settings)
    made(world, TOWN)
    exported(world)
    world.close()
    events = records_in(tmp_path / "audit.jsonl")
    assert [(each["eventName"], each["additionalEventData"]["httpStatus"]) for each in events] == [
        ("ImportAccount", 201),
        ("ImportAccount", 200),
        ("ImportAccount", 200),
        ("ImportAccount", 200),
        ("ExportAccount", 200),
    ]
    assert {each["userIdentity"]["arn"] for each in events} == {f"arn:aws:iam::{ACCOUNT}:root"}
