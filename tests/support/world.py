"""
A world to test operations in: the whole application, and real boto3 clients bound to it.

Nothing is replaced but the wire's transport: botocore builds, signs and serializes each request as ever, the request
goes into the pipeline, and botocore parses the answer.  No sockets, so that tests are fast.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.awsrequest
import botocore.config
import botocore.session
from tests.support.loops import LoopThread

from iamd.assemble import Application
from iamd.auth.passwords import Cost
from iamd.catalogue.managed_policies import AwsManagedPolicies
from iamd.clock import SystemClock
from iamd.domain.ids import Ids
from iamd.http import Request, Response
from iamd.secret import Secret
from iamd.settings import Settings
from iamd.sigv4.sign import Credentials as SigningCredentials
from iamd.sigv4.sign import sign

ACCOUNT = "123456789012"
ENDPOINT = "http://127.0.0.1:4263"


class MovableClock(SystemClock):
    """Real time for signatures; `now` moves when a test says so, and what deadlines count by when it skips."""

    passed = 0.0
    """Seconds that the machine's own time is ahead, for what is remembered for a while."""

    def advance(self, by: timedelta) -> None:
        self.offset += by

    def monotonic(self) -> float:
        return super().monotonic() + self.passed


@dataclass(frozen=True)
class Credentials:
    access_key_id: str
    secret_access_key: str
    session_token: str | None = None

    @classmethod
    def of(cls, wire: Mapping[str, Any]) -> "Credentials":
        """Take the ``Credentials`` of an STS answer or the ``AccessKey`` of CreateAccessKey."""
        return cls(wire["AccessKeyId"], wire["SecretAccessKey"], wire.get("SessionToken"))

    def sign(
        self,
        request: Request,
        service: str,
        *,
        region: str = "us-east-1",
        at: datetime | None = None,
        payload_hash: str | None = None,
    ) -> Request:
        """Return *request* as whoever has them would send it, now or *at* another time."""
        return sign(
            request,
            SigningCredentials(
                access_key_id=self.access_key_id,
                secret_access_key=Secret(self.secret_access_key),
                session_token=Secret(self.session_token) if self.session_token else None,
            ),
            region=region,
            service=service,
            at=at or datetime.now(UTC),
            payload_hash=payload_hash,
        )


@dataclass
class Actor:
    """Somebody with credentials; clients are had when first wanted, and are on loan: see `World.borrow`."""

    world: "World"
    credentials: Credentials | None
    name: str = ""
    _clients: dict[str, Any] = field(default_factory=dict)

    @property
    def iam(self) -> Any:
        return self._client("iam")

    @property
    def sts(self) -> Any:
        return self._client("sts")

    @property
    def organizations(self) -> Any:
        return self._client("organizations")

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = self.world.borrow(service, self.credentials)
        return self._clients[service]

    def assume(self, role_arn: str, session_name: str = "session", **parameters: Any) -> "Actor":
        answer = self.sts.assume_role(RoleArn=role_arn, RoleSessionName=session_name, **parameters)
        return Actor(self.world, Credentials.of(answer["Credentials"]), session_name)


class World:
    """
    The application with one account.

    `root` is the account's root user; `admin` a user with AdministratorAccess-like permissions; `user` and `role` make
    more.
    """

    def __init__(
        self,
        loop: LoopThread,
        settings: Settings | None = None,
        store: Any = None,
        password_cost: Cost | None = None,
        clock: MovableClock | None = None,
        ids: Ids | None = None,
    ) -> None:
        self.clock = clock or MovableClock()
        self.loop = loop
        root_key = ("AKIAROOTEXAMPLE00000", "root/secret/access/key/of/the/tests/0000")
        self.settings = settings or Settings(
            account_id=ACCOUNT, root_access_key_id=root_key[0], root_secret_access_key=Secret(root_key[1])
        )
        self.app = Application(
            self.settings,
            clock=self.clock,
            ids=ids,
            store=store,
            catalogue=_CATALOGUE,
            password_cost=password_cost or Cost(time=1, memory=8),
        )
        self.root = Actor(self, Credentials(*root_key), "root")
        self.responses: list[Response] = []
        """Raw answers, newest last."""
        self._borrowed: list[_Lent] = []

    def close(self) -> None:
        self.app.close()
        while self._borrowed:
            self._borrowed.pop().come_back()

    def send(self, request: Request) -> Response:
        """Answer a raw request."""
        response: Response = self.loop.run(self.app.pipeline.handle(request))
        self.responses.append(response)
        return response

    def client(
        self, service: str, credentials: Credentials | None, region: str = "us-east-1", **config: Any
    ) -> Any:
        """Return a real boto3 client whose requests end up in the application; unsigned without credentials."""
        client = _session().client(
            service,
            region_name=region,
            endpoint_url=ENDPOINT,
            aws_access_key_id=credentials.access_key_id if credentials else "x",
            aws_secret_access_key=credentials.secret_access_key if credentials else "x",
            aws_session_token=credentials.session_token if credentials else None,
            config=_config(signs=credentials is not None, **config),
        )
        client.meta.events.register("before-send", self.transport)
        return client

    def borrow(self, service: str, credentials: Credentials | None) -> Any:
        """
        Return a client as `client` does, which another world had before, and another will have when this one is closed.

        To make one costs as much as some requests.  Whoever registers something with its events makes one with `client`.
        """
        free = _FREE[service, credentials is not None]
        lent = free.pop() if free else _Lent(service, signs=credentials is not None)
        lent.go_to(self, credentials)
        self._borrowed.append(lent)
        return lent.client

    def resource(self, credentials: Credentials) -> Any:
        """Return boto3's resource of IAM, whose requests end up in the application likewise."""
        resource = _session().resource(
            "iam",
            region_name="us-east-1",
            endpoint_url=ENDPOINT,
            aws_access_key_id=credentials.access_key_id,
            aws_secret_access_key=credentials.secret_access_key,
            config=botocore.config.Config(retries={"max_attempts": 0}),
        )
        resource.meta.client.meta.events.register("before-send", self.transport)
        return resource

    def user(self, name: str, *statements: Mapping[str, Any], **parameters: Any) -> Actor:
        """Make a user with an access key and an inline policy of *statements* (none: no policies)."""
        iam = self.root.iam
        iam.create_user(UserName=name, **parameters)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        if statements:
            iam.put_user_policy(UserName=name, PolicyName="test", PolicyDocument=document(*statements))
        return Actor(self, Credentials.of(key), name)

    def role(
        self, name: str, trust: Mapping[str, Any], *statements: Mapping[str, Any], **parameters: Any
    ) -> str:
        """Make a role trusted per the Principal *trust*, with an inline policy; return its ARN."""
        iam = self.root.iam
        trusting = document(
            allow(["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"], None, Principal=trust)
        )
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusting, **parameters)["Role"]
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="test", PolicyDocument=document(*statements))
        return str(role["Arn"])

    def transport(self, request: botocore.awsrequest.AWSPreparedRequest, **_: Any) -> Any:
        response = self.send(to_request(request))
        headers: Any = {name.decode(): value.decode() for name, value in response.headers}
        return botocore.awsrequest.AWSResponse(request.url, response.status, headers, _Raw(response.body))


class _Lent:
    """A client that goes from world to world, and signs with other credentials in each."""

    def __init__(self, service: str, *, signs: bool) -> None:
        self._free = _FREE[service, signs]
        self._world: World | None = None
        core = _core()
        core.set_credentials("x", "x")
        # The client asks this object whenever it signs.
        self._credentials: Any = core.get_credentials()
        # To put together what botocore else says of itself takes a fifth of its time for a request.
        config = _config(signs=signs, user_agent="tests")
        self.client: Any = core.create_client(
            service, region_name="us-east-1", endpoint_url=ENDPOINT, config=config
        )
        events: Any = self.client.meta.events
        events.register("before-send", self._transport)
        events.register = events.register_first = events.register_last = _refuse

    def go_to(self, world: World, credentials: Credentials | None) -> None:
        self._world = world
        if credentials is not None:
            self._credentials.access_key = credentials.access_key_id
            self._credentials.secret_key = credentials.secret_access_key
            self._credentials.token = credentials.session_token

    def come_back(self) -> None:
        self._world = None
        self._free.append(self)

    def _transport(self, request: botocore.awsrequest.AWSPreparedRequest, **_: Any) -> Any:
        if self._world is None:
            raise RuntimeError("the world of this client is closed")
        return self._world.transport(request)


def _refuse(*_: object, **__: object) -> None:
    raise RuntimeError("this client is on loan, and goes on to the next test: make one with World.client")


class _Raw:
    """The little of urllib3's response that botocore reads."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        yield self._body


def to_request(request: botocore.awsrequest.AWSPreparedRequest) -> Request:
    """Return what the door would make of botocore's prepared *request*."""
    url = urlsplit(request.url)
    headers = [(b"host", url.netloc.encode())]
    signed: dict[str, Any] = dict(request.headers.items())
    for name, value in signed.items():
        if name.lower() != "host":
            raw = value if isinstance(value, bytes) else str(value).encode()
            headers.append((name.lower().encode(), raw))
    body: Any = request.body or b""
    return Request(
        method=request.method,
        raw_path=(url.path or "/").encode(),
        raw_query=url.query.encode(),
        headers=tuple(headers),
        body=body if isinstance(body, bytes) else body.encode(),
    )


def allow(action: str | list[str], resource: str | list[str] | None = "*", **more: Any) -> dict[str, Any]:
    """Return an Allow statement; no Resource when *resource* is None (trust policies)."""
    statement: dict[str, Any] = {"Effect": "Allow", "Action": action}
    if resource is not None:
        statement["Resource"] = resource
    return statement | more


def deny(action: str | list[str], resource: str | list[str] | None = "*", **more: Any) -> dict[str, Any]:
    """Return a Deny statement."""
    return allow(action, resource, **more) | {"Effect": "Deny"}


def document(*statements: Mapping[str, Any]) -> str:
    """Return a policy document of *statements* as text."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _config(*, signs: bool, **more: Any) -> botocore.config.Config:
    options: dict[str, Any] = {"retries": {"max_attempts": 0}, "parameter_validation": False} | more
    if not signs:
        options["signature_version"] = botocore.UNSIGNED
    return botocore.config.Config(**options)


_CATALOGUE = AwsManagedPolicies.load()
"""One for all worlds: reading the policies costs more than most tests."""
_FREE: defaultdict[tuple[str, bool], list[_Lent]] = defaultdict(list)
"""By the service and whether they sign: clients that no world has now."""


@cache
def _core() -> botocore.session.Session:
    """Return one session for the clients of all tests: making one costs more than most tests."""
    return botocore.session.get_session()


@cache
def _session() -> Any:
    return boto3.session.Session(botocore_session=_core())
