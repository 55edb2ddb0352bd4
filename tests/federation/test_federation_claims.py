"""What claims say in the words of AWS."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.support.jose import claims_of

from iamd.domain.tags import Tag
from iamd.errors import ExpiredTokenException, InvalidIdentityToken
from iamd.federation.claims import TrustedIssuer, WebIdentity, web_identity
from iamd.federation.session_tags import SessionTags, session_tags

NAME = "idp.example.com"
TAGS = "https://aws.amazon.com/tags"
ISSUER = TrustedIssuer(
    principal="arn:aws:iam::123456789012:oidc-provider/idp.example.com", name=NAME, client_ids=("app", "web")
)
GOOGLE = TrustedIssuer(principal="accounts.google.com", name="accounts.google.com", client_ids=None)


def found(issuer: TrustedIssuer = ISSUER, /, **claims: Any) -> WebIdentity:
    return web_identity(claims_of(f"https://{NAME}", **({"aud": "app"} | claims)), issuer, datetime.now(UTC))


def keys(issuer: TrustedIssuer = ISSUER, /, **claims: Any) -> dict[str, Any]:
    return {
        name.removeprefix(f"{issuer.name}:"): value for name, value in found(issuer, **claims).context.items()
    }


def test_who_and_for_whom() -> None:
    """semantics 83: without an azp both are the audience."""
    assert keys() == {"aud": "app", "oaud": "app", "sub": "system:serviceaccount:default:app"}
    assert found().audience == "app"


def test_the_azp_goes_before_the_audience() -> None:
    """semantics 83."""
    said = keys(aud="web", azp="app")
    assert (said["aud"], said["oaud"]) == ("app", "web")
    said = keys(aud="elsewhere", azp="app")
    assert (said["aud"], said["oaud"]) == ("app", "elsewhere")
    assert "oaud" not in keys(aud=["elsewhere", "nowhere"], azp="app")


def test_of_several_audiences_it_is_the_one_that_is_a_client_id() -> None:
    """semantics 34: one scalar."""
    said = keys(aud=["elsewhere", "web", "app"])
    assert (said["aud"], said["oaud"]) == ("web", "web")


def test_where_there_are_no_client_ids_trust_policies_decide() -> None:
    assert keys(GOOGLE, aud="anything")["aud"] == "anything"
    assert keys(GOOGLE, aud="anything", azp="party")["aud"] == "party"


def test_no_client_ids_at_all_let_nobody_in() -> None:
    nobody = TrustedIssuer(principal=ISSUER.principal, name=NAME, client_ids=())
    with pytest.raises(InvalidIdentityToken) as caught:
        found(nobody)
    assert caught.value.message == "Incorrect token audience"


def test_methods_are_a_list_even_of_one() -> None:
    """semantics 34."""
    assert keys(amr="pwd")["amr"] == ("pwd",)
    assert keys(amr=["pwd", "otp"])["amr"] == ("pwd", "otp")
    assert "amr" not in keys(amr=[])


def test_further_claims_are_further_keys() -> None:
    said = keys(
        **{
            "repository": "org/x",
            "repository_id": 7,
            "ref_protected": True,
            "oidc.circleci.com/project-id": "p",
            "groups": ["a", "b"],
            "one": ["a"],
            "address": {"country": "x"},
            "mixed": ["a", 1],
            "ratio": 0.5,
            "with blank": "x",
        }
        | {"nothing": []}
    )
    assert {name: value for name, value in said.items() if name not in {"aud", "oaud", "sub"}} == {
        "repository": "org/x",
        "repository_id": "7",
        "ref_protected": "true",
        "oidc.circleci.com/project-id": "p",
        "groups": ("a", "b"),
        "one": ("a",),
        "nothing": (),
    }


def test_claims_do_not_pass_for_keys_that_mean_something_else() -> None:
    """A token says nothing of itself but what it is verified to be."""
    said = keys(oaud="forged", exp=int(time.time()) + 60, **{f"{TAGS}/principal_tags/a": "b"})
    assert said == {"aud": "app", "oaud": "app", "sub": "system:serviceaccount:default:app"}


def test_the_session_keeps_who_and_for_whom_and_how() -> None:
    """AWS: aud, sub and amr are available in the session, other claims are not."""
    said = found(amr=["pwd"], email="a@example.com", azp="web").session_context
    assert said == {
        f"{NAME}:aud": "web",
        f"{NAME}:sub": "system:serviceaccount:default:app",
        f"{NAME}:amr": ("pwd",),
    }


@pytest.mark.parametrize(
    ("late", "believed"), [(-60, True), (0, True), (300, True), (301, False), (9999, False)]
)
def test_a_token_is_taken_up_to_five_minutes_late(late: int, *, believed: bool) -> None:
    """R-47, semantics 83."""
    now = datetime(2026, 11, 22, tzinfo=UTC)
    at = int(now.timestamp())
    claims = claims_of(f"https://{NAME}", aud="app", exp=at - late, iat=at - 20_000)
    if believed:
        assert web_identity(claims, ISSUER, now).subject
        return
    with pytest.raises(ExpiredTokenException) as caught:
        web_identity(claims, ISSUER, now)
    assert caught.value.message == (
        f"Token expired: current date/time {at} must be before the expiration date/time {at - late}"
    )


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (None, None),
        ("arn:aws:iam::123456789012:role/a", ("arn:aws:iam::123456789012:role/a",)),
        (["a", "b"], ("a", "b")),
        ([], ()),
        ("", ("",)),
    ],
    ids=["null", "one", "several", "none", "an empty one"],
)
def test_the_roles_of_a_token(claim: object, expected: tuple[str, ...] | None) -> None:
    assert found().roles is None
    assert found(**{"https://aws.amazon.com/roles": claim}).roles == expected


@pytest.mark.parametrize(
    "claim",
    [1, True, {}, {"a": "b"}, [1], ["a", None], ["a"] * 1001],
    ids=["a number", "a truth value", "an object", "another object", "numbers", "a null", "too many"],
)
def test_roles_that_are_none(claim: object) -> None:
    with pytest.raises(InvalidIdentityToken, match=r"^The claim roles is not a list of texts\.$"):
        found(**{"https://aws.amazon.com/roles": claim})


def test_a_source_identity() -> None:
    claim = "https://aws.amazon.com/source_identity"
    assert found().source_identity is None
    assert found(**{claim: "Admin"}).source_identity == "Admin"
    for bad in ("", "a", "a" * 65, "a b", "aws:a", "AWS:x", 1, ["Admin"], "ä" * 3):
        with pytest.raises(InvalidIdentityToken):
            found(**{claim: bad})


NESTED = {
    TAGS: {
        "principal_tags": {"Project": ["Automation"], "CostCenter": ["987654"], "Department": "Engineering"},
        "transitive_tag_keys": ["Project", "costcenter"],
    }
}
FLAT = {
    f"{TAGS}/principal_tags/Project": "Automation",
    f"{TAGS}/principal_tags/CostCenter": ["987654"],
    f"{TAGS}/principal_tags/Department": "Engineering",
    f"{TAGS}/transitive_tag_keys": ["Project", "costcenter"],
}


@pytest.mark.parametrize("claims", [NESTED, FLAT])
def test_tags_nested_and_flattened(claims: dict[str, Any]) -> None:
    """AWS: *Passing session tags using AssumeRoleWithWebIdentity*."""
    assert session_tags(claims) == SessionTags(
        (Tag("Project", "Automation"), Tag("CostCenter", "987654"), Tag("Department", "Engineering")),
        ("project", "costcenter"),
    )


def test_no_tags() -> None:
    assert session_tags({}) == session_tags({TAGS: {}}) == SessionTags()


@pytest.mark.parametrize(
    "claims",
    [
        {TAGS: []},
        {TAGS: "a"},
        {TAGS: {"other": {}}},
        {TAGS: {"principal_tags": []}},
        {TAGS: {"principal_tags": {"a": ["b", "c"]}}},
        {TAGS: {"principal_tags": {"a": []}}},
        {TAGS: {"principal_tags": {"a": 1}}},
        {TAGS: {"principal_tags": {"a": {"b": "c"}}}},
        {TAGS: {"principal_tags": {"": "b"}}},
        {TAGS: {"principal_tags": {"a" * 129: "b"}}},
        {TAGS: {"principal_tags": {"a": "b" * 257}}},
        {TAGS: {"principal_tags": {"a": "<b>"}}},
        {TAGS: {"principal_tags": {"a*": "b"}}},
        {TAGS: {"principal_tags": {"aws:a": "b"}}},
        {TAGS: {"principal_tags": {"AWS:a": "b"}}},
        {TAGS: {"principal_tags": {"a": "b", "A": "c"}}},
        {TAGS: {"principal_tags": {"a": "b"}}, f"{TAGS}/principal_tags/A": "c"},
        {TAGS: {"principal_tags": {str(number): "b" for number in range(51)}}},
        {TAGS: {"principal_tags": {"a": "b"}, "transitive_tag_keys": ["c"]}},
        {TAGS: {"principal_tags": {"a": "b"}, "transitive_tag_keys": [1]}},
        {f"{TAGS}/transitive_tag_keys": ["c"]},
        {f"{TAGS}/principal_tags/": "c"},
    ],
)
def test_other_tags_are_refused(claims: dict[str, Any]) -> None:
    """R-37: a token whose tags cannot be read is no token without tags."""
    with pytest.raises(InvalidIdentityToken):
        session_tags(claims)
