"""
AssumeRoleWithWebIdentity and AssumeRoleWithSAML: temporary credentials of a role for whom an identity provider vouches for.

1. Who asks was found out by the token or response in the parameters (`iamd.auth.schemes`); no signature is needed.
2. The role's trust policy alone decides: it must allow the operation to the provider, sts:TagSession when the token brings
   tags, and sts:SetSourceIdentity when it brings a source identity (semantics 66).
3. A session is sealed, which remembers the provider and who it said this was.

Refusals are terse (semantics 77): whoever is not let in learns nothing about the role, not even whether it is there.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import msgspec

from iamd.auth.target import ContextValue, Target
from iamd.directory.snapshots import RoleSnapshot
from iamd.domain.roles import parse_role_arn
from iamd.errors import InvalidIdentityToken
from iamd.federation.claims import WebIdentity
from iamd.federation.saml_identity import SamlIdentity
from iamd.operations.call import Call, Params, Result
from iamd.operations.registry import Mode, sts_operation
from iamd.operations.sts.role_sessions import (
    TRUSTS_NOBODY,
    check_session_policy,
    issue_role_session,
    tag_context,
)

_IDENTITY_CENTER: Final = "AWSReservedSSO_"


def _web_identity(call: Call) -> WebIdentity:
    if not isinstance(call.caller.identity, WebIdentity):
        raise TypeError("no web identity vouches for the caller")
    return call.caller.identity


def _saml_identity(call: Call) -> SamlIdentity:
    if not isinstance(call.caller.identity, SamlIdentity):
        raise TypeError("no SAML provider vouches for the caller")
    return call.caller.identity


def _role(call: Call, params: Params) -> RoleSnapshot | None:
    """Return the role that may be assumed at all: of an account that is open."""
    account = call.view.account(parse_role_arn(params["RoleArn"]).account)
    return call.view.role(params["RoleArn"]) if account is not None and account.active else None


def _of_web_identity(call: Call, params: Params) -> Iterator[Target]:
    """
    Yield the role, if the token may be used for it at all.

    AWS: *sts:RoleAuthorizedByIdp*: "whether the identity provider authorized the role via the roles claim".  A token that
    has the claim is for the roles in it, whatever a trust policy says; of one without it the key is false.

    Raises:
        InvalidIdentityToken: The token is for other roles.
    """
    identity = _web_identity(call)
    if identity.roles is not None and params["RoleArn"] not in identity.roles:
        raise InvalidIdentityToken(
            "The target role ARN is not present in the roles claim of the identity token"
        )
    asked, *further = _targets(call, params, identity, _role(call, params), params["RoleSessionName"])
    authorized = {"sts:RoleAuthorizedByIdp": "false" if identity.roles is None else "true"}
    yield msgspec.structs.replace(asked, context={**asked.context, **authorized})
    yield from further


def _of_saml(call: Call, params: Params) -> Iterator[Target]:
    identity, role = _saml_identity(call), _role(call, params)
    # AWS: the operation "will not work on IAM Identity Center managed roles".
    if role is not None and role.role.name.startswith(_IDENTITY_CENTER):
        role = None
    return _targets(call, params, identity, role, identity.session_name)


def _targets(
    call: Call,
    params: Params,
    identity: WebIdentity | SamlIdentity,
    role: RoleSnapshot | None,
    session_name: str,
) -> Iterator[Target]:
    """Yield the role, once for each action that the request needs."""
    check_session_policy(params)
    arn = parse_role_arn(params["RoleArn"])
    context: dict[str, ContextValue] = {"sts:RoleSessionName": session_name}
    context |= tag_context(identity.tags.tags, identity.tags.transitive)
    actions: list[str | None] = [None]
    if identity.tags.tags:
        actions.append("sts:TagSession")
    if identity.source_identity is not None:
        context["sts:SourceIdentity"] = identity.source_identity
        actions.append("sts:SetSourceIdentity")
    for action in actions:
        yield Target(
            arn=params["RoleArn"],
            account_id=arn.account,
            tags=role.role.tags if role is not None else (),
            action=action,
            trust_policy=role.trust_policy if role is not None else TRUSTS_NOBODY,
            context=context,
            deny_text=f"Not authorized to perform sts:{call.operation}",
        )


@sts_operation("AssumeRoleWithWebIdentity", on=_of_web_identity, mode=Mode.INLINE)
def assume_role_with_web_identity(call: Call, params: Params) -> Result:
    """
    Issue credentials of a role to somebody whom its trust policy lets in.

    Raises:
        ValidationError: The duration is longer than the role allows.
        MalformedPolicyDocument: A session policy is not valid.
        PackedPolicyTooLarge: Session policies, tags and what the provider says do not fit.
    """
    role, identity = _role(call, params), _web_identity(call)
    if role is None:
        raise RuntimeError("a role that does not exist was allowed")
    answer = issue_role_session(
        call,
        params,
        role,
        parent_access_key_id="",
        source_identity=identity.source_identity,
        tags=identity.tags.tags,
        transitive_tag_keys=identity.tags.transitive,
        federated_provider=identity.provider,
        federation_context=tuple(identity.session_context.items()),
    )
    return {
        **answer,
        "SubjectFromWebIdentityToken": identity.subject,
        "Provider": identity.shown_provider,
        "Audience": identity.audience,
    }


@sts_operation("AssumeRoleWithSAML", on=_of_saml, mode=Mode.INLINE)
def assume_role_with_saml(call: Call, params: Params) -> Result:
    """
    Issue credentials of a role to somebody whom its trust policy lets in.

    The name of the session is in the response, not in the parameters.  The session ends when the response says so, if that
    is before the duration that was asked for (AWS: "whichever is shorter").

    Raises:
        ValidationError: The duration is longer than the role allows.
        MalformedPolicyDocument: A session policy is not valid.
        PackedPolicyTooLarge: Session policies, tags and what the provider says do not fit.
    """
    role, identity = _role(call, params), _saml_identity(call)
    if role is None:
        raise RuntimeError("a role that does not exist was allowed")
    now = call.now.replace(microsecond=0)
    ends = [] if identity.ends_at is None else [identity.ends_at.replace(microsecond=0)]
    ends += [] if identity.longest is None else [now + timedelta(seconds=identity.longest)]
    answer = issue_role_session(
        call,
        {**params, "RoleSessionName": identity.session_name},
        role,
        parent_access_key_id="",
        ends_at=min(ends, default=None),
        source_identity=identity.source_identity,
        tags=identity.tags.tags,
        transitive_tag_keys=identity.tags.transitive,
        federated_provider=identity.provider,
        federation_context=tuple(identity.session_context.items()),
    )
    return {
        **answer,
        "Subject": identity.subject,
        "SubjectType": identity.subject_type,
        "Issuer": identity.issuer,
        "Audience": identity.audience,
        "NameQualifier": identity.name_qualifier,
    }
