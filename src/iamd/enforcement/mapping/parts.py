"""
Services that name their resources in ways of their own: one request, taken apart into what is asked of each resource.

What a part says of a variable by its very name goes before all other parameters.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from iamd.enforcement.mapping import dynamodb
from iamd.enforcement.mapping.asked import Part, UnmappedRequest
from iamd.enforcement.mapping.parameters import Parameters

_is_account = re.compile(r"[0-9]{12}", re.ASCII).fullmatch
_is_suffixed = re.compile(r"-[A-Za-z0-9]{6}", re.ASCII).fullmatch

_OWNERS: Final[Mapping[str, str]] = {
    "ecr": "registryId",
    "glue": "CatalogId",
    "lakeformation": "CatalogId",
    "s3": "AccountId",
    "sqs": "QueueOwnerAWSAccountId",
}
"""The parameter that says whose a resource is, where it may be another account's."""

_EC2_IDS: Final[Mapping[str, str]] = {
    "acl": "network-acl",
    "ami": "image",
    "cgw": "customer-gateway",
    "dopt": "dhcp-options",
    "eipalloc": "elastic-ip",
    "eni": "network-interface",
    "eigw": "egress-only-internet-gateway",
    "fl": "vpc-flow-log",
    "h": "dedicated-host",
    "i": "instance",
    "igw": "internet-gateway",
    "key": "key-pair",
    "lt": "launch-template",
    "nat": "natgateway",
    "pcx": "vpc-peering-connection",
    "pl": "prefix-list",
    "rtb": "route-table",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "snap": "snapshot",
    "subnet": "subnet",
    "tgw": "transit-gateway",
    "tgw-attach": "transit-gateway-attachment",
    "tgw-rtb": "transit-gateway-route-table",
    "vgw": "vpn-gateway",
    "vol": "volume",
    "vpc": "vpc",
    "vpce": "vpc-endpoint",
    "vpce-svc": "vpc-endpoint-service",
    "vpn": "vpn-connection",
}


def owner_of(prefix: str, parameters: Parameters) -> str | None:
    """Return the account that a request says its resources are of; None when it says none."""
    given = parameters.get(_OWNERS.get(prefix, ""))
    if given is None and prefix == "sqs":
        pieces = str(parameters.get("QueueUrl", "")).rstrip("/").split("/")
        given = pieces[-2] if len(pieces) > 1 and _is_account(pieces[-2]) else None
    if given is None:
        return None
    if not isinstance(given, str) or not _is_account(given):
        raise UnmappedRequest("The request names an account that is none.")
    return given


def parts_of(prefix: str, operation: str, parameters: Parameters) -> Sequence[Part]:
    """
    Return what a request asks for, once for each thing that it asks for by itself.

    Raises:
        UnmappedRequest: It cannot be told.
    """
    member = _ELEMENTS.get(f"{prefix}:{operation}")
    if member is not None:
        return _elements(member, parameters)
    reader = _READERS.get(prefix)
    return reader(operation, parameters) if reader is not None else (Part(parameters),)


_ELEMENTS: Final[Mapping[str, str]] = {
    "aws-marketplace:BatchDescribeEntities": "EntityRequestList",
    "cases:BatchUpdateCase": "cases",
    "verifiedpermissions:BatchGetPolicy": "requests",
    "vpc-lattice:BatchUpdateRule": "rules",
}
"""The list of what an operation does to several things, each of which it names there."""


def _elements(member: str, parameters: Parameters) -> Sequence[Part]:
    given = parameters.get(member)
    if not isinstance(given, list) or not given or not all(isinstance(each, Mapping) for each in given):
        raise UnmappedRequest("The request says nothing of what it is on.")
    around = {name: value for name, value in parameters.items() if name != member}
    return [Part({**around, **each}) for each in given]


def finished(prefix: str, operation: str, arn: str) -> str:
    """Return an ARN as the service writes it in its decisions."""
    if prefix == "logs" and ":log-group:" in arn:
        arn = arn.removesuffix(":*")
        # AWS: as the messages of its denials have it; tags alone are on the group itself.
        if ":log-stream:" not in arn and "Tag" not in operation:
            return f"{arn}:log-stream:"
    if prefix == "secretsmanager" and ":secret:" in arn and not _is_suffixed(arn[-7:]):
        # AWS: the ARN of a secret ends in six characters of which its name says nothing.
        return arn if arn.endswith("*") else f"{arn}-??????"
    return arn


def _of_ssm(operation: str, parameters: Parameters) -> Sequence[Part]:
    told = dict(parameters)
    if "TagsFor" in operation or "TagsTo" in operation or "TagsFrom" in operation:
        variable = _SSM_TAGGED.get(told.pop("ResourceType", ""))
        if variable is None:
            raise UnmappedRequest("The type of the resource is not known.")
        told[variable] = told.pop("ResourceId", "")
    elif "Parameter" in operation:
        given = told.pop("Name", told.pop("Names", told.pop("Path", None)))
        names = [given] if isinstance(given, str) else given if isinstance(given, list) else []
        told["ParameterNameWithoutLeadingSlash"] = [
            name if name.startswith("arn:") else name.split(":")[0] for name in names
        ]
        told["ParameterArn"] = [":".join(name.split(":")[:6]) for name in names if name.startswith("arn:")]
    for name in ("SettingId", "ParameterNameWithoutLeadingSlash"):
        value = told.get(name)
        if isinstance(value, str):
            value = [value]
        if isinstance(value, list):
            told["SettingName" if name == "SettingId" else name] = [
                text.removeprefix("/") or "/" for text in value
            ]
    return (Part(told),)


_SSM_TAGGED: Final[Mapping[str, str]] = {
    "Document": "DocumentName",
    "MaintenanceWindow": "WindowId",
    "ManagedInstance": "InstanceId",
    "OpsItem": "OpsItemId",
    "Parameter": "ParameterNameWithoutLeadingSlash",
    "PatchBaseline": "BaselineId",
}


def _of_events(operation: str, parameters: Parameters) -> Sequence[Part]:
    told = dict(parameters)
    if operation == "PutEvents":
        entries = told.pop("Entries", None)
        if not isinstance(entries, list) or not entries:
            raise UnmappedRequest("The request has no events.")
        buses = [each.get("EventBusName", "default") for each in entries if isinstance(each, Mapping)]
        return [Part({"EventBusName": bus}) for bus in dict.fromkeys(buses)]
    if operation not in _OF_RULES:
        return (Part(told),)
    bus, account_id = _within(told.get("EventBusName", "default"), ":event-bus/")
    told["EventBusName"] = bus
    kind = "rule-on-default-event-bus" if bus == "default" else "rule-on-custom-event-bus"
    return (Part(told, only=(kind,), account_id=account_id),)


_OF_RULES: Final = frozenset(
    {
        "DeleteRule",
        "DescribeRule",
        "DisableRule",
        "EnableRule",
        "ListTargetsByRule",
        "PutRule",
        "PutTargets",
        "RemoveTargets",
    }
)


def _of_ecs(_operation: str, parameters: Parameters) -> Sequence[Part]:
    told = dict(parameters)
    # AWS: a request without a cluster is for the one that is called so.
    cluster, account_id = _within(told.get("cluster", "default"), ":cluster/")
    told.setdefault("clusterName", cluster)
    for name in ("service", "services", "task", "tasks", "containerInstance", "containerInstances"):
        # An ARN says which cluster it is in; of elder ones the cluster is given.
        told.pop("clusterName") if _all_arns(told.get(name)) and "cluster" not in told else None
    family = told.get("taskDefinition")
    if isinstance(family, str) and not family.startswith("arn:"):
        name, colon, revision = family.partition(":")
        told |= {"TaskDefinitionFamilyName": name, "TaskDefinitionRevisionNumber": revision if colon else "*"}
    return (Part(told, account_id=account_id),)


def _within(value: object, word: str) -> tuple[str, str | None]:
    """Return the name of what holds a resource, given as a name or an ARN, and whose it is."""
    if not isinstance(value, str):
        raise UnmappedRequest("A name in the request is none.")
    if not value.startswith("arn:"):
        return value, None
    home, found, name = value.partition(word)
    if not found or home.count(":") != 4:
        raise UnmappedRequest("An ARN in the request is of another kind.")
    return name, home.rpartition(":")[2]


def _all_arns(value: object) -> bool:
    values = value if isinstance(value, list) else [value]
    return all(isinstance(each, str) and each.startswith("arn:") for each in values)


def _of_ec2(operation: str, parameters: Parameters) -> Sequence[Part]:
    if operation in {"CreateTags", "DeleteTags"}:
        ids = parameters.get("Resources")
        if not isinstance(ids, list) or not ids:
            raise UnmappedRequest("The request names nothing to tag.")
        return [Part({}, kinds={_kind_of_id(each): each}) for each in ids]
    if operation == "RunInstances":
        return (Part(_instances(parameters)),)
    return (Part(parameters),)


def _kind_of_id(name: object) -> str:
    prefix = str(name).rpartition("-")[0]
    if not isinstance(name, str) or prefix not in _EC2_IDS:
        raise UnmappedRequest("The request tags something whose id is of no known kind.")
    return _EC2_IDS[prefix]


def _instances(parameters: Parameters) -> dict[str, Any]:
    """Return what instances are made of."""
    if "LaunchTemplate" in parameters:
        raise UnmappedRequest("What a launch template says is not known here.")
    if "SecurityGroups" in parameters:
        raise UnmappedRequest("Security groups are to be named by their ids.")
    interfaces = [each for each in parameters.get("NetworkInterfaces", []) if isinstance(each, Mapping)]
    disks = [
        each.get("Ebs") for each in parameters.get("BlockDeviceMappings", []) if isinstance(each, Mapping)
    ]
    placement = parameters.get("Placement", {})
    told: dict[str, Any] = {
        "ImageId": parameters.get("ImageId"),
        "InstanceId": "*",
        "KeyName": parameters.get("KeyName"),
        "NetworkInterfaceId": [each.get("NetworkInterfaceId", "*") for each in interfaces] or "*",
        "GroupName": placement.get("GroupName"),
        "SecurityGroupId": [
            *parameters.get("SecurityGroupIds", []),
            *(group for each in interfaces for group in each.get("Groups", [])),
        ]
        or "*",
        "SnapshotId": [each["SnapshotId"] for each in disks if each and "SnapshotId" in each],
        "SubnetId": [
            *([parameters["SubnetId"]] if "SubnetId" in parameters else []),
            *(each["SubnetId"] for each in interfaces if "SubnetId" in each),
        ]
        or "*",
        "VolumeId": "*",
    }
    return {name: value for name, value in told.items() if value}


def _of_lambda(operation: str, parameters: Parameters) -> Sequence[Part]:
    told = dict(parameters)
    name, qualifier = told.get("FunctionName"), told.get("Qualifier")
    if not isinstance(name, str):
        layer = told.get("LayerName")
        if isinstance(layer, str) and layer.startswith("arn:") and "VersionNumber" in told:
            told["LayerVersionArn"] = f"{told.pop('LayerName')}:{told['VersionNumber']}"
        elif operation == "GetLayerVersionByArn":
            told["LayerVersionArn"] = told.pop("Arn", None)
        return (Part(told),)
    if name.startswith("arn:"):
        pieces = name.split(":")
        if len(pieces) not in {7, 8} or pieces[5] != "function":
            raise UnmappedRequest("The ARN of the function is none.")
        home, names = ":".join(pieces[:6]), pieces[6:]
    else:
        home, names = "", name.split(":")
        if len(names) > 2 and names[1] == "function" and _is_account(names[0]):
            home, names = f"{names[0]}:function", names[2:]
    if len(names) > 2 or (len(names) == 2 and qualifier not in {None, names[1]}):
        raise UnmappedRequest("The function is named in two ways.")
    if len(names) == 1 and isinstance(qualifier, str):
        names = [*names, qualifier]
    told.pop("Qualifier", None)
    told["FunctionName"] = ":".join([home, *names]) if home.startswith("arn:") else ":".join(names)
    account = home.partition(":")[0] if home and not home.startswith("arn:") else None
    return (Part(told, account_id=account),)


def _of_kms(operation: str, parameters: Parameters) -> Sequence[Part]:
    told = dict(parameters)
    if operation.endswith("Alias"):
        alias = told.pop("AliasName", "")
        told["Alias"] = str(alias).removeprefix("alias/")
        told["KeyId"] = told.pop("TargetKeyId", None)
    for name in ("KeyId", "SourceKeyId", "DestinationKeyId"):
        value = told.get(name)
        if isinstance(value, str) and (value.startswith("alias/") or ":alias/" in value):
            # AWS: a decision is about the key itself, never about its alias.
            raise UnmappedRequest("Which key an alias is of is not known here: name it by its id or ARN.")
    if operation != "ReEncrypt":
        return (Part(told),)
    return (
        Part({"KeyId": told.get("SourceKeyId")}, actions=("kms:ReEncryptFrom",)),
        Part({"KeyId": told.get("DestinationKeyId")}, actions=("kms:ReEncryptTo",)),
    )


_READERS: Final[Mapping[str, Callable[[str, Parameters], Sequence[Part]]]] = {
    "dynamodb": dynamodb.parts_of,
    "ec2": _of_ec2,
    "ecs": _of_ecs,
    "events": _of_events,
    "kms": _of_kms,
    "lambda": _of_lambda,
    "ssm": _of_ssm,
}
