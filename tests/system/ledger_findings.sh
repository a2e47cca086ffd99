#!/bin/bash
# What witnesses find against a ledger comes into that ledger: each line of the inbox once, also over
# restarts; and whoever can write there can neither flood the ledger nor speak in its name.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/witness_lib.bash"

"$bin/etalon" ledger keygen time.example/found --out seed >vkey || fail "keygen"
port=$(free_port)
witness_key liar
VKEY=$(cat liar.vkey) python3 "$here/witness_ask.py" liar "$port" >liar.log 2>&1 &
daemons+=($!)
until_true 50 python3 -c "import socket; socket.create_connection(('127.0.0.1', $port))" || fail liar
printf 'log %s\nwitness liar %s http://127.0.0.1:%s\nquorum liar\n' "$(cat vkey)" \
    "$(cat liar.vkey)" "$port" >policy
configure found "local stratum 1 bound 0.01" "port 0" "ledger $work/ledger" "ledgerkey $work/seed" \
    "ledgerpolicy $work/policy"
public=$work/ledger/public

filled() {
    [ "$(sed -n 2p "$public/checkpoint" 2>/dev/null || echo 0)" -gt 0 ]
}

# recorded COUNT: so many findings are entries, and none of them twice.
recorded() {
    python3 "$here/ledger_entries.py" "$public" start >entries.log 2>&1 &&
        grep -q "'finding': $1[,}]" entries.log
}

start found
until_true 100 filled || fail "the ledger stays empty"
expect 5 "$witness" submit --ledger ledger --policy policy
found ledger/inbox signature
until_true 120 recorded 1 || fail "the finding does not become an entry"
python3 "$here/ledger_entries.py" "$public" "finding:cut=False" \
    "finding:finding=$(head -1 ledger/inbox/findings)" >entries.log 2>&1 || fail "another text"
logged found 'a finding about the ledger came in: .*signature' || fail "it is not told"
stop "$pid"
[ "$(cat ledger/findings-read)" = "$(stat -c %s ledger/inbox/findings)" ] || fail "not remembered"

# Not again after a restart, and an orderly end or a kill make no difference.
start found
sleep 6 # longer than from one look to the next
recorded 1 || fail "the finding is there twice"

# Many lines at once, one of them far too long, one with terminal controls, one without an end.
python3 - ledger/inbox/findings <<'END'
import sys
with open(sys.argv[1], "ab") as out:
    out.write(b"\x1b[2J\x00\xff\"}\n" + b"x" * 20000 + b"\n")
    out.writelines(b"line %d\n" % i for i in range(30))
    out.write(b"unfinished")
END
from=$SECONDS
# taken: how many findings are entries, the one that was cut among them, since this file was filled.
taken() {
    python3 "$here/ledger_entries.py" "$public" "finding:cut=True" >entries.log 2>&1 || return
    sed -n "s/.*'finding': \([0-9]*\).*/\1/p" entries.log
}
several_taken() {
    [ "$(taken)" -ge 3 ]
}
until_true 100 several_taken || fail "the cut line"
sleep 4
count=$(taken)
# Two in five seconds, and those of the look that comes next.
most=$((1 + 2 * ((SECONDS + 1 - from) / 5 + 1)))
[ "$count" -le $most ] || fail "$count findings were taken, and not $most at most"
! grep -q "$(printf '\033')" found.log || fail "a control character reached the log"
kill -9 "$(job "$pid" recorder)"
# entered TEXT: a finding of that text is an entry.
entered() {
    python3 "$here/ledger_entries.py" "$public" "finding:finding=$1" >entries.log 2>&1
}
until_true 200 entered "line 2" || fail "it does not go on after the recorder's death"
! entered unfinished || fail "half a line"

# The file is taken away and begun anew.
printf 'new\n' >ledger/inbox/findings
until_true 200 entered new || fail "another file is not read"
logged found "another file than before" || fail "that is not told"
stop "$pid"
no_violation
