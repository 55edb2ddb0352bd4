"""
Role templates: blueprints of roles, with parameters.

AWS: *Overview of role templates*.  AWS manages them; here the operator gives them, as GetRoleTemplateVersion answers them.
A version never changes: another one takes its place as the default.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from iamd.domain.arns import Arn
from iamd.domain.templates import (
    TemplateError,
    Values,
    document_text,
    fill_document,
    fill_text,
    fill_texts,
    parameters_of,
)
from iamd.errors import InvalidInput

_RESOURCE: Final = re.compile(r"role-template/[A-Za-z0-9.-]+/[A-Za-z0-9_+=,.-]{1,128}:[0-9]{1,9}", re.ASCII)
_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
_ROLE_NAME: Final = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
_ROLE_PATH: Final = re.compile(r"/|/[!-~]{1,510}/", re.ASCII)
_LONGEST_DESCRIPTION: Final = 1_000


class ParameterKind(StrEnum):
    """The data types that parameters may have."""

    STRING = "String"
    STRING_LIST = "StringList"
    NUMBER = "Number"
    NUMBER_LIST = "NumberList"
    ARN = "Arn"
    ARN_LIST = "ArnList"

    @property
    def is_list(self) -> bool:
        return self.value.endswith("List")

    def takes(self, value: str) -> bool:
        """Say whether *value* may be one of its values."""
        if self in {ParameterKind.NUMBER, ParameterKind.NUMBER_LIST}:
            return _NUMBER.fullmatch(value) is not None
        if self in {ParameterKind.ARN, ParameterKind.ARN_LIST}:
            return Arn.parse(value) is not None
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateParameter:
    """
    A parameter of a template.

    Attributes:
        subtype: Told to whoever asks; what it would exclude AWS does not document.
        default: What the parameter is when it is not given.
    """

    name: str
    kind: ParameterKind
    subtype: str | None = None
    description: str | None = None
    required: bool = False
    default: str | None = None
    immutable: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RolePlan:
    """A role as a template would make it; documents are JSON texts."""

    name: str
    path: str
    description: str | None
    trust_policy: str
    inline_policies: tuple[tuple[str, str], ...]
    managed_policies: tuple[str, ...]
    permissions_boundary: str | None
    tags: tuple[tuple[str, str], ...]
    max_session_duration: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleTemplateVersion:
    """
    A minor version of a template.

    Attributes:
        enabled: Of the template, all versions together, as is *default_minor_version*.
        trust_policy: Parsed, with its placeholders; so are the inline policies.
    """

    arn: str
    name: str
    major_version: int
    minor_version: int
    role_name_pattern: str
    trust_policy: Mapping[str, Any]
    version_id: str | None = None
    description: str | None = None
    default_minor_version: int
    managed_by_type: str | None = None
    managed_by_value: str | None = None
    enabled: bool = True
    version_enabled: bool = True
    role_path_pattern: str | None = None
    role_description_pattern: str | None = None
    inline_policies: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    managed_policies: tuple[str, ...] = ()
    permissions_boundary: str | None = None
    parameters: tuple[TemplateParameter, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    max_session_duration: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None

    def undefined_parameters(self) -> frozenset[str]:
        """Return the names that placeholders have and that no parameter has."""
        asked = parameters_of(
            [
                self.role_name_pattern,
                self.role_path_pattern,
                self.role_description_pattern,
                self.trust_policy,
                *(part for policy in self.inline_policies for part in policy),
                *self.managed_policies,
                self.permissions_boundary,
                *(part for tag in self.tags for part in tag),
            ]
        )
        return asked - {parameter.name for parameter in self.parameters}

    def plan(self, given: Mapping[str, Sequence[str]]) -> RolePlan:
        """
        Fill the template in.

        Raises:
            InvalidInput: A value is missing, or given for nothing, or of another type; or the role could not be called so.
        """
        values = self._values(given)
        try:
            plan = self._filled_in(values)
        except TemplateError as error:
            raise InvalidInput(f"The role template cannot be filled in: {error}.") from error
        if not _ROLE_NAME.fullmatch(plan.name):
            raise InvalidInput(
                f"The role template makes `{plan.name}` the name of the role, which is not valid."
            )
        if not _ROLE_PATH.fullmatch(plan.path):
            raise InvalidInput(
                f"The role template makes `{plan.path}` the path of the role, which is not valid."
            )
        if len(plan.description or "") > _LONGEST_DESCRIPTION:
            raise InvalidInput("The role template makes the description of the role too long.")
        return plan

    def _filled_in(self, values: Values) -> RolePlan:
        trust_policy = fill_document(self.trust_policy, values)
        if trust_policy is None:
            raise TemplateError("no statement of the trust policy is enabled")
        inline = [
            (fill_text(name, values), fill_document(document, values))
            for name, document in self.inline_policies
        ]
        boundary = self.permissions_boundary
        return RolePlan(
            name=fill_text(self.role_name_pattern, values),
            path=fill_text(self.role_path_pattern or "/", values),
            description=fill_text(self.role_description_pattern or "", values) or None,
            trust_policy=document_text(trust_policy),
            # A policy without a statement that is enabled is none.
            inline_policies=tuple(
                (name, document_text(found)) for name, found in inline if found is not None
            ),
            managed_policies=fill_texts(self.managed_policies, values),
            permissions_boundary=None if boundary is None else fill_text(boundary, values),
            tags=tuple((fill_text(key, values), fill_text(value, values)) for key, value in self.tags),
            max_session_duration=self.max_session_duration,
        )

    def _values(self, given: Mapping[str, Sequence[str]]) -> Values:
        known = {parameter.name for parameter in self.parameters}
        for name in given:
            if name not in known:
                raise InvalidInput(f"The role template has no parameter {name}.")
        values: dict[str, str | tuple[str, ...]] = {}
        for parameter in self.parameters:
            name, kind = parameter.name, parameter.kind
            found = tuple(given.get(name, () if parameter.default is None else (parameter.default,)))
            if not found:
                if parameter.required:
                    raise InvalidInput(f"The role template needs a value for the parameter {name}.")
                continue
            for value in found:
                if not kind.takes(value):
                    raise InvalidInput(
                        f"The value {value!r} of the parameter {name} is not of the type {kind}."
                    )
            if not kind.is_list and len(found) > 1:
                raise InvalidInput(f"The parameter {name} takes one value.")
            values[name] = found if kind.is_list else found[0]
        return values


@dataclass(frozen=True, slots=True)
class RoleTemplates:
    """All role templates of this server: by ARN, and by minor version."""

    versions: Mapping[str, Mapping[int, RoleTemplateVersion]] = field(default_factory=dict)

    def find(self, arn: str, minor_version: int | None = None) -> RoleTemplateVersion | None:
        """Return a version, by default the default one; None where there is none such."""
        found = self.versions.get(arn)
        if not found:
            return None
        if minor_version is None:
            minor_version = next(iter(found.values())).default_minor_version
        return found.get(minor_version)


def check_role_template_arn(text: str) -> None:
    """
    Check that *text* could name a role template.

    Raises:
        InvalidInput: It could not.
    """
    arn = Arn.parse(text)
    if arn is None or (arn.service, arn.region, arn.account) != ("iam", "", "aws"):
        raise InvalidInput(f"ARN {text} is not valid.")
    if not _RESOURCE.fullmatch(arn.resource):
        raise InvalidInput(f"ARN {text} is not valid.")
