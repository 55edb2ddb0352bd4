"""The pytest plugin, as the tests of somebody else use it."""

import textwrap

import pytest

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
    pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:randomly").assert_outcomes(passed=6)


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
