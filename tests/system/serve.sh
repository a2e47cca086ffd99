#!/bin/sh
# The demonstration behind `make serve` keeps its promises, and leaves nothing behind.
#   serve.sh BINDIR
set -u

here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

TMPDIR=$dir "$here/../../scripts/serve" "$1" 15 >"$dir/out" 2>&1
code=$?
cat "$dir/out"
if [ $code != 0 ]; then
    echo "FAILED: exit code $code" >&2
    exit 1
fi
for promise in 'etalon query 127.0.0.1 --port' ' is rejected' 'says ± .*: true$' \
    'right each time' 'never believed'; do
    if ! grep -q "$promise" "$dir/out"; then
        echo "FAILED: it does not say: $promise" >&2
        exit 1
    fi
done
if [ "$(ls "$dir")" != out ]; then
    echo "FAILED: it left files behind" >&2
    exit 1
fi
