"""
AssumeRoleWithWebIdentity: temporary credentials of a role for somebody whom an identity provider vouches for.

1. Who asks was found out by the token in the parameters (`iamd.auth.schemes.web_identity`); no signature is needed.
2. The role's trust policy alone decides: it must allow sts:AssumeRoleWithWebIdentity to the provider, sts:TagSession when
   the token brings tags, and sts:SetSourceIdentity when it brings a source identity (semantics 66).
3. A session is sealed, which remembers the provider and who it said this was.

Refusals are terse (semantics 77): whoever is not let in learns nothing about the role, not even whether it is there.
"""

from collections.abc import Iterator

from iamd.auth.target import ContextValue, Target
from iamd.directory.snapshots import RoleSnapshot
from iamd.domain.roles import parse_role_arn
from iamd.federation.claims import WebIdentity
from iamd.operations.call import Call, Params, Result
from iamd.operations.registry import Mode, sts_operation
from iamd.operations.sts.role_sessions import (
    TRUSTS_NOBODY,
    check_session_policy,
    issue_role_session,
    tag_context,
)


def _identity(call: Call) -> WebIdentity:
    if call.caller.identity is None:
        raise RuntimeError("nobody vouches for the caller")
    return call.caller.identity


def _role(call: Call, params: Params) -> RoleSnapshot | None:
    """Return the role that may be assumed at all: of an account that is open."""
    account = call.view.account(parse_role_arn(params["RoleArn"]).account)
    return call.view.role(params["RoleArn"]) if account is not None and account.active else None


def _targets(call: Call, params: Params) -> Iterator[Target]:
    """Yield the role, once for each action that the request needs."""
    check_session_policy(params)
    arn, role, identity = parse_role_arn(params["RoleArn"]), _role(call, params), _identity(call)
    context: dict[str, ContextValue] = {"sts:RoleSessionName": params["RoleSessionName"]}
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


@sts_operation("AssumeRoleWithWebIdentity", on=_targets, mode=Mode.INLINE)
def assume_role_with_web_identity(call: Call, params: Params) -> Result:
    """
    Issue credentials of a role to somebody whom its trust policy lets in.

    Raises:
        ValidationError: The duration is longer than the role allows.
        MalformedPolicyDocument: A session policy is not valid.
        PackedPolicyTooLarge: Session policies, tags and what the provider says do not fit.
    """
    role, identity = _role(call, params), _identity(call)
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
