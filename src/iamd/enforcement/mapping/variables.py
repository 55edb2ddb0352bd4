"""
What the variables of some ARNs are told by, where the names of the parameters do not say it.

By the prefix of the service and ``kind:Variable`` or ``Variable``: the names of parameters, in the order in which they are
looked for.  ``=text`` stands for a value that every request has: that of a parameter which is not given, or ``*`` for a part
that only the service itself knows.  A policy that names such a part exactly is not matched; one with a wildcard there is.
"""

from collections.abc import Mapping
from typing import Final

_UNKNOWN: Final = ("=*",)

VARIABLES: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "athena": {
        "WorkGroupName": ("WorkGroup", "WorkGroupName", "=primary"),
        "datacatalog:DataCatalogName": ("CatalogName", "Name", "Catalog"),
        "workgroup:WorkGroupName": ("WorkGroup", "WorkGroupName", "Name", "=primary"),
    },
    "autoscaling": {
        # AWS: the ARNs of groups and launch configurations have an id that requests do not name.
        "GroupId": _UNKNOWN,
        "autoScalingGroup:GroupFriendlyName": ("AutoScalingGroupName",),
        "launchConfiguration:Id": _UNKNOWN,
        "launchConfiguration:LaunchConfigurationName": ("LaunchConfigurationName",),
    },
    "backup": {
        "ReportPlanId": _UNKNOWN,
        "FrameworkId": _UNKNOWN,
        "RestoreTestingPlanId": _UNKNOWN,
    },
    "bedrock": {"foundation-model:ResourceId": ("modelId", "modelIdentifier")},
    "cassandra": {"TableName": ("tableName",), "KeyspaceName": ("keyspaceName",)},
    "cloudformation": {
        "changeset:Id": _UNKNOWN,
        "stack:Id": _UNKNOWN,
        "stackset:Id": _UNKNOWN,
        "generatedtemplate:Id": ("GeneratedTemplateName",),
    },
    "cloudwatch": {
        "alarm:AlarmName": ("AlarmName", "AlarmNames"),
        "insight-rule:InsightRuleName": ("RuleName", "RuleNames"),
    },
    "config": {"ConfigRule:ConfigRuleId": _UNKNOWN},
    "ec2": {
        "coip-pool:Ipv4PoolCoipId": ("CoipPoolId",),
        "dedicated-host:DedicatedHostId": ("HostIds", "HostId"),
        "flow-log:FlowLogId": ("FlowLogIds",),
        "ipv4pool-ec2:Ipv4PoolEc2Id": ("PoolId",),
        "ipv6pool-ec2:Ipv6PoolEc2Id": ("PoolId",),
        "key-pair:KeyPairName": ("KeyName",),
        "network-acl:NaclId": ("NetworkAclId",),
        "placement-group:PlacementGroupName": ("GroupName",),
        "security-group:SecurityGroupId": ("GroupId", "GroupIds", "SecurityGroupId", "SecurityGroupIds"),
        "spot-instances-request:SpotInstanceRequestId": ("SpotInstanceRequestIds",),
        "vpc-endpoint-service:VpcEndpointServiceId": ("ServiceId", "ServiceIds"),
        "vpc-flow-log:VpcFlowLogId": ("FlowLogId", "FlowLogIds"),
        "vpn-gateway:VpnGatewayId": ("GatewayId", "VpnGatewayId"),
    },
    "ecs": {
        "ContainerInstanceId": ("containerInstance", "containerInstances"),
        "ServiceName": ("service", "services", "serviceName"),
        "TaskId": ("task", "tasks"),
        "TaskSetId": ("taskSet", "taskSets"),
    },
    "eks": {
        "ClusterName": ("clusterName",),
        "UUID": _UNKNOWN,
        "capability:CapabilityType": _UNKNOWN,
        "cluster:ClusterName": ("clusterName", "name"),
        "eks-anywhere-subscription:UUID": ("id",),
        "podidentityassociation:UUID": ("associationId",),
    },
    "events": {
        "EventBusName": ("EventBusName", "=default"),
        "event-bus:EventBusName": ("EventBusName", "Name", "=default"),
        "rule-on-custom-event-bus:RuleName": ("Rule", "Name"),
        "rule-on-default-event-bus:RuleName": ("Rule", "Name"),
    },
    "glue": {
        "catalog:CatalogName": ("CatalogId",),
        "database:DatabaseName": ("DatabaseName", "Name"),
        "table:TableName": ("TableName", "Name"),
        "userdefinedfunction:UserDefinedFunctionName": ("FunctionName",),
        "tableversion:TableVersionName": ("VersionId", "=*"),
    },
    "kinesis": {"StreamType": ("=stream",), "ConsumerCreationTimpstamp": _UNKNOWN},
    "lambda": {"LayerVersion": ("VersionNumber",)},
    "mq": {"BrokerName": _UNKNOWN, "BrokerId": ("BrokerId",)},
    "rds": {
        "cev:CustomDbEngineVersionId": _UNKNOWN,
        "cluster:DbClusterInstanceName": ("DBClusterIdentifier",),
        "cluster-auto-backup:DbClusterAutomatedBackupId": ("DbClusterResourceId",),
        "cluster-endpoint:DbClusterEndpoint": ("DBClusterEndpointIdentifier",),
        "cluster-pg:ClusterParameterGroupName": ("DBClusterParameterGroupName",),
        "cluster-snapshot:ClusterSnapshotName": ("DBClusterSnapshotIdentifier",),
        "db:DbInstanceName": ("DBInstanceIdentifier",),
        "es:SubscriptionName": ("SubscriptionName",),
        "pg:ParameterGroupName": ("DBParameterGroupName",),
        "secgrp:SecurityGroupName": ("DBSecurityGroupName",),
        "snapshot:SnapshotName": ("DBSnapshotIdentifier",),
        "subgrp:SubnetGroupName": ("DBSubnetGroupName",),
    },
    "redshift": {
        "cluster:ClusterName": ("ClusterIdentifier",),
        "snapshot:ClusterName": ("ClusterIdentifier", "SnapshotClusterIdentifier"),
        "snapshot:SnapshotName": ("SnapshotIdentifier",),
    },
    "elasticmapreduce": {"cluster:ClusterId": ("ClusterId", "JobFlowId", "JobFlowIds")},
    "scheduler": {"GroupName": ("GroupName", "=default"), "ScheduleName": ("Name",)},
    "secretsmanager": {"SecretId": ("SecretId", "Name")},
    "ssm": {
        "maintenancewindow:ResourceId": ("WindowId",),
        "opsitem:ResourceId": ("OpsItemId",),
        "opsmetadata:ResourceId": ("OpsMetadataId",),
        "patchbaseline:PatchBaselineIdResourceId": ("BaselineId",),
        "servicesetting:ResourceId": ("SettingName",),
        "parameter:ParameterNameWithoutLeadingSlash": ("ParameterNameWithoutLeadingSlash",),
    },
}
