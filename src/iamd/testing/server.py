"""A whole iamd within a process, for tests."""

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final

import boto3

from iamd.assemble import Application
from iamd.auth.decisions import Denial
from iamd.auth.passwords import Cost
from iamd.catalogue.managed_policies import AwsManagedPolicies
from iamd.clock import SystemClock
from iamd.enforcement.missing import missing_policy
from iamd.enforcement.points import EnforcementPoint
from iamd.enforcement.upstreams import Upstream
from iamd.secret import Secret
from iamd.server.app import Door
from iamd.server.run import ServerThread
from iamd.settings import Settings

Statement = Mapping[str, Any]
Policy = Statement | Sequence[Statement]
"""A policy document, one statement, or some of them."""

ACCOUNT_ID: Final = "123456789012"
REGION: Final = "us-east-1"
_ROOT_KEY: Final = ("AKIAIAMDTESTING00000", "iamd/testing/root/key/0000000000000000")
_KEY: Final = "key-of-the-api-in-tests"
_CHEAP: Final = Cost(time=1, memory=8)


class TestClock:
    """
    The time that sessions, policies and one-time codes live by.

    Signatures are verified by the time of the world, so that clients need not know of it.
    """

    __test__ = False  # The name is no test's.

    def __init__(self) -> None:
        self._clock = SystemClock()

    def tick(self, **by: float) -> None:
        """Move on; takes what `datetime.timedelta` takes: ``tick(hours=1)``."""
        self._clock.offset += timedelta(**by)

    def reset(self) -> None:
        """Go back to the present."""
        self._clock.offset = timedelta(0)


class Iamd:
    """
    A server on a free port of the loopback interface, with one account.

    Attributes:
        url: What to give to clients as their endpoint, of every service.
        account_id: Of the account.
        clock: Its time.
        key: With which `iamd.middleware`, or a proxy, may ask about requests to the API.
    """

    def __init__(self, *, upstream: str | None = None, soft: bool = False, api: str | None = None) -> None:
        """
        Start it.

        Args:
            upstream: URL of what answers for all services but IAM and STS, such as ``moto_server``; without one, only
                those two are there.
            soft: Let requests to the upstream through though they are not allowed; `missing_policy` tells what
                would have been needed.
            api: What clients of an API of one's own sign their requests for (``orders``).
        """
        self.key = _KEY
        self.clock = TestClock()
        self.account_id = ACCOUNT_ID
        points = (EnforcementPoint(name="tests", key=Secret(_KEY), service=api),) if api else ()
        behind = (Upstream(services=["*"], url=upstream, kind="moto"),) if upstream else ()
        self._application = Application(
            Settings(
                account_id=ACCOUNT_ID,
                root_access_key_id=_ROOT_KEY[0],
                root_secret_access_key=Secret(_ROOT_KEY[1]),
                upstream=behind,
                enforcement_point=points,
                gateway_mode="soft" if soft else "enforce",
            ),
            clock=self.clock._clock,  # noqa: SLF001  the other half of this module
            catalogue=AwsManagedPolicies.load(),
            password_cost=_CHEAP,
        )
        door = Door(
            self._application.pipeline.handle, self._application.decision_points, self._application.gateway
        )
        self._server = ServerThread(door)
        self._server.start()
        self.url = self._server.url
        self._numbers = itertools.count(1)

    def stop(self) -> None:
        """Close every connection, and forget everything."""
        self._server.stop()
        self._application.close()

    def reset(self) -> None:
        """Go back to the empty account and to the present."""
        self.clock.reset()
        self._application.reset()

    @property
    def root(self) -> boto3.Session:
        """A session of the account's root user."""
        return self.session(*_ROOT_KEY)

    def session(
        self, access_key_id: str, secret_access_key: str, session_token: str | None = None
    ) -> boto3.Session:
        """Return a boto3 session whose clients come here without being told."""
        return _Session(
            self.url,
            aws_access_key_id=access_key_id,
            aws_secret_access_key=secret_access_key,
            aws_session_token=session_token,
            region_name=REGION,
        )

    def user(self, policies: Policy = (), *, name: str | None = None) -> boto3.Session:
        """
        Make a user with an access key.

        Args:
            policies: What it may do, as an inline policy; nothing by default.
            name: One that nobody has by default.
        """
        name = name or f"user-{next(self._numbers)}"
        iam = self.root.client("iam")
        iam.create_user(UserName=name)
        if statements := _statements(policies):
            iam.put_user_policy(UserName=name, PolicyName="test", PolicyDocument=_document(statements))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return self.session(key["AccessKeyId"], key["SecretAccessKey"])

    def role(self, policies: Policy = (), *, trust: Policy | None = None, name: str | None = None) -> str:
        """
        Make a role and return its ARN.

        Args:
            policies: What it may do, as an inline policy; nothing by default.
            trust: Its trust policy; by default whoever in the account has the permission may assume it.
            name: One that nobody has by default.
        """
        name = name or f"role-{next(self._numbers)}"
        trusting = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{self.account_id}:root"},
            "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
        }
        iam = self.root.client("iam")
        document = _document(_statements(trusting if trust is None else trust))
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]
        if statements := _statements(policies):
            iam.put_role_policy(RoleName=name, PolicyName="test", PolicyDocument=_document(statements))
        return str(role["Arn"])

    def assume(self, role_arn: str, *, by: boto3.Session | None = None, **parameters: Any) -> boto3.Session:
        """
        Assume a role.

        Args:
            role_arn: Of the role.
            by: Who does; by default a user that may assume it and nothing else.
            parameters: Of the operation AssumeRole.
        """
        allowed = {"Effect": "Allow", "Action": "sts:*", "Resource": role_arn}
        asking = by or self.user(allowed)
        parameters.setdefault("RoleSessionName", "test")
        answer = asking.client("sts").assume_role(RoleArn=role_arn, **parameters)["Credentials"]
        return self.session(answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"])

    @property
    def denials(self) -> list[Denial]:
        """What was denied since the last `reset`, the oldest first; of soft mode, what was let through."""
        return self._application.pipeline.decisions.all()

    @property
    def missing_policy(self) -> dict[str, Any]:
        """A policy that would have allowed what was denied for want of an Allow."""
        return missing_policy(self.denials)


class _Session(boto3.Session):
    """A session whose clients go to one endpoint; no environment, no configuration file."""

    def __init__(self, endpoint_url: str, **parameters: Any) -> None:
        super().__init__(**parameters)
        self._endpoint_url = endpoint_url

    def client(self, *args: Any, **parameters: Any) -> Any:
        return super().client(*args, **self._here(args, parameters))

    def resource(self, *args: Any, **parameters: Any) -> Any:
        return super().resource(*args, **self._here(args, parameters))

    def _here(self, args: Sequence[Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
        from botocore.config import Config  # noqa: PLC0415  boto3 has read it by now

        made = {"endpoint_url": self._endpoint_url, **parameters}
        # A bucket is named in the path: loopback has no host for each of them.
        ours = Config(
            s3={"addressing_style": "path"}, signature_version="s3v4" if args[:1] == ("s3",) else None
        )
        made["config"] = ours.merge(made["config"]) if made.get("config") else ours
        return made


@contextmanager
def running(**parameters: Any) -> Iterator[Iamd]:
    """Run an `Iamd` until the end of the block."""
    started = Iamd(**parameters)
    try:
        yield started
    finally:
        started.stop()


def _statements(policy: Policy) -> list[Statement]:
    if isinstance(policy, Mapping):
        inner = policy.get("Statement")
        if inner is None:
            return [policy]
        return [inner] if isinstance(inner, Mapping) else list(inner)
    return [each for one in policy for each in _statements(one)]


def _document(statements: Sequence[Statement]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
