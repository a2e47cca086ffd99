#!/bin/bash
# Verification of Merkle proofs, side by side with Go's tlog on the same proofs.
#
#   bench/ledger_proofs.sh [BUILD]
#
# BUILD is a release build of the tree (build/release if not given); its libraries are measured. Needs
# Go and its x/mod as Debian packages them (golang-go golang-golang-x-mod-dev); no root, no network.
# PAIRS (9) alternating runs on core CORE (0); prints medians and the ratio by pair. Half a minute.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${1:-$here/../build/release}" && pwd)
packages=/usr/share/gocode
stop() {
    echo "bench: $*" >&2
    exit 1
}
for library in ledger crypto base; do
    [ -r "$build/lib$library.a" ] || stop "there is no lib$library.a in $build: build the preset \"release\" first"
done
command -v go >/dev/null && [ -d $packages/src/golang.org/x/mod/sumdb/tlog ] ||
    stop "Go's tlog is not here: install golang-go and golang-golang-x-mod-dev"

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
"${CC:-cc}" -std=c17 -D_GNU_SOURCE -O2 -Wall -Wextra -I "$here/../src" -o "$tools/etalon" \
    "$here/ledger_proofs.c" "$build"/lib{ledger,crypto,base}.a -lnettle -lcrypto -lm
env GO111MODULE=off GOPATH=$packages GOCACHE="$tools/cache" GOFLAGS= \
    go build -o "$tools/go" "$here/ledger_proofs.go"
"$tools/etalon" make "$tools/proofs"

export GOMAXPROCS=1
for _ in $(seq "${PAIRS:-9}"); do
    for side in etalon go; do
        taskset -c "${CORE:-0}" "$tools/$side" "$tools/proofs" | sed "s/^/$side /" >>"$tools/results"
    done
done
go version
python3 - "$tools/results" <<'EOF'
import statistics, sys
values = {}
for line in open(sys.argv[1], encoding="ascii"):
    side, name, ns = line.split()
    values.setdefault(name, {}).setdefault(side, []).append(float(ns))
print(f"{'ns of CPU':22} {'etalon':>8} {'go':>8} {'go / etalon':>12}  from .. to")
for name, sides in values.items():
    ratios = sorted(g / e for e, g in zip(sides["etalon"], sides["go"]))
    print(f"{name:22} {statistics.median(sides['etalon']):8.0f} {statistics.median(sides['go']):8.0f} "
          f"{statistics.median(ratios):12.2f}  {ratios[0]:.2f} .. {ratios[-1]:.2f}")
EOF
