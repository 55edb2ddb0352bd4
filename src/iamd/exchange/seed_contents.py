"""Accounts of seed files, in the form that imports have: names of policies become ARNs, documents become texts."""

from collections.abc import Iterable, Iterator

from iamd.domain.arns import iam_arn
from iamd.exchange.contents import (
    Attachment,
    Contents,
    Group,
    InlinePolicy,
    InstanceProfile,
    Membership,
    OIDCProvider,
    Owner,
    Policy,
    PolicyVersion,
    Role,
    User,
)
from iamd.exchange.seed import Documents, SeedAccount, SeedGroup, SeedRole, SeedUser, document_text


def contents_of(account: SeedAccount) -> Contents:
    """Return what *account* holds; access keys and SAML providers, which have secrets, are not in it."""
    owners: list[tuple[Owner, SeedGroup | SeedUser | SeedRole]] = [
        *(("group", group) for group in account.groups),
        *(("user", user) for user in account.users),
        *(("role", role) for role in account.roles),
    ]
    return Contents(
        alias=account.alias,
        properties=account.properties,
        policies=tuple(
            Policy(
                name=policy.name,
                path=policy.path,
                description=policy.description,
                versions=(PolicyVersion(number=1, document=document_text(policy.document)),),
                tags=policy.tags,
            )
            for policy in account.policies
        ),
        groups=tuple(Group(name=group.name, path=group.path) for group in account.groups),
        users=tuple(
            User(
                name=user.name,
                path=user.path,
                permissions_boundary=_arn(account, user.permissions_boundary),
                tags=user.tags,
            )
            for user in account.users
        ),
        roles=tuple(_role(account, role) for role in account.roles),
        instance_profiles=tuple(
            InstanceProfile(name=role.name, role=role.name) for role in account.roles if role.instance_profile
        ),
        oidc_providers=tuple(
            OIDCProvider(
                url=provider.url,
                client_ids=tuple(provider.client_ids),
                thumbprints=tuple(provider.thumbprints),
                tags=provider.tags,
            )
            for provider in account.oidc_providers
        ),
        memberships=tuple(
            Membership(user=user.name, group=group) for user in account.users for group in user.groups
        ),
        attachments=tuple(_attachments(account, owners)),
        inline_policies=tuple(
            policy for kind, owner in owners for policy in _inline(kind, owner.name, owner.inline_policies)
        ),
    )


def _role(account: SeedAccount, role: SeedRole) -> Role:
    return Role(
        name=role.name,
        path=role.path,
        trust_policy=document_text(role.trust_policy),
        description=role.description,
        max_session_duration=role.max_session_duration,
        permissions_boundary=_arn(account, role.permissions_boundary),
        tags=role.tags,
    )


def _attachments(
    account: SeedAccount, owners: Iterable[tuple[Owner, SeedGroup | SeedUser | SeedRole]]
) -> Iterator[Attachment]:
    for kind, owner in owners:
        for policy in owner.managed_policies:
            yield Attachment(kind=kind, owner=owner.name, policy=_arn(account, policy) or "")


def _inline(kind: Owner, owner: str, policies: Documents) -> Iterator[InlinePolicy]:
    for name, document in policies.items():
        yield InlinePolicy(kind=kind, owner=owner, name=name, document=document_text(document))


def _arn(account: SeedAccount, policy: str | None) -> str | None:
    """Return the ARN of *policy*: itself, or that of the account's policy of this name."""
    if policy is None or policy.startswith("arn:"):
        return policy
    path = next((each.path for each in account.policies if each.name == policy), "/")
    return iam_arn(account.id, "policy", path, policy)
