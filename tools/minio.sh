#!/bin/sh
# Build MinIO, of which no package registry has a program, from its Go module: tools/minio.sh PROGRAM
#
# Needs Go as new as MinIO's go.mod asks for, and up to half an hour the first time.
set -eu
version=v0.0.0-20260212201848-7aac2a2c5b7c
program=$1
if [ -x "$program" ]; then
    exit 0
fi
if ! command -v go >/dev/null 2>&1; then
    echo "There is no Go here, which MinIO is built with." >&2
    exit 1
fi
mkdir -p "$(dirname "$program")"
folder=$(cd "$(dirname "$program")" && pwd)
GOBIN=$folder go install "github.com/minio/minio@$version"
