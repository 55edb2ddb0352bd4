"""
The record of an event, in CloudTrail's format.

AWS: *CloudTrail record contents*; *CloudTrail userIdentity element*; *Logging IAM and AWS STS API calls with AWS CloudTrail*.
What CloudTrail has no place for stands in ``additionalEventData``, which is free in form; ``docs/reference/audit-records.md``
tells of each member.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from iamd.audit.event import Decided, Event
from iamd.audit.redact import shown
from iamd.clock import iso_8601, whole_second

_VERSION: Final = "1.08"
_MOST_BYTES: Final = 100 * 1024
"""AWS: of ``requestParameters`` and ``responseElements`` each; what is larger is left out."""
_LONGER: Final = 6
"""So many times longer ``json`` writes what `_briefly` writes, at most: a character that is one byte there."""
_MOST_DECISIONS: Final = 50
_OF_ACCOUNT_ID: Final = 12
"""Characters: what belongs to AWS itself is of the account ``aws``."""
_MOST_TEXT: Final = 1024
"""AWS: characters of ``errorCode``, ``errorMessage``, ``userAgent`` that are kept."""
_READS: Final = (
    "Decode",
    "Describe",
    "Download",
    "Get",
    "Head",
    "List",
    "Query",
    "Scan",
    "Select",
    "Simulate",
)
_OWN: Final = "iamd"
_CREDENTIALS: Final = "Credentials"
_TYPES: Final = {
    "group": "AWS::IAM::Group",
    "policy": "AWS::IAM::ManagedPolicy",
    "role": "AWS::IAM::Role",
    "saml-provider": "AWS::IAM::SAMLProvider",
    "oidc-provider": "AWS::IAM::OIDCProvider",
    "user": "AWS::IAM::User",
}

_DELETE: Final = 0x7F
_SORTED: Final = msgspec.json.Encoder(order="sorted")
_AS_IT_IS: Final = msgspec.json.Encoder()


def record_of(event: Event, event_id: str, own_account_id: str) -> dict[str, Any]:
    """
    Return the record, without the members that chain it to others.

    Args:
        event: What happened.
        event_id: Of the record.
        own_account_id: Whose record it is where nobody's is known who asked.
    """
    source = _OWN if event.own_page or not event.service else f"{event.service}.amazonaws.com"
    data = event.gateway and _is_of_data(event)
    record: dict[str, Any] = {
        "eventVersion": _VERSION,
        "userIdentity": event.identity() if event.identity is not None else {"type": "Unknown"},
        "eventTime": iso_8601(whole_second(event.at)),
        "eventSource": source,
        "eventName": event.name or "Unknown",
        "awsRegion": event.region,
        "sourceIPAddress": event.source_ip,
        "userAgent": event.user_agent[:_MOST_TEXT],
        "requestParameters": _parameters(event),
        "responseElements": _elements(event),
        "requestID": event.request_id,
        "eventID": event_id,
        "readOnly": _is_read_only(event),
        "eventType": "IamdApiCall" if event.own_page else "AwsApiCall",
        "managementEvent": not data,
        "eventCategory": "Data" if data else "Management",
        "recipientAccountId": event.account_id or _owner(event) or own_account_id,
        "additionalEventData": _additional(event),
    }
    if event.error_code is not None:
        record["errorCode"] = event.error_code[:_MOST_TEXT]
        if event.error_message:
            record["errorMessage"] = event.error_message[:_MOST_TEXT]
    if event.service == "sts" or event.gateway:
        record["resources"] = _resources(event.decided)
    if event.vpc_endpoint_id is not None:
        record["vpcEndpointId"] = event.vpc_endpoint_id
    if event.host is not None:
        record["tlsDetails"] = {"clientProvidedHostHeader": event.host}
    return record


def body_of(record: Mapping[str, Any]) -> bytes:
    """
    Return *record* in the one form that its digest is taken of: members in the order of their names, no blanks, ASCII.

    ``json`` escapes control characters and whatever is not ASCII, so that nothing that a client sends can begin a line of its
    own, or be taken for one (R-79).
    """
    body = _briefly(record)
    # In plain ASCII both write the same, and this one in a fifth of the time.
    if body is not None and body.isascii() and body.find(b"\\u") < 0 and _DELETE not in body:
        return body
    return json.dumps(record, sort_keys=True, separators=(",", ":")).encode("ascii")


def _briefly(value: Any, encoder: msgspec.json.Encoder = _SORTED) -> bytes | None:
    """Return *value* as JSON in UTF-8, or None where that cannot be had: of half a surrogate pair, for instance."""
    try:
        return encoder.encode(value)
    except (TypeError, UnicodeEncodeError):
        return None


def _parameters(event: Event) -> Any:
    shape = event.operation.input if event.operation is not None else None
    if shape is None or not event.parameters:
        return None
    told = shown(shape, event.parameters)
    return _bounded(told if event.vouched is None else told | event.vouched())


def _elements(event: Event) -> Any:
    """Return the result of what changes something or issues credentials; AWS: others have none."""
    shape = event.operation.output if event.operation is not None else None
    if shape is None or not event.result or not (not _is_read_only(event) or _CREDENTIALS in event.result):
        return None
    return _bounded(shown(shape, event.result))


def _bounded(value: Any) -> Any:
    brief = _briefly(value, _AS_IT_IS)
    if brief is not None and len(brief) * _LONGER <= _MOST_BYTES:
        return value
    size = len(json.dumps(value))
    return value if size <= _MOST_BYTES else {"omitted": True, "originalSize": size}


def _is_read_only(event: Event) -> bool:
    # AWS: every call of STS is recorded as reading: it changes nothing that is stored.
    if event.service == "sts" and not event.own_page:
        return True
    return event.name is not None and event.name.startswith(_READS)


def _is_of_data(event: Event) -> bool:
    """Say whether it is about objects, not buckets; AWS: *Logging data events*."""
    return event.service == "s3" and any("/" in each.resource for each in event.decided)


def _owner(event: Event) -> str | None:
    """Return the account of what was asked for; AWS: whoever assumes a role without credentials is recorded there."""
    return next((each.account_id for each in event.decided if len(each.account_id) == _OF_ACCOUNT_ID), None)


def _resources(decided: tuple[Decided, ...]) -> list[dict[str, str]]:
    resources = {}
    for each in decided[:_MOST_DECISIONS]:
        if each.resource != "*":
            kind = _kind(each.resource)
            resources[each.resource] = {"ARN": each.resource, "accountId": each.account_id} | (
                {"type": kind} if kind else {}
            )
    return list(resources.values())


def _kind(arn: str) -> str | None:
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return None
    if parts[2] == "iam":
        return _TYPES.get(parts[5].partition("/")[0])
    if parts[2] == "s3":
        return "AWS::S3::Object" if "/" in parts[5] else "AWS::S3::Bucket"
    return None


def _additional(event: Event) -> dict[str, Any]:
    told: dict[str, Any] = {"httpStatus": event.status}
    if event.decision_id is not None:
        told["decisionId"] = event.decision_id
    if event.error_detail:
        told["errorDetail"] = event.error_detail[:_MOST_TEXT]
    if event.claimed_access_key_id is not None:
        told["claimedAccessKeyId"] = event.claimed_access_key_id
    if event.decided:
        told["decisions"] = [_decision(each) for each in event.decided[:_MOST_DECISIONS]]
    if event.left_out:
        told["recordsLeftOut"] = event.left_out
    if len(event.decided) > _MOST_DECISIONS:
        told["decisionsLeftOut"] = len(event.decided) - _MOST_DECISIONS
    return told


def _decision(decided: Decided) -> dict[str, Any]:
    told: dict[str, Any] = {
        "action": decided.action,
        "resource": decided.resource,
        "outcome": decided.outcome,
    }
    if decided.reason:
        told["reason"] = decided.reason
    if statements := decided.statements():
        told["statements"] = statements
    return told
