"""Which actions know whose a VPC endpoint is: spot checks against AWS's lists."""

import pytest

from iamd.catalogue.endpoint_keys import keys_of

ARN, ACCOUNT, ORGANIZATION, PATHS = (
    "aws:SourceVpcArn",
    "aws:VpceAccount",
    "aws:VpceOrgID",
    "aws:VpceOrgPaths",
)


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("iam:GetUser", {ARN, ACCOUNT, ORGANIZATION, PATHS}),
        ("IAM:getuser", {ARN, ACCOUNT, ORGANIZATION, PATHS}),
        ("iam:PassRole", set()),
        ("iam:passrole", set()),
        ("s3:GetObject", {ARN, ACCOUNT, ORGANIZATION, PATHS}),
        ("dynamodb:GetItem", {ACCOUNT, ORGANIZATION, PATHS}),
        ("sqs:SendMessage", {ORGANIZATION}),
        ("sts:AssumeRole", set()),
        ("organizations:ListRoots", set()),
    ],
)
def test_which_keys(action: str, expected: set[str]) -> None:
    assert set(keys_of(action)) == expected
