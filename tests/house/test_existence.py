"""
R-28: what is not there and what is forbidden are refused in the same words, whatever the operation.

Somebody without policies asks each operation about things that exist, in the case in which they were written and in
another, and about things that do not.
"""

from collections.abc import Mapping
from typing import Any

import pytest
from tests.house.sender import OPERATIONS, Answer, call, generated, in_words_of, name_of
from tests.house.town import Town, plants

from iamd.operations import registry
from iamd.wire.model import Operation

# By member: what is there, and what is not.
NAMES = {
    "UserName": ("alice", "boris"),
    "GroupName": ("staff", "stuff"),
    "RoleName": ("worker", "walker"),
    "InstanceProfileName": ("worker", "walker"),
    "PolicyName": ("own", "new"),
    "VirtualMFADeviceName": ("phone", "pager"),
}
ARNS = {"PolicyArn": ("reading", "writing"), "SerialNumber": ("phone", "pager")}

REGISTERED = set(registry.load())
ASKED = [
    (operation, member)
    for operation in OPERATIONS
    if (operation.service, operation.name) in REGISTERED and operation.input is not None
    for member in {**NAMES, **ARNS}
    if member in operation.input.members
    # STS refuses half of an MFA claim before anybody is asked.
    and (operation.service, member) != ("sts", "SerialNumber")
]


def refusal(town: Town, operation: Operation, given: Mapping[str, Any], told: str) -> tuple[int, str, str]:
    """Return how somebody without policies is refused, but for what they have *told* themselves."""
    answer: Answer = call(town.world, town.actor("nobody").credentials, operation, given)
    return answer.status, answer.code, answer.message.replace(told, "…")


@pytest.mark.parametrize(
    ("operation", "member"), ASKED, ids=[f"{name_of(operation)}-{member}" for operation, member in ASKED]
)
def test_what_exists_is_not_told_by_a_refusal(town: Town, operation: Operation, member: str) -> None:
    """R-28: nor how it is written."""
    # A profile of its own name: the role's is told once only.
    given = generated(operation, plants() | {"InstanceProfileName": "profile"})
    there, missing = (NAMES | ARNS)[member]

    def asked(name: str) -> tuple[int, str, str]:
        value = str(given[member]).replace(there, name) if member in ARNS else name
        return refusal(town, operation, given | {member: value}, value)

    expected = asked(missing)
    assert expected[:2] == in_words_of(operation, 403, "AccessDenied")
    assert [asked(there), asked(there.upper())] == [expected, expected]
