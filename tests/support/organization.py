"""An organization to test with: the world's account manages it."""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from tests.support.world import ACCOUNT, Actor, Credentials, World, allow, document

from iamd.domain.access_keys import PREFIX, AccessKey
from iamd.domain.ids import AccountId

SCP = "SERVICE_CONTROL_POLICY"
RCP = "RESOURCE_CONTROL_POLICY"
ROLE = "OrganizationAccountAccessRole"


@dataclass
class Organized:
    """
    An organization, and short ways to do what tests do with one.

    Attributes:
        client: Of the management account's root user.
        steward: A user of the management account that may do everything, which its root user may not: assume roles.
    """

    world: World
    client: Any
    id: str
    root_id: str
    steward: Actor

    @classmethod
    def found(cls, world: World, **parameters: Any) -> "Organized":
        client = world.root.organizations
        organization = client.create_organization(**parameters)["Organization"]
        (root,) = client.list_roots()["Roots"]
        if organization["FeatureSet"] == "ALL":
            client.enable_policy_type(RootId=root["Id"], PolicyType="SERVICE_CONTROL_POLICY")
        return cls(world, client, organization["Id"], root["Id"], world.user("steward", allow("*")))

    def account(self, name: str, parent: str | None = None, **parameters: Any) -> str:
        """Make an account, and return its id."""
        asked = self.client.create_account(AccountName=name, Email=f"{name}@example.com", **parameters)
        status = self.client.describe_create_account_status(
            CreateAccountRequestId=asked["CreateAccountStatus"]["Id"]
        )["CreateAccountStatus"]
        account_id: str = status["AccountId"]
        if parent is not None:
            self.move(account_id, parent)
        return account_id

    def administrator(self, name: str, service_principal: str) -> str:
        """Make an account that administers a service, which is let in, and return its id."""
        self.client.enable_aws_service_access(ServicePrincipal=service_principal)
        account_id = self.account(name)
        self.client.register_delegated_administrator(AccountId=account_id, ServicePrincipal=service_principal)
        return account_id

    def unit(self, name: str, parent: str | None = None, **parameters: Any) -> str:
        """Make a unit, and return its id."""
        made = self.client.create_organizational_unit(
            ParentId=parent or self.root_id, Name=name, **parameters
        )
        unit_id: str = made["OrganizationalUnit"]["Id"]
        return unit_id

    def move(self, account_id: str, to: str) -> None:
        (parent,) = self.client.list_parents(ChildId=account_id)["Parents"]
        self.client.move_account(AccountId=account_id, SourceParentId=parent["Id"], DestinationParentId=to)

    def policy(self, name: str, *statements: dict[str, Any], type_: str = SCP, **parameters: Any) -> str:
        """Make a policy, and return its id."""
        made = self.client.create_policy(
            Name=name, Description="", Type=type_, Content=document(*statements), **parameters
        )
        policy_id: str = made["Policy"]["PolicySummary"]["Id"]
        return policy_id

    def attach(self, target: str, name: str, *statements: dict[str, Any], type_: str = SCP) -> str:
        """Make a policy and attach it, and return its id."""
        policy_id = self.policy(name, *statements, type_=type_)
        self.client.attach_policy(PolicyId=policy_id, TargetId=target)
        return policy_id

    def enter(self, account_id: str, role: str = ROLE) -> Actor:
        """Return somebody of a member account who may do everything there."""
        return self.steward.assume(f"arn:aws:iam::{account_id}:role/{role}")

    def root(self, account_id: str) -> Actor:
        """Return the root user of a member account, with an access key, which nobody can give it through the API."""
        app, account = self.world.app, AccountId(account_id)
        key = AccessKey(
            account_id=account,
            access_key_id=app.tools.ids.access_key_id(PREFIX, account),
            owner_id=account_id,
            secret=app.tools.ids.secret_access_key(),
            created_at=self.world.clock.now(),
        )
        app.store.write(lambda tx: tx.access_keys.add(key)).result()
        return Actor(self.world, Credentials(key.access_key_id, key.secret.reveal()), "root")

    def arn(self, resource: str) -> str:
        """Return the ARN of something in the organization."""
        kind, _, rest = resource.partition("/")
        return f"arn:aws:organizations::{ACCOUNT}:{kind}/{self.id}/{rest}"


def reason(operation: Any, **params: Any) -> tuple[str, str | None]:
    """Return the code and the ``Reason`` that *operation* is refused with; it must be."""
    try:
        operation(**params)
    except ClientError as error:
        answer: Any = error.response
        return answer["Error"]["Code"], answer.get("Reason")
    raise AssertionError("it was not refused")
