"""
Amazon Resource Names of IAM and STS entities.

``arn:aws:iam::ACCOUNT:kind/path/name``: the path is part of an IAM ARN, and never of an STS one.
"""

from dataclasses import dataclass
from typing import Final, Self

PARTITION = "aws"

EVERYBODYS: Final = frozenset({"aws", "partner"})
"""What stands for an account in the ARNs of AWS's policies and templates, and of product providers': all may read those."""


@dataclass(frozen=True, slots=True)
class Arn:
    """The six parts of an ARN; *resource* keeps its colons and slashes."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Split *text*; None unless it has six parts, begins with ``arn`` and names a service and a resource."""
        parts = text.split(":", 5)
        if len(parts) != 6 or parts[0] != "arn" or not parts[1] or not parts[2] or not parts[5]:
            return None
        return cls(*parts[1:])

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"


def iam_arn(account_id: str, kind: str, path: str, name: str) -> str:
    """Return the ARN of an IAM entity; *path* begins and ends with a slash."""
    return f"arn:{PARTITION}:iam::{account_id}:{kind}{path}{name}"


def root_arn(account_id: str) -> str:
    return f"arn:{PARTITION}:iam::{account_id}:root"


def assumed_role_arn(account_id: str, role_name: str, session_name: str) -> str:
    """Return the ARN of a role session; it carries no path (fact 80)."""
    return f"arn:{PARTITION}:sts::{account_id}:assumed-role/{role_name}/{session_name}"


def federated_user_arn(account_id: str, name: str) -> str:
    return f"arn:{PARTITION}:sts::{account_id}:federated-user/{name}"


def name_of(resource: str) -> str:
    """Return the friendly name at the end of an IAM resource such as ``user/path/bob``."""
    return resource.rsplit("/", 1)[-1]
