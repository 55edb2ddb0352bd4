"""
All pages of the console, behind one gate.

The gate is around every one of them, so that none can forget it: the name in ``Host`` is ours (R-81); whatever is not a
plain look at something comes from the console's own pages (R-82), but for what identity providers and programs send; proof
of another kind beside the cookie is not looked at (R-03); and the answer has its headers (R-80).
"""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Final

from iamd.auth.schemes.console import PREFIX
from iamd.console.answers import error_answer, guarded, redirect
from iamd.console.drafts import Drafts
from iamd.console.federation import FederationEndpoint
from iamd.console.links import ACTION, PAGE, Links
from iamd.console.own import OwnSessions
from iamd.console.passwords import PasswordSignIn
from iamd.console.places import Places
from iamd.console.roles import RoleSwitch
from iamd.console.saml import SamlSignIn, on_a_page
from iamd.console.sessions import Sessions
from iamd.console.simulations import SimulationPages
from iamd.console.static import StaticFiles
from iamd.console.trust import TrustGraphPage
from iamd.http import Request, Response
from iamd.pipeline import Pipeline
from iamd.visits import Guest

Handle = Callable[[Request], Awaitable[Response]]
Answer = Callable[[Guest, Request], Awaitable[Response]]

_LINK: Final = b"/_iamd/console-link"
_FEDERATION: Final = b"/_iamd/federation"
_SAML: Final = b"/_iamd/saml"
_OWN: Final = PREFIX + b"console/"


class Console:
    """
    The pages.

    Attributes:
        links: Makes links with which somebody signs in.
    """

    def __init__(  # noqa: PLR0913  each part by its name, once
        self,
        *,
        pipeline: Pipeline,
        places: Places,
        sessions: Sessions,
        links: Links,
        passwords: PasswordSignIn,
        federation: FederationEndpoint,
        saml: SamlSignIn,
        roles: RoleSwitch,
        trust: TrustGraphPage,
        simulations: SimulationPages,
    ) -> None:
        self._pipeline = pipeline
        self._places = places
        self._sessions = sessions
        self.links = links
        self._passwords = passwords
        self._federation = federation
        self._saml = saml
        self._roles = roles
        self._trust = trust
        self._simulations = simulations
        self._static = StaticFiles()

    def routes(self, more: Mapping[str, Handle] | None = None) -> Mapping[tuple[str, bytes], Handle]:
        """Return the pages, by method and path; *more* of the console's own by their names."""
        own, drafts = OwnSessions(self._sessions), Drafts(self._sessions)
        federation = self._greeting("GetSigninToken", self._federation.answer)
        return {
            ("GET", PAGE): self._open(self._static.answer),
            ("HEAD", PAGE): self._open(self._static.answer),
            ("GET", PAGE[:-1]): self._open(self._home),
            ("GET", _OWN + b"Session"): self._open(self._greeting("GetConsoleSession", own.show)),
            ("POST", _OWN + b"SignIn"): self._guarded(self._greeting("ConsoleLogin", self._passwords.answer)),
            ("POST", _OWN + b"RedeemLink"): self._guarded(self._greeting("ConsoleLogin", self.links.redeem)),
            ("POST", _OWN + b"SignOut"): self._guarded(self._greeting("ConsoleLogout", own.sign_out)),
            ("POST", _OWN + b"SwitchRole"): self._guarded(self._greeting("SwitchRole", self._roles.switch)),
            ("POST", _OWN + b"SwitchBack"): self._guarded(self._greeting("ExitRole", own.switch_back)),
            ("POST", _OWN + b"ListSessions"): self._guarded(self._greeting("ListConsoleSessions", own.list)),
            ("POST", _OWN + b"EndSession"): self._guarded(self._greeting("EndConsoleSession", own.end)),
            ("POST", _OWN + b"GetTrustGraph"): self._guarded(self._trust.show),
            ("POST", _OWN + b"ExplainCustomSimulation"): self._guarded(self._simulations.of_custom),
            ("POST", _OWN + b"ExplainPrincipalSimulation"): self._guarded(self._simulations.of_principal),
            ("POST", _OWN + b"CheckPolicy"): self._guarded(self._greeting("CheckPolicy", drafts.check)),
            ("POST", _OWN + b"CompleteName"): self._guarded(self._greeting("CompleteName", drafts.complete)),
            **{("POST", _OWN + name.encode()): self._guarded(page) for name, page in (more or {}).items()},
            ("POST", PREFIX): self._guarded(self._click),
            # Programs and identity providers come here, from where they are.
            ("GET", _FEDERATION): self._open(federation),
            ("POST", _FEDERATION): self._open(federation),
            ("POST", _SAML): self._open(self._from_provider),
            # Signed, like a request to the wire; no browser comes here.
            ("POST", _LINK): self._link,
        }

    async def _link(self, request: Request) -> Response:
        return await self._pipeline.inquire(request, "CreateConsoleLink", ACTION, self.links.page)

    @staticmethod
    async def _home(_: Request) -> Response:
        return redirect(PAGE)

    async def _click(self, request: Request) -> Response:
        service = request.raw_path.removeprefix(PREFIX).partition(b"/")[0].decode("latin-1")
        return await self._pipeline.click(request, service)

    async def _from_provider(self, request: Request) -> Response:
        return on_a_page(await self._greeting("ConsoleLogin", self._saml.answer)(request))

    def _greeting(self, page: str, answer: Answer) -> Handle:
        async def handle(request: Request) -> Response:
            return await self._pipeline.greet(request, page, lambda guest: answer(guest, request))

        return handle

    def _open(self, handle: Handle) -> Handle:
        """Put the gate around a page that anybody may open, wherever they come from."""

        async def through(request: Request) -> Response:
            secure = self._places.is_secure(request)
            if not self._places.knows_host(request):
                said = "This server is not known by that name. Its operator can set `public_url`."
                refused = error_answer(HTTPStatus.MISDIRECTED_REQUEST, "MisdirectedRequest", said)
                return guarded(refused, secure=secure)
            return guarded(await handle(request), secure=secure)

        return through

    def _guarded(self, handle: Handle) -> Handle:
        """Put the gate around a page that the console's own pages alone may ask."""

        async def through(request: Request) -> Response:
            if not self._places.is_own_page(request):
                said = "The request does not come from a page of the console."
                return error_answer(HTTPStatus.FORBIDDEN, "AccessDenied", said)
            if request.raw_query or request.header(b"authorization") is not None:
                said = "The request carries proof of two kinds, or fields in two places."
                return error_answer(HTTPStatus.BAD_REQUEST, "MalformedInput", said)
            response = await handle(request)
            if response.status != HTTPStatus.OK or any(name == b"set-cookie" for name, _ in response.headers):
                return response
            renewed = self._sessions.renewed(request)
            return Response(status=response.status, headers=(*response.headers, *renewed), body=response.body)

        return self._open(through)
