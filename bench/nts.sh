#!/bin/bash
# NTS: etalond against chronyd, in the same run, on the same two cores: authenticated requests and
# key establishments.
#
#   bench/nts.sh BUILD [PEERS]
#
# BUILD is a release build (its libraries build the requests), PEERS what tests/interop/peers.sh
# fetched (fetched into BUILD/peers if missing). Places, pairs and environment are those of
# server.sh, without the pacing; IN_FLIGHT=8 key establishments at one time. Both servers have the
# same certificate, with a P-256 key.
set -euo pipefail

usage="usage: bench/nts.sh BUILD [PEERS]"
here=$(cd "$(dirname "$0")" && pwd)
source "$here/lib.sh"
export IN_FLIGHT=${IN_FLIGHT:-8}

prepare() {
    local build=$bin/.. name
    for name in proto wire clock crypto base; do
        [ -r "$build/lib$name.a" ] || stop "there is no lib$name.a in $build"
    done
    "${CC:-cc}" -std=c17 -O2 -Wall -Wextra -I "$here/../src" -o "$tools/nts_requests" \
        "$here/nts_requests.c" "$build"/lib{proto,wire,clock,crypto,base}.a -lnettle -lssl -lcrypto -lm
    "${CC:-cc}" -std=c17 -O2 -Wall -Wextra -o "$tools/nts_ke_load" "$here/nts_ke_load.c" \
        -lssl -lcrypto -lpthread
}

certificate() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=server.test" \
        -addext "subjectAltName=DNS:server.test" -keyout /run/key.pem -out /run/cert.pem 2>/run/openssl.log ||
        stop "no certificate: $(tail -1 /run/openssl.log)"
}

serve() {
    serve_"$1" "ntsservercert /run/cert.pem" "ntsserverkey /run/key.pem"
}

# measure_requests: "plateau", "cpu" and so on of authenticated requests.
measure_requests() {
    local before after closed knee cpu_s
    ip netns exec generator "$tools/nts_requests" 10.77.0.1 server.test /run/cert.pem /run/pool >/run/made
    load -f /run/pool -w 64 >/run/warm
    read -r -a before <<<"$(used)"
    closed=$(load -f /run/pool)
    read -r -a after <<<"$(used)"
    knee=$(load -f /run/pool -k "$(awk "BEGIN { print 1.3 * $(field replies_hz "$closed") }")" | tail -1)
    [ "$(field unsynchronised "$closed")" = 0 ] || stop "$name: replies without time"
    cpu_s=$(awk "BEGIN { print (${after[0]} - ${before[0]}) / $STEP_S }")
    starved=$(awk "BEGIN { printf \"%.1f\", 100 * ((${after[1]} - ${before[1]}) / $STEP_S + $(field starved "$closed")) }")
    note plateau "$(field replies_hz "$closed")"
    note knee "$(field rate_hz "$knee")"
    note busy "$(awk "BEGIN { print 100 * $cpu_s }")"
    note cpu "$(awk "BEGIN { print 1e6 * $cpu_s / $(field replies_hz "$closed") }")"
    note starved "$starved"
    note rss "${after[2]}"
    note pss "${after[3]}"
    echo "  $name: $(field replies_hz "$closed") NTS replies/s, $(field rate_hz "$knee") without loss," \
        "starved $starved % ($(cat /run/made))"
}

# word NAME LINE: the value behind NAME in a line of nts_ke_load.
word() {
    local rest=${2#*"$1 "}
    echo "${rest%% *}"
}

measure_keys() {
    local before after line
    establishments -t 0.3 >/run/warm
    read -r -a before <<<"$(used)"
    line=$(establishments -t "$STEP_S")
    read -r -a after <<<"$(used)"
    [ "$(word failed "$line")" = 0 ] || stop "$name: $line"
    note ke "$(word per_s "$line")"
    note ke_cpu "$(awk "BEGIN { print 1e3 * (${after[0]} - ${before[0]}) / $(word establishments "$line") }")"
    note ke_busy "$(awk "BEGIN { print 100 * (${after[0]} - ${before[0]}) / $STEP_S }")"
    note ke_p99 "$(word p99_ms "$line")"
    echo "  $name: $line"
}

establishments() {
    ip netns exec generator taskset -c 1 "$tools/nts_ke_load" -c "$IN_FLIGHT" -n server.test \
        -a /run/cert.pem "$@" 10.77.0.1
}

measure() {
    measure_requests
    measure_keys
}

if [ "${1:-}" != --inside ]; then
    outside "$0" "${1:?$usage}/bin" "${2:-$1/peers}"
    exit
fi
inside "$@"
certificate
pairs
