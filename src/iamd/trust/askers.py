"""
Those who may ask for a role: who they are, what their requests are known to say, and what is open.

A context key is known when everybody who is this asker has the same value of it, or never any.  All else is open: the
time, the address, MFA, an external id, the name of a session, what an identity provider says.

AWS: *AWS global condition context keys*, *IAM and AWS STS condition context keys*; semantics 43, 67, 68, 72.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from iamd.domain.arns import PARTITION, assumed_role_arn, name_of
from iamd.trust.accounts import ContextValue, Levels, MappedAccount, Member
from iampolicy import Policy, PolicyKind, Principal, PrincipalKind, parse
from iampolicy.wildcard import has_wildcard

ASSUME_ROLE: Final = "sts:AssumeRole"
WITH_SAML: Final = "sts:AssumeRoleWithSAML"
WITH_WEB_IDENTITY: Final = "sts:AssumeRoleWithWebIdentity"

_TAG_SESSION: Final = "sts:TagSession"
# No name that a session or a user can have, and none that a policy can name.
_UNNAMED: Final = "\x00"
_NO_ACCOUNT: Final = "000000000000"

_TAGS: Final = ("aws:principaltag/", "aws:resourcetag/", "iam:resourcetag/")
_OF_TARGETS: Final = frozenset({"aws:resourceaccount"})
_OF_ORGANIZATIONS: Final = ("OrgID", "OrgPaths")
_OF_SERVICES: Final = frozenset(
    {
        "aws:assumedroot",
        "aws:calledvia",
        "aws:calledviafirst",
        "aws:calledvialast",
        "aws:principalservicename",
        "aws:principalservicenameslist",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
    }
)
"""Keys that requests of users and roles themselves do not have."""
_OF_MEMBERS: Final = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalisawsservice",
        "aws:principaltype",
        "aws:username",
        "aws:viaawsservice",
        *_OF_TARGETS,
        *_OF_SERVICES,
    }
)
_OF_MFA: Final = frozenset({"aws:multifactorauthpresent", "aws:multifactorauthage"})
_OF_FEDERATION: Final = frozenset({"aws:federatedprovider", "aws:sourceidentity"})

EVERYTHING: Final = parse(
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
    PolicyKind.IDENTITY,
    name="the other account's",
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Asker:
    """
    Somebody who may ask for a role.

    Attributes:
        id: Of its node.
        context: What its requests are known to say.
        closed: Keys that are known, though perhaps not to be there, in lower case.
        closed_prefixes: What all known keys of a family begin with.
        claims: Whether its requests may have keys of identity providers.
        account: None for whoever is in no account that is known.
        elsewhere: The account whose policies decide too, and are not known.
        reaches: Whether its own policies can allow the action at all.
    """

    id: str
    principal: Principal
    context: Mapping[str, ContextValue]
    closed: frozenset[str]
    closed_prefixes: tuple[str, ...] = ()
    claims: bool = False
    action: str = ASSUME_ROLE
    identity: tuple[Policy, ...] = ()
    boundary: Policy | None = None
    scps: Levels = ()
    account: MappedAccount | None = None
    elsewhere: str = ""
    reaches: bool = True

    def is_open(self, key: str, known: frozenset[str] = frozenset()) -> bool:
        """
        Tell whether the value of *key*, in lower case, is not known.

        Args:
            key: Of the context.
            known: Keys that are known of what is asked for.
        """
        if key in self.closed or key in known or key.startswith(self.closed_prefixes):
            return False
        # Nobody else has keys of identity providers, and no other service has any in these requests.
        return self.claims or key.startswith(("aws:", "sts:", *_TAGS))


def member_asker(member: Member, account: MappedAccount, session_name: str = _UNNAMED) -> Asker:
    """Return *member* as an asker; of a role, a session without session policies, of that name or of any."""
    context: dict[str, ContextValue] = {
        "aws:PrincipalArn": member.arn,
        "aws:PrincipalAccount": member.account_id,
        "aws:PrincipalIsAWSService": "false",
        "aws:ViaAWSService": "false",
        **{f"aws:PrincipalTag/{key}": value for key, value in member.tags.items()},
        **_organization("Principal", account),
    }
    closed = {*_OF_MEMBERS, *_known_of_organization("Principal", account)}
    if member.trust_policy is None:
        context |= {"aws:PrincipalType": "User", "aws:username": member.name}
        if member.unique_id:
            context["aws:userid"] = member.unique_id
            closed.add("aws:userid")
        closed |= _OF_FEDERATION
        kind, arn, taggable, claims = PrincipalKind.USER, member.arn, False, False
    else:
        # semantics 68: a session of a role carries no MFA of its own.
        context |= {"aws:PrincipalType": "AssumedRole", "aws:MultiFactorAuthPresent": "false"}
        closed |= _OF_MFA
        if session_name != _UNNAMED and member.unique_id:
            context["aws:userid"] = f"{member.unique_id}:{session_name}"
            closed.add("aws:userid")
        # Tags of a session go before those of its role, and inherited ones before those of the next.
        taggable = may_allow([member.trust_policy], _TAG_SESSION)
        kind, arn = (
            PrincipalKind.ASSUMED_ROLE,
            assumed_role_arn(member.account_id, member.name, session_name),
        )
        claims = _is_federated(member.trust_policy)
        closed |= frozenset() if claims else {"aws:federatedprovider"}
    return Asker(
        id=member.arn,
        principal=Principal(
            kind=kind,
            account=member.account_id,
            arn=arn,
            identity_arn=member.arn,
            unique_id=member.unique_id,
        ),
        context=context,
        closed=frozenset(closed),
        closed_prefixes=() if taggable else _TAGS,
        claims=claims,
        identity=member.identity,
        boundary=member.boundary,
        scps=account.scps or (),
        account=account,
        reaches=may_allow(member.identity, ASSUME_ROLE),
    )


def group_asker(group: Member, account: MappedAccount) -> Asker:
    """Return whoever has the policies of *group* alone: a user of whom nothing else is known, and who has no boundary."""
    arn = _unnamed_user(group.account_id)
    return Asker(
        id=group.arn,
        principal=Principal(kind=PrincipalKind.USER, account=group.account_id, arn=arn, identity_arn=arn),
        context={
            "aws:PrincipalAccount": group.account_id,
            "aws:PrincipalIsAWSService": "false",
            "aws:PrincipalType": "User",
            "aws:ViaAWSService": "false",
            **_organization("Principal", account),
        },
        closed=frozenset(
            {
                *(_OF_MEMBERS - {"aws:principalarn", "aws:username"}),
                *_known_of_organization("Principal", account),
                *_OF_FEDERATION,
            }
        ),
        identity=group.identity,
        scps=account.scps or (),
        account=account,
        reaches=may_allow(group.identity, ASSUME_ROLE),
    )


def stranger(value: str, account_id: str) -> Asker | None:
    """
    Return whoever the principal *value* of a trust policy names in *account_id*, of which nothing else is known.

    None for those who can assume no role: a root user, and whoever GetFederationToken has given credentials; and for an ARN
    with a wildcard, which is nobody's (semantics 44).
    """
    if has_wildcard(value):
        return None
    context: dict[str, ContextValue] = {
        "aws:PrincipalAccount": account_id,
        "aws:PrincipalIsAWSService": "false",
        "aws:ViaAWSService": "false",
    }
    closed = {"aws:principalaccount", "aws:principalisawsservice", "aws:viaawsservice"}
    kind, claims = PrincipalKind.USER, True
    arn = identity_arn = _unnamed_user(account_id)
    match value.split(":", 5):
        case ["arn", _, "iam", "", _, name] if name.startswith("user/"):
            arn, identity_arn, claims = value, value, False
            context |= {"aws:PrincipalArn": value, "aws:PrincipalType": "User", "aws:username": name_of(name)}
            closed |= _OF_MEMBERS
        case ["arn", _, "iam", "", _, name] if name.startswith("role/"):
            kind, identity_arn = PrincipalKind.ASSUMED_ROLE, value
            arn = assumed_role_arn(account_id, name_of(name), _UNNAMED)
            context |= {"aws:PrincipalArn": value, "aws:PrincipalType": "AssumedRole"}
            closed |= _OF_MEMBERS
        case ["arn", _, "sts", "", _, name] if name.startswith("assumed-role/"):
            # The path of its role is not known, and with it the role's ARN.
            kind, arn = PrincipalKind.ASSUMED_ROLE, value
            context["aws:PrincipalType"] = "AssumedRole"
            closed |= _OF_MEMBERS - {"aws:principalarn"}
        case ["arn", _, "sts", "", _, _]:
            return None
    return Asker(
        id=value if value.startswith("arn:") else f"arn:{PARTITION}:iam::{account_id}:root",
        principal=Principal(kind=kind, account=account_id, arn=arn, identity_arn=identity_arn),
        context=context,
        closed=frozenset({*closed, *_OF_TARGETS, *_OF_SERVICES}),
        claims=claims,
        identity=(EVERYTHING,),
        elsewhere=account_id,
    )


def everyone() -> Asker:
    """Return anybody of an account that is not known; in accounts that are, everybody asks for themselves."""
    return Asker(
        id="*",
        principal=Principal(kind=PrincipalKind.USER, account=_NO_ACCOUNT, arn=_unnamed_user(_NO_ACCOUNT)),
        context={"aws:PrincipalIsAWSService": "false", "aws:ViaAWSService": "false"},
        closed=frozenset({"aws:principalisawsservice", "aws:viaawsservice", *_OF_TARGETS, *_OF_SERVICES}),
        claims=True,
        identity=(EVERYTHING,),
        elsewhere="*",
    )


def service(name: str) -> Asker:
    """Return the service *name*, which only a trust policy can let in (semantics 49)."""
    return Asker(
        id=name,
        principal=Principal(kind=PrincipalKind.SERVICE, service=name),
        context={
            "aws:PrincipalIsAWSService": "true",
            "aws:PrincipalServiceName": name,
            "aws:PrincipalServiceNamesList": (name,),
        },
        closed=frozenset({*_OF_TARGETS, *_OF_MFA, *_OF_FEDERATION, "aws:userid", "aws:username"}),
        closed_prefixes=("aws:principal", *_TAGS),
    )


def provider(value: str) -> Asker:
    """Return whoever the identity provider *value* vouches for; *value* is as a trust policy writes it."""
    saml = ":saml-provider/" in value
    return Asker(
        id=value,
        principal=Principal(kind=PrincipalKind.SAML if saml else PrincipalKind.WEB_IDENTITY, provider=value),
        context={"aws:FederatedProvider": value},
        closed=frozenset(
            {
                *_OF_TARGETS,
                *_OF_MFA,
                *_OF_SERVICES,
                "aws:federatedprovider",
                "aws:tokenissuetime",
                "aws:userid",
                "aws:username",
            }
        ),
        # No principal of an account yet.
        closed_prefixes=("aws:principal", *_TAGS),
        claims=True,
        action=WITH_SAML if saml else WITH_WEB_IDENTITY,
    )


def target_context(role: Member, account: MappedAccount) -> tuple[dict[str, ContextValue], frozenset[str]]:
    """Return what a request for *role* says of it, and which keys of its organization are known thereby."""
    context: dict[str, ContextValue] = {
        "aws:ResourceAccount": role.account_id,
        **_organization("Resource", account),
    }
    for key, value in role.tags.items():
        context[f"aws:ResourceTag/{key}"] = context[f"iam:ResourceTag/{key}"] = value
    return context, _known_of_organization("Resource", account)


def _organization(whose: str, account: MappedAccount) -> dict[str, ContextValue]:
    return {f"aws:{whose}{key}": value for key, value in (account.organization or {}).items()}


def _known_of_organization(whose: str, account: MappedAccount) -> frozenset[str]:
    names: Iterable[str] = () if account.organization is None else _OF_ORGANIZATIONS
    return frozenset(f"aws:{whose}{name}".lower() for name in names)


def may_allow(policies: Iterable[Policy], action: str) -> bool:
    """Tell whether a statement allows *action* at all; policies remember which of theirs speak of it."""
    return any(not statement.denies for policy in policies for statement in policy.about(action))


def _is_federated(trust_policy: Policy) -> bool:
    """Tell whether sessions of the role may be of an identity provider's."""
    return any(
        type_ == "Federated" or value == "*"
        for statement in trust_policy.statements
        for type_, value in (statement.text.principal.values if statement.text.principal else ())
    )


def _unnamed_user(account_id: str) -> str:
    return f"arn:{PARTITION}:iam::{account_id}:user/{_UNNAMED}"
