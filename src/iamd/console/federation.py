"""
The federation endpoint: from temporary credentials to a signed-in browser, for programs that know AWS's.

AWS: *Enable custom identity broker access to the AWS console*.  ``Action=getSigninToken`` takes the credentials as JSON in
``Session`` and answers a sign-in token; ``Action=login`` is where a browser goes with it.  Both by GET, as in AWS's
examples, or with the fields in the body of a POST, where no log keeps them.

Departures: a console session ends when its credentials do, whatever ``SessionDuration`` says, and a sign-in token is good
for one session.
"""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from iamd.auth.schemes.live_sessions import invalid_token
from iamd.console.answers import json_answer, redirect
from iamd.console.bodies import read_fields
from iamd.console.links import Links
from iamd.console.sessions import Sessions
from iamd.directory.directory import FreshView
from iamd.domain.console_sessions import SignInMethod
from iamd.errors import InvalidClientTokenId, InvalidParameterValue, MalformedInput, MissingParameter
from iamd.http import Request, Response
from iamd.secret import Secret
from iamd.sessions.keyring import Keyring
from iamd.sessions.session import Session, SessionKind
from iamd.sessions.token import InvalidSessionTokenError, open_token
from iamd.store.interface import Transaction
from iamd.visits import Guest

_SHORTEST: Final = 900
_LONGEST: Final = 43_200
_KINDS: Final = frozenset({SessionKind.ROLE, SessionKind.FEDERATED})


class _Credentials(msgspec.Struct, frozen=True):
    """AWS: the JSON of ``Session``, whose names are those of no other place."""

    session_id: Annotated[str, Meta(max_length=128)] = msgspec.field(name="sessionId")
    session_key: Annotated[str, Meta(max_length=128)] = msgspec.field(name="sessionKey")
    session_token: Annotated[str, Meta(max_length=8192)] = msgspec.field(name="sessionToken")

    def __repr__(self) -> str:
        return "_Credentials(…)"


class FederationEndpoint:
    """See above."""

    def __init__(self, sessions: Sessions, links: Links, keyring: Keyring) -> None:
        self._sessions = sessions
        self._links = links
        self._keyring = keyring

    async def answer(self, guest: Guest, request: Request) -> Response:
        """
        Answer a request to the endpoint.

        Raises:
            ServiceError: It cannot be read, or the credentials are none.
        """
        fields = read_fields(request.raw_query if request.method == "GET" else request.body)
        action = fields.get("Action")
        if action == "getSigninToken":
            return await self._token(guest, fields)
        if action == "login":
            return self._login(fields)
        raise InvalidParameterValue("Action is `getSigninToken` or `login`")

    async def _token(self, guest: Guest, fields: dict[str, str]) -> Response:
        _check_duration(fields.get("SessionDuration"))
        try:
            given = msgspec.json.decode(_required(fields, "Session"), type=_Credentials)
        except (msgspec.DecodeError, RecursionError):
            raise MalformedInput(
                "Session is JSON with `sessionId`, `sessionKey` and `sessionToken`"
            ) from None

        def look(_: Transaction, view: FreshView) -> Secret:
            session = self._open(given)
            scheme = self._sessions.scheme
            guest.caller = scheme.live_sessions.caller(session, scheme.region, view)
            return self._links.token(session, SignInMethod.FEDERATION)

        token = await guest.read(look)
        return json_answer({"SigninToken": token.reveal()})

    def _open(self, given: _Credentials) -> Session:
        """Return the session of credentials that are genuine, whether it lives or not."""
        try:
            session, secret = open_token(self._keyring, Secret(given.session_token))
        except InvalidSessionTokenError:
            raise invalid_token("the session token does not open") from None
        genuine = secret.matches(Secret(given.session_key)) and session.access_key_id == given.session_id
        if not genuine:
            raise invalid_token("the session token is of other credentials")
        if session.kind not in _KINDS:
            # AWS: "You must use the AssumeRole […] or GetFederationToken API operations".
            raise InvalidClientTokenId(
                "Only the credentials of a role or of GetFederationToken sign in here."
            )
        return session

    def _login(self, fields: dict[str, str]) -> Response:
        token = _required(fields, "SigninToken")
        if not token.isascii() or not token.replace("-", "").replace("_", "").replace("=", "").isalnum():
            raise InvalidParameterValue("SigninToken is none")
        # Where to, is not for the link to say: a Destination of AWS's console means the console here.
        return redirect(self._links.location(Secret(token)))


def _check_duration(text: str | None) -> None:
    if text is None:
        return
    if not (text.isascii() and text.isdecimal() and len(text) <= 5 and _SHORTEST <= int(text) <= _LONGEST):
        raise InvalidParameterValue(f"SessionDuration is a number of seconds from {_SHORTEST} to {_LONGEST}")


def _required(fields: dict[str, str], name: str) -> str:
    text = fields.get(name)
    if not text:
        raise MissingParameter(f"{name} is missing")
    return text
