#!/bin/bash
# The demonstration: three Roughtime servers on loopback, of which one lies by ten seconds. It is
# caught, the evidence is written, and a third party verifies it with a program that is not ours.
#   roughtime_malfeasance.sh BINDIR
. "$(dirname "$0")/../system/lib.sh"

checker=$(dirname "$0")/roughtime_check.py
vectors=$(dirname "$0")/../vectors
python3 -c 'import cryptography' 2>/dev/null || skip "python3-cryptography is not installed"

# serve NAME OFFSET_S
serve() {
    local port ntp
    port=$(free_port) ntp=$(free_port)
    "$bin/etalon" roughtime keygen "$work/$1.key" >"$work/$1.public" || fail "keygen"
    "$bin/etalon" roughtime delegate --key "$work/$1.key" --out "$work/$1.online" >/dev/null ||
        fail "delegate"
    configure "$1" "local stratum 1 bound 0.01 offset $2" "allow 127.0.0.1" \
        "bindaddress 127.0.0.1" "port $ntp" "roughtimeport $port" \
        "roughtimedelegation $work/$1.online"
    start "$1"
    until_true 100 "$bin/etalon" roughtime query -t 1 "127.0.0.1:$port" "$(cat "$work/$1.public")" ||
        fail "$1 does not answer"
    echo "$1 $port $(cat "$work/$1.public")" >>"$work/servers"
}
serve honest 0
serve liar 10
serve upright 0

python3 - "$work/servers" >"$work/list.json" <<'END'
import json, sys
rows = [line.split() for line in open(sys.argv[1])]
print(json.dumps({"servers": [
    {"name": name, "version": 1, "publicKeyType": "ed25519", "publicKey": key,
     "addresses": [{"protocol": p, "address": f"127.0.0.1:{port}"} for p in ("udp", "tcp")]}
    for name, port, key in rows]}))
END

echo "--- three servers; the second says it is ten seconds later than it is"
"$bin/etalon" roughtime query -t 10 --list "$work/list.json" --report "$work/report.json" | tee "$work/query.log"
[ "${PIPESTATUS[0]}" = 5 ] || fail "the lie is not caught"
grep -q '^malfeasance: .*(liar)' "$work/query.log" || fail "the liar is not named"
[ "$(grep -c '^  [a-z]*: ' "$work/query.log")" = 6 ] || fail "not two passes over three servers"

echo "--- the evidence, verified by us"
"$bin/etalon" roughtime verify "$work/report.json" --list "$work/list.json" | tee "$work/verify.log"
[ "${PIPESTATUS[0]}" = 0 ] || fail "our own report does not verify"
grep -q '^proven: .*liar or honest lied\|^proven: .*liar or upright lied' "$work/verify.log" ||
    fail "the verdict does not name the liar"

echo "--- and by a program that shares no code with us"
python3 -B "$checker" "$work/report.json" || fail "the independent checker does not accept the report"

# The same over TCP, and the published examples of others.
"$bin/etalon" roughtime query -t 10 --tcp --list "$work/list.json" >/dev/null
[ $? = 5 ] || fail "the lie is not caught over TCP"
python3 -B "$checker" "$vectors/roughtime-draft19-appendix-b.json" >/dev/null || fail "checker: appendix B"
"$bin/etalon" roughtime verify "$vectors/roughtime-draft19-appendix-b.json" >"$work/vectors.log" ||
    fail "the examples of appendix B do not verify"
[ "$(grep -c 'context "RoughTime v1" (not that of its version)' "$work/vectors.log")" = 3 ] ||
    fail "it is not said which context matched"
[ "$(grep -c '^proven: ' "$work/vectors.log")" = 2 ] || fail "appendix B proves two contradictions"

# Whoever changes one bit of the evidence, or its order, proves nothing any more.
forge() {
    python3 -B - "$work/report.json" "$1" >"$work/forged.json" <<'END'
import base64, json, sys
d = json.load(open(sys.argv[1]))
r = d["responses"]
if sys.argv[2] == "order":
    r.reverse()
elif sys.argv[2] == "rand":
    for x in r:
        x.pop("rand", None)
elif sys.argv[2] == "key":
    for x in r:
        x["publicKey"] = r[0]["publicKey"]
else:
    for x in r:
        packet = bytearray(base64.b64decode(x["response"]))
        packet[-80] ^= 1
        x["response"] = base64.b64encode(packet).decode()
print(json.dumps(d))
END
    "$bin/etalon" roughtime verify "$work/forged.json" >"$work/forged.log" 2>&1
    [ $? = 1 ] || fail "a forged report ($1) convinces us"
    python3 -B "$checker" "$work/forged.json" >/dev/null
    [ $? = 1 ] || fail "a forged report ($1) convinces the checker"
}
for how in order rand key bit; do forge $how; done

# Honest servers alone are consistent, and no report is written.
serve third 0
honest=()
while read -r name port key; do
    [ "$name" = liar ] || honest+=("127.0.0.1:$port" "$key")
done <"$work/servers"
"$bin/etalon" roughtime query -t 10 --report "$work/none.json" "${honest[@]}" >"$work/honest.log"
[ $? = 0 ] || fail "honest servers are not consistent"
grep -q '^consistent' "$work/honest.log" || fail "honest servers are not called consistent"
grep -q "the host's clock can be right" "$work/honest.log" || fail "this host's clock is their time"
[ ! -e "$work/none.json" ] || fail "a report without a lie"
for pid in "${daemons[@]}"; do stop "$pid"; done
daemons=()
no_violation
