"""A world that trusts a SAML identity provider, and somebody without credentials who has its responses."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import Any

from tests.support.answers import arn, refusal
from tests.support.saml_idp import PROVIDER, ROLE, Claims, Idp, posted
from tests.support.world import Actor, Credentials, World, allow, document

ACTIONS = ["sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity"]


@dataclass
class SamlWorld:
    """The provider is called ``corp``; the role that responses offer, when nothing else is said, is called ``app``."""

    world: World
    idp: Idp

    @classmethod
    def of(cls, world: World, idp: Idp | None = None, **provider: Any) -> "SamlWorld":
        """Make the provider in *world*; *provider* are more parameters of CreateSAMLProvider."""
        made = cls(world, idp or Idp())
        world.root.iam.create_saml_provider(Name="corp", SAMLMetadataDocument=made.idp.metadata(), **provider)
        return made

    @cached_property
    def nobody(self) -> Any:
        return self.world.borrow("sts", None)

    @property
    def claims(self) -> Claims:
        return Claims(now=self.world.clock.now().replace(microsecond=0))

    def saying(self, **changes: Any) -> str:
        """Return what is sent: a response that says something else than others do, its assertion signed."""
        return posted(self.idp.signed_assertion(replace(self.claims, **changes)))

    def attributes(self, **attributes: Any) -> str:
        """Return a response with further attributes of AWS's."""
        return self.saying(attributes=attributes)

    def role(
        self,
        name: str = "app",
        *statements: Mapping[str, Any],
        actions: Any = ACTIONS,
        **condition: Any,
    ) -> str:
        """Make a role that trusts the provider if *condition* holds."""
        return self.role_with(self.trust(actions, **condition), name, *statements)

    @staticmethod
    def trust(actions: Any = ACTIONS, **condition: Any) -> str:
        """Return a trust policy that trusts the provider if *condition* holds."""
        return document(allow(actions, None, Principal={"Federated": PROVIDER}, Condition=condition))

    def role_with(self, trust: str, name: str = "app", *statements: Mapping[str, Any], **more: Any) -> str:
        iam = self.world.root.iam
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, **more)["Role"]
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="test", PolicyDocument=document(*statements))
        return str(made["Arn"])

    def assume(self, response: str | None = None, **parameters: Any) -> Any:
        sent = self.saying() if response is None else response
        return self.nobody.assume_role_with_saml(
            **{"RoleArn": ROLE, "PrincipalArn": PROVIDER, "SAMLAssertion": sent} | parameters
        )

    def refused(self, response: str | None = None, **parameters: Any) -> tuple[str, str]:
        return refusal(self.assume, response=response, **parameters)

    def actor(self, response: str | None = None, **parameters: Any) -> Actor:
        return Actor(self.world, Credentials.of(self.assume(response, **parameters)["Credentials"]))

    def lasts(self, response: str | None = None, **parameters: Any) -> timedelta:
        """Return how long a session lasts, to the minute."""
        ends = self.assume(response, **parameters)["Credentials"]["Expiration"]
        left: timedelta = ends - self.world.clock.now()
        return timedelta(minutes=round(left.total_seconds() / 60))


def pair(role: str = "app", provider: str = "corp", account: str | None = None) -> str:
    """Return a value of the attribute ``Role``."""
    where = {} if account is None else {"account": account}
    return f"{arn(f'role/{role}', **where)},{arn(f'saml-provider/{provider}', **where)}"
