"""
The operator's file of product providers: who may ask for delegated access, and for what.

AWS registers partners, their policy templates, their permissions boundaries and their notification channels (*IAM temporary
delegation for AWS Partners*); nobody else can.  What can be wrong with a template is told when the server starts.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from iamd.catalogue.managed_policies import PARTNER_ARN_PREFIX
from iamd.domain.arns import Arn
from iamd.domain.ids import AccountId
from iamd.domain.managed_policies import parse_policy_arn
from iamd.domain.policy_templates import PolicyTemplate
from iamd.domain.product_providers import ProductProvider, ProductProviders, ProviderBoundary
from iamd.domain.templates import TemplateError, parameters_of
from iamd.errors import ValidationError
from iamd.exchange import strict_yaml
from iamd.exchange.strict_yaml import FileFormatError
from iampolicy import PolicyError, PolicyKind, validate

# As the service model has them: what is longer or other could not be named in a request, or not be answered.
_ARN: Final = r"\Aarn:[!-~]{16,2044}\Z"
_PARAMETER: Final = re.compile(r"[ -~]{5,256}", re.ASCII)
_TOPIC: Final = r"\Aarn:aws:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}\Z"
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})

_Document = Mapping[str, Any]


class _PolicyTemplate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    arn: Annotated[str, Meta(pattern=_ARN)]
    document: dict[str, Any]


class _Boundary(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A permissions boundary; *created* is what GetPolicy tells."""

    arn: Annotated[str, Meta(pattern=_ARN)]
    document: dict[str, Any]
    created: date


class _Channel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A topic, and where what is published to it goes: appended to a file, or posted to a URL."""

    topic: Annotated[str, Meta(pattern=_TOPIC, max_length=400)]
    file: str | None = None
    url: Annotated[str, Meta(pattern=r"\Ahttps?://[!-~]+\Z", max_length=2048)] | None = None


class _Provider(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Annotated[str, Meta(min_length=1, max_length=30)]
    accounts: Annotated[list[Annotated[str, Meta(pattern=r"\A[0-9]{12}\Z")]], Meta(min_length=1)]
    console_link: Annotated[str, Meta(pattern=r"\Ahttps?://[!-~]*\{\}[!-~]*\Z", max_length=222)] | None = None
    policy_templates: list[_PolicyTemplate] = []
    permissions_boundaries: list[_Boundary] = []
    channels: list[_Channel] = []


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    providers: list[_Provider] = []


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the notifications of a topic go: to one of the two."""

    file: Path | None
    url: str | None


@dataclass(frozen=True, slots=True)
class Registrations:
    """What a file says; destinations by the ARN of their topic."""

    providers: ProductProviders = field(default_factory=ProductProviders)
    boundaries: tuple[ProviderBoundary, ...] = ()
    destinations: Mapping[str, Destination] = field(default_factory=dict)


def read_product_providers(path: Path) -> Registrations:
    """
    Read the file.

    Args:
        path: YAML, or JSON when its name ends so.  Files that it names are beside it, unless their path is absolute.

    Raises:
        FileFormatError: It does not parse, has another form, registers something twice, or a policy of it is none.
    """
    try:
        file = msgspec.convert(strict_yaml.read(path), _File, strict=False)
        _check_unique("account", (each for provider in file.providers for each in provider.accounts))
        _check_unique("policy template", (each.arn for p in file.providers for each in p.policy_templates))
        _check_unique("boundary", (each.arn for p in file.providers for each in p.permissions_boundaries))
        _check_unique("topic", (each.topic for provider in file.providers for each in provider.channels))
        return Registrations(
            providers=ProductProviders.of(map(_provider, file.providers)),
            boundaries=tuple(
                _boundary(each) for provider in file.providers for each in provider.permissions_boundaries
            ),
            destinations={
                channel.topic: _destination(channel, provider.accounts, path.parent)
                for provider in file.providers
                for channel in provider.channels
            },
        )
    except (msgspec.ValidationError, _WrongError) as error:
        raise FileFormatError(f"`{path}`: {error}") from error


class _WrongError(Exception):
    """What is wrong with the file."""


def _check_unique(what: str, names: Iterator[str]) -> None:
    seen = set()
    for name in names:
        if name in seen:
            raise _WrongError(f"the {what} `{name}` occurs twice")
        seen.add(name)


def _provider(raw: _Provider) -> ProductProvider:
    return ProductProvider(
        name=raw.name,
        account_ids=frozenset(map(AccountId, raw.accounts)),
        templates={each.arn: _template(each) for each in raw.policy_templates},
        channels=frozenset(each.topic for each in raw.channels),
        console_link=raw.console_link,
    )


def _template(raw: _PolicyTemplate) -> PolicyTemplate:
    template = PolicyTemplate(arn=raw.arn, document=raw.document)
    for name in sorted(parameters_of(raw.document)):
        if not _PARAMETER.fullmatch(name):
            raise _WrongError(f"the policy template `{raw.arn}`: no request can give a parameter `{name}`")
    try:
        template.check()
    except TemplateError as error:
        raise _WrongError(f"the policy template `{raw.arn}`: {error}") from error
    return template


def _boundary(raw: _Boundary) -> ProviderBoundary:
    try:
        parse_policy_arn(raw.arn)
    except ValidationError:
        raise _WrongError(f"the boundary `{raw.arn}`: this is no ARN of a policy") from None
    if not raw.arn.startswith(PARTNER_ARN_PREFIX):
        raise _WrongError(f"the boundary `{raw.arn}`: its ARN must begin with `{PARTNER_ARN_PREFIX}`")
    document = json.dumps(raw.document, ensure_ascii=False)
    try:
        validate(document, PolicyKind.BOUNDARY)
    except PolicyError as error:
        raise _WrongError(f"the boundary `{raw.arn}`: {error}") from error
    created_at = datetime(raw.created.year, raw.created.month, raw.created.day, tzinfo=UTC)
    return ProviderBoundary(arn=raw.arn, document=document, created_at=created_at)


def _destination(raw: _Channel, accounts: Collection[str], beside: Path) -> Destination:
    arn = Arn.parse(raw.topic)
    if arn is None or arn.account not in accounts:
        raise _WrongError(f"the topic `{raw.topic}` is not of an account of its provider")
    if (raw.file is None) is (raw.url is None):
        raise _WrongError(f"the topic `{raw.topic}` needs a `file` or a `url`, and not both")
    if raw.url is not None:
        url = urlsplit(raw.url)
        # What is sent there is worth somebody's permissions.
        if url.scheme != "https" and url.hostname not in _LOOPBACK:
            raise _WrongError(f"the topic `{raw.topic}`: its URL is neither https nor of this machine")
    return Destination(None if raw.file is None else beside / raw.file, raw.url)
