#!/bin/sh
# Make a virtual environment with any Python >= 3.11 that the PATH has, or with the one named in $PYTHON.
#
# usage: venv.sh FOLDER
set -eu

usable() {
    # A name may be there and still not run: version managers leave such names behind.
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

for candidate in ${PYTHON:-python3 python3.11 python3.12 python3.13 python3.14 python}; do
    if usable "$candidate"; then
        "$candidate" -m venv --clear "$1" && exit 0
        rm -rf "$1" # Half an environment would pass for a whole one the next time.
        echo "$candidate cannot make a virtual environment (Debian: apt-get install python3-venv)." >&2
        exit 1
    fi
done
if [ -n "${PYTHON:-}" ]; then
    echo "PYTHON=$PYTHON is not a Python of version 3.11 or newer." >&2
else
    echo "iamd needs Python 3.11 or newer, and the PATH has none; name one with PYTHON=/path/to/python3." >&2
fi
exit 1
