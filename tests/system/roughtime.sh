#!/bin/bash
# Roughtime as a service: over UDP and TCP, at the port and the older one; silence where nothing can
# be signed or the request is too short; keys and delegations; who is cut off.
. "$(dirname "$0")/lib.sh"

ask() { python3 -B "$here/roughtime_ask.py" "$@"; }
roughtime() { "$bin/etalon" roughtime "$@"; }

port=$(free_port) old=$(free_port) ntp=$(free_port)

# --- keys
key=$(roughtime keygen "$work/long") || fail "keygen"
[ "$(stat -c %a "$work/long")" = 600 ] || fail "the long-term key may be read by others"
roughtime keygen "$work/long" 2>"$work/again.log" && fail "keygen overwrites a key"
grep -q "$work/long: File exists" "$work/again.log" || fail "keygen does not say why"
roughtime delegate --key "$work/long" --out "$work/online" --days 1 >"$work/delegate.log" ||
    fail "delegate"
[ "$(tail -1 "$work/delegate.log")" = "$key" ] || fail "delegate names another key than keygen"
[ "$(stat -c %a "$work/online")" = 600 ] || fail "the delegation may be read by others"
! grep -q "$(sed -n 's/^long-term-seed //p' "$work/long")" "$work/online" ||
    fail "the delegation holds the long-term seed"
roughtime delegate --key "$work/long" --out "$work/expired" --from 1000000000 --days 1 >/dev/null
roughtime delegate --key "$work/online" --out "$work/none" 2>/dev/null && fail "a wrong key is taken"

# --- a server
serving=("allow" "bindaddress 127.0.0.1" "port $ntp" "roughtimeport $port")
configure server "local stratum 1 bound 0.01" "${serving[@]}" "roughtimeoldport $old" \
    "roughtimedelegation $work/online"
start server
server=$pid
query() { roughtime query -t 10 "$@"; }
quick() { roughtime query -t 1 "$@"; } # where it may not answer yet, or never
until_true 100 quick "127.0.0.1:$port" "$key" || fail "no answer over UDP"
query "127.0.0.1:$old" "$key" >/dev/null || fail "no answer at the older port"
query --tcp "127.0.0.1:$port" "$key" >/dev/null || fail "no answer over TCP"
query --tcp "127.0.0.1:$old" "$key" >/dev/null || fail "no answer at the older port over TCP"
query --draft "127.0.0.1:$port" "$key" >"$work/draft.log"
grep -q 'version 0x8000000c, context "RoughTime v1"' "$work/draft.log" ||
    fail "the version before the RFC"
asked=$(date +%s)
query "127.0.0.1:$port" "$key" --json >"$work/one.json"
python3 - "$work/one.json" "$asked" <<'END' || fail "the JSON of a query"
import json, sys, time
d = json.load(open(sys.argv[1]))
r = d["responses"][0]
assert d["verdict"] == "verified" and r["context"] == "Roughtime v1" and r["version"] == 1
assert int(sys.argv[2]) <= r["midpoint_s"] + r["radius_s"] and 1 <= r["radius_s"] <= 4
assert r["midpoint_s"] - r["radius_s"] <= time.time()
END
other=$(roughtime keygen "$work/other")
quick "127.0.0.1:$port" "$other" >/dev/null 2>&1
[ $? = 3 ] || fail "a server with another key is believed, or answers"

# --- on the wire
[ "$(ask udp "$port")" -le 1036 ] || fail "no reply, or a longer one"
[ "$(ask udp "$port" 1012)" -le 1024 ] || fail "no reply to a packet of 1024 bytes"
[ "$(ask quiet "$port" 1008)" = silence ] || fail "a short request is answered over UDP"
[ "$(ask quiet "$port" 64)" = silence ] || fail "a tiny request is answered over UDP"
[ "$(ask tcp "$port")" = "3 replies" ] || fail "requests over TCP"
[ "$(ask nonsense "$port")" = "cut off" ] || fail "nonsense over TCP is listened to"
[ "$(ask many "$port" 30 8)" = 8 ] || fail "one host may hold many connections"
[ "$(ask slow "$port" 20)" = "cut off" ] || fail "a slow client is waited for"
[ "$(ask burst "$port" 500)" -ge 450 ] || fail "a burst is not answered"

# counted: etalon status tells of all that, in JSON and in words.
counted() {
    "$bin/etalon" status -s "$work/server.sock" --json >"$work/status.json"
    python3 - "$work/status.json" <<'END'
import json, sys
d = json.load(open(sys.argv[1]))
r = d["roughtime"]
assert r["replies"] > 450 and r["batches"] < r["replies"] and r["batch_mean"] > 1.5, r
assert r["drops"]["SHORT"] == 2 and r["drops"]["KEY"] == 1 and r["drops"]["KIND"] == 1, r
assert sum(r["drops"].values()) + r["replies"] == r["requests"], r
assert r["connections"] >= 12 and r["connections_cut"] >= 24 and not r["silent"], r
assert any(j["job"] == "roughtime" for j in d["jobs"]), d
END
}
until_true 30 counted || fail "etalon status tells something else: $(cat "$work/status.json")"
shows server '^roughtime  *[0-9]* requests' status || fail "etalon status does not show Roughtime"

# --- its process: no file, no right, no writable page
if ! sanitized; then
    child=$(job "$server" roughtime)
    grep -q '^Seccomp:[[:space:]]*2' "/proc/$child/status" || fail "no system call filter"
    grep -q '^CapEff:[[:space:]]*0*$' "/proc/$child/status" || fail "it has capabilities"
    ! grep -q 'rw-s.*etalon-clock-page' "/proc/$child/maps" || fail "it can write the clock page"
fi

# --- a new delegation is taken without a restart of the daemon
roughtime delegate --key "$work/long" --out "$work/online" --days 2 >/dev/null
kill -HUP "$server"
until_true 50 logged server "delegation is new" || fail "a new delegation is not noticed"
until_true 50 quick "127.0.0.1:$port" "$key" || fail "no answer with the new delegation"
stop "$server"

# --- one process
configure single "local stratum 1 bound 0.01" "${serving[@]}" "roughtimedelegation $work/online" \
    "roughtimecontext appendix-b"
start single --single
until_true 100 quick --any-context "127.0.0.1:$port" "$key" || fail "no answer in one process"
quick "127.0.0.1:$port" "$key" >/dev/null 2>&1 && fail "another context is taken without a word"
query --any-context "127.0.0.1:$port" "$key" >"$work/any.log"
grep -q '"RoughTime v1" (not that of its version)' "$work/any.log" ||
    fail "it does not say which context matched"
query --any-context --tcp "127.0.0.1:$port" "$key" >/dev/null || fail "no TCP in one process"
stop "$pid"

# --- no bound, no answer: the only source is gone
configure silent "server 127.0.0.1 port 1" "${serving[@]}" "roughtimedelegation $work/online"
start silent
[ "$(ask quiet "$port")" = silence ] || fail "it answers without a bound"
until_true 30 logged silent "Roughtime is silent" || fail "it does not say that it is silent"
stop "$pid"

# --- the delegation has ended
configure ended "local stratum 1 bound 0.01" "${serving[@]}" "roughtimedelegation $work/expired"
start ended
until_true 100 synchronised "$ntp" || fail "no NTP"
[ "$(ask quiet "$port")" = silence ] || fail "it answers with an expired delegation"
until_true 30 logged ended "delegation ended .* ago" || fail "it does not warn of the delegation"
stop "$pid"

# --- errors of the operator
refused() {
    configure wrong "${serving[@]}" "roughtimedelegation $work/wrong"
    timeout 60 "$bin/etalond" -d -x -f "$work/wrong.conf" >"$work/wrong.log" 2>&1
    [ $? = 1 ] || fail "it starts with a delegation that is wrong"
    grep -q "roughtimedelegation $work/wrong.*$1" "$work/wrong.log" || fail "it does not say: $1"
}
refused "No such file"
sed 's/^from .*/from x/' "$work/online" >"$work/wrong" && refused ":[0-9]*: not written as"
sed '/^until/d' "$work/online" >"$work/wrong" && refused "missing"
sed 's/^until .*/until 8000000000/' "$work/online" >"$work/wrong" && refused "signature"
no_violation
