"""
The account: its alias, its preferences, and the summary of what it holds.

What holds for every operation here:

* An account has at most one alias; a new one takes the place of the old.
* An alias is unique among all accounts, those of others included, and is never in use twice.
* The summary has 34 entries, always (fact 75); what iamd does not keep yet is counted as none.
"""

from dataclasses import replace

from iamd.domain import limits
from iamd.domain.accounts import Account
from iamd.errors import EntityAlreadyExists, NoSuchEntity, ValidationError
from iamd.operations.call import Call, Params, Result
from iamd.operations.paginate import paginate, slice_of
from iamd.operations.registry import Mode, iam_operation
from iamd.operations.resources import anything

_LENGTH_OF_ACCOUNT_ID = 12


@iam_operation("CreateAccountAlias", on=anything, mode=Mode.WRITE)
def create_account_alias(call: Call, params: Params) -> None:
    """
    Give the account an alias, in place of the one that it has.

    Raises:
        EntityAlreadyExists: The alias is in use, be it by this account.
        ValidationError: It could be taken for an account id.
    """
    alias = params["AccountAlias"]
    if len(alias) == _LENGTH_OF_ACCOUNT_ID and alias.isascii() and alias.isdigit():
        raise ValidationError("The account alias must not be a 12-digit number.")
    if call.store.accounts.find_by_alias(alias) is not None:
        raise EntityAlreadyExists(f"The account alias {alias} already exists.")
    call.store.accounts.put(replace(_account(call), alias=alias))


@iam_operation("DeleteAccountAlias", on=anything, mode=Mode.WRITE)
def delete_account_alias(call: Call, params: Params) -> None:
    """
    Take the account's alias away; it must be named.

    Raises:
        NoSuchEntity: The account has no such alias.
    """
    account = _account(call)
    if account.alias != params["AccountAlias"]:
        raise NoSuchEntity(f"The account alias {params['AccountAlias']} cannot be found.")
    call.store.accounts.put(replace(account, alias=None))


@iam_operation("ListAccountAliases", on=anything, mode=Mode.READ)
def list_account_aliases(call: Call, params: Params) -> Result:
    """List the account's alias, if it has one."""
    alias = _account(call).alias
    aliases = [] if alias is None else [alias]
    return paginate(call, params, "AccountAliases", slice_of(aliases, str), str, str)


@iam_operation("GetAccountSummary", on=anything, mode=Mode.READ)
def get_account_summary(call: Call, _params: Params) -> Result:
    """Count what the account holds, and tell its quotas."""
    store, account_id = call.store, call.account_id
    account = _account(call)
    mfa_devices, mfa_devices_in_use = store.mfa_devices.counts(account_id)
    return {
        "SummaryMap": _quotas(account)
        | {
            "Users": store.users.count(account_id),
            "Groups": store.groups.count(account_id),
            "Roles": store.roles.count(account_id),
            "InstanceProfiles": store.instance_profiles.count(account_id),
            "Policies": store.managed_policies.count(account_id),
            "PolicyVersionsInUse": store.managed_policies.count_versions(account_id),
            "ServerCertificates": store.server_certificates.count(account_id),
            "Providers": store.oidc_providers.count(account_id) + store.saml_providers.count(account_id),
            "MFADevices": mfa_devices,
            "MFADevicesInUse": mfa_devices_in_use,
            # Of the root: whether there are any, not how many.
            "AccountAccessKeysPresent": int(store.access_keys.count(account_id) > 0),
            "AccountMFAEnabled": int(bool(store.mfa_devices.list_of(account_id))),
            "AccountPasswordPresent": int(account.root_login_at is not None),
            "GlobalEndpointTokenVersion": account.global_endpoint_token_version,
            "AccountSigningCertificatesPresent": int(store.signing_certificates.count(account_id) > 0),
        }
    }


@iam_operation("SetSecurityTokenServicePreferences", on=anything, mode=Mode.WRITE)
def set_security_token_service_preferences(call: Call, params: Params) -> None:
    """Note which version of session tokens the account wants of the global endpoint; here they are all of one kind."""
    version = _TOKEN_VERSIONS[params["GlobalEndpointTokenVersion"]]
    call.store.accounts.put(replace(_account(call), global_endpoint_token_version=version))


_TOKEN_VERSIONS = {"v1Token": 1, "v2Token": 2}
_QUOTAS = {
    "UsersQuota": limits.USERS_PER_ACCOUNT,
    "GroupsQuota": limits.GROUPS_PER_ACCOUNT,
    "RolesQuota": limits.ROLES_PER_ACCOUNT,
    "InstanceProfilesQuota": limits.INSTANCE_PROFILES_PER_ACCOUNT,
    "PoliciesQuota": limits.POLICIES_PER_ACCOUNT,
    "PolicyVersionsInUseQuota": limits.POLICY_VERSIONS_IN_USE,
    "ServerCertificatesQuota": limits.SERVER_CERTIFICATES_PER_ACCOUNT,
    "GroupsPerUserQuota": limits.GROUPS_PER_USER,
    "AccessKeysPerUserQuota": limits.ACCESS_KEYS_PER_USER,
    "SigningCertificatesPerUserQuota": limits.SIGNING_CERTIFICATES_PER_USER,
    "AttachedPoliciesPerUserQuota": limits.ATTACHED_POLICIES_PER_USER,
    "AttachedPoliciesPerGroupQuota": limits.ATTACHED_POLICIES_PER_GROUP,
    "AttachedPoliciesPerRoleQuota": limits.ATTACHED_POLICIES_PER_ROLE,
    "VersionsPerPolicyQuota": limits.VERSIONS_PER_POLICY,
    "UserPolicySizeQuota": limits.USER_INLINE_POLICIES_SIZE,
    "GroupPolicySizeQuota": limits.GROUP_INLINE_POLICIES_SIZE,
    "RolePolicySizeQuota": limits.ROLE_INLINE_POLICIES_SIZE,
    "PolicySizeQuota": limits.MANAGED_POLICY_SIZE,
    "AssumeRolePolicySizeQuota": limits.TRUST_POLICY_SIZE,
}
# What an account may have raised, by the names that refusals have for it.
_ADJUSTABLE = {
    "GroupsQuota": "GroupsPerAccount",
    "RolesQuota": "RolesPerAccount",
    "InstanceProfilesQuota": "InstanceProfilesPerAccount",
    "PoliciesQuota": "PoliciesPerAccount",
    "PolicyVersionsInUseQuota": "PolicyVersionsInUse",
    "AttachedPoliciesPerUserQuota": "PoliciesPerUser",
    "AttachedPoliciesPerRoleQuota": "PoliciesPerRole",
    "AssumeRolePolicySizeQuota": "ACLSizePerRole",
}


def _quotas(account: Account) -> dict[str, int]:
    return _QUOTAS | {entry: account.quota(name, _QUOTAS[entry]) for entry, name in _ADJUSTABLE.items()}


def _account(call: Call) -> Account:
    account = call.store.accounts.find(call.account_id)
    if account is None:
        raise NoSuchEntity(f"The account {call.account_id} cannot be found.")
    return account
