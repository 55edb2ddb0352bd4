"""
The errors of AWS Organizations: one class per code of its model, each with the text that it is answered with.

Texts are AWS's, as far as they are on record, and otherwise in AWS's manner.  Where one class serves several occasions
(``ConstraintViolationException``, ``InvalidInputException``) whoever raises it gives the text and the reason.
"""

from typing import ClassVar

from iamd.errors import ServiceError


class OrganizationsError(ServiceError):
    """
    An error of Organizations.  Never raised itself.

    Attributes:
        text: What the error says unless it is given a message.
    """

    text: ClassVar[str] = ""

    def __init__(self, message: str | None = None, *, reason: str | None = None, detail: str = "") -> None:
        super().__init__(message or self.text or None, reason=reason, detail=detail)


# About the organization and who may ask.


class AWSOrganizationsNotInUseException(OrganizationsError):
    """The caller's account belongs to no organization."""

    text = "Your account is not a member of an organization."


class AccessDeniedException(OrganizationsError):
    """Only the management account may ask, whatever the caller's policies allow."""

    text = "You don't have permissions to access this resource."


class AlreadyInOrganizationException(OrganizationsError):
    """An account belongs to one organization at most."""

    text = "The AWS account is already a member of an organization."


class OrganizationNotEmptyException(OrganizationsError):
    """There are members besides the management account."""

    text = (
        "The organization isn't empty. "
        "To delete an organization, you must first remove all accounts except the management account."
    )


class MasterCannotLeaveOrganizationException(OrganizationsError):
    """The management account stays as long as its organization does."""

    text = "You can't remove a management account from an organization."


# About parameters and quotas.


class InvalidInputException(OrganizationsError):
    """A parameter is not acceptable; the reason says in which way."""


class ConstraintViolationException(OrganizationsError):
    """A quota or a minimum would be violated; the reason says which."""


# About accounts, roots and units.


class AccountNotFoundException(OrganizationsError):
    """There is no such account in the organization."""

    text = "You specified an account that doesn't exist."


class AccountAlreadyRegisteredException(OrganizationsError):
    """The account administers the service already."""

    text = "The account is already a delegated administrator for the provided service."


class AccountNotRegisteredException(OrganizationsError):
    """The account administers no such service."""

    text = "The account is not a registered delegated administrator for the provided service."


class AccountAlreadyClosedException(OrganizationsError):
    """The account is closed."""

    text = "You attempted to close an account that is already closed."


class CreateAccountStatusNotFoundException(OrganizationsError):
    """There is no such request to create an account."""

    text = "You specified a create account request that doesn't exist."


class DuplicateAccountException(OrganizationsError):
    """The account is where it shall be moved to."""

    text = "The account is already a child of the specified parent."


class ChildNotFoundException(OrganizationsError):
    """There is no such account or unit in the organization."""

    text = "You specified a child that doesn't exist."


class ParentNotFoundException(OrganizationsError):
    """There is no such root or unit in the organization."""

    text = "You specified a parent that doesn't exist."


class SourceParentNotFoundException(OrganizationsError):
    """The account is not in the root or unit that it shall be moved from."""

    text = "You specified a source parent that doesn't exist."


class DestinationParentNotFoundException(OrganizationsError):
    """There is no such root or unit to move an account to."""

    text = "You specified a destination parent that doesn't exist."


class RootNotFoundException(OrganizationsError):
    """The organization has another root."""

    text = "You specified a root that doesn't exist."


class OrganizationalUnitNotFoundException(OrganizationsError):
    """There is no such unit in the organization."""

    text = "You specified an organizational unit that doesn't exist."


class OrganizationalUnitNotEmptyException(OrganizationsError):
    """The unit has accounts or units in it."""

    text = (
        "The specified OU is not empty. "
        "Move all accounts to another root or to other OUs, remove all child OUs, and try the operation again."
    )


class DuplicateOrganizationalUnitException(OrganizationsError):
    """The parent has a unit of this name."""

    text = "An OU with the same name already exists."


# About policies.


class DuplicatePolicyException(OrganizationsError):
    """The organization has a policy of this name and type."""

    text = "A policy with the specified name and type already exists."


class DuplicatePolicyAttachmentException(OrganizationsError):
    """The target has the policy."""

    text = "A policy with the specified name and type is already attached to the specified target."


class MalformedPolicyDocumentException(OrganizationsError):
    """The content is no policy of its type."""

    text = "The provided policy document does not meet the requirements of the specified policy type."


class PolicyInUseException(OrganizationsError):
    """The policy is attached somewhere."""

    text = (
        "The policy is attached to one or more entities. "
        "You must detach it from all roots, OUs, and accounts before performing this operation."
    )


class PolicyNotAttachedException(OrganizationsError):
    """The target does not have the policy."""

    text = "The policy isn't attached to the specified target."


class PolicyNotFoundException(OrganizationsError):
    """There is no such policy in the organization."""

    text = "You specified a policy that doesn't exist."


class PolicyTypeAlreadyEnabledException(OrganizationsError):
    """The root has the type enabled."""

    text = "The specified policy type is already enabled."


class PolicyTypeNotAvailableForOrganizationException(OrganizationsError):
    """The organization has not all features, and so no policies."""

    text = "The specified policy type isn't available for this organization."


class PolicyTypeNotEnabledException(OrganizationsError):
    """The root has not enabled the type."""

    text = "This operation can be performed only for enabled policy types."


class TargetNotFoundException(OrganizationsError):
    """There is no such root, unit, account or policy in the organization."""

    text = "You specified a target that doesn't exist."


# About handshakes.


class HandshakeNotFoundException(OrganizationsError):
    """There is no such handshake, or none that the account is party to."""

    text = "We can't find a handshake with the HandshakeId that you specified."


class HandshakeAlreadyInStateException(OrganizationsError):
    """The handshake was accepted, declined or canceled before, as it should be now."""

    text = "The specified handshake is already in the requested state."


class InvalidHandshakeTransitionException(OrganizationsError):
    """Nothing more can happen to the handshake, or something else must happen first."""

    text = "You can't perform the operation on the handshake in its current state."


class DuplicateHandshakeException(OrganizationsError):
    """The same is asked of the same account already."""

    text = "A handshake with the same action and target already exists."


class HandshakeConstraintViolationException(OrganizationsError):
    """The handshake cannot be; the reason says why."""


# About the resource policy.


class ResourcePolicyNotFoundException(OrganizationsError):
    """The organization has none."""

    text = "We can't find a resource policy request with the parameter that you specified."
