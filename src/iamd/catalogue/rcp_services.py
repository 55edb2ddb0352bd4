"""
The services whose resources resource control policies bear on, by the prefix of their actions.

AWS: *Resource control policies (RCPs)*, "List of AWS services that support RCPs", as of September 2026.
"""

from functools import lru_cache
from typing import Final

RCP_SERVICES: Final = frozenset(
    {
        "aoss",
        "appconfig",
        "appstream",
        "autoscaling",
        "autoscaling-plans",
        "budgets",
        "clouddirectory",
        "cloudfront",
        "cloudsearch",
        "cloudtrail-data",
        "codeartifact",
        "codebuild",
        "codecommit",
        "codepipeline",
        "cognito-identity",
        "cognito-idp",
        "comprehend",
        "comprehendmedical",
        "compute-optimizer",
        "cost-optimization-hub",
        "dax",
        "dsql",
        "dynamodb",
        "ecr",
        "ecr-public",
        "events",
        "firehose",
        "fis",
        "fms",
        "gamelift",
        "health",
        "inspector-scan",
        "kendra",
        "kinesisvideo",
        "kms",
        "logs",
        "memorydb",
        "networkmonitor",
        "notifications",
        "opensearch",
        "pca-connector-ad",
        "personalize",
        "polly",
        "pricing",
        "resource-groups",
        "rolesanywhere",
        "s3",
        "secretsmanager",
        "servicediscovery",
        "signin",
        "sqs",
        "sts",
        "support",
        "swf",
        "textract",
        "timestream-influxdb",
        "transcribe",
        "transfer",
        "translate",
        "wafv2",
        "workspaces",
        "xray",
    }
)

_NEVER: Final = frozenset({"kms:retiregrant"})


@lru_cache(maxsize=4096)
def supports_rcps(action: str) -> bool:
    """Say whether resource control policies bear on *action* (``sts:AssumeRole``); its case does not matter."""
    lowered = action.lower()
    return lowered.partition(":")[0] in RCP_SERVICES and lowered not in _NEVER
