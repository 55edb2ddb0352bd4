"""
The errors of IAM and STS, and those that all services have: one class per AWS code, named as the code.

Codes and statuses are those of the service models and of the documentation page *Common Errors*; services whose
protocol is JSON give the common ones other names (`iamd.wire.json_errors`).  The errors of Organizations are in
`iamd.errors.organizations`.  Only what a caller may know goes into ``message``; what helps the operator goes into
``detail`` and never leaves the server.
"""

from typing import ClassVar, Literal


class ServiceError(Exception):
    """
    An answer of a service that is an error.  Never raised itself.

    Attributes:
        message: For the caller.  Says nothing that the caller may not know.
        reason: The member ``Reason`` of the errors of Organizations that have one; None elsewhere.
        detail: For the log and the audit trail.  Never leaves the server.
        headers: Extra response headers (``x-iamd-decision-id`` on a denial).
    """

    code: ClassVar[str] = ""
    status: ClassVar[int] = 400
    fault: ClassVar[Literal["Sender", "Receiver"]] = "Sender"

    def __init__(
        self,
        message: str | None = None,
        *,
        reason: str | None = None,
        detail: str = "",
        headers: tuple[tuple[bytes, bytes], ...] = (),
    ) -> None:
        super().__init__(message or "")
        self.message = message
        self.reason = reason
        self.detail = detail
        self.headers = headers

    def __init_subclass__(cls) -> None:
        if not cls.__dict__.get("code"):
            cls.code = cls.__name__


# Errors of the request as such: the gate's.


class InvalidAction(ServiceError):
    """The action or operation is not valid for this service and version."""


class MissingAction(ServiceError):
    """The request names no action."""


class MalformedQueryString(ServiceError):
    """The query string or form has a syntax error."""

    status = 404


class MalformedInput(ServiceError):
    """A parameter cannot be read as the type it must have."""


class ValidationError(ServiceError):
    """A parameter fails the constraints of the service model."""


class InvalidParameterValue(ServiceError):
    """A parameter is out of range or unknown."""


class InvalidParameterCombination(ServiceError):
    """Parameters exclude each other."""


class MissingParameter(ServiceError):
    """A required parameter is absent."""


class RequestEntityTooLarge(ServiceError):
    """The body is larger than the door lets in."""

    status = 413


class UnsupportedOperation(ServiceError):
    """The operation exists on AWS and is not built here."""


class Throttling(ServiceError):
    """Too many requests."""


class ServiceUnavailable(ServiceError):
    """The server cannot answer now."""

    status = 503
    fault = "Receiver"


# Errors of proof: the seal's and the guard's first question.


class MissingAuthenticationToken(ServiceError):
    """The request is not signed."""

    status = 403


class InvalidClientTokenId(ServiceError):
    """The access key id or session token is unknown, inactive or forged."""

    status = 403


class IncompleteSignature(ServiceError):
    """The signature lacks a part, or a part is malformed (400, as IAM and STS answer it)."""


class SignatureDoesNotMatch(ServiceError):
    """The signature is not that of the request."""

    status = 403


class ExpiredToken(ServiceError):
    """The temporary credentials have expired."""

    status = 403


class OptInRequired(ServiceError):
    """The access key id is not allowed for this service."""

    status = 403


# Errors of permission: the guard's second question.


class AccessDenied(ServiceError):
    """No policy allows the action, or one denies it."""

    status = 403


# Errors of IAM.


class AccountNotManagementOrDelegatedAdministratorException(ServiceError):
    """Only the organization's management account or its delegated administrator may ask."""


class CallerIsNotManagementAccountException(ServiceError):
    """Only the organization's management account may ask."""


class ConcurrentModification(ServiceError):
    """Another request changed the entity at the same time."""

    status = 409


class DeleteConflict(ServiceError):
    """The entity still has things attached to it."""

    status = 409


class DuplicateCertificate(ServiceError):
    """The certificate is there already."""

    status = 409


class DuplicateSSHPublicKey(ServiceError):
    """The SSH public key is there already."""


class EntityAlreadyExists(ServiceError):
    """The name is taken."""

    status = 409


class EntityTemporarilyUnmodifiable(ServiceError):
    """The entity cannot be changed for the moment."""

    status = 409


class FeatureDisabled(ServiceError):
    """The feature is off in this account."""

    status = 404


class FeatureEnabled(ServiceError):
    """The feature is on already."""

    status = 409


class InvalidAuthenticationCode(ServiceError):
    """The one-time password is wrong or used up."""

    status = 403


class InvalidCertificate(ServiceError):
    """The certificate is not valid."""


class InvalidInput(ServiceError):
    """A parameter's value is not acceptable."""


class InvalidPublicKey(ServiceError):
    """The public key is malformed."""


class InvalidUserType(ServiceError):
    """The caller is not of the kind that the operation needs."""


class KeyPairMismatch(ServiceError):
    """Certificate and private key do not belong together."""


class LimitExceeded(ServiceError):
    """A quota of the account is used up."""

    status = 409


class MalformedCertificate(ServiceError):
    """The certificate cannot be parsed."""


class MalformedPolicyDocument(ServiceError):
    """The policy document is not valid."""


class NameConflict(ServiceError):
    """A role has the name already that a template would give."""

    status = 409


class NoSuchEntity(ServiceError):
    """There is no such entity."""

    status = 404


class NotSupportedService(ServiceError):
    """The service is not supported."""

    status = 404


class OpenIdIdpCommunicationError(ServiceError):
    """The OpenID provider could not be reached."""


class OrganizationNotFoundException(ServiceError):
    """The account belongs to no organization."""


class OrganizationNotInAllFeaturesModeException(ServiceError):
    """The organization has not all features enabled."""


class PasswordPolicyViolation(ServiceError):
    """The password does not follow the account's policy."""


class PolicyEvaluation(ServiceError):
    """The policies could not be evaluated."""

    status = 500
    fault = "Receiver"


class PolicyNotAttachable(ServiceError):
    """Only a service-linked role may have this policy."""


class ReportExpired(ServiceError):
    """The credential report is too old."""

    status = 410


class ReportGenerationLimitExceeded(ServiceError):
    """Too many reports are in the making."""

    status = 409


class ReportInProgress(ServiceError):
    """The credential report is in the making."""

    status = 404


class ReportNotPresent(ServiceError):
    """There is no credential report."""

    status = 410


class RoleModified(ServiceError):
    """The role template changed while the role was being created."""

    status = 409


class RoleTemplateDisabled(ServiceError):
    """The role template is disabled."""


class ServiceAccessNotEnabledException(ServiceError):
    """Trusted access is not enabled for IAM in the organization."""


class UnmodifiableEntity(ServiceError):
    """Only the service that owns the role may change it."""


class UnrecognizedPublicKeyEncoding(ServiceError):
    """The encoding of the public key is not known."""


# Errors of STS.


class ExpiredTokenException(ServiceError):
    """The web identity token or assertion has expired."""


class ExpiredTradeInTokenException(ServiceError):
    """The trade-in token has expired."""


class IDPCommunicationError(ServiceError):
    """The identity provider could not be reached."""


class IDPRejectedClaim(ServiceError):
    """The identity provider says that the claim is not valid."""

    status = 403


class InvalidAuthorizationMessageException(ServiceError):
    """The encoded message cannot be decoded."""


class InvalidIdentityToken(ServiceError):
    """The token or assertion is not valid."""


class JWTPayloadSizeExceededException(ServiceError):
    """The token asked for would be too large."""


class OutboundWebIdentityFederationDisabledException(ServiceError):
    """Outbound federation is off in this account."""

    status = 403


class PackedPolicyTooLarge(ServiceError):
    """Session policies and tags do not fit into a session token."""


class RegionDisabledException(ServiceError):
    """STS is not active in this region."""

    status = 403


class SessionDurationEscalationException(ServiceError):
    """The token asked for would outlive its session."""

    status = 403


# Errors of the server itself.


class ServiceFailure(ServiceError):
    """Something failed that is not the caller's fault."""

    status = 500
    fault = "Receiver"
