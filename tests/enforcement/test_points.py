"""The settings of enforcement points."""

from pathlib import Path

import pytest

from iamd.enforcement.points import ApiRoute, EnforcementPoint, Points
from iamd.secret import Secret
from iamd.setting_sources import load_settings
from iamd.settings import Settings, SettingsError

KEY = "a-key-that-is-long-enough"


def load(folder: Path, text: str, **environ: str) -> Settings:
    file = folder / "iamd.toml"
    file.write_text(text)
    return load_settings({}, environ, file=file)


def table(*lines: str) -> str:
    return "\n".join(["[[enforcement_point]]", *lines])


def test_points_are_tables_and_their_keys_may_be_in_files(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY + "\n")
    text = table('name = "orders"', 'key_file = "key"', 'service = "orders"') + (
        '\n[[enforcement_point.routes]]\nmethods = ["GET"]\npath = "/orders/{id}"\naction = "orders:GetOrder"\n'
        'resource = "arn:aws:orders:{region}:{account}:order/{id}"\n'
    )
    (point,) = load(tmp_path, text).enforcement_points()
    assert (point.name, point.service, point.key.reveal()) == ("orders", "orders", KEY)
    places = point.routes[0].places_in("GET", b"/orders/a%20b")
    assert places == {"id": "a b"}
    whole = places | {"region": "us-east-1", "account": "123456789012"}
    assert point.routes[0].resource_of(whole) == "arn:aws:orders:us-east-1:123456789012:order/a b"


def test_one_point_needs_no_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY)
    settings = load(tmp_path, "", IAMD_PEP_KEY_FILE=str(tmp_path / "key"))
    (point,) = settings.enforcement_points()
    assert (point.name, point.service, point.key.reveal()) == ("default", "s3", KEY)
    assert load(tmp_path, "").enforcement_points() == ()


NAMED = 'name = "x"'
KEYED = f'key = "{KEY}"'


@pytest.mark.parametrize(
    "text",
    [
        table(NAMED),
        table(KEYED),
        table(NAMED, KEYED, 'sudo = "true"'),
        table(NAMED, 'key = "short"'),
        table(NAMED, f'key = " {KEY}"'),
        table(NAMED, f'key = "{KEY}\\u20ac"'),
        table(NAMED, KEYED, 'key_file = "key"'),
        table(NAMED, 'key_file = "not-there"'),
        table(NAMED, KEYED, 'service = "iam"'),
        table(NAMED, KEYED, 'service = "sts"'),
        table(NAMED, KEYED, 'account_id = "1"'),
        table(NAMED, KEYED) + "\n" + table('name = "y"', KEYED),
        table(NAMED, KEYED, 'routes = [{methods=["GET"], path="/{id}/{id}", action="a:B"}]'),
        table(NAMED, KEYED, 'routes = [{methods=["GET"], path="/x{id}", action="a:B"}]'),
        table(NAMED, KEYED, 'routes = [{methods=["GET"], path="/{account}", action="a:B"}]'),
        table(NAMED, KEYED, 'routes = [{methods=["GET"], path="/", action="a:B", resource="arn:{id}"}]'),
        table(NAMED, KEYED, 'routes = [{methods=["GET"], path="/", action="a:B", resource="arn:{Id}"}]'),
        table(NAMED, KEYED, 'routes = [{methods=["GET"], path="/", action="a:B", resource="x"}]'),
        table(NAMED, KEYED, 'routes = [{methods=["GET"], path="/", action="a:*"}]'),
        table(NAMED, KEYED, 'routes = [{methods=["GET"], path="/", action="iam:CreateUser"}]'),
        table(NAMED, KEYED, 'routes = [{methods=[], path="/", action="a:B"}]'),
        table(NAMED, KEYED, 'routes = [{methods=["get"], path="/", action="a:B"}]'),
        'enforcement_point = "x"',
    ],
)
def test_what_cannot_be_meant_is_refused_without_showing_a_key(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, text)
    assert KEY not in str(caught.value)
    assert "short" not in str(caught.value).replace("too short", "")


def test_a_point_is_found_by_its_whole_key() -> None:
    points = Points([EnforcementPoint(name=name, key=Secret(f"{KEY}-{name}")) for name in "ab"])
    found = [points.find(key) for key in (f"{KEY}-a".encode(), f"{KEY}-b".encode(), KEY.encode(), b"", None)]
    assert [each.name if each else None for each in found] == ["a", "b", None, None, None]


@pytest.mark.parametrize(
    ("method", "path", "matches"),
    [
        ("GET", b"/orders/17/items", True),
        ("GET", b"/orders//items", False),
        ("GET", b"/orders/17/items/", False),
        ("GET", b"/Orders/17/items", False),
        ("GET", b"/%6frders/17/items", True),
        ("POST", b"/orders/17/items", False),
    ],
)
def test_a_route_is_for_whole_segments(method: str, path: bytes, matches: bool) -> None:
    route = ApiRoute(methods=["GET"], path="/orders/{id}/items", action="orders:ListItems")
    assert (route.places_in(method, path) is not None) is matches
