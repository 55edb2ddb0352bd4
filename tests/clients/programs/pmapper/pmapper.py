"""
Principal Mapper, unmodified, on a Python of today.

Its last version, of 2022, takes the abstract classes from where Python 3.10 has them no longer.
"""

import collections
import collections.abc
import runpy

for name in ("Mapping", "MutableMapping"):
    setattr(collections, name, getattr(collections.abc, name))

runpy.run_module("principalmapper", run_name="__main__", alter_sys=True)
