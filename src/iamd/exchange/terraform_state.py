"""
Terraform state (version 4): the resources of IAM that a state knows are imported, the rest is told.

What holds here:

* A resource adds to an account, as Terraform itself does: an attachment may be of a role that another state has.
* Secrets of a state (access keys, passwords, private keys) are never read, let alone carried over.
* Data sources are what a configuration has looked up: they are not its own, and are left out.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from iamd.catalogue.service_linked_roles import service_linked_roles
from iamd.exchange.contents import (
    Attachment,
    Contents,
    Group,
    InlinePolicy,
    InstanceProfile,
    Membership,
    OIDCProvider,
    PasswordPolicy,
    Policy,
    PolicyVersion,
    Role,
    SamlProvider,
    User,
    merged,
)
from iamd.exchange.problems import Note
from iamd.exchange.sources import Source, account_of, utc
from iamd.exchange.strict_yaml import FileFormatError
from iamd.operations.iam.service_linked_roles import trust_policy_of

_VERSION: Final = 4
_PREFIX: Final = "aws_iam_"

Attributes = Mapping[str, Any]
_Read = Callable[[Attributes], Iterator[Contents]]


def read_state(name: str, state: Mapping[str, Any]) -> Source:
    """
    Read a state.

    Raises:
        FileFormatError: It is of another version, names no account, or is no state at all.
    """
    if state.get("version") != _VERSION:
        raise FileFormatError(
            f"`{name}` is a Terraform state of version {state.get('version')}, and iamd reads version {_VERSION}:"
            " `terraform state pull` writes it"
        )
    contents: list[Contents] = []
    left: Counter[str] = Counter()
    arns: list[str] = []
    for type_, attributes in _resources(name, state):
        arn = attributes.get("arn")
        if isinstance(arn, str) and type_.startswith(_PREFIX):
            arns.append(arn)
        reader = _READERS.get(type_)
        if reader is None:
            left[type_] += 1
            continue
        try:
            contents += reader(attributes)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            # Of an error only its kind: its text could show what a state holds.
            raise FileFormatError(
                f"`{name}`: a resource of type `{type_}` has not the form that the provider gives it"
                f" ({type(error).__name__})"
            ) from None
    account_id = account_of(name, [arn for arn in arns if ":iam::aws:" not in arn])
    if account_id is None:
        raise FileFormatError(f"`{name}`: no resource of this state tells its account")
    try:
        # What a state holds is anybody's; what is read has the form that its types say.
        checked = msgspec.convert(msgspec.to_builtins(merged(contents or [Contents()])), Contents)
    except msgspec.ValidationError as error:
        raise FileFormatError(f"`{name}`: {error}") from error
    return Source(name, account_id, checked, list(_notes(left)))


def _resources(name: str, state: Mapping[str, Any]) -> Iterator[tuple[str, Attributes]]:
    try:
        for resource in state["resources"]:
            if resource["mode"] != "managed":
                continue
            for instance in resource["instances"]:
                if "deposed" not in instance:
                    yield resource["type"], instance.get("attributes") or {}
    except (KeyError, TypeError, AttributeError) as error:
        raise FileFormatError(f"`{name}` is no Terraform state: {error!r}") from None


def _notes(left: Counter[str]) -> Iterator[Note]:
    other = 0
    for type_, number in sorted(left.items()):
        if type_ in _SILENT:
            continue
        if type_.startswith(_PREFIX):
            yield Note(
                where=f"resource `{type_}`",
                message=f"{number} not carried over: {_WHY.get(type_, 'iamd does not read it')}",
            )
        else:
            other += number
    if other:
        yield Note(where="other resources", message=f"{other} are not of IAM, and are left out")


def _user(attributes: Attributes) -> Iterator[Contents]:
    yield Contents(
        users=(
            User(
                name=attributes["name"],
                path=attributes.get("path") or "/",
                id=attributes.get("unique_id"),
                permissions_boundary=attributes.get("permissions_boundary") or None,
                tags=_tags(attributes),
            ),
        )
    )


def _group(attributes: Attributes) -> Iterator[Contents]:
    group = Group(name=attributes["name"], path=attributes.get("path") or "/", id=attributes.get("unique_id"))
    yield Contents(groups=(group,))


def _role(attributes: Attributes) -> Iterator[Contents]:
    name = attributes["name"]
    role = Role(
        name=name,
        path=attributes.get("path") or "/",
        id=attributes.get("unique_id"),
        created_at=_time(attributes.get("create_date")),
        trust_policy=attributes["assume_role_policy"],
        description=attributes.get("description") or None,
        max_session_duration=attributes.get("max_session_duration"),
        permissions_boundary=attributes.get("permissions_boundary") or None,
        tags=_tags(attributes),
    )
    yield Contents(
        roles=(role,),
        attachments=tuple(
            Attachment(kind="role", owner=name, policy=arn)
            for arn in attributes.get("managed_policy_arns") or ()
        ),
        inline_policies=tuple(
            InlinePolicy(kind="role", owner=name, name=inline["name"], document=inline["policy"])
            for inline in attributes.get("inline_policy") or ()
            # A block that is empty says that there are none.
            if inline.get("name") and inline.get("policy")
        ),
    )


def _service_linked_role(attributes: Attributes) -> Iterator[Contents]:
    service, name = attributes["aws_service_name"], attributes["name"]
    template = service_linked_roles().get(service)
    role = Role(
        name=name,
        path=attributes.get("path") or f"/aws-service-role/{service}/",
        id=attributes.get("unique_id"),
        created_at=_time(attributes.get("create_date")),
        trust_policy=trust_policy_of(service if template is None else template.trusted_service),
        description=attributes.get("description") or None,
        max_session_duration=None if template is None else template.max_session_duration,
        tags=_tags(attributes),
    )
    attached = () if template is None else (template.policy_arn,)
    yield Contents(
        roles=(role,),
        attachments=tuple(Attachment(kind="role", owner=name, policy=arn) for arn in attached),
    )


def _policy(attributes: Attributes) -> Iterator[Contents]:
    policy = Policy(
        name=attributes["name"],
        path=attributes.get("path") or "/",
        id=attributes.get("policy_id"),
        description=attributes.get("description") or None,
        numbered=False,
        versions=(PolicyVersion(number=1, document=attributes["policy"]),),
        tags=_tags(attributes),
    )
    yield Contents(policies=(policy,))


def _instance_profile(attributes: Attributes) -> Iterator[Contents]:
    profile = InstanceProfile(
        name=attributes["name"],
        path=attributes.get("path") or "/",
        id=attributes.get("unique_id"),
        created_at=_time(attributes.get("create_date")),
        role=attributes.get("role") or None,
        tags=_tags(attributes),
    )
    yield Contents(instance_profiles=(profile,))


def _inline_of(kind: Any) -> _Read:
    def read(attributes: Attributes) -> Iterator[Contents]:
        policy = InlinePolicy(
            kind=kind, owner=attributes[kind], name=attributes["name"], document=attributes["policy"]
        )
        yield Contents(inline_policies=(policy,))

    return read


def _attachment_of(kind: Any) -> _Read:
    def read(attributes: Attributes) -> Iterator[Contents]:
        attachment = Attachment(kind=kind, owner=attributes[kind], policy=attributes["policy_arn"])
        yield Contents(attachments=(attachment,))

    return read


def _attachments(attributes: Attributes) -> Iterator[Contents]:
    kinds: tuple[Any, ...] = ("user", "group", "role")
    yield Contents(
        attachments=tuple(
            Attachment(kind=kind, owner=owner, policy=attributes["policy_arn"])
            for kind in kinds
            for owner in attributes.get(f"{kind}s") or ()
        )
    )


def _members(attributes: Attributes) -> Iterator[Contents]:
    group = attributes["group"]
    yield Contents(memberships=tuple(Membership(user=user, group=group) for user in attributes["users"]))


def _groups_of_user(attributes: Attributes) -> Iterator[Contents]:
    user = attributes["user"]
    yield Contents(memberships=tuple(Membership(user=user, group=group) for group in attributes["groups"]))


def _oidc_provider(attributes: Attributes) -> Iterator[Contents]:
    url = attributes["url"]
    provider = OIDCProvider(
        url=url if "://" in url else f"https://{url}",
        client_ids=tuple(attributes.get("client_id_list") or ()),
        thumbprints=tuple(attributes.get("thumbprint_list") or ()),
        tags=_tags(attributes),
    )
    yield Contents(oidc_providers=(provider,))


def _saml_provider(attributes: Attributes) -> Iterator[Contents]:
    provider = SamlProvider(
        name=attributes["name"],
        id=attributes.get("saml_provider_uuid"),
        metadata=attributes["saml_metadata_document"],
        tags=_tags(attributes),
    )
    yield Contents(saml_providers=(provider,))


def _alias(attributes: Attributes) -> Iterator[Contents]:
    yield Contents(alias=attributes["account_alias"])


def _password_policy(attributes: Attributes) -> Iterator[Contents]:
    yield Contents(
        password_policy=PasswordPolicy(
            minimum_length=attributes.get("minimum_password_length") or 6,
            require_symbols=bool(attributes.get("require_symbols")),
            require_numbers=bool(attributes.get("require_numbers")),
            require_uppercase=bool(attributes.get("require_uppercase_characters")),
            require_lowercase=bool(attributes.get("require_lowercase_characters")),
            allow_users_to_change_password=bool(attributes.get("allow_users_to_change_password")),
            # Zero stands for what was not set.
            max_age_days=attributes.get("max_password_age") or None,
            reuse_prevention=attributes.get("password_reuse_prevention") or None,
            hard_expiry=attributes.get("hard_expiry"),
        )
    )


def _tags(attributes: Attributes) -> dict[str, str]:
    """Return all tags: those of a resource, and those that the provider gives to every one."""
    return dict(attributes.get("tags_all") or attributes.get("tags") or {})


def _time(text: str | None) -> datetime | None:
    return utc(datetime.fromisoformat(text)) if text else None


_READERS: Final[Mapping[str, _Read]] = {
    "aws_iam_user": _user,
    "aws_iam_group": _group,
    "aws_iam_role": _role,
    "aws_iam_service_linked_role": _service_linked_role,
    "aws_iam_policy": _policy,
    "aws_iam_instance_profile": _instance_profile,
    "aws_iam_user_policy": _inline_of("user"),
    "aws_iam_group_policy": _inline_of("group"),
    "aws_iam_role_policy": _inline_of("role"),
    "aws_iam_user_policy_attachment": _attachment_of("user"),
    "aws_iam_group_policy_attachment": _attachment_of("group"),
    "aws_iam_role_policy_attachment": _attachment_of("role"),
    "aws_iam_policy_attachment": _attachments,
    "aws_iam_group_membership": _members,
    "aws_iam_user_group_membership": _groups_of_user,
    "aws_iam_openid_connect_provider": _oidc_provider,
    "aws_iam_saml_provider": _saml_provider,
    "aws_iam_account_alias": _alias,
    "aws_iam_account_password_policy": _password_policy,
}
# They say which of the others there may be, and hold nothing themselves.
_SILENT: Final = frozenset(
    f"aws_iam_{name}_exclusive"
    for kind in ("user", "group", "role")
    for name in (f"{kind}_policies", f"{kind}_policy_attachments")
)
_UNTOLD: Final = "its secret is not carried over; make a new one"
_WHY: Final[Mapping[str, str]] = {
    "aws_iam_access_key": _UNTOLD,
    "aws_iam_user_login_profile": "a password is not carried over; set a new one",
    "aws_iam_virtual_mfa_device": "its seed is not carried over; enable a new device",
    "aws_iam_server_certificate": "its private key is not carried over; upload it again",
    "aws_iam_service_specific_credential": _UNTOLD,
    "aws_iam_signing_certificate": "upload it again",
    "aws_iam_user_ssh_key": "upload it again",
    "aws_iam_security_token_service_preferences": "session tokens are of one kind here",
}

TYPES: Final[Sequence[str]] = tuple(_READERS)
"""The types of resources that are carried over."""
