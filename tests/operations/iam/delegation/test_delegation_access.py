"""Who may do what with a delegation request."""

from tests.support.answers import arn
from tests.support.delegation import (
    OPERATIONS,
    STRANGER,
    DelegationWorld,
    refused,
)
from tests.support.world import ACCOUNT, Actor, allow, deny, document


def test_a_request_for_no_account_is_anybodys_to_see_and_to_claim(
    world: DelegationWorld, nobody: Actor
) -> None:
    request_id = world.ask(OwnerAccountId=None)
    for actor in (nobody, world.of(STRANGER), world.provider):
        assert "OwnerAccountId" not in OPERATIONS["get"](actor, request_id)["DelegationRequest"]
    OPERATIONS["associate"](nobody, request_id)
    shown = OPERATIONS["get"](nobody, request_id)["DelegationRequest"]
    assert (shown["OwnerAccountId"], shown["OwnerId"]) == (ACCOUNT, arn("user/nobody"))
    for operation in OPERATIONS:
        if operation != "summarize":
            assert refused(world.of(STRANGER), operation, request_id) == (
                "NoSuchEntity",
                f"Delegation request {request_id} cannot be found.",
            )


def test_a_request_for_an_account_is_not_there_for_others(world: DelegationWorld, nobody: Actor) -> None:
    request_id = world.ask()
    assert OPERATIONS["get"](nobody, request_id)["DelegationRequest"]["State"] == "UNASSIGNED"
    for actor in (world.of(STRANGER), world.provider):
        for operation in ("associate", "update", "accept", "reject", "send", "get"):
            assert refused(actor, operation, request_id)[0] == "NoSuchEntity"
    code, _ = refused(world.of(STRANGER), "summarize", request_id)
    assert code == "AccessDenied"
    OPERATIONS["associate"](nobody, request_id)


def test_what_is_not_there_and_what_may_not_be_seen_look_alike_to_outsiders(world: DelegationWorld) -> None:
    request_id = world.ask()
    stranger = world.of(STRANGER)
    absent = "dr-00000000000000000000000000000000"
    code, message = refused(stranger, "get", request_id)
    assert (code, message.replace(request_id, absent)) == refused(stranger, "get", absent)


def test_the_owner_may_do_everything_but_accept(world: DelegationWorld, nobody: Actor, admin: Actor) -> None:
    """AWS: *Managing Permissions for Delegation Requests*: permissions that the initiator has by default."""
    request_id = world.claimed(nobody)
    for operation in ("get", "summarize", "update"):
        OPERATIONS[operation](nobody, request_id)
    code, message = refused(nobody, "accept", request_id)
    assert code == "AccessDenied"
    assert f"iam:AcceptDelegationRequest on resource: {arn(f'delegation-request/{request_id}')}" in message
    OPERATIONS["accept"](admin, request_id)
    OPERATIONS["send"](nobody, request_id)
    rejected = world.claimed(nobody)
    OPERATIONS["reject"](nobody, rejected)


def test_others_of_the_account_need_permissions(world: DelegationWorld, nobody: Actor) -> None:
    other = world.user("other")
    request_id = world.claimed(nobody)
    for operation in OPERATIONS:
        assert refused(other, operation, request_id)[0] == "AccessDenied"
    resource = arn(f"delegation-request/{request_id}")
    owned = {"StringEquals": {"iam:DelegationRequestOwner": arn("user/nobody")}}
    actions = ["iam:GetDelegationRequest", "iam:UpdateDelegationRequest", "iam:AcceptDelegationRequest"]
    policy = document(allow(actions, resource, Condition=owned))
    world.root.iam.put_user_policy(UserName="other", PolicyName="some", PolicyDocument=policy)
    for operation in ("get", "update", "accept"):
        OPERATIONS[operation](other, request_id)
    for operation in ("reject", "send", "summarize"):
        assert refused(other, operation, request_id)[0] == "AccessDenied"
    another = world.claimed(world.root)
    assert refused(other, "get", another)[0] == "AccessDenied"


def test_a_denial_is_stronger_than_to_own(world: DelegationWorld) -> None:
    barred = world.user("barred", deny("iam:SendDelegationToken"), deny("iam:GetDelegationRequest"))
    request_id = world.claimed(barred)
    OPERATIONS["accept"](world.root, request_id)
    for operation in ("get", "send"):
        code, message = refused(barred, operation, request_id)
        assert code == "AccessDenied"
        assert message.endswith("with an explicit deny in an identity-based policy")


def test_whoever_has_the_owners_name_later_is_not_the_owner(world: DelegationWorld) -> None:
    request_id = world.claimed(world.user("transient"))
    for key in world.root.iam.list_access_keys(UserName="transient")["AccessKeyMetadata"]:
        world.root.iam.delete_access_key(UserName="transient", AccessKeyId=key["AccessKeyId"])
    world.root.iam.delete_user(UserName="transient")
    namesake = world.user("transient")
    assert refused(namesake, "get", request_id)[0] == "AccessDenied"


def test_only_the_owner_sends_if_the_provider_says_so(
    world: DelegationWorld, nobody: Actor, admin: Actor
) -> None:
    request_id = world.claimed(nobody, OnlySendByOwner=True)
    OPERATIONS["accept"](admin, request_id)
    for other in (admin, world.root):
        code, message = refused(other, "send", request_id)
        assert code == "AccessDenied"
        assert message.endswith("with an explicit deny in a resource-based policy")
    OPERATIONS["send"](nobody, request_id)


def test_a_session_may_own(world: DelegationWorld) -> None:
    role = world.role("claimer", {"AWS": ACCOUNT})
    session = world.user("asker", allow("sts:AssumeRole")).assume(role, "mine")
    request_id = world.claimed(session)
    owner = world.show(request_id)["OwnerId"]
    assert owner == f"arn:aws:sts::{ACCOUNT}:assumed-role/claimer/mine"
    OPERATIONS["update"](session, request_id)
