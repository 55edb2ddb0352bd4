"""
Sign-in through a SAML identity provider: the address that it sends its responses to, ``POST /_iamd/saml``.

AWS: *Enable SAML 2.0 federated principals to access the AWS Management Console*.  One role in the response is taken at
once; of several one is chosen, on a page without scripts that sends the response once more.  The role is had by
sts:AssumeRoleWithSAML, like anybody else's, which verifies the response and asks the role's trust policy.
"""

import html
import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from iamd.auth.schemes.console import PREFIX
from iamd.console.answers import html_answer, redirect
from iamd.console.bodies import read_fields
from iamd.console.links import Links, wire
from iamd.domain.arns import Arn, name_of
from iamd.domain.console_sessions import SignInMethod
from iamd.errors import AccessDenied, InvalidIdentityToken, MalformedInput, MissingParameter
from iamd.federation.saml_choices import UnverifiedChoice, unverified_choices
from iamd.http import Request, Response
from iamd.operations.by_handler import ByHandler
from iamd.operations.sts.federation import assume_role_with_saml
from iamd.pipeline import Pipeline
from iamd.secret import Secret
from iamd.sessions.keyring import Keyring
from iamd.sessions.token import open_token
from iamd.visits import Guest

_FORM: Final = b"application/x-www-form-urlencoded"
_NO_ROLE: Final = (
    "Your response names no role. The attribute https://aws.amazon.com/SAML/Attributes/Role is missing."
)
_ANOTHER_ROLE: Final = "Your response does not name the role that was chosen."


class SamlSignIn:
    """See above."""

    def __init__(self, clicks: Pipeline, links: Links, keyring: Keyring, operations: ByHandler) -> None:
        self._clicks = clicks
        self._links = links
        self._keyring = keyring
        self._operation = operations.action(assume_role_with_saml).partition(":")[2]

    async def answer(self, guest: Guest, request: Request) -> Response:
        """
        Take a response, and let somebody choose a role if there are several.

        Raises:
            ServiceError: It is none, or vouches for nobody.
        """
        types = [value.partition(b";")[0].strip().lower() for value in request.header_values(b"content-type")]
        if types != [_FORM] or request.raw_query:
            raise MalformedInput("a SAML response comes in a form")
        fields = read_fields(request.body)
        response = fields.get("SAMLResponse")
        if not response:
            raise MissingParameter("SAMLResponse is missing")
        choices = await guest.slowly(lambda: unverified_choices(response))
        wanted = fields.get("role")
        chosen = [each for each in choices if _value(each) == wanted]
        if not choices:
            raise InvalidIdentityToken(_NO_ROLE)
        if wanted and not chosen:
            # Another role than the chosen one is nobody's wish, even where it is the only one.
            raise AccessDenied(_ANOTHER_ROLE)
        if len(choices) > 1 and not chosen:
            return html_answer(_page(response, choices))
        role, provider = (chosen or choices)[0]
        asked = Request(
            method="POST",
            raw_path=PREFIX + b"sts/" + self._operation.encode(),
            headers=tuple(
                [(name, value) for name, value in request.headers if name in {b"host", b"user-agent"}]
                + [(b"content-type", b"application/json")]
            ),
            body=json.dumps({"RoleArn": role, "PrincipalArn": provider, "SAMLAssertion": response}).encode(),
            peer=request.peer,
            local=request.local,
            secure=request.secure,
        )
        answer = await self._clicks.click(asked, "sts")
        if answer.status != 200:
            return html_answer(_refusal(wire(answer)["message"]), answer.status)
        session, _ = open_token(self._keyring, Secret(wire(answer)["Credentials"]["SessionToken"]))
        return redirect(self._links.location(self._links.token(session, SignInMethod.SAML)))


def on_a_page(answer: Response) -> Response:
    """Return a refusal in JSON as a page: whom an identity provider sends here looks at what comes back."""
    if answer.status < HTTPStatus.BAD_REQUEST or (b"content-type", b"application/json") not in answer.headers:
        return answer
    headers = tuple((name, value) for name, value in answer.headers if name != b"content-type")
    page = html_answer(_refusal(wire(answer)["message"]), answer.status)
    return Response(status=answer.status, headers=(*headers, *page.headers), body=page.body)


def _value(choice: UnverifiedChoice) -> str:
    return f"{choice.role_arn},{choice.provider_arn}"


def _page(response: str, choices: Sequence[UnverifiedChoice]) -> str:
    accounts: dict[str, list[UnverifiedChoice]] = {}
    for choice in choices:
        arn = Arn.parse(choice.role_arn)
        accounts.setdefault(arn.account if arn else "", []).append(choice)
    groups = "".join(
        f"<fieldset><legend>{html.escape(_heading(account))}</legend>{''.join(map(_radio, of_account))}</fieldset>"
        for account, of_account in accounts.items()
    )
    return _document(
        "Select a role",
        '<form method="post" action="/_iamd/saml">'
        f'<input type="hidden" name="SAMLResponse" value="{html.escape(response)}">'
        f'{groups}<button type="submit">Sign in</button></form>',
    )


def _heading(account: str) -> str:
    return f"Account {account}" if account else "No account"


def _radio(choice: UnverifiedChoice) -> str:
    arn = Arn.parse(choice.role_arn)
    name = name_of(arn.resource) if arn else choice.role_arn
    return (
        f'<label><input type="radio" name="role" required value="{html.escape(_value(choice))}"> '
        f"<span>{html.escape(name)}</span> <small>{html.escape(choice.role_arn)}</small></label>"
    )


def _refusal(message: str) -> str:
    return _document(
        "You are not signed in",
        f'<p>{html.escape(message)}</p><p><a href="/_iamd/console/">Sign in another way</a></p>',
    )


def _document(title: str, content: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)} - iamd</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="stylesheet" href="/_iamd/console/plain.css"></head>'
        f'<body><main><p class="brand"><img src="/_iamd/console/icon.svg" alt=""> iamd</p><h1>{html.escape(title)}</h1>{content}'
        "<footer>iamd is not affiliated with Amazon Web Services.</footer></main></body></html>"
    )
