"""AssumeRoleWithSAML: what the attributes of a response become: names, tags, source identity, and context keys."""

from datetime import timedelta
from typing import Any

import pytest
from tests.support.answers import arn, refusal
from tests.support.saml_idp import ENTITY, PROVIDER, ROLE, SIGN_IN, name_qualifier, posted
from tests.support.saml_world import SamlWorld
from tests.support.world import ACCOUNT, World, allow, document

from iamd.federation.saml_attributes import context_of

TERSE = ("AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML")
BAD_NAME = (
    "InvalidIdentityToken",
    "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}",
)
BAD_SOURCE = (
    "InvalidIdentityToken",
    'Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"',
)
BAD_TAGS = ("InvalidIdentityToken", "The session tags of the SAML response are not valid.")
EDU = "urn:oid:1.3.6.1.4.1.5923.1"
CLAIM = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
GROUP = "http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid"


@pytest.fixture
def federation(world: World) -> SamlWorld:
    return SamlWorld.of(world)


# The session's name.


def test_the_session_has_the_name_of_the_response(federation: SamlWorld) -> None:
    federation.role(StringEquals={"sts:RoleSessionName": "bob@example.com"})
    answer = federation.assume(federation.attributes(RoleSessionName="bob@example.com"))
    assert answer["AssumedRoleUser"]["Arn"].endswith(":assumed-role/app/bob@example.com")
    assert federation.refused() == TERSE


def test_there_must_be_a_name(federation: SamlWorld) -> None:
    federation.role()
    missing = ("InvalidIdentityToken", "RoleSessionName is required in AuthnResponse")
    assert federation.refused(federation.attributes(RoleSessionName=None)) == missing
    assert federation.refused(federation.attributes(RoleSessionName=[])) == missing


@pytest.mark.parametrize(
    "name", ["", "a", "a" * 65, "John Doe", "a/b", "\u00e4\u00e4", "ab\nc", ["alice", "bob"]]
)
def test_names_that_are_none(federation: SamlWorld, name: Any) -> None:
    federation.role()
    assert federation.refused(federation.attributes(RoleSessionName=name)) == BAD_NAME


def test_names_at_their_limits(federation: SamlWorld) -> None:
    federation.role()
    for name in ("ab", "a" * 64, "_+=,.@-9"):
        answer = federation.assume(federation.attributes(RoleSessionName=name))
        assert answer["AssumedRoleUser"]["AssumedRoleId"].endswith(f":{name}")


# Source identity.


def test_source_identity(federation: SamlWorld) -> None:
    federation.role("app", allow("sts:*"), StringEquals={"sts:SourceIdentity": "alice"})
    response = federation.attributes(SourceIdentity="alice")
    assert federation.assume(response)["SourceIdentity"] == "alice"
    assert federation.refused() == TERSE
    # It stays with who goes on from there.
    trust = allow(
        ["sts:AssumeRole", "sts:SetSourceIdentity"],
        None,
        Principal={"AWS": ROLE},
        Condition={"StringEquals": {"aws:SourceIdentity": "alice"}},
    )
    next_role = federation.role_with(document(trust), "next")
    answer = federation.actor(response).sts.assume_role(RoleArn=next_role, RoleSessionName="on")
    assert answer["SourceIdentity"] == "alice"


def test_source_identity_needs_its_own_permission(federation: SamlWorld) -> None:
    """Semantics 66."""
    federation.role(actions=["sts:AssumeRoleWithSAML", "sts:TagSession"])
    assert federation.refused(federation.attributes(SourceIdentity="alice")) == TERSE
    assert federation.assume()["Subject"] == "alice@example.com"


@pytest.mark.parametrize("given", ["", "a", "a" * 65, "aws:alice", "AWS:alice", "John Doe", ["alice", "bob"]])
def test_source_identities_that_are_none(federation: SamlWorld, given: Any) -> None:
    federation.role()
    assert federation.refused(federation.attributes(SourceIdentity=given)) == BAD_SOURCE


# Session tags.


def test_session_tags(federation: SamlWorld) -> None:
    listing = allow("iam:ListUsers", Condition={"StringEquals": {"aws:PrincipalTag/Team": "blue"}})
    federation.role("app", listing, StringEquals={"aws:RequestTag/Team": ["blue", "red"]})
    blue = federation.attributes(**{"PrincipalTag:Team": "blue"})
    assert federation.assume(blue)["PackedPolicySize"] > 0
    assert federation.actor(blue).iam.list_users()["Users"] == []
    red = federation.attributes(**{"PrincipalTag:Team": "red"})
    assert refusal(federation.actor(red).iam.list_users)[0] == "AccessDenied"
    assert federation.refused(federation.attributes(**{"PrincipalTag:Team": "green"})) == TERSE
    assert federation.refused() == TERSE


def test_tags_need_their_own_permission(federation: SamlWorld) -> None:
    """Semantics 66."""
    federation.role(actions=["sts:AssumeRoleWithSAML", "sts:SetSourceIdentity"])
    assert federation.refused(federation.attributes(**{"PrincipalTag:Team": "blue"})) == TERSE
    assert federation.assume()["Subject"] == "alice@example.com"


def test_transitive_tags_go_on(federation: SamlWorld) -> None:
    federation.role(
        "app",
        allow("sts:*"),
        **{"ForAllValues:StringEquals": {"sts:TransitiveTagKeys": ["Team"], "aws:TagKeys": ["Team", "Cost"]}},
    )
    tags = {"PrincipalTag:Team": "blue", "PrincipalTag:Cost": "7", "TransitiveTagKeys": ["team"]}
    trust = allow(["sts:AssumeRole", "sts:TagSession"], None, Principal={"AWS": ROLE})
    listing = allow("iam:ListUsers", Condition={"StringEquals": {"aws:PrincipalTag/Team": "blue"}})
    costing = allow("iam:ListRoles", Condition={"StringEquals": {"aws:PrincipalTag/Cost": "7"}})
    next_role = federation.role_with(document(trust), "next", listing, costing)
    on = federation.actor(federation.attributes(**tags)).assume(next_role)
    assert on.iam.list_users()["Users"] == []
    assert refusal(on.iam.list_roles)[0] == "AccessDenied"
    assert federation.refused(federation.attributes(**tags | {"TransitiveTagKeys": ["Cost"]})) == TERSE


@pytest.mark.parametrize(
    "tags",
    [
        pytest.param({"PrincipalTag:Team": ["blue", "red"]}, id="two values"),
        pytest.param({"PrincipalTag:Team": []}, id="no value"),
        pytest.param({"PrincipalTag:": "blue"}, id="no key"),
        pytest.param({f"PrincipalTag:{'k' * 129}": "blue"}, id="long key"),
        pytest.param({"PrincipalTag:Team": "b" * 257}, id="long value"),
        pytest.param({"PrincipalTag:aws:Team": "blue"}, id="reserved key"),
        pytest.param({"PrincipalTag:Te*m": "blue"}, id="character of key"),
        pytest.param({"PrincipalTag:Team": "bl*e"}, id="character of value"),
        pytest.param({"PrincipalTag:Team": "blue", "PrincipalTag:TEAM": "red"}, id="twice but for case"),
        pytest.param({f"PrincipalTag:k{number}": "v" for number in range(51)}, id="too many"),
    ],
)
def test_tags_that_are_none(federation: SamlWorld, tags: dict[str, Any]) -> None:
    federation.role()
    assert federation.refused(federation.attributes(**tags)) == BAD_TAGS


def test_a_transitive_key_must_be_among_the_tags(federation: SamlWorld) -> None:
    federation.role()
    tags = {"PrincipalTag:Team": "blue", "TransitiveTagKeys": ["Cost"]}
    assert federation.refused(federation.attributes(**tags)) == (
        "InvalidIdentityToken",
        "The specified transitive tag key must be included in the requested tags.",
    )


def test_fifty_tags(federation: SamlWorld) -> None:
    federation.role()
    tags = {f"PrincipalTag:k{number}": "" for number in range(50)}
    assert federation.assume(federation.attributes(**tags))["PackedPolicySize"] > 0


# Context keys of the trust policy.


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("saml:aud", SIGN_IN),
        ("SAML:aud", SIGN_IN),
        ("saml:iss", ENTITY),
        ("saml:sub", "alice@example.com"),
        ("saml:sub_type", "persistent"),
        ("saml:doc", f"{ACCOUNT}/corp"),
        ("saml:namequalifier", name_qualifier()),
        ("aws:FederatedProvider", PROVIDER),
        ("sts:RoleSessionName", "alice"),
    ],
)
def test_keys_of_every_response(federation: SamlWorld, key: str, value: str) -> None:
    federation.role("app", StringEquals={key: value})
    federation.role("other", StringNotEquals={key: value})
    offered = federation.attributes(Role=[f"{ROLE},{PROVIDER}", f"{arn('role/other')},{PROVIDER}"])
    assert federation.assume(offered)["Subject"] == "alice@example.com"
    assert federation.refused(offered, RoleArn=arn("role/other")) == TERSE


def test_lists_and_texts(federation: SamlWorld) -> None:
    """Semantics 34: a plain operator never matches a list."""
    affiliations = {f"{EDU}.1.1.1": ["staff", "member"], f"{CLAIM}/emailaddress": "alice@example.com"}
    of_staff = {"ForAnyValue:StringEquals": {"saml:edupersonaffiliation": "staff"}}
    federation.role("app", StringEquals={"saml:mail": "alice@example.com"}, **of_staff)
    assert federation.assume(federation.attributes(**affiliations))["Subject"] == "alice@example.com"
    student = affiliations | {f"{EDU}.1.1.1": ["student"]}
    assert federation.refused(federation.attributes(**student)) == TERSE
    plain = federation.role("plain", StringEquals={"saml:edupersonaffiliation": "staff"})
    offered = {"Role": f"{plain},{PROVIDER}", f"{EDU}.1.1.1": ["staff"]}
    assert federation.refused(federation.attributes(**offered), RoleArn=plain) == TERSE


@pytest.mark.parametrize(
    ("attribute", "given", "context"),
    [
        (f"{EDU}.1.1.1", ("staff",), {"saml:edupersonaffiliation": ("staff",)}),
        (f"{EDU}.1.1.2", ("al",), {"saml:edupersonnickname": ("al",)}),
        (f"{EDU}.1.1.3", ("o=x",), {"saml:edupersonorgdn": "o=x"}),
        (f"{EDU}.1.1.4", ("ou=x",), {"saml:edupersonorgunitdn": ("ou=x",)}),
        (f"{EDU}.1.1.5", ("staff", "member"), {"saml:edupersonprimaryaffiliation": "staff"}),
        (f"{EDU}.1.1.6", ("a@b",), {"saml:edupersonprincipalname": "a@b"}),
        (f"{EDU}.1.1.7", ("e1", "e2"), {"saml:edupersonentitlement": ("e1", "e2")}),
        (f"{EDU}.1.1.8", ("ou=x",), {"saml:edupersonprimaryorgunitdn": "ou=x"}),
        (f"{EDU}.1.1.9", ("a@b",), {"saml:edupersonscopedaffiliation": ("a@b",)}),
        (f"{EDU}.1.1.10", ("id",), {"saml:edupersontargetedid": ("id",)}),
        (f"{EDU}.1.1.11", ("a",), {"saml:edupersonassurance": ("a",)}),
        (f"{EDU}.1.2.1.2", ("u",), {}),
        ("urn:oid:1.3.6.1.4.1.5923.1.2.1.2", ("u",), {"saml:eduorghomepageuri": ("u",)}),
        ("urn:oid:1.3.6.1.4.1.5923.1.2.1.3", ("u",), {"saml:eduorgidentityauthnpolicyuri": ("u",)}),
        ("urn:oid:1.3.6.1.4.1.5923.1.2.1.4", ("u",), {"saml:eduorglegalname": ("u",)}),
        ("urn:oid:1.3.6.1.4.1.5923.1.2.1.5", ("u",), {"saml:eduorgsuperioruri": ("u",)}),
        ("urn:oid:1.3.6.1.4.1.5923.1.2.1.6", ("u",), {"saml:eduorgwhitepagesuri": ("u",)}),
        ("urn:oid:2.5.4.3", ("Alice",), {"saml:cn": ("Alice",)}),
        ("2.5.4.3", ("Alice",), {"saml:commonName": "Alice"}),
        ("2.5.4.3", ("Alice", "Al"), {"saml:commonName": ("Alice", "Al")}),
        (f"{CLAIM}/name", ("alice",), {"saml:name": "alice"}),
        ("http://schemas.xmlsoap.org/claims/CommonName", ("Alice",), {"saml:commonName": "Alice"}),
        (f"{CLAIM}/givenname", ("Alice",), {"saml:givenName": "Alice"}),
        ("2.5.4.42", ("Alice",), {"saml:givenName": "Alice"}),
        ("2.4.5.42", ("Alice",), {"saml:givenName": "Alice"}),
        (f"{CLAIM}/surname", ("A.",), {"saml:surname": "A."}),
        ("2.5.4.4", ("A.",), {"saml:surname": "A."}),
        (f"{CLAIM}/emailaddress", ("a@b", "c@d"), {"saml:mail": ("a@b", "c@d")}),
        ("0.9.2342.19200300.100.1.3", ("a@b",), {"saml:mail": "a@b"}),
        ("0.9.2342.19200300100.1.3", ("a@b",), {"saml:mail": "a@b"}),
        ("0.9.2342.19200300.100.1.1", ("a",), {"saml:uid": "a"}),
        ("0.9.2342.19200300100.1.1", ("a",), {"saml:uid": "a"}),
        (GROUP, ("S-1",), {"saml:uid": "S-1", "saml:primaryGroupSID": "S-1"}),
        ("2.5.4.45", ("x",), {"saml:x500UniqueIdentifier": "x"}),
        ("0.9.2342.19200300.100.1.45", ("x",), {"saml:organizationStatus": "x"}),
        ("mail", ("a@b",), {}),
        ("saml:sub", ("a@b",), {}),
        (f"{CLAIM}/NAME", ("alice",), {}),
        (f"{CLAIM}/name", (), {}),
        (f"{CLAIM}/name", (None,), {}),
        (f"{EDU}.1.1.1", ("staff", None), {"saml:edupersonaffiliation": ("staff",)}),
    ],
)
def test_keys_of_attributes(attribute: str, given: tuple[str | None, ...], context: dict[str, Any]) -> None:
    """AWS: *Configure SAML assertions for the authentication response*, its tables."""
    assert context_of({attribute: given}) == context


def test_of_several_attributes_of_one_key_the_first_of_the_tables_counts() -> None:
    """AWS: "If you include more than one, only one claim will be mapped." """
    both = {GROUP: ("S-1",), "0.9.2342.19200300.100.1.1": ("alice",)}
    assert context_of(both) == {"saml:uid": "alice", "saml:primaryGroupSID": "S-1"}


def test_attributes_cannot_be_other_keys(federation: SamlWorld) -> None:
    """No provider says who somebody is by naming an attribute as the key is named."""
    federation.role("app", StringEquals={"saml:sub": "admin"})
    names = dict.fromkeys(("saml:sub", "sub", "urn:oid:saml:sub", "SAML:sub"), "admin")
    response = federation.saying(attributes={f"urn:{name}": value for name, value in names.items()})
    assert federation.refused(response) == TERSE


def test_an_id_inside_a_value(federation: SamlWorld) -> None:
    """The value of eduPersonTargetedID is a NameID in an element, not text."""
    claims, idp = federation.claims, federation.idp
    federation.role("app", **{"ForAnyValue:StringEquals": {"saml:edupersontargetedid": "opaque"}})
    value = '<saml:NameID NameQualifier="x">opaque</saml:NameID>'
    attribute = f'<saml:Attribute Name="{EDU}.1.1.10"><saml:AttributeValue>{value}</saml:AttributeValue></saml:Attribute>'
    response = claims.response().replace(
        "</saml:AttributeStatement>", f"{attribute}</saml:AttributeStatement>"
    )
    signed = idp.sign(response, claims.assertion_id)
    assert federation.assume(posted(signed))["Subject"] == "alice@example.com"


# Context keys of the session.


def test_keys_of_the_session(federation: SamlWorld) -> None:
    """AWS: in permissions policies there are saml:namequalifier, saml:sub and saml:sub_type."""
    theirs = {
        "saml:sub": "alice@example.com",
        "saml:sub_type": "persistent",
        "saml:namequalifier": name_qualifier(),
        "aws:FederatedProvider": PROVIDER,
    }
    absent = {"saml:aud": "true", "saml:iss": "true", "saml:doc": "true", "saml:mail": "true"}
    federation.role(
        "app",
        allow("iam:ListUsers", Condition={"StringEquals": theirs}),
        allow("iam:ListRoles", Condition={"Null": absent}),
        allow("iam:ListGroups", Condition={"StringNotEquals": {"saml:sub": "alice@example.com"}}),
    )
    actor = federation.actor(federation.attributes(**{f"{CLAIM}/emailaddress": "alice@example.com"}))
    assert actor.iam.list_users()["Users"] == []
    assert [role["RoleName"] for role in actor.iam.list_roles()["Roles"]] == ["app"]
    assert refusal(actor.iam.list_groups)[0] == "AccessDenied"


def test_paths_by_subject(federation: SamlWorld) -> None:
    """AWS: *About SAML 2.0-based federation*: one place for each user, by variables in the policy."""
    place = arn("user/${saml:namequalifier}/${saml:sub}/*")
    federation.role("app", allow("iam:GetUser", place))
    federation.world.root.iam.create_user(UserName="x", Path=f"/{name_qualifier()}/alice@example.com/")
    actor = federation.actor()
    assert actor.iam.get_user(UserName="x")["User"]["UserName"] == "x"
    other = federation.actor(federation.saying(subject="bob@example.com"))
    assert refusal(other.iam.get_user, UserName="x")[0] == "AccessDenied"


def test_long_names(federation: SamlWorld) -> None:
    federation.role()
    assert federation.assume(federation.saying(subject="a" * 256))["Subject"] == "a" * 256
    long = ("InvalidIdentityToken", "The NameID of the SAML response is too long.")
    assert federation.refused(federation.saying(subject="a" * 257)) == long
    assert federation.refused(federation.saying(subject_format="urn:" + "a" * 253)) == long


def test_clocks_ahead_of_ours(federation: SamlWorld) -> None:
    """Five minutes are granted to what is not yet valid, as with OpenID Connect; none to what is over."""
    federation.role()
    ahead = federation.saying(issued=timedelta(minutes=4), begins=timedelta(minutes=4))
    assert federation.assume(ahead)["Subject"] == "alice@example.com"
