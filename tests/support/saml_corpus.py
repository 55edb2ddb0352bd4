"""
All attacks on AssumeRoleWithSAML, and iamd's reading of one document.

Run by itself it puts every attack to that reading, and ends with an error if one gets through: under ``python -O`` too,
where no ``assert`` says anything (R-63).
"""

import sys
from datetime import UTC, datetime
from typing import Final

from tests.support import (
    saml_attacks_claims,
    saml_attacks_signatures,
    saml_attacks_wrapping,
    saml_attacks_xml,
)
from tests.support.saml_attacks import ATTACKS, Attack
from tests.support.saml_idp import ACCOUNT, PROVIDER, ROLE, Claims, Idp, posted, private_key

from iamd.errors import AccessDenied, ServiceError
from iamd.federation.saml_identity import NOT_AUTHORIZED, SamlIdentity, SamlServiceProvider, saml_identity
from iamd.federation.saml_metadata import parse_metadata
from iamd.federation.saml_response import TrustedIdp, read_response
from iamd.secret import Secret

MODULES: Final = (saml_attacks_wrapping, saml_attacks_signatures, saml_attacks_xml, saml_attacks_claims)
CORPUS: Final[tuple[Attack, ...]] = tuple(ATTACKS)
NOW: Final = datetime.now(UTC).replace(microsecond=0)


def attacks(row: int) -> list[Attack]:
    """Return the attacks that carry R-*row*."""
    return [attack for attack in CORPUS if row in attack.rows]


class Reader:
    """Read responses as iamd does, without the rest of it."""

    def __init__(self, idp: Idp | None = None, *, encryption_required: bool = False) -> None:
        self.idp = idp or Idp()
        self.claims = Claims(now=NOW)
        self.trusted = TrustedIdp(
            metadata=parse_metadata(self.idp.metadata()),
            private_keys=(Secret(private_key()),),
            encryption_required=encryption_required,
        )

    def identity(self, sent: str) -> SamlIdentity:
        """Return for whom what is *sent* vouches; raises what AssumeRoleWithSAML answers."""
        we = SamlServiceProvider(
            account_id=ACCOUNT, name="corp", arn=PROVIDER, provider_id="SAMLSPCORP", endpoint=None
        )
        identity = saml_identity(read_response(sent, self.trusted), we, NOW)
        if frozenset((ROLE, PROVIDER)) not in identity.roles:
            raise AccessDenied(NOT_AUTHORIZED)
        return identity

    def detail(self, sent: str) -> str:
        """Return what the operator is told of the refusal; empty when there is none."""
        try:
            self.identity(sent)
        except ServiceError as error:
            return error.detail
        return ""

    def refusal(self, sent: str) -> tuple[str, str] | None:
        """Return the code and message that what is *sent* is refused with; None when it is not."""
        try:
            self.identity(sent)
        except ServiceError as error:
            return error.code, error.message or ""
        return None


def main() -> int:
    """Return how many attacks are not refused as they must be."""
    reader = Reader()
    honest = [reader.idp.signed_assertion(reader.claims), reader.idp.signed_response(reader.claims)]
    wrong = sum(reader.refusal(posted(document)) is not None for document in honest)
    wrong += sum(
        reader.refusal(attack.document(reader.idp, reader.claims)) != attack.refusal for attack in CORPUS
    )
    print(f"{len(CORPUS)} attacks, {len(honest)} honest responses, {wrong} wrong")
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main())
