"""
A stranger, who may do everything in an account of their own, and what of ours they can reach: nothing.

Each operation is asked for with our names, ARNs and ids, in several mixtures.  Afterwards every row of ours is as it
was, the log of changes has no line about us, and no answer holds a unique id or an access key id of ours that was not
in the request itself.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from tests.house.sender import OPERATIONS, call, generated, name_of, request_to, send, signed
from tests.house.town import WITH_TWINS, WITHOUT_TWINS, Town, arn, plants
from tests.support.world import ACCOUNT, Actor, Credentials

from iamd.wire.model import Operation, load

Rows = dict[str, list[tuple[Any, ...]]]

# AWS: the account that an access key id belongs to is no secret; GetAccessKeyInfo tells it to everybody.
TELLS_OUR_ACCOUNT = {"sts:GetAccessKeyInfo"}

LIST_USERS = load("iam").operations["ListUsers"]
DESTROYING = ("Delete", "Remove", "Detach", "Deactivate")

_ID = re.compile(r"(?<![A-Z0-9])A[A-Z]{3}[A-Z0-9]{16,17}(?![A-Z0-9])")


def with_a_device(town: Town) -> None:
    town.root.iam.create_virtual_mfa_device(
        VirtualMFADeviceName="phone", Tags=[{"Key": "team", "Value": "blue"}]
    )


def ids_in(text: str) -> set[str]:
    return set(_ID.findall(text))


def ids_of(rows: Rows, account_id: str) -> set[str]:
    """Return the unique ids and access key ids of *account_id*, and the account id itself."""
    found = {account_id}
    for table, values in rows.items():
        if table == "changes":
            continue
        for row in values:
            if account_id in row:
                found |= {text for text in row if isinstance(text, str) and _ID.fullmatch(text)}
    return found


def only(rows: Rows, ids: set[str]) -> Rows:
    """Return the rows that say something of whoever has *ids*: those with one of them, or an ARN of ours, as a value."""

    def speaks(row: tuple[Any, ...]) -> bool:
        return any(value in ids or str(value).startswith(f"arn:aws:iam::{ACCOUNT}:") for value in row)

    return {table: list(filter(speaks, values)) for table, values in rows.items()}


def mixtures(operation: Operation, stranger: Actor, our_key: str) -> Iterator[Mapping[str, Any]]:
    """Yield parameters that reach for what is ours, by name, by ARN, by id, and with the stranger's own beside it."""
    ours = plants(ACCOUNT, our_key)
    yield generated(operation, ours, "ours")
    if operation.input is not None:
        # Without a UserName it is the caller that is meant, with our ids.
        members = {*operation.input.required, "AccessKeyId", "SerialNumber"} & set(operation.input.members)
        yield generated(operation, {name: ours[name] for name in members & set(ours)}, "least")
        # What is the stranger's, with what is ours: attach ours to theirs, put theirs under ours.
        yield generated(operation, ours | {"UserName": "admin", "RoleName": "steward"}, "mixed")


@pytest.mark.slow
@pytest.mark.parametrize("account_id", [WITH_TWINS, WITHOUT_TWINS])
def test_a_stranger_changes_nothing_and_learns_no_id(own_town: Town, account_id: str) -> None:
    """R-07, R-28, R-33: not by name, not by ARN, not by id."""
    with_a_device(own_town)
    stranger = own_town.stranger(account_id)
    alice = own_town.actor("alice").credentials
    assert alice is not None
    before = own_town.rows()
    our_ids = ids_of(before, ACCOUNT)
    assert len(our_ids) >= 12

    seen = only(before, our_ids)
    for operation in sorted(OPERATIONS, key=lambda each: each.name.startswith(DESTROYING)):
        for given in mixtures(operation, stranger, alice.access_key_id):
            answer = call(own_town.world, stranger.credentials, operation, given)
            assert answer.status < 500, (name_of(operation), answer)
            after = only(own_town.rows(), our_ids)
            assert after == seen, name_of(operation)
            learned = (ids_in(answer.body) & our_ids) - ids_in(repr(given))
            assert learned == set(), (name_of(operation), answer)
    # Still the master of their own account: nothing above was refused for any other reason.
    assert call(own_town.world, stranger.credentials, LIST_USERS, {}).code == "OK"


@pytest.mark.slow
def test_the_same_requests_do_reach_what_is_ours_when_we_send_them(own_town: Town) -> None:
    """The counterpart: the requests above are such that they change and tell a lot, to whoever may send them."""
    with_a_device(own_town)
    admin = own_town.actor("admin")
    alice = own_town.actor("alice").credentials
    assert alice is not None
    before = own_town.rows()
    our_ids = ids_of(before, ACCOUNT)
    told: set[str] = set()
    for operation in OPERATIONS:
        if not operation.name.startswith(DESTROYING):
            given = generated(operation, plants(ACCOUNT, alice.access_key_id), "ours")
            told |= ids_in(call(own_town.world, admin.credentials, operation, given).body)
    assert len(told & our_ids) >= 8
    after = own_town.rows()
    changed = {table for table in before if only(before, our_ids)[table] != only(after, our_ids)[table]}
    assert {
        "access_keys",
        "users",
        "roles",
        "managed_policies",
        "inline_policies",
        "policy_versions",
    } <= changed


def test_what_is_not_there_and_what_is_not_theirs_answer_alike(own_town: Town) -> None:
    """R-28: whether something of ours exists is not to be learned from how its absence is told."""
    with_a_device(own_town)
    stranger = own_town.stranger(WITH_TWINS).credentials
    alice = own_town.actor("alice").credentials
    assert alice is not None
    ours = plants(ACCOUNT, alice.access_key_id)
    there = {
        name: ours[name] for name in ("PolicyArn", "RoleArn", "SerialNumber", "AccessKeyId", "EntityArn")
    }
    absent = {
        "PolicyArn": arn("policy", "missing"),
        "RoleArn": arn("role", "missing"),
        "SerialNumber": arn("mfa", "missing"),
        "AccessKeyId": "AKIAMISSINGMISSING00",
        "EntityArn": arn("user", "missing"),
    }
    for operation in OPERATIONS:
        if name_of(operation) in TELLS_OUR_ACCOUNT or operation.input is None:
            continue
        for member in set(there) & set(operation.input.members):
            answers = []
            for named in (there, absent):
                given = generated(operation, ours | {member: named[member]}, "alike")
                answer = send(
                    own_town.world, signed(request_to(operation, given), operation.service, stranger)
                )
                message = answer.message
                for name in {there[member], absent[member]}:
                    message = message.replace(name, "…")
                answers.append((answer.status, answer.code, message))
            assert answers[0] == answers[1], (name_of(operation), member)


def test_a_stranger_cannot_sign_as_us_with_a_name_alone(town: Town) -> None:
    """R-33: our access key id with the stranger's secret is a bad signature, and nothing else."""
    stranger = town.stranger(WITH_TWINS).credentials
    assert stranger is not None
    mixed = Credentials(plants()["AccessKeyId"], stranger.secret_access_key)
    assert call(town.world, mixed, LIST_USERS, {}).code == "SignatureDoesNotMatch"
