"""
Tags of users, roles, managed policies, instance profiles, virtual MFA devices, server certificates, and
OpenID Connect and SAML providers.

What holds for every operation here:

* An entity has at most 50 tags.  A key that it has already is given the new value, and the new spelling.
* Keys of users and roles compare without regard to case, all others with regard to it (facts 38, 43).
* To take a tag away that is not there is no error.
* Lists are sorted by key, capitals first (fact 43).
"""

from collections.abc import Sequence
from dataclasses import replace

from iamd.domain.limits import TAGS_PER_ENTITY
from iamd.domain.managed_policies import ManagedPolicy, parse_policy_arn
from iamd.domain.mfa_devices import MFADevice
from iamd.domain.tags import Tag, from_wire, merge, without
from iamd.errors import AccessDenied, LimitExceeded, NoSuchEntity
from iamd.operations.call import Call, Params, Result
from iamd.operations.iam import saml_providers
from iamd.operations.iam.mfa_devices import named_device
from iamd.operations.iam.oidc_providers import named_provider, oidc_provider
from iamd.operations.iam.saml_providers import saml_provider
from iamd.operations.iam.server_certificates import server_certificate
from iamd.operations.paginate import paginate, slice_of
from iamd.operations.policies import find_policy
from iamd.operations.registry import Mode, iam_operation
from iamd.operations.resources import instance_profile, managed_policy, mfa_device, role, user


@iam_operation("TagUser", on=user, mode=Mode.WRITE)
def tag_user(call: Call, params: Params) -> None:
    """Add tags to a user, or change them."""
    found = call.store.users.get(call.account_id, params["UserName"])
    call.store.users.put(replace(found, tags=_with(found.tags, params, ignore_case=True)))


@iam_operation("UntagUser", on=user, mode=Mode.WRITE)
def untag_user(call: Call, params: Params) -> None:
    """Take tags from a user."""
    found = call.store.users.get(call.account_id, params["UserName"])
    call.store.users.put(replace(found, tags=without(found.tags, params["TagKeys"])))


@iam_operation("ListUserTags", on=user, mode=Mode.READ)
def list_user_tags(call: Call, params: Params) -> Result:
    """List the tags of a user."""
    return _page(call, params, call.store.users.get(call.account_id, params["UserName"]).tags)


@iam_operation("TagRole", on=role, mode=Mode.WRITE)
def tag_role(call: Call, params: Params) -> None:
    """Add tags to a role, or change them; also to one that is a service's own."""
    found = call.store.roles.get(call.account_id, params["RoleName"])
    call.store.roles.put(replace(found, tags=_with(found.tags, params, ignore_case=True)))


@iam_operation("UntagRole", on=role, mode=Mode.WRITE)
def untag_role(call: Call, params: Params) -> None:
    """Take tags from a role."""
    found = call.store.roles.get(call.account_id, params["RoleName"])
    call.store.roles.put(replace(found, tags=without(found.tags, params["TagKeys"])))


@iam_operation("ListRoleTags", on=role, mode=Mode.READ)
def list_role_tags(call: Call, params: Params) -> Result:
    """List the tags of a role."""
    return _page(call, params, call.store.roles.get(call.account_id, params["RoleName"]).tags)


@iam_operation("TagPolicy", on=managed_policy, mode=Mode.WRITE)
def tag_policy(call: Call, params: Params) -> None:
    """Add tags to a customer managed policy, or change them."""
    found = _own_policy(call, params)
    call.store.managed_policies.put(replace(found, tags=_with(found.tags, params, ignore_case=False)))


@iam_operation("UntagPolicy", on=managed_policy, mode=Mode.WRITE)
def untag_policy(call: Call, params: Params) -> None:
    """Take tags from a customer managed policy."""
    found = _own_policy(call, params)
    tags = without(found.tags, params["TagKeys"], ignore_case=False)
    call.store.managed_policies.put(replace(found, tags=tags))


@iam_operation("ListPolicyTags", on=managed_policy, mode=Mode.READ)
def list_policy_tags(call: Call, params: Params) -> Result:
    """List the tags of a managed policy; those of AWS have none."""
    parse_policy_arn(params["PolicyArn"])
    found = find_policy(call, params["PolicyArn"])
    if found is None:
        raise _no_policy(params)
    return _page(call, params, found.tags if isinstance(found, ManagedPolicy) else ())


@iam_operation("TagInstanceProfile", on=instance_profile, mode=Mode.WRITE)
def tag_instance_profile(call: Call, params: Params) -> None:
    """Add tags to an instance profile, or change them."""
    found = call.store.instance_profiles.get(call.account_id, params["InstanceProfileName"])
    call.store.instance_profiles.put(replace(found, tags=_with(found.tags, params, ignore_case=False)))


@iam_operation("UntagInstanceProfile", on=instance_profile, mode=Mode.WRITE)
def untag_instance_profile(call: Call, params: Params) -> None:
    """Take tags from an instance profile."""
    found = call.store.instance_profiles.get(call.account_id, params["InstanceProfileName"])
    tags = without(found.tags, params["TagKeys"], ignore_case=False)
    call.store.instance_profiles.put(replace(found, tags=tags))


@iam_operation("ListInstanceProfileTags", on=instance_profile, mode=Mode.READ)
def list_instance_profile_tags(call: Call, params: Params) -> Result:
    """List the tags of an instance profile."""
    found = call.store.instance_profiles.get(call.account_id, params["InstanceProfileName"])
    return _page(call, params, found.tags)


@iam_operation("TagMFADevice", on=mfa_device, mode=Mode.WRITE)
def tag_mfa_device(call: Call, params: Params) -> None:
    """Add tags to a virtual MFA device, or change them."""
    found: MFADevice = named_device(call, params)
    call.store.mfa_devices.put(replace(found, tags=_with(found.tags, params, ignore_case=False)))


@iam_operation("UntagMFADevice", on=mfa_device, mode=Mode.WRITE)
def untag_mfa_device(call: Call, params: Params) -> None:
    """Take tags from a virtual MFA device."""
    found = named_device(call, params)
    tags = without(found.tags, params["TagKeys"], ignore_case=False)
    call.store.mfa_devices.put(replace(found, tags=tags))


@iam_operation("ListMFADeviceTags", on=mfa_device, mode=Mode.READ)
def list_mfa_device_tags(call: Call, params: Params) -> Result:
    """List the tags of a virtual MFA device."""
    return _page(call, params, named_device(call, params).tags)


@iam_operation("TagOpenIDConnectProvider", on=oidc_provider, mode=Mode.WRITE)
def tag_open_id_connect_provider(call: Call, params: Params) -> None:
    """Add tags to an OpenID Connect provider, or change them."""
    found = named_provider(call, params)
    call.store.oidc_providers.put(replace(found, tags=_with(found.tags, params, ignore_case=False)))


@iam_operation("UntagOpenIDConnectProvider", on=oidc_provider, mode=Mode.WRITE)
def untag_open_id_connect_provider(call: Call, params: Params) -> None:
    """Take tags from an OpenID Connect provider."""
    found = named_provider(call, params)
    tags = without(found.tags, params["TagKeys"], ignore_case=False)
    call.store.oidc_providers.put(replace(found, tags=tags))


@iam_operation("ListOpenIDConnectProviderTags", on=oidc_provider, mode=Mode.READ)
def list_open_id_connect_provider_tags(call: Call, params: Params) -> Result:
    """List the tags of an OpenID Connect provider."""
    return _page(call, params, named_provider(call, params).tags)


@iam_operation("TagSAMLProvider", on=saml_provider, mode=Mode.WRITE)
def tag_saml_provider(call: Call, params: Params) -> None:
    """Add tags to a SAML provider, or change them."""
    found = saml_providers.named_provider(call, params)
    call.store.saml_providers.put(replace(found, tags=_with(found.tags, params, ignore_case=False)))


@iam_operation("UntagSAMLProvider", on=saml_provider, mode=Mode.WRITE)
def untag_saml_provider(call: Call, params: Params) -> None:
    """Take tags from a SAML provider."""
    found = saml_providers.named_provider(call, params)
    tags = without(found.tags, params["TagKeys"], ignore_case=False)
    call.store.saml_providers.put(replace(found, tags=tags))


@iam_operation("ListSAMLProviderTags", on=saml_provider, mode=Mode.READ)
def list_saml_provider_tags(call: Call, params: Params) -> Result:
    """List the tags of a SAML provider."""
    return _page(call, params, saml_providers.named_provider(call, params).tags)


@iam_operation("TagServerCertificate", on=server_certificate, mode=Mode.WRITE)
def tag_server_certificate(call: Call, params: Params) -> None:
    """Add tags to a server certificate, or change them."""
    found = call.store.server_certificates.get(call.account_id, params["ServerCertificateName"])
    call.store.server_certificates.put(replace(found, tags=_with(found.tags, params, ignore_case=False)))


@iam_operation("UntagServerCertificate", on=server_certificate, mode=Mode.WRITE)
def untag_server_certificate(call: Call, params: Params) -> None:
    """Take tags from a server certificate."""
    found = call.store.server_certificates.get(call.account_id, params["ServerCertificateName"])
    tags = without(found.tags, params["TagKeys"], ignore_case=False)
    call.store.server_certificates.put(replace(found, tags=tags))


@iam_operation("ListServerCertificateTags", on=server_certificate, mode=Mode.READ)
def list_server_certificate_tags(call: Call, params: Params) -> Result:
    """List the tags of a server certificate."""
    found = call.store.server_certificates.get(call.account_id, params["ServerCertificateName"])
    return _page(call, params, found.tags)


def _with(old: Sequence[Tag], params: Params, *, ignore_case: bool) -> tuple[Tag, ...]:
    """
    Return *old* and the ``Tags`` of the request.

    Raises:
        InvalidInput: A key occurs twice in the request, or is reserved.
        LimitExceeded: They would be more than an entity may have.
    """
    tags = merge(old, from_wire(params["Tags"], ignore_case=ignore_case), ignore_case=ignore_case)
    if len(tags) > TAGS_PER_ENTITY:
        raise LimitExceeded("The number of tags has reached the maximum limit.")
    return tags


def _page(call: Call, params: Params, tags: Sequence[Tag]) -> Result:
    def key(tag: Tag) -> str:
        return tag.key

    return paginate(call, params, "Tags", slice_of(sorted(tags, key=key), key), key, lambda tag: tag.wire)


def _own_policy(call: Call, params: Params) -> ManagedPolicy:
    """
    Return the customer managed policy that ``PolicyArn`` names.

    Raises:
        ValidationError: It is no ARN of a policy.
        NoSuchEntity: There is no such policy (fact 48).
        AccessDenied: It is AWS's (fact 50).
    """
    arn = parse_policy_arn(params["PolicyArn"])
    if arn.account != call.account_id:
        raise AccessDenied("Cannot update policies outside your own account.")
    found = call.store.managed_policies.find(params["PolicyArn"])
    if found is None:
        raise _no_policy(params)
    return found


def _no_policy(params: Params) -> NoSuchEntity:
    return NoSuchEntity(f"Policy {params['PolicyArn']} was not found.")
