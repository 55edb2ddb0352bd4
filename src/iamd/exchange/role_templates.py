"""
The operator's role templates: a directory with one JSON file for each version.

A file is what GetRoleTemplateVersion answers, so that a template of AWS is taken over as it is.  What can be
wrong with a template is told when the server starts, and not when somebody wants a role.
"""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from iamd.domain.arns import Arn
from iamd.domain.role_templates import (
    ParameterKind,
    RoleTemplates,
    RoleTemplateVersion,
    TemplateParameter,
    check_role_template_arn,
)
from iamd.errors import InvalidInput
from iamd.exchange import strict_yaml
from iamd.exchange.strict_yaml import FileFormatError

_Minor = Annotated[int, Meta(ge=0, le=2**31 - 1)]
_Moment = Annotated[datetime, Meta(tz=True)]

# What is said of a template in each of its versions, and must be said alike.
_OF_TEMPLATE: Final = (
    "description",
    "default_minor_version",
    "managed_by_type",
    "managed_by_value",
    "enabled",
)


class _InlinePolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="pascal"):
    policy_name: Annotated[str, Meta(min_length=1)]
    policy_document: dict[str, Any]


class _Tag(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="pascal"):
    key: Annotated[str, Meta(min_length=1)]
    value: str


class _Parameter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="pascal"):
    name: Annotated[str, Meta(min_length=1, max_length=128)]
    type: ParameterKind
    sub_type: Annotated[str, Meta(max_length=256)] | None = None
    description: Annotated[str, Meta(max_length=1000)] | None = None
    is_required: bool = False
    default_value: Annotated[str, Meta(max_length=1024)] | None = None
    immutable: bool | None = None


class _Version(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="pascal"):
    template_arn: str
    template_name: str | None = None
    template_version_id: str | None = None
    description: Annotated[str, Meta(max_length=512)] | None = None
    major_version: int | None = None
    default_minor_version: _Minor
    managed_by_type: Literal["Service"] | None = None
    managed_by_value: Annotated[str, Meta(min_length=1, max_length=128)] | None = None
    enabled: bool = True
    minor_version: _Minor
    role_name_pattern: Annotated[str, Meta(min_length=1, max_length=256)]
    role_path_pattern: Annotated[str, Meta(pattern=r"\A/(.*/)?\Z", max_length=256)] | None = None
    role_description_pattern: Annotated[str, Meta(min_length=1, max_length=512)] | None = None
    assume_role_policy_document_template: dict[str, Any]
    inline_policy_templates: list[_InlinePolicy] = []
    managed_policy_arns: list[str] = []
    permission_boundary_arn: str | None = None
    parameters_definition: list[_Parameter] = []
    role_tags_template: Annotated[list[_Tag], Meta(max_length=50)] = []
    max_session_duration: Annotated[int, Meta(ge=3600, le=43200)] | None = None
    version_enabled: bool = True
    create_timestamp: _Moment | None = None
    update_timestamp: _Moment | None = None


class _Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="pascal"):
    role_template_version: _Version


def read_role_templates(directory: Path) -> RoleTemplates:
    """
    Read all ``*.json`` of *directory*.

    Raises:
        FileFormatError: There is no such directory, a file is not of this form, or the versions of a template do not go
            together.
    """
    if not directory.is_dir():
        raise FileFormatError(f"`{directory}` is no directory of role templates")
    found: dict[str, dict[int, RoleTemplateVersion]] = {}
    for path in sorted(directory.glob("*.json")):
        version = _read(path)
        others = found.setdefault(version.arn, {})
        if version.minor_version in others:
            raise FileFormatError(
                f"`{path}`: the version {version.minor_version} of {version.arn} occurs twice"
            )
        for other in others.values():
            for name in _OF_TEMPLATE:
                if getattr(version, name) != getattr(other, name):
                    raise FileFormatError(f"`{path}`: {name} is not that of another version of {version.arn}")
        others[version.minor_version] = version
    for arn, versions in found.items():
        default = next(iter(versions.values())).default_minor_version
        if default not in versions:
            raise FileFormatError(f"`{directory}`: there is no version {default} of {arn}, its default one")
    return RoleTemplates(found)


def _read(path: Path) -> RoleTemplateVersion:
    try:
        raw = msgspec.convert(strict_yaml.read(path), _Answer).role_template_version
        check_role_template_arn(raw.template_arn)
        version = _version(raw)
    except (msgspec.ValidationError, InvalidInput) as error:
        raise FileFormatError(f"`{path}`: {error}") from error
    undefined = sorted(version.undefined_parameters())
    if undefined:
        raise FileFormatError(f"`{path}`: the parameter `{undefined[0]}` is not defined")
    names = [parameter.name for parameter in version.parameters]
    for name in names:
        if names.count(name) > 1:
            raise FileFormatError(f"`{path}`: the parameter `{name}` is defined twice")
    return version


def _version(raw: _Version) -> RoleTemplateVersion:
    arn = Arn.parse(raw.template_arn)
    if arn is None:
        raise RuntimeError("an ARN that was checked is none")
    name, _, major = arn.resource.rpartition("/")[2].rpartition(":")
    if raw.template_name not in {None, name} or raw.major_version not in {None, int(major)}:
        raise InvalidInput("TemplateName or MajorVersion is not that of TemplateArn.")
    return RoleTemplateVersion(
        arn=raw.template_arn,
        name=name,
        major_version=int(major),
        minor_version=raw.minor_version,
        role_name_pattern=raw.role_name_pattern,
        trust_policy=raw.assume_role_policy_document_template,
        version_id=raw.template_version_id,
        description=raw.description,
        default_minor_version=raw.default_minor_version,
        managed_by_type=raw.managed_by_type,
        managed_by_value=raw.managed_by_value,
        enabled=raw.enabled,
        version_enabled=raw.version_enabled,
        role_path_pattern=raw.role_path_pattern,
        role_description_pattern=raw.role_description_pattern,
        inline_policies=tuple(
            (each.policy_name, each.policy_document) for each in raw.inline_policy_templates
        ),
        managed_policies=tuple(raw.managed_policy_arns),
        permissions_boundary=raw.permission_boundary_arn,
        parameters=tuple(map(_parameter, raw.parameters_definition)),
        tags=tuple((tag.key, tag.value) for tag in raw.role_tags_template),
        max_session_duration=raw.max_session_duration,
        created_at=raw.create_timestamp,
        updated_at=raw.update_timestamp,
    )


def _parameter(raw: _Parameter) -> TemplateParameter:
    default = raw.default_value
    if default is not None and not raw.type.takes(default):
        raise InvalidInput(f"The default value of the parameter {raw.name} is not of the type {raw.type}.")
    return TemplateParameter(
        name=raw.name,
        kind=raw.type,
        subtype=raw.sub_type,
        description=raw.description,
        required=raw.is_required,
        default=default,
        immutable=raw.immutable,
    )
