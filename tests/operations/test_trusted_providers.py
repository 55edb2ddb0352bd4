"""Trust in identity providers that many share."""

import json
from typing import Any

import pytest
from tests.support.answers import refusal
from tests.support.world import Actor

GITHUB = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"


def trust(provider: str, condition: Any = None, **more: Any) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        **({} if condition is None else {"Condition": condition}),
        **more,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def sub(pattern: Any, operator: str = "StringLike", name: str = "token.actions.githubusercontent.com") -> Any:
    return {operator: {f"{name}:sub": pattern}}


def too_wide(provider: str, key: str) -> tuple[str, str]:
    return (
        "MalformedPolicyDocument",
        (
            f"Trust policy with trusted principal {provider} must evaluate, using StringEquals, StringLike or "
            f"StringEqualsIgnoreCase, {key} which is not scoped to all."
        ),
    )


@pytest.mark.parametrize(
    "condition",
    [
        None,
        {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}},
        sub("*"),
        sub("**?*"),
        sub("repo:*"),
        sub("repo:?*"),
        sub(["repo:org/x:*", "*"]),
        sub("repo:org/x", "StringNotEquals"),
        sub("repo:org/x", "StringEqualsIfExists"),
        sub("repo:org/x", "ForAllValues:StringLike"),
        {"Null": {"token.actions.githubusercontent.com:sub": "false"}},
        sub("repo:org/x", name="gitlab.com"),
    ],
)
def test_everybody_of_github_is_too_many(root: Actor, condition: Any) -> None:
    """R-50."""
    key = "token.actions.githubusercontent.com:sub"
    document = trust(GITHUB, condition)
    create = root.iam.create_role
    assert refusal(create, RoleName="r", AssumeRolePolicyDocument=document) == too_wide(GITHUB, key)
    root.iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust(GITHUB, sub("repo:org/x:*")))
    update = root.iam.update_assume_role_policy
    assert refusal(update, RoleName="r", PolicyDocument=document) == too_wide(GITHUB, key)


@pytest.mark.parametrize(
    "condition",
    [
        sub("repo:org/*"),
        sub("repo:org/x:ref:refs/heads/main", "StringEquals"),
        sub("REPO:ORG/x", "StringEqualsIgnoreCase"),
        sub(["repo:org/x:*", "repo:org/y:*"]),
        {"StringLike": {"TOKEN.actions.githubusercontent.com:SUB": "repo:org/*"}},
    ],
)
def test_some_of_github_are_fine(root: Actor, condition: Any) -> None:
    """R-50."""
    assert root.iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust(GITHUB, condition))


@pytest.mark.parametrize(
    ("provider", "key"),
    [
        (
            f"{GITHUB}/my-enterprise",
            "token.actions.githubusercontent.com/my-enterprise:sub",
        ),
        ("arn:aws:iam::123456789012:oidc-provider/gitlab.com", "gitlab.com:sub"),
        ("arn:aws:iam::123456789012:oidc-provider/app.terraform.io", "app.terraform.io:sub"),
        ("accounts.google.com", "accounts.google.com:aud"),
        ("cognito-identity.amazonaws.com", "cognito-identity.amazonaws.com:aud"),
    ],
)
def test_others_are_shared_too(root: Actor, provider: str, key: str) -> None:
    """R-50."""
    create = root.iam.create_role
    assert refusal(create, RoleName="r", AssumeRolePolicyDocument=trust(provider)) == too_wide(provider, key)
    create(RoleName="r", AssumeRolePolicyDocument=trust(provider, {"StringEquals": {key: "x"}}))


def test_what_lets_nobody_in_through_it_needs_no_condition(root: Actor) -> None:
    others: list[dict[str, Any]] = [
        {"Effect": "Deny"},
        {"Action": "sts:TagSession"},
        {"Principal": {"Service": "ec2.amazonaws.com"}},
    ]
    for number, more in enumerate(others):
        root.iam.create_role(RoleName=f"r{number}", AssumeRolePolicyDocument=trust(GITHUB, **more))
    own = "arn:aws:iam::123456789012:oidc-provider/idp.example.com"
    root.iam.create_role(RoleName="own", AssumeRolePolicyDocument=trust(own))
