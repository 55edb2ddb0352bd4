"""
The output of ``aws iam get-account-authorization-details``: read it, and write it.

It may come as the CLI merges it, in pages, or as an SDK has dumped it; documents as objects, as JSON or URL-encoded.  It
tells users, groups, roles with their instance profiles, and managed policies with their versions; ids, paths, dates,
tags and boundaries.  It does not tell descriptions of roles and how long their sessions may be.

AWS: *GetAccountAuthorizationDetails*.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from iamd.exchange.contents import (
    Attachment,
    Contents,
    Group,
    InlinePolicy,
    InstanceProfile,
    Membership,
    Owner,
    Policy,
    PolicyVersion,
    Role,
    User,
)
from iamd.exchange.problems import Note
from iamd.exchange.sources import Source, account_of, document_text, tags_of, utc
from iamd.exchange.strict_yaml import FileFormatError
from iamd.operations.authorization_details import KINDS, details
from iamd.operations.call import Call

LISTS: Final = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
"""The members of a page that hold entities."""

_EVERYTHING: Final = 1_000_000
_AWS: Final = "arn:aws:iam::aws:"
_LACKS: Final = (
    "such a file has no access keys, passwords, MFA devices, certificates, public keys, identity providers, alias and"
    " password policy, and of roles neither description nor longest session"
)


class _Attached(msgspec.Struct, frozen=True, rename="pascal"):
    policy_arn: str


class _Inline(msgspec.Struct, frozen=True, rename="pascal"):
    policy_name: str
    policy_document: Any


class _Boundary(msgspec.Struct, frozen=True, rename="pascal"):
    permissions_boundary_arn: str


class _User(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    path: str
    user_name: str
    user_id: str
    arn: str
    create_date: datetime
    user_policy_list: list[_Inline] = []
    group_list: list[str] = []
    attached_managed_policies: list[_Attached] = []
    permissions_boundary: _Boundary | None = None
    tags: list[dict[str, str]] = []


class _Group(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    path: str
    group_name: str
    group_id: str
    arn: str
    create_date: datetime
    group_policy_list: list[_Inline] = []
    attached_managed_policies: list[_Attached] = []


class _RoleName(msgspec.Struct, frozen=True, rename="pascal"):
    role_name: str


class _Profile(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    path: str
    instance_profile_name: str
    instance_profile_id: str
    arn: str
    create_date: datetime
    roles: list[_RoleName] = []
    tags: list[dict[str, str]] = []


class _LastUse(msgspec.Struct, frozen=True, rename="pascal"):
    last_used_date: datetime | None = None
    region: str | None = None


class _Role(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    path: str
    role_name: str
    role_id: str
    arn: str
    create_date: datetime
    assume_role_policy_document: Any
    instance_profile_list: list[_Profile] = []
    role_policy_list: list[_Inline] = []
    attached_managed_policies: list[_Attached] = []
    permissions_boundary: _Boundary | None = None
    tags: list[dict[str, str]] = []
    role_last_used: _LastUse = msgspec.field(default_factory=_LastUse)
    description: str | None = None
    max_session_duration: int | None = None


class _Version(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    document: Any
    version_id: str
    create_date: datetime | None = None


class _Policy(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    policy_name: str
    policy_id: str
    arn: str
    path: str
    default_version_id: str
    create_date: datetime | None = None
    update_date: datetime | None = None
    description: str | None = None
    policy_version_list: list[_Version] = []
    tags: list[dict[str, str]] = []


class _Page(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    user_detail_list: list[_User] = []
    group_detail_list: list[_Group] = []
    role_detail_list: list[_Role] = []
    policies: list[_Policy] = []
    is_truncated: bool = False
    next_token: str | None = None


def read_pages(pages: Sequence[tuple[str, Mapping[str, Any]]]) -> list[Source]:
    """
    Read pages, each with the name of its file.

    Raises:
        FileFormatError: One has not the form of an answer, or pages are missing.
    """
    sources = []
    ends = 0
    for name, raw in pages:
        try:
            page = msgspec.convert(raw, _Page)
            source = _source(name, page)
        except (msgspec.ValidationError, ValueError, KeyError) as error:
            raise FileFormatError(f"`{name}`: {error}") from error
        ends += not (page.is_truncated or page.next_token)
        if source is not None:
            sources.append(source)
    if pages and not ends:
        raise FileFormatError(f"`{pages[-1][0]}` says that there is more, and no file holds the last page")
    return sources


def _source(name: str, page: _Page) -> Source | None:
    policies = [policy for policy in page.policies if not policy.arn.startswith(_AWS)]
    named: list[_User | _Group | _Role | _Policy] = [
        *page.user_detail_list,
        *page.group_detail_list,
        *page.role_detail_list,
        *policies,
    ]
    account_id = account_of(name, [entity.arn for entity in named])
    if account_id is None:
        return None
    contents = Contents(
        policies=tuple(map(_policy, policies)),
        groups=tuple(map(_group, page.group_detail_list)),
        users=tuple(map(_user, page.user_detail_list)),
        roles=tuple(map(_role, page.role_detail_list)),
        instance_profiles=tuple(_profiles(page.role_detail_list)),
        memberships=tuple(
            Membership(user=user.user_name, group=group)
            for user in page.user_detail_list
            for group in user.group_list
        ),
        attachments=tuple(
            Attachment(kind=kind, owner=owner, policy=attached.policy_arn)
            for kind, owner, each, _ in _owners(page)
            for attached in each
        ),
        inline_policies=tuple(
            InlinePolicy(
                kind=kind,
                owner=owner,
                name=inline.policy_name,
                document=document_text(inline.policy_document),
            )
            for kind, owner, _, each in _owners(page)
            for inline in each
        ),
    )
    return Source(name, account_id, contents, [Note(where="authorization details", message=_LACKS)])


def aws_documents(raw: Any) -> Iterator[tuple[str, str]]:
    """Yield the AWS managed policies of a page that `read_pages` has read, by ARN, each with the text in force."""
    if not isinstance(raw, Mapping) or "Policies" not in raw:
        return
    for policy in msgspec.convert(raw, _Page).policies:
        for version in policy.policy_version_list:
            if policy.arn.startswith(_AWS) and version.version_id == policy.default_version_id:
                yield policy.arn, document_text(version.document)


def _owners(page: _Page) -> Iterator[tuple[Owner, str, list[_Attached], list[_Inline]]]:
    for user in page.user_detail_list:
        yield "user", user.user_name, user.attached_managed_policies, user.user_policy_list
    for group in page.group_detail_list:
        yield "group", group.group_name, group.attached_managed_policies, group.group_policy_list
    for role in page.role_detail_list:
        yield "role", role.role_name, role.attached_managed_policies, role.role_policy_list


def _policy(policy: _Policy) -> Policy:
    if not policy.policy_version_list:
        raise ValueError(f"the policy `{policy.policy_name}` has no version")
    return Policy(
        name=policy.policy_name,
        path=policy.path,
        id=policy.policy_id,
        created_at=utc(policy.create_date),
        updated_at=utc(policy.update_date),
        description=policy.description or None,
        default_version=_number(policy.default_version_id),
        versions=tuple(
            PolicyVersion(
                number=_number(version.version_id),
                document=document_text(version.document),
                created_at=utc(version.create_date),
            )
            for version in policy.policy_version_list
        ),
        tags=tags_of(policy.tags),
    )


def _number(version_id: str) -> int:
    if not version_id.startswith("v"):
        raise ValueError(f"`{version_id}` is no id of a version")
    return int(version_id.removeprefix("v"))


def _group(group: _Group) -> Group:
    return Group(name=group.group_name, path=group.path, id=group.group_id, created_at=utc(group.create_date))


def _user(user: _User) -> User:
    return User(
        name=user.user_name,
        path=user.path,
        id=user.user_id,
        created_at=utc(user.create_date),
        permissions_boundary=_boundary(user.permissions_boundary),
        tags=tags_of(user.tags),
    )


def _role(role: _Role) -> Role:
    return Role(
        name=role.role_name,
        path=role.path,
        id=role.role_id,
        created_at=utc(role.create_date),
        trust_policy=document_text(role.assume_role_policy_document),
        description=role.description or None,
        max_session_duration=role.max_session_duration,
        permissions_boundary=_boundary(role.permissions_boundary),
        last_used_at=utc(role.role_last_used.last_used_date),
        last_used_region=role.role_last_used.region,
        tags=tags_of(role.tags),
    )


def _boundary(boundary: _Boundary | None) -> str | None:
    return None if boundary is None else boundary.permissions_boundary_arn


def _profiles(roles: Iterable[_Role]) -> Iterator[InstanceProfile]:
    for role in roles:
        for profile in role.instance_profile_list:
            yield InstanceProfile(
                name=profile.instance_profile_name,
                path=profile.path,
                id=profile.instance_profile_id,
                created_at=utc(profile.create_date),
                role=role.role_name,
                tags=tags_of(profile.tags),
            )


def write_details(call: Call) -> bytes:
    """Return the account of *call* as the CLI would print it: documents as objects, times in ISO 8601."""
    answer: dict[str, Any] = {name: [] for name in LISTS}
    for detail in details(call, KINDS, None, _EVERYTHING):
        answer[detail.member].append(_shown(detail.show()))
    return json.dumps(answer, indent=4, ensure_ascii=False).encode() + b"\n"


_DOCUMENTS: Final = frozenset({"AssumeRolePolicyDocument", "PolicyDocument", "Document"})


def _shown(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {member: _shown(each, member) for member, each in value.items()}
    if isinstance(value, list):
        return [_shown(each) for each in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return json.loads(document_text(value)) if name in _DOCUMENTS else value
