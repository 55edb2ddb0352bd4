"""Which services resource control policies are for."""

import pytest

from iamd.catalogue.rcp_services import RCP_SERVICES, supports_rcps


@pytest.mark.parametrize(
    ("action", "supported"),
    [
        ("sts:AssumeRole", True),
        ("STS:assumerole", True),
        ("s3:GetObject", True),
        ("kms:Decrypt", True),
        ("kms:RetireGrant", False),
        ("KMS:RETIREGRANT", False),
        ("iam:CreateUser", False),
        ("organizations:ListAccounts", False),
        ("s3-outposts:GetObject", False),
        ("sts", True),
        ("", False),
    ],
)
def test_an_action_is_of_a_service_on_the_list(action: str, supported: bool) -> None:
    assert supports_rcps(action) is supported


def test_iam_is_not_on_the_list_and_sts_is() -> None:
    assert RCP_SERVICES & {"iam", "sts"} == {"sts"}
