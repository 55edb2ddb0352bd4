"""
What the chronicle tells of a caller.

AWS: *CloudTrail userIdentity element*.
"""

from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from iamd.auth.caller import Caller
from iamd.directory.snapshots import PrincipalSnapshot
from iamd.federation.claims import WebIdentity
from iamd.federation.saml_identity import SamlIdentity
from iamd.sessions.session import Session, SessionKind
from iampolicy import PrincipalKind

_TYPES: Final = {
    PrincipalKind.ROOT: "Root",
    PrincipalKind.USER: "IAMUser",
    PrincipalKind.ASSUMED_ROLE: "AssumedRole",
    PrincipalKind.FEDERATED_USER: "FederatedUser",
    PrincipalKind.FEDERATED_ROOT: "FederatedUser",
}


def user_identity(caller: Caller) -> dict[str, Any]:
    """Return CloudTrail's ``userIdentity`` of *caller*."""
    if caller.access_key_id and caller.session is None:
        return dict(_standing_identity(caller))
    return _identity(caller)


@lru_cache(maxsize=4096)
def _standing_identity(caller: Caller) -> dict[str, Any]:
    """Return that of long-term credentials, which stays the same; callers are compared by identity."""
    return _identity(caller)


def _identity(caller: Caller) -> dict[str, Any]:
    if isinstance(caller.identity, SamlIdentity):
        return {
            "type": "SAMLUser",
            "principalId": caller.user_id,
            "userName": caller.identity.subject,
            "identityProvider": caller.identity.name_qualifier,
        }
    if isinstance(caller.identity, WebIdentity):
        return {
            "type": "WebIdentityUser",
            "principalId": caller.user_id,
            "userName": caller.identity.subject,
            "identityProvider": caller.identity.shown_provider,
        }
    if caller.of_nobody:
        # AWS: *CloudTrail userIdentity element*, of unsigned requests to S3.
        return {"type": "AWSAccount", "principalId": "", "accountId": "ANONYMOUS_PRINCIPAL"}
    told: dict[str, Any] = {
        "type": _TYPES[caller.kind],
        "principalId": caller.user_id,
        "arn": caller.arn,
        "accountId": caller.account_id,
        "accessKeyId": caller.access_key_id,
    }
    if caller.of_user:
        told["userName"] = caller.snapshot.name
    if caller.session is not None:
        told["sessionContext"] = _session_context(caller.session, caller.snapshot)
    if caller.invoked_by:
        # AWS: *Temporary delegation*, "CloudTrail": the product provider that really signs.
        told["invokedByDelegate"] = {"accountId": caller.invoked_by}
    return told


def vouched_parameters(identity: WebIdentity | SamlIdentity) -> dict[str, Any]:
    """
    Return what an identity provider has said that counts as if it had been a parameter.

    AWS: *Logging IAM and AWS STS API calls*, the examples of AssumeRoleWithSAML and AssumeRoleWithWebIdentity.
    """
    told: dict[str, Any] = {}
    if identity.tags.tags:
        told["principalTags"] = {tag.key: tag.value for tag in identity.tags.tags}
    if identity.tags.transitive:
        told["transitiveTagKeys"] = list(identity.tags.transitive)
    if identity.source_identity:
        told["sourceIdentity"] = identity.source_identity
    return told


def _session_context(session: Session, snapshot: PrincipalSnapshot) -> dict[str, Any]:
    told: dict[str, Any] = {
        "attributes": {
            "creationDate": _iso(session.issued_at),
            "mfaAuthenticated": "true" if session.mfa_at is not None else "false",
        }
    }
    if session.kind in {SessionKind.ROLE, SessionKind.FEDERATED}:
        of_root = snapshot.unique_id == snapshot.account_id
        told["sessionIssuer"] = {
            "type": "Role" if session.kind is SessionKind.ROLE else "Root" if of_root else "IAMUser",
            "principalId": snapshot.unique_id,
            "arn": snapshot.arn,
            "accountId": snapshot.account_id,
        } | ({} if of_root else {"userName": snapshot.name})
    if session.federated_provider is not None and ":saml-provider/" not in session.federated_provider:
        told["webIdFederationData"] = {
            "federatedProvider": session.federated_provider,
            "attributes": {
                name: value if isinstance(value, str) else ", ".join(value)
                for name, value in session.federation_context
            },
        }
    if session.source_identity:
        told["sourceIdentity"] = session.source_identity
    if session.kind is SessionKind.ASSUMED_ROOT:
        told["assumedRoot"] = "true"
    return told


def _iso(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
