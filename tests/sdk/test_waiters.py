"""Every waiter that botocore has for IAM sees what comes into being, and gives up on what does not."""

from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import WaiterError
from tests.sdk.crowd import READ, TRUST
from tests.sdk.models import model
from tests.support.answers import arn
from tests.support.world import World

WAITERS: dict[str, dict[str, Any]] = model("waiters-2")["waiters"]

# The operation that makes what a waiter waits for, with its parameters, and those of the waiter.
MADE_BY: dict[str, tuple[str, dict[str, str], dict[str, str]]] = {
    "UserExists": ("create_user", {"UserName": "late"}, {"UserName": "late"}),
    "RoleExists": (
        "create_role",
        {"RoleName": "late", "AssumeRolePolicyDocument": TRUST},
        {"RoleName": "late"},
    ),
    "PolicyExists": (
        "create_policy",
        {"PolicyName": "late", "PolicyDocument": READ},
        {"PolicyArn": arn("policy/late")},
    ),
    "InstanceProfileExists": (
        "create_instance_profile",
        {"InstanceProfileName": "late"},
        {"InstanceProfileName": "late"},
    ),
}
AT_ONCE = {"Delay": 0, "MaxAttempts": 5}


@pytest.mark.parametrize("name", WAITERS)
def test_a_waiter_sees_what_comes_into_being(name: str, world: World) -> None:
    create, made_with, waited_with = MADE_BY[name]
    asked = 0

    def make_it_at_last(**_: Any) -> None:
        nonlocal asked
        asked += 1
        if asked == 3:
            getattr(world.root.iam, create)(**made_with)

    watcher = world.client("iam", world.root.credentials)
    watcher.meta.events.register(f"before-call.iam.{WAITERS[name]['operation']}", make_it_at_last)

    watcher.get_waiter(xform_name(name)).wait(**waited_with, WaiterConfig=AT_ONCE)

    assert asked == 3


@pytest.mark.parametrize("name", WAITERS)
def test_a_waiter_gives_up_on_what_does_not(name: str, world: World) -> None:
    waiter = world.root.iam.get_waiter(xform_name(name))
    with pytest.raises(WaiterError, match="Max attempts exceeded") as caught:
        waiter.wait(**MADE_BY[name][2], WaiterConfig=AT_ONCE)
    assert caught.value.last_response["Error"]["Code"] == "NoSuchEntity"


@pytest.mark.parametrize("name", WAITERS)
def test_a_waiter_does_not_wait_for_what_it_may_not_see(name: str, world: World) -> None:
    eve = world.user("eve")
    waiter = eve.iam.get_waiter(xform_name(name))
    with pytest.raises(WaiterError) as caught:
        waiter.wait(**MADE_BY[name][2], WaiterConfig=AT_ONCE)
    assert caught.value.last_response["Error"]["Code"] == "AccessDenied"
