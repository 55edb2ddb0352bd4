"""
The AWS managed policies: name, dates, default version and text of each.

The texts come from the installed distribution `moto`, which carries them as data; the package itself is never
imported.  What holds here:

* A policy has its real text or is an error.  An empty or wildcard stand-in would be a decision that nobody made.
* Reading takes about a tenth of a second, so it waits until the first question.
* The data has neither policy ids, descriptions nor versions before the default one.  An id is derived from the ARN,
  so that it is the same on every server; the rest is absent.
* The permissions boundaries of product providers are beside AWS's own policies: nobody's account has either.  They are
  the operator's to give, and are not listed.
"""

import ast
import base64
import copy
import hashlib
import importlib.metadata
import importlib.util
import json
import threading
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from typing import Any, Final, Self

ARN_PREFIX: Final = "arn:aws:iam::aws:policy/"
PARTNER_ARN_PREFIX: Final = "arn:aws:iam::partner:policy/"

_DISTRIBUTION: Final = "moto"
_FILE: Final = Path("iam/aws_managed_policies.py")
_VARIABLE: Final = "aws_managed_policies_data"

# Paths whose policies are not for users, groups and ordinary roles: those of service-linked roles, and those that
# scope an AssumeRoot session to one task.
_RESERVED_PATHS: Final = frozenset({"/aws-service-role/", "/root-task/"})


class PolicyTextUnavailableError(Exception):
    """The texts of the AWS managed policies are asked for and cannot be had; the text says what to do about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsManagedPolicy:
    """
    One policy that AWS manages, in its default version.

    Attributes:
        policy_id: Of 21 characters, derived from the ARN; not the id that AWS gave it.
        default_version_id: AWS's own number, such as ``v190``; earlier versions are not known.
        created_at: Of the policy.
        updated_at: Of its default version.
        document: JSON text.  The largest has 150 kB: the quotas of customer managed policies do not bind AWS.
        attachable: Whether users, groups and ordinary roles may have it.  Where it is False only a service-linked
            role, or an AssumeRoot session, does, or it is only ever a boundary.
    """

    arn: str
    name: str
    path: str
    policy_id: str
    default_version_id: str
    created_at: datetime
    updated_at: datetime
    document: str = field(repr=False)
    attachable: bool


class AwsManagedPolicies:
    """Answer which AWS managed policies there are.  May be shared by threads."""

    def __init__(self, file: Path | None, version: str | None = None) -> None:
        """
        Take the data file to read at the first question.

        Args:
            file: None where the distribution is not installed.
            version: Of the distribution; whoever keeps something derived from the texts keys it by this.
        """
        self.version: Final = version
        self._file = file
        self._texts = _Texts(file)
        self._of_partners: Mapping[str, AwsManagedPolicy] = {}

    @classmethod
    def load(cls) -> Self:
        """Find the installed distribution; reads nothing yet."""
        # For a name without dots this looks the package up and does not run it.
        spec = importlib.util.find_spec(_DISTRIBUTION)
        if spec is None or not spec.submodule_search_locations:
            return cls(None)
        return cls(
            Path(spec.submodule_search_locations[0]) / _FILE, importlib.metadata.version(_DISTRIBUTION)
        )

    def with_partners(self, policies: Iterable[AwsManagedPolicy]) -> Self:
        """Return the same policies, and those that product providers have."""
        both = copy.copy(self)
        both._of_partners = {policy.arn: policy for policy in policies}  # noqa: SLF001  of this class
        return both

    @property
    def available(self) -> bool:
        """Say whether there is a data file; it may still turn out to be unreadable."""
        return self._file is not None

    def find(self, arn: str) -> AwsManagedPolicy | None:
        """
        Return the policy with this ARN, or None if there is none such or the ARN is a customer's.

        Case counts, as it does in every ARN.

        Raises:
            PolicyTextUnavailableError: The ARN is of an AWS managed policy, and the texts cannot be had.
        """
        if not arn.startswith(ARN_PREFIX):
            return self._of_partners.get(arn)
        if self._file is None:
            raise PolicyTextUnavailableError(
                f"the text of {arn} is not installed: install the extra `iamd[managed-policies]`"
            )
        return self._texts.all().get(arn)

    def page(self, path_prefix: str = "/", after: str = "") -> Iterator[AwsManagedPolicy]:
        """
        Return AWS's policies whose path begins with *path_prefix*, by name, without regard to case; none without the texts.

        Args:
            path_prefix: Of their paths.
            after: Only those behind this name, in lower case.

        Raises:
            PolicyTextUnavailableError: They are installed and cannot be read.
        """
        policies = self._texts.by_name()
        first = bisect_right(policies, after, key=itemgetter(0))
        return (policy for _, policy in policies[first:] if policy.path.startswith(path_prefix))


class _Texts:
    """What is in a data file, which is read at the first question, whoever asks it."""

    def __init__(self, file: Path | None) -> None:
        self.policies: Mapping[str, AwsManagedPolicy] | None = None
        self._by_name: Sequence[tuple[str, AwsManagedPolicy]] = ()
        self._file = file
        self._lock = threading.Lock()

    def all(self) -> Mapping[str, AwsManagedPolicy]:
        with self._lock:
            if self.policies is None:
                policies = {} if self._file is None else _read(self._file)
                self._by_name = sorted(
                    ((policy.name.lower(), policy) for policy in policies.values()), key=itemgetter(0)
                )
                self.policies = policies
            return self.policies

    def by_name(self) -> Sequence[tuple[str, AwsManagedPolicy]]:
        """Return them in the order of their names in lower case."""
        self.all()
        return self._by_name


def partner_policy(arn: str, document: str, created_at: datetime) -> AwsManagedPolicy:
    """Return a permissions boundary of a product provider, whose ARN begins with `PARTNER_ARN_PREFIX`."""
    path, _, name = arn.removeprefix(PARTNER_ARN_PREFIX.removesuffix("/")).rpartition("/")
    return AwsManagedPolicy(
        arn=arn,
        name=name,
        path=f"{path}/",
        policy_id=_policy_id(arn),
        default_version_id="v1",
        created_at=created_at,
        updated_at=created_at,
        document=document,
        attachable=False,
    )


def is_of_partner(arn: str) -> bool:
    """Return whether *arn* is that of a product provider's permissions boundary."""
    return arn.startswith(PARTNER_ARN_PREFIX)


def _read(file: Path) -> Mapping[str, AwsManagedPolicy]:
    """Read every policy, in the order of their ARNs."""
    try:
        raw = json.loads(_literal(file.read_text(encoding="utf-8")))
        policies = [_policy(name, entry) for name, entry in raw.items()]
    except (OSError, SyntaxError, ValueError, LookupError, TypeError, AttributeError) as error:
        # Whatever is wrong with the data, no policy of it may pass for empty or absent.
        raise PolicyTextUnavailableError(f"{file} is not the data that was expected: {error!r}") from error
    return {policy.arn: policy for policy in sorted(policies, key=lambda policy: policy.arn)}


def _literal(source: str) -> str:
    """Return the one text that the data file consists of, without running the file."""
    for statement in ast.parse(source).body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(text))) if (
                name == _VARIABLE
            ):
                return text
    raise LookupError(f"there is no text called {_VARIABLE}")


def _policy(name: str, entry: dict[str, Any]) -> AwsManagedPolicy:
    path = str(entry["Path"])
    arn = ARN_PREFIX.removesuffix("/") + path + name
    document = entry["Document"]
    if not document["Statement"]:
        raise ValueError(f"{name} has no statements")
    return AwsManagedPolicy(
        arn=arn,
        name=name,
        path=path,
        policy_id=_policy_id(arn),
        default_version_id=str(entry["DefaultVersionId"]),
        created_at=_time(entry["CreateDate"]),
        updated_at=_time(entry["UpdateDate"]),
        # The version goes first, as in the texts that AWS publishes.
        document=json.dumps({"Version": document["Version"], **document}),
        attachable=path not in _RESERVED_PATHS,
    )


def _policy_id(arn: str) -> str:
    digest = hashlib.sha256(b"iamd AWS managed policy id\0" + arn.encode()).digest()
    return "ANPA" + base64.b32encode(digest)[:17].decode()


def _time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} names no time zone")
    return moment.astimezone(UTC)
