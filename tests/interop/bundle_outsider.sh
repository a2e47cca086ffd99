#!/bin/bash
# An outsider checks a bundle with tar, sha256sum, jq and a program that is printed in VERIFY.md: the
# commands of that text are run as they stand there.
#   bundle_outsider.sh BINDIR
. "$(dirname "$0")/../system/lib.sh"
python3 -c 'import cryptography' 2>/dev/null || skip "python3-cryptography is not installed"
command -v jq >/dev/null || skip "jq is not installed"

made=$(dirname "$0")/../system/ledger_made.py
python3 -B "$made" "$work/ledger" 70000 65000 66304 || fail "no ledger"
mkdir "$work/outside" && cd "$work/outside" || fail "no folder"
"$bin/etalon" export -L "$work/ledger" --from 65000 --to 66100 -o incident.etalon || fail "export"
tar -xOf incident.etalon VERIFY.md >"$work/guide" || fail "tar does not open the bundle"

# Commands are indented by four spaces; the program stands between fences.
sed '/^```python/,/^```$/d' "$work/guide" | sed -n 's/^    //p' >"$work/commands"
[ "$(wc -l <"$work/commands")" = 8 ] || fail "VERIFY.md has other commands than are known here"
bash -euo pipefail "$work/commands" >"$work/done.log" 2>&1 || fail "a command of VERIFY.md fails"
grep -q "tile/entries/258: OK" "$work/done.log" || fail "sha256sum did not see the entries"
grep -q '"from": 65000' "$work/done.log" || fail "jq does not show the manifest"
grep -q "ledger.example/etalon: 70000 entries, signed" "$work/done.log" || fail "no verdict"
grep -q "1536 entries are proven" "$work/done.log" || fail "other entries than those of six tiles"
cd incident || fail "nothing was unpacked"
[ "$(wc -l <entries.jsonl)" = 1536 ] || fail "the entries are not printed"
[ "$(jq -s '.[0].seq, .[-1].seq' entries.jsonl | tr '\n' ' ')" = "64768 66303 " ] ||
    fail "the entries are not those of six tiles, in order"

# With keys of witnesses, and the log's key from elsewhere.
mapfile -t witnesses < <(sed -n 's/^witness [^ ]* //p' "$work/ledger/policy")
check() { python3 check.py "$(cat "$work/ledger/key")" "${witnesses[@]}" >/dev/null 2>"$work/check.log"; }
check || fail "the bundle is refused with witnesses"
[ "$(grep -c "saw the first 66304 entries at 1795379105 s" "$work/check.log")" = 2 ] ||
    fail "the witnesses' times are not shown"
python3 check.py "$(cat "$work/ledger/other")" >/dev/null 2>&1 && fail "another key is taken"

# tampered FILE OFFSET: one byte is altered, which the outsider notices.
tampered() {
    cp "$1" "$work/kept"
    printf '\x55' | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
    cmp -s "$1" "$work/kept" && fail "$1 has that byte there"
    check && fail "an altered $1 is not noticed"
    cp "$work/kept" "$1"
}
tampered tile/entries/255 1000
tampered tile/0/255 40
tampered tile/0/273.p/112 40
tampered tile/1/000 8100
tampered tile/2/000.p/1 3
tampered cosigned/66304 60
tampered checkpoint 24
check || fail "the bundle is refused after all"

# The same files by ours.
"$bin/etalon-verify" -p "$work/ledger/policy" . >"$work/ours.log" || fail "etalon-verify disagrees"
