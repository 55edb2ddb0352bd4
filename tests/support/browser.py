"""A browser at the console's door: it keeps cookies, sends what a page would send, and has no credentials of its own."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote, urlencode

import pyotp
from tests.support.world import ENDPOINT, World

from iamd.cli.console_pages import console_pages
from iamd.http import Request, Response
from iamd.server.app import Door

HOST = ENDPOINT.removeprefix("http://")
API = "/_iamd/api/"
PASSWORD = "correct-Horse-7-battery"


@dataclass
class Browser:
    """
    One browser.

    Attributes:
        cookies: By name.
        headers: Sent in place of what a page sends; None leaves one out.
        last: The newest answer.
    """

    world: World
    secure: bool = False
    peer: str = "127.0.0.1"
    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str | None] = field(default_factory=dict)
    csrf: str | None = None
    last: Response | None = None

    def send(self, method: str, path: str, body: bytes = b"", **headers: str | None) -> Response:
        """Send a request as it is."""
        scheme = "https" if self.secure else "http"
        given: dict[str, str | None] = {"host": HOST, "user-agent": "Browser/1.0"}
        if method == "POST":
            given |= {"origin": f"{scheme}://{HOST}", "sec-fetch-site": "same-origin"}
        if self.csrf is not None:
            given["x-iamd-csrf"] = self.csrf
        if self.cookies:
            given["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        given |= {name.replace("_", "-"): value for name, value in headers.items()} | self.headers
        raw_path, _, raw_query = path.partition("?")
        request = Request(
            method=method,
            raw_path=raw_path.encode(),
            raw_query=raw_query.encode(),
            headers=tuple(
                (name.encode(), value.encode()) for name, value in given.items() if value is not None
            ),
            body=body,
            peer=self.peer,
            local=("127.0.0.1", 4263),
            secure=self.secure,
        )
        door = Door(
            self.world.app.pipeline.handle, self.world.app.console.routes(console_pages(self.world.app))
        )
        answer: Response = self.world.loop.run(door._own(request))
        self._keep(answer)
        self.last = answer
        return answer

    def post(self, path: str, content: object = None, **headers: str | None) -> Response:
        """Send JSON, as the console's pages do."""
        body = json.dumps({} if content is None else content).encode()
        return self.send("POST", path, body, content_type="application/json", **headers)

    def form(self, path: str, fields: dict[str, str], **headers: str | None) -> Response:
        """Send a form, as another site may make a browser do."""
        kind = "application/x-www-form-urlencoded"
        return self.send("POST", path, urlencode(fields).encode(), content_type=kind, **headers)

    def call(self, service: str, operation: str, **members: Any) -> Response:
        return self.post(f"{API}{service}/{operation}", members)

    def result(self, service: str, operation: str, **members: Any) -> Any:
        """Return the result of an operation that must succeed."""
        answer = self.call(service, operation, **members)
        assert answer.status == 200, answer.body
        return json.loads(answer.body)

    def refused(self, service: str, operation: str, **members: Any) -> tuple[int, str, str]:
        return said(self.call(service, operation, **members))

    def own(self, page: str, content: object = None) -> Response:
        return self.post(f"{API}console/{page}", content)

    def told(self, page: str, **content: Any) -> Any:
        """Return what a screen is told, which must not be refused; what the trail was to record is recorded by then."""
        self.world.app.trail.flush()
        answer = self.own(page, content)
        assert answer.status == 200, answer.body
        return json.loads(answer.body)

    def session(self) -> Any:
        """Ask who is signed in, as a page does when it is opened, and keep the anti-forgery token."""
        found = json.loads(self.send("GET", f"{API}console/Session").body)["session"]
        self.csrf = found["csrf"] if found else None
        return found

    def sign_in(self, user: str, password: str = PASSWORD, /, **more: Any) -> Response:
        """Sign in, and ask who that is."""
        content = {"account": self.world.settings.account_id, "user": user, "password": password} | more
        answer = self.own("SignIn", content)
        if answer.status == 200 and json.loads(answer.body)["next"] is None:
            self.session()
        return answer

    def redeem(self, token: str) -> Response:
        answer = self.own("RedeemLink", {"token": token})
        if answer.status == 200:
            self.session()
        return answer

    def _keep(self, answer: Response) -> None:
        for text in set_cookies(answer):
            for name, morsel in SimpleCookie(text).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value


def set_cookies(answer: Response) -> list[str]:
    return [value.decode() for name, value in answer.headers if name == b"set-cookie"]


def header(answer: Response, name: str) -> str | None:
    return dict(answer.headers).get(name.encode(), b"").decode() or None


def said(answer: Response) -> tuple[int, str, str]:
    """Return status, code and message of a refusal."""
    content = json.loads(answer.body)
    return answer.status, content["code"], content["message"]


def token_of(answer: Response) -> str:
    """Return the sign-in token of a link that *answer* sends a browser to."""
    assert answer.status == 303, answer.body
    location = header(answer, "location") or ""
    assert location.startswith("/_iamd/console/#/sign-in/")
    return location.removeprefix("/_iamd/console/#/sign-in/")


def with_password(world: World, name: str, *statements: Any, **profile: Any) -> None:
    """Make a user who can sign in."""
    world.user(name, *statements)
    world.root.iam.create_login_profile(UserName=name, **({"Password": PASSWORD} | profile))


def signed_in(world: World, name: str, *statements: Any) -> Browser:
    """Make a user, and return the browser where they have signed in."""
    with_password(world, name, *statements)
    browser = Browser(world)
    browser.sign_in(name)
    return browser


def root_in(world: World) -> Browser:
    """Return a browser where the root user has signed in, by the link that a start prints."""
    browser = Browser(world)
    browser.redeem(world.app.root_link().rpartition("/")[2])
    return browser


def with_device(world: World, name: str) -> pyotp.TOTP:
    """Give a user an MFA device."""
    iam = world.root.iam
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]
    codes = pyotp.TOTP(made["Base32StringSeed"].decode())
    now = world.clock.now()
    iam.enable_mfa_device(
        UserName=name,
        SerialNumber=made["SerialNumber"],
        AuthenticationCode1=codes.at(now - timedelta(seconds=30)),
        AuthenticationCode2=codes.at(now),
    )
    return codes


def federation(**fields: str) -> str:
    return "/_iamd/federation?" + urlencode(fields, quote_via=quote)
