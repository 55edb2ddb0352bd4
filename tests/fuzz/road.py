"""Where an operation can be asked for so that it would be done: on the road of the golden matrix, up to its step."""

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from tests.house.matrix import Walk
from tests.house.matrix_step import Step
from tests.house.town import MEMBER, Town, plants
from tests.support.world import deny, document

from iamd.domain.service_accesses import IAM
from iamd.wire.model import Operation

Base = tuple[Mapping[str, Any], Mapping[str, list[Any]]]


class Road:
    """Walk it as the root user, again and again."""

    def __init__(self, asked: Town) -> None:
        self._town = asked

    def to(self, operation: Operation, turn: int = 0) -> Base:
        """
        Begin anew and walk up to a step of *operation*, not further.

        Args:
            operation: Of IAM or STS; of Organizations something is put there instead.
            turn: Which of its steps, counted round and round.

        Returns:
            Parameters that would do, and what there is, by the names of members.
        """
        if operation.service == "organizations":
            self._town.world.app.reset()
            return self._organized(operation)
        name = f"{operation.service}:{operation.name}"
        left = turn % self._occurrences[name] if turn else 0
        for step in self.along():
            if step.name == name:
                if not left:
                    return step.params, there(step.params)
                left -= 1
        raise LookupError(f"{name} is not on the road")

    def along(self) -> Iterator[Step]:
        """Begin anew and yield each step before it is gone."""
        self._town.world.app.reset()
        walk = Walk(self._town, "root")
        for step in walk.steps():
            yield step
            walk.go(step)

    @cached_property
    def _occurrences(self) -> Counter[str]:
        return Counter(step.name for step in self.along())

    def _organized(self, operation: Operation) -> Base:
        """Put something of every kind into the organization."""
        client = self._town.root.organizations
        (root,) = client.list_roots()["Roots"]
        unit = client.create_organizational_unit(ParentId=root["Id"], Name="unit")["OrganizationalUnit"]
        policy = client.create_policy(
            Name="policy", Description="", Type="SERVICE_CONTROL_POLICY", Content=document(deny("s3:*"))
        )["Policy"]["PolicySummary"]
        client.attach_policy(PolicyId=policy["Id"], TargetId=unit["Id"])
        spare = client.create_policy(
            Name="spare", Description="", Type="SERVICE_CONTROL_POLICY", Content=document(deny("s3:*"))
        )["Policy"]["PolicySummary"]
        made = client.create_account(AccountName="made", Email="made@example.com")["CreateAccountStatus"]
        client.enable_aws_service_access(ServicePrincipal=IAM)
        found: dict[str, list[Any]] = {
            "ParentId": [root["Id"], unit["Id"]],
            "SourceParentId": [root["Id"]],
            "DestinationParentId": [unit["Id"]],
            "OrganizationalUnitId": [unit["Id"]],
            "RootId": [root["Id"]],
            "TargetId": [unit["Id"], root["Id"], MEMBER],
            "ResourceId": [unit["Id"], policy["Id"], MEMBER],
            "ChildId": [unit["Id"], MEMBER],
            "AccountId": [MEMBER],
            "PolicyId": [spare["Id"], policy["Id"], "p-FullAWSAccess"],
            "PolicyType": ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"],
            "Type": ["SERVICE_CONTROL_POLICY"],
            "Filter": ["SERVICE_CONTROL_POLICY"],
            "ChildType": ["ACCOUNT", "ORGANIZATIONAL_UNIT"],
            "ServicePrincipal": [IAM],
            "CreateAccountRequestId": [made["Id"]],
            "Content": [document(deny("ec2:*"))],
            "Name": ["other"],
            "Description": ["text"],
            "AccountName": ["other"],
            "Email": ["other@example.com"],
            "Tags": [[{"Key": "a", "Value": "b"}]],
            "TagKeys": [["a"]],
            "Target": [{"Id": "310987654321", "Type": "ACCOUNT"}],
        }
        required = operation.input.required if operation.input is not None else ()
        return {name: found[name][0] for name in required if name in found}, found


def there(base: Mapping[str, Any]) -> Mapping[str, list[Any]]:
    """Return what members may name: what the town has, and what the step is about."""
    return {name: [value, *([base[name]] if name in base else [])] for name, value in plants().items()}
