"""The service models as read: complete, understood, and without botocore in the process."""

import gzip
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from iamd import errors
from iamd.wire.model import ServiceModel, ServiceName, load


def raw_model(service: str, version: str) -> dict[str, Any]:
    spec = find_spec("botocore")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    path = Path(spec.submodule_search_locations[0], "data", service, version, "service-2.json.gz")
    document: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
    return document


def small_model(shapes: dict[str, Any], **metadata: str) -> ServiceModel:
    return ServiceModel(
        "iam",
        {
            "metadata": {"protocol": "query", "apiVersion": "1", "xmlNamespace": "urn:x", **metadata},
            "operations": {"Do": {"input": {"shape": "In"}}},
            "shapes": shapes,
        },
    )


@pytest.mark.parametrize(
    ("service", "version", "namespace"),
    [
        ("iam", "2010-05-08", "https://iam.amazonaws.com/doc/2010-05-08/"),
        ("sts", "2011-06-15", "https://sts.amazonaws.com/doc/2011-06-15/"),
    ],
)
def test_each_service_has_its_version_and_namespace(
    service: ServiceName, version: str, namespace: str
) -> None:
    model = load(service)
    assert (model.service, model.version, model.xml_namespace) == (service, version, namespace)


@pytest.mark.parametrize("service", ["iam", "sts"])
def test_every_operation_and_shape_compiles(service: ServiceName) -> None:
    model = load(service)
    for name, operation in model.operations.items():
        assert (operation.name, operation.service) == (name, service)
        assert (operation.output is None) == (not operation.result_wrapper)


def test_no_operation_belongs_to_both_services() -> None:
    assert not set(load("iam").operations) & set(load("sts").operations)


def test_a_model_is_read_once() -> None:
    assert load("iam") is load("iam")
    assert load("iam").operations["GetUser"] is load("iam").operations["GetUser"]


def test_only_the_operations_with_their_proof_in_the_parameters_are_anonymous() -> None:
    anonymous = [
        name
        for service in ("iam", "sts")
        for name, operation in load(service).operations.items()
        if operation.anonymous
    ]
    assert sorted(anonymous) == ["AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"]


def test_shapes_carry_what_the_model_says_of_them() -> None:
    shape = load("iam").operations["CreateUser"].input
    assert shape is not None
    assert shape.required == ("UserName",)
    assert list(shape.members) == ["Path", "UserName", "PermissionsBoundary", "Tags"]
    name, tags = shape.members["UserName"], shape.members["Tags"]
    assert (name.type, name.minimum, name.maximum, name.pattern) == ("string", 1, 64, r"[\w+=,.@-]+")
    assert (tags.type, tags.maximum) == ("list", 50)
    assert tags.element is not None
    assert list(tags.element.members) == ["Key", "Value"]
    profile = load("iam").operations["CreateLoginProfile"].input
    assert profile is not None
    assert profile.members["Password"].sensitive


@pytest.mark.parametrize(
    "trait", ["flattened", "locationName", "xmlNamespace", "timestampFormat", "jsonvalue"]
)
def test_a_trait_that_changes_the_wire_form_and_is_not_built_is_refused(trait: str) -> None:
    on_the_shape = small_model({"In": {"type": "structure", "members": {}, trait: True}})
    with pytest.raises(ValueError, match=trait):
        on_the_shape.operations["Do"]
    on_the_member = small_model(
        {"In": {"type": "structure", "members": {"A": {"shape": "S", trait: "x"}}}, "S": {"type": "string"}}
    )
    with pytest.raises(ValueError, match=trait):
        on_the_member.operations["Do"]


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(ValueError, match="document"):
        small_model({"In": {"type": "document"}}).operations["Do"]


def test_a_shape_that_holds_itself_is_refused() -> None:
    model = small_model({"In": {"type": "structure", "members": {"Again": {"shape": "In"}}}})
    with pytest.raises(ValueError, match="holds itself"):
        model.operations["Do"]


def test_another_protocol_is_refused() -> None:
    with pytest.raises(ValueError, match="rest-json"):
        small_model({}, protocol="rest-json")


@pytest.mark.parametrize(("service", "version"), [("iam", "2010-05-08"), ("sts", "2011-06-15")])
def test_every_error_of_the_models_has_a_class_with_its_code_and_status(service: str, version: str) -> None:
    for name, shape in raw_model(service, version)["shapes"].items():
        if not shape.get("exception"):
            continue
        said = shape.get("error", {})
        ours = getattr(errors, said.get("code", name))
        assert issubclass(ours, errors.ServiceError)
        assert ours.code == said.get("code", name)
        assert ours.status == said.get("httpStatusCode", 400)
        assert (ours.fault == "Sender") == said.get("senderFault", ours.status < 500), name


def test_the_gate_runs_without_importing_botocore() -> None:
    program = (
        "import sys\n"
        "from iamd.wire import constraints, dispatch, error_xml, model, query, xml\n"
        "model.load('iam').operations['CreateUser'], model.load('sts').operations['AssumeRole']\n"
        "sys.exit(any(name.split('.')[0] in {'botocore', 'boto3', 'regex'} for name in sys.modules))\n"
    )
    finished = subprocess.run([sys.executable, "-c", program], check=False)  # noqa: S603  our own interpreter
    assert finished.returncode == 0
