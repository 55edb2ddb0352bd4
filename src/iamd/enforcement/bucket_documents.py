"""
What the policy of a bucket may say, as S3 checks it when one is put.

AWS: *Bucket policies for Amazon S3*, *Policies and permissions in Amazon S3*, *PutBucketPolicy*; the texts are those of its
``MalformedPolicy``.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from iamd.domain.buckets import MOST_BYTES, bucket_arn
from iamd.enforcement.mapping.reference import Action, service_of
from iamd.enforcement.refusals import InvalidRequest
from iamd.operations.trust_policies import Principals, TrustedIds, bind_principals
from iampolicy import PolicyError, PolicyKind, validate
from iampolicy.document import INVALID_JSON, SYNTAX_ERROR, StatementText, read_document
from iampolicy.references import statement_keys
from iampolicy.statement import compile_action
from iampolicy.text import ascii_lower

_S3: Final = "s3"
_NO_JSON: Final = "Policies must be valid JSON and the first byte must be '{'"
_INCOMPLETE: Final = "Statement is missing required element"
_UNNAMED: Final = "Missing required field Principal"
_PRINCIPAL: Final = "Invalid principal in policy"
_ACTION: Final = "Policy has invalid action"
_RESOURCE: Final = "Policy has invalid resource"
_KEY: Final = "Policy has an invalid condition key"
_APART: Final = "Action does not apply to any resource(s) in statement"
_CONDITIONS_APART: Final = "Conditions do not apply to combination of actions and resources in statement"


class MalformedPolicy(InvalidRequest):
    """The policy is not one of a bucket."""


class PolicyTooLarge(InvalidRequest):
    """The policy has more than 20 KB."""


def check_document(body: bytes, bucket: str, principals: Principals) -> tuple[str, TrustedIds]:
    """
    Check a policy that is about to be put, and bind its principals.

    Args:
        body: As it came.
        bucket: Whose it is to be.
        principals: Whom it may name.

    Returns:
        Its text, and the users and roles among its principals with their unique ids (semantics 46).

    Raises:
        PolicyTooLarge: It has too many bytes.
        MalformedPolicy: Anything else is wrong with it.
    """
    if len(body) > MOST_BYTES:
        raise PolicyTooLarge("Policy exceeds the maximum allowed document size.")
    text = _text(body)
    try:
        document = read_document(text, PolicyKind.RESOURCE)
        for statement in document.statements:
            _check_statement(statement, bucket)
            _check_keys(statement, document.variables)
        validate(text, PolicyKind.RESOURCE)
    except PolicyError as error:
        raise MalformedPolicy(_said(str(error))) from error
    bound, strangers = bind_principals(principals, text, PolicyKind.RESOURCE)
    if strangers:
        raise MalformedPolicy(_PRINCIPAL, detail=strangers[0])
    return text, bound


def _text(body: bytes) -> str:
    if not body.startswith(b"{"):
        raise MalformedPolicy(_NO_JSON)
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise MalformedPolicy(_NO_JSON) from None


def _said(message: str) -> str:
    """Return what S3 says where IAM says *message*."""
    if message in {SYNTAX_ERROR, INVALID_JSON}:
        return "Invalid policy syntax."
    if message.startswith("Invalid principal") or "rincipals must be" in message:
        return _PRINCIPAL
    if message.startswith(("Resource", "Partition", "IAM resource")):
        return _RESOURCE
    return message


def _check_statement(statement: StatementText, bucket: str) -> None:
    element = statement.principal or statement.not_principal
    if element is None:
        raise MalformedPolicy(_UNNAMED)
    if any(kind in {"Federated", "CanonicalUser"} for kind, _ in element.values):
        # Nobody comes to a bucket so, and a name that is nobody's might become somebody's.
        raise MalformedPolicy(_PRINCIPAL)
    actions = statement.action if statement.not_action is None else statement.not_action
    resources = statement.resource if statement.not_resource is None else statement.not_resource
    if not actions or not resources:
        raise MalformedPolicy(_INCOMPLETE)
    for resource in resources:
        if not _is_in(resource, bucket):
            raise MalformedPolicy(_RESOURCE)
    meant = [tuple(_meant(action)) for action in actions]
    if not all(meant):
        raise MalformedPolicy(_ACTION)
    if statement.not_action is None and statement.not_resource is None:
        kinds = {kind for resource in resources for kind in _kinds_of(resource, bucket)}
        for each in meant:
            if kinds.isdisjoint(kind for action in each for kind in _kinds(action)):
                raise MalformedPolicy(_APART)


def _is_in(resource: str, bucket: str) -> bool:
    # AWS: *Special Information for Amazon S3 Policies*: "The value for Resource must be prefixed with the bucket name".
    own = bucket_arn(bucket)
    return resource == own or resource.startswith((f"{own}/", f"{own}*"))


def _kinds_of(resource: str, bucket: str) -> Iterator[str]:
    rest = resource.removeprefix(bucket_arn(bucket))
    if not rest.startswith("/"):
        yield "bucket"
    if rest:
        yield "object"


def _meant(pattern: str) -> Iterator[Action]:
    """Yield the actions of S3 that *pattern* stands for."""
    matches = compile_action(pattern)
    if matches is None:
        return
    for action in service_of(_S3).actions.values():
        if matches(ascii_lower(f"{action.prefix}:{action.name}")):
            yield action


def _kinds(action: Action) -> Iterator[str]:
    return (kind.name for kind in action.kinds)


def _check_keys(statement: StatementText, variables: bool) -> None:
    known = {ascii_lower(_stem(key)) for key in service_of(_S3).keys}
    asked = {ascii_lower(_stem(key)) for key in statement_keys(statement, variables=variables)}
    own = {key for key in asked if key.startswith("s3:")}
    if not own <= known:
        raise MalformedPolicy(_KEY)
    if statement.not_action is None:
        applied = {_stem(key) for action in _all_meant(statement.action or ()) for key in action.keys}
        if not own <= applied:
            raise MalformedPolicy(_CONDITIONS_APART)


def _all_meant(patterns: Iterable[str]) -> Iterator[Action]:
    for pattern in patterns:
        yield from _meant(pattern)


def _stem(key: str) -> str:
    """Return *key* without the key of a tag."""
    return key.partition("/")[0]
