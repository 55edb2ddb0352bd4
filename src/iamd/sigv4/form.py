"""
Signatures of forms: of the policy that a form carries, and not of the form.

AWS: *Authenticating Requests in Browser-Based Uploads Using POST (AWS Signature Version 4)*: the policy in base64 is the
string to sign.  What it says, and until when, is checked by whoever reads it.
"""

import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from iamd.hmac_key import HmacKey
from iamd.secret import Secret
from iamd.sigv4 import canonical
from iamd.sigv4.claim import LONGEST_EXPIRY, moment, parse_credential, parse_signature
from iamd.sigv4.errors import IncompleteSignature, SignatureDoesNotMatch, SignatureExpired, UnsupportedScheme
from iamd.sigv4.signature_claim import SignatureClaim
from iamd.sigv4.verify import WINDOW

ALGORITHM: Final = "x-amz-algorithm"
CREDENTIAL: Final = "x-amz-credential"
DATE: Final = "x-amz-date"
SIGNATURE: Final = "x-amz-signature"
TOKEN: Final = "x-amz-security-token"  # noqa: S105  the name of a field
POLICY: Final = "policy"

_OF_VERSION_2: Final = frozenset({"awsaccesskeyid", "signature"})
_OURS: Final = (ALGORITHM, CREDENTIAL, DATE, SIGNATURE)


def parse_form(fields: Mapping[str, str]) -> SignatureClaim | None:
    """
    Return what a form claims about the signature of its policy; None where it says nothing of the kind.

    Args:
        fields: By their names in lower case.

    Raises:
        IncompleteSignature: A part is missing or malformed.
        UnsupportedScheme: It is signed otherwise.
        InvalidClientTokenId: The access key id cannot be one.
        SignatureDoesNotMatch: A part can never match.
    """
    if not _OF_VERSION_2.isdisjoint(fields):
        raise UnsupportedScheme(
            "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
        )
    if not any(name in fields for name in (*_OURS, TOKEN, POLICY)):
        return None
    for name in (*_OURS, POLICY):
        if not fields.get(name):
            raise IncompleteSignature(f"Bucket POST must contain a field named '{name}'.")
    if fields[ALGORITHM] != canonical.ALGORITHM:
        raise UnsupportedScheme(f"x-amz-algorithm must be {canonical.ALGORITHM}.")
    credential = parse_credential(fields[CREDENTIAL])
    timestamp, amz_date = moment(fields[DATE].encode())
    token = fields.get(TOKEN)
    return SignatureClaim(
        access_key_id=credential.access_key_id,
        date=credential.date,
        region=credential.region,
        service=credential.service,
        signed_headers=(),
        signature=parse_signature(fields[SIGNATURE].encode()),
        timestamp=timestamp,
        amz_date=amz_date,
        scope=credential.scope,
        session_token=None if token is None else Secret(token),
    )


def verify_policy(
    policy: str, claim: SignatureClaim, signing_key: HmacKey, *, service: str, now: datetime
) -> None:
    """
    Check that *claim* is the signature of *policy* under *signing_key*.

    Args:
        policy: As it stands in the form.
        claim: From `parse_form`, of the same form.
        signing_key: Derived for the scope that *claim* names.
        service: That the scope must name.
        now: Real time.

    Raises:
        SignatureExpired: The signing key is older than the week that it is good for.
        SignatureDoesNotMatch: Anything else.
    """
    if claim.service != service:
        raise SignatureDoesNotMatch(f"Credential should be scoped to correct service: '{service}'.")
    if claim.date != claim.amz_date[:8]:
        raise SignatureDoesNotMatch(detail="x-amz-date is of another day than the credential scope")
    age = now - claim.timestamp
    if age < -WINDOW:
        raise SignatureDoesNotMatch(detail="x-amz-date is ahead")
    # AWS: "The signing key is valid for up to seven days".
    if age > timedelta(seconds=LONGEST_EXPIRY):
        raise SignatureExpired("Request has expired")
    expected = signing_key.digest(policy.encode()).hex()
    # Not `==`: its duration tells how many leading characters were right.
    if not hmac.compare_digest(expected, claim.signature):
        raise SignatureDoesNotMatch
