"""The pytest plugin, as the tests of somebody else use it."""

import textwrap

import pytest
from tests.support.proxied import store

from iamd.server.app import Door
from iamd.server.run import ServerThread

pytestmark = pytest.mark.slow

pytest_plugins = ["pytester"]

TESTS = """
    import datetime
    import pytest
    from botocore.exceptions import ClientError

    READ = {"Effect": "Allow", "Action": "iam:GetUser", "Resource": "*"}

    def test_nothing_is_allowed_to_begin_with(iamd_user):
        with pytest.raises(ClientError, match="AccessDenied"):
            iamd_user().client("iam").list_users()

    def test_what_a_policy_allows(iamd, iamd_user):
        me = iamd_user(READ, name="me")
        assert me.client("iam").get_user()["User"]["UserName"] == "me"
        assert [d.request.action for d in iamd.denials] == []

    def test_each_test_begins_anew(iamd):
        assert iamd.root.client("iam").list_users()["Users"] == []

    def test_a_role(iamd_role):
        session = iamd_role(READ, name="reader")
        arn = session.client("sts").get_caller_identity()["Arn"]
        assert arn == "arn:aws:sts::123456789012:assumed-role/reader/test"

    def test_a_role_with_a_trust_policy_of_its_own(iamd, iamd_user, iamd_role):
        ann = iamd_user({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}, name="ann")
        eve = iamd_user({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"})
        trust = {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"AWS": "arn:aws:iam::123456789012:user/ann"},
        }
        session = iamd_role(trust, [READ], name="hers", by=ann)
        assert session.client("sts").get_caller_identity()["Arn"].endswith(":assumed-role/hers/test")
        with pytest.raises(ClientError, match="AccessDenied"):
            iamd.assume("arn:aws:iam::123456789012:role/hers", by=eve)

    def test_time_moves(iamd, iamd_role):
        sts = iamd_role().client("sts")
        sts.get_caller_identity()
        iamd.clock.tick(hours=2)
        with pytest.raises(ClientError, match="ExpiredToken"):
            sts.get_caller_identity()

    def test_denials(iamd, iamd_user):
        iam = iamd_user(name="blocked").client("iam")
        with pytest.raises(ClientError):
            iam.create_group(GroupName="x")
        (denial,) = iamd.denials
        assert denial.request.action == "iam:CreateGroup"
        assert iamd.missing_policy["Statement"] == [
            {"Effect": "Allow", "Action": "iam:CreateGroup", "Resource": "arn:aws:iam::123456789012:group/x"}
        ]
"""

FAILING = """
    def test_that_fails(iamd_user):
        iamd_user(name="blocked").client("iam").list_users()
"""


def test_its_fixtures(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(textwrap.dedent(TESTS))
    pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:randomly").assert_outcomes(passed=7)


def test_a_failure_tells_what_was_denied_and_what_would_allow_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(textwrap.dedent(FAILING))
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*iamd: denied in this test*",
            "arn:aws:iam::123456789012:user/blocked: iam:ListUsers on arn:aws:iam::123456789012:user/",
            "*iamd: a policy that would allow it*",
            '*"Action": "iam:ListUsers",*',
        ]
    )


def test_a_mode_that_is_none_is_refused(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\niamd_mode = off\n")
    pytester.makepyfile("def test_it(iamd): pass")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.stdout.fnmatch_lines(["*iamd_mode is `enforce` or `soft`, not `off`*"])


def test_soft_mode_lets_through_and_tells_what_was_missing(pytester: pytest.Pytester) -> None:
    with ServerThread(Door(store)) as upstream:
        pytester.makeini(f"[pytest]\niamd_upstream = {upstream.url}\niamd_mode = soft\n")
        pytester.makepyfile(
            textwrap.dedent(
                """
                def test_that_fails_for_another_reason(iamd_role):
                    s3 = iamd_role(name="worker").client("s3")
                    assert b"/reports/june" in s3.get_object(Bucket="reports", Key="june")["Body"].read()
                    assert False, "another reason"

                def test_that_passes(iamd, iamd_role):
                    iamd_role().client("s3").get_object(Bucket="reports", Key="june")
                    assert [each.request.action for each in iamd.denials] == ["s3:GetObject"]
                """
            )
        )
        result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*another reason*",
            "*iamd: denied in this test*",
            "*:assumed-role/worker/test: s3:GetObject on arn:aws:s3:::reports/june",
            "*iamd: a policy that would allow it*",
            '*"Action": "s3:GetObject",',
        ]
    )


API = """
    import io
    import botocore.auth
    import botocore.awsrequest
    from iamd.middleware import Iamd, Route, WsgiMiddleware

    def app(environ, start_response):
        start_response("200 OK", [])
        return [environ["iamd.principal"].arn.encode()]

    def get(iamd, session, path):
        request = botocore.awsrequest.AWSRequest("GET", f"http://orders.example.com{path}", {"Host": "orders.example.com"})
        botocore.auth.SigV4Auth(session.get_credentials(), "orders", "us-east-1").add_auth(request)
        environ = {"HTTP_" + k.upper().replace("-", "_"): v for k, v in request.headers.items()}
        environ |= {"REQUEST_METHOD": "GET", "PATH_INFO": path, "RAW_URI": path, "REMOTE_ADDR": "127.0.0.1",
                    "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO()}
        routes = [Route(methods=["GET"], path="/orders/{id}", action="orders:GetOrder",
                        resource="arn:aws:orders:{region}:{account}:order/{id}")]
        asked = WsgiMiddleware(app, Iamd(iamd.url, key=iamd.key), routes, account=iamd.account_id, region="us-east-1")
        said = []
        body = b"".join(asked(environ, lambda status, *_: said.append(status)))
        return said[0], body

    def test_an_api_of_ones_own(iamd, iamd_role):
        allowed = {"Effect": "Allow", "Action": "orders:GetOrder", "Resource": "arn:aws:orders:*:*:order/17"}
        session = iamd_role(allowed, name="clerk")
        assert get(iamd, session, "/orders/17") == (
            "200 OK", b"arn:aws:sts::123456789012:assumed-role/clerk/test"
        )
        assert get(iamd, session, "/orders/18")[0].startswith("403")
        assert [denial.request.resource for denial in iamd.denials] == ["arn:aws:orders:us-east-1:123456789012:order/18"]
"""


def test_an_api_of_ones_own_may_ask(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\niamd_api = orders\n")
    pytester.makepyfile(textwrap.dedent(API))
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)
