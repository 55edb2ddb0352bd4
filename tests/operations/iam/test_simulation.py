"""SimulatePrincipalPolicy, SimulateCustomPolicy, and the context keys that policies ask for."""

import json
from typing import Any

import pytest
from tests.support.answers import arn, content
from tests.support.simulations import custom, entry, principal
from tests.support.world import ACCOUNT, Actor, allow, deny, document

OTHER = "210987654321"
BUCKET = "arn:aws:s3:::bucket/key"
READ = document(allow("s3:GetObject", "arn:aws:s3:::bucket/*"))
COMPACT = json.dumps(json.loads(READ), separators=(",", ":"))


def test_a_whole_answer_without_resources(root: Actor) -> None:
    text = (
        '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*",'
        '"Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}'
    )
    later = entry("aws:CurrentTime", "2019-04-25T11:00:00Z", type_="date")
    answer = root.iam.simulate_custom_policy(
        PolicyInputList=[text], ActionNames=["dynamodb:CreateBackup"], ContextEntries=[later]
    )
    # The example of the AWS CLI Command Reference.
    assert content(answer) == {
        "EvaluationResults": [
            {
                "EvalActionName": "dynamodb:CreateBackup",
                "EvalResourceName": "*",
                "EvalDecision": "allowed",
                "MatchedStatements": [
                    {
                        "SourcePolicyId": "PolicyInputList.1",
                        "SourcePolicyType": "IAM Policy",
                        "StartPosition": {"Line": 1, "Column": 38},
                        "EndPosition": {"Line": 1, "Column": 167},
                    }
                ],
                "MissingContextValues": [],
            }
        ],
        "IsTruncated": False,
    }


def test_a_whole_answer_with_resources(root: Actor) -> None:
    """Fact 79, semantics 73."""
    root.iam.create_user(UserName="bob")
    root.iam.put_user_policy(UserName="bob", PolicyName="own", PolicyDocument=COMPACT)
    other = "arn:aws:s3:::other/key"
    answer = root.iam.simulate_principal_policy(
        PolicySourceArn=arn("user/bob"), ActionNames=["s3:GetObject"], ResourceArns=[BUCKET, other]
    )
    matched = {
        "SourcePolicyId": "user_bob_own",
        "SourcePolicyType": "IAM Policy",
        "StartPosition": {"Line": 1, "Column": 38},
        "EndPosition": {"Line": 1, "Column": len(COMPACT) - 1},
    }
    assert content(answer) == {
        "EvaluationResults": [
            {
                "EvalActionName": "s3:GetObject",
                "EvalResourceName": "arn:${Partition}:s3:::${BucketName}/${ObjectName}",
                "EvalDecision": "implicitDeny",
                "MatchedStatements": [],
                "MissingContextValues": [],
                "OrganizationsDecisionDetail": {"AllowedByOrganizations": True},
                "EvalDecisionDetails": {},
                "ResourceSpecificResults": [
                    {
                        "EvalResourceName": BUCKET,
                        "EvalResourceDecision": "allowed",
                        "MatchedStatements": [matched],
                        "MissingContextValues": [],
                    },
                    {
                        "EvalResourceName": other,
                        "EvalResourceDecision": "implicitDeny",
                        "MatchedStatements": [],
                        "MissingContextValues": [],
                    },
                ],
            }
        ],
        "IsTruncated": False,
    }


def test_policies_are_called_as_aws_calls_them(root: Actor) -> None:
    iam = root.iam
    iam.create_user(UserName="bob", Path="/team/")
    iam.create_group(GroupName="staff")
    iam.add_user_to_group(GroupName="staff", UserName="bob")
    policy = iam.create_policy(PolicyName="managed", PolicyDocument=READ)["Policy"]["Arn"]
    iam.put_user_policy(UserName="bob", PolicyName="inline", PolicyDocument=READ)
    iam.attach_user_policy(UserName="bob", PolicyArn=policy)
    iam.put_group_policy(GroupName="staff", PolicyName="inline", PolicyDocument=READ)
    result = principal(root, arn("user/team/bob"), ResourceArns=[BUCKET], PolicyInputList=[READ])
    assert [each["SourcePolicyId"] for each in result["MatchedStatements"]] == [
        "user_bob_inline",
        "managed",
        "group_staff_inline",
        "PolicyInputList.1",
    ]


def test_a_group_is_its_policies(root: Actor) -> None:
    iam = root.iam
    iam.create_group(GroupName="staff")
    policy = iam.create_policy(PolicyName="managed", PolicyDocument=READ)["Policy"]["Arn"]
    iam.attach_group_policy(GroupName="staff", PolicyArn=policy)
    iam.put_group_policy(GroupName="staff", PolicyName="inline", PolicyDocument=document(allow("sns:*")))
    result = principal(root, arn("group/staff"), ResourceArns=[BUCKET])
    assert (result["EvalDecision"], result["MatchedStatements"][0]["SourcePolicyId"]) == (
        "allowed",
        "managed",
    )
    keys = iam.get_context_keys_for_principal_policy(PolicySourceArn=arn("group/staff"))
    assert keys["ContextKeyNames"] == []


def test_of_a_denial_only_what_denies_is_told(root: Actor) -> None:
    result = custom(
        root, document(allow("*"), deny("s3:*"), deny("sns:*")), ResourceArns=[BUCKET, "arn:aws:s3:::x"]
    )
    assert result["EvalDecision"] == "explicitDeny"
    (matched,) = result["MatchedStatements"]
    assert matched["StartPosition"]["Column"] > len(document(allow("*"))) - 5
    assert [each["EvalResourceDecision"] for each in result["ResourceSpecificResults"]] == [
        "explicitDeny"
    ] * 2


def test_the_strictest_decision_is_that_of_all_resources(root: Actor) -> None:
    text = document(allow("*", [BUCKET, "arn:aws:s3:::b"]), deny("*", "arn:aws:s3:::b"))
    silent = custom(root, text, ResourceArns=[BUCKET, "arn:aws:s3:::a"])
    assert (silent["EvalDecision"], silent["MatchedStatements"]) == ("implicitDeny", [])
    denied = custom(root, text, ResourceArns=[BUCKET, "arn:aws:s3:::a", "arn:aws:s3:::b"])
    assert (denied["EvalDecision"], len(denied["MatchedStatements"])) == ("explicitDeny", 1)


def test_a_boundary_is_told_of(root: Actor) -> None:
    boundary = document(allow("s3:Get*"), deny("s3:DeleteObject"))
    both = {"PermissionsBoundaryPolicyInputList": [boundary], "ResourceArns": [BUCKET]}
    outcomes = {
        action: custom(root, document(allow("*")), ActionNames=[action], **both)
        for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject")
    }
    assert {
        action: (
            each["EvalDecision"],
            each["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"],
            [m["SourcePolicyType"] for m in each["MatchedStatements"]],
        )
        for action, each in outcomes.items()
    } == {
        "s3:GetObject": ("allowed", True, ["IAM Policy"]),
        "s3:PutObject": ("implicitDeny", False, []),
        "s3:DeleteObject": ("explicitDeny", False, ["Permissions Boundary Policy"]),
    }
    (specific,) = outcomes["s3:PutObject"]["ResourceSpecificResults"]
    assert specific["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}


def test_a_boundary_of_the_request_replaces_that_of_the_entity(root: Actor) -> None:
    own = root.iam.create_policy(PolicyName="own", PolicyDocument=document(allow("iam:*")))["Policy"]["Arn"]
    root.iam.create_user(UserName="bob", PermissionsBoundary=own)
    root.iam.put_user_policy(UserName="bob", PolicyName="all", PolicyDocument=document(allow("*")))
    bob, on = arn("user/bob"), {"ResourceArns": [BUCKET]}
    assert principal(root, bob, **on)["EvalDecision"] == "implicitDeny"
    wide = principal(root, bob, PermissionsBoundaryPolicyInputList=[document(allow("*"))], **on)
    assert wide["EvalDecision"] == "allowed"
    without = principal(root, bob, PolicyExclusionList=[{"PolicyType": "permission-boundary"}], **on)
    assert (without["EvalDecision"], "PermissionsBoundaryDecisionDetail" in without) == ("allowed", False)


def test_a_resource_policy_speaks_of_the_caller(root: Actor) -> None:
    caller = arn("user/bob")
    opening = document(allow("s3:*", "arn:aws:s3:::bucket/*", Principal={"AWS": caller}))
    given = {"ResourcePolicy": opening, "ResourceArns": [BUCKET]}
    result = custom(root, document(allow("sns:*")), CallerArn=caller, **given)
    assert result["EvalDecision"] == "allowed"
    (matched,) = result["MatchedStatements"]
    assert (matched["SourcePolicyId"], matched["SourcePolicyType"]) == ("ResourcePolicy", "Resource Policy")
    assert custom(root, READ, CallerArn=arn("user/eve"), **given)["EvalDecision"] == "allowed"
    denying = document(deny("s3:*", "*", Principal={"AWS": caller}))
    denied = custom(root, READ, CallerArn=caller, ResourcePolicy=denying, ResourceArns=[BUCKET])
    assert denied["EvalDecision"] == "explicitDeny"


def test_across_accounts_both_sides_must_allow_and_the_details_say_which_does(root: Actor) -> None:
    """Semantics 62, 73."""
    caller = arn("user/bob", OTHER)
    opening = document(allow("s3:*", "*", Principal={"AWS": caller}))
    asked = {"CallerArn": caller, "ResourceArns": [BUCKET], "ResourceOwner": ACCOUNT}
    both = custom(root, READ, ResourcePolicy=opening, **asked)
    details = {"IAM Policy": "allowed", "Resource Policy": "allowed"}
    assert (both["EvalDecision"], both["EvalDecisionDetails"]) == ("allowed", details)
    assert both["ResourceSpecificResults"][0]["EvalDecisionDetails"] == details
    mine = custom(root, READ, **asked)
    assert (mine["EvalDecision"], mine["EvalDecisionDetails"]) == (
        "implicitDeny",
        {"IAM Policy": "allowed", "Resource Policy": "implicitDeny"},
    )
    theirs = custom(
        root,
        document(allow("sns:*")),
        ResourcePolicy=opening,
        PermissionsBoundaryPolicyInputList=[document(deny("*"))],
        **asked | {"ResourceOwner": f"arn:aws:iam::{ACCOUNT}:root"},
    )
    assert (theirs["EvalDecision"], theirs["EvalDecisionDetails"]) == (
        "explicitDeny",
        {
            "IAM Policy": "implicitDeny",
            "Resource Policy": "allowed",
            "Permissions Boundary Policy": "explicitDeny",
        },
    )


def test_organization_policies_of_the_request_are_asked_level_by_level(root: Actor) -> None:
    """Semantics 54, 89."""
    full, narrow = document(allow("*")), document(allow("iam:*"))
    asking = document(allow("*", Condition={"Null": {"aws:scp": "true"}}))
    asked = {"ResourceArns": [BUCKET]}

    def levels(*texts: str) -> dict[str, Any]:
        given = [{"ServiceControlPolicyInputList": [text]} for text in texts]
        return custom(root, full, OrderedOrganizationPolicyInputList=given, **asked)

    good = levels(full, asking)
    assert (good["EvalDecision"], good["OrganizationsDecisionDetail"]) == (
        "allowed",
        {"AllowedByOrganizations": True},
    )
    assert good["MissingContextValues"] == []
    assert [each["SourcePolicyId"] for each in good["MatchedStatements"]] == ["PolicyInputList.1"]
    bad = levels(full, narrow)
    assert (bad["EvalDecision"], bad["OrganizationsDecisionDetail"]) == (
        "implicitDeny",
        {"AllowedByOrganizations": False},
    )
    assert "EvalDecisionDetails" not in bad
    assert "OrganizationsDecisionDetail" not in custom(root, full, **asked)


def test_missing_context_values_are_those_of_statements_about_the_request(root: Actor) -> None:
    """Semantics 74: not those of unrelated actions."""
    about = allow(
        "s3:*", Condition={"Bool": {"aws:SecureTransport": "true"}, "IpAddress": {"aws:SourceIp": "::1"}}
    )
    own = allow("s3:*", "arn:aws:s3:::${aws:username}/*")
    unrelated = allow("sns:*", Condition={"Bool": {"sns:Protocol": "true"}})
    text = document(about, own, unrelated)
    secure = entry("AWS:securetransport", "true", type_="boolean")
    result = custom(root, text, ContextEntries=[secure])
    assert (result["EvalDecision"], result["MissingContextValues"]) == ("implicitDeny", ["aws:SourceIp"])
    two = custom(root, text, ContextEntries=[secure], ResourceArns=[BUCKET, "arn:aws:sns:us-east-1::t"])
    assert two["MissingContextValues"] == ["aws:SourceIp"]
    assert [each["MissingContextValues"] for each in two["ResourceSpecificResults"]] == [["aws:SourceIp"]] * 2


def test_what_is_known_of_a_principal_need_not_be_given(root: Actor) -> None:
    root.iam.create_user(UserName="bob", Tags=[{"Key": "team", "Value": "red"}])
    condition = {"StringEquals": {"aws:PrincipalTag/team": "red", "aws:username": "bob"}}
    text = document(allow("s3:*", "arn:aws:s3:::${aws:username}/*", Condition=condition))
    on = {"ResourceArns": ["arn:aws:s3:::bob/key"], "PolicyInputList": [text]}
    known = principal(root, arn("user/bob"), **on)
    assert (known["EvalDecision"], known["MissingContextValues"]) == ("allowed", [])
    said = entry("AWS:principaltag/Team", "blue")
    assert principal(root, arn("user/bob"), ContextEntries=[said], **on)["EvalDecision"] == "implicitDeny"


def test_a_caller_has_the_policies_of_the_source(root: Actor) -> None:
    root.iam.create_user(UserName="david")
    root.iam.put_user_policy(
        UserName="david",
        PolicyName="own",
        PolicyDocument=document(allow("s3:*", "arn:aws:s3:::${aws:username}/*")),
    )
    root.iam.create_user(UserName="bob")
    on = {"ResourceArns": ["arn:aws:s3:::bob/key"]}
    assert principal(root, arn("user/david"), **on)["EvalDecision"] == "implicitDeny"
    for caller in ("user/bob", "user/path/bob"):
        as_bob = principal(root, arn("user/david"), CallerArn=arn(caller), **on)
        assert as_bob["EvalDecision"] == "allowed"


@pytest.mark.parametrize(
    ("excluded", "left"),
    [
        ({"PolicyType": "inline"}, ["managed"]),
        ({"PolicyType": "user-managed"}, ["user_bob_inline", "group_staff_inline"]),
        ({"PolicyType": "aws-managed"}, ["user_bob_inline", "managed", "group_staff_inline"]),
        ({"PolicyArn": arn("policy/managed")}, ["user_bob_inline", "group_staff_inline"]),
        ({"PolicyArn": arn("policy/m*ag?d")}, ["user_bob_inline", "group_staff_inline"]),
        ({"PolicyArn": arn("policy/path/managed")}, ["user_bob_inline", "managed", "group_staff_inline"]),
        (
            {"InlinePolicyIdentifier": ("inline", "user", "bob")},
            ["managed", "group_staff_inline"],
        ),
        (
            {"InlinePolicyIdentifier": ("inline", "group", "bob")},
            ["user_bob_inline", "managed", "group_staff_inline"],
        ),
        (
            {"InlinePolicyIdentifier": ("other", "user", "bob")},
            ["user_bob_inline", "managed", "group_staff_inline"],
        ),
    ],
)
def test_policies_can_be_left_out(root: Actor, excluded: dict[str, Any], left: list[str]) -> None:
    iam = root.iam
    iam.create_user(UserName="bob")
    iam.create_group(GroupName="staff")
    iam.add_user_to_group(GroupName="staff", UserName="bob")
    policy = iam.create_policy(PolicyName="managed", PolicyDocument=READ)["Policy"]["Arn"]
    iam.put_user_policy(UserName="bob", PolicyName="inline", PolicyDocument=READ)
    iam.attach_user_policy(UserName="bob", PolicyArn=policy)
    iam.put_group_policy(GroupName="staff", PolicyName="inline", PolicyDocument=READ)
    inline = excluded.get("InlinePolicyIdentifier")
    if inline is not None:
        names = ("PolicyName", "AttachmentType", "AttachmentName")
        excluded = {"InlinePolicyIdentifier": dict(zip(names, inline, strict=True))}
    result = principal(root, arn("user/bob"), ResourceArns=[BUCKET], PolicyExclusionList=[excluded])
    assert [each["SourcePolicyId"] for each in result["MatchedStatements"]] == left


def test_trust_policies_are_not_ignored(root: Actor) -> None:
    """Semantics 74: AWS's simulator does, and says that roles may be assumed that may not."""
    trust = document(allow("sts:AssumeRole", None, Principal={"AWS": arn("root")}))
    root.iam.create_user(UserName="bob")
    root.iam.create_role(RoleName="open", AssumeRolePolicyDocument=trust)
    asked = {"ActionNames": ["sts:AssumeRole"], "PolicyInputList": [document(allow("sts:*"))]}
    roles = [arn("role/open"), arn("role/missing"), arn("role/open", OTHER)]
    decisions = {
        role: principal(root, arn("user/bob"), ResourceArns=[role], **asked)["EvalDecision"] for role in roles
    }
    assert decisions == dict(zip(roles, ["allowed", "implicitDeny", "implicitDeny"], strict=True))
    given = principal(
        root,
        arn("user/bob"),
        ResourceArns=[arn("role/missing")],
        ResourcePolicy=document(allow("sts:AssumeRole", None, Principal={"AWS": arn("user/bob")})),
        **asked,
    )
    assert given["EvalDecision"] == "allowed"
    assert principal(root, arn("user/bob"), **asked)["EvalDecision"] == "allowed"


def test_a_key_policy_must_itself_allow(root: Actor) -> None:
    """Semantics 63."""
    key = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"
    asked = {"ActionNames": ["kms:Decrypt"], "ResourceArns": [key], "CallerArn": arn("user/bob")}
    shut = document(allow("kms:Decrypt", "*", Principal={"AWS": arn("user/eve")}))
    open_ = document(allow("kms:Decrypt", "*", Principal={"AWS": arn("root")}))
    everything = document(allow("*"))
    assert custom(root, everything, ResourcePolicy=shut, **asked)["EvalDecision"] == "implicitDeny"
    assert custom(root, everything, ResourcePolicy=open_, **asked)["EvalDecision"] == "allowed"


def test_documents_may_lack_a_version(root: Actor) -> None:
    """Semantics 89, 1: and then have no variables."""
    text = json.dumps({"Statement": allow("s3:*", "arn:aws:s3:::${aws:username}")})
    result = custom(root, text, ResourceArns=["arn:aws:s3:::${aws:username}"])
    assert (result["EvalDecision"], result["MissingContextValues"]) == ("allowed", [])
