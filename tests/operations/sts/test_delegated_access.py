"""Delegated access: what a product provider gets for an exchange token, what it can do with that, and what ends it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from tests.support.answers import arn, content, refusal
from tests.support.delegation import (
    ACCEPTING_TEMPLATE,
    BOUNDARY,
    MAKING_TEMPLATE,
    PROVIDER,
    RIVAL,
    ROLES_TEMPLATE,
    STRANGER,
    DelegationWorld,
    delegation_world,
    parameter,
)
from tests.support.loops import LoopThread
from tests.support.root_access import assume, with_root_access
from tests.support.trail import records_of
from tests.support.world import ACCOUNT, Actor, Credentials, World, allow, deny, document

from iamd.domain.session_revocations import RevocationKind, SessionRevocation

INVALID = ("InvalidParameterValue", "The trade-in token is not valid.")
EXPIRED = ("ExpiredTradeInTokenException", "The trade-in token has expired.")


@pytest.fixture(scope="module")
def world(loop: LoopThread, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DelegationWorld]:
    with delegation_world(loop, tmp_path_factory.mktemp("delegation")) as made:
        made.root.iam.create_group(GroupName="there")
        yield made


@pytest.fixture
def fresh(loop: LoopThread, tmp_path: Path) -> Iterator[DelegationWorld]:
    """Give a world of one test, whose clock may be moved."""
    with delegation_world(loop, tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def admin(world: DelegationWorld) -> Actor:
    return world.user("admin", allow("*"))


def denied(actor: Actor) -> str:
    """Return how *actor* is refused what every delegation of these tests allows."""
    return refusal(actor.iam.list_groups)[0]


# The token, and what it is traded in for


def test_a_token_is_traded_in(world: DelegationWorld, admin: Actor) -> None:
    token = world.token(admin, SessionDuration=1800)
    answer = content(world.provider.sts.get_delegated_access_token(TradeInToken=token))
    assert set(answer) == {"Credentials", "AssumedPrincipal"}
    assert answer["AssumedPrincipal"] == arn("user/admin")
    assert answer["Credentials"]["AccessKeyId"].startswith("ASIA")
    actor = Actor(world, Credentials.of(answer["Credentials"]))
    identity = content(actor.sts.get_caller_identity())
    assert identity == content(admin.sts.get_caller_identity())


def test_the_provider_is_told_of_each_state(world: DelegationWorld, admin: Actor) -> None:
    """AWS: *Building your integration*, "Notification Message Format"."""
    asking = world.asking()
    request_id = world.provider.iam.create_delegation_request(**asking)["DelegationRequestId"]
    admin.iam.associate_delegation_request(DelegationRequestId=request_id)
    admin.iam.update_delegation_request(DelegationRequestId=request_id, Notes="a")
    admin.iam.update_delegation_request(DelegationRequestId=request_id, Notes="b")
    admin.iam.accept_delegation_request(DelegationRequestId=request_id)
    admin.iam.send_delegation_token(DelegationRequestId=request_id)
    told = [message for message in world.told() if message["RequestId"] == request_id]
    assert [(message["Type"], message["State"]) for message in told] == [
        ("StateChange", "ASSIGNED"),
        ("StateChange", "PENDING_APPROVAL"),
        ("StateChange", "ACCEPTED"),
        ("StateChange", "FINALIZED"),
        ("ExchangeToken", "FINALIZED"),
    ]
    common = {"Type", "RequestId", "RequestorWorkflowId", "State", "OwnerAccountId", "UpdatedAt"}
    assert {frozenset(message) for message in told[:-1]} == {frozenset(common)}
    assert set(told[-1]) == common | {"ExchangeToken", "ExpiresAt"}
    assert {message["RequestorWorkflowId"] for message in told} == {asking["RequestorWorkflowId"]}
    assert {message["OwnerAccountId"] for message in told} == {ACCOUNT}


def test_a_token_may_be_traded_in_again_and_ends_when_it_did(world: DelegationWorld, admin: Actor) -> None:
    """AWS: *GetDelegatedAccessToken*: the expiration is that of the delegation, however often the token is traded in."""
    token = world.token(admin)
    first = world.provider.sts.get_delegated_access_token(TradeInToken=token)["Credentials"]
    second = world.provider.sts.get_delegated_access_token(TradeInToken=token)["Credentials"]
    assert first["Expiration"] == second["Expiration"]
    assert first["AccessKeyId"] != second["AccessKeyId"]
    (expires_at,) = {
        message["ExpiresAt"] for message in world.told() if message.get("ExchangeToken") == token
    }
    assert datetime.fromisoformat(expires_at) == first["Expiration"]
    for credentials in (first, second):
        Actor(world, Credentials.of(credentials)).iam.list_groups()


def test_only_the_account_that_asked_gets_credentials(world: DelegationWorld, admin: Actor) -> None:
    token = world.token(admin)
    for actor in (world.of(RIVAL), world.of(STRANGER), admin, world.root):
        assert refusal(actor.sts.get_delegated_access_token, TradeInToken=token) == INVALID


@pytest.mark.parametrize("wrong", ["nonsense", "A" * 112, "é" * 10, "x" * 4096])
def test_what_is_no_token_of_this_server_is_refused(world: DelegationWorld, wrong: str) -> None:
    assert refusal(world.provider.sts.get_delegated_access_token, TradeInToken=wrong) == INVALID


def test_a_token_that_was_changed_is_refused(world: DelegationWorld, admin: Actor) -> None:
    token = world.token(admin)
    for at in range(0, len(token), 7):
        other = "A" if token[at] != "A" else "B"
        changed = token[:at] + other + token[at + 1 :]
        assert refusal(world.provider.sts.get_delegated_access_token, TradeInToken=changed) == INVALID


def test_a_session_token_is_no_exchange_token_nor_the_other_way_round(
    world: DelegationWorld, admin: Actor
) -> None:
    session = world.provider.sts.get_session_token()["Credentials"]["SessionToken"]
    assert refusal(world.provider.sts.get_delegated_access_token, TradeInToken=session) == INVALID
    token = world.token(admin)
    actor = Actor(world, Credentials("ASIAEXAMPLEEXAMPLE00", "secret" * 6, token))
    assert refusal(actor.sts.get_caller_identity)[0] == "InvalidClientTokenId"


def test_to_trade_in_needs_the_permission(world: DelegationWorld, admin: Actor) -> None:
    token = world.token(admin)
    iam = world.provider.iam
    iam.create_user(UserName="clerk")
    clerk = Actor(world, Credentials.of(iam.create_access_key(UserName="clerk")["AccessKey"]))
    code, message = refusal(clerk.sts.get_delegated_access_token, TradeInToken=token)
    assert code == "AccessDenied"
    assert "sts:GetDelegatedAccessToken on resource: *" in message
    policy = document(allow("sts:GetDelegatedAccessToken"))
    iam.put_user_policy(UserName="clerk", PolicyName="trade", PolicyDocument=policy)
    assert clerk.sts.get_delegated_access_token(TradeInToken=token)["Credentials"]


# What it allows


def test_the_provider_can_do_what_was_asked_for_and_nothing_else(
    world: DelegationWorld, admin: Actor
) -> None:
    permissions = {
        "PolicyTemplateArn": MAKING_TEMPLATE,
        "Parameters": [parameter("Making", "True"), parameter("Names", "one", "two", several=True)],
    }
    actor = world.trade(world.token(admin, Permissions=permissions))
    actor.iam.create_group(GroupName="one")
    for operation, params in (
        (actor.iam.create_group, {"GroupName": "three"}),
        (actor.iam.delete_group, {"GroupName": "one"}),
        (actor.iam.get_user, {"UserName": "admin"}),
    ):
        code, message = refusal(operation, **params)
        assert code == "AccessDenied"
        assert "because no session policy allows" in message


def test_it_can_do_no_more_than_whoever_approved_can(world: DelegationWorld) -> None:
    approver = world.user("weak", allow("iam:*DelegationRequest*"), allow("iam:SendDelegationToken"))
    actor = world.trade(world.token(approver))
    code, message = refusal(actor.iam.list_groups)
    assert code == "AccessDenied"
    assert "because no identity-based policy allows" in message
    world.root.iam.put_user_policy(
        UserName="weak", PolicyName="more", PolicyDocument=document(allow("iam:ListGroups"))
    )
    actor.iam.list_groups()
    world.root.iam.delete_user_policy(UserName="weak", PolicyName="more")
    assert denied(actor) == "AccessDenied"


def test_a_boundary_of_the_approver_holds(world: DelegationWorld) -> None:
    policy = world.root.iam.create_policy(
        PolicyName="edge", PolicyDocument=document(allow("iam:*Delegation*"))
    )["Policy"]
    approver = world.user("bounded", allow("*"), PermissionsBoundary=policy["Arn"])
    assert denied(world.trade(world.token(approver))) == "AccessDenied"


def test_a_session_policy_of_the_approver_holds(world: DelegationWorld) -> None:
    role = world.role("approving", {"AWS": ACCOUNT}, allow("*"))
    asker = world.user("asker", allow("sts:AssumeRole"))
    narrow = asker.assume(role, "narrow", Policy=document(allow(["iam:*Delegation*", "iam:GetGroup"])))
    actor = world.trade(world.token(narrow))
    assert content(actor.sts.get_caller_identity())["Arn"] == (
        f"arn:aws:sts::{ACCOUNT}:assumed-role/approving/narrow"
    )
    assert actor.iam.get_group(GroupName="there")["Group"]
    assert denied(actor) == "AccessDenied"


def test_delegated_access_outlives_the_session_of_whoever_approved(fresh: DelegationWorld) -> None:
    role = fresh.role("approving", {"AWS": ACCOUNT}, allow("*"))
    asker = fresh.user("asker", allow("sts:AssumeRole"))
    approver = asker.assume(role, DurationSeconds=900)
    actor = fresh.trade(fresh.token(approver, SessionDuration=7200))
    fresh.clock.advance(timedelta(seconds=3600))
    assert refusal(approver.sts.get_caller_identity)[0] == "ExpiredToken"
    actor.iam.list_groups()


def test_a_policy_of_a_resource_that_names_the_approver_gives_no_more(world: DelegationWorld) -> None:
    """What was approved is the most that there is, though a session policy would not limit such a grant."""
    approver = world.user("trusted", allow("*"))
    role = world.role("for-the-approver", {"AWS": arn("user/trusted")})
    permissions = {
        "PolicyTemplateArn": MAKING_TEMPLATE,
        "Parameters": [parameter("Making", "False"), parameter("Names", "x")],
    }
    actor = world.trade(world.token(approver, Permissions=permissions))
    code, message = refusal(actor.sts.assume_role, RoleArn=role, RoleSessionName="more")
    assert code == "AccessDenied"
    assert "sts:AssumeRole" in message


def test_the_proof_of_a_device_is_not_delegated(world: DelegationWorld) -> None:
    with_device = allow("iam:ListGroups", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})
    without = {"Null": {"aws:MultiFactorAuthAge": "false"}}
    actor = world.trade(world.token(world.user("proved", allow("iam:*Delegation*"), with_device)))
    assert denied(actor) == "AccessDenied"
    aged = allow("iam:ListGroups", Condition=without)
    actor = world.trade(world.token(world.user("aged", allow("iam:*Delegation*"), aged)))
    assert denied(actor) == "AccessDenied"


def test_tags_of_the_approver_count(world: DelegationWorld) -> None:
    policy = allow("iam:ListGroups", Condition={"StringEquals": {"aws:PrincipalTag/team": "red"}})
    approver = world.user("red", allow("iam:*Delegation*"), policy, Tags=[{"Key": "team", "Value": "red"}])
    actor = world.trade(world.token(approver))
    actor.iam.list_groups()
    world.root.iam.untag_user(UserName="red", TagKeys=["team"])
    assert denied(actor) == "AccessDenied"


def test_the_root_users_rights_can_be_delegated(world: DelegationWorld) -> None:
    actor = world.trade(world.token(world.root))
    assert content(actor.sts.get_caller_identity())["Arn"] == arn("root")
    actor.iam.list_groups()
    assert refusal(actor.iam.list_users)[0] == "AccessDenied"


def test_roles_are_made_within_the_providers_boundary(world: DelegationWorld, admin: Actor) -> None:
    permissions = {"PolicyTemplateArn": ROLES_TEMPLATE}
    actor = world.trade(world.token(admin, Permissions=permissions))
    making = {"AssumeRolePolicyDocument": document(allow("sts:AssumeRole", None, Principal={"AWS": ACCOUNT}))}
    for boundary in ({}, {"PermissionsBoundary": "arn:aws:iam::aws:policy/ReadOnlyAccess"}):
        assert refusal(actor.iam.create_role, RoleName="made", **making, **boundary)[0] == "AccessDenied"
    role = actor.iam.create_role(RoleName="made", **making, PermissionsBoundary=BOUNDARY)["Role"]
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == BOUNDARY
    world.root.iam.put_role_policy(RoleName="made", PolicyName="all", PolicyDocument=document(allow("*")))
    session = admin.assume(role["Arn"])
    assert session.sts.get_access_key_info(AccessKeyId="AKIAROOTEXAMPLE00000")
    code, message = refusal(session.iam.list_groups)
    assert code == "AccessDenied"
    assert "no permissions boundary allows" in message


def test_a_boundary_of_a_provider_can_be_read_and_is_nothing_else(
    world: DelegationWorld, admin: Actor
) -> None:
    policy = admin.iam.get_policy(PolicyArn=BOUNDARY)["Policy"]
    assert (policy["Path"], policy["IsAttachable"], policy["DefaultVersionId"]) == (
        "/permissions_boundary/example.com/",
        False,
        "v1",
    )
    version = admin.iam.get_policy_version(PolicyArn=BOUNDARY, VersionId="v1")["PolicyVersion"]
    assert version["Document"]["Statement"] == [allow("sts:*")]
    assert refusal(admin.iam.attach_user_policy, UserName="admin", PolicyArn=BOUNDARY) == (
        "NoSuchEntity",
        f"Policy {BOUNDARY} does not exist or is not attachable.",
    )
    assert BOUNDARY not in {
        each["Arn"] for each in admin.iam.list_policies(Scope="AWS", MaxItems=1000)["Policies"]
    }
    absent = BOUNDARY.replace("limits", "other")
    assert refusal(admin.iam.get_policy, PolicyArn=absent)[0] == "NoSuchEntity"
    assert (
        refusal(admin.iam.put_user_permissions_boundary, UserName="admin", PermissionsBoundary=absent)[0]
        == "NoSuchEntity"
    )


# What it cannot do at all


def test_delegated_access_cannot_be_delegated_on(world: DelegationWorld, admin: Actor) -> None:
    actor = world.trade(world.token(admin, Permissions={"PolicyTemplateArn": ACCEPTING_TEMPLATE}))
    request_id = world.claimed(admin)
    assert refusal(actor.iam.accept_delegation_request, DelegationRequestId=request_id) == (
        "AccessDenied",
        "Delegated access cannot be delegated on.",
    )


def test_delegated_access_gets_no_longer_sessions(world: DelegationWorld, admin: Actor) -> None:
    actor = world.trade(world.token(admin))
    for operation, params in (
        (actor.sts.get_session_token, {}),
        (actor.sts.get_federation_token, {"Name": "longer"}),
    ):
        assert refusal(operation, **params)[0] == "AccessDenied"


# What ends it


def test_a_root_user_that_was_assumed_with_it_ends_with_it(fresh: DelegationWorld) -> None:
    """R-12: a quarter of an hour more than was approved is more than was approved."""
    organization = with_root_access(fresh)
    member = organization.account("alpha")
    permissions = {"PolicyTemplateArn": ACCEPTING_TEMPLATE}
    token = fresh.token(organization.steward, Permissions=permissions, SessionDuration=300)
    root = assume(fresh.trade(token), member)
    assert root.iam.list_access_keys()["AccessKeyMetadata"] == []
    fresh.clock.advance(timedelta(seconds=300))
    assert refusal(root.iam.list_access_keys)[0] == "ExpiredToken"


def test_it_ends_when_its_time_is_over(fresh: DelegationWorld) -> None:
    admin = fresh.user("admin", allow("*"))
    token = fresh.token(admin, SessionDuration=300)
    actor = fresh.trade(token)
    fresh.clock.advance(timedelta(seconds=290))
    actor.iam.list_groups()
    fresh.trade(token).iam.list_groups()
    fresh.clock.advance(timedelta(seconds=10))
    assert denied(actor) == "ExpiredToken"
    assert refusal(fresh.provider.sts.get_delegated_access_token, TradeInToken=token) == EXPIRED


def test_the_time_runs_from_the_release(fresh: DelegationWorld) -> None:
    admin = fresh.user("admin", allow("*"))
    request_id = fresh.accepted(admin, SessionDuration=300)
    fresh.clock.advance(timedelta(days=6))
    admin.iam.send_delegation_token(DelegationRequestId=request_id)
    fresh.trade(fresh.token_of(request_id)).iam.list_groups()


def test_an_approval_that_is_taken_back_gives_no_token(world: DelegationWorld, admin: Actor) -> None:
    request_id = world.accepted(admin)
    admin.iam.reject_delegation_request(DelegationRequestId=request_id)
    assert refusal(admin.iam.send_delegation_token, DelegationRequestId=request_id)[0] == "InvalidInput"
    kinds = {message["Type"] for message in world.told() if message["RequestId"] == request_id}
    assert kinds == {"StateChange"}


def test_it_ends_with_whoever_approved(world: DelegationWorld) -> None:
    approver = world.user("leaver", allow("*"))
    token = world.token(approver)
    actor = world.trade(token)
    iam = world.root.iam
    iam.delete_access_key(UserName="leaver", AccessKeyId=approver.credentials.access_key_id)  # type: ignore[union-attr]
    actor.iam.list_groups()
    iam.delete_user_policy(UserName="leaver", PolicyName="test")
    iam.delete_user(UserName="leaver")
    assert denied(actor) == "InvalidClientTokenId"
    assert refusal(world.provider.sts.get_delegated_access_token, TradeInToken=token) == INVALID
    world.user("leaver", allow("*"))
    assert denied(actor) == "InvalidClientTokenId"


def test_what_is_denied_to_older_sessions_is_denied_to_it(fresh: DelegationWorld) -> None:
    """As *Revoke active sessions* does; to trade the token in once more gives no newer session."""
    admin = fresh.user("admin", allow("*"))
    token = fresh.token(admin)
    actor = fresh.trade(token)
    fresh.clock.advance(timedelta(seconds=5))
    moment = fresh.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    fresh.root.iam.put_user_policy(
        UserName="admin",
        PolicyName="AWSRevokeOlderSessions",
        PolicyDocument=document(deny("*", Condition={"DateLessThan": {"aws:TokenIssueTime": moment}})),
    )
    assert denied(actor) == "AccessDenied"
    fresh.clock.advance(timedelta(seconds=5))
    assert denied(fresh.trade(token)) == "AccessDenied"
    admin.iam.list_groups()
    fresh.trade(fresh.token(admin)).iam.list_groups()


def test_roles_assumed_with_it_end_with_it(fresh: DelegationWorld) -> None:
    admin = fresh.user("admin", allow("*"))
    role = fresh.role("deeper", {"AWS": ACCOUNT}, allow("*"))
    deepest = fresh.role("deepest", {"AWS": ACCOUNT}, allow("*"))
    token = fresh.token(admin, SessionDuration=1800)
    answer = fresh.trade(token).sts.assume_role(RoleArn=role, RoleSessionName="one", DurationSeconds=3600)
    ends_at = fresh.provider.sts.get_delegated_access_token(TradeInToken=token)["Credentials"]["Expiration"]
    assert answer["Credentials"]["Expiration"] == ends_at
    deeper = Actor(fresh, Credentials.of(answer["Credentials"]))
    last = deeper.assume(deepest)
    last.iam.list_users()
    request_id = fresh.claimed(admin)
    assert refusal(last.iam.accept_delegation_request, DelegationRequestId=request_id)[0] == "AccessDenied"
    fresh.clock.advance(timedelta(seconds=1800))
    for actor in (deeper, last):
        assert refusal(actor.sts.get_caller_identity)[0] == "ExpiredToken"


def test_it_ends_when_the_operator_ends_all_sessions_of_the_account(fresh: DelegationWorld) -> None:
    token = fresh.token(fresh.user("admin", allow("*")))
    actor = fresh.trade(token)
    fresh.clock.advance(timedelta(seconds=5))
    revocation = SessionRevocation(RevocationKind.ACCOUNT, ACCOUNT, fresh.clock.now())
    fresh.app.store.write(lambda transaction: transaction.session_revocations.put(revocation)).result()
    assert denied(actor) == "ExpiredToken"
    fresh.clock.advance(timedelta(seconds=5))
    assert refusal(fresh.provider.sts.get_delegated_access_token, TradeInToken=token) == (
        "ExpiredTradeInTokenException",
        "The delegated access was ended.",
    )


def test_the_chronicle_tells_who_has_acted(loop: LoopThread, tmp_path: Path) -> None:
    """AWS: *CloudTrail* of IAM temporary delegation: the identity is the approver's, and the provider is told beside it."""
    chronicle = tmp_path / "audit.jsonl"
    with delegation_world(loop, tmp_path, audit_file=chronicle) as world:
        admin = world.user("admin", allow("*"))
        role = world.role("deeper", {"AWS": ACCOUNT}, allow("*"))
        actor = world.trade(world.token(admin))
        before = len(records_of(world.app))
        actor.iam.list_groups()
        actor.assume(role).iam.list_users()
        admin.iam.list_groups()
        identities = [(line["eventName"], line["userIdentity"]) for line in records_of(world.app)[before:]]
    told = [
        (name, each["arn"], each.get("invokedByDelegate", {}).get("accountId")) for name, each in identities
    ]
    assert told == [
        ("ListGroups", arn("user/admin"), PROVIDER),
        ("AssumeRole", arn("user/admin"), PROVIDER),
        ("ListUsers", f"arn:aws:sts::{ACCOUNT}:assumed-role/deeper/session", PROVIDER),
        ("ListGroups", arn("user/admin"), None),
    ]


def test_a_boundary_that_is_registered_no_more_allows_nothing(loop: LoopThread, tmp_path: Path) -> None:
    trusting = document(allow("sts:AssumeRole", None, Principal={"AWS": ACCOUNT}))
    with delegation_world(loop, tmp_path, data=tmp_path / "iamd.sqlite") as world:
        admin = world.user("admin", allow("*"))
        iam = world.root.iam
        role = iam.create_role(
            RoleName="bound", AssumeRolePolicyDocument=trusting, PermissionsBoundary=BOUNDARY
        )["Role"]["Arn"]
        iam.put_role_policy(RoleName="bound", PolicyName="all", PolicyDocument=document(allow("*")))
        asking = {"AccessKeyId": "AKIAROOTEXAMPLE00000"}
        assert admin.assume(role).sts.get_access_key_info(**asking)["Account"] == ACCOUNT
    settings = msgspec.structs.replace(world.settings, product_providers=None)
    restarted = World(loop, settings)
    try:
        again = Actor(restarted, admin.credentials)
        assert refusal(again.assume(role).sts.get_access_key_info, **asking)[0] == "AccessDenied"
        assert refusal(again.iam.get_policy, PolicyArn=BOUNDARY)[0] == "NoSuchEntity"
    finally:
        restarted.close()
