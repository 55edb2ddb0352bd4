"""
boto3's resource objects of IAM, all of them: what they load, what they refer to and what they list.

Each must say what the client's own operation says.
"""

from typing import Any

import botocore.session
import jmespath
import pytest
from botocore import xform_name
from tests.sdk.crowd import Crowd
from tests.sdk.models import model
from tests.support.key_material import certificate
from tests.support.world import allow

MODEL: dict[str, Any] = model("resources-1")
KINDS: dict[str, dict[str, Any]] = MODEL["resources"]
SERVICE = "ServiceResource"
SHAPES: Any = botocore.session.get_session().get_service_model("iam")

# What each identifier of a kind is among the names of the crowd; a text that is no such name stands for itself.
IDENTIFIERS: dict[str, dict[str, str]] = {
    "AccessKey": {"UserName": "UserName", "Id": "AccessKeyId"},
    "AccessKeyPair": {"UserName": "UserName", "Id": "AccessKeyId", "Secret": "secret"},
    "AccountPasswordPolicy": {},
    "AccountSummary": {},
    "AssumeRolePolicy": {"RoleName": "RoleName"},
    "CurrentUser": {},
    "Group": {"Name": "GroupName"},
    "GroupPolicy": {"GroupName": "GroupName", "Name": "inline-1"},
    "InstanceProfile": {"Name": "InstanceProfileName"},
    "LoginProfile": {"UserName": "UserName"},
    "MfaDevice": {"UserName": "UserName", "SerialNumber": "SerialNumber"},
    "Policy": {"Arn": "PolicyArn"},
    "PolicyVersion": {"Arn": "PolicyArn", "VersionId": "v2"},
    "Role": {"Name": "RoleName"},
    "RolePolicy": {"RoleName": "RoleName", "Name": "inline-1"},
    "SamlProvider": {"Arn": "SAMLProviderArn"},
    "ServerCertificate": {"Name": "ServerCertificateName"},
    "SigningCertificate": {"UserName": "UserName", "Id": "CertificateId"},
    "User": {"Name": "UserName"},
    "UserPolicy": {"UserName": "UserName", "Name": "inline-1"},
    "VirtualMfaDevice": {"SerialNumber": "SerialNumber"},
}


@pytest.fixture(scope="module")
def iam(crowd: Crowd) -> Any:
    """Give the resource of a user who may do everything: root is no CurrentUser whose keys and devices can be listed."""
    name = "administrator"
    administrator = crowd.world.user(name, allow("*"))
    crowd.iam.create_access_key(UserName=name)
    assert administrator.credentials is not None
    for number in range(2):
        crowd.iam.upload_signing_certificate(
            UserName=name, CertificateBody=certificate(f"{name}-{number}.example.com")
        )
        crowd.give_phone(name, f"{name}-{number}")
    return crowd.world.resource(administrator.credentials)


def identifiers(kind: str, crowd: Crowd) -> dict[str, str]:
    return {name: crowd.named.get(value, value) for name, value in IDENTIFIERS[kind].items()}


def resource(iam: Any, kind: str, crowd: Crowd) -> Any:
    """Return the resource of a kind that is in the crowd; boto3 has a maker for each kind."""
    return getattr(iam, kind)(*identifiers(kind, crowd).values())


def parameters(request: dict[str, Any], own: dict[str, str]) -> dict[str, str]:
    """Return the parameters that the model gives an operation for a resource with the identifiers *own*."""
    return {
        each["target"]: each["value"] if each["source"] == "string" else own[each["name"]]
        for each in request.get("params", [])
    }


def key(resource: Any) -> tuple[str, ...]:
    """Return kind and identifiers of a resource."""
    return resource.meta.resource_model.name, *(getattr(resource, name) for name in resource.meta.identifiers)


def test_every_kind_is_in_the_crowd() -> None:
    expected = {kind: [each["name"] for each in model["identifiers"]] for kind, model in KINDS.items()}
    assert {kind: list(named) for kind, named in IDENTIFIERS.items()} == expected


@pytest.mark.parametrize("kind", [kind for kind, each in KINDS.items() if "load" in each])
def test_a_resource_loads_what_the_operation_answers(kind: str, iam: Any, crowd: Crowd) -> None:
    load = KINDS[kind]["load"]
    operation = getattr(iam.meta.client, xform_name(load["request"]["operation"]))
    answer = operation(**parameters(load["request"], identifiers(kind, crowd)))
    expected = answer if load["path"] == "@" else jmespath.search(load["path"], answer)
    made = resource(iam, kind, crowd)

    made.load()

    got = {name: value for name, value in made.meta.data.items() if name != "ResponseMetadata"}
    assert got == {name: value for name, value in expected.items() if name != "ResponseMetadata"}
    own = {each.get("memberName") for each in KINDS[kind]["identifiers"]} | KINDS[kind].get("has", {}).keys()
    members = [name for name in SHAPES.shape_for(KINDS[kind]["shape"]).members if name not in own]
    shown = {name: getattr(made, xform_name(name)) for name in members}
    assert shown == {name: expected.get(name) for name in shown}
    assert shown


REFERENCES = [(kind, name) for kind, each in KINDS.items() for name in each.get("has", {})]


@pytest.mark.parametrize(("kind", "name"), REFERENCES, ids=map(".".join, REFERENCES))
def test_a_resource_refers_to_others(kind: str, name: str, iam: Any, crowd: Crowd) -> None:
    other = KINDS[kind]["has"][name]["resource"]
    made = resource(iam, kind, crowd)
    if kind == "VirtualMfaDevice":
        # Whose it is is known from lists alone: there is no operation to load one.
        made = next(
            each for each in iam.virtual_mfa_devices.all() if each.serial_number == made.serial_number
        )
    sources = {each["source"] for each in other["identifiers"]}
    if "data" in sources:
        found = getattr(made, xform_name(name))
    else:
        wanted = identifiers(other["type"], crowd)
        inputs = [wanted[each["target"]] for each in other["identifiers"] if each["source"] == "input"]
        found = getattr(made, name)(*inputs)

    every = found if isinstance(found, list) else [found]
    assert {key(each)[0] for each in every} == {other["type"]}
    for each in every:
        if hasattr(each, "load"):
            each.load()
            assert each.meta.data
    if kind != "CurrentUser":
        assert key(every[0])[1:] == tuple(identifiers(other["type"], crowd).values())


# Those of AWS are many.
MORE = {(SERVICE, "Policies"): {"Scope": "Local"}}
COLLECTIONS = [(kind, name) for kind, each in KINDS.items() for name in each.get("hasMany", {})]
COLLECTIONS += [(SERVICE, name) for name in MODEL["service"]["hasMany"]]


@pytest.mark.parametrize(("kind", "name"), COLLECTIONS, ids=map(".".join, COLLECTIONS))
def test_a_collection_has_what_the_operation_lists(kind: str, name: str, iam: Any, crowd: Crowd) -> None:
    many = (MODEL["service"] if kind == SERVICE else KINDS[kind])["hasMany"][name]
    owner = iam if kind == SERVICE else resource(iam, kind, crowd)
    if hasattr(owner, "load"):
        owner.load()
    given = {} if kind == SERVICE else parameters(many["request"], identifiers(kind, crowd))
    given |= MORE.get((kind, name), {})
    operation = xform_name(many["request"]["operation"])
    if iam.meta.client.can_paginate(operation):
        answer = iam.meta.client.get_paginator(operation).paginate(**given).build_full_result()
    else:
        answer = getattr(iam.meta.client, operation)(**given)
    paths = [each["path"] for each in many["resource"]["identifiers"] if each["source"] == "response"]
    expected = list(zip(*(jmespath.search(path, answer) for path in paths), strict=True))
    collection = getattr(owner, xform_name(name)).filter(**MORE.get((kind, name), {}))

    found = list(collection)

    assert [key(each)[-len(paths) :] for each in found] == expected
    assert len(expected) > 1
    assert [key(each) for each in collection.limit(1)] == [key(found[0])]
    if iam.meta.client.can_paginate(operation):
        pages = list(collection.page_size(1).pages())
        assert [key(each) for page in pages for each in page] == [key(each) for each in found]
        assert len(pages) == len(found)
