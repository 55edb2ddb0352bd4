"""Central root access: an organization that has it, and root users that are assumed."""

from typing import Any

from tests.support.answers import arn
from tests.support.organization import Organized
from tests.support.world import Actor, Credentials, World

from iamd.catalogue.root_tasks import PREFIX
from iamd.domain.service_accesses import IAM

AUDIT, CREATE, DELETE, BUCKET, QUEUE = (
    PREFIX + name
    for name in (
        "IAMAuditRootUserCredentials",
        "IAMCreateRootUserPassword",
        "IAMDeleteRootUserCredentials",
        "S3UnlockBucketPolicy",
        "SQSUnlockQueuePolicy",
    )
)
CREDENTIALS_TASKS, SESSIONS_TASKS = [AUDIT, CREATE, DELETE], [BUCKET, QUEUE]


def with_root_access(world: World) -> Organized:
    """Return an organization with both features."""
    found = Organized.found(world)
    found.client.enable_aws_service_access(ServicePrincipal=IAM)
    world.root.iam.enable_organizations_root_credentials_management()
    world.root.iam.enable_organizations_root_sessions()
    return found


def root_of(account_id: str) -> str:
    return arn("root", account_id)


def asked(target: str, task: str = AUDIT, **more: Any) -> dict[str, Any]:
    """Return the parameters of AssumeRoot."""
    return {"TargetPrincipal": target, "TaskPolicyArn": {"arn": task}, **more}


def assume(actor: Actor, target: str, task: str = AUDIT, **more: Any) -> Actor:
    """Return the root user of *target*, for *task*."""
    answer = actor.sts.assume_root(**asked(target, task, **more))
    return Actor(actor.world, Credentials.of(answer["Credentials"]), "root")
