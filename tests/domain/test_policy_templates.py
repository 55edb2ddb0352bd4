"""Policy templates of product providers."""

import json
from typing import Any

import pytest

from iamd.domain.policy_templates import ParameterType, PolicyParameter, PolicyTemplate, role_boundaries
from iamd.domain.templates import TemplateError
from iamd.errors import InvalidInput

ARN = "arn:aws:iam::aws:policy-template/example"
BOUNDARY = "arn:aws:iam::partner:policy/permissions-boundary/partner.example.com/Queues_2026_01_15"


def template(*statements: Any) -> PolicyTemplate:
    return PolicyTemplate(arn=ARN, document={"Version": "2012-10-17", "Statement": list(statements)})


def allow(*actions: str, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def text(name: str, *values: str) -> PolicyParameter:
    return PolicyParameter(name, ParameterType.STRING, values)


def texts(name: str, *values: str) -> PolicyParameter:
    return PolicyParameter(name, ParameterType.STRING_LIST, values)


def test_a_template_becomes_a_policy() -> None:
    found = template(allow("s3:GetObject", resource="arn:aws:s3:::@{bucketNames}/@{prefix}/*")).render(
        [texts("bucketNames", "one", "two"), text("prefix", "data")]
    )
    assert found == (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject"],'
        '"Resource":["arn:aws:s3:::one/data/*","arn:aws:s3:::two/data/*"]}]}'
    )


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ([], "The policy template needs a value for the parameter bucketName."),
        (
            [text("bucketName", "a"), text("bucketNaem", "b")],
            "The policy template has no parameter bucketNaem.",
        ),
        ([text("bucketName", "a"), text("bucketName", "a")], "The parameter bucketName is given twice."),
        ([text("bucketName")], "The parameter bucketName has no value."),
        ([texts("bucketName")], "The parameter bucketName has no value."),
        (
            [text("bucketName", "a", "b")],
            "The parameter bucketName is a string, and has more than one value.",
        ),
        (
            [text("bucketName", "b" * 2048)],
            "The permission policy must not be longer than 2048 characters.",
        ),
    ],
)
def test_parameters_must_be_those_of_the_template(parameters: Any, error: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        template(allow("s3:GetObject", resource="arn:aws:s3:::@{bucketName}/*")).render(parameters)
    assert caught.value.message == error


def test_a_policy_that_is_not_valid_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        template(allow("@{actionName}")).render([text("actionName", "nonsense")])
    assert caught.value.message is not None
    assert caught.value.message.startswith("The permission policy is not valid: ")


def test_a_policy_of_which_nothing_is_left_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        template({"@Enabled": "SWITCH", **allow("s3:GetObject")}).render([text("SWITCH", "False")])
    assert caught.value.message == "No statement of the policy template is enabled."


def demanding(**condition: Any) -> dict[str, Any]:
    return allow("iam:CreateRole", Condition=condition)


@pytest.mark.parametrize(
    "statement",
    [
        allow("s3:*"),
        allow("iam:Get*"),
        {"Effect": "Deny", "Action": "*", "Resource": "*"},
        demanding(StringEquals={"iam:PermissionsBoundary": BOUNDARY}),
        demanding(ArnLike={"IAM:permissionsboundary": [BOUNDARY]}),
        {"@Enabled": "ROLES", **demanding(StringEquals={"iam:PermissionsBoundary": BOUNDARY})},
    ],
)
def test_templates_that_may_be_registered(statement: Any) -> None:
    template(statement).check()


@pytest.mark.parametrize(
    "statement",
    [
        allow("iam:CreateRole"),
        allow("iam:*"),
        allow("*"),
        {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"},
        {"@Enabled": "ROLES", **allow("iam:CreateRole")},
        demanding(StringNotEquals={"iam:PermissionsBoundary": BOUNDARY}),
        demanding(StringEqualsIfExists={"iam:PermissionsBoundary": BOUNDARY}),
        demanding(StringLike={"iam:PermissionsBoundary": "*"}),
        demanding(StringEquals={"aws:RequestTag/boundary": BOUNDARY}),
        demanding(Null={"iam:PermissionsBoundary": "false"}),
    ],
)
def test_roles_are_not_to_be_made_without_a_boundary(statement: Any) -> None:
    with pytest.raises(TemplateError) as caught:
        template(statement, demanding(StringEquals={"iam:PermissionsBoundary": BOUNDARY})).check()
    assert str(caught.value) == "it lets roles be made without a condition on iam:PermissionsBoundary"


@pytest.mark.parametrize(
    "document", [{"Statement": [{"Effect": "Maybe"}]}, {"Statement": "none"}, {"Surprise": 1}]
)
def test_what_is_no_policy_is_refused(document: Any) -> None:
    with pytest.raises(TemplateError) as caught:
        PolicyTemplate(arn=ARN, document=document).check()
    assert str(caught.value).startswith("it is no policy: ")


def test_the_boundaries_that_a_policy_demands() -> None:
    policy = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                demanding(StringEquals={"iam:PermissionsBoundary": [BOUNDARY, BOUNDARY + "b"]}),
                allow(
                    "iam:PutRolePermissionsBoundary",
                    Condition={"ArnEquals": {"iam:PermissionsBoundary": BOUNDARY}},
                ),
                allow(
                    "s3:GetObject", Condition={"StringEquals": {"iam:PermissionsBoundary": BOUNDARY + "c"}}
                ),
            ],
        }
    )
    assert role_boundaries(policy) == (BOUNDARY, BOUNDARY + "b")


def test_a_policy_that_makes_no_roles_demands_none() -> None:
    policy = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": allow(
                "iam:PutRolePermissionsBoundary",
                Condition={"ArnEquals": {"iam:PermissionsBoundary": BOUNDARY}},
            ),
        }
    )
    assert role_boundaries(policy) == ()
