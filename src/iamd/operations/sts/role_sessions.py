"""
What all ways of assuming a role have in common: the role, the session's policies and duration, and the answer.

A role that does not exist answers exactly like one that trusts nobody (R-28).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from iamd.auth.target import ContextValue
from iamd.clock import from_epoch, to_epoch, whole_second
from iamd.directory.snapshots import RoleSnapshot
from iamd.domain.arns import Arn, assumed_role_arn
from iamd.domain.ids import AccountId
from iamd.domain.limits import SESSION_POLICY_ARNS, SESSION_POLICY_SIZE
from iamd.domain.roles import DEFAULT_MAX_SESSION_DURATION
from iamd.domain.tags import Tag, folded
from iamd.errors import InvalidParameterValue, MalformedPolicyDocument, PackedPolicyTooLarge, ValidationError
from iamd.operations.call import Call, Params
from iamd.sessions.issue import issue
from iamd.sessions.session import ACCESS_KEY_PREFIX, Session, SessionKind
from iamd.sessions.token import PackedTooLargeError, packed_size
from iampolicy import PolicyError, PolicyKind, parse, validate

TRUSTS_NOBODY: Final = parse(
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",'
    '"Principal":{"Service":"nobody.invalid"}}]}',
    PolicyKind.TRUST,
    name="trust policy",
)


def seconds_of(params: Params) -> int:
    return int(params.get("DurationSeconds", DEFAULT_MAX_SESSION_DURATION))


def check_duration(params: Params, role: RoleSnapshot) -> None:
    """
    Check how long the session shall last.

    Raises:
        ValidationError: Longer than the role allows.
    """
    if seconds_of(params) > role.role.max_session_duration:
        raise ValidationError(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )


def check_session_policy(params: Params) -> None:
    """
    Check the inline session policy, if there is one.

    Raises:
        MalformedPolicyDocument: It is not valid.
    """
    if "Policy" in params:
        try:
            validate(params["Policy"], PolicyKind.SESSION)
        except PolicyError as error:
            raise MalformedPolicyDocument(error.message) from error


def check_session_tags(tags: Sequence[Tag]) -> None:
    """
    Check the tags of a request against each other (fact 85, semantics 69).

    Raises:
        InvalidParameterValue: A key occurs twice, without regard to case, or is one of AWS's own.
    """
    keys = {folded(tag.key) for tag in tags}
    if len(keys) != len(tags):
        raise InvalidParameterValue(
            "Duplicate tag keys found. Please note that Tag keys are case insensitive."
        )
    if any(key.startswith("aws:") for key in keys):
        raise InvalidParameterValue("Tag keys that begin with aws: are reserved.")


def policy_arns(call: Call, params: Params, account_id: AccountId) -> tuple[str, ...]:
    """
    Return the managed session policies.

    Raises:
        ValidationError: There are more than ten (AWS: *AssumeRole*, "up to 10 managed policy ARNs").
        PackedPolicyTooLarge: Together with the inline policy they are too long as plain text (semantics 82).
        MalformedPolicyDocument: One is not there, or neither of *account_id* nor AWS's.
    """
    given = params.get("PolicyArns", ())
    if len(given) > SESSION_POLICY_ARNS:
        raise ValidationError(
            "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: "
            f"Member must have length less than or equal to {SESSION_POLICY_ARNS}"
        )
    if not ("PolicyArns" in params or "Policy" in params):
        return ()
    arns = tuple(dict.fromkeys(item.get("arn", "") for item in given))
    length = sum(map(len, arns)) + len(params.get("Policy", ""))
    if length > SESSION_POLICY_SIZE:
        raise too_large(-(-length * 100 // SESSION_POLICY_SIZE))
    for text in arns:
        arn = Arn.parse(text)
        if arn is None or arn.account not in {account_id, "aws"} or call.view.policy(text) is None:
            raise MalformedPolicyDocument(f"Policy {text} does not exist or is not attachable.")
    return arns


def tag_context(tags: tuple[Tag, ...], transitive: tuple[str, ...]) -> dict[str, ContextValue]:
    """Return the context keys of session tags; *transitive* are their keys as `iamd.domain.tags.folded` makes them."""
    context: dict[str, ContextValue] = {f"aws:RequestTag/{tag.key}": tag.value for tag in tags}
    if tags:
        context["aws:TagKeys"] = tuple(tag.key for tag in tags)
    if transitive:
        context["sts:TransitiveTagKeys"] = tuple(tag.key for tag in tags if folded(tag.key) in transitive)
    return context


def issue_role_session(
    call: Call,
    params: Params,
    role: RoleSnapshot,
    parent_access_key_id: str,
    *,
    ends_at: datetime | None = None,
    **session: Any,
) -> Mapping[str, object]:
    """
    Seal a session of *role* and return what every answer tells about it.

    Args:
        call: The call.
        params: Of the request: name, duration and session policies.
        role: What is assumed; whoever asks may.
        parent_access_key_id: The long-term access key at the beginning, empty without one.
        ends_at: When the session must be over, however long it was asked for; None for no such limit.
        session: What else the session has.

    Raises:
        ValidationError: The duration is longer than the role allows.
        MalformedPolicyDocument: A session policy is not there.
        PackedPolicyTooLarge: Session policies and tags do not fit.
    """
    check_duration(params, role)
    assumed = role.role
    issued_at = whole_second(call.now)
    expires_at = from_epoch(to_epoch(issued_at) + seconds_of(params))
    made = Session(
        kind=SessionKind.ROLE,
        access_key_id=call.ids.access_key_id(ACCESS_KEY_PREFIX, assumed.account_id),
        account_id=assumed.account_id,
        principal_id=assumed.role_id,
        session_name=params["RoleSessionName"],
        issued_at=issued_at,
        expires_at=expires_at if ends_at is None else min(expires_at, ends_at),
        parent_access_key_id=parent_access_key_id,
        policy=params.get("Policy"),
        policy_arns=policy_arns(call, params, assumed.account_id),
        **session,
    )
    try:
        credentials = issue(call.tools.keyring, made, params.get("MinimumSessionTokenSize", 0))
    except PackedTooLargeError as error:
        raise too_large(error.percent) from error
    session_name = made.session_name
    answer: dict[str, object] = {
        "Credentials": credentials.wire,
        "AssumedRoleUser": {
            "AssumedRoleId": f"{assumed.role_id}:{session_name}",
            "Arn": assumed_role_arn(assumed.account_id, assumed.name, session_name),
        },
    }
    if made.has_session_policy or made.tags:
        answer["PackedPolicySize"] = packed_size(made)
    if made.source_identity is not None:
        answer["SourceIdentity"] = made.source_identity
    return answer


def too_large(percent: int) -> PackedPolicyTooLarge:
    return PackedPolicyTooLarge(
        f"Packed policy consumes {percent}% of allotted space, please use smaller policy."
    )
