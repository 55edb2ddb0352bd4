"""Metadata of SAML identity providers, to upload."""

from tests.support.key_material import certificate

NAME = "https://idp.example.com/saml"


def metadata(
    entity_id: str = NAME, *, certificates: tuple[str, ...] | None = None, valid_until: str | None = None
) -> str:
    """Return the metadata of an identity provider; *certificates* in PEM, one of its own when None."""
    if certificates is None:
        certificates = (certificate(),)
    ends = "" if valid_until is None else f' validUntil="{valid_until}"'
    keys = "".join(
        '<KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>'
        f"{_base64(pem)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>"
        for pem in certificates
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"'
        f' entityID="{entity_id}"{ends}>'
        '<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
        f"{keys}"
        '<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example.com/"/>'
        "</IDPSSODescriptor></EntityDescriptor>\n"
    )


def _base64(pem: str) -> str:
    return "".join(pem.splitlines()[1:-1])
