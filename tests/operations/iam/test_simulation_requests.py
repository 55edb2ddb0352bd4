"""What is asked of a simulation and of its pages: limits, markers, what is wrong with a request, and who may ask."""

import json
from typing import Any

import pytest
from tests.support.answers import arn, denial, refusal
from tests.support.simulations import custom, entry
from tests.support.world import ACCOUNT, Actor, World, allow, document

OTHER = "210987654321"
BUCKET = "arn:aws:s3:::bucket/key"
READ = document(allow("s3:GetObject", "arn:aws:s3:::bucket/*"))
COMPACT = json.dumps(json.loads(READ), separators=(",", ":"))


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


@pytest.mark.slow
def test_a_page_holds_little_against_many_statements(root: Actor) -> None:
    """And tells few of them: a megabyte of statements that all match, for a thousand actions, would fill the memory."""
    many = document(*[allow("*", "arn:aws:s3:::other")] * 1_250)
    asked = {"PolicyInputList": [many] * 8, "ActionNames": [f"s3:Action{number}" for number in range(30)]}
    answer = root.iam.simulate_custom_policy(**asked)
    assert (len(answer["EvaluationResults"]), answer["IsTruncated"]) == (20, True)
    more = [f"arn:aws:s3:::bucket/{number}" for number in range(21)]
    assert refusal(root.iam.simulate_custom_policy, **asked, ResourceArns=more) == (
        "InvalidInput",
        "There are 10000 statements to hold 21 resources against: at most 200000 can be looked at, all in all.",
    )


def test_many_statements_that_match_are_told_at_once(root: Actor) -> None:
    """Each by itself was looked for in the whole document, and among all others."""
    many = document(*[allow("*")] * 1_500)
    (found,) = root.iam.simulate_custom_policy(PolicyInputList=[many], ActionNames=["s3:GetObject"])[
        "EvaluationResults"
    ]
    assert len(found["MatchedStatements"]) == 1_500


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
