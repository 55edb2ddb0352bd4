"""
Names of files that outlast a loss of power.

A sync of a file is of what is in it.  That it is there at all, under its name, is a matter of its folder, which is synced by
itself (fsync(2): "does not necessarily ensure that the entry in the directory containing the file has also reached disk").
"""

import os
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """
    Force to the disk which names *folder* has.

    Raises:
        OSError: It is not certain that they are there.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
