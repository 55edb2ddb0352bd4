"""Role templates: how they are told, and how roles are made from them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.answers import arn, content, refusal
from tests.support.loops import LoopThread
from tests.support.world import ACCOUNT, Actor, World, allow, deny, document

from iamd.secret import Secret
from iamd.settings import Settings

PREFIX = "arn:aws:iam::aws:role-template/"
LOADER = PREFIX + "example/DataLoader:1"
TRUST: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "ec2.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"ArnLike": {"aws:SourceArn": "@{SourceArn}"}},
        }
    ],
}
READ: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::@{Buckets}/*"},
        {"@Enabled": "Writing", "Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"},
    ],
}
BOUNDARY = arn("policy/edge")
WHOLE: dict[str, Any] = {
    "TemplateArn": LOADER,
    "TemplateName": "DataLoader",
    "TemplateVersionId": "v-0123456789",
    "Description": "Loads data.",
    "MajorVersion": 1,
    "DefaultMinorVersion": 3,
    "ManagedByType": "Service",
    "ManagedByValue": "ec2.amazonaws.com",
    "Enabled": True,
    "MinorVersion": 3,
    "RoleNamePattern": "Loader-@{Name}",
    "RolePathPattern": "/loaders/@{Name}/",
    "RoleDescriptionPattern": "Loads @{Name}.",
    "AssumeRolePolicyDocumentTemplate": TRUST,
    "InlinePolicyTemplates": [{"PolicyName": "read-@{Name}", "PolicyDocument": READ}],
    "ManagedPolicyArns": [arn("policy/shared")],
    "PermissionBoundaryArn": BOUNDARY,
    "ParametersDefinition": [
        {
            "Name": "Name",
            "Type": "String",
            "SubType": "RoleName",
            "Description": "x",
            "IsRequired": True,
            "Immutable": True,
        },
        {"Name": "SourceArn", "Type": "Arn", "IsRequired": False, "DefaultValue": "arn:aws:ec2:::thing"},
        {"Name": "Buckets", "Type": "StringList", "IsRequired": True},
        {"Name": "Writing", "Type": "String", "IsRequired": False, "DefaultValue": "False"},
        {"Name": "Age", "Type": "Number", "IsRequired": False},
    ],
    "RoleTagsTemplate": [{"Key": "loads", "Value": "@{Name}"}],
    "MaxSessionDuration": 7200,
    "VersionEnabled": True,
    "CreateTimestamp": "2026-01-02T03:04:05+00:00",
    "UpdateTimestamp": "2026-02-03T04:05:06+00:00",
}
OLD = WHOLE | {"MinorVersion": 2, "TemplateVersionId": "v-old", "VersionEnabled": False}
PLAIN = PREFIX + "example/Plain:2"
SPARSE: dict[str, Any] = {
    "TemplateArn": PLAIN,
    "DefaultMinorVersion": 0,
    "MinorVersion": 0,
    "RoleNamePattern": "Plain",
    "AssumeRolePolicyDocumentTemplate": {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}],
    },
}
DISABLED = PREFIX + "example/Disabled:1"
WRONG = PREFIX + "example/Wrong:1"
FILES = {
    "loader-3": WHOLE,
    "loader-2": OLD,
    "plain": SPARSE,
    "disabled": SPARSE | {"TemplateArn": DISABLED, "Enabled": False, "RoleNamePattern": "Disabled"},
    "wrong": SPARSE
    | {
        "TemplateArn": WRONG,
        "RoleNamePattern": "Wrong@{Suffix}",
        "InlinePolicyTemplates": [
            {
                "PolicyName": "p",
                "PolicyDocument": {
                    "Statement": [{"Effect": "Allow", "Action": "@{Action}", "Resource": "*"}]
                },
            }
        ],
        "ParametersDefinition": [{"Name": "Suffix", "Type": "String"}, {"Name": "Action", "Type": "String"}],
    },
}
VALUES = {"Name": {"Values": ["sales"]}, "Buckets": {"Values": ["one", "two"]}}


@pytest.fixture
def world(loop: LoopThread, tmp_path: Path) -> Iterator[World]:
    for name, version in FILES.items():
        (tmp_path / f"{name}.json").write_text(json.dumps({"RoleTemplateVersion": version}))
    settings = Settings(
        account_id=ACCOUNT,
        role_templates=tmp_path,
        root_access_key_id="AKIAROOTEXAMPLE00000",
        root_secret_access_key=Secret("root/secret/access/key/of/the/tests/0000"),
    )
    made = World(loop, settings)
    made.root.iam.create_policy(PolicyName="shared", PolicyDocument=document(allow("sqs:*")))
    made.root.iam.create_policy(PolicyName="edge", PolicyDocument=document(allow("s3:*")))
    yield made
    made.close()


# GetRoleTemplateVersion


def test_a_version_is_told_as_the_operator_gave_it(root: Actor) -> None:
    told = content(root.iam.get_role_template_version(TemplateArn=LOADER))["RoleTemplateVersion"]
    for name in ("CreateTimestamp", "UpdateTimestamp"):
        told[name] = told[name].isoformat()
    assert told == WHOLE


def test_what_a_template_does_not_have_is_not_told(root: Actor) -> None:
    told = root.iam.get_role_template_version(TemplateArn=PLAIN)["RoleTemplateVersion"]
    assert told == SPARSE | {
        "TemplateName": "Plain",
        "MajorVersion": 2,
        "Enabled": True,
        "VersionEnabled": True,
        "InlinePolicyTemplates": [],
        "ManagedPolicyArns": [],
        "ParametersDefinition": [],
        "RoleTagsTemplate": [],
    }


def test_an_older_version_is_told_too(root: Actor) -> None:
    told = root.iam.get_role_template_version(TemplateArn=LOADER, MinorVersion=2)["RoleTemplateVersion"]
    assert (told["MinorVersion"], told["DefaultMinorVersion"], told["VersionEnabled"]) == (2, 3, False)


NOT_THERE = [
    ({"TemplateArn": PREFIX + "example/Absent:1"}, "NoSuchEntity", "The role template {} cannot be found."),
    (
        {"TemplateArn": PREFIX + "example/DataLoader:2"},
        "NoSuchEntity",
        "The role template {} cannot be found.",
    ),
    ({"TemplateArn": LOADER, "minor": 9}, "NoSuchEntity", "The role template {} has no minor version 9."),
    ({"TemplateArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}, "InvalidInput", "ARN {} is not valid."),
    ({"TemplateArn": arn("role-template/example/DataLoader:1")}, "InvalidInput", "ARN {} is not valid."),
]


@pytest.mark.parametrize(("params", "code", "message"), NOT_THERE)
def test_what_is_not_there_is_not_told(root: Actor, params: dict[str, Any], code: str, message: str) -> None:
    expected = code, message.format(params["TemplateArn"])
    rest = {name: value for name, value in params.items() if name != "minor"}
    of = {"MinorVersion": params["minor"]} if "minor" in params else {}
    assert refusal(root.iam.get_role_template_version, **rest, **of) == expected
    of = {"TemplateMinorVersion": params["minor"]} if "minor" in params else {}
    assert refusal(root.iam.acquire_role, **rest, **of) == expected


def test_to_be_told_needs_the_permission(world: World) -> None:
    reader = world.user("reader", allow("iam:GetRoleTemplateVersion", PREFIX + "example/Plain:*"))
    assert reader.iam.get_role_template_version(TemplateArn=PLAIN)
    code, message = refusal(reader.iam.get_role_template_version, TemplateArn=LOADER)
    assert code == "AccessDenied"
    assert f"iam:GetRoleTemplateVersion on resource: {LOADER}" in message


# AcquireRole


def test_a_role_is_made_as_the_template_says(root: Actor) -> None:
    role = content(root.iam.acquire_role(TemplateArn=LOADER, ReplacementValues=VALUES))["Role"]
    trust = json.loads(json.dumps(TRUST).replace("@{SourceArn}", "arn:aws:ec2:::thing"))
    source = {"TemplateArn": LOADER, "TemplateMinorVersion": 3}
    assert {name: value for name, value in role.items() if name not in {"RoleId", "CreateDate"}} == {
        "Path": "/loaders/sales/",
        "RoleName": "Loader-sales",
        "Arn": arn("role/loaders/sales/Loader-sales"),
        "AssumeRolePolicyDocument": trust,
        "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": BOUNDARY},
        "Tags": [{"Key": "loads", "Value": "sales"}],
        "SourceRoleTemplate": source,
    }
    told = root.iam.get_role(RoleName="Loader-sales")["Role"]
    assert (told["Description"], told["MaxSessionDuration"]) == ("Loads sales.", 7200)
    assert told["SourceRoleTemplate"] == source
    listed = next(each for each in root.iam.list_roles()["Roles"] if each["RoleName"] == "Loader-sales")
    assert listed["SourceRoleTemplate"] == source
    assert root.iam.list_role_policies(RoleName="Loader-sales")["PolicyNames"] == ["read-sales"]
    inline = root.iam.get_role_policy(RoleName="Loader-sales", PolicyName="read-sales")["PolicyDocument"]
    assert inline["Statement"] == [
        {
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": ["arn:aws:s3:::one/*", "arn:aws:s3:::two/*"],
        }
    ]
    attached = root.iam.list_attached_role_policies(RoleName="Loader-sales")["AttachedPolicies"]
    assert attached == [{"PolicyName": "shared", "PolicyArn": arn("policy/shared")}]


def test_an_ordinary_role_has_no_source(world: World) -> None:
    world.role("ordinary", {"AWS": ACCOUNT})
    assert "SourceRoleTemplate" not in world.root.iam.get_role(RoleName="ordinary")["Role"]


def test_a_statement_may_be_switched_on(root: Actor) -> None:
    values = VALUES | {"Writing": {"Values": ["True"]}}
    root.iam.acquire_role(TemplateArn=LOADER, ReplacementValues=values)
    inline = root.iam.get_role_policy(RoleName="Loader-sales", PolicyName="read-sales")["PolicyDocument"]
    assert [each["Action"] for each in inline["Statement"]] == ["s3:GetObject", "s3:PutObject"]


def test_the_same_role_is_found_again(root: Actor) -> None:
    first = content(root.iam.acquire_role(TemplateArn=LOADER, ReplacementValues=VALUES))
    assert content(root.iam.acquire_role(TemplateArn=LOADER, ReplacementValues=VALUES)) == first
    assert len(root.iam.list_roles()["Roles"]) == 1


CHANGES = {
    "trust policy": lambda iam: iam.update_assume_role_policy(
        RoleName="Loader-sales",
        PolicyDocument=document(allow("sts:AssumeRole", None, Principal={"AWS": ACCOUNT})),
    ),
    "inline policy": lambda iam: iam.put_role_policy(
        RoleName="Loader-sales", PolicyName="more", PolicyDocument=document(allow("*"))
    ),
    "managed policy": lambda iam: iam.detach_role_policy(
        RoleName="Loader-sales", PolicyArn=arn("policy/shared")
    ),
    "boundary": lambda iam: iam.delete_role_permissions_boundary(RoleName="Loader-sales"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_role_that_was_changed_is_another(root: Actor, change: str) -> None:
    root.iam.acquire_role(TemplateArn=LOADER, ReplacementValues=VALUES)
    CHANGES[change](root.iam)
    assert refusal(root.iam.acquire_role, TemplateArn=LOADER, ReplacementValues=VALUES) == (
        "NameConflict",
        "The role Loader-sales exists and was not made from this role template.",
    )


def test_what_does_not_matter_may_change(root: Actor) -> None:
    root.iam.acquire_role(TemplateArn=LOADER, ReplacementValues=VALUES)
    root.iam.update_role(RoleName="Loader-sales", Description="ours", MaxSessionDuration=3600)
    root.iam.tag_role(RoleName="Loader-sales", Tags=[{"Key": "a", "Value": "b"}])
    role = root.iam.acquire_role(TemplateArn=LOADER, ReplacementValues=VALUES)["Role"]
    assert {tag["Key"] for tag in role["Tags"]} == {"a", "loads"}


def test_a_role_of_the_name_is_not_taken_over(world: World) -> None:
    world.role("PLAIN", {"AWS": ACCOUNT})
    code, message = refusal(world.root.iam.acquire_role, TemplateArn=PLAIN)
    assert (code, message) == (
        "NameConflict",
        "The role PLAIN exists and was not made from this role template.",
    )


def test_a_disabled_template_makes_no_role(root: Actor) -> None:
    assert refusal(root.iam.acquire_role, TemplateArn=DISABLED) == (
        "RoleTemplateDisabled",
        f"The role template {DISABLED} is disabled.",
    )
    assert refusal(
        root.iam.acquire_role, TemplateArn=LOADER, TemplateMinorVersion=2, ReplacementValues=VALUES
    ) == ("RoleTemplateDisabled", f"The role template {LOADER} is disabled.")


def test_a_disabled_template_still_finds_its_roles(root: Actor) -> None:
    root.iam.acquire_role(TemplateArn=LOADER, ReplacementValues=VALUES)
    role = root.iam.acquire_role(TemplateArn=LOADER, TemplateMinorVersion=2, ReplacementValues=VALUES)["Role"]
    assert role["RoleName"] == "Loader-sales"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"Buckets": ["b"]}, "The role template needs a value for the parameter Name."),
        ({"Name": ["n"], "Buckets": ["b"], "Other": ["x"]}, "The role template has no parameter Other."),
        ({"Name": ["n", "m"], "Buckets": ["b"]}, "The parameter Name takes one value."),
        (
            {"Name": ["n"], "Buckets": ["b"], "SourceArn": ["x"]},
            "The value 'x' of the parameter SourceArn is not of the type Arn.",
        ),
        (
            {"Name": ["n"], "Buckets": ["b"], "Age": ["old"]},
            "The value 'old' of the parameter Age is not of the type Number.",
        ),
        (
            {"Name": ["a b"], "Buckets": ["b"]},
            "The role template makes `Loader-a b` the name of the role, which is not valid.",
        ),
    ],
)
def test_values_must_be_those_of_the_template(
    root: Actor, values: dict[str, list[str]], expected: str
) -> None:
    given = {name: {"Values": each} for name, each in values.items()}
    assert refusal(root.iam.acquire_role, TemplateArn=LOADER, ReplacementValues=given) == (
        "InvalidInput",
        expected,
    )


def test_a_role_that_could_not_be_made_is_not_made(root: Actor) -> None:
    root.iam.delete_policy(PolicyArn=BOUNDARY)
    code, _ = refusal(root.iam.acquire_role, TemplateArn=LOADER, ReplacementValues=VALUES)
    assert code == "NoSuchEntity"
    values = {"Suffix": {"Values": ["1"]}, "Action": {"Values": ["nonsense"]}}
    code, _ = refusal(root.iam.acquire_role, TemplateArn=WRONG, ReplacementValues=values)
    assert code == "MalformedPolicyDocument"
    assert root.iam.list_roles()["Roles"] == []


# Who may

MAKING = {
    "iam:CreateRole": arn("role/loaders/sales/Loader-sales"),
    "iam:TagRole": arn("role/loaders/sales/Loader-sales"),
    "iam:PutRolePermissionsBoundary": arn("role/loaders/sales/Loader-sales"),
    "iam:PutRolePolicy": arn("role/loaders/sales/Loader-sales"),
    "iam:AttachRolePolicy": arn("role/loaders/sales/Loader-sales"),
}


@pytest.mark.parametrize("missing", MAKING)
def test_to_make_a_role_takes_everything_that_it_takes(world: World, missing: str) -> None:
    """AWS: *Manage access to role manager*, "Permissions for role manager"."""
    actor = world.user("maker", *(allow(action, target) for action, target in MAKING.items()))
    lacking = world.user(
        "lacking", *(allow(action, target) for action, target in MAKING.items() if action != missing)
    )
    code, message = refusal(lacking.iam.acquire_role, TemplateArn=LOADER, ReplacementValues=VALUES)
    assert code == "AccessDenied"
    assert f"{missing} on resource" in message
    assert actor.iam.acquire_role(TemplateArn=LOADER, ReplacementValues=VALUES)["Role"]


def test_to_find_a_role_takes_reading_it(world: World) -> None:
    world.root.iam.acquire_role(TemplateArn=LOADER, ReplacementValues=VALUES)
    reader = world.user("reader", allow("iam:GetRole", arn("role/loaders/*")))
    assert reader.iam.acquire_role(TemplateArn=LOADER, ReplacementValues=VALUES)["Role"]
    maker = world.user("maker", *(allow(action, target) for action, target in MAKING.items()))
    code, message = refusal(maker.iam.acquire_role, TemplateArn=LOADER, ReplacementValues=VALUES)
    assert code == "AccessDenied"
    assert "iam:GetRole on resource" in message


@pytest.mark.parametrize(
    ("key", "value", "other"),
    [
        ("iam:RoleTemplateARN", LOADER, PLAIN),
        ("iam:PermissionsBoundary", BOUNDARY, arn("policy/other")),
        ("aws:RequestTag/loads", "sales", "buys"),
    ],
)
def test_policies_see_what_the_template_brings(world: World, key: str, value: str, other: str) -> None:
    actor = world.user(
        "maker", allow("iam:*"), deny("iam:CreateRole", Condition={"StringNotEquals": {key: value}})
    )
    barred = world.user(
        "barred", allow("iam:*"), deny("iam:CreateRole", Condition={"StringEquals": {key: value}})
    )
    harmless = world.user("harmless", allow("iam:*"), deny("iam:*", Condition={"StringEquals": {key: other}}))
    code, _ = refusal(barred.iam.acquire_role, TemplateArn=LOADER, ReplacementValues=VALUES)
    assert code == "AccessDenied"
    assert actor.iam.acquire_role(TemplateArn=LOADER, ReplacementValues=VALUES)["Role"]
    assert harmless.iam.acquire_role(TemplateArn=LOADER, ReplacementValues=VALUES)["Role"]


def test_roles_may_be_made_from_templates_alone(world: World) -> None:
    condition = {"StringLike": {"iam:RoleTemplateARN": PREFIX + "example/*"}}
    maker = world.user("maker", allow("iam:CreateRole", Condition=condition))
    assert maker.iam.acquire_role(TemplateArn=PLAIN)["Role"]["RoleName"] == "Plain"
    trusting = document(allow("sts:AssumeRole", None, Principal={"AWS": ACCOUNT}))
    code, _ = refusal(maker.iam.create_role, RoleName="by-hand", AssumeRolePolicyDocument=trusting)
    assert code == "AccessDenied"


@pytest.mark.parametrize("template", [LOADER, PREFIX + "example/Absent:1"])
def test_who_may_make_no_role_learns_nothing_of_templates(world: World, template: str) -> None:
    nobody = world.user("nobody")
    code, message = refusal(nobody.iam.acquire_role, TemplateArn=template)
    assert code == "AccessDenied"
    assert f"iam:CreateRole on resource: {arn('role/*')}" in message
