#!/bin/sh
# Install nginx where the machine has none: Debian and its kin, as root.
#
# The tests start one of their own, in the foreground; the service that the package brings is not used.
set -eu
if command -v nginx >/dev/null 2>&1 || [ -x /usr/sbin/nginx ]; then
    exit 0
fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "There is no nginx here; install one (Debian: apt-get install nginx-light, as root)." >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -qq --yes --no-install-recommends nginx-light >/dev/null
