"""
An OpenID provider that others wrote: a person signs in on its pages, and the ID token gets credentials of a role.

iamd finds the provider's keys by itself: discovery document and key set are those of the program.
"""

import base64
import hashlib
import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from botocore.exceptions import ClientError
from tests.clients.flows import flow
from tests.clients.identity_providers.conftest import running, stranger, who
from tests.clients.lab import ACCOUNT, Lab, document
from tests.clients.toolchain import Program
from tests.clients.tools import OIDC_PROVIDER

APP: Final = "app"
# Of the provider's second client, whose tokens are signed on a curve.
APP_ES256: Final = "app-es256"
REDIRECT: Final = "http://127.0.0.1/signed-in"
VERIFIER: Final = "a-verifier-of-at-least-forty-three-characters-it-is"
REFUSED: Final = ("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")


class _Stop(urllib.request.HTTPRedirectHandler):
    """Follows the provider's redirections, but not the one back to the application."""

    def redirect_request(self, *details: Any) -> Any:
        return None if details[-1].startswith(REDIRECT) else super().redirect_request(*details)


@dataclass
class Browser:
    """Somebody's browser, with the provider's cookies."""

    url: str
    opener: urllib.request.OpenerDirector = field(
        default_factory=lambda: urllib.request.build_opener(urllib.request.HTTPCookieProcessor(), _Stop)
    )

    def get(self, url: str, **form: str) -> str:
        """Return a page, or where the browser is sent at last."""
        try:
            sent = urlencode(form).encode() if form else None
            with self.opener.open(url, sent) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as error:
            with error:
                return str(error.headers.get("Location") or error.read().decode())

    def sign_in(self, name: str, client_id: str) -> str:
        """Sign in, consent, and return the ID token: the authorization code flow with PKCE."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
        asked = {"client_id": client_id, "redirect_uri": REDIRECT, "response_type": "code", "scope": "openid"}
        asked |= {"code_challenge": challenge, "code_challenge_method": "S256"}
        page = self.get(f"{self.url}/auth?{urlencode(asked)}")
        page = self.get(_action(page), prompt="login", login=name, password="anything")
        back = self.get(_action(page), prompt="consent")
        assert back.startswith(REDIRECT), back
        (code,) = parse_qs(urlsplit(back).query)["code"]
        answer = self.get(
            f"{self.url}/token",
            grant_type="authorization_code",
            client_id=client_id,
            code=code,
            redirect_uri=REDIRECT,
            code_verifier=VERIFIER,
        )
        return str(json.loads(answer)["id_token"])


def _action(page: str) -> str:
    """Return where the form of a page goes."""
    found = re.search(r'action="([^"]+)"', page)
    assert found, page
    return found[1]


@dataclass
class Trust:
    """The provider is registered, and a role trusts one person who signs in there for one application."""

    lab: Lab
    url: str
    provider: str
    role: str

    def token(self, name: str = "alice", client_id: str = APP) -> str:
        return Browser(self.url).sign_in(name, client_id)

    def assume(self, token: str) -> Any:
        return stranger(self.lab).assume_role_with_web_identity(
            RoleArn=self.role, RoleSessionName="signed-in", WebIdentityToken=token
        )

    def refusal(self, token: str) -> tuple[str, str]:
        with pytest.raises(ClientError) as refused:
            self.assume(token)
        error = refused.value.response["Error"]
        return error["Code"], error["Message"]


@pytest.fixture
def trust(program: Program, trusting: Lab) -> Iterator[Trust]:
    with running(program, APP, REDIRECT) as url:
        name = url.partition("://")[2]
        provider = trusting.iam.create_open_id_connect_provider(Url=url, ClientIDList=[APP, APP_ES256])
        arn = provider["OpenIDConnectProviderArn"]
        statement = {
            "Effect": "Allow",
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Principal": {"Federated": arn},
            "Condition": {"StringEquals": {f"{name}:sub": "alice", f"{name}:aud": [APP, APP_ES256]}},
        }
        role = trusting.unique("signed-in")
        made = trusting.iam.create_role(RoleName=role, AssumeRolePolicyDocument=document(statement))["Role"]
        yield Trust(trusting, url, arn, made["Arn"])


@pytest.mark.parametrize("client_id", [APP, APP_ES256])
@flow("sign-in with PKCE, and its ID token to AssumeRoleWithWebIdentity: RS256, ES256", OIDC_PROVIDER)
def test_who_signs_in_gets_the_role(client_id: str, trust: Trust) -> None:
    answer = trust.assume(trust.token(client_id=client_id))
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/{trust.role.rpartition('/')[2]}/signed-in"
    told = {name: answer[name] for name in ("SubjectFromWebIdentityToken", "Audience", "Provider")}
    assert told == {
        "SubjectFromWebIdentityToken": "alice",
        "Audience": client_id,
        "Provider": trust.provider,
    }
    assert answer["AssumedRoleUser"]["Arn"] == who(trust.lab, answer["Credentials"]) == session


@flow("tokens of somebody else, for something else, or changed: refused", OIDC_PROVIDER)
def test_nobody_else_does(trust: Trust) -> None:
    assert trust.refusal(trust.token("mallory")) == REFUSED
    header, claims, signature = trust.token().split(".")
    other = trust.token("mallory").split(".")
    changed = "The signature of the ID Token provided is not valid"
    assert trust.refusal(f"{header}.{claims}.{other[2]}") == ("InvalidIdentityToken", changed)
    assert trust.refusal(f"{header}.{other[1]}.{signature}") == ("InvalidIdentityToken", changed)
    trust.lab.iam.remove_client_id_from_open_id_connect_provider(
        OpenIDConnectProviderArn=trust.provider, ClientID=APP
    )
    assert trust.refusal(trust.token()) == ("InvalidIdentityToken", "Incorrect token audience")
