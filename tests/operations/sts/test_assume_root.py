"""AssumeRoot: who may, and what the sessions are good for."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.support.answers import arn, content, denial, refusal
from tests.support.decisions import last_decision
from tests.support.organization import RCP, Organized
from tests.support.root_access import (
    AUDIT,
    CREDENTIALS_TASKS,
    DELETE,
    SESSIONS_TASKS,
    asked,
    assume,
    root_of,
    with_root_access,
)
from tests.support.world import ACCOUNT, Actor, Credentials, World, allow, deny, document

from iamd.catalogue.root_tasks import PREFIX
from iamd.domain.service_accesses import IAM

NO_TOKEN = ("InvalidClientTokenId", "The security token included in the request is invalid.")
STEWARD = arn("user/steward")


def refused(actor: Actor, target: str, task: str = AUDIT, **more: Any) -> tuple[str, str]:
    return refusal(actor.sts.assume_root, **asked(target, task, **more))


def not_authorized(caller_arn: str, member: str) -> tuple[str, str]:
    sentence = (
        f"User: {caller_arn} is not authorized to perform: sts:AssumeRoot on resource: {root_of(member)}"
    )
    return "AccessDenied", sentence


@pytest.fixture
def org(world: World) -> Organized:
    """Give an organization with both features."""
    return with_root_access(world)


@pytest.fixture
def member(org: Organized) -> str:
    return org.account("alpha")


def test_the_answer(org: Organized, member: str) -> None:
    answer = content(org.steward.sts.assume_root(**asked(member)))
    credentials = answer.pop("Credentials")
    assert set(credentials) == {"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"}
    assert credentials["AccessKeyId"].startswith("ASIA")
    length = len(credentials["SessionToken"])
    assert length < 1024
    assert answer == {"SessionTokenSize": length, "SessionTokenUtilization": -(-length * 100 // 4096)}
    left = credentials["Expiration"] - datetime.now(UTC)
    assert timedelta(seconds=895) < left <= timedelta(seconds=900)


def test_the_session_is_the_root_of_the_member(org: Organized, member: str) -> None:
    for target in (member, root_of(member)):
        assert content(assume(org.steward, target).sts.get_caller_identity()) == {
            "UserId": member,
            "Account": member,
            "Arn": root_of(member),
        }


class TestParameters:
    @pytest.mark.parametrize(
        ("seconds", "works"), [(0, True), (1, True), (900, True), (901, False), (-1, False)]
    )
    def test_it_lasts_a_quarter_of_an_hour_at_most(
        self, org: Organized, member: str, seconds: int, works: bool
    ) -> None:
        """R-36; semantics 70."""
        given = asked(member, DurationSeconds=seconds)
        if not works:
            assert refusal(org.steward.sts.assume_root, **given)[0] == "ValidationError"
            return
        expiration = org.steward.sts.assume_root(**given)["Credentials"]["Expiration"]
        assert abs(expiration - datetime.now(UTC) - timedelta(seconds=seconds)) < timedelta(seconds=5)

    def test_it_ends(self, org: Organized, member: str) -> None:
        session = assume(org.steward, member)
        org.world.clock.advance(timedelta(seconds=901))
        assert refusal(session.sts.get_caller_identity)[0] == "ExpiredToken"
        assert (
            refusal(assume(org.steward, member, DurationSeconds=0).sts.get_caller_identity)[0]
            == "ExpiredToken"
        )

    @pytest.mark.parametrize(
        "text",
        [
            "arn:aws:iam::aws:policy/ReadOnlyAccess",
            "arn:aws:iam::aws:policy/IAMAuditRootUserCredentials",
            PREFIX,
        ],
    )
    def test_the_task_is_one_of_aws_s(self, org: Organized, member: str, text: str) -> None:
        assert refused(org.steward, member, text) == ("ValidationError", f"{text} is not a task policy")

    def test_the_task_must_be_named(self, org: Organized, member: str) -> None:
        given = {"TargetPrincipal": member, "TaskPolicyArn": {}}
        assert refusal(org.steward.sts.assume_root, **given)[0] == "ValidationError"

    @pytest.mark.parametrize(
        "target",
        [
            "not an account id",
            "0123456789012",
            "arn:aws:iam::{}:user/bob",
            "arn:aws:iam::{}:root/",
            "arn:aws:sts::{}:root",
            "arn:aws-cn:iam::{}:root",
            "{}:root",
            "arn:aws:iam::{}:root\n",
        ],
    )
    def test_the_target_is_a_root_user(self, org: Organized, member: str, target: str) -> None:
        text = target.format(member)
        assert refused(org.steward, text) == ("ValidationError", f"{text} is invalid")

    def test_a_session_token_is_at_least_as_long_as_was_asked(self, org: Organized, member: str) -> None:
        answer = org.steward.sts.assume_root(**asked(member, MinimumSessionTokenSize=2000))
        assert 2000 <= len(answer["Credentials"]["SessionToken"]) == answer["SessionTokenSize"] <= 2003


class TestWhoMay:
    def test_users_and_roles_of_the_management_account(self, org: Organized, member: str) -> None:
        role = org.world.role("keeper", {"AWS": STEWARD}, allow("sts:AssumeRoot"))
        session = org.steward.assume(role)
        for caller in (org.steward, session):
            assert assume(caller, member).sts.get_caller_identity()["Arn"] == root_of(member)

    def test_users_and_roles_of_a_delegated_administrator(self, org: Organized, member: str) -> None:
        administrator = org.enter(org.administrator("admin", IAM))
        assert assume(administrator, member).sts.get_caller_identity()["Arn"] == root_of(member)

    def test_nobody_of_another_member(self, org: Organized, member: str) -> None:
        for account_id in (org.account("beta"), org.administrator("other", "sso.amazonaws.com"), member):
            caller = org.enter(account_id)
            caller_arn = caller.sts.get_caller_identity()["Arn"]
            assert refused(caller, member) == not_authorized(caller_arn, member)

    def test_no_root_user(self, org: Organized, member: str) -> None:
        expected = ("AccessDenied", "AssumeRoot may not be called by root accounts.")
        assert refused(org.world.root, member) == expected
        org.client.register_delegated_administrator(AccountId=member, ServicePrincipal=IAM)
        assert refused(org.root(member), org.account("beta")) == expected
        assert refused(assume(org.steward, member), member) == expected

    @pytest.mark.parametrize("kind", ["session", "federated"])
    def test_no_session_that_is_good_for_nothing_of_the_kind(
        self, org: Organized, member: str, kind: str
    ) -> None:
        # semantics 71
        sts = org.steward.sts
        answer = (
            sts.get_session_token()
            if kind == "session"
            else sts.get_federation_token(Name="fed", Policy=document(allow("*")))
        )
        caller = Actor(org.world, Credentials.of(answer["Credentials"]))
        expected = ("AccessDenied", "Cannot call AssumeRoot with session credentials")
        assert refused(caller, member) == expected

    def test_their_own_policies_must_allow_it(self, org: Organized, member: str) -> None:
        # semantics 85
        nobody = org.world.user("nobody")
        assert refused(nobody, member) == denial(arn("user/nobody"), "sts:AssumeRoot", root_of(member))
        exact = org.world.user("exact", allow("sts:AssumeRoot", root_of(member)))
        assume(exact, member)
        beta = org.account("beta")
        assert refused(exact, beta) == denial(arn("user/exact"), "sts:AssumeRoot", root_of(beta))
        edge = org.world.root.iam.create_policy(PolicyName="edge", PolicyDocument=document(allow("s3:*")))
        bounded = org.world.user("bounded", allow("*"), PermissionsBoundary=edge["Policy"]["Arn"])
        assert "no permissions boundary allows" in refused(bounded, member)[1]
        denied = org.world.user("denied", allow("*"), deny("sts:AssumeRoot"))
        assert "explicit deny in an identity-based policy" in refused(denied, member)[1]

    def test_the_task_is_a_condition_key(self, org: Organized, member: str) -> None:
        only = {"ArnEquals": {"sts:TaskPolicyArn": AUDIT}}
        auditor = org.world.user("auditor", allow("sts:AssumeRoot", Condition=only))
        assume(auditor, member, AUDIT)
        assert refused(auditor, member, DELETE)[0] == "AccessDenied"

    def test_policies_of_the_organization_hold_for_who_asks(self, org: Organized, member: str) -> None:
        administrator_id = org.administrator("admin", IAM)
        administrator = org.enter(administrator_id)
        org.attach(administrator_id, "none", deny("sts:AssumeRoot"))
        assert "explicit deny in a service control policy" in refused(administrator, member)[1]
        # They do not touch the management account; what is the member's is another matter.
        assume(org.steward, member)
        org.client.enable_policy_type(RootId=org.root_id, PolicyType=RCP)
        org.attach(member, "closed", deny("sts:AssumeRoot", Principal="*"), type_=RCP)
        assert "explicit deny in a resource control policy" in refused(org.steward, member)[1]


class TestTheOrganization:
    def test_who_is_in_none_may_assume_nobody(self, world: World) -> None:
        other = "210987654321"
        bob = world.user("bob", allow("*"))
        for target in (other, ACCOUNT):
            assert refused(bob, target) == not_authorized(arn("user/bob"), target)

    def test_whether_an_account_is_there_is_not_told(self, org: Organized) -> None:
        """R-28"""
        for target in (ACCOUNT, "210987654321"):
            assert refused(org.steward, target) == not_authorized(STEWARD, target)

    def test_a_closed_account_has_no_root_user(self, org: Organized, member: str) -> None:
        session = assume(org.steward, member)
        org.client.close_account(AccountId=member)
        assert refused(org.steward, member) == not_authorized(STEWARD, member)
        assert refusal(session.sts.get_caller_identity) == NO_TOKEN

    @pytest.mark.parametrize(
        ("feature", "closed", "others"),
        [
            ("root_credentials_management", CREDENTIALS_TASKS, SESSIONS_TASKS),
            ("root_sessions", SESSIONS_TASKS, CREDENTIALS_TASKS),
        ],
    )
    def test_each_task_is_part_of_a_feature(
        self, org: Organized, member: str, feature: str, closed: list[str], others: list[str]
    ) -> None:
        sessions = {task: assume(org.steward, member, task) for task in closed + others}
        getattr(org.world.root.iam, f"disable_organizations_{feature}")()
        for task in closed:
            assert refused(org.steward, member, task) == not_authorized(STEWARD, member)
            # What was handed out is worth nothing any more.
            assert refusal(sessions[task].sts.get_caller_identity) == NO_TOKEN
        for task in others:
            assume(org.steward, member, task)
            sessions[task].sts.get_caller_identity()

    @pytest.mark.parametrize("how", ["deregistered", "shut out", "left"])
    def test_it_is_over_at_once(self, org: Organized, member: str, how: str) -> None:
        administrator_id = org.administrator("admin", IAM)
        administrator = org.enter(administrator_id)
        session = assume(administrator, member)
        session.sts.get_caller_identity()
        if how == "left":
            org.client.remove_account_from_organization(AccountId=member)
        else:
            org.client.deregister_delegated_administrator(AccountId=administrator_id, ServicePrincipal=IAM)
        if how == "shut out":
            org.client.disable_aws_service_access(ServicePrincipal=IAM)
        caller_arn = administrator.sts.get_caller_identity()["Arn"]
        assert refused(administrator, member) == not_authorized(caller_arn, member)
        assert refusal(session.sts.get_caller_identity) == NO_TOKEN


class TestServiceControlPolicies:
    """They hold for root users of members, assumed ones included."""

    def test_they_hold(self, org: Organized, member: str) -> None:
        session = assume(org.steward, member)
        session.iam.list_access_keys()
        org.attach(member, "closed", deny("iam:ListAccessKeys"))
        code, message = refusal(session.iam.list_access_keys)
        assert (code, "explicit deny in a service control policy" in message) == ("AccessDenied", True)

    def test_they_can_spare_assumed_roots(self, org: Organized, member: str) -> None:
        # AWS: *aws:AssumedRoot*: in the request context of an assumed root only.
        no_root = {
            "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"},
            "Null": {"aws:AssumedRoot": "true"},
        }
        root = org.root(member)
        org.attach(member, "no-root", deny("iam:*", Condition=no_root))
        assert "service control policy" in refusal(root.iam.list_access_keys)[1]
        assert len(assume(org.steward, member).iam.list_access_keys()["AccessKeyMetadata"]) == 1


class TestSourceIdentity:
    @pytest.fixture
    def alice(self, org: Organized) -> Actor:
        role = org.world.role("keeper", {"AWS": STEWARD}, allow("sts:AssumeRoot"))
        return org.steward.assume(role, SourceIdentity="Alice")

    def test_it_is_handed_on(self, alice: Actor, org: Organized, member: str) -> None:
        answer = alice.sts.assume_root(**asked(member))
        assert answer["SourceIdentity"] == "Alice"
        session = Actor(org.world, Credentials.of(answer["Credentials"]))
        assert refusal(session.iam.list_users)[0] == "AccessDenied"
        keys = context_of(org.world, member)
        assert keys["aws:SourceIdentity"] == "Alice"


def context_of(world: World, account_id: str) -> dict[str, Any]:
    """Return the context keys of the last denial."""
    denied = world.app.pipeline.decisions.find(last_decision(world), account_id, world.clock.now())
    assert denied is not None
    return dict(denied.request.context)


def test_the_context_keys_of_the_session(org: Organized, member: str) -> None:
    # semantics 43, 72
    session = assume(org.steward, member)
    assert refusal(session.iam.list_users)[0] == "AccessDenied"
    keys = {
        key: value
        for key, value in context_of(org.world, member).items()
        if key.startswith(("aws:Principal", "aws:user", "aws:Multi", "aws:Assumed", "aws:SourceId"))
    }
    assert keys == {
        "aws:PrincipalArn": root_of(member),
        "aws:PrincipalAccount": member,
        "aws:PrincipalType": "Account",
        "aws:PrincipalIsAWSService": "false",
        "aws:PrincipalOrgID": org.id,
        "aws:PrincipalOrgPaths": (f"{org.id}/{org.root_id}/",),
        "aws:userid": member,
        "aws:AssumedRoot": "true",
        "aws:MultiFactorAuthPresent": "false",
    }


def test_a_denial_tells_the_caller_s_account_alone(org: Organized, member: str) -> None:
    nobody = org.world.user("nobody")
    assert refused(nobody, member)[0] == "AccessDenied"
    keys = context_of(org.world, ACCOUNT)
    assert (keys["sts:TaskPolicyArn"], keys["aws:ResourceAccount"]) == (AUDIT, member)
