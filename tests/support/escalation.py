"""
Ways by which somebody raises their own rights, as walks that Eve can take in a scene.

What each promises is to list users, which nobody here may do who does not hold everything.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.support.answers import arn
from tests.support.world import Actor, Credentials, World, allow, document

EVERYTHING = document(allow("*"))
ONLY_NAMED = document(allow("sts:AssumeRole", None, Principal={"Service": "ec2.amazonaws.com"}))
ADMIN_POLICY = "arn:aws:iam::aws:policy/AdministratorAccess"
PRIZE = "iam:ListUsers"


class Scene:
    """
    One attempt: Eve, who may do only what she is given, and what there is for her to get hold of.

    Attributes:
        name: Of Eve; what else there is has names that begin with it.
    """

    def __init__(self, world: World, name: str, owner: Actor, account: str) -> None:
        self.world = world
        self.name = name
        self.account = account
        self.iam: Any = owner.iam
        self.iam.create_user(UserName=name)
        self.eve = self.with_key(self.iam.create_access_key(UserName=name)["AccessKey"])

    def give(self, *statements: Mapping[str, Any], name: str = "given") -> None:
        """Have Eve hold *statements*."""
        self.iam.put_user_policy(UserName=self.name, PolicyName=name, PolicyDocument=document(*statements))

    def named(self, what: str) -> str:
        return f"{self.name}-{what}"

    def trusting_the_account(self) -> str:
        return document(allow("sts:AssumeRole", None, Principal={"AWS": arn("root", self.account)}))

    def trusting_eve(self) -> str:
        return document(
            allow("sts:AssumeRole", None, Principal={"AWS": arn(f"user/{self.name}", self.account)})
        )

    def role(self, trust: str, policy: str | None = None) -> str:
        """Make a role, and return its ARN."""
        made = self.iam.create_role(RoleName=self.named("role"), AssumeRolePolicyDocument=trust)["Role"]
        if policy is not None:
            self.iam.put_role_policy(RoleName=self.named("role"), PolicyName="p", PolicyDocument=policy)
        return str(made["Arn"])

    def admin(self) -> str:
        """Make a user who may do everything, and return its name."""
        self.iam.create_user(UserName=self.named("admin"))
        self.iam.put_user_policy(UserName=self.named("admin"), PolicyName="all", PolicyDocument=EVERYTHING)
        return self.named("admin")

    def group(self, policy: str | None = None, *, with_eve: bool = True) -> str:
        name = self.named("group")
        self.iam.create_group(GroupName=name)
        if policy is not None:
            self.iam.put_group_policy(GroupName=name, PolicyName="p", PolicyDocument=policy)
        if with_eve:
            self.iam.add_user_to_group(GroupName=name, UserName=self.name)
        return name

    def policy(self, text: str) -> str:
        """Make a managed policy, and return its ARN."""
        made = self.iam.create_policy(PolicyName=self.named("policy"), PolicyDocument=text)["Policy"]
        return str(made["Arn"])

    def held(self) -> None:
        """Have Eve hold the prize, but for a Deny of it that is elsewhere."""
        self.give(allow(PRIZE), name="held")

    def with_key(self, key: Mapping[str, Any]) -> Actor:
        return Actor(self.world, Credentials.of(key))


Walk = Callable[[], Actor | None]
"""Takes Eve's steps, and returns who she is at the end; None where it is what she made that counts."""


@dataclass(frozen=True)
class Path:
    """
    A way to more rights.

    Attributes:
        actions: In the order in which they are asked for.
        begin: Prepares a scene, and returns the walk.
        raises_eve: Whether it is Eve herself whose rights are raised, so that her boundary still holds at the end.
    """

    name: str
    actions: Sequence[str]
    begin: Callable[[Scene], Walk]
    raises_eve: bool = False


class Paths(list[Path]):
    """The paths of a module, each added where it is described."""

    def way(
        self, *actions: str, name: str = "", raises_eve: bool = False
    ) -> Callable[[Callable[[Scene], Walk]], None]:
        def add(begin: Callable[[Scene], Walk]) -> None:
            short = "+".join(action.partition(":")[2] for action in actions)
            self.append(Path(f"{short} {name}".strip(), actions, begin, raises_eve))

        return add
