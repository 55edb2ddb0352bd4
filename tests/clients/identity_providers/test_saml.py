"""A SAML identity provider that others wrote: its metadata and its signed responses, as it makes them."""

import base64
import html
import json
import re
import urllib.request
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import pytest
from botocore.exceptions import ClientError
from tests.clients.flows import flow
from tests.clients.identity_providers.conftest import running, stranger, who
from tests.clients.lab import ACCOUNT, Lab, document
from tests.clients.toolchain import Program
from tests.clients.tools import SAMLP
from tests.support.key_material import certificate, pem_private_key

SIGN_IN: Final = "https://signin.aws.amazon.com/saml"
ATTRIBUTES: Final = "https://aws.amazon.com/SAML/Attributes/"


class Corporation:
    """The identity provider is registered, and a role trusts it."""

    def __init__(self, lab: Lab, url: str, name: str, **provider: str) -> None:
        self.lab = lab
        self.url = url
        self.provider = lab.iam.create_saml_provider(
            Name=name, SAMLMetadataDocument=_page(f"{url}/metadata"), **provider
        )["SAMLProviderArn"]
        trust = {
            "Effect": "Allow",
            "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"],
            "Principal": {"Federated": self.provider},
            "Condition": {
                "StringEquals": {
                    "SAML:aud": SIGN_IN,
                    "SAML:iss": f"{url}/saml",
                    "SAML:sub_type": "persistent",
                    "aws:RequestTag/Team": "red",
                }
            },
        }
        made = lab.iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))
        self.role = made["Role"]["Arn"]

    def response(self) -> str:
        """Ask as a service provider does, by HTTP-Redirect, and return what the browser then posts."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        request = (
            '<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_request" Version="2.0"'
            f' IssueInstant="{now}"><saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">{SIGN_IN}'
            "</saml:Issuer></samlp:AuthnRequest>"
        )
        deflated = zlib.compress(request.encode(), wbits=-zlib.MAX_WBITS)
        page = _page(f"{self.url}/sso?{urlencode({'SAMLRequest': base64.b64encode(deflated).decode()})}")
        found = re.search(r'name="SAMLResponse"\s+value="([^"]+)"', page)
        assert found, page
        return html.unescape(found[1])

    def assume(self, response: str) -> Any:
        return stranger(self.lab).assume_role_with_saml(
            RoleArn=self.role, PrincipalArn=self.provider, SAMLAssertion=response
        )

    def refusal(self, response: str) -> tuple[str, str]:
        with pytest.raises(ClientError) as refused:
            self.assume(response)
        error = refused.value.response["Error"]
        return error["Code"], error["Message"]


def _page(url: str) -> str:
    with urllib.request.urlopen(url) as answer:  # noqa: S310  a server of this machine
        return str(answer.read().decode())


@contextmanager
def corporation(program: Program, lab: Lab, folder: Path, signed: str) -> Iterator[Corporation]:
    """Start a provider that signs its assertions or its responses, or encrypts, and register it."""
    name = lab.unique("corp")
    here = f"arn:aws:iam::{ACCOUNT}"
    said = {
        f"{ATTRIBUTES}Role": [f"{here}:role/{name},{here}:saml-provider/{name}"],
        f"{ATTRIBUTES}RoleSessionName": "alice",
        f"{ATTRIBUTES}SessionDuration": "1800",
        f"{ATTRIBUTES}PrincipalTag:Team": "red",
    }
    key, cert = folder / "key.pem", folder / "certificate.pem"
    key.write_text(pem_private_key())
    cert.write_text(certificate("idp.example.com"))
    with running(program, key, cert, SIGN_IN, json.dumps(said), signed) as url:
        more = {}
        if signed == "encrypted":
            more = {"AddPrivateKey": pem_private_key(), "AssertionEncryptionMode": "Required"}
        yield Corporation(lab, url, name, **more)


@pytest.mark.parametrize("signed", ["assertion", "response", "encrypted"])
@flow("its metadata to CreateSAMLProvider, its responses to AssumeRoleWithSAML", SAMLP)
def test_who_signs_in_gets_the_role(program: Program, signed: str, trusting: Lab, tmp_path: Path) -> None:
    with corporation(program, trusting, tmp_path, signed) as corp:
        answer = corp.assume(corp.response())
        told = {name: answer[name] for name in ("Issuer", "Audience", "Subject", "SubjectType")}
        assert told == {
            "Issuer": f"{corp.url}/saml",
            "Audience": SIGN_IN,
            "Subject": "alice@example.com",
            "SubjectType": "persistent",
        }
        session = f"arn:aws:sts::{ACCOUNT}:assumed-role/{corp.role.rpartition('/')[2]}/alice"
        assert answer["AssumedRoleUser"]["Arn"] == who(trusting, answer["Credentials"]) == session
        left = answer["Credentials"]["Expiration"] - datetime.now(UTC)
        assert 1700 < left.total_seconds() <= 1800


@pytest.mark.parametrize("signed", ["assertion", "response"])
@flow("changed responses: refused", SAMLP)
def test_nobody_else_does(program: Program, signed: str, trusting: Lab, tmp_path: Path) -> None:
    with corporation(program, trusting, tmp_path, signed) as corp:
        document = base64.b64decode(corp.response())
        assert document.count(b"alice@example.com") == 1
        changed = document.replace(b"alice@example.com", b"admin@example.com")
        sent = base64.b64encode(changed).decode()
        assert corp.refusal(sent) == ("InvalidIdentityToken", "Response signature invalid")
