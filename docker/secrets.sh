#!/bin/sh
# Makes the secrets of compose.yaml, each only if it is not there yet.
set -eu
umask 077
cd "$(dirname "$0")"
mkdir -p secrets
for name in api-token database-password grafana-password; do
    if [ ! -s "secrets/$name" ]; then
        od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"secrets/$name"
        # Read in containers by users of their own; the directory keeps everybody else out.
        chmod 644 "secrets/$name"
        echo "made docker/secrets/$name"
    fi
done
