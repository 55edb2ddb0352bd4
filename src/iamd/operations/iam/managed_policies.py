"""
Managed policies: customers' own, and AWS's to read.

What holds for every operation here:

* A name is unique in its account without regard to case and path, and is kept as it was written.
* Versions are never changed.  Up to five are kept; their numbers are never used again (fact 45).
* The default version is the one in force, wherever the policy is attached.
* AWS managed policies can be read, in their default version, and not be changed.  A policy of another account can do
  neither: nothing in this account may be allowed on it.
* Documents are answered URL-encoded and round-trip exactly (facts 10, 11).
"""

from dataclasses import replace
from typing import Any

from iamd.catalogue.managed_policies import ARN_PREFIX, AwsManagedPolicy
from iamd.domain import limits
from iamd.domain.managed_policies import PREFIX, ManagedPolicy, PolicyVersion, parse_version_id
from iamd.domain.tags import from_wire
from iamd.errors import AccessDenied, DeleteConflict, LimitExceeded, NoSuchEntity
from iamd.operations.call import Call, Params, Result
from iamd.operations.documents import check_document, encode_document
from iamd.operations.paginate import paginate, slice_of
from iamd.operations.policies import AnyPolicy, find_policy, is_attachable
from iamd.operations.policy_lists import listed_policies, policy_position
from iamd.operations.quotas import check_account_quota
from iamd.operations.registry import Mode, iam_operation
from iamd.operations.resources import collection, managed_policy, new
from iamd.store.policies_interface import PolicyUses
from iampolicy import PolicyKind, policy_size


@iam_operation("CreatePolicy", on=new("policy", "PolicyName", shown="policy {}"), mode=Mode.WRITE)
def create_policy(call: Call, params: Params) -> Result:
    """
    Make a policy; its document is version 1, and in force.

    Raises:
        InvalidInput: A tag key is not acceptable.
        MalformedPolicyDocument: The document is not valid.
        EntityAlreadyExists: The name is taken, under whatever path.
        LimitExceeded: The account has as many policies as it may, or the document is too long.
    """
    tags = from_wire(params.get("Tags", ()), ignore_case=False)
    document = params["PolicyDocument"]
    _check_document(document)
    policy = ManagedPolicy(
        account_id=call.account_id,
        policy_id=call.ids.unique_id(PREFIX),
        name=params["PolicyName"],
        path=params.get("Path", "/"),
        created_at=call.now,
        updated_at=call.now,
        description=params.get("Description") or None,
        tags=tags,
    )
    policies = call.store.managed_policies
    policies.add(policy, document)
    check_account_quota(
        call, "PoliciesPerAccount", policies.count(call.account_id), limits.POLICIES_PER_ACCOUNT
    )
    _check_versions_in_use(call)
    shown = show_policy(policy, PolicyUses())
    if tags:
        shown["Tags"] = [tag.wire for tag in tags]
    return {"Policy": shown}


@iam_operation("GetPolicy", on=managed_policy, mode=Mode.READ)
def get_policy(call: Call, params: Params) -> Result:
    """
    Tell everything about a policy but its document.

    Raises:
        NoSuchEntity: There is no such policy.
    """
    policy = _get(call, params["PolicyArn"])
    shown = show_policy(policy, call.store.policy_attachments.uses(call.account_id, policy.arn))
    shown["Tags"] = []
    if isinstance(policy, ManagedPolicy):
        shown["Tags"] = [tag.wire for tag in policy.tags]
        if policy.description is not None:
            shown["Description"] = policy.description
    return {"Policy": shown}


@iam_operation("ListPolicies", on=collection("policy", shown="policy path {}"), mode=Mode.READ)
def list_policies(call: Call, params: Params) -> Result:
    """List the account's policies and then AWS's, each by name, as far as the filters let them through."""
    return paginate(
        call,
        params,
        "Policies",
        lambda after, limit: listed_policies(call, params, after, limit),
        lambda listed: policy_position(listed[0]),
        lambda listed: show_policy(*listed),
    )


@iam_operation("DeletePolicy", on=managed_policy, mode=Mode.WRITE)
def delete_policy(call: Call, params: Params) -> None:
    """
    Delete a policy together with its default version, the only one that is left.

    Raises:
        AccessDenied: It is AWS's.
        NoSuchEntity: There is no such policy.
        DeleteConflict: It is attached, or somebody's boundary, or has further versions.
    """
    policy = _get_own(call, params["PolicyArn"], "Cannot delete policies outside your own account.")
    if call.store.policy_attachments.uses(policy.account_id, policy.arn) != PolicyUses():
        raise DeleteConflict("Cannot delete a policy attached to entities.")  # fact 46
    if len(call.store.managed_policies.list_versions(policy.policy_id)) > 1:
        raise DeleteConflict(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's "
            "versions. The default version is deleted with the policy."
        )
    call.store.managed_policies.delete(policy)


@iam_operation("CreatePolicyVersion", on=managed_policy, mode=Mode.WRITE)
def create_policy_version(call: Call, params: Params) -> Result:
    """
    Add a version, which comes into force if ``SetAsDefault`` says so.

    Raises:
        AccessDenied: The policy is AWS's.
        NoSuchEntity: There is no such policy.
        MalformedPolicyDocument: The document is not valid.
        LimitExceeded: The policy has five versions, or the document is too long.
    """
    policy = _get_own(call, params["PolicyArn"], "Cannot update policies outside your own account.")
    document = params["PolicyDocument"]
    _check_document(document)
    policies = call.store.managed_policies
    if len(policies.list_versions(policy.policy_id)) >= limits.VERSIONS_PER_POLICY:
        raise LimitExceeded(
            f"A managed policy can have up to {limits.VERSIONS_PER_POLICY} versions. "
            "Before you create a new version, you must delete an existing version."
        )
    version = PolicyVersion(
        policy_id=policy.policy_id, number=policy.last_version + 1, document=document, created_at=call.now
    )
    policies.add_version(version)
    default = version.number if params.get("SetAsDefault") else policy.default_version
    changed = replace(policy, last_version=version.number, default_version=default, updated_at=call.now)
    policies.put(changed)
    _check_versions_in_use(call)
    return {"PolicyVersion": _show_version(changed, version)}


@iam_operation("GetPolicyVersion", on=managed_policy, mode=Mode.READ)
def get_policy_version(call: Call, params: Params) -> Result:
    """
    Tell a version with its document; of AWS's policies only the default one is known.

    Raises:
        NoSuchEntity: There is no such policy, or it has no such version.
    """
    arn, version_id = params["PolicyArn"], params["VersionId"]
    policy = find_policy(call, arn)
    if isinstance(policy, AwsManagedPolicy) and version_id == policy.default_version_id:
        return {"PolicyVersion": _show_aws_version(policy) | {"Document": encode_document(policy.document)}}
    if not isinstance(policy, ManagedPolicy):
        raise _no_version(arn, version_id)
    version = _get_version(call, policy, version_id)
    document = encode_document(version.document)
    return {"PolicyVersion": _show_version(policy, version) | {"Document": document}}


@iam_operation("ListPolicyVersions", on=managed_policy, mode=Mode.READ)
def list_policy_versions(call: Call, params: Params) -> Result:
    """
    List the versions of a policy without their documents, newest first.

    Raises:
        NoSuchEntity: There is no such policy.
    """
    policy = _get(call, params["PolicyArn"])
    if isinstance(policy, AwsManagedPolicy):
        versions = [_show_aws_version(policy)]
    else:
        versions = [
            _show_version(policy, version)
            for version in call.store.managed_policies.list_versions(policy.policy_id)
        ]

    def position(version: dict[str, Any]) -> str:
        # Positions rise while numbers fall: a version that goes between two pages takes none of the others along.
        return f"{10**12 - int(version['VersionId'].removeprefix('v')):013d}"

    return paginate(call, params, "Versions", slice_of(versions, position), position, lambda version: version)


@iam_operation("DeletePolicyVersion", on=managed_policy, mode=Mode.WRITE)
def delete_policy_version(call: Call, params: Params) -> None:
    """
    Delete a version that is not the default one.

    Raises:
        AccessDenied: The policy is AWS's.
        NoSuchEntity: There is no such policy, or it has no such version.
        DeleteConflict: The version is the default one.
    """
    arn, version_id = params["PolicyArn"], params["VersionId"]
    _refuse_aws(arn, "Cannot delete policy versions for policies outside your own account.")
    policy = _find_own(call, arn)
    if policy is None:
        raise _no_version(arn, version_id)
    version = _get_version(call, policy, version_id)
    if version.number == policy.default_version:
        raise DeleteConflict("Cannot delete the default version of a policy.")
    call.store.managed_policies.delete_version(version)


@iam_operation("SetDefaultPolicyVersion", on=managed_policy, mode=Mode.WRITE)
def set_default_policy_version(call: Call, params: Params) -> None:
    """
    Bring a version into force.

    Raises:
        AccessDenied: The policy is AWS's.
        NoSuchEntity: There is no such policy, or it has no such version.
    """
    arn, version_id = params["PolicyArn"], params["VersionId"]
    _refuse_aws(arn, "Cannot update policies outside your own account.")
    policy = _find_own(call, arn)
    if policy is None:
        raise _no_version(arn, version_id)
    version = _get_version(call, policy, version_id)
    call.store.managed_policies.put(replace(policy, default_version=version.number))


def show_policy(policy: AnyPolicy, uses: PolicyUses) -> dict[str, Any]:
    """Return what every answer tells about a policy, with how often it is used by the caller's account."""
    return {
        "PolicyName": policy.name,
        "PolicyId": policy.policy_id,
        "Arn": policy.arn,
        "Path": policy.path,
        "DefaultVersionId": policy.default_version_id,
        "AttachmentCount": uses.attachments,
        "PermissionsBoundaryUsageCount": uses.boundaries,
        "IsAttachable": is_attachable(policy),
        "CreateDate": policy.created_at,
        "UpdateDate": policy.updated_at,
    }


def _get(call: Call, arn: str) -> AnyPolicy:
    policy = find_policy(call, arn)
    if policy is None:
        raise NoSuchEntity(f"Policy {arn} was not found.")  # fact 48
    return policy


def _get_own(call: Call, arn: str, refusal: str) -> ManagedPolicy:
    """Return a policy of the caller's account that is about to be changed; *refusal* is for those of AWS."""
    _refuse_aws(arn, refusal)
    policy = _find_own(call, arn)
    if policy is None:
        raise NoSuchEntity(f"Policy {arn} was not found.")
    return policy


def _refuse_aws(arn: str, refusal: str) -> None:
    """Refuse to change a policy of AWS's, whether there is one of this name or not (fact 50)."""
    if arn.startswith(ARN_PREFIX):
        raise AccessDenied(refusal)


def _find_own(call: Call, arn: str) -> ManagedPolicy | None:
    policy = call.store.managed_policies.find(arn)
    return policy if policy is not None and policy.account_id == call.account_id else None


def _get_version(call: Call, policy: ManagedPolicy, version_id: str) -> PolicyVersion:
    number = parse_version_id(version_id)
    version = None if number is None else call.store.managed_policies.find_version(policy.policy_id, number)
    if version is None:
        raise _no_version(policy.arn, version_id)
    return version


def _no_version(arn: str, version_id: str) -> NoSuchEntity:
    # fact 47
    return NoSuchEntity(f"Policy {arn} version {version_id} does not exist or is not attachable.")


def _show_version(policy: ManagedPolicy, version: PolicyVersion) -> dict[str, Any]:
    return {
        "VersionId": version.version_id,
        "IsDefaultVersion": version.number == policy.default_version,
        "CreateDate": version.created_at,
    }


def _show_aws_version(policy: AwsManagedPolicy) -> dict[str, Any]:
    return {
        "VersionId": policy.default_version_id,
        "IsDefaultVersion": True,
        "CreateDate": policy.updated_at,
    }


def _check_document(document: str) -> None:
    """
    Check the document of a managed policy.

    Raises:
        MalformedPolicyDocument: It is not valid.
        LimitExceeded: It is too long.
    """
    check_document(document, PolicyKind.IDENTITY, managed=True)
    limits.check_quota("PolicySize", policy_size(document), limits.MANAGED_POLICY_SIZE)


def _check_versions_in_use(call: Call) -> None:
    check_account_quota(
        call,
        "PolicyVersionsInUse",
        call.store.managed_policies.count_versions(call.account_id),
        limits.POLICY_VERSIONS_IN_USE,
    )
