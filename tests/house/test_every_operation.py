"""
What every operation of the models does, whether it is implemented or not.

Requests satisfy the model and name what is there, so that nothing but the question at hand can refuse them.
"""

import json
from collections.abc import Callable, Mapping

import pytest
from tests.house.matrix_step import ASKED_AS
from tests.house.sender import (
    OPERATIONS,
    Answer,
    changed,
    generated,
    in_words_of,
    name_of,
    request_to,
    send_all,
    signed,
    speaks_json,
    with_bad_signature,
)
from tests.house.town import Town, arn, plants
from tests.support.world import Credentials, allow, document

from iamd.http import Request
from iamd.wire.model import Operation

pytestmark = pytest.mark.slow

Refusal = tuple[int, str, str]

# What needs no permission: an explicit Deny does not stop it either.
ALWAYS_ALLOWED = {"sts:GetCallerIdentity", "sts:GetSessionToken"}
# What needs long-term credentials, whatever the policies say.
LONG_TERM_ONLY = {"sts:GetFederationToken", "sts:GetSessionToken"}
# What the account must be allowed, too: to act as the root of others.
OF_AN_ADMINISTRATOR = {"sts:AssumeRoot"}
# Denials that do not tell the reason, since AWS's do not: the answer is the same for keys that are not there.
WITHOUT_REASON = {"iam:GetAccessKeyLastUsed"}
# A token or response in the parameters says who asks, whoever signs.  Those that are made up here say nothing.
BY_TOKEN = {"sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"}


def asked(operation: Operation) -> Request:
    return request_to(operation, generated(operation, plants()))


def by(credentials: Credentials | None) -> Callable[[Operation], Request]:
    return lambda each: signed(asked(each), each.service, credentials)


def every(town: Town, request_of: Callable[[Operation], Request]) -> dict[str, Answer]:
    answers = send_all(town.world, map(request_of, OPERATIONS))
    return dict(zip(map(name_of, OPERATIONS), answers, strict=True))


def refusals(answers: Mapping[str, Answer]) -> dict[str, Refusal]:
    return {name: (answer.status, answer.code, answer.message) for name, answer in answers.items()}


def all_but(exceptions: Mapping[str, Refusal], refusal: Refusal) -> dict[str, Refusal]:
    status, code, message = refusal
    return {
        name_of(each): exceptions.get(name_of(each), (*in_words_of(each, status, code), message))
        for each in OPERATIONS
    }


def denied(answers: Mapping[str, Answer]) -> set[str]:
    """Return the names of the operations that were denied, whatever their protocol calls it."""
    return {
        name
        for name, answer in answers.items()
        if answer.code in {"AccessDenied", "AccessDeniedException"} and answer.status in {400, 403}
    }


def invalid_token() -> Refusal:
    return 403, "InvalidClientTokenId", "The security token included in the request is invalid."


def test_nobody_is_refused_everywhere(town: Town) -> None:
    """R-02: an unsigned request is refused alike, but for the two operations whose proof is in their parameters."""
    missing = (403, "MissingAuthenticationToken", "Request is missing Authentication Token")
    found = refusals(every(town, asked))
    unsigned = {name: found[name] for name in BY_TOKEN}
    assert found == all_but(unsigned, missing)
    assert {found[name][1] for name in BY_TOKEN} == {"InvalidIdentityToken"}


def test_a_bad_signature_is_refused_everywhere_alike(town: Town) -> None:
    """R-02: the same refusal from all, the operations that need no signature included."""
    found = refusals(
        every(
            town,
            lambda each: with_bad_signature(signed(asked(each), each.service, town.root.credentials)),
        )
    )
    text = (
        "The request signature we calculated does not match the signature you provided. "
        "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
    )
    assert found == all_but({}, (403, "SignatureDoesNotMatch", text))


def test_an_unknown_key_is_refused_everywhere_alike(town: Town) -> None:
    """R-02: whoever has no key learns nothing but that."""
    unknown = Credentials("AKIAUNKNOWNUNKNOWN00", "x" * 40)
    found = refusals(every(town, by(unknown)))
    assert found == all_but({}, invalid_token())


@pytest.mark.parametrize(
    "scheme",
    ["AWS AKIAROOTEXAMPLE00000:c2lnbmF0dXJl", "Bearer abc", "Basic YTpi", "AWS4-ECDSA-P256-SHA256 x"],
)
def test_an_unknown_scheme_is_refused_everywhere(town: Town, scheme: str) -> None:
    """R-02: an unknown type of authentication is refused, never taken for none."""

    def with_scheme(operation: Operation) -> Request:
        plain = asked(operation)
        headers = (*plain.headers, (b"authorization", scheme.encode()))
        return Request(method="POST", raw_path=b"/", headers=headers, body=plain.body)

    found = refusals(every(town, with_scheme))
    _, _, said = found["iam:GetUser"]
    assert found == all_but({}, (400, "IncompleteSignature", said))


def test_a_user_without_policies_is_denied_everywhere(town: Town) -> None:
    """R-22, R-26: every operation asks, and nothing is allowed that no policy allows."""
    nobody = town.actor("nobody")
    found = every(town, by(nobody.credentials))
    for name in ALWAYS_ALLOWED:
        assert found.pop(name).code == "OK"
    for name in BY_TOKEN:
        assert found.pop(name).code == "InvalidIdentityToken"
    assert {name: found[name] for name in found.keys() - denied(found)} == {}
    reasonless = {
        name
        for name, answer in found.items()
        if not answer.message.endswith(
            f"because no identity-based policy allows the {ASKED_AS.get(name, name)} action"
        )
    }
    assert reasonless == WITHOUT_REASON


def test_a_session_policy_that_lacks_the_action_denies_everywhere(town: Town) -> None:
    """R-22, R-34: the session policy takes away from each operation, "own user" shortcuts included."""
    admin = town.actor("admin")
    sessions: dict[str, Credentials] = {}
    for operation in OPERATIONS:
        action = ASKED_AS.get(name_of(operation), name_of(operation))
        lacking = document({"Effect": "Allow", "NotAction": action, "Resource": "*"})
        session = admin.assume(arn("role", "steward"), Policy=lacking)
        assert session.credentials is not None
        sessions[name_of(operation)] = session.credentials
    found = every(town, lambda each: signed(asked(each), each.service, sessions[name_of(each)]))

    assert found.pop("sts:GetCallerIdentity").code == "OK"
    for name in LONG_TERM_ONLY:
        answer = found.pop(name)
        assert (answer.code, "with session credentials" in answer.message) == ("AccessDenied", True)
    for name in BY_TOKEN:
        assert found.pop(name).code == "InvalidIdentityToken"
    assert {name: found[name] for name in found.keys() - denied(found)} == {}
    reasonless = {
        name
        for name, answer in found.items()
        if not answer.message.endswith(
            f"because no session policy allows the {ASKED_AS.get(name, name)} action"
        )
    }
    assert reasonless == WITHOUT_REASON


def test_the_same_session_is_allowed_where_its_policy_has_the_action(own_town: Town) -> None:
    """The counterpart: the refusals above come from the one action that was lacking."""
    session = own_town.actor("admin").assume(arn("role", "steward"), Policy=document(allow("*"))).credentials
    found = every(own_town, by(session))
    assert denied(found) == LONG_TERM_ONLY | OF_AN_ADMINISTRATOR


def test_a_garbled_session_token_is_refused_everywhere_alike(town: Town) -> None:
    """R-15, R-35: and the server lives on."""
    session = town.actor("admin").assume(arn("role", "steward")).credentials
    assert session is not None
    assert session.session_token is not None
    tokens = [
        changed(session.session_token, 0),
        changed(session.session_token, 20),
        changed(session.session_token, -1),
        session.session_token[:-8],
        "garbage",
        "A" * 4096,
    ]
    for token in tokens:
        bad = Credentials(session.access_key_id, session.secret_access_key, token)
        found = refusals(every(town, by(bad)))
        assert found == all_but({}, invalid_token())


def test_a_session_token_belongs_to_its_own_access_key_id(town: Town) -> None:
    """R-35: a token with another's access key id, or a long-term key with a token, is refused everywhere alike."""
    admin = town.actor("admin")
    one, two = (admin.assume(arn("role", "steward")).credentials for _ in range(2))
    assert one is not None
    assert two is not None
    mixed = Credentials(one.access_key_id, one.secret_access_key, two.session_token)
    assert admin.credentials is not None
    long_term = Credentials(
        admin.credentials.access_key_id, admin.credentials.secret_access_key, two.session_token
    )
    for bad in (mixed, long_term):
        found = refusals(every(town, by(bad)))
        assert found == all_but({}, invalid_token())


def test_temporary_credentials_without_their_token_are_refused_everywhere_alike(town: Town) -> None:
    session = town.actor("admin").assume(arn("role", "steward")).credentials
    assert session is not None
    bare = Credentials(session.access_key_id, session.secret_access_key)
    found = refusals(every(town, by(bare)))
    assert found == all_but({}, invalid_token())


def test_what_the_model_does_not_name_is_refused_everywhere(town: Town) -> None:
    """R-25: no member reaches a handler that the model does not have, not even under a name that it uses elsewhere."""

    def with_more(operation: Operation) -> Request:
        plain = asked(operation)
        if speaks_json(operation):
            body = json.dumps({**json.loads(plain.body), "Surprise": "1"}).encode()
        else:
            body = plain.body + b"&Surprise=1"
        more = Request(method="POST", raw_path=b"/", headers=plain.headers, body=body)
        return signed(more, operation.service, town.root.credentials)

    found = refusals(every(town, with_more))
    assert found == all_but({}, (400, "InvalidParameterValue", "The parameter Surprise is not recognized"))
