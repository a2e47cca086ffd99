#!/bin/bash
# Builds and runs bench/roughtime.c: the pure Roughtime server against the cost of its cryptography.
#
#   bench/roughtime.sh [BUILD]
#
# BUILD is a release build of the tree (build/release if not given); its libraries are measured.
# Needs no root and no network; runs on core CORE (0), for about five seconds.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${1:-$here/../build/release}" && pwd)
for library in proto wire clock crypto base; do
    [ -r "$build/lib$library.a" ] || {
        echo "bench: there is no lib$library.a in $build: build the preset \"release\" first" >&2
        exit 1
    }
done
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
"${CC:-cc}" -std=c17 -D_GNU_SOURCE -O2 -Wall -Wextra -I "$here/../src" -o "$tools/roughtime" \
    "$here/roughtime.c" "$build"/lib{proto,wire,clock,crypto,base}.a -lnettle -lcrypto -lm
taskset -c "${CORE:-0}" "$tools/roughtime"
