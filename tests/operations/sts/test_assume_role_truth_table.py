"""
R-32: who may assume a role: every kind of caller, whom the trust policy names, what the caller's own policies say.

The roles are in one account; who assumes them is in the same one, or in another (semantics 62, 65).  What is expected is
said by `expected`, in few lines and with nothing of the engine; what happens is asked of the application.  Two kinds of
caller may assume no role, whoever trusts them: root users and federated users.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError
from tests.support.answers import arn
from tests.support.loops import LoopThread
from tests.support.world import ACCOUNT, Actor, Credentials, World, allow, deny, document

from iamd.secret import Secret
from iamd.settings import Settings

OTHERS: Final = "210987654321"
ROOT_KEY: Final = ("AKIAROOTEXAMPLE00000", "root/secret/access/key/of/the/tests/0000")

ALLOWED: Final = "allowed"
IDENTITY: Final = "no identity-based policy allows"
BOUNDARY: Final = "no permissions boundary allows"
SESSION: Final = "no session policy allows"
TRUST: Final = "no role trust policy allows"
DENIED: Final = "an explicit deny in an identity-based policy"
DENIED_BY_TRUST: Final = "an explicit deny in the role trust policy"
NO_ROOTS: Final = "Roles may not be assumed by root accounts."
NO_FEDERATED_USERS: Final = "Cannot call AssumeRole with session credentials"

# What the caller's own policies say.
OWN: Final[Mapping[str, list[dict[str, Any]]]] = {
    "allow": [allow("sts:AssumeRole")],
    "are silent": [],
    "deny": [allow("sts:AssumeRole"), deny("sts:AssumeRole")],
    "are bounded": [allow("sts:AssumeRole")],
    "are silent and bounded": [],
    "allow, in a session of other things": [allow("sts:AssumeRole")],
}
OTHER_THINGS: Final = document(allow("s3:*"))
SCOPED: Final = "allow, in a session of other things"


def expected(trust: str, own: str, *, same_account: bool) -> str:
    """Return what becomes of a request of a user or a role session."""
    # 1. An explicit Deny decides, the caller's before the role's.
    if own == "deny":
        return DENIED
    if trust == "denies":
        return DENIED_BY_TRUST
    # 2. The trust policy must name the caller.
    if trust == "is silent":
        return TRUST
    # 3. In one account, what names the user, the session or everybody needs nothing of the caller's.
    if same_account and trust in {"names the user", "names the session", "names everybody"}:
        return ALLOWED
    # 4. What names the role needs no identity policy, but all that limits it.
    if own.startswith("are silent") and not (same_account and trust == "names the role"):
        return IDENTITY
    # 5. What names the account, and all that comes from another one, needs everything.
    if "bounded" in own:
        return BOUNDARY
    return SESSION if own == SCOPED else ALLOWED


@dataclass(frozen=True)
class Household:
    """An account, and its root user."""

    world: World
    id: str
    root: Actor

    def user(self, name: str, *statements: Mapping[str, Any], bounded: bool = False) -> Actor:
        iam = self.root.iam
        iam.create_user(UserName=name, **self._boundary(bounded))
        if statements:
            iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(*statements))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return Actor(self.world, Credentials.of(key), name)

    def role(self, name: str, trusted: str, *statements: Mapping[str, Any], bounded: bool = False) -> str:
        iam = self.root.iam
        trust = document(allow("sts:AssumeRole", None, Principal={"AWS": trusted}))
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, **self._boundary(bounded))
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(*statements))
        role_arn: str = made["Role"]["Arn"]
        return role_arn

    def arn(self, resource: str) -> str:
        return arn(resource, self.id)

    def _boundary(self, bounded: bool) -> dict[str, str]:
        return {"PermissionsBoundary": self.arn("policy/edge")} if bounded else {}


@pytest.fixture(scope="module")
def households(loop: LoopThread, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Household]]:
    """Give both accounts, each with callers of all kinds whose policies say all that they can say."""
    seed = tmp_path_factory.mktemp("truth") / "seed.json"
    edge = [{"name": "edge", "document": json.loads(OTHER_THINGS)}]
    other_key = {"id": "AKIAROOTEXAMPLE00001", "secret": ROOT_KEY[1]}
    accounts = [
        {"id": ACCOUNT, "policies": edge},
        {"id": OTHERS, "policies": edge, "root_access_key": other_key},
    ]
    seed.write_text(json.dumps({"accounts": accounts}))
    settings = Settings(
        account_id=ACCOUNT,
        seed=seed,
        root_access_key_id=ROOT_KEY[0],
        root_secret_access_key=Secret(ROOT_KEY[1]),
    )
    world = World(loop, settings)
    other_root = Actor(world, Credentials(other_key["id"], other_key["secret"]), "root")
    yield {
        "same": Household(world, ACCOUNT, world.root),
        "another": Household(world, OTHERS, other_root),
    }
    world.close()


@dataclass(frozen=True)
class Callers:
    """
    Callers of one kind in one account.

    Attributes:
        by_own: By what their own policies say.
        named: Whom a trust policy can name, by what that is called; all of these callers at once.
    """

    by_own: Mapping[str, Actor]
    named: Mapping[str, list[str]]


def users(home: Household, kind: str) -> Callers:
    """Make users, with their own keys or with credentials of GetSessionToken."""
    made = {}
    for number, (own, statements) in enumerate(OWN.items()):
        if own != SCOPED:
            user = home.user(f"{kind}-{number}", *statements, bounded="bounded" in own)
            made[own] = user if kind == "user" else session_of(user)
    arns = [home.arn(f"user/{kind}-{number}") for number, own in enumerate(OWN) if own != SCOPED]
    return Callers(made, {"names the account": [home.id], "names the user": arns, "names everybody": ["*"]})


def session_of(user: Actor) -> Actor:
    return Actor(user.world, Credentials.of(user.sts.get_session_token()["Credentials"]), user.name)


def role_sessions(home: Household) -> Callers:
    keeper = home.user("keeper", allow("sts:AssumeRole"))
    made, roles, sessions = {}, [], []
    for number, (own, statements) in enumerate(OWN.items()):
        role = home.role(f"caller-{number}", home.arn("user/keeper"), *statements, bounded="bounded" in own)
        made[own] = keeper.assume(role, "ss", **({"Policy": OTHER_THINGS} if own == SCOPED else {}))
        roles.append(role)
        sessions.append(f"arn:aws:sts::{home.id}:assumed-role/caller-{number}/ss")
    named = {"names the role": roles, "names the session": sessions}
    return Callers(made, {"names the account": [home.id], "names everybody": ["*"], **named})


def roles_that_trust(home: Household, prefix: str, named: Mapping[str, list[str]]) -> dict[str, str]:
    """Make a role for all that a trust policy can say about the callers that *named* names; return their ARNs."""
    most_direct = list(named.values())[-1]
    trust = {name: [trusting(principals)] for name, principals in named.items()}
    trust["is silent"] = [trusting([home.arn("user/nobody")])]
    trust["denies"] = [trusting(["*"]), deny("sts:AssumeRole", None, Principal={"AWS": most_direct})]
    arns = {}
    for number, (name, statements) in enumerate(trust.items()):
        made = home.root.iam.create_role(
            RoleName=f"{prefix}-{number}", AssumeRolePolicyDocument=document(*statements)
        )
        arns[name] = made["Role"]["Arn"]
    return arns


def trusting(principals: list[str]) -> dict[str, Any]:
    return allow("sts:AssumeRole", None, Principal={"AWS": principals})


def outcome(caller: Actor, role_arn: str) -> str:
    """Return what becomes of a request: `ALLOWED`, or the part of the message that tells why not."""
    try:
        answer = caller.sts.assume_role(RoleArn=role_arn, RoleSessionName="ss")
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
        if code != "AccessDenied":
            raise
        told = (IDENTITY, BOUNDARY, SESSION, TRUST, DENIED, DENIED_BY_TRUST, NO_ROOTS, NO_FEDERATED_USERS)
        (reason,) = (each for each in told if each in message)
        return reason
    assert answer["AssumedRoleUser"]["Arn"].startswith(f"arn:aws:sts::{ACCOUNT}:assumed-role/")
    return ALLOWED


@pytest.fixture(scope="module")
def nobody(households: dict[str, Household]) -> Actor:
    """Make somebody else whom roles can trust."""
    return households["same"].user("nobody")


@pytest.mark.usefixtures("nobody")
@pytest.mark.parametrize("account", ["same", "another"])
@pytest.mark.parametrize("kind", ["user", "session-of-user", "role-session"])
def test_users_and_role_sessions(households: dict[str, Household], kind: str, account: str) -> None:
    """R-32; semantics 62, 65."""
    home = households[account]
    callers = role_sessions(home) if kind == "role-session" else users(home, kind)
    roles = roles_that_trust(households["same"], f"{kind}-{account}", callers.named)
    found = {
        (trust, own): outcome(caller, role_arn)
        for trust, role_arn in roles.items()
        for own, caller in callers.by_own.items()
    }
    wanted = {
        (trust, own): expected(trust, own, same_account=account == "same")
        for trust in roles
        for own in callers.by_own
    }
    assert found == wanted
    # The table has all that can happen, and so does the test.
    assert {ALLOWED, IDENTITY, BOUNDARY, TRUST, DENIED, DENIED_BY_TRUST} <= set(found.values())


@pytest.mark.usefixtures("nobody")
@pytest.mark.parametrize("account", ["same", "another"])
def test_root_users_assume_nothing(households: dict[str, Household], account: str) -> None:
    """semantics 65: nor do their sessions."""
    home = households[account]
    named = {"names the account": [home.id], "names everybody": ["*"], "names the root": [home.arn("root")]}
    roles = roles_that_trust(households["same"], f"root-{account}", named)
    for caller in (home.root, session_of(home.root)):
        assert {trust: outcome(caller, role) for trust, role in roles.items()} == dict.fromkeys(
            roles, NO_ROOTS
        )


@pytest.mark.usefixtures("nobody")
@pytest.mark.parametrize("account", ["same", "another"])
def test_federated_users_assume_nothing(households: dict[str, Household], account: str) -> None:
    """semantics 71: whatever they are named by."""
    home = households[account]
    broker = home.user("broker", allow("*"))
    federated = f"arn:aws:sts::{home.id}:federated-user/guest"
    named = {
        "names the account": [home.id],
        "names everybody": ["*"],
        "names the user": [home.arn("user/broker")],
        "names the federated user": [federated],
    }
    roles = roles_that_trust(households["same"], f"federated-{account}", named)
    for asker in (broker, home.root):
        answer = asker.sts.get_federation_token(Name="guest", Policy=document(allow("*")))
        guest = Actor(home.world, Credentials.of(answer["Credentials"]), "guest")
        found = {trust: outcome(guest, role) for trust, role in roles.items()}
        assert found == dict.fromkeys(roles, NO_FEDERATED_USERS)
