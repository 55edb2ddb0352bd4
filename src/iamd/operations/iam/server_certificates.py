"""
Server certificates of the account.

What holds for every operation here:

* A name is unique in its account without regard to case, and is kept as it was written.
* Certificate, private key and chain are read when they are uploaded, and must belong together and be in force.
* The private key is never told again.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec

from iamd.auth.target import Target
from iamd.domain.arns import iam_arn
from iamd.domain.certificates import CertificateFacts, check_server_certificate
from iamd.domain.limits import SERVER_CERTIFICATES_PER_ACCOUNT, check_quota
from iamd.domain.server_certificates import KIND, PREFIX, ServerCertificate
from iamd.domain.tags import from_wire
from iamd.operations.call import Call, Params, Result
from iamd.operations.paginate import paginate
from iamd.operations.registry import Mode, iam_operation
from iamd.operations.resources import collection, new
from iamd.secret import Secret

_NAME = "ServerCertificateName"


def server_certificate(call: Call, params: Params) -> Target:
    """The server certificate that ``ServerCertificateName`` names."""
    found = call.store.server_certificates.find(call.account_id, params[_NAME])
    arn = found.arn if found else iam_arn(call.account_id, KIND, "/", params[_NAME])
    return Target(arn=arn, account_id=call.account_id, tags=found.tags if found else ())


def _read(call: Call, params: Params) -> CertificateFacts:
    """Read what is uploaded; slow enough, for an RSA key, to be kept from the writer."""
    return check_server_certificate(
        params["CertificateBody"], Secret(params["PrivateKey"]), params.get("CertificateChain"), call.now
    )


@iam_operation("UploadServerCertificate", on=new(KIND, _NAME), mode=Mode.WRITE, prepare=_read)
def upload_server_certificate(call: Call, params: Params) -> Result:
    """
    Keep a certificate with its private key.

    Raises:
        InvalidInput: A tag key occurs twice.
        MalformedCertificate: Certificate, key or chain cannot be read, or the certificate is not in force.
        KeyPairMismatch: The key is another certificate's.
        EntityAlreadyExists: The name is taken.
        LimitExceeded: The account has as many as it may.
    """
    facts: CertificateFacts = call.prepared
    # AWS gives certificates back without the white space around them: Terraform's provider trims its own side to compare.
    body, chain = params["CertificateBody"], params.get("CertificateChain")
    uploaded = ServerCertificate(
        account_id=call.account_id,
        server_certificate_id=call.ids.unique_id(PREFIX),
        name=params[_NAME],
        path=params.get("Path", "/"),
        created_at=call.now,
        body=body.strip(),
        chain=None if chain is None else chain.strip(),
        private_key=Secret(params["PrivateKey"]),
        expires_at=facts.not_after,
        tags=from_wire(params.get("Tags", ()), ignore_case=False),
    )
    certificates = call.store.server_certificates
    certificates.add(uploaded)
    check_quota(
        "ServerCertificatesPerAccount", certificates.count(call.account_id), SERVER_CERTIFICATES_PER_ACCOUNT
    )
    answer: dict[str, Any] = {"ServerCertificateMetadata": _metadata(uploaded)}
    if uploaded.tags:
        answer["Tags"] = _tags(uploaded)
    return answer


@iam_operation("GetServerCertificate", on=server_certificate, mode=Mode.READ)
def get_server_certificate(call: Call, params: Params) -> Result:
    """
    Tell everything about a certificate but its private key.

    Raises:
        NoSuchEntity: There is no such certificate.
    """
    found = call.store.server_certificates.get(call.account_id, params[_NAME])
    shown: dict[str, Any] = {
        "ServerCertificateMetadata": _metadata(found),
        "CertificateBody": found.body,
        "Tags": _tags(found),
    }
    if found.chain is not None:
        shown["CertificateChain"] = found.chain
    return {"ServerCertificate": shown}


@iam_operation("ListServerCertificates", on=collection(KIND), mode=Mode.READ)
def list_server_certificates(call: Call, params: Params) -> Result:
    """List the certificates whose path begins with ``PathPrefix``, by name."""
    prefix = params.get("PathPrefix", "/")
    return paginate(
        call,
        params,
        "ServerCertificateMetadataList",
        lambda after, limit: call.store.server_certificates.page(call.account_id, prefix, after, limit),
        lambda found: found.name.lower(),
        _metadata,
    )


def _both_names(call: Call, params: Params) -> Iterator[Target]:
    """
    Yield the certificate as it is and as it will be.

    AWS: *UpdateServerCertificate*: the requester "must have permission to change the server certificate with the old
    name and the new name".
    """
    old = server_certificate(call, params)
    yield old
    found = call.store.server_certificates.find(call.account_id, params[_NAME])
    name = params.get("NewServerCertificateName", found.name if found else params[_NAME])
    path = params.get("NewPath", found.path if found else "/")
    arn = iam_arn(call.account_id, KIND, path, name)
    if arn != old.arn:
        yield msgspec.structs.replace(old, arn=arn)


@iam_operation("UpdateServerCertificate", on=_both_names, mode=Mode.WRITE)
def update_server_certificate(call: Call, params: Params) -> None:
    """
    Give a certificate another name or path, or both.

    Raises:
        NoSuchEntity: There is no such certificate.
        EntityAlreadyExists: The new name is another one's.
    """
    found = call.store.server_certificates.get(call.account_id, params[_NAME])
    call.store.server_certificates.put(
        replace(
            found,
            name=params.get("NewServerCertificateName", found.name),
            path=params.get("NewPath", found.path),
        )
    )


@iam_operation("DeleteServerCertificate", on=server_certificate, mode=Mode.WRITE)
def delete_server_certificate(call: Call, params: Params) -> None:
    """
    Delete a certificate, and its private key with it.

    Raises:
        NoSuchEntity: There is no such certificate.
    """
    certificates = call.store.server_certificates
    certificates.delete(certificates.get(call.account_id, params[_NAME]))


def _metadata(certificate: ServerCertificate) -> dict[str, Any]:
    return {
        "Path": certificate.path,
        "ServerCertificateName": certificate.name,
        "ServerCertificateId": certificate.server_certificate_id,
        "Arn": certificate.arn,
        "UploadDate": certificate.created_at,
        "Expiration": certificate.expires_at,
    }


def _tags(certificate: ServerCertificate) -> list[dict[str, str]]:
    """Return the tags, sorted by key (AWS: *UploadServerCertificate*)."""
    return [tag.wire for tag in sorted(certificate.tags, key=lambda tag: tag.key)]
