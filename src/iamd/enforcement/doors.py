"""
The pages that enforcement points ask, under ``/_iamd/authz/``.

* ``GET …/nginx``: nginx's ``auth_request``; answers 200, 401 or 403, which is all that nginx understands.
* ``GET …/traefik``: Traefik's ``forwardAuth``, and ``…/envoy/…``: Envoy's ``ext_authz`` over HTTP, below which comes the
  client's own target.  What is refused is answered in the words of the service, since both pass it on.
  (`iamd.enforcement.ext_authz` answers Envoy over gRPC.)
* ``POST …/check``: a program that has got a request asks about it; ``iamd.middleware`` does.
* ``POST …/minio``: the policy plugin of MinIO and RustFS.

Each is for points that have proved themselves with their key, and tells nobody else anything (R-10).  Whatever goes wrong
is a refusal, and each answer is noted like every other one.
"""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Annotated, Any, Final

import msgspec
import structlog
from msgspec import Meta

from iamd.audit.trail import TrailBlockedError
from iamd.auth.caller import Caller
from iamd.auth.denial import DECISION_ID_HEADER
from iamd.auth.schemes.sigv4 import translated
from iamd.enforcement import minio
from iamd.enforcement.decide import Asking, Decider, Question, find_principal, json_object, told_context
from iamd.enforcement.original import KEY_HEADER, Original, from_envoy, from_nginx, from_traefik, original
from iamd.enforcement.points import EnforcementPoint, Points
from iamd.enforcement.refusals import UNPROVEN, refuse
from iamd.enforcement.requests import Declared, Requests, Visit
from iamd.errors import AccessDenied, InvalidInput, ServiceError, ServiceFailure
from iamd.faults import told_of
from iamd.http import Request, Response
from iamd.sigv4.errors import SigV4Error

PREFIX: Final = b"/_iamd/authz/"
NGINX: Final = PREFIX + b"nginx"
TRAEFIK: Final = PREFIX + b"traefik"
ENVOY: Final = PREFIX + b"envoy"
CHECK: Final = PREFIX + b"check"
MINIO: Final = PREFIX + b"minio"

_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_JSON: Final = (b"content-type", b"application/json")
_UNCACHED: Final = (b"cache-control", b"no-store")
_ERROR_HEADER: Final = b"x-iamd-error"
_OF_THE_REQUEST: Final = frozenset(
    {"aws:referer", "aws:requestedregion", "aws:securetransport", "aws:sourceip", "aws:useragent"}
)

Handle = Callable[[Request], Awaitable[Response]]
_log = structlog.get_logger("iamd")


class _Check(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a program asks about a request that it has got; ``docs/howto/protect-an-http-api.md`` tells of it."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body_sha256: Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
    source_ip: str
    action: Annotated[str, Meta(pattern=r"\A[a-z0-9-]{1,64}:[A-Za-z0-9]{1,128}\Z")]
    resource: Annotated[str, Meta(min_length=1, max_length=2048)] = "*"
    secure: bool = False
    context: Annotated[dict[str, str | list[str]], Meta(max_length=256)] = {}


class Answered(msgspec.Struct, frozen=True):
    """An answer, and what is known of the request that it is about."""

    response: Response
    visit: Visit


class Doors:
    """These pages; built once by `assemble`."""

    def __init__(
        self,
        *,
        points: Points,
        requests: Requests,
        decider: Decider,
        account_id: str,
        public_url: Callable[[], str | None],
        new_id: Callable[[], str],
    ) -> None:
        self._points = points
        self._requests = requests
        self._decider = decider
        self._account_id = account_id
        self._public_url = public_url
        self._new_id = new_id

    def routes(self) -> Mapping[tuple[str, bytes], Handle]:
        """Return the pages, by method and path."""
        asked_below = {(method, ENVOY + b"/"): self.envoy for method in _METHODS}
        return {
            ("GET", NGINX): self.nginx,
            ("GET", TRAEFIK): self.traefik,
            ("POST", CHECK): self.check,
            ("POST", MINIO): self.minio,
            **asked_below,
        }

    def close(self) -> None:
        self._requests.close()

    async def nginx(self, request: Request) -> Response:
        """Answer nginx."""
        return await self._proxy(request, from_nginx, plain=True)

    async def traefik(self, request: Request) -> Response:
        """Answer Traefik."""
        return await self._proxy(request, from_traefik, plain=False)

    async def envoy(self, request: Request) -> Response:
        """Answer Envoy."""
        return await self._proxy(request, lambda told: from_envoy(told, ENVOY), plain=False)

    async def told(self, key: bytes | None, asking: Request, read: Callable[[], Original]) -> Answered:
        """
        Answer Envoy, which tells of a request in a message of its own.

        Args:
            key: What the one who asks has shown.
            asking: The request of whoever asks.
            read: Makes out what is asked about, once it is known who asks.
        """
        visit = Visit(
            asking, self._new_id(), began=self._requests.checker.monotonic(), point=self._points.find(key)
        )
        response = await self._proxied(visit, read, plain=False)
        return Answered(response, visit)

    async def _proxy(self, request: Request, read: Callable[[Request], Original], *, plain: bool) -> Response:
        visit = Visit(
            request,
            self._new_id(),
            began=self._requests.checker.monotonic(),
            point=self._points.find(_only(request, KEY_HEADER)),
        )
        return await self._proxied(visit, lambda: read(request), plain=plain)

    async def _proxied(self, visit: Visit, read: Callable[[], Original], *, plain: bool) -> Response:
        routed = False

        async def answer(known: EnforcementPoint) -> Response:
            nonlocal routed
            told = read()
            if told.service is not None and told.service != known.service:
                # Its routes are those of its own service.
                known = msgspec.structs.replace(known, service=told.service, routes=[])
                visit.point = known
            routed = told.route is not None or bool(known.routes)
            visit.request = told.request
            caller = await self._requests.check(visit, known, told)
            return Response(status=HTTPStatus.OK, headers=(*_identity(caller), _UNCACHED))

        def refused(error: ServiceError) -> Response:
            point = visit.point
            if plain or routed or point is None or point.routes:
                return _refused(error, _status(error))
            wording = self._requests.wording_of(visit.request, point)
            path = visit.request.raw_path.decode("latin-1")
            return refuse(wording, point.service, error, visit.request_id, path)

        return await self._finish(visit, answer, refused)

    async def check(self, request: Request) -> Response:
        """Answer a program that has got a request."""
        visit = Visit(
            request,
            self._new_id(),
            began=self._requests.checker.monotonic(),
            point=self._points.find(_only(request, KEY_HEADER)),
        )
        told: list[Request] = []

        async def answer(known: EnforcementPoint) -> Response:
            asked = _read_check(request.body)
            got = original(asked.method, asked.target, asked.headers, asked.source_ip, secure=asked.secure)
            visit.request = got
            told.append(got)
            declared = Declared(asked.action, asked.resource, told_context(asked.context, _OF_THE_REQUEST))
            caller = await self._requests.check(visit, known, Original(got), declared, asked.body_sha256)
            page = {
                "allowed": True,
                "principal": {
                    "arn": caller.arn,
                    "account": caller.account_id,
                    "user_id": caller.user_id,
                    "type": caller.kind.value,
                    "access_key_id": caller.access_key_id,
                },
            }
            return Response(
                status=HTTPStatus.OK, headers=(_JSON, _UNCACHED), body=msgspec.json.encode(page) + b"\n"
            )

        def refused(error: ServiceError) -> Response:
            status = _status(error)
            if not told or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                # Of the question itself, not of the request that it is about.
                return _refused(error, status)
            page = {"allowed": False, "status": int(status), **_error(error)}
            body = msgspec.json.encode(page) + b"\n"
            return Response(status=HTTPStatus.OK, headers=(_JSON, _UNCACHED), body=body)

        return await self._finish(visit, answer, refused)

    async def minio(self, request: Request) -> Response:
        """Answer MinIO."""
        shown = _only(request, b"authorization") or b""
        visit = Visit(
            request,
            self._new_id(),
            began=self._requests.checker.monotonic(),
            point=self._points.find(shown.removeprefix(b"Bearer ")),
        )
        visit.operation = "PolicyPlugin"

        async def answer(known: EnforcementPoint) -> Response:
            account_id = known.account_id or self._account_id
            asked = minio.read(request.body, account_id, self._public_url())
            for question in filter(None, (asked.question, asked.without)):
                await self._demand(question, account_id, request)
            return _result(allowed=True)

        def refused(error: ServiceError) -> Response:
            if visit.point is None or _status(error) >= HTTPStatus.INTERNAL_SERVER_ERROR:
                return _refused(error, _status(error))
            return _result(allowed=False, more=_told(error))

        return await self._finish(visit, answer, refused)

    async def _demand(self, question: Question, account_id: str, request: Request) -> None:
        verdict = await self._requests.checker.look(
            lambda view, now: self._decider.decide(
                question,
                find_principal(question, view, account_id),
                Asking(view, now, request, "PolicyPlugin"),
            )
        )
        if verdict.refusal is not None:
            raise verdict.refusal

    async def _finish(
        self,
        visit: Visit,
        answer: Callable[[EnforcementPoint], Awaitable[Response]],
        refused: Callable[[ServiceError], Response],
    ) -> Response:
        """Wait for the answer, make one of whatever is raised instead, and note it."""
        error: ServiceError | None = None
        try:
            if visit.point is None:
                raise AccessDenied(  # noqa: TRY301  all refusals are answered in one place
                    "This page is for enforcement points, which prove themselves with their key."
                )
            response = await answer(visit.point)
        except ServiceError as refusal:
            error = refusal
        except SigV4Error as refusal:
            error = translated(refusal)
        except Exception as fault:  # noqa: BLE001  a fault of ours is an honest 500, and a line in the log
            _log.error("request failed", request_id=visit.request_id, **told_of(fault))
            error = ServiceFailure("We encountered an internal error. Please try again.")
        if error is not None:
            response = refused(error)
        try:
            await self._requests.note(visit, response.status, error)
        except (TrailBlockedError, TimeoutError) as fault:
            # Who gets no line in the trail gets no answer either.
            _log.error("audit failed", request_id=visit.request_id, error=repr(fault))
            return _refused(ServiceFailure("The request cannot be noted."), HTTPStatus.INTERNAL_SERVER_ERROR)
        return response


def _only(request: Request, name: bytes) -> bytes | None:
    """Return the value of a header; None where it is missing or repeated."""
    values = list(request.header_values(name))
    return values[0] if len(values) == 1 else None


def _read_check(body: bytes) -> _Check:
    try:
        return msgspec.convert(json_object(body), _Check)
    except (msgspec.ValidationError, ValueError) as error:
        raise InvalidInput(f"the body of the request: {error}") from error


def _identity(caller: Caller) -> tuple[tuple[bytes, bytes], ...]:
    """Return who it is, for whoever is behind the proxy."""
    return (
        (b"x-iamd-principal", caller.arn.encode()),
        (b"x-iamd-account", caller.account_id.encode()),
        (b"x-iamd-user-id", caller.user_id.encode()),
        (b"x-iamd-access-key-id", caller.access_key_id.encode()),
    )


def _status(error: ServiceError) -> HTTPStatus:
    """401 to who has not proved who they are, 403 to all others; a fault is one, and a refusal to every proxy."""
    if error.fault == "Receiver":
        return HTTPStatus.INTERNAL_SERVER_ERROR
    return HTTPStatus.UNAUTHORIZED if isinstance(error, UNPROVEN) else HTTPStatus.FORBIDDEN


def _told(error: ServiceError) -> tuple[tuple[bytes, bytes], ...]:
    decision_id = tuple(header for header in error.headers if header[0] == DECISION_ID_HEADER)
    return ((_ERROR_HEADER, error.code.encode()), *decision_id)


def _error(error: ServiceError) -> dict[str, Any]:
    decision_id = next((value.decode() for name, value in error.headers if name == DECISION_ID_HEADER), None)
    return {"code": error.code, "message": error.message or "", "decision_id": decision_id}


def _refused(error: ServiceError, status: HTTPStatus) -> Response:
    headers = (_JSON, _UNCACHED, *_told(error))
    if status is HTTPStatus.UNAUTHORIZED:
        # RFC 9110, section 15.5.2: it names what would do.
        headers = (*headers, (b"www-authenticate", b"AWS4-HMAC-SHA256"))
    return Response(status=status, headers=headers, body=msgspec.json.encode(_error(error)) + b"\n")


def _result(*, allowed: bool, more: tuple[tuple[bytes, bytes], ...] = ()) -> Response:
    body = b'{"result":true}\n' if allowed else b'{"result":false}\n'
    return Response(status=HTTPStatus.OK, headers=(_JSON, _UNCACHED, *more), body=body)
