"""How every request ends, whatever it was."""

import sys
from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import ClientError
from tests.support.world import Credentials, World


def test_an_exception_is_over_with_its_request(world: World) -> None:
    """What was caught must not stay the context of whatever is raised later: that keeps requests in memory, without end."""

    def ask(number: int) -> str:
        # What nobody has asked about yet has to be waited for, and others are answered meanwhile.
        sts = world.client("sts", Credentials(f"AKIANOBODYNOBODY{number:04}", "secret"))
        try:
            sts.get_caller_identity()
        except ClientError as refused:
            return str(refused.response["Error"]["Code"])
        return ""

    async def left() -> object:
        return sys.exc_info()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(64))) == {"InvalidClientTokenId"}
    assert world.loop.run(left()) == (None, None, None)
