"""
Which actions know the context keys that tell whose a VPC endpoint is.

AWS: *AWS global condition context keys*, "Properties of the network": each key has a list of services that support it.
"""

from collections.abc import Iterator, Mapping
from typing import Final

VPC_ARN: Final = "aws:SourceVpcArn"
ACCOUNT: Final = "aws:VpceAccount"
ORGANIZATION: Final = "aws:VpceOrgID"
PATHS: Final = "aws:VpceOrgPaths"

_EXCEPT: Final = frozenset({"iam:passrole"})

_OF_VPC_ARN: Final = frozenset(
    {
        "acm-pca",
        "applicationinsights",
        "apprunner",
        "athena",
        "cloudformation",
        "comprehendmedical",
        "compute-optimizer",
        "datasync",
        "discovery",
        "ebs",
        "ecr",
        "ecs",
        "firehose",
        "healthlake",
        "iam",
        "iotfleetwise",
        "iotwireless",
        "kinesisanalytics",
        "kms",
        "lambda",
        "medical-imaging",
        "omics",
        "payment-cryptography",
        "polly",
        "rbin",
        "rekognition",
        "route53",
        "s3",
        "scheduler",
        "servicediscovery",
        "servicequotas",
        "ssm-contacts",
        "storagegateway",
        "textract",
        "transcribe",
        "transfer",
    }
)
_OF_ACCOUNT: Final = _OF_VPC_ARN | {"dynamodb", "gamelift", "shield"}
_OF_ORGANIZATION: Final = _OF_ACCOUNT | {
    "b2bi",
    "cassandra",
    "cognito-identity",
    "dms",
    "ds-data",
    "identitystore",
    "iottwinmaker",
    "network-firewall",
    "pricing",
    "ses",
    "sms-voice",
    "sqs",
    "workmail",
}
_SUPPORT: Final[Mapping[str, frozenset[str]]] = {
    VPC_ARN: _OF_VPC_ARN,
    ACCOUNT: _OF_ACCOUNT,
    ORGANIZATION: _OF_ORGANIZATION,
    PATHS: _OF_ACCOUNT,
}


def keys_of(action: str) -> Iterator[str]:
    """Yield the keys that requests for *action* have which come through an endpoint."""
    asked = action.lower()
    service = asked.partition(":")[0]
    for key, services in _SUPPORT.items():
        if service in services and asked not in _EXCEPT:
            yield key
