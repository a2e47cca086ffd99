#!/bin/bash
# Go's own transparency-log packages (x/mod, sumdb/tlog and sumdb/note) take logs of ours, and refuse
# tampered ones.
#
#   ledger_go.sh BINDIR
source "$(dirname "$0")/ledger_lib.sh"

packages=/usr/share/gocode
command -v go >/dev/null || unavailable "go is not installed (golang-go)"
[ -d $packages/src/golang.org/x/mod/sumdb/tlog ] ||
    unavailable "Go's x/mod is not installed (golang-golang-x-mod-dev)"
env GO111MODULE=off GOPATH=$packages GOCACHE="$work/cache" GOFLAGS= \
    go build -o "$work/ledger_go" "$here/ledger_go.go" || fail "ledger_go.go does not build"

check() {
    "$work/ledger_go" "$@"
}

# Only Go's package is given the witness's key and proofs of consistency.
only_go() {
    refused "the witness's signature" letter "$copy/cosigned/600" 6
    refused "no cosignature" sed -i 6d "$copy/cosigned/600"
    refused "a consistency proof" letter "$copy/consistency" 14
}

everything
only_go
