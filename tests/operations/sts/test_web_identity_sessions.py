"""What a session by AssumeRoleWithWebIdentity carries, what ends it, and what its provider may change."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.support.answers import arn, refusal
from tests.support.issuer import KID, issuer
from tests.support.jose import claims_of, jwk, rsa_key, signed
from tests.support.loops import LoopThread
from tests.support.web_identity import ACTIONS, SUBJECT, TAGS, TERSE, Federation, settings
from tests.support.world import ACCOUNT, Actor, Credentials, World, allow, document


def test_session_tags(federation: Federation) -> None:
    """R-37, semantics 66."""
    tagged = {TAGS: {"principal_tags": {"Team": ["red"], "Cost": ["1"]}, "transitive_tag_keys": ["Team"]}}
    own = f"arn:aws:iam::{ACCOUNT}:role/next"
    role_arn = federation.role("app", allow("sts:*", own), allow("iam:ListUsers", Condition=_tag("red")))
    token = federation.issuer.token(**tagged)
    answer = federation.assume(role_arn, token)
    assert answer["PackedPolicySize"] > 0
    red = federation.actor(role_arn, token)
    assert red.iam.list_users()["Users"] == []
    assert refusal(federation.actor(role_arn).iam.list_users)[0] == "AccessDenied"
    # The transitive one goes on to the next role, the other does not.
    trust = allow(["sts:AssumeRole", "sts:TagSession"], None, Principal={"AWS": role_arn})
    transitive = {"StringEquals": {"aws:RequestTag/Team": "red"}, "Null": {"aws:RequestTag/Cost": "true"}}
    federation.role_with(document(trust | {"Condition": transitive}), "next")
    assert red.assume(own).sts.get_caller_identity()

    for number, (condition, allowed) in enumerate(
        (
            ({"StringEquals": {"aws:RequestTag/team": "red"}}, True),
            ({"StringEquals": {"aws:RequestTag/Team": "RED"}}, False),
            ({"StringEquals": {"aws:RequestTag/Other": "red"}}, False),
            ({"ForAllValues:StringEquals": {"aws:TagKeys": ["Team", "Cost"]}}, True),
            ({"ForAllValues:StringEquals": {"aws:TagKeys": ["Team"]}}, False),
            ({"ForAllValues:StringEquals": {"sts:TransitiveTagKeys": ["Team"]}}, True),
            ({"ForAnyValue:StringEquals": {"sts:TransitiveTagKeys": ["Cost"]}}, False),
        )
    ):
        limited = allow(ACTIONS, None, Principal={"Federated": federation.provider}, Condition=condition)
        made = federation.role_with(document(limited), f"r{number}")
        assert allowed == (_code(federation, made, token) is None), condition
    # Tags that the trust policy does not allow to be set close the door.
    bare = allow(ACTIONS[0], None, Principal={"Federated": federation.provider})
    untagged = federation.role_with(document(bare), "untagged")
    assert federation.assume(untagged)
    assert federation.refused(untagged, token) == TERSE


def _tag(value: str) -> dict[str, Any]:
    return {"StringEquals": {"aws:PrincipalTag/Team": value}}


def _code(federation: Federation, role_arn: str, token: str) -> str | None:
    try:
        federation.assume(role_arn, token)
    except federation.nobody.exceptions.ClientError as error:
        return str(error.response["Error"]["Code"])
    return None


def test_a_source_identity(federation: Federation) -> None:
    """semantics 66: in the answer, in the session's requests, and only where the trust policy allows it."""
    condition = {"StringEquals": {"aws:SourceIdentity": "Alice"}}
    role_arn = federation.role("app", allow("iam:ListUsers", Condition=condition))
    token = federation.issuer.token(**{"https://aws.amazon.com/source_identity": "Alice"})
    assert federation.assume(role_arn, token)["SourceIdentity"] == "Alice"
    assert federation.actor(role_arn, token).iam.list_users()["Users"] == []
    bare = allow(ACTIONS[0], None, Principal={"Federated": federation.provider})
    assert federation.refused(federation.role_with(document(bare), "bare"), token) == TERSE
    named = allow(
        ACTIONS,
        None,
        Principal={"Federated": federation.provider},
        Condition={"StringEquals": {"sts:SourceIdentity": "Bob"}},
    )
    assert federation.refused(federation.role_with(document(named), "named"), token) == TERSE


def test_the_session_knows_who_vouched_and_for_whom(federation: Federation) -> None:
    """AWS: aud, sub and amr are there in the session's requests, other claims are not."""
    name = federation.name
    known = {
        "StringEquals": {
            "aws:FederatedProvider": federation.provider,
            f"{name}:sub": SUBJECT,
            f"{name}:aud": "sts.amazonaws.com",
        },
        "ForAnyValue:StringEquals": {f"{name}:amr": "mfa"},
        "Null": {f"{name}:email": "true", f"{name}:oaud": "true"},
        "Bool": {"aws:MultiFactorAuthPresent": "false"},
    }
    role_arn = federation.role(
        "app",
        allow("iam:ListUsers", Condition=known),
        allow("iam:ListRoles", Condition={"Null": {f"{name}:email": "false"}}),
    )
    actor = federation.actor(role_arn, federation.issuer.token(amr=["mfa"], email="a@example.com"))
    assert actor.iam.list_users()["Users"] == []
    assert refusal(actor.iam.list_roles)[0] == "AccessDenied"
    # In resources, too: each one's own.
    own = federation.role("own", allow("iam:GetUser", f"arn:aws:iam::{ACCOUNT}:user/${{{name}:sub}}"))
    federation.world.root.iam.create_user(UserName="alice")
    token = federation.issuer.token(sub="alice")
    assert federation.actor(own, token).iam.get_user(UserName="alice")["User"]["UserName"] == "alice"
    assert refusal(federation.actor(own).iam.get_user, UserName="alice")[0] == "AccessDenied"


def test_a_long_identity_fits_into_a_session_token(federation: Federation) -> None:
    subject = "s" * 255
    role_arn = federation.role("app", allow("iam:ListUsers"))
    tags = {TAGS: {"principal_tags": {f"key-{number}": str(number) * 20 for number in range(50)}}}
    token = federation.issuer.token(sub=subject, amr=["m" * 30] * 20, **tags)
    answer = federation.assume(role_arn, token)
    assert len(answer["Credentials"]["SessionToken"]) <= 4096
    assert answer["SubjectFromWebIdentityToken"] == subject
    assert Actor(federation.world, Credentials.of(answer["Credentials"])).iam.list_users()["Users"] == []


def test_a_deleted_provider_lets_nobody_in_and_ends_no_session(federation: Federation) -> None:
    """R-41: as on AWS, sessions go on until they expire."""
    role_arn = federation.role("app", allow("iam:ListUsers"))
    session = federation.actor(role_arn)
    iam = federation.world.root.iam
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=federation.provider)
    missing = f"No OpenIDConnect provider found in your account for {federation.issuer.url}"
    assert federation.refused(role_arn) == ("InvalidIdentityToken", missing)
    assert session.iam.list_users()["Users"] == []
    federation.world.clock.advance(timedelta(hours=1))
    assert refusal(session.iam.list_users)[0] == "ExpiredToken"


def test_changes_of_the_provider_hold_at_once(federation: Federation) -> None:
    """R-41."""
    role_arn = federation.role()
    federation.assume(role_arn)
    iam = federation.world.root.iam
    named = {"OpenIDConnectProviderArn": federation.provider}
    iam.remove_client_id_from_open_id_connect_provider(**named, ClientID="sts.amazonaws.com")
    assert federation.refused(role_arn) == ("InvalidIdentityToken", "Incorrect token audience")
    iam.add_client_id_to_open_id_connect_provider(**named, ClientID="sts.amazonaws.com")
    assert federation.assume(role_arn)


def test_a_deleted_role_ends_its_sessions(federation: Federation) -> None:
    """R-41."""
    session = federation.actor(federation.role("app"))
    federation.world.root.iam.delete_role(RoleName="app")
    assert refusal(session.sts.get_caller_identity)[0] == "InvalidClientTokenId"


def test_an_issuer_changes_its_keys(federation: Federation) -> None:
    role_arn = federation.role()
    federation.assume(role_arn)
    federation.issuer.publish(jwk(rsa_key(), KID), jwk(rsa_key("new"), "new"))
    token = signed({"alg": "RS256", "kid": "new"}, claims_of(federation.issuer.url), rsa_key("new"))
    assert federation.assume(role_arn, token)
    # The keys were asked for once at first, and once more for the new one.
    assert federation.issuer.asked.count("/keys.json") == 2


def test_an_issuer_that_cannot_be_reached(federation: Federation) -> None:
    role_arn = federation.role()
    federation.issuer.answers.clear()
    unreachable = (
        "IDPCommunicationError",
        "The identity provider could not be reached to verify the token.",
    )
    assert federation.refused(role_arn) == unreachable


def test_an_issuer_in_a_private_network_is_for_the_operator_to_allow(loop: LoopThread) -> None:
    """R-51: also when the provider was made while it was allowed."""
    with issuer() as idp:
        world = World(loop, settings(allow_private_issuers=False))
        federation = Federation(world, idp)
        from tests.support.store_values import add, oidc_provider  # noqa: PLC0415

        add(world.app.store, oidc_provider(idp.url, client_ids=("sts.amazonaws.com",)))
        assert federation.refused(federation.role())[0] == "IDPCommunicationError"
        assert idp.asked == []
        world.close()


def test_sessions_do_not_end_with_a_key_that_they_did_not_begin_with(loop: LoopThread) -> None:
    with issuer() as idp:
        world = World(loop, settings(sessions_end_with_their_key=True))
        federation = Federation(world, idp)
        world.root.iam.create_open_id_connect_provider(Url=idp.url, ClientIDList=["sts.amazonaws.com"])
        assert federation.actor(federation.role()).sts.get_caller_identity()
        world.close()


def test_a_signature_that_is_sent_must_hold_and_counts_for_nothing(federation: Federation) -> None:
    """R-02, R-11: who signs is not who the token stands for."""
    role_arn = federation.role()
    ask = {"RoleArn": role_arn, "RoleSessionName": "pod", "WebIdentityToken": federation.issuer.token()}

    def signing(secret: str) -> Any:
        client = federation.world.client("sts", Credentials("AKIAROOTEXAMPLE00000", secret))
        client.meta.events.register("choose-signer.sts.*", lambda **_: "v4")
        return client.assume_role_with_web_identity

    assert refusal(signing("x" * 40), **ask)[0] == "SignatureDoesNotMatch"
    answer = signing("root/secret/access/key/of/the/tests/0000")(**ask)
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/app/pod"
    assert (
        refusal(signing("root/secret/access/key/of/the/tests/0000"), **ask | {"WebIdentityToken": "x.y.z"})[0]
        == "InvalidIdentityToken"
    )


def test_a_session_of_another_installation_does_not_open(federation: Federation, loop: LoopThread) -> None:
    """R-31."""
    session = federation.actor(federation.role())
    other = World(loop)
    assert session.credentials is not None
    stranger = Actor(other, session.credentials)
    assert refusal(stranger.sts.get_caller_identity)[0] == "InvalidClientTokenId"
    other.close()


def test_what_the_chronicle_tells(loop: LoopThread, tmp_path: Any) -> None:
    """R-78: who came in, and never by which token."""
    with issuer() as idp:
        world = World(loop, settings(audit_file=tmp_path / "audit.jsonl"))
        federation = Federation(world, idp)
        world.root.iam.create_open_id_connect_provider(Url=idp.url, ClientIDList=["sts.amazonaws.com"])
        tagged = {TAGS: {"principal_tags": {"Team": ["red"]}, "transitive_tag_keys": ["Team"]}}
        source = {"https://aws.amazon.com/source_identity": "Alice"}
        role_arn, token = federation.role(), idp.token(**tagged, **source)
        federation.assume(role_arn, token)
        federation.refused(role_arn, idp.token(aud="elsewhere"))
        world.close()
    text = (tmp_path / "audit.jsonl").read_text()
    assert token.split(".")[1] not in text
    lines = [json.loads(line) for line in text.splitlines()]
    asked = [line for line in lines if line["eventName"] == "AssumeRoleWithWebIdentity"]
    assert [line.get("errorCode") for line in asked] == [None, "InvalidIdentityToken"]
    # As CloudTrail says it: the provider, the audience, the subject.
    assert asked[0]["userIdentity"] == {
        "type": "WebIdentityUser",
        "principalId": f"{federation.provider}:sts.amazonaws.com:{SUBJECT}",
        "userName": SUBJECT,
        "identityProvider": federation.provider,
    }
    parameters = asked[0]["requestParameters"]
    assert parameters.pop("webIdentityToken") == "HIDDEN_DUE_TO_SECURITY_REASONS"
    assert parameters.pop("roleSessionName")
    assert parameters == {
        "roleArn": role_arn,
        "principalTags": {"Team": "red"},
        "transitiveTagKeys": ["team"],
        "sourceIdentity": "Alice",
    }
    assert asked[0]["resources"][0]["ARN"] == role_arn


def test_times_are_those_of_the_world_of_sessions(federation: Federation) -> None:
    role_arn, token = federation.role(), federation.issuer.token()
    federation.assume(role_arn, token)
    federation.world.clock.advance(timedelta(minutes=66))
    assert federation.refused(role_arn, token)[0] == "ExpiredTokenException"
    assert datetime.now(UTC) < federation.world.clock.now()


# The roles that a token is for

ROLES = "https://aws.amazon.com/roles"
NOT_FOR_IT = (
    "InvalidIdentityToken",
    "The target role ARN is not present in the roles claim of the identity token",
)


def test_a_token_is_good_for_the_roles_in_it(federation: Federation) -> None:
    first, second = federation.role("first"), federation.role("second")
    for claim in (first, [first], [arn("role/other"), first]):
        token = federation.issuer.token(**{ROLES: claim})
        assert federation.assume(first, token)["Credentials"]
        # Whatever the trust policy says, and whether there is such a role or not.
        assert federation.refused(second, token) == NOT_FOR_IT
        assert federation.refused(arn("role/missing"), token) == NOT_FOR_IT


@pytest.mark.parametrize("claim", ["first", arn("role/*"), arn("role/firs?"), arn("role/First"), "*", []])
def test_a_token_names_its_roles_exactly(federation: Federation, claim: object) -> None:
    role_arn = federation.role("first")
    assert federation.refused(role_arn, federation.issuer.token(**{ROLES: claim})) == NOT_FOR_IT


@pytest.mark.parametrize("wanted", ["true", "false"])
def test_whether_the_provider_has_authorized_the_role(federation: Federation, wanted: str) -> None:
    trust = allow(
        "sts:AssumeRoleWithWebIdentity",
        None,
        Principal={"Federated": federation.provider},
        Condition={"Bool": {"sts:RoleAuthorizedByIdp": wanted}},
    )
    role_arn = federation.role_with(document(trust))
    tokens = {"false": federation.issuer.token(), "true": federation.issuer.token(**{ROLES: role_arn})}
    assert federation.assume(role_arn, tokens.pop(wanted))["Credentials"]
    (other,) = tokens.values()
    assert federation.refused(role_arn, other) == TERSE
