"""
Role templates, and the roles that are made from them.

What holds for every operation here:

* Templates are the operator's to give, as they are AWS's to give on AWS; a version never changes.
* To acquire a role is allowed to whoever may do each thing that it takes: read the role, if there is one that matches; make
  it, tag it, bound it and give it its policies, if there is none.  ``iam:RoleTemplateARN`` tells that a template is behind it.
* A role matches when the template is its source and its name, path and policies are still as the template makes them.

AWS: *Overview of role templates*; *Manage access to role manager*, "Permissions for role manager".
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from iamd.auth.target import ContextValue, Target
from iamd.domain.arns import iam_arn
from iamd.domain.role_templates import (
    RolePlan,
    RoleTemplateVersion,
    TemplateParameter,
    check_role_template_arn,
)
from iamd.domain.roles import Role, SourceTemplate
from iamd.domain.templates import document_text
from iamd.errors import NameConflict, NoSuchEntity, RoleTemplateDisabled, ServiceError
from iamd.operations.call import Call, Params, Result
from iamd.operations.documents import encode_document
from iamd.operations.iam.inline_policies import put_role_policy
from iamd.operations.iam.policy_attachments import attach_role_policy
from iamd.operations.iam.roles import create_role, show_role, show_role_extras, show_source_template
from iamd.operations.registry import Mode, iam_operation

_TEMPLATE_KEY: Final = "iam:RoleTemplateARN"
_BOUNDARY_KEY: Final = "iam:PermissionsBoundary"
_POLICY_KEY: Final = "iam:PolicyARN"
_EVERYTHING: Final = 10_000
"""More inline policies than fit into any quota."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Acquisition:
    """
    What a request comes to.

    Attributes:
        named: The role of the account that has the name already.
        matching: The same, if it is one that the template would make.
    """

    template: RoleTemplateVersion
    plan: RolePlan
    named: Role | None
    matching: Role | None


def _template(_call: Call, params: Params) -> Target:
    """The template that ``TemplateArn`` names, which is AWS's as far as policies are concerned."""
    return Target(arn=params["TemplateArn"], account_id="aws")


@iam_operation("GetRoleTemplateVersion", on=_template, mode=Mode.READ)
def get_role_template_version(call: Call, params: Params) -> Result:
    """
    Tell what roles a version of a template makes; by default its default version.

    Raises:
        InvalidInput: The ARN is not that of a role template.
        NoSuchEntity: There is no such template, or no such version of it.
    """
    found = _find(call, params["TemplateArn"], params.get("MinorVersion"))
    return {"RoleTemplateVersion": _show(found)}


def _underlying(call: Call, params: Params) -> Iterator[Target]:
    """Yield what it takes to acquire the role."""
    arn: str = params["TemplateArn"]
    try:
        found = _acquisition(call, params)
    except ServiceError:
        # The handler tells it, to whoever may make roles at all.
        yield Target(
            arn=iam_arn(call.account_id, "role", "/", "*"),
            account_id=call.account_id,
            action="iam:CreateRole",
            context={_TEMPLATE_KEY: arn},
        )
        return
    if found.matching is not None:
        yield _reading(call, found.matching, arn)
    else:
        yield from _making(call, found.plan, arn)


def _reading(call: Call, role: Role, template_arn: str) -> Target:
    context: dict[str, ContextValue] = {_TEMPLATE_KEY: template_arn}
    if role.permissions_boundary is not None:
        context[_BOUNDARY_KEY] = role.permissions_boundary
    return Target(
        arn=role.arn, account_id=call.account_id, tags=role.tags, action="iam:GetRole", context=context
    )


def _making(call: Call, plan: RolePlan, template_arn: str) -> Iterator[Target]:
    arn = iam_arn(call.account_id, "role", plan.path, plan.name)
    of_template: dict[str, ContextValue] = {_TEMPLATE_KEY: template_arn}
    bounded = (
        of_template
        if plan.permissions_boundary is None
        else of_template | {_BOUNDARY_KEY: plan.permissions_boundary}
    )
    tagged: dict[str, ContextValue] = {f"aws:RequestTag/{key}": value for key, value in plan.tags}
    if plan.tags:
        tagged["aws:TagKeys"] = tuple(key for key, _ in plan.tags)

    def target(action: str, context: dict[str, ContextValue]) -> Target:
        return Target(arn=arn, account_id=call.account_id, action=action, context=context)

    yield target("iam:CreateRole", bounded | tagged)
    if plan.tags:
        yield target("iam:TagRole", of_template | tagged)
    if plan.permissions_boundary is not None:
        yield target("iam:PutRolePermissionsBoundary", bounded)
    if plan.inline_policies:
        yield target("iam:PutRolePolicy", bounded)
    for policy_arn in plan.managed_policies:
        yield target("iam:AttachRolePolicy", bounded | {_POLICY_KEY: policy_arn})


@iam_operation("AcquireRole", on=_underlying, mode=Mode.WRITE)
def acquire_role(call: Call, params: Params) -> Result:
    """
    Return the role that a template describes, made now if there is none.

    Raises:
        InvalidInput: The ARN is not that of a role template, or the values are not such that it makes a role.
        NoSuchEntity: There is no such template, version, managed policy or boundary.
        NameConflict: Another role has the name.
        RoleTemplateDisabled: There is no such role yet, and the template makes none any more.
        MalformedPolicyDocument: A policy of the role would not be valid.
        LimitExceeded: A quota of the account or of the role is used up.
    """
    found = _acquisition(call, params)
    role = found.matching
    if role is None:
        if found.named is not None:
            raise NameConflict(
                f"The role {found.named.name} exists and was not made from this role template."
            )
        if not (found.template.enabled and found.template.version_enabled):
            raise RoleTemplateDisabled(f"The role template {found.template.arn} is disabled.")
        role = _make(call, found)
    return {"Role": show_role(call, role) | show_role_extras(role) | show_source_template(role)}


def _make(call: Call, found: _Acquisition) -> Role:
    """Make the role by the operations that it would take one by one, so that what they check is checked."""
    plan = found.plan
    params: dict[str, Any] = {
        "RoleName": plan.name,
        "Path": plan.path,
        "AssumeRolePolicyDocument": plan.trust_policy,
        "Description": plan.description,
        "MaxSessionDuration": plan.max_session_duration,
        "PermissionsBoundary": plan.permissions_boundary,
        "Tags": [{"Key": key, "Value": value} for key, value in plan.tags] or None,
    }
    create_role(call, {name: value for name, value in params.items() if value is not None})
    role = call.store.roles.get(call.account_id, plan.name)
    source = SourceTemplate(found.template.arn, found.template.minor_version)
    role = replace(role, source_template=source)
    call.store.roles.put(role)
    for name, document in plan.inline_policies:
        put_role_policy(call, {"RoleName": plan.name, "PolicyName": name, "PolicyDocument": document})
    for arn in plan.managed_policies:
        attach_role_policy(call, {"RoleName": plan.name, "PolicyArn": arn})
    return role


def _acquisition(call: Call, params: Params) -> _Acquisition:
    template = _find(call, params["TemplateArn"], params.get("TemplateMinorVersion"))
    given = {name: entry["Values"] for name, entry in params.get("ReplacementValues", {}).items()}
    plan = template.plan(given)
    named = call.store.roles.find(call.account_id, plan.name)
    matching = named if named is not None and _matches(call, named, template, plan) else None
    return _Acquisition(template=template, plan=plan, named=named, matching=matching)


def _matches(call: Call, role: Role, template: RoleTemplateVersion, plan: RolePlan) -> bool:
    source = role.source_template
    if source is None or source.arn != template.arn:
        return False
    inline = call.store.inline_policies.page(role.role_id, None, _EVERYTHING)
    return (
        (role.name, role.path) == (plan.name, plan.path)
        and role.trust_policy == plan.trust_policy
        and role.permissions_boundary == plan.permissions_boundary
        and {policy.name: policy.document for policy in inline} == dict(plan.inline_policies)
        and set(call.store.policy_attachments.of(role.role_id)) == set(plan.managed_policies)
    )


def _find(call: Call, arn: str, minor_version: int | None) -> RoleTemplateVersion:
    check_role_template_arn(arn)
    found = call.tools.role_templates.find(arn, minor_version)
    if found is not None:
        return found
    if minor_version is None or call.tools.role_templates.find(arn) is None:
        raise NoSuchEntity(f"The role template {arn} cannot be found.")
    raise NoSuchEntity(f"The role template {arn} has no minor version {minor_version}.")


def _show(version: RoleTemplateVersion) -> dict[str, Any]:
    """Return a version in the model's shape, without what it does not have."""
    shown = {
        "TemplateArn": version.arn,
        "TemplateName": version.name,
        "TemplateVersionId": version.version_id,
        "Description": version.description,
        "MajorVersion": version.major_version,
        "DefaultMinorVersion": version.default_minor_version,
        "ManagedByType": version.managed_by_type,
        "ManagedByValue": version.managed_by_value,
        "Enabled": version.enabled,
        "MinorVersion": version.minor_version,
        "RoleNamePattern": version.role_name_pattern,
        "RolePathPattern": version.role_path_pattern,
        "RoleDescriptionPattern": version.role_description_pattern,
        "AssumeRolePolicyDocumentTemplate": encode_document(document_text(version.trust_policy)),
        "InlinePolicyTemplates": [
            {"PolicyName": name, "PolicyDocument": encode_document(document_text(document))}
            for name, document in version.inline_policies
        ],
        "ManagedPolicyArns": list(version.managed_policies),
        "PermissionBoundaryArn": version.permissions_boundary,
        "ParametersDefinition": [_show_parameter(parameter) for parameter in version.parameters],
        "RoleTagsTemplate": [{"Key": key, "Value": value} for key, value in version.tags],
        "MaxSessionDuration": version.max_session_duration,
        "VersionEnabled": version.version_enabled,
        "CreateTimestamp": version.created_at,
        "UpdateTimestamp": version.updated_at,
    }
    return {name: value for name, value in shown.items() if value is not None}


def _show_parameter(parameter: TemplateParameter) -> dict[str, Any]:
    shown = {
        "Name": parameter.name,
        "Type": parameter.kind.value,
        "SubType": parameter.subtype,
        "Description": parameter.description,
        "IsRequired": parameter.required,
        "DefaultValue": parameter.default,
        "Immutable": parameter.immutable,
    }
    return {name: value for name, value in shown.items() if value is not None}
