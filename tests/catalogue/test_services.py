"""What is known of AWS's services, and that it is read as the lints need it."""

from iamd.catalogue.services import AwsServices
from iampolicy.lints.knowledge import ConditionKey, ResourceType

SERVICES = AwsServices()


def test_a_service_has_actions_with_resources_and_keys() -> None:
    s3 = SERVICES.find("s3")
    assert s3 is not None
    get_object = s3.actions["getobject"]
    assert get_object.name == "GetObject"
    assert (
        ResourceType("object", "arn:${Partition}:s3:::${BucketName}/${ObjectName}")
        in get_object.resource_types
    )
    assert "s3:existingobjecttag/*" in get_object.condition_keys
    assert s3.actions["listallmybuckets"].resource_types == ()
    assert "aws:resourcetag" in s3.tag_keys
    assert SERVICES.find("s3") is s3


def test_there_is_no_such_service() -> None:
    assert SERVICES.find("s33") is None
    assert SERVICES.find("../actions/s3") is None


def test_condition_keys_are_found_in_any_case() -> None:
    assert SERVICES.condition_key("S3:Prefix") == ConditionKey("s3:prefix", "String")
    assert SERVICES.condition_key("s3:ExistingObjectTag/team") == ConditionKey(
        "s3:ExistingObjectTag/<key>", "String"
    )
    assert SERVICES.condition_key("s3:none") is None
    assert SERVICES.condition_key("none:none") is None
    assert SERVICES.condition_key("iam:PassedToService") == ConditionKey("iam:PassedToService", "String")


def test_lists_are_told_from_single_values() -> None:
    key = SERVICES.condition_key("kms:GrantOperations")
    assert key == ConditionKey("kms:GrantOperations", "String", multivalued=True)


def test_keys_of_identity_providers_are_those_of_sts() -> None:
    assert SERVICES.condition_key("token.actions.githubusercontent.com:actor") is not None
    assert SERVICES.condition_key("SAML:aud") is not None


def test_every_file_can_be_read() -> None:
    assert all(SERVICES.find(prefix) for prefix in SERVICES.prefixes)
