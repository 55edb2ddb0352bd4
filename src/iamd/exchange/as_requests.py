"""
Entities as requests: with what a client would ask for them.

By it an import is checked against the service model, and authorized as those requests would be.
"""

from collections.abc import Iterator
from typing import Any, Final

from iamd.domain.arns import iam_arn
from iamd.exchange.contents import (
    Attachment,
    Group,
    InlinePolicy,
    InstanceProfile,
    Membership,
    OIDCProvider,
    PasswordPolicy,
    Policy,
    Role,
    SamlProvider,
    User,
)
from iamd.operations.iam import (
    account,
    account_properties,
    groups,
    inline_policies,
    instance_profiles,
    managed_policies,
    oidc_providers,
    password_policy,
    policy_attachments,
    roles,
    saml_providers,
    users,
)
from iamd.operations.registry import Handler

Entity = (
    Policy
    | Group
    | User
    | Role
    | InstanceProfile
    | OIDCProvider
    | SamlProvider
    | Membership
    | Attachment
    | InlinePolicy
)
Asked = tuple[Handler, dict[str, Any]]
"""A handler, and the parameters of its operation."""

NAMES: Final = {"user": "UserName", "group": "GroupName", "role": "RoleName"}
_ATTACH: Final[dict[str, Handler]] = {
    "user": policy_attachments.attach_user_policy,
    "group": policy_attachments.attach_group_policy,
    "role": policy_attachments.attach_role_policy,
}
_PUT: Final[dict[str, Handler]] = {
    "user": inline_policies.put_user_policy,
    "group": inline_policies.put_group_policy,
    "role": inline_policies.put_role_policy,
}


def label(entity: Entity) -> str:
    """Return what a person calls *entity*; what belongs to somebody is called by its owner."""
    match entity:
        case Membership():
            return f"user `{entity.user}`"
        case Attachment() | InlinePolicy():
            return f"{entity.kind} `{entity.owner}`"
        case OIDCProvider():
            return f"OpenID Connect provider `{entity.url}`"
        case SamlProvider():
            return f"SAML provider `{entity.name}`"
        case InstanceProfile():
            return f"instance profile `{entity.name}`"
        case _:
            return f"{type(entity).__name__.lower()} `{entity.name}`"


def requests_for(entity: Entity, account_id: str) -> Iterator[Asked]:
    """Yield what a client of the account would ask for, in order, to have *entity*; what is nothing is left out."""
    for handler, params in _requests_for(entity, account_id):
        yield handler, {name: value for name, value in params.items() if value is not None}


def _requests_for(entity: Entity, account_id: str) -> Iterator[Asked]:
    match entity:
        case Policy():
            yield from _policy(entity, account_id)
        case Group():
            yield groups.create_group, {"GroupName": entity.name, "Path": entity.path}
        case User():
            yield (
                users.create_user,
                {
                    "UserName": entity.name,
                    "Path": entity.path,
                    "PermissionsBoundary": entity.permissions_boundary,
                    "Tags": wire_tags(entity.tags),
                },
            )
        case Role():
            yield (
                roles.create_role,
                {
                    "RoleName": entity.name,
                    "Path": entity.path,
                    "AssumeRolePolicyDocument": entity.trust_policy,
                    "Description": entity.description,
                    "MaxSessionDuration": entity.max_session_duration,
                    "PermissionsBoundary": entity.permissions_boundary,
                    "Tags": wire_tags(entity.tags),
                },
            )
        case InstanceProfile():
            yield from _instance_profile(entity)
        case OIDCProvider() | SamlProvider():
            yield _provider(entity)
        case Membership() | Attachment() | InlinePolicy():
            yield _belonging(entity)


def _provider(provider: OIDCProvider | SamlProvider) -> Asked:
    if isinstance(provider, OIDCProvider):
        return oidc_providers.create_open_id_connect_provider, {
            "Url": provider.url,
            "ClientIDList": list(provider.client_ids) or None,
            "ThumbprintList": list(provider.thumbprints) or None,
            "Tags": wire_tags(provider.tags),
        }
    return saml_providers.create_saml_provider, {
        "Name": provider.name,
        "SAMLMetadataDocument": provider.metadata,
        "AssertionEncryptionMode": provider.assertion_encryption_mode,
        "Tags": wire_tags(provider.tags),
    }


def _belonging(entity: Membership | Attachment | InlinePolicy) -> Asked:
    match entity:
        case Membership():
            return groups.add_user_to_group, {"GroupName": entity.group, "UserName": entity.user}
        case Attachment():
            return _ATTACH[entity.kind], {NAMES[entity.kind]: entity.owner, "PolicyArn": entity.policy}
        case InlinePolicy():
            return _PUT[entity.kind], {
                NAMES[entity.kind]: entity.owner,
                "PolicyName": entity.name,
                "PolicyDocument": entity.document,
            }


def _policy(policy: Policy, account_id: str) -> Iterator[Asked]:
    first, *others = sorted(policy.versions, key=lambda version: version.number != policy.default_version)
    yield (
        managed_policies.create_policy,
        {
            "PolicyName": policy.name,
            "Path": policy.path,
            "PolicyDocument": first.document,
            "Description": policy.description,
            "Tags": wire_tags(policy.tags),
        },
    )
    arn = iam_arn(account_id, "policy", policy.path, policy.name)
    for version in others:
        yield (
            managed_policies.create_policy_version,
            {"PolicyArn": arn, "PolicyDocument": version.document},
        )


def _instance_profile(profile: InstanceProfile) -> Iterator[Asked]:
    yield (
        instance_profiles.create_instance_profile,
        {"InstanceProfileName": profile.name, "Path": profile.path, "Tags": wire_tags(profile.tags)},
    )
    if profile.role is not None:
        yield (
            instance_profiles.add_role_to_instance_profile,
            {"InstanceProfileName": profile.name, "RoleName": profile.role},
        )


def request_for_alias(alias: str) -> Asked:
    return account.create_account_alias, {"AccountAlias": alias}


def request_for_password_policy(policy: PasswordPolicy) -> Asked:
    params = {
        "MinimumPasswordLength": policy.minimum_length,
        "RequireSymbols": policy.require_symbols,
        "RequireNumbers": policy.require_numbers,
        "RequireUppercaseCharacters": policy.require_uppercase,
        "RequireLowercaseCharacters": policy.require_lowercase,
        "AllowUsersToChangePassword": policy.allow_users_to_change_password,
        "MaxPasswordAge": policy.max_age_days,
        "PasswordReusePrevention": policy.reuse_prevention,
        "HardExpiry": policy.hard_expiry,
    }
    return password_policy.update_account_password_policy, {
        name: value for name, value in params.items() if value is not None
    }


def request_for_properties(properties: dict[str, str]) -> Asked:
    return account_properties.put_account_properties, {"Properties": properties}


def wire_tags(tags: dict[str, str]) -> list[dict[str, str]] | None:
    return [{"Key": key, "Value": value} for key, value in tags.items()] or None
