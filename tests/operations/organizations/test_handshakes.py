"""Invitations, and how they are answered."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support.answers import content, denial, refusal
from tests.support.loops import LoopThread
from tests.support.organization import Organized, reason
from tests.support.world import ACCOUNT, Actor, Credentials, World, allow, deny

from iamd.secret import Secret
from iamd.settings import Settings

OTHERS, EMAIL = "210987654321", "others@example.com"
THIRD = "310987654321"
ROOT_KEY = ("AKIAROOTEXAMPLE00000", "root/secret/access/key/of/the/tests/0000")
NOT_FOUND = (
    "HandshakeNotFoundException",
    "We can't find a handshake with the HandshakeId that you specified.",
)
NO_PERMISSION = ("AccessDeniedException", "You don't have permissions to access this resource.")
INVALID = (
    "InvalidHandshakeTransitionException",
    "You can't perform the operation on the handshake in its current state.",
)
ALREADY = ("HandshakeAlreadyInStateException", "The specified handshake is already in the requested state.")


@pytest.fixture
def world(loop: LoopThread, tmp_path: Path) -> Iterator[World]:
    """Give a world with two more accounts, whose root users have keys."""
    seed = tmp_path / "seed.json"
    accounts = [
        {
            "id": id_,
            "root_access_key": {"id": f"AKIAROOT{id_}", "secret": ROOT_KEY[1]},
            **({"email": EMAIL} if id_ == OTHERS else {}),
        }
        for id_ in (OTHERS, THIRD)
    ]
    main = {"id": ACCOUNT, "name": "Main", "email": "main@example.com"}
    seed.write_text(json.dumps({"accounts": [main, *accounts]}))
    world = World(
        loop,
        Settings(
            account_id=ACCOUNT,
            seed=seed,
            root_access_key_id=ROOT_KEY[0],
            root_secret_access_key=Secret(ROOT_KEY[1]),
        ),
    )
    yield world
    world.close()


def root_of(world: World, account_id: str) -> Actor:
    return Actor(world, Credentials(f"AKIAROOT{account_id}", ROOT_KEY[1]), "root")


@pytest.fixture
def others(world: World) -> Any:
    """Give a client of the root user of the account that is invited."""
    return root_of(world, OTHERS).organizations


@pytest.fixture
def third(world: World) -> Any:
    return root_of(world, THIRD).organizations


def invite(org: Organized, id_: str = OTHERS, type_: str = "ACCOUNT", **more: Any) -> dict[str, Any]:
    answer = org.client.invite_account_to_organization(Target={"Id": id_, "Type": type_}, **more)
    handshake: dict[str, Any] = answer["Handshake"]
    return handshake


def ids(listed: dict[str, Any]) -> list[str]:
    return [each["Id"] for each in listed["Handshakes"]]


@pytest.mark.parametrize(("id_", "type_"), [(OTHERS, "ACCOUNT"), (EMAIL, "EMAIL")])
def test_an_invitation(org: Organized, others: Any, id_: str, type_: str) -> None:
    handshake = invite(org, id_, type_, Notes="Join us")
    assert re.fullmatch("h-[0-9a-z]{32}", handshake["Id"])
    since, until = handshake["RequestedTimestamp"], handshake["ExpirationTimestamp"]
    assert until - since == timedelta(days=15)
    sender = {"MASTER_EMAIL": "main@example.com", "MASTER_NAME": "Main", "ORGANIZATION_FEATURE_SET": "FULL"}
    assert handshake == {
        "Id": handshake["Id"],
        "Arn": f"arn:aws:organizations::{ACCOUNT}:handshake/{org.id}/invite/{handshake['Id']}",
        "Parties": [{"Id": org.id, "Type": "ORGANIZATION"}, {"Id": id_, "Type": type_}],
        "State": "OPEN",
        "RequestedTimestamp": since,
        "ExpirationTimestamp": until,
        "Action": "INVITE",
        "Resources": [
            {
                "Type": "ORGANIZATION",
                "Value": org.id,
                "Resources": [{"Type": key, "Value": value} for key, value in sender.items()],
            },
            {"Type": type_, "Value": id_},
            {"Type": "NOTES", "Value": "Join us"},
        ],
    }
    for client in (org.client, others):
        assert content(client.describe_handshake(HandshakeId=handshake["Id"])) == {"Handshake": handshake}
    assert org.client.list_handshakes_for_organization()["Handshakes"] == [handshake]
    assert others.list_handshakes_for_account()["Handshakes"] == [handshake]


@pytest.mark.parametrize(("id_", "type_"), [(OTHERS, "ACCOUNT"), (EMAIL, "EMAIL")])
def test_it_is_accepted(org: Organized, others: Any, id_: str, type_: str) -> None:
    handshake = invite(org, id_, type_, Tags=[{"Key": "team", "Value": "red"}])
    accepted = others.accept_handshake(HandshakeId=handshake["Id"])["Handshake"]
    assert accepted == handshake | {"State": "ACCEPTED"}
    account = org.client.describe_account(AccountId=OTHERS)["Account"]
    assert (account["JoinedMethod"], account["Status"]) == ("INVITED", "ACTIVE")
    assert others.describe_organization()["Organization"]["Id"] == org.id
    tags = org.client.list_tags_for_resource(ResourceId=OTHERS)["Tags"]
    assert tags == [{"Key": "team", "Value": "red"}]
    attached = org.client.list_policies_for_target(TargetId=OTHERS, Filter="SERVICE_CONTROL_POLICY")
    assert [each["Id"] for each in attached["Policies"]] == ["p-FullAWSAccess"]
    # It is under the organization's policies from the next request on.
    org.attach(org.root_id, "no-users", deny("iam:CreateUser"))
    refused = refusal(root_of(org.world, OTHERS).iam.create_user, UserName="eve")
    assert "service control policy" in refused[1]


class TestWhatBecomesOfIt:
    def test_each_answer_is_given_once(self, org: Organized, others: Any) -> None:
        named = {"HandshakeId": invite(org)["Id"]}
        assert others.decline_handshake(**named)["Handshake"]["State"] == "DECLINED"
        assert refusal(others.decline_handshake, **named) == ALREADY
        assert refusal(others.accept_handshake, **named) == INVALID
        assert refusal(org.client.cancel_handshake, **named) == INVALID

        named = {"HandshakeId": invite(org)["Id"]}
        assert org.client.cancel_handshake(**named)["Handshake"]["State"] == "CANCELED"
        assert refusal(org.client.cancel_handshake, **named) == ALREADY
        assert refusal(others.accept_handshake, **named) == INVALID

        named = {"HandshakeId": invite(org)["Id"]}
        others.accept_handshake(**named)
        assert refusal(others.accept_handshake, **named) == ALREADY
        assert refusal(others.decline_handshake, **named) == INVALID

    def test_it_expires(self, org: Organized, others: Any) -> None:
        named = {"HandshakeId": invite(org)["Id"]}
        org.world.clock.advance(timedelta(days=15))
        assert others.describe_handshake(**named)["Handshake"]["State"] == "EXPIRED"
        for operation in (others.accept_handshake, others.decline_handshake, org.client.cancel_handshake):
            assert refusal(operation, **named) == INVALID
        # And another can be sent.
        others.accept_handshake(HandshakeId=invite(org)["Id"])

    def test_it_is_told_of_for_a_month(self, org: Organized, others: Any) -> None:
        named = {"HandshakeId": invite(org)["Id"]}
        others.decline_handshake(**named)
        org.world.clock.advance(timedelta(days=29))
        assert ids(others.list_handshakes_for_account()) == [named["HandshakeId"]]
        org.world.clock.advance(timedelta(days=1))
        assert ids(others.list_handshakes_for_account()) == []
        assert ids(org.client.list_handshakes_for_organization()) == []
        assert refusal(others.describe_handshake, **named) == NOT_FOUND
        invite(org)
        assert len(org.client.list_handshakes_for_organization()["Handshakes"]) == 1

    def test_each_side_has_its_own_answers(self, org: Organized, others: Any) -> None:
        named = {"HandshakeId": invite(org)["Id"]}
        assert refusal(org.client.accept_handshake, **named) == NO_PERMISSION
        assert refusal(org.client.decline_handshake, **named) == NO_PERMISSION
        assert refusal(others.cancel_handshake, **named) == NO_PERMISSION

    def test_for_everybody_else_there_is_none(self, org: Organized, third: Any) -> None:
        """R-28"""
        member = org.enter(org.account("alpha")).organizations
        named = {"HandshakeId": invite(org)["Id"]}
        missing = {"HandshakeId": "h-" + "0" * 32}
        for client in (third, member):
            for name in ("accept_handshake", "decline_handshake", "cancel_handshake", "describe_handshake"):
                assert refusal(getattr(client, name), **named) == NOT_FOUND
                assert refusal(getattr(client, name), **missing) == NOT_FOUND
        assert third.list_handshakes_for_account()["Handshakes"] == []
        assert refusal(member.list_handshakes_for_organization) == NO_PERMISSION


class TestWhoIsInvited:
    @pytest.mark.parametrize(
        ("id_", "type_", "why"),
        [
            ("12345", "ACCOUNT", "INVALID_PATTERN_TARGET_ID"),
            (EMAIL, "ACCOUNT", "INVALID_PATTERN_TARGET_ID"),
            ("o-abcdefghij", "ORGANIZATION", "INVALID_PARTY_TYPE_TARGET"),
            ("nobody", "EMAIL", "INVALID_EMAIL_ADDRESS_TARGET"),
        ],
    )
    def test_the_target_has_a_form(self, org: Organized, id_: str, type_: str, why: str) -> None:
        target = {"Id": id_, "Type": type_}
        refused = reason(org.client.invite_account_to_organization, Target=target)
        assert refused == ("InvalidInputException", why)

    def test_an_account_must_be_there_and_open(self, org: Organized) -> None:
        expected = ("HandshakeConstraintViolationException", "TARGET_ACCOUNT_VALIDATION_FAILURE")
        member = org.account("alpha")
        org.client.close_account(AccountId=member)
        for id_ in ("999999999999", member):
            target = {"Id": id_, "Type": "ACCOUNT"}
            assert reason(org.client.invite_account_to_organization, Target=target) == expected

    def test_a_member_is_not_invited_again(self, org: Organized) -> None:
        expected = ("HandshakeConstraintViolationException", "ALREADY_IN_AN_ORGANIZATION")
        for id_, type_ in (
            (org.account("alpha"), "ACCOUNT"),
            ("alpha@example.com", "EMAIL"),
            (ACCOUNT, "ACCOUNT"),
        ):
            target = {"Id": id_, "Type": type_}
            assert reason(org.client.invite_account_to_organization, Target=target) == expected

    def test_nobody_is_invited_twice(self, org: Organized) -> None:
        invite(org)
        target = {"Id": OTHERS, "Type": "ACCOUNT"}
        assert (
            refusal(org.client.invite_account_to_organization, Target=target)[0]
            == "DuplicateHandshakeException"
        )
        invite(org, THIRD)

    def test_somebody_may_yet_get_the_address(self, org: Organized) -> None:
        handshake = invite(org, "later@example.com", "EMAIL")
        assert handshake["State"] == "OPEN"

    def test_tags_have_their_rules_and_need_a_permission(self, org: Organized) -> None:
        target = {"Id": OTHERS, "Type": "ACCOUNT"}
        twice = [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]
        refused = reason(org.client.invite_account_to_organization, Target=target, Tags=twice)
        assert refused == ("InvalidInputException", "DUPLICATE_TAG_KEY")
        inviter = org.world.user("inviter", allow("organizations:InviteAccountToOrganization")).organizations
        arn = org.arn(f"account/{OTHERS}")
        _, text = denial(f"arn:aws:iam::{ACCOUNT}:user/inviter", "organizations:TagResource", arn)
        refused = refusal(inviter.invite_account_to_organization, Target=target, Tags=twice[:1])
        assert refused == ("AccessDeniedException", text)
        inviter.invite_account_to_organization(Target=target)

    def test_members_invite_nobody(self, org: Organized) -> None:
        member = org.enter(org.account("alpha")).organizations
        target = {"Id": OTHERS, "Type": "ACCOUNT"}
        code, _ = refusal(member.invite_account_to_organization, Target=target)
        assert code == "AccessDeniedException"


class TestMoving:
    """Who is in another organization leaves it by accepting."""

    def test_a_member_moves(self, org: Organized, others: Any, third: Any) -> None:
        third.create_organization()
        asked = third.invite_account_to_organization(Target={"Id": OTHERS, "Type": "ACCOUNT"})["Handshake"]
        others.accept_handshake(HandshakeId=asked["Id"])
        others.accept_handshake(HandshakeId=invite(org)["Id"])
        assert others.describe_organization()["Organization"]["Id"] == org.id
        assert [each["Id"] for each in third.list_accounts()["Accounts"]] == [THIRD]

    def test_who_may_not_leave_may_not_move(self, org: Organized, others: Any, third: Any) -> None:
        third.create_organization()
        asked = third.invite_account_to_organization(Target={"Id": OTHERS, "Type": "ACCOUNT"})["Handshake"]
        others.accept_handshake(HandshakeId=asked["Id"])
        (root,) = third.list_roots()["Roots"]
        third.enable_policy_type(RootId=root["Id"], PolicyType="SERVICE_CONTROL_POLICY")
        staying = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*"}],
        }
        made = third.create_policy(
            Name="stay", Description="", Type="SERVICE_CONTROL_POLICY", Content=json.dumps(staying)
        )
        third.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=root["Id"])
        named = {"HandshakeId": invite(org)["Id"]}
        code, message = refusal(others.accept_handshake, **named)
        assert (code, "service control policy" in message) == ("AccessDeniedException", True)
        # It can still be accepted, since nothing has come of this.
        assert others.describe_handshake(**named)["Handshake"]["State"] == "OPEN"

    def test_a_management_account_stays(self, org: Organized, others: Any) -> None:
        others.create_organization()
        refused = refusal(others.accept_handshake, HandshakeId=invite(org)["Id"])
        assert refused[0] == "MasterCannotLeaveOrganizationException"

    def test_a_member_does_not_join_again(self, org: Organized, others: Any) -> None:
        by_id, by_email = invite(org), invite(org, EMAIL, "EMAIL")
        others.accept_handshake(HandshakeId=by_id["Id"])
        refused = reason(others.accept_handshake, HandshakeId=by_email["Id"])
        assert refused == ("HandshakeConstraintViolationException", "ALREADY_IN_AN_ORGANIZATION")


class TestLists:
    def test_filters(self, org: Organized, others: Any) -> None:
        handshake = invite(org)
        for client, operation in (
            (org.client, "list_handshakes_for_organization"),
            (others, "list_handshakes_for_account"),
        ):
            ask = getattr(client, operation)
            assert ids(ask(Filter={"ActionType": "INVITE"})) == [handshake["Id"]]
            assert ids(ask(Filter={"ActionType": "ENABLE_ALL_FEATURES"})) == []
            assert ids(ask(Filter={"ParentHandshakeId": handshake["Id"]})) == []

    def test_pages(self, org: Organized, others: Any) -> None:
        made = []
        for _ in range(5):
            made.append(invite(org)["Id"])
            others.decline_handshake(HandshakeId=made[-1])
            org.world.clock.advance(timedelta(seconds=1))
        for client, operation in (
            (org.client, "list_handshakes_for_organization"),
            (others, "list_handshakes_for_account"),
        ):
            found = client.get_paginator(operation).paginate(PaginationConfig={"PageSize": 2})
            assert [ids(page) for page in found] == [made[:2], made[2:4], made[4:]]

    def test_who_is_in_no_organization_was_asked_nothing_by_it(self, others: Any) -> None:
        assert content(others.list_handshakes_for_account()) == {"Handshakes": []}
        refused = refusal(others.list_handshakes_for_organization)
        assert refused[0] == "AWSOrganizationsNotInUseException"


def test_an_answer_needs_a_permission_on_the_handshake(org: Organized, others: Any, world: World) -> None:
    handshake = invite(org)
    iam = root_of(world, OTHERS).iam
    for name, resource in (
        ("outsider", "arn:aws:organizations::*:handshake/x"),
        ("insider", handshake["Arn"]),
    ):
        iam.create_user(UserName=name)
        policy = {"Version": "2012-10-17", "Statement": [allow("organizations:AcceptHandshake", resource)]}
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=json.dumps(policy))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        client = Actor(world, Credentials.of(key)).organizations
        if name == "insider":
            client.accept_handshake(HandshakeId=handshake["Id"])
            continue
        _, text = denial(
            f"arn:aws:iam::{OTHERS}:user/outsider", "organizations:AcceptHandshake", handshake["Arn"]
        )
        refused = refusal(client.accept_handshake, HandshakeId=handshake["Id"])
        assert refused == ("AccessDeniedException", text)


class TestAllFeatures:
    """From paying together to all features."""

    @pytest.fixture
    def org(self, world: World) -> Organized:
        return Organized.found(world, FeatureSet="CONSOLIDATED_BILLING")

    def test_where_nobody_was_invited_nobody_is_asked(self, org: Organized) -> None:
        org.account("alpha")
        parent = org.client.enable_all_features()["Handshake"]
        assert parent == {
            "Id": parent["Id"],
            "Arn": f"arn:aws:organizations::{ACCOUNT}:handshake/{org.id}/enable_all_features/{parent['Id']}",
            "Parties": [{"Id": org.id, "Type": "ORGANIZATION"}],
            "State": "OPEN",
            "RequestedTimestamp": parent["RequestedTimestamp"],
            "ExpirationTimestamp": parent["RequestedTimestamp"] + timedelta(days=90),
            "Action": "ENABLE_ALL_FEATURES",
            "Resources": [{"Type": "ORGANIZATION", "Value": org.id}],
        }
        org.client.accept_handshake(HandshakeId=parent["Id"])
        assert org.client.describe_organization()["Organization"]["FeatureSet"] == "ALL"
        org.client.enable_policy_type(RootId=org.root_id, PolicyType="SERVICE_CONTROL_POLICY")
        refused = reason(org.client.enable_all_features)
        assert refused == ("HandshakeConstraintViolationException", "ORGANIZATION_ALREADY_HAS_ALL_FEATURES")

    def test_whoever_was_invited_has_to_agree(self, org: Organized, others: Any, third: Any) -> None:
        for id_, client in ((OTHERS, others), (THIRD, third)):
            client.accept_handshake(HandshakeId=invite(org, id_)["Id"])
        parent = {"HandshakeId": org.client.enable_all_features()["Handshake"]["Id"]}
        state = org.client.describe_handshake(**parent)["Handshake"]["State"]
        assert state == "REQUESTED"
        assert refusal(org.client.accept_handshake, **parent) == INVALID

        asked = org.client.list_handshakes_for_organization(
            Filter={"ActionType": "APPROVE_ALL_FEATURES", "ParentHandshakeId": parent["HandshakeId"]}
        )
        assert len(asked["Handshakes"]) == 2
        for client, account_id in ((others, OTHERS), (third, THIRD)):
            (mine,) = client.list_handshakes_for_account(Filter={"ActionType": "APPROVE_ALL_FEATURES"})[
                "Handshakes"
            ]
            assert mine["Parties"][1] == {"Id": account_id, "Type": "ACCOUNT"}
            assert mine["Resources"][-1] == {"Type": "PARENT_HANDSHAKE", "Value": parent["HandshakeId"]}
            assert refusal(org.client.accept_handshake, HandshakeId=mine["Id"]) == NO_PERMISSION
            client.accept_handshake(HandshakeId=mine["Id"])
        assert org.client.describe_handshake(**parent)["Handshake"]["State"] == "OPEN"
        org.client.accept_handshake(**parent)
        assert others.describe_organization()["Organization"]["FeatureSet"] == "ALL"

    def test_who_does_not_agree_must_go(self, org: Organized, others: Any) -> None:
        others.accept_handshake(HandshakeId=invite(org)["Id"])
        parent = {"HandshakeId": org.client.enable_all_features()["Handshake"]["Id"]}
        (mine,) = others.list_handshakes_for_account(Filter={"ActionType": "APPROVE_ALL_FEATURES"})[
            "Handshakes"
        ]
        others.decline_handshake(HandshakeId=mine["Id"])
        assert refusal(org.client.accept_handshake, **parent) == INVALID
        org.client.remove_account_from_organization(AccountId=OTHERS)
        org.client.accept_handshake(**parent)

    def test_meanwhile_nobody_is_invited_and_nothing_begins_anew(self, org: Organized, others: Any) -> None:
        others.accept_handshake(HandshakeId=invite(org)["Id"])
        parent = {"HandshakeId": org.client.enable_all_features()["Handshake"]["Id"]}
        target = {"Id": THIRD, "Type": "ACCOUNT"}
        assert reason(org.client.invite_account_to_organization, Target=target) == (
            "HandshakeConstraintViolationException",
            "INVITE_DISABLED_DURING_ENABLE_ALL_FEATURES",
        )
        assert reason(org.client.enable_all_features) == (
            "HandshakeConstraintViolationException",
            "ORGANIZATION_IS_ALREADY_PENDING_ALL_FEATURES_MIGRATION",
        )
        org.client.cancel_handshake(**parent)
        (mine,) = others.list_handshakes_for_account(Filter={"ActionType": "APPROVE_ALL_FEATURES"})[
            "Handshakes"
        ]
        assert mine["State"] == "CANCELED"
        org.client.invite_account_to_organization(Target=target)
        org.client.enable_all_features()

    def test_it_is_for_the_management_account(self, org: Organized, others: Any) -> None:
        others.accept_handshake(HandshakeId=invite(org)["Id"])
        assert refusal(others.enable_all_features) == NO_PERMISSION
        parent = {"HandshakeId": org.client.enable_all_features()["Handshake"]["Id"]}
        assert refusal(others.accept_handshake, **parent) == NOT_FOUND
