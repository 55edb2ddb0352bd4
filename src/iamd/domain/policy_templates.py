"""
Policy templates: what product providers may ask to be allowed for a while, but for the values that they give later.

AWS: *IAM temporary delegation for AWS Partners*.  A provider registers its templates with AWS; here the operator does,
in the file of product providers.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from iamd.domain.templates import (
    TemplateError,
    Values,
    document_text,
    enabled_sample,
    fill_document,
    parameters_of,
)
from iamd.errors import InvalidInput
from iampolicy import Effect, Policy, PolicyError, PolicyKind, parse, validate
from iampolicy.condition import condition_texts
from iampolicy.operators import parse_operator

RENDERED_SIZE: Final = 2_048
"""AWS: *Policy templates*: "The final rendered policy has a maximum size limit of 2048 characters"."""

_CREATE_ROLE: Final = "iam:createrole"
_SETS_BOUNDARY: Final = (_CREATE_ROLE, "iam:putrolepermissionsboundary")
_BOUNDARY: Final = "iam:permissionsboundary"


class ParameterType(StrEnum):
    """Of a parameter of a policy template."""

    STRING = "string"
    STRING_LIST = "stringList"


@dataclass(frozen=True, slots=True)
class PolicyParameter:
    """A parameter's value, as a request gives it."""

    name: str
    type: ParameterType
    values: tuple[str, ...]

    @property
    def wire(self) -> dict[str, Any]:
        return {"Name": self.name, "Values": list(self.values), "Type": self.type.value}


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyTemplate:
    """
    A template.

    Attributes:
        arn: Whatever AWS has called it; requests name the template by it.
        document: Parsed, with its placeholders.
    """

    arn: str
    document: Mapping[str, Any]

    def render(self, parameters: Sequence[PolicyParameter]) -> str:
        """
        Return the policy that the template becomes: JSON without white space.

        Raises:
            InvalidInput: The parameters are not those of the template, or the policy is too long or not valid.
        """
        values = _values(parameters)
        asked = parameters_of(self.document)
        for name in sorted(values.keys() - asked):
            raise InvalidInput(f"The policy template has no parameter {name}.")
        for name in sorted(asked - values.keys()):
            raise InvalidInput(f"The policy template needs a value for the parameter {name}.")
        try:
            document = fill_document(self.document, values)
        except TemplateError as error:
            raise InvalidInput(f"The policy template cannot be filled in: {error}.") from error
        if document is None:
            raise InvalidInput("No statement of the policy template is enabled.")
        text = document_text(document)
        if len(text) > RENDERED_SIZE:
            raise InvalidInput(f"The permission policy must not be longer than {RENDERED_SIZE} characters.")
        try:
            validate(text, PolicyKind.SESSION)
        except PolicyError as error:
            raise InvalidInput(f"The permission policy is not valid: {error.message}") from error
        return text

    def check(self) -> None:
        """
        Check what can be known before there are values.

        AWS: *IAM temporary delegation*: "Product providers must attach a permission boundary to any IAM role created
        through temporary delegation."

        Raises:
            TemplateError: It is no policy, or lets roles be made without a permissions boundary.
        """
        try:
            policy = parse(json.dumps(enabled_sample(self.document)), PolicyKind.SESSION)
        except (PolicyError, AttributeError) as error:
            raise TemplateError(f"it is no policy: {error}") from error
        for statement in policy.statements:
            creates = statement.effect is Effect.ALLOW and statement.covers(_CREATE_ROLE)
            if creates and not any(_boundaries(policy, (_CREATE_ROLE,), statement.index)):
                raise TemplateError("it lets roles be made without a condition on iam:PermissionsBoundary")


def role_boundaries(policy_text: str) -> tuple[str, ...]:
    """Return the ARNs of the permissions boundaries that a rendered policy demands of the roles that it lets be made."""
    policy = parse(policy_text, PolicyKind.SESSION)
    if not any(each.effect is Effect.ALLOW and each.covers(_CREATE_ROLE) for each in policy.statements):
        return ()
    return tuple(dict.fromkeys(_boundaries(policy, _SETS_BOUNDARY)))


def _boundaries(policy: Policy, actions: Sequence[str], index: int | None = None) -> Iterator[str]:
    """Yield what the Allow statements about *actions*, or only that at *index*, demand as a boundary."""
    for statement in policy.statements:
        if statement.effect is not Effect.ALLOW or index not in {None, statement.index}:
            continue
        if not any(map(statement.covers, actions)):
            continue
        for operator, key, values in condition_texts(statement.text.condition):
            use = parse_operator(operator)
            # One that holds without the key, or with another value, demands nothing.
            if key == _BOUNDARY and use is not None and not use.operator.negated and not use.if_exists:
                yield from (value for value in values if value.startswith("arn:"))


def _values(parameters: Sequence[PolicyParameter]) -> Values:
    values: dict[str, str | tuple[str, ...]] = {}
    for parameter in parameters:
        if parameter.name in values:
            raise InvalidInput(f"The parameter {parameter.name} is given twice.")
        if not parameter.values:
            raise InvalidInput(f"The parameter {parameter.name} has no value.")
        if parameter.type is ParameterType.STRING_LIST:
            values[parameter.name] = parameter.values
        elif len(parameter.values) == 1:
            values[parameter.name] = parameter.values[0]
        else:
            raise InvalidInput(f"The parameter {parameter.name} is a string, and has more than one value.")
    return values
