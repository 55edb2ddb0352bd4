"""What operations answer: errors as values, and the check of who may ask."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.world import ACCOUNT, World, allow


def refusal(operation: Callable[..., Any], **params: Any) -> tuple[str, str]:
    """Return the code and the message that *operation* is refused with; it must be."""
    with pytest.raises(ClientError) as caught:
        operation(**params)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def content(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return *answer* without what botocore adds to every answer."""
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def arn(resource: str, account: str = ACCOUNT) -> str:
    """Return the ARN of an entity of IAM in the world's account."""
    return f"arn:aws:iam::{account}:{resource}"


def denial(caller_arn: str, action: str, shown: str) -> tuple[str, str]:
    """Return AWS's answer to a caller whose own policies do not allow *action*."""
    asked = f"User: {caller_arn} is not authorized to perform: {action} on resource: {shown}"
    return "AccessDenied", f"{asked} because no identity-based policy allows the {action} action"


def check_permission(
    world: World, operation: str, action: str, resource: str, shown: str, **params: Any
) -> dict[str, Any]:
    """
    Check that *operation* needs exactly *action* on exactly *resource*, and return its answer.

    Somebody who may do everything but that is refused, with a denial that names the resource as *shown*; somebody who
    may do nothing else is answered.
    """
    outsider = world.user(
        "outsider",
        allow(action, None, NotResource=resource),
        {"Effect": "Allow", "NotAction": action, "Resource": "*"},
    )
    assert refusal(getattr(outsider.iam, operation), **params) == denial(arn("user/outsider"), action, shown)
    insider = world.user("insider", allow(action, resource))
    return content(getattr(insider.iam, operation)(**params))
