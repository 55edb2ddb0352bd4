"""
Service-linked roles: roles that AWS services make for themselves, and that only they may change.

What holds for every operation here:

* The service decides on name, path, trust policy and policy; what each wants is in the catalogue.
* The policy is attached whether its text is installed or not.
* A role is deleted at once: no service here holds on to it.  The task tells so for ever after.
"""

import json

from iamd.auth.target import Target
from iamd.catalogue.service_linked_roles import ServiceLinkedRole, service_linked_roles
from iamd.domain.arns import iam_arn
from iamd.domain.deletion_tasks import DeletionTask, role_of_task, task_id_of
from iamd.domain.roles import PREFIX, SERVICE_LINKED_PATH, Role
from iamd.errors import InvalidInput, NoSuchEntity
from iamd.operations.call import Call, Params, Result
from iamd.operations.iam.roles import show_role
from iamd.operations.registry import Mode, iam_operation
from iamd.operations.resources import role
from iamd.store.policies_interface import OwnerKind

_CONTEXT_KEY = "iam:AWSServiceName"


def _new_role(call: Call, params: Params) -> Target:
    """The role to be made; of a service that has none, whatever would be in its path."""
    service = params["AWSServiceName"]
    template = service_linked_roles().get(service)
    name = "" if template is None else _name(template, params)
    arn = iam_arn(call.account_id, "role", f"{SERVICE_LINKED_PATH}{service}/", name)
    return Target(arn=arn, account_id=call.account_id, context={_CONTEXT_KEY: service})


@iam_operation("CreateServiceLinkedRole", on=_new_role, mode=Mode.WRITE)
def create_service_linked_role(call: Call, params: Params) -> Result:
    """
    Make the role of a service, with its policy.

    It counts for no quota.

    Raises:
        InvalidInput: The service has no such role, has it already, or takes no suffix (fact 78).
    """
    service = params["AWSServiceName"]
    template = service_linked_roles().get(service)
    if template is None:
        raise InvalidInput(f"Service-linked roles are not supported for {service}")
    if "CustomSuffix" in params and not template.may_have_suffix:
        raise InvalidInput(f"Custom suffix is not allowed for {service}")
    name = _name(template, params)
    if call.store.roles.find(call.account_id, name) is not None:
        raise InvalidInput(
            f"Service role name {name} has been taken in this account, please try a different suffix."
        )
    made = Role(
        account_id=call.account_id,
        role_id=call.ids.unique_id(PREFIX),
        name=name,
        path=template.path,
        created_at=call.now,
        trust_policy=trust_policy_of(template.trusted_service),
        description=params.get("Description", template.description) or None,
        max_session_duration=template.max_session_duration,
    )
    call.store.roles.add(made)
    call.store.policy_attachments.add(OwnerKind.ROLE, made.role_id, template.policy_arn)
    return {"Role": show_role(call, made)}


@iam_operation("DeleteServiceLinkedRole", on=role, mode=Mode.WRITE)
def delete_service_linked_role(call: Call, params: Params) -> Result:
    """
    Delete the role of a service, with its policy, and tell the id of the task.

    Raises:
        NoSuchEntity: There is no such role, or it is no service-linked one.
    """
    found = call.store.roles.get(call.account_id, params["RoleName"])
    if not found.path.startswith(SERVICE_LINKED_PATH):
        raise NoSuchEntity(f"The role with name {params['RoleName']} cannot be found.")
    for arn in call.store.policy_attachments.of(found.role_id):
        call.store.policy_attachments.remove(OwnerKind.ROLE, found.role_id, arn)
    call.store.roles.delete(found)
    task = DeletionTask(
        account_id=call.account_id, task_id=task_id_of(found, call.ids.uuid()), created_at=call.now
    )
    call.store.deletion_tasks.add(task)
    return {"DeletionTaskId": task.task_id}


def _role_of_task(call: Call, params: Params) -> Target:
    """The role that a task has deleted; of an id that is none, no role in particular."""
    path, name = role_of_task(params["DeletionTaskId"]) or ("/", "")
    return Target(arn=iam_arn(call.account_id, "role", path, name), account_id=call.account_id)


@iam_operation("GetServiceLinkedRoleDeletionStatus", on=_role_of_task, mode=Mode.READ)
def get_service_linked_role_deletion_status(call: Call, params: Params) -> Result:
    """
    Tell what has become of a task: it has succeeded.

    Raises:
        InvalidInput: The id is none of a task.
        NoSuchEntity: There is no such task.
    """
    task_id = params["DeletionTaskId"]
    if role_of_task(task_id) is None:
        raise InvalidInput(f"The deletion task id {task_id} is not valid.")
    if call.store.deletion_tasks.find(call.account_id, task_id) is None:
        raise NoSuchEntity(f"Deletion task {task_id} cannot be found.")
    return {"Status": "SUCCEEDED"}


def _name(template: ServiceLinkedRole, params: Params) -> str:
    suffix = params.get("CustomSuffix")
    return template.name if suffix is None else f"{template.name}_{suffix}"


def trust_policy_of(service: str) -> str:
    """Return the trust policy of a role that only *service* may assume."""
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": service},
                    "Action": "sts:AssumeRole",
                }
            ],
        },
        separators=(",", ":"),
    )
