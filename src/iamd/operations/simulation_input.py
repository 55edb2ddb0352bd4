"""
What a simulation is asked with: documents, context entries, exclusions and scenarios, read and checked.

Everything that is wrong with them is InvalidInput, as the service model says.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from iamd.auth.target import ContextValue
from iamd.domain.arns import Arn, name_of
from iamd.errors import InvalidInput
from iamd.operations.simulator import ANYTHING, TRUST_ACTIONS, Levels
from iampolicy import Policy, PolicyError, PolicyKind, parse
from iampolicy.text import all_digits, ascii_lower
from iampolicy.values import parse_address, parse_base64, parse_instant, parse_network, parse_number
from iampolicy.wildcard import compile_pattern, has_wildcard

Params = Mapping[str, Any]

_ACCOUNT_DIGITS: Final = 12

# AWS: *SimulateCustomPolicy*, ResourceHandlingOption: what each scenario must find among the resources.
_SCENARIO: Final = frozenset({"instance", "image", "security-group", "network-interface"})
_SCENARIOS: Final[Mapping[str, frozenset[str]]] = {
    "EC2-VPC-InstanceStore": _SCENARIO,
    "EC2-VPC-InstanceStore-Subnet": _SCENARIO | {"subnet"},
    "EC2-VPC-EBS": _SCENARIO | {"volume"},
    "EC2-VPC-EBS-Subnet": _SCENARIO | {"subnet", "volume"},
}

_READABLE: Final[Mapping[str, Callable[[str], bool]]] = {
    "string": lambda _text: True,
    "numeric": lambda text: parse_number(text) is not None,
    "boolean": lambda text: ascii_lower(text) in {"true", "false"},
    "ip": lambda text: parse_address(text) is not None or parse_network(text) is not None,
    "binary": lambda text: parse_base64(text) is not None,
    "date": lambda text: parse_instant(text) is not None,
}
_LIST: Final = "List"


def compile_document(text: str, kind: PolicyKind, name: str, arn: str | None = None) -> Policy:
    """
    Compile a document of the request; it may lack its Version (semantics 89).

    Raises:
        InvalidInput: It is no policy of *kind*.
    """
    try:
        return parse(text, kind, name=name, arn=arn)
    except PolicyError as error:
        raise InvalidInput(f"{name}: {error.message}") from error


def identity_documents(params: Params) -> tuple[Policy, ...]:
    """Return the policies of ``PolicyInputList``; they are called as AWS calls them."""
    texts = params.get("PolicyInputList", ())
    return tuple(
        compile_document(text, PolicyKind.IDENTITY, f"PolicyInputList.{number}")
        for number, text in enumerate(texts, 1)
    )


def boundary_document(params: Params) -> Policy | None:
    """
    Return the policy of ``PermissionsBoundaryPolicyInputList``.

    Raises:
        InvalidInput: There are several.
    """
    texts = params.get("PermissionsBoundaryPolicyInputList", ())
    if len(texts) > 1:
        raise InvalidInput("PermissionsBoundaryPolicyInputList can hold only one policy.")
    if not texts:
        return None
    return compile_document(texts[0], PolicyKind.BOUNDARY, "PermissionsBoundaryPolicyInputList.1")


def resource_document(params: Params) -> Policy | None:
    """Return the policy of ``ResourcePolicy``; for actions on roles it is a trust policy."""
    text = params.get("ResourcePolicy")
    if text is None:
        return None
    if all(action.lower() in TRUST_ACTIONS for action in params["ActionNames"]):
        return compile_document(text, PolicyKind.TRUST, "ResourcePolicy")
    return compile_document(text, PolicyKind.RESOURCE, "ResourcePolicy")


def organization_documents(params: Params) -> Levels:
    """
    Return the policies of ``OrderedOrganizationPolicyInputList``, from the root's level down.

    Raises:
        InvalidInput: A level has none: it would always have one.
    """
    levels = []
    for number, level in enumerate(params.get("OrderedOrganizationPolicyInputList", ()), 1):
        texts = level.get("ServiceControlPolicyInputList", ())
        name = f"OrderedOrganizationPolicyInputList.{number}"
        if not texts:
            raise InvalidInput(f"{name}: a level has at least one service control policy.")
        levels.append(tuple(compile_document(text, PolicyKind.SCP, name) for text in texts))
    return tuple(levels)


def actions(params: Params) -> list[str]:
    """
    Return ``ActionNames``.

    Raises:
        InvalidInput: One is not the name of an action, or stands for several.
    """
    for action in params["ActionNames"]:
        service, colon, name = action.partition(":")
        if (
            not (service and colon and name)
            or ":" in name
            or has_wildcard(action)
            or action.split() != [action]
        ):
            raise InvalidInput(f"Invalid Action name: {action}")
    return list(params["ActionNames"])


def resources(params: Params) -> list[str]:
    """
    Return ``ResourceArns``, or all resources; checked against the scenario, if one is named.

    Raises:
        InvalidInput: One is no ARN, or the scenario lacks one.
    """
    found = list(params.get("ResourceArns") or [ANYTHING])
    for resource in found:
        if resource != ANYTHING and Arn.parse(resource) is None:
            raise InvalidInput(f"Invalid resource ARN: {resource}")
    option = params.get("ResourceHandlingOption")
    if option is None:
        return found
    if option not in _SCENARIOS:
        raise InvalidInput(f"Invalid ResourceHandlingOption: {option}")
    parsed = [Arn.parse(resource) for resource in found]
    there = {arn.resource.partition("/")[0] for arn in parsed if arn is not None and arn.service == "ec2"}
    missing = sorted(_SCENARIOS[option] - there)
    if missing:
        raise InvalidInput(f"{option} needs a resource of each of these types too: {', '.join(missing)}")
    return found


def resource_owner(params: Params) -> str:
    """
    Return the account of ``ResourceOwner``, an account id or an ARN of the account; an empty text without one.

    Raises:
        InvalidInput: It is neither.
    """
    given = params.get("ResourceOwner")
    if given is None:
        return ""
    parsed = Arn.parse(given)
    account = str(given) if parsed is None else parsed.account
    if len(account) != _ACCOUNT_DIGITS or not all_digits(account):
        raise InvalidInput(f"Invalid ResourceOwner: {given}")
    return account


def context_entries(params: Params) -> dict[str, ContextValue]:
    """
    Return ``ContextEntries`` as context keys.

    Without a type, one value is a single value and several are a list.

    Raises:
        InvalidInput: An entry is incomplete, comes twice, or has values that are not of its type.
    """
    found: dict[str, ContextValue] = {}
    seen: set[str] = set()
    for entry in params.get("ContextEntries", ()):
        name, values = entry.get("ContextKeyName"), entry.get("ContextKeyValues")
        if not name or values is None:
            raise InvalidInput("A context entry needs a name and values.")
        if ascii_lower(name) in seen:
            raise InvalidInput(f"The context key {name} is given twice.")
        seen.add(ascii_lower(name))
        found[name] = _context_value(name, values, entry.get("ContextKeyType"))
    return found


def _context_value(name: str, values: Sequence[str], type_: str | None) -> ContextValue:
    if type_ is None:
        return values[0] if len(values) == 1 else tuple(values)
    readable = _READABLE[type_.removesuffix(_LIST)]
    for value in values:
        if not readable(value):
            raise InvalidInput(f"The context key {name} has a value that is not of the type {type_}: {value}")
    if type_.endswith(_LIST):
        return tuple(values)
    if len(values) != 1:
        raise InvalidInput(f"The context key {name} is of the type {type_} and has {len(values)} values.")
    return values[0]


class Exclusions:
    """
    ``PolicyExclusionList``: policies to leave out, by type, by ARN, or by name.

    Raises:
        InvalidInput: An identifier is malformed, or is several at once.
    """

    def __init__(self, params: Params) -> None:
        self._types: set[str] = set()
        self._matchers: list[Callable[[Policy], bool]] = []
        for identifier in params.get("PolicyExclusionList", ()):
            match [*identifier.items()]:
                case [("PolicyType", type_)]:
                    self._types.add(type_)
                case [("PolicyArn", arn)]:
                    self._matchers.append(_by_arn(arn))
                case [("InlinePolicyIdentifier", inline)]:
                    self._matchers.append(_by_name(inline))
                case _:
                    raise InvalidInput(
                        "A policy identifier is exactly one of type, ARN and inline identifier."
                    )

    def of_type(self, type_: str) -> bool:
        """Tell whether all policies of *type_* are left out."""
        return type_ in self._types

    def kept(self, policies: Sequence[Policy]) -> tuple[Policy, ...]:
        """Return the identity-based *policies* without those that are left out."""
        return tuple(
            policy
            for policy in policies
            if _type_of(policy) not in self._types and not any(matches(policy) for matches in self._matchers)
        )


def _type_of(policy: Policy) -> str:
    arn = Arn.parse(policy.arn or "")
    if arn is None or not arn.resource.startswith("policy/"):
        return "inline"
    return "aws-managed" if arn.account == "aws" else "user-managed"


def _by_arn(pattern: str) -> Callable[[Policy], bool]:
    head, _, name = pattern.rpartition("/")
    arn = Arn.parse(pattern)
    if arn is None or not arn.resource.startswith("policy/") or has_wildcard(head) or name.count("*") > 1:
        raise InvalidInput(f"Invalid policy ARN: {pattern}")
    matches = compile_pattern(name)
    return lambda policy: (policy.arn or "").rpartition("/")[0] == head and matches(name_of(policy.arn or ""))


def _by_name(identifier: Mapping[str, str]) -> Callable[[Policy], bool]:
    attached = identifier["AttachmentName"]
    if attached.count("*") > 1:
        raise InvalidInput(f"Invalid attachment name: {attached}")
    matches = compile_pattern(attached)

    def check(policy: Policy) -> bool:
        owner = owner_of(policy)
        return (
            owner is not None
            and owner[0] == identifier["AttachmentType"]
            and matches(owner[1])
            and policy.name == identifier["PolicyName"]
        )

    return check


def owner_of(policy: Policy) -> tuple[str, str] | None:
    """Return the kind and the name of the entity that an inline policy is embedded in; None for other policies."""
    arn = Arn.parse(policy.arn or "")
    if arn is None:
        return None
    kind, *_, name, _policy_name = arn.resource.split("/") if arn.resource.count("/") > 1 else ("", "", "")
    return (kind, name) if kind in {"user", "group", "role"} else None
