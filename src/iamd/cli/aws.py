"""
IAM and STS as AWS's own tools ask them: AWS's, or those of any server that speaks the same.

Credentials, region and endpoint come from the SDK's own chain: options of the command, variables of the environment,
``~/.aws/config`` and ``~/.aws/credentials`` with all that profiles can say, containers, instances.  A development server
of this machine is asked only where ``--port`` names it, so that nobody changes an account that was not meant.

This is the only module that imports botocore, and it does so when something is asked.
"""

import functools
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any, Final
from urllib.parse import urlsplit

import click

from iamd.cli import names
from iamd.cli.failures import CredentialsError, NoServerError, RefusedError, refusal
from iamd.cli.state import ServerState, find_server, known_servers
from iamd.secret import Secret

DEFAULT_REGION: Final = "us-east-1"

_CONNECT_SECONDS: Final = 10
_READ_SECONDS: Final = 60
_ATTEMPTS: Final = 2
_REAL_SERVERS: Final = (".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu", ".api.aws")


def aws_options(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that say whom to ask, and as whom; it gets an `Aws` as *aws*."""

    @click.option(
        "--profile",
        metavar="NAME",
        shell_complete=names.profiles,
        help="A profile of ~/.aws/config.  [default: as AWS's tools]",
    )
    @click.option("--region", help="The region to sign for.  [default: as AWS's tools, or us-east-1]")
    @click.option("--endpoint-url", metavar="URL", help="Which server, if not the configured one.")
    @click.option("--port", type=int, help="As the root user of the `iamd dev` on this port.")
    @functools.wraps(function)
    def wrapper(
        *args: Any,
        profile: str | None,
        region: str | None,
        endpoint_url: str | None,
        port: int | None,
        **kwargs: Any,
    ) -> None:
        aws = Aws(profile=profile, region=region, endpoint_url=endpoint_url, port=port)
        function(*args, aws=aws, **kwargs)

    return wrapper


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """
    The credentials that requests are signed with.

    Attributes:
        method: How the SDK has found them, in its own words: ``env``, ``shared-credentials-file`` …
        lasting: Whether they are the same in the next process: not fetched anew by each.
        expires_at: None where they do not, or nobody has said.
    """

    method: str
    access_key_id: str
    secret_access_key: Secret
    session_token: Secret | None
    lasting: bool
    expires_at: datetime | None


class Client:
    """
    A client of one service, of botocore's making.

    Operations are methods in botocore's spelling, with parameters by wire name; those that are None are left out.  What is
    raised is a `RefusedError`, a `NoServerError`, a `CredentialsError` or another ClickException.
    """

    def __init__(self, client: Any) -> None:
        self._client: Final = client

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        if name.startswith("_"):
            raise AttributeError(name)
        operation = getattr(self._client, name)

        def ask(**members: Any) -> dict[str, Any]:
            with _told():
                answer: dict[str, Any] = operation(**_given(members))
                return answer

        return ask

    def pages(self, name: str, member: str, **members: Any) -> Iterator[dict[str, Any]]:
        """Yield what all pages of a list hold in *member*."""
        with _told():
            for page in self._client.get_paginator(name).paginate(**_given(members)):
                yield from page[member]

    @property
    def endpoint(self) -> str:
        """The URL that is asked, without a slash at its end."""
        return str(self._client.meta.endpoint_url).rstrip("/")

    @property
    def region(self) -> str:
        """The region that requests are signed for, or ``aws-global``."""
        return str(self._client.meta.region_name)

    @property
    def partition(self) -> str:
        """``aws``, ``aws-cn``, ``aws-us-gov`` …"""
        return str(self._client.meta.partition)


class Aws:
    """Whom a command asks, and as whom."""

    def __init__(
        self,
        *,
        profile: str | None = None,
        region: str | None = None,
        endpoint_url: str | None = None,
        port: int | None = None,
    ) -> None:
        if port is not None and (profile is not None or endpoint_url is not None):
            raise click.UsageError("--port goes neither with --profile nor with --endpoint-url")
        if endpoint_url is not None and not _is_url(endpoint_url):
            raise click.UsageError("--endpoint-url is `https://HOST` or `http://HOST:PORT`")
        self.profile: Final = profile
        self.port: Final = port
        self._region: Final = region
        self._endpoint_url: Final = endpoint_url
        self.names_server: Final = port is not None or endpoint_url is not None

    def anew(self) -> "Aws":
        """Return the same for what the chain finds now."""
        return Aws(profile=self.profile, region=self._region, endpoint_url=self._endpoint_url, port=self.port)

    def client(self, service: str, *, key: Source | None = None) -> Client:
        """
        Return a client of *service*: with *key* instead of the chain's credentials, where there is one.

        Raises:
            ClickException: There are no credentials, or what is configured cannot be read.
        """
        from botocore.config import Config

        used = key or self.source
        config = Config(
            user_agent_extra=f"iamd/{version('iamd')}",
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=_READ_SECONDS,
            retries={"total_max_attempts": _ATTEMPTS, "mode": "standard"},
        )
        given = {
            "aws_access_key_id": used.access_key_id,
            "aws_secret_access_key": used.secret_access_key.reveal(),
            "aws_session_token": used.session_token.reveal() if used.session_token else None,
        }
        with _told():
            made = self._session.create_client(
                service, region_name=self.region, endpoint_url=self._endpoint(service), config=config, **given
            )
        return Client(made)

    @functools.cached_property
    def server(self) -> ServerState | None:
        """The development server of ``--port``."""
        return None if self.port is None else find_server(os.environ, self.port)

    @functools.cached_property
    def region(self) -> str:
        """The region to sign for."""
        if self._region is not None:
            return self._region
        if self.server is not None:
            return self.server.region
        with _told():
            # botocore reads AWS_DEFAULT_REGION alone; the AWS CLI and the other SDKs read this first.
            named = os.environ.get("AWS_REGION") or self._session.get_config_variable("region")
            return named or DEFAULT_REGION

    @functools.cached_property
    def source(self) -> Source:
        """
        The credentials to ask with.

        Raises:
            CredentialsError: There are none.
        """
        if self.server is not None:
            return Source(
                method=f"the root user of `iamd dev` on port {self.server.port}",
                access_key_id=self.server.access_key_id,
                secret_access_key=self.server.secret_access_key,
                session_token=self.server.session_token,
                lasting=True,
                expires_at=None,
            )
        with _told():
            found = self._session.get_credentials()
            if found is None:
                raise CredentialsError(_no_credentials())
            frozen = found.get_frozen_credentials()
        # Only what the SDK renews by itself has this; of another kind of credentials nobody has said.
        expires_at = getattr(found, "_expiry_time", None)
        return Source(
            method=found.method,
            access_key_id=frozen.access_key,
            secret_access_key=Secret(frozen.secret_key),
            session_token=Secret(frozen.token) if frozen.token else None,
            lasting=expires_at is None or found.method == "env",
            expires_at=expires_at,
        )

    @functools.cached_property
    def profile_in_use(self) -> str | None:
        """The profile that is in force, if any is named."""
        if self.server is not None:
            return None
        with _told():
            found: str | None = self._session.get_config_variable("profile")
            return found

    def configured(self, name: str) -> str | None:
        """Return what the profile in force says of *name*."""
        if self.server is not None:
            return None
        with _told():
            found: str | None = self._session.get_scoped_config().get(name)
            return found

    def fetch(self, method: str, url: str, form: Mapping[str, str] | None = None) -> tuple[int, bytes]:
        """
        Return status and content of a page that takes no signature, over the proxies that the SDK would take.

        Raises:
            NoServerError: There is no answer.
        """
        from botocore.awsrequest import AWSRequest
        from botocore.httpsession import URLLib3Session
        from botocore.utils import get_environ_proxies

        with _told():
            bundle = self._session.get_config_variable("ca_bundle") or True
            http = URLLib3Session(verify=bundle, proxies=get_environ_proxies(url), timeout=_READ_SECONDS)
            answer = http.send(AWSRequest(method=method, url=url, data=form or {}).prepare())
            return answer.status_code, answer.content

    @functools.cached_property
    def own_endpoint(self) -> str | None:
        """The server's URL, without a slash at its end, where it is none of AWS's."""
        endpoint = self._endpoint("sts") or self._configured("sts")
        host = urlsplit(endpoint or "").hostname or ""
        return None if endpoint is None or host.endswith(_REAL_SERVERS) else endpoint.rstrip("/")

    @functools.cached_property
    def _session(self) -> Any:
        from botocore.session import Session

        with _told():
            session = Session(profile=self.profile)
            # Reads the profile, which may not be there.
            session.get_scoped_config()
        return session

    def _configured(self, service: str) -> str | None:
        from botocore.configprovider import ConfiguredEndpointProvider

        with _told():
            session = self._session
            if session.get_config_variable("ignore_configured_endpoint_urls"):
                return None
            provider = ConfiguredEndpointProvider(
                full_config=session.full_config,
                scoped_config=session.get_scoped_config(),
                client_name=service,
            )
            found: str | None = provider.provide()
            return found

    def _endpoint(self, service: str) -> str | None:
        """Return the endpoint to name for *service*; None where the SDK knows it, or has it from AWS's rules."""
        if self.server is not None:
            return self.server.endpoint
        if self._endpoint_url is not None or service == "sts":
            return self._endpoint_url
        # What another server has signed for, AWS need not see.
        return None if self._configured(service) else self._configured("sts")


def profiles() -> list[str]:
    """Return the names of the profiles that are configured."""
    from botocore.session import Session

    with _told():
        return list(Session().available_profiles)


@contextmanager
def _told() -> Iterator[None]:
    """
    Turn what botocore raises into what ends a command.

    Raises:
        RefusedError: The answer is an error.
        NoServerError: There is no answer.
        CredentialsError: There are no credentials, or only expired ones.
        ClickException: What is asked or configured cannot be sent.
    """
    from botocore import exceptions
    from botocore.parsers import ResponseParserError

    try:
        yield
    except exceptions.ClientError as error:
        raise _refused(error) from None
    except (
        exceptions.NoCredentialsError,
        exceptions.PartialCredentialsError,
        exceptions.CredentialRetrievalError,
        exceptions.SSOError,
        exceptions.LoginError,
        exceptions.TokenRetrievalError,
        exceptions.UnknownCredentialError,
    ) as error:
        raise CredentialsError(f"the credentials cannot be had: {error}") from None
    except RuntimeError as error:
        # The SDK says in no better way that what it was given, or has fetched anew, has expired.
        if "expired" not in str(error):
            raise
        raise CredentialsError(
            "the credentials have expired; get new ones: with `iamd assume`, or where these came from"
        ) from None
    except exceptions.SSLError as error:
        raise NoServerError(
            f"the server's certificate is not trusted: {error}; AWS_CA_BUNDLE names a file with further authorities"
        ) from None
    except (exceptions.ConnectionError, exceptions.HTTPClientError) as error:
        raise NoServerError(
            f"{_whole(error)}\nis the server running, and is this its address? --endpoint-url or AWS_ENDPOINT_URL names it"
        ) from None
    except (ResponseParserError, KeyError):
        # A well-formed answer of another service is missed like a key of a dictionary.
        raise NoServerError(
            "the answer is none of AWS's API\nis this the server's address? --endpoint-url or AWS_ENDPOINT_URL names it"
        ) from None
    except exceptions.ProfileNotFound as error:
        raise CredentialsError(
            f"{_whole(error)}: `aws configure list-profiles` lists those there are"
        ) from None
    except (exceptions.BotoCoreError, ValueError) as error:
        raise click.ClickException(_whole(error)) from None


def _refused(error: Any) -> RefusedError:
    said = error.response.get("Error", {})
    headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return refusal(said.get("Code", "?"), said.get("Message", ""), headers.get("x-iamd-decision-id"))


def _whole(error: Exception) -> str:
    """Return the text of an error of botocore's, on one line."""
    return " ".join(str(error).split())


def _no_credentials() -> str:
    text = "there are no credentials: name a profile (--profile, AWS_PROFILE), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    servers = known_servers(os.environ)
    if servers:
        text += (
            f"\na development server runs here: --port {servers[0].port} asks it as its root user,"
            ' and so does `eval "$(iamd env)"`'
        )
    return text


def _given(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _is_url(text: str) -> bool:
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError:
        return False
    return url.scheme in {"http", "https"} and bool(url.hostname) and url.path in {"", "/"}
