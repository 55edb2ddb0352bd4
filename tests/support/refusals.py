"""What a client sees when it may not, or when what it asks for cannot be."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.world import ACCOUNT, World, allow, document


def refusal(operation: Callable[..., Any], **parameters: Any) -> tuple[str, str]:
    """Call *operation*, which must fail; return the code and the message."""
    with pytest.raises(ClientError) as refused:
        operation(**parameters)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def status_of(operation: Callable[..., Any], **parameters: Any) -> int:
    """Call *operation*, which must fail; return the HTTP status."""
    with pytest.raises(ClientError) as refused:
        operation(**parameters)
    return int(refused.value.response["ResponseMetadata"]["HTTPStatusCode"])


def silence(action: str, shown: str, user: str = "eve") -> tuple[str, str]:
    """Return AWS's denial of a user whose policies are silent about *action* on the resource *shown*."""
    sentence = f"User: arn:aws:iam::{ACCOUNT}:user/{user} is not authorized to perform: {action} on resource: {shown}"
    return "AccessDenied", f"{sentence} because no identity-based policy allows the {action} action"


@dataclass(frozen=True)
class Permission:
    """
    What an operation asks for.

    Attributes:
        method: Of the boto3 client.
        arn: What its action must be allowed on, and nothing else.
        shown: How the denial names it; the ARN when None.
    """

    method: str
    action: str
    arn: str
    shown: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.method


def check_permission(world: World, permission: Permission) -> None:
    """Hold that the operation needs its action, on its resource, and no more."""
    eve = world.user("eve")
    operation = getattr(eve.iam, permission.method)
    denial = silence(permission.action, permission.shown or permission.arn)
    assert refusal(operation, **permission.parameters) == denial
    # On another resource, and on everything but the resource: the action alone is not enough.
    _let(world, allow(permission.action, f"{permission.arn}x"))
    assert refusal(operation, **permission.parameters) == denial
    _let(world, {"Effect": "Allow", "Action": permission.action, "NotResource": permission.arn})
    assert refusal(operation, **permission.parameters) == denial
    _let(world, allow(permission.action, permission.arn))
    operation(**permission.parameters)


def _let(world: World, statement: Mapping[str, Any]) -> None:
    world.root.iam.put_user_policy(UserName="eve", PolicyName="p", PolicyDocument=document(statement))
