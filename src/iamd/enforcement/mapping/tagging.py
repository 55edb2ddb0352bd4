"""
The action for tags that are given to what is made: whoever may make something may not tag it by that alone.

AWS: the dependent actions of the *Service Authorization Reference*, and what the page of each operation, or the guide of
its service, says of tags.  Where AWS takes one of two actions (``logs:TagResource`` or ``logs:TagLogGroup``), the newer one
is asked.  Where a service asks for it with some of what it makes, it is asked with all whose action knows
``aws:RequestTag``.  EC2 has a way of its own (`iamd.enforcement.mapping.services`).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from iamd.enforcement.mapping.asked import Need
from iamd.enforcement.mapping.context import Context
from iamd.enforcement.mapping.reference import Action, service_of
from iamd.enforcement.mapping.resources import Home, collection_of, is_of, makes

_OPERATIONS: Final[Mapping[str, str]] = {
    "aiops:TagResource": "CreateInvestigationGroup",
    "application-autoscaling:TagResource": "RegisterScalableTarget",
    "aps:TagResource": "CreateScraper",
    "athena:TagResource": "CreateCapacityReservation CreateDataCatalog CreateWorkGroup StartSession",
    "aws-marketplace:TagResource": "PutDeploymentParameter",
    "backup:TagResource": (
        "CreateBackupAccessPoint CreateBackupPlan CreateBackupVault CreateFramework CreateLegalHold "
        "CreateLogicallyAirGappedBackupVault CreateReportPlan CreateRestoreAccessBackupVault "
        "CreateRestoreTestingPlan CreateTieringConfiguration"
    ),
    "batch:TagResource": (
        "CreateComputeEnvironment CreateConsumableResource CreateJobQueue CreateQuotaShare "
        "CreateSchedulingPolicy CreateServiceEnvironment RegisterJobDefinition SubmitJob SubmitServiceJob"
    ),
    "chime:TagResource": (
        "CreateMediaInsightsPipeline CreateMediaInsightsPipelineConfiguration CreateVoiceProfileDomain"
    ),
    "cloudhsm:TagResource": "CopyBackupToRegion CreateCluster",
    "cloudtrail:AddTags": "CreateChannel CreateDashboard CreateEventDataStore CreateTrail",
    "cloudwatch:TagResource": "PutCompositeAlarm PutInsightRule PutMetricAlarm",
    "controltower:TagResource": "CreateLandingZone EnableBaseline EnableControl",
    "datapipeline:AddTags": "CreatePipeline",
    "deadline:TagResource": (
        "CreateBudget CreateFarm CreateFleet CreateLicenseEndpoint CreateMonitor CreateQueue CreateWorker"
    ),
    "detective:TagResource": "CreateGraph",
    "dsql:TagResource": "CreateCluster",
    "dynamodb:TagResource": "CreateTable",
    "ecr-public:TagResource": "CreateRepository",
    "ecr:TagResource": "CreateRepository",
    "ecs:TagResource": (
        "CreateCapacityProvider CreateCluster CreateDaemon CreateExpressGatewayService CreateGateway "
        "CreateService CreateTaskSet RegisterContainerInstance RegisterDaemonTaskDefinition "
        "RegisterTaskDefinition RunTask StartTask"
    ),
    "eks:TagResource": (
        "AssociateIdentityProviderConfig CreateAccessEntry CreateAddon CreateCapability CreateCluster "
        "CreateEksAnywhereSubscription CreateFargateProfile CreateNodegroup CreatePodIdentityAssociation "
        "RegisterCluster"
    ),
    "elasticache:AddTagsToResource": (
        "CopyServerlessCacheSnapshot CopySnapshot CreateCacheCluster CreateCacheParameterGroup "
        "CreateCacheSecurityGroup CreateCacheSubnetGroup CreateReplicationGroup CreateServerlessCache "
        "CreateServerlessCacheSnapshot CreateSnapshot CreateUser CreateUserGroup "
        "PurchaseReservedCacheNodesOffering"
    ),
    "elasticfilesystem:TagResource": "CreateAccessPoint CreateFileSystem",
    "elasticloadbalancing:AddTags": (
        "CreateListener CreateLoadBalancer CreateRule CreateTargetGroup CreateTrustStore"
    ),
    "elasticmapreduce:AddTags": "CreateStudio RunJobFlow StartNotebookExecution StartSession",
    "events:TagResource": "PutRule",
    "firehose:TagDeliveryStream": "CreateDeliveryStream",
    "fsx:TagResource": (
        "CopyBackup CreateBackup CreateDataRepositoryAssociation CreateDataRepositoryTask "
        "CreateFileCache CreateFileSystem CreateFileSystemFromBackup CreateSnapshot "
        "CreateStorageVirtualMachine CreateVolume CreateVolumeFromBackup"
    ),
    "gamelift:TagResource": (
        "CreateAlias CreateBuild CreateContainerFleet CreateContainerGroupDefinition CreateFleet "
        "CreateGameServerGroup CreateGameSessionQueue CreateLocation CreateMatchmakingConfiguration "
        "CreateMatchmakingRuleSet CreateScript"
    ),
    "gameliftstreams:TagResource": "CreateApplication CreateStreamGroup",
    "glue:TagResource": (
        "CreateBlueprint CreateCatalog CreateConnection CreateCrawler CreateCustomEntityType "
        "CreateDataQualityRuleset CreateDatabase CreateDevEndpoint CreateIntegration "
        "CreateIntegrationResourceProperty CreateJob CreateMLTransform CreateRegistry CreateSchema "
        "CreateSession CreateTrigger CreateUsageProfile CreateWorkflow RegisterConnectionType"
    ),
    "health-agent:TagResource": "CreateDomain",
    "imagebuilder:TagResource": (
        "CreateComponent CreateContainerRecipe CreateDistributionConfiguration CreateImage "
        "CreateImagePipeline CreateImageRecipe CreateInfrastructureConfiguration CreateLifecyclePolicy "
        "CreateWorkflow DistributeImage ImportComponent ImportDiskImage ImportVmImage "
        "StartImagePipelineExecution"
    ),
    "kinesis:AddTagsToStream": "CreateStream",
    "kinesis:TagResource": "RegisterStreamConsumer",
    "kms:TagResource": "CreateKey ReplicateKey",
    "lambda:TagResource": (
        "CreateCapacityProvider CreateCodeSigningConfig CreateEventSourceMapping CreateFunction "
        "CreateMicrovmImage CreateNetworkConnector CreateWebFunction"
    ),
    "logs:TagResource": "CreateLogGroup",
    "mediaconnect:TagResource": "CreateRouterInput CreateRouterNetworkInterface CreateRouterOutput",
    "memorydb:TagResource": (
        "CopySnapshot CreateACL CreateCluster CreateMultiRegionCluster CreateParameterGroup "
        "CreateSnapshot CreateSubnetGroup CreateUser PurchaseReservedNodesOffering"
    ),
    "mgn:TagResource": "StartImport",
    "networkmanager:TagResource": (
        "CreateConnectAttachment CreateConnectPeer CreateConnection CreateCoreNetwork CreateDevice "
        "CreateDirectConnectGatewayAttachment CreateGlobalNetwork CreateLink CreateSite "
        "CreateSiteToSiteVpnAttachment CreateTransitGatewayPeering "
        "CreateTransitGatewayRouteTableAttachment CreateVpcAttachment"
    ),
    "oam:TagResource": "CreateLink CreateSink",
    "payment-cryptography:TagResource": "CreateKey ImportKey",
    "ram:TagResource": "CreatePermission",
    "rds:AddTagsToResource": (
        "CopyDBClusterParameterGroup CopyDBClusterSnapshot CopyDBParameterGroup CopyDBSnapshot "
        "CopyOptionGroup CreateBlueGreenDeployment CreateCustomDBEngineVersion CreateDBCluster "
        "CreateDBClusterEndpoint CreateDBClusterParameterGroup CreateDBClusterSnapshot CreateDBInstance "
        "CreateDBInstanceReadReplica CreateDBParameterGroup CreateDBProxy CreateDBProxyEndpoint "
        "CreateDBSecurityGroup CreateDBShardGroup CreateDBSnapshot CreateDBSubnetGroup "
        "CreateEventSubscription CreateGlobalCluster CreateIntegration CreateOptionGroup "
        "CreateTenantDatabase PurchaseReservedDBInstancesOffering RestoreDBClusterFromS3 "
        "RestoreDBClusterFromSnapshot RestoreDBClusterToPointInTime RestoreDBInstanceFromDBSnapshot "
        "RestoreDBInstanceFromS3 RestoreDBInstanceToPointInTime "
        "StartDBInstanceAutomatedBackupsReplication"
    ),
    "rekognition:TagResource": "CreateCollection CreateStreamProcessor",
    "s3:TagResource": "CreateStorageLensGroup",
    "s3tables:TagResource": "CreateTable CreateTableBucket",
    "s3vectors:TagResource": "CreateIndex CreateVectorBucket",
    "sagemaker-geospatial:TagResource": "StartEarthObservationJob StartVectorEnrichmentJob",
    "sagemaker:AddTags": (
        "CreateAction CreateAlgorithm CreateApp CreateAppImageConfig CreateArtifact CreateAutoMLJob "
        "CreateAutoMLJobV2 CreateCluster CreateClusterSchedulerConfig CreateCodeRepository "
        "CreateCompilationJob CreateComputeQuota CreateContext CreateDataQualityJobDefinition "
        "CreateDeviceFleet CreateDomain CreateEdgeDeploymentPlan CreateEdgePackagingJob CreateEndpoint "
        "CreateEndpointConfig CreateExperiment CreateFeatureGroup CreateFlowDefinition CreateHub "
        "CreateHubContentReference CreateHumanTaskUi CreateHyperParameterTuningJob CreateImage "
        "CreateInferenceComponent CreateInferenceExperiment CreateInferenceRecommendationsJob "
        "CreateLabelingJob CreateMlflowApp CreateMlflowTrackingServer CreateModel "
        "CreateModelBiasJobDefinition CreateModelCard CreateModelExplainabilityJobDefinition "
        "CreateModelPackage CreateModelPackageGroup CreateModelQualityJobDefinition "
        "CreateMonitoringSchedule CreateNotebookInstance CreateNotebookInstanceLifecycleConfig "
        "CreateOptimizationJob CreatePartnerApp CreatePipeline CreateProcessingJob CreateProject "
        "CreateSpace CreateStudioLifecycleConfig CreateTrainingJob CreateTrainingPlan CreateTransformJob "
        "CreateTrial CreateTrialComponent CreateUserProfile CreateWorkforce CreateWorkteam "
        "ImportHubContent"
    ),
    "secretsmanager:TagResource": "CreateSecret",
    "sms-voice:TagResource": (
        "CreateConfigurationSet CreateOptOutList CreatePool CreateProtectConfiguration "
        "CreateRegistration CreateRegistrationAttachment CreateVerifiedDestinationNumber "
        "RequestPhoneNumber RequestSenderId"
    ),
    "sns:TagResource": "CreateTopic",
    "sqs:TagQueue": "CreateQueue",
    "ssm-incidents:TagResource": "CreateReplicationSet CreateResponsePlan",
    "ssm:AddTagsToResource": "CreateOpsItem PutParameter",
    "states:TagResource": "CreateActivity CreateStateMachine",
    "wafv2:TagResource": "CreateIPSet CreateRegexPatternSet CreateRuleGroup CreateWebACL",
    "workspaces-web:TagResource": (
        "CreateBrowserSettings CreateDataProtectionSettings CreateIpAccessSettings CreateNetworkSettings "
        "CreatePortal CreateSessionLogger CreateTrustStore CreateUserAccessLoggingSettings "
        "CreateUserSettings"
    ),
    "workspaces:CreateTags": "CreateUpdatedWorkspaceImage CreateWorkspaceBundle CreateWorkspaceImage",
}
"""The operations, by the action that they need when they are given tags."""

_ACTIONS: Final = {
    f"{action.partition(':')[0]}:{operation}": action
    for action, operations in _OPERATIONS.items()
    for operation in operations.split()
}


def needs_of(
    prefix: str,
    operation: str,
    asked: Sequence[tuple[Action, Sequence[str]]],
    tags: Context,
    home: Home,
) -> Iterator[Need]:
    """
    Yield what is needed to tag what a request makes.

    Args:
        prefix: Of the actions of the service.
        operation: As the model calls it.
        asked: The actions of the operation, with the ARNs that each is asked on.
        tags: Context keys of the tags that are given.
        home: Where the request was made.
    """
    action = _ACTIONS.get(f"{prefix}:{operation}")
    if action is None or not tags:
        return
    told = service_of(prefix).action(action)
    key = f"{prefix}:CreateAction"
    context: Context = {**tags, **({key: operation} if key.lower() in told.keys else {})}
    for making, arns in asked:
        for arn in _made(operation, making, told, arns, home):
            yield Need(action, arn, context)


def _made(operation: str, making: Action, tagging: Action, arns: Sequence[str], home: Home) -> Sequence[str]:
    """Return those of *arns* that are made; what is made under no name is asked of its collection."""
    own = [kind for kind in making.kinds if makes(operation, kind)]
    found = [arn for arn in arns if any(is_of(kind.template, arn) for kind in own)]
    if found:
        return found
    return [collection_of(kind, home) for kind in tagging.kinds if makes(operation, kind)] or arns
