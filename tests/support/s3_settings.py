"""What buckets and objects of S3 can be told, asked and made to forget: one after the other, with what boto3 needs for it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

Steps = Sequence[tuple[str, Mapping[str, Any]]]

_BUCKET: Final = "surface"
_OTHER: Final = "arn:aws:s3:::surface-versions"
_ROLE: Final = "arn:aws:iam::123456789012:role/replication"
_TAGS: Final = {"TagSet": [{"Key": "cost", "Value": "a b+ü"}]}
_POLICY: Final = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{_BUCKET}/*",
        }
    ],
}
_RULE: Final = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 3}}
_INVENTORY: Final = {
    "Id": "i",
    "IsEnabled": True,
    "IncludedObjectVersions": "All",
    "Schedule": {"Frequency": "Daily"},
    "Destination": {"S3BucketDestination": {"Bucket": _OTHER, "Format": "CSV"}},
}
_JOURNAL: Final = {"RecordExpiration": {"Expiration": "ENABLED", "Days": 7}}
_TABLE: Final = {
    "S3TablesDestination": {
        "TableBucketArn": "arn:aws:s3tables:us-east-1:123456789012:bucket/t",
        "TableName": "t",
    }
}
_KEY: Final = {
    "SSEKMS": {"KMSKeyArn": "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-4000-8000-000000000000"}
}


def _by_id(noun: str, configuration: Mapping[str, Any]) -> Steps:
    """Return the four operations on a kind of configuration that a bucket has many of."""
    name = f"{noun}Configuration"
    return (
        (f"PutBucket{name}", {"Id": configuration["Id"], name: configuration}),
        (f"GetBucket{name}", {"Id": configuration["Id"]}),
        (f"ListBucket{name}s", {}),
        (f"DeleteBucket{name}", {"Id": configuration["Id"]}),
    )


OF_BUCKETS: Final[Steps] = (
    ("GetBucketLocation", {}),
    ("GetBucketAcl", {}),
    ("PutBucketOwnershipControls", {"OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}}),
    ("GetBucketOwnershipControls", {}),
    ("PutBucketAcl", {"ACL": "private"}),
    ("DeleteBucketOwnershipControls", {}),
    ("GetBucketTagging", {}),
    ("PutBucketTagging", {"Tagging": _TAGS}),
    ("GetBucketTagging", {}),
    ("DeleteBucketTagging", {}),
    ("GetBucketPolicy", {}),
    ("PutBucketPolicy", {"Policy": json.dumps(_POLICY)}),
    ("GetBucketPolicy", {}),
    ("GetBucketPolicyStatus", {}),
    ("DeleteBucketPolicy", {}),
    ("GetBucketCors", {}),
    (
        "PutBucketCors",
        {"CORSConfiguration": {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]}},
    ),
    ("GetBucketCors", {}),
    ("DeleteBucketCors", {}),
    ("GetBucketLifecycleConfiguration", {}),
    ("PutBucketLifecycleConfiguration", {"LifecycleConfiguration": {"Rules": [_RULE]}}),
    ("GetBucketLifecycleConfiguration", {}),
    ("DeleteBucketLifecycle", {}),
    ("GetBucketWebsite", {}),
    ("PutBucketWebsite", {"WebsiteConfiguration": {"IndexDocument": {"Suffix": "index.html"}}}),
    ("GetBucketWebsite", {}),
    ("DeleteBucketWebsite", {}),
    ("GetBucketEncryption", {}),
    (
        "PutBucketEncryption",
        {
            "ServerSideEncryptionConfiguration": {
                "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
            }
        },
    ),
    ("GetBucketEncryption", {}),
    ("DeleteBucketEncryption", {}),
    ("PutPublicAccessBlock", {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True}}),
    ("GetPublicAccessBlock", {}),
    ("DeletePublicAccessBlock", {}),
    ("GetBucketVersioning", {}),
    ("PutBucketAccelerateConfiguration", {"AccelerateConfiguration": {"Status": "Suspended"}}),
    ("GetBucketAccelerateConfiguration", {}),
    ("PutBucketRequestPayment", {"RequestPaymentConfiguration": {"Payer": "BucketOwner"}}),
    ("GetBucketRequestPayment", {}),
    ("PutBucketLogging", {"BucketLoggingStatus": {}}),
    ("GetBucketLogging", {}),
    ("PutBucketNotificationConfiguration", {"NotificationConfiguration": {}}),
    ("GetBucketNotificationConfiguration", {}),
    (
        "PutBucketReplication",
        {
            "ReplicationConfiguration": {
                "Role": _ROLE,
                "Rules": [{"Status": "Enabled", "Prefix": "", "Destination": {"Bucket": _OTHER}}],
            }
        },
    ),
    ("GetBucketReplication", {}),
    ("DeleteBucketReplication", {}),
    ("PutBucketAbac", {"AbacStatus": {"Status": "Enabled"}}),
    ("GetBucketAbac", {}),
    *_by_id("Analytics", {"Id": "a", "StorageClassAnalysis": {}}),
    *_by_id(
        "IntelligentTiering",
        {"Id": "t", "Status": "Enabled", "Tierings": [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"}]},
    ),
    *_by_id("Inventory", _INVENTORY),
    *_by_id("Metrics", {"Id": "m"}),
    ("CreateBucketMetadataConfiguration", {"MetadataConfiguration": {"JournalTableConfiguration": _JOURNAL}}),
    ("GetBucketMetadataConfiguration", {}),
    ("UpdateBucketMetadataJournalTableConfiguration", {"JournalTableConfiguration": _JOURNAL}),
    (
        "UpdateBucketMetadataInventoryTableConfiguration",
        {"InventoryTableConfiguration": {"ConfigurationState": "DISABLED"}},
    ),
    (
        "UpdateBucketMetadataAnnotationTableConfiguration",
        {"AnnotationTableConfiguration": {"ConfigurationState": "DISABLED"}},
    ),
    ("DeleteBucketMetadataConfiguration", {}),
    ("CreateBucketMetadataTableConfiguration", {"MetadataTableConfiguration": _TABLE}),
    ("GetBucketMetadataTableConfiguration", {}),
    ("DeleteBucketMetadataTableConfiguration", {}),
)

OF_OBJECTS: Final[Steps] = (
    ("GetObjectAcl", {}),
    ("PutObjectAcl", {"ACL": "private"}),
    ("PutObjectTagging", {"Tagging": _TAGS}),
    ("GetObjectTagging", {}),
    ("DeleteObjectTagging", {}),
    ("UpdateObjectEncryption", {"ObjectEncryption": _KEY}),
    ("PutObjectAnnotation", {"AnnotationName": "n", "AnnotationPayload": b"note"}),
    ("GetObjectAnnotation", {"AnnotationName": "n"}),
    ("ListObjectAnnotations", {}),
    ("DeleteObjectAnnotation", {"AnnotationName": "n"}),
)
