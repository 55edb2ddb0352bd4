"""Service-specific credentials: made, listed, switched off, reset, deleted."""

import base64
from datetime import timedelta
from typing import Any

import pytest
from tests.support.answers import arn, check_permission, content, denial, refusal
from tests.support.world import ACCOUNT, Actor, World, allow

GIT = "codecommit.amazonaws.com"
KEYSPACES = "cassandra.amazonaws.com"
BEDROCK = "bedrock.amazonaws.com"
UNKNOWN = "ACCANOBODYNOBODYNOBOD"
MISSING_USER = ("NoSuchEntity", "The user with name nobody cannot be found.")


def missing(id_: str) -> tuple[str, str]:
    return "NoSuchEntity", f"No such credential {id_} exists"


def no_service(name: str) -> tuple[str, str]:
    return "NoSuchEntity", f"No such service {name} is supported for Service Specific Credentials"


@pytest.fixture
def bob(root: Actor) -> dict[str, str]:
    root.iam.create_user(UserName="Bob")
    return {"UserName": "bob"}


def create(root: Actor, service: str = GIT, user: str = "bob", **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = root.iam.create_service_specific_credential(
        UserName=user, ServiceName=service, **more
    )["ServiceSpecificCredential"]
    return made


def ids(answer: dict[str, Any]) -> list[str]:
    return [each["ServiceSpecificCredentialId"] for each in answer["ServiceSpecificCredentials"]]


def test_a_new_password(root: Actor, bob: dict[str, str], world: World) -> None:
    made = create(root)

    assert made == {
        "CreateDate": made["CreateDate"],
        "ServiceName": GIT,
        "ServiceUserName": f"Bob-at-{ACCOUNT}",
        "ServicePassword": made["ServicePassword"],
        "ServiceSpecificCredentialId": made["ServiceSpecificCredentialId"],
        "UserName": "Bob",
        "Status": "Active",
    }
    assert made["ServiceSpecificCredentialId"].startswith("ACCA")
    assert len(made["ServiceSpecificCredentialId"]) == 21
    assert len(base64.b64decode(made["ServicePassword"], validate=True)) == 32
    assert abs((made["CreateDate"] - world.clock.now()).total_seconds()) < 60


def test_a_new_api_key(root: Actor, bob: dict[str, str]) -> None:
    made = create(root, BEDROCK)

    alias = f"Bob-at-{ACCOUNT}"
    assert made == {
        "CreateDate": made["CreateDate"],
        "ServiceName": BEDROCK,
        "ServiceCredentialAlias": alias,
        "ServiceCredentialSecret": made["ServiceCredentialSecret"],
        "ServiceSpecificCredentialId": made["ServiceSpecificCredentialId"],
        "UserName": "Bob",
        "Status": "Active",
    }
    prefix, rest = made["ServiceCredentialSecret"][:4], made["ServiceCredentialSecret"][4:]
    assert (prefix, base64.b64decode(rest).decode().split(":")[0]) == ("ABSK", alias)


def test_an_api_key_may_expire(root: Actor, bob: dict[str, str], world: World) -> None:
    made = create(root, BEDROCK, CredentialAgeDays=30)
    named = {**bob, "ServiceSpecificCredentialId": made["ServiceSpecificCredentialId"]}

    def status() -> Any:
        return root.iam.list_service_specific_credentials(**bob)["ServiceSpecificCredentials"][0]["Status"]

    assert made["ExpirationDate"] - made["CreateDate"] == timedelta(days=30)
    world.clock.advance(timedelta(days=29, hours=23))
    assert status() == "Active"
    world.clock.advance(timedelta(hours=2))
    assert status() == "Expired"
    root.iam.update_service_specific_credential(**named, Status="Active")
    assert status() == "Expired"


def test_passwords_do_not_expire(root: Actor, bob: dict[str, str]) -> None:
    ask = root.iam.create_service_specific_credential
    assert refusal(ask, **bob, ServiceName=GIT, CredentialAgeDays=1) == (
        "ValidationError",
        f"CredentialAgeDays is not supported for service {GIT}",
    )
    for days in (0, 36601):
        assert refusal(ask, **bob, ServiceName=BEDROCK, CredentialAgeDays=days)[0] == "ValidationError"
    assert ids(root.iam.list_service_specific_credentials(**bob)) == []


def test_a_user_has_two_for_each_service(root: Actor, bob: dict[str, str]) -> None:
    first, second = create(root), create(root)
    root.iam.update_service_specific_credential(
        **bob, ServiceSpecificCredentialId=first["ServiceSpecificCredentialId"], Status="Inactive"
    )

    assert (first["ServiceUserName"], second["ServiceUserName"]) == (
        f"Bob-at-{ACCOUNT}",
        f"Bob+1-at-{ACCOUNT}",
    )
    assert refusal(root.iam.create_service_specific_credential, **bob, ServiceName=GIT) == (
        "LimitExceeded",
        "Cannot exceed quota for ServiceSpecificCredentialsPerUser: 2",
    )
    assert create(root, KEYSPACES)["ServiceUserName"] == f"Bob-at-{ACCOUNT}"
    root.iam.delete_service_specific_credential(
        **bob, ServiceSpecificCredentialId=first["ServiceSpecificCredentialId"]
    )
    assert create(root)["ServiceUserName"] == f"Bob-at-{ACCOUNT}"


def test_the_user_is_looked_for_before_the_service(root: Actor, bob: dict[str, str]) -> None:
    """fact 70."""
    for operation in ("create", "list"):
        name = f"{operation}_service_specific_credential{'s' if operation == 'list' else ''}"
        ask = getattr(root.iam, name)
        assert refusal(ask, UserName="nobody", ServiceName="x") == MISSING_USER
        assert refusal(ask, **bob, ServiceName="x") == no_service("x")
        assert refusal(ask, **bob, ServiceName=GIT.upper()) == no_service(GIT.upper())


def test_secrets_are_told_once(root: Actor, bob: dict[str, str], world: World) -> None:
    made = create(root)
    named = {**bob, "ServiceSpecificCredentialId": made["ServiceSpecificCredentialId"]}
    (shown,) = root.iam.list_service_specific_credentials(**bob)["ServiceSpecificCredentials"]
    root.iam.update_service_specific_credential(**named, Status="Inactive")
    reset = root.iam.reset_service_specific_credential(**named)["ServiceSpecificCredential"]

    assert shown == {name: value for name, value in made.items() if name != "ServicePassword"}
    assert reset == made | {"Status": "Inactive", "ServicePassword": reset["ServicePassword"]}
    assert reset["ServicePassword"] != made["ServicePassword"]
    for secret in (made["ServicePassword"], reset["ServicePassword"]):
        assert len([each for each in world.responses if secret.encode() in each.body]) == 1


def test_an_api_key_is_reset_as_well(root: Actor, bob: dict[str, str]) -> None:
    made = create(root, BEDROCK, CredentialAgeDays=1)
    reset = root.iam.reset_service_specific_credential(
        **bob, ServiceSpecificCredentialId=made["ServiceSpecificCredentialId"]
    )["ServiceSpecificCredential"]

    assert reset == made | {"ServiceCredentialSecret": reset["ServiceCredentialSecret"]}
    assert reset["ServiceCredentialSecret"] != made["ServiceCredentialSecret"]


def test_credentials_are_listed_in_pages_by_service(root: Actor, bob: dict[str, str]) -> None:
    made = [
        create(root, service)["ServiceSpecificCredentialId"] for service in (GIT, KEYSPACES, GIT, BEDROCK)
    ]
    ask = root.iam.list_service_specific_credentials

    assert ids(ask(**bob)) == made
    assert ids(ask(**bob, ServiceName=GIT)) == [made[0], made[2]]
    first = ask(**bob, ServiceName=GIT, MaxItems=1)
    assert (ids(first), first["IsTruncated"]) == ([made[0]], True)
    second = ask(**bob, ServiceName=GIT, MaxItems=1, Marker=first["Marker"])
    assert (ids(second), second["IsTruncated"]) == ([made[2]], False)
    assert refusal(ask, **bob, Marker=first["Marker"]) == ("ValidationError", "Invalid Marker.")


def test_those_of_all_users_are_listed(root: Actor, bob: dict[str, str], world: World) -> None:
    root.iam.create_user(UserName="carol")
    made = [create(root, GIT, user) for user in ("bob", "carol", "bob")]
    ask = root.iam.list_service_specific_credentials

    answer = ask(AllUsers=True, ServiceName=GIT)
    assert ids(answer) == [each["ServiceSpecificCredentialId"] for each in made]
    assert [each["UserName"] for each in answer["ServiceSpecificCredentials"]] == ["Bob", "carol", "Bob"]
    assert ids(ask(AllUsers=True, ServiceName=KEYSPACES)) == []
    assert refusal(ask, AllUsers=True, **bob) == (
        "ValidationError",
        "UserName and AllUsers cannot be specified together",
    )
    one = world.user("one", allow("iam:ListServiceSpecificCredentials", arn("user/Bob")))
    assert refusal(one.iam.list_service_specific_credentials, AllUsers=True)[0] == "AccessDenied"


def test_without_a_name_the_credentials_are_the_callers_own(world: World, root: Actor) -> None:
    carol = world.user("carol", allow("iam:*ServiceSpecificCredential*", arn("user/carol")))
    id_ = create(root, GIT, "carol")["ServiceSpecificCredentialId"]
    named = {"ServiceSpecificCredentialId": id_}

    assert ids(carol.iam.list_service_specific_credentials()) == [id_]
    carol.iam.update_service_specific_credential(**named, Status="Inactive")
    carol.iam.reset_service_specific_credential(**named)
    carol.iam.delete_service_specific_credential(**named)
    assert ids(carol.iam.list_service_specific_credentials()) == []
    assert refusal(root.iam.delete_service_specific_credential, **named) == (
        "ValidationError",
        "Must specify userName when calling with non-User credentials",
    )


def test_a_credential_is_found_only_under_its_user(root: Actor, bob: dict[str, str]) -> None:
    """R-33: naming one user does not reach the credentials of another."""
    root.iam.create_user(UserName="carol")
    id_ = create(root)["ServiceSpecificCredentialId"]

    for operation, more in (("update", {"Status": "Inactive"}), ("reset", {}), ("delete", {})):
        ask = getattr(root.iam, f"{operation}_service_specific_credential")
        assert refusal(ask, UserName="carol", ServiceSpecificCredentialId=id_, **more) == missing(id_)
        assert refusal(ask, **bob, ServiceSpecificCredentialId=UNKNOWN, **more) == missing(UNKNOWN)
        assert refusal(ask, UserName="nobody", ServiceSpecificCredentialId=id_, **more) == MISSING_USER
        bad = refusal(ask, **bob, ServiceSpecificCredentialId="ACCA-" + "X" * 20, **more)
        assert (bad[0], "'serviceSpecificCredentialId'" in bad[1]) == ("ValidationError", True)


def test_statuses(root: Actor, bob: dict[str, str]) -> None:
    named = {**bob, "ServiceSpecificCredentialId": create(root)["ServiceSpecificCredentialId"]}

    assert content(root.iam.update_service_specific_credential(**named, Status="Inactive")) == {}
    assert refusal(root.iam.update_service_specific_credential, **named, Status="Expired") == (
        "InvalidInput",
        "The status of a credential cannot be set to Expired.",
    )
    assert content(root.iam.delete_service_specific_credential(**named)) == {}
    assert refusal(root.iam.delete_service_specific_credential, **named)[0] == "NoSuchEntity"


def test_credentials_follow_a_rename_and_stand_in_the_way_of_a_deletion(
    root: Actor, bob: dict[str, str]
) -> None:
    """facts 15 and 16."""
    id_ = create(root)["ServiceSpecificCredentialId"]
    root.iam.update_user(**bob, NewUserName="Robert")

    (shown,) = root.iam.list_service_specific_credentials(UserName="robert")["ServiceSpecificCredentials"]
    assert (shown["UserName"], shown["ServiceUserName"]) == ("Robert", f"Bob-at-{ACCOUNT}")
    assert refusal(root.iam.delete_user, UserName="Robert") == (
        "DeleteConflict",
        "Cannot delete entity, must remove referenced objects first.",
    )
    root.iam.delete_service_specific_credential(UserName="Robert", ServiceSpecificCredentialId=id_)
    root.iam.delete_user(UserName="Robert")


def test_a_credential_for_another_user_needs_permission_on_that_user(world: World, root: Actor) -> None:
    """R-24."""
    carol = world.user("carol", allow("iam:*ServiceSpecificCredential*", arn("user/carol")))
    root.iam.create_user(UserName="bob")

    assert refusal(carol.iam.create_service_specific_credential, UserName="bob", ServiceName=GIT) == denial(
        arn("user/carol"), "iam:CreateServiceSpecificCredential", "user bob"
    )


@pytest.mark.parametrize(
    ("operation", "action", "more"),
    [
        (
            "create_service_specific_credential",
            "iam:CreateServiceSpecificCredential",
            {"ServiceName": BEDROCK},
        ),
        ("list_service_specific_credentials", "iam:ListServiceSpecificCredentials", {}),
        (
            "update_service_specific_credential",
            "iam:UpdateServiceSpecificCredential",
            {"Status": "Inactive"},
        ),
        ("reset_service_specific_credential", "iam:ResetServiceSpecificCredential", {}),
        ("delete_service_specific_credential", "iam:DeleteServiceSpecificCredential", {}),
    ],
)
def test_who_may(
    world: World, root: Actor, bob: dict[str, str], operation: str, action: str, more: dict[str, str]
) -> None:
    id_ = create(root)["ServiceSpecificCredentialId"]
    if not operation.startswith(("create", "list")):
        more = {**more, "ServiceSpecificCredentialId": id_}

    check_permission(world, operation, action, arn("user/Bob"), "user bob", **bob, **more)


def test_the_service_and_the_days_are_condition_keys(world: World, root: Actor, bob: dict[str, str]) -> None:
    """AWS: *iam:ServiceSpecificCredentialServiceName*, *iam:ServiceSpecificCredentialAgeDays*."""
    service = {"StringEquals": {"iam:ServiceSpecificCredentialServiceName": BEDROCK}}
    days = {"NumericLessThanEquals": {"iam:ServiceSpecificCredentialAgeDays": "30"}}
    keeper = world.user(
        "keeper",
        allow("iam:CreateServiceSpecificCredential", Condition=service | days),
        allow(
            ["iam:UpdateServiceSpecificCredential", "iam:ResetServiceSpecificCredential"], Condition=service
        ),
    )
    git = {**bob, "ServiceSpecificCredentialId": create(root)["ServiceSpecificCredentialId"]}
    made = create(keeper, BEDROCK, CredentialAgeDays=30)
    key = {**bob, "ServiceSpecificCredentialId": made["ServiceSpecificCredentialId"]}

    for asked in (
        {"ServiceName": BEDROCK},
        {"ServiceName": BEDROCK, "CredentialAgeDays": 31},
        {"ServiceName": GIT},
    ):
        assert refusal(keeper.iam.create_service_specific_credential, **bob, **asked)[0] == "AccessDenied"
    keeper.iam.reset_service_specific_credential(**key)
    keeper.iam.update_service_specific_credential(**key, Status="Inactive")
    assert refusal(keeper.iam.reset_service_specific_credential, **git)[0] == "AccessDenied"
    assert refusal(keeper.iam.update_service_specific_credential, **git, Status="Active")[0] == "AccessDenied"
