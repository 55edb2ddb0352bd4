"""
VPC endpoints: doors that an account has in a network of its own, each with a policy on what may pass.

AWS: *Control access to VPC endpoints using endpoint policies* and EC2's CreateVpcEndpoint.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from iamd.domain.arns import PARTITION
from iamd.domain.ids import AccountId
from iamd.errors import InvalidInput

PREFIX: Final = "vpce-"
ID_DIGITS: Final = 17
MOST_CHARACTERS: Final = 20_480
"""AWS: of an endpoint policy, white space included."""

DEFAULT_POLICY: Final = """{
  "Statement": [
    {
      "Action": "*",
      "Effect": "Allow",
      "Resource": "*",
      "Principal": "*"
    }
  ]
}"""
"""AWS: what an endpoint has that is made without a policy."""

# AWS: *Resource IDs*: those from before 2018 have eight digits.
_is_endpoint_id: Final = re.compile("vpce-(?:[0-9a-f]{8}|[0-9a-f]{17})").fullmatch
_is_vpc_id: Final = re.compile("vpc-(?:[0-9a-f]{8}|[0-9a-f]{17})").fullmatch
_is_region: Final = re.compile("[a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2}").fullmatch


@dataclass(frozen=True, slots=True, kw_only=True)
class VPCEndpoint:
    """
    A VPC endpoint.

    Attributes:
        account_id: Whose it is, and the VPC with it.
        policy: As it was given.
    """

    endpoint_id: str
    account_id: AccountId
    vpc_id: str
    region: str
    policy: str
    created_at: datetime

    @property
    def vpc_arn(self) -> str:
        return f"arn:{PARTITION}:ec2:{self.region}:{self.account_id}:vpc/{self.vpc_id}"


def is_endpoint_id(text: str) -> bool:
    return _is_endpoint_id(text) is not None


def check_ids(endpoint_id: str, vpc_id: str, region: str) -> None:
    """
    Check what an endpoint is called, and where it is.

    Raises:
        InvalidInput: One of them has another form than AWS's.
    """
    if not is_endpoint_id(endpoint_id):
        raise InvalidInput(f"`{endpoint_id}` is no id of a VPC endpoint: vpce-, and 17 digits of 0-9 and a-f")
    if _is_vpc_id(vpc_id) is None:
        raise InvalidInput(f"`{vpc_id}` is no id of a VPC: vpc-, and 17 digits of 0-9 and a-f")
    if _is_region(region) is None:
        raise InvalidInput(f"`{region}` is no region")


def check_size(policy: str) -> None:
    """
    Check how long a policy is.

    Raises:
        InvalidInput: It is too long.
    """
    if len(policy) > MOST_CHARACTERS:
        raise InvalidInput(f"the policy of a VPC endpoint has at most {MOST_CHARACTERS} characters")
