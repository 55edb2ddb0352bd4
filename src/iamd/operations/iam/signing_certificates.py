"""
Signing certificates: X.509 certificates of a user, or of the account's root.

What holds for every operation here:

* Without a ``UserName`` the certificates are the caller's own, as with access keys.
* An owner has at most two, whatever their status; the same certificate is in an account but once.
* A certificate is read when it is uploaded: what is none, or not in force, is refused.
"""

import base64
from dataclasses import replace
from typing import Any

from iamd.domain.certificates import read_certificate
from iamd.domain.credential_status import settable_status
from iamd.domain.limits import SIGNING_CERTIFICATES_PER_USER, check_quota
from iamd.domain.signing_certificates import SigningCertificate
from iamd.errors import DuplicateCertificate, InvalidCertificate, MalformedCertificate
from iamd.operations.call import Call, Params, Result
from iamd.operations.iam.access_keys import CredentialOwner, owner_of_credentials
from iamd.operations.paginate import paginate
from iamd.operations.registry import Mode, iam_operation

_ID_SIZE = 20


@iam_operation("UploadSigningCertificate", on=owner_of_credentials, mode=Mode.WRITE)
def upload_signing_certificate(call: Call, params: Params) -> Result:
    """
    Give an owner a certificate.

    Raises:
        NoSuchEntity: There is no such user.
        MalformedCertificate: The body is not one certificate in PEM (fact 68).
        InvalidCertificate: It is not in force.
        DuplicateCertificate: Somebody of the account has it already.
        LimitExceeded: The owner has two certificates already.
    """
    owner = CredentialOwner.of(call, params)
    body = params["CertificateBody"]
    certificates = call.store.signing_certificates
    try:
        facts = read_certificate(body)
    except ValueError:
        raise MalformedCertificate(f"Certificate {body} is malformed.") from None
    if not facts.valid_at(call.now):
        raise InvalidCertificate("The certificate has expired, or is not yet valid.")
    if certificates.known(call.account_id, facts.fingerprint):
        raise DuplicateCertificate("The same certificate is associated with an IAM user in the account.")
    uploaded = SigningCertificate(
        account_id=call.account_id,
        certificate_id=base64.b32encode(call.ids.token(_ID_SIZE)).decode(),
        owner_id=owner.id,
        body=body,
        fingerprint=facts.fingerprint,
        created_at=call.now,
    )
    certificates.add(uploaded)
    check_quota("CertificatesPerUser", certificates.count(owner.id), SIGNING_CERTIFICATES_PER_USER)
    return {"Certificate": _show(owner, uploaded)}


@iam_operation("ListSigningCertificates", on=owner_of_credentials, mode=Mode.READ)
def list_signing_certificates(call: Call, params: Params) -> Result:
    """
    List the certificates of an owner, oldest first.

    Raises:
        NoSuchEntity: There is no such user.
    """
    owner = CredentialOwner.of(call, params)
    return paginate(
        call,
        params,
        "Certificates",
        lambda after, limit: call.store.signing_certificates.page(owner.id, after, limit),
        lambda certificate: certificate.certificate_id,
        lambda certificate: _show(owner, certificate),
    )


@iam_operation("UpdateSigningCertificate", on=owner_of_credentials, mode=Mode.WRITE)
def update_signing_certificate(call: Call, params: Params) -> None:
    """
    Set the status of a certificate.

    Raises:
        NoSuchEntity: There is no such user, or the owner has no such certificate.
        InvalidInput: The status cannot be set.
    """
    owner = CredentialOwner.of(call, params)
    found = call.store.signing_certificates.get(owner.id, params["CertificateId"])
    call.store.signing_certificates.put(replace(found, status=settable_status(params["Status"])))


@iam_operation("DeleteSigningCertificate", on=owner_of_credentials, mode=Mode.WRITE)
def delete_signing_certificate(call: Call, params: Params) -> None:
    """
    Delete a certificate, whatever its status.

    Raises:
        NoSuchEntity: There is no such user, or the owner has no such certificate.
    """
    owner = CredentialOwner.of(call, params)
    certificates = call.store.signing_certificates
    certificates.delete(certificates.get(owner.id, params["CertificateId"]))


def _show(owner: CredentialOwner, certificate: SigningCertificate) -> dict[str, Any]:
    return {
        **owner.shown,
        "CertificateId": certificate.certificate_id,
        "CertificateBody": certificate.body,
        "Status": certificate.status.value,
        "UploadDate": certificate.created_at,
    }
