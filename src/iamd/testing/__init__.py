"""
iamd for other people's tests: a server within the test's own process, and a pytest plugin around it.

    pip install 'iamd[pytest]'

The plugin's fixtures are `iamd`, `iamd_user` and `iamd_role`; see docs/howto/test-with-pytest.md.
"""

from iamd.testing.server import Iamd, TestClock

__all__ = ["Iamd", "TestClock"]
