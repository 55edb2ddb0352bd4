"""
Exports: everything of an account that an import can bring back.

What is a secret stays where it is: access keys, passwords, MFA devices, private keys.  Public keys and certificates of
users stay, too.  What else stays is told, in the file, by `iamd.exchange.left_out`.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from iamd.domain.ids import UniqueId
from iamd.domain.tags import as_mapping
from iamd.exchange.contents import (
    Attachment,
    Contents,
    ExportFile,
    Group,
    InlinePolicy,
    InstanceProfile,
    Membership,
    OIDCProvider,
    Owner,
    PasswordPolicy,
    Policy,
    PolicyVersion,
    Role,
    SamlProvider,
    SourceTemplate,
    User,
)
from iamd.exchange.left_out import what_is_left_out
from iamd.operations.call import Call
from iamd.operations.trust_policies import shown_trust_policy

_EVERYTHING: Final = 1_000_000


def write_export(call: Call) -> bytes:
    """Return the export of the account of *call*, as text."""
    file = ExportFile(
        iamd_export=1,
        account_id=call.account_id,
        contents=export(call),
        left_out=tuple(what_is_left_out(call)),
    )
    return msgspec.json.format(msgspec.json.encode(file), indent=1) + b"\n"


def export(call: Call) -> Contents:
    """Return everything that an import can bring back, by name."""
    store, account_id = call.store, call.account_id
    account = store.accounts.find(account_id)
    return Contents(
        policies=tuple(_policies(call)),
        groups=tuple(
            Group(name=group.name, path=group.path, id=group.group_id, created_at=group.created_at)
            for group in store.groups.page(account_id, "/", None, _EVERYTHING)
        ),
        users=tuple(_users(call)),
        roles=tuple(_roles(call)),
        instance_profiles=tuple(_instance_profiles(call)),
        oidc_providers=tuple(_oidc_providers(call)),
        saml_providers=tuple(_saml_providers(call)),
        memberships=tuple(_memberships(call)),
        attachments=tuple(
            Attachment(kind=kind, owner=name, policy=arn)
            for kind, name, owner_id in _owners(call)
            for arn in store.policy_attachments.of(owner_id)
        ),
        inline_policies=tuple(
            InlinePolicy(kind=kind, owner=name, name=policy.name, document=policy.document)
            for kind, name, owner_id in _owners(call)
            for policy in store.inline_policies.page(owner_id, None, _EVERYTHING)
        ),
        alias=None if account is None else account.alias,
        password_policy=_password_policy(call),
        quotas={} if account is None else dict(account.raised_quotas),
        properties=dict(store.account_properties.find(account_id)),
    )


def _oidc_providers(call: Call) -> Iterator[OIDCProvider]:
    for provider in call.store.oidc_providers.list_of(call.account_id):
        yield OIDCProvider(
            url=provider.url,
            created_at=provider.created_at,
            client_ids=provider.client_ids,
            thumbprints=provider.thumbprints,
            tags=as_mapping(provider.tags),
        )


def _saml_providers(call: Call) -> Iterator[SamlProvider]:
    for provider in call.store.saml_providers.list_of(call.account_id):
        yield SamlProvider(
            name=provider.name,
            id=provider.provider_id,
            metadata=provider.metadata,
            created_at=provider.created_at,
            assertion_encryption_mode=provider.assertion_encryption_mode.value,
            tags=as_mapping(provider.tags),
        )


def _password_policy(call: Call) -> PasswordPolicy | None:
    policy = call.store.password_policies.find(call.account_id)
    if policy is None:
        return None
    return PasswordPolicy(
        minimum_length=policy.minimum_length,
        require_symbols=policy.require_symbols,
        require_numbers=policy.require_numbers,
        require_uppercase=policy.require_uppercase,
        require_lowercase=policy.require_lowercase,
        allow_users_to_change_password=policy.allow_users_to_change_password,
        max_age_days=policy.max_age_days,
        reuse_prevention=policy.reuse_prevention,
        hard_expiry=policy.hard_expiry,
    )


def _policies(call: Call) -> Iterator[Policy]:
    store = call.store
    for policy in store.managed_policies.page(call.account_id, "/", None, _EVERYTHING):
        yield Policy(
            name=policy.name,
            path=policy.path,
            id=policy.policy_id,
            created_at=policy.created_at,
            updated_at=policy.updated_at,
            description=policy.description,
            default_version=policy.default_version,
            last_version=policy.last_version,
            versions=tuple(
                PolicyVersion(number=each.number, document=each.document, created_at=each.created_at)
                for each in store.managed_policies.list_versions(policy.policy_id)
            ),
            tags=as_mapping(policy.tags),
        )


def _users(call: Call) -> Iterator[User]:
    for user in call.store.users.page(call.account_id, "/", None, _EVERYTHING):
        yield User(
            name=user.name,
            path=user.path,
            id=user.user_id,
            created_at=user.created_at,
            permissions_boundary=user.permissions_boundary,
            password_last_used_at=user.password_last_used_at,
            tags=as_mapping(user.tags),
        )


def _roles(call: Call) -> Iterator[Role]:
    for role in call.store.roles.page(call.account_id, "/", None, _EVERYTHING):
        yield Role(
            name=role.name,
            path=role.path,
            id=role.role_id,
            created_at=role.created_at,
            # As it is answered: principals have the ARNs that they have by now.
            trust_policy=shown_trust_policy(call, role),
            description=role.description,
            max_session_duration=role.max_session_duration,
            permissions_boundary=role.permissions_boundary,
            last_used_at=role.last_used_at,
            last_used_region=role.last_used_region,
            source_template=None
            if role.source_template is None
            else SourceTemplate(
                arn=role.source_template.arn, minor_version=role.source_template.minor_version
            ),
            tags=as_mapping(role.tags),
        )


def _instance_profiles(call: Call) -> Iterator[InstanceProfile]:
    store = call.store
    for profile in store.instance_profiles.page(call.account_id, "/", None, _EVERYTHING):
        role = None if profile.role_id is None else store.roles.find_by_id(profile.role_id)
        yield InstanceProfile(
            name=profile.name,
            path=profile.path,
            id=profile.instance_profile_id,
            created_at=profile.created_at,
            role=None if role is None else role.name,
            tags=as_mapping(profile.tags),
        )


def _memberships(call: Call) -> Iterator[Membership]:
    store = call.store
    for user in store.users.page(call.account_id, "/", None, _EVERYTHING):
        for group in store.group_memberships.groups_of(user.user_id, None, _EVERYTHING):
            yield Membership(user=user.name, group=group.name)


def _owners(call: Call) -> Iterator[tuple[Owner, str, UniqueId]]:
    store, account_id = call.store, call.account_id
    for user in store.users.page(account_id, "/", None, _EVERYTHING):
        yield "user", user.name, user.user_id
    for group in store.groups.page(account_id, "/", None, _EVERYTHING):
        yield "group", group.name, group.group_id
    for role in store.roles.page(account_id, "/", None, _EVERYTHING):
        yield "role", role.name, role.role_id
