# What the tests with other people's verifiers of logs share: a log of ours is taken, a tampered one
# is refused. Sourced by a test, which has a function `check FOLDER [FROM TO]`: exit code 0 if its
# verifier takes the log there (or those entries of it), 1 if it refuses it with a reason.
# shellcheck shell=bash
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=$(cd "${1:?BINDIR}" && pwd)
make=$bin/ledger_make
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# unavailable WHAT: skips, but where other people's programs are required.
unavailable() {
    echo "skipped: $*"
    [ -z "${ETALON_PEERS_REQUIRED:-}" ] || exit 1
    exit 77
}

# flip FILE POSITION: changes one bit of the byte there; a negative position counts from the end.
flip() {
    python3 - "$1" "$2" <<'EOF'
import sys
path, at = sys.argv[1], int(sys.argv[2])
data = bytearray(open(path, "rb").read())
data[at] ^= 1
open(path, "wb").write(data)
EOF
}

# letter FILE LINE: changes a letter of the last word of that line, which stays base64.
letter() {
    python3 - "$1" "$2" <<'EOF'
import sys
path, number = sys.argv[1], int(sys.argv[2]) - 1
lines = open(path, encoding="utf-8").read().split("\n")
words = lines[number].split(" ")
word = words[-1]
words[-1] = word[:12] + ("A" if word[12] != "A" else "B") + word[13:]
lines[number] = " ".join(words)
open(path, "w", encoding="utf-8").write("\n".join(lines))
EOF
}

# refused WHAT COMMAND...: the command tampers with a fresh copy of the small log, in $copy.
copy=$work/copy
refused() {
    local what=$1 code=0
    shift
    rm -rf "$copy"
    cp -r "$work/small" "$copy"
    "$@"
    ! diff -rq "$work/small" "$copy" >/dev/null || fail "$what: nothing was changed"
    check "$copy" >"$work/log" 2>&1 || code=$?
    [ $code = 1 ] || {
        cat "$work/log" >&2
        fail "$what was not refused (exit code $code)"
    }
    grep -q '^refused: ' "$work/log" || fail "$what: refused without a reason"
    echo "$what: $(cut -c 1-100 "$work/log" | head -n 1)"
}

forge_size() {
    sed -i '2s/.*/599/' "$copy/checkpoint"
}

shorten_bundle() {
    "$make" "$work/other" 599
    cp "$work/other/tile/entries/002.p/87" "$copy/tile/entries/002.p/88"
}

swap_entries() {
    mv "$copy/tile/entries/000" "$copy/tile/swap"
    mv "$copy/tile/entries/001" "$copy/tile/entries/000"
    mv "$copy/tile/swap" "$copy/tile/entries/001"
}

# A range of the large log as `etalon export` packs it, unpacked by tar.
exported() {
    mkdir "$work/live" "$work/incident"
    ln -s "$work/large" "$work/live/public"
    "$bin/etalon" export -L "$work/live" --from 65000 --to 66100 -o "$work/incident.etalon" >/dev/null ||
        fail "etalon export"
    tar -xf "$work/incident.etalon" -C "$work/incident" || fail "tar does not open the bundle"
    check "$work/incident" 65000 66101 || fail "a bundle of ours is not taken"
    flip "$work/incident/tile/entries/256" 20
    ! check "$work/incident" 65000 66101 2>"$work/log" || fail "an altered bundle is taken"
    echo "a bit of an entry in a bundle: $(tail -n 1 "$work/log")"
}

# The log that other people take, and what they refuse.
everything() {
    [ -x "$bin/etalon" ] || fail "there is no etalon in $bin"
    "$make" "$work/large" 0 1 255 256 257 65536 70000
    check "$work/large" || fail "a log of ours is not taken"
    "$make" "$work/small" 0 1 255 256 257 600
    check "$work/small" || fail "a small log of ours is not taken"
    exported
    refused "a bit of an entry" flip "$copy/tile/entries/001" 20
    refused "a bit of the last entry" flip "$copy/tile/entries/002.p/88" -1
    refused "a length in a bundle" flip "$copy/tile/entries/002.p/88" 1
    refused "a truncated bundle" truncate -s -1 "$copy/tile/entries/001"
    refused "a bundle without its last entry" shorten_bundle
    refused "an empty bundle" truncate -s 0 "$copy/tile/entries/002.p/88"
    refused "two bundles swapped" swap_entries
    refused "a missing bundle" rm "$copy/tile/entries/001"
    refused "a bit of a full tile" flip "$copy/tile/0/001" 4000
    refused "a bit of a partial tile" flip "$copy/tile/0/002.p/88" 0
    refused "a bit of a tile of level 1" flip "$copy/tile/1/000.p/2" 40
    refused "a truncated tile" truncate -s -1 "$copy/tile/0/001"
    refused "a missing tile" rm "$copy/tile/1/000.p/2"
    refused "the checkpoint's root" letter "$copy/checkpoint" 3
    refused "the checkpoint's size" forge_size
    refused "the checkpoint's origin" sed -i '1s/^l/k/' "$copy/checkpoint"
    refused "the log's signature" letter "$copy/checkpoint" 5
    refused "no signature of the log" sed -i 5d "$copy/checkpoint"
    refused "an old checkpoint's root" letter "$copy/cosigned/257" 3
    refused "an inclusion proof" letter "$copy/proof/256.tlog-proof" 5
    refused "an inclusion proof too short" sed -i 3d "$copy/proof/256.tlog-proof"
}
