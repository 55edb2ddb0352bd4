"""
What has to be known of AWS's services to lint a document; whoever calls `lint` may bring it, or do without.

The law itself knows no service.  Names are compared without regard to case, so all keys here are in lower case.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ConditionKey:
    """
    A condition key.

    Attributes:
        name: As the documentation writes it; ``${TagKey}`` stands for any text.
        type: ``String``, ``ARN``, ``Bool``, ``Date``, ``Numeric``, ``IPAddress`` or ``Binary``.
        multivalued: Whether a request may have several values of it.
        always: Whether every request has it.
    """

    name: str
    type: str
    multivalued: bool = False
    always: bool = False


@dataclass(frozen=True, slots=True)
class ResourceType:
    """
    A type of resource.

    Attributes:
        arn: A template; each ``${…}`` stands for any text.
    """

    name: str
    arn: str


@dataclass(frozen=True, slots=True)
class Action:
    """
    An action.

    Attributes:
        name: Without its service.
        resource_types: Those it can be granted on; empty when only on all resources.
        condition_keys: All that it or its resources support, but for the global ones; ``${…}`` stands for any text.
    """

    name: str
    resource_types: tuple[ResourceType, ...] = ()
    condition_keys: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Service:
    """
    A service.

    Attributes:
        prefix: As policies write it.
        actions: By name.
        resource_types: All of them.
        tag_keys: Which of ``aws:resourcetag``, ``aws:requesttag`` and ``aws:tagkeys`` any of its actions supports.
    """

    prefix: str
    actions: Mapping[str, Action]
    resource_types: tuple[ResourceType, ...] = ()
    tag_keys: frozenset[str] = field(default=frozenset())


class Services(Protocol):
    """Answers what services there are; may load each when it is first asked for."""

    @property
    def prefixes(self) -> Collection[str]:
        """The prefixes of all services."""

    def find(self, prefix: str) -> Service | None:
        """Return the service, or None when there is none such."""

    def condition_key(self, key: str) -> ConditionKey | None:
        """Return the key of a service, a tag key's name included in *key*; None when there is none such."""


def _keys(type_: str, names: str, *, multivalued: bool = False, always: bool = False) -> list[ConditionKey]:
    return [ConditionKey("aws:" + name, type_, multivalued, always) for name in names.split()]


# semantics 72.  AWS: AWS global condition context keys.
GLOBAL_KEYS: Mapping[str, ConditionKey] = {
    key.name.lower(): key
    for key in (
        *_keys("Date", "CurrentTime EpochTime", always=True),
        *_keys("Date", "TokenIssueTime"),
        *_keys("Bool", "SecureTransport ViaAWSService", always=True),
        *_keys("Bool", "MultiFactorAuthPresent PrincipalIsAWSService ViaAWSMCPService IsMcpServiceAction"),
        *_keys("Numeric", "MultiFactorAuthAge"),
        *_keys("IPAddress", "SourceIp VpcSourceIp Ec2InstanceSourcePrivateIPv4"),
        *_keys("ARN", "PrincipalArn", always=True),
        *_keys("ARN", "SourceArn SourceVpcArn ChatbotSourceArn"),
        *_keys(
            "String",
            "PrincipalAccount PrincipalType RequestedRegion ResourceAccount UserAgent userid",
            always=True,
        ),
        *_keys("String", "username FederatedProvider SourceIdentity AssumedRoot referer"),
        *_keys(
            "String",
            "PrincipalOrgID ResourceOrgID SourceOrgID VpceOrgID VpceAccount SourceAccount CalledViaAWSMCP",
        ),
        *_keys(
            "String",
            "SourceVpc SourceVpce Ec2InstanceSourceVPC PrincipalServiceName CalledViaFirst CalledViaLast",
        ),
        *_keys("String", "PrincipalTag/${TagKey} ResourceTag/${TagKey} RequestTag/${TagKey}"),
        *_keys("String", "CalledVia PrincipalServiceNamesList TagKeys", multivalued=True),
        *_keys("String", "PrincipalOrgPaths ResourceOrgPaths SourceOrgPaths VpceOrgPaths", multivalued=True),
    )
}

TAG_KEYS = frozenset({"aws:resourcetag", "aws:requesttag", "aws:tagkeys"})
"""Global keys that only some services support; a tag's name is cut off."""


def global_key(key: str) -> ConditionKey | None:
    """Return the global key that *key* names, with or without the name of a tag."""
    lowered = key.lower()
    found = GLOBAL_KEYS.get(lowered)
    if found is None:
        stem, slash, tag = lowered.partition("/")
        found = GLOBAL_KEYS.get(stem + "/${tagkey}") if slash and tag else None
    return found
