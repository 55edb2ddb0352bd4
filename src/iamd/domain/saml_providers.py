"""
SAML providers: identity providers that vouch for people in signed assertions (SAML 2.0).

A provider is its metadata document: who issues, and with which certificates.  Private keys are ours, not the identity
provider's: it encrypts assertions for their public halves, and they open them.

AWS: *Create a SAML identity provider in IAM*.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from iamd.domain.arns import iam_arn
from iamd.domain.ids import AccountId
from iamd.domain.tags import Tag
from iamd.errors import InvalidInput
from iamd.secret import Secret

KIND = "saml-provider"
ARN_PREFIX = f"{KIND}/"
PROVIDER_ID_PREFIX = "SAMLSP"
PRIVATE_KEY_ID_PREFIX = "SAMLPK"
YEARS_VALID = 100
"""How long a provider is valid whose metadata set no end; AWS answers the same."""

_SMALLEST_KEY = 2048
_LARGEST_KEY = 8192


class AssertionEncryptionMode(StrEnum):
    """Whether assertions that are not encrypted are taken, too."""

    REQUIRED = "Required"
    ALLOWED = "Allowed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SamlPrivateKey:
    """
    A key that opens encrypted assertions.

    Attributes:
        private_key: In PEM, as it was uploaded; encrypted at rest, and never told.
    """

    key_id: str
    created_at: datetime
    private_key: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class SamlProvider:
    """
    A provider of an account.

    Attributes:
        provider_id: ``SAMLSP…``, told as ``SAMLProviderUUID``; another provider of the same name has another one.
        metadata: The document as it was uploaded.
        valid_until: What its metadata says, or `YEARS_VALID` after they were uploaded.
        private_keys: At most two, oldest first.
    """

    account_id: AccountId
    provider_id: str
    name: str
    created_at: datetime
    valid_until: datetime
    metadata: str
    assertion_encryption_mode: AssertionEncryptionMode = AssertionEncryptionMode.ALLOWED
    private_keys: tuple[SamlPrivateKey, ...] = ()
    tags: tuple[Tag, ...] = ()

    @property
    def arn(self) -> str:
        return provider_arn(self.account_id, self.name)


def provider_arn(account_id: str, name: str) -> str:
    return iam_arn(account_id, KIND, "/", name)


def valid_until(said: datetime | None, uploaded_at: datetime) -> datetime:
    """Return when metadata end that say so themselves, or do not (None)."""
    if said is not None:
        return said
    year = uploaded_at.year + YEARS_VALID
    try:
        return uploaded_at.replace(year=year)
    except ValueError:  # the 29th of February
        return uploaded_at.replace(year=year, day=28)


def check_private_key(text: Secret) -> None:
    """
    Check that *text* is a private key in PEM that can open assertions: RSA, and not encrypted itself.

    Raises:
        InvalidInput: It is not; the answer does not repeat it.
    """
    # They take long to import, and few servers ever read one.
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    try:
        key = load_pem_private_key(text.reveal().strip().encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise InvalidInput("The private key is not a valid PEM-encoded private key.") from None
    if not isinstance(key, RSAPrivateKey):
        raise InvalidInput("The private key must be an RSA key.")
    if not _SMALLEST_KEY <= key.key_size <= _LARGEST_KEY:
        raise InvalidInput(f"The private key must have {_SMALLEST_KEY} to {_LARGEST_KEY} bits.")
