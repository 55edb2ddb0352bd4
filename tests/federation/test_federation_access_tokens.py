"""OAuth 2.0 access tokens: what their providers say of them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from iamd.clock import FixedClock
from iamd.errors import IDPCommunicationError, IDPRejectedClaim, InvalidIdentityToken, ServiceError
from iamd.federation.access_tokens import AccessTokenProvider, AccessTokens, Send
from iamd.federation.claims import WebIdentity
from iamd.federation.fetch import Ask, FetchError
from iamd.federation.needs_fetch import NeedsFetch
from iamd.secret import Secret

AMAZON = AccessTokenProvider(provider_id="www.amazon.com", url="https://api.amazon.example/auth/o2/tokeninfo")
FACEBOOK = AccessTokenProvider(
    provider_id="graph.facebook.com",
    url="https://graph.facebook.example/debug_token?access_token=app",
    parameter="input_token",
    under="data",
    app="app_id",
    valid="is_valid",
)
OWN = AccessTokenProvider(
    provider_id="idp.example.com",
    url="https://idp.example.com/introspect",
    send=Send.FORM,
    parameter="token",
    authorization=Secret("Basic eA=="),
    app="client_id",
    user="sub",
)
TOKEN = "Atza|a token & more"


class Endpoint:
    """What each endpoint answers, and what it was asked."""

    def __init__(self) -> None:
        self.answer: Any = {}
        self.failure: FetchError | None = None
        self.asked: list[Ask] = []

    def get(self, ask: Ask) -> bytes:
        self.asked.append(ask)
        if self.failure is not None:
            raise self.failure
        return json.dumps(self.answer).encode()


@pytest.fixture
def endpoint() -> Endpoint:
    return Endpoint()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 11, 22, tzinfo=UTC))


@pytest.fixture
def tokens(endpoint: Endpoint, clock: FixedClock) -> Iterator[AccessTokens]:
    providers = {each.provider_id: each for each in (AMAZON, FACEBOOK, OWN)}
    made = AccessTokens(endpoint.get, clock.monotonic, providers)
    yield made
    made.close()


def look(tokens: AccessTokens, provider_id: str, token: str = TOKEN) -> WebIdentity:
    for _ in range(3):
        try:
            return tokens.web_identity(provider_id, token)
        except NeedsFetch as lack:
            lack.done.result(10)
    raise AssertionError("it asks for ever more")


def refusal(tokens: AccessTokens, provider_id: str = "www.amazon.com") -> type[ServiceError]:
    with pytest.raises(ServiceError) as caught:
        look(tokens, provider_id)
    return type(caught.value)


def test_amazon(endpoint: Endpoint, tokens: AccessTokens) -> None:
    endpoint.answer = {"aud": "amzn1.application-oa2-client.a", "user_id": "amzn1.account.B", "exp": 3400}
    found = look(tokens, "www.amazon.com")
    assert (found.provider, found.shown_provider) == ("www.amazon.com", "www.amazon.com")
    assert (found.subject, found.audience) == ("amzn1.account.B", "amzn1.application-oa2-client.a")
    assert (
        found.context
        == found.session_context
        == {
            "www.amazon.com:app_id": "amzn1.application-oa2-client.a",
            "www.amazon.com:user_id": "amzn1.account.B",
        }
    )
    assert [ask.url for ask in endpoint.asked] == [f"{AMAZON.url}?access_token=Atza%7Ca+token+%26+more"]


def test_facebook(endpoint: Endpoint, tokens: AccessTokens) -> None:
    endpoint.answer = {"data": {"app_id": 138483919580948, "user_id": "1207059", "is_valid": True}}
    found = look(tokens, "graph.facebook.com")
    assert found.context == {
        "graph.facebook.com:app_id": "138483919580948",
        "graph.facebook.com:id": "1207059",
    }
    assert endpoint.asked[0].url.startswith(f"{FACEBOOK.url}&input_token=")
    endpoint.answer["data"]["is_valid"] = "true"
    with pytest.raises(IDPRejectedClaim):
        look(tokens, "graph.facebook.com", "another")


def test_an_introspection_endpoint(endpoint: Endpoint, tokens: AccessTokens) -> None:
    """RFC 7662."""
    endpoint.answer = {"active": True, "client_id": "app", "sub": "user"}
    assert look(tokens, "idp.example.com").subject == "user"
    (ask,) = endpoint.asked
    assert (ask.url, ask.form) == (OWN.url, b"token=Atza%7Ca+token+%26+more")
    assert ask.headers == (("Authorization", "Basic eA=="),)
    endpoint.answer = {"active": False, "client_id": "app", "sub": "user"}
    with pytest.raises(IDPRejectedClaim):
        look(tokens, "idp.example.com", "another")


def test_a_bearer_token() -> None:
    provider = AccessTokenProvider(provider_id="a.example", url="https://a.example/me", send=Send.BEARER)
    assert provider.ask("x") == Ask("https://a.example/me", (("Authorization", "Bearer x"),))


@pytest.mark.parametrize(
    "answer",
    [
        {},
        [],
        "a",
        {"aud": "a"},
        {"user_id": "u"},
        {"aud": "", "user_id": "u"},
        {"aud": ["a"], "user_id": "u"},
        {"aud": "a", "user_id": "u" * 256},
        {"aud": True, "user_id": "u"},
        {"error": "invalid_token"},
        {"aud": "a", "user_id": "u", "active": "true"},
    ],
)
def test_what_does_not_vouch_is_a_rejection(endpoint: Endpoint, tokens: AccessTokens, answer: Any) -> None:
    endpoint.answer = answer
    assert refusal(tokens) is IDPRejectedClaim


def test_a_refusal_and_an_absence_are_two_things(
    endpoint: Endpoint, tokens: AccessTokens, clock: FixedClock
) -> None:
    endpoint.failure = FetchError("400", answered=True)
    assert refusal(tokens) is IDPRejectedClaim
    clock.advance(timedelta(seconds=5))
    endpoint.failure = FetchError("away")
    assert refusal(tokens) is IDPCommunicationError


def test_what_was_said_holds_for_a_moment_only(
    endpoint: Endpoint, tokens: AccessTokens, clock: FixedClock
) -> None:
    endpoint.answer = {"aud": "a", "user_id": "u"}
    look(tokens, "www.amazon.com")
    look(tokens, "www.amazon.com")
    assert len(endpoint.asked) == 1
    endpoint.answer = {}
    clock.advance(timedelta(seconds=5))
    assert refusal(tokens) is IDPRejectedClaim


def test_a_provider_that_nobody_has_named_is_not_asked(endpoint: Endpoint, tokens: AccessTokens) -> None:
    assert refusal(tokens, "idp.example.org") is InvalidIdentityToken
    assert endpoint.asked == []


def test_no_token_and_no_authorization_shows(tokens: AccessTokens) -> None:
    """R-78."""
    assert "eA==" not in repr(OWN)
    with pytest.raises(NeedsFetch) as caught:
        tokens.web_identity("www.amazon.com", TOKEN)
    caught.value.done.result(10)
    assert TOKEN not in repr(vars(tokens))
