#!/bin/sh
# Install PostgreSQL's server where the machine has none: Debian and its kin, as root.
#
# The tests start a private server from the binaries by themselves; the service that the package brings is not used.
set -eu
if ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1; then
    exit 0
fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "There is no PostgreSQL server here; install one (Debian: apt-get install postgresql, as root)." >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -qq --yes --no-install-recommends postgresql >/dev/null
