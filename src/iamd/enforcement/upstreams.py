"""
The services behind the gateway: where they are, and with whose key requests to them are signed.

An upstream belongs to some services and accounts; the first one that fits a request is the one it goes to.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from iamd.secret import Secret

Kind = Literal["aws", "moto", "localstack"]

EVERY_SERVICE: Final = "*"


class Upstream(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    One ``[[upstream]]`` of ``iamd.toml``.

    Attributes:
        services: Signing names (``s3``, ``dynamodb``), or ``*`` for all.
        url: Scheme, host and port; no path.
        accounts: Whose requests go there; those of every account when empty.
        access_key_id: Requests are signed anew with this key.
        region: For the signature; the request's own when None.
        kind: How accounts are told apart there: ``moto`` by a header, ``localstack`` (and emulators like it) by an access
            key id that is the account's, all others not at all.
        keeps_paths: Whether it takes a key of S3 as it is, with ``//`` and ``/../`` in it.  Most do not, and then what
            was authorized would not be what is done: such requests are refused.
        bucket_owner: Whose the buckets there are that nobody has made through the gateway for another account.  When None,
            the account's in *accounts* if that is one, and the server's own if it is not.
        bucket_policies: Who keeps the policies of buckets: iamd, which then answers what is asked about them, or the
            upstream, which is asked for them.
        public_access: Whether the policies of buckets may let in who has not signed, and everybody of other accounts.
    """

    services: Annotated[list[str], Meta(min_length=1)]
    url: str
    accounts: list[Annotated[str, Meta(pattern=r"\A[0-9]{12}\Z")]] = []
    access_key_id: str = "test"
    secret_access_key: Secret = Secret("test")
    region: str | None = None
    kind: Kind = "aws"
    keeps_paths: bool = False
    bucket_owner: Annotated[str, Meta(pattern=r"\A[0-9]{12}\Z")] | None = None
    bucket_policies: Literal["iamd", "upstream"] = "iamd"
    public_access: bool = False

    def __post_init__(self) -> None:
        """
        Refuse what cannot work.

        Raises:
            ValueError: The URL is none, or says more than where a server is.
        """
        url = urlsplit(self.url)
        if url.scheme not in {"http", "https"} or not url.hostname:
            raise ValueError("`url` of an upstream begins with http:// or https:// and names a host")
        if url.path not in {"", "/"} or url.query or url.fragment or url.username is not None:
            raise ValueError("`url` of an upstream has no path, no query and no user")
        _ = url.port  # It says itself what is wrong with it.

    @property
    def origin(self) -> str:
        """The URL without a slash at its end."""
        return self.url.rstrip("/")

    @property
    def shown(self) -> str:
        """For a person."""
        services = "all other services" if EVERY_SERVICE in self.services else ", ".join(self.services)
        accounts = f" of {', '.join(self.accounts)}" if self.accounts else ""
        public = ", open to everybody where the policy of a bucket says so" if self.public_access else ""
        return f"{services}{accounts} at {self.origin}{public}"

    @property
    def host(self) -> bytes:
        """As in the ``Host`` header."""
        return urlsplit(self.url).netloc.encode()

    def owner_of_buckets(self, account_id: str) -> str:
        """Return whose the buckets are that are nobody's in particular; *account_id* is the server's."""
        if self.bucket_owner is not None:
            return self.bucket_owner
        return self.accounts[0] if len(self.accounts) == 1 else account_id

    def serves(self, service: str, account_id: str) -> bool:
        return (service in self.services or EVERY_SERVICE in self.services) and (
            not self.accounts or account_id in self.accounts
        )


class Upstreams:
    """All of them, in the order of the settings."""

    def __init__(self, upstreams: Sequence[Upstream]) -> None:
        self._upstreams = tuple(upstreams)

    def __bool__(self) -> bool:
        return bool(self._upstreams)

    def __iter__(self) -> Iterator[Upstream]:
        return iter(self._upstreams)

    def find(self, service: str, account_id: str) -> Upstream | None:
        """Return the first one for *service* and *account_id*."""
        return next((each for each in self._upstreams if each.serves(service, account_id)), None)
