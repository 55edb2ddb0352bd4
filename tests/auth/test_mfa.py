"""One-time passwords: when a code is accepted, and that it is accepted once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from iamd.auth.mfa import NOT_VALID, accept_code, accept_consecutive_codes, step_of
from iamd.domain.ids import AccountId
from iamd.domain.mfa_devices import MFADevice
from iamd.errors import InvalidAuthenticationCode
from iamd.secret import Secret

SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""RFC 6238, appendix B: the ASCII text 12345678901234567890."""

NOW = datetime(2026, 11, 22, 12, 0, 15, tzinfo=UTC)


@pytest.fixture
def device() -> MFADevice:
    return MFADevice(
        account_id=AccountId("123456789012"), name="bob", path="/", seed=Secret(SEED), created_at=NOW
    )


def code(steps: int = 0) -> str:
    """Return the code of the step that is so many steps from now."""
    return pyotp.TOTP(SEED).at(NOW, counter_offset=steps)


def refused(device: MFADevice, *codes: str, at: datetime = NOW) -> str:
    if len(codes) == 1:
        with pytest.raises(InvalidAuthenticationCode) as caught:
            accept_code(device, codes[0], at)
    else:
        with pytest.raises(InvalidAuthenticationCode) as caught:
            accept_consecutive_codes(device, codes[0], codes[1], at)
    return str(caught.value)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_test_vectors_of_rfc_6238(device: MFADevice, seconds: int, expected: str) -> None:
    at = datetime.fromtimestamp(seconds, UTC)

    assert accept_code(device, expected, at) == _with_step(device, seconds // 30)


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_one_step_of_drift_to_either_side(device: MFADevice, steps: int) -> None:
    assert accept_code(device, code(steps), NOW).last_step == step_of(NOW) + steps


@pytest.mark.parametrize("steps", [-2, 2, 100])
def test_more_drift_is_refused(device: MFADevice, steps: int) -> None:
    assert refused(device, code(steps)) == NOT_VALID


def test_each_code_once(device: MFADevice) -> None:
    """R-77: a code that was accepted does not work again, also within its own step."""
    used = accept_code(device, code(), NOW)

    assert refused(used, code()) == NOT_VALID
    assert refused(used, code(), at=NOW + timedelta(seconds=30)) == NOT_VALID


def test_a_code_older_than_an_accepted_one_is_refused(device: MFADevice) -> None:
    used = accept_code(device, code(1), NOW)

    assert refused(used, code()) == NOT_VALID
    assert accept_code(used, code(2), NOW + timedelta(seconds=30)).last_step == step_of(NOW) + 2


@pytest.mark.parametrize("wrong", ["000000", "", "12345", "1234567", "٣٣٣٣٣٣", "☃"])
def test_a_wrong_code_is_refused(device: MFADevice, wrong: str) -> None:
    assert wrong != code()
    assert refused(device, wrong) == NOT_VALID


def test_digits_of_another_script_are_not_the_code(device: MFADevice) -> None:
    arabic = code().translate({ord("0") + digit: 0x660 + digit for digit in range(10)})

    assert refused(device, arabic) == NOT_VALID


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_two_consecutive_codes_use_up_both(device: MFADevice, steps: int) -> None:
    used = accept_consecutive_codes(device, code(steps - 1), code(steps), NOW)

    assert used.last_step == step_of(NOW) + steps
    assert refused(used, code(steps)) == NOT_VALID
    assert refused(used, code(steps - 1)) == NOT_VALID


def test_the_next_code_passes_right_after_two_consecutive_ones(device: MFADevice) -> None:
    used = accept_consecutive_codes(device, code(-1), code(0), NOW)

    assert accept_code(used, code(1), NOW).last_step == step_of(NOW) + 1


@pytest.mark.parametrize(
    ("first", "second"), [(0, 0), (0, -1), (-1, 1), (-3, -2), (1, 0), (2, 3)], ids=lambda step: f"{step:+}"
)
def test_codes_that_do_not_follow_each_other_in_time_are_refused(
    device: MFADevice, first: int, second: int
) -> None:
    assert refused(device, code(first), code(second)) == NOT_VALID


def test_two_codes_of_which_the_first_was_used_are_refused(device: MFADevice) -> None:
    used = accept_code(device, code(-1), NOW)

    assert refused(used, code(-1), code(0)) == NOT_VALID
    assert accept_consecutive_codes(used, code(0), code(1), NOW).last_step == step_of(NOW) + 1


def _with_step(device: MFADevice, step: int) -> MFADevice:
    return replace(device, last_step=step)
