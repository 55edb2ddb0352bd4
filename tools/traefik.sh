#!/bin/sh
# Build Traefik, of which no package registry has a program, from its Go module: tools/traefik.sh PROGRAM
#
# Needs Go as new as Traefik's go.mod asks for, and a quarter of an hour the first time.  Its dashboard is left out.
set -eu
version=v3.6.12
program=$1
if [ -x "$program" ]; then
    exit 0
fi
if ! command -v go >/dev/null 2>&1; then
    echo "There is no Go here, which Traefik is built with." >&2
    exit 1
fi
mkdir -p "$(dirname "$program")"
folder=$(cd "$(dirname "$program")" && pwd)
source=$(mktemp -d)
trap 'chmod -R u+w "$source"; rm -rf "$source"' EXIT
found=$(go mod download -json "github.com/traefik/traefik/v3@$version" | sed -n 's/^.*"Dir": "\(.*\)".*$/\1/p')
# Built where it is: what its go.mod replaces is replaced for the main module alone.
cp -r "$found/." "$source"
chmod -R u+w "$source"
mkdir -p "$source/webui/static"
echo '<!doctype html>' >"$source/webui/static/index.html"
cd "$source"
CGO_ENABLED=0 go build -buildvcs=false -o "$folder/$(basename "$program")" ./cmd/traefik
