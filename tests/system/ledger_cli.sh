#!/bin/bash
# `etalon ledger` and `etalon timeline`: keys, listing and searching with and without an index, what
# was altered or removed, entries that no daemon writes, a story and its three other forms.
. "$(dirname "$0")/lib.sh"

etalon="$bin/etalon"
# expect CODE OPTION...: `etalon` ends with that code; what it said is in $work/out and $work/err.
expect() {
    local wanted=$1 code
    shift
    "$etalon" "$@" >"$work/out" 2>"$work/err" </dev/null
    code=$?
    [ $code = "$wanted" ] || fail "etalon $*: exit code $code, not $wanted: $(cat "$work/err")"
}
said() { grep -q -e "$1" "$work/out" || fail "not said: $1 in: $(cat "$work/out")"; }
warned() { grep -q -e "$1" "$work/err" || fail "not warned: $1 in: $(cat "$work/err")"; }
lines() { [ "$(wc -l <"$work/out")" = "$1" ] || fail "not $1 lines: $(cat "$work/out")"; }

export XDG_CACHE_HOME="$work/cache" HOME="$work" LC_ALL=C
python3 -B "$here/ledger_story.py" "$work" || skip "python3-cryptography is not here"
cd "$work" || exit 1

# --- keys
expect 0 ledger keygen time.example/log --out "$work/secret"
vkey=$(cat "$work/out")
[ "$(stat -c %a "$work/secret")" = 600 ] || fail "the key may be read by others"
grep -q '^PRIVATE+KEY+time.example/log+[0-9a-f]\{8\}+[A-Za-z0-9+/=]*$' "$work/secret" || fail "its form"
expect 4 ledger keygen time.example/log --out "$work/secret"
warned "File exists"
expect 2 ledger keygen "a b" --out "$work/none"
expect 2 ledger keygen name
[ ! -e "$work/none" ] || fail "a key of no name"
python3 - "$vkey" "$work/secret" <<'END' || fail "vkey and secret do not belong together"
import base64, hashlib, sys
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
name, key_id, public = sys.argv[1].split("+", 2)
parts = open(sys.argv[2]).read().strip().split("+", 4)
assert parts[2:4] == [name, key_id]
secret = base64.b64decode(parts[4])
raw = Ed25519PrivateKey.from_private_bytes(secret[1:]).public_key().public_bytes(s.Encoding.Raw, s.PublicFormat.Raw)
assert base64.b64decode(public) == b"\1" + raw and secret[0] == 1
assert hashlib.sha256(name.encode() + b"\n\1" + raw).hexdigest()[:8] == key_id
END

# --- listing: exact bytes
expect 0 ledger list --ledger story --json
python3 -B - "$here" "$work/out" <<'END' || fail "--json is not the exact entries"
import sys
sys.path.insert(0, sys.argv[1])
from ledger_story import story
assert open(sys.argv[2], "rb").read() == b"".join(e + b"\n" for e in story())
END
expect 0 ledger list --ledger story
lines 50
said "tea  .*does not know"
! grep -q '[^ -~]' "$work/out" || fail "a control character reaches the terminal"
expect 0 ledger tail --ledger story
lines 10
expect 0 ledger tail --ledger story -n 2 --kind notice,alarm
lines 2
said "alarm: the majority"
expect 0 ledger list --ledger story -n 3 --source a.example --kind sample
lines 3
expect 0 ledger list --ledger story --job kitchen
lines 1
expect 0 ledger list --ledger story --from 10 --to 12
lines 3
expect 0 ledger list --ledger story --from 2026-11-22T02:00:30Z --to 2026-11-22T02:00:32Z
lines 3
expect 0 ledger list --ledger story --from 2027-01-01T00:00:00Z
lines 0
expect 0 ledger show 32 --ledger story
said "leaf  *[A-Za-z0-9+/]*="
! grep -q '[^ -~]' "$work/out" || fail "show: a control character reaches the terminal"
expect 0 ledger show 48 --ledger story --json
lines 1
expect 3 ledger show 50 --ledger story
for wrong in "show" "show x" "list 3" "brew" "list --rebuild" "list --follow" "list --from tea" "list --kind ," \
    "list --out x"; do
    # shellcheck disable=SC2086  # words
    expect 2 ledger $wrong --ledger story
done
expect 2 ledger list --ledger nowhere
expect 2 ledger list -f /nowhere.conf
warned "ledger DIR is needed"
printf 'ledger %s\nledgerkey %s\n' "$work/story" "$work/secret" >"$work/etalon.conf"
expect 0 ledger tail -f "$work/etalon.conf"
lines 10
if command -v script >/dev/null; then # on a terminal no control character but line breaks and colours
    TERM=xterm script -qec "$etalon ledger list --ledger story --json --job keeper" /dev/null >"$work/out" </dev/null
    said '\\u009b31m'
    ! LC_ALL=C grep -q -e $'\x7f' -e $'\xc2\x9b' "$work/out" || fail "--json: a control character reaches the terminal"
fi

# --- keys that were given
expect 0 ledger list --ledger story --key key
expect 4 ledger list --ledger story --key other
warned "another log\|not signed"
expect 2 ledger list --ledger story --key policy

# --- an index: the same answers, brought up, made again when damaged, never believed
for kind in verdict sample; do
    "$etalon" ledger list --ledger long --kind $kind --index none >"$work/scanned"
    expect 0 ledger list --ledger long --kind $kind --index "$work/index"
    cmp -s "$work/out" "$work/scanned" || fail "an index finds other entries of kind $kind"
done
expect 0 ledger list --ledger long --source rare.example --from 2026-11-22T02:05:00Z --to 400 --index "$work/index"
cp "$work/out" "$work/found"
expect 0 ledger list --ledger long --source rare.example --from 2026-11-22T02:05:00Z --to 400 --index none
cmp -s "$work/out" "$work/found" || fail "an index finds another range"
[ "$(wc -l <"$work/out")" -gt 10 ] || fail "too few entries of the rare source"
python3 - "$work/index" <<'END'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("UPDATE entries SET kind = 'verdict' WHERE idx = 5")
db.commit()
END
expect 0 ledger list --ledger long --kind verdict --index "$work/index"
lines 3 # entry 5 is read again, and is none
printf 'XXXXXXXXXXXXXXXXXXXXXXXX' | dd of="$work/index" bs=1 seek=4096 conv=notrunc 2>/dev/null
expect 0 ledger list --ledger long --kind verdict --index "$work/index"
lines 3
truncate -s 5000 "$work/index"
expect 0 ledger list --ledger long --kind sample --index "$work/index"
lines 600
expect 0 ledger list --ledger story --kind verdict --index "$work/index" # of another tree
lines 1
expect 0 ledger index --ledger long --index "$work/index" --rebuild
said "603 entries"
expect 0 ledger index --ledger long
said "$work/cache/etalon/.*sqlite: 603 entries"
echo "my letters" >"$work/letters"
expect 0 ledger list --ledger long --kind verdict --index "$work/letters" # reads through instead
lines 3
warned "left alone"
[ "$(cat "$work/letters")" = "my letters" ] || fail "a file of somebody else was overwritten"
expect 4 ledger index --ledger long --index "$work/letters"

# --- a log that grows is followed; one that was exchanged is not
cp -r story grown
timeout 20 "$etalon" ledger tail --ledger grown --follow -n 1 --json >"$work/followed" 2>"$work/follow.log" &
follower=$!
daemons+=("$follower")
until_true 50 test -s "$work/followed" || fail "nothing to follow"
python3 -B - "$here" "$work" <<'END'
import pathlib, sys
sys.path.insert(0, sys.argv[1])
from ledger_made import Tree, write_public
from ledger_story import story
write_public(Tree(story() + story()[:3]), pathlib.Path(sys.argv[2], "grown/public"))
END
until_true 50 grep -q '"kind":"begin","job":"keeper","pid":20' "$work/followed" || fail "what is new is not shown"
[ "$(wc -l <"$work/followed")" = 4 ] || fail "not one entry and three"
rm -rf grown/public/tile
cp -r long/public/. grown/public
wait "$follower"
[ $? = 5 ] || fail "another history is followed"
grep -q "THE LEDGER WAS ALTERED" "$work/follow.log" || fail "another history is not said"

# --- altered, removed, pruned
cp -r long altered
bundle=altered/public/tile/entries/001
python3 - "$bundle" <<'END'
import sys
path = sys.argv[1]
data = open(path, "rb").read()
open(path, "wb").write(data.replace(b"a.example", b"b.example", 1))
END
expect 5 ledger list --ledger altered --from 250 --to 300
warned "THE LEDGER WAS ALTERED"
warned "entry 25[67]: is not what the log committed to"
lines 50
expect 0 ledger list --ledger altered --from 0 --to 100 # what is not touched is not read
expect 5 timeline --ledger altered
said "altered-entry"
cp long/public/tile/entries/000 altered/public/tile/entries/001
cp long/public/tile/0/000 altered/public/tile/0/001 # a whole other part of the same log
expect 5 ledger show 300 --ledger altered
rm "altered/public/tile/entries/001"
expect 4 ledger list --ledger altered
warned "REMOVED"
expect 3 ledger show 300 --ledger altered
expect 4 timeline --ledger altered
said "removed-entries: entries 256 to 511 are not here"
rm "altered/public/tile/entries/000"
expect 0 ledger list --ledger altered
warned "512 entries between 0 and 511 are not here: pruned"
cp other/none altered/public/checkpoint 2>/dev/null || sed -i 's/^603$/602/' altered/public/checkpoint
"$etalon" ledger list --ledger altered >/dev/null 2>&1 && fail "an altered checkpoint is taken"

# --- entries that no daemon writes
expect 4 ledger list --ledger bad
lines 7
for why in "entry 1: is no JSON" "entry 3: is JSON, but no object" "entry 7: is no JSON: nesting too deep" \
    'entry 9: "counter" is missing' 'entry 11: "pid" is'; do
    warned "$why"
done
expect 4 ledger list --ledger bad --json
warned "entry 21: has a line break"
expect 4 timeline --ledger bad
said "malformed-entry: entry 18 cannot be read: \"utc\" is no time"
for format in json timesketch ocsf; do
    expect 4 timeline --ledger bad --format $format
    python3 -c 'import json, sys; [json.loads(l) for l in sys.stdin]' <"$work/out" || fail "$format of bad entries"
done

# --- the story
expect 0 timeline --ledger story --policy policy --key key
for part in "start  .*etalond 0.1.0" "moved by +250.0 ms: intended in entry 3" \
    "8 samples (largest offset +900.0 us, of a.example), 8 corrections of the line (largest +9.000 us)" \
    "a.example is falseticker, was survivor" "foreign-step: CLOCK_REALTIME was stepped by +3" \
    "alarm: the majority is elsewhere" "effect-without-intent: an effect of intent 77" \
    "readback: the line has frequency +0.500 ppm" "readback: the kernel clock has frequency +90.000 ppm" \
    "intent-without-effect: intent 14 (line)" "overtaken by the next" "job keeper, process 500, was killed by signal 9" "lost-records" "witness-finding: a witness says: {\"kind\":\"split-view\"}" "etalon.conf CHANGED" "^8 findings" \
    "not before 2026-11-22T02:00:21.000000000Z, not after 2026-11-22T02:00:41.000000000Z (policy)"; do
    said "$part"
done
! LC_ALL=C grep -q '[^ -~]' "$work/out" || fail "timeline: a control character reaches the terminal"
expect 0 timeline --ledger story
said "not after 2026-11-22T02:00:21.000000000Z (log)"
expect 0 timeline --ledger story --policy strict
warned "cosigned/20: cosigned by fewer"
! grep -q "(policy)" "$work/out" || fail "a policy that is not met bounds the time"
expect 0 timeline --ledger story --from 31 --to 33
[ "$(grep -c "  entry " "$work/out")" = 3 ] || fail "not three rows"
expect 3 timeline --ledger story --from 2027-01-01T00:00:00Z
expect 2 timeline --ledger story --format tea
for format in json timesketch ocsf; do
    expect 0 timeline --ledger story --policy policy --format $format
    cp "$work/out" "$work/$format.jsonl"
done
python3 -B - "$here" "$work" <<'END' || fail "the forms of the timeline"
import base64, hashlib, json, sys
sys.path.insert(0, sys.argv[1])
from ledger_story import story
rows = {f: [json.loads(l) for l in open(f"{sys.argv[2]}/{f}.jsonl")] for f in ("json", "timesketch", "ocsf")}
entries = story()
assert len(rows["json"]) == len(rows["timesketch"]) == len(rows["ocsf"]) > 15
covered = set()
for row, sketch, event in zip(rows["json"], rows["timesketch"], rows["ocsf"]):
    leaf = hashlib.sha256(b"\0" + entries[row["leaf_index"]]).digest()
    for place in (row, sketch, event["unmapped"]):
        assert place["log_origin"] == "ledger.example/etalon" and base64.b64decode(place["leaf_hash"]) == leaf
        assert place["boot_id"] == "0d" * 16 and place["counter_ns"] >= 5 * 10**9
    covered |= set(range(row["leaf_index"], row.get("last_index", row["leaf_index"]) + 1)) | {row.get("intent_index", 0)}
    assert {"message", "datetime", "timestamp_desc"} <= sketch.keys() and sketch["datetime"].startswith("2026-11-22T02:00")
    assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]
    assert event["category_uid"] == event["class_uid"] // 1000 and 1 <= event["severity_id"] <= 4
    assert event["metadata"]["version"] == "1.8.0" and event["metadata"]["profiles"] == ["record_integrity"]
    assert event["attestation_list"][0]["chain_uid"] == "ledger.example/etalon"
    assert event["attestation_list"][0]["fingerprint"]["value"] == leaf.hex() and event["time"] > 1795312800000 - 1
    needs = {4013: "version", 2004: "finding_info", 5019: "device", 6002: "app", 6003: "actor", 1008: "log_name"}
    assert needs[event["class_uid"]] in event
assert covered == set(range(len(entries))), set(range(len(entries))) - covered
assert sum(r["weight"] == "finding" for r in rows["json"]) == 8
assert any(a["technique"]["uid"] == "T1070.006" for e in rows["ocsf"] for a in e.get("finding_info", {}).get("attacks", []))
END

# --- a bundle in the place of a folder
expect 0 export --ledger long --from 300 --to 310 --out "$work/incident.etalon"
expect 0 ledger list --ledger incident.etalon --from 300 --to 310 --json
cp "$work/out" "$work/found"
expect 0 ledger list --ledger long --from 300 --to 310 --json
cmp -s "$work/out" "$work/found" || fail "a bundle says something else"
expect 0 timeline incident.etalon
said "entry 256 to"
expect 0 ledger list --ledger incident.etalon
[ ! -s "$work/err" ] || fail "a bundle of a part is complained about: $(cat "$work/err")"
expect 3 ledger show 10 --ledger incident.etalon
expect 0 export --ledger story --from 30 --to 49 --policy policy --out "$work/story.etalon"
expect 0 timeline story.etalon --key key
said "not after 2026-11-22T02:00:41.000000000Z (bundle)"
said "^8 findings"
expect 0 timeline story.etalon --key key --policy policy
said "not after 2026-11-22T02:00:41.000000000Z (policy)"
expect 4 timeline story.etalon --key other
expect 0 prove 31 --ledger story.etalon
python3 - "$work/incident.etalon" <<'END'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
at = data.index(b"a.example")
data[at:at + 1] = b"b"
open(sys.argv[1], "wb").write(data)
END
expect 5 ledger list --ledger incident.etalon
head -c 3000 incident.etalon >cut.etalon
expect 4 ledger list --ledger cut.etalon
warned "cut off"
expect 4 timeline "$work/letters"
warned "neither the folder of a ledger nor an incident bundle"
no_violation
