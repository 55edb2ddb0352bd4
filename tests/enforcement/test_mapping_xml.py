"""What bodies in XML say of services but S3: tags, roles, and the keys of Route 53."""

from typing import Any

import msgspec
import pytest
from tests.support.serialized import exact_request_of, signing_name
from tests.support.world import ACCOUNT

from iamd.enforcement.mapping import operations, services
from iamd.enforcement.mapping.asked import Need, UnmappedRequest
from iamd.enforcement.mapping.models import Models
from iamd.enforcement.mapping.resources import Home
from iamd.enforcement.mapping.route53 import normalized
from iamd.enforcement.mapping.s3_bodies import MalformedXML
from iamd.http import Request

MODELS = Models()
HOME = Home("eu-west-1", ACCOUNT)
TAGS = {"Items": [{"Key": "team", "Value": "blue"}, {"Key": "stage"}]}


def needs_of(name: str, request: Request) -> list[Need]:
    found = operations.find(request, MODELS.prepare(signing_name(name)))
    return list(services.needs_of(found, request, signing_name(name), HOME))


def needs(name: str, operation: str, parameters: dict[str, Any]) -> list[Need]:
    return needs_of(name, exact_request_of(name, operation, parameters))


def change(action: str, name: str, kind: str) -> dict[str, Any]:
    return {"Action": action, "ResourceRecordSet": {"Name": name, "Type": kind}}


def changed(*changes: dict[str, Any]) -> Request:
    batch = {"Comment": "a <b> & c", "Changes": list(changes)}
    return exact_request_of(
        "route53", "ChangeResourceRecordSets", {"HostedZoneId": "Z1", "ChangeBatch": batch}
    )


def test_which_records_are_changed_is_told() -> None:
    """A policy that names them with ForAllValues would let everything pass without."""
    (need,) = needs_of(
        "route53",
        changed(
            change("UPSERT", "WWW.example.com.", "A"),
            change("DELETE", "*.example.com", "TXT"),
            change("UPSERT", "www.example.com", "A"),
        ),
    )
    assert (need.action, need.arn) == (
        "route53:ChangeResourceRecordSets",
        "arn:aws:route53:::hostedzone/Z1",
    )
    assert need.context == {
        "route53:ChangeResourceRecordSetsNormalizedRecordNames": ("www.example.com", r"\052.example.com"),
        "route53:ChangeResourceRecordSetsRecordTypes": ("A", "TXT"),
        "route53:ChangeResourceRecordSetsActions": ("UPSERT", "DELETE"),
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("A.B.", "a.b"),
        ("*.a", r"\052.a"),
        (r"\052.a", r"\052.a"),
        (r"\101.a", "a.a"),
        ("a_b-c.d", "a_b-c.d"),
        ("a b", r"a\040b"),
        ("ü", r"\303\274"),
    ],
)
def test_names_are_normalized(name: str, expected: str) -> None:
    assert normalized(name) == expected


def test_which_vpc_a_zone_is_of_is_told() -> None:
    vpc = {"VPCId": "vpc-1", "VPCRegion": "us-east-1"}
    found = needs("route53", "AssociateVPCWithHostedZone", {"HostedZoneId": "Z1", "VPC": vpc})
    told = [need.context for need in found if need.action == "route53:AssociateVPCWithHostedZone"]
    assert told
    assert all(context["route53:VPCs"] == ("VPCId=vpc-1,VPCRegion=us-east-1",) for context in told)


@pytest.mark.parametrize(
    ("operation", "parameters", "keys"),
    [
        (
            "CreateDistributionWithTags",
            {
                "DistributionConfigWithTags": {
                    "DistributionConfig": {"CallerReference": "x"},
                    "Tags": TAGS,
                }
            },
            {
                "aws:RequestTag/team": "blue",
                "aws:RequestTag/stage": "",
                "aws:TagKeys": ("team", "stage"),
            },
        ),
        (
            "TagResource",
            {"Resource": f"arn:aws:cloudfront::{ACCOUNT}:distribution/E", "Tags": TAGS},
            {
                "aws:RequestTag/team": "blue",
                "aws:RequestTag/stage": "",
                "aws:TagKeys": ("team", "stage"),
            },
        ),
        (
            "UntagResource",
            {
                "Resource": f"arn:aws:cloudfront::{ACCOUNT}:distribution/E",
                "TagKeys": {"Items": ["team"]},
            },
            {"aws:TagKeys": ("team",)},
        ),
    ],
)
def test_tags_of_cloudfront_are_told(
    operation: str, parameters: dict[str, Any], keys: dict[str, Any]
) -> None:
    found = needs("cloudfront", operation, parameters)
    assert found
    assert [need.context for need in found] == [keys] * len(found)


BATCH = (
    b"<ChangeResourceRecordSetsRequest><ChangeBatch><Changes>%b</Changes></ChangeBatch>"
    b"</ChangeResourceRecordSetsRequest>"
)
CHANGE = b"<Change><Action>UPSERT</Action><ResourceRecordSet><Name>a</Name><Type>A</Type></ResourceRecordSet></Change>"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (BATCH % CHANGE.replace(b"<Name>a</Name>", b"<Name>a</Name><Name>b</Name>"), UnmappedRequest),
        (BATCH % CHANGE.replace(b"<Name>a</Name>", b"<name>a</name>"), UnmappedRequest),
        (BATCH % CHANGE.replace(b"<Name>a</Name>", b"<Name>a<x/>b</Name>"), MalformedXML),
        (BATCH % CHANGE.replace(b"Change>", b"Other>"), UnmappedRequest),
        (BATCH % CHANGE.replace(b"<Name>a</Name>", b"<Name>a<!-- -->b</Name>"), MalformedXML),
        (b"{}", MalformedXML),
        (b"<a", MalformedXML),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(body: bytes, error: type[Exception]) -> None:
    request = msgspec.structs.replace(changed(change("UPSERT", "a", "A")), body=BATCH % CHANGE)
    assert needs_of("route53", request)
    with pytest.raises(error):
        needs_of("route53", msgspec.structs.replace(request, body=body))
