#!/bin/bash
# etalon export, etalon prove and etalon-verify: a ledger made by other code than ours is exported,
# checked where there is nothing of Etalon but etalon-verify, and tampered with in every way.
. "$(dirname "$0")/lib.sh"
python3 -c 'import cryptography' 2>/dev/null || skip "python3-cryptography is not installed"

# verdict CODE WORD OPTION...: runs etalon-verify, which must exit with CODE and say WORD.
verdict() {
    local code=$1 word=$2
    shift 2
    "$bin/etalon-verify" "$@" >"$work/verdict" 2>&1
    local got=$?
    [ $got = "$code" ] && tr -s ' \n' ' ' <"$work/verdict" | grep -F -e "$word" >/dev/null && return
    cat "$work/verdict" >&2
    fail "etalon-verify $*: exit code $got, wanted $code and: $word"
}

# etalon_says CODE WORD ARGUMENT...: the same for etalon.
etalon_says() {
    local code=$1 word=$2
    shift 2
    "$bin/etalon" "$@" >"$work/said" 2>&1
    local got=$?
    [ $got = "$code" ] && { [ -z "$word" ] || grep -qF -e "$word" "$work/said"; } && return
    cat "$work/said" >&2
    fail "etalon $*: exit code $got, wanted $code and: $word"
}

ledger=$work/ledger
python3 -B "$here/ledger_made.py" "$ledger" 1000 300 700 1000 || fail "no ledger to check"
policy="$ledger/policy"

# --- a live folder
verdict 0 "1000 entries, 0 to 999" -p "$policy" "$ledger"
verdict 0 "no later than 2026-11-22T02:16:41Z" -p "$policy" "$ledger/public"
verdict 0 "PROVEN" -k "$(cat "$ledger/key")" "$ledger"
verdict 4 "a key found inside, not yours" "$ledger"
verdict 1 "is not signed by the log's key" -k "$ledger/other" "$ledger"
verdict 2 "No such file" "$work/nothing"
verdict 2 "Usage" # no operand
verdict 2 "Usage" -a -1 -p "$policy" "$ledger"
verdict 2 "no usable key" -k "example.com+0+x" "$ledger"
echo "log x" >"$work/wrong-policy"
verdict 2 "wrong-policy:1:" -p "$work/wrong-policy" "$ledger"
"$bin/etalon-verify" --json -p "$policy" "$ledger" | python3 -c '
import json, sys
d = json.load(sys.stdin)
assert d["verdict"] == "proven" and (d["first"], d["last"], d["size"]) == (0, 999, 1000), d
assert d["all_existed_by"] == {"size": 1000, "time_s": 1795313801} and d["checkpoints"] == 4, d
assert [w["cosigned"] for w in d["witnesses"]] == [3, 3] and not d["contradictions"], d
' || fail "the JSON of etalon-verify"

# --- what is left over from former states does not harm, and what is wrong with it is found
cp -r "$ledger" "$work/old"
head -c 3200 "$work/old/public/tile/0/003.p/232" >"$work/old/public/tile/0/003.p/100"
touch "$work/old/public/index.html"
verdict 0 "1000 entries" -p "$policy" "$work/old"
head -c 3200 "$work/old/public/tile/0/002" >"$work/old/public/tile/0/003.p/100"
verdict 1 "tile/0/003.p/100: hash 0 is not the one that the tree has there" -p "$policy" "$work/old"
rm "$work/old/public/tile/0/003.p/100"
rm "$work/old/public/tile/0/001" && ln -s "$ledger/public/tile/0/001" "$work/old/public/tile/0/001"
verdict 3 "tile/0/001 is missing" -p "$policy" "$work/old"
rm "$work/old/public/tile/entries/000"
verdict 3 "no entry here says that they were pruned" -p "$policy" "$work/old"

# --- a quorum binds folders too: what the witnesses have not seen is missing, unless it is allowed
cp -r "$ledger" "$work/tail"
rm "$work/tail/public/cosigned/1000"
verdict 3 "entries from 700 to 999 are without" -p "$policy" "$work/tail"
verdict 3 "Entries below 700 existed no later than" -p "$policy" --allow-tail 299 "$work/tail"
verdict 0 "which you allowed" -p "$policy" --allow-tail 300 "$work/tail"
verdict 0 "Entries below 700 existed no later than" -p "$policy" -a 300 "$work/tail"
rm "$work/tail/public/cosigned"/*
verdict 3 "entries from 0 to 999 are without" -p "$policy" -a 1000 "$work/tail"
(cd "$here" && python3 -B -c '
from ledger_made import LOG, Key
own = Key(LOG.name, 4)
print("\n".join([f"log {LOG.vkey()}", f"witness own {own.vkey()}", "quorum own"]))') >"$work/self-policy"
verdict 2 "self-policy:2: witness: the public key is that of a log" -p "$work/self-policy" "$ledger"
sed -i '/^log /d' "$work/self-policy"
verdict 2 "it is that of a witness of the policy" -p "$work/self-policy" -k "$ledger/key" "$ledger"

# --- nothing is no proof
python3 -B "$here/ledger_made.py" "$work/none" 0 || fail "no empty ledger"
verdict 3 "the log is empty: there is no entry that could be proven" -k "$work/none/key" "$work/none"
verdict 4 "NOT AUTHENTICATED" "$work/none"

# --- a larger tree, of three levels of tiles
python3 -B "$here/ledger_made.py" "$work/large" 70000 65536 || fail "no large ledger"
verdict 0 "70000 entries, 0 to 69999" -k "$work/large/key" "$work/large"
etalon_says 0 "entries 66000 to 66100" export -L "$work/large" --from 66000 --to 66100 -o "$work/l.etalon"
verdict 0 "entries, 65792 to 66303" -k "$work/large/key" "$work/l.etalon"
verdict 3 "no checkpoint that covers the last" -p "$work/large/policy" "$work/l.etalon"
etalon_says 0 "entries 3 to 3" export -L "$work/large" --from 3 --to 3 -o "$work/one.etalon"
verdict 0 "entries, 0 to 255" -p "$work/large/policy" "$work/one.etalon"

cp -r "$work/large" "$work/headless" # the tile above most of the entries is gone
rm "$work/headless/public/tile/1/000"
verdict 3 "tile/0/000: leads nowhere, since tile/1/000 is missing" \
    -k "$work/large/key" "$work/headless"
verdict 3 "4464 entries, 65536 to 69999" -k "$work/large/key" "$work/headless"

# --- pruned: whole bundles of entries are gone, and an entry of the log says so, with a root
pruned() {
    (cd "$here" && python3 -B - "$work/$1" "$2" "$3") <<'END' || fail "no pruned ledger"
import base64, json, pathlib, sys
from ledger_made import Tree, entry, write_public
public = pathlib.Path(sys.argv[1]) / "public"
entries = [entry(i) for i in range(900)]
root = Tree(entries).root(int(sys.argv[3]))
said = {"v": 1, "kind": "pruned", "from": 0, "to": int(sys.argv[2]), "root": base64.b64encode(root).decode()}
write_public(Tree(entries + [json.dumps(said).encode()] + entries[:50]), public, [950])
(public / "tile/entries/000").unlink()
(public / "tile/entries/001").unlink()
END
}
pruned pruned 512 512
verdict 0 "512 older entries were dropped by the log's retention" -a 1 -p "$policy" "$work/pruned"
verdict 0 "439 entries, 512 to 950" -a 1 -p "$policy" "$work/pruned"
pruned too-little 256 256
verdict 3 "512 entries between 0 and 511 are not there" -p "$policy" "$work/too-little"
pruned lying 512 511
verdict 1 "with a root that the tree never had" -p "$policy" "$work/lying"
etalon_says 4 "tile/entries/001 is missing, pruned" export -L "$work/pruned" --from 500 --to 600 -o "$work/x"
etalon_says 0 "entries 512 to 900" export -L "$work/pruned" --from 512 --to 900 -o "$work/p.etalon"
verdict 0 "entries, 512 to 950" -p "$policy" "$work/p.etalon"

# --- export
etalon_says 2 "are needed" export -L "$ledger" --from 1 --to 2
etalon_says 2 "neither an index nor a time" export -L "$ledger" --from yesterday --to 2 -o "$work/x"
etalon_says 2 "No such file" export -L "$work/nothing" --from 1 --to 2 -o "$work/x"
etalon_says 3 "no entries from 5 to 1000" export -L "$ledger" --from 5 --to 1000 -o "$work/x"
etalon_says 3 "no entries" export -L "$ledger" --from 2027-01-01T00:00:00Z --to 9 -o "$work/x"
[ ! -e "$work/x" ] || fail "a failed export leaves a file"
etalon_says 0 "entries 290 to 540" export -L "$ledger" --from 290 --to 2026-11-22T02:09:00.5Z \
    --policy "$policy" -o "$work/some.etalon"
etalon_says 4 "File exists" export -L "$ledger" --from 1 --to 2 -o "$work/some.etalon"
etalon_says 0 "entries 1 to 999" export -L "$ledger" --from 2026-11-22T02:00:00Z \
    --to 2026-11-23T00:00:00Z -o "$work/all-but-one.etalon"
etalon_says 0 "entries 0 to 999" export -L "$ledger/public" --from 0 --to 999 -o "$work/all.etalon"
etalon_says 0 "entries 0 to 999" export -L "$ledger" --from 0 --to 999 -o "$work/again.etalon"
cmp "$work/all.etalon" "$work/again.etalon" || fail "two exports of the same differ"

# --- elsewhere: nothing of Etalon but etalon-verify
mkdir "$work/elsewhere"
cp "$bin/etalon-verify" "$work/some.etalon" "$policy" "$work/elsewhere"
mv "$ledger" "$work/away"
(cd "$work/elsewhere" && env -i ./etalon-verify -p policy some.etalon) >"$work/verdict" 2>&1 ||
    fail "the bundle is not proven elsewhere: $(cat "$work/verdict")"
mkdir "$work/elsewhere/open" && tar -xf "$work/elsewhere/some.etalon" -C "$work/elsewhere/open"
verdict 0 "Asked for: entries 290 to 540" -p "$work/away/policy" "$work/elsewhere/open"
mv "$work/away" "$ledger"

# --- one entry
etalon_says 0 "" prove 290 -L "$ledger" -o "$work/290.tlog-proof"
verdict 0 "Entry 290 stands in the signed state" -k "$ledger/key" "$work/290.tlog-proof"
verdict 4 "NOT AUTHENTICATED" "$work/290.tlog-proof"
etalon_says 4 "File exists" prove 290 -L "$ledger" -o "$work/290.tlog-proof"
etalon_says 3 "is not in the checkpoint" prove 1000 -L "$ledger"
etalon_says 2 "no index" prove 0x1 -L "$ledger"
etalon_says 0 "" prove 299 -L "$ledger" --checkpoint "$ledger/public/cosigned/300" -o "$work/old-proof"
verdict 0 "no later than 2026-11-22T02:05:01Z" -p "$policy" "$work/old-proof"
etalon_says 3 "is not in the checkpoint" prove 300 -L "$ledger" -C "$ledger/public/cosigned/300"
"$bin/etalon" prove 290 -L "$ledger" --json | python3 -c '
import base64, hashlib, json, sys
d = json.load(sys.stdin)
entry = base64.b64decode(d["entry_base64"])
assert json.loads(entry)["seq"] == 290 and d["index"] == 290 and d["size"] == 1000, d
assert base64.b64encode(hashlib.sha256(b"\0" + entry).digest()).decode() == d["leaf"], d
assert len(d["path"]) == 10 and d["checkpoint"].startswith(d["origin"]), d
open(sys.argv[1], "wb").write(entry)
' "$work/entry" || fail "the JSON of etalon prove"
sed '/^extra /d' "$work/290.tlog-proof" >"$work/bare"
verdict 0 "PROVEN" -k "$ledger/key" "$work/bare" "$work/entry"
verdict 3 "must be given beside it" -k "$ledger/key" "$work/bare"
sed 's/290/291/' "$work/entry" >"$work/other-entry"
verdict 1 "the entry is not entry 290" -k "$ledger/key" "$work/bare" "$work/other-entry"
verdict 1 "is not signed by the log's key" -k "$ledger/other" "$work/bare" "$work/entry"
verdict 2 "one file too many" -k "$ledger/key" "$ledger" "$work/entry"
sed 's/^index 290/index 291/' "$work/bare" >"$work/shifted"
verdict 1 "the entry is not entry 291" -k "$ledger/key" "$work/shifted" "$work/entry"

# --- a ledger that was altered on disk
cp -r "$ledger" "$work/altered"
printf x | dd of="$work/altered/public/tile/0/003.p/232" bs=1 seek=5 conv=notrunc 2>/dev/null
etalon_says 5 "do not lead to the root" export -L "$work/altered" --from 1 --to 2 -o "$work/x"
cp "$ledger/public/tile/0/003.p/232" "$work/altered/public/tile/0/003.p/232"
printf x | dd of="$work/altered/public/tile/entries/000" bs=1 seek=50 conv=notrunc 2>/dev/null
etalon_says 4 "entry 0 is missing, pruned or not as the tree has it" prove 0 -L "$work/altered"
etalon_says 4 "entry 0 is missing" export -L "$work/altered" --from 0 --to 2 -o "$work/x"
[ ! -e "$work/x" ] || fail "a failed export leaves a file"

# --- tampering
python3 -B "$here/verify_tamper.py" "$bin/etalon-verify" "$ledger" "$work/all.etalon" ||
    fail "tampering is not noticed"
