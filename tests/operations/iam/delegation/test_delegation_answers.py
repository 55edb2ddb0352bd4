"""What the operations of delegation requests take and answer."""

from datetime import timedelta

import pytest
from tests.support.answers import arn, content, refusal
from tests.support.delegation import (
    BOUNDARY,
    OPERATIONS,
    PROVIDER,
    ROLES_TEMPLATE,
    STRANGER,
    DelegationWorld,
    refused,
)
from tests.support.world import ACCOUNT, Actor, allow


def test_notes_stay_and_a_reason_is_told(world: DelegationWorld, admin: Actor) -> None:
    request_id = world.claimed(admin)
    admin.iam.update_delegation_request(DelegationRequestId=request_id, Notes="Looks fine.")
    admin.iam.update_delegation_request(DelegationRequestId=request_id)
    assert world.show(request_id)["Notes"] == "Looks fine."
    admin.iam.reject_delegation_request(DelegationRequestId=request_id, Notes="Not now.")
    shown = world.show(request_id)
    assert (shown["Notes"], shown["RejectionReason"]) == ("Looks fine.", "Not now.")


def test_the_approver_is_told(world: DelegationWorld, admin: Actor) -> None:
    request_id = world.accepted(admin)
    assert world.show(request_id)["ApproverId"] == arn("user/admin")


def test_a_root_user_approves_four_hours_at_most(world: DelegationWorld, admin: Actor) -> None:
    """AWS: *IAM temporary delegation*, "Approving"."""
    request_id = world.claimed(admin, SessionDuration=4 * 3600 + 1)
    assert refused(world.root, "accept", request_id) == (
        "InvalidInput",
        "A root user can only approve delegation requests with a duration of 14400 seconds or less.",
    )
    OPERATIONS["accept"](admin, request_id)
    OPERATIONS["accept"](world.root, world.claimed(admin, SessionDuration=4 * 3600))


def test_boundaries_of_roles_are_told(world: DelegationWorld) -> None:
    request_id = world.ask(Permissions={"PolicyTemplateArn": ROLES_TEMPLATE})
    assert world.show(request_id)["RolePermissionRestrictionArns"] == [BOUNDARY]


CHECKS = {
    "ALLOWED": [allow(["iam:GetGroup", "iam:ListGroups", "sts:AssumeRole"])],
    "DENIED": [allow("iam:GetGroup")],
    "UNSURE": [
        allow(["iam:Get*", "sts:*"]),
        allow("iam:ListGroups", Condition={"Bool": {"aws:SecureTransport": "true"}}),
    ],
}


@pytest.mark.parametrize("expected", CHECKS)
def test_permissions_are_checked(world: DelegationWorld, expected: str) -> None:
    actor = world.user(f"checked-{expected}", allow("iam:GetDelegationRequest"), *CHECKS[expected])
    request_id = world.ask()
    answer = actor.iam.get_delegation_request(DelegationRequestId=request_id, DelegationPermissionCheck=True)
    assert (answer["PermissionCheckStatus"], answer["PermissionCheckResult"]) == ("COMPLETE", expected)
    unasked = actor.iam.get_delegation_request(DelegationRequestId=request_id)
    assert set(content(unasked)) == {"DelegationRequest"}


def test_the_root_user_has_everything(world: DelegationWorld) -> None:
    answer = world.root.iam.get_delegation_request(
        DelegationRequestId=world.ask(), DelegationPermissionCheck=True
    )
    assert answer["PermissionCheckResult"] == "ALLOWED"


# ListDelegationRequests


def test_requests_are_listed_in_pages(fresh: DelegationWorld) -> None:
    owner, other = fresh.user("owner"), fresh.user("other")
    expected = [fresh.claimed(owner) for _ in range(3)] + [fresh.claimed(other)]
    fresh.ask()
    found, pages, marker = [], 0, dict[str, str]()
    while True:
        page = fresh.root.iam.list_delegation_requests(MaxItems=2, **marker)
        found += [request["DelegationRequestId"] for request in page["DelegationRequests"]]
        pages += 1
        assert page["isTruncated"] is ("Marker" in page)
        if not page["isTruncated"]:
            break
        marker = {"Marker": page["Marker"]}
    assert (sorted(found), pages) == (sorted(expected), 2)
    mine = owner.iam.list_delegation_requests(OwnerId=arn("user/owner"))["DelegationRequests"]
    assert sorted(request["DelegationRequestId"] for request in mine) == sorted(expected[:3])
    assert content(fresh.of(STRANGER).iam.list_delegation_requests()) == {
        "DelegationRequests": [],
        "isTruncated": False,
    }


def test_a_list_tells_states_as_they_are(fresh: DelegationWorld) -> None:
    fresh.claimed(fresh.root)
    fresh.clock.advance(timedelta(days=8))
    (request,) = fresh.root.iam.list_delegation_requests()["DelegationRequests"]
    assert request["State"] == "EXPIRED"


def test_everybody_lists_their_own_and_no_others(world: DelegationWorld, nobody: Actor) -> None:
    request_id = world.claimed(nobody)
    mine = nobody.iam.list_delegation_requests(OwnerId=arn("user/nobody"))["DelegationRequests"]
    assert request_id in {request["DelegationRequestId"] for request in mine}
    for params in ({}, {"OwnerId": arn("user/admin")}):
        code, message = refusal(nobody.iam.list_delegation_requests, **params)
        assert code == "AccessDenied"
        assert "iam:ListDelegationRequests on resource: *" in message


def test_lists_may_be_allowed_by_owner(world: DelegationWorld, admin: Actor, nobody: Actor) -> None:
    world.claimed(admin)
    world.claimed(nobody)
    condition = {"StringEquals": {"iam:DelegationRequestOwner": arn("user/admin")}}
    reader = world.user("reader", allow("iam:ListDelegationRequests", Condition=condition))
    assert reader.iam.list_delegation_requests(OwnerId=arn("user/admin"))["DelegationRequests"]
    assert refusal(reader.iam.list_delegation_requests)[0] == "AccessDenied"
    assert refusal(reader.iam.list_delegation_requests, OwnerId=arn("user/nobody"))[0] == "AccessDenied"


@pytest.mark.parametrize(
    "owner",
    [
        "someone-who-is-no-arn-at-all",
        arn("user/x", STRANGER),
        arn("group/g"),
        f"arn:aws:s3:::{ACCOUNT}-user/x",
    ],
)
def test_an_owner_is_an_identity_of_the_account(world: DelegationWorld, owner: str) -> None:
    assert refusal(world.root.iam.list_delegation_requests, OwnerId=owner) == (
        "InvalidInput",
        f"The owner id {owner} is not the ARN of an identity of this account.",
    )


@pytest.mark.parametrize(
    "owner", [arn("user/absent"), arn("role/absent"), f"arn:aws:sts::{ACCOUNT}:assumed-role/absent/session"]
)
def test_an_owner_must_be_there(world: DelegationWorld, owner: str) -> None:
    assert refusal(world.root.iam.list_delegation_requests, OwnerId=owner) == (
        "NoSuchEntity",
        f"The identity {owner} cannot be found.",
    )


@pytest.mark.parametrize(
    "owner", [arn("user/there"), arn("role/there"), f"arn:aws:sts::{ACCOUNT}:federated-user/x"]
)
def test_an_owner_may_own_nothing(world: DelegationWorld, owner: str) -> None:
    if owner == arn("user/there"):
        world.user("there")
    elif owner == arn("role/there"):
        world.role("there", {"AWS": ACCOUNT})
    assert content(world.root.iam.list_delegation_requests(OwnerId=owner)) == {
        "DelegationRequests": [],
        "isTruncated": False,
    }


def test_an_owner_who_is_gone_can_still_be_asked_for(world: DelegationWorld) -> None:
    request_id = world.claimed(world.user("leaving"))
    (key,) = world.root.iam.list_access_keys(UserName="leaving")["AccessKeyMetadata"]
    world.root.iam.delete_access_key(UserName="leaving", AccessKeyId=key["AccessKeyId"])
    world.root.iam.delete_user(UserName="leaving")
    (request,) = world.root.iam.list_delegation_requests(OwnerId=arn("user/leaving"))["DelegationRequests"]
    assert request["DelegationRequestId"] == request_id


# GetHumanReadableSummary


ROLES_STAY = (
    "Roles that it makes stay when the access is over. "
    "At most they can do what these permissions boundaries allow:"
)


def test_a_summary_says_what_is_asked_for(world: DelegationWorld) -> None:
    request_id = world.ask(
        Permissions={"PolicyTemplateArn": ROLES_TEMPLATE},
        RequestMessage="Soon, please.",
        SessionDuration=5400,
    )
    expires = world.show(request_id)["ExpirationTime"].strftime("%Y-%m-%dT%H:%M:%SZ")
    answer = content(
        world.root.iam.get_human_readable_summary(EntityArn=arn(f"delegation-request/{request_id}"))
    )
    service = "AWS Identity and Access Management (IAM)"
    making = (
        f"- {service}: CreateRole, PutRolePermissionsBoundary on every resource, "
        f"if iam:PermissionsBoundary StringEquals {BOUNDARY}"
    )
    assert answer == {
        "Locale": "en",
        "SummaryState": "AVAILABLE",
        "SummaryContent": "\n".join(
            [
                f"Example Corp (account {PROVIDER}) asks for temporary access to account {ACCOUNT}.",
                "",
                "Purpose: Set up groups",
                "Message: Soon, please.",
                "Duration: 1 hour 30 minutes, from the moment at which the access is released.",
                f"State: UNASSIGNED, until {expires}.",
                "",
                "Once the request is accepted and released, Example Corp can do this, as far as whoever accepts it can:",
                making,
                "",
                "It can never do this:",
                f"- {service}: PassRole on every resource",
                "",
                ROLES_STAY,
                f"- {BOUNDARY}",
            ]
        ),
    }


@pytest.mark.parametrize(
    ("locale", "state"), [("en", "AVAILABLE"), ("en-US", "AVAILABLE"), ("de", "NOT_SUPPORTED")]
)
def test_summaries_are_in_english(world: DelegationWorld, locale: str, state: str) -> None:
    entity = arn(f"delegation-request/{world.ask()}")
    answer = world.root.iam.get_human_readable_summary(EntityArn=entity, Locale=locale)
    assert (answer["Locale"], answer["SummaryState"]) == (locale, state)
    assert ("SummaryContent" in answer) is (state == "AVAILABLE")


@pytest.mark.parametrize("locale", ["tlh", "en_US_or_UK", "xx-XX"])
def test_a_locale_is_one_of_the_consoles(world: DelegationWorld, locale: str) -> None:
    entity = arn(f"delegation-request/{world.ask()}")
    code, message = refusal(world.root.iam.get_human_readable_summary, EntityArn=entity, Locale=locale)
    assert code in {"InvalidInput", "ValidationError"}
    assert locale in message


@pytest.mark.parametrize(
    "entity", [arn("user/someone"), "arn:aws:s3:::delegation-request/x", "no arn whatsoever, and long"]
)
def test_only_delegation_requests_are_summarized(world: DelegationWorld, entity: str) -> None:
    assert refusal(world.root.iam.get_human_readable_summary, EntityArn=entity) == (
        "InvalidInput",
        f"ARN {entity} is not that of a delegation request.",
    )


def test_what_is_not_there_is_not_summarized(world: DelegationWorld) -> None:
    absent = "dr-00000000000000000000000000000000"
    assert refused(world.root, "summarize", absent) == (
        "NoSuchEntity",
        f"Delegation request {absent} cannot be found.",
    )
