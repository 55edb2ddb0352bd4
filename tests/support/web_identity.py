"""
A world that trusts an OpenID provider, for tests of AssumeRoleWithWebIdentity.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tests.support.answers import arn, refusal
from tests.support.issuer import Issuer
from tests.support.world import ACCOUNT, Actor, Credentials, World, allow, document

from iamd.secret import Secret
from iamd.settings import Settings

TERSE = ("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
TAGS = "https://aws.amazon.com/tags"
SUBJECT = "system:serviceaccount:default:app"
ACTIONS = ["sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity"]
OTHER = "210987654321"


@dataclass
class Federation:
    """A world that trusts an issuer, and somebody without credentials who talks to it."""

    world: World
    issuer: Issuer

    @property
    def name(self) -> str:
        return self.issuer.url.partition("://")[2]

    @property
    def provider(self) -> str:
        return arn(f"oidc-provider/{self.name}")

    @cached_property
    def nobody(self) -> Any:
        return self.world.borrow("sts", None)

    def role(self, name: str = "app", *statements: Mapping[str, Any], **condition: Mapping[str, Any]) -> str:
        """Make a role that trusts the issuer if *condition*, whose keys are claims, holds."""
        block = {
            operator: {f"{self.name}:{claim}": value for claim, value in keys.items()}
            for operator, keys in condition.items()
        }
        trust = allow(ACTIONS, None, Principal={"Federated": self.provider}, Condition=block)
        return self.role_with(document(trust), name, *statements)

    def role_with(self, trust: str, name: str = "app", *statements: Mapping[str, Any], **more: Any) -> str:
        iam = self.world.root.iam
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, **more)["Role"]
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="test", PolicyDocument=document(*statements))
        return str(made["Arn"])

    def assume(self, role_arn: str, token: str | None = None, **parameters: Any) -> Any:
        return self.nobody.assume_role_with_web_identity(
            **{"RoleArn": role_arn, "RoleSessionName": "pod"}
            | {"WebIdentityToken": token or self.issuer.token()}
            | parameters
        )

    def refused(self, role_arn: str, token: str | None = None, **parameters: Any) -> tuple[str, str]:
        return refusal(self.assume, role_arn=role_arn, token=token, **parameters)

    def actor(self, role_arn: str, token: str | None = None, **parameters: Any) -> Actor:
        return Actor(self.world, Credentials.of(self.assume(role_arn, token, **parameters)["Credentials"]))


def settings(**changes: Any) -> Settings:
    given: dict[str, Any] = {
        "account_id": ACCOUNT,
        "root_access_key_id": "AKIAROOTEXAMPLE00000",
        "root_secret_access_key": Secret("root/secret/access/key/of/the/tests/0000"),
        "allow_private_issuers": True,
    }
    return Settings(**given | changes)
