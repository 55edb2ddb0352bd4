"""
Names of files that outlast a loss of power.

A sync of a file is of what is in it.  That it is there at all, under its name, is a matter of its folder, which is synced by
itself (fsync(2): "does not necessarily ensure that the entry in the directory containing the file has also reached disk").
"""

import errno
import os
from pathlib import Path
from typing import Final

_NO_SUCH_THING: Final = frozenset({errno.EINVAL, errno.ENOTSUP})
"""What some network file systems say of a folder."""


def sync_folder(folder: Path) -> None:
    """
    Force to the disk which names *folder* has, where its file system has such a thing.

    Raises:
        OSError: It is not certain that they are there.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_SUCH_THING:
            raise
    finally:
        os.close(descriptor)
