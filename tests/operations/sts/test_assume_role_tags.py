"""AssumeRole: the tags and the source identity that a session carries."""

import pytest
from botocore.exceptions import ClientError
from tests.operations.sts.test_assume_role import (
    BOB,
    denied,
    error_of,
    role_with,
    trusting,
)
from tests.support.world import World, allow, deny


class TestTags:
    def test_become_principal_tags_and_go_before_those_of_the_role(self, world: World) -> None:
        bob = world.user("bob")
        own = allow("iam:GetUser", Condition={"StringEquals": {"aws:PrincipalTag/team": "red"}})
        arn = world.role("r", {"AWS": BOB}, own, Tags=[{"Key": "Team", "Value": "blue"}])
        with pytest.raises(ClientError):
            bob.assume(arn).iam.get_user(UserName="bob")
        session = bob.assume(arn, Tags=[{"Key": "TEAM", "Value": "red"}])
        assert session.iam.get_user(UserName="bob")["User"]["UserName"] == "bob"

    def test_take_no_tag_of_the_role_away(self, world: World) -> None:
        """R-71: the Kelvin sign is no K; a key that is written with it replaces no other."""
        bob = world.user("bob")
        risky = {"StringEquals": {"aws:PrincipalTag/risk": "high"}}
        arn = world.role(
            "r",
            {"AWS": BOB},
            allow("iam:ListUsers"),
            deny("iam:ListUsers", Condition=risky),
            Tags=[{"Key": "risk", "Value": "high"}],
        )
        session = bob.assume(arn, Tags=[{"Key": "ris\N{KELVIN SIGN}", "Value": "low"}])
        with pytest.raises(ClientError, match="explicit deny"):
            session.iam.list_users()

    def test_need_their_own_permission(self, world: World) -> None:
        # semantics 66
        bob = world.user("bob")
        arn = role_with(world, "r", allow("sts:AssumeRole", None, Principal={"AWS": BOB}))
        assert bob.assume(arn)
        error = error_of(bob, arn, Tags=[{"Key": "a", "Value": "b"}])
        assert error == denied(
            BOB, arn, "because no role trust policy allows the sts:TagSession action", "sts:TagSession"
        )

    def test_can_be_demanded_by_the_trust_policy(self, world: World) -> None:
        """R-37: a tag that is absent, empty, or of another value."""
        bob = world.user("bob")
        arn = role_with(world, "r", trusting(BOB, StringEquals={"aws:RequestTag/Project": "x"}))
        assert error_of(bob, arn)["Code"] == "AccessDenied"
        assert error_of(bob, arn, Tags=[{"Key": "Project", "Value": ""}])["Code"] == "AccessDenied"
        assert error_of(bob, arn, Tags=[{"Key": "Project", "Value": "X"}])["Code"] == "AccessDenied"
        assert bob.assume(arn, Tags=[{"Key": "project", "Value": "x"}])

    def test_follow_their_rules(self, world: World) -> None:
        # fact 85
        bob = world.user("bob")
        arn = world.role("r", {"AWS": BOB})
        twice = [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]
        assert error_of(bob, arn, Tags=twice) == {
            "Code": "InvalidParameterValue",
            "Message": "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
        }
        assert error_of(bob, arn, Tags=twice[:1], TransitiveTagKeys=["b"]) == {
            "Code": "InvalidParameterValue",
            "Message": "The specified transitive tag key must be included in the requested tags.",
        }
        assert bob.assume(arn, Tags=twice[:1], TransitiveTagKeys=["A"])

    def test_that_are_transitive_go_along_the_chain(self, world: World) -> None:
        bob = world.user("bob")
        first = world.role("first", {"AWS": BOB})
        second = role_with(world, "second", trusting(first, StringEquals={"aws:RequestTag/Team": "red"}))
        third = role_with(world, "third", trusting(second, StringEquals={"aws:RequestTag/Team": "red"}))
        tags = [{"Key": "Team", "Value": "red"}, {"Key": "Local", "Value": "x"}]
        session = bob.assume(first, Tags=tags, TransitiveTagKeys=["Team"])
        assert session.assume(second).assume(third).sts.get_caller_identity()
        assert bob.assume(first, Tags=tags).sts.get_caller_identity()
        assert error_of(bob.assume(first, Tags=tags), second)["Code"] == "AccessDenied"

    def test_that_are_transitive_cannot_be_overridden(self, world: World) -> None:
        # semantics 69
        bob = world.user("bob")
        first = world.role("first", {"AWS": BOB})
        second = world.role("second", {"AWS": first})
        session = bob.assume(first, Tags=[{"Key": "Team", "Value": "red"}], TransitiveTagKeys=["Team"])
        error = error_of(session, second, Tags=[{"Key": "team", "Value": "blue"}])
        assert error["Code"] == "InvalidParameterValue"
        assert error["Message"].startswith("One of the specified transitive tag keys can't be set")

    def test_that_do_not_fit_are_refused(self, world: World) -> None:
        bob = world.user("bob")
        arn = world.role("r", {"AWS": BOB})
        noise = [
            {
                "Key": f"k{n}",
                "Value": "".join(chr(0x4E00 + (n * 7919 + i * 104729) % 20000) for i in range(200)),
            }
            for n in range(50)
        ]
        error = error_of(bob, arn, Tags=noise)
        assert error["Code"] == "PackedPolicyTooLarge"
        assert error["Message"].endswith("% of allotted space, please use smaller policy.")


class TestSourceIdentity:
    def test_is_answered_and_stays(self, world: World) -> None:
        bob = world.user("bob")
        first = world.role("first", {"AWS": BOB}, allow(["sts:SetSourceIdentity", "sts:AssumeRole"]))
        second = world.role("second", {"AWS": first})
        answer = bob.sts.assume_role(RoleArn=first, RoleSessionName="ss", SourceIdentity="bob@example.com")
        assert answer["SourceIdentity"] == "bob@example.com"
        session = bob.assume(first, SourceIdentity="bob@example.com")
        chained = session.sts.assume_role(RoleArn=second, RoleSessionName="ss")
        assert chained["SourceIdentity"] == "bob@example.com"
        assert error_of(session, second, SourceIdentity="eve")["Code"] == "AccessDenied"

    def test_needs_its_own_permission(self, world: World) -> None:
        bob = world.user("bob")
        arn = role_with(world, "r", allow("sts:AssumeRole", None, Principal={"AWS": BOB}))
        error = error_of(bob, arn, SourceIdentity="bob")
        assert error == denied(
            BOB,
            arn,
            "because no role trust policy allows the sts:SetSourceIdentity action",
            "sts:SetSourceIdentity",
        )

    def test_needs_the_callers_policies_too_in_a_chain(self, world: World) -> None:
        # semantics 66
        bob = world.user("bob")
        first = world.role("first", {"AWS": BOB})
        second = world.role("second", {"AWS": first})
        session = bob.assume(first, SourceIdentity="bob")
        assert error_of(session, second)["Message"].endswith(
            "because no identity-based policy allows the sts:SetSourceIdentity action"
        )

    def test_is_a_condition_key_of_the_session(self, world: World) -> None:
        bob = world.user("bob")
        own = allow("iam:ListUsers", Condition={"StringEquals": {"aws:SourceIdentity": "bob"}})
        arn = world.role("r", {"AWS": BOB}, own)
        assert bob.assume(arn, SourceIdentity="bob").iam.list_users()["Users"]
        with pytest.raises(ClientError):
            bob.assume(arn).iam.list_users()
