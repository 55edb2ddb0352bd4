"""SimulatePrincipalPolicy, SimulateCustomPolicy, and the context keys that policies ask for."""

import json
from typing import Any

import pytest
from tests.support.answers import arn, content, denial, refusal
from tests.support.world import ACCOUNT, Actor, World, allow, deny, document

OTHER = "210987654321"
BUCKET = "arn:aws:s3:::bucket/key"
READ = document(allow("s3:GetObject", "arn:aws:s3:::bucket/*"))
COMPACT = json.dumps(json.loads(READ), separators=(",", ":"))


def custom(root: Actor, *policies: str, **params: Any) -> dict[str, Any]:
    """Return the only result of a custom simulation."""
    asked = {"ActionNames": ["s3:GetObject"], "PolicyInputList": list(policies), **params}
    (result,) = root.iam.simulate_custom_policy(**asked)["EvaluationResults"]
    found: dict[str, Any] = result
    return found


def principal(root: Actor, source: str, **params: Any) -> dict[str, Any]:
    """Return the only result of a simulation of a principal."""
    asked = {"ActionNames": ["s3:GetObject"], "PolicySourceArn": source, **params}
    (result,) = root.iam.simulate_principal_policy(**asked)["EvaluationResults"]
    found: dict[str, Any] = result
    return found


def entry(name: str, *values: str, type_: str = "string") -> dict[str, Any]:
    return {"ContextKeyName": name, "ContextKeyValues": list(values), "ContextKeyType": type_}


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


def test_pages_hold_as_many_results_as_are_asked_for(root: Actor) -> None:
    names = [f"s3:Action{number}" for number in range(5)]
    pages = root.iam.get_paginator("simulate_custom_policy").paginate(
        PolicyInputList=[READ], ActionNames=names, PaginationConfig={"PageSize": 2}
    )
    found = [[each["EvalActionName"] for each in page["EvaluationResults"]] for page in pages]
    assert found == [names[:2], names[2:4], names[4:]]


def test_a_page_is_a_thousand_decisions_at_most(root: Actor) -> None:
    """However many are asked for: nobody keeps the server busy with one request."""
    answer = root.iam.simulate_custom_policy(
        PolicyInputList=[READ],
        ActionNames=[f"s3:Action{number}" for number in range(10)],
        ResourceArns=[f"arn:aws:s3:::bucket/{number}" for number in range(400)],
    )
    assert (len(answer["EvaluationResults"]), answer["IsTruncated"]) == (2, True)


def test_a_marker_is_for_the_same_simulation(root: Actor) -> None:
    """R-86."""
    asked = {"PolicyInputList": [READ], "ActionNames": ["s3:A", "s3:B"], "MaxItems": 1}
    marker = root.iam.simulate_custom_policy(**asked)["Marker"]
    other = asked | {"ActionNames": ["s3:A", "s3:C"]}
    refused = refusal(root.iam.simulate_custom_policy, **other, Marker=marker)
    assert refused == ("ValidationError", "Invalid Marker.")


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"PolicyInputList": ["no"]}, "PolicyInputList.1: Syntax errors in policy."),
        (
            {"PolicyInputList": [document(allow("*", Principal="*"))]},
            "PolicyInputList.1: Policy document should not specify a principal.",
        ),
        (
            {"PermissionsBoundaryPolicyInputList": [READ, READ]},
            "PermissionsBoundaryPolicyInputList can hold only one policy.",
        ),
        ({"ResourcePolicy": READ}, "CallerArn is required when there is a ResourcePolicy."),
        (
            {"CallerArn": f"arn:aws:sts::{ACCOUNT}:assumed-role/R/s"},
            f"Invalid Entity Arn: arn:aws:sts::{ACCOUNT}:assumed-role/R/s does not clearly define entity type and name.",
        ),
        (
            {"CallerArn": "arn:aws:iam::1:user/bob"},
            "Invalid Entity Arn: arn:aws:iam::1:user/bob does not clearly define entity type and name.",
        ),
        ({"ActionNames": ["nothing"]}, "Invalid Action name: nothing"),
        ({"ActionNames": ["s3:*"]}, "Invalid Action name: s3:*"),
        ({"ActionNames": ["s3:a:b"]}, "Invalid Action name: s3:a:b"),
        ({"ActionNames": ["s3: a"]}, "Invalid Action name: s3: a"),
        ({"ResourceArns": ["bucket"]}, "Invalid resource ARN: bucket"),
        ({"ResourceOwner": "me"}, "Invalid ResourceOwner: me"),
        ({"ResourceOwner": "arn:aws:iam::aws:root"}, "Invalid ResourceOwner: arn:aws:iam::aws:root"),
        ({"ResourceHandlingOption": "EC2-Moon"}, "Invalid ResourceHandlingOption: EC2-Moon"),
        (
            {"ResourceHandlingOption": "EC2-VPC-EBS", "ResourceArns": ["arn:aws:ec2:::instance/i", "*"]},
            "EC2-VPC-EBS needs a resource of each of these types too: image, network-interface, security-group, volume",
        ),
        (
            {"OrderedOrganizationPolicyInputList": [{"ServiceControlPolicyInputList": []}]},
            "OrderedOrganizationPolicyInputList.1: a level has at least one service control policy.",
        ),
        (
            {"ContextEntries": [entry("aws:a", "1"), entry("AWS:A", "1")]},
            "The context key AWS:A is given twice.",
        ),
        ({"ContextEntries": [{"ContextKeyName": "aws:a"}]}, "A context entry needs a name and values."),
        (
            {"ContextEntries": [entry("aws:a", "x", type_="numeric")]},
            "The context key aws:a has a value that is not of the type numeric: x",
        ),
        (
            {"ContextEntries": [entry("aws:a", "1", "2")]},
            "The context key aws:a is of the type string and has 2 values.",
        ),
    ],
)
def test_what_is_wrong_with_a_request(root: Actor, params: dict[str, Any], message: str) -> None:
    asked = {"PolicyInputList": [READ], "ActionNames": ["s3:GetObject"], **params}
    assert refusal(root.iam.simulate_custom_policy, **asked) == ("InvalidInput", message)


@pytest.mark.parametrize(
    ("good", "bad", "type_"),
    [
        ("1.5", "1,5", "numeric"),
        ("TRUE", "yes", "boolean"),
        ("10.0.0.0/8", "10.0.0", "ip"),
        ("::1", "::g", "ip"),
        ("QQ==", "Q", "binary"),
        ("2026-01-01T00:00:00Z", "tomorrow", "date"),
    ],
)
def test_values_of_context_keys_are_of_their_type(root: Actor, good: str, bad: str, type_: str) -> None:
    for each in (type_, f"{type_}List"):
        custom(root, READ, ContextEntries=[entry("aws:a", good, type_=each)])
        code, _ = refusal(
            root.iam.simulate_custom_policy,
            PolicyInputList=[READ],
            ActionNames=["s3:GetObject"],
            ContextEntries=[entry("aws:a", bad, type_=each)],
        )
        assert code == "InvalidInput"


def test_lists_and_single_values_decide_differently(root: Actor) -> None:
    """Semantics 34."""
    text = document(allow("*", Condition={"StringEquals": {"aws:TagKeys": "a"}}))
    several = document(allow("*", Condition={"ForAnyValue:StringEquals": {"aws:TagKeys": "a"}}))
    single, list_ = entry("aws:TagKeys", "a"), entry("aws:TagKeys", "a", type_="stringList")
    untyped = {"ContextKeyName": "aws:TagKeys", "ContextKeyValues": ["a", "b"]}
    assert custom(root, text, ContextEntries=[single])["EvalDecision"] == "allowed"
    assert custom(root, text, ContextEntries=[list_])["EvalDecision"] == "implicitDeny"
    assert custom(root, several, ContextEntries=[list_])["EvalDecision"] == "allowed"
    assert custom(root, several, ContextEntries=[untyped])["EvalDecision"] == "allowed"


def test_a_scenario_with_all_its_resources_is_simulated(root: Actor) -> None:
    types = ["instance", "image", "security-group", "network-interface", "subnet", "volume"]
    on = [f"arn:aws:ec2:us-east-1:{ACCOUNT}:{type_}/x" for type_ in types]
    result = custom(
        root,
        document(allow("ec2:*")),
        ActionNames=["ec2:RunInstances"],
        ResourceArns=on,
        ResourceHandlingOption="EC2-VPC-EBS-Subnet",
    )
    assert (result["EvalDecision"], len(result["ResourceSpecificResults"])) == ("allowed", 6)
    assert result["EvalResourceName"] == "arn:${Partition}:ec2:${Region}:${Account}:instance/${InstanceId}"


@pytest.mark.parametrize("kind", ["user", "group", "role"])
def test_who_is_not_there_cannot_be_simulated(root: Actor, kind: str) -> None:
    asked = {"PolicySourceArn": arn(f"{kind}/bob")}
    expected = ("NoSuchEntity", f"The {kind} with name bob cannot be found.")
    assert refusal(root.iam.simulate_principal_policy, ActionNames=["s3:A"], **asked) == expected
    assert refusal(root.iam.get_context_keys_for_principal_policy, **asked) == expected


def test_an_arn_is_exact(root: Actor) -> None:
    root.iam.create_user(UserName="bob", Path="/team/")
    code, _ = refusal(root.iam.get_context_keys_for_principal_policy, PolicySourceArn=arn("user/bob"))
    assert code == "NoSuchEntity"


def test_an_identifier_of_an_excluded_policy_is_well_formed(root: Actor) -> None:
    root.iam.create_user(UserName="bob")
    asked = {"PolicySourceArn": arn("user/bob"), "ActionNames": ["s3:A"]}
    for identifier in (
        {"PolicyArn": arn("policy/a*b*")},
        {"PolicyArn": "arn:aws:iam::*:policy/managed-policy"},
        {"PolicyArn": arn("user/somebody-else")},
    ):
        code, _ = refusal(root.iam.simulate_principal_policy, PolicyExclusionList=[identifier], **asked)
        assert code == "InvalidInput", identifier
    several = {"PolicyType": "inline", "PolicyArn": arn("policy/managed")}
    code, _ = refusal(root.iam.simulate_principal_policy, PolicyExclusionList=[several], **asked)
    assert code == "MalformedInput"


def test_a_simulation_of_others_needs_a_permission_on_them(world: World) -> None:
    world.root.iam.create_user(UserName="alice")
    own = world.user("bob", allow("iam:SimulatePrincipalPolicy", arn("user/bob")))
    asked = {"ActionNames": ["s3:GetObject"]}
    own.iam.simulate_principal_policy(PolicySourceArn=arn("user/bob"), **asked)
    assert refusal(own.iam.simulate_principal_policy, PolicySourceArn=arn("user/alice"), **asked) == denial(
        arn("user/bob"), "iam:SimulatePrincipalPolicy", arn("user/alice")
    )


def test_context_keys_are_listed_as_written_and_once(root: Actor) -> None:
    """The example of the AWS CLI Command Reference."""
    text = (
        '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":'
        '"arn:aws:dynamodb:us-west-2:123456789012:table/${aws:username}","Condition":{"DateGreaterThan":'
        '{"aws:CurrentTime":"2015-08-16T12:00:00Z"}}}}'
    )
    answer = root.iam.get_context_keys_for_custom_policy(PolicyInputList=[text, text])
    assert answer["ContextKeyNames"] == ["aws:username", "aws:CurrentTime"]
    root.iam.create_user(UserName="bob")
    root.iam.put_user_policy(
        UserName="bob",
        PolicyName="own",
        PolicyDocument=document(allow("*", Condition={"Bool": {"aws:SecureTransport": "true"}})),
    )
    answer = root.iam.get_context_keys_for_principal_policy(
        PolicySourceArn=arn("user/bob"), PolicyInputList=[text, text]
    )
    assert answer["ContextKeyNames"] == ["aws:SecureTransport", "aws:username", "aws:CurrentTime"]
    code, _ = refusal(root.iam.get_context_keys_for_custom_policy, PolicyInputList=["no"])
    assert code == "InvalidInput"
