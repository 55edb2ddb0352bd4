"""
GetWebIdentityToken: a signed token that says to other services who the caller is.

1. The caller must be allowed sts:GetWebIdentityToken, for these audiences, this duration and this algorithm; and
   sts:TagGetWebIdentityToken when it passes tags (semantics 66).
2. The account must issue tokens (`operations.iam.outbound_federation`), and the token must not outlast the caller's session.
3. The claims are what the caller's own requests have as context keys; nothing that the caller says about itself is among
   them, but for its tags, which stand apart.

AWS: *Understanding token claims*; *Controlling access with IAM policies* (outbound identity federation).
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from iamd.auth.context import caller_context, organization_context, region_of
from iamd.auth.target import ContextValue, Target
from iamd.domain.tags import RESERVED_PREFIX, folded
from iamd.domain.token_signing_keys import SigningAlgorithm, signing_key
from iamd.errors import (
    InvalidParameterValue,
    JWTPayloadSizeExceededException,
    OutboundWebIdentityFederationDisabledException,
    SessionDurationEscalationException,
    ValidationError,
)
from iamd.operations.call import Call, Params, Result
from iamd.operations.registry import Mode, sts_operation
from iamd.sessions.identity_tokens import PayloadTooLargeError
from iamd.sessions.session import SessionKind

_DEFAULT_SECONDS: Final = 300
_NAMESPACE: Final = "https://sts.amazonaws.com/"

# Claim, and the context key that it maps to, in the order of AWS's page.
_CLAIMS: Final[Mapping[str, str]] = {
    "aws_account": "aws:PrincipalAccount",
    "source_region": "aws:RequestedRegion",
    "org_id": "aws:PrincipalOrgID",
    "ou_path": "aws:PrincipalOrgPaths",
    "federated_provider": "aws:FederatedProvider",
    "identity_store_user_id": "identitystore:UserId",
    "identity_store_arn": "identitystore:IdentityStoreArn",
    "ec2_source_instance_arn": "ec2:SourceInstanceArn",
    "ec2_instance_source_vpc": "aws:Ec2InstanceSourceVpc",
    "ec2_instance_source_private_ipv4": "aws:Ec2InstanceSourcePrivateIPv4",
    "ec2_role_delivery": "ec2:RoleDelivery",
    "source_identity": "aws:SourceIdentity",
    "lambda_source_function_arn": "lambda:SourceFunctionArn",
    "glue_credential_issuing_service": "glue:CredentialIssuingService",
}


def _seconds(params: Params) -> int:
    return int(params.get("DurationSeconds", _DEFAULT_SECONDS))


def _algorithm(params: Params) -> SigningAlgorithm:
    given = params["SigningAlgorithm"]
    try:
        return SigningAlgorithm(given)
    except ValueError:
        # The model has no list of them, and only says how long they are.
        raise ValidationError(
            f"1 validation error detected: Value '{given}' at 'signingAlgorithm' failed to satisfy constraint: "
            "Member must satisfy enum value set"
        ) from None


def _check_tags(params: Params) -> None:
    keys = [folded(tag["Key"]) for tag in params.get("Tags", ())]
    if len(set(keys)) != len(keys):
        raise InvalidParameterValue(
            "Duplicate tag keys found. Please note that Tag keys are case insensitive."
        )
    if any(key.startswith(RESERVED_PREFIX) for key in keys):
        raise InvalidParameterValue("Tag keys that begin with aws: are reserved.")


def _targets(call: Call, params: Params) -> Iterator[Target]:
    """Yield the account, once for each action that the request needs."""
    algorithm = _algorithm(params)
    _check_tags(params)
    context: dict[str, ContextValue] = {
        "sts:IdentityTokenAudience": tuple(params["Audience"]),
        # As it will be, given or not: a limit holds for the default too.
        "sts:DurationSeconds": str(_seconds(params)),
        "sts:SigningAlgorithm": algorithm.value,
    }
    for action in (None, "sts:TagGetWebIdentityToken") if params.get("Tags") else (None,):
        yield Target(arn="*", account_id=call.account_id, action=action, context=context, under_rcps=True)


@sts_operation("GetWebIdentityToken", on=_targets, mode=Mode.READ)
def get_web_identity_token(call: Call, params: Params) -> Result:
    """
    Sign a token for the caller.

    Raises:
        OutboundWebIdentityFederationDisabledException: The account issues none.
        SessionDurationEscalationException: It would be good for longer than the caller's session.
        JWTPayloadSizeExceededException: The caller has, and passes, too many tags.
        UnsupportedOperation: Nobody has said where others reach this server.
    """
    federation = call.store.outbound_federations.find(call.account_id)
    if federation is None or not federation.enabled:
        raise OutboundWebIdentityFederationDisabledException(
            "Outbound web identity federation is disabled for your account"
        )
    issued_at = call.now.replace(microsecond=0)
    expires_at = issued_at + timedelta(seconds=_seconds(params))
    session = call.caller.session
    if session is not None and expires_at > session.expires_at:
        raise SessionDurationEscalationException(
            "The requested token duration would extend the session beyond its original expiration time."
        )
    audience = params["Audience"]
    claims = {
        "iss": federation.issuer(call.tools.public_url.get()),
        "aud": audience[0] if len(audience) == 1 else list(audience),
        "sub": call.caller.principal.identity_arn,
        "iat": int(issued_at.timestamp()),
        "exp": int(expires_at.timestamp()),
        "jti": call.ids.uuid(),
        _NAMESPACE: _claims_of_aws(call, params),
    }
    keys = call.store.token_signing_keys.of(call.account_id)
    try:
        token = call.tools.token_signer.sign(signing_key(keys, _algorithm(params), call.now), claims)
    except PayloadTooLargeError:
        raise JWTPayloadSizeExceededException(
            "The requested token payload size exceeds the maximum allowed size."
        ) from None
    return {"WebIdentityToken": token.reveal(), "Expiration": expires_at}


def _claims_of_aws(call: Call, params: Params) -> dict[str, Any]:
    caller = call.caller
    context: dict[str, ContextValue] = {
        **caller_context(caller, call.now),
        **organization_context("Principal", call.view.account(caller.account_id)),
        "aws:RequestedRegion": region_of("sts", caller),
    }
    # Not on AWS's page, but in AWS's tokens.
    claims: dict[str, Any] = {"principal_id": caller.principal.identity_arn}
    for claim, key in _CLAIMS.items():
        if key in context:
            value = context[key]
            # An account has one path; the page shows a text, though the key is a list.
            claims[claim] = value if isinstance(value, str) else value[0]
    if caller.tags:
        claims["principal_tags"] = {tag.key: tag.value for tag in caller.tags}
    session = caller.session
    if session is not None and session.kind is SessionKind.ROLE:
        claims["original_session_exp"] = session.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    if params.get("Tags"):
        claims["request_tags"] = {tag["Key"]: tag["Value"] for tag in params["Tags"]}
    return claims
